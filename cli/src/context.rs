//! What a command works with: settings, clock, randomness, and the handles that are opened when they are needed.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use keymanager::Code;
use keymanager::crypto::{CryptoProvider, Curve};
use keymanager::manager::KeyManager;
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::KeyFileOptions;
use keymanager::master::pkcs11::{Token, TokenOptions};
use keymanager::random::{KeySource, RandomSource, SystemRandom};
use keymanager::secret::{Aes256Key, SecretBytes};
use keymanager::store::KeyStore;
use keymanager::store::memory::MemoryStore;
use keymanager::store::postgres::{PostgresAddress, PostgresOptions, PostgresStore};
use keymanager::store::sqlite::{SqliteOptions, SqliteStore};
use keymanager::time::{Clock, FixedClock, SystemClock, Timestamp};
use keymanager::{Error, Result};

use crate::args::Global;
use crate::lazy_master::{LazyMaster, Ways};
use crate::output::{Failure, Output};
use crate::passphrase::{self, Source};
use crate::settings::{MasterUri, Settings, StoreUrl};

/// The environment variable without which `--now` is refused.
const ALLOW_FAKE_CLOCK: &str = "KEYMANAGER_ALLOW_FAKE_CLOCK";

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) output: &'a Output,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn RandomSource>,
    master_failure: Arc<OnceLock<Failure>>,
}

impl<'a> Context<'a> {
    /// Reads the settings; opens nothing.
    pub(crate) fn new(options: &Global, output: &'a Output) -> Result<Self, Failure> {
        let clock = clock(options, output)?;
        let settings = Settings::new(options)?;
        Ok(Self { output, settings, clock, random: Arc::new(SystemRandom), master_failure: Arc::default() })
    }

    /// The same in another folder: store and key file with their usual names there.
    pub(crate) fn in_folder(&self, folder: &Path, passphrase: Source) -> Self {
        Self {
            output: self.output,
            settings: self.settings.in_folder(folder, passphrase),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            master_failure: Arc::clone(&self.master_failure),
        }
    }

