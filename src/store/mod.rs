//! Record types and the [`KeyStore`] contract.
//!
//! The rows are those of the MOSIP database (mosip-keys §2), column by column, so that a store holds what the running
//! service wrote and leaves what it can use. The contract has six methods, synchronous and object-safe, with owned
//! values in and out, so that a host in any language can implement it.

pub mod authentication;
mod check;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod columns;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod layout;
mod locks;
pub mod memory;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod pool;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod tables;
pub mod version;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod writer;

use std::fmt;
use std::time::Duration;

use crate::error::{Code, Result};
use crate::id::{Alias, AppId, KeyScope, Thumbprint};
use crate::time::Timestamp;

pub use authentication::RowMac;

/// What a store can do. The default is nothing; a store sets what it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreCapabilities {
    /// Intents and other side tables exist.
    pub side_tables: bool,
    /// MACs are kept beside the rows of keys and policies ([`Schema::RowAuthentication`]).
    pub row_authentication: bool,
    /// Scope locks hold between processes.
    pub locks_between_processes: bool,
    /// What `apply` acknowledged survives a crash of the machine.
    pub durable: bool,
    /// A query that [may lag](Query::may_lag) can be answered with what was there a while ago.
    pub reads_may_lag: bool,
}

/// A row of `key_alias` (mosip-keys §2.1). Columns the library neither reads nor writes stay in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    /// `id`: the alias in the database and in the master backend.
    pub alias: Alias,
    /// `app_id` and `ref_id`.
    pub scope: KeyScope,
    /// `key_gen_dtimes`.
    pub generated: Option<Timestamp>,
    /// `key_expire_dtimes`.
    pub expires: Option<Timestamp>,
    /// `cert_thumbprint`: none for symmetric keys and for rows of old releases.
    pub thumbprint: Option<Thumbprint>,
    /// `uni_ident`: unique; none for symmetric keys and for rows of old releases.
    pub uni_ident: Option<String>,
    /// `cr_by`.
    pub created_by: String,
    /// `cr_dtimes`.
    pub created: Timestamp,
}

/// A row of `key_store` (mosip-keys §2.1): the wrapped private key and the certificate of a key that lives here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRow {
    /// `master_key`: the alias of the master that wraps it; the own alias for a certificate of another domain.
    pub master: Alias,
    /// `private_key`: Envelope B as base64url text, or `NA`. Encrypted, so not a secret type.
    pub private_key: String,
    /// `certificate_data`: PEM.
    pub certificate_pem: String,
    /// `cr_by`.
    pub created_by: String,
    /// `cr_dtimes`.
    pub created: Timestamp,
}

impl StoreRow {
    /// The text in `private_key` of a certificate whose private key is elsewhere.
    pub const NO_PRIVATE_KEY: &'static str = "NA";
}

/// A key as the database has it: its `key_alias` row, and its `key_store` row unless the key lives in the master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The `key_alias` half.
    pub alias: AliasRow,
    /// The `key_store` half; none for keys in the master backend.
    pub stored: Option<StoreRow>,
}

/// A row of `key_policy_def` (mosip-keys §2.1, §2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// `app_id`.
    pub app: AppId,
    /// `key_validity_duration`, days.
    pub validity_days: Option<i16>,
    /// `pre_expire_days`.
    pub pre_expire_days: Option<i16>,
    /// `is_active`.
    pub active: bool,
    /// `access_allowed`: `NA`, or a comma list of users.
    pub access_allowed: Option<String>,
    /// `cr_by`.
    pub created_by: String,
    /// `cr_dtimes`.
    pub created: Timestamp,
}

/// A creation that was begun (side table): written before the master backend makes the key, removed in the change set
/// that records it. What a crash leaves is found by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRow {
    /// The alias the key will have.
    pub alias: Alias,
    /// The scope it is for.
    pub scope: KeyScope,
    /// When it was begun.
    pub begun: Timestamp,
}

/// A thumbprint that a key's certificate had before another certificate took its place (side table): what was
/// encrypted under it is still found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerThumbprintRow {
    /// The thumbprint of the certificate that was replaced.
    pub thumbprint: Thumbprint,
    /// The key it was the certificate of. The two together are the id of the row.
    pub alias: Alias,
    /// When it was replaced.
    pub until: Timestamp,
}

