//! Running other programs, with every failure named.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// The root of the project: the folder above this package.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A folder outside the clone that keeps tools which are slow to build.
pub(crate) fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    base.unwrap_or_else(|| root().join("target")).join("keymanager")
}

/// Cargo, as it runs this task.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs `command`, says what it is, and fails when it fails.
pub(crate) fn run(what: &str, command: &mut Command) -> Outcome {
    println!("\n== {what}");
    let status =
        command.status().map_err(|error| format!("{what}: cannot run {:?}: {error}", command.get_program()))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: failed with {status}")) }
}

/// The standard output of `command`, which must succeed.
pub(crate) fn output(what: &str, command: &mut Command) -> Result<String, String> {
    let output =
        command.output().map_err(|error| format!("{what}: cannot run {:?}: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!("{what}: failed with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{what}: the output is not UTF-8"))
}

/// Whether `command`, a program and its arguments, can be started and succeeds.
pub(crate) fn succeeds(command: &[&str]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// Every file below `folder` with this ending, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
