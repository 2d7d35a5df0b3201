//! Rows that others wrote get their MAC, after their certificate was checked (docs/storage.md, STO-92 to STO-95).

use std::sync::Arc;

use super::Hierarchy;
use super::authenticated::{Authenticated, Seen};
use super::doctor::{is_bad_row, must_end};
use super::info::KeyLevel;
use super::records::{Row, pages_of};
use crate::certificate::Certificate;
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::KeyKind;
use crate::progress::{Progress, check};
use crate::store::{Change, ChangeSet, Record, Schema, Select, Versioned};

/// How many MACs one change set writes; a process that dies loses as much work at most.
const BATCH: usize = 50;

/// What may be signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrateOptions {
    /// Aliases and applications whose row is signed as it is now although its MAC does not fit, or although its
    /// certificate was issued elsewhere. Its certificate must be that of its private key all the same.
    pub accept: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MigrateReport {
    /// The key of the master backend that was made for the MACs; none when it was there.
    pub made_key: Option<Alias>,
    /// How many rows were signed that had no MAC, or one that was accepted by name.
    pub signed: u64,
    /// How many rows have a MAC of a former key no more, but one of the key for writing.
    pub renewed: u64,
    /// How many rows had the MAC already.
    pub kept: u64,
    /// The rows that were not signed, and why.
    pub refused: Vec<RefusedRow>,
}

/// A row that was not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedRow {
    /// The alias of the key, or the application of the policy.
    pub id: String,
    /// What was wrong with it.
    pub code: Code,
    /// The same in words.
    pub why: String,
}

impl Hierarchy {
    /// Makes the tables that are ours and missing. Where the configuration names keys for MACs it makes the table of MACs
    /// too, and the key for writing in the master backend; then it signs every row that proves itself: a certificate
    /// that is that of the private key and chains to its master. Idempotent, and goes on where it was interrupted.
    ///
    /// # Errors
    /// `cancelled`: what was signed stays; `wrong_key_kind` when the key for writing is no AES key; `unsupported` from
    /// a store that keeps no MACs; those of store and master backend.
    pub fn migrate(&self, options: &MigrateOptions, progress: &dyn Progress) -> Result<MigrateReport> {
        self.store.prepare(Schema::KeyManager)?;
        let Some(rows) = &self.rows else { return Ok(MigrateReport::default()) };
        self.store.prepare(Schema::RowAuthentication)?;
        let report = MigrateReport { made_key: self.make_row_key(rows.writing()?)?, ..MigrateReport::default() };
        // A Root without a MAC is to be asked for the chains of others.
        let rows = Arc::new(rows.admitting_unsigned());
        let hierarchy = Self { store: Arc::<Authenticated>::clone(&rows), ..self.copy() };
        let (hierarchy, rows) = (&hierarchy, rows.as_ref());
        let mut work = Work { hierarchy, rows, options, progress, report, pending: Vec::new() };
        work.each(Select::AllPolicies, Select::AllPolicies)?;
        work.each(Select::KeysAsTheyAre, Select::AllKeys)?;
        work.flush()?;
        Ok(work.report)
    }

    fn make_row_key(&self, alias: &Alias) -> Result<Option<Alias>> {
        let made = match self.master.find(alias.clone())? {
            Some(_) => false,
            None => match self.master.create(alias.clone(), KeyKind::Aes256) {
                Ok(_) => true,
                // Another process migrates the same store.
                Err(error) if error.code() == Code::AliasExists => false,
                Err(error) => return Err(error),
            },
        };
        let kind = self.master_entry(alias)?.kind;
        if kind != Some(KeyKind::Aes256) {
            let why = format!("the key {alias} of the row authentication is no AES-256 key");
            return Err(Error::new(Code::WrongKeyKind, why));
        }
        Ok(made.then(|| alias.clone()))
    }

    /// Refuses a key whose row does not prove itself. A certificate from elsewhere is accepted by name only.
    fn prove(&self, row: &Row, accepted: bool) -> Result<()> {
        let key = &row.key.alias;
        let refuse = |code, why: &str| Err(Error::new(code, why.to_owned()));
        let level = self.level(&row.key);
        if level == KeyLevel::Symmetric {
            if self.master_entry(&key.alias)?.kind.is_some_and(|kind| kind != KeyKind::Aes256) {
                return refuse(Code::WrongKeyKind, "the master backend has a pair where a symmetric key belongs");
            }
            return Ok(());
        }
        let Some(certificate) = self.certificate_of_key(row)? else {
            return refuse(Code::CertificateNotFound, "its certificate is not in the master backend");
        };
        if key.thumbprint.is_some_and(|thumbprint| thumbprint != certificate.thumbprint()) {
            return refuse(Code::CertificateOfOtherKey, "cert_thumbprint is not that of the certificate");
        }
        match &row.key.stored {
            // Its private key is elsewhere, and so is its issuer.
            Some(_) if level == KeyLevel::OtherDomain => return Ok(()),
            Some(stored) => {
                let module = self.master_key(&stored.master)?;
                self.open_stored(row, stored, &module)?;
            }
            None => {
                let public = self.master_entry(&key.alias)?.public;
                if public.is_some_and(|public| *certificate.public_key() != public) {
                    return refuse(Code::CertificateOfOtherKey, "the certificate is not that of the private key");
                }
            }
        }
        if accepted || self.chains(row, level, &certificate)? {
            return Ok(());
        }
        refuse(
            Code::CertificateOfOtherKey,
            "its certificate was not issued by its master; accept it by name if that is right",
        )
    }

