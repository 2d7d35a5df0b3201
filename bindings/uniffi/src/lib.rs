//! The library that the Kotlin and Swift bindings load: the facade and what uniffi makes of its attributes. Its code is
//! all in `bindings/facade`; a shared library exports what it depends on only when it says so here.
#![allow(unsafe_code, missing_docs, reason = "the macro exports by symbol; there is no code of ours")]

#[cfg(feature = "library")]
keymanager_facade::uniffi_reexport_scaffolding!();
