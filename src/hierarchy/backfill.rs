//! Thumbprints that rows of old releases lack (mosip-observed A2; HIE-45).

use super::Hierarchy;
use super::info::KeyLevel;
use crate::error::{Code, Result};
use crate::store::{Change, ChangeSet, Record, Select};

impl Hierarchy {
    /// Computes the missing thumbprints from the certificates and writes them. Rows whose certificate cannot be read
    /// are left as they are: another row's data must not depend on them. Returns how many rows were filled.
    pub(super) fn fill_thumbprints(&self) -> Result<usize> {
        let mut filled = 0usize;
        for row in self.find_keys(Select::KeysWithoutThumbprint)? {
            if self.level(&row.key) == KeyLevel::Symmetric {
                continue;
            }
            let alias = row.key.alias.alias.clone();
            let certificate = match self.certificate_of_key(&row) {
                Ok(Some(certificate)) => certificate,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(%alias, code = error.code().name(), "no thumbprint: the certificate is unreadable");
                    continue;
                }
            };
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
}
