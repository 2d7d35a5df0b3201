//! Decrypting from a source that cannot seek, into a file that gets its name at the end.

use std::io::{Read, Write};

use super::{Begin, CHUNK_LEN, Streamed, chunk, fill, refuse_end_nonce, write};
use crate::crypto::{CryptoProvider, Direction, TAG_LEN};
use crate::envelope::open::one_error;
use crate::envelope::parse::len_u64;
use crate::envelope::{KeyBlock, Layout, OpenOptions};
use crate::error::{Error, Result};
use crate::file::{AtomicFile, Existing};
use crate::id::Thumbprint;
use crate::progress::{Progress, check};
use crate::secret::Aes256Key;

/// The start of an envelope that comes through a pipe. No key was touched.
#[derive(Debug)]
pub struct PipedEnvelope<R> {
    source: R,
    begin: Begin,
}

impl<R: Read> PipedEnvelope<R> {
    /// Reads the first bytes, at most 346, and decides the layout.
    ///
    /// # Errors
    /// Those of [`parse`](crate::envelope::parse()), as far as the start shows them; `unsupported` for a layout whose IV
    /// is at the end (ENV-44); `file_failed`.
    pub fn parse(mut source: R, options: &OpenOptions) -> Result<Self> {
        let begin = Begin::read(&mut source, None, options)?;
        refuse_end_nonce(&begin)?;
        Ok(Self { source, begin })
    }

    /// The layout.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.begin.layout
    }

    /// The recipient's thumbprint, where the layout has one.
    #[must_use]
    pub fn thumbprint(&self) -> Option<Thumbprint> {
        self.begin.thumbprint
    }

    /// What finds and unwraps the session key.
    #[must_use]
    pub fn key_block(&self) -> KeyBlock<'_> {
        self.begin.key_block()
    }

    /// Decrypts the rest into a file. The file gets its name only after the tag is good, and is gone otherwise.
    ///
    /// # Errors
    /// `decryption_failed`, also when the source ends too early; `file_failed`; `output_exists`; `cancelled`.
    pub fn open_to_file(
        mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        mut file: AtomicFile,
        existing: Existing,
        progress: &dyn Progress,
    ) -> Result<Streamed> {
        let bytes_out = self.pass(provider, session_key, &mut file, progress)?;
        file.commit(existing)?;
        let around = self.begin.shape.payload.saturating_add(TAG_LEN);
        Ok(Streamed { bytes_in: bytes_out.saturating_add(len_u64(around)), bytes_out })
    }

    /// Decrypts all but the last 16 bytes, which are the tag, and checks it.
    fn pass(
        &mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        sink: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<u64> {
        let mut source = self.begin.behind.as_slice().chain(&mut self.source);
        let mut stream = provider
            .aead_stream
            .start(Direction::Decrypt, session_key, &self.begin.nonce, &self.begin.aad)
            .map_err(one_error)?;
        // The buffer holds a piece and, behind it, the 16 bytes that may be the tag.
        let mut buffer = chunk(TAG_LEN);
        let mut done: u64 = 0;
        let mut held: usize = 0;
        loop {
            check(progress)?;
            let room = buffer.get_mut(held..).ok_or(Error::internal("what is held fits its buffer"))?;
            let count = fill(&mut source, room)?;
            let filled = held.saturating_add(count);
            let Some(piece_len) = filled.checked_sub(TAG_LEN) else {
                return Err(Error::decryption_failed());
            };
            let piece = buffer.get_mut(..piece_len).ok_or(Error::internal("a piece fits its buffer"))?;
            if !piece.is_empty() {
                stream.update(piece).map_err(one_error)?;
                write(sink, piece)?;
                done = done.saturating_add(len_u64(piece_len));
                progress.advance(done, None, "bytes");
            }
            buffer.copy_within(piece_len..filled, 0);
            held = TAG_LEN;
            if filled < CHUNK_LEN.saturating_add(TAG_LEN) {
                break;
            }
        }
        let tag = buffer.first_chunk::<TAG_LEN>().ok_or(Error::internal("a buffer holds a tag"))?;
        stream.finish_open(tag).map_err(one_error)?;
        Ok(done)
    }
}
