//! Java `.properties` files, as `java.util.Properties` reads them (docs/configuration.md CFG-1 to CFG-5).

use crate::error::{Code, Error, Result};

/// The longest file, in bytes.
const MAX_LEN: usize = 1024 * 1024;
/// The most properties of a file.
const MAX_PROPERTIES: usize = 20_000;

/// A property as it stands in the file.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Property {
    /// The line it begins at, from 1.
    pub line: usize,
    pub name: String,
    pub value: String,
}

/// Every property, in the order of the file; one name may come more than once.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Property>> {
    if bytes.len() > MAX_LEN {
        return Err(Error::new(Code::TooLarge, "a properties file is at most 1 MiB"));
    }
    let mut properties = Vec::new();
    for (line, text) in logical_lines(bytes) {
        let (name, value) = split(&text);
        let decode = |part: &[char]| {
            unescape(part).ok_or_else(|| {
                Error::new(Code::InvalidConfig, format!("line {line}: \\u is followed by four hexadecimal digits"))
            })
        };
        let (name, value) = (decode(name)?, decode(value)?);
        if properties.len() >= MAX_PROPERTIES {
            return Err(Error::new(Code::TooLarge, format!("a file has at most {MAX_PROPERTIES} properties")));
        }
        properties.push(Property { line, name, value });
    }
    Ok(properties)
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{c}')
}

/// Lines joined where one ends with a backslash; without comments, empty lines and leading blanks. Escapes are kept.
fn logical_lines(bytes: &[u8]) -> Vec<(usize, Vec<char>)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, Vec<char>)> = None;
    for (line, natural) in (1usize..).zip(natural_lines(bytes)) {
        let trimmed = natural.iter().skip_while(|letter| is_blank(**letter)).copied();
        let (begun, mut text) = match open.take() {
            // What follows a continuation is no comment.
            Some(open) => open,
            None if trimmed.clone().next().is_none_or(|first| matches!(first, '#' | '!')) => continue,
            None => (line, Vec::new()),
        };
        text.extend(trimmed);
        let backslashes = text.iter().rev().take_while(|letter| **letter == '\\').count();
        if backslashes % 2 == 1 {
            text.pop();
            open = Some((begun, text));
        } else {
            lines.push((begun, text));
        }
    }
    // A backslash at the end of the file joins nothing.
    lines.extend(open.filter(|(_, text)| !text.is_empty()));
    lines
}

/// ISO 8859-1, line by line; `\r\n`, `\n` and `\r` end a line.
fn natural_lines(bytes: &[u8]) -> impl Iterator<Item = Vec<char>> {
    let mut lines = vec![Vec::new()];
    let mut before = None;
    for byte in bytes {
        match (byte, before) {
            (b'\n', Some(b'\r')) => {}
            (b'\n' | b'\r', _) => lines.push(Vec::new()),
            _ => {
                if let Some(line) = lines.last_mut() {
                    line.push(char::from(*byte));
                }
            }
        }
        before = Some(*byte);
    }
    lines.into_iter()
}

/// Name and value, still escaped: the name ends at the first `=`, `:` or blank that has no backslash before it.
fn split(text: &[char]) -> (&[char], &[char]) {
    let mut escaped = false;
    let end = text.iter().position(|letter| {
        let ends = !escaped && (is_blank(*letter) || matches!(letter, '=' | ':'));
        escaped = !escaped && *letter == '\\';
        ends
    });
    let (name, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, &[]));
    let skip_blanks = |text: &[char]| text.iter().take_while(|letter| is_blank(**letter)).count();
    let mut skipped = skip_blanks(rest);
    if rest.get(skipped).is_some_and(|letter| matches!(letter, '=' | ':')) {
        skipped = skipped.saturating_add(1);
        skipped = skipped.saturating_add(skip_blanks(rest.get(skipped..).unwrap_or_default()));
    }
    (name, rest.get(skipped..).unwrap_or_default())
}

/// `None` for a `\u` without four hexadecimal digits, or half of a surrogate pair.
fn unescape(text: &[char]) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut letters = text.iter().copied();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => match letters.next() {
                None => break,
                Some('u') => {
                    let mut unit = 0u16;
                    for _ in 0..4 {
                        let digit = letters.next()?.to_digit(16)?;
                        unit = (unit << 4) | u16::try_from(digit).ok()?;
                    }
                    units.push(unit);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(other) => other,
            },
            other => other,
        };
        units.extend(letter.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16(&units).ok()
}
