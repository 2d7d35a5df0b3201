//! Known answers from files and hexadecimal text.

use crate::error::{Code, Error, Result};

/// The bytes that `vectors/answers.txt` has under `name`.
pub(super) fn answer(name: &str) -> Result<Vec<u8>> {
    include_str!("vectors/answers.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(found, _)| *found == name)
        .ok_or_else(|| Error::new(Code::Internal, format!("no answer {name}")))
        .and_then(|(_, digits)| hex(digits))
}

/// The bytes of hexadecimal text; blanks are skipped.
pub(super) fn hex(text: &str) -> Result<Vec<u8>> {
    let bad = || Error::internal("not hexadecimal text");
    let mut bytes = Vec::new();
    let mut high = None;
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        let digit = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or_else(bad)?;
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => bytes.push(high | digit),
        }
    }
    if high.is_some() { Err(bad()) } else { Ok(bytes) }
}