/// A ready key of the pool of a Module key (side table; docs/hierarchy.md, HIE-90): an RSA pair that no Base key has yet.
///
/// When it is taken, `used` is set and the three texts become empty, in the change set that inserts the Base key with
/// the same alias; such a row counts the use, and its alias never comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKeyRow {
    /// The alias that the Base key will have.
    pub alias: Alias,
    /// The Module key that it is wrapped to.
    pub master: Alias,
    /// The public key: SubjectPublicKeyInfo as base64url text. Empty once it was taken.
    pub public_key: String,
    /// The private key as `key_store` will have it: Envelope B as base64url text. Empty once it was taken.
    pub private_key: String,
    /// The Module key's signature over the row, as base64url text (HIE-92). Empty once it was taken.
    pub signature: String,
    /// When it was made; none when the column cannot be understood, and then the row is damaged. Never written as none.
    pub created: Option<Timestamp>,
    /// When it was taken; none while it is ready.
    pub used: Option<Timestamp>,
}

/// A row that cannot be understood, as [`Select::KeysAsTheyAre`] and its siblings name it. It is never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRow {
    /// The alias of the key it is about, whether or not it can be one.
    pub id: String,
    /// What is wrong with it: table, row, column.
    pub why: String,
    /// `record_damaged`, or `row_not_authentic` for a row whose MAC does not fit.
    pub code: Code,
}

/// A record: an enum over tables, so that later tables add variants, not methods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// `key_alias` with its `key_store` half.
    Key(Box<KeyRecord>),
    /// `key_policy_def`.
    Policy(PolicyRow),
    /// Side table of intents.
    Intent(IntentRow),
    /// Side table of former thumbprints.
    FormerThumbprint(FormerThumbprintRow),
    /// Side table of the key pool.
    PoolKey(PoolKeyRow),
    /// A row that cannot be understood; found by [`Select::KeysAsTheyAre`] and its siblings only, and never written.
    Damaged(DamagedRow),
}

/// The version of a record: an opaque token made from all its columns as read, in both halves, those the library does
/// not know included. A change applies only if the row still equals it. It may be as long as the row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(pub Vec<u8>);

/// A record with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// The record.
    pub record: Record,
    /// Its version as read.
    pub version: Version,
    /// The MAC that stands beside its row; none where there is none, and where it was not [asked for](Query::with_macs).
    /// No part of the version.
    pub mac: Option<RowMac>,
}

/// What to find. Keys come in order of `key_gen_dtimes`, then alias; rows without a time come first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Select {
    /// The key of this alias.
    KeyByAlias(Alias),
    /// The keys whose certificate has this thumbprint.
    KeysByThumbprint(Thumbprint),
    /// The keys without a thumbprint: symmetric ones, and rows of old releases that are to be back-filled.
    KeysWithoutThumbprint,
    /// The keys without `uni_ident`: symmetric ones, and rows of old releases that are to be back-filled. `unsupported`
    /// from a store that has no such query; nothing is back-filled there then.
    KeysWithoutUniIdent,
    /// The keys of this scope, matched exactly.
    KeysByScope(KeyScope),
    /// The keys wrapped by this master.
    KeysByMaster(Alias),
    /// The keys of which `cr_dtimes` or `upd_dtimes`, in either half, is at or after this time.
    KeysChangedSince(Timestamp),
    /// Every key.
    AllKeys,
    /// Every key, in any order; a row that cannot be understood comes as [`Record::Damaged`], in place of an error.
    /// `unsupported` from a store that has no such query.
    KeysAsTheyAre,
    /// The policy of this application.
    Policy(AppId),
    /// Every policy, by application id.
    AllPolicies,
    /// Every intent, oldest first.
    AllIntents,
    /// Every intent, as [`Self::KeysAsTheyAre`] has keys.
    IntentsAsTheyAre,
    /// The keys whose certificate had this thumbprint before it was replaced. Former thumbprints come by thumbprint,
    /// then alias.
    FormerThumbprint(Thumbprint),
    /// The thumbprints that the certificates of this key had.
    FormerThumbprintsOf(Alias),
    /// Every former thumbprint.
    AllFormerThumbprints,
    /// Every former thumbprint, as [`Self::KeysAsTheyAre`] has keys.
    FormerThumbprintsAsTheyAre,
    /// The ready keys of the pool that are wrapped to the first alias and whose own is at or after the second. Keys of
    /// the pool come by alias.
    ReadyPoolKeys(Alias, Alias),
    /// The keys of the pool that are wrapped to this Module key, those that were taken too.
    PoolKeysOf(Alias),
    /// Every key of the pool, those that were taken too.
    AllPoolKeys,
}

