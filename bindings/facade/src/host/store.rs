//! A record store that the host implements.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use keymanager::id::KeyScope;
use keymanager::process::ForkGuard;
use keymanager::store::{
    Change, ChangeSet, Cursor, DamagedRow, KeyStore, LockId, Page, Query, Record, Schema, Select, StoreCapabilities,
    Version, Versioned,
};
use keymanager::{Code, Error, Result};

use super::numbered;
use super::row::{HostRow, HostTable};
use crate::error::HostError;

/// What a host's store can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostStoreCapabilities {
    /// Intents and other side tables exist.
    pub side_tables: bool,
    /// Rows are authenticated.
    pub row_authentication: bool,
    /// Scope locks hold between processes.
    pub locks_between_processes: bool,
    /// What `apply` acknowledged survives a crash of the machine.
    pub durable: bool,
}

numbered! {
    /// What is to be found. Keys come in order of `key_gen_dtimes`, then id; rows without a time come first.
    HostSelect {
        /// The key whose id is the value.
        KeyByAlias = 1,
        /// The keys whose `cert_thumbprint` is the value.
        KeysByThumbprint = 2,
        /// The keys without `cert_thumbprint`.
        KeysWithoutThumbprint = 3,
        /// The keys whose `app_id` and `ref_id` are the two values.
        KeysByScope = 4,
        /// The keys whose `master_key` is the value.
        KeysByMaster = 5,
        /// The keys written at or after the time that is the value, in either half.
        KeysChangedSince = 6,
        /// Every key.
        AllKeys = 7,
        /// The policy whose `app_id` is the value.
        Policy = 8,
        /// Every policy, by `app_id`.
        AllPolicies = 9,
        /// Every intent, oldest first, then by alias.
        AllIntents = 10,
        /// The former thumbprints whose `thumbprint` is the value, by thumbprint, then alias.
        FormerThumbprint = 11,
        /// The former thumbprints whose `alias` is the value.
        FormerThumbprintsOf = 12,
        /// Every former thumbprint.
        AllFormerThumbprints = 13,
        /// The keys of the pool whose `master_key` is the first value, whose `alias` is the second one or after it, and
        /// whose `used` is NULL. Keys of the pool come by alias.
        ReadyPoolKeys = 14,
        /// The keys of the pool whose `master_key` is the value.
        PoolKeysOf = 15,
        /// Every key of the pool.
        AllPoolKeys = 16,
    }
}

/// A query as a host sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostQuery {
    /// What to find.
    pub select: HostSelect,
    /// The values that `select` names, in the form of the columns they are compared with.
    pub values: Vec<String>,
    /// At most this many rows, 1 to 1000.
    pub limit: u32,
    /// The cursor that this host gave with the page before; none for the first page.
    pub cursor: Option<String>,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostPage {
    /// The rows, each with its version.
    pub rows: Vec<HostRow>,
    /// Where the next page begins; none when this was the last page.
    pub next: Option<String>,
}

numbered! {
    /// What a change does.
    HostChangeKind {
        /// A new row; `store_duplicate` (7005) when its id or a unique column exists already.
        Insert = 1,
        /// The row in place of the one with the same id, if that still has the version; else `store_conflict` (7004).
        Update = 2,
        /// Removes the row with this id, if it still has the version; else `store_conflict`.
        Delete = 3,
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostChange {
    /// What it does.
    pub kind: HostChangeKind,
    /// The row; with the version it must still have, unless it is inserted.
    pub row: HostRow,
}

/// A scope whose keys are exactly those of these versions, in any order; else the change set is `store_conflict`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostExpectedScope {
    /// The application id.
    pub app: String,
    /// The reference id; may be empty.
    pub reference: String,
    /// The versions.
    pub versions: Vec<Vec<u8>>,
}

/// Changes that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostChangeSet {
    /// Checked first, in the same transaction.
    pub expect_scopes: Vec<HostExpectedScope>,
    /// The changes, in order.
    pub changes: Vec<HostChange>,
}

/// A record store that the host implements: the contract of `keymanager::store::KeyStore` in plain values.
///
/// Every method may be called from any thread, also side by side. A host must not call the library from inside.
#[cfg_attr(feature = "uniffi", uniffi::export(rust, foreign))]
pub trait HostStore: Send + Sync {
    /// What this store can do.
    fn capabilities(&self) -> HostStoreCapabilities;

