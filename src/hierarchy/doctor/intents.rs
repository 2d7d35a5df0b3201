//! Creations that were begun and not recorded (HIE-27 to HIE-29).

use std::collections::BTreeSet;

use super::{FindingCode, Visit};
use crate::error::Result;
use crate::hierarchy::lock::ScopeLock;
use crate::hierarchy::records::row_of_another_table;
use crate::store::Record;

const REPAIR: &str = "Removes the key under that alias from the master backend, if there is one and no record names it; records the certificate that the key has there, if one names it; then removes the intent.";

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
                    aliases.extend(self.damaged_row(&row));
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
}
