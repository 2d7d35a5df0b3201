//! A record store that the host implements in C.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use keymanager_facade::{
    FacadeError, HostChangeKind, HostChangeSet, HostError, HostPage, HostQuery, HostRow, HostSelect, HostStore,
    HostStoreCapabilities, HostTable,
};

use crate::answer::km_answer;
use crate::pointer::{Context, SizedStruct};

/// The store has side tables: intents, former thumbprints and the key pool.
pub const KM_STORE_SIDE_TABLES: u32 = 1;
/// Rows are authenticated.
pub const KM_STORE_ROW_AUTHENTICATION: u32 = 2;
/// Scope locks hold between processes.
pub const KM_STORE_LOCKS_BETWEEN_PROCESSES: u32 = 4;
/// What `apply` acknowledged survives a crash of the machine.
pub const KM_STORE_DURABLE: u32 = 8;

/// `key_alias` with its `key_store` half: 14 columns.
pub const KM_TABLE_KEYS: u32 = 1;
/// `key_policy_def`: 7 columns.
pub const KM_TABLE_POLICIES: u32 = 2;
/// Intents: 4 columns.
pub const KM_TABLE_INTENTS: u32 = 3;
/// Former thumbprints: 3 columns, of which the first two are the id; in the other tables it is the first.
pub const KM_TABLE_FORMER_THUMBPRINTS: u32 = 4;
/// The key pool: 7 columns.
pub const KM_TABLE_POOL_KEYS: u32 = 5;

/// The key whose id is the value.
pub const KM_SELECT_KEY_BY_ALIAS: u32 = 1;
/// The keys whose `cert_thumbprint` is the value.
pub const KM_SELECT_KEYS_BY_THUMBPRINT: u32 = 2;
/// The keys without `cert_thumbprint`.
pub const KM_SELECT_KEYS_WITHOUT_THUMBPRINT: u32 = 3;
/// The keys whose `app_id` and `ref_id` are the two values.
pub const KM_SELECT_KEYS_BY_SCOPE: u32 = 4;
/// The keys whose `master_key` is the value.
pub const KM_SELECT_KEYS_BY_MASTER: u32 = 5;
/// The keys written at or after the time that is the value, in either half.
pub const KM_SELECT_KEYS_CHANGED_SINCE: u32 = 6;
/// Every key.
pub const KM_SELECT_ALL_KEYS: u32 = 7;
/// The policy whose `app_id` is the value.
pub const KM_SELECT_POLICY: u32 = 8;
/// Every policy, by `app_id`.
pub const KM_SELECT_ALL_POLICIES: u32 = 9;
/// Every intent, oldest first, then by alias.
pub const KM_SELECT_ALL_INTENTS: u32 = 10;
/// The former thumbprints whose `thumbprint` is the value, by thumbprint, then alias.
pub const KM_SELECT_FORMER_THUMBPRINT: u32 = 11;
/// The former thumbprints whose `alias` is the value.
pub const KM_SELECT_FORMER_THUMBPRINTS_OF: u32 = 12;
/// Every former thumbprint.
pub const KM_SELECT_ALL_FORMER_THUMBPRINTS: u32 = 13;
/// The keys of the pool whose `master_key` is the first value, whose `alias` is the second one or after it, and whose
/// `used` is NULL. Keys of the pool come by alias.
pub const KM_SELECT_READY_POOL_KEYS: u32 = 14;
/// The keys of the pool whose `master_key` is the value.
pub const KM_SELECT_POOL_KEYS_OF: u32 = 15;
/// Every key of the pool.
pub const KM_SELECT_ALL_POOL_KEYS: u32 = 16;

/// A new row; 7005 when its id or a unique column exists already.
pub const KM_CHANGE_INSERT: u32 = 1;
/// The row in place of the one with the same id, if that still has the version; else 7004.
pub const KM_CHANGE_UPDATE: u32 = 2;
/// Removes the row with this id, if it still has the version; else 7004.
pub const KM_CHANGE_DELETE: u32 = 3;

