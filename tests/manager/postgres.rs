//! The manager on the database of a Java service, in place, beside what only our tables make possible.

use std::sync::Arc;

use keymanager::crypto::native;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::store::{KeyStore, Schema};

use super::server;
use super::service::{open_all_in, over, text};
use super::support::{assert_consistent, scope};

#[test]
fn every_ciphertext_of_the_service_opens_from_its_own_database() {
    let server = server::shared();
    let database = server.database();
    server.load(&database, &text("keymgr.sql"));
    let folder = tempfile::tempdir().unwrap();
    let world = over(Arc::new(server.open(&database)), folder.path(), native::provider());
    assert!(!world.store.capabilities().side_tables, "the tables of the service, and no other");
    open_all_in(&world, native::provider());
}

#[test]
fn keys_are_made_beside_those_of_the_service() {
    let server = server::shared();
    let database = server.database();
    server.load(&database, &text("keymgr.sql"));
    server.open_as_owner(&database).prepare(Schema::KeyManager).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = over(Arc::new(server.open(&database)), folder.path(), native::provider());
    let here = scope("REGISTRATION", "10009_110019");
    let sealed = world.manager.encrypt(&here, &SealOptions::default(), b"beside").unwrap();
    let opened = world.manager.decrypt(&here, &OpenOptions::default(), &sealed.envelope).unwrap();
    assert_eq!(opened.plaintext, b"beside");
    let row = server.sql(
        &database,
        "SELECT cert_thumbprint, k.master_key = (SELECT id FROM keymgr.key_alias WHERE app_id = 'REGISTRATION' AND ref_id = '') \
         FROM keymgr.key_alias a JOIN keymgr.key_store k USING (id) WHERE ref_id = '10009_110019'",
    );
    assert!(row.ends_with("|t") && row.len() == 66, "{row}");
    assert_eq!(server.sql(&database, "SELECT count(*) FROM keymgr.km_intent"), "0");
    assert_consistent(&world, "beside the service");
}