    /// The provider.
    pub(crate) fn provider(&self) -> &CryptoProvider {
        &self.settings.provider
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The handle of servers, over the store that must exist and the master keys, whose passphrase is asked for when
    /// they are first needed.
    pub(crate) fn manager(&self) -> Result<KeyManager, Failure> {
        self.manager_of(&self.settings.store)
    }

    /// The same over another store.
    pub(crate) fn manager_of(&self, url: &StoreUrl) -> Result<KeyManager, Failure> {
        let manager = self.manager_over(self.store(url)?, self.master())?;
        if *url == StoreUrl::Memory {
            manager.initialise(&[])?;
        }
        Ok(manager)
    }

    /// The handle over the store in use, and that store where it is an SQLite file.
    pub(crate) fn manager_and_file(&self) -> Result<(KeyManager, Option<Arc<SqliteStore>>), Failure> {
        let Some(path) = self.settings.store.path() else { return Ok((self.manager()?, None)) };
        let store = Arc::new(self.sqlite(path)?);
        let manager = self.manager_over(Arc::<SqliteStore>::clone(&store), self.master())?;
        Ok((manager, Some(store)))
    }

    /// The handle for work that needs no store, with the master keys and the audit file.
    pub(crate) fn manager_of_nothing(&self) -> Result<KeyManager, Failure> {
        self.manager_over(Arc::new(MemoryStore::new()), self.master())
    }

    fn store(&self, url: &StoreUrl) -> Result<Arc<dyn KeyStore>, Failure> {
        match url {
            StoreUrl::Sqlite(path) => Ok(Arc::new(self.sqlite(path)?)),
            StoreUrl::Postgres(address) => Ok(Arc::new(self.postgres(address)?)),
            StoreUrl::Memory => Ok(Arc::new(MemoryStore::new())),
        }
    }

    /// The tables of the store at `url` that the library does not read and that have rows, with their numbers.
    pub(crate) fn other_rows(&self, url: &StoreUrl) -> Result<Vec<(&'static str, u64)>, Failure> {
        match url {
            StoreUrl::Sqlite(path) => Ok(self.sqlite(path)?.other_rows()?),
            StoreUrl::Postgres(address) => Ok(self.postgres(address)?.other_rows()?),
            StoreUrl::Memory => Ok(Vec::new()),
        }
    }

    fn sqlite(&self, path: &Path) -> Result<SqliteStore, Failure> {
        let mut options = SqliteOptions::default();
        options.allow_shared_file = self.settings.allows_readable(path);
        SqliteStore::open_with(path, options).map_err(|error| store_failure(error, path))
    }

    pub(crate) fn postgres(&self, address: &PostgresAddress) -> Result<PostgresStore, Failure> {
        let password = self.settings.store_password.read_for_database()?;
        let mut options = PostgresOptions::default();
        // One command at a time.
        options.connections = 2;
        let own = matches!(&self.settings.store, StoreUrl::Postgres(own) if **own == *address);
        options.read_from = self.settings.store_read_from.clone().filter(|_| own);
        Ok(PostgresStore::open(address.clone(), password, options)?)
    }

    /// The store at `url`; an SQLite file that does not exist is made, with its tables and no row.
    pub(crate) fn store_or_new(&self, url: &StoreUrl) -> Result<Arc<dyn KeyStore>, Failure> {
        match url.path() {
            Some(path) if path.symlink_metadata().is_err() => Ok(Arc::new(SqliteStore::create(path)?)),
            _ => self.store(url),
        }
    }

    /// The handle of servers over a store and master keys, with the audit file.
    fn manager_over(&self, store: Arc<dyn KeyStore>, master: Arc<dyn MasterKeys>) -> Result<KeyManager, Failure> {
        let mut builder = KeyManager::builder()
            .provider(*self.provider())
            .store(store)
            .master(master)
            .clock(Arc::clone(&self.clock))
            .random(Arc::clone(&self.random))
            .config(self.settings.config.clone());
        if let Some(place) = &self.settings.audit
            && let Some(sink) = place.open()?
        {
            builder = builder.audit(sink, place.on_failure);
        }
        Ok(builder.build()?)
    }

    fn master(&self) -> Arc<dyn MasterKeys> {
        let (uri, passphrase) = (self.settings.master.clone(), self.settings.passphrase.clone());
        let ways = Ways { file: self.key_file_options(), token: self.token_options() };
        Arc::new(LazyMaster::new(uri, passphrase, ways, Arc::clone(&self.master_failure)))
    }

    /// Other master keys than those in use, which a command names with `--to`.
    pub(crate) fn other_master(&self, uri: &str, secret: Option<&Path>) -> Result<Arc<dyn MasterKeys>, Failure> {
        let (uri, passphrase) = self.settings.other_master(uri, secret)?;
        let mut file = self.key_file_options();
        file.others_may_read = uri.file().is_some_and(|path| self.settings.allows_readable(path));
        let ways = Ways { file, token: self.token_options() };
        Ok(Arc::new(LazyMaster::other(uri, passphrase, ways, Arc::clone(&self.master_failure))))
    }

    /// How a token is used.
    pub(crate) fn token_options(&self) -> TokenOptions {
        self.settings.config.token.apply(TokenOptions::new(*self.provider()))
    }

    /// The token that is named, opened.
    pub(crate) fn token(&self) -> Result<Token, Failure> {
        let MasterUri::Token(uri) = &self.settings.master else {
            return Err(Failure::new(Code::InvalidArgument, "no token is named")
                .with_next("Name one: --master 'pkcs11:token=LABEL?module-path=PATH'."));
        };
        let pin = self.settings.passphrase.read(&self.settings.master.to_string())?;
        Ok(Token::open(uri, pin, self.token_options())?)
    }

    /// The failure with what to do next: where it came out of opening the key file, the library had no room for that.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        self.master_failure.get().filter(|master| master.error() == failure.error()).cloned().unwrap_or(failure)
    }

    /// How key files are opened.
    pub(crate) fn key_file_options(&self) -> KeyFileOptions {
        let keys = Arc::new(ProviderKeys(*self.provider()));
        let options = KeyFileOptions::new(*self.provider(), Arc::clone(&self.random), keys, Arc::clone(&self.clock));
        let others_may_read = self.settings.master.file().is_some_and(|path| self.settings.allows_readable(path));
        KeyFileOptions { others_may_read, ..options }
    }
}

/// The provider as the source of new keys.
#[derive(Debug)]
struct ProviderKeys(CryptoProvider);

impl KeySource for ProviderKeys {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        self.0.keys.rsa_pkcs8(bits)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        self.0.keys.aes256()
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        self.0.keys.ec_pkcs8(curve)
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        self.0.keys.ed25519_pkcs8()
    }
}

/// A store that is not there is a store that cannot be reached, whatever the file system calls it.
fn store_failure(error: Error, path: &Path) -> Failure {
    match error.code() {
        Code::FileNotFound | Code::FileFailed => {
            let failure = Failure::new(Code::StoreUnavailable, error.detail().to_owned());
            if path.exists() {
                return failure;
            }
            failure.with_next("Make one with `keymanager init`, or name another with --store.")
        }
        _ => passphrase::readable(error.into(), path),
    }
}

fn clock(options: &Global, output: &Output) -> Result<Arc<dyn Clock>, Failure> {
    let Some(text) = &options.now else { return Ok(Arc::new(SystemClock)) };
    if std::env::var_os(ALLOW_FAKE_CLOCK).is_none_or(|value| value != "1") {
        return Err(Failure::new(Code::FakeClock, "--now is refused"));
    }
    // A time that cannot be read is wrong usage here, not a damaged input.
    let now = Timestamp::from_rfc3339(text)
        .map_err(|error| Failure::new(Code::InvalidArgument, format!("--now {text}: {}", error.detail())))?;
    output.set_fake_clock(now);
    Ok(Arc::new(FixedClock(now)))
}
