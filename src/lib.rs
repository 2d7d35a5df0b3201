//! keymanager: an embeddable cryptographic SDK for national-ID programmes.
//!
//! It does the job of the MOSIP key manager inside the program that needs it: the key hierarchy, thumbprinted packet
//! envelopes, certificates and their renewal. It needs no server, no JVM and no network, and reads and writes the same envelopes,
//! database rows and key files as the Java service.
//!
//! # Who holds what
//!
//! ```text
//! Root key          in the master backend     signs Module keys
//! └─ Module key     in the master backend     signs Base keys, wraps their private part
//!    └─ Base key    in the record store       packets are encrypted to its certificate
//! ```
//!
//! A client holds an [`Encryptor`](encryptor::Encryptor): certificates in, envelopes out. A server holds a
//! [`KeyManager`](manager::KeyManager): a record store, a master backend, a policy.
//!
//! # The whole way, with the embedded store and key file
//!
//! ```
//! # #[cfg(all(feature = "native", feature = "sqlite"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use keymanager::crypto::native;
//! use keymanager::encryptor::Encryptor;
//! use keymanager::envelope::{OpenOptions, SealOptions};
//! use keymanager::id::KeyScope;
//! use keymanager::manager::KeyManager;
//! use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
//! use keymanager::progress::NoProgress;
//! use keymanager::random::SystemRandom;
//! use keymanager::secret::{Passphrase, SecretBytes};
//! use keymanager::store::sqlite::SqliteStore;
//! use keymanager::time::SystemClock;
//!
//! let folder = tempfile::tempdir()?;
//! let provider = native::provider();
//! let clock = Arc::new(SystemClock);
//!
//! // Master keys in a PKCS#12 file, records in SQLite; both are created with mode 0600.
//! let passphrase = Passphrase::new(SecretBytes::from_vec(b"a passphrase from a safe place".to_vec()))?;
//! let options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(provider.keys), clock.clone());
//! let master = KeyFile::create(&folder.path().join("keymanager.p12"), passphrase, None, options)?;
//! let store = SqliteStore::create(&folder.path().join("keymanager.db"))?;
//!
//! let manager = KeyManager::builder().store(Arc::new(store)).master(Arc::new(master)).clock(clock.clone()).build()?;
//! manager.initialise(&[])?;
//! manager.generate_all(&NoProgress)?;
//!
//! // The client gets the certificate of its centre, and needs nothing else.
//! let centre = KeyScope::new("REGISTRATION", "10001_110011")?;
//! let certificate = manager.certificate(&centre)?.certificate;
//! let encryptor = Encryptor::builder().clock(clock).build()?;
//! let sealed = encryptor.encrypt(certificate.to_pem().as_bytes(), &SealOptions::default(), b"a registration packet")?;
//!
//! // The server finds the key by the thumbprint in the envelope.
//! let opened = manager.decrypt(&centre, &OpenOptions::default(), &sealed.envelope)?;
//! assert_eq!(opened.plaintext, b"a registration packet");
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "native", feature = "sqlite")))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! `native` (default): the provider on AWS-LC. Without it the builders want a provider by name; the pure Rust one is
//! always there. `sqlite` (default): the embedded store. `pkcs11`: master keys on a token. `testing`: conformance suites
//! for those who implement [`KeyStore`](store::KeyStore), [`MasterKeys`](master::MasterKeys) or a
//! [`CryptoProvider`](crypto::CryptoProvider).
//!
//! # Errors
//!
//! Every failure is an [`Error`] with a [`Code`] from one table. After a private key was found, whatever goes wrong is one
//! code with one text.
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::string_slice,
        reason = "tests may"
    )
)]

pub mod access;
pub mod audit;
pub mod certificate;
pub mod config;
pub mod crypto;
pub mod encryptor;
pub mod envelope;
pub mod error;
pub mod file;
pub mod hierarchy;
pub mod id;
pub mod manager;
pub mod master;
pub mod migration;
pub mod process;
pub mod progress;
pub mod random;
pub mod secret;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;

pub use error::{Category, Code, Error, Result};