    fn chains(&self, row: &Row, level: KeyLevel, certificate: &Certificate) -> Result<bool> {
        if let Some(stored) = &row.key.stored {
            return Ok(self.module_that_signed(certificate, &row.key.alias.scope.app, &stored.master)?.is_some());
        }
        if level == KeyLevel::Root {
            return Ok(certificate.verify_signed_by(&self.provider, certificate).is_ok());
        }
        // A Root whose certificate was replaced has another name, and the same key.
        let signed = |root: &Certificate| certificate.verify_signed_with(&self.provider, root.public_key()).is_ok();
        Ok(self.roots()?.iter().any(|(_, root)| signed(root)))
    }
}

struct Work<'a> {
    hierarchy: &'a Hierarchy,
    rows: &'a Authenticated,
    options: &'a MigrateOptions,
    progress: &'a dyn Progress,
    report: MigrateReport,
    pending: Vec<(Change, Seen)>,
}

impl Work<'_> {
    fn each(&mut self, select: Select, otherwise: Select) -> Result<()> {
        let rows = self.rows;
        for page in pages_of(rows.inner(), select, otherwise).with_macs() {
            for found in page? {
                self.step()?;
                self.one(found)?;
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        let MigrateReport { signed, renewed, kept, .. } = self.report;
        let refused = u64::try_from(self.report.refused.len()).unwrap_or(u64::MAX);
        let done = [signed, renewed, kept, refused].into_iter().fold(0, u64::saturating_add);
        self.progress.advance(done, None, "rows");
        if self.progress.cancelled() {
            self.flush()?;
        }
        check(self.progress)
    }

    fn one(&mut self, found: Versioned) -> Result<()> {
        if let Record::Damaged(row) = &found.record {
            self.refuse(&row.id, Error::new(row.code, row.why.clone()));
            return Ok(());
        }
        let id = found.record.authenticated_id().unwrap_or_default().to_owned();
        let accepted = self.options.accept.contains(&id);
        let seen = match self.rows.judge(&found.record, found.mac.as_ref()) {
            Ok(Seen::Signed) => {
                self.report.kept = self.report.kept.saturating_add(1);
                return Ok(());
            }
            Ok(seen) => seen,
            Err(error) if error.code() == Code::RowNotAuthentic && accepted => Seen::Unsigned,
            Err(error) if error.code() == Code::RowNotAuthentic => {
                self.refuse(&id, error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let proven = match &found.record {
            Record::Key(key) if seen == Seen::Unsigned => {
                let row = Row { key: key.as_ref().clone(), version: found.version.clone() };
                self.hierarchy.prove(&row, accepted)
            }
            _ => Ok(()),
        };
        match proven {
            Ok(()) => {}
            Err(error) if must_end(&error) && !is_bad_row(&error) => return Err(error),
            Err(error) => {
                self.refuse(&id, error);
                return Ok(());
            }
        }
        let mac = self.rows.mac(&found.record)?;
        self.pending.push((Change::Authenticate(found.record, mac, Some(found.version)), seen));
        if self.pending.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Writes what is pending: together, or one by one when somebody changed one of them.
    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let apply = |changes| self.rows.inner().apply(ChangeSet { expect_scopes: Vec::new(), changes });
        let together = match pending.is_empty() {
            true => Ok(()),
            false => apply(pending.iter().map(|(change, _)| change.clone()).collect()),
        };
        let one_by_one = match together {
            Ok(()) => false,
            Err(error) if error.code() == Code::StoreConflict => true,
            Err(error) => return Err(error),
        };
        for (change, seen) in pending {
            if one_by_one {
                match apply(vec![change.clone()]) {
                    Ok(()) => {}
                    Err(error) if error.code() == Code::StoreConflict => {
                        if let Change::Authenticate(record, ..) = &change {
                            self.report.refused.push(RefusedRow {
                                id: record.authenticated_id().unwrap_or_default().to_owned(),
                                code: error.code(),
                                why: "it changed meanwhile; run `migrate` again".to_owned(),
                            });
                        }
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            let count = if seen == Seen::SignedBefore { &mut self.report.renewed } else { &mut self.report.signed };
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    fn refuse(&mut self, id: &str, error: Error) {
        tracing::warn!(id, code = error.code().name(), "a row is not signed");
        let why = error.detail().to_owned();
        self.report.refused.push(RefusedRow { id: id.to_owned(), code: error.code(), why });
    }
}
