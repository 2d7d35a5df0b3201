//! The conformance suite on every store, and on every store behind a host's calling convention.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use keymanager::store::KeyStore;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::testing::store::{HostShaped, suite};

#[test]
fn memory() {
    suite(&|| Arc::new(MemoryStore::new()));
}

#[test]
fn memory_behind_a_host() {
    suite(&|| behind_a_host(Arc::new(MemoryStore::new())));
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    suite(&|| new_file(&folder, &number));
}

#[test]
fn sqlite_behind_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    suite(&|| behind_a_host(new_file(&folder, &number)));
}

fn behind_a_host(store: Arc<dyn KeyStore>) -> Arc<dyn KeyStore> {
    Arc::new(HostShaped::new(store))
}

fn new_file(folder: &tempfile::TempDir, number: &AtomicU32) -> Arc<dyn KeyStore> {
    let path = folder.path().join(format!("{}.db", number.fetch_add(1, Ordering::Relaxed)));
    Arc::new(SqliteStore::create(&path).unwrap())
}
