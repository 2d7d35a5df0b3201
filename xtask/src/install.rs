//! Puts libkeymanager where C programs find it: header, libraries, and what pkg-config and CMake read.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::shell::{cargo, read, root, run};

/// `[--debug] --prefix PREFIX`: the folders `include`, `lib`, `lib/pkgconfig` and `lib/cmake` of the prefix.
pub(crate) fn run_install(arguments: &[&str]) -> Outcome {
    let (profile, prefix) = match arguments {
        ["--debug", "--prefix", prefix] => ("debug", *prefix),
        ["--prefix", prefix] => ("release", *prefix),
        _ => return Err("cargo xtask install [--debug] --prefix PREFIX".to_owned()),
    };
    let mut build = cargo();
    build.args(["build", "--locked", "--package", "keymanager-c"]);
    if profile == "release" {
        build.arg("--release");
    }
    run("libkeymanager", &mut build)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let built = target.join(profile);
    // Relative paths in what pkg-config reads would start at the folder of whoever compiles.
    let prefix = std::path::absolute(prefix).map_err(|error| format!("{prefix}: {error}"))?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    for folder in [&include, &lib.join("pkgconfig"), &lib.join("cmake/keymanager")] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    copy(&root().join("include/keymanager.h"), &include.join("keymanager.h"))?;
    copy(&built.join("libkeymanager.a"), &lib.join("libkeymanager.a"))?;
    let version = env!("CARGO_PKG_VERSION");
    let file = format!("libkeymanager.so.{version}");
    copy(&built.join("libkeymanager.so"), &lib.join(&file))?;
    // The name inside the library, for the loader, and the name for the linker.
    let minor: Vec<&str> = version.split('.').take(2).collect();
    link(&file, &lib.join(format!("libkeymanager.so.{}", minor.join("."))))?;
    link(&file, &lib.join("libkeymanager.so"))?;
    let minor = minor.join(".");
    for (source, target) in [
        ("keymanager.pc.in", "pkgconfig/keymanager.pc"),
        ("keymanagerConfig.cmake.in", "cmake/keymanager/keymanagerConfig.cmake"),
        ("keymanagerConfigVersion.cmake.in", "cmake/keymanager/keymanagerConfigVersion.cmake"),
    ] {
        let text = read(&root().join("bindings/c").join(source))?;
        let text = text.replace("@PREFIX@", &prefix.to_string_lossy()).replace("@VERSION@", version);
        let path = lib.join(target);
        std::fs::write(&path, text.replace("@MINOR@", &minor))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    println!("installed under {}; PKG_CONFIG_PATH={}", prefix.display(), lib.join("pkgconfig").display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::copy(from, to).map(|_| ()).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

/// A link in place of what an earlier installation left.
fn link(file: &str, at: &Path) -> Outcome {
    let _ = std::fs::remove_file(at);
    #[cfg(unix)]
    return std::os::unix::fs::symlink(file, at).map_err(|error| format!("{}: {error}", at.display()));
    #[cfg(not(unix))]
    Err(format!("{}: a link to {file} cannot be made on this system", at.display()))
}
