//! The direction of imports: a room may use the rooms before it in this list, and no other.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Outcome;
use crate::shell::{files, read, root};

/// The rooms of the core from the ground up. `testing` may use every room; `lib.rs` only names them.
const ROOMS: &[&[&str]] = &[
    &["error"],
    &["secret", "id", "time"],
    &["random", "process", "progress"],
    &["file", "crypto"],
    &["certificate"],
    &["envelope", "sign", "zk", "pin", "jwe", "machine"],
    &["store", "master"],
    &["config", "access"],
    &["audit"],
    &["hierarchy", "trust"],
    &["packet", "tdf", "kas", "migration"],
    &["encryptor", "manager"],
];

/// No file of source is longer than this many lines.
const LONGEST: usize = 1000;

pub(crate) fn run() -> Outcome {
    let levels: BTreeMap<&str, usize> =
        ROOMS.iter().enumerate().flat_map(|(level, rooms)| rooms.iter().map(move |room| (*room, level))).collect();
    let src = root().join("src");
    let mut faults = Vec::new();
    let mut edges = 0usize;
    for path in files(&src, ".rs")? {
        let inside = path.strip_prefix(&src).map_err(|error| error.to_string())?;
        let text = read(&path)?;
        if text.lines().count() > LONGEST {
            faults.push(format!("src/{}: longer than {LONGEST} lines", inside.display()));
        }
        let Some(room) = room_of(inside) else { continue };
        if room == "lib" || room == "testing" {
            continue;
        }
        let Some(level) = levels.get(room) else {
            faults.push(format!("src/{}: the room `{room}` is not in the list of rooms", inside.display()));
            continue;
        };
        // A test beside the code may use any room, as a user would; tests stand at the end of a file or in a file of
        // their own.
        if inside.components().any(|part| part.as_os_str() == "tests.rs" || part.as_os_str() == "tests") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.split("crate::").skip(1).flat_map(names) {
                if used == room || !levels.contains_key(used) {
                    continue;
                }
                edges = edges.saturating_add(1);
                let place = format!("src/{}:{}", inside.display(), number.saturating_add(1));
                match levels.get(used) {
                    Some(below) if below < level => {}
                    Some(below) if below == level && *level <= 3 => {}
                    _ => faults.push(format!("{place}: `{room}` must not use `{used}`")),
                }
            }
        }
    }
    for path in files(&root().join("bindings"), "Cargo.toml")? {
        let text = read(&path)?;
        let facade = path.ends_with("facade/Cargo.toml");
        let core = |line: &&str| line.starts_with("keymanager.") || line.starts_with("keymanager ");
        if !facade && text.lines().any(|line| core(&line)) {
            faults.push(format!("{}: a binding uses the facade, and not the core", path.display()));
        }
    }
    if faults.is_empty() {
        println!("layers: {edges} imports between rooms, all downward");
        return Ok(());
    }
    Err(faults.join("\n"))
}

fn room_of(inside: &Path) -> Option<&str> {
    inside.components().next()?.as_os_str().to_str()?.split('.').next()
}

/// The rooms named after `crate::`, one or a braced list.
fn names(after: &str) -> Vec<&str> {
    match after.strip_prefix('{') {
        Some(list) => {
            let list = list.split('}').next().unwrap_or(list);
            list.split(',').map(|item| item.trim().split("::").next().unwrap_or_default()).collect()
        }
        None => vec![
            after.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).next().unwrap_or_default(),
        ],
    }
}
