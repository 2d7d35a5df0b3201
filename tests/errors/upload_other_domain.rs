//! uploadOtherDomainCertificate: the decision table (mosip-keys §3.8; HIE-75, HIE-76).

use keymanager::crypto::PrivateKey as _;
use keymanager::error::Code::{self, *};
use keymanager::manager::{KeyLevel, KeyState};

use super::outside::{foreign, kept_key, valid};
use super::support::{assert_consistent, scope};
use super::table::{refused, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let public = kept_key(13).public_key().clone();
    let good = valid("Good", &public);
    let there = world.manager.certificate(&scope("PARTNER", "p")).unwrap().certificate;
    let pem = there.to_pem();
    world.current(&scope("REGISTRATION", "base"));
    world.aes(&scope("RESIDENT", "CACHE"), false).unwrap();
    world.aes(&scope("RESIDENT", "OLD"), false).unwrap();
    world.manager.revoke(&scope("RESIDENT", "OLD")).unwrap();
    let rows: [(&str, &str, &[u8], Code, &str); 18] = [
        ("PARTNER", "", b"", InvalidArgument, "KER-KMS-005"),
        ("PARTNER", " ", good.der(), InvalidArgument, "KER-KMS-005"),
        ("kernel", "sign", b"", InvalidArgument, "KER-KMS-005"),
        ("ANY", "ED25519_SIGN", b"\n \n", InvalidArgument, "KER-KMS-005"),
        ("kernel", "sign", b"garbage", SignPairNotAllowed, "KER-KMS-031"),
        ("KERNEL", "SIGN", good.der(), SignPairNotAllowed, "KER-KMS-031"),
        ("ANY", "EC_SECP256K1_SIGN", b"garbage", SignReferenceNotAllowed, "KER-KMS-030"),
        ("ANY", "EC_SECP256R1_SIGN", b"garbage", SignReferenceNotAllowed, "KER-KMS-030"),
        ("ANY", "ED25519_SIGN", b"garbage", SignReferenceNotAllowed, "KER-KMS-030"),
        ("PARTNER", "new", b"garbage", CertificateUnparsable, "KER-KMS-013"),
        ("RESIDENT", "OLD", b"garbage", CertificateUnparsable, "KER-KMS-013"),
        ("REGISTRATION", "base", b"garbage", CertificateUnparsable, "KER-KMS-013"),
        ("RESIDENT", "OLD", good.der(), OwnKeyExists, "KER-KMS-032"),
        ("RESIDENT", "CACHE", good.der(), OtherDomainKeyMissing, "KER-KMS-033"),
        ("KERNEL", "IDENTITY_CACHE", good.der(), OtherDomainKeyMissing, "KER-KMS-033"),
        ("REGISTRATION", "base", good.der(), PrivateKeyHeld, "KER-KMS-034"),
        ("PARTNER", "p", there.der(), CertificateExists, "KER-KMS-035"),
        ("REGISTRATION", "elsewhere", pem.as_bytes(), CertificateExists, "KER-KMS-035"),
    ];
    for (app, reference, bytes, code, mosip) in rows {
        let scope = scope(app, reference);
        let call = |manager: &keymanager::manager::KeyManager| manager.upload_other_domain(&scope, bytes);
        refused(&world, (app, reference), (code, mosip), call);
    }
    // No check of an own Base key that is over: as upstream.
    world.manager.revoke(&scope("REGISTRATION", "base")).unwrap();
    let key = world.manager.upload_other_domain(&scope("REGISTRATION", "base"), good.der()).unwrap();
    assert_eq!((key.level, key.state), (KeyLevel::OtherDomain, KeyState::Current));
    // The rows that keep it: none, and another one that is current, which ends.
    let next = foreign("Next", &public, "2026-11-02T00:00:00Z", "2029-11-01T00:00:00Z");
    for (app, reference, rows) in [("NOBODY", "new", 1), ("PARTNER", "p", 2)] {
        let scope = scope(app, reference);
        let key = world.manager.upload_other_domain(&scope, next.der()).unwrap();
        assert_eq!((key.thumbprint, key.state), (Some(next.thumbprint()), KeyState::Current));
        assert_eq!((world.all(&scope).len(), world.current_count(&scope)), (rows, 1));
    }
    assert_consistent(&world, "the decision table");
}
