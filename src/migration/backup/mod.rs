//! Store and key file in one archive that is known to be whole, and back (docs/migration.md, MIG-40 to MIG-52).

mod archive;
mod create;
mod manifest;
mod restore;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use crate::hierarchy::{DamagedKey, SignedReport};
use crate::store::sqlite::SqliteStore;
use crate::time::Timestamp;

pub(crate) use create::backup;
pub(crate) use restore::restore;
pub(crate) use verify::verify;

/// What goes into an archive, and where that is.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// The archive, which must not exist.
    pub archive: PathBuf,
    /// The manager's store, when it is an SQLite file: it is copied as a whole, at one moment. Any other store is copied
    /// record by record, while nobody writes to it.
    pub sqlite: Option<Arc<SqliteStore>>,
    /// The manager's key file; none when master keys are in a token, which is not copied.
    pub key_file: Option<PathBuf>,
    /// Open every key of the archive with the manager's master keys.
    pub open: bool,
}

/// How an archive is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Open every key of it with the manager's master keys.
    pub open: bool,
}

/// Where an archive is put back. Nothing may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlaces {
    /// The SQLite file.
    pub store: PathBuf,
    /// The key file; not used for an archive without one.
    pub key_file: Option<PathBuf>,
}

/// What is in an archive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackupReport {
    /// When the store was copied.
    pub made: Timestamp,
    /// Whether it has a key file.
    pub has_key_file: bool,
    /// How many keys the store has.
    pub keys: u64,
    /// How many of them have a certificate that leads to a key of the deployment.
    pub chained: u64,
    /// How many have a certificate by somebody else.
    pub foreign_issuers: u64,
    /// How many private keys were opened and compared with their certificates.
    pub opened: u64,
    /// What cannot be understood or does not open, by id. It was so in the store.
    pub damaged: Vec<DamagedKey>,
    /// The manifest with its signature.
    pub signed: SignedReport,
}
