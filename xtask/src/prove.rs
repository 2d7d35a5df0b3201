//! Long checks at their whole size. What CI runs of them is smaller, and says so in its output.

use crate::shell::{cargo, run};
use crate::{Outcome, bench, setup};

/// A long check.
struct Proof {
    name: &'static str,
    what: &'static str,
    work: fn(&str) -> Outcome,
}

const PROOFS: &[Proof] = &[
    Proof {
        name: "races",
        what: "64 processes and one new Base key; several processes and one key file; 200 kills during creation",
        work: races,
    },
    Proof {
        name: "model",
        what: "10,000 random sequences of every verb against the model of the key life cycle, in memory and on SQLite",
        work: model,
    },
    Proof {
        name: "faults",
        what: "every call to store and key file in every verb fails once, in four ways, in memory and on the disk",
        work: faults,
    },
    Proof {
        name: "kills",
        what: "500 kills at random moments over generate, rotate, revoke and upload, with four processes at work",
        work: kills,
    },
    Proof {
        name: "backends",
        what: "races and kills on PostgreSQL and SoftHSM: 64 processes and one new Base key; 500 kills",
        work: backends,
    },
    Proof {
        name: "peer",
        what: "1,000 random operations in turns with the classes of the MOSIP service, on one database and one token; --operations N",
        work: |what| peer_for(what, "1000"),
    },
    Proof {
        name: "rewrap",
        what: "10,000 Base keys wrapped again, interrupted ten times; the report checked by OpenSSL, every key opened",
        work: rewrap,
    },
    Proof {
        name: "sequences",
        what: "10,000 random sequences of C calls, with handles that threads share and close early, under the sanitizers",
        work: sequences,
    },
    Proof {
        name: "scale",
        what: "record lookup from a thousand to a million records, streams of 100 MiB and 1 GiB: the benches, whole",
        work: |_| bench::run_bench("envelope", &[]),
    },
    Proof {
        name: "mutants",
        what: "mutation testing of the current-key rule and of the envelopes; hours; survivors are listed",
        work: mutants,
    },
    Proof { name: "coverage", what: "line coverage of the core by its own tests, file by file", work: coverage },
];

/// The mutation tester.
const CARGO_MUTANTS: &str = "27.1.0";

/// The driver of the compiler's own coverage counters.
const CARGO_LLVM_COV: &str = "0.9.1";

pub(crate) fn list() -> Outcome {
    println!("cargo xtask prove NAME");
    for proof in PROOFS {
        println!("  {:<9} {}", proof.name, proof.what);
    }
    Ok(())
}

pub(crate) fn run_proof(name: &str, rest: &[&str]) -> Outcome {
    let Some(proof) = PROOFS.iter().find(|proof| proof.name == name) else {
        list()?;
        return Err(format!("there is no proof `{name}`"));
    };
    match (name, rest) {
        (_, []) => (proof.work)(proof.what),
        ("peer", ["--operations", number]) => peer_for(proof.what, number),
        _ => Err(format!("{name} takes no {}", rest.join(" "))),
    }
}

fn sequences(what: &str) -> Outcome {
    let mut test = cargo();
    test.args([
        "test",
        "--locked",
        "--package",
        "keymanager-c",
        "--test",
        "c",
        "random_sequences",
        "--",
        "--nocapture",
    ]);
    run(what, test.env("KEYMANAGER_SEQUENCES", "10000"))
}

/// The test of CI, told to run at its whole size.
fn races(what: &str) -> Outcome {
    races_but(what, &["--skip", CROWD_KILLS, "--skip", BACKENDS])
}

fn kills(what: &str) -> Outcome {
    races_but(what, &[CROWD_KILLS])
}

fn backends(what: &str) -> Outcome {
    races_but(what, &[BACKENDS])
}

/// The tests of the races that are proofs of their own.
const CROWD_KILLS: &str = "crowd_kills::";
const BACKENDS: &str = "backends::";

fn races_but(what: &str, chosen: &[&str]) -> Outcome {
    let mut command = cargo();
    command.args(["test", "--locked", "--release", "--package", "keymanager-cli", "--test", "races", "--"]);
    run(what, command.args(chosen).arg("--nocapture").env("KEYMANAGER_PROVE", "whole"))
}

/// The test of CI, told how many operations.
fn peer_for(what: &str, operations: &str) -> Outcome {
    if operations.parse::<u32>().is_err() {
        return Err(format!("{operations} is no number of operations"));
    }
    let mut command = cargo();
    command.args([
        "test",
        "--locked",
        "--package",
        "keymanager-token-tests",
        "--test",
        "live_peer",
        "--",
        "--nocapture",
    ]);
    let seed = std::env::var("KEYMANAGER_PEER_SEED").unwrap_or_else(|_| "new".to_owned());
    run(what, command.env("KEYMANAGER_PEER_OPERATIONS", operations).env("KEYMANAGER_PEER_SEED", seed))
}

/// The test of CI, told to run every sequence.
fn model(what: &str) -> Outcome {
    whole(what, "model")
}

/// The test of CI, told to take every key.
fn rewrap(what: &str) -> Outcome {
    whole(what, "rewrap")
}

fn whole(what: &str, test: &str) -> Outcome {
    let mut command = cargo();
    command.args(["test", "--locked", "--release", "--package", "keymanager", "--test", test, "--", "--nocapture"]);
    run(what, command.env("KEYMANAGER_PROVE", "whole"))
}

/// What CI runs in memory, and the same on the disk.
fn faults(what: &str) -> Outcome {
    let mut command = cargo();
    command.args(["test", "--locked", "--release", "--package", "keymanager", "--test", "hierarchy", "no_fault"]);
    run(what, command.args(["--", "--nocapture", "--include-ignored"]))
}

/// Every mutant is built and tested with the unit tests of its room and, for envelopes, their integration tests.
fn mutants(what: &str) -> Outcome {
    let program = setup::cargo_tool("cargo-mutants", CARGO_MUTANTS)?;
    for (file, tests) in [
        ("src/hierarchy/current.rs", &["--lib", "hierarchy::"][..]),
        ("src/envelope/**/*.rs", &["--lib", "--test", "envelope"]),
    ] {
        let mut command = std::process::Command::new(&program);
        command.current_dir(crate::shell::root()).args(["mutants", "--package", "keymanager", "--file", file]);
        command.args(["--output", "target/mutants", "--"]).args(tests);
        run(what, &mut command)?;
    }
    Ok(())
}

/// The compiler's counters, read by the tools of the same compiler; any other release cannot read them.
fn coverage(what: &str) -> Outcome {
    let program = setup::cargo_tool("cargo-llvm-cov", CARGO_LLVM_COV)?;
    let mut component = std::process::Command::new("rustup");
    run("llvm-tools", component.current_dir(crate::shell::root()).args(["component", "add", "llvm-tools"]))?;
    let mut command = std::process::Command::new(&program);
    command.current_dir(crate::shell::root());
    // The damage tests flip every bit of every envelope: hours with counters, and lines that others reach too.
    command.args(["llvm-cov", "--locked", "--package", "keymanager", "--lib", "--tests"]);
    command.args(["--ignore-filename-regex", "/tests/|/tests\\.rs|_tests\\.rs|/testing/", "--", "--skip", "damage"]);
    run(what, &mut command)
}
