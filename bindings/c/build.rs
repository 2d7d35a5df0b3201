//! Names the shared library for the loader; Rust does not.

fn main() {
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(os.as_str(), "linux" | "freebsd" | "android") {
        // Compatible within a minor version before 1.0, as the crate is.
        let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
        let minor: Vec<&str> = version.split('.').take(2).collect();
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkeymanager.so.{}", minor.join("."));
    }
    println!("cargo::rerun-if-changed=build.rs");
}
