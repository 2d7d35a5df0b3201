//! Rows of the store as the hierarchy reads them.

use super::Hierarchy;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};
use crate::store::{IntentRow, KeyRecord, Query, Record, Select, Version, Versioned};

/// A key with the version it was read at.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub key: KeyRecord,
    pub version: Version,
}

impl Hierarchy {
    /// Every record of a query, page after page.
    pub(super) fn find_all(&self, select: Select) -> Result<Vec<Versioned>> {
        let mut query = Query::new(select);
        let mut records = Vec::new();
        loop {
            let page = self.store.find(query.clone())?;
            records.extend(page.records);
            match page.next {
                // A cursor that does not move would go on for ever.
                Some(next) if query.cursor.as_ref() == Some(&next) => return Err(stuck()),
                Some(next) => query.cursor = Some(next),
                None => return Ok(records),
            }
        }
    }

    /// Every key of a query, in the order of the store: by `key_gen_dtimes`, then alias.
    pub(super) fn find_keys(&self, select: Select) -> Result<Vec<Row>> {
        self.find_all(select)?
            .into_iter()
            .map(|found| match found.record {
                Record::Key(key) => Ok(Row { key: *key, version: found.version }),
                _ => Err(row_of_another_table()),
            })
            .collect()
    }

    pub(super) fn keys_of(&self, scope: &KeyScope) -> Result<Vec<Row>> {
        self.find_keys(Select::KeysByScope(scope.clone()))
    }

    pub(super) fn key_by_alias(&self, alias: &Alias) -> Result<Option<Row>> {
        Ok(self.find_keys(Select::KeyByAlias(alias.clone()))?.into_iter().next())
    }

    /// The intents, but for rows that cannot be understood: one of those stops no other work, and is for the doctor to
    /// find.
    pub(super) fn intents(&self) -> Result<Vec<(IntentRow, Version)>> {
        let mut intents = Vec::new();
        for found in self.intents_as_they_are()? {
            match found.record {
                Record::Intent(row) => intents.push((row, found.version)),
                Record::Damaged(row) => {
                    tracing::warn!(why = row.why, "an intent that cannot be understood is passed over")
                }
                _ => return Err(row_of_another_table()),
            }
        }
        Ok(intents)
    }

    /// The intents with those that cannot be understood; where the store cannot tell them apart, one of those is
    /// `record_damaged`.
    pub(super) fn intents_as_they_are(&self) -> Result<Vec<Versioned>> {
        match self.find_all(Select::IntentsAsTheyAre) {
            Err(error) if error.code() == Code::Unsupported => self.find_all(Select::AllIntents),
            answer => answer,
        }
    }
}

pub(super) fn row_of_another_table() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with a row of another table")
}

fn stuck() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with the same page again")
}
