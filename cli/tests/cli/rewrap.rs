//! `keys rewrap`: its document, its report, its exit statuses.

use std::process::Command;

use crate::sandbox::{PASSPHRASE, Run, Sandbox, members};

const MEMBERS: [&str; 12] = [
    "app_id",
    "module_alias",
    "former_modules",
    "rewrapped",
    "kept",
    "other_domain",
    "pool_keys_discarded",
    "damaged",
    "begun",
    "ended",
    "seconds",
    "report",
];

/// A folder in which a Module key was replaced after a Base key was used.
fn replaced() -> Sandbox {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"before");
    sandbox.ok(&["encrypt", "--app", "REGISTRATION", "--ref", "10001_110011", "plain", "-o", "envelope"]);
    sandbox.ok(&["keys", "rotate", "--app", "REGISTRATION"]);
    sandbox
}

fn opens(sandbox: &Sandbox) {
    sandbox.ok(&["decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened", "--force-overwrite"]);
    assert_eq!(sandbox.read("opened"), b"before");
}

fn execute(sandbox: &Sandbox, sql: &str) {
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    assert!(database.execute(sql, []).unwrap() > 0);
}

#[test]
fn keys_are_wrapped_again_and_reported() {
    let sandbox = replaced();
    let document = sandbox.json(&["keys", "rewrap", "--app", "REGISTRATION", "--report", "report.json"]);
    members(&document, &MEMBERS);
    assert_eq!((&document["rewrapped"], &document["kept"]), (&1.into(), &0.into()));
    assert_eq!(document["report"], "report.json");
    let body: serde_json::Value = serde_json::from_slice(&sandbox.read("report.json")).unwrap();
    assert_eq!(body["module"], document["module_alias"]);
    let check = "openssl x509 -in report.json.pem -noout -pubkey > report.key && \
                 openssl dgst -sha256 -verify report.key -signature report.json.sig report.json";
    let mut shell = Command::new("bash");
    assert!(Run::of(shell.args(["-c", check]).current_dir(sandbox.folder())).expect(0).text().contains("Verified OK"));
    opens(&sandbox);
    sandbox.fails(1, "output_exists", &["keys", "rewrap", "--app", "REGISTRATION", "--report", "report.json"]);
    let text = sandbox.ok(&["keys", "rewrap", "--app", "REGISTRATION"]).text();
    assert!(text.starts_with("0 keys of REGISTRATION wrapped again to "), "{text}");
    assert!(text.contains(", 1 were already; 0 damaged"), "{text}");
}

#[test]
fn a_damaged_key_is_named_and_the_status_says_so() {
    let sandbox = replaced();
    sandbox.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "other", "-o", "other.pem"]);
    execute(
        &sandbox,
        "UPDATE key_store SET private_key = 'AAAA' WHERE id IN (SELECT id FROM key_alias WHERE ref_id = 'other')",
    );
    execute(&sandbox, "UPDATE key_alias SET key_gen_dtimes = 'yesterday' WHERE ref_id = '10001_110011'");
    let mut command = sandbox.command(&["keys", "rewrap", "--app", "REGISTRATION", "--json"]);
    let document = Run::of(&mut command).expect(1).document();
    members(&document, &MEMBERS);
    let mut errors: Vec<&str> =
        document["damaged"].as_array().unwrap().iter().map(|damaged| damaged["error"].as_str().unwrap()).collect();
    errors.sort_unstable();
    assert_eq!(errors, ["record_damaged", "wrapped_key_layout"]);
    let stopped = ["keys", "rewrap", "--app", "REGISTRATION", "--stop-at-damaged"];
    sandbox.fails(7, "record_damaged", &stopped);
}

#[test]
fn keys_move_from_a_key_file_to_a_token() {
    let sandbox = replaced();
    std::fs::create_dir(sandbox.path("tokens")).unwrap();
    let tokens = format!("directories.tokendir = {}\nlog.level = ERROR\n", sandbox.path("tokens").display());
    sandbox.write("softhsm2.conf", tokens.as_bytes());
    let at_token = |command: &mut Command| Run::of(command.env("SOFTHSM2_CONF", sandbox.path("softhsm2.conf")));
    let mut init = Command::new("softhsm2-util");
    init.args(["--init-token", "--free", "--label", "new", "--so-pin", "so-pin", "--pin", PASSPHRASE]);
    at_token(&mut init).expect(0);
    let token = "pkcs11:token=new?module-path=/usr/lib/softhsm/libsofthsm2.so";
    let rewrap = ["keys", "rewrap", "--app", "REGISTRATION", "--json", "--to", token];
    let with_pin = |command: &mut Command| at_token(command.env("KEYMANAGER_TO_PASSPHRASE", PASSPHRASE));
    with_pin(&mut sandbox.command(&rewrap)).expect(4).error("key_not_generated");
    at_token(&mut sandbox.command(&rewrap)).expect(2).error("invalid_passphrase");
    for app in ["ROOT", "REGISTRATION"] {
        at_token(&mut sandbox.command(&["--master", token, "keys", "rotate", "--app", app])).expect(0);
    }
    let document = with_pin(&mut sandbox.command(&rewrap)).expect(0).document();
    assert_eq!((&document["rewrapped"], &document["damaged"]), (&1.into(), &serde_json::json!([])));
    // The key file is not needed any more.
    std::fs::remove_file(sandbox.path("keymanager.p12")).unwrap();
    let decrypt = ["--master", token, "decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened"];
    at_token(&mut sandbox.command(&decrypt)).expect(0);
    assert_eq!(sandbox.read("opened"), b"before");
}
