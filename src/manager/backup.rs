//! Backups.

use std::path::Path;

use super::KeyManager;
use super::audited::{Subject, Touched};
use crate::access::Verb;
use crate::error::Result;
use crate::migration::{self, BackupReport, BackupRequest, RestorePlaces, VerifyOptions};
use crate::progress::Progress;

impl KeyManager {
    /// Copies the store, and the key file if one is named, into one archive, mode 0600, while others work; signs what is
    /// in it, and reads it back row by row before it gets its name (docs/migration.md). A damaged row is copied as it is
    /// and reported.
    ///
    /// # Errors
    /// `output_exists`; `root_not_found` without a key to sign with; `backup_damaged` when what is read back is not what
    /// was written; `store_conflict` when a store that is no SQLite file was written to meanwhile; `cancelled`; those of
    /// store, master backend and files. There is no archive then.
    pub fn backup(&self, request: &BackupRequest, progress: &dyn Progress) -> Result<BackupReport> {
        self.audited(Verb::Backup, Subject::none(), |hierarchy| migration::backup(hierarchy, request, progress))
    }

    /// Looks at an archive: signature, digests, every row and whose certificates they have; with `open`, whether every
    /// key opens with the master keys of this manager. Its store is not looked at.
    ///
    /// # Errors
    /// `backup_damaged`, `verification_failed` when the archive is not as it was written; `unsupported` for one of a later
    /// release; `cancelled`; those of files and master backend.
    pub fn verify_backup(
        &self,
        archive: &Path,
        options: VerifyOptions,
        progress: &dyn Progress,
    ) -> Result<BackupReport> {
        self.audited(Verb::VerifyBackup, Subject::none(), |hierarchy| {
            migration::verify(hierarchy, archive, options, progress)
        })
    }

    /// Puts an archive back at `places`, where nothing may be: the key file, then the store. It is looked at as
    /// [`verify_backup`](Self::verify_backup) does first. The store of this manager is not touched.
    ///
    /// # Errors
    /// `already_exists`, and then nothing was written; `invalid_argument` when there is no place for its key file; those
    /// of [`verify_backup`](Self::verify_backup).
    pub fn restore_backup(
        &self,
        archive: &Path,
        places: &RestorePlaces,
        progress: &dyn Progress,
    ) -> Result<BackupReport> {
        self.audited(Verb::RestoreBackup, Subject::none(), |hierarchy| {
            migration::restore(hierarchy, archive, places, progress)
        })
    }
}

/// A listing; the keys are in the archive.
impl Touched for BackupReport {}
