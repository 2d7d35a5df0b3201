//! Rows for the tests of one store.

use keymanager::error::Result;
use keymanager::id::{Alias, AppId, KeyScope, Thumbprint};
use keymanager::store::{AliasRow, Change, ChangeSet, KeyRecord, KeyStore, PolicyRow, Record, StoreRow};
use keymanager::time::Timestamp;

/// A Base key `id-<number>` of the scope APP and `reference`.
pub(crate) fn key(number: u32, reference: &str) -> Record {
    let mut thumbprint = [0; 32];
    thumbprint[..4].copy_from_slice(&number.to_be_bytes());
    let time = Timestamp::from_unix_seconds(1_795_593_600 + i64::from(number));
    Record::Key(Box::new(KeyRecord {
        alias: AliasRow {
            alias: Alias::new(format!("id-{number}")).unwrap(),
            scope: KeyScope::new("APP", reference).unwrap(),
            generated: Some(time),
            expires: Some(time.plus_days(730)),
            thumbprint: Some(Thumbprint::from_bytes(thumbprint)),
            uni_ident: Some(format!("{number:040X}")),
            created_by: "SYSTEM".to_owned(),
            created: time,
        },
        stored: Some(StoreRow {
            master: Alias::new("master").unwrap(),
            private_key: "w".repeat(2000),
            certificate_pem: "c".repeat(1300),
            created_by: "SYSTEM".to_owned(),
            created: time,
        }),
    }))
}

/// The same without the `key_store` half.
pub(crate) fn in_the_master(number: u32, reference: &str) -> Record {
    let Record::Key(mut record) = key(number, reference) else { unreachable!() };
    record.stored = None;
    Record::Key(record)
}

pub(crate) fn policy(app: &str) -> Record {
    Record::Policy(PolicyRow {
        app: AppId::new(app).unwrap(),
        validity_days: Some(1095),
        pre_expire_days: Some(60),
        active: true,
        access_allowed: Some("NA".to_owned()),
        created_by: "mosipadmin".to_owned(),
        created: Timestamp::UNIX_EPOCH,
    })
}

pub(crate) fn insert(store: &dyn KeyStore, records: impl IntoIterator<Item = Record>) {
    let changes = records.into_iter().map(Change::Insert).collect();
    store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
}

pub(crate) fn try_insert(store: &dyn KeyStore, record: Record) -> Result<()> {
    store.apply(ChangeSet { changes: vec![Change::Insert(record)], ..ChangeSet::default() })
}
