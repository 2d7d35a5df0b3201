//! Root, Module and Base keys: policy, states, current-key rule, generate, renew, rotate, revoke (docs/hierarchy.md).
//!
//! ```text
//! Root            (ROOT, '')            RSA, in the master backend, self-signed
//! ├── Sign        (KERNEL, SIGN)        RSA, in the master backend, signed by Root
//! ├── Sign        (app, EC_…_SIGN)      on P-256 or secp256k1, in the master backend, signed by Root
//! └── Module      (app, '')             RSA, in the master backend, signed by Root
//!     ├── Base    (app, ref)            RSA, in the store, wrapped to and signed by Module
//!     └── Sign    (app, ED25519_SIGN)   Ed25519, in the store, wrapped to and signed by Module
//! Symmetric       (KERNEL, IDENTITY_CACHE)  AES, in the master backend, no certificate
//! ```
//!
//! Everything here is an order of steps over a [`KeyStore`] and a [`MasterKeys`]; no algorithm, no format, no SQL.
//! Policy and rows are read again for each operation; nothing is remembered between two, but for unwrapped Base keys
//! where the configuration allows it.

mod authenticated;
mod backfill;
mod cache;
mod create;
mod csr;
mod current;
mod deployment;
mod describe;
mod doctor;
mod former;
mod info;
mod inventory;
mod issuer;
mod job;
mod key_object;
mod lock;
mod migrate;
mod obtain;
mod order;
mod other_domain;
mod policy;
mod pool;
mod records;
mod recover;
mod replace;
mod report;
mod resolve;
mod rewrap;
mod route;
pub mod simulate;
mod subject;
mod unique;
mod upload;

use std::sync::Arc;

use crate::config::Config;
use crate::crypto::CryptoProvider;
use crate::master::MasterKeys;
use crate::random::{KeySource, RandomSource};
use crate::store::KeyStore;
use crate::time::{Clock, Timestamp};

use authenticated::Authenticated;

pub use csr::{Csr, CsrRequest};
pub use doctor::{Checked, DoctorOptions, DoctorReport, Finding, FindingCode, Severity};
pub use info::{CurrentCertificate, GenerateRequest, Generated, KeyFilter, KeyInfo, KeyLevel, KeyLocation, KeyState};
pub use key_object::{KeyObject, KeyObjectRequest, ObjectType};
pub use migrate::{MigrateOptions, MigrateReport, RefusedRow};
pub use policy::{PolicyChange, default_policies};
pub use pool::PoolInfo;
pub(crate) use records::{pages_of, row_of_another_table};
pub(crate) use report::DamagedMembers;
pub use report::SignedReport;
pub use rewrap::{DamagedKey, RewrapOptions, RewrapReport};
pub use route::sign_reference;

/// The key hierarchy over one store and one master backend.
///
/// `Send + Sync`; every method may block. It checks nothing about the process it runs in, and does not say where one
/// operation ends and the next begins ([`operation`](Self::operation)); its owner does
/// ([`KeyManager`](crate::manager::KeyManager)).
#[derive(Debug)]
pub struct Hierarchy {
    provider: CryptoProvider,
    store: Arc<dyn KeyStore>,
    /// What makes and judges the MACs over rows; none where the configuration names no key for them.
    rows: Option<Arc<Authenticated>>,
    master: Arc<dyn MasterKeys>,
    clock: Arc<dyn Clock>,
    /// The time of the operation that this is a copy for; none while none has begun.
    at: Option<Timestamp>,
    random: Arc<dyn RandomSource>,
    keys: Arc<dyn KeySource>,
    config: Arc<Config>,
    cache: Arc<cache::KeyCache>,
}

/// What a [`Hierarchy`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The algorithms.
    pub provider: CryptoProvider,
    /// The records.
    pub store: Arc<dyn KeyStore>,
    /// The master keys.
    pub master: Arc<dyn MasterKeys>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where nonces, serials and aliases come from.
    pub random: Arc<dyn RandomSource>,
    /// Where the keys that live in the store come from.
    pub keys: Arc<dyn KeySource>,
    /// The configuration.
    pub config: Arc<Config>,
}

impl Hierarchy {
    /// Puts the parts together. Touches nothing.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { provider, store, master, clock, random, keys, config } = parts;
        let cache = Arc::new(cache::KeyCache::new(config.hierarchy.key_cache, config.hierarchy.key_cache_life));
        let (store, rows) = Authenticated::over(store, &master, provider, &config.row_authentication);
        Self { provider, store, rows, master, clock, at: None, random, keys, config, cache }
    }

    /// The hierarchy as one operation sees it: the clock is read now, and time stands still from then on (HIE-16). Each
    /// operation asks for one of its own.
    #[must_use]
    pub fn operation(&self) -> Self {
        Self { at: Some(self.clock.now()), ..self.copy() }
    }

    /// The same parts at the same time.
    fn copy(&self) -> Self {
        Self {
            provider: self.provider,
            store: Arc::clone(&self.store),
            rows: self.rows.clone(),
            master: Arc::clone(&self.master),
            clock: Arc::clone(&self.clock),
            at: self.at,
            random: Arc::clone(&self.random),
            keys: Arc::clone(&self.keys),
            config: Arc::clone(&self.config),
            cache: Arc::clone(&self.cache),
        }
    }

    /// The time of this operation.
    pub(crate) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(|| self.clock.now())
    }
}
