//! The audit file of the command line (AUD-30 to AUD-34).

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{APP, REFERENCE, Run, Sandbox};

fn lines(sandbox: &Sandbox, name: &str) -> Vec<Value> {
    let text = String::from_utf8(sandbox.read(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn verbs(lines: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(&line["verb"]), text(&line["outcome"]))).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(verb, outcome)| ((*verb).to_owned(), (*outcome).to_owned())).collect()
}

fn user() -> String {
    let id = Command::new("id").arg("-u").output().unwrap();
    format!("uid:{}", String::from_utf8(id.stdout).unwrap().trim())
}

#[test]
fn what_is_done_is_recorded() {
    let sandbox = Sandbox::initialised();
    std::fs::create_dir(sandbox.path("etc")).unwrap();
    sandbox.write(
        "etc/keymanager.toml",
        b"store = \"sqlite:../keymanager.db\"\n[audit]\nfile = \"audit.jsonl\"\nsync = false\n",
    );
    sandbox.envelope("one.envelope", "ver_r2", b"never in a line");
    let config = ["--config", "etc/keymanager.toml"];
    let scope = ["--app", APP, "--ref", REFERENCE];
    sandbox.ok(&[&["keys", "certificate", "-o", "again.pem"][..], &scope, &config].concat());
    let decrypt = ["decrypt", "--app", APP, "--user", "alice", "one.envelope", "-o", "one.plain"];
    sandbox.ok(&[&decrypt[..], &config].concat());
    sandbox.run(&[&["keys", "revoke", "--app", "KERNEL", "--ref", "SIGN"][..], &config].concat()).expect(5);
    // What uses no key manager has no events.
    sandbox.ok(&[&["inspect", "one.envelope"][..], &config].concat());
    let text = String::from_utf8(sandbox.read("etc/audit.jsonl")).unwrap();
    assert!(!text.contains("never in a line"));
    let found = lines(&sandbox, "etc/audit.jsonl");
    let wanted = pairs(&[
        ("certificate", "begins"),
        ("certificate", "ok"),
        ("session_key", "begins"),
        ("session_key", "ok"),
        ("revoke", "begins"),
        ("revoke", "revoke_not_allowed"),
    ]);
    assert_eq!(verbs(&found), wanted, "{text}");
    assert_eq!(found[0]["caller"], user());
    assert_eq!(found[2]["caller"], format!("{} for alice", user()));
    assert_eq!((found[0]["app"].as_str(), found[0]["reference"].as_str()), (Some(APP), Some(REFERENCE)));
    assert_eq!(found[3]["keys"][0]["thumbprint"], found[1]["keys"][0]["thumbprint"]);
    let mode = std::fs::metadata(sandbox.path("etc/audit.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // An option beats the environment, which beats the file.
    let mut command = sandbox.command(&["policy", "list"]);
    command.args(config).env("KEYMANAGER_AUDIT_FILE", "environment.jsonl");
    Run::of(&mut command).expect(0);
    Run::of(command.args(["--audit-file", "option.jsonl"])).expect(0);
    for name in ["environment.jsonl", "option.jsonl"] {
        assert_eq!(verbs(&lines(&sandbox, name)), pairs(&[("policies", "begins"), ("policies", "ok")]), "{name}");
    }
    assert_eq!(lines(&sandbox, "etc/audit.jsonl").len(), found.len());
}

/// Stop, the default: the verb does not begin, and nothing comes out.
#[test]
fn what_cannot_be_recorded_is_not_done() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("one.envelope", "packet", b"kept back");
    sandbox.write("readable.jsonl", b"");
    std::fs::set_permissions(sandbox.path("readable.jsonl"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for place in ["missing/audit.jsonl", "readable.jsonl", "."] {
        let rotate = ["keys", "rotate", "--app", APP, "--ref", REFERENCE, "--audit-file", place];
        sandbox.fails(7, "audit_failed", &rotate);
        sandbox.fails(7, "audit_failed", &[&rotate[..], &["--audit-failure", "stop"]].concat());
        let decrypt = ["decrypt", "--app", APP, "one.envelope", "-o", "one.plain", "--audit-file", place];
        sandbox.fails(7, "audit_failed", &decrypt);
    }
    assert!(!sandbox.path("one.plain").exists());
    let keys = sandbox.json(&["keys", "list", "--app", APP, "--ref", REFERENCE, "--all"]);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    sandbox.fails(2, "invalid_argument", &["policy", "list", "--audit-failure", "continue"]);
    sandbox.write("keymanager.toml", b"[audit]\non_failure = \"continue\"\n");
    sandbox.fails(2, "invalid_config", &["policy", "list"]);
}

/// Continue: it is done, and a warning says what is missing, whatever is silenced.
#[test]
fn it_goes_on_when_told_to() {
    let sandbox = Sandbox::initialised();
    sandbox.write("keymanager.toml", b"[audit]\nfile = \"missing/audit.jsonl\"\non_failure = \"continue\"\n");
    let run = sandbox.ok(&["policy", "list", "--quiet", "--json"]);
    run.document();
    assert!(
        run.stderr.contains("warning: nothing is recorded") && run.stderr.contains("missing/audit.jsonl"),
        "{}",
        run.stderr
    );
    sandbox.fails(7, "audit_failed", &["policy", "list", "--audit-failure", "stop"]);
}
