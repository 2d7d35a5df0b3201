//! Measurements side by side with the best alternatives, in one run.

use crate::Outcome;
use crate::shell::{cargo, run};

/// Runs the bench of this name with the arguments after it.
pub(crate) fn run_bench(name: &str, rest: &[&str]) -> Outcome {
    if name != "envelope" {
        return Err(format!("there is no bench `{name}`; there is: envelope"));
    }
    let mut bench = cargo();
    bench.args([
        "run",
        "--locked",
        "--release",
        "--quiet",
        "--package",
        "keymanager-benches",
        "--bin",
        "envelope",
        "--",
    ]);
    run("bench envelope", bench.args(rest))
}
