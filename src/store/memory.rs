//! The store in memory: for tests, and for programs that keep nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use super::locks::{Deadline, KeyedLocks};
use super::version::VersionBuilder;
use super::{
    Change, ChangeSet, Cursor, FormerThumbprintRow, IntentRow, KeyRecord, KeyStore, LockId, Page, PolicyRow,
    PoolKeyRow, Query, Record, RowMac, Schema, Select, StoreCapabilities, Version, Versioned,
};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope, Thumbprint};
use crate::process::ForkGuard;
use crate::time::Timestamp;

/// A store that lives as long as its process. Two stores share nothing.
pub struct MemoryStore {
    tables: RwLock<Tables>,
    locks: KeyedLocks<KeyScope>,
    guard: ForkGuard,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self { tables: RwLock::default(), locks: KeyedLocks::new(), guard: ForkGuard::new() }
    }
}

#[cfg(test)]
impl MemoryStore {
    pub(crate) fn of_another_process() -> Self {
        Self { guard: ForkGuard::of_another_process(), ..Self::new() }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl KeyStore for MemoryStore {
    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities {
            side_tables: true,
            row_authentication: self.tables.read().unwrap_or_else(PoisonError::into_inner).macs.is_some(),
            locks_between_processes: false,
            durable: false,
            reads_may_lag: false,
        }
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.guard.check()?;
        query.check()?;
        self.tables.read().unwrap_or_else(PoisonError::into_inner).find(&query)
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.guard.check()?;
        changes.check()?;
        self.tables.write().unwrap_or_else(PoisonError::into_inner).apply(changes)
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.guard.check()?;
        self.locks.acquire(&scope, Deadline::after(wait))
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        self.guard.check()?;
        self.locks.release(lock);
        Ok(())
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.guard.check()?;
        match schema {
            Schema::KeyManager => Ok(()),
            Schema::RowAuthentication => {
                self.tables.write().unwrap_or_else(PoisonError::into_inner).macs.get_or_insert_default();
                Ok(())
            }
        }
    }
}

/// The order of keys and intents: time, then alias. `None` sorts first.
type Place = (Option<Timestamp>, Alias);

#[derive(Default)]
struct Tables {
    keys: HashMap<Alias, KeyRecord>,
    /// `keys` in their order.
    order: BTreeSet<Place>,
    thumbprints: HashMap<Thumbprint, BTreeSet<Place>>,
    uni_idents: HashMap<String, Alias>,
    policies: BTreeMap<AppId, PolicyRow>,
    intents: HashMap<Alias, IntentRow>,
    former: BTreeMap<(Thumbprint, Alias), FormerThumbprintRow>,
    pool: BTreeMap<Alias, PoolKeyRow>,
    /// The MACs, by table and id; none until they are asked for.
    macs: Option<HashMap<(&'static str, String), RowMac>>,
}

impl Tables {
    fn find(&self, query: &Query) -> Result<Page> {
        let mut page = self.find_records(query)?;
        if query.with_macs {
            for found in &mut page.records {
                found.mac = self.mac_of(&found.record);
            }
        }
        Ok(page)
    }

    fn mac_of(&self, record: &Record) -> Option<RowMac> {
        self.macs.as_ref()?.get(&mac_id(record)?).cloned()
    }

    fn put_mac(&mut self, record: &Record, mac: Option<RowMac>) {
        let (Some(macs), Some(id)) = (&mut self.macs, mac_id(record)) else { return };
        match mac {
            Some(mac) => drop(macs.insert(id, mac)),
            None => drop(macs.remove(&id)),
        }
    }