const _: () = {
    assert!(KM_TABLE_KEYS == HostTable::Keys.number());
    assert!(KM_TABLE_POLICIES == HostTable::Policies.number());
    assert!(KM_TABLE_INTENTS == HostTable::Intents.number());
    assert!(KM_TABLE_FORMER_THUMBPRINTS == HostTable::FormerThumbprints.number());
    // A table or a selection that is added to the facade is missed here.
    assert!(HostTable::ALL.len() == 5 && HostSelect::ALL.len() == 16);
    assert!(KM_TABLE_POOL_KEYS == HostTable::PoolKeys.number());
    assert!(KM_SELECT_READY_POOL_KEYS == HostSelect::ReadyPoolKeys.number());
    assert!(KM_SELECT_POOL_KEYS_OF == HostSelect::PoolKeysOf.number());
    assert!(KM_SELECT_ALL_POOL_KEYS == HostSelect::AllPoolKeys.number());
    assert!(KM_SELECT_FORMER_THUMBPRINT == HostSelect::FormerThumbprint.number());
    assert!(KM_SELECT_FORMER_THUMBPRINTS_OF == HostSelect::FormerThumbprintsOf.number());
    assert!(KM_SELECT_ALL_FORMER_THUMBPRINTS == HostSelect::AllFormerThumbprints.number());
    assert!(KM_SELECT_KEY_BY_ALIAS == HostSelect::KeyByAlias.number());
    assert!(KM_SELECT_KEYS_BY_THUMBPRINT == HostSelect::KeysByThumbprint.number());
    assert!(KM_SELECT_KEYS_WITHOUT_THUMBPRINT == HostSelect::KeysWithoutThumbprint.number());
    assert!(KM_SELECT_KEYS_BY_SCOPE == HostSelect::KeysByScope.number());
    assert!(KM_SELECT_KEYS_BY_MASTER == HostSelect::KeysByMaster.number());
    assert!(KM_SELECT_KEYS_CHANGED_SINCE == HostSelect::KeysChangedSince.number());
    assert!(KM_SELECT_ALL_KEYS == HostSelect::AllKeys.number());
    assert!(KM_SELECT_POLICY == HostSelect::Policy.number());
    assert!(KM_SELECT_ALL_POLICIES == HostSelect::AllPolicies.number());
    assert!(KM_SELECT_ALL_INTENTS == HostSelect::AllIntents.number());
    assert!(KM_CHANGE_INSERT == HostChangeKind::Insert.number());
    assert!(KM_CHANGE_UPDATE == HostChangeKind::Update.number());
    assert!(KM_CHANGE_DELETE == HostChangeKind::Delete.number());
};

/// Bytes that are borrowed.
#[repr(C)]
pub struct km_bytes {
    /// The bytes; null when there are none.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
}

/// A query. Keys come in order of `key_gen_dtimes`, then id; rows without a time come first.
#[repr(C)]
pub struct km_query {
    /// What to find: `KM_SELECT_`.
    pub select: u32,
    /// At most this many rows, 1 to 1000.
    pub limit: u32,
    /// The values that `select` names.
    pub values: *const *const c_char,
    /// How many values there are.
    pub values_len: usize,
    /// The cursor that the page before ended with; null for the first page.
    pub cursor: *const c_char,
}

/// A change.
#[repr(C)]
pub struct km_change {
    /// What it does: `KM_CHANGE_`.
    pub kind: u32,
    /// The table of the row: `KM_TABLE_`.
    pub table: u32,
    /// Its columns in the order of docs/bindings.md; null for NULL.
    pub columns: *const *const c_char,
    /// How many columns there are.
    pub columns_len: usize,
    /// The version that the row must still have; none for a row that is inserted.
    pub version: km_bytes,
}

/// A scope whose keys have exactly these versions, in any order; else the change set is 7004.
#[repr(C)]
pub struct km_expected_scope {
    /// The application id.
    pub app: *const c_char,
    /// The reference id; may be empty.
    pub reference: *const c_char,
    /// The versions.
    pub versions: *const km_bytes,
    /// How many there are.
    pub versions_len: usize,
}

/// Changes that happen together or not at all.
#[repr(C)]
pub struct km_change_set {
    /// Checked first, in the same transaction.
    pub expected: *const km_expected_scope,
    /// How many there are.
    pub expected_len: usize,
    /// The changes, in order.
    pub changes: *const km_change,
    /// How many there are.
    pub changes_len: usize,
}

type Find = extern "C" fn(*mut c_void, *const km_query, *mut km_answer) -> u32;
type Apply = extern "C" fn(*mut c_void, *const km_change_set, *mut km_answer) -> u32;
type Lock = extern "C" fn(*mut c_void, *const c_char, *const c_char, u64, *mut u64, *mut km_answer) -> u32;
type Unlock = extern "C" fn(*mut c_void, u64, *mut km_answer) -> u32;
type Prepare = extern "C" fn(*mut c_void, *mut km_answer) -> u32;

