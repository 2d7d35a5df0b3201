//! The embedded default: one SQLite file, one key file.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use keymanager::config::Config;
use keymanager::crypto::native;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::manager::KeyManager;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;

use super::support::{KeptKeys, START, TestClock, World, assert_consistent, scope};

fn passphrase() -> Passphrase {
    passphrase_of(b"correct horse battery staple")
}

pub fn passphrase_of(text: &[u8]) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(text)).unwrap()
}

pub fn options() -> KeyFileOptions {
    let clock = Arc::new(TestClock::at(START));
    KeyFileOptions::new(native::provider(), Arc::new(SystemRandom), Arc::new(KeptKeys::default()), clock)
}

fn world(folder: &Path) -> World {
    let store = SqliteStore::create(&folder.join("keymanager.db")).unwrap();
    let master = KeyFile::create(&folder.join("keymanager.p12"), passphrase(), Some(10_000), options()).unwrap();
    World::with(Arc::new(store), Some(Arc::new(master)), Config::default())
}

#[test]
fn a_packet_there_and_back_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let centre = scope("REGISTRATION", "10001_110011");
    let envelope = {
        let world = world(folder.path());
        let started = Instant::now();
        assert_eq!(world.manager.generate_all(&NoProgress).unwrap().generated.len(), 14);
        println!("14 kept keys over SQLite and a key file: {:?}", started.elapsed());
        let sealed = world.manager.encrypt(&centre, &SealOptions::default(), b"a packet").unwrap();
        assert_consistent(&world, "embedded");
        sealed.envelope
    };
    let store = Arc::new(SqliteStore::open(&folder.path().join("keymanager.db")).unwrap());
    let master = Arc::new(KeyFile::open(&folder.path().join("keymanager.p12"), passphrase(), options()).unwrap());
    let manager =
        KeyManager::builder().store(store).master(master).clock(Arc::new(TestClock::at(START))).build().unwrap();
    assert_eq!(manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap().plaintext, b"a packet");
    assert!(manager.generate_all(&NoProgress).unwrap().generated.is_empty());
}

#[test]
fn every_level_is_renewed_in_the_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let base = scope("REGISTRATION", "a");
    let old = world.manager.encrypt(&base, &SealOptions::default(), b"old").unwrap();
    world.clock.forward(1795, 0);
    assert!(world.manager.certificate(&base).unwrap().generated);
    for (app, reference) in [("ROOT", ""), ("REGISTRATION", ""), ("REGISTRATION", "a")] {
        assert_eq!(world.all(&scope(app, reference)).len(), 2);
        assert_eq!(world.current_count(&scope(app, reference)), 1);
    }
    assert_eq!(world.manager.decrypt(&base, &OpenOptions::default(), &old.envelope).unwrap().plaintext, b"old");
    assert_consistent(&world, "renewed");
}

#[test]
fn two_managers_on_the_same_files_race_for_master_and_base_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = world(folder.path());
    first.rsa(&scope("ROOT", ""), false).unwrap();
    let others: Vec<_> = (0..4)
        .map(|_| {
            let store = SqliteStore::open(&folder.path().join("keymanager.db")).unwrap();
            let master = KeyFile::open(&folder.path().join("keymanager.p12"), passphrase(), options()).unwrap();
            World::with(Arc::new(store), Some(Arc::new(master)), Config::default())
        })
        .collect();
    std::thread::scope(|threads| {
        for world in &others {
            threads.spawn(|| {
                world.rsa(&scope("REGISTRATION", ""), false).unwrap();
                world.manager.certificate(&scope("REGISTRATION", "a")).unwrap();
            });
        }
    });
    assert_eq!(first.all(&scope("REGISTRATION", "")).len(), 1);
    assert_eq!(first.all(&scope("REGISTRATION", "a")).len(), 1);
    assert_consistent(&first, "after the race");
}

#[test]
fn the_builder_says_what_is_missing() {
    let error = KeyManager::builder().build().unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(keymanager::encryptor::Encryptor::builder().build().unwrap_err().detail().contains("clock"));
    let shared = World::new().manager;
    let text = format!("{shared:?}");
    assert!(text.contains("KeyManager") && !text.contains("BEGIN"), "{text}");
    fn sendable<T: Send + Sync + Clone + 'static>(_: &T) {}
    sendable(&shared);
}
