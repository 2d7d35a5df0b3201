//! The record stores, through the public interface.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may"
)]

#[path = "store/damage.rs"]
mod damage;
#[cfg(unix)]
#[path = "store/files.rs"]
mod files;
#[cfg(all(unix, feature = "postgres"))]
#[path = "store/postgres.rs"]
mod postgres;
#[cfg(unix)]
#[path = "store/processes.rs"]
mod processes;
#[path = "store/python.rs"]
mod python;
#[path = "store/rows.rs"]
mod rows;
#[path = "store/snapshot.rs"]
mod snapshot;
#[path = "store/suite.rs"]
mod suite;
#[path = "store/upstream.rs"]
mod upstream;
