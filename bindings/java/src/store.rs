//! A record store that a Java object implements.

use keymanager_facade::{HostChangeSet, HostError, HostPage, HostQuery, HostStore, HostStoreCapabilities};

use crate::callback::Callback;
use crate::wire::{Put, Writer};

const FIND: i32 = 0;
const APPLY: i32 = 1;
const LOCK: i32 = 2;
const UNLOCK: i32 = 3;
const PREPARE: i32 = 4;

/// `store_unavailable`: what a store answers when the JVM fails.
pub(crate) const UNAVAILABLE: u32 = 7001;

pub(crate) struct JavaStore {
    callback: Callback,
    /// Asked once, when the manager is opened: there an exception can still be thrown.
    capabilities: HostStoreCapabilities,
}

impl JavaStore {
    pub(crate) fn new(callback: Callback, capabilities: HostStoreCapabilities) -> Self {
        Self { callback, capabilities }
    }
}

struct Lock {
    app: String,
    reference: String,
    wait_ms: u64,
}

impl Put for Lock {
    fn put(&self, out: &mut Writer) {
        self.app.put(out);
        self.reference.put(out);
        self.wait_ms.put(out);
    }
}

impl HostStore for JavaStore {
    fn capabilities(&self) -> HostStoreCapabilities {
        self.capabilities
    }

    fn find(&self, query: HostQuery) -> Result<HostPage, HostError> {
        self.callback.call(FIND, &query)
    }

    fn apply(&self, changes: HostChangeSet) -> Result<(), HostError> {
        self.callback.call(APPLY, &changes)
    }

    fn lock(&self, app: String, reference: String, wait_ms: u64) -> Result<u64, HostError> {
        self.callback.call(LOCK, &Lock { app, reference, wait_ms })
    }

    fn unlock(&self, lock: u64) -> Result<(), HostError> {
        self.callback.call(UNLOCK, &lock)
    }

    fn prepare(&self) -> Result<(), HostError> {
        self.callback.call(PREPARE, &())
    }
}
