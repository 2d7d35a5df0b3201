//! The key manager service as a library, from Maven Central, and a JDK that runs it: the peer of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{read, root, run, succeeds};

/// The oldest release that loads the service's classes.
const JAVA: u32 = 21;

/// What copies the libraries.
const PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// Finds or installs the JDK, and fetches the libraries unless those of this `pom.xml` are there: a hundred megabytes.
pub(crate) fn install() -> Outcome {
    jdk()?;
    let (pom, folder) = (root().join("tests/peers/service/pom.xml"), root().join("target/service"));
    let (wanted, stamp) = (read(&pom)?, folder.join("pom.xml"));
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let failed = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", "--file"]).arg(&pom).args([PLUGIN, "-DincludeScope=runtime"]);
    run("the key manager service", maven.arg(format!("-DoutputDirectory={}", folder.join("lib").display())))?;
    std::fs::write(stamp, wanted).map_err(failed)
}

/// A JDK that is new enough must be where the tests look; Debian 12 has none, newer releases do.
fn jdk() -> Outcome {
    if has_jdk() {
        return Ok(());
    }
    for package in ["openjdk-25-jdk-headless", "openjdk-21-jdk-headless"] {
        if succeeds(&["apt-cache", "show", package]) {
            let mut install = Command::new("apt-get");
            install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", "--no-install-recommends"]);
            return run(package, install.arg(package));
        }
    }
    Err(format!(
        "install a JDK of release {JAVA} or newer under /usr/lib/jvm, or name one in JAVA_HOME; this system has no package of one"
    ))
}

fn has_jdk() -> bool {
    let installed = std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut homes = std::env::var_os("JAVA_HOME").map(PathBuf::from).into_iter().chain(installed);
    homes.any(|home| home.join("bin/javac").is_file() && release(&home).is_some_and(|release| release >= JAVA))
}

/// The release that a JDK says it is.
fn release(home: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(home.join("release")).ok()?;
    let version = text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=\""))?;
    version.split(['.', '"']).next()?.parse().ok()
}
