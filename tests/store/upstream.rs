//! The database of a running MOSIP key manager, put into a store as docs/storage.md says.

use keymanager::id::{Alias, AppId, KeyScope, Thumbprint};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, KeyRecord, KeyStore, Query, Record, Select, Version};
use keymanager::time::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;

const DUMP: &str = include_str!("../vectors/mosip/service/pkcs12/keymgr.sql");

/// The `INSERT` statements of a dump without the schema's name (STO-51).
fn inserts(dump: &str) -> String {
    let mut sql = String::new();
    let mut inside = false;
    for line in dump.lines() {
        if !inside && let Some(rest) = line.strip_prefix("INSERT INTO keymgr.") {
            sql.push_str("INSERT INTO ");
            sql.push_str(rest);
        } else if inside {
            sql.push_str(line);
        } else {
            continue;
        }
        sql.push('\n');
        inside = !line.ends_with(");");
    }
    sql
}

pub(crate) fn upstream() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch(&inserts(DUMP)).unwrap();
    (folder, store)
}

fn keys(store: &SqliteStore, select: Select) -> Vec<(KeyRecord, Version)> {
    let page = store.find(Query::new(select)).unwrap();
    assert_eq!(page.next, None);
    let key = |found: keymanager::store::Versioned| match found.record {
        Record::Key(key) => (*key, found.version),
        other => panic!("not a key: {other:?}"),
    };
    page.records.into_iter().map(key).collect()
}

#[test]
fn every_row_is_read() {
    let (_folder, store) = upstream();
    let all = keys(&store, Select::AllKeys);
    assert_eq!(all.len(), DUMP.matches("INSERT INTO keymgr.key_alias ").count());
    assert_eq!(all.len(), 29);
    let stored = all.iter().filter(|(key, _)| key.stored.is_some()).count();
    assert_eq!(stored, DUMP.matches("INSERT INTO keymgr.key_store ").count());
    assert!(all.is_sorted_by_key(|(key, _)| (key.alias.generated, key.alias.alias.clone())));
    assert_eq!(keys(&store, Select::KeysByScope(KeyScope::new("ROOT", "").unwrap())).len(), 1);
    for (key, version) in &all {
        let row = &key.alias;
        assert_eq!(keys(&store, Select::KeyByAlias(row.alias.clone())), [(key.clone(), version.clone())]);
        assert!(keys(&store, Select::KeysByScope(row.scope.clone())).contains(&(key.clone(), version.clone())));
        match row.thumbprint {
            Some(thumbprint) => {
                assert!(keys(&store, Select::KeysByThumbprint(thumbprint)).contains(&(key.clone(), version.clone())))
            }
            None => assert!(["IDENTITY_CACHE", "TRANSACTION_CACHE"].contains(&row.scope.reference.as_str())),
        }
        assert_eq!(row.thumbprint.is_some(), row.uni_ident.is_some());
        assert_eq!(row.created_by, "SYSTEM");
        assert!(row.expires > row.generated);
        if let Some(stored) = &key.stored {
            let by_master = keys(&store, Select::KeysByMaster(stored.master.clone()));
            assert!(by_master.contains(&(key.clone(), version.clone())));
            assert!(stored.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
            assert_eq!(stored.private_key == "NA", stored.master == row.alias, "other domains' certificates");
        }
    }
    assert_eq!(keys(&store, Select::KeysWithoutThumbprint).len(), 2);
    let policies = store.find(Query::new(Select::AllPolicies)).unwrap().records;
    assert_eq!(policies.len(), 12);
    let root = store.find(Query::new(Select::Policy(AppId::new("ROOT").unwrap()))).unwrap().records;
    let Record::Policy(root) = &root[0].record else { panic!("not a policy") };
    assert_eq!((root.validity_days, root.pre_expire_days, root.active), (Some(2920), Some(1125), true));
    assert_eq!(root.access_allowed.as_deref(), Some("NA"));
}

#[test]
fn an_update_keeps_the_columns_the_library_does_not_know() {
    let (_folder, store) = upstream();
    let other = Connection::open(store.path()).unwrap();
    // Columns that upstream has and the library does not read, and one of a later release.
    other
        .execute_batch(
            "ALTER TABLE key_alias ADD COLUMN later varchar(9) DEFAULT 'new';
             UPDATE key_alias SET status_code = 'S', lang_code = 'eng', upd_by = 'someone', later = app_id;
             UPDATE key_store SET upd_by = 'someone', upd_dtimes = '2026-11-25 10:00:00.5', is_deleted = NULL;",
        )
        .unwrap();
    let scope = KeyScope::new("REGISTRATION", "10001_110011").unwrap();
    let (mut key, version) = keys(&store, Select::KeysByScope(scope.clone())).remove(0);
    let before = columns(&other, key.alias.alias.as_str());
    key.alias.expires = key.alias.expires.map(|time| time.plus_seconds(-60));
    let stored = key.stored.as_mut().unwrap();
    stored.private_key.push('A');
    let change = Change::Update(Record::Key(Box::new(key.clone())), version);
    store.apply(ChangeSet { changes: vec![change], ..ChangeSet::default() }).unwrap();
    let after = columns(&other, key.alias.alias.as_str());
    let changed: Vec<_> =
        before.iter().zip(&after).filter(|(old, new)| old != new).map(|(old, _)| old.0.as_str()).collect();
    // Times are written with six digits, so the text of one may change, but not its value.
    assert_eq!(changed, ["key_expire_dtimes", "private_key"]);
    assert_eq!(keys(&store, Select::KeysByScope(scope)).remove(0).0, key);
}

#[test]
fn a_change_in_a_column_the_library_does_not_know_is_a_conflict() {
    let (_folder, store) = upstream();
    let find = || keys(&store, Select::AllKeys).into_iter().find(|(key, _)| key.stored.is_some()).unwrap();
    let (key, version) = find();
    let other = Connection::open(store.path()).unwrap();
    for (table, sql) in [
        ("key_alias", "UPDATE key_alias SET status_code = 'S' WHERE id = ?1"),
        ("key_store", "UPDATE key_store SET del_dtimes = '2026-11-25 10:00:00' WHERE id = ?1"),
    ] {
        let stale = if table == "key_alias" { version.clone() } else { find().1 };
        assert_eq!(other.execute(sql, [key.alias.alias.as_str()]).unwrap(), 1);
        let change = Change::Update(Record::Key(Box::new(key.clone())), stale);
        let refused = store.apply(ChangeSet { changes: vec![change], ..ChangeSet::default() });
        assert_eq!(refused.unwrap_err().code(), keymanager::error::Code::StoreConflict, "{table}");
    }
}

#[test]
fn times_are_ordered_as_times_whatever_their_fraction_digits() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    let rows = [
        ("e", "'2026-11-25 08:00:00.5'"),
        ("d", "'2026-11-25 08:00:00.50'"),
        ("c", "'2026-11-25T08:00:00.500000'"),
        ("f", "'2026-11-25 08:00:00.499999'"),
        ("b", "'2026-11-25 08:00:00'"),
        ("a", "'2026-11-25 08:00:00.0'"),
        ("h", "'2026-11-25 08:00:00.500001'"),
        ("g", "NULL"),
    ];
    let other = Connection::open(store.path()).unwrap();
    for (id, time) in rows {
        other
            .execute_batch(&format!(
                "INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, cr_by, cr_dtimes)
                 VALUES ('{id}', 'A', 'b', {time}, 'SYSTEM', coalesce({time}, '2026-11-25 07:00:00'));"
            ))
            .unwrap();
    }
    let scope = KeyScope::new("A", "b").unwrap();
    for select in [Select::KeysByScope(scope), Select::AllKeys] {
        let mut found = String::new();
        let mut query = Query { limit: 1, ..Query::new(select) };
        loop {
            let page = store.find(query.clone()).unwrap();
            let Record::Key(key) = &page.records[0].record else { panic!("not a key") };
            found.push_str(key.alias.alias.as_str());
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, "gabfcdeh");
    }
    // The same instant in another text is not later and not earlier.
    let half = Timestamp::from_database("2026-11-25 08:00:00.500").unwrap();
    let since = keys(&store, Select::KeysChangedSince(half));
    assert_eq!(since.iter().map(|(key, _)| key.alias.alias.as_str()).collect::<String>(), "cdeh");
}

