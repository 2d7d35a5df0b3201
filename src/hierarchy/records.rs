//! Rows of the store as the hierarchy reads them.

use super::Hierarchy;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};
use crate::store::{IntentRow, KeyRecord, KeyStore, Query, Record, Select, Version, Versioned};

/// A key with the version it was read at.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub key: KeyRecord,
    pub version: Version,
}

/// The pages of a query, one after the other; after an error there are no more.
pub(crate) struct Pages<'a> {
    store: &'a dyn KeyStore,
    /// What is asked for in place of the first query, where the store has no such query.
    otherwise: Option<Select>,
    /// What finds the next page; none behind the last one.
    next: Result<Option<Query>>,
}

/// The pages of `select` from any store; of `otherwise`, where the store has no such query.
pub(crate) fn pages_of(store: &dyn KeyStore, select: Select, otherwise: Select) -> Pages<'_> {
    Pages { store, otherwise: Some(otherwise), next: Ok(Some(Query::new(select))) }
}

impl Iterator for Pages<'_> {
    type Item = Result<Vec<Versioned>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut query = match std::mem::replace(&mut self.next, Ok(None)) {
            Ok(query) => query?,
            Err(error) => return Some(Err(error)),
        };
        let mut found = self.store.find(query.clone());
        // Which queries a store has it says at the first page.
        if let Some(otherwise) = self.otherwise.take()
            && found.as_ref().is_err_and(|error| error.code() == Code::Unsupported)
        {
            query = Query { with_macs: query.with_macs, ..Query::new(otherwise) };
            found = self.store.find(query.clone());
        }
        let page = match found {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        self.next = match page.next {
            None => Ok(None),
            // A cursor that does not move would go on for ever.
            next if next == query.cursor => Err(stuck()),
            next => {
                query.cursor = next;
                Ok(Some(query))
            }
        };
        Some(Ok(page.records))
    }
}

impl Pages<'_> {
    /// The same with the MACs of the rows.
    pub(super) fn with_macs(mut self) -> Self {
        if let Ok(Some(query)) = &mut self.next {
            query.with_macs = true;
        }
        self
    }

    /// Every record of every page.
    fn records(self) -> Result<Vec<Versioned>> {
        let mut records = Vec::new();
        for page in self {
            records.extend(page?);
        }
        Ok(records)
    }
}

impl Hierarchy {
    /// The records of a query, page after page.
    pub(super) fn pages(&self, select: Select) -> Pages<'_> {
        Pages { store: self.store.as_ref(), otherwise: None, next: Ok(Some(Query::new(select))) }
    }

    /// Every record of a query.
    pub(super) fn find_all(&self, select: Select) -> Result<Vec<Versioned>> {
        self.pages(select).records()
    }

    /// Every key of a query, in the order of the store: by `key_gen_dtimes`, then alias.
    pub(super) fn find_keys(&self, select: Select) -> Result<Vec<Row>> {
        keys(self.find_all(select)?)
    }

    /// The first page of keys, as they were a while ago perhaps. Nothing is decided by it but which key opens data.
    pub(super) fn find_keys_that_may_lag(&self, select: Select) -> Result<Vec<Row>> {
        keys(self.store.find(Query { may_lag: true, ..Query::new(select) })?.records)
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

    /// The intents with those that cannot be understood.
    pub(super) fn intents_as_they_are(&self) -> Result<Vec<Versioned>> {
        self.find_as_they_are(Select::IntentsAsTheyAre, Select::AllIntents)
    }

    /// Every record of `select`, with those that cannot be understood; where the store has no such query, every record
    /// of `otherwise`, and one of those is `record_damaged`.
    pub(super) fn find_as_they_are(&self, select: Select, otherwise: Select) -> Result<Vec<Versioned>> {
        pages_of(self.store.as_ref(), select, otherwise).records()
    }
}

fn keys(found: Vec<Versioned>) -> Result<Vec<Row>> {
    let key = |found: Versioned| match found.record {
        Record::Key(key) => Ok(Row { key: *key, version: found.version }),
        _ => Err(row_of_another_table()),
    };
    found.into_iter().map(key).collect()
}

/// A store that holds something else than was expected.
pub(crate) fn row_of_another_table() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with a row of another table")
}

fn stuck() -> Error {
    Error::new(Code::StoreUnavailable, "the store answered with the same page again")
}
