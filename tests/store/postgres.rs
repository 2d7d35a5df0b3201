//! The store on a real PostgreSQL.

#[path = "postgres/failures.rs"]
mod failures;
#[path = "postgres/processes.rs"]
mod processes;
#[path = "postgres/proxy.rs"]
mod proxy;
#[path = "postgres/replica.rs"]
mod replica;
#[path = "postgres/server.rs"]
mod server;
#[path = "postgres/service.rs"]
mod service;
#[path = "postgres/silent.rs"]
mod silent;

use std::sync::Arc;

use keymanager::store::KeyStore;
use keymanager::testing::store::{HostShaped, suite};

#[test]
fn postgres() {
    suite(&new_database);
}

#[test]
fn postgres_behind_a_host() {
    suite(&|| Arc::new(HostShaped::new(new_database())));
}

fn new_database() -> Arc<dyn KeyStore> {
    let server = server::shared();
    Arc::new(server.open(&server.database()))
}
