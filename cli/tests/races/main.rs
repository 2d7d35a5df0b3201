//! Many processes on one store and one key file, and processes that are killed: what is left is "done" or "never
//! happened". The built binary runs; the library looks at what it left.
//!
//! CI runs a size that fits; `cargo xtask prove races` runs the whole. A seed is printed; `KEYMANAGER_RACES_SEED`
//! repeats its choices, though not the scheduling of the processes.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "tests may"
)]

mod backends;
mod base_key;
mod books;
mod crowd;
mod crowd_kills;
mod dice;
mod first_start;
mod killing;
mod kills;
mod ledger;
mod master_keys;
mod outside;
mod pool;
#[path = "../cli/sandbox.rs"]
#[allow(dead_code, reason = "the tests of the command line use the rest")]
mod sandbox;
#[path = "../../../tests/store/postgres/server.rs"]
mod server;
mod work;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much is done.
#[derive(Debug)]
pub(crate) struct Size {
    /// Processes that ask for one key.
    pub(crate) processes: usize,
    /// Processes that are killed.
    pub(crate) kills: usize,
    /// Processes that are killed among others at work.
    pub(crate) crowd_kills: usize,
    /// Repetitions of what takes few processes.
    pub(crate) rounds: usize,
}

impl Size {
    /// The size this run has, which is printed.
    pub(crate) fn of_this_run(test: &str) -> Self {
        let whole = std::env::var("KEYMANAGER_PROVE").is_ok_and(|size| size == "whole");
        let (name, size) = if whole {
            ("whole", Self { processes: 64, kills: 200, crowd_kills: 500, rounds: 8 })
        } else {
            (
                "for CI; whole: cargo xtask prove races, kills, and backends",
                Self { processes: 16, kills: 30, crowd_kills: 30, rounds: 2 },
            )
        };
        println!("{test}: size {name}: {size:?}");
        size
    }
}

/// One test at a time: moments are chosen by how long things take.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}
