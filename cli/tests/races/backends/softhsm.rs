//! Whether SoftHSM's own files are whole.
//!
//! SoftHSM writes the file of an object in place: a process that is killed in the midst of it leaves a file that nobody
//! can read, SoftHSM included. That is no fault of whoever called it, so it is counted apart; and to count it, the files
//! are read here without SoftHSM. A file is the generation, eight bytes, and then attributes, each a type and a kind of
//! eight bytes and a value by its kind.
//!
//! Each login writes the file of the token itself anew, so a process that starts at that moment may find none, and
//! a process that is killed at that moment may leave none: then it is put back from a copy, as an operator would.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

const TRUTH: u64 = 1;
const NUMBER: u64 = 2;
const BYTES: u64 = 3;
const ATTRIBUTES: u64 = 4;
const MECHANISMS: u64 = 5;

/// The files of objects and of tokens under `tokens` that are not whole.
pub(super) fn damaged(tokens: &Path) -> BTreeSet<PathBuf> {
    let folders = std::fs::read_dir(tokens).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|file| std::fs::read(file).is_ok_and(|content| !is_whole(file, &content))).collect()
}

/// The file of the token itself, of which there is one.
pub(super) fn token_file(tokens: &Path) -> PathBuf {
    std::fs::read_dir(tokens).unwrap().next().unwrap().unwrap().path().join("token.object")
}

/// Whether SoftHSM showed this process no token at all.
pub(super) fn showed_no_token(document: &Value) -> bool {
    let error = &document["error"];
    error["name"] == "token_not_found" && error["message"].as_str().unwrap().ends_with("the module has: none")
}

fn is_whole(file: &Path, content: &[u8]) -> bool {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("object") => object(content).is_some(),
        Some("lock") => true,
        _ => content.len() == 8,
    }
}

fn object(content: &[u8]) -> Option<()> {
    let (_generation, mut rest) = number(content)?;
    if rest.is_empty() {
        // The object was begun, and nothing of it written.
        return None;
    }
    while !rest.is_empty() {
        let (_type, after) = number(rest)?;
        let (kind, after) = number(after)?;
        rest = match kind {
            TRUTH => after.get(1..)?,
            NUMBER => after.get(8..)?,
            BYTES | ATTRIBUTES => {
                let (length, after) = number(after)?;
                after.get(usize::try_from(length).ok()?..)?
            }
            MECHANISMS => {
                let (count, after) = number(after)?;
                after.get(usize::try_from(count.checked_mul(8)?).ok()?..)?
            }
            _ => return None,
        };
    }
    Some(())
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    bytes.split_first_chunk().map(|(first, rest)| (u64::from_be_bytes(*first), rest))
}
