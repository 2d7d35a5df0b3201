use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::manager::{KeyFilter, KeyState};
use keymanager::progress::NoProgress;
use keymanager::store::{Change, ChangeSet, Record, Select};
use keymanager::time::Clock;

use super::support::{World, all_records, assert_consistent, scope};

#[test]
fn forced_and_rotated_on_the_same_day_at_every_level() {
    for (app, reference) in [("ROOT", ""), ("REGISTRATION", ""), ("KERNEL", "SIGN"), ("REGISTRATION", "a_b")] {
        let world = World::with_masters();
        let scope = scope(app, reference);
        let mut seen = vec![world.current(&scope)];
        // Without the clock moving at all, and a little later on the same day.
        for step in 0..4 {
            let made = if step % 2 == 0 { world.rsa(&scope, true) } else { world.manager.rotate(&scope) };
            let made = made.unwrap();
            assert_eq!((made.generated.len(), made.existing.len()), (1, 0), "{scope}");
            assert_eq!(world.current(&scope).alias, made.generated[0].alias, "{scope}");
            seen.push(made.generated[0].clone());
            if step == 1 {
                world.clock.forward(0, 3_600_000_000);
            }
        }
        let all = world.all(&scope);
        assert_eq!(all.len(), 5);
        assert_eq!(all.iter().filter(|key| key.state == KeyState::Revoked).count(), 4, "{all:?}");
        assert_eq!(world.current_count(&scope), 1);
        let mut unique: Vec<_> = all.iter().map(|key| key.uni_ident.clone().unwrap()).collect();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 5);
        assert!(unique.iter().all(|text| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())));
        assert_consistent(&world, &scope.to_string());
    }
}

#[test]
fn what_is_replaced_ends_a_minute_ago() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "a");
    let first = world.current(&scope);
    world.clock.forward(10, 0);
    let second = world.manager.rotate(&scope).unwrap().generated.remove(0);
    let now = world.clock.now();
    assert_eq!(world.record(first.alias.as_str()).alias.expires, Some(now.plus_seconds(-60)));
    assert_eq!(world.record(first.alias.as_str()).alias.uni_ident, first.uni_ident);
    assert_eq!(second.not_before, Some(now));
    // In the window nothing is touched: it was not current.
    world.clock.forward(1095 - 30, 0);
    world.rsa(&scope, true).unwrap();
    assert_eq!(world.record(second.alias.as_str()).alias.expires, second.not_after);
    assert_eq!(world.all(&scope)[1].state, KeyState::PreExpiry);
}

#[test]
fn nothing_to_rotate_or_revoke() {
    let world = World::with_masters();
    let missing = scope("REGISTRATION", "none");
    assert_eq!(world.manager.rotate(&missing).unwrap_err().code(), Code::KeyNotGenerated);
    assert_eq!(world.manager.revoke(&missing).unwrap_err().code(), Code::NoUniqueKey);
    assert_eq!(world.manager.rotate(&scope("NOBODY", "x")).unwrap_err().code(), Code::ApplicationNotFound);
    world.current(&missing);
    world.manager.revoke(&missing).unwrap();
    assert_eq!(world.manager.rotate(&missing).unwrap_err().code(), Code::NoUniqueKey);
    assert_eq!(world.manager.revoke(&missing).unwrap_err().code(), Code::NoUniqueKey);
    assert_eq!(world.rsa(&missing, true).unwrap().generated.len(), 1, "forced, it works with none current");
    for reference in ["SIGN", "sign"] {
        let refused = world.manager.revoke(&scope("KERNEL", reference)).unwrap_err();
        assert_eq!(refused.code(), Code::RevokeNotAllowed);
    }
}

#[test]
fn a_revoked_key_is_shown_so_still_decrypts_and_is_followed_by_another() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "a");
    let old = world.manager.encrypt(&scope, &SealOptions::default(), b"old data").unwrap();
    let revoked = world.manager.revoke(&scope).unwrap();
    assert_eq!((revoked.alias.clone(), revoked.state), (old.key.alias.clone(), KeyState::Revoked));
    assert_eq!(world.all(&scope).len(), 1);
    let live = KeyFilter { app: Some(scope.app.clone()), reference: Some(scope.reference.clone()), all: false };
    assert!(world.manager.keys(&live).unwrap().is_empty());
    assert_eq!(world.manager.key(revoked.alias.as_str()).unwrap(), revoked);
    let opened = world.manager.decrypt(&scope, &OpenOptions::default(), &old.envelope).unwrap();
    assert_eq!((opened.plaintext.as_slice(), &opened.key.alias), (&b"old data"[..], &revoked.alias));
    let new = world.manager.encrypt(&scope, &SealOptions::default(), b"new data").unwrap();
    assert_ne!(new.key.alias, revoked.alias, "a new key is made on the same day");
    assert_eq!(world.current_count(&scope), 1);
    // Masters too.
    let module = keymanager::id::KeyScope::master(scope.app.clone());
    world.manager.revoke(&module).unwrap();
    assert!(world.manager.certificate(&module).unwrap().generated);
    assert_eq!(world.manager.decrypt(&scope, &OpenOptions::default(), &old.envelope).unwrap().plaintext, b"old data");
    assert_consistent(&world, "after revoking");
}

#[test]
fn several_current_keys_do_not_stop_the_work() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "a");
    let first = world.current(&scope);
    world.clock.forward(1, 0);
    let second = world.manager.rotate(&scope).unwrap().generated.remove(0);
    // Another program gives the first one its time back.
    let found = all_records(world.store.as_ref(), Select::KeyByAlias(first.alias.clone())).remove(0);
    let Record::Key(mut key) = found.record else { panic!("a key") };
    key.alias.expires = first.not_after;
    let change = Change::Update(Record::Key(key), found.version);
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }).unwrap();
    assert_eq!(world.current_count(&scope), 2);
    assert_eq!(world.current(&scope).alias, second.alias, "the newest is used");
    let revoked = world.manager.revoke(&scope).unwrap();
    assert_eq!((revoked.alias, world.current_count(&scope)), (second.alias, 0), "all of them end");
}

#[test]
fn scopes_whose_names_join_to_one_text_do_not_collide() {
    let world = World::with_masters();
    world.policy("A", |_| {});
    world.policy("A_B", |_| {});
    world.manager.generate_all(&NoProgress).unwrap();
    let first = world.current(&scope("A", "B_C"));
    let second = world.current(&scope("A_B", "C"));
    assert_ne!(first.uni_ident, second.uni_ident);
    assert_consistent(&world, "A_B_C twice");
}
