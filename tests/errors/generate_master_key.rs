//! generateMasterKey (HIE-82 to HIE-84).

use keymanager::certificate::DistinguishedName;
use keymanager::error::Code::{self, *};
use keymanager::id::KeyScope;
use keymanager::manager::{KeyLevel, KeyObject, KeyObjectRequest, KeyState, ObjectType};

use super::outside::named;
use super::support::{World, assert_consistent, provider, scope};
use super::table::{refused, world};

pub fn asked(scope: &KeyScope, object_type: &str, force: bool, subject: &DistinguishedName) -> KeyObjectRequest {
    KeyObjectRequest { scope: scope.clone(), object_type: object_type.to_owned(), force, subject: subject.clone() }
}

/// Each row breaks a rule and, as far as that can be, those after it.
#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let long = named(&"x".repeat(300));
    let rows: [(&str, &str, &str, Code, &str); 20] = [
        ("NOBODY", "ABC", "", ApplicationNotFound, "KER-KMS-002"),
        ("IDLE", "ABC", "", PolicyInactive, "KER-KMS-002"),
        ("IDLE", "", "CSR", PolicyInactive, "KER-KMS-002"),
        ("registration", "", "", ApplicationNotFound, "KER-KMS-002"),
        ("kernel", "SIGN", "", ApplicationNotFound, "KER-KMS-002"),
        ("REGISTRATION", "ABC", "", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "SIGN", "FOO", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "elsewhere", "CSR", ReferenceNotAllowed, "KER-KMS-010"),
        ("KERNEL", "sign", "FOO", ReferenceNotAllowed, "KER-KMS-010"),
        ("KERNEL", "IDENTITY_CACHE", "", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "EC_SECP256R1_SIGN", "", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "ED25519_SIGN", "", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "", "", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "", " \t", InvalidArgument, "KER-KMS-005"),
        ("REGISTRATION", "", "FOO", UnknownObjectType, "KER-KMS-009"),
        ("EMPTY", "", "FOO", UnknownObjectType, "KER-KMS-009"),
        ("EMPTY", "", "CERTIFICATE\0", UnknownObjectType, "KER-KMS-009"),
        ("REGISTRATION", "", "CSR", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "", "CSR", InvalidArgument, "KER-KMS-005"),
        ("EMPTY", "", "CERTIFICATE", InvalidArgument, "KER-KMS-005"),
    ];
    for (app, reference, object_type, code, mosip) in rows {
        for force in [false, true] {
            if !force || app == "EMPTY" {
                let request = asked(&scope(app, reference), object_type, force, &long);
                let what = (app, reference, object_type);
                refused(&world, what, (code, mosip), |manager| manager.generate_master_key(&request));
            }
        }
    }
    let base = asked(&scope("BASE", ""), "CSR", false, &DistinguishedName::default());
    refused(&world, "BASE", (GenerationNotAllowed, "KER-KMS-016"), |manager| manager.generate_master_key(&base));
    assert_consistent(&world, "refusals");
}

#[test]
fn nothing_is_made_without_a_root() {
    let world = World::new();
    for (app, reference) in [("REGISTRATION", ""), ("KERNEL", "SIGN")] {
        for object in ["CERTIFICATE", "CSR"] {
            for force in [false, true] {
                let request = asked(&scope(app, reference), object, force, &DistinguishedName::default());
                let code = (RootNotFound, "KER-KMS-011");
                refused(&world, (app, object, force), code, |manager| manager.generate_master_key(&request));
            }
        }
    }
}

#[test]
fn what_is_there_is_answered_as_it_is_asked_for() {
    let world = World::with_masters();
    let make = |scope: &KeyScope, object_type: &str, force: bool, subject: &DistinguishedName| {
        world.manager.generate_master_key(&asked(scope, object_type, force, subject)).unwrap()
    };
    let none = DistinguishedName::default();
    for (app, reference, level, default) in [
        ("ROOT", "", KeyLevel::Root, "www.mosip.io (ROOT)"),
        ("REGISTRATION", " \t", KeyLevel::Module, "www.mosip.io (REGISTRATION)"),
        ("REGISTRATION", "", KeyLevel::Module, "www.mosip.io (REGISTRATION)"),
        ("KERNEL", "SIGN", KeyLevel::Sign, "www.mosip.io (KERNEL-SIGN)"),
    ] {
        let scope = scope(app, reference);
        let current = world.manager.certificate(&scope).unwrap();
        for name in ["CERTIFICATE", "certificate", "Certificate"] {
            let KeyObject::Certificate { key, generated, certificate, .. } = make(&scope, name, false, &none) else {
                panic!("{name}")
            };
            assert_eq!((&key, key.level, generated), (&current.key, level, false));
            assert_eq!(certificate, current.certificate);
        }
        for (name, subject) in [("CSR", &none), ("csr", &named("my cn, \"quoted\" + more"))] {
            let answer = make(&scope, name, false, subject);
            assert!(answer.pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
            assert_eq!((answer.key(), answer.generated()), (&current.key, false));
            let KeyObject::Csr { request, .. } = answer else { panic!("{name}") };
            request.verify(&provider()).unwrap();
            assert_eq!(request.public_key(), current.certificate.public_key());
            let asked = subject.common_name.as_deref().unwrap_or(default);
            let found = request.subject().unwrap();
            assert_eq!((found.common_name.as_deref(), found.country.as_deref()), (Some(asked), Some("IN")));
        }
    }
    for object in [ObjectType::Certificate, ObjectType::Csr] {
        assert_eq!(ObjectType::from_name(object.as_str()).unwrap(), object);
    }
    assert_consistent(&world, "nothing was made");
}

#[test]
fn a_new_key_is_made_when_none_is_current_or_by_force() {
    let world = World::new();
    let subject = DistinguishedName { country: Some("FR".into()), ..named("Asked for") };
    let make = |scope: &KeyScope, object_type: &str, force: bool| {
        let answer = world.manager.generate_master_key(&asked(scope, object_type, force, &subject)).unwrap();
        assert!(answer.generated(), "{scope}");
        world.clock.forward(0, 1_000_000);
        answer
    };
    for (app, reference) in [("ROOT", ""), ("REGISTRATION", ""), ("KERNEL", "SIGN")] {
        let scope = scope(app, reference);
        let first = make(&scope, "CSR", false);
        let KeyObject::Certificate { key, certificate, .. } = make(&scope, "CERTIFICATE", true) else { panic!() };
        assert_ne!(key.alias, first.key().alias);
        let name = certificate.subject().unwrap();
        assert_eq!((name.common_name.as_deref(), name.country.as_deref()), (Some("Asked for"), Some("FR")));
        let KeyObject::Csr { key: last, request, .. } = make(&scope, "CSR", true) else { panic!() };
        let current = world.manager.certificate(&scope).unwrap();
        assert_eq!((current.key.alias.clone(), request.public_key()), (last.alias, current.certificate.public_key()));
        // Its certificate has the names too, and a Root is its own issuer, forced or not.
        assert_eq!(current.certificate.subject().unwrap(), request.subject().unwrap());
        let own = current.certificate.verify_signed_by(&provider(), &current.certificate);
        assert_eq!(own.is_ok(), app == "ROOT");
        let states: Vec<_> = world.all(&scope).into_iter().map(|key| key.state).collect();
        assert_eq!(states, [KeyState::Revoked, KeyState::Revoked, KeyState::Current]);
    }
    assert_consistent(&world, "made");
}
