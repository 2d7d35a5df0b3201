//! Clocks that jump, through every verb (HIE-16).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keymanager::access::Verb;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Category;
use keymanager::id::KeyScope;
use keymanager::manager::{KeyManager, KeyState};
use keymanager::progress::NoProgress;
use keymanager::store::memory::MemoryStore;
use keymanager::time::{Clock, Timestamp};

use super::support::{KeptKeys, START, World, assert_consistent, provider, scope};
use super::verbs::{PLAINTEXT, call};

/// What the clock says after its first answer, in turn.
const JUMPS: [&str; 6] = [
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2026-11-25T09:00:00Z",
    "2027-11-25T10:00:00Z",
    "1969-12-31T23:59:59Z",
    "2035-01-01T00:00:00Z",
];

fn time(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

/// Says the time once, and then another one at each call.
#[derive(Debug)]
struct Jumping {
    first: Timestamp,
    read: AtomicUsize,
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        match self.read.fetch_add(1, Ordering::SeqCst) {
            0 => self.first,
            more => time(JUMPS[(more - 1) % JUMPS.len()]),
        }
    }
}

/// The same store and master backend, under a clock whose first answer is `first`.
fn jumping(world: &World, first: Timestamp) -> (KeyManager, Arc<Jumping>) {
    let clock = Arc::new(Jumping { first, read: AtomicUsize::new(0) });
    let keys = Arc::<KeptKeys>::clone(&world.keys);
    let manager = KeyManager::builder()
        .provider(provider())
        .store(Arc::clone(&world.store))
        .master(Arc::clone(&world.master))
        .clock(Arc::<Jumping>::clone(&clock))
        .key_source(keys)
        .build()
        .unwrap();
    (manager, clock)
}

/// A world with Root, Module and Base key, and an envelope for that.
fn world(base: &KeyScope) -> (World, Vec<u8>) {
    let world = World::new();
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let envelope = world.manager.encrypt(base, &SealOptions::default(), PLAINTEXT).unwrap().envelope;
    (world, envelope)
}

#[test]
fn every_verb_reads_the_clock_once() {
    let base = scope("REGISTRATION", "a");
    for verb in Verb::ALL {
        let (world, envelope) = world(&base);
        world.clock.forward(0, 1_000_000);
        let steady = call(&world.manager, *verb, &base, &envelope);
        // In another world, so that both begin alike.
        let (world, envelope) = self::world(&base);
        world.clock.forward(0, 1_000_000);
        let now = world.clock.now();
        let (manager, clock) = jumping(&world, now);
        let jumped = call(&manager, *verb, &base, &envelope);
        let read = clock.read.load(Ordering::SeqCst);
        let in_parts = [Verb::GenerateAll, Verb::FillPool, Verb::Rewrap, Verb::CopyStore, Verb::Backup];
        if in_parts.contains(verb) {
            // Once for each key, or at the end too; what a clock that jumps then makes of it is its own affair.
            assert!(read > 1, "{verb}: {read}");
            continue;
        }
        let codes = [&steady, &jumped].map(|result| result.as_ref().err().map(keymanager::Error::code));
        assert_eq!(codes[0], codes[1], "{verb}");
        assert_eq!(read, 1, "{verb}");
        assert_consistent(&world, verb.as_str());
    }
}

/// What is made is of one time, with everything above it, though each of three keys is due.
#[test]
fn what_is_made_while_the_clock_jumps_is_of_one_time() {
    let base = scope("REGISTRATION", "a");
    let (world, envelope) = world(&base);
    let later = time(START).plus_days(2000);
    let (manager, clock) = jumping(&world, later);
    let sealed = manager.encrypt(&base, &SealOptions::default(), PLAINTEXT).unwrap();
    assert_eq!(clock.read.load(Ordering::SeqCst), 1);
    assert_eq!((sealed.key.not_before, sealed.key.state), (Some(later), KeyState::Current));
    world.clock.set(later);
    let chain = world.manager.chain(&base).unwrap();
    assert_eq!(chain.len(), 3);
    for certificate in &chain {
        assert_eq!(certificate.not_before(), later);
    }
    for envelope in [&envelope, &sealed.envelope] {
        let opened = jumping(&world, later).0.decrypt(&base, &OpenOptions::default(), envelope).unwrap();
        assert_eq!(opened.plaintext, PLAINTEXT);
    }
    // One that is set back in between ends the key that was current at the first answer, and begins the next one there.
    let (manager, _) = jumping(&world, later.plus_seconds(10));
    let rotated = manager.rotate(&base).unwrap().generated.remove(0);
    assert_eq!((rotated.not_before, rotated.state), (Some(later.plus_seconds(10)), KeyState::Current));
    let ended = world.manager.key(sealed.key.alias.as_str()).unwrap();
    assert_eq!(ended.not_after, Some(later.plus_seconds(-50)));
    assert_consistent(&world, "jumps");
}

/// An operation that waited for three locks has a time that is as old as that.
#[test]
fn a_key_that_was_made_while_an_operation_waited_is_used() {
    let toml = "[hierarchy]\nclock_tolerance_seconds = 0\nlock_wait_seconds = 60";
    let config = keymanager::config::Config::from_toml(toml).unwrap();
    let world = World::with(Arc::new(MemoryStore::new()), None, config);
    let root = world.rsa(&scope("ROOT", ""), false).unwrap().generated.remove(0);
    for (ago, same) in [(180, true), (181, false)] {
        world.clock.set(time(START).plus_seconds(-ago));
        let found = world.rsa(&scope("ROOT", ""), false).unwrap();
        assert_eq!(found.existing.first().map(|key| &key.alias) == Some(&root.alias), same, "{ago} seconds");
    }
}

#[test]
fn a_clock_that_is_far_off_breaks_nothing() {
    for text in JUMPS.into_iter().chain(["0001-01-01T00:00:00Z", "9999-12-01T00:00:00Z"]) {
        let base = scope("REGISTRATION", "a");
        let (world, envelope) = world(&base);
        let start = world.clock.now();
        for verb in Verb::ALL {
            world.clock.set(time(text));
            if let Err(error) = call(&world.manager, *verb, &base, &envelope) {
                let category = error.code().category();
                assert!(!matches!(category, Category::Backend | Category::Bug), "{text}: {verb}: {error:?}");
            }
            world.clock.set(start.plus_seconds(1));
            let opened = world.manager.decrypt(&base, &OpenOptions::default(), &envelope).unwrap();
            assert_eq!(opened.plaintext, PLAINTEXT, "{text}: {verb}");
        }
        // Back in time there is a key to use, and what is sealed opens.
        world.manager.generate_all(&NoProgress).unwrap();
        let sealed = world.manager.encrypt(&base, &SealOptions::default(), PLAINTEXT).unwrap();
        assert!(world.manager.decrypt(&base, &OpenOptions::default(), &sealed.envelope).is_ok(), "{text}");
    }
}
