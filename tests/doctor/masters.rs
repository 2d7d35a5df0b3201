//! Faults between store and master backend.

use keymanager::manager::DoctorOptions;
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;
use keymanager::store::{Change, IntentRow, Record};
use keymanager::time::Clock as _;

use super::common::{
    alias, apply, beyond_repair, certificate, codes, delete, exactly, look, repair, repaired, small, with_base,
};
use super::support::{World, scope};

fn remove(world: &World, name: &str) -> keymanager::manager::DoctorReport {
    let options = DoctorOptions { repair: true, remove: vec![alias(name)], ..DoctorOptions::default() };
    world.manager.doctor(&options, &NoProgress).unwrap()
}

#[test]
fn an_orphan_is_removed_only_by_name() {
    let (world, root, ..) = with_base();
    let orphan = alias("5f3a2c1e-0000-4000-8000-000000000001");
    world.master.create(orphan.clone(), KeyKind::Rsa2048).unwrap();
    exactly(&world, &[("master_key_pending", Some(&orphan))]);
    world.master.attach_certificate(orphan.clone(), certificate(world.master.as_ref(), &root)).unwrap();
    exactly(&world, &[("master_key_orphan", Some(&orphan))]);

    let report = repair(&world);
    assert!(!report.findings[0].repaired && report.findings[0].repair.is_some() && report.errors_left() == 0);
    assert!(world.master.find(orphan.clone()).unwrap().is_some(), "a key that nobody named stays");
    // Named without repair, it stays too.
    let options = DoctorOptions { remove: vec![orphan.clone()], ..DoctorOptions::default() };
    assert!(!world.manager.doctor(&options, &NoProgress).unwrap().findings[0].repaired);
    assert!(world.master.find(orphan.clone()).unwrap().is_some());

    assert!(remove(&world, orphan.as_str()).findings[0].repaired);
    assert!(world.master.find(orphan).unwrap().is_none());
    assert_eq!(codes(&look(&world)), []);
}

#[test]
fn a_symmetric_orphan_is_found() {
    let world = small();
    let orphan = alias("another programs key");
    world.master.create(orphan.clone(), KeyKind::Aes256).unwrap();
    exactly(&world, &[("master_key_orphan", Some(&orphan))]);
}

#[test]
fn a_key_that_is_recorded_is_never_removed_whoever_names_it() {
    let (world, root, module, base) = with_base();
    for named in [&root, &module, &base] {
        assert_eq!(codes(&remove(&world, named.as_str())), []);
    }
    assert!(world.master.find(module.clone()).unwrap().is_some());
    delete(&world, &module);
    // It still wraps the Base key.
    let report = remove(&world, module.as_str());
    assert_eq!(codes(&report), [("master_key_unrecorded", Some(&module))]);
    assert!(world.master.find(module).unwrap().is_some());
}

#[test]
fn what_an_intent_names_is_cleared_as_recovery_does() {
    let (world, ..) = with_base();
    let left = alias("5f3a2c1e-0000-4000-8000-000000000002");
    world.master.create(left.clone(), KeyKind::Rsa2048).unwrap();
    let intent = IntentRow { alias: left.clone(), scope: scope("PMS", ""), begun: world.clock.now() };
    apply(&world, Change::Insert(Record::Intent(intent)));
    repaired(&world, &[("intent_left", Some(&left))]);
    assert!(world.master.find(left).unwrap().is_none());
}

#[test]
fn an_intent_of_a_recorded_key_goes_and_the_key_stays() {
    let (world, _, module, _) = with_base();
    let intent = IntentRow { alias: module.clone(), scope: scope("REGISTRATION", ""), begun: world.clock.now() };
    apply(&world, Change::Insert(Record::Intent(intent)));
    repaired(&world, &[("intent_left", Some(&module))]);
    assert!(world.master.find(module).unwrap().is_some());
}

#[test]
fn a_record_without_its_key_is_lost() {
    let (world, _, module, base) = with_base();
    world.master.remove(module.clone()).unwrap();
    beyond_repair(&world, &[("master_key_missing", Some(&module)), ("wrapping_key_missing", Some(&base))]);
    assert_eq!(look(&world).errors_left(), 2);
}

