//! Damaged rows and damaged files: an error that names what is wrong, and everything else still readable.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};

use keymanager::error::Code;
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Query, Schema, Select};
use rusqlite::Connection;

use super::rows::{insert, key, policy};

fn store_with_three_keys() -> (tempfile::TempDir, SqliteStore, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    insert(&store, [key(1, "one"), key(2, "two"), key(3, "one"), policy("A"), policy("B")]);
    let other = Connection::open(store.path()).unwrap();
    (folder, store, other)
}

fn scope(reference: &str) -> KeyScope {
    KeyScope::new("APP", reference).unwrap()
}

#[test]
fn a_damaged_row_is_named_and_hides_no_other() {
    for (table, column, value, what) in [
        ("key_alias", "key_gen_dtimes", "'yesterday'", "is not a date and time"),
        ("key_alias", "key_gen_dtimes", "'2026-13-01 00:00:00'", "is not a date and time"),
        ("key_alias", "key_gen_dtimes", "'infinity'", "is not a date and time"),
        ("key_alias", "key_expire_dtimes", "''", "is not a date and time"),
        ("key_alias", "key_expire_dtimes", "x'00'", "is not text"),
        ("key_alias", "cr_dtimes", "'2026-11-25 08:00:00.1234567'", "is not a date and time"),
        ("key_alias", "cert_thumbprint", "'abc'", "is not 64 hexadecimal digits"),
        ("key_alias", "cert_thumbprint", "''", "is not 64 hexadecimal digits"),
        ("key_alias", "ref_id", "CAST(x'ff' AS TEXT)", "is not UTF-8"),
        ("key_store", "master_key", "''", "is empty, too long, or has a NUL"),
        ("key_store", "private_key", "x'00ff'", "is not text"),
        ("key_store", "cr_dtimes", "'now'", "is not a date and time"),
    ] {
        let (_folder, store, other) = store_with_three_keys();
        assert_eq!(other.execute(&format!("UPDATE {table} SET {column} = {value} WHERE id = 'id-1'"), []).unwrap(), 1);
        let error = store.find(Query::new(Select::KeyByAlias(Alias::new("id-1").unwrap()))).unwrap_err();
        assert_eq!(error.code(), Code::RecordDamaged, "{table} {column}");
        assert_eq!(error.detail(), format!("{table} row id-1: {column} {what}"));
        assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap_err(), error);
        if column != "ref_id" {
            assert_eq!(store.find(Query::new(Select::KeysByScope(scope("one")))).unwrap_err(), error);
        }
        assert_eq!(store.find(Query::new(Select::KeysByScope(scope("two")))).unwrap().records.len(), 1);
        assert_eq!(store.find(Query::new(Select::KeyByAlias(Alias::new("id-3").unwrap()))).unwrap().records.len(), 1);
        insert(&store, [key(4, "two")]);
    }
}

#[test]
fn a_damaged_policy_is_named() {
    for (column, value, what) in [
        ("is_active", "'yes'", "is neither true nor false"),
        ("is_active", "2", "is neither true nor false"),
        ("key_validity_duration", "40000", "is out of range"),
        ("pre_expire_days", "'many'", "is not a whole number"),
        ("cr_by", "x'00'", "is not text"),
    ] {
        let (_folder, store, other) = store_with_three_keys();
        other.execute(&format!("UPDATE key_policy_def SET {column} = {value} WHERE app_id = 'A'"), []).unwrap();
        let find = |app: &str| store.find(Query::new(Select::Policy(AppId::new(app).unwrap())));
        let error = find("A").unwrap_err();
        assert_eq!(error.code(), Code::RecordDamaged);
        assert_eq!(error.detail(), format!("key_policy_def row A: {column} {what}"));
        assert_eq!(find("B").unwrap().records.len(), 1);
    }
    // As text, as other tools may put it in.
    let (_folder, store, other) = store_with_three_keys();
    for (value, active) in [("'t'", true), ("'f'", false), ("true", true), ("FALSE", false)] {
        other.execute(&format!("UPDATE key_policy_def SET is_active = {value} WHERE app_id = 'A'"), []).unwrap();
        let found = store.find(Query::new(Select::Policy(AppId::new("A").unwrap()))).unwrap();
        let keymanager::store::Record::Policy(row) = &found.records[0].record else { panic!("not a policy") };
        assert_eq!(row.active, active, "{value}");
    }
}

#[test]
fn half_of_a_key_without_the_other_is_no_key() {
    let (_folder, store, other) = store_with_three_keys();
    other.execute("DELETE FROM key_alias WHERE id = 'id-1'", []).unwrap();
    assert_eq!(store.find(Query::new(Select::KeysByScope(scope("one")))).unwrap().records.len(), 1);
    // The half that is left would become half of a new key of this name.
    for record in [key(1, "one"), super::rows::in_the_master(1, "one")] {
        assert_eq!(super::rows::try_insert(&store, record).unwrap_err().code(), Code::StoreDuplicate);
    }
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records.len(), 2);
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    for content in [b"this is a text file, and longer than the header of a database would be".repeat(20), b"x".to_vec()]
    {
        private_file(&path, &content);
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(error.code(), Code::RecordDamaged);
        assert!(error.detail().contains("not an SQLite database"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content, "untouched");
    }
    // A database of no bytes has no tables: it says so until it is prepared.
    private_file(&path, b"");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap_err().code(), Code::StoreUnavailable);
    store.prepare(Schema::KeyManager).unwrap();
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records, []);
}

#[test]
fn damage_inside_the_file_is_an_error() {
    let (folder, store, other) = store_with_three_keys();
    let path = store.path().to_owned();
    insert(&store, (10..80).map(|number| key(number, "many")));
    drop((store, other));
    let pristine = std::fs::read(&path).unwrap();
    // Overwrite one page after the other; whatever it held, the answer is rows or an error, never a panic.
    let mut damaged = 0;
    for page in 1..pristine.len() / 4096 {
        private_file(&path, &pristine);
        let mut file = OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(u64::try_from(page * 4096).unwrap())).unwrap();
        file.write_all(&[0xA5; 4096]).unwrap();
        drop(file);
        let outcome = SqliteStore::open(&path).and_then(|store| store.find(Query::new(Select::AllKeys)));
        if let Err(error) = outcome {
            assert_eq!(error.code(), Code::RecordDamaged, "page {page}: {error}");
            damaged += 1;
        }
    }
    assert!(damaged > 10, "{damaged}");
    drop(folder);
}

fn private_file(path: &std::path::Path, content: &[u8]) {
    let _ = std::fs::remove_file(path);
    keymanager::file::private_options().write(true).create_new(true).open(path).unwrap().write_all(content).unwrap();
}
