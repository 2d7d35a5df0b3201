//! A store and a master backend that fail at a chosen call: once, or from then on, as they do for a process that dies.
#![allow(dead_code, reason = "not every test crate uses all of it")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keymanager::crypto::{Direction, SignatureScheme};
use keymanager::error::{Code, Error, Result};
use keymanager::id::{Alias, KeyScope};
use keymanager::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use keymanager::secret::SecretBytes;
use keymanager::store::{ChangeSet, KeyStore, LockId, Page, Query, Schema, StoreCapabilities};

/// How the n-th call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It does nothing and answers an error.
    Before,
    /// It does its work and answers an error.
    After,
    /// It and every later call does nothing and answers an error: the process died before it.
    Death,
    /// It does its work, and it and every later call answers an error: the process died after it.
    DeathAfter,
}

impl Fault {
    pub const ALL: [Self; 4] = [Self::Before, Self::After, Self::Death, Self::DeathAfter];

    pub fn is_death(self) -> bool {
        matches!(self, Self::Death | Self::DeathAfter)
    }
}

/// Which call fails; shared by the store and the master backend of one process, whose calls are counted together.
#[derive(Debug)]
pub struct Plan {
    calls: AtomicUsize,
    fails: Mutex<Option<(usize, Fault)>>,
}

impl Plan {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), fails: Mutex::new(None) })
    }

    /// Counts from 0 again; the call with this number fails.
    pub fn arm(&self, nth: usize, fault: Fault) {
        self.set(Some((nth, fault)));
    }

    /// Counts from 0 again; nothing fails.
    pub fn disarm(&self) {
        self.set(None);
    }

    fn set(&self, fails: Option<(usize, Fault)>) {
        *self.fails.lock().unwrap() = fails;
        self.calls.store(0, Ordering::SeqCst);
    }

    /// The calls since it was armed or disarmed.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn call<T>(&self, code: Code, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let fail = || Error::new(code, "injected");
        let fails = *self.fails.lock().unwrap();
        match fails {
            Some((nth, Fault::Before)) if call == nth => Err(fail()),
            Some((nth, Fault::After | Fault::DeathAfter)) if call == nth => work().and_then(|_| Err(fail())),
            Some((nth, Fault::Death | Fault::DeathAfter)) if call >= nth => Err(fail()),
            _ => work(),
        }
    }
}

#[derive(Debug)]
pub struct FaultyStore(pub Arc<dyn KeyStore>, pub Arc<Plan>);

impl KeyStore for FaultyStore {
    fn capabilities(&self) -> StoreCapabilities {
        self.0.capabilities()
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.1.call(Code::StoreUnavailable, || self.0.find(query))
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.1.call(Code::StoreUnavailable, || self.0.apply(changes))
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        // A lock that was taken and not told about would be freed with its connection.
        match self.1.call(Code::LockTimeout, || Ok(())) {
            Ok(()) => self.0.lock(scope, wait),
            Err(error) => Err(error),
        }
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        // The system frees the locks of the dead.
        self.0.unlock(lock)
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.1.call(Code::StoreUnavailable, || self.0.prepare(schema))
    }
}

#[derive(Debug)]
pub struct FaultyMaster(pub Arc<dyn MasterKeys>, pub Arc<Plan>);

impl FaultyMaster {
    fn call<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.1.call(Code::MasterUnavailable, work)
    }
}

impl MasterKeys for FaultyMaster {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.call(|| self.0.capabilities())
    }
    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.call(|| self.0.create(alias, kind))
    }
    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.call(|| self.0.attach_certificate(alias, certificate_der))
    }
    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.call(|| self.0.find(alias))
    }
    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        self.call(|| self.0.list(cursor))
    }
    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.call(|| self.0.sign(alias, scheme, input))
    }
    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.call(|| self.0.rsa_decrypt(alias, how, ciphertext))
    }
    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.call(|| self.0.aes_ecb(alias, direction, blocks))
    }
    fn remove(&self, alias: Alias) -> Result<()> {
        self.call(|| self.0.remove(alias))
    }
    fn health(&self) -> Result<()> {
        self.call(|| self.0.health())
    }
}
