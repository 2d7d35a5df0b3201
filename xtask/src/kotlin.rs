//! The jar for Kotlin, and its suite.

use std::collections::BTreeSet;
use std::process::Command;

use crate::shell::{cargo, read, root, run};
use crate::{bindings, java};

const PROJECT: &str = "bindings/kotlin/pom.xml";

/// Builds the native library into the jar and runs the suite on it, stories and snippets of the README with it. Answers
/// how many tests passed.
pub(crate) fn test() -> Result<u64, String> {
    let library = bindings::library()?;
    // Where JNA looks in a jar.
    let place = root().join("target/kotlin/native/linux-x86-64");
    std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut strip = Command::new("strip");
    run("the same without symbols", strip.arg("-o").arg(place.join("libkeymanager_uniffi.so")).arg(library))?;
    let mut command_line = cargo();
    run("the command line", command_line.args(["build", "--locked", "--quiet", "--package", "keymanager-cli"]))?;
    let version = format!("<version>{}</version>", env!("CARGO_PKG_VERSION"));
    if !read(&root().join(PROJECT))?.contains(&version) {
        return Err(format!("{PROJECT}: must have {version}, as the workspace"));
    }
    let mut suite = java::maven(PROJECT);
    suite.arg("package").env("KEYMANAGER_TEST_CLI", bindings::target().join("debug/keymanager"));
    java::count("JUnit for Kotlin", &mut suite)
}

/// The operations of Kotlin: its public suspending functions, and the suspending methods of the handles.
pub(crate) fn operations() -> Result<BTreeSet<String>, String> {
    let sources = root().join("bindings/kotlin/src/main/kotlin/keymanager/kotlin");
    let mut operations = BTreeSet::new();
    for file in ["Envelopes.kt", "KeyManager.kt", "Streams.kt"] {
        operations.extend(names(&read(&sources.join(file))?));
    }
    Ok(operations)
}

fn names(source: &str) -> BTreeSet<String> {
    let mut handle = "";
    let mut operations = BTreeSet::new();
    for line in source.lines() {
        if let Some(class) = line.strip_prefix("class ") {
            handle = class.split(' ').next().unwrap_or_default();
        } else if let Some(function) = line.trim_start().strip_prefix("suspend fun ") {
            let name = snake_case(function.split('(').next().unwrap_or_default());
            operations.insert(if handle.is_empty() { name } else { format!("{handle}.{name}") });
        }
    }
    operations
}

/// `generateAll` is `generate_all` in the facade.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspending_functions_are_operations() {
        let source = "suspend fun verifyReport(\n    report: X,\n)\nfun helper() = 1\nclass KeyManager private constructor\n    \
                      suspend fun generateAll() = ask\n    internal suspend fun <T> ask() = 2\n        suspend fun open(\n";
        let found: Vec<String> = names(source).into_iter().collect();
        assert_eq!(found, ["KeyManager.generate_all", "KeyManager.open", "verify_report"]);
    }
}
