//! The doctor (docs/doctor.md): worlds that are broken by hand, one fault at a time, and worlds that are not.
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

#[path = "hierarchy/faulty.rs"]
mod faulty;
#[path = "hierarchy/outside.rs"]
mod outside;
#[path = "hierarchy/support.rs"]
mod support;

#[path = "doctor/common.rs"]
mod common;
#[path = "store/dump.rs"]
mod dump;
#[path = "doctor/elliptic.rs"]
mod elliptic;
#[path = "doctor/healthy.rs"]
mod healthy;
#[path = "doctor/intents.rs"]
mod intents;
#[path = "doctor/masters.rs"]
mod masters;
#[path = "doctor/rows.rs"]
mod rows;
#[path = "doctor/scopes.rs"]
mod scopes;
#[path = "doctor/sqlite.rs"]
mod sqlite;
#[path = "doctor/uploads.rs"]
mod uploads;
