//! Intents: how a creation is begun, given up, and cleared after a crash (HIE-27 to HIE-29).

use super::Hierarchy;
use super::create::Intent;
use super::lock::ScopeLock;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};
use crate::store::{Change, ChangeSet, IntentRow, Record, Version};
use crate::time::Timestamp;

impl Hierarchy {
    /// Clears what a crash left: for every intent without a record, the master key and the intent are removed; for one
    /// with a record, the certificate in the master backend is recorded if it is not yet. Ready keys of the pool under
    /// former Module keys are discarded.
    /// Idempotent, and safe while other processes work: each intent is cleared under the lock of its scope.
    ///
    /// # Errors
    /// Those of the store and of the master backend; `lock_timeout`.
    pub fn recover(&self) -> Result<()> {
        if !self.store.capabilities().side_tables {
            return Ok(());
        }
        let mut scopes: Vec<KeyScope> = self.intents()?.into_iter().map(|(intent, _)| intent.scope).collect();
        scopes.sort();
        scopes.dedup();
        for scope in scopes {
            let _lock = ScopeLock::take(&self.store, &scope, self.config.hierarchy.lock_wait)?;
            self.clear_scope(&scope)?;
        }
        self.discard_stale_pools();
        Ok(())
    }

    /// Clears the intents of a scope whose lock is held. A failure is no reason not to go on: the intent stays, and
    /// the next one who comes tries again.
    pub(super) fn clear_intents(&self, scope: &KeyScope) {
        if !self.store.capabilities().side_tables {
            return;
        }
        if let Err(error) = self.clear_scope(scope) {
            tracing::warn!(%scope, code = error.code().name(), "what a crash left could not be cleared");
        }
    }

    /// Clears the intents of a scope whose lock is held.
    pub(super) fn clear_scope(&self, scope: &KeyScope) -> Result<()> {
        for (intent, version) in self.intents()?.into_iter().filter(|(intent, _)| intent.scope == *scope) {
            let Some(claimed) = self.claim(&intent, &version)? else { continue };
            match self.key_by_alias(&intent.alias)? {
                // The record is there: not a creation, but a certificate was to take the place of another (HIE-71).
                Some(row) if self.finish_upload(&row, Some(claimed.clone()))? => continue,
                Some(_) => {}
                None => {
                    self.master.remove(intent.alias.clone())?;
                    tracing::info!(alias = %intent.alias, %scope, "unfinished creation cleared");
                }
            }
            self.delete_intent(claimed)?;
        }
        Ok(())
    }

    /// Writes the intent. None when the store has no table for it.
    pub(super) fn begin(&self, alias: &Alias, scope: &KeyScope, begun: Timestamp) -> Result<Intent> {
        if !self.store.capabilities().side_tables {
            return Ok(None);
        }
        let intent = IntentRow { alias: alias.clone(), scope: scope.clone(), begun };
        self.write(Change::Insert(Record::Intent(intent.clone())))?;
        self.intent(alias)?
            .map(Some)
            .ok_or_else(|| Error::new(Code::StoreConflict, format!("the intent of {alias} vanished")))
    }

    fn intent(&self, alias: &Alias) -> Result<Intent> {
        Ok(self.intents()?.into_iter().find(|(row, _)| row.alias == *alias))
    }

    /// Gives up a creation that was certainly not recorded: the key goes first, then the intent. What fails leaves the
    /// intent, by which the next one finds the key.
    pub(super) fn discard(&self, alias: &Alias, intent: Intent) {
        let outcome = self.master.remove(alias.clone()).and_then(|()| match intent {
            Some(intent) => self.delete_intent(intent),
            None => Ok(()),
        });
        if let Err(error) = outcome {
            tracing::warn!(%alias, code = error.code().name(), "an unused master key could not be removed yet");
        }
    }

    /// Finds out whether a change set was applied although the store answered with a failure; true when it was.
    ///
    /// A commit may still be under way. So the intent is claimed first: whoever changes it, the commit or this, the
    /// other one fails. Only then is it known that no record will come, and the key is removed. When that cannot be
    /// known, the key stays: an orphan key is litter, a record without its key is lost data.
    pub(super) fn settle(&self, alias: &Alias, intent: Intent, in_master: bool) -> bool {
        if let Some((row, version)) = intent {
            match self.claim(&row, &version) {
                Ok(Some(claimed)) => {
                    self.discard(alias, Some(claimed));
                    return false;
                }
                Ok(None) => {}
                Err(_) => return false,
            }
        }
        let recorded = matches!(self.key_by_alias(alias), Ok(Some(_)));
        if !recorded && in_master {
            tracing::warn!(%alias, "a master key may have been left without a record");
        }
        recorded
    }

    /// Takes an intent over by changing it, so that the creation it belongs to cannot be recorded any more. None when
    /// it is not there any more, or changed.
    fn claim(&self, intent: &IntentRow, version: &Version) -> Result<Intent> {
        let later = Timestamp::from_unix_micros(intent.begun.unix_micros().saturating_add(1));
        let claimed = IntentRow { begun: self.now().max(later), ..intent.clone() };
        match self.write(Change::Update(Record::Intent(claimed.clone()), version.clone())) {
            Ok(()) => Ok(self.intent(&intent.alias)?.filter(|(row, _)| *row == claimed)),
            Err(error) if error.code() == Code::StoreConflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn delete_intent(&self, (row, version): (IntentRow, Version)) -> Result<()> {
        self.write(Change::Delete(Record::Intent(row), version))
    }

    fn write(&self, change: Change) -> Result<()> {
        self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] })
    }
}
