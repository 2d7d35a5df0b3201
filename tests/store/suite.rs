//! The conformance suite on every store, and on every store behind a host's calling convention.

use std::sync::Arc;

use keymanager::store::KeyStore;
use keymanager::store::memory::MemoryStore;
use keymanager::testing::store::{HostShaped, suite};

#[test]
fn memory() {
    suite(&|| Arc::new(MemoryStore::new()));
}

#[test]
fn memory_behind_a_host() {
    suite(&|| {
        let inner: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
        Arc::new(HostShaped::new(inner))
    });
}
