//! Servers that are gone, refuse, or are not who they should be: typed errors that say what to do, nothing half
//! written, no password in any text.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use keymanager::error::{Code, Error};
use keymanager::store::postgres::{PostgresAddress, PostgresOptions};
use keymanager::store::{KeyStore, Query, Record, Schema, Select};

use super::server::{self, PASSWORD, Server, USER};
use crate::rows::{key, try_insert};

fn says(error: &Error, code: Code, words: &[&str]) {
    let text = format!("{error} {error:?}");
    assert_eq!(error.code(), code, "{text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(PASSWORD) && !text.contains("hunter2"), "{text}");
}

#[test]
fn who_is_refused_is_told_what_to_do() {
    let server = server::shared();
    let database = server.database();
    let parse = |text: &str| PostgresAddress::parse(text).unwrap();
    let port = server.port;
    let open = |address: &str, password: &str| server::open(parse(address), password).unwrap_err();
    let there = format!("127.0.0.1:{port}");
    let wrong = open(&format!("postgresql://{USER}@{there}/{database}?sslmode=disable"), "hunter2-wrong");
    says(&wrong, Code::StoreUnavailable, &["28P01", "correct the password"]);
    let nobody = open(&format!("postgresql://nobody@{there}/{database}?sslmode=disable"), PASSWORD);
    says(&nobody, Code::StoreUnavailable, &["28P01", "user"]);
    let none = open(&format!("postgresql://{USER}@{there}/no_such_database?sslmode=disable"), PASSWORD);
    says(&none, Code::StoreUnavailable, &["3D000", "create it"]);
    let options = PostgresOptions::default();
    let without = parse(&format!("postgresql://{USER}@{there}/{database}?sslmode=disable"));
    let without = keymanager::store::postgres::PostgresStore::open(without, None, options).unwrap_err();
    says(&without, Code::StoreUnavailable, &["wants a password"]);
    let nowhere = open(&format!("postgresql://{USER}@127.0.0.1:1/{database}?sslmode=disable"), PASSWORD);
    says(&nowhere, Code::StoreUnavailable, &["connection", "127.0.0.1:1"]);
    let store = server.open(&database);
    assert!(!format!("{store:?}").contains(PASSWORD));
}

#[test]
fn a_server_that_cannot_be_trusted_is_refused() {
    let server = server::shared();
    let database = server.database();
    let port = server.port;
    let open = |host: &str, parameters: &str| {
        let text = format!("postgresql://{USER}@{host}:{port}/{database}?{parameters}");
        server::open(PostgresAddress::parse(&text).unwrap(), PASSWORD)
    };
    let authority = format!("sslrootcert={}", server.authority().display());
    open("localhost", &authority).unwrap();
    open("127.0.0.1", "sslmode=require").unwrap();
    says(&open("127.0.0.1", &authority).unwrap_err(), Code::StoreUnavailable, &["another name"]);
    let unknown = format!(
        "sslrootcert={}",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/mosip/service/pkcs12/partner/mpartner-default-auth.pem")
    );
    says(&open("localhost", &unknown).unwrap_err(), Code::StoreUnavailable, &["authority"]);
    says(&open("localhost", "sslrootcert=/nowhere/ca.pem").unwrap_err(), Code::FileNotFound, &["/nowhere/ca.pem"]);
    let plain = Server::start();
    let name = plain.database();
    plain.sql("postgres", "ALTER SYSTEM SET ssl = off");
    plain.sql("postgres", "SELECT pg_reload_conf()");
    let refused = |_| server::open(plain.address(&name, "sslmode=require"), PASSWORD).err();
    let error = (0..100).find_map(refused).unwrap();
    says(&error, Code::StoreUnavailable, &["TLS"]);
}

#[test]
fn what_is_missing_or_forbidden_is_said() {
    let server = server::shared();
    let database = server.database();
    let store = server.open(&database);
    let missing = store.find(Query::new(Select::AllKeys)).unwrap_err();
    says(&missing, Code::StoreUnavailable, &["42P01", "prepare the store"]);
    store.prepare(Schema::KeyManager).unwrap();
    try_insert(&store, key(1, "one")).unwrap();
    let found = store.find(Query::new(Select::AllKeys)).unwrap();
    // Prepared statements do not outlive their tables, and nobody notices.
    server.sql(&database, "ALTER TABLE keymgr.key_alias ADD COLUMN later integer");
    let again = store.find(Query::new(Select::AllKeys)).unwrap();
    assert_eq!(again.records[0].record, found.records[0].record);
    server.take_over(&database, "SELECT");
    says(&try_insert(&store, key(2, "one")).unwrap_err(), Code::StoreUnavailable, &["42501", "grant"]);
    assert_eq!(store.find(Query::new(Select::AllKeys)).unwrap().records.len(), 1);
    let fresh = server.database();
    server.sql("postgres", &format!("ALTER DATABASE {fresh} OWNER TO postgres"));
    says(
        &server.open(&fresh).prepare(Schema::KeyManager).unwrap_err(),
        Code::StoreUnavailable,
        &["42501", "create the tables"],
    );
    server.sql("postgres", &format!("ALTER ROLE {USER} IN DATABASE {database} SET default_transaction_read_only = on"));
    server.sql(&database, &format!("GRANT ALL ON ALL TABLES IN SCHEMA keymgr TO {USER}"));
    says(&try_insert(&server.open(&database), key(3, "one")).unwrap_err(), Code::StoreReadOnly, &["25006", "primary"]);
}

#[test]
fn a_store_of_a_newer_release_is_refused() {
    let server = server::shared();
    let database = server.database();
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    server.sql(&database, "UPDATE keymgr.km_store SET version = 2");
    says(&try_insert(&store, key(1, "one")).unwrap_err(), Code::StoreVersion, &["version 2"]);
    let refused = server::open(server.address(&database, "sslmode=disable"), PASSWORD).unwrap_err();
    says(&refused, Code::StoreVersion, &["version 2"]);
    server.sql(&database, "UPDATE keymgr.km_store SET version = 1");
    try_insert(&store, key(1, "one")).unwrap();
}

#[test]
fn a_server_that_skips_its_disk_is_not_called_durable() {
    let skips = server::shared();
    let database = skips.database();
    assert!(!skips.open(&database).capabilities().durable, "the tests' server runs with fsync = off");
    let store = skips.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    assert!(!store.capabilities().durable);
    let waits = Server::start_with("fsync = on\n");
    assert!(waits.open(&waits.database()).capabilities().durable);
}

#[test]
fn a_server_that_crashes_loses_nothing_that_was_acknowledged() {
    let server = Server::start();
    let database = server.database();
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    let store = &store;
    for round in 0..3u32 {
        let stop = AtomicBool::new(false);
        let (acknowledged, failures) = thread::scope(|threads| {
            let writers: Vec<_> = (0..4u32)
                .map(|writer| {
                    let stop = &stop;
                    threads.spawn(move || {
                        let (mut written, mut failed) = (Vec::new(), 0u32);
                        for number in 0u32.. {
                            if stop.load(Ordering::SeqCst) {
                                break;
                            }
                            let id = round * 10_000_000 + writer * 1_000_000 + number;
                            match try_insert(store, key(id, "one")) {
                                Ok(()) => written.push(id),
                                Err(error) => {
                                    says(&error, Code::StoreUnavailable, &[]);
                                    failed += 1;
                                }
                            }
                        }
                        (written, failed)
                    })
                })
                .collect();
            let lock =
                store.lock(keymanager::id::KeyScope::new("APP", "held").unwrap(), Duration::from_secs(60)).unwrap();
            while store.find(Query { limit: 1, ..Query::new(Select::AllKeys) }).unwrap().records.is_empty() {}
            server.crash();
            says(&store.find(Query::new(Select::AllKeys)).unwrap_err(), Code::StoreUnavailable, &[]);
            server.up();
            store.find(Query::new(Select::AllPolicies)).unwrap();
            // It was lost with the server; giving it back is no error, and it can be taken again.
            store.unlock(lock).unwrap();
            let again =
                store.lock(keymanager::id::KeyScope::new("APP", "held").unwrap(), Duration::from_secs(60)).unwrap();
            store.unlock(again).unwrap();
            stop.store(true, Ordering::SeqCst);
            let results: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
            let failures: u32 = results.iter().map(|(_, failed)| failed).sum();
            (results.into_iter().flat_map(|(written, _)| written).collect::<Vec<_>>(), failures)
        });
        let mut found = std::collections::HashSet::new();
        let mut query = Query::new(Select::AllKeys);
        loop {
            let page = store.find(query.clone()).unwrap();
            for row in page.records {
                let Record::Key(key) = row.record else { panic!("not a key") };
                assert!(key.stored.is_some(), "both halves or none");
                found.insert(key.alias.alias.to_string());
            }
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        let lost: Vec<_> = acknowledged.iter().filter(|id| !found.contains(&format!("id-{id}"))).collect();
        assert_eq!(lost, [] as [&u32; 0], "of {} with {failures} failures", acknowledged.len());
    }
}
