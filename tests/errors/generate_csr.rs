//! generateCSR (HIE-80).

use keymanager::certificate::DistinguishedName;
use keymanager::error::Code::{self, *};
use keymanager::manager::CsrRequest;

use super::outside::named;
use super::support::{World, assert_consistent, scope};
use super::table::{refused, without_root, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let long = named(&"x".repeat(300));
    let none = DistinguishedName::default();
    let rows: [(&str, &str, &DistinguishedName, Code, &str); 21] = [
        ("PARTNER", "p", &long, ApplicationNotFound, "KER-KMS-002"),
        ("IDA", "", &long, ApplicationNotFound, "KER-KMS-002"),
        ("kernel", "identity_cache", &long, ApplicationNotFound, "KER-KMS-002"),
        ("kernel", "SIGN", &long, ApplicationNotFound, "KER-KMS-002"),
        ("IDLE", "x", &long, PolicyInactive, "KER-KMS-002"),
        ("IDLE", "ED25519_SIGN", &long, PolicyInactive, "KER-KMS-002"),
        ("KERNEL", "identity_cache", &long, CsrNotAllowed, "KER-KMS-022"),
        ("KERNEL", "IDENTITY_CACHE", &long, CsrNotAllowed, "KER-KMS-022"),
        // Before a key is made for nothing.
        ("EMPTY", "", &long, InvalidArgument, "KER-KMS-005"),
        ("REGISTRATION", "new", &long, InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "", &none, KeyNotGenerated, "KER-KMS-012"),
        ("EMPTY", "EC_SECP256R1_SIGN", &none, KeyNotGenerated, "KER-KMS-012"),
        ("EMPTY", "base", &none, KeyNotGenerated, "KER-KMS-012"),
        ("BASE", "base", &none, KeyNotGenerated, "KER-KMS-012"),
        ("ROOT", "base", &none, GenerationNotAllowed, "KER-KMS-016"),
        ("KERNEL", "base", &none, GenerationNotAllowed, "KER-KMS-016"),
        ("KERNEL", "sign", &none, GenerationNotAllowed, "KER-KMS-016"),
        ("EMPTY", "ED25519_SIGN", &none, GenerationNotAllowed, "KER-KMS-016"),
        ("EMPTY", "IDENTITY_CACHE", &none, KeyNotGenerated, "KER-KMS-012"),
        ("REGISTRATION", "CACHE", &none, CertificateNotFound, "KER-KMS-003"),
        ("REGISTRATION", "elsewhere", &none, AliasNotFound, "KER-KMA-004"),
    ];
    for (app, reference, subject, code, mosip) in rows {
        let request = CsrRequest { scope: scope(app, reference), subject: subject.clone() };
        refused(&world, (app, reference), (code, mosip), |manager| manager.generate_csr(&request));
    }
    assert_consistent(&world, "refusals");
}

#[test]
fn a_key_that_is_due_needs_a_root() {
    let world = World::with_masters();
    without_root(&world);
    world.clock.forward(1096, 0);
    for reference in ["", "new"] {
        let request = CsrRequest { scope: scope("REGISTRATION", reference), subject: DistinguishedName::default() };
        refused(&world, reference, (RootNotFound, "KER-KMS-011"), |manager| manager.generate_csr(&request));
    }
}
