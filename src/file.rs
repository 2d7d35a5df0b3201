//! Files with secrets: mode 0600, written beside their target and renamed, or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};
use crate::id::hex_upper;
use crate::random::RandomSource;

/// A temporary file in the folder of its target, mode 0600. [`commit`](AtomicFile::commit) makes it the target;
/// dropping it before that removes it.
#[derive(Debug)]
pub struct AtomicFile {
    file: Option<File>,
    temporary: PathBuf,
    target: PathBuf,
}

/// What [`AtomicFile::commit`] does when the target exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuses with `output_exists`; no file is ever overwritten, not even one that appears meanwhile.
    Refuse,
    /// Replaces it.
    Replace,
}

impl AtomicFile {
    /// The end of the name of every temporary file, by which `doctor` finds what a crash left.
    pub const SUFFIX: &'static str = ".keymanager-tmp";

    /// A new temporary file beside `target`.
    ///
    /// # Errors
    /// `file_failed`, with the path and the system's reason.
    pub fn create(target: &Path, random: &dyn RandomSource) -> Result<Self> {
        let mut tail = [0u8; 8];
        random.fill(&mut tail)?;
        let name = target
            .file_name()
            .ok_or_else(|| file_failed("create", target, &io::Error::from(io::ErrorKind::InvalidInput)))?;
        let name = format!(".{}.{}{}", name.to_string_lossy(), hex_upper(&tail), Self::SUFFIX);
        let temporary = target.with_file_name(name);
        let file = private_options()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(|error| file_failed("create", target, &error))?;
        Ok(Self { file: Some(file), temporary, target: target.to_path_buf() })
    }

    /// The path of the temporary file, for a signal handler to remove.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        &self.temporary
    }

    /// Flushes to the disk and renames to the target; then flushes the folder.
    ///
    /// # Errors
    /// `output_exists`, `file_failed`. The temporary file is gone then, and the target as it was.
    pub fn commit(mut self, existing: Existing) -> Result<()> {
        let file = self.file.take().ok_or(Error::internal("an atomic file is committed once"))?;
        file.sync_all().map_err(|error| file_failed("write", &self.target, &error))?;
        drop(file);
        match existing {
            Existing::Replace => {
                std::fs::rename(&self.temporary, &self.target)
                    .map_err(|error| file_failed("write", &self.target, &error))?;
            }
            Existing::Refuse => {
                // A hard link fails where a rename would replace; the name appears whole and only if it was free.
                match std::fs::hard_link(&self.temporary, &self.target) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        return Err(Error::new(
                            Code::OutputExists,
                            format!("{} exists already", self.target.display()),
                        ));
                    }
                    Err(_) if !self.target.exists() => {
                        // A file system without hard links: check, then rename.
                        std::fs::rename(&self.temporary, &self.target)
                            .map_err(|error| file_failed("write", &self.target, &error))?;
                    }
                    Err(error) => return Err(file_failed("write", &self.target, &error)),
                }
            }
        }
        sync_folder_of(&self.target)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(buf),
            None => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        self.file = None;
        // After a commit by rename the name is free; a failure to remove leaves a file that `doctor` finds.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// Options that create a file with mode 0600.
#[must_use]
pub fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Refuses a file with secrets that group or others can read or write.
///
/// # Errors
/// `file_permissions`, `file_not_found`, `file_failed`.
pub fn check_private(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|error| file_failed("read", path, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::new(
                Code::FilePermissions,
                format!("{} has mode {mode:04o}: others can read or change it", path.display()),
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = metadata;
    Ok(())
}

/// Flushes the folder that holds `path`, so that a rename in it survives a crash.
///
/// # Errors
/// `file_failed`.
pub fn sync_folder_of(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| file_failed("write", path, &error))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The error of a failed file operation, with the path and the system's reason.
#[must_use]
pub fn file_failed(verb: &str, path: &Path, error: &io::Error) -> Error {
    let code = if error.kind() == io::ErrorKind::NotFound { Code::FileNotFound } else { Code::FileFailed };
    Error::new(code, format!("cannot {verb} {}: {error}", path.display()))
}
