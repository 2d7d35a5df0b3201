//! The store in a PostgreSQL database, from the first table to `doctor`.

use crate::sandbox::{Run, Sandbox};
use crate::server::{self, PASSWORD, USER};

const HERE: [&str; 4] = ["--app", "REGISTRATION", "--ref", "10001_110011"];

fn store(database: &str) -> String {
    format!("postgresql://{USER}@127.0.0.1:{}/{database}?sslmode=disable", server::shared().port)
}

#[test]
fn keys_live_in_a_database() {
    let sandbox = Sandbox::empty();
    let database = server::shared().database();
    let address = store(&database);
    sandbox.write("password", PASSWORD.as_bytes());
    Run::of(std::process::Command::new("chmod").args(["600", "password"]).current_dir(sandbox.folder())).expect(0);
    sandbox.write("keymanager.toml", format!("store = \"{address}\"\nstore_password_file = \"password\"\n").as_bytes());
    let document = sandbox.json(&["init"]);
    assert!(document["store"].as_str().unwrap().starts_with("postgresql://"), "{document}");
    assert_eq!(document["policies"].as_array().unwrap().len(), 12);
    sandbox.ok(&["keys", "generate", "--app", "ROOT"]);
    sandbox.ok(&["keys", "generate", "--app", "REGISTRATION"]);
    sandbox.write("plain", b"in a database");
    sandbox.ok(&[&["encrypt"], &HERE[..], &["plain", "-o", "envelope"]].concat());
    sandbox.ok(&[&["decrypt"], &HERE[..2], &["envelope", "-o", "opened"]].concat());
    assert_eq!(sandbox.read("opened"), b"in a database");
    sandbox.ok(&["doctor"]);
    // Again changes nothing.
    sandbox.ok(&["init"]);
    assert!(sandbox.ok(&["keys", "tree"]).text().contains("10001_110011"));
    assert_eq!(server::shared().sql(&database, "SELECT count(*) FROM keymgr.key_alias"), "3");
}

#[test]
fn a_password_is_taken_from_the_environment_and_never_shown() {
    let sandbox = Sandbox::empty();
    let address = store(&server::shared().database());
    let run = |password: &str| {
        let mut command = sandbox.command(&["policy", "list", "--json", "--store", &address]);
        Run::of(command.env("KEYMANAGER_STORE_PASSWORD", password))
    };
    let refused = run("not-the-password-9f").expect(7);
    let text = format!("{}{}", refused.text(), refused.stderr);
    assert!(text.contains("28P01") && !text.contains("not-the-password-9f"), "{text}");
    // With the right one it is the tables that are missing.
    let missing = run(PASSWORD).expect(7).error("store_unavailable");
    assert!(missing["message"].as_str().unwrap().contains("42P01"), "{missing}");
    let refused = sandbox.fails(2, "invalid_argument", &["policy", "list", "--store", "postgresql://u:word-9f@h/d"]);
    assert!(!refused.to_string().contains("word-9f"), "{refused}");
}
