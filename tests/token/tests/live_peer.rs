//! The classes of the MOSIP key manager service and this library at work in turns, on one database and one token.
//!
//! A sequence of operations is drawn from a printed seed. One side does an operation, then the other: what only reads,
//! and what makes a key unless one is there, is done by both, and the answers must be the same; after what changes
//! something the other side looks at it. A refusal must be the other side's too. What differs must be documented.
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

#[path = "live_peer/answer.rs"]
mod answer;
#[path = "live_peer/dice.rs"]
mod dice;
#[path = "live_peer/differences.rs"]
mod differences;
#[path = "live_peer/operation.rs"]
mod operation;
#[path = "live_peer/ours.rs"]
mod ours;
#[path = "live_peer/place.rs"]
mod place;
#[path = "live_peer/run.rs"]
mod run;
#[path = "../../store/postgres/server.rs"]
mod server;
#[path = "live_peer/service.rs"]
mod service;
#[path = "live_peer/shape.rs"]
mod shape;
#[path = "token/support.rs"]
#[allow(dead_code, reason = "the tests of tokens use the rest")]
mod support;
#[path = "live_peer/theirs.rs"]
mod theirs;
