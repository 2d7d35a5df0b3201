//! Every check and every test, in the order in which a fault is cheapest to find.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Instant;

use crate::shell::{cargo, root, run};
use crate::{Outcome, generated, java, kotlin, layers, parity, python, setup, swift};

/// Seconds each fuzz target runs.
const FUZZ_SECONDS: u32 = 10;

pub(crate) fn run_all() -> Outcome {
    let begun = Instant::now();
    run("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    println!("\n== direction of imports");
    layers::run()?;
    println!("\n== generated files");
    generated::run(false)?;
    println!("\n== parity of the languages");
    parity::run()?;
    clippy()?;
    run(
        "documentation",
        cargo().args(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    let mut counts = tests()?;
    counts.join(&python::run_tests()?);
    counts.passed = counts.passed.saturating_add(java::test()?);
    counts.passed = counts.passed.saturating_add(kotlin::test()?);
    counts.join(&swift::run_all()?);
    fuzz()?;
    run(
        "the main job",
        cargo()
            .args(["run", "--locked", "--release", "--quiet", "--", "quickstart", "--dir"])
            .arg(root().join("target/quickstart")),
    )?;
    println!("\nall checks passed in {} s", begun.elapsed().as_secs());
    println!("{} passed, {} failed", counts.passed, counts.failed);
    Ok(())
}

/// Warnings are errors, in every combination of features that changes what is compiled.
fn clippy() -> Outcome {
    for features in [
        &["--workspace", "--all-targets"][..],
        &["--package", "keymanager-facade", "--features", "uniffi"],
        &["--package", "keymanager-uniffi", "--features", "library,bindgen"],
        &["--package", "keymanager", "--no-default-features"],
        &["--package", "keymanager", "--no-default-features", "--features", "sqlite,testing"],
        &["--package", "keymanager", "--no-default-features", "--features", "native"],
        &["--package", "keymanager", "--no-default-features", "--features", "pkcs11"],
        &["--package", "keymanager", "--no-default-features", "--features", "postgres"],
        &["--package", "keymanager", "--all-targets", "--features", "postgres"],
    ] {
        let what = format!("clippy {}", features.join(" "));
        run(&what, cargo().args(["clippy", "--locked", "--quiet"]).args(features).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// What the test runner counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Adds what another runner counted.
    pub(crate) fn join(&mut self, other: &Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// What pytest says at its end: `2 failed, 67 passed in 6.90s`.
    pub(crate) fn of_pytest(said: &str) -> Self {
        let last = said.lines().rev().find(|line| line.contains(" in ")).unwrap_or_default();
        let words: Vec<&str> = last.split_whitespace().collect();
        let count = |what: &str| {
            let pair = words.windows(2).find(|pair| pair.last().is_some_and(|word| word.trim_end_matches(',') == what));
            pair.and_then(|pair| pair.first()?.parse().ok()).unwrap_or(0)
        };
        Self { passed: count("passed"), failed: count("failed") }
    }

    /// Adds a closing line of the runner: `test result: ok. 53 passed; 0 failed; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let words: Vec<&str> = result.split_whitespace().collect();
        for pair in words.windows(2) {
            if let [number, what] = pair
                && let Ok(number) = number.parse::<u64>()
            {
                match *what {
                    "passed;" => self.passed = self.passed.saturating_add(number),
                    "failed;" => self.failed = self.failed.saturating_add(number),
                    _ => {}
                }
            }
        }
    }
}

/// Runs every test, shows the runner's output as it comes, and counts.
fn tests() -> Result<Counts, String> {
    println!("\n== tests");
    let mut command = cargo();
    command
        .args(["test", "--locked", "--workspace", "--no-fail-fast"])
        .env("KEYMANAGER_TEST_PYTHON", setup::python_path());
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("tests: {error}"))?;
    let output = child.stdout.take().ok_or("tests: no output")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(|error| format!("tests: {error}"))?;
        counts.add(&line);
        println!("{line}");
    }
    let status = child.wait().map_err(|error| format!("tests: {error}"))?;
    if status.success() && counts.passed > 0 {
        return Ok(counts);
    }
    Err(format!("tests: {status}\n{} passed, {} failed", counts.passed, counts.failed))
}

fn fuzz() -> Outcome {
    let program = setup::cargo_tool("cargo-fuzz", setup::CARGO_FUZZ)?;
    let folder = root().join("fuzz/fuzz_targets");
    for path in crate::shell::files(&folder, ".rs")? {
        let Some(target) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let mut command = std::process::Command::new(&program);
        command.current_dir(root()).env("RUSTC_BOOTSTRAP", "1").args(["run", "--debug-assertions", target]);
        // What is found is kept in the corpus, the first folder; seeds are committed.
        let seeds = root().join("fuzz/seeds").join(target);
        if seeds.is_dir() {
            let corpus = root().join("fuzz/corpus").join(target);
            std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
            command.arg(corpus).arg(seeds);
        }
        let time = format!("-max_total_time={FUZZ_SECONDS}");
        run(
            &format!("fuzz {target}"),
            command.args(["--", &time, "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runners_say_is_counted() {
        let mut counts = Counts::of_pytest("....F\nFAILED in a test\n1 failed, 67 passed in 6.90s\n");
        assert_eq!(counts, Counts { passed: 67, failed: 1 });
        assert_eq!(Counts::of_pytest("67 passed, 2 warnings in 1.01s"), Counts { passed: 67, failed: 0 });
        assert_eq!(Counts::of_pytest("no tests ran in 0.01s"), Counts::default());
        counts.add("test result: ok. 3 passed; 0 failed; 0 ignored");
        assert_eq!(counts, Counts { passed: 70, failed: 1 });
    }
}