#[test]
fn a_null_reference_is_the_blank_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    Connection::open(store.path())
        .unwrap()
        .execute_batch(
            "INSERT INTO key_alias (id, app_id, ref_id, cr_by, cr_dtimes) VALUES
             ('a', 'A', NULL, 'SYSTEM', '2026-11-25 07:00:00'), ('b', 'A', '', 'SYSTEM', '2026-11-25 07:00:00');",
        )
        .unwrap();
    let found = keys(&store, Select::KeysByScope(KeyScope::new("A", "").unwrap()));
    assert_eq!(found.len(), 2);
    let (key, version) = found[0].clone();
    assert_eq!(key.alias.alias, Alias::new("a").unwrap());
    let change = Change::Update(Record::Key(Box::new(key)), version);
    store.apply(ChangeSet { changes: vec![change], ..ChangeSet::default() }).unwrap();
}

#[test]
fn many_rows_are_found_by_thumbprint() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    let other = Connection::open(store.path()).unwrap();
    other
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
             INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, cr_by, cr_dtimes, cert_thumbprint)
             SELECT 'id-' || i, 'A', 'r' || i, '2026-11-25 08:00:00', 'SYSTEM', '2026-11-25 08:00:00',
                    printf('%064X', i) FROM n;",
        )
        .unwrap();
    for number in [0, 1, 9_999, 19_999] {
        let thumbprint = Thumbprint::from_hex(&format!("{number:064X}")).unwrap();
        let found = keys(&store, Select::KeysByThumbprint(thumbprint));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0.alias.alias.as_str(), format!("id-{number}"));
    }
}

/// Every column of both halves of a key, by name.
fn columns(connection: &Connection, id: &str) -> Vec<(String, Value)> {
    let comparable = |value: Value| match value {
        Value::Text(text) => Value::Text(Timestamp::from_database(&text).map(Timestamp::to_database).unwrap_or(text)),
        other => other,
    };
    ["key_alias", "key_store"]
        .iter()
        .flat_map(|table| {
            let mut statement = connection.prepare(&format!("SELECT * FROM {table} WHERE id = ?1")).unwrap();
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            statement
                .query_one([id], |row| {
                    names
                        .into_iter()
                        .enumerate()
                        .map(|(at, name)| Ok((name, comparable(row.get(at)?))))
                        .collect::<Result<Vec<_>, _>>()
                })
                .unwrap()
        })
        .collect()
}
