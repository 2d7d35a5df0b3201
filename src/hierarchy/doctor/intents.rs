//! Creations that were begun and not recorded (HIE-27 to HIE-29).

use std::collections::BTreeSet;

use super::repairs::unless_changed;
use super::{FindingCode, Visit};
use crate::error::Result;
use crate::hierarchy::Hierarchy;
use crate::hierarchy::lock::ScopeLock;
use crate::hierarchy::records::row_of_another_table;
use crate::id::{Alias, KeyScope};
use crate::store::{Change, ChangeSet, DamagedRow, IntentRow, Record, Version};

const REPAIR: &str = "Removes the key under that alias from the master backend, if there is one and no record names it; records the certificate that the key has there, if one names it; then removes the intent.";

/// The same, without knowing which scope it was.
const REPAIR_DAMAGED: &str = "Writes the intent anew for the alias that it names, so that whoever is at work with it cannot record a key any more; then clears it as one that a crash left: removes the key under that alias from the master backend, if there is one and no record names it; records the certificate that the key has there, if one names it; then removes the intent.";

impl Visit<'_> {
    pub(super) fn read_intents(&mut self) -> Result<()> {
        if !self.hierarchy.store.capabilities().side_tables {
            return Ok(());
        }
        let intents = self.hierarchy.intents_as_they_are();
        let Some(intents) = self.unless_damaged(intents)? else { return Ok(()) };
        let mut aliases = BTreeSet::new();
        for found in intents {
            let intent = match found.record {
                Record::Intent(intent) => intent,
                Record::Damaged(row) => {
                    // It names its key all the same.
                    aliases.extend(self.damaged_intent(&row, found.version)?);
                    continue;
                }
                _ => return Err(row_of_another_table()),
            };
            aliases.insert(intent.alias.clone());
            let text = format!(
                "A key for {} was begun at {} and is not recorded: a process is at work on it, or a crash left it.",
                intent.scope, intent.begun
            );
            self.mend(FindingCode::IntentLeft, Some(&intent.alias), text, REPAIR, |hierarchy| {
                let _lock = ScopeLock::take(&hierarchy.store, &intent.scope, hierarchy.config.hierarchy.lock_wait)?;
                hierarchy.clear_scope(&intent.scope)?;
                Ok(true)
            })?;
        }
        self.intents = Some(aliases);
        Ok(())
    }

    /// An intent that cannot be understood; answers the alias that it names, if it can be one.
    fn damaged_intent(&mut self, row: &DamagedRow, version: Version) -> Result<Option<Alias>> {
        let Ok(alias) = Alias::new(row.id.as_str()) else { return Ok(self.damaged_row(row)) };
        let text = format!(
            "{}. It is an intent, so a key was begun, or a certificate sent in, and nobody can finish it.",
            row.why
        );
        self.mend(FindingCode::RecordDamaged, Some(&alias), text, REPAIR_DAMAGED, |hierarchy| {
            hierarchy.clear_damaged_intent(&alias, version)
        })?;
        Ok(Some(alias))
    }
}

impl Hierarchy {
    /// Clears an intent of which only the alias is known. It is written anew at the version that was found, which claims
    /// it (HIE-28): no record can come about with it any more, and after a crash it is one that everybody understands.
    fn clear_damaged_intent(&self, alias: &Alias, version: Version) -> Result<bool> {
        let scope = match self.key_by_alias(alias)? {
            Some(row) => row.key.alias.scope,
            // Where it was begun is lost; any scope does, as its lock is not what makes the claim safe.
            None => KeyScope::new(self.config.hierarchy.root_app.as_str(), "")?,
        };
        let _lock = ScopeLock::take(&self.store, &scope, self.config.hierarchy.lock_wait)?;
        let intent = IntentRow { alias: alias.clone(), scope: scope.clone(), begun: self.now() };
        let changes = vec![Change::Update(Record::Intent(intent), version)];
        if !unless_changed(self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }))? {
            return Ok(false);
        }
        self.clear_scope(&scope)?;
        Ok(true)
    }
}
