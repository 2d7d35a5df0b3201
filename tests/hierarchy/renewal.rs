use keymanager::certificate::Certificate;
use keymanager::envelope::SealOptions;
use keymanager::error::Code;
use keymanager::manager::KeyState;
use keymanager::time::{Clock, Timestamp};

use super::support::{World, assert_consistent, scope};

/// Sets the clock to `days` after the start, plus `micros`.
fn at(world: &World, start: Timestamp, days: i64, micros: i64) {
    world.clock.set(start.plus_days(days));
    world.clock.forward(0, micros);
}

#[test]
fn each_level_is_renewed_at_the_edge_of_its_window() {
    for (app, reference, edge) in [
        ("ROOT", "", 2920 - 1125),
        ("PMS", "", 1460 - 395),
        ("REGISTRATION", "", 1095 - 60),
        ("KERNEL", "SIGN", 1095 - 60),
        ("REGISTRATION", "10001_110011", 1095 - 30),
    ] {
        let world = World::with_masters();
        let start = world.clock.now();
        let scope = scope(app, reference);
        let first = world.current(&scope);
        at(&world, start, edge, -1);
        assert_eq!(world.current(&scope).alias, first.alias, "{scope}: 1 µs before the window");
        assert_eq!(world.all(&scope)[0].state, KeyState::Current);
        at(&world, start, edge, 0);
        assert_eq!(world.all(&scope)[0].state, KeyState::PreExpiry, "{scope}: at the window");
        let renewed = world.manager.certificate(&scope).unwrap();
        assert!(renewed.generated, "{scope}");
        assert_ne!(renewed.key.alias, first.alias);
        assert_eq!(renewed.key.not_before, Some(world.clock.now()));
        assert!(!world.manager.certificate(&scope).unwrap().generated);
        let all = world.manager.all_certificates(&scope).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].0.alias, first.alias, "oldest first");
        assert_consistent(&world, &format!("{scope} renewed"));
    }
}

#[test]
fn a_due_root_and_module_are_renewed_on_demand() {
    let world = World::with_masters();
    let start = world.clock.now();
    let root = world.current(&scope("ROOT", ""));
    // Root is due at 1795 days, Module long before: asking for a Base key renews both.
    at(&world, start, 1795, 0);
    let base = world.manager.certificate(&scope("REGISTRATION", "new")).unwrap();
    let roots = world.all(&scope("ROOT", ""));
    let modules = world.all(&scope("REGISTRATION", ""));
    assert_eq!((roots.len(), modules.len()), (2, 2));
    assert_eq!(roots[0].alias, root.alias);
    assert_eq!(base.key.issuer_alias.as_ref(), Some(&modules[1].alias));
    assert_eq!(modules[1].issuer_alias.as_ref(), Some(&roots[1].alias));
    assert_eq!(modules[0].issuer_alias.as_ref(), Some(&roots[0].alias));
    let chain = world.manager.chain(&scope("REGISTRATION", "new")).unwrap();
    for pair in chain.windows(2) {
        pair[0].verify_signed_by(&super::support::provider(), &pair[1]).unwrap();
    }
    assert_eq!(chain.len(), 3);
    assert_consistent(&world, "all three levels");
}

#[test]
fn renewal_copies_the_name_of_the_oldest_key() {
    let world = World::new();
    let subject = keymanager::certificate::DistinguishedName {
        common_name: Some("Our Root".into()),
        organization: Some("Ours".into()),
        ..Default::default()
    };
    let request = keymanager::manager::GenerateRequest {
        scope: scope("ROOT", ""),
        kind: keymanager::master::KeyKind::Rsa2048,
        force: false,
        subject,
    };
    world.manager.generate(&request).unwrap();
    world.clock.forward(2000, 0);
    let renewed = world.manager.certificate(&scope("ROOT", "")).unwrap();
    assert!(renewed.generated);
    let name = |certificate: &Certificate| certificate.subject().unwrap();
    assert_eq!(name(&renewed.certificate).common_name.as_deref(), Some("Our Root"));
    assert_eq!(name(&renewed.certificate).organization.as_deref(), Some("Ours"));
    // Forced, the name is that of the request again.
    world.rsa(&scope("ROOT", ""), true).unwrap();
    let forced = world.manager.certificate(&scope("ROOT", "")).unwrap().certificate;
    assert_eq!(name(&forced).common_name.as_deref(), Some("www.mosip.io (ROOT)"));
}

#[test]
fn the_pre_expiry_is_read_again_for_each_operation() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "x");
    let first = world.current(&scope);
    world.clock.forward(100, 0);
    assert_eq!(world.current(&scope).alias, first.alias);
    world.policy("BASE", |change| (change.validity_days, change.pre_expire_days) = (Some(2000), Some(995)));
    let second = world.current(&scope);
    assert_ne!(second.alias, first.alias, "995 days before the end of 1095 is 100 days after the begin");
}

#[test]
fn an_inactive_policy_stops_renewal_but_not_use() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "x");
    let first = world.current(&scope);
    world.policy("REGISTRATION", |change| change.active = Some(false));
    assert_eq!(world.current(&scope).alias, first.alias);
    world.clock.forward(1095 - 30, 0);
    assert_eq!(world.manager.certificate(&scope).unwrap_err().code(), Code::PolicyInactive);
}

/// HIE-10: a key is current until its last microsecond; the certificate names its last second.
#[test]
fn envelopes_are_made_in_the_last_fraction_of_a_second_of_a_key() {
    let world = World::with_masters();
    world.policy("BASE", |change| change.pre_expire_days = Some(0));
    let scope = scope("REGISTRATION", "a");
    world.clock.forward(0, 400_000);
    let key = world.current(&scope);
    world.clock.set(key.not_after.unwrap());
    world.clock.forward(0, -1);
    let made = world.manager.encrypt(&scope, &SealOptions::default(), b"x").unwrap();
    assert_eq!(made.key.alias, key.alias);
}