    fn find_records(&self, query: &Query) -> Result<Page> {
        let cursor = query.cursor.as_ref();
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        match &query.select {
            Select::KeyByAlias(alias) => {
                let place = self.keys.get(alias).map(place_of);
                self.keys_page(place.iter().collect(), cursor, limit)
            }
            Select::KeysByThumbprint(thumbprint) => {
                let places = self.thumbprints.get(thumbprint).map(|places| places.iter().collect());
                self.keys_page(places.unwrap_or_default(), cursor, limit)
            }
            Select::KeysWithoutThumbprint => self.keys_where(cursor, limit, |key| key.alias.thumbprint.is_none()),
            Select::KeysWithoutUniIdent => self.keys_where(cursor, limit, |key| key.alias.uni_ident.is_none()),
            Select::KeysByScope(scope) => self.keys_where(cursor, limit, |key| key.alias.scope == *scope),
            Select::KeysByMaster(master) => {
                self.keys_where(cursor, limit, |key| key.stored.as_ref().is_some_and(|row| row.master == *master))
            }
            Select::KeysChangedSince(time) => self.keys_where(cursor, limit, |key| {
                key.alias.created >= *time || key.stored.as_ref().is_some_and(|row| row.created >= *time)
            }),
            Select::AllKeys | Select::KeysAsTheyAre => self.keys_where(cursor, limit, |_| true),
            Select::Policy(app) => policies_page(self.policies.get(app).into_iter(), limit),
            Select::AllPolicies => match cursor {
                None => policies_page(self.policies.values(), limit),
                Some(cursor) => {
                    let after = (Bound::Excluded(cursor.app()?), Bound::Unbounded);
                    policies_page(self.policies.range(after).map(|(_, row)| row), limit)
                }
            },
            Select::AllIntents | Select::IntentsAsTheyAre => {
                let places: BTreeMap<Place, &IntentRow> =
                    self.intents.values().map(|row| ((Some(row.begun), row.alias.clone()), row)).collect();
                let after = after(cursor)?;
                page(places.range((after, Bound::Unbounded)).map(|(_, row)| Record::Intent((*row).clone())), limit)
            }
            Select::FormerThumbprint(thumbprint) => {
                self.former_page(cursor, limit, |row| row.thumbprint == *thumbprint)
            }
            Select::FormerThumbprintsOf(alias) => self.former_page(cursor, limit, |row| row.alias == *alias),
            Select::ReadyPoolKeys(master, from) => {
                self.pool_page(cursor, limit, |row| row.used.is_none() && row.master == *master && row.alias >= *from)
            }
            Select::PoolKeysOf(master) => self.pool_page(cursor, limit, |row| row.master == *master),
            Select::AllPoolKeys => self.pool_page(cursor, limit, |_| true),
            Select::AllFormerThumbprints | Select::FormerThumbprintsAsTheyAre => {
                self.former_page(cursor, limit, |_| true)
            }
        }
    }

    fn keys_where(&self, cursor: Option<&Cursor>, limit: usize, wanted: impl Fn(&KeyRecord) -> bool) -> Result<Page> {
        let places = self.order.range((after(cursor)?, Bound::Unbounded));
        page(places.filter_map(|(_, alias)| self.keys.get(alias)).filter(|key| wanted(key)).map(key_record), limit)
    }

    fn keys_page(&self, places: Vec<&Place>, cursor: Option<&Cursor>, limit: usize) -> Result<Page> {
        let after = after(cursor)?;
        let places = places.into_iter().filter(|place| match &after {
            Bound::Excluded(last) => *place > last,
            _ => true,
        });
        page(places.filter_map(|(_, alias)| self.keys.get(alias)).map(key_record), limit)
    }

    fn former_page(
        &self,
        cursor: Option<&Cursor>,
        limit: usize,
        wanted: impl Fn(&FormerThumbprintRow) -> bool,
    ) -> Result<Page> {
        let after = match cursor {
            Some(cursor) => Bound::Excluded(cursor.thumbprint_and_alias()?),
            None => Bound::Unbounded,
        };
        let rows = self.former.range((after, Bound::Unbounded)).map(|(_, row)| row).filter(|row| wanted(row));
        page(rows.cloned().map(Record::FormerThumbprint), limit)
    }

    fn pool_page(&self, cursor: Option<&Cursor>, limit: usize, wanted: impl Fn(&PoolKeyRow) -> bool) -> Result<Page> {
        let after = match cursor {
            Some(cursor) => Bound::Excluded(cursor.alias()?),
            None => Bound::Unbounded,
        };
        let rows = self.pool.range((after, Bound::Unbounded)).map(|(_, row)| row).filter(|row| wanted(row));
        page(rows.cloned().map(Record::PoolKey), limit)
    }

