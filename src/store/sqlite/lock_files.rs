//! Scope locks between processes: locked files in a folder beside the store (STO-30 to STO-36).

use std::collections::HashMap;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::with_ending;
use crate::error::{Code, Error, Result};
use crate::file::private_options;
use crate::id::{KeyScope, hex_upper};
use crate::store::LockId;
use crate::store::locks::{Deadline, KeyedLocks, timed_out};

/// How many lock files the scopes with a reference id share; a power of two.
const BUCKETS: u8 = 64;
/// The first wait between two attempts at a lock that another process holds.
const FIRST_PAUSE: Duration = Duration::from_micros(500);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_millis(16);

#[derive(Debug)]
pub(super) struct LockFiles {
    folder: PathBuf,
    /// Threads of this process queue here, so that one of them at a time asks the system.
    queues: KeyedLocks<String>,
    held: Mutex<HashMap<LockId, File>>,
}

impl LockFiles {
    /// The locks of the store at `path`.
    pub(super) fn beside(path: &Path) -> Self {
        Self { folder: with_ending(path, "-locks"), queues: KeyedLocks::new(), held: Mutex::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn lock(&self, scope: &KeyScope, wait: Duration) -> Result<LockId> {
        let deadline = Deadline::after(wait);
        let name = file_name(scope);
        let lock = self.queues.acquire(&name, deadline)?;
        match self.lock_file(&name, deadline) {
            Ok(file) => {
                self.held().insert(lock, file);
                Ok(lock)
            }
            Err(error) => {
                self.queues.release(lock);
                Err(error)
            }
        }
    }

    pub(super) fn unlock(&self, lock: LockId) {
        if let Some(file) = self.held().remove(&lock) {
            // By name, not by closing alone: a child that was forked meanwhile may still have the file open.
            let _ = file.unlock();
        }
        self.queues.release(lock);
    }

    fn lock_file(&self, name: &str, deadline: Deadline) -> Result<File> {
        let path = self.folder.join(name);
        let refused = |error: &io::Error| {
            let code = match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::StoreReadOnly,
                _ => Code::StoreUnavailable,
            };
            Error::new(code, format!("cannot lock {}: {error}", path.display()))
        };
        let file = open(&self.folder, &path).map_err(|error| refused(&error))?;
        // A locked file cannot be waited for with a limit, so it is asked for again and again.
        let mut pause = FIRST_PAUSE;
        let mut jitter = std::process::id();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(TryLockError::Error(error)) => return Err(refused(&error)),
            }
            let left = deadline.left().ok_or_else(timed_out)?;
            // Up to half of the pause more, so that processes which began together do not ask together.
            jitter = jitter.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let extra = pause.checked_mul(jitter >> 22).and_then(|extra| extra.checked_div(2048)).unwrap_or_default();
            thread::sleep(pause.saturating_add(extra).min(left));
            pause = pause.saturating_mul(2).min(LAST_PAUSE);
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<LockId, File>> {
        // Nothing in here panics half way through a change.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file that stands for a scope (STO-31).
///
/// Scopes with a reference id share [`BUCKETS`] files: there may be as many as there are machines in the field. Those
/// without (Module and Root keys, a few dozen applications) have one file each, so that one who holds a Module lock
/// and asks for the Root lock never meets its own, whichever application is the Root.
fn file_name(scope: &KeyScope) -> String {
    if scope.reference.is_blank() {
        let digest = Sha256::digest(scope.app.as_str().as_bytes());
        return format!("app-{}", hex_upper(digest.get(..16).unwrap_or_default()));
    }
    let mut hash = Sha256::new();
    hash.update(scope.app.as_str().as_bytes());
    hash.update([0]);
    hash.update(scope.reference.as_str().as_bytes());
    let first = hash.finalize().first().copied().unwrap_or_default();
    format!("ref-{:02}", first % BUCKETS)
}

fn open(folder: &Path, path: &Path) -> io::Result<File> {
    let mut options = private_options();
    options.read(true).write(true).create(true).truncate(false);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            {
                use std::os::unix::fs::DirBuilderExt as _;
                builder.mode(0o700);
            }
            match builder.create(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => options.open(path),
            }
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_levels_apart() {
        let name = |app: &str, reference: &str| file_name(&KeyScope::new(app, reference).unwrap());
        // printf '%s' ROOT | sha256sum
        assert_eq!(name("ROOT", ""), "app-FED4199357214DFB94724176C68A7669");
        assert_eq!(name("ROOT", "  "), name("ROOT", ""));
        // printf 'REGISTRATION\000010001_110011' | sha256sum begins with 0x22
        assert_eq!(name("REGISTRATION", "10001_110011"), "ref-34");
        for number in 0..1000 {
            let module = name(&format!("APP{number}"), "");
            assert!(module.starts_with("app-") && module.len() == 36, "{module}");
            assert!(name("APP", &format!("{number}")).starts_with("ref-"));
        }
    }
}
