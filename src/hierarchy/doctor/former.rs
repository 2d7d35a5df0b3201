//! Thumbprints that keys had before their certificate was replaced (HIE-72).

use std::collections::HashMap;

use super::{FindingCode, Visit};
use crate::error::Result;
use crate::hierarchy::records::row_of_another_table;
use crate::id::{Alias, Thumbprint};
use crate::store::{FormerThumbprintRow, Record, Select};

impl Visit<'_> {
    /// After all rows were read.
    pub(super) fn read_former_thumbprints(&mut self) -> Result<()> {
        if !self.hierarchy.store.capabilities().side_tables {
            return Ok(());
        }
        let found = self.hierarchy.find_as_they_are(Select::FormerThumbprintsAsTheyAre, Select::AllFormerThumbprints);
        let Some(found) = self.unless_damaged(found)? else { return Ok(()) };
        let mut owners = HashMap::new();
        for found in found {
            self.advance("former thumbprints")?;
            match found.record {
                Record::FormerThumbprint(row) => self.judge_former(&row, &mut owners)?,
                Record::Damaged(row) => drop(self.damaged_row(&row)),
                _ => return Err(row_of_another_table()),
            }
        }
        Ok(())
    }

    /// `owners`: the key of each thumbprint that was read before.
    fn judge_former(&mut self, row: &FormerThumbprintRow, owners: &mut HashMap<Thumbprint, Alias>) -> Result<()> {
        let FormerThumbprintRow { thumbprint, alias, .. } = row;
        if !self.hierarchy.is_recorded(alias)? {
            let text = format!(
                "The former thumbprint {thumbprint} is kept for this key, and no row of key_alias has the alias: what was \
                 encrypted under it cannot be opened. Restore the row from a backup."
            );
            self.found(FindingCode::FormerThumbprintOrphan, Some(alias), text);
        }
        let other = self.thumbprints.get(thumbprint).filter(|current| *current != alias).cloned();
        let other = other.or_else(|| owners.insert(*thumbprint, alias.clone()));
        if let Some(other) = other {
            let text = format!(
                "The former thumbprint {thumbprint} is one of {other} too: an envelope for it needs its reference id to be \
                 named, or is not opened with this key."
            );
            self.found(FindingCode::ThumbprintShared, Some(alias), text);
        }
        Ok(())
    }
}