/// A store as a table of callbacks, each of which answers 0 or a status. They may come from any thread, also side by
/// side, and must not call the library, except for the `km_answer_` functions.
#[repr(C)]
pub struct km_store_callbacks {
    /// `sizeof(km_store_callbacks)`.
    pub size: usize,
    /// Given to every callback.
    pub ctx: *mut c_void,
    /// Called once, with `ctx`, when the library has no more use for it; may be null.
    pub release: Option<extern "C" fn(ctx: *mut c_void)>,
    /// What the store can do: `KM_STORE_` bits.
    pub capabilities: u64,
    /// A page: `km_answer_row` for each row, then `km_answer_next` when there are more.
    pub find: Option<extern "C" fn(ctx: *mut c_void, query: *const km_query, answer: *mut km_answer) -> u32>,
    /// Applies a change set whole, or not at all: 7004, 7005.
    pub apply: Option<extern "C" fn(ctx: *mut c_void, changes: *const km_change_set, answer: *mut km_answer) -> u32>,
    /// Takes the lock of a scope, waiting at most `wait_ms` milliseconds; 7006 then. `lock` is a number for it.
    pub lock: Option<
        extern "C" fn(
            ctx: *mut c_void,
            app: *const c_char,
            reference: *const c_char,
            wait_ms: u64,
            lock: *mut u64,
            answer: *mut km_answer,
        ) -> u32,
    >,
    /// Gives a lock back; no error when it was lost.
    pub unlock: Option<extern "C" fn(ctx: *mut c_void, lock: u64, answer: *mut km_answer) -> u32>,
    /// Creates the tables that are missing; 7002 when a newer release wrote the store.
    pub prepare: Option<extern "C" fn(ctx: *mut c_void, answer: *mut km_answer) -> u32>,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_store_callbacks {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_store_callbacks";
}

/// The host's store as the facade's trait.
pub(crate) struct CStore {
    context: Context,
    capabilities: u64,
    find: Find,
    apply: Apply,
    lock: Lock,
    unlock: Unlock,
    prepare: Prepare,
}

impl CStore {
    pub(crate) fn new(context: Context, table: &km_store_callbacks) -> Result<Self, FacadeError> {
        let known = KM_STORE_SIDE_TABLES | KM_STORE_ROW_AUTHENTICATION | KM_STORE_LOCKS_BETWEEN_PROCESSES;
        if table.capabilities & !u64::from(known | KM_STORE_DURABLE) != 0 {
            return Err(FacadeError::unsupported("km_store_callbacks.capabilities has bits this library lacks"));
        }
        let missing = |name: &str| FacadeError::invalid_argument(format!("km_store_callbacks.{name} is null"));
        Ok(Self {
            context,
            capabilities: table.capabilities,
            find: table.find.ok_or_else(|| missing("find"))?,
            apply: table.apply.ok_or_else(|| missing("apply"))?,
            lock: table.lock.ok_or_else(|| missing("lock"))?,
            unlock: table.unlock.ok_or_else(|| missing("unlock"))?,
            prepare: table.prepare.ok_or_else(|| missing("prepare"))?,
        })
    }
}

impl HostStore for CStore {
    fn capabilities(&self) -> HostStoreCapabilities {
        let has = |bit: u32| self.capabilities & u64::from(bit) != 0;
        HostStoreCapabilities {
            side_tables: has(KM_STORE_SIDE_TABLES),
            row_authentication: has(KM_STORE_ROW_AUTHENTICATION),
            locks_between_processes: has(KM_STORE_LOCKS_BETWEEN_PROCESSES),
            durable: has(KM_STORE_DURABLE),
        }
    }

    fn find(&self, query: HostQuery) -> Result<HostPage, HostError> {
        let values = Texts::new(query.values.into_iter().map(Some))?;
        let cursor = query.cursor.map(c_text).transpose()?;
        let query = km_query {
            select: query.select.number(),
            limit: query.limit,
            values: values.pointers.as_ptr(),
            values_len: values.pointers.len(),
            cursor: cursor.as_ref().map_or(ptr::null(), |cursor| cursor.as_ptr()),
        };
        let answer = km_answer::of(|answer| (self.find)(self.context.get(), &raw const query, answer))?;
        Ok(HostPage { rows: answer.rows, next: answer.next })
    }

