//! Processes that do something at once.

use std::io::Write as _;
use std::process::{Command, Stdio};

use keymanager::time::Timestamp;
use serde_json::Value;

use crate::world::World;

/// One process: its time and its arguments.
pub(crate) type Member = (Timestamp, Vec<String>);

/// Starts every process, lets all go at once, and gives the documents of all, which must all succeed.
pub(crate) fn together(world: &mut World, members: &[Member]) -> Vec<Value> {
    let mut commands = Vec::new();
    for (now, arguments) in members {
        world.now = *now;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        commands.push(world.command(&arguments));
    }
    let answers = all_at_once(commands, &world.passphrase);
    let document = |(succeeded, document): (bool, Value)| {
        assert!(succeeded, "{document}");
        document
    };
    answers.into_iter().map(document).collect()
}

/// The same for commands that are given: whether each succeeded, and its document. They have opened the store and wait for the passphrase on their standard
/// input: that is the gate.
pub(crate) fn all_at_once(commands: Vec<Command>, passphrase: &str) -> Vec<(bool, Value)> {
    let mut waiting = Vec::new();
    for mut command in commands {
        command.args(["--passphrase-file", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        waiting.push(command.spawn().unwrap());
    }
    for child in &mut waiting {
        writeln!(child.stdin.take().unwrap(), "{passphrase}").unwrap();
    }
    waiting
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
            let document = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{}: {out}{err}", output.status));
            (output.status.success(), document)
        })
        .collect()
}

pub(crate) fn arguments(list: &[&str]) -> Vec<String> {
    list.iter().map(|&argument| argument.to_owned()).collect()
}
