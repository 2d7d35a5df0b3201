//! A primary that is killed under load, and a standby that takes its place (STO-71).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use keymanager::config::Config;
use keymanager::error::{Code, Error};
use keymanager::id::Alias;
use keymanager::manager::Generated;
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;
use keymanager::store::postgres::PostgresAddress;

use super::server::{self, PASSWORD, Server, USER};
use super::support::{World, assert_consistent, request, scope};

/// Keys that are acknowledged before the primary dies, and after the standby took its place.
const KEYS: usize = 40;
/// Longer than anything here takes: who waits for ever says so.
const LONG: Duration = Duration::from_secs(120);

/// Both servers by one address (STO-63).
fn address(primary: &Server, standby: &Server, database: &str) -> PostgresAddress {
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port, standby.port);
    PostgresAddress::parse(&format!("postgresql://{USER}@{hosts}/{database}?sslmode=disable")).unwrap()
}

/// The n-th piece of work of a process: keys of scopes that all want, keys of their own, keys of the master backend.
fn work(world: &World, process: usize, number: usize) -> Result<Vec<Alias>, Error> {
    let made = |generated: Generated| generated.generated.into_iter().map(|key| key.alias).collect();
    let shared = scope("REGISTRATION", &format!("shared-{}", number % 3));
    match number % 4 {
        0 => world.rsa(&shared, true).map(made),
        1 => world.manager.certificate(&shared).map(|current| vec![current.key.alias]),
        2 => {
            let own = scope("REGISTRATION", &format!("own-{process}-{number}"));
            world.manager.certificate(&own).map(|current| vec![current.key.alias])
        }
        _ => world.manager.generate(&request(&scope("PMS", ""), KeyKind::Rsa2048, true)).map(made),
    }
}

#[test]
fn a_synchronous_standby_takes_over_and_nothing_that_was_acknowledged_is_lost() {
    let primary = Server::start();
    let standby = primary.standby("");
    primary.set(&[("synchronous_standby_names", "'*'")]);
    let database = primary.database();
    let address = address(&primary, &standby, &database);
    let open = || Arc::new(server::open(address.clone(), PASSWORD).unwrap());
    let first = World::with(open(), None, Config::default());
    first.manager.generate_all(&NoProgress).unwrap();
    while primary.sql("postgres", "SELECT string_agg(sync_state, '') FROM pg_stat_replication") != "sync" {}

    let worlds: Vec<World> =
        (0..4).map(|_| World::with(open(), Some(Arc::clone(&first.master)), Config::default())).collect();
    let (stop, acknowledged, refused) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let reached = |number: usize| {
        let begun = Instant::now();
        while acknowledged.load(Ordering::SeqCst) < number {
            assert!(begun.elapsed() < LONG, "the load stands still");
            thread::yield_now();
        }
    };
    let run = |process: usize, world: &World| {
        let mut keys = Vec::new();
        for number in process.. {
            if stop.load(Ordering::SeqCst) {
                return keys;
            }
            match work(world, process, number) {
                Ok(made) => {
                    acknowledged.fetch_add(made.len(), Ordering::SeqCst);
                    keys.extend(made);
                }
                Err(error) => {
                    assert!(matches!(error.code(), Code::StoreUnavailable | Code::StoreReadOnly), "{error:?}");
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        keys
    };
    let (keys, away) = thread::scope(|threads| {
        let running: Vec<_> =
            worlds.iter().enumerate().map(|(process, world)| threads.spawn(move || run(process, world))).collect();
        reached(KEYS);
        let begun = Instant::now();
        primary.kill();
        standby.promote();
        let before = acknowledged.load(Ordering::SeqCst);
        reached(before + KEYS);
        let away = begun.elapsed();
        stop.store(true, Ordering::SeqCst);
        (running.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>(), away)
    });
    let found = standby.sql(&database, "SELECT id FROM keymgr.key_alias");
    let found: BTreeSet<&str> = found.lines().collect();
    let lost: Vec<_> = keys.iter().filter(|alias| !found.contains(alias.as_str())).collect();
    assert!(lost.is_empty(), "of {} keys that were acknowledged these are lost: {lost:?}", keys.len());
    // What the death of the primary interrupted is cleared by the next start.
    let after = World::with(open(), Some(Arc::clone(&first.master)), Config::default());
    assert_consistent(&after, "after the failover");
    println!(
        "failover: {} keys acknowledged, {} calls refused meanwhile, {KEYS} more keys {away:?} after the kill",
        keys.len(),
        refused.load(Ordering::SeqCst)
    );
}
