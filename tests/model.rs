//! Random sequences of every verb, by four actors with clocks of their own over one store and one master backend, with
//! clocks that jump, calls that fail and processes that die, against a small model of docs/hierarchy.md.
//!
//! CI runs a part, which the output says; `cargo xtask prove model` runs the whole. `KEYMANAGER_MODEL_SEED=<seed>`
//! repeats one sequence, and `KEYMANAGER_MODEL_FIRST=<seed>` begins there; what fails is made shorter before it is
//! printed.
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
    clippy::print_stdout,
    clippy::print_stderr,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "model/actors.rs"]
mod actors;
#[path = "model/answers.rs"]
mod answers;
#[path = "model/book.rs"]
mod book;
#[path = "model/counts.rs"]
mod counts;
#[path = "model/doctor.rs"]
mod doctor;
#[path = "hierarchy/faulty.rs"]
mod faulty;
#[path = "model/foresight.rs"]
mod foresight;
#[path = "model/making.rs"]
mod making;
#[path = "model/outside.rs"]
mod outside;
#[path = "model/parcels.rs"]
mod parcels;
#[path = "model/perform.rs"]
mod perform;
#[path = "model/pool.rs"]
mod pool;
#[path = "model/run.rs"]
mod run;
#[path = "model/shrink.rs"]
mod shrink;
#[path = "model/steps.rs"]
mod steps;
#[path = "hierarchy/support.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actors::Backing;
use counts::Counts;

/// Sequences with each store: in CI, and whole.
const SEQUENCES: [u64; 2] = [300, 10_000];

fn whole() -> bool {
    std::env::var("KEYMANAGER_PROVE").is_ok_and(|size| size == "whole")
}

/// Runs every seed, on as many threads as there are processors.
fn prove(backing: Backing) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (only, from) = (number("KEYMANAGER_MODEL_SEED"), number("KEYMANAGER_MODEL_FIRST"));
    let sequences = SEQUENCES[usize::from(whole())];
    let (first, end) = only.map_or((from.unwrap_or(0), sequences), |seed| (seed, seed + 1));
    let next = AtomicU64::new(first);
    let sum = Mutex::new(Counts::default());
    let failed = Mutex::new(BTreeMap::new());
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    shrink::quietly(|| {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut counts = Counts::default();
                    loop {
                        let seed = next.fetch_add(1, Ordering::SeqCst);
                        if seed >= end || !failed.lock().unwrap().is_empty() {
                            break;
                        }
                        let plot = steps::Plot::of_seed(seed);
                        if let Err(why) = shrink::attempt(backing, &plot, &mut counts) {
                            failed.lock().unwrap().insert(seed, (plot, why));
                        }
                    }
                    sum.lock().unwrap().add(&counts);
                });
            }
        });
        if let Some((seed, (plot, why))) = failed.lock().unwrap().pop_first() {
            let (short, last) = shrink::shorten(backing, &plot);
            eprintln!(
                "\n{backing:?}, seed {seed}, {} steps: {why}\nshortened to {} steps:",
                plot.steps.len(),
                short.steps.len()
            );
            for step in &short.steps {
                eprintln!("  {step:?}");
            }
            eprintln!("{last}");
            let test = format!("{backing:?}").to_lowercase();
            eprintln!("again: KEYMANAGER_MODEL_SEED={seed} cargo test --test model {test} -- --nocapture");
            panic!("the model and the implementation disagree");
        }
    });
    let counts = sum.lock().unwrap();
    let took = started.elapsed().as_secs_f64();
    println!(
        "model, {backing:?}: {} of {} sequences, {:.0} a second; {counts}",
        counts.sequences,
        SEQUENCES[1],
        counts.sequences as f64 / took
    );
    if only.or(from).is_none() {
        assert_eq!(counts.sequences, sequences);
        counts.check_worth();
    }
}

#[test]
fn memory() {
    prove(Backing::Memory);
}

#[test]
fn sqlite() {
    prove(Backing::Sqlite);
}
