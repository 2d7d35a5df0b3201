//! Many processes on one database. Each test starts its own binary again, for the test of the same name alone.

use std::process::{Command, Stdio};
use std::time::Duration;

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::postgres::{PostgresAddress, PostgresStore};
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Schema, Select};

use super::server::{self, PASSWORD, Server, USER};
use crate::processes::Talker;
use crate::rows::{insert, key};

const ADDRESS: &str = "KEYMANAGER_TEST_POSTGRES";
const NUMBER: &str = "KEYMANAGER_TEST_NUMBER";
const LONG: Duration = Duration::from_secs(300);
const PROCESSES: u32 = 16;

fn child() -> Option<(PostgresStore, u32)> {
    let address = PostgresAddress::parse(&std::env::var(ADDRESS).ok()?).unwrap();
    Some((server::open(address, PASSWORD).unwrap(), std::env::var(NUMBER).unwrap().parse().unwrap()))
}

fn start(name: &str, server: &Server, database: &str, number: u32) -> Talker {
    let address = format!("postgresql://{USER}@127.0.0.1:{}/{database}?sslmode=disable", server.port);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1", name])
        .env(ADDRESS, address)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    Talker::new(child)
}

fn scope() -> KeyScope {
    KeyScope::new("APP", "one").unwrap()
}

#[test]
fn of_many_processes_that_want_one_key_one_makes_it() {
    if let Some((store, number)) = child() {
        crate::processes::say("ready");
        crate::processes::wait_for_a_line();
        let lock = store.lock(scope(), LONG).unwrap();
        if store.find(Query::new(Select::KeysByScope(scope()))).unwrap().records.is_empty() {
            insert(&store, [key(number, "one")]);
        }
        store.unlock(lock).unwrap();
        insert(&store, [key(number + 1000, &format!("own-{number}"))]);
        // And as if there were no lock: what guards is the expectation that the scope is still empty.
        let two = KeyScope::new("APP", "two").unwrap();
        let changes = vec![Change::Insert(key(number + 2000, "two"))];
        match store.apply(ChangeSet { expect_scopes: vec![(two, Vec::new())], changes }) {
            Ok(()) => crate::processes::say("won"),
            Err(error) => {
                assert_eq!(error.code(), Code::StoreConflict);
                crate::processes::say("lost");
            }
        }
        return;
    }
    let server = server::shared();
    let database = server.database();
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    let name = "postgres::processes::of_many_processes_that_want_one_key_one_makes_it";
    let mut children: Vec<_> = (0..PROCESSES).map(|number| start(name, server, &database, number)).collect();
    children.iter_mut().for_each(|child| child.expect("ready"));
    children.iter_mut().for_each(Talker::go);
    let words: Vec<_> = children.iter_mut().map(|child| child.next_word().unwrap()).collect();
    assert_eq!(words.iter().filter(|word| *word == "won").count(), 1, "{words:?}");
    let count = |select| store.find(Query::new(select)).unwrap().records.len();
    assert_eq!(count(Select::KeysByScope(scope())), 1);
    assert_eq!(count(Select::AllKeys), 2 + usize::try_from(PROCESSES).unwrap());
}

#[test]
fn the_server_frees_the_lock_of_a_process_that_dies() {
    if let Some((store, _)) = child() {
        store.lock(scope(), LONG).unwrap();
        crate::processes::say("ready");
        crate::processes::wait_for_a_line();
        return;
    }
    let server = server::shared();
    let database = server.database();
    let store = server.open(&database);
    let mut child =
        start("postgres::processes::the_server_frees_the_lock_of_a_process_that_dies", server, &database, 0);
    child.expect("ready");
    assert_eq!(store.lock(scope(), Duration::from_millis(2)).unwrap_err().code(), Code::LockTimeout);
    child.kill();
    store.lock(scope(), LONG).unwrap();
}
