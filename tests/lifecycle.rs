//! The answers of a running Java service over the life of its keys, replayed (tests/vectors/lifecycle).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "hierarchy/support.rs"]
mod support;

#[path = "lifecycle/calls.rs"]
mod calls;
#[path = "lifecycle/differences.rs"]
mod differences;
#[path = "lifecycle/replay.rs"]
mod replay;
#[path = "lifecycle/world.rs"]
mod world;
