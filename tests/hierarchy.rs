//! The key hierarchy from outside: generation, renewal, rotation, decryption, races and faults (docs/hierarchy.md).
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "hierarchy/support.rs"]
mod support;

#[path = "hierarchy/alternative_names.rs"]
mod alternative_names;
#[path = "hierarchy/backfill.rs"]
mod backfill;
#[path = "hierarchy/decryption.rs"]
mod decryption;
#[path = "hierarchy/elliptic.rs"]
mod elliptic;
#[path = "hierarchy/faults.rs"]
mod faults;
#[path = "hierarchy/faulty.rs"]
mod faulty;
#[path = "hierarchy/generation.rs"]
mod generation;
#[path = "hierarchy/openssl.rs"]
mod openssl;
#[path = "hierarchy/outside.rs"]
mod outside;
#[path = "hierarchy/pool.rs"]
mod pool;
#[path = "hierarchy/races.rs"]
mod races;
#[path = "hierarchy/renewal.rs"]
mod renewal;
#[path = "hierarchy/replacement.rs"]
mod replacement;
#[path = "hierarchy/rewrap.rs"]
mod rewrap;
#[path = "hierarchy/simulation.rs"]
mod simulation;
#[path = "hierarchy/uploads.rs"]
mod uploads;
