//! The envelopes of docs/envelopes.md, on every provider.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may"
)]

#[path = "envelope/common.rs"]
mod common;
#[path = "envelope/damage.rs"]
mod damage;
#[path = "envelope/inspect.rs"]
mod inspect;
#[path = "envelope/inspect_files.rs"]
mod inspect_files;
#[path = "envelope/refused.rs"]
mod refused;
#[path = "envelope/round_trip.rs"]
mod round_trip;
#[path = "envelope/session_key.rs"]
mod session_key;
#[path = "envelope/streams.rs"]
mod streams;
#[path = "envelope/vectors.rs"]
mod vectors;
#[path = "envelope/wrapped_key.rs"]
mod wrapped_key;
