//! Measurements side by side with the best alternatives, in one run.

use crate::Outcome;
use crate::shell::{cargo, run};

const BENCHES: [&str; 3] = ["envelope", "lifecycle", "backends"];

/// Runs the bench of this name with the arguments after it.
pub(crate) fn run_bench(name: &str, rest: &[&str]) -> Outcome {
    if !BENCHES.contains(&name) {
        return Err(format!("there is no bench `{name}`; there are: {}", BENCHES.join(", ")));
    }
    let mut bench = cargo();
    bench.args(["run", "--locked", "--release", "--quiet", "--package", "keymanager-benches", "--bin", name, "--"]);
    run(&format!("bench {name}"), bench.args(rest))
}
