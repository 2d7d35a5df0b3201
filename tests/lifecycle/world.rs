//! The common start of the groups, and what was done behind the service's back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keymanager::crypto::native;
use keymanager::manager::KeyManager;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Schema};
use keymanager::time::{Clock, Timestamp};

use super::support::{KeptKeys, START, TestClock, vectors};

/// The user of calls that name no other.
const USER: &str = "driver";

pub struct Replayed {
    pub folder: tempfile::TempDir,
    pub clock: Arc<TestClock>,
    pub manager: KeyManager,
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(vectors().join("lifecycle").join(name)).unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(b"throwaway-p12")).unwrap()
}

fn store_path(folder: &Path) -> PathBuf {
    folder.join("keymanager.db")
}

impl Replayed {
    /// The base state, or policies without any key.
    pub fn new(with_keys: bool) -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::create(&store_path(folder.path())).unwrap();
        store.prepare(Schema::KeyManager).unwrap();
        let dump = String::from_utf8(file("base.sql")).unwrap();
        let connection = rusqlite::Connection::open(store_path(folder.path())).unwrap();
        for statement in dump.split_inclusive(");\n") {
            if with_keys || statement.contains("key_policy_def") {
                connection.execute_batch(&statement.replacen("keymgr.", "", 1)).unwrap();
            }
        }
        let clock = Arc::new(TestClock::at(START));
        let shared: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let keys = Arc::new(KeptKeys::default());
        let provider = native::provider();
        let options =
            KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::<KeptKeys>::clone(&keys), Arc::clone(&shared));
        let path = folder.path().join("keymanager.p12");
        let master = if with_keys {
            std::fs::write(&path, file("base.p12")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            KeyFile::open(&path, passphrase(), options).unwrap()
        } else {
            KeyFile::create(&path, passphrase(), Some(10_000), options).unwrap()
        };
        let store: Arc<dyn KeyStore> = Arc::new(store);
        let manager = KeyManager::builder()
            .provider(provider)
            .store(store)
            .master(Arc::new(master))
            .clock(shared)
            .key_source(keys)
            .caller(USER)
            .build()
            .unwrap();
        Self { folder, clock, manager }
    }

    /// A statement of PostgreSQL, with the times of its expressions taken from our clock.
    pub fn behind_the_back(&self, statement: &str) {
        let text = |time: Timestamp| format!("'{}'", time.to_rfc3339().replace('T', " ").trim_end_matches('Z'));
        let now = self.clock.now();
        let statement = statement
            .replace("now() at time zone 'utc' - interval '1 minute'", &text(now.plus_seconds(-60)))
            .replace("now()+interval '500 days'", &text(now.plus_days(500)))
            .replace("now()", &text(now));
        assert!(!statement.contains("interval"), "{statement}");
        let connection = rusqlite::Connection::open(store_path(self.folder.path())).unwrap();
        connection.execute_batch(&statement).unwrap();
    }

    /// How many keys there are.
    pub fn keys(&self) -> u64 {
        let connection = rusqlite::Connection::open(store_path(self.folder.path())).unwrap();
        connection.query_row("select count(*) from key_alias", [], |row| row.get::<_, i64>(0)).unwrap() as u64
    }
}