    /// A page of rows.
    ///
    /// # Errors
    /// `store_unavailable` (7001) when the store fails.
    fn find(&self, query: HostQuery) -> Result<HostPage, HostError>;

    /// Applies a change set whole, or not at all.
    ///
    /// # Errors
    /// `store_conflict` (7004), `store_duplicate` (7005), `store_unavailable` (7001).
    fn apply(&self, changes: HostChangeSet) -> Result<(), HostError>;

    /// Takes the lock of a scope, waiting at most this many milliseconds, and answers a number for it. It outlives
    /// transactions, and is freed when its holder dies.
    ///
    /// # Errors
    /// `lock_timeout` (7006), `store_unavailable` (7001).
    fn lock(&self, app: String, reference: String, wait_ms: u64) -> Result<u64, HostError>;

    /// Gives a lock back; no error when it was lost.
    ///
    /// # Errors
    /// `store_unavailable` (7001).
    fn unlock(&self, lock: u64) -> Result<(), HostError>;

    /// Creates the tables that are missing. Idempotent.
    ///
    /// # Errors
    /// `store_version` (7002) when a newer release wrote the store; `store_unavailable` (7001).
    fn prepare(&self) -> Result<(), HostError>;
}

/// A host's store as the core's contract; also what the core's conformance suite for stores takes.
pub struct StoreAdapter {
    host: Arc<dyn HostStore>,
    guard: ForkGuard,
}

impl StoreAdapter {
    /// The contract over `host`.
    #[must_use]
    pub fn new(host: Arc<dyn HostStore>) -> Self {
        Self { host, guard: ForkGuard::new() }
    }

    fn answer<T>(answer: Result<T, HostError>) -> Result<T> {
        answer.map_err(|error| error.into_error(Code::StoreUnavailable))
    }
}

impl fmt::Debug for StoreAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostStore")
    }
}

impl KeyStore for StoreAdapter {
    fn capabilities(&self) -> StoreCapabilities {
        let host = self.host.capabilities();
        let mut core = StoreCapabilities::default();
        core.side_tables = host.side_tables;
        core.row_authentication = host.row_authentication;
        core.locks_between_processes = host.locks_between_processes;
        core.durable = host.durable;
        core
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.guard.check()?;
        query.check()?;
        let limit = query.limit;
        let cursor = query.cursor.map(|cursor| cursor.0);
        // A host answers columns; which of its rows can be understood is seen here.
        let as_they_are = matches!(
            query.select,
            Select::KeysAsTheyAre | Select::IntentsAsTheyAre | Select::FormerThumbprintsAsTheyAre
        );
        let (select, values) = flat(query.select)?;
        let page = Self::answer(self.host.find(HostQuery { select, values, limit, cursor: cursor.clone() }))?;
        // A host that forgets the limit or the cursor would be asked for ever.
        if u32::try_from(page.rows.len()).map_or(true, |rows| rows > limit) {
            return Err(Error::new(Code::StoreUnavailable, "the host's page has more rows than were asked for"));
        }
        if page.next.is_some() && page.next == cursor {
            return Err(Error::new(Code::StoreUnavailable, "the host's page ends where it began"));
        }
        let read = if as_they_are { as_it_is } else { versioned };
        let records = page.rows.into_iter().map(read).collect::<Result<_>>()?;
        Ok(Page { records, next: page.next.map(Cursor) })
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.guard.check()?;
        changes.check()?;
        let expect_scopes = changes
            .expect_scopes
            .into_iter()
            .map(|(scope, versions)| HostExpectedScope {
                app: scope.app.to_string(),
                reference: scope.reference.to_string(),
                versions: versions.into_iter().map(|version| version.0).collect(),
            })
            .collect();
        // A host's store keeps no MACs.
        let changes = changes.changes.into_iter().filter(|change| !matches!(change, Change::Authenticate(..)));
        let changes = changes.map(host_change).collect::<Result<_>>()?;
        Self::answer(self.host.apply(HostChangeSet { expect_scopes, changes }))
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.guard.check()?;
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let (app, reference) = (scope.app.to_string(), scope.reference.to_string());
        // All blank reference ids of an application are one scope here; a host need not know that.
        let reference = if scope.reference.is_blank() { String::new() } else { reference };
        Self::answer(self.host.lock(app, reference, wait_ms)).map(LockId)
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        self.guard.check()?;
        Self::answer(self.host.unlock(lock.0))
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.guard.check()?;
        match schema {
            Schema::KeyManager => Self::answer(self.host.prepare()),
            _ => Err(Error::new(Code::Unsupported, "a host's store has no other tables")),
        }
    }
}

