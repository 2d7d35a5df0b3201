//! The one FFI-shaped API of keymanager: what every language binding mirrors, and nothing else.
//!
//! Concrete types, owned values, handles that may be shared between threads, and one error. An operation is here, or it
//! is in no language (docs/bindings.md).
//!
//! ```
//! use keymanager_facade::{EnvelopeOptions, KeyManagerHandle, ManagerOptions, MasterChoice, StoreChoice, encrypt};
//!
//! # fn main() -> Result<(), keymanager_facade::FacadeError> {
//! # let folder = tempfile::tempdir().map_err(|_| keymanager_facade::FacadeError::panic())?;
//! # let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
//! let store = StoreChoice::Sqlite { path: path("keymanager.db") };
//! let passphrase = b"from a safe place".to_vec();
//! let master = MasterChoice::KeyFile { path: path("keymanager.p12"), passphrase };
//! let manager = KeyManagerHandle::open(ManagerOptions { create: true, ..ManagerOptions::new(store, master) })?;
//! manager.initialise()?;
//! manager.generate_all(None)?;
//!
//! let certificate = manager.certificate("REGISTRATION", "10001_110011")?;
//! let envelope = encrypt(certificate.as_bytes(), &EnvelopeOptions::default(), b"a registration packet")?;
//! let plaintext = manager.decrypt("REGISTRATION", "", &EnvelopeOptions::default(), &envelope)?;
//! assert_eq!(plaintext, b"a registration packet");
//! # Ok(())
//! # }
//! ```
#![expect(clippy::result_large_err, reason = "an error that crosses is a plain record, and rare")]

#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!();

mod choice;
mod envelope;
mod error;
#[cfg(feature = "uniffi")]
mod foreign;
mod host;
mod into;
mod keys;
mod manager;
mod moving;
mod record;
mod report;
mod request;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;

pub use choice::{MasterChoice, StoreChoice};
pub use envelope::{EnvelopeOptions, encrypt, inspect};
pub use error::{FacadeError, HostError};
#[cfg(feature = "uniffi")]
pub use foreign::{FacadeFailure, HostFailure};
pub use host::master::{
    HostDirection, HostHash, HostKeyKind, HostMaster, HostMasterCapabilities, HostMasterEntry, HostMasterPage,
    HostOaep, HostSignInput, HostSignature, MasterAdapter,
};
pub use host::progress::HostProgress;
pub use host::row::{
    COLUMNS_OF_FORMER_THUMBPRINTS, COLUMNS_OF_INTENTS, COLUMNS_OF_KEYS, COLUMNS_OF_POLICIES, COLUMNS_OF_POOL_KEYS,
    HostRow, HostTable,
};
pub use host::store::{
    HostChange, HostChangeKind, HostChangeSet, HostExpectedScope, HostPage, HostQuery, HostSelect, HostStore,
    HostStoreCapabilities, StoreAdapter,
};
pub use host::watch::{HostAccess, HostAccessRequest, HostAudit, HostAuditEvent, HostAuditKey};
pub use into::{encrypt_into, envelope_len};
pub use manager::{KeyManagerHandle, ManagerOptions};
pub use moving::{
    BackupReport, CopyReport, DamagedRow, RewrapReport, RewrapRequest, SignedReport, TableCopy, verify_report,
};
pub use record::{GeneratedKeys, Key, KeyCertificate, KeyCsr, KeyObject, Policy, Pool};
pub use report::{
    Checked, DoctorFinding, DoctorReport, InspectCertificate, InspectField, InspectFinding, InspectReport,
};
pub use request::{DoctorRequest, KeyQuery, KeyRequest, ObjectRequest, PolicyRequest, Subject};
pub use stream::{DecryptStream, EncryptStream, FilePlaces, Transferred, encrypt_file, encrypt_stream};
