//! uploadCertificate (HIE-70).

use keymanager::crypto::PrivateKey as _;
use keymanager::error::Code::{self, *};

use super::outside::{kept_key, valid};
use super::support::{assert_consistent, scope};
use super::table::{refused, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let base = scope("REGISTRATION", "a");
    let current = world.manager.certificate(&base).unwrap();
    let good = valid("Good", current.certificate.public_key());
    let other = valid("Other key", kept_key(13).public_key());
    world.current(&scope("RESIDENT", "over"));
    world.manager.revoke(&scope("RESIDENT", "over")).unwrap();
    let large = vec![b'A'; 1 << 20];
    let rows: [(&str, &str, &[u8], Code, &str); 15] = [
        ("NOBODY", "a", b" \n", InvalidArgument, "KER-KMS-005"),
        ("REGISTRATION", "a", b"", InvalidArgument, "KER-KMS-005"),
        ("NOBODY", "a", b"garbage", ApplicationNotFound, "KER-KMS-002"),
        ("PARTNER", "p", good.der(), ApplicationNotFound, "KER-KMS-002"),
        ("IDLE", "a", b"garbage", PolicyInactive, "KER-KMS-002"),
        ("REGISTRATION", "never", b"garbage", NoUniqueKey, "KER-KMS-003"),
        ("RESIDENT", "over", b"garbage", NoUniqueKey, "KER-KMS-003"),
        ("EMPTY", "", b"garbage", NoUniqueKey, "KER-KMS-003"),
        ("REGISTRATION", "a", b"garbage", CertificateUnparsable, "KER-KMS-013"),
        ("REGISTRATION", "elsewhere", b"garbage", CertificateUnparsable, "KER-KMS-013"),
        ("REGISTRATION", "a", &large, TooLarge, "KER-FSE-005"),
        ("REGISTRATION", "a", other.der(), CertificateOfOtherKey, "KER-KMS-014"),
        ("REGISTRATION", " ", good.der(), CertificateOfOtherKey, "KER-KMS-014"),
        ("REGISTRATION", "elsewhere", other.der(), AliasNotFound, "KER-KMA-004"),
        ("REGISTRATION", "CACHE", good.der(), AliasNotFound, "KER-KMA-004"),
    ];
    for (app, reference, bytes, code, mosip) in rows {
        let scope = scope(app, reference);
        let call = |manager: &keymanager::manager::KeyManager| manager.upload_certificate(&scope, bytes);
        refused(&world, (app, reference), (code, mosip), call);
    }
    assert_consistent(&world, "refusals");
}
