//! Thumbprints and `uni_ident` that rows of old releases lack (mosip-observed A2; HIE-45, HIE-45a).

use super::Hierarchy;
use super::doctor::{has_dated_ident, is_bad_row};
use super::info::KeyLevel;
use super::records::Row;
use crate::certificate::Certificate;
use crate::error::{Code, Result};
use crate::id::Thumbprint;
use crate::store::{Change, ChangeSet, Record, Select};

impl Hierarchy {
    /// Fills in both, when the configuration wants it. At a start, which must not fail because of an old row: what
    /// cannot be understood is left as it is, and the doctor names it.
    pub(super) fn fill_old_rows(&self) -> Result<()> {
        if !self.config.hierarchy.backfill {
            return Ok(());
        }
        for fill in [Self::fill_thumbprints, Self::fill_uni_idents] {
            match fill(self) {
                Err(error) if is_bad_row(&error) => {
                    tracing::warn!("old rows were not filled in: {}", error.detail());
                }
                other => drop(other?),
            }
        }
        Ok(())
    }

    /// Computes the missing thumbprints from the certificates and writes them. Rows whose certificate cannot be read
    /// are left as they are: another row's data must not depend on them. Returns how many rows were filled.
    pub(super) fn fill_thumbprints(&self) -> Result<usize> {
        let mut filled = 0usize;
        for row in self.find_keys(Select::KeysWithoutThumbprint)? {
            if self.level(&row.key) == KeyLevel::Symmetric {
                continue;
            }
            let Some(certificate) = self.readable_certificate(&row) else { continue };
            let mut key = row.key;
            key.alias.thumbprint = Some(certificate.thumbprint());
            let change = Change::Update(Record::Key(Box::new(key)), row.version);
            match self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }) {
                Ok(()) => filled = filled.saturating_add(1),
                // Somebody else filled it, or changed it: the next look-up sees.
                Err(error) if error.code() == Code::StoreConflict => {}
                Err(error) => return Err(error),
            }
        }
        if filled > 0 {
            tracing::info!(rows = filled, "thumbprints of old rows filled in");
        }
        Ok(filled)
    }

    /// Writes the missing `uni_ident` of keys with certificates. Returns how many rows were filled; none in a store that
    /// cannot be asked for them.
    fn fill_uni_idents(&self) -> Result<usize> {
        let rows = match self.find_keys(Select::KeysWithoutUniIdent) {
            Err(error) if error.code() == Code::Unsupported => return Ok(0),
            rows => rows?,
        };
        let mut filled = 0usize;
        let mut policies = None;
        for row in rows {
            let level = self.level(&row.key);
            if level == KeyLevel::Symmetric {
                continue;
            }
            let policies = match &policies {
                Some(policies) => policies,
                None => policies.insert(self.policies_now()?),
            };
            let app = &row.key.alias.scope.app;
            let thumbprint = if has_dated_ident(level, policies.get(app.as_str()).is_some()) {
                None
            } else {
                let Some(thumbprint) = self.own_thumbprint(&row) else { continue };
                Some(thumbprint)
            };
            if self.write_uni_ident(&row, thumbprint)? {
                filled = filled.saturating_add(1);
            }
        }
        if filled > 0 {
            tracing::info!(rows = filled, "uni_ident of old rows filled in");
        }
        Ok(filled)
    }

    fn own_thumbprint(&self, row: &Row) -> Option<Thumbprint> {
        row.key.alias.thumbprint.or_else(|| self.readable_certificate(row).map(|certificate| certificate.thumbprint()))
    }

    fn readable_certificate(&self, row: &Row) -> Option<Certificate> {
        match self.certificate_of_key(row) {
            Ok(certificate) => certificate,
            Err(error) => {
                let (alias, code) = (&row.key.alias.alias, error.code().name());
                tracing::warn!(%alias, code, "an old row is not filled in: its certificate is unreadable");
                None
            }
        }
    }
}
