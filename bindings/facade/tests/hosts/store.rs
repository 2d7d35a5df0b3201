//! A store as a host writes it, over plain rows, and the core's suite for stores on it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use keymanager_facade::{
    HostChangeKind, HostChangeSet, HostError, HostPage, HostQuery, HostRow, HostSelect, HostStore,
    HostStoreCapabilities, HostTable,
};

const APP: usize = 1;
const REFERENCE: usize = 2;
const GENERATED: usize = 3;
const THUMBPRINT: usize = 5;
const UNI_IDENT: usize = 6;
const WRITTEN: usize = 8;
const MASTER: usize = 9;
const STORED_WRITTEN: usize = 13;

/// Rows in a list; a version is the columns themselves.
#[derive(Default)]
pub(crate) struct RowStore {
    state: Mutex<State>,
    locks: Mutex<Locks>,
    freed: Condvar,
}

/// The scopes that are held, each with the number of its lock, and the last number.
#[derive(Default)]
struct Locks {
    held: HashMap<(String, String), u64>,
    last: u64,
}

#[derive(Default, Clone)]
struct State {
    rows: Vec<HostRow>,
    failure: Option<HostError>,
}

fn error(number: u32, message: &str) -> HostError {
    HostError { number, message: message.to_owned() }
}

impl RowStore {
    /// From now on every `find` fails like this.
    pub(crate) fn fail_with(&self, failure: Option<HostError>) {
        self.state.lock().unwrap().failure = failure;
    }

    /// Breaks a key by hand, its version with it.
    pub(crate) fn change(&self, alias: &str, change: impl Fn(&mut Vec<Option<String>>)) {
        let mut state = self.state.lock().unwrap();
        let key = |row: &&mut HostRow| row.table == HostTable::Keys && row.columns[0].as_deref() == Some(alias);
        for row in state.rows.iter_mut().filter(key) {
            change(&mut row.columns);
            row.version = Some(format!("{:?}", row.columns).into_bytes());
        }
    }

    /// Adds a row as it is.
    pub(crate) fn put(&self, row: HostRow) {
        self.state.lock().unwrap().rows.push(row);
    }

    /// Takes a column from every key that must have it.
    pub(crate) fn damage(&self) {
        let mut state = self.state.lock().unwrap();
        state.rows.iter_mut().filter(|row| row.table == HostTable::Keys).for_each(|row| row.columns[WRITTEN] = None);
    }
}

/// The order of a row, which is its cursor too.
fn place(row: &HostRow) -> String {
    let text = |at: usize| row.columns[at].clone().unwrap_or_default();
    match row.table {
        HostTable::Keys => format!("{}\t{}", text(GENERATED), text(0)),
        HostTable::Policies => text(0),
        HostTable::PoolKeys => format!("\t{}", text(0)),
        HostTable::Intents => format!("{}\t{}", text(3), text(0)),
        HostTable::FormerThumbprints => format!("{}\t{}", text(0), text(1)),
    }
}

fn wanted(query: &HostQuery, row: &HostRow) -> bool {
    let column = |at: usize| row.columns[at].as_deref();
    let is = |at: usize, value: usize| column(at) == Some(query.values[value].as_str());
    let since = |at: usize| column(at).is_some_and(|time| time >= query.values[0].as_str());
    let key = row.table == HostTable::Keys;
    match query.select {
        HostSelect::KeyByAlias => key && is(0, 0),
        HostSelect::KeysByThumbprint => key && is(THUMBPRINT, 0),
        HostSelect::KeysWithoutThumbprint => key && column(THUMBPRINT).is_none(),
        HostSelect::KeysByScope => key && is(APP, 0) && is(REFERENCE, 1),
        HostSelect::KeysByMaster => key && is(MASTER, 0),
        HostSelect::KeysChangedSince => key && (since(WRITTEN) || since(STORED_WRITTEN)),
        HostSelect::AllKeys => key,
        HostSelect::Policy => row.table == HostTable::Policies && is(0, 0),
        HostSelect::AllPolicies => row.table == HostTable::Policies,
        HostSelect::AllIntents => row.table == HostTable::Intents,
        HostSelect::FormerThumbprint => row.table == HostTable::FormerThumbprints && is(0, 0),
        HostSelect::FormerThumbprintsOf => row.table == HostTable::FormerThumbprints && is(1, 0),
        HostSelect::AllFormerThumbprints => row.table == HostTable::FormerThumbprints,
        HostSelect::ReadyPoolKeys => {
            let from = column(0) >= Some(query.values[1].as_str());
            row.table == HostTable::PoolKeys && is(1, 0) && from && column(6).is_none()
        }
        HostSelect::PoolKeysOf => row.table == HostTable::PoolKeys && is(1, 0),
        HostSelect::AllPoolKeys => row.table == HostTable::PoolKeys,
    }
}

