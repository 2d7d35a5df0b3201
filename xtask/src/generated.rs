//! Generated files: made from their source, committed, and compared in CI.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use keymanager::Code;

use crate::shell::{cargo, output, read, root};
use crate::{Outcome, bindings, setup};

pub(crate) fn run(write: bool) -> Outcome {
    let mut drifted = Vec::new();
    let (header, symbols) = header()?;
    let mut files = vec![
        (root().join("docs/errors.md"), errors()),
        (root().join("THIRD-PARTY-NOTICES.md"), notices()?),
        (root().join("include/keymanager.h"), header),
        (root().join("include/keymanager.symbols"), symbols),
    ];
    files.extend(bindings::generated()?);
    for (path, text) in files {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found == text {
            continue;
        }
        if write {
            std::fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
            println!("written: {}", path.display());
        } else {
            drifted.push(path);
        }
    }
    if drifted.is_empty() {
        println!("generated files: no drift");
        return Ok(());
    }
    let names: Vec<String> = drifted.iter().map(PathBuf::as_path).map(|path| path.display().to_string()).collect();
    Err(format!("drifted from their source: {}\nrun `cargo xtask generated --write` and commit", names.join(", ")))
}

/// The C header, and the sorted names of its functions.
fn header() -> Result<(String, String), String> {
    let program = setup::cargo_tool("cbindgen", setup::CBINDGEN)?;
    let made = |name: &str| root().join("target").join(name);
    let mut command = Command::new(program);
    command.current_dir(root().join("bindings/c")).args(["--quiet", "--config", "cbindgen.toml"]);
    command.arg("--symfile").arg(made("keymanager.symfile")).arg("--output").arg(made("keymanager.h")).arg(".");
    output("cbindgen", &mut command)?;
    let header = read(&made("keymanager.h"))?;
    let listed = read(&made("keymanager.symfile"))?;
    let mut symbols: Vec<&str> = listed.lines().filter_map(|line| line.trim().strip_suffix(';')).collect();
    symbols.retain(|name| *name != "}");
    symbols.sort_unstable();
    Ok((header, symbols.join("\n") + "\n"))
}

/// The error table as a page.
fn errors() -> String {
    let mut page = String::from(
        "# Errors\n\nMade from the table in `src/error.rs` by `cargo xtask generated --write`; do not edit.\n\n\
         Numbers and names are stable and never reused. `exit` is the exit status of the command line; `MOSIP` is the code \
         of the same situation in the MOSIP key manager.\n\n| number | name | category | exit | MOSIP | what to do next |\n|---|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| {} | `{}` | {:?} | {} | {} | {} |",
            code.number(),
            code.name(),
            code.category(),
            code.exit_status(),
            code.mosip_code().unwrap_or("–"),
            code.next()
        );
    }
    page
}

/// The licences of every crate that is linked into what is shipped, from the lock file's own metadata.
fn notices() -> Result<String, String> {
    let tree = output(
        "cargo tree",
        cargo()
            .args(["tree", "--locked", "--workspace", "--exclude", "xtask", "--edges", "normal,no-proc-macro"])
            .args(["--features", "keymanager-uniffi/library"])
            .args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}", "--target", "x86_64-unknown-linux-gnu"]),
    )?;
    let mut rows: Vec<String> = tree
        .lines()
        .filter(|line| !line.contains("(/") && !line.is_empty())
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let mut words = package.split(' ');
            Some(format!("| {} | {} | {licence} |", words.next()?, words.next()?.trim_start_matches('v')))
        })
        .collect();
    rows.sort();
    rows.dedup();
    let mut page = String::from(
        "# Third-party notices\n\nMade from the lock file by `cargo xtask generated --write`; do not edit.\n\n\
         The library and the command line are built with these crates. Each keeps its own licence; the texts are in the \
         crates' sources. Data files from elsewhere, under `tests/vectors/`, have their origin and licence beside them.\n\n\
         | crate | version | licence |\n|---|---|---|\n",
    );
    for row in rows {
        page.push_str(&row);
        page.push('\n');
    }
    Ok(page)
}
