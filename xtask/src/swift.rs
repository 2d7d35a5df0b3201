//! Swift, which Debian has from trixie on: its compiler in a folder of its own, entered by chroot.
//!
//! Everything that is mounted is mounted for one command alone, so that nothing stays behind when it is killed, and
//! commands of several clones run side by side. Root is needed, as for the packages of `setup`.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{cache, cargo, output, root, run};
use crate::{Outcome, bindings, ci::Counts};

/// The release of Debian that the compiler is from.
const SUITE: &str = "trixie";

/// What is installed there.
const PACKAGES: [&str; 4] = ["swiftlang", "libc6-dev", "libstdc++-14-dev", "ca-certificates"];

/// The file, inside, that says what was installed; it is written last.
const STAMP: &str = "keymanager-packages";

/// The folder of the compiler: some 2.8 GiB, outside the clone.
fn chroot() -> PathBuf {
    cache().join(format!("swift-{SUITE}"))
}

/// Downloads and installs the compiler, unless it is there. The first time takes minutes and half a gigabyte.
pub(crate) fn install() -> Outcome {
    let (chroot, wanted) = (chroot(), PACKAGES.join("\n"));
    let failed = |path: &Path, error| format!("Swift: {}: {error}", path.display());
    std::fs::create_dir_all(cache()).map_err(|error| failed(&cache(), error))?;
    // Whoever comes second waits, and finds it done. The lock ends with the file.
    let path = cache().join("swift.lock");
    let lock = File::create(&path).and_then(|file| file.lock().map(|()| file)).map_err(|error| failed(&path, error))?;
    if std::fs::read_to_string(chroot.join(STAMP)).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    // What an interrupted installation, or one of other packages, left.
    let new = chroot.with_extension("new");
    for folder in [&chroot, &new] {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
    }
    let script = "debootstrap --force-check-gpg --variant=minbase --components=main \"$1\" \"$2\" \"$3\"";
    run("Swift: Debian's base system", isolated(script).args([SUITE, &new.to_string_lossy(), &mirror()?]))?;
    let mut command = entered("mount -t proc proc \"$1/proc\"", &new);
    command.args(["apt-get", "install", "-y", "-qq", "--no-install-recommends"]).args(PACKAGES);
    run("Swift: the compiler", command.env("DEBIAN_FRONTEND", "noninteractive"))?;
    run("Swift: what is no longer needed", entered(":", &new).args(["apt-get", "clean"]))?;
    std::fs::write(new.join(STAMP), wanted).map_err(|error| failed(&new, error))?;
    std::fs::rename(&new, &chroot).map_err(|error| failed(&chroot, error))?;
    drop(lock);
    Ok(())
}

/// The mirror that this system itself is updated from.
fn mirror() -> Result<String, String> {
    let mut command = Command::new("apt-get");
    command.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
        "Label: Debian",
    ]);
    let addresses = output("the Debian mirror", &mut command)?;
    addresses.lines().next().map(str::to_owned).ok_or_else(|| "Swift: apt-get knows no mirror of Debian".to_owned())
}

/// Where a command finds things inside: the project, which it cannot write to; what is built, which stays; a folder for
/// temporary files, which does not; the library and the command line.
const MOUNTS: &str = "mkdir -p \"$1/project\" \"$1/scratch\" \"$1/library\"
mount -t proc proc \"$1/proc\"
mount -t tmpfs tmpfs \"$1/tmp\"
mount --bind -o ro \"$PROJECT\" \"$1/project\"
mount --bind \"$SCRATCH\" \"$1/scratch\"
mount --bind -o ro \"$LIBRARY\" \"$1/library\"";

/// What is built of Swift, `/scratch` inside.
fn scratch() -> PathBuf {
    bindings::target().join("swift")
}

/// A program inside, in sight of the project.
fn command(program: &str) -> Command {
    let mut command = entered(MOUNTS, &chroot());
    command.env("PROJECT", root()).env("SCRATCH", scratch()).env("LIBRARY", bindings::target().join("debug"));
    command.env("HOME", "/root").env("LD_LIBRARY_PATH", "/library").env("KEYMANAGER_PROGRAM", "/library/keymanager");
    command.arg(program);
    command
}

/// `swift build` or `swift test` of the package in `folder`. A warning is an error, in generated code, too.
fn swift(task: &str, folder: &str) -> Command {
    let mut swift = command("swift");
    swift.args([
        task,
        "--package-path",
        &format!("/project/{folder}"),
        "--scratch-path",
        &format!("/scratch/{folder}"),
    ]);
    swift.args(["-Xswiftc", "-warnings-as-errors", "-Xlinker", "-L/library"]);
    swift
}

