//! The jar, and its suite on every JDK that this machine has.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::shell::{cargo, read, root, run};

/// The oldest JDK that the suite runs on.
const OLDEST: u32 = 17;

/// From this JDK on a library may be loaded without a warning only when that was allowed.
const ASKS: u32 = 24;

/// What `-Xcheck:jni`, and a JVM that is not content, print.
const WARNINGS: [&str; 4] = ["in native method", "JNI local refs", "WARNING: ", "FATAL ERROR"];

/// `java [--debug]` builds the jar; `java test` runs what `ci` does; `java conformance` the suites of the core.
pub(crate) fn run_task(arguments: &[&str]) -> Outcome {
    let passed = match arguments {
        ["test"] => test()?,
        ["conformance"] => conformance()?,
        _ => return build(arguments),
    };
    println!("{passed} passed, 0 failed");
    Ok(())
}

/// `[--debug]`: builds the native library of this system and the jar around it, into the Maven repository under target/.
fn build(arguments: &[&str]) -> Outcome {
    let profile = match arguments {
        [] => "release",
        ["--debug"] => "debug",
        _ => return Err("cargo xtask java [--debug], or cargo xtask java test".to_owned()),
    };
    let mut library = cargo();
    library.args(["build", "--locked", "--package", "keymanager-jni"]);
    if profile == "release" {
        library.arg("--release");
    }
    run("the native library for Java", &mut library)?;
    let place = root().join("target/java/native/META-INF/native/linux-x86_64");
    std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(place.join("libkeymanager_jni.so")).arg(target().join(profile).join("libkeymanager_jni.so"));
    run("the same without symbols", &mut strip)?;
    for project in ["bindings/java/pom.xml", "bindings/java/tests/pom.xml"] {
        let version = format!("<version>{}</version>", env!("CARGO_PKG_VERSION"));
        if !read(&root().join(project))?.contains(&version) {
            return Err(format!("{project}: must have {version}, as the workspace"));
        }
    }
    run("the jar", maven("bindings/java/pom.xml").args(["--quiet", "install"]))
}

/// Maven on a project, with a repository of its own, so that what it tests is what was built here.
pub(crate) fn maven(project: &str) -> Command {
    let mut command = Command::new("mvn");
    command.current_dir(root()).args(["--batch-mode", "--no-transfer-progress", "--file", project]);
    command.arg(format!("-Dmaven.repo.local={}", root().join("target/java/repository").display()));
    command
}

/// Builds the jar and runs the suite against it: with checks of JNI on every JDK, and as users run it. Answers how
/// many tests passed.
pub(crate) fn test() -> Result<u64, String> {
    build(&["--debug"])?;
    // The peer of the suite.
    run("the command line", cargo().args(["build", "--locked", "--package", "keymanager-cli"]))?;
    let jdks = jdks()?;
    let mut passed = 0_u64;
    for (jdk, version) in &jdks {
        for check in ["-Xcheck:jni", ""] {
            let mut suite = on(jdk, *version, check);
            suite.arg(if passed == 0 { "test" } else { "surefire:test" });
            passed = passed.saturating_add(count(&format!("JUnit on JDK {version} {check}"), &mut suite)?);
        }
    }
    Ok(passed)
}

/// The core's suites on a store and a master backend in Java, with a library that was built with them. It builds the core
/// once more, and is no part of `ci`.
fn conformance() -> Result<u64, String> {
    build(&["--debug"])?;
    let mut suites = cargo();
    suites.args(["build", "--locked", "--package", "keymanager-jni", "--features", "testing"]);
    run("the native library with the core's suites", &mut suites)?;
    // Not where the next build would take it for that of the jar.
    let library = root().join("target/java/libkeymanager_jni_testing.so");
    let built = target().join("debug/libkeymanager_jni.so");
    std::fs::copy(&built, &library).map_err(|error| format!("{}: {error}", built.display()))?;
    let jdks = jdks()?;
    let (jdk, version) = jdks.first().ok_or("there is no JDK")?;
    let mut suite = on(jdk, *version, &format!("-Xcheck:jni -Dkeymanager.library={}", library.display()));
    suite.args(["test", "-Dtest.groups=conformance", "-Dtest.excluded="]);
    count("the core's suites on hosts in Java", &mut suite)
}

