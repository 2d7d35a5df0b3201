//! libkeymanager as a C program uses it. What a compiler or a tool that is missing cannot show fails the test.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCES: [&str; 6] = ["three_calls.c", "whole_life.c", "streams.c", "moving.c", "host_store.c", "host_master.c"];
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
        without_this_package(&mut build);
        run(build.current_dir(here()).env("CARGO_TARGET_DIR", target));
        target.join("debug")
    })
}

/// What cargo says about this test would make build scripts of others run again.
fn without_this_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
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

/// A C program finds header and library by pkg-config alone, shared and static.
#[test]
fn pkg_config_is_all_that_a_c_program_needs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let prefix = path("prefix");
    let target = library().parent().unwrap();
    let mut install = Command::new(env!("CARGO"));
    install.args(["run", "--locked", "--quiet", "--package", "xtask", "--", "install-c", "--debug", &prefix]);
    without_this_package(&mut install);
    run(install.current_dir(here()).env("CARGO_TARGET_DIR", target));
    let pkg_config = |arguments: &[&str]| {
        let mut command = Command::new("pkg-config");
        let said = run(command.args(arguments).arg("keymanager").env("PKG_CONFIG_PATH", path("prefix/lib/pkgconfig")));
        said.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=centre", "-keyout"];
    run(Command::new("openssl").args(make).args([path("key.pem"), "-out".to_owned(), path("certificate.pem")]));
    std::fs::write(path("packet.zip"), b"a registration packet").unwrap();
    let source = here().join("../../examples/c/encrypt_with_certificate.c");
    let shared = pkg_config(&["--cflags", "--libs"]);
    // The linker takes the static library by its name.
    let fixed = |flag: String| if flag == "-lkeymanager" { "-l:libkeymanager.a".to_owned() } else { flag };
    let linked_in: Vec<_> = pkg_config(&["--cflags", "--libs", "--static"]).into_iter().map(fixed).collect();
    for (name, flags, place) in [("shared", shared, "prefix/lib"), ("static", linked_in, "nowhere")] {
        let program = path(name);
        let mut cc = Command::new("cc");
        run(cc.args(["-std=c11"]).args(STRICT).arg(&source).args(flags).args(["-o", &program]));
        let envelope = path("packet.envelope");
        let arguments = [path("certificate.pem"), path("packet.zip"), envelope.clone()];
        run(Command::new(&program).args(arguments).env("LD_LIBRARY_PATH", path(place)));
        // Thumbprint, wrapped key, nonce, and the packet with its tag.
        assert!(std::fs::read(&envelope).unwrap().len() > 300 + b"a registration packet".len());
        std::fs::remove_file(&envelope).unwrap();
        let missing = Command::new(&program)
            .args([path("packet.zip"), path("packet.zip"), envelope])
            .env("LD_LIBRARY_PATH", path(place))
            .output()
            .unwrap();
        assert_eq!(missing.status.code(), Some(3), "{}", String::from_utf8_lossy(&missing.stderr));
        assert!(String::from_utf8_lossy(&missing.stderr).starts_with("certificate_unparsable: "));
    }
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
