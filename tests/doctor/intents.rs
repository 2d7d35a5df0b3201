//! Damaged intents: explained, then cleared on request (DOC-4, STO-13c).

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::master::KeyKind;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Select};

use super::common::{alias, codes, exactly, look, repair, repaired};
use super::outside::foreign;
use super::sqlite::{execute, in_a_file};
use super::support::{World, all_records, assert_consistent, scope};

/// Each column that can be damaged; the key that a creation left goes with its intent.
#[test]
fn a_damaged_intent_is_cleared_with_the_key_that_it_names() {
    for values in ["'left', 'PMS', '', 'whenever'", "'left', '', '', '2026-11-25 08:00:00'", "'left', x'00ff', 7, ''"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keymanager.db");
        let world = in_a_file(&path);
        let left = alias("left");
        world.master.create(left.clone(), KeyKind::Rsa2048).unwrap();
        execute(&path, &format!("INSERT INTO km_intent (alias, app_id, ref_id, begun) VALUES ({values})"));
        exactly(&world, &[("record_damaged", Some(&left))]);
        let finding = look(&world).findings.remove(0);
        assert!(finding.text.contains("It is an intent") && finding.repair.unwrap().contains("removes the key"));
        assert!(world.master.find(left.clone()).unwrap().is_some(), "looking changes nothing");
        repaired(&world, &[("record_damaged", Some(&left))]);
        assert!(world.master.find(left).unwrap().is_none());
        assert_consistent(&world, values);
    }
}

/// One that names a recorded key takes nothing but itself.
#[test]
fn a_damaged_intent_of_a_recorded_key_goes_and_the_key_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    for place in [scope("REGISTRATION", ""), scope("REGISTRATION", "1")] {
        let key = world.current(&place).alias;
        execute(&path, &format!("INSERT INTO km_intent VALUES ('{key}', 'REGISTRATION', '', 'whenever')"));
        repaired(&world, &[("record_damaged", Some(&key))]);
        assert_eq!(world.current(&place).alias, key);
        assert_consistent(&world, "the key stays");
    }
}

/// HIE-71: the certificate that the backend has is recorded, and the key is still found by its former one.
#[test]
fn an_upload_whose_intent_is_damaged_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    let module = scope("REGISTRATION", "");
    let old = world.manager.certificate(&module).unwrap();
    let base = scope("REGISTRATION", "1");
    let envelope = world.manager.encrypt(&base, &SealOptions::default(), b"before").unwrap().envelope;
    let sent = foreign("Elsewhere", old.certificate.public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    world.master.attach_certificate(old.key.alias.clone(), sent.der().to_vec()).unwrap();
    execute(&path, &format!("INSERT INTO km_intent VALUES ('{}', 'REGISTRATION', '', 'whenever')", old.key.alias));
    repair(&world);
    let left = look(&world);
    assert!(codes(&left).iter().all(|(code, _)| *code == "issuer_unknown") && left.errors_left() == 0, "{left:#?}");
    assert_eq!(world.current(&module).thumbprint, Some(sent.thumbprint()));
    assert_eq!(world.manager.key(&old.key.thumbprint.unwrap().to_hex()).unwrap().alias, old.key.alias);
    assert_eq!(world.manager.decrypt(&base, &OpenOptions::default(), &envelope).unwrap().plaintext, b"before");
    assert_consistent(&world, "the upload");
}

/// A name that cannot be one, which nobody can act upon, is told and left.
#[test]
fn an_intent_without_a_name_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(&path).unwrap());
    let world = World::with(store, None, Config::default());
    execute(&path, "INSERT INTO km_intent VALUES ('', 'REGISTRATION', '', '2026-11-25 08:00:00')");
    super::common::beyond_repair(&world, &[("record_damaged", None)]);
    assert_eq!(all_records(world.store.as_ref(), Select::IntentsAsTheyAre).len(), 1);
}
