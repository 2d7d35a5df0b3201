//! Installs what the tests need. Running it again costs seconds.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{cache, cargo, root, run, succeeds};
use crate::{Outcome, service, swift};

/// Debian packages, each with a command that shows it is there.
const PACKAGES: &[(&str, &[&str])] = &[
    ("gcc", &["cc", "--version"]),
    ("g++", &["c++", "--version"]),
    ("pkg-config", &["pkg-config", "--version"]),
    ("libssl-dev", &["pkg-config", "--exists", "openssl"]),
    ("openssl", &["openssl", "version"]),
    ("openjdk-17-jdk-headless", &["javac", "-version"]),
    ("maven", &["mvn", "--version"]),
    ("binutils", &["strip", "--version"]),
    ("softhsm2", &["softhsm2-util", "--version"]),
    ("opensc", &["dpkg", "-s", "opensc"]),
    ("libnss3", &["ls", "/usr/lib/x86_64-linux-gnu/libsoftokn3.so"]),
    ("postgresql", &["sh", "-c", "ls /usr/lib/postgresql/*/bin/initdb"]),
    ("pgbouncer", &["/usr/sbin/pgbouncer", "--version"]),
    ("debootstrap", &["debootstrap", "--version"]),
    ("cmake", &["cmake", "--version"]),
    ("valgrind", &["valgrind", "--version"]),
    ("util-linux", &["unshare", "--version"]),
    ("python3-venv", &["python3", "-c", "import ensurepip, venv"]),
];

/// The fuzzer's driver.
pub(crate) const CARGO_FUZZ: &str = "0.13.2";

/// What makes the C header.
pub(crate) const CBINDGEN: &str = "0.29.4";

/// Python packages, for tests only: the peer, what builds the wheel, and what tests it.
const PYTHON: &[&str] = &[CRYPTOGRAPHY, "maturin==1.16.0"];
pub(crate) const CRYPTOGRAPHY: &str = "cryptography==50.0.2";
pub(crate) const MYPY: &str = "mypy==2.4.1";
pub(crate) const PYTEST: &str = "pytest==9.2.0";

pub(crate) fn run_all() -> Outcome {
    debian()?;
    python()?;
    cargo_tool("cargo-fuzz", CARGO_FUZZ)?;
    cargo_tool("cbindgen", CBINDGEN)?;
    service::install()?;
    swift::install()
}

/// The Python of the tests' own environment.
pub(crate) fn python_path() -> PathBuf {
    root().join("target/venv/bin/python")
}

/// The folder of tools that are slow to build.
fn tools() -> PathBuf {
    cache().join("tools")
}

fn debian() -> Outcome {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, shows)| !succeeds(shows)).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !succeeds(&["apt-get", "--version"]) {
        return Err(format!("install these first, there is no apt-get here: {}", missing.join(" ")));
    }
    run("apt-get update", Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
    run("apt-get install", install.args(&missing))
}

fn python() -> Outcome {
    let stamp = root().join("target/venv/keymanager-packages");
    let wanted = PYTHON.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    run("python environment", Command::new("python3").args(["-m", "venv", "--clear"]).arg(root().join("target/venv")))?;
    let mut install = Command::new(python_path());
    run(
        "python packages",
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PYTHON),
    )?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Installs a cargo subcommand of this version into the folder of tools, unless it is there.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<PathBuf, String> {
    let program = tools().join("bin").join(name);
    if !program.exists() {
        let mut install = cargo();
        install.args(["install", "--locked", "--debug", name, "--version", version, "--root"]).arg(tools());
        run(name, install.env("CARGO_TARGET_DIR", cache().join("build")))?;
    }
    Ok(program)
}
