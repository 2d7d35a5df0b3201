//! The commands of the documents work as they stand: each block of shell is run, in order, one folder for a document.

use std::path::PathBuf;
use std::process::Command;

use crate::sandbox::{Run, Sandbox};

fn document(name: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

/// The blocks that begin with ```` ```sh ````.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.by_ref().any(|line| line.trim_end() == "```sh") {
        let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
        blocks.push(block.join("\n"));
    }
    blocks
}

fn run(sandbox: &Sandbox, block: &str) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_keymanager"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", block]).current_dir(sandbox.folder()).env("PATH", path.unwrap());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KEYMANAGER_")) {
        shell.env_remove(name);
    }
    Run::of(&mut shell).expect(0);
}

#[test]
fn command_line() {
    let sandbox = Sandbox::empty();
    sandbox.write("packet.zip", &[1; 5000]);
    let blocks = blocks(&document("docs/command-line.md"));
    assert!(blocks.len() >= 5);
    blocks.iter().for_each(|block| run(&sandbox, block));
}

#[test]
fn readme() {
    // As a new user: with nothing but the program.
    let sandbox = Sandbox::empty();
    for block in blocks(&document("README.md")) {
        // What calls the tests is not called by them; what builds the program first is that program.
        if !block.contains("cargo xtask") {
            run(&sandbox, &block.replace("cargo run --release -- ", "keymanager "));
        }
    }
}

#[test]
fn the_table_of_exit_statuses_is_that_of_the_error_table() {
    let text = document("docs/command-line.md");
    for code in keymanager::Code::ALL {
        assert!(text.contains(&format!("| {} |", code.exit_status())), "{}", code.name());
    }
}
