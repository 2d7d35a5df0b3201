//! The server's handle: composes the rooms, adds no cryptography.
//!
//! A [`KeyManager`] holds a record store, a master backend, a provider, and the policy in the store. Everything on it
//! takes `&self`, blocks, and may be called from any thread; a clone is the same manager.
//!
//! ```
//! # use std::sync::Arc;
//! # use keymanager::{id::KeyScope, manager::KeyManager, master::MasterKeys, progress::NoProgress};
//! # use keymanager::{envelope::{OpenOptions, SealOptions}, store::memory::MemoryStore, time::SystemClock};
//! fn a_packet_there_and_back(master: Arc<dyn MasterKeys>) -> keymanager::Result<()> {
//!     let manager = KeyManager::builder()
//!         .store(Arc::new(MemoryStore::new()))
//!         .master(master)
//!         .clock(Arc::new(SystemClock))
//!         .build()?;
//!     manager.initialise(&[])?;
//!     manager.generate_all(&NoProgress)?;
//!     let centre = KeyScope::new("REGISTRATION", "10001_110011")?;
//!     let encrypted = manager.encrypt(&centre, &SealOptions::default(), b"a registration packet")?;
//!     let decrypted = manager.decrypt(&centre, &OpenOptions::default(), &encrypted.envelope)?;
//!     assert_eq!(decrypted.plaintext, b"a registration packet");
//!     Ok(())
//! }
//! ```

mod audited;
#[cfg(feature = "sqlite")]
mod backup;
mod builder;
mod certificates;
mod doctor;
mod envelopes;
mod keys;
mod migrate;
mod migration;
mod policies;
mod pool;
mod rewrap;
mod uploads;

use std::fmt;
use std::sync::Arc;

use crate::config::Config;
use crate::crypto::CryptoProvider;
use crate::hierarchy::Hierarchy;
use crate::process::ForkGuard;
use crate::random::RandomSource;
use crate::time::Clock;

pub use crate::hierarchy::{
    Checked, Csr, CsrRequest, CurrentCertificate, DamagedKey, DoctorOptions, DoctorReport, Finding, FindingCode,
    GenerateRequest, Generated, KeyFilter, KeyInfo, KeyLevel, KeyLocation, KeyObject, KeyObjectRequest, KeyState,
    MigrateOptions, MigrateReport, ObjectType, PolicyChange, PoolInfo, RefusedRow, RewrapOptions, RewrapReport,
    Severity, SignedReport, default_policies, sign_reference,
};
#[cfg(feature = "sqlite")]
pub use crate::migration::{BackupReport, BackupRequest, RestorePlaces, VerifyOptions};
pub use crate::migration::{CopyOptions, CopyReport, TableCopy};
pub use builder::KeyManagerBuilder;
pub use envelopes::{Decrypted, Encrypted};

/// Keys, certificates and envelopes of one deployment. `Send + Sync`, cheap to clone.
#[derive(Clone)]
pub struct KeyManager {
    guard: ForkGuard,
    provider: CryptoProvider,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    config: Arc<Config>,
    hierarchy: Arc<Hierarchy>,
    caller: Option<Arc<str>>,
    watch: audited::Watch,
}

impl fmt::Debug for KeyManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyManager").field("provider", &self.provider).field("hierarchy", &self.hierarchy).finish()
    }
}

impl KeyManager {
    /// A builder; store, master backend and clock must be set.
    #[must_use]
    pub fn builder() -> KeyManagerBuilder {
        KeyManagerBuilder::default()
    }

    /// The same manager, asked by `caller`: the name that policies with a list of users are compared with, ignoring
    /// case. Without one, such applications refuse to decrypt.
    #[must_use]
    pub fn for_caller(&self, caller: &str) -> Self {
        Self { caller: Some(Arc::from(caller)), ..self.clone() }
    }

    /// The provider, for the streaming of [`envelope`](crate::envelope).
    #[must_use]
    pub fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    /// The source of session keys and nonces, for the streaming of [`envelope`](crate::envelope).
    #[must_use]
    pub fn random(&self) -> &dyn RandomSource {
        self.random.as_ref()
    }

    /// The time as this manager sees it.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