    fn apply(&self, changes: HostChangeSet) -> Result<(), HostError> {
        let scopes = changes.expect_scopes.iter().map(Scope::new).collect::<Result<Vec<_>, _>>()?;
        let expected: Vec<km_expected_scope> = scopes.iter().map(Scope::borrowed).collect();
        let texts = changes.changes.into_iter();
        let rows =
            texts.map(|change| Ok((change.kind, Row::new(change.row)?))).collect::<Result<Vec<_>, HostError>>()?;
        let changes: Vec<km_change> = rows.iter().map(|(kind, row)| row.borrowed(*kind)).collect();
        let set = km_change_set {
            expected: expected.as_ptr(),
            expected_len: expected.len(),
            changes: changes.as_ptr(),
            changes_len: changes.len(),
        };
        km_answer::of(|answer| (self.apply)(self.context.get(), &raw const set, answer)).map(drop)
    }

    fn lock(&self, app: String, reference: String, wait_ms: u64) -> Result<u64, HostError> {
        let (app, reference) = (c_text(app)?, c_text(reference)?);
        let mut lock = 0;
        km_answer::of(|answer| {
            (self.lock)(self.context.get(), app.as_ptr(), reference.as_ptr(), wait_ms, &raw mut lock, answer)
        })?;
        Ok(lock)
    }

    fn unlock(&self, lock: u64) -> Result<(), HostError> {
        km_answer::of(|answer| (self.unlock)(self.context.get(), lock, answer)).map(drop)
    }

    fn prepare(&self) -> Result<(), HostError> {
        km_answer::of(|answer| (self.prepare)(self.context.get(), answer)).map(drop)
    }
}

/// Text for C; ids and columns have no NUL in them.
pub(crate) fn c_text(text: String) -> Result<CString, HostError> {
    let fault = |_| HostError { number: 1001, message: "a text has a NUL character".to_owned() };
    CString::new(text).map_err(fault)
}

/// Texts, and pointers to them that live as long.
struct Texts {
    _texts: Vec<Option<CString>>,
    pointers: Vec<*const c_char>,
}

impl Texts {
    fn new(texts: impl Iterator<Item = Option<String>>) -> Result<Self, HostError> {
        let texts = texts.map(|text| text.map(c_text).transpose()).collect::<Result<Vec<_>, _>>()?;
        // A CString keeps its text on the heap, so the pointers stay good when the list moves.
        let pointers = texts.iter().map(|text| text.as_ref().map_or(ptr::null(), |text| text.as_ptr())).collect();
        Ok(Self { _texts: texts, pointers })
    }
}

struct Row {
    table: HostTable,
    columns: Texts,
    version: Vec<u8>,
}

impl Row {
    fn new(row: HostRow) -> Result<Self, HostError> {
        let columns = Texts::new(row.columns.into_iter())?;
        Ok(Self { table: row.table, columns, version: row.version.unwrap_or_default() })
    }

    fn borrowed(&self, kind: HostChangeKind) -> km_change {
        km_change {
            kind: kind.number(),
            table: self.table.number(),
            columns: self.columns.pointers.as_ptr(),
            columns_len: self.columns.pointers.len(),
            version: borrowed(&self.version),
        }
    }
}

struct Scope<'a> {
    app: CString,
    reference: CString,
    versions: Vec<km_bytes>,
    _scope: &'a keymanager_facade::HostExpectedScope,
}

impl<'a> Scope<'a> {
    fn new(scope: &'a keymanager_facade::HostExpectedScope) -> Result<Self, HostError> {
        Ok(Self {
            app: c_text(scope.app.clone())?,
            reference: c_text(scope.reference.clone())?,
            versions: scope.versions.iter().map(|version| borrowed(version)).collect(),
            _scope: scope,
        })
    }

    fn borrowed(&self) -> km_expected_scope {
        km_expected_scope {
            app: self.app.as_ptr(),
            reference: self.reference.as_ptr(),
            versions: self.versions.as_ptr(),
            versions_len: self.versions.len(),
        }
    }
}

fn borrowed(bytes: &[u8]) -> km_bytes {
    km_bytes { data: bytes.as_ptr(), len: bytes.len() }
}
