//! The sources of Kotlin and Swift that uniffi makes of the facade's attributes.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::shell::{cargo, output, read, root, run};

/// The file that is made, and where it is committed.
const FILES: [(&str, &str); 3] = [
    (
        "keymanager/generated/keymanager_facade.kt",
        "bindings/kotlin/src/main/kotlin/keymanager/generated/keymanager_facade.kt",
    ),
    ("KeyManagerGenerated.swift", "bindings/swift/Sources/KeyManagerGenerated/KeyManagerGenerated.swift"),
    ("KeyManagerFFI.h", "bindings/swift/Sources/KeyManagerFFI/KeyManagerFFI.h"),
];

/// What Cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The library that Kotlin and Swift load, built. Always with the bindgen: alone, either would have other features of the
/// crates below, and all of them were built once more.
pub(crate) fn library() -> Result<PathBuf, String> {
    let mut build = cargo();
    build.args(["build", "--locked", "--quiet", "--package", "keymanager-uniffi", "--features", "library,bindgen"]);
    run("libkeymanager_uniffi", &mut build)?;
    Ok(target().join("debug/libkeymanager_uniffi.so"))
}

/// The files as they must be.
pub(crate) fn generated() -> Result<Vec<(PathBuf, String)>, String> {
    let library = library()?;
    let made = target().join("bindings");
    for language in ["kotlin", "swift"] {
        let mut bindgen = Command::new(target().join("debug/uniffi-bindgen"));
        bindgen.current_dir(root()).args(["generate", "--no-format", "--language", language, "--out-dir"]).arg(&made);
        output(language, bindgen.arg(&library))?;
    }
    FILES.iter().map(|(file, at)| Ok((root().join(at), read(&made.join(file))?))).collect()
}

/// Makes the files again.
pub(crate) fn write() -> Outcome {
    for (path, text) in generated()? {
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
