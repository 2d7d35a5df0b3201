//! The file on the disk: read under a cap, locked beside itself, replaced whole.

use std::fs::{File, Metadata, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::MAX_FILE_LEN;
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, Existing, check_private, file_failed, private_options};
use crate::random::RandomSource;

/// By what one sees that a file was changed: another file has its name, or its size or times differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    len: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            len: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The identity of what `path` names now.
    pub(super) fn at(path: &Path) -> Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::of(&metadata)).map_err(|error| file_failed("read", path, &error))
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

/// The whole file, and what it was when it was opened.
pub(super) fn read(path: &Path, others_may_read: bool) -> Result<(Vec<u8>, Identity)> {
    if !others_may_read {
        check_private(path)?;
    }
    let failed = |error: std::io::Error| file_failed("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let identity = Identity::of(&file.metadata().map_err(failed)?);
    let mut bytes = Vec::new();
    file.take(MAX_FILE_LEN.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE_LEN {
        return Err(Error::new(Code::TooLarge, format!("{} has more than {MAX_FILE_LEN} bytes", path.display())));
    }
    Ok((bytes, identity))
}

/// Replaces the file, or makes it.
pub(super) fn write(path: &Path, random: &dyn RandomSource, bytes: &[u8], existing: Existing) -> Result<()> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE_LEN {
        return Err(Error::new(Code::TooLarge, format!("{} would exceed {MAX_FILE_LEN} bytes", path.display())));
    }
    let mut file = AtomicFile::create(path, random)?;
    file.write_all(bytes).map_err(|error| file_failed("write", path, &error))?;
    file.commit(existing)
}

/// The lock of one writer among all processes: `<name>.lock` beside the file, which stays when it is released. The
/// system releases it when its holder ends.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Waits for the lock, up to `wait`.
    ///
    /// # Errors
    /// `lock_timeout`, `file_failed`.
    pub(super) fn acquire(path: &Path, wait: Duration) -> Result<Self> {
        let lock = lock_path(path)?;
        let failed = |error: std::io::Error| file_failed("lock", &lock, &error);
        let file = private_options().create(true).truncate(false).write(true).open(&lock).map_err(failed)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if waited >= wait => {
                    let text = format!("another process holds {} for longer than {wait:?}", lock.display());
                    return Err(Error::new(Code::LockTimeout, text));
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(LOCK_STEP);
                    waited = waited.saturating_add(LOCK_STEP);
                }
            }
        }
    }
}

/// The side file of the lock.
pub(super) fn lock_path(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| Error::new(Code::InvalidArgument, "the key file needs a name"))?;
    let mut name = name.to_os_string();
    name.push(".lock");
    Ok(path.with_file_name(name))
}

/// The file itself when the path goes through a link: that is what must be replaced and locked.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).map_err(|error| file_failed("read", path, &error))
}

const LOCK_STEP: Duration = Duration::from_millis(5);
