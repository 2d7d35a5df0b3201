//! libkeymanager as a C program uses it. What a compiler or a tool that is missing cannot show fails the test.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const SOURCES: [&str; 6] = ["three_calls.c", "whole_life.c", "streams.c", "moving.c", "host_store.c", "host_master.c"];
const STRICT: [&str; 6] = ["-Wall", "-Wextra", "-Werror", "-Wpedantic", "-Wconversion", "-Wshadow"];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn examples() -> PathBuf {
    here().join("../../examples/c")
}

/// A source of the tests; the store is an example of one.
fn place_of(source: &str) -> PathBuf {
    if source == "host_store.c" { examples().join(source) } else { here().join("tests/c").join(source) }
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
    compile_from(name, &SOURCES, flags)
}

fn compile_from(name: &str, sources: &[&str], flags: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-g", "-O1"]).args(STRICT).args(flags).arg("-I").arg(include());
    cc.arg("-I").arg(examples()).args(sources.iter().map(|source| place_of(source))).arg("-o").arg(&program);
    cc.arg("-L").arg(library()).args(["-lkeymanager", "-lcrypto", "-pthread"]);
    run(&mut cc);
    program
}

/// Runs a program of the tests, perhaps in another one, in an empty folder.
fn three_calls(program: &Path, under: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    // The loader looks for the name inside the library, which is that of a version.
    let soname = format!("libkeymanager.so.{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    std::os::unix::fs::symlink(library().join("libkeymanager.so"), folder.path().join(&soname)).unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let (first, rest) = under.split_first().map_or((program.as_os_str(), None), |(first, rest)| {
        (std::ffi::OsStr::new(*first), Some(rest.iter().map(std::ffi::OsStr::new).chain([program.as_os_str()])))
    });
    let mut command = Command::new(first);
    command.args(rest.into_iter().flatten()).arg(&files).env("LD_LIBRARY_PATH", folder.path());
    let said = run(&mut command);
    assert!(said.ends_with(" checks\n"), "{said}");
}

#[test]
fn three_calls_from_c() {
    three_calls(&compile("three_calls", &[]), &[]);
}

#[test]
fn three_calls_from_c_under_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    three_calls(&compile("three_calls_sanitized", &flags), &[]);
}

/// Every read and write, on both sides of the boundary. A definite leak is an error, too.
#[test]
fn three_calls_from_c_under_valgrind() {
    let valgrind =
        ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];
    three_calls(&compile("three_calls_watched", &[]), &valgrind);
}

/// Handles shared between threads, closed early, in an order that is drawn; `SEQUENCES` of them (the whole by
/// `cargo xtask prove sequences`).
#[test]
fn random_sequences_from_c_under_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    three_calls(&compile_from("sequences", &["sequences.c", "host_store.c", "host_master.c"], &flags), &[]);
}

/// Where the library was installed once for the tests that begin there.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prefix");
        let target = library().parent().unwrap();
        let mut install = Command::new(env!("CARGO"));
        install.args(["run", "--locked", "--quiet", "--package", "xtask", "--", "install", "--debug", "--prefix"]);
        without_this_package(&mut install);
        run(install.arg(&prefix).current_dir(here()).env("CARGO_TARGET_DIR", target));
        prefix
    })
}

/// A certificate and a packet, and where the envelope goes: the arguments of the example.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=centre", "-keyout"];
        let places = [files.path("key.pem"), "-out".to_owned(), files.path("certificate.pem")];
        run(Command::new("openssl").args(make).args(places));
        std::fs::write(files.path("packet.zip"), b"a registration packet").unwrap();
        files
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// The example makes an envelope, and says what is wrong with a certificate that is none.
    fn encrypt_with(&self, program: &Path, libraries: &Path) {
        let envelope = self.path("packet.envelope");
        let arguments = [self.path("certificate.pem"), self.path("packet.zip"), envelope.clone()];
        run(Command::new(program).args(arguments).env("LD_LIBRARY_PATH", libraries));
        // Thumbprint, wrapped key, nonce, and the packet with its tag.
        assert!(std::fs::read(&envelope).unwrap().len() > 300 + b"a registration packet".len());
        std::fs::remove_file(&envelope).unwrap();
        let missing = Command::new(program)
            .args([self.path("packet.zip"), self.path("packet.zip"), envelope])
            .env("LD_LIBRARY_PATH", libraries)
            .output()
            .unwrap();
        assert_eq!(missing.status.code(), Some(3), "{}", String::from_utf8_lossy(&missing.stderr));
        assert!(String::from_utf8_lossy(&missing.stderr).starts_with("certificate_unparsable: "));
    }
}

