//! Faults of scopes, and temporary files.

use std::time::{Duration, SystemTime};

use keymanager::id::KeyScope;
use keymanager::manager::{DoctorOptions, Severity};
use keymanager::progress::NoProgress;
use keymanager::time::Clock as _;

use super::common::{base, beyond_repair, change, codes, exactly, found, look, module, repaired, with_base};
use super::support::{World, scope};

/// Makes the key that was rotated away current again.
fn two_current(world: &World, scope: &KeyScope) -> (keymanager::id::Alias, keymanager::id::Alias) {
    let old = world.current(scope).alias;
    let until = found(world, &old).0.alias.expires;
    world.clock.forward(0, 1_000_000);
    world.manager.rotate(scope).unwrap();
    change(world, &old, |key| key.alias.expires = until);
    (old, world.current(scope).alias)
}

#[test]
fn all_current_keys_but_the_newest_are_ended() {
    for scope in [base(), module(), scope("ROOT", "")] {
        let (world, ..) = with_base();
        let (old, new) = two_current(&world, &scope);
        assert_ne!(old, new);
        repaired(&world, &[("several_current", Some(&new))]);
        assert_eq!(world.current(&scope).alias, new);
        assert_eq!(world.current_count(&scope), 1);
        assert_eq!(found(&world, &old).0.alias.expires, Some(world.clock.now().plus_seconds(-60)));
    }
}

#[test]
fn of_two_zk_masters_none_is_ended() {
    let world = World::with_masters();
    let zk = scope("KERNEL", "IDENTITY_CACHE");
    let first = world.all(&zk).remove(0).alias;
    let other = scope("KERNEL", "elsewhere");
    let second = world.aes(&other, false).unwrap().generated.remove(0).alias;
    change(&world, &second, |key| key.alias.scope = zk.clone());
    let newest = first.clone().max(second);
    beyond_repair(&world, &[("several_current", Some(&newest))]);
}

#[test]
fn a_scope_with_two_kinds_of_key_is_found() {
    let (world, _, _, base) = with_base();
    let other = scope("REGISTRATION", "aes");
    world.aes(&other, false).unwrap();
    let now = world.clock.now();
    change(&world, &base, |key| {
        key.alias.scope = other.clone();
        key.alias.expires = Some(now.plus_seconds(-1));
    });
    beyond_repair(&world, &[("mixed_kinds", None)]);
}

#[test]
fn keys_that_are_due_or_ended_are_named() {
    let (world, root, module, base) = with_base();
    // Base keys are due 30 days before their end, Module keys 60 (the policy's rows BASE and REGISTRATION).
    world.clock.forward(1095 - 40, 0);
    exactly(&world, &[("key_due", Some(&module))]);
    assert!(look(&world).findings.iter().all(|finding| finding.severity == Severity::Info));
    world.clock.forward(15, 0);
    exactly(&world, &[("key_due", Some(&base)), ("key_due", Some(&module))]);
    world.clock.forward(30, 0);
    exactly(&world, &[("key_ended", Some(&base)), ("key_ended", Some(&module))]);
    world.manager.certificate(&super::common::base()).unwrap();
    exactly(&world, &[]);
    assert_eq!(found(&world, &root).0.alias.alias, root);
}

#[test]
fn a_zk_master_that_ends_is_a_warning() {
    let world = World::with_masters();
    let zk = world.all(&scope("KERNEL", "IDENTITY_CACHE")).remove(0).alias;
    let now = world.clock.now();
    change(&world, &zk, |key| key.alias.expires = Some(now.plus_seconds(-1)));
    exactly(&world, &[("key_ended", Some(&zk))]);
    assert_eq!(look(&world).findings[0].severity, Severity::Warning);
}

#[test]
fn temporary_files_that_are_old_are_removed() {
    let (world, ..) = with_base();
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(world.clock.now().unix_micros() as u64);
    let write = |name: &str, hours: u64| {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        file.set_modified(now - Duration::from_secs(hours * 3600)).unwrap();
    };
    for name in [".keymanager.p12.00FF.keymanager-tmp", "keymanager.db.00FF.keymanager-tmp", "x.keymanager-tmp-journal"]
    {
        write(name, 2);
    }
    write("keymanager.db", 2);
    write("keymanager-tmp", 2);
    write(".young.keymanager-tmp", 0);
    let options = DoctorOptions { folders: vec![folder.path().to_owned()], ..DoctorOptions::default() };
    let report = world.manager.doctor(&options, &NoProgress).unwrap();
    assert_eq!(codes(&report), [("temporary_file", None); 4]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);

    let report = world.manager.doctor(&DoctorOptions { repair: true, ..options.clone() }, &NoProgress).unwrap();
    assert_eq!(report.findings.iter().filter(|finding| finding.repaired).count(), 3);
    let left = world.manager.doctor(&options, &NoProgress).unwrap();
    assert_eq!(codes(&left), [("temporary_file", None)]);
    assert!(left.findings[0].text.contains(".young."));
    assert!(folder.path().join("keymanager.db").exists() && folder.path().join("keymanager-tmp").exists());
}
