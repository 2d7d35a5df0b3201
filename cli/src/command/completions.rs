//! `completions bash|zsh|fish`

use clap::CommandFactory as _;
use clap_complete::Shell as Generator;

use crate::args::{Cli, Completions, Shell};
use crate::output::{Failure, Output, json};

pub(crate) fn run(output: &Output, arguments: &Completions) -> Result<(), Failure> {
    let (shell, generator) = match arguments.shell {
        Shell::Bash => ("bash", Generator::Bash),
        Shell::Zsh => ("zsh", Generator::Zsh),
        Shell::Fish => ("fish", Generator::Fish),
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut Cli::command(), "keymanager", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    output.emit(&json::Completions { shell, script: script.clone() }, |_| script)
}
