//! STO-66a: a server that takes everything and answers nothing.

use std::time::{Duration, Instant};

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::postgres::{PostgresOptions, PostgresStore};
use keymanager::store::{KeyStore, Query, Schema, Select};

use super::server::{self, PASSWORD, Server};
use crate::rows::{key, try_insert};

/// How long an answer may take in these tests. A server at work answers in less, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(4);
/// What a call may take with it, whatever the machine has to do beside.
const MUCH: Duration = Duration::from_secs(30);

fn open(server: &Server, database: &str) -> PostgresStore {
    let mut options = PostgresOptions::default();
    options.answer_timeout = LIMIT;
    options.connect_timeout = LIMIT;
    server::open_with(server.address(database, "sslmode=disable"), PASSWORD, options).unwrap()
}

/// A call ends, and says why.
fn ends<T: std::fmt::Debug>(call: impl FnOnce() -> keymanager::Result<T>) {
    let begun = Instant::now();
    let error = call().unwrap_err();
    let took = begun.elapsed();
    assert_eq!(error.code(), Code::StoreUnavailable, "{error:?}");
    assert!(error.detail().contains("did not answer within 4000 ms"), "{error:?}");
    assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    // The options that are not shortened would let it wait for 60 s and more.
    assert!(took >= LIMIT && took < MUCH, "{took:?}");
}

#[test]
fn a_server_that_stops_ends_calls_and_is_used_again() {
    let server = Server::start();
    let database = server.database();
    let store = open(&server, &database);
    store.prepare(Schema::KeyManager).unwrap();
    try_insert(&store, key(1, "one")).unwrap();
    let all = || store.find(Query::new(Select::AllKeys));
    let number = |store: &PostgresStore| store.find(Query::new(Select::AllKeys)).unwrap().records.len();
    let scope = || KeyScope::new("APP", "held").unwrap();
    let held = store.lock(scope(), MUCH).unwrap();
    // Several connections, so that those nobody uses are stopped too.
    std::thread::scope(|threads| (0..3).for_each(|_| drop(threads.spawn(|| number(&store)))));

    server.stop();
    ends(all);
    // A connection that is opened now is taken by the machine, and the server says nothing.
    ends(all);
    ends(|| try_insert(&store, key(2, "one")));
    ends(|| store.lock(KeyScope::new("APP", "another").unwrap(), MUCH));
    let begun = Instant::now();
    store.unlock(held).unwrap();
    assert!(begun.elapsed() < MUCH);
    server.go_on();

    // It heals without anything being opened anew, and nothing of the calls that were given up came after them.
    assert_eq!(number(&store), 1);
    try_insert(&store, key(2, "one")).unwrap();
    let again = store.lock(scope(), MUCH).unwrap();
    store.unlock(again).unwrap();
    assert_eq!(number(&store), 2);
}

/// What a change set becomes whose answer never came is not known, and it is not begun again: it is there once or not
/// at all.
#[test]
fn a_change_set_that_is_given_up_is_not_made_twice() {
    let server = Server::start();
    let database = server.database();
    let store = open(&server, &database);
    store.prepare(Schema::KeyManager).unwrap();
    for round in 0..8u32 {
        std::thread::scope(|threads| {
            let writer = threads.spawn(|| {
                let mut written = Vec::new();
                for number in 0.. {
                    let id = round * 1_000_000 + number;
                    match try_insert(&store, key(id, "one")) {
                        Ok(()) => written.push(id),
                        Err(error) => return (written, id, error),
                    }
                }
                unreachable!("the server is stopped")
            });
            while store.find(Query::new(Select::AllKeys)).unwrap().records.is_empty() {}
            server.stop();
            let (written, last, error) = writer.join().unwrap();
            server.go_on();
            assert_eq!(error.code(), Code::StoreUnavailable, "{error:?}");
            let rows =
                |id: u32| server.sql(&database, &format!("SELECT count(*) FROM keymgr.key_alias WHERE id = 'id-{id}'"));
            for id in written {
                assert_eq!(rows(id), "1", "{id} was acknowledged");
            }
            assert!(["0", "1"].contains(&rows(last).as_str()));
            assert_eq!(rows(last + 1), "0");
        });
    }
}
