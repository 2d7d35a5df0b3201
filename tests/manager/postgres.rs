//! The manager on the database of a Java service, in place, beside what only our tables make possible.

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::crypto::native;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::manager::MigrateOptions;
use keymanager::progress::NoProgress;
use keymanager::store::{KeyStore, Schema};

use super::server;
use super::service::{open_all_in, over, text};
use super::support::{assert_consistent, manager, scope};

/// A Base key of the service that got a certificate from an authority elsewhere.
const SENT_IN: &str = "9e3af14e-812a-44bf-b2fb-d77da627a8fc";

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

#[test]
fn rows_of_the_service_open_without_a_mac_and_with_one() {
    let server = server::shared();
    let database = server.database();
    server.load(&database, &text("keymgr.sql"));
    let folder = tempfile::tempdir().unwrap();
    let mut world = over(Arc::new(server.open_as_owner(&database)), folder.path(), native::provider());
    let with_macs = |required: bool| {
        let text = format!("[row_authentication]\nkeys = [\"row-mac-1\"]\nrequired = {required}\n");
        Config::from_toml(&text).unwrap()
    };
    world.manager = manager(&world.store, &world.master, &world.clock, &world.keys, with_macs(false));
    open_all_in(&world, native::provider());
    let report = world.manager.migrate(&MigrateOptions::default(), &NoProgress).unwrap();
    // What the service made proves itself, but for a key whose certificate was sent in.
    let refused: Vec<_> = report.refused.iter().map(|row| (row.id.as_str(), row.code)).collect();
    assert_eq!(refused, [(SENT_IN, Code::CertificateOfOtherKey)]);
    let options = MigrateOptions { accept: vec![SENT_IN.to_owned()] };
    let report = world.manager.migrate(&options, &NoProgress).unwrap();
    assert_eq!((report.signed, report.refused.len()), (1, 0));
    world.manager = manager(&world.store, &world.master, &world.clock, &world.keys, with_macs(true));
    open_all_in(&world, native::provider());
    let rows = server.sql(
        &database,
        "SELECT (SELECT count(*) FROM keymgr.km_row_mac) = \
         (SELECT count(*) FROM keymgr.key_alias) + (SELECT count(*) FROM keymgr.key_policy_def)",
    );
    assert_eq!(rows, "t");
}
