//! OpenSSL and Python as those who check a signed report.
#![allow(dead_code, reason = "not every test crate uses all of it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a shell in `folder`, as docs/migration.md has it.
pub fn shell(folder: &Path, commands: &str) {
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", commands]).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}: {text}");
}

/// The commands of docs/migration.md that check a report `report.json`.
pub fn documented() -> String {
    documented_for("openssl dgst")
}

/// The first block of commands of docs/migration.md in which `word` occurs.
pub fn documented_for(word: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/migration.md")).unwrap();
    let block = text
        .split("```sh\n")
        .find(|block| block.split("```").next().unwrap().contains(word))
        .expect("a block that checks");
    block.split("```").next().unwrap().to_owned()
}

/// Checks a signature with the commands of docs/migration.md.
pub fn verify(json: &[u8], signature: &[u8], certificate_pem: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("report.json"), json).unwrap();
    std::fs::write(folder.path().join("report.json.sig"), signature).unwrap();
    std::fs::write(folder.path().join("report.json.pem"), certificate_pem).unwrap();
    shell(folder.path(), &documented());
}

/// The JSON as Python writes it with sorted members and without white space.
pub fn canonical(json: &[u8]) -> Vec<u8> {
    let program = "import json, sys; v = json.loads(sys.stdin.buffer.read().decode()); \
                   sys.stdout.buffer.write(json.dumps(v, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode())";
    let mut child =
        Command::new("python3").args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}
