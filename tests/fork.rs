//! A handle that is used in another process than the one that made it answers `forked`, before it touches anything.
//!
//! One test in a process of its own, because it forks.
#![cfg(all(unix, feature = "native", feature = "sqlite"))]
#![allow(clippy::expect_used, clippy::print_stderr, clippy::unwrap_used, reason = "tests may")]

use std::sync::Arc;
use std::time::Duration;

use fork::{Fork, fork, waitpid};
use keymanager::Code;
use keymanager::crypto::{Direction, HashAlgorithm, SignatureScheme};
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{KeyFilter, KeyManager};
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys as _, RsaDecryption, SignInput};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{ChangeSet, KeyStore, LockId, Query, Schema, Select};
use keymanager::time::{FixedClock, Timestamp};

/// A call, and the code of its answer; none when it succeeded.
type Call<'a> = (&'static str, Box<dyn Fn() -> Option<Code> + 'a>);

fn call<'a, T>(name: &'static str, work: impl Fn() -> keymanager::Result<T> + 'a) -> Call<'a> {
    (name, Box::new(move || work().err().map(|error| error.code())))
}

#[test]
fn handles_refuse_to_work_after_a_fork() {
    let provider = keymanager::crypto::native::provider();
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock(Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap()));
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"throwaway")).unwrap();
    let options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(provider.keys), clock.clone());
    let file = Arc::new(KeyFile::create(&folder.path().join("k.p12"), passphrase, Some(10_000), options).unwrap());
    let store = Arc::new(SqliteStore::create(&folder.path().join("k.db")).unwrap());
    let memory = MemoryStore::new();
    memory.prepare(Schema::KeyManager).unwrap();
    let manager = KeyManager::builder().store(store.clone()).master(file.clone()).clock(clock.clone()).build().unwrap();
    manager.initialise(&[]).unwrap();
    manager.generate_all(&NoProgress).unwrap();
    let scope = KeyScope::new("REGISTRATION", "1").unwrap();
    let encrypted = manager.encrypt(&scope, &SealOptions::default(), b"before the fork").unwrap();
    let certificate = manager.certificate(&scope).unwrap().certificate.to_pem();
    let encryptor = Encryptor::builder().clock(clock).build().unwrap();
    let alias = || Alias::new("a").unwrap();

    let mut calls: Vec<Call<'_>> = vec![
        call("KeyManager::encrypt", || manager.encrypt(&scope, &SealOptions::default(), b"x")),
        call("KeyManager::decrypt", || manager.decrypt(&scope, &OpenOptions::default(), &encrypted.envelope)),
        call("KeyManager::certificate", || manager.certificate(&scope)),
        call("KeyManager::keys", || manager.keys(&KeyFilter::default())),
        call("KeyManager::policies", || manager.policies()),
        call("KeyManager::rotate", || manager.rotate(&scope)),
        call("KeyManager::revoke", || manager.revoke(&scope)),
        call("KeyManager::generate_all", || manager.generate_all(&NoProgress)),
        call("KeyManager::recover", || manager.recover()),
        call("Encryptor::encrypt", || encryptor.encrypt(certificate.as_bytes(), &SealOptions::default(), b"x")),
        call("KeyFile::create", || file.create(alias(), KeyKind::Aes256)),
        call("KeyFile::attach_certificate", || file.attach_certificate(alias(), vec![0])),
        call("KeyFile::find", || file.find(alias())),
        call("KeyFile::list", || file.list(None)),
        call("KeyFile::sign", || {
            file.sign(alias(), SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256), SignInput::Message(vec![1]))
        }),
        call("KeyFile::rsa_decrypt", || file.rsa_decrypt(alias(), RsaDecryption::Raw, vec![0; 256])),
        call("KeyFile::aes_ecb", || file.aes_ecb(alias(), Direction::Encrypt, SecretBytes::zeroed(16))),
        call("KeyFile::remove", || file.remove(alias())),
        call("KeyFile::health", || file.health()),
    ];
    let stores: [(&'static str, &dyn KeyStore); 2] = [("SqliteStore", store.as_ref()), ("MemoryStore", &memory)];
    for (name, store) in stores {
        calls.push(call(name, move || store.find(Query::new(Select::AllKeys))));
        calls.push(call(name, move || store.apply(ChangeSet::default())));
        calls.push(call(name, move || store.prepare(Schema::KeyManager)));
        let locked = scope.clone();
        calls.push(call(name, move || store.lock(locked.clone(), Duration::ZERO)));
        calls.push(call(name, move || store.unlock(LockId(1))));
    }
    match fork().unwrap() {
        Fork::Child => {
            let mut refused = 0;
            for (name, work) in &calls {
                match work() {
                    Some(Code::Forked) => refused += 1,
                    other => eprintln!("{name} answered {other:?} after a fork"),
                }
            }
            std::process::exit(i32::from(refused != calls.len()));
        }
        Fork::Parent(child) => {
            let status = waitpid(child).unwrap();
            assert_eq!(status, 0, "the child found a handle that works after a fork, or died");
        }
    }
    // The parent's handles go on.
    let opened = manager.decrypt(&scope, &OpenOptions::default(), &encrypted.envelope).unwrap();
    assert_eq!(opened.plaintext, b"before the fork");
}
