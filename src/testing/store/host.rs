//! A store as a host in another language sees it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope, Thumbprint};
use crate::store::{
    AliasRow, Change, ChangeSet, Cursor, DamagedRow, FormerThumbprintRow, IntentRow, KeyRecord, KeyStore, LockId, Page,
    PolicyRow, PoolKeyRow, Query, Record, Schema, Select, StoreCapabilities, StoreRow, Version, Versioned,
};
use crate::time::Timestamp;

/// Wraps a store so that only plain values pass: rows as texts, versions and cursors as bytes and text, locks as
/// numbers; and every call runs on another thread, as a host's may. A contract that leans on more than that breaks
/// here first.
#[derive(Debug)]
pub struct HostShaped(Arc<dyn KeyStore>);

impl HostShaped {
    /// The store behind a host's calling convention.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyStore>) -> Self {
        Self(inner)
    }

    /// One call on a thread of its own, values in and values out.
    fn call<T: Send + 'static>(&self, call: impl FnOnce(&dyn KeyStore) -> Result<T> + Send + 'static) -> Result<T> {
        let inner = Arc::clone(&self.0);
        thread::spawn(move || call(inner.as_ref())).join().map_err(|_| Error::internal("the store panicked"))?
    }
}

impl KeyStore for HostShaped {
    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities { row_authentication: false, ..self.0.capabilities() }
    }

    fn find(&self, query: Query) -> Result<Page> {
        let (select, limit, cursor) = (flat_select(query.select), query.limit, query.cursor.map(|cursor| cursor.0));
        let (rows, next) = self.call(move |store| {
            let query = Query { limit, cursor: cursor.map(Cursor), ..Query::new(read_select(&select)?) };
            let page = store.find(query)?;
            let rows: Vec<_> = page.records.into_iter().map(|row| (flat_record(row.record), row.version.0)).collect();
            Ok((rows, page.next.map(|cursor| cursor.0)))
        })?;
        let records = rows
            .into_iter()
            .map(|(row, version)| Ok(Versioned { record: read_record(row)?, version: Version(version), mac: None }))
            .collect::<Result<_>>()?;
        Ok(Page { records, next: next.map(Cursor) })
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        let expected: Vec<_> = changes
            .expect_scopes
            .into_iter()
            .map(|(scope, versions)| {
                let versions: Vec<_> = versions.into_iter().map(|version| version.0).collect();
                (scope.app.to_string(), scope.reference.to_string(), versions)
            })
            .collect();
        let changes: Vec<_> = changes
            .changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Insert(record) => Some((flat_record(record), None, false)),
                Change::Update(record, version) => Some((flat_record(record), Some(version.0), false)),
                Change::Delete(record, version) => Some((flat_record(record), Some(version.0), true)),
                // A host keeps no MACs.
                Change::Authenticate(..) => None,
            })
            .collect();
        self.call(move |store| {
            let expect_scopes = expected
                .into_iter()
                .map(|(app, reference, versions)| {
                    Ok((KeyScope::new(app, reference)?, versions.into_iter().map(Version).collect()))
                })
                .collect::<Result<_>>()?;
            let changes = changes
                .into_iter()
                .map(|(row, version, delete)| {
                    let record = read_record(row)?;
                    Ok(match version.map(Version) {
                        None => Change::Insert(record),
                        Some(version) if delete => Change::Delete(record, version),
                        Some(version) => Change::Update(record, version),
                    })
                })
                .collect::<Result<_>>()?;
            store.apply(ChangeSet { expect_scopes, changes })
        })
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        let (app, reference) = (scope.app.to_string(), scope.reference.to_string());
        self.call(move |store| store.lock(KeyScope::new(app, reference)?, wait))
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        let number = lock.0;
        self.call(move |store| store.unlock(LockId(number)))
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.call(move |store| store.prepare(schema))
    }
}

