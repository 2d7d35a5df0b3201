//! Every check and every test, in the order in which a fault is cheapest to find.

use std::time::Instant;

use crate::shell::{cargo, root, run};
use crate::{Outcome, generated, layers, setup};

/// Seconds each fuzz target runs.
const FUZZ_SECONDS: u32 = 10;

pub(crate) fn run_all() -> Outcome {
    let begun = Instant::now();
    run("formatting", cargo().args(["fmt", "--all", "--check"]))?;
    println!("\n== direction of imports");
    layers::run()?;
    println!("\n== generated files");
    generated::run(false)?;
    clippy()?;
    run(
        "documentation",
        cargo().args(["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    tests()?;
    fuzz()?;
    run(
        "the main job",
        cargo()
            .args(["run", "--locked", "--release", "--quiet", "--", "quickstart", "--dir"])
            .arg(root().join("target/quickstart")),
    )?;
    println!("\nall checks passed in {} s", begun.elapsed().as_secs());
    Ok(())
}

/// Warnings are errors, in every combination of features that changes what is compiled.
fn clippy() -> Outcome {
    for features in [
        &["--workspace", "--all-targets"][..],
        &["--package", "keymanager", "--no-default-features"],
        &["--package", "keymanager", "--no-default-features", "--features", "sqlite,testing"],
        &["--package", "keymanager", "--no-default-features", "--features", "native"],
    ] {
        let what = format!("clippy {}", features.join(" "));
        run(&what, cargo().args(["clippy", "--locked", "--quiet"]).args(features).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

fn tests() -> Outcome {
    let mut command = cargo();
    command
        .args(["test", "--locked", "--workspace", "--no-fail-fast"])
        .env("KEYMANAGER_TEST_PYTHON", setup::python_path());
    run("tests", &mut command)
}

fn fuzz() -> Outcome {
    let folder = root().join("fuzz/fuzz_targets");
    for path in crate::shell::files(&folder, ".rs")? {
        let Some(target) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let mut command = std::process::Command::new(setup::tools().join("bin/cargo-fuzz"));
        command.current_dir(root()).env("RUSTC_BOOTSTRAP", "1").args(["run", "--debug-assertions", target]);
        let time = format!("-max_total_time={FUZZ_SECONDS}");
        run(
            &format!("fuzz {target}"),
            command.args(["--", &time, "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]),
        )?;
    }
    Ok(())
}
