//! A deployment whose rows are authenticated, and a way to change its database behind the back of the library.

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{KeyManager, MigrateOptions, MigrateReport};
use keymanager::progress::NoProgress;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Schema};

use super::support::{World, manager, scope};

pub const MAC_KEY: &str = "row-mac-1";
pub const PLAINTEXT: &[u8] = b"a registration packet";

pub fn config(keys: &[&str], required: bool) -> Config {
    let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    Config::from_toml(&format!("[row_authentication]\nkeys = [{}]\nrequired = {required}\n", keys.join(", "))).unwrap()
}

pub struct Bench {
    pub name: &'static str,
    pub world: World,
    sql: Box<dyn Fn(&str)>,
}

impl Bench {
    fn new(name: &'static str, store: Arc<dyn KeyStore>, sql: impl Fn(&str) + 'static) -> Self {
        store.prepare(Schema::KeyManager).unwrap();
        let world = World::with(store, None, config(&[MAC_KEY], false));
        Self { name, world, sql: Box::new(sql) }
    }

    /// Changes the database as whoever has its password can.
    pub fn sql(&self, sql: &str) {
        (self.sql)(sql);
    }

    /// Another process with another configuration.
    pub fn with(&self, config: Config) -> KeyManager {
        manager(&self.world.store, &self.world.master, &self.world.clock, &self.world.keys, config)
    }

    pub fn migrate(&self, accept: &[&str]) -> MigrateReport {
        let accept = accept.iter().map(ToString::to_string).collect();
        self.world.manager.migrate(&MigrateOptions { accept }, &NoProgress).unwrap()
    }

    /// Root, a Module key, and signed rows.
    pub fn signed(&self) {
        self.world.manager.generate_all(&NoProgress).unwrap();
        let report = self.migrate(&[]);
        assert_eq!(report.refused, [], "{}", self.name);
        assert_eq!(report.made_key, Some(alias(MAC_KEY)), "{}", self.name);
    }

    pub fn seal(&self, scope: &KeyScope) -> Vec<u8> {
        self.world.manager.encrypt(scope, &SealOptions::default(), PLAINTEXT).unwrap().envelope
    }

    pub fn opens(&self, scope: &KeyScope, envelope: &[u8]) {
        open(&self.world.manager, scope, envelope).unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// The decryption fails because a row is not as it was signed.
    pub fn refuses(&self, scope: &KeyScope, envelope: &[u8]) {
        let error = open(&self.world.manager, scope, envelope).unwrap_err();
        assert_eq!(error.code(), Code::RowNotAuthentic, "{}: {error}", self.name);
    }

    pub fn alias_of(&self, scope: &KeyScope) -> String {
        self.world.current(scope).alias.to_string()
    }
}

pub fn open(manager: &KeyManager, scope: &KeyScope, envelope: &[u8]) -> Result<()> {
    let opened = manager.decrypt(scope, &OpenOptions::default(), envelope)?;
    assert_eq!(opened.plaintext, PLAINTEXT);
    Ok(())
}

pub fn alias(name: &str) -> Alias {
    Alias::new(name).unwrap()
}

pub fn here(number: u32) -> KeyScope {
    scope("REGISTRATION", &format!("1000{number}_1"))
}

/// The same test on each store whose rows others can change.
pub fn on_each_database(test: impl Fn(&Bench)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    test(&Bench::new("sqlite", Arc::new(store), move |sql| {
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    }));
    #[cfg(all(unix, feature = "postgres"))]
    {
        let server = super::server::shared();
        let database = server.database();
        let store = server.open_as_owner(&database);
        test(&Bench::new("postgres", Arc::new(store), move |sql| {
            server.sql(&database, &format!("SET search_path = keymgr; {sql}"));
        }));
    }
}

/// The same test on each store, that in memory too.
pub fn on_each_store(test: impl Fn(&Bench)) {
    test(&Bench::new("memory", Arc::new(MemoryStore::new()), |sql| panic!("no SQL in memory: {sql}")));
    on_each_database(test);
}
