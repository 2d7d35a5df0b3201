//! The file of JSON lines and the sink through `tracing`.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use keymanager::audit::{AuditFailure, AuditFile, AuditFileOptions, AuditLog};
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::manager::KeyManager;
use serde_json::Value;

use super::support::{TestClock, World, scope};

fn open(path: &Path, sync: bool) -> keymanager::Result<AuditFile> {
    AuditFile::open(path, AuditFileOptions::default().sync(sync))
}

fn manager(world: &World, caller: &str, file: AuditFile) -> KeyManager {
    KeyManager::builder()
        .store(Arc::clone(&world.store))
        .master(Arc::clone(&world.master))
        .clock(Arc::<TestClock>::clone(&world.clock))
        .caller(caller)
        .audit(Arc::new(file), AuditFailure::Stop)
        .build()
        .unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn world() -> World {
    let world = World::new();
    world.rsa(&scope("ROOT", ""), false).unwrap();
    world.rsa(&scope("REGISTRATION", ""), false).unwrap();
    world
}

#[test]
fn lines_are_json_whatever_the_values_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let world = world();
    let caller = "eve\"\\\n{\"verb\":\"revoke\"}\u{2028}\u{85}\u{1b}[2J\u{0}\u{1f600}";
    let manager = manager(&world, caller, open(&path, true).unwrap());
    let reference = "'; drop table key_alias; -- $(reboot)";
    let centre = scope("REGISTRATION", reference);
    let sealed = manager.encrypt(&centre, &SealOptions::default(), b"never in a line").unwrap();
    manager.decrypt(&centre, &OpenOptions::default(), &sealed.envelope).unwrap();
    manager.revoke(&scope("KERNEL", "SIGN")).unwrap_err();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("never in a line") && !text.contains('\u{2028}') && !text.contains('\u{1b}'));
    let lines = lines(&path);
    assert_eq!(lines.len(), 6);
    for line in &lines {
        assert_eq!(line["caller"], caller);
        assert_eq!(line["process"], std::process::id());
    }
    assert_eq!(lines[0]["reference"], reference);
    let outcome = |at: usize| (lines[at]["operation"].as_u64().unwrap(), lines[at]["outcome"].as_str().unwrap());
    let outcomes: Vec<_> = (0..6).map(outcome).collect();
    let expected = [(1, "begins"), (1, "ok"), (2, "begins"), (2, "ok"), (3, "begins"), (3, "revoke_not_allowed")];
    assert_eq!(outcomes, expected);
    assert_eq!(lines[2]["keys"][0]["thumbprint"], sealed.key.thumbprint.unwrap().to_hex());
    assert_eq!(lines[3]["keys"][0]["alias"], sealed.key.alias.as_str());
    assert!(lines[0].get("keys").is_none());
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_is_appended_to() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let world = world();
    for _ in 0..2 {
        manager(&world, "a", open(&path, false).unwrap()).policies().unwrap();
    }
    assert_eq!(lines(&path).len(), 4);
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(open(&path, true).unwrap_err().code(), Code::FilePermissions);
    assert_eq!(open(&folder.path().join("no/audit.jsonl"), true).unwrap_err().code(), Code::FileNotFound);
}

#[test]
fn a_line_that_was_cut_does_not_spoil_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let world = world();
    drop(open(&path, false).unwrap());
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"time\":\"2026").unwrap();
    manager(&world, "a", open(&path, false).unwrap()).policies().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let good: Vec<_> = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).collect();
    assert_eq!((text.lines().count(), good.len()), (3, 2), "{text}");
}

#[test]
fn threads_do_not_mix_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let world = world();
    let first = manager(&world, "first", open(&path, false).unwrap());
    let second = manager(&world, "second", open(&path, false).unwrap());
    std::thread::scope(|threads| {
        for manager in [&first, &first, &second, &second] {
            threads.spawn(|| (0..50).for_each(|_| drop(manager.policies().unwrap())));
        }
    });
    assert_eq!(lines(&path).len(), 400);
}

#[test]
fn the_log_never_fails() {
    let world = world();
    let manager = KeyManager::builder()
        .store(Arc::clone(&world.store))
        .master(Arc::clone(&world.master))
        .clock(Arc::<TestClock>::clone(&world.clock))
        .audit(Arc::new(AuditLog), AuditFailure::Stop)
        .build()
        .unwrap();
    assert!(manager.certificate(&scope("REGISTRATION", "a")).unwrap().generated);
}
