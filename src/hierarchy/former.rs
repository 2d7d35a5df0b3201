//! Thumbprints of certificates that were replaced (HIE-72, HIE-73): what was encrypted under them still opens.

use super::Hierarchy;
use super::records::{Row, row_of_another_table};
use crate::error::Result;
use crate::id::{Alias, Thumbprint};
use crate::store::{Change, FormerThumbprintRow, Record, Select};
use crate::time::Timestamp;

impl Hierarchy {
    /// The keys whose certificate had `thumbprint` before. None in a store without side tables.
    pub(super) fn keys_by_former_thumbprint(&self, thumbprint: Thumbprint) -> Result<Vec<Row>> {
        if !self.store.capabilities().side_tables {
            return Ok(Vec::new());
        }
        let mut rows = Vec::new();
        for found in self.find_all(Select::FormerThumbprint(thumbprint))? {
            let Record::FormerThumbprint(former) = found.record else { return Err(row_of_another_table()) };
            rows.extend(self.key_by_alias(&former.alias)?);
        }
        Ok(rows)
    }

    /// The changes that keep `old` when the key's certificate becomes the one with the thumbprint `new`, which is no
    /// former one any more.
    pub(super) fn keep_thumbprint(
        &self,
        alias: &Alias,
        old: Option<Thumbprint>,
        new: Thumbprint,
        until: Timestamp,
    ) -> Result<Vec<Change>> {
        if !self.store.capabilities().side_tables {
            return Ok(Vec::new());
        }
        let mut changes = Vec::new();
        let mut known = false;
        for found in self.find_all(Select::FormerThumbprintsOf(alias.clone()))? {
            let Record::FormerThumbprint(former) = &found.record else { return Err(row_of_another_table()) };
            known |= Some(former.thumbprint) == old;
            if former.thumbprint == new {
                changes.push(Change::Delete(found.record, found.version));
            }
        }
        if let Some(thumbprint) = old.filter(|old| *old != new && !known) {
            let row = FormerThumbprintRow { thumbprint, alias: alias.clone(), until };
            changes.push(Change::Insert(Record::FormerThumbprint(row)));
        }
        Ok(changes)
    }
}