    /// Checks and changes in order; what was done is undone when a later change is refused.
    fn apply(&mut self, changes: ChangeSet) -> Result<()> {
        for (scope, versions) in &changes.expect_scopes {
            let mut found: Vec<Version> = self
                .keys
                .values()
                .filter(|key| key.alias.scope == *scope)
                .map(|key| version(&key_record(key)))
                .collect();
            let mut expected = versions.clone();
            found.sort_by(|one, other| one.0.cmp(&other.0));
            expected.sort_by(|one, other| one.0.cmp(&other.0));
            if found != expected {
                return Err(Error::new(Code::StoreConflict, format!("the keys of {scope} changed meanwhile")));
            }
        }
        let mut undo: Vec<Undo> = Vec::new();
        for change in changes.changes {
            if let Err(error) = self.change(change, &mut undo) {
                for Undo { id, before, record, mac } in undo.into_iter().rev() {
                    self.put(&id, before);
                    self.put_mac(&record, mac);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn change(&mut self, change: Change, undo: &mut Vec<Undo>) -> Result<()> {
        let (record, expected, after) = match change {
            Change::Authenticate(record, mac, expected) => return self.authenticate(record, mac, expected, undo),
            Change::Insert(record) => (record.clone(), None, Some(record)),
            Change::Update(record, version) => (record.clone(), Some(version), Some(record)),
            Change::Delete(record, version) => (record, Some(version), None),
        };
        let (id, name) = (RecordId::of(&record), record.name());
        let before = self.get(&id);
        match (&before, expected) {
            (Some(_), None) => return Err(Error::new(Code::StoreDuplicate, format!("{name} exists already"))),
            (None, None) => {}
            (Some(before), Some(expected)) if version(before) == expected => {}
            (_, Some(_)) => return Err(Error::new(Code::StoreConflict, format!("{name} changed meanwhile"))),
        }
        if let Some(Record::Key(key)) = &after
            && let Some(uni_ident) = &key.alias.uni_ident
            && self.uni_idents.get(uni_ident).is_some_and(|owner| *owner != key.alias.alias)
        {
            return Err(Error::new(Code::StoreDuplicate, format!("the uni_ident of {name} exists already")));
        }
        self.put(&id, after);
        let mac = self.mac_of(&record);
        self.put_mac(&record, None);
        undo.push(Undo { id, before, record, mac });
        Ok(())
    }

    fn authenticate(
        &mut self,
        record: Record,
        mac: RowMac,
        expected: Option<Version>,
        undo: &mut Vec<Undo>,
    ) -> Result<()> {
        let id = RecordId::of(&record);
        let before = self.get(&id);
        if expected.is_some() && before.as_ref().map(version) != expected {
            return Err(Error::new(Code::StoreConflict, format!("{} changed meanwhile", record.name())));
        }
        undo.push(Undo { id, before, mac: self.mac_of(&record), record: record.clone() });
        self.put_mac(&record, Some(mac));
        Ok(())
    }

    fn get(&self, id: &RecordId) -> Option<Record> {
        match id {
            RecordId::Key(alias) => self.keys.get(alias).map(key_record),
            RecordId::Policy(app) => self.policies.get(app).cloned().map(Record::Policy),
            RecordId::Intent(alias) => self.intents.get(alias).cloned().map(Record::Intent),
            RecordId::Former(id) => self.former.get(id).cloned().map(Record::FormerThumbprint),
            RecordId::PoolKey(alias) => self.pool.get(alias).cloned().map(Record::PoolKey),
            RecordId::Damaged => None,
        }
    }

    /// Puts `record` under `id` in place of what is there; none removes it.
    fn put(&mut self, id: &RecordId, record: Option<Record>) {
        match id {
            RecordId::Key(alias) => {
                if let Some(old) = self.keys.remove(alias) {
                    self.unindex(&old);
                }
            }
            RecordId::Policy(app) => drop(self.policies.remove(app)),
            RecordId::Intent(alias) => drop(self.intents.remove(alias)),
            RecordId::Former(id) => drop(self.former.remove(id)),
            RecordId::PoolKey(alias) => drop(self.pool.remove(alias)),
            RecordId::Damaged => {}
        }
        match record {
            Some(Record::Key(key)) => {
                self.index(&key);
                self.keys.insert(key.alias.alias.clone(), *key);
            }
            Some(Record::Policy(row)) => drop(self.policies.insert(row.app.clone(), row)),
            Some(Record::Intent(row)) => drop(self.intents.insert(row.alias.clone(), row)),
            Some(Record::FormerThumbprint(row)) => {
                drop(self.former.insert((row.thumbprint, row.alias.clone()), row));
            }
            Some(Record::PoolKey(row)) => drop(self.pool.insert(row.alias.clone(), row)),
            Some(Record::Damaged(_)) | None => {}
        }
    }

    fn index(&mut self, key: &KeyRecord) {
        let place = place_of(key);
        if let Some(thumbprint) = key.alias.thumbprint {
            self.thumbprints.entry(thumbprint).or_default().insert(place.clone());
        }
        if let Some(uni_ident) = &key.alias.uni_ident {
            self.uni_idents.insert(uni_ident.clone(), key.alias.alias.clone());
        }
        self.order.insert(place);
    }

    fn unindex(&mut self, key: &KeyRecord) {
        let place = place_of(key);
        if let Some(thumbprint) = &key.alias.thumbprint
            && let Some(places) = self.thumbprints.get_mut(thumbprint)
        {
            places.remove(&place);
            if places.is_empty() {
                self.thumbprints.remove(thumbprint);
            }
        }
        if let Some(uni_ident) = &key.alias.uni_ident {
            self.uni_idents.remove(uni_ident);
        }
        self.order.remove(&place);
    }
}

/// What a change set must put back when a later change of it is refused.
struct Undo {
    id: RecordId,
    before: Option<Record>,
    /// Any record with the same id.
    record: Record,
    mac: Option<RowMac>,
}

enum RecordId {
    Key(Alias),
    Policy(AppId),
    Intent(Alias),
    Former((Thumbprint, Alias)),
    PoolKey(Alias),
    /// Refused before it comes here.
    Damaged,
}

impl RecordId {
    fn of(record: &Record) -> Self {
        match record {
            Record::Key(key) => Self::Key(key.alias.alias.clone()),
            Record::Policy(row) => Self::Policy(row.app.clone()),
            Record::Intent(row) => Self::Intent(row.alias.clone()),
            Record::FormerThumbprint(row) => Self::Former((row.thumbprint, row.alias.clone())),
            Record::PoolKey(row) => Self::PoolKey(row.alias.clone()),
            Record::Damaged(_) => Self::Damaged,
        }
    }
}

fn mac_id(record: &Record) -> Option<(&'static str, String)> {
    Some((record.authenticated_table()?, record.authenticated_id()?.to_owned()))
}

fn place_of(key: &KeyRecord) -> Place {
    (key.alias.generated, key.alias.alias.clone())
}

fn key_record(key: &KeyRecord) -> Record {
    Record::Key(Box::new(key.clone()))
}

fn after(cursor: Option<&Cursor>) -> Result<Bound<Place>> {
    cursor.map_or(Ok(Bound::Unbounded), |cursor| cursor.time_and_alias().map(Bound::Excluded))
}

fn policies_page<'a>(rows: impl Iterator<Item = &'a PolicyRow>, limit: usize) -> Result<Page> {
    page(rows.cloned().map(Record::Policy), limit)
}

/// The first `limit` records, and a cursor when there are more.
fn page(records: impl Iterator<Item = Record>, limit: usize) -> Result<Page> {
    let mut records = records.peekable();
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(record) = records.next()
    {
        found.push(Versioned { version: version(&record), record, mac: None });
    }
    let more = records.peek().is_some();
    let next = found.last().filter(|_| more).map(|last| match &last.record {
        Record::Key(key) => Cursor::after(key.alias.generated, &key.alias.alias),
        Record::Policy(row) => Cursor(row.app.to_string()),
        Record::Intent(row) => Cursor::after(Some(row.begun), &row.alias),
        Record::FormerThumbprint(row) => Cursor::after_former(row.thumbprint, &row.alias),
        Record::PoolKey(row) => Cursor(row.alias.to_string()),
        Record::Damaged(row) => Cursor(row.id.clone()),
    });
    Ok(Page { records: found, next })
}

fn version(record: &Record) -> Version {
    let mut token = VersionBuilder::default();
    token.record(record);
    token.finish()
}