impl State {
    fn apply(&mut self, changes: HostChangeSet) -> Result<(), HostError> {
        for expected in changes.expect_scopes {
            let scope = (Some(expected.app), Some(expected.reference));
            let keys = self.rows.iter().filter(|row| row.table == HostTable::Keys);
            let mut found: Vec<_> = keys
                .filter(|row| (&row.columns[APP], &row.columns[REFERENCE]) == (&scope.0, &scope.1))
                .filter_map(|row| row.version.clone())
                .collect();
            let mut versions = expected.versions;
            found.sort();
            versions.sort();
            if found != versions {
                return Err(error(7004, "the scope changed"));
            }
        }
        for change in changes.changes {
            let row = change.row;
            let id = if row.table == HostTable::FormerThumbprints { 2 } else { 1 };
            let same = |old: &HostRow| old.table == row.table && old.columns[..id] == row.columns[..id];
            let at = self.rows.iter().position(same);
            let at = match (change.kind, at) {
                (HostChangeKind::Insert, None) => None,
                (HostChangeKind::Insert, Some(_)) => return Err(error(7005, "the row exists")),
                (_, Some(at)) if self.rows[at].version == row.version => Some(at),
                _ => return Err(error(7004, "the row changed")),
            };
            if let Some(at) = at {
                self.rows.remove(at);
            }
            if change.kind == HostChangeKind::Delete {
                continue;
            }
            let taken = |old: &HostRow| old.table == row.table && old.columns[UNI_IDENT] == row.columns[UNI_IDENT];
            if row.table == HostTable::Keys && row.columns[UNI_IDENT].is_some() && self.rows.iter().any(taken) {
                return Err(error(7005, "the uni_ident exists"));
            }
            self.rows.push(HostRow { version: Some(format!("{:?}", row.columns).into_bytes()), ..row });
        }
        Ok(())
    }
}

impl HostStore for RowStore {
    fn capabilities(&self) -> HostStoreCapabilities {
        HostStoreCapabilities {
            side_tables: true,
            row_authentication: false,
            locks_between_processes: false,
            durable: false,
        }
    }

    fn find(&self, query: HostQuery) -> Result<HostPage, HostError> {
        let state = self.state.lock().unwrap();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let policies = matches!(query.select, HostSelect::Policy | HostSelect::AllPolicies);
        if query.cursor.as_ref().is_some_and(|cursor| policies == cursor.contains('\t')) {
            return Err(error(1001, "the cursor was not made by this store"));
        }
        let mut rows: Vec<_> = state.rows.iter().filter(|row| wanted(&query, row)).cloned().collect();
        rows.sort_by_key(place);
        rows.retain(|row| query.cursor.as_ref().is_none_or(|cursor| place(row) > *cursor));
        let limit = usize::try_from(query.limit).unwrap();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(place);
        Ok(HostPage { rows, next })
    }

    fn apply(&self, changes: HostChangeSet) -> Result<(), HostError> {
        let mut state = self.state.lock().unwrap();
        let mut changed = state.clone();
        changed.apply(changes)?;
        *state = changed;
        Ok(())
    }

    fn lock(&self, app: String, reference: String, wait_ms: u64) -> Result<u64, HostError> {
        let end = Instant::now().checked_add(Duration::from_millis(wait_ms)).unwrap();
        let scope = (app, reference);
        let mut locks = self.locks.lock().unwrap();
        while locks.held.contains_key(&scope) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(error(7006, "another holds the lock"));
            }
            locks = self.freed.wait_timeout(locks, left).unwrap().0;
        }
        locks.last += 1;
        let number = locks.last;
        locks.held.insert(scope, number);
        Ok(number)
    }

    fn unlock(&self, lock: u64) -> Result<(), HostError> {
        self.locks.lock().unwrap().held.retain(|_, held| *held != lock);
        self.freed.notify_all();
        Ok(())
    }

    fn prepare(&self) -> Result<(), HostError> {
        Ok(())
    }
}

#[test]
fn a_store_of_a_host_passes_the_suite() {
    keymanager_facade::testing::store_suite(&|| Arc::new(RowStore::default()));
}
