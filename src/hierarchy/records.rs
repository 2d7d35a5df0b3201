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

    pub(super) fn intents(&self) -> Result<Vec<(IntentRow, Version)>> {
        self.find_all(Select::AllIntents)?
            .into_iter()
            .map(|found| match found.record {
                Record::Intent(row) => Ok((row, found.version)),
                _ => Err(row_of_another_table()),
            })
            .collect()
    }
}

pub(super) fn row_of_another_table() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with a row of another table")
}

fn stuck() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with the same page again")
}
