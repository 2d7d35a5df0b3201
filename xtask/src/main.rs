//! The project's own tasks. `cargo xtask` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

mod bench;
mod bindings;
mod ci;
mod generated;
mod install;
mod java;
mod kotlin;
mod layers;
mod parity;
mod prove;
mod python;
mod service;
mod setup;
mod shell;
mod swift;

use std::process::ExitCode;

/// What every task answers: an error is a sentence for the person who ran it.
type Outcome = Result<(), String>;

const USAGE: &str = "\
cargo xtask TASK

  setup              install what the tests need: Debian packages, a Python environment, cargo-fuzz, cbindgen,
                     the key manager service from Maven Central, Swift
  ci                 setup, then every check and every test; what CI runs
  ci --no-setup      the same on a machine that is set up
  layers             the direction of imports between the rooms
  generated          compare generated files with their sources; --write makes them again
  bindings           make the generated sources of Kotlin and Swift again
  parity             every operation of the facade, and no other, in every language
  python             the Python package: its wheel, its types, and its tests on every Python from 3.11 on
  swift              build the Swift package, run its tests and the examples
  install --prefix PREFIX   libkeymanager, its header, its pkg-config and CMake files; --debug before it for a fast build
  kotlin             the jar for Kotlin and its suite
  java               the jar with this system's library, into target/java/repository; --debug after it for a fast build
  java test          its suite on every JDK of this machine
  java conformance   the core's suites on a store and a master backend in Java; not in ci
  bench envelope     the envelope jobs side by side with the best alternatives; prints ratios
  bench lifecycle    key pool, certificates, current-key lookup and signing on curves, the same way
  bench backends     decryption over PostgreSQL and a token beside a plain JDK program, the same way
  prove NAME         a long check at its whole size; without NAME, the list";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["setup"] => setup::run_all(),
        ["ci"] => setup::run_all().and_then(|()| ci::run_all()),
        ["ci", "--no-setup"] => ci::run_all(),
        ["layers"] => layers::run(),
        ["generated"] => generated::run(false),
        ["generated", "--write"] => generated::run(true),
        ["bindings"] => bindings::write(),
        ["parity"] => parity::run(),
        ["python"] => python::run_tests().map(|_| ()),
        ["swift"] => swift::run_all().map(|_| ()),
        ["install", rest @ ..] => install::run_install(rest),
        ["kotlin"] => kotlin::test().map(|passed| println!("{passed} passed, 0 failed")),
        ["java", rest @ ..] => java::run_task(rest),
        ["bench", name, rest @ ..] => bench::run_bench(name, rest),
        ["prove"] => prove::list(),
        ["prove", name, rest @ ..] => prove::run_proof(name, rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}
