//! The database of a running Java service, used in place, and what we write there as its SQL reads it.

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Record, Schema, Select};
use keymanager::time::Timestamp;

use super::server::{self, PASSWORD};
use crate::rows::{insert, key, policy};

const DUMP: &str = include_str!("../../vectors/mosip/service/pkcs12/keymgr.sql");

#[test]
fn a_database_of_the_service_is_read_and_left_as_it_is() {
    let server = server::shared();
    let database = server.database();
    server.load(&database, DUMP);
    let tables = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE relnamespace = 'keymgr'::regnamespace";
    let before = server.sql(&database, tables);
    let store = server.open(&database);
    assert!(!store.capabilities().side_tables);
    let all = store.find(Query::new(Select::AllKeys)).unwrap().records;
    assert_eq!(all.len(), DUMP.matches("INSERT INTO keymgr.key_alias ").count());
    let stored = |record: &Record| matches!(record, Record::Key(key) if key.stored.is_some());
    let halves = all.iter().filter(|found| stored(&found.record)).count();
    assert_eq!(halves, DUMP.matches("INSERT INTO keymgr.key_store ").count());
    for found in &all {
        let Record::Key(key) = &found.record else { panic!("not a key") };
        let alone = store.find(Query::new(Select::KeyByAlias(key.alias.alias.clone()))).unwrap().records;
        assert_eq!(alone, std::slice::from_ref(found));
        assert!(store.find(Query::new(Select::KeysByScope(key.alias.scope.clone()))).unwrap().records.contains(found));
        if let Some(thumbprint) = key.alias.thumbprint {
            assert!(store.find(Query::new(Select::KeysByThumbprint(thumbprint))).unwrap().records.contains(found));
        }
    }
    assert_eq!(store.find(Query::new(Select::AllPolicies)).unwrap().records.len(), 12);
    // What is not there is empty, and what would need it says so.
    assert_eq!(store.find(Query::new(Select::AllIntents)).unwrap().records, []);
    assert_eq!(store.find(Query::new(Select::AllPoolKeys)).unwrap().records, []);
    assert_eq!(server.sql(&database, tables), before, "nothing was created");
    server.open_as_owner(&database).prepare(Schema::KeyManager).unwrap();
    // The service's role may not create tables, and need not: they are there.
    store.prepare(Schema::KeyManager).unwrap();
    assert!(store.capabilities().side_tables);
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records, all, "the same rows, the same versions");
    let added = server.sql(&database, tables);
    assert!(added.split(' ').filter(|name| !before.contains(name)).all(|name| name.starts_with("km_")), "{added}");
}

#[test]
fn what_we_write_is_what_the_service_reads() {
    let server = server::shared();
    let database = server.database();
    server.load(&database, DUMP);
    let store = server.open(&database);
    insert(&store, [key(7, "10001_110011"), policy("NEW")]);
    let row = server.sql(
        &database,
        "SELECT app_id, ref_id, key_gen_dtimes, key_expire_dtimes, length(cert_thumbprint), uni_ident, cr_by, cr_dtimes, \
         is_deleted, upd_by IS NULL, status_code IS NULL FROM keymgr.key_alias WHERE id = 'id-7'",
    );
    assert_eq!(
        row,
        "APP|10001_110011|2026-11-25 08:00:07|2028-11-24 08:00:07|64|0000000000000000000000000000000000000007|SYSTEM|\
         2026-11-25 08:00:07|f|t|t"
    );
    let row = server
        .sql(&database, "SELECT master_key, length(private_key), is_deleted FROM keymgr.key_store WHERE id = 'id-7'");
    assert_eq!(row, "master|2000|f");
    let row = server.sql(&database, "SELECT key_validity_duration, pre_expire_days, is_active, access_allowed, is_deleted FROM keymgr.key_policy_def WHERE app_id = 'NEW'");
    assert_eq!(row, "1095|60|t|NA|f");

    // An update keeps what we do not know, in both halves, also columns of a later release.
    server.sql(&database, "ALTER TABLE keymgr.key_alias ADD COLUMN later varchar(9) DEFAULT 'new'");
    server.sql(&database, "UPDATE keymgr.key_alias SET status_code = 'S', upd_by = 'somebody' WHERE id = 'id-7'");
    server.sql(&database, "UPDATE keymgr.key_store SET upd_dtimes = '2026-11-25 10:00:00.5' WHERE id = 'id-7'");
    let scope = KeyScope::new("APP", "10001_110011").unwrap();
    let found = store.find(Query::new(Select::KeysByScope(scope.clone()))).unwrap().records.remove(0);
    let Record::Key(mut changed) = found.record.clone() else { panic!("not a key") };
    changed.alias.expires = Some(Timestamp::from_database("2027-01-01 00:00:00.000001").unwrap());
    let update = |version| {
        let changes = vec![Change::Update(Record::Key(changed.clone()), version)];
        store.apply(ChangeSet { changes, expect_scopes: Vec::new() })
    };
    update(found.version.clone()).unwrap();
    let row = server.sql(
        &database,
        "SELECT key_expire_dtimes, later, status_code, a.upd_by, k.upd_dtimes FROM keymgr.key_alias a \
         JOIN keymgr.key_store k USING (id) WHERE id = 'id-7'",
    );
    assert_eq!(row, "2027-01-01 00:00:00.000001|new|S|somebody|2026-11-25 10:00:00.5");
    // And a change of such a column is a change.
    let version = store.find(Query::new(Select::KeysByScope(scope))).unwrap().records.remove(0).version;
    server.sql(&database, "UPDATE keymgr.key_alias SET later = 'x' WHERE id = 'id-7'");
    assert_eq!(update(version).unwrap_err().code(), Code::StoreConflict);
}

#[test]
fn damaged_times_are_named_and_hide_no_other_row() {
    let server = server::shared();
    let database = server.database();
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    insert(&store, [key(1, "one"), key(2, "two")]);
    for time in ["infinity", "-infinity", "20000-01-01 00:00:00"] {
        server.sql(&database, &format!("UPDATE keymgr.key_alias SET key_gen_dtimes = '{time}' WHERE id = 'id-1'"));
        let error = store.find(Query::new(Select::AllKeys)).unwrap_err();
        assert_eq!(error.detail(), "key_alias row id-1: key_gen_dtimes is not a date and time");
        let as_they_are = store.find(Query::new(Select::KeysAsTheyAre)).unwrap().records;
        assert!(matches!(&as_they_are[0].record, Record::Damaged(row) if row.id == "id-1"));
        assert!(matches!(as_they_are[1].record, Record::Key(_)));
    }
}

#[test]
fn another_schema_is_used_when_it_is_named() {
    let server = server::shared();
    let database = server.database();
    let address = server.address(&database, "sslmode=disable&options=-csearch_path%3Dida");
    let store = server::open(address, PASSWORD).unwrap();
    store.prepare(Schema::KeyManager).unwrap();
    insert(&store, [policy("IDA")]);
    assert_eq!(server.sql(&database, "SELECT app_id FROM ida.key_policy_def"), "IDA");
    assert_eq!(server.sql(&database, "SELECT to_regnamespace('keymgr') IS NULL"), "t");
}

#[test]
fn a_role_without_ddl_works_on_tables_that_the_owner_prepared() {
    let server = server::shared();
    let database = server.database();
    server.open(&database).prepare(Schema::KeyManager).unwrap();
    server.take_over(&database, "SELECT, INSERT, UPDATE, DELETE");
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    insert(&store, [key(1, "one"), policy("A")]);
    assert!(store.capabilities().side_tables);
}