/// Builds the package, runs its tests and the examples, and answers what was counted.
pub(crate) fn run_all() -> Result<Counts, String> {
    install()?;
    bindings::library()?;
    run("the command line", cargo().args(["build", "--locked", "--quiet", "--package", "keymanager-cli"]))?;
    std::fs::create_dir_all(scratch()).map_err(|error| format!("{}: {error}", scratch().display()))?;
    let passed = tests()?;
    examples()?;
    Ok(Counts { passed, failed: 0 })
}

fn tests() -> Result<u64, String> {
    println!("\n== Swift tests");
    let failed = |error| format!("Swift tests: {error}");
    let mut child = swift("test", "bindings/swift").stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = child.stdout.take().ok_or("Swift tests: no output")?;
    let mut executed = None;
    for line in BufReader::new(output).lines() {
        let line = line.map_err(failed)?;
        println!("{line}");
        executed = counted(&line).or(executed);
    }
    let status = child.wait().map_err(failed)?;
    match executed {
        Some(passed) if status.success() && passed > 0 => Ok(passed),
        _ => Err(format!("Swift tests: {status}")),
    }
}

/// The number in a closing line of XCTest: `Executed 24 tests, with 0 failures …`. The last one is of all suites.
fn counted(line: &str) -> Option<u64> {
    let (number, rest) = line.trim().strip_prefix("Executed ")?.split_once(' ')?;
    if rest.contains("with 0 failures") { number.parse().ok() } else { None }
}

/// Runs every example as its first lines say, and what they write through the command line.
fn examples() -> Outcome {
    run("Swift examples", &mut swift("build", "examples/swift/stories"))?;
    let folder = scratch().join("told");
    let failed = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    for name in ["hierarchy", "store"] {
        std::fs::create_dir_all(folder.join(name)).map_err(failed)?;
    }
    let example = |name: &str, arguments: &[&str]| {
        output(name, command(&format!("/scratch/examples/swift/stories/debug/{name}")).args(arguments))
    };
    let said = example("KeyHierarchy", &["/scratch/told/hierarchy"])?;
    expect("KeyHierarchy", &said, "opened: a registration packet\nopened: a registration packet\n")?;
    let said = example("KeyStoreInSwift", &["/scratch/told/store"])?;
    expect("KeyStoreInSwift", &said, "opened: a registration packet\n")?;
    expect("KeyStoreInSwift", &said, "the doctor found 0 faults\n")?;

    // The centre of the client is the hierarchy that Swift made.
    let centre = folder.join("hierarchy");
    let write = |name: &str, text: &str| std::fs::write(centre.join(name), text).map_err(failed);
    write("keymanager.toml", "passphrase_file = \"passphrase\"\n")?;
    write("packet.zip", "a packet of a client")?;
    let mut private = File::options();
    std::os::unix::fs::OpenOptionsExt::mode(private.write(true).create_new(true), 0o600);
    let mut passphrase = private.open(centre.join("passphrase")).map_err(failed)?;
    std::io::Write::write_all(&mut passphrase, b"a passphrase from a safe place").map_err(failed)?;
    let keymanager = |arguments: &[&str]| {
        let mut command = Command::new(bindings::target().join("debug/keymanager"));
        output("the command line", command.current_dir(&centre).args(arguments))
    };
    let scope = ["--app", "REGISTRATION", "--ref", "10001_110011"];
    keymanager(&[&["keys", "certificate", "-o", "certificate.pem"], &scope[..]].concat())?;
    let places =
        ["certificate.pem", "packet.zip", "packet.envelope"].map(|name| format!("/scratch/told/hierarchy/{name}"));
    let said = example("EncryptWithCertificate", &places.each_ref().map(String::as_str))?;
    expect("EncryptWithCertificate", &said, "20 bytes in, 382 bytes out")?;
    keymanager(&["decrypt", "--app", "REGISTRATION", "packet.envelope", "-o", "opened.zip"])?;
    expect(
        "EncryptWithCertificate",
        &std::fs::read_to_string(centre.join("opened.zip")).map_err(failed)?,
        "a packet of a client",
    )
}

fn expect(name: &str, said: &str, text: &str) -> Outcome {
    if said.contains(text) { Ok(()) } else { Err(format!("{name}: {text:?} is not in\n{said}")) }
}

/// A shell command that sees mounts of its own; the arguments that are added are its `$1`, `$2`, ….
fn isolated(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-eu", "-c", script, "sh"]);
    command
}

/// A command inside `folder`, whose words are added, after `mounts`; there `$1` is the folder.
fn entered(mounts: &str, folder: &Path) -> Command {
    let mut command = isolated(&format!("{mounts}; exec chroot \"$@\""));
    command.arg(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn the_closing_line_of_the_tests_is_read() {
        assert_eq!(
            counted("\t Executed 24 tests, with 0 failures (0 unexpected) in 26.351 (26.351) seconds"),
            Some(24)
        );
        assert_eq!(counted("\t Executed 24 tests, with 1 failure (0 unexpected) in 26.351 (26.351) seconds"), None);
        assert_eq!(counted("Test Suite 'All tests' passed"), None);
    }
}