/// A query: what, at most how many, where to go on, and how new the answer must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What to find.
    pub select: Select,
    /// At most this many records, 1 to [`Query::MAX_LIMIT`].
    pub limit: u32,
    /// The cursor of the page before, or none for the first page.
    pub cursor: Option<Cursor>,
    /// Whether the answer may be one of a while ago, such as that of a replica. What is not found MUST be looked for
    /// among what is there now before the answer is an empty page. A store that has nothing older ignores it.
    pub may_lag: bool,
    /// Whether the MACs of keys and policies come along, in the same round trip. A store without MACs ignores it.
    pub with_macs: bool,
}

impl Query {
    /// The most records a page may have.
    pub const MAX_LIMIT: u32 = 1000;

    /// The first page of `select`, as long as allowed.
    #[must_use]
    pub fn new(select: Select) -> Self {
        Self { select, limit: Self::MAX_LIMIT, cursor: None, may_lag: false, with_macs: false }
    }
}

/// Where the next page begins; opaque, made by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, in the order of the query.
    pub records: Vec<Versioned>,
    /// Where to go on; none when this was the last page.
    pub next: Option<Cursor>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A new record. `store_duplicate` when its id or a unique column exists already.
    Insert(Record),
    /// A record in place of the one with the same id, if that still has this version; else `store_conflict`.
    /// `store_duplicate` when a unique column would exist twice. A `key_store` half that the record has not is removed.
    /// Columns the library does not know keep their value.
    Update(Record, Version),
    /// Removes the record with this id, if it still has this version; else `store_conflict`.
    Delete(Record, Version),
    /// Puts a MAC beside the row of this key or policy, in place of the one that is there; if a version is given, only if
    /// the record still has it, else `store_conflict`. A store without MACs leaves it out.
    ///
    /// Every other change of a row takes its MAC away, so this comes after it in the same change set.
    Authenticate(Record, RowMac, Option<Version>),
}

/// Changes that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// Checked in the same transaction before the changes: the scope's keys are exactly these, each at this version,
    /// in any order; else `store_conflict`. It is what makes a lost scope lock harmless.
    pub expect_scopes: Vec<(KeyScope, Vec<Version>)>,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// A scope lock that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LockId(pub u64);

/// Which tables [`KeyStore::prepare`] creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schema {
    /// The tables of the MOSIP key manager, and the side tables.
    KeyManager,
    /// The table of MACs beside them (STO-85). `unsupported` from a store that keeps none.
    RowAuthentication,
}

/// The store of records. `Send + Sync`; every method may block and may be called from any thread.
///
/// Errors: `store_unavailable` when the store fails, `record_damaged` for a row that cannot be understood (named by
/// its alias), `store_version` when a newer release wrote it, `forked` in another process than the one that opened it.
pub trait KeyStore: Send + Sync + fmt::Debug {
    /// What this store can do.
    fn capabilities(&self) -> StoreCapabilities;

    /// A page of records. Both halves of a key come together, in one round trip. `invalid_argument` for a limit out
    /// of range or a cursor that this store did not make.
    fn find(&self, query: Query) -> Result<Page>;

    /// Applies a change set whole, or not at all: `store_conflict`, `store_duplicate`; `invalid_argument` for a value
    /// that the column cannot hold ([`ChangeSet::check`]).
    fn apply(&self, changes: ChangeSet) -> Result<()>;

    /// Takes the scope's lock, waiting at most `wait`; `lock_timeout` then. It outlives transactions, and the system
    /// frees it when its holder dies. It is held while calling out; a host must not re-enter the same scope.
    ///
    /// Scopes may share a lock, so one that holds a scope must not wait for another of the same level: a thread takes
    /// at most one lock with a reference id, then those without (Module, then Root). All blank reference ids of an
    /// application are one scope here; no two applications share the lock of their blank reference id.
    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId>;

    /// Gives the lock back. Giving back a lock that was lost is no error.
    fn unlock(&self, lock: LockId) -> Result<()>;

    /// Creates the tables that are missing. Idempotent; `already_exists` never, `store_version` for a newer store.
    fn prepare(&self, schema: Schema) -> Result<()>;
}
