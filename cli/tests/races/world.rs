//! A key manager on the disk, with a cheap key file and a clock that is set for each run.

use std::process::Command;
use std::sync::{Arc, LazyLock};

use keymanager::crypto::{CryptoProvider, native};
use keymanager::error::Result;
use keymanager::manager::KeyManager;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::{KeySource, SystemRandom};
use keymanager::secret::{Aes256Key, Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::{FixedClock, Timestamp};

use crate::sandbox::{PASSPHRASE, Run, Sandbox};

/// The time the keys of the templates are made at.
const START: &str = "2026-02-28T12:00:00Z";

/// `init`, at the least cost of PBKDF2.
static EMPTY: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::empty();
    sandbox.run_at(START, &["init"]).expect(0);
    let change = ["master", "passphrase", "--new-passphrase-file", "passphrase", "--iterations", "10000"];
    sandbox.run_at(START, &change).expect(0);
    sandbox
});

/// Root and one Module key besides.
static READY: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = copy(&EMPTY);
    for app in ["ROOT", "REGISTRATION"] {
        sandbox.run_at(START, &["keys", "generate", "--app", app]).expect(0);
    }
    sandbox
});

/// The files of a store that nobody uses are the database and the key file.
fn copy(from: &Sandbox) -> Sandbox {
    let sandbox = Sandbox::empty();
    for name in ["keymanager.db", "keymanager.p12"] {
        std::fs::copy(from.path(name), sandbox.path(name)).unwrap();
    }
    sandbox
}

/// A folder, the passphrase of its key file, and the time there.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) passphrase: String,
    pub(crate) now: Timestamp,
}

impl World {
    /// With policies, without keys.
    pub(crate) fn empty() -> Self {
        Self::over(copy(&EMPTY))
    }

    /// With ROOT and REGISTRATION.
    pub(crate) fn ready() -> Self {
        Self::over(copy(&READY))
    }

    fn over(sandbox: Sandbox) -> Self {
        Self { sandbox, passphrase: PASSPHRASE.to_owned(), now: Timestamp::from_rfc3339(START).unwrap() }
    }

    /// The program at the time of this world, with JSON, and with the arguments that say where the passphrase is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.bare(arguments);
        command.args(["--json", "--now", &self.now.to_rfc3339()]).env("KEYMANAGER_ALLOW_FAKE_CLOCK", "1");
        command
    }

    /// Runs the program, which must succeed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).args(["--passphrase-file", "passphrase"])).expect(0)
    }

    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.sandbox.path("keymanager.db")).unwrap()
    }

    pub(crate) fn key_file(&self, passphrase: &str) -> Result<KeyFile> {
        let passphrase = Passphrase::new(SecretBytes::copy_from(passphrase.as_bytes()))?;
        let clock = Arc::new(FixedClock(self.now));
        let options = KeyFileOptions::new(provider(), Arc::new(SystemRandom), Arc::new(NoKeys), clock);
        KeyFile::open(&self.sandbox.path("keymanager.p12"), passphrase, options)
    }

    pub(crate) fn manager(&self) -> KeyManager {
        KeyManager::builder()
            .store(Arc::new(self.store()))
            .master(Arc::new(self.key_file(&self.passphrase).unwrap()))
            .clock(Arc::new(FixedClock(self.now)))
            .build()
            .unwrap()
    }
}

pub(crate) fn provider() -> CryptoProvider {
    native::provider()
}

/// Whoever looks makes no keys.
#[derive(Debug)]
struct NoKeys;

impl KeySource for NoKeys {
    fn rsa_pkcs8(&self, _bits: u32) -> Result<SecretBytes> {
        panic!("a key was made by looking")
    }

    fn aes256(&self) -> Result<Aes256Key> {
        panic!("a key was made by looking")
    }
}
