//! Where passphrases come from, and how the key file's is changed.

use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{PASSPHRASE, Run, Sandbox, members};

const LIST: [&str; 3] = ["keys", "list", "--json"];

#[test]
fn every_way_but_an_argument() {
    let sandbox = Sandbox::initialised();
    let with_line = |line: &str| {
        let mut command = sandbox.bare(&LIST);
        command.args(["--passphrase-file", "-"]);
        Run::with_stdin(&mut command, line.as_bytes())
    };
    with_line(&format!("{PASSPHRASE}\nignored")).expect(0);
    with_line(&format!("{PASSPHRASE}\r\n")).expect(0);
    with_line("").expect(2).error("invalid_passphrase");
    Run::of(sandbox.bare(&LIST).env("KEYMANAGER_PASSPHRASE", PASSPHRASE)).expect(0);
    // An option beats the environment, which beats the file.
    Run::of(sandbox.command(&LIST).env("KEYMANAGER_PASSPHRASE", "wrong")).expect(0);
    sandbox.write("wrong", b"wrong");
    std::fs::set_permissions(sandbox.path("wrong"), std::fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.write("keymanager.toml", b"passphrase_file = \"wrong\"\n");
    Run::of(&mut sandbox.bare(&LIST)).expect(7).error("wrong_passphrase");
    Run::of(sandbox.bare(&LIST).env("KEYMANAGER_PASSPHRASE", PASSPHRASE)).expect(0);
    sandbox.write("keymanager.toml", b"passphrase_file = \"passphrase\"\n");
    Run::of(&mut sandbox.bare(&LIST)).expect(0);
}

#[test]
fn without_one_the_ways_are_named() {
    let sandbox = Sandbox::initialised();
    let error = Run::of(&mut sandbox.bare(&LIST)).expect(2).error("invalid_passphrase");
    let next = error["next"].as_str().unwrap();
    assert!(next.contains("--passphrase-file") && next.contains("KEYMANAGER_PASSPHRASE"), "{next}");
    // init says so before it makes anything.
    let sandbox = Sandbox::empty();
    Run::of(&mut sandbox.bare(&["init"])).expect(2);
    assert_eq!(sandbox.names(), ["passphrase"]);
    let mut command = sandbox.bare(&["init", "--json"]);
    Run::of(command.env("KEYMANAGER_PASSPHRASE", "schlüssel")).expect(2).error("invalid_passphrase");
    assert_eq!(sandbox.names(), ["passphrase"]);
}

#[test]
fn files_that_others_can_read_are_refused_unless_named() {
    for name in ["passphrase", "keymanager.p12", "keymanager.db"] {
        let sandbox = Sandbox::initialised();
        std::fs::set_permissions(sandbox.path(name), std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = sandbox.fails(5, "file_permissions", &["keys", "list"]);
        assert!(error["next"].as_str().unwrap().contains("--allow-readable"), "{error}");
        sandbox.ok(&["keys", "list", "--allow-readable", name]);
    }
}

#[test]
fn the_passphrase_of_the_key_file_changes() {
    let sandbox = Sandbox::initialised();
    sandbox.write("new", b"another passphrase\n");
    std::fs::set_permissions(sandbox.path("new"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let arguments = ["master", "passphrase", "--new-passphrase-file", "new", "--iterations", "20000"];
    let document = sandbox.json(&arguments);
    members(&document, &["master", "iterations"]);
    assert_eq!(document["iterations"], 20_000);
    sandbox.fails(7, "wrong_passphrase", &["keys", "list"]);
    Run::of(sandbox.bare(&LIST).env("KEYMANAGER_PASSPHRASE", "another passphrase")).expect(0);

    // Both from standard input: one line each. And from the environment.
    let mut command = sandbox.bare(&["master", "passphrase", "--passphrase-file", "-", "--new-passphrase-file", "-"]);
    Run::with_stdin(&mut command, b"another passphrase\na third one\n").expect(0);
    let mut command = sandbox.bare(&["master", "passphrase"]);
    command.env("KEYMANAGER_PASSPHRASE", "a third one").env("KEYMANAGER_NEW_PASSPHRASE", PASSPHRASE);
    Run::of(&mut command).expect(0);
    sandbox.ok(&["keys", "list"]);
    let run = sandbox.run(&["master", "passphrase", "--json"]).expect(2);
    assert!(run.error("invalid_passphrase")["next"].as_str().unwrap().contains("--new-passphrase-file"));
    sandbox.fails(
        2,
        "invalid_argument",
        &["master", "passphrase", "--new-passphrase-file", "new", "--iterations", "1"],
    );
}
