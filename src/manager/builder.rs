//! Puts a manager together.

use std::sync::Arc;

use super::KeyManager;
use super::audited::Watch;
use crate::access::AccessDecision;
use crate::audit::{AuditFailure, AuditSink};
use crate::config::Config;
use crate::crypto::{CryptoProvider, default_provider};
use crate::error::{Code, Error, Result};
use crate::hierarchy::{Hierarchy, Parts};
use crate::master::MasterKeys;
use crate::process::ForkGuard;
use crate::random::{KeySource, RandomSource};
use crate::store::KeyStore;
use crate::time::Clock;

/// Builds a [`KeyManager`].
#[derive(Debug, Default)]
pub struct KeyManagerBuilder {
    provider: Option<CryptoProvider>,
    store: Option<Arc<dyn KeyStore>>,
    master: Option<Arc<dyn MasterKeys>>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn RandomSource>>,
    key_source: Option<Arc<dyn KeySource>>,
    config: Config,
    caller: Option<String>,
    access: Option<Arc<dyn AccessDecision>>,
    audit: Option<(Arc<dyn AuditSink>, AuditFailure)>,
}

impl KeyManagerBuilder {
    /// The provider; `native` by default, where it is compiled in.
    #[must_use]
    pub fn provider(mut self, provider: CryptoProvider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The record store. There is no default.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// The master backend. There is no default.
    #[must_use]
    pub fn master(mut self, master: Arc<dyn MasterKeys>) -> Self {
        self.master = Some(master);
        self
    }

    /// The clock. There is no default: the library never reads the time by itself.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The source of session keys, nonces, serial numbers and aliases; the provider's by default.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn RandomSource>) -> Self {
        self.random = Some(random);
        self
    }

    /// Where Base keys come from; the provider by default. Master keys come from the master backend.
    #[must_use]
    pub fn key_source(mut self, key_source: Arc<dyn KeySource>) -> Self {
        self.key_source = Some(key_source);
        self
    }

    /// The configuration; upstream's production values by default.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The name of the caller; see [`KeyManager::for_caller`].
    #[must_use]
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = Some(caller.into());
        self
    }

    /// Who is asked before every verb; everything is allowed by default (docs/access.md).
    #[must_use]
    pub fn access(mut self, access: Arc<dyn AccessDecision>) -> Self {
        self.access = Some(access);
        self
    }

    /// Who is told about every verb, and whether a sink that fails stops it; nobody by default (docs/access.md).
    #[must_use]
    pub fn audit(mut self, sink: Arc<dyn AuditSink>, on_failure: AuditFailure) -> Self {
        self.audit = Some((sink, on_failure));
        self
    }

    /// Builds the manager. Touches neither store nor master backend.
    ///
    /// # Errors
    /// `provider_missing`; `invalid_argument` without store, master backend or clock.
    pub fn build(self) -> Result<KeyManager> {
        let missing = |what: &'static str| Error::new(Code::InvalidArgument, what);
        let provider = self.provider.map_or_else(default_provider, Ok)?;
        let clock = self.clock.ok_or_else(|| missing("the key manager needs a clock"))?;
        let random = self.random.unwrap_or_else(|| Arc::new(provider.random));
        let config = Arc::new(self.config);
        let hierarchy = Hierarchy::new(Parts {
            provider,
            store: self.store.ok_or_else(|| missing("the key manager needs a record store"))?,
            master: self.master.ok_or_else(|| missing("the key manager needs a master backend"))?,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            keys: self.key_source.unwrap_or_else(|| Arc::new(provider.keys)),
            config: Arc::clone(&config),
        });
        Ok(KeyManager {
            guard: ForkGuard::new(),
            provider,
            clock,
            random,
            config,
            hierarchy: Arc::new(hierarchy),
            caller: self.caller.map(Arc::from),
            watch: Watch::new(self.access, self.audit),
        })
    }
}