/// The suite on a JDK, with these arguments of the JVM.
fn on(jdk: &Path, version: u32, arguments: &str) -> Command {
    let access = if version >= ASKS { " --enable-native-access=ALL-UNNAMED" } else { "" };
    let mut suite = maven("bindings/java/tests/pom.xml");
    suite.arg(format!("-Dtest.jvm={}", jdk.join("bin/java").display()));
    suite.arg(format!("-Dtest.arguments={arguments}{access}"));
    suite
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs the suite, and counts by the last summary; a test that was skipped, or a warning of the JVM, fails it.
pub(crate) fn count(what: &str, suite: &mut Command) -> Result<u64, String> {
    println!("\n== {what}");
    let mut child = suite.stdout(Stdio::piped()).spawn().map_err(|error| format!("{what}: cannot run mvn: {error}"))?;
    let output = child.stdout.take().ok_or("no output of mvn")?;
    let (mut summary, mut warnings) = (String::new(), Vec::new());
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("{what}: {error}"))?;
        println!("{line}");
        if line.contains("Tests run: ") && !line.contains(" -- in ") {
            summary.clone_from(&line);
        }
        if WARNINGS.iter().any(|warning| line.contains(warning)) {
            warnings.push(line);
        }
    }
    let status = child.wait().map_err(|error| format!("{what}: {error}"))?;
    if !status.success() || !warnings.is_empty() {
        return Err(format!("{what}: {status}\n{}", warnings.join("\n")));
    }
    let number = |name: &str| {
        let rest = summary.split(name).nth(1)?;
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    match (number("Tests run: "), number("Failures: "), number("Errors: "), number("Skipped: ")) {
        (Some(run @ 1..), Some(0), Some(0), Some(0)) => Ok(run),
        _ => Err(format!("{what}: every test must run and pass, and not: {summary}")),
    }
}

/// The JDKs of this machine, each once, with their versions; the oldest first.
fn jdks() -> Result<Vec<(PathBuf, u32)>, String> {
    let folder = Path::new("/usr/lib/jvm");
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<(PathBuf, u32)> = entries
        .filter_map(|entry| std::fs::canonicalize(entry.ok()?.path()).ok())
        .filter_map(|jdk| Some((jdk.clone(), version(&jdk)?)))
        .filter(|(jdk, version)| *version >= OLDEST && jdk.join("bin/java").exists())
        .collect();
    found.sort_by_key(|(jdk, version)| (*version, jdk.clone()));
    found.dedup();
    if found.is_empty() {
        return Err(format!("{}: there is no JDK of version {OLDEST} or later", folder.display()));
    }
    Ok(found)
}

/// The version that a JDK says it has: `JAVA_VERSION="17.0.15"`.
fn version(jdk: &Path) -> Option<u32> {
    let release = std::fs::read_to_string(jdk.join("release")).ok()?;
    let line = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    line.trim_matches('"').split('.').next()?.parse().ok()
}

/// The operations of Java: the public methods of the classes that stand for functions and handles, without `close`.
pub(crate) fn operations() -> Result<BTreeSet<String>, String> {
    let classes = root().join("bindings/java/src/main/java/keymanager/java");
    let mut operations = BTreeSet::new();
    for (class, handle) in [
        ("Envelopes", ""),
        ("KeyManager", "KeyManager."),
        ("EncryptStream", "EncryptStream."),
        ("DecryptStream", "DecryptStream."),
    ] {
        operations.extend(names(handle, &read(&classes.join(format!("{class}.java")))?));
    }
    Ok(operations)
}

fn names(handle: &str, source: &str) -> BTreeSet<String> {
    let method = |line: &str| {
        let name = line.strip_prefix("    public ")?.split('(').next()?.rsplit_once(' ')?.1;
        (line.contains('(') && name != "close").then(|| format!("{handle}{}", snake_case(name)))
    };
    source.lines().filter_map(method).collect()
}

/// `encryptStream` as `encrypt_stream`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_is_read_from_its_public_methods() {
        let source = "    public static Sent encryptFile(byte[] a) {\n    byte[] hidden() {\n    public List<Key> keys(\n    \
                      public void close() {\n";
        let expected = ["KeyManager.encrypt_file", "KeyManager.keys"].map(str::to_owned);
        assert_eq!(names("KeyManager.", source), BTreeSet::from(expected));
    }
}
