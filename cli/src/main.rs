//! The `keymanager` command line: a program on the public API of the crate `keymanager` (docs/command-line.md).

mod args;
mod armor;
mod audit;
mod command;
mod context;
mod input;
mod lazy_master;
mod output;
mod passphrase;
mod progress;
mod settings;
mod signals;
mod sink;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::output::{Failure, Output};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(&cli.global);
    let result = run(&cli, &output);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.fail(&failure),
    }
}

fn run(cli: &Cli, output: &Output) -> Result<(), Failure> {
    signals::install()?;
    output::start_logs(cli.global.verbose);
    command::run(cli, output)
}
