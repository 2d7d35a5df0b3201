//! The files of a store: who may read them, whose they are, and where they may not be written.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown};
use std::path::Path;
use std::time::Duration;

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::sqlite::{SqliteOptions, SqliteStore};
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Record, Schema, Select};
use rusqlite::Connection;

use super::rows::{insert, key, policy, try_insert};

/// A user without any rights, by number as on every system.
const NOBODY: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn every_file_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    insert(&store, [key(1, "one")]);
    for scope in [KeyScope::new("APP", "one").unwrap(), KeyScope::new("APP", "").unwrap()] {
        store.lock(scope, Duration::ZERO).unwrap();
    }
    let mut names = Vec::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().mode() & 0o777;
            if entry.file_type().unwrap().is_dir() {
                assert_eq!(mode, 0o700, "{entry:?}");
                folders.push(entry.path());
            } else {
                assert_eq!(mode, 0o600, "{entry:?}");
            }
            names.push(entry.file_name().into_string().unwrap());
        }
    }
    names.sort();
    assert!(names[0].starts_with("app-"), "{names:?}");
    assert_eq!(names[1..5], ["keymanager.db", "keymanager.db-locks", "keymanager.db-shm", "keymanager.db-wal"]);
    assert!(names[5].starts_with("ref-"), "{names:?}");
    drop(store);
    assert!(!folder.path().join("keymanager.db-wal").exists(), "the last one out leaves one file");
}

#[test]
fn a_new_store_has_its_first_records_or_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let create = |records: &[Record]| {
        let changes = records.iter().cloned().map(Change::Insert).collect();
        let first = ChangeSet { expect_scopes: Vec::new(), changes };
        SqliteStore::create_holding(&path, SqliteOptions::default(), first)
    };
    let error = create(&[policy("APP"), policy("APP")]).unwrap_err();
    assert_eq!(error.code(), Code::StoreDuplicate);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    drop(create(&[policy("APP"), key(1, "one")]).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let store = SqliteStore::open(&path).unwrap();
    for select in [Select::AllPolicies, Select::AllKeys] {
        assert_eq!(store.find(Query::new(select)).unwrap().records.len(), 1);
    }
    assert_eq!(create(&[]).unwrap_err().code(), Code::AlreadyExists);
}

#[test]
fn a_file_that_others_can_read_is_refused_unless_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    store.lock(KeyScope::new("APP", "").unwrap(), Duration::ZERO).unwrap();
    drop(store);
    let locks = folder.path().join("keymanager.db-locks");
    for (file, mode) in [(&path, 0o640), (&path, 0o604), (&path, 0o620), (&locks, 0o755)] {
        let private = std::fs::metadata(file).unwrap().permissions();
        set_mode(file, mode);
        assert_eq!(SqliteStore::open(&path).unwrap_err().code(), Code::FilePermissions);
        let mut allowed = SqliteOptions::default();
        allowed.allow_shared_file = true;
        SqliteStore::open_with(&path, allowed).unwrap();
        std::fs::set_permissions(file, private).unwrap();
        SqliteStore::open(&path).unwrap();
    }
}

#[test]
fn creating_never_touches_what_exists() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    insert(&SqliteStore::create(&path).unwrap(), [key(1, "one")]);
    assert_eq!(SqliteStore::create(&path).unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(SqliteStore::open(&path).unwrap().find(Query::new(Select::AllKeys)).unwrap().records.len(), 1);
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
    assert_eq!(SqliteStore::create(&link).unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(SqliteStore::open(&link).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(SqliteStore::open(&folder.path().join("no.db")).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(SqliteStore::create(&folder.path().join("no/no.db")).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(SqliteStore::open(folder.path()).unwrap_err().code(), Code::StoreUnavailable);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "the store and the link");
}

#[test]
fn two_names_of_one_file_share_its_locks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let other = SqliteStore::open(&link).unwrap();
    let scope = KeyScope::new("APP", "one").unwrap();
    let lock = store.lock(scope.clone(), Duration::ZERO).unwrap();
    let refused = other.lock(scope.clone(), Duration::from_millis(5)).unwrap_err();
    assert_eq!(refused.code(), Code::LockTimeout);
    store.unlock(lock).unwrap();
    let lock = other.lock(scope.clone(), Duration::ZERO).unwrap();
    // A handle that goes takes its locks with it.
    drop(other);
    store.lock(scope, Duration::ZERO).unwrap();
    let _ = lock;
}

#[test]
fn a_store_of_a_newer_release_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    insert(&store, [key(1, "one")]);
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 2).unwrap();
    // Also while it is open.
    assert_eq!(try_insert(&store, key(2, "two")).unwrap_err().code(), Code::StoreVersion);
    assert_eq!(store.prepare(Schema::KeyManager).unwrap_err().code(), Code::StoreVersion);
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.code(), Code::StoreVersion);
    assert!(error.detail().contains("version 2"), "{error}");
    other.pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records.len(), 1);
    other.pragma_update(None, "application_id", 0x4711).unwrap();
    assert_eq!(SqliteStore::open(&path).unwrap_err().code(), Code::StoreUnavailable);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    drop(SqliteStore::create(&path).unwrap());
    let (inside, read_only) = (folder.path().to_owned(), path.clone());
    unprivileged(folder.path(), &path, move || {
        set_mode(&inside, 0o555);
        let error = SqliteStore::open(&read_only).unwrap_err();
        assert_eq!(error.code(), Code::StoreReadOnly);
        assert!(error.detail().contains(inside.to_str().unwrap()), "{error}");
        assert_eq!(SqliteStore::create(&inside.join("new.db")).unwrap_err().code(), Code::StoreReadOnly);
        set_mode(&inside, 0o755);
        // A file that is write-protected in a folder that is not.
        set_mode(&read_only, 0o400);
        assert_eq!(SqliteStore::open(&read_only).unwrap_err().code(), Code::StoreReadOnly);
        set_mode(&read_only, 0o600);
        // A folder that is closed while the store is open.
        let store = SqliteStore::open(&read_only).unwrap();
        set_mode(&inside, 0o555);
        let scope = KeyScope::new("APP", "one").unwrap();
        assert_eq!(store.lock(scope.clone(), Duration::ZERO).unwrap_err().code(), Code::StoreReadOnly);
        set_mode(&inside, 0o755);
        store.lock(scope, Duration::ZERO).unwrap();
        assert_eq!(store.apply(ChangeSet::default()), Ok(()));
    });
}

/// Runs `check` on a thread that has no rights over the files of others. On Linux each thread has its own user.
fn unprivileged(folder: &Path, file: &Path, check: impl FnOnce() + Send + 'static) {
    if rustix::process::geteuid().is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
        chown(file, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let thread = std::thread::spawn(move || {
        if rustix::process::geteuid().is_root() {
            let nobody = rustix::process::Uid::from_raw(NOBODY);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        check();
    });
    thread.join().unwrap();
}
