//! Base64url text around an envelope.

use std::io::{self, Write};

use keymanager::envelope::text;
use keymanager::{Code, Error, Result};

/// How many bytes become text at once; a multiple of three, so that no padding or rest appears in between.
const GROUP: usize = 3 * 16 * 1024;

/// Writes base64url text of what is written to it; [`finish`](Armor::finish) writes the rest.
#[derive(Debug)]
pub(crate) struct Armor<'a, W: Write> {
    writer: &'a mut W,
    pending: Vec<u8>,
}

impl<'a, W: Write> Armor<'a, W> {
    pub(crate) fn new(writer: &'a mut W) -> Self {
        Self { writer, pending: Vec::with_capacity(GROUP) }
    }

    /// Writes what is left, and no line end: the text is one that goes into JSON as it is.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.writer.write_all(text::encode(&self.pending).as_bytes())
    }
}

impl<W: Write> Write for Armor<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = GROUP.saturating_sub(self.pending.len());
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.pending.extend_from_slice(taken);
        if self.pending.len() == GROUP {
            self.writer.write_all(text::encode(&self.pending).as_bytes())?;
            self.pending.clear();
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The bytes of base64url text; white space at both ends, such as the line end of an editor, is left out.
pub(crate) fn decode(armored: &[u8]) -> Result<Vec<u8>> {
    let armored = armored.trim_ascii();
    if armored.is_empty() {
        return Err(Error::new(Code::EnvelopeTruncated, "the input is empty"));
    }
    text::decode(armored)
}
