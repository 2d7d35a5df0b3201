//! libkeymanager as a C program uses it. What a compiler or a tool that is missing cannot show fails the test.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCES: [&str; 3] = ["three_calls.c", "host_store.c", "host_master.c"];
const STRICT: [&str; 6] = ["-Wall", "-Wextra", "-Werror", "-Wpedantic", "-Wconversion", "-Wshadow"];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn include() -> PathBuf {
    here().join("../../include")
}

/// Runs a program that must be there, and must succeed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} must run: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The folder of the shared library, which is built first: cargo does not build it for a test.
fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--locked", "--quiet", "--package", "keymanager-c"]);
        // What cargo says about this test would make build scripts of others run again.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                build.env_remove(name);
            }
        }
        run(build.current_dir(here()).env("CARGO_TARGET_DIR", target));
        target.join("debug")
    })
}

fn compile(name: &str, flags: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-g", "-O1"]).args(STRICT).args(flags).arg("-I").arg(include());
    cc.args(SOURCES.map(|source| here().join("tests/c").join(source))).arg("-o").arg(&program);
    cc.arg("-L").arg(library()).args(["-lkeymanager", "-lcrypto", "-pthread"]);
    run(&mut cc);
    program
}

fn three_calls(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    // The loader looks for the name inside the library, which is that of a version.
    let soname = format!("libkeymanager.so.{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    std::os::unix::fs::symlink(library().join("libkeymanager.so"), folder.path().join(&soname)).unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let said = run(Command::new(program).arg(&files).env("LD_LIBRARY_PATH", folder.path()));
    assert!(said.ends_with(" checks\n"), "{said}");
}

#[test]
fn three_calls_from_c() {
    three_calls(&compile("three_calls", &[]));
}

#[test]
fn three_calls_from_c_under_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    three_calls(&compile("three_calls_sanitized", &flags));
}

#[test]
fn the_header_is_good_cpp() {
    let mut cpp = Command::new("c++");
    cpp.args(["-std=c++17", "-fsyntax-only"]).args(STRICT).args(["-x", "c++"]);
    run(cpp.arg(include().join("keymanager.h")));
}

#[test]
fn the_library_exports_what_the_header_has_and_nothing_else() {
    let listed = std::fs::read_to_string(include().join("keymanager.symbols")).unwrap();
    let mut listed: Vec<&str> = listed.lines().collect();
    let nm = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library().join("libkeymanager.so")));
    let mut found: Vec<&str> = nm.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, listed);
    let header = std::fs::read_to_string(include().join("keymanager.h")).unwrap();
    assert!(listed.iter().all(|name| header.contains(&format!("{name}("))));
}
