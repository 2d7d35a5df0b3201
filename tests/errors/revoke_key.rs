//! revokeKey. Several current keys are no error here: all of them end (HIE-54).

use keymanager::error::Code::{self, *};

use super::support::scope;
use super::table::{refused, world};

#[test]
fn what_is_refused_and_in_which_order() {
    let world = world();
    let rows: [(&str, &str, Code, &str); 11] = [
        ("KERNEL", "SIGN", RevokeNotAllowed, "KER-KMS-021"),
        ("kernel", "sign", RevokeNotAllowed, "KER-KMS-021"),
        ("KERNEL", "sign", RevokeNotAllowed, "KER-KMS-021"),
        ("NOBODY", "x", NoUniqueKey, "KER-KMS-003"),
        ("IDLE", "x", NoUniqueKey, "KER-KMS-003"),
        ("EMPTY", "", NoUniqueKey, "KER-KMS-003"),
        ("registration", "CACHE", NoUniqueKey, "KER-KMS-003"),
        ("REGISTRATION", "never", NoUniqueKey, "KER-KMS-003"),
        ("REGISTRATION", "SIGN", NoUniqueKey, "KER-KMS-003"),
        ("ID_REPO", "EC_SECP256R1_SIGN", NoUniqueKey, "KER-KMS-003"),
        ("PARTNER", "P", NoUniqueKey, "KER-KMS-003"),
    ];
    for (app, reference, code, mosip) in rows {
        let scope = scope(app, reference);
        refused(&world, (app, reference), (code, mosip), |manager| manager.revoke(&scope));
    }
    assert_eq!(world.manager.revoke(&scope("KERNEL", "IDENTITY_CACHE")).unwrap_err().code(), RewrapNeeded);
    // Once, and not again: Base keys, symmetric ones, certificates of other domains. No policy is asked.
    world.current(&scope("REGISTRATION", "base"));
    world.policy("REGISTRATION", |change| change.active = Some(false));
    for (app, reference) in
        [("REGISTRATION", "base"), ("REGISTRATION", "CACHE"), ("REGISTRATION", "elsewhere"), ("PARTNER", "p")]
    {
        let scope = scope(app, reference);
        world.manager.revoke(&scope).unwrap();
        refused(&world, (app, reference), (NoUniqueKey, "KER-KMS-003"), |manager| manager.revoke(&scope));
    }
}
