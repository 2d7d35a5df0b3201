//! Tokens behind PKCS#11 modules: SoftHSM, NSS, and one that fails on demand.
//!
//! A module reads its place from the environment of the process, so each test that opens one runs in a process of its
//! own: the visible test starts this program again with the environment set, and has it run the hidden one.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may"
)]

#[path = "token/healing.rs"]
mod healing;
#[path = "token/refused.rs"]
mod refused;
#[path = "token/suite.rs"]
mod suite;
#[path = "token/support.rs"]
mod support;
