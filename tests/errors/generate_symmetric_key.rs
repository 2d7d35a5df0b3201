//! generateSymmetricKey. Reference ids of elliptic keys are in tests/hierarchy/elliptic.rs; several current keys are no
//! error here (HIE-14).

use keymanager::error::Code::{self, *};
use keymanager::master::KeyKind;

use super::support::{assert_consistent, request, scope};
use super::table::{refused, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    world.current(&scope("REGISTRATION", "base"));
    let rows: [(&str, &str, Code, &str); 8] = [
        ("NOBODY", "", InvalidArgument, "KER-KMS-005"),
        ("REGISTRATION", "", InvalidArgument, "KER-KMS-005"),
        ("ROOT", " \t", InvalidArgument, "KER-KMS-005"),
        ("KERNEL", "SIGN", ReferenceNotAllowed, "KER-KMS-010"),
        ("kernel", "SIGN", ReferenceNotAllowed, "KER-KMS-010"),
        ("REGISTRATION", "base", GenerationNotAllowed, "KER-KMS-016"),
        ("REGISTRATION", "elsewhere", GenerationNotAllowed, "KER-KMS-016"),
        ("PARTNER", "p", GenerationNotAllowed, "KER-KMS-016"),
    ];
    for (app, reference, code, mosip) in rows {
        for force in [false, true] {
            let request = request(&scope(app, reference), KeyKind::Aes256, force);
            refused(&world, (app, reference, force), (code, mosip), |manager| manager.generate(&request));
        }
    }
    // Two keys of one pair cannot be: those that the first one wraps would be lost. The service makes them.
    let zk = request(&scope("KERNEL", "IDENTITY_CACHE"), KeyKind::Aes256, true);
    assert_eq!(world.manager.generate(&zk).unwrap_err().code(), RewrapNeeded);
    // No policy is asked, as upstream.
    for app in ["NOBODY", "IDLE"] {
        assert_eq!(world.aes(&scope(app, "C"), false).unwrap().generated.len(), 1);
        assert_eq!(world.aes(&scope(app, "C"), false).unwrap().existing.len(), 1);
    }
    assert_consistent(&world, "symmetric keys");
}
