//! Swift, which Debian has from trixie on: its compiler in a folder of its own, entered by chroot.
//!
//! Everything that is mounted is mounted for one command alone, so that nothing stays behind when it is killed, and
//! commands of several clones run side by side. Root is needed, as for the packages of `setup`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{cache, output, run};

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
