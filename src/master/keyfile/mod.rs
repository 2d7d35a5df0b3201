//! The PKCS#12 key file (docs/key-file.md): master keys in one file that Java's `PKCS12` KeyStore opens too.
//!
//! Several processes may share a file. A change is made under a lock beside the file, on the content as it is then, and
//! appears whole or not at all. A reader looks at the file before each use and sees what others did.

mod archive;
mod asn1;
mod backend;
mod bag;
mod cipher;
mod disk;
mod kdf;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::crypto::{CryptoProvider, sha256};
use crate::error::{Code, Error, Result};
use crate::file::Existing;
use crate::process::ForkGuard;
use crate::random::{KeySource, RandomSource};
use crate::secret::Passphrase;
use crate::time::Clock;

use archive::Archive;
use disk::{Identity, WriterLock};
use snapshot::Snapshot;

/// The largest key file that is read or written, in bytes (KEY-2).
pub const MAX_FILE_LEN: u64 = 64 * 1024 * 1024;
/// The most bags a key file may have (KEY-2).
pub const MAX_BAGS: usize = 100_000;
/// The most iterations of a key derivation that are done; Java has the same limit (KEY-2).
pub const MAX_ITERATIONS: u32 = 5_000_000;
/// The fewest iterations that a new file may have; what Java writes (KEY-8).
pub const MIN_ITERATIONS: u32 = 10_000;
/// The iterations of a new file when none are named (KEY-8).
pub const DEFAULT_ITERATIONS: u32 = 100_000;
/// The size of a salt in bytes, as Java writes it.
const SALT_LEN: usize = 20;

/// What a key file works with.
#[derive(Debug, Clone)]
pub struct KeyFileOptions {
    /// The algorithms.
    pub provider: CryptoProvider,
    /// Where salts, IVs and the names of temporary files come from.
    pub random: Arc<dyn RandomSource>,
    /// Where new keys come from.
    pub key_source: Arc<dyn KeySource>,
    /// The date of new entries.
    pub clock: Arc<dyn Clock>,
    /// Opens a file that group or others can read or write; otherwise that is `file_permissions`.
    pub others_may_read: bool,
    /// How long a change waits for another process that writes, at most.
    pub lock_wait: Duration,
}

impl KeyFileOptions {
    /// Options with their defaults: no one else may read the file, and a change waits 30 seconds for its turn.
    #[must_use]
    pub fn new(
        provider: CryptoProvider,
        random: Arc<dyn RandomSource>,
        key_source: Arc<dyn KeySource>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { provider, random, key_source, clock, others_may_read: false, lock_wait: Duration::from_secs(30) }
    }
}

/// A PKCS#12 file as master backend. See the [module](self) and docs/key-file.md.
pub struct KeyFile {
    path: PathBuf,
    options: KeyFileOptions,
    guard: ForkGuard,
    /// Held for the whole of a change, so that the threads of one process wait in turn.
    writer: Mutex<()>,
    state: Mutex<State>,
}

#[derive(Clone)]
struct State {
    passphrase: Arc<Passphrase>,
    snapshot: Arc<Snapshot>,
}

impl KeyFile {
    /// Opens the file at `path`, and checks its structure and its MAC.
    ///
    /// # Errors
    /// `file_not_found`, `file_failed`, `file_permissions`, `wrong_passphrase`, `key_file_damaged`, `too_large`, and
    /// `unsupported` for a file without a MAC or with an unknown one.
    pub fn open(path: &Path, passphrase: Passphrase, options: KeyFileOptions) -> Result<Self> {
        let path = disk::resolve(path)?;
        let snapshot = Arc::new(load(&path, &options, &passphrase, None)?);
        let state = State { passphrase: Arc::new(passphrase), snapshot };
        Ok(Self { path, options, guard: ForkGuard::new(), writer: Mutex::new(()), state: Mutex::new(state) })
    }

    /// Makes a file without keys at `path`, mode 0600, and opens it. `iterations` none means
    /// [`DEFAULT_ITERATIONS`].
    ///
    /// # Errors
    /// `already_exists`, `file_failed`; `invalid_argument` for iterations out of range.
    pub fn create(
        path: &Path,
        passphrase: Passphrase,
        iterations: Option<u32>,
        options: KeyFileOptions,
    ) -> Result<Self> {
        let iterations = check_iterations(iterations.unwrap_or(DEFAULT_ITERATIONS))?;
        let bytes = Archive::empty(iterations).write(&options.provider, options.random.as_ref(), &passphrase)?;
        disk::write(path, options.random.as_ref(), &bytes, Existing::Refuse).map_err(|error| match error.code() {
            Code::OutputExists => Error::new(Code::AlreadyExists, error.detail().to_owned()),
            _ => error,
        })?;
        Self::open(path, passphrase, options)
    }

