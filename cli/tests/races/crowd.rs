//! Processes that do something at once.

use std::io::Write as _;
use std::process::Stdio;

use keymanager::time::Timestamp;
use serde_json::Value;

use crate::world::World;

/// One process: its time and its arguments.
pub(crate) type Member = (Timestamp, Vec<String>);

/// Starts every process, lets all go at once, and gives the documents of all, which must all succeed. They have opened
/// the store and wait for the passphrase on their standard input: that is the gate.
pub(crate) fn together(world: &mut World, members: &[Member]) -> Vec<Value> {
    let mut waiting = Vec::new();
    for (now, arguments) in members {
        world.now = *now;
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = world.command(&arguments);
        command.args(["--passphrase-file", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        waiting.push(command.spawn().unwrap());
    }
    for child in &mut waiting {
        writeln!(child.stdin.take().unwrap(), "{}", world.passphrase).unwrap();
    }
    waiting
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{}: {out}{err}", output.status);
            serde_json::from_str(&out).unwrap()
        })
        .collect()
}

pub(crate) fn arguments(list: &[&str]) -> Vec<String> {
    list.iter().map(|&argument| argument.to_owned()).collect()
}
