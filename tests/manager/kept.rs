//! A store of an earlier state opens, gets the tables that it lacks, and still decrypts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keymanager::envelope::OpenOptions;
use keymanager::manager::{KeyFilter, KeyManager};
use keymanager::master::keyfile::KeyFile;
use keymanager::progress::NoProgress;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore as _, Query, Select};

use super::embedded::{options, passphrase_of};
use super::support::{START, TestClock, scope};

fn kept() -> PathBuf {
    super::support::vectors().join("store/kept-0.1")
}

fn open(folder: &Path) -> (Arc<SqliteStore>, KeyManager) {
    let store = Arc::new(SqliteStore::open(&folder.join("keymanager.db")).unwrap());
    let master =
        KeyFile::open(&folder.join("keymanager.p12"), passphrase_of(b"kept-test-passphrase"), options()).unwrap();
    let clock = Arc::new(TestClock::at(START));
    let manager =
        KeyManager::builder().store(Arc::clone(&store) as _).master(Arc::new(master)).clock(clock).build().unwrap();
    (store, manager)
}

#[test]
fn a_store_of_the_first_state_opens_migrates_and_decrypts() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["keymanager.db", "keymanager.p12"] {
        let to = folder.path().join(name);
        std::fs::copy(kept().join(name), &to).unwrap();
        std::fs::set_permissions(&to, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let envelope = std::fs::read(kept().join("envelope.bin")).unwrap();
    let base = scope("REGISTRATION", "10001_110011");
    for _ in 0..2 {
        let (store, manager) = open(folder.path());
        let former = store.find(Query::new(Select::AllFormerThumbprints)).unwrap();
        assert_eq!(former.records, [], "the table is there, whatever was called first");
        assert_eq!(store.find(Query::new(Select::AllPoolKeys)).unwrap().records, [], "and so is that of the pool");
        assert_eq!(manager.decrypt(&base, &OpenOptions::default(), &envelope).unwrap().plaintext, b"kept plaintext");
        manager.initialise(&[]).unwrap();
        assert_eq!(manager.keys(&KeyFilter { all: true, ..KeyFilter::default() }).unwrap().len(), 3);
    }
    // What the new table is for works in the old store.
    let (store, manager) = open(folder.path());
    let current = manager.certificate(&base).unwrap();
    manager.upload_certificate(&base, current.certificate.der()).unwrap();
    assert_eq!(manager.decrypt(&base, &OpenOptions::default(), &envelope).unwrap().plaintext, b"kept plaintext");
    manager.fill_pool(&base.app, 1, &NoProgress).unwrap();
    assert!(manager.certificate(&scope("REGISTRATION", "from the pool")).unwrap().generated);
    let pool = manager.pool().unwrap().remove(0);
    assert_eq!((pool.ready, pool.used), (0, 1));
    store.prepare(keymanager::store::Schema::KeyManager).unwrap();
}
