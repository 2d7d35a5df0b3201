//! The embedded store: one SQLite file with the tables of the MOSIP database (docs/storage.md).

mod failure;
mod find;
mod layouts;
mod lock_files;
mod pool;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{ChangeSet, KeyStore, LockId, Page, Query, Schema, StoreCapabilities};
use crate::error::{Code, Error, Result};
use crate::file::{self, AtomicFile, Existing};
use crate::id::KeyScope;
use crate::process::ForkGuard;
use crate::random::SystemRandom;

use lock_files::LockFiles;
use pool::Pool;

/// How a store file is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// How long one call waits for another process or thread that uses the file; `store_unavailable` then. 60 s by
    /// default. Scope locks have a wait of their own.
    pub busy_timeout: Duration,
    /// At most this many connections, 1 or more; calls beyond that wait. 8 by default.
    pub connections: usize,
    /// Accepts a file that group or others can read or change. The wrapped keys and the names of all scopes are in it.
    pub allow_shared_file: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(60), connections: 8, allow_shared_file: false }
    }
}

impl SqliteOptions {
    /// Refuses a file that others can read, unless allowed, and one that this user cannot write to.
    fn check_file(&self, path: &Path) -> Result<()> {
        if !self.allow_shared_file {
            file::check_private(path)?;
        }
        check_writable(path)
    }
}

/// The store in one SQLite file. Any number of processes on one machine may have it open at once.
///
/// What [`apply`](KeyStore::apply) acknowledged survives a crash of the process and of the machine (STO-40).
pub struct SqliteStore {
    pool: Pool,
    locks: LockFiles,
    guard: ForkGuard,
    /// Whether the table of MACs was there when this was opened, or was made since.
    keeps_macs: AtomicBool,
}

impl SqliteStore {
    /// Opens the store at `path` with the default options.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open_with`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Makes a new store at `path`, mode 0600, with all its tables, and opens it with the default options.
    ///
    /// # Errors
    /// Those of [`SqliteStore::create_with`].
    pub fn create(path: &Path) -> Result<Self> {
        Self::create_with(path, SqliteOptions::default())
    }

    /// Opens the store at `path`, which must exist.
    ///
    /// # Errors
    /// `file_not_found`; `file_permissions` when others can read it; `store_read_only` when the file or its folder
    /// cannot be written to; `record_damaged` when it is no SQLite database or a damaged one; `store_version` when a
    /// newer release wrote it; `store_unavailable` when it belongs to another program or cannot be opened.
    pub fn open_with(path: &Path, options: SqliteOptions) -> Result<Self> {
        // One name for one file: the lock folder goes by it.
        let path = path.canonicalize().map_err(|error| file::file_failed("open", path, &error))?;
        if !path.is_file() {
            return Err(Error::new(Code::StoreUnavailable, format!("{} is not a file", path.display())));
        }
        check_writable_folder(&path)?;
        let locks = LockFiles::beside(&path);
        options.check_file(&path)?;
        for beside in [with_ending(&path, "-wal"), with_ending(&path, "-shm"), locks.folder().to_path_buf()] {
            // Another process may remove them at any moment.
            match options.check_file(&beside) {
                Err(error) if error.code() != Code::FileNotFound => return Err(error),
                _ => {}
            }
        }
        check_size(&path)?;
        let (pool, keeps_macs) = (Pool::new(path, &options)?, AtomicBool::new(false));
        let store = Self { pool, locks, guard: ForkGuard::new(), keeps_macs };
        store.pool.with(|session| {
            schema::complete(&mut session.connection)?;
            store.keeps_macs.store(schema::keeps_macs(&session.connection)?, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(store)
    }

    /// Makes a new store at `path`, mode 0600, with all its tables, and opens it. The file appears whole or not at
    /// all.
    ///
    /// # Errors
    /// `already_exists`; those of [`SqliteStore::open_with`].
    pub fn create_with(path: &Path, options: SqliteOptions) -> Result<Self> {
        Self::create_holding(path, options, ChangeSet::default())
    }

    /// Makes a new store as [`create_with`](Self::create_with) does, with the records of `first` in it: there is no
    /// moment at which the file exists without them.
    ///
    /// # Errors
    /// `already_exists`; those of [`SqliteStore::open_with`] and of [`KeyStore::apply`].
    pub fn create_holding(path: &Path, options: SqliteOptions, first: ChangeSet) -> Result<Self> {
        first.check()?;
        let exists = || Error::new(Code::AlreadyExists, format!("{} exists already", path.display()));
        if path.symlink_metadata().is_ok() {
            return Err(exists());
        }
        check_writable_folder(path)?;
        let whole = AtomicFile::create(path, &SystemRandom)?;
        let temporary = whole.temporary_path();
        Pool::new(temporary.to_path_buf(), &options)?.with(|session| {
            schema::prepare(&mut session.connection)?;
            write::apply(session, &first)
        })?;
        // Closing the connection moved everything into the one file that is renamed now.
        if with_ending(temporary, "-wal").exists() {
            return Err(Error::new(Code::StoreUnavailable, format!("cannot write the new store {}", path.display())));
        }
        whole.commit(Existing::Refuse).map_err(|error| match error.code() {
            Code::OutputExists => exists(),
            _ => error,
        })?;
        Self::open_with(path, options)
    }

    /// The file of this store, links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.pool.path()
    }
}

impl KeyStore for SqliteStore {
    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities {
            side_tables: true,
            row_authentication: self.keeps_macs.load(Ordering::Relaxed),
            locks_between_processes: true,
            durable: true,
            ..StoreCapabilities::default()
        }
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.guard.check()?;
        query.check()?;
        self.pool.with(|session| find::find(session, &query))
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.guard.check()?;
        changes.check()?;
        self.pool.with(|session| write::apply(session, &changes))
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.guard.check()?;
        self.locks.lock(&scope, wait)
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        self.guard.check()?;
        self.locks.unlock(lock);
        Ok(())
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.guard.check()?;
        match schema {
            Schema::KeyManager => self.pool.with(|session| schema::prepare(&mut session.connection)),
            Schema::RowAuthentication => {
                self.pool.with(|session| schema::prepare_macs(&mut session.connection))?;
                self.keeps_macs.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if self.guard.check().is_err() {
            // After a fork the connections belong to the parent; closing them here could harm its file.
            self.pool.abandon();
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.pool.path()).finish_non_exhaustive()
    }
}

/// Refuses a file shorter than the smallest database: SQLite takes it for an empty one and would write over it.
///
/// By its size alone: to open and close the file here would end the locks that other handles of this process hold.
fn check_size(path: &Path) -> Result<()> {
    let size = path.metadata().map_err(|error| file::file_failed("open", path, &error))?.len();
    if size == 0 || size >= 512 {
        return Ok(());
    }
    Err(Error::new(Code::RecordDamaged, format!("{} is not an SQLite database", path.display())))
}

/// `path` with `ending` appended to its name.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The folder must take new files: the write-ahead log and the lock files stand beside the store.
fn check_writable_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    check_writable(folder)
}

/// Refuses what this user may not write to. Asked before SQLite opens anything: on a write-protected file it would
/// leave write-protected files beside it.
fn check_writable(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        match rustix::fs::access(path, rustix::fs::Access::WRITE_OK) {
            Ok(()) => {}
            Err(error @ (Errno::ACCESS | Errno::ROFS | Errno::PERM)) => {
                return Err(Error::new(Code::StoreReadOnly, format!("cannot write to {}: {error}", path.display())));
            }
            Err(error) => return Err(file::file_failed("open", path, &error.into())),
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
