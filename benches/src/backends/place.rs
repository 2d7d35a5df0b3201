//! A database, a token, the keys on them, and an envelope for one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use keymanager::certificate::DistinguishedName;
use keymanager::config::Config;
use keymanager::crypto::{CryptoProvider, native};
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{GenerateRequest, KeyManager};
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::postgres::PostgresStore;
use keymanager::store::{KeyStore, Schema};
use keymanager::time::SystemClock;
use keymanager_benches::{Failure, must};

use crate::server::Server;

/// The module (Debian: `softhsm2`), the token's label and its PIN.
pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const LABEL: &str = "keymanager bench";
pub(crate) const PIN: &str = "pin-of-the-bench";
/// Bytes in the envelope.
const PAYLOAD: usize = 1024;

pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) server: Server,
    pub(crate) database: String,
    pub(crate) master: Arc<dyn MasterKeys>,
    pub(crate) module_key: Alias,
    /// Without, and with, the cache of unwrapped keys.
    pub(crate) manager: KeyManager,
    pub(crate) cached: KeyManager,
    pub(crate) scope: KeyScope,
    pub(crate) envelope: Vec<u8>,
    pub(crate) plaintext: Vec<u8>,
}

pub(crate) fn provider() -> CryptoProvider {
    native::provider()
}

/// A new SoftHSM token in `folder`, and the configuration for it.
pub(crate) fn token(folder: &Path) -> Result<(), Failure> {
    let (tokens, configuration) = (folder.join("tokens"), folder.join("softhsm2.conf"));
    std::fs::create_dir(&tokens)?;
    std::fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))?;
    let mut init = Command::new("softhsm2-util");
    init.env("SOFTHSM2_CONF", configuration).args(["--init-token", "--free", "--label", LABEL, "--so-pin", "so-pin"]);
    let output = init.args(["--pin", PIN]).output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

impl Place {
    pub(crate) fn new(folder: &Path) -> Result<Self, Failure> {
        let server = Server::start();
        let database = server.database();
        let store: Arc<dyn KeyStore> = Arc::new(server.open(&database));
        store.prepare(Schema::KeyManager)?;
        let pin = Passphrase::new(SecretBytes::copy_from(PIN.as_bytes()))?;
        let uri = TokenUri::of_label(MODULE, LABEL);
        let master: Arc<dyn MasterKeys> = Arc::new(Token::open(&uri, pin, TokenOptions::new(provider()))?);
        let manager = over(Arc::clone(&store), &master, 0)?;
        manager.initialise(&[])?;
        for app in ["ROOT", "REGISTRATION"] {
            let (scope, kind) = (KeyScope::new(app, "")?, KeyKind::Rsa2048);
            let subject = DistinguishedName::default();
            manager.generate(&GenerateRequest { scope, kind, force: false, subject })?;
        }
        let module_key = manager.certificate(&KeyScope::new("REGISTRATION", "")?)?.key.alias;
        let (scope, plaintext) = (crate::scope()?, vec![7; PAYLOAD]);
        let envelope = manager.encrypt(&scope, &SealOptions::default(), &plaintext)?.envelope;
        std::fs::write(folder.join("envelope"), &envelope)?;
        let cached = over(store, &master, 100)?;
        let folder = folder.to_path_buf();
        Ok(Self { folder, server, database, master, module_key, manager, cached, scope, envelope, plaintext })
    }

    /// A manager whose connections go to another port of this machine.
    pub(crate) fn through(&self, port: u16, keys: usize) -> Result<KeyManager, Failure> {
        use crate::server::{PASSWORD, USER};
        let address = format!("postgresql://{USER}@127.0.0.1:{port}/{}?sslmode=disable", self.database);
        let address = keymanager::store::postgres::PostgresAddress::parse(&address)?;
        let password = Some(SecretBytes::copy_from(PASSWORD.as_bytes()));
        let store = PostgresStore::open(address, password, keymanager::store::postgres::PostgresOptions::default())?;
        over(Arc::new(store), &self.master, keys)
    }
}

/// A manager that keeps so many unwrapped keys.
fn over(store: Arc<dyn KeyStore>, master: &Arc<dyn MasterKeys>, keys: usize) -> Result<KeyManager, Failure> {
    let mut config = Config::default();
    config.hierarchy.key_cache = keys;
    let builder = KeyManager::builder().provider(provider()).store(store).master(Arc::clone(master));
    Ok(builder.clock(Arc::new(SystemClock)).config(config).build()?)
}

/// Opens the envelope.
///
/// # Panics
/// When it does not open.
pub(crate) fn decrypt(manager: &KeyManager, place: &Place) {
    let opened = must(manager.decrypt(&place.scope, &OpenOptions::default(), &place.envelope));
    assert_eq!(opened.plaintext.len(), place.plaintext.len(), "the envelope has what was put in");
}
