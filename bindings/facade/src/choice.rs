//! Where records and master keys are, and how they are opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keymanager::Result;
use keymanager::config::Config;
use keymanager::crypto::native;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::pkcs11::{Token, TokenOptions};
use keymanager::master::{MasterKeys, TokenUri};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::KeyStore;
use keymanager::store::postgres::{PostgresAddress, PostgresOptions, PostgresStore};
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::SystemClock;

use crate::host::master::{HostMaster, MasterAdapter};
use crate::host::store::{HostStore, StoreAdapter};

/// Where records are kept.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum StoreChoice {
    /// The embedded store.
    Sqlite {
        /// The path of its file.
        path: String,
    },
    /// The PostgreSQL database of a MOSIP key manager (docs/storage.md, section 7).
    Postgres {
        /// `postgresql://USER@HOST/DATABASE?…`, without a password.
        address: String,
        /// The password; wiped when the store has been opened. None where the server asks for none.
        password: Option<Vec<u8>>,
        /// The address of a replica that reads may go to.
        read_from: Option<String>,
    },
    /// A store that the host implements.
    Host(Arc<dyn HostStore>),
}

/// Where master keys are kept.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum MasterChoice {
    /// A PKCS#12 file.
    KeyFile {
        /// Its path.
        path: String,
        /// Its passphrase in printable ASCII; wiped when the file has been opened.
        passphrase: Vec<u8>,
    },
    /// A PKCS#11 token (docs/token.md).
    Token {
        /// Its RFC 7512 address, with `module-path`.
        uri: String,
        /// Its PIN; wiped when the token has been opened. A wrong one is tried once.
        pin: Vec<u8>,
    },
    /// A backend that the host implements.
    Host(Arc<dyn HostMaster>),
}

/// A store that is open.
pub(crate) struct OpenStore {
    pub(crate) store: Arc<dyn KeyStore>,
    /// The same, when it is an SQLite file.
    pub(crate) sqlite: Option<Arc<SqliteStore>>,
}

impl StoreChoice {
    /// Opens it, or makes it new.
    pub(crate) fn open(self, create: bool) -> Result<OpenStore> {
        match self {
            Self::Host(host) => Ok(OpenStore { store: Arc::new(StoreAdapter::new(host)), sqlite: None }),
            Self::Sqlite { path } => {
                let path = Path::new(&path);
                let store = Arc::new(if create { SqliteStore::create(path)? } else { SqliteStore::open(path)? });
                Ok(OpenStore { store: Arc::clone(&store) as _, sqlite: Some(store) })
            }
            Self::Postgres { address, password, read_from } => {
                // The password is under a secret type before anything can fail.
                let password = password.map(SecretBytes::from_vec);
                let mut options = PostgresOptions::default();
                options.read_from = read_from.as_deref().map(PostgresAddress::parse).transpose()?;
                let store = PostgresStore::open(PostgresAddress::parse(&address)?, password, options)?;
                Ok(OpenStore { store: Arc::new(store), sqlite: None })
            }
        }
    }
}

/// [`MasterChoice`], with what is secret under a secret type: before anything else can fail.
pub(crate) enum Kept {
    File(String, SecretBytes),
    Token(String, SecretBytes),
    Host(Arc<dyn HostMaster>),
}

impl From<MasterChoice> for Kept {
    fn from(choice: MasterChoice) -> Self {
        match choice {
            MasterChoice::KeyFile { path, passphrase } => Self::File(path, SecretBytes::from_vec(passphrase)),
            MasterChoice::Token { uri, pin } => Self::Token(uri, SecretBytes::from_vec(pin)),
            MasterChoice::Host(host) => Self::Host(host),
        }
    }
}

impl Kept {
    /// Opens it; a key file is made new if asked for.
    pub(crate) fn open(self, create: bool, config: &Config) -> Result<Arc<dyn MasterKeys>> {
        match self {
            Self::Host(host) => Ok(Arc::new(MasterAdapter::new(host))),
            Self::File(path, passphrase) => Ok(Arc::new(key_file(&path, passphrase, create)?)),
            Self::Token(uri, pin) => {
                let options = config.token.apply(TokenOptions::new(native::provider()));
                Ok(Arc::new(Token::open(&TokenUri::parse(&uri)?, Passphrase::new(pin)?, options)?))
            }
        }
    }

    /// The path of a key file.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        if let Self::File(path, _) = self { Some(path.into()) } else { None }
    }
}

fn key_file(path: &str, passphrase: SecretBytes, create: bool) -> Result<KeyFile> {
    let provider = native::provider();
    let options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(provider.keys), Arc::new(SystemClock));
    let passphrase = Passphrase::new(passphrase)?;
    if create {
        KeyFile::create(Path::new(path), passphrase, None, options)
    } else {
        KeyFile::open(Path::new(path), passphrase, options)
    }
}
