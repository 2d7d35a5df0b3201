//! The handle of a server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use keymanager::Result as CoreResult;
use keymanager::crypto::native;
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::KeyStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::SystemClock;

use crate::envelope::EnvelopeOptions;
use crate::error::FacadeError;
use crate::host::master::{HostMaster, MasterAdapter};
use crate::host::store::{HostStore, StoreAdapter};

/// Where records are kept.
#[derive(Clone)]
pub enum StoreChoice {
    /// The embedded store.
    Sqlite {
        /// The path of its file.
        path: String,
    },
    /// A store that the host implements.
    Host(Arc<dyn HostStore>),
}

/// Where master keys are kept.
#[derive(Clone)]
pub enum MasterChoice {
    /// A PKCS#12 file.
    KeyFile {
        /// Its path.
        path: String,
        /// Its passphrase in printable ASCII; wiped when the file has been opened.
        passphrase: Vec<u8>,
    },
    /// A backend that the host implements.
    Host(Arc<dyn HostMaster>),
}

/// What [`KeyManagerHandle::open`] opens.
#[derive(Clone)]
pub struct ManagerOptions {
    /// The record store.
    pub store: StoreChoice,
    /// The master backend.
    pub master: MasterChoice,
    /// Whether the embedded store and the key file are made new; `already_exists` or `output_exists` when they are there.
    /// A host makes its own.
    pub create: bool,
    /// The name that policies with a list of users are compared with.
    pub caller: Option<String>,
}

impl fmt::Debug for ManagerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagerOptions").field("create", &self.create).finish_non_exhaustive()
    }
}

/// Keys, certificates and envelopes of one deployment, at the system's time. `Send + Sync`; every call takes `&self`,
/// may block, and may come from any thread.
#[derive(Debug)]
pub struct KeyManagerHandle {
    pub(crate) manager: KeyManager,
}

impl KeyManagerHandle {
    /// Opens a manager over a store and a master backend, each embedded or of the host.
    ///
    /// # Errors
    /// Those of the embedded store and key file; a host is not called.
    pub fn open(options: ManagerOptions) -> Result<Self, FacadeError> {
        let ManagerOptions { store, master, create, caller } = options;
        // The passphrase is under a secret type before anything can fail.
        let master = match master {
            MasterChoice::Host(host) => Master::Host(host),
            MasterChoice::KeyFile { path, passphrase } => Master::File(path, SecretBytes::from_vec(passphrase)),
        };
        // The key file first: it is the one that a wrong argument fails at.
        let master: Arc<dyn MasterKeys> = match master {
            Master::Host(host) => Arc::new(MasterAdapter::new(host)),
            Master::File(path, passphrase) => Arc::new(key_file(&path, passphrase, create)?),
        };
        let store: Arc<dyn KeyStore> = match store {
            StoreChoice::Host(host) => Arc::new(StoreAdapter::new(host)),
            StoreChoice::Sqlite { path } if create => Arc::new(SqliteStore::create(Path::new(&path))?),
            StoreChoice::Sqlite { path } => Arc::new(SqliteStore::open(Path::new(&path))?),
        };
        let mut builder = KeyManager::builder().store(store).master(master).clock(Arc::new(SystemClock));
        if let Some(caller) = caller {
            builder = builder.caller(caller);
        }
        Ok(Self { manager: builder.build()? })
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

/// [`MasterChoice`], with the passphrase under a secret type.
enum Master {
    Host(Arc<dyn HostMaster>),
    File(String, SecretBytes),
}

fn key_file(path: &str, passphrase: SecretBytes, create: bool) -> CoreResult<KeyFile> {
    let provider = native::provider();
    let options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(provider.keys), Arc::new(SystemClock));
    let passphrase = Passphrase::new(passphrase)?;
    if create {
        KeyFile::create(Path::new(path), passphrase, None, options)
    } else {
        KeyFile::open(Path::new(path), passphrase, options)
    }
}
