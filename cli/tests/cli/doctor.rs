//! `doctor`: its document, its text, its exit status and its repairs.

use std::time::{Duration, SystemTime};

use crate::sandbox::{Run, Sandbox, members};

fn report(sandbox: &Sandbox, status: i32, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["doctor"];
    all.extend(arguments);
    let document = Run::of(sandbox.command(&all).arg("--json")).expect(status).document();
    members(&document, &["findings", "checked"]);
    members(&document["checked"], &["records", "tokens"]);
    for finding in document["findings"].as_array().unwrap() {
        members(finding, &["code", "severity", "alias", "text", "repair", "repaired"]);
    }
    document
}

fn codes(document: &serde_json::Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn execute(sandbox: &Sandbox, sql: &str) {
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    assert!(database.execute(sql, []).unwrap() > 0);
}

#[test]
fn a_new_key_manager_is_healthy() {
    let sandbox = Sandbox::initialised();
    let document = report(&sandbox, 0, &[]);
    assert_eq!(codes(&document), Vec::<&str>::new());
    assert_eq!((document["checked"]["records"].as_u64(), document["checked"]["tokens"].as_u64()), (Some(3), Some(2)));
    let text = sandbox.ok(&["doctor"]).text();
    assert_eq!(text, "3 records and 2 master keys: 0 errors, 0 warnings, 0 remarks\n");
}

#[test]
fn what_quickstart_makes_is_healthy() {
    let sandbox = Sandbox::empty();
    Run::of(&mut sandbox.bare(&["quickstart"])).expect(0);
    let config = ["--config", "keymanager-quickstart/keymanager.toml", "--json"];
    let document = Run::of(sandbox.bare(&["doctor"]).args(config)).expect(0).document();
    assert_eq!(codes(&document), Vec::<&str>::new());
}

#[test]
fn what_is_broken_is_explained_and_then_repaired() {
    let sandbox = Sandbox::initialised();
    execute(
        &sandbox,
        "UPDATE key_alias SET cert_thumbprint = replace(cert_thumbprint, substr(cert_thumbprint, 1, 4), 'ABBA')",
    );
    execute(
        &sandbox,
        "INSERT INTO km_intent (alias, app_id, ref_id, begun) VALUES ('left', 'PMS', '', '2026-01-01 00:00:00')",
    );
    for name in [".keymanager.p12.00FF.keymanager-tmp", "keymanager.db.00FF.keymanager-tmp-journal"] {
        let file = std::fs::File::create(sandbox.path(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    }
    let before = (sandbox.read("keymanager.db"), sandbox.names());
    let expected =
        ["intent_left", "thumbprint_wrong", "thumbprint_wrong", "thumbprint_wrong", "temporary_file", "temporary_file"];
    let document = report(&sandbox, 1, &[]);
    assert_eq!(codes(&document), expected);
    let text = sandbox.run(&["doctor"]).expect(1);
    assert!(text.stderr.is_empty(), "{}", text.stderr);
    let text = text.text();
    assert!(text.contains("error: thumbprint_wrong") && text.contains("  repair: Writes"), "{text}");
    assert!(text.contains("3 errors, 3 warnings") && text.contains("doctor --repair"), "{text}");
    let after: Vec<String> =
        sandbox.names().into_iter().filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect();
    assert_eq!((before.0, before.1), (sandbox.read("keymanager.db"), after));

    let document = report(&sandbox, 0, &["--repair"]);
    assert_eq!(codes(&document), expected);
    assert!(document["findings"].as_array().unwrap().iter().all(|finding| finding["repaired"] == true), "{document}");
    assert_eq!(codes(&report(&sandbox, 0, &[])), Vec::<&str>::new());
    assert!(!sandbox.names().iter().any(|name| name.contains("keymanager-tmp")));
}

#[test]
fn an_orphan_goes_by_name_only() {
    let sandbox = Sandbox::initialised();
    // The Root's row is lost: its key is an orphan now.
    execute(&sandbox, "DELETE FROM key_alias WHERE app_id = 'ROOT'");
    let document = report(&sandbox, 0, &["--repair"]);
    assert_eq!(codes(&document), ["issuer_unknown", "master_key_orphan"]);
    let orphan = document["findings"][1]["alias"].as_str().unwrap().to_owned();
    sandbox.run(&["doctor", "--remove", &orphan]).expect(2);
    let document = report(&sandbox, 0, &["--repair", "--remove", &orphan]);
    assert_eq!(document["findings"][1]["repaired"], true);
    assert_eq!(codes(&report(&sandbox, 0, &[])), ["issuer_unknown"]);
}

#[test]
fn a_key_that_is_gone_is_an_error_that_stays() {
    let sandbox = Sandbox::initialised();
    let other = Sandbox::empty();
    other.ok(&["init"]);
    sandbox.write("keymanager.p12", &other.read("keymanager.p12"));
    let document = report(&sandbox, 1, &["--repair"]);
    // In the order of the keys, and aliases are random.
    let mut found = codes(&document);
    found.sort();
    assert_eq!(found, ["master_key_missing", "master_key_missing", "wrapping_key_missing"]);
    assert_eq!(document, report(&sandbox, 1, &[]));
    // What cannot be looked at at all is an error, not a report.
    std::fs::remove_file(sandbox.path("keymanager.p12")).unwrap();
    sandbox.fails(7, "master_unavailable", &["doctor"]);
}
