//! One database with the tables of the service, one token, one clock, and both sides on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use keymanager::manager::KeyManager;
use keymanager::master::MasterKeys;
use keymanager::store::{KeyStore, Schema};
use keymanager::time::{Clock, SystemClock, Timestamp};

use crate::server::{Server, USER};
use crate::service::Service;
use crate::support::{open, provider};

/// The user of both sides.
pub(crate) const CALLER: &str = "driver";

/// The clock of the machine, and so many seconds more; the service reads them from a file (tests/peers/service/clock.c).
#[derive(Debug)]
pub(crate) struct SharedClock {
    ahead: AtomicI64,
    file: PathBuf,
}

impl SharedClock {
    fn new(file: PathBuf) -> Self {
        std::fs::write(&file, 0_i64.to_ne_bytes()).unwrap();
        Self { ahead: AtomicI64::new(0), file }
    }

    pub(crate) fn forward(&self, seconds: i64) {
        use std::os::unix::fs::FileExt as _;
        let ahead = self.ahead.fetch_add(seconds, Ordering::SeqCst) + seconds;
        let file = std::fs::OpenOptions::new().write(true).open(&self.file).unwrap();
        file.write_all_at(&ahead.to_ne_bytes(), 0).unwrap();
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.ahead.load(Ordering::SeqCst))
    }
}

pub(crate) struct Place {
    pub(crate) clock: Arc<SharedClock>,
    pub(crate) master: Arc<dyn MasterKeys>,
    pub(crate) manager: KeyManager,
    pub(crate) service: Service,
    pub(crate) server: Server,
    pub(crate) database: String,
}

impl Place {
    /// With the tables and policies of the service, our side tables, and no key.
    pub(crate) fn new(folder: &Path) -> Self {
        let server = Server::start();
        let database = server.database();
        server.load(&database, &dump());
        // Of its rows the policies alone stay.
        let rows = "key_alias, key_store, ca_cert_store, partner_cert_store, data_encrypt_keystore";
        server
            .sql(&database, &format!("SET search_path = keymgr; DELETE FROM {}", rows.replace(", ", "; DELETE FROM ")));
        server.sql(
            &database,
            &format!("GRANT USAGE ON SCHEMA keymgr TO {USER}; ALTER ROLE {USER} SET search_path = keymgr"),
        );
        server.open_as_owner(&database).prepare(Schema::KeyManager).unwrap();
        server.sql(&database, &format!("GRANT ALL ON ALL TABLES IN SCHEMA keymgr TO {USER}"));
        let clock = Arc::new(SharedClock::new(folder.join("clock")));
        let service = Service::start(folder, server.port, &database);
        let store: Arc<dyn KeyStore> = Arc::new(server.open(&database));
        let master: Arc<dyn MasterKeys> = Arc::new(open());
        let manager = KeyManager::builder()
            .provider(provider())
            .store(store)
            .master(Arc::clone(&master))
            .clock(Arc::<SharedClock>::clone(&clock))
            .caller(CALLER)
            .build()
            .unwrap();
        manager.initialise(&[]).unwrap();
        Self { clock, master, manager, service, server, database }
    }

    /// The time as the service wants it in a request.
    pub(crate) fn now(&self) -> String {
        let text = self.clock.now().to_rfc3339();
        format!("{}.000Z", &text[..19])
    }
}

/// The dump of a service's database.
fn dump() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/mosip/service/softhsm/keymgr.sql");
    std::fs::read_to_string(path).unwrap()
}
