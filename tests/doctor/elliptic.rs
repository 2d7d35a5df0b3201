//! Elliptic signing keys, in SQLite and a key file: keys that are gone, and certificates of others.

use std::path::Path;
use std::sync::Arc;

use keymanager::config::Config;
use keymanager::error::Code;
use keymanager::id::Alias;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Schema};

use super::common::{beyond_repair, certificate, change, exactly, found, look};
use super::outside::foreign;
use super::support::{KeptKeys, START, TestClock, World, provider, request, scope};

/// Root, the Module keys of two applications, and an EC P-256 and an Ed25519 key of each.
fn on_the_disk(folder: &Path) -> World {
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(&folder.join("keymanager.db")).unwrap());
    store.prepare(Schema::KeyManager).unwrap();
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"a passphrase for tests")).unwrap();
    let (keys, clock) = (Arc::new(KeptKeys::default()), Arc::new(TestClock::at(START)));
    let options = KeyFileOptions::new(provider(), Arc::new(SystemRandom), keys, clock);
    let file = KeyFile::create(&folder.join("keymanager.p12"), passphrase, Some(10_000), options).unwrap();
    let master: Arc<dyn MasterKeys> = Arc::new(file);
    let world = World::with(store, Some(master), Config::default());
    world.rsa(&scope("ROOT", ""), false).unwrap();
    for app in ["REGISTRATION", "RESIDENT"] {
        world.rsa(&scope(app, ""), false).unwrap();
        for (reference, kind) in [("EC_SECP256R1_SIGN", KeyKind::EcP256), ("ED25519_SIGN", KeyKind::Ed25519)] {
            world.manager.generate(&request(&scope(app, reference), kind, false)).unwrap();
        }
    }
    exactly(&world, &[]);
    world
}

fn key(world: &World, app: &str, reference: &str) -> Alias {
    world.all(&scope(app, reference)).remove(0).alias
}

#[test]
fn a_p256_key_that_is_gone_from_the_key_file_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_the_disk(folder.path());
    let lost = key(&world, "REGISTRATION", "EC_SECP256R1_SIGN");
    world.master.remove(lost.clone()).unwrap();
    beyond_repair(&world, &[("master_key_missing", Some(&lost))]);
    assert_eq!(look(&world).errors_left(), 1);
}

#[test]
fn an_ed25519_key_whose_module_key_is_gone_from_the_key_file_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_the_disk(folder.path());
    let (lost, wrapped) = (key(&world, "REGISTRATION", ""), key(&world, "REGISTRATION", "ED25519_SIGN"));
    world.master.remove(lost.clone()).unwrap();
    beyond_repair(&world, &[("master_key_missing", Some(&lost)), ("wrapping_key_missing", Some(&wrapped))]);
}

/// A key file takes no certificate of another key; what it can hold is another key with a certificate of its own.
#[test]
fn a_p256_key_with_another_certificate_than_its_record_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_the_disk(folder.path());
    let [one, other] = ["REGISTRATION", "RESIDENT"].map(|app| key(&world, app, "EC_SECP256R1_SIGN"));
    let others = certificate(world.master.as_ref(), &other);
    let refused = world.master.attach_certificate(one.clone(), others).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    exactly(&world, &[]);

    world.master.remove(one.clone()).unwrap();
    world.master.create(one.clone(), KeyKind::EcP256).unwrap();
    let public = world.master.find(one.clone()).unwrap().unwrap().public.unwrap();
    let sent = foreign("Elsewhere", &public, "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    world.master.attach_certificate(one.clone(), sent.der().to_vec()).unwrap();
    exactly(&world, &[("issuer_unknown", Some(&one)), ("thumbprint_wrong", Some(&one))]);
}

#[test]
fn a_p256_key_of_another_kind_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_the_disk(folder.path());
    let one = key(&world, "REGISTRATION", "EC_SECP256R1_SIGN");
    world.master.remove(one.clone()).unwrap();
    world.master.create(one.clone(), KeyKind::EcSecp256k1).unwrap();
    let found: Vec<_> = look(&world).findings.iter().map(|finding| finding.code.as_str()).collect();
    assert!(found.contains(&"master_key_kind"), "{found:?}");
}

#[test]
fn an_ed25519_key_with_the_certificate_of_another_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let world = on_the_disk(folder.path());
    let [one, other] = ["REGISTRATION", "RESIDENT"].map(|app| key(&world, app, "ED25519_SIGN"));
    let others = found(&world, &other).0.stored.unwrap().certificate_pem;
    change(&world, &one, |key| key.stored.as_mut().unwrap().certificate_pem = others);
    let report = look(&world);
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.code.as_str(), finding.alias.as_ref())).collect();
    assert!(found.contains(&("key_mismatch", Some(&one))), "{found:?}");
    assert!(found.iter().all(|(_, alias)| *alias == Some(&one)), "{found:?}");
    assert!(report.findings.iter().all(|finding| finding.repair.is_none()), "what belongs here cannot be told");
}
