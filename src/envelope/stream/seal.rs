//! Encrypting piece by piece.

use std::fmt;
use std::io::{Read, Write};

use super::{chunk, fill, write};
use crate::crypto::{CryptoProvider, Direction, GCM_MAX_LEN, GcmStream};
use crate::envelope::parse::len_u64;
use crate::envelope::seal::{Start, empty_plaintext};
use crate::envelope::{Recipient, SealOptions};
use crate::error::{Code, Error, Result};
use crate::progress::{Progress, check};
use crate::random::RandomSource;

pub use crate::envelope::seal::Tail;

/// Encrypts piece by piece: write [`head`](Sealer::head), then every piece that went through
/// [`update`](Sealer::update), then what [`finish`](Sealer::finish) gives.
pub struct Sealer {
    /// None after a failure: a broken stream cannot go on.
    stream: Option<Box<dyn GcmStream>>,
    head: Vec<u8>,
    end_nonce: Option<[u8; 16]>,
    done: u64,
}

/// How many bytes went in and came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streamed {
    /// Bytes read: of the plaintext when encrypting, of the envelope when decrypting.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
}

impl Sealer {
    /// Draws the session key, wraps it, and makes the start of the envelope.
    ///
    /// # Errors
    /// As [`seal`](crate::envelope::seal()), except for the size of the plaintext.
    pub fn start(
        provider: &CryptoProvider,
        random: &dyn RandomSource,
        recipient: &Recipient,
        options: &SealOptions,
    ) -> Result<Self> {
        let start = Start::draw(random, recipient, options)?;
        let stream = provider.aead_stream.start(Direction::Encrypt, &start.session_key, start.nonce(), start.aad())?;
        let end_nonce = start.end_nonce().copied();
        Ok(Self { stream: Some(stream), head: start.head, end_nonce, done: 0 })
    }

    /// What the envelope begins with, 302 to 346 bytes.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Encrypts the next piece, of any size, in place.
    ///
    /// # Errors
    /// `too_large` beyond 2^36 - 32 bytes in all; `stream_state` after an earlier failure.
    pub fn update(&mut self, data: &mut [u8]) -> Result<()> {
        let mut stream = self.stream.take().ok_or_else(broken)?;
        self.done = self.done.saturating_add(len_u64(data.len()));
        if self.done > GCM_MAX_LEN {
            return Err(Error::new(Code::TooLarge, format!("a plaintext has at most {GCM_MAX_LEN} bytes")));
        }
        stream.update(data)?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Ends the envelope: 16 or 32 bytes.
    ///
    /// # Errors
    /// `empty_plaintext` when no byte came (ENV-40); `stream_state` after an earlier failure.
    pub fn finish(self) -> Result<Tail> {
        let stream = self.stream.ok_or_else(broken)?;
        if self.done == 0 {
            return Err(empty_plaintext());
        }
        Ok(Tail::new(&stream.finish_seal()?, self.end_nonce.as_ref()))
    }

    /// Encrypts all of `reader` into `writer`, in pieces of [`CHUNK_LEN`](super::CHUNK_LEN). Nothing is written for an
    /// empty input. `total` is only passed on to `progress`.
    ///
    /// # Errors
    /// Those of [`update`](Sealer::update) and [`finish`](Sealer::finish); `file_failed`; `cancelled`. Then what was
    /// written is no envelope.
    pub fn copy(
        mut self,
        reader: &mut dyn Read,
        writer: &mut dyn Write,
        progress: &dyn Progress,
        total: Option<u64>,
    ) -> Result<Streamed> {
        let mut buffer = chunk(0);
        loop {
            check(progress)?;
            let count = fill(reader, &mut buffer)?;
            let first = self.done == 0;
            let piece = buffer.get_mut(..count).filter(|piece| !piece.is_empty());
            let Some(piece) = piece else { break };
            self.update(piece)?;
            if first {
                write(writer, &self.head)?;
            }
            write(writer, piece)?;
            progress.advance(self.done, total, "bytes");
        }
        let (bytes_in, head_len) = (self.done, len_u64(self.head.len()));
        let tail = self.finish()?;
        write(writer, tail.as_ref())?;
        writer.flush().map_err(|error| Error::new(Code::FileFailed, format!("cannot write the output: {error}")))?;
        let bytes_out = head_len.saturating_add(bytes_in).saturating_add(len_u64(tail.as_ref().len()));
        Ok(Streamed { bytes_in, bytes_out })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} bytes done)", self.done)
    }
}

fn broken() -> Error {
    Error::new(Code::StreamState, "the stream failed before and cannot go on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;
    use crate::secret::{Aes256Key, SecretBytes};

    fn sealer(done: u64) -> Sealer {
        let key = Aes256Key::new(SecretBytes::zeroed(32)).unwrap();
        let stream = rustcrypto::provider().aead_stream.start(Direction::Encrypt, &key, &[1; 12], &[]).unwrap();
        Sealer { stream: Some(stream), head: Vec::new(), end_nonce: None, done }
    }

    #[test]
    fn env_6_a_stream_ends_at_the_limit_of_gcm() {
        let mut at_limit = sealer(GCM_MAX_LEN - 1);
        at_limit.update(&mut [0]).unwrap();
        assert_eq!(at_limit.update(&mut [0]).unwrap_err().code(), Code::TooLarge);
        assert_eq!(at_limit.update(&mut [0]).unwrap_err().code(), Code::StreamState);
        assert_eq!(at_limit.finish().unwrap_err().code(), Code::StreamState);
    }
}
