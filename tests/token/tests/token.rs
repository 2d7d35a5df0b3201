//! Tokens behind PKCS#11 modules: SoftHSM, NSS, and one that fails on demand.
//!
//! A module reads its place from the environment of the process, so each test that opens one runs in a process of its
//! own: the visible test starts this program again with the environment set, and has it run the hidden one.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests may"
)]

#[path = "../../store/dump.rs"]
mod dump;
#[path = "token/forked.rs"]
mod forked;
#[path = "token/healing.rs"]
mod healing;
#[path = "token/java.rs"]
mod java;
#[path = "token/limits.rs"]
mod limits;
#[path = "token/refused.rs"]
mod refused;
#[path = "token/service.rs"]
mod service;
#[path = "token/suite.rs"]
mod suite;
#[path = "token/support.rs"]
mod support;
#[path = "token/swapped.rs"]
mod swapped;