/// As after a move to another HSM: the successor is there, and nothing of the store needs the former key.
#[test]
fn a_former_key_that_nothing_needs_may_be_elsewhere() {
    let (world, _, module, base) = with_base();
    world.clock.forward(1, 0);
    world.manager.rotate(&scope("REGISTRATION", "")).unwrap();
    world.master.remove(module.clone()).unwrap();
    // It still wraps the Base key.
    beyond_repair(&world, &[("master_key_missing", Some(&module)), ("wrapping_key_missing", Some(&base))]);
    delete(&world, &base);
    beyond_repair(&world, &[("master_key_elsewhere", Some(&module))]);
    assert_eq!(look(&world).errors_left(), 0);
    // Of three keys the one in the middle was never left behind by a move.
    let world = small();
    let make = || {
        world.clock.forward(1, 0);
        world.rsa(&scope("ROOT", ""), true).unwrap().generated.remove(0).alias
    };
    let (first, middle, last) = (world.current(&scope("ROOT", "")).alias, make(), make());
    world.master.remove(middle.clone()).unwrap();
    assert!(codes(&look(&world)).contains(&("master_key_missing", Some(&middle))));
    world.master.remove(first.clone()).unwrap();
    for left in [&first, &middle] {
        assert!(codes(&look(&world)).contains(&("master_key_elsewhere", Some(left))));
    }
    // The newest is never one of them.
    world.master.remove(last.clone()).unwrap();
    for lost in [&first, &middle, &last] {
        assert!(codes(&look(&world)).contains(&("master_key_missing", Some(lost))));
    }
}

#[test]
fn a_symmetric_record_without_its_key_is_lost() {
    let world = World::with_masters();
    let zk = world.all(&scope("KERNEL", "IDENTITY_CACHE")).remove(0).alias;
    world.master.remove(zk.clone()).unwrap();
    beyond_repair(&world, &[("master_key_missing", Some(&zk))]);
}

#[test]
fn keys_of_another_kind_are_found() {
    let world = World::with_masters();
    let zk = world.all(&scope("KERNEL", "IDENTITY_CACHE")).remove(0).alias;
    let pms = world.all(&scope("PMS", "")).remove(0).alias;
    for (alias, kind) in [(&zk, KeyKind::Rsa2048), (&pms, KeyKind::Aes256)] {
        world.master.remove(alias.clone()).unwrap();
        world.master.create(alias.clone(), kind).unwrap();
    }
    beyond_repair(&world, &[("master_key_kind", Some(&zk)), ("master_key_kind", Some(&pms))]);
}

#[test]
fn a_pair_without_its_certificate_is_found() {
    let world = World::with_masters();
    let pms = world.all(&scope("PMS", "")).remove(0).alias;
    world.master.remove(pms.clone()).unwrap();
    world.master.create(pms.clone(), KeyKind::Rsa2048).unwrap();
    beyond_repair(&world, &[("master_certificate_missing", Some(&pms))]);
    world.master.attach_certificate(pms.clone(), b"no certificate".to_vec()).unwrap();
    beyond_repair(&world, &[("certificate_unreadable", Some(&pms))]);
}

#[test]
fn a_master_with_the_certificate_of_another_is_found() {
    let world = small();
    let make = |app: &str| world.rsa(&scope(app, ""), false).unwrap().generated.remove(0).alias;
    let (one, other) = (make("RESIDENT"), make("ADMIN_SERVICES"));
    world.master.attach_certificate(one.clone(), certificate(world.master.as_ref(), &other)).unwrap();
    beyond_repair(&world, &[("key_mismatch", Some(&one)), ("thumbprint_wrong", Some(&one))]);
}

#[test]
fn modules_of_a_root_that_is_lost_lead_nowhere() {
    let (world, root, module, _) = with_base();
    delete(&world, &root);
    exactly(&world, &[("issuer_unknown", Some(&module)), ("master_key_orphan", Some(&root))]);
}

#[test]
fn a_signature_that_is_not_the_roots_is_found() {
    let (world, root, module, base) = with_base();
    for alias in [&root, &module] {
        let mut der = certificate(world.master.as_ref(), alias);
        *der.last_mut().unwrap() ^= 1;
        let thumbprint =
            keymanager::certificate::Certificate::from_der(&super::support::provider(), &der).unwrap().thumbprint();
        world.master.attach_certificate(alias.clone(), der).unwrap();
        super::common::change(&world, alias, |key| key.alias.thumbprint = Some(thumbprint));
    }
    beyond_repair(&world, &[("chain_broken", Some(&root)), ("chain_broken", Some(&module))]);
    assert!(look(&world).findings.iter().all(|finding| finding.alias.as_ref() != Some(&base)));
}
