//! Outputs appear whole or not at all; a signal leaves nothing behind.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::sandbox::{APP, Run, Sandbox};

#[test]
fn an_output_is_private_and_replaces_only_by_name() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("envelope", "packet", b"something");
    let decrypt = ["decrypt", "--app", APP, "envelope", "-o", "link"];
    sandbox.write("real", b"kept");
    std::os::unix::fs::symlink("real", sandbox.path("link")).unwrap();
    sandbox.fails(1, "output_exists", &decrypt);
    sandbox.ok(&[&decrypt[..], &["--force-overwrite"]].concat());
    // The file behind the link was replaced, the link is still one.
    assert_eq!(sandbox.read("real"), b"something");
    assert!(std::fs::symlink_metadata(sandbox.path("link")).unwrap().is_symlink());
    let mode = std::fs::metadata(sandbox.path("real")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    sandbox.ok(&["decrypt", "--app", APP, "envelope", "-o", "/dev/null"]);
}

#[test]
fn a_failure_leaves_nothing() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("envelope", "packet", &vec![1; 300_000]);
    let mut damaged = sandbox.read("envelope");
    *damaged.last_mut().unwrap() ^= 1;
    sandbox.write("envelope", &damaged);
    let before = sandbox.names();
    sandbox.run(&["decrypt", "--app", APP, "envelope", "-o", "opened"]).expect(6);
    assert_eq!(without_locks(sandbox.names()), without_locks(before));
}

#[test]
fn a_full_disk_leaves_nothing() {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", &vec![1; 300_000]);
    let before = sandbox.names();
    // No file may grow beyond 100 blocks of 512 or 1024 bytes; SIGXFSZ is ignored, so that writing answers an error.
    let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_keymanager")]);
    command.args(["encrypt", "--certificate", "certificate.pem", "plain", "-o", "out", "--json"]);
    let error = Run::of(command.current_dir(sandbox.folder())).expect(1).error("file_failed");
    assert!(error["message"].as_str().unwrap().starts_with("cannot write out: "), "{error}");
    assert_eq!(sandbox.names(), before);
}

#[test]
fn a_signal_removes_the_temporary_file() {
    for signal in ["TERM", "INT", "HUP"] {
        let sandbox = Sandbox::initialised();
        let before = sandbox.names();
        let mut child = sandbox
            .bare(&["encrypt", "--certificate", "certificate.pem", "-", "-o", "out"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // The program reads what is written, and waits for more; its temporary file is there once enough was read.
        let mut stdin = child.stdin.take().unwrap();
        let piece = vec![0; 1 << 20];
        while sandbox.names() == before {
            stdin.write_all(&piece).unwrap();
        }
        let temporary: Vec<String> = sandbox.names().into_iter().filter(|name| !before.contains(name)).collect();
        assert!(
            temporary.iter().all(|name| name.starts_with(".out.") && name.ends_with(".keymanager-tmp")),
            "{temporary:?}"
        );
        Run::of(Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()])).expect(0);
        let status = child.wait().unwrap();
        assert!(status.signal().is_some(), "{signal}: {status}");
        drop(stdin);
        assert_eq!(sandbox.names(), before, "{signal}");
    }
}

#[test]
fn a_signal_lets_a_change_of_the_key_file_finish() {
    let sandbox = Sandbox::initialised();
    let before = sandbox.read("keymanager.p12");
    let mut child = sandbox.command(&["keys", "generate", "--all"]).stdout(Stdio::null()).spawn().unwrap();
    while sandbox.read("keymanager.p12") == before {
        std::thread::yield_now();
    }
    Run::of(Command::new("kill").args(["-TERM", &child.id().to_string()])).expect(0);
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(15), "{status}");
    let left = sandbox.names();
    assert!(left.iter().all(|name| !name.contains("-tmp")), "{left:?}");
    // Nothing is lost, and the rest can be made.
    sandbox.ok(&["keys", "tree"]);
    let rest = sandbox.json(&["keys", "generate", "--all"]);
    assert!(rest["existing"].as_array().unwrap().len() >= 2 && !rest["generated"].as_array().unwrap().is_empty());
}

#[test]
fn version_completions_and_quiet() {
    let sandbox = Sandbox::initialised();
    let document = sandbox.json(&["version"]);
    crate::sandbox::members(&document, &["version", "provider", "features", "providers", "stores", "masters"]);
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(document["provider"], "native");
    let document = sandbox.json(&["version", "--provider", "rustcrypto"]);
    assert_eq!(document["provider"], "rustcrypto");
    for shell in ["bash", "zsh", "fish"] {
        let run = sandbox.ok(&["completions", shell]);
        assert!(run.text().contains("quickstart"), "{shell}");
        let document = sandbox.json(&["completions", shell]);
        crate::sandbox::members(&document, &["shell", "script"]);
        assert_eq!(document["script"], run.text());
    }
    let run = sandbox.ok(&["encrypt", "--certificate", "certificate.pem", "passphrase", "-o", "out", "--quiet"]);
    assert!(run.stdout.is_empty() && run.stderr.is_empty());
    // A reader that goes away is no news.
    let script = "\"$0\" completions bash | head -c 10";
    let run = Run::of(Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_keymanager")])).expect(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn logs_go_to_standard_error_and_hold_no_secret() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("envelope", "packet", b"a secret packet");
    let run = sandbox.ok(&["decrypt", "--app", APP, "envelope", "-o", "opened", "--json", "-vv"]);
    run.document();
    assert!(!run.stderr.contains(crate::sandbox::PASSPHRASE) && !run.stderr.contains("a secret packet"));
}

fn without_locks(names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| !name.ends_with(".lock") && !name.ends_with("-locks")).collect()
}