fn example() -> PathBuf {
    examples().join("encrypt_with_certificate.c")
}

/// The stories of a server and of a store, as their first lines say how to build them.
#[test]
fn examples_of_servers_run() {
    let folder = tempfile::tempdir().unwrap();
    let flags = run(Command::new("pkg-config")
        .args(["--cflags", "--libs", "keymanager"])
        .env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")));
    for (sources, says) in [
        (&["key_hierarchy.c"][..], "decrypted: a registration packet\nkeys: [{\"alias\":"),
        (&["key_store_in_c.c", "host_store.c"][..], "-----BEGIN CERTIFICATE-----\n"),
    ] {
        let (program, keys) = (folder.path().join("program"), tempfile::tempdir().unwrap());
        let mut cc = Command::new("cc");
        cc.args(["-std=c11"]).args(STRICT).args(sources.iter().map(|source| examples().join(source)));
        run(cc.args(flags.split_whitespace()).args(["-pthread", "-o"]).arg(&program));
        let said = run(Command::new(&program).arg(keys.path()).env("LD_LIBRARY_PATH", prefix().join("lib")));
        assert!(said.starts_with(says), "{said}");
    }
}

/// A C program finds header and library by pkg-config alone, shared and static.
#[test]
fn pkg_config_is_all_that_a_c_program_needs() {
    let files = Files::new();
    let pkg_config = |arguments: &[&str]| {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"));
        let said = run(command.args(arguments).arg("keymanager"));
        said.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pkg_config(&["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let shared = pkg_config(&["--cflags", "--libs"]);
    // The linker takes the static library by its name.
    let fixed = |flag: String| if flag == "-lkeymanager" { "-l:libkeymanager.a".to_owned() } else { flag };
    let linked_in: Vec<_> = pkg_config(&["--cflags", "--libs", "--static"]).into_iter().map(fixed).collect();
    for (name, flags, place) in [("shared", shared, "lib"), ("static", linked_in, "nowhere")] {
        let program = files.path(name);
        let mut cc = Command::new("cc");
        run(cc.args(["-std=c11"]).args(STRICT).arg(example()).args(flags).args(["-o", &program]));
        files.encrypt_with(Path::new(&program), &prefix().join(place));
    }
}

/// The same by CMake, for a project of its own.
#[test]
fn cmake_finds_the_package() {
    let files = Files::new();
    std::fs::copy(example(), files.path("main.c")).unwrap();
    let project = "cmake_minimum_required(VERSION 3.18)\nproject(packets C)\nfind_package(keymanager 0.1 REQUIRED)\n\
                   add_executable(shared main.c)\ntarget_link_libraries(shared keymanager::keymanager)\n\
                   add_executable(static main.c)\ntarget_link_libraries(static keymanager::static)\n";
    std::fs::write(files.path("CMakeLists.txt"), project).unwrap();
    let prefix_path = format!("-DCMAKE_PREFIX_PATH={}", prefix().display());
    let (source, build) = (files.path(""), files.path("build"));
    run(Command::new("cmake").args(["-S", &source, "-B", &build, &prefix_path]));
    run(Command::new("cmake").args(["--build", &build]));
    files.encrypt_with(&files.folder.path().join("build/shared"), &prefix().join("lib"));
    files.encrypt_with(&files.folder.path().join("build/static"), Path::new("nowhere"));
    // Another minor version is another interface.
    std::fs::write(files.path("CMakeLists.txt"), project.replace("0.1", "0.2")).unwrap();
    let other = files.path("other");
    let refused = Command::new("cmake").args(["-S", &source, "-B", &other, &prefix_path]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("0.2"));
}

/// What the README shows compiles as it stands.
#[test]
fn the_readme_is_good_c() {
    let readme = std::fs::read_to_string(here().join("../../README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let snippets: Vec<&str> = readme.split("```c\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!snippets.is_empty());
    for snippet in snippets {
        std::fs::write(folder.path().join("snippet.c"), snippet).unwrap();
        let mut cc = Command::new("cc");
        cc.args(["-std=c11", "-c", "snippet.c", "-o", "snippet.o", "-Wno-missing-prototypes"]).args(STRICT);
        run(cc.arg("-I").arg(include()).current_dir(folder.path()));
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
