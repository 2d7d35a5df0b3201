//! The handle of a server.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use keymanager::audit::AuditFailure;
use keymanager::config::Config;
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::SystemClock;

use crate::choice::{Kept, MasterChoice, OpenStore, StoreChoice};
use crate::envelope::EnvelopeOptions;
use crate::error::FacadeError;
use crate::host::watch::{AccessAdapter, AuditAdapter, HostAccess, HostAudit};

/// What [`KeyManagerHandle::open`] opens.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ManagerOptions {
    /// The record store.
    pub store: StoreChoice,
    /// The master backend.
    pub master: MasterChoice,
    /// Whether the embedded store and the key file are made new; `already_exists` or `output_exists` when they are there.
    /// A database, a token and a host make their own.
    pub create: bool,
    /// The name that policies with a list of users are compared with.
    pub caller: Option<String>,
    /// The text of a `keymanager.toml` (docs/configuration.md); what it says about places is not used. None for defaults.
    pub config: Option<String>,
    /// Decides who may do what; None for everybody everything.
    pub access: Option<Arc<dyn HostAccess>>,
    /// Keeps what happens; None for nobody.
    pub audit: Option<Arc<dyn HostAudit>>,
    /// A verb goes on when what happens cannot be kept; otherwise it does not begin (AUD-6 to AUD-8).
    pub audit_may_fail: bool,
}

impl ManagerOptions {
    /// What is there already, with the default configuration, without a caller, for everybody.
    #[must_use]
    pub fn new(store: StoreChoice, master: MasterChoice) -> Self {
        let (create, audit_may_fail) = (false, false);
        Self { store, master, create, caller: None, config: None, access: None, audit: None, audit_may_fail }
    }
}

impl fmt::Debug for ManagerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagerOptions").field("create", &self.create).finish_non_exhaustive()
    }
}

/// Keys, certificates and envelopes of one deployment, at the system's time. `Send + Sync`; every call takes `&self`,
/// may block, and may come from any thread.
#[derive(Debug)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct KeyManagerHandle {
    pub(crate) manager: KeyManager,
    /// The store, when it is an SQLite file.
    pub(crate) sqlite: Option<Arc<SqliteStore>>,
    /// The path of the key file.
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) config: Config,
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl KeyManagerHandle {
    /// Opens a manager over a store and a master backend, each embedded or of the host.
    ///
    /// # Errors
    /// Those of store and master backend; `invalid_config`. A host is not called.
    #[cfg_attr(feature = "uniffi", uniffi::constructor)]
    pub fn open(options: ManagerOptions) -> Result<Self, FacadeError> {
        let ManagerOptions { store, master, create, caller, config, access, audit, audit_may_fail } = options;
        let master = Kept::from(master);
        let config = config.as_deref().map(Config::from_toml).transpose()?.unwrap_or_default();
        let key_file = master.file();
        // The master keys first: they are what a wrong argument fails at.
        let master = master.open(create, &config)?;
        let OpenStore { store, sqlite } = store.open(create)?;
        let mut builder =
            KeyManager::builder().store(store).master(master).clock(Arc::new(SystemClock)).config(config.clone());
        if let Some(caller) = caller {
            builder = builder.caller(caller);
        }
        if let Some(access) = access {
            builder = builder.access(Arc::new(AccessAdapter(access)));
        }
        if let Some(audit) = audit {
            let failure = if audit_may_fail { AuditFailure::Continue } else { AuditFailure::Stop };
            builder = builder.audit(Arc::new(AuditAdapter(audit)), failure);
        }
        Ok(Self { manager: builder.build()?, sqlite, key_file, config })
    }

    /// Prepares the store and writes the default policies where there are none. Idempotent.
    ///
    /// # Errors
    /// Those of the store.
    pub fn initialise(&self) -> Result<(), FacadeError> {
        Ok(self.manager.initialise(&[])?)
    }

    /// Encrypts `plaintext` to the current key of a scope; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// Those of `keymanager::manager::KeyManager::encrypt`; `invalid_argument` for a layout that does not exist.
    pub fn encrypt(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, FacadeError> {
        let scope = KeyScope::new(app, reference)?;
        Ok(self.manager.encrypt(&scope, &options.for_sealing()?, plaintext)?.envelope)
    }

    /// Opens `envelope` under an application; the reference id may be blank: the envelope names its key. The plaintext
    /// belongs to the caller, who wipes it.
    ///
    /// # Errors
    /// Those of `keymanager::manager::KeyManager::decrypt`; `invalid_argument` for a layout that does not exist.
    pub fn decrypt(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        envelope: &[u8],
    ) -> Result<Vec<u8>, FacadeError> {
        let scope = KeyScope::new(app, reference)?;
        Ok(self.manager.decrypt(&scope, &options.for_opening()?, envelope)?.plaintext)
    }
}