/// A row as a host has it: the table, and its columns as text.
type FlatRow = (&'static str, Vec<Option<String>>);

fn flat_record(record: Record) -> FlatRow {
    match record {
        Record::Key(key) => {
            let row = key.alias;
            let mut columns = vec![
                Some(row.alias.to_string()),
                Some(row.scope.app.to_string()),
                Some(row.scope.reference.to_string()),
                row.generated.map(Timestamp::to_database),
                row.expires.map(Timestamp::to_database),
                row.thumbprint.map(|thumbprint| thumbprint.to_hex()),
                row.uni_ident,
                Some(row.created_by),
                Some(row.created.to_database()),
            ];
            if let Some(row) = key.stored {
                columns.extend([
                    Some(row.master.to_string()),
                    Some(row.private_key),
                    Some(row.certificate_pem),
                    Some(row.created_by),
                    Some(row.created.to_database()),
                ]);
            }
            ("key_alias", columns)
        }
        Record::Policy(row) => {
            let columns = vec![
                Some(row.app.to_string()),
                row.validity_days.map(|days| days.to_string()),
                row.pre_expire_days.map(|days| days.to_string()),
                Some(row.active.to_string()),
                row.access_allowed,
                Some(row.created_by),
                Some(row.created.to_database()),
            ];
            ("key_policy_def", columns)
        }
        Record::Damaged(row) => ("damaged", vec![Some(row.id), Some(row.why)]),
        Record::Intent(row) => {
            let columns = vec![
                Some(row.alias.to_string()),
                Some(row.scope.app.to_string()),
                Some(row.scope.reference.to_string()),
                Some(row.begun.to_database()),
            ];
            ("intent", columns)
        }
        Record::FormerThumbprint(row) => {
            let columns =
                vec![Some(row.thumbprint.to_hex()), Some(row.alias.to_string()), Some(row.until.to_database())];
            ("former thumbprint", columns)
        }
        Record::PoolKey(row) => {
            let columns = vec![
                Some(row.alias.to_string()),
                Some(row.master.to_string()),
                Some(row.public_key),
                Some(row.private_key),
                Some(row.signature),
                row.created.map(Timestamp::to_database),
                row.used.map(Timestamp::to_database),
            ];
            ("pool key", columns)
        }
    }
}

fn read_record((table, columns): FlatRow) -> Result<Record> {
    let mut columns = columns.into_iter();
    Ok(match table {
        "key_alias" => Record::Key(Box::new(KeyRecord {
            alias: AliasRow {
                alias: Alias::new(text(&mut columns)?)?,
                scope: KeyScope::new(text(&mut columns)?, text(&mut columns)?)?,
                generated: maybe_time(&mut columns)?,
                expires: maybe_time(&mut columns)?,
                thumbprint: columns.next().flatten().map(|text| Thumbprint::from_hex(&text)).transpose()?,
                uni_ident: columns.next().flatten(),
                created_by: text(&mut columns)?,
                created: Timestamp::from_database(&text(&mut columns)?)?,
            },
            stored: match columns.next().flatten() {
                None => None,
                Some(master) => Some(StoreRow {
                    master: Alias::new(master)?,
                    private_key: text(&mut columns)?,
                    certificate_pem: text(&mut columns)?,
                    created_by: text(&mut columns)?,
                    created: Timestamp::from_database(&text(&mut columns)?)?,
                }),
            },
        })),
        "key_policy_def" => Record::Policy(PolicyRow {
            app: AppId::new(text(&mut columns)?)?,
            validity_days: columns.next().flatten().map(|days| days.parse()).transpose().map_err(|_| foreign())?,
            pre_expire_days: columns.next().flatten().map(|days| days.parse()).transpose().map_err(|_| foreign())?,
            active: text(&mut columns)? == "true",
            access_allowed: columns.next().flatten(),
            created_by: text(&mut columns)?,
            created: Timestamp::from_database(&text(&mut columns)?)?,
        }),
        "former thumbprint" => Record::FormerThumbprint(FormerThumbprintRow {
            thumbprint: Thumbprint::from_hex(&text(&mut columns)?)?,
            alias: Alias::new(text(&mut columns)?)?,
            until: Timestamp::from_database(&text(&mut columns)?)?,
        }),
        "pool key" => Record::PoolKey(PoolKeyRow {
            alias: Alias::new(text(&mut columns)?)?,
            master: Alias::new(text(&mut columns)?)?,
            public_key: text(&mut columns)?,
            private_key: text(&mut columns)?,
            signature: text(&mut columns)?,
            created: maybe_time(&mut columns)?,
            used: maybe_time(&mut columns)?,
        }),
        "damaged" => {
            Record::Damaged(DamagedRow { id: text(&mut columns)?, why: text(&mut columns)?, code: Code::RecordDamaged })
        }
        _ => Record::Intent(IntentRow {
            alias: Alias::new(text(&mut columns)?)?,
            scope: KeyScope::new(text(&mut columns)?, text(&mut columns)?)?,
            begun: Timestamp::from_database(&text(&mut columns)?)?,
        }),
    })
}

fn flat_select(select: Select) -> (&'static str, Vec<String>) {
    match select {
        Select::KeyByAlias(alias) => ("alias", vec![alias.to_string()]),
        Select::KeysByThumbprint(thumbprint) => ("thumbprint", vec![thumbprint.to_hex()]),
        Select::KeysWithoutThumbprint => ("no thumbprint", Vec::new()),
        Select::KeysWithoutUniIdent => ("no uni_ident", Vec::new()),
        Select::KeysByScope(scope) => ("scope", vec![scope.app.to_string(), scope.reference.to_string()]),
        Select::KeysByMaster(alias) => ("master", vec![alias.to_string()]),
        Select::KeysChangedSince(time) => ("since", vec![time.to_database()]),
        Select::AllKeys => ("keys", Vec::new()),
        Select::KeysAsTheyAre => ("keys as they are", Vec::new()),
        Select::Policy(app) => ("policy", vec![app.to_string()]),
        Select::AllPolicies => ("policies", Vec::new()),
        Select::AllIntents => ("intents", Vec::new()),
        Select::IntentsAsTheyAre => ("intents as they are", Vec::new()),
        Select::FormerThumbprint(thumbprint) => ("former", vec![thumbprint.to_hex()]),
        Select::FormerThumbprintsOf(alias) => ("former of", vec![alias.to_string()]),
        Select::AllFormerThumbprints => ("all former", Vec::new()),
        Select::ReadyPoolKeys(master, from) => ("ready pool", vec![master.to_string(), from.to_string()]),
        Select::PoolKeysOf(master) => ("pool of", vec![master.to_string()]),
        Select::AllPoolKeys => ("all pool", Vec::new()),
        Select::FormerThumbprintsAsTheyAre => ("former as they are", Vec::new()),
    }
}

fn read_select((kind, values): &(&'static str, Vec<String>)) -> Result<Select> {
    let value = |at: usize| values.get(at).cloned().ok_or_else(foreign);
    Ok(match *kind {
        "alias" => Select::KeyByAlias(Alias::new(value(0)?)?),
        "thumbprint" => Select::KeysByThumbprint(Thumbprint::from_hex(&value(0)?)?),
        "no thumbprint" => Select::KeysWithoutThumbprint,
        "no uni_ident" => Select::KeysWithoutUniIdent,
        "scope" => Select::KeysByScope(KeyScope::new(value(0)?, value(1)?)?),
        "master" => Select::KeysByMaster(Alias::new(value(0)?)?),
        "since" => Select::KeysChangedSince(Timestamp::from_database(&value(0)?)?),
        "keys" => Select::AllKeys,
        "keys as they are" => Select::KeysAsTheyAre,
        "policy" => Select::Policy(AppId::new(value(0)?)?),
        "policies" => Select::AllPolicies,
        "former" => Select::FormerThumbprint(Thumbprint::from_hex(&value(0)?)?),
        "former of" => Select::FormerThumbprintsOf(Alias::new(value(0)?)?),
        "all former" => Select::AllFormerThumbprints,
        "ready pool" => Select::ReadyPoolKeys(Alias::new(value(0)?)?, Alias::new(value(1)?)?),
        "pool of" => Select::PoolKeysOf(Alias::new(value(0)?)?),
        "all pool" => Select::AllPoolKeys,
        "former as they are" => Select::FormerThumbprintsAsTheyAre,
        "intents as they are" => Select::IntentsAsTheyAre,
        _ => Select::AllIntents,
    })
}

fn text(columns: &mut impl Iterator<Item = Option<String>>) -> Result<String> {
    columns.next().flatten().ok_or_else(foreign)
}

fn maybe_time(columns: &mut impl Iterator<Item = Option<String>>) -> Result<Option<Timestamp>> {
    columns.next().flatten().map(|text| Timestamp::from_database(&text)).transpose()
}

fn foreign() -> Error {
    Error::new(Code::RecordDamaged, "a column that must have a value has none")
}