    /// The file, with links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why the file is only read; none when it can be changed (KEY-12).
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn read_only(&self) -> Result<Option<String>> {
        Ok(self.current()?.snapshot.archive.unreadable().map(str::to_owned))
    }

    /// The iterations of the file, which new entries have too.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn iterations(&self) -> Result<u32> {
        Ok(self.current()?.snapshot.archive.iterations())
    }

    /// Encrypts the whole file anew under another passphrase, or under the same one at another cost. `iterations` none
    /// keeps the cost. Other handles answer `wrong_passphrase` from then on.
    ///
    /// # Errors
    /// `key_file_read_only`, `lock_timeout`, `file_failed`; `invalid_argument` for iterations out of range;
    /// `key_file_damaged` when an entry does not open with the passphrase of the file.
    pub fn change_passphrase(&self, new: Passphrase, iterations: Option<u32>) -> Result<()> {
        self.guard.check()?;
        let new = Arc::new(new);
        let changed = self.change_as(Some(&new), |archive, state| {
            let iterations = check_iterations(iterations.unwrap_or(archive.iterations().max(MIN_ITERATIONS)))?;
            let (provider, random) = (&self.options.provider, self.options.random.as_ref());
            archive.reseal(provider, random, &state.passphrase, &new, iterations)
        });
        changed.map(|_| ())
    }

    /// The state after a look at the file.
    fn current(&self) -> Result<State> {
        self.guard.check()?;
        let mut state = self.state();
        if Identity::at(&self.path)? != state.snapshot.identity {
            let before = Arc::clone(&state.snapshot);
            state.snapshot = Arc::new(load(&self.path, &self.options, &state.passphrase, Some(&before))?);
        }
        Ok(state.clone())
    }

    /// Changes the file under the lock and answers with the state after it.
    fn change(&self, edit: impl FnOnce(&mut Archive, &State) -> Result<()>) -> Result<State> {
        self.change_as(None, edit)
    }

    fn change_as(
        &self,
        new: Option<&Arc<Passphrase>>,
        edit: impl FnOnce(&mut Archive, &State) -> Result<()>,
    ) -> Result<State> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = WriterLock::acquire(&self.path, self.options.lock_wait)?;
        let before = self.reread()?;
        if let Some(reason) = before.snapshot.archive.unreadable() {
            return Err(Error::new(Code::KeyFileReadOnly, format!("the key file is only read: {reason}")));
        }
        let mut archive = before.snapshot.archive.clone();
        edit(&mut archive, &before)?;

        let passphrase = new.unwrap_or(&before.passphrase);
        let (provider, random) = (&self.options.provider, self.options.random.as_ref());
        let bytes = archive.write(provider, random, passphrase)?;
        disk::write(&self.path, random, &bytes, Existing::Replace)?;
        let identity = Identity::at(&self.path)?;
        let digest = sha256(provider, &bytes)?;
        // A program that knows no lock may have written since; then the next use reads its file.
        let ours = u64::try_from(bytes.len()).is_ok_and(|len| len == identity.len());
        let snapshot = Snapshot::new(identity, digest, archive, Some(&before.snapshot));
        let after = State { passphrase: Arc::clone(passphrase), snapshot: Arc::new(snapshot) };
        if ours {
            *self.state() = after.clone();
        }
        Ok(after)
    }

    /// The state by the content of the file, not by its times alone: another program may have written within one tick.
    fn reread(&self) -> Result<State> {
        let mut state = self.state().clone();
        let (bytes, identity) = disk::read(&self.path, self.options.others_may_read)?;
        let digest = sha256(&self.options.provider, &bytes)?;
        if digest != state.snapshot.digest {
            let archive = Archive::read(&self.options.provider, &state.passphrase, &bytes)?;
            state.snapshot = Arc::new(Snapshot::new(identity, digest, archive, Some(&state.snapshot)));
        }
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({})", self.path.display())
    }
}

fn load(path: &Path, options: &KeyFileOptions, passphrase: &Passphrase, before: Option<&Snapshot>) -> Result<Snapshot> {
    let (bytes, identity) = disk::read(path, options.others_may_read)?;
    let digest = sha256(&options.provider, &bytes)?;
    let archive = Archive::read(&options.provider, passphrase, &bytes)?;
    Ok(Snapshot::new(identity, digest, archive, before))
}

fn check_iterations(iterations: u32) -> Result<u32> {
    if (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) {
        return Ok(iterations);
    }
    Err(Error::new(
        Code::InvalidArgument,
        format!("a key file has {MIN_ITERATIONS} to {MAX_ITERATIONS} iterations, not {iterations}"),
    ))
}
