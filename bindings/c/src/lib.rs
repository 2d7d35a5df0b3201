//! libkeymanager: the C interface of keymanager. The header `include/keymanager.h` is made from this crate.
//!
//! Each function converts its arguments, calls one function of the facade, and converts the answer (BND-1, BND-30 to
//! BND-43 in docs/bindings.md). What touches foreign pointers is in `pointer`.
#![allow(non_camel_case_types, reason = "the names are those of the C header")]
#![allow(clippy::result_large_err, reason = "an error that crosses is a plain record, and rare")]

mod answer;
mod buffer;
mod entry;
mod error;
mod init;
mod into;
mod keys;
mod layout;
mod manager;
mod master;
mod moving;
mod pointer;
mod progress;
mod request;
mod store;
mod stream;
#[cfg(test)]
mod tests;
mod watch;

/// Success. Every other status is a number of the error table (docs/errors.md), or `KM_PANIC`.
pub const KM_OK: u32 = 0;

/// A panic was caught inside the library. Handles that were in use should be freed.
pub const KM_PANIC: u32 = 99;

/// The number of this interface: what a program was compiled with, to be given to `km_init`.
pub const KM_ABI_VERSION: u32 = 1;
