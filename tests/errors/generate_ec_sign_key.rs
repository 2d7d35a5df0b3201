//! generateECSignKey (HIE-85, HIE-101). What `generate` refuses of these kinds is in tests/hierarchy/elliptic.rs.

use keymanager::certificate::DistinguishedName;
use keymanager::error::Code::{self, *};
use keymanager::manager::{KeyLevel, KeyObject};

use super::generate_master_key::asked;
use super::outside::named;
use super::support::{World, assert_consistent, provider, scope};
use super::table::{refused, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let rows: [(&str, &str, &str, Code, &str); 18] = [
        ("NOBODY", "EC_P384", "", ApplicationNotFound, "KER-KMS-002"),
        ("IDLE", "EC_P384", "", PolicyInactive, "KER-KMS-002"),
        ("IDLE", "ED25519_SIGN", "FOO", PolicyInactive, "KER-KMS-002"),
        ("root", "EC_SECP256R1_SIGN", "", ApplicationNotFound, "KER-KMS-002"),
        ("ROOT", "EC_SECP256R1_SIGN", "", SignReferenceNotAllowed, "KER-KMS-030"),
        ("ROOT", "ED25519_SIGN", "FOO", SignReferenceNotAllowed, "KER-KMS-030"),
        ("EMPTY", "EC_P384", "", SignReferenceNotAllowed, "KER-KMS-030"),
        ("EMPTY", "ec_secp256r1_sign", "FOO", SignReferenceNotAllowed, "KER-KMS-030"),
        ("EMPTY", "ED25519_SIGN ", "", SignReferenceNotAllowed, "KER-KMS-030"),
        ("EMPTY", "", "", SignReferenceNotAllowed, "KER-KMS-030"),
        ("EMPTY", " ", "FOO", SignReferenceNotAllowed, "KER-KMS-030"),
        ("KERNEL", "SIGN", "FOO", SignReferenceNotAllowed, "KER-KMS-030"),
        ("KERNEL", "ED25519_SIGN", "", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "EC_SECP256K1_SIGN", " ", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "EC_SECP256R1_SIGN", "FOO", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "ED25519_SIGN", "PUBLIC", InvalidArgument, "KER-KMS-005"),
        ("KERNEL", "ED25519_SIGN", "CSR", GenerationNotAllowed, "KER-KMS-016"),
        ("EMPTY", "ED25519_SIGN", "CERTIFICATE", KeyNotGenerated, "KER-KMS-012"),
    ];
    for (app, reference, object_type, code, mosip) in rows {
        for force in [false, true] {
            let request = asked(&scope(app, reference), object_type, force, &DistinguishedName::default());
            let what = (app, reference, object_type);
            refused(&world, what, (code, mosip), |manager| manager.generate_ec_sign_key(&request));
        }
    }
    for reference in ["EC_SECP256K1_SIGN", "EC_SECP256R1_SIGN", "ED25519_SIGN"] {
        let nothing = World::new();
        let request = asked(&scope("ID_REPO", reference), "CSR", false, &DistinguishedName::default());
        let code = (RootNotFound, "KER-KMS-011");
        refused(&nothing, reference, code, |manager| manager.generate_ec_sign_key(&request));
        let request = asked(&request.scope, "CSR", true, &named(&"x".repeat(300)));
        let code = (InvalidArgument, "KER-KMS-005");
        refused(&world, reference, code, |manager| manager.generate_ec_sign_key(&request));
    }
    assert_consistent(&world, "refusals");
}

#[test]
fn keys_are_made_found_and_requested() {
    let world = World::with_masters();
    for reference in ["EC_SECP256K1_SIGN", "EC_SECP256R1_SIGN", "ED25519_SIGN"] {
        let scope = scope("ID_REPO", reference);
        let make = |object_type: &str, force: bool| {
            world.clock.forward(0, 1_000_000);
            let subject = named("ec cn");
            world.manager.generate_ec_sign_key(&asked(&scope, object_type, force, &subject)).unwrap()
        };
        let KeyObject::Csr { key, generated: true, request, .. } = make("csr", false) else { panic!("{reference}") };
        request.verify(&provider()).unwrap();
        let KeyObject::Certificate { key: found, generated: false, certificate, .. } = make("Certificate", false)
        else {
            panic!("{reference}")
        };
        assert_eq!((&found.alias, found.level), (&key.alias, KeyLevel::Sign));
        assert_eq!(certificate.public_key(), request.public_key());
        assert_eq!(certificate.subject().unwrap().common_name.as_deref(), Some("ec cn"));
        let KeyObject::Certificate { key: next, generated: true, .. } = make("CERTIFICATE", true) else { panic!() };
        assert_ne!(next.alias, key.alias);
        assert_eq!(world.current_count(&scope), 1);
    }
    assert_consistent(&world, "made");
}
