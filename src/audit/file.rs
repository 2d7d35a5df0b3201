//! Audit events as JSON lines in a file (AUD-20 to AUD-24).

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{AuditEvent, AuditSink};
use crate::error::Result;
use crate::file::{check_private, file_failed, private_options, sync_folder_of};

/// A file of JSON lines, one event each; only ever appended to.
///
/// Several processes may append to the same file: a line is one write. It is created with mode 0600, and refused when
/// others can read or change it.
#[derive(Debug)]
pub struct AuditFile {
    path: PathBuf,
    sync: bool,
    state: Mutex<State>,
}

/// How an [`AuditFile`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditFileOptions {
    /// Whether each event is on the disk before it counts as recorded (fsync). True by default; without it a crash of
    /// the machine, not of the program, loses the last events.
    pub sync: bool,
}

impl Default for AuditFileOptions {
    fn default() -> Self {
        Self { sync: true }
    }
}

impl AuditFileOptions {
    /// The same with or without fsync.
    #[must_use]
    pub const fn sync(mut self, sync: bool) -> Self {
        self.sync = sync;
        self
    }
}

#[derive(Debug)]
struct State {
    file: File,
    /// A write failed, or a crash cut one: the next line begins with a line break.
    torn: bool,
}

impl AuditFile {
    /// Opens `path` to append to it, or creates it.
    ///
    /// # Errors
    /// `file_permissions`, `file_not_found` (the folder), `file_failed`.
    pub fn open(path: &Path, options: AuditFileOptions) -> Result<Self> {
        let failed = |error: std::io::Error| file_failed("open", path, &error);
        let existed = path.exists();
        let mut file = private_options().read(true).append(true).create(true).open(path).map_err(failed)?;
        check_private(path)?;
        if !existed && options.sync {
            sync_folder_of(path)?;
        }
        let torn = match file.seek(SeekFrom::End(-1)) {
            Ok(_) => {
                let mut last = [0];
                file.read_exact(&mut last).map_err(failed)?;
                last != *b"\n"
            }
            // An empty file has no last byte.
            Err(_) => false,
        };
        Ok(Self { path: path.to_path_buf(), sync: options.sync, state: Mutex::new(State { file, torn }) })
    }
}

impl AuditSink for AuditFile {
    fn record(&self, event: AuditEvent) -> Result<()> {
        let failed = |error: std::io::Error| file_failed("write", &self.path, &error);
        let line = line(&event);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::with_capacity(line.len().saturating_add(2));
        if state.torn {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        state.torn = true;
        state.file.write_all(&bytes).map_err(failed)?;
        state.torn = false;
        if self.sync {
            state.file.sync_data().map_err(failed)?;
        }
        Ok(())
    }
}

/// The event as one line of JSON, without its end. Members without a value are left out (AUD-21).
fn line(event: &AuditEvent) -> String {
    let mut out = String::with_capacity(256);
    out.push_str("{\"time\":");
    text(&mut out, &event.time.to_string());
    // Writing to a String does not fail.
    let _ = write!(out, ",\"process\":{},\"operation\":{}", std::process::id(), event.operation);
    let mut member = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out.push(',');
            text(&mut out, name);
            out.push(':');
            text(&mut out, value);
        }
    };
    member("verb", Some(event.verb.as_str()));
    member("app", event.app.as_ref().map(|app| app.as_str()));
    member("reference", event.reference.as_ref().map(|reference| reference.as_str()));
    member("caller", event.caller.as_deref());
    member("outcome", Some(event.outcome.as_str()));
    for (index, key) in event.keys.iter().enumerate() {
        out.push_str(if index == 0 { ",\"keys\":[{" } else { ",{" });
        if let Some(alias) = &key.alias {
            out.push_str("\"alias\":");
            text(&mut out, alias.as_str());
        }
        if let Some(thumbprint) = key.thumbprint {
            out.push_str(if key.alias.is_some() { ",\"thumbprint\":" } else { "\"thumbprint\":" });
            text(&mut out, &thumbprint.to_hex());
        }
        out.push('}');
    }
    if !event.keys.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}

/// A JSON string (RFC 8259 §7): control characters are escaped, so that no value can begin a line.
fn text(out: &mut String, value: &str) {
    out.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            // U+0085, U+2028 and U+2029 end lines for some readers.
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
