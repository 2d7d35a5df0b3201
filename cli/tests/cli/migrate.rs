//! `migrate`: tables, keys for MACs, and rows that are signed.

use crate::sandbox::{Run, Sandbox, members};

fn migrate(sandbox: &Sandbox, status: i32, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["migrate"];
    all.extend(arguments);
    let document = Run::of(sandbox.command(&all).arg("--json")).expect(status).document();
    members(&document, &["made_key", "signed", "renewed", "kept", "refused"]);
    document
}

fn execute(sandbox: &Sandbox, sql: &str) {
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    assert!(database.execute(sql, []).unwrap() > 0);
}

fn tables(sandbox: &Sandbox) -> i64 {
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    database.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'km_row_mac'", [], |row| row.get(0)).unwrap()
}

#[test]
fn rows_are_signed_when_the_configuration_names_a_key() {
    let sandbox = Sandbox::initialised();
    assert!(sandbox.ok(&["migrate"]).text().contains("[row_authentication]"), "nothing to sign with");
    assert_eq!(tables(&sandbox), 0);
    std::fs::write(sandbox.path("keymanager.toml"), "[row_authentication]\nkeys = [\"row-mac-1\"]\n").unwrap();
    sandbox.ok(&["doctor"]);
    assert_eq!(tables(&sandbox), 0, "made by `migrate` only");

    let document = migrate(&sandbox, 0, &[]);
    assert_eq!(document["made_key"], "row-mac-1");
    let signed = document["signed"].as_u64().unwrap();
    assert!(signed > 10);
    let document = migrate(&sandbox, 0, &[]);
    assert_eq!((document["signed"].as_u64(), document["kept"].as_u64()), (Some(0), Some(signed)));
    assert!(document["made_key"].is_null());
    sandbox.ok(&["doctor"]);

    execute(&sandbox, "UPDATE key_policy_def SET access_allowed = 'mallory' WHERE app_id = 'REGISTRATION'");
    let run = Run::of(&mut sandbox.command(&["policy", "list", "--json"])).expect(7).document();
    assert_eq!((run["error"]["code"].as_u64(), run["error"]["name"].as_str()), (Some(7018), Some("row_not_authentic")));
    let document = migrate(&sandbox, 1, &[]);
    let refused = &document["refused"][0];
    members(refused, &["id", "error", "text"]);
    assert_eq!((refused["id"].as_str(), refused["error"].as_str()), (Some("REGISTRATION"), Some("row_not_authentic")));
    let document = migrate(&sandbox, 0, &["--accept", "REGISTRATION"]);
    assert_eq!((document["signed"].as_u64(), document["kept"].as_u64()), (Some(1), Some(signed - 1)));
    sandbox.ok(&["policy", "list"]);
}

#[test]
fn a_section_without_keys_is_refused() {
    let sandbox = Sandbox::initialised();
    for section in ["keys = []", "required = true", "keys = [\"\"]", "key = [\"row-mac-1\"]"] {
        std::fs::write(sandbox.path("keymanager.toml"), format!("[row_authentication]\n{section}\n")).unwrap();
        let document = Run::of(&mut sandbox.command(&["policy", "list", "--json"])).expect(2).document();
        assert_eq!(document["error"]["name"], "invalid_config", "{section}");
    }
}
