//! getCertificate, and getCertificateChain, which asks for the certificate first.

use std::fmt::Debug;

use keymanager::error::Code::{self, *};
use keymanager::error::Result;
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;

use super::support::{World, assert_consistent, scope};
use super::table::{refused, without_root, world};

/// In a world with something of everything: by the master backend's route, then by the store's.
const ROWS: [(&str, &str, Code, &str); 25] = [
    ("NOBODY", "", ApplicationNotFound, "KER-KMS-002"),
    ("registration", "", ApplicationNotFound, "KER-KMS-002"),
    ("kernel", "SIGN", ApplicationNotFound, "KER-KMS-002"),
    ("NOBODY", "EC_SECP256R1_SIGN", ApplicationNotFound, "KER-KMS-002"),
    ("IDLE", " ", PolicyInactive, "KER-KMS-002"),
    ("IDLE", "EC_SECP256K1_SIGN", PolicyInactive, "KER-KMS-002"),
    ("EMPTY", "", KeyNotGenerated, "KER-KMS-012"),
    ("KERNEL", "", KeyNotGenerated, "KER-KMS-012"),
    ("ROOT", "EC_SECP256R1_SIGN", KeyNotGenerated, "KER-KMS-012"),
    ("KERNEL", "IDENTITY_CACHE", CertificateNotFound, "KER-KMS-003"),
    ("REGISTRATION", "CACHE", CertificateNotFound, "KER-KMS-003"),
    ("ROOT", "x", GenerationNotAllowed, "KER-KMS-016"),
    ("root", "x", GenerationNotAllowed, "KER-KMS-016"),
    ("KERNEL", "x", GenerationNotAllowed, "KER-KMS-016"),
    ("kernel", "sign", GenerationNotAllowed, "KER-KMS-016"),
    ("PARTNER", "x", GenerationNotAllowed, "KER-KMS-016"),
    ("partner", "x", GenerationNotAllowed, "KER-KMS-016"),
    ("NOBODY", "ED25519_SIGN", GenerationNotAllowed, "KER-KMS-016"),
    ("EMPTY", "ED25519_SIGN", GenerationNotAllowed, "KER-KMS-016"),
    ("NOBODY", "x", ApplicationNotFound, "KER-KMS-002"),
    ("registration", "x", ApplicationNotFound, "KER-KMS-002"),
    ("REGISTRATION\u{a0}", "x", ApplicationNotFound, "KER-KMS-002"),
    ("IDLE", "x", PolicyInactive, "KER-KMS-002"),
    ("EMPTY", "x", KeyNotGenerated, "KER-KMS-012"),
    ("BASE", "x", KeyNotGenerated, "KER-KMS-012"),
];

fn what_is_refused<T: Debug>(call: impl Fn(&KeyManager, &KeyScope) -> Result<T>) {
    let world = world();
    for (app, reference, code, mosip) in ROWS {
        let scope = scope(app, reference);
        refused(&world, (app, reference), (code, mosip), |manager| call(manager, &scope));
    }
    // A policy that ends stops what is there already, by the master backend's route, and not by the store's.
    let base = scope("REGISTRATION", "base");
    call(&world.manager, &base).unwrap();
    world.policy("REGISTRATION", |change| change.active = Some(false));
    let module = scope("REGISTRATION", "");
    refused(&world, "a Module key", (PolicyInactive, "KER-KMS-002"), |manager| call(manager, &module));
    call(&world.manager, &base).unwrap();

    // The prohibition of a pair with a certificate of another domain goes before all others.
    world.clock.forward(2000, 0);
    for (app, reference) in [("PARTNER", "p"), ("REGISTRATION", "elsewhere")] {
        let scope = scope(app, reference);
        let code = (GenerationNotAllowed, "KER-KMS-016");
        refused(&world, (app, reference), code, |manager| call(manager, &scope));
    }
    let base = scope("REGISTRATION", "base");
    refused(&world, "a Base key", (PolicyInactive, "KER-KMS-002"), |manager| call(manager, &base));
    assert_consistent(&world, "refusals");
}

fn what_is_refused_without_root<T: Debug>(call: impl Fn(&KeyManager, &KeyScope) -> Result<T>) {
    let world = World::with_masters();
    world.current(&scope("REGISTRATION", "a"));
    without_root(&world);
    world.clock.forward(1096, 0);
    for (app, reference) in [("REGISTRATION", ""), ("KERNEL", "SIGN"), ("REGISTRATION", "a"), ("REGISTRATION", "new")] {
        let scope = scope(app, reference);
        refused(&world, (app, reference), (RootNotFound, "KER-KMS-011"), |manager| call(manager, &scope));
    }
}

#[test]
fn certificate() {
    what_is_refused(|manager, scope| manager.certificate(scope));
    what_is_refused_without_root(|manager, scope| manager.certificate(scope));
}

#[test]
fn chain() {
    what_is_refused(|manager, scope| manager.chain(scope));
    what_is_refused_without_root(|manager, scope| manager.chain(scope));
}

#[test]
fn chain_as_a_bundle() {
    what_is_refused(|manager, scope| manager.chain_pkcs7(scope));
    what_is_refused_without_root(|manager, scope| manager.chain_pkcs7(scope));
}

/// A record whose key the master backend has lost.
#[test]
fn a_lost_key() {
    let world = World::with_masters();
    world.master.remove(world.current(&scope("REGISTRATION", "")).alias).unwrap();
    for reference in ["", "new"] {
        let scope = scope("REGISTRATION", reference);
        refused(&world, reference, (AliasNotFound, "KER-KMA-004"), |manager| manager.certificate(&scope));
        refused(&world, reference, (AliasNotFound, "KER-KMA-004"), |manager| manager.chain(&scope));
    }
}
