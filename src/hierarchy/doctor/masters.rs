//! The keys of the master backend: which there are, and which nothing names (DOC-5, DOC-6).

use super::{FindingCode, Visit, is_bad_row};
use crate::certificate::Certificate;
use crate::crypto::PublicKey;
use crate::error::{Code, Error, Result};
use crate::hierarchy::Hierarchy;
use crate::id::Alias;
use crate::master::{KeyKind, MasterEntry};
use crate::store::{Query, Record, Select, Versioned};

const REMOVE: &str = "Removes the key from the master backend for good, but only if its alias is named to be removed.";

/// A key of the master backend.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) kind: Option<KeyKind>,
    pub(super) public: Option<PublicKey>,
    /// The certificate, or why it cannot be read.
    pub(super) certificate: Option<Result<Certificate>>,
    pub(super) pending: bool,
    /// A record names it.
    pub(super) recorded: bool,
    /// How many keys of the store are wrapped to it.
    pub(super) wraps: u64,
}

impl Visit<'_> {
    pub(super) fn list_masters(&mut self) -> Result<()> {
        let mut cursor = None;
        loop {
            self.advance("keys of the master backend")?;
            let page = self.hierarchy.master.list(cursor.clone())?;
            for entry in page.entries {
                let (alias, held) = self.held(entry);
                self.masters.insert(alias, held);
                self.report.checked.tokens = self.report.checked.tokens.saturating_add(1);
            }
            if page.next.is_none() {
                return Ok(());
            }
            if page.next == cursor {
                return Err(Error::new(
                    Code::MasterUnavailable,
                    "the master backend answered with the same page again",
                ));
            }
            cursor = page.next;
        }
    }

    /// The key under `alias`: as listed, else as it is now, since it may have been made meanwhile, or the backend may
    /// not tell upper from lower case (KEY-6).
    pub(super) fn master(&mut self, alias: &Alias) -> Result<Option<&mut Held>> {
        if self.masters.contains_key(alias) {
            return Ok(self.masters.get_mut(alias));
        }
        let Some(entry) = self.hierarchy.master.find(alias.clone())? else { return Ok(None) };
        let (alias, held) = self.held(entry);
        Ok(Some(self.masters.entry(alias).or_insert(held)))
    }

    fn held(&self, entry: MasterEntry) -> (Alias, Held) {
        let MasterEntry { alias, kind, public, certificate, pending } = entry;
        let certificate = certificate.map(|der| Certificate::from_der(&self.hierarchy.provider, &der));
        (alias, Held { kind, public, certificate, pending, recorded: false, wraps: 0 })
    }

    /// After all rows were read: the keys that none of them names.
    pub(super) fn judge_masters(&mut self) -> Result<()> {
        let mut unnamed = Vec::new();
        for (alias, held) in &self.masters {
            let begun = self.intents.as_ref().is_some_and(|intents| intents.contains(alias));
            let for_macs = self.hierarchy.rows.as_ref().is_some_and(|rows| rows.names(alias));
            if !held.recorded && !begun && !for_macs {
                unnamed.push((alias.clone(), held.pending, held.wraps));
            }
        }
        for (alias, pending, wraps) in unnamed {
            self.advance("keys of the master backend")?;
            // It may have been given up since it was listed.
            if self.hierarchy.master.find(alias.clone())?.is_none() || self.hierarchy.is_recorded(&alias)? {
                continue;
            }
            if wraps > 0 {
                let text = format!(
                    "The master backend has this key, which wraps {wraps} key(s) of the store, and no row of key_alias \
                     names it. Restore the row from a backup; never remove the key."
                );
                self.found(FindingCode::MasterKeyUnrecorded, Some(&alias), text);
                continue;
            }
            let (code, text) = if pending {
                let text = "The master backend has this key without a certificate, and neither a record nor an intent \
                            names it: another program's, or left by a crash before the store was restored from a backup.";
                (FindingCode::MasterKeyPending, text)
            } else {
                let text = "The master backend has this key, and neither a record nor an intent names it: another \
                            program's, left by a failure between backend and database, or its row was lost.";
                (FindingCode::MasterKeyOrphan, text)
            };
            if !self.options.remove.contains(&alias) {
                self.found(code, Some(&alias), text.to_owned());
                if let Some(finding) = self.report.findings.last_mut() {
                    finding.repair = Some(REMOVE.to_owned());
                }
                continue;
            }
            self.mend(code, Some(&alias), text.to_owned(), REMOVE, |hierarchy| hierarchy.remove_orphan(&alias))?;
        }
        Ok(())
    }
}

impl Hierarchy {
    pub(super) fn is_recorded(&self, alias: &Alias) -> Result<bool> {
        match self.key_by_alias(alias) {
            Ok(row) => Ok(row.is_some()),
            // A row that cannot be understood names its key all the same.
            Err(error) if is_bad_row(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Removes a key that the caller named, when it is certain that no record of this store names it or still will:
    /// first the intents are read, then the records, as whoever records a key does both in one change set (DOC-6).
    fn remove_orphan(&self, alias: &Alias) -> Result<bool> {
        if !self.store.capabilities().side_tables {
            let why =
                "the store keeps no intents, so nobody can tell whether a record still comes; use the backend's tool";
            return Err(Error::new(Code::Unsupported, why));
        }
        let names = |found: &Versioned| match &found.record {
            Record::Intent(intent) => intent.alias == *alias,
            Record::Damaged(row) => row.id == alias.as_str(),
            _ => false,
        };
        if self.intents_as_they_are()?.iter().any(names) || self.is_recorded(alias)? {
            return Ok(false);
        }
        let wrapped = Query { limit: 1, ..Query::new(Select::KeysByMaster(alias.clone())) };
        if !self.store.find(wrapped)?.records.is_empty() {
            return Ok(false);
        }
        self.master.remove(alias.clone())?;
        Ok(true)
    }
}
