//! Records that move: from store to store, and into an archive and back (docs/migration.md).

#[cfg(feature = "sqlite")]
mod backup;
mod copy;
mod digest;

#[cfg(feature = "sqlite")]
pub use backup::{BackupReport, BackupRequest, RestorePlaces, VerifyOptions};
pub use copy::{CopyOptions, CopyReport, TableCopy};

#[cfg(feature = "sqlite")]
pub(crate) use backup::{backup, restore, verify};
pub(crate) use copy::copy_store;
