//! Access decision, audit sink, and odd identifiers, over every verb of the manager (docs/access.md).
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

#[path = "access/verbs.rs"]
mod verbs;

#[path = "access/clocks.rs"]
mod clocks;
#[path = "access/decision.rs"]
mod decision;
#[path = "access/every_verb.rs"]
mod every_verb;
#[path = "access/odd.rs"]
mod odd;
#[path = "access/sinks.rs"]
mod sinks;
