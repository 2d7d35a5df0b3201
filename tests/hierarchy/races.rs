use std::sync::{Arc, Barrier};
use std::time::Duration;

use keymanager::config::Config;
use keymanager::error::Result;
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{ChangeSet, KeyStore, LockId, Page, Query, Schema, StoreCapabilities};
use keymanager::time::Timestamp;

use super::support::{TestClock, World, assert_consistent, scope};

/// A store without side tables and without locks: what is left is the check of the final change set.
#[derive(Debug)]
struct Bare(MemoryStore);

impl KeyStore for Bare {
    fn capabilities(&self) -> StoreCapabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.side_tables = false;
        capabilities
    }

    fn find(&self, query: Query) -> Result<Page> {
        let intents = [keymanager::store::Select::AllIntents, keymanager::store::Select::IntentsAsTheyAre];
        assert!(!intents.contains(&query.select), "there is no such table");
        // Gives the other threads their chance between a read and a write.
        std::thread::yield_now();
        self.0.find(query)
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.0.apply(changes)
    }

    fn lock(&self, _scope: KeyScope, _wait: Duration) -> Result<LockId> {
        Ok(LockId(0))
    }

    fn unlock(&self, _lock: LockId) -> Result<()> {
        Ok(())
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.0.prepare(schema)
    }
}

fn race(managers: &[KeyManager], scope: &KeyScope) -> Vec<keymanager::id::Alias> {
    let barrier = Barrier::new(managers.len());
    std::thread::scope(|threads| {
        let running: Vec<_> = managers
            .iter()
            .map(|manager| {
                threads.spawn(|| {
                    barrier.wait();
                    manager.certificate(scope).unwrap().key.alias
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn one_winner(world: &World, managers: &[KeyManager], rounds: usize) {
    for round in 0..rounds {
        let scope = scope("REGISTRATION", &format!("race_{round}"));
        let mut aliases = race(managers, &scope);
        aliases.dedup();
        assert_eq!(aliases.len(), 1, "round {round}: {aliases:?}");
        assert_eq!(world.all(&scope).len(), 1, "round {round}");
    }
    assert_consistent(world, "after the race");
}

#[test]
fn threads_racing_for_one_base_key_end_with_one() {
    let world = World::with_masters();
    let managers: Vec<_> = (0..32).map(|_| world.manager.clone()).collect();
    one_winner(&world, &managers, 4);
    one_winner(&world, &managers[..2], 32);
}

#[test]
fn without_locks_the_final_check_decides() {
    let world = World::with(Arc::new(Bare(MemoryStore::new())), None, Config::default());
    world.manager.generate_all(&keymanager::progress::NoProgress).unwrap();
    let managers: Vec<_> = (0..4).map(|_| world.manager.clone()).collect();
    one_winner(&world, &managers, 16);
    // Master keys that lose are removed from the backend.
    world.policy("NEW", |_| {});
    world.clock.forward(1095 - 60, 0);
    let mut aliases = race(&managers, &scope("REGISTRATION", ""));
    aliases.dedup();
    assert_eq!(aliases.len(), 1);
    assert_eq!(world.current_count(&scope("REGISTRATION", "")), 1);
    assert_consistent(&world, "masters without locks");
}

#[test]
fn clocks_on_both_sides_of_midnight_make_one_key() {
    for store in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn KeyStore> = match store {
            0 => Arc::new(MemoryStore::new()),
            _ => Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap()),
        };
        let world = World::with(store, None, Config::default());
        world.manager.generate_all(&keymanager::progress::NoProgress).unwrap();
        world.clock.set(Timestamp::from_rfc3339("2026-12-31T23:59:59Z").unwrap());
        let early = Arc::clone(&world.clock);
        let late = Arc::new(TestClock::at("2027-01-01T00:00:01Z"));
        let managers: Vec<_> =
            (0..16).map(|index| world.other_process(Arc::clone(if index % 2 == 0 { &early } else { &late }))).collect();
        one_winner(&world, &managers, 8);
        // Whoever was first: both sides use it, also to encrypt.
        let scope = scope("REGISTRATION", "edge");
        let late_key = managers[1].certificate(&scope).unwrap();
        let early_key = managers[0].certificate(&scope).unwrap();
        assert!(late_key.generated && !early_key.generated);
        assert_eq!(late_key.key.alias, early_key.key.alias);
        managers[0].encrypt(&scope, &keymanager::envelope::SealOptions::default(), b"x").unwrap();
        // Rotated by the one ahead, and again by the one behind.
        let first = managers[1].rotate(&scope).unwrap().generated.remove(0).alias;
        assert_eq!(managers[0].certificate(&scope).unwrap().key.alias, first);
        let second = managers[0].rotate(&scope).unwrap().generated.remove(0).alias;
        assert_eq!(managers[1].certificate(&scope).unwrap().key.alias, second);
        assert_eq!(managers[0].certificate(&scope).unwrap().key.alias, second);
        assert_consistent(&world, "after midnight");
    }
}

#[test]
fn a_key_far_in_the_future_does_not_stop_another() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "far");
    let ahead = world.other_process(Arc::new(TestClock::at("2026-11-25T10:05:01Z")));
    let far = ahead.certificate(&scope).unwrap().key.alias;
    let near = world.manager.certificate(&scope).unwrap();
    assert!(near.generated && near.key.alias != far, "301 s ahead is beyond the tolerance of 300 s");
}

#[test]
fn two_rotations_at_once_leave_one_current_key() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "a");
    world.current(&scope);
    let barrier = Barrier::new(8);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                barrier.wait();
                world.manager.rotate(&scope).unwrap();
            });
        }
    });
    assert_eq!(world.all(&scope).len(), 9);
    assert_eq!(world.current_count(&scope), 1);
    assert_consistent(&world, "after rotations");
}