fn versioned(row: HostRow) -> Result<Versioned> {
    let mut row = row;
    let version =
        row.version.take().ok_or_else(|| Error::new(Code::RecordDamaged, "a row of the host without version"))?;
    Ok(Versioned { record: row.read()?, version: Version(version), mac: None })
}

/// The same, with [`Record::Damaged`] for a row that cannot be understood (STO-13a).
fn as_it_is(row: HostRow) -> Result<Versioned> {
    // The alias of the key it is about.
    let at = if row.table == HostTable::FormerThumbprints { 1 } else { 0 };
    let id = row.columns.get(at).cloned().flatten().unwrap_or_default();
    let version = row.version.clone();
    match (versioned(row), version) {
        (Err(error), Some(version)) if error.code() == Code::RecordDamaged => {
            let damaged = DamagedRow { id, why: error.detail().to_owned(), code: error.code() };
            Ok(Versioned { record: Record::Damaged(damaged), version: Version(version), mac: None })
        }
        (answer, _) => answer,
    }
}

fn host_change(change: Change) -> Result<HostChange> {
    let (kind, record, version) = match change {
        Change::Insert(record) => (HostChangeKind::Insert, record, None),
        Change::Update(record, version) => (HostChangeKind::Update, record, Some(version.0)),
        Change::Delete(record, version) => (HostChangeKind::Delete, record, Some(version.0)),
        _ => return Err(Error::new(Code::Unsupported, "a host's store does not know this change")),
    };
    Ok(HostChange { kind, row: HostRow::write(record, version)? })
}

fn flat(select: Select) -> Result<(HostSelect, Vec<String>)> {
    Ok(match select {
        Select::KeyByAlias(alias) => (HostSelect::KeyByAlias, vec![alias.to_string()]),
        Select::KeysByThumbprint(thumbprint) => (HostSelect::KeysByThumbprint, vec![thumbprint.to_hex()]),
        Select::KeysWithoutThumbprint => (HostSelect::KeysWithoutThumbprint, Vec::new()),
        Select::KeysByScope(scope) => {
            (HostSelect::KeysByScope, vec![scope.app.to_string(), scope.reference.to_string()])
        }
        Select::KeysByMaster(alias) => (HostSelect::KeysByMaster, vec![alias.to_string()]),
        Select::KeysChangedSince(time) => (HostSelect::KeysChangedSince, vec![time.to_database()]),
        Select::AllKeys | Select::KeysAsTheyAre => (HostSelect::AllKeys, Vec::new()),
        Select::Policy(app) => (HostSelect::Policy, vec![app.to_string()]),
        Select::AllPolicies => (HostSelect::AllPolicies, Vec::new()),
        Select::AllIntents | Select::IntentsAsTheyAre => (HostSelect::AllIntents, Vec::new()),
        Select::FormerThumbprint(thumbprint) => (HostSelect::FormerThumbprint, vec![thumbprint.to_hex()]),
        Select::FormerThumbprintsOf(alias) => (HostSelect::FormerThumbprintsOf, vec![alias.to_string()]),
        Select::ReadyPoolKeys(master, from) => (HostSelect::ReadyPoolKeys, vec![master.to_string(), from.to_string()]),
        Select::PoolKeysOf(master) => (HostSelect::PoolKeysOf, vec![master.to_string()]),
        Select::AllPoolKeys => (HostSelect::AllPoolKeys, Vec::new()),
        Select::AllFormerThumbprints | Select::FormerThumbprintsAsTheyAre => {
            (HostSelect::AllFormerThumbprints, Vec::new())
        }
        _ => return Err(Error::new(Code::Unsupported, "a host's store does not know this query")),
    })
}
