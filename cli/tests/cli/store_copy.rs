//! `store copy`: its document, its report, what it refuses.

use crate::sandbox::{Sandbox, members};

const COPY: [&str; 4] = ["store", "copy", "--to", "sqlite:there.db"];

#[test]
fn a_store_is_copied_and_works() {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"before");
    sandbox.ok(&["encrypt", "--app", "REGISTRATION", "--ref", "10001_110011", "plain", "-o", "envelope"]);
    let mut arguments = COPY.to_vec();
    arguments.extend(["--report", "copy.json"]);
    let document = sandbox.json(&arguments);
    members(
        &document,
        &["from", "to", "tables", "intents_left", "pool_keys_left", "damaged", "begun", "ended", "seconds", "report"],
    );
    members(&document["tables"][1], &["table", "copied", "present", "others"]);
    assert_eq!((&document["tables"][1]["table"], &document["tables"][1]["copied"]), (&"key_alias".into(), &3.into()));
    assert!(sandbox.path("copy.json.sig").exists() && sandbox.path("copy.json.pem").exists());
    sandbox.ok(&["--store", "sqlite:there.db", "decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened"]);
    assert_eq!(sandbox.read("opened"), b"before");
    let text = sandbox.ok(&COPY).text();
    assert!(text.contains("key_alias") && text.contains("0 damaged rows"), "{text}");
}

#[test]
fn what_is_refused() {
    let sandbox = Sandbox::initialised();
    sandbox.fails(2, "invalid_argument", &["store", "copy", "--to", "sqlite:keymanager.db"]);
    sandbox.fails(2, "invalid_argument", &["store", "copy", "--to", "somewhere"]);
    sandbox.fails(7, "store_unavailable", &["store", "copy", "--from", "sqlite:nowhere.db", "--to", "sqlite:there.db"]);
    assert!(!sandbox.path("there.db").exists());
    sandbox.ok(&COPY);
    sandbox.ok(&["--store", "sqlite:there.db", "policy", "set", "PMS", "--validity-days", "777"]);
    sandbox.fails(5, "already_exists", &COPY);
}

#[test]
fn tables_that_stay_behind_are_named() {
    let sandbox = Sandbox::initialised();
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    let row = "INSERT INTO data_encrypt_keystore (id, key, key_status, cr_by, cr_dtimes) \
               VALUES (1, 'x', 'Active', 'System', '2026-01-01 00:00:00')";
    assert_eq!(database.execute(row, []).unwrap(), 1);
    drop(database);
    let run = sandbox.ok(&COPY);
    assert!(run.stderr.contains("1 row of data_encrypt_keystore"), "{}", run.stderr);
}
