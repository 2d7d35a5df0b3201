//! The Python package: its wheel, and its tests from the built wheel on every Python of the machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::setup::{self, MYPY, PYTEST};
use crate::shell::{cargo, files, root, run};
use crate::{Outcome, ci::Counts};

/// Runs the suite, and answers what it counted.
pub(crate) fn run_tests() -> Result<Counts, String> {
    let interpreters = interpreters();
    if interpreters.is_empty() {
        return Err("there is no Python 3.11 or newer here; run `cargo xtask setup`".to_owned());
    }
    run("libkeymanager, which Python opens packets of", cargo().args(["build", "--locked", "-p", "keymanager-c"]))?;
    run("keymanager, likewise", cargo().args(["build", "--locked", "-p", "keymanager-cli"]))?;
    let wheel = wheel()?;
    let mut counts = Counts::default();
    for (index, (version, python)) in interpreters.iter().enumerate() {
        let clean = environment(version, python, &wheel)?;
        if index == 0 {
            types(&clean)?;
        }
        counts.join(&suite(version, &clean, "tests")?);
    }
    if let Some((version, python)) = interpreters.first_key_value() {
        let version = format!("{version}-testing");
        let clean = environment(&version, python, &wheel_of_sources()?)?;
        counts.join(&suite(&version, &clean, "tests_testing")?);
    }
    Ok(counts)
}

/// A wheel from the source distribution, as pip makes it where there is no wheel; with what only tests need.
fn wheel_of_sources() -> Result<PathBuf, String> {
    let folder = root().join("target/sdist");
    let _ = std::fs::remove_dir_all(&folder);
    let mut maturin = Command::new(setup::python_path());
    maturin.current_dir(root().join("bindings/python")).args(["-m", "maturin", "sdist", "--out"]).arg(&folder);
    run("Python source distribution", &mut maturin)?;
    let sources = files(&folder, ".tar.gz")?.pop().ok_or_else(|| "maturin made no source distribution".to_owned())?;
    let mut pip = Command::new(setup::python_path());
    pip.args(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]);
    // pip looks for maturin on the path.
    let bin = root().join("target/venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)));
    pip.env("PATH", path.map_err(|error| error.to_string())?);
    pip.env("CARGO_TARGET_DIR", root().join("target")).env("MATURIN_PEP517_ARGS", "--profile dev --features testing");
    run("Python wheel of the sources", pip.arg("--wheel-dir").arg(&folder).arg(sources))?;
    files(&folder, ".whl")?.pop().ok_or_else(|| "pip made no wheel of the sources".to_owned())
}

/// A wheel of the development profile: what is tested is the code, and the build is shared with other tests.
fn wheel() -> Result<PathBuf, String> {
    let folder = root().join("target/wheels");
    let _ = std::fs::remove_dir_all(&folder);
    let mut maturin = Command::new(setup::python_path());
    maturin.current_dir(root().join("bindings/python")).args(["-m", "maturin", "build", "--locked", "--quiet"]);
    maturin.args(["--profile", "dev", "--compatibility", "linux", "--out"]).arg(&folder);
    run("Python wheel", maturin.arg("--interpreter").arg(setup::python_path()))?;
    files(&folder, ".whl")?.pop().ok_or_else(|| "maturin made no wheel".to_owned())
}

/// An environment with the wheel and what the tests import, and nothing else.
fn environment(version: &str, python: &Path, wheel: &Path) -> Result<PathBuf, String> {
    let folder = root().join("target/python").join(version);
    run(&format!("Python {version}, clean"), Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let clean = folder.join("bin/python");
    let mut install = Command::new(&clean);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTEST, setup::CRYPTOGRAPHY]);
    run(&format!("Python {version}, packages"), install.arg(wheel))?;
    Ok(clean)
}

/// The types: the package and its tests under mypy, and the stubs against the module as it is.
fn types(python: &Path) -> Outcome {
    let mut install = Command::new(python);
    run("mypy", install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", MYPY]))?;
    let package = root().join("bindings/python");
    let mut mypy = Command::new(python);
    mypy.current_dir(&package).args(["-m", "mypy", "python/keymanager", "tests", "tests_testing"]);
    run("types", mypy.arg("../../examples/python"))?;
    // From a folder in which the sources are not found in place of what is installed.
    let away = root().join("target/python");
    run("stubs", Command::new(python).current_dir(away).args(["-m", "mypy.stubtest", "keymanager"]))
}

fn suite(version: &str, python: &Path, folder: &str) -> Result<Counts, String> {
    println!("\n== Python {version}, tests");
    let mut pytest = Command::new(python);
    pytest.current_dir(root().join("bindings/python")).args(["-m", "pytest", folder]);
    pytest.env("KEYMANAGER_TEST_CLI", root().join("target/debug/keymanager"));
    pytest.env("KEYMANAGER_TEST_C", root().join("target/debug/libkeymanager.so"));
    let done = pytest.env("PYTHONDONTWRITEBYTECODE", "1").stderr(Stdio::inherit()).output();
    let done = done.map_err(|error| format!("Python {version}: {error}"))?;
    let said = String::from_utf8_lossy(&done.stdout);
    print!("{said}");
    // No test of the suite is skipped, so that what is not counted as passed has failed.
    let counts = Counts::of_pytest(&said);
    if done.status.success() && counts.passed > 0 {
        return Ok(counts);
    }
    Err(format!("Python {version}: {}, {} tests passed, {} failed", done.status, counts.passed, counts.failed))
}

/// Every CPython from 3.11 on, by its version: those on the path, and those of pyenv.
fn interpreters() -> BTreeMap<String, PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|pyenv| std::fs::read_dir(pyenv.join("versions")).ok()) {
        folders.extend(versions.filter_map(Result::ok).map(|version| version.path().join("bin")));
    }
    let names = (11..30).map(|minor| format!("python3.{minor}")).chain(["python3".to_owned()]);
    let names: Vec<String> = names.collect();
    let candidates = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    candidates.filter(|program| program.is_file()).filter_map(|program| Some((version(&program)?, program))).collect()
}

/// The version of a program, when the wheel is for it: the stable interface needs a build with the interpreter lock.
fn version(program: &Path) -> Option<String> {
    const ASK: &str = "import sys, sysconfig, ensurepip, venv
if sys.implementation.name == 'cpython' and sys.version_info >= (3, 11) and not sysconfig.get_config_var('Py_GIL_DISABLED'):
    print('.'.join(map(str, sys.version_info[:3])))";
    let said = Command::new(program).args(["-c", ASK]).output().ok().filter(|said| said.status.success())?;
    let version = String::from_utf8(said.stdout).ok()?.trim().to_owned();
    (!version.is_empty()).then_some(version)
}
