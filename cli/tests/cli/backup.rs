//! `backup`: archives that are made, looked at, and put back.

use crate::sandbox::{Run, Sandbox, members};

const MEMBERS: [&str; 9] =
    ["archive", "made", "key_file", "keys", "chained", "foreign_issuers", "opened", "damaged", "signed_by"];

#[test]
fn there_and_back() {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"before");
    sandbox.ok(&["encrypt", "--app", "REGISTRATION", "--ref", "10001_110011", "plain", "-o", "envelope"]);
    let made = sandbox.json(&["backup", "create", "backup.tar", "--open"]);
    members(&made, &MEMBERS);
    assert_eq!((&made["keys"], &made["opened"], &made["key_file"]), (&3.into(), &1.into(), &true.into()));
    sandbox.fails(1, "output_exists", &["backup", "create", "backup.tar"]);
    sandbox.fails(5, "already_exists", &["backup", "restore", "backup.tar"]);
    for name in ["keymanager.db", "keymanager.p12"] {
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
    // Without store and master keys there is enough to see that it is whole.
    assert_eq!(sandbox.json(&["backup", "verify", "backup.tar"])["chained"], 3);
    let text = sandbox.ok(&["backup", "restore", "backup.tar"]).text();
    assert!(text.starts_with("Put back backup.tar: 3 keys of ") && text.contains("with the key file"), "{text}");
    sandbox.ok(&["decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened"]);
    assert_eq!(sandbox.read("opened"), b"before");
    assert_eq!(sandbox.json(&["backup", "verify", "backup.tar", "--open"])["opened"], 1);
    sandbox.ok(&["doctor"]);
}

#[test]
fn what_is_no_backup_is_refused() {
    let sandbox = Sandbox::initialised();
    sandbox.fails(4, "file_not_found", &["backup", "verify", "nowhere.tar"]);
    sandbox.write("no.tar", &[7; 2000]);
    sandbox.fails(3, "backup_damaged", &["backup", "verify", "no.tar"]);
    sandbox.fails(2, "unsupported", &["--store", "memory:", "backup", "restore", "no.tar"]);
    sandbox.fails(
        3,
        "backup_damaged",
        &["--store", "sqlite:new.db", "--master", "file:new.p12", "backup", "restore", "no.tar"],
    );
    assert!(!sandbox.path("new.db").exists() && !sandbox.path("new.p12").exists());
}

#[test]
fn it_is_audited() {
    let sandbox = Sandbox::initialised();
    sandbox.ok(&["--audit-file", "audit.jsonl", "backup", "create", "backup.tar"]);
    let mut verify = sandbox.command(&["--audit-file", "audit.jsonl", "backup", "verify", "backup.tar"]);
    Run::of(&mut verify).expect(0);
    let lines = String::from_utf8(sandbox.read("audit.jsonl")).unwrap();
    let verbs: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["verb"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(verbs, ["backup", "backup", "verify_backup", "verify_backup"]);
}
