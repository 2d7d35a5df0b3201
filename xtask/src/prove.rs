//! Long checks at their whole size. CI runs the same tests at a size that fits, and says so in its output.

use crate::Outcome;
use crate::shell::{cargo, run};

/// A long check: a test that reads its size from the environment.
struct Proof {
    name: &'static str,
    what: &'static str,
    test: &'static [&'static str],
}

/// The variable that makes a test run at its whole size.
const SIZE: (&str, &str) = ("KEYMANAGER_PROVE", "whole");

const PROOFS: &[Proof] = &[
    Proof {
        name: "flips",
        what: "every single-bit flip and every truncation of one envelope of every layout, on both providers",
        test: &["--package", "keymanager", "--test", "envelope"],
    },
    Proof {
        name: "races",
        what: "64 processes and one new Base key; two processes and one key file; 200 kills during creation",
        test: &["--package", "keymanager-cli", "--test", "races"],
    },
    Proof {
        name: "scale",
        what: "thumbprint lookup from a thousand to a million records; streaming of 1 GiB",
        test: &["--package", "keymanager", "--test", "scale"],
    },
];

pub(crate) fn list() -> Outcome {
    println!("cargo xtask prove NAME");
    for proof in PROOFS {
        println!("  {:<8} {}", proof.name, proof.what);
    }
    Ok(())
}

pub(crate) fn run_proof(name: &str) -> Outcome {
    let Some(proof) = PROOFS.iter().find(|proof| proof.name == name) else {
        list()?;
        return Err(format!("there is no proof `{name}`"));
    };
    let mut command = cargo();
    command.args(["test", "--locked", "--release"]).args(proof.test).args(["--", "--nocapture"]);
    run(proof.what, command.env(SIZE.0, SIZE.1))
}
