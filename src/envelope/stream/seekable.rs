//! Decrypting from a source that can seek: two passes, or one pass into a file that gets its name at the end.

use std::io::{Read, Seek, SeekFrom, Write, sink};

use super::{Begin, Streamed, chunk, fill, write};
use crate::crypto::{CryptoProvider, Direction, GcmStream, TAG_LEN};
use crate::envelope::open::one_error;
use crate::envelope::parse::{len_u64, split_tail, truncated};
use crate::envelope::shape::Nonce;
use crate::envelope::{KeyBlock, Layout, OpenOptions};
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, Existing};
use crate::id::Thumbprint;
use crate::progress::{Progress, check};
use crate::secret::Aes256Key;

/// A parsed envelope in a source that can seek: a file, or bytes in memory. No key was touched.
#[derive(Debug)]
pub struct SeekableEnvelope<S> {
    source: S,
    begin: Begin,
    total: u64,
    ciphertext_len: u64,
    tag: [u8; TAG_LEN],
}

impl<S: Read + Seek> SeekableEnvelope<S> {
    /// Parses the start and the end of `source`, which is an envelope from its first to its last byte.
    ///
    /// # Errors
    /// Those of [`parse`](crate::envelope::parse()); `file_failed`.
    pub fn parse(mut source: S, options: &OpenOptions) -> Result<Self> {
        let total = source.seek(SeekFrom::End(0)).map_err(|error| unseekable(&error))?;
        seek(&mut source, 0)?;
        let mut begin = Begin::read(&mut source, Some(total), options)?;
        let tail_len = begin.shape.tail_len();
        let payload = len_u64(begin.shape.payload);
        let ciphertext_len = total
            .checked_sub(payload)
            .and_then(|rest| rest.checked_sub(len_u64(tail_len)))
            .ok_or_else(|| truncated(begin.shape.min_len(), total))?;
        seek(&mut source, payload.saturating_add(ciphertext_len))?;
        let mut tail = vec![0; tail_len];
        if fill(&mut source, &mut tail)? != tail_len {
            return Err(truncated(begin.shape.min_len(), total));
        }
        let (tag, end_nonce) = split_tail(&tail)?;
        if begin.shape.nonce == Nonce::End {
            begin.nonce = end_nonce.to_vec();
        }
        Ok(Self { source, begin, total, ciphertext_len, tag })
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

    /// The size of the plaintext in bytes.
    #[must_use]
    pub fn plaintext_len(&self) -> u64 {
        self.ciphertext_len
    }

    /// Reads all of it and checks the tag; gives nothing away.
    ///
    /// # Errors
    /// `decryption_failed`; `file_failed`; `cancelled`.
    pub fn authenticate(
        &mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        progress: &dyn Progress,
    ) -> Result<()> {
        self.pass(provider, session_key, &mut sink(), progress)
    }

    /// Decrypts into `writer`, in two passes: the first only checks the tag, the second writes (ENV-42). Memory is one
    /// piece. Whoever can change the source between the passes is found out only at the end of the second (ENV-43).
    ///
    /// # Errors
    /// `decryption_failed`, with nothing written unless the source changed meanwhile; `file_failed`; `cancelled`.
    pub fn open_to_writer(
        &mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        writer: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<Streamed> {
        self.authenticate(provider, session_key, progress)?;
        self.pass(provider, session_key, writer, progress)?;
        writer.flush().map_err(|error| Error::new(Code::FileFailed, format!("cannot write the output: {error}")))?;
        Ok(self.streamed())
    }

    /// Decrypts into a file in one pass. The file gets its name only after the tag is good, and is gone otherwise.
    ///
    /// # Errors
    /// `decryption_failed`; `file_failed`; `output_exists`; `cancelled`.
    pub fn open_to_file(
        &mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        mut file: AtomicFile,
        existing: Existing,
        progress: &dyn Progress,
    ) -> Result<Streamed> {
        self.pass(provider, session_key, &mut file, progress)?;
        file.commit(existing)?;
        Ok(self.streamed())
    }

    fn streamed(&self) -> Streamed {
        Streamed { bytes_in: self.total, bytes_out: self.ciphertext_len }
    }

    /// One pass over the ciphertext; the tag is checked at its end.
    fn pass(
        &mut self,
        provider: &CryptoProvider,
        session_key: &Aes256Key,
        sink: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<()> {
        seek(&mut self.source, len_u64(self.begin.shape.payload))?;
        let mut stream: Box<dyn GcmStream> = provider
            .aead_stream
            .start(Direction::Decrypt, session_key, &self.begin.nonce, &self.begin.aad)
            .map_err(one_error)?;
        let mut buffer = chunk(0);
        let mut done: u64 = 0;
        while done < self.ciphertext_len {
            check(progress)?;
            let left = usize::try_from(self.ciphertext_len.saturating_sub(done)).unwrap_or(usize::MAX);
            let len = left.min(buffer.len());
            let piece = buffer.get_mut(..len).ok_or(Error::internal("a piece is no larger than its buffer"))?;
            if fill(&mut self.source, piece)? != len {
                // The source became shorter after it was parsed.
                return Err(Error::decryption_failed());
            }
            stream.update(piece).map_err(one_error)?;
            write(sink, piece)?;
            done = done.saturating_add(len_u64(len));
            progress.advance(done, Some(self.ciphertext_len), "bytes");
        }
        stream.finish_open(&self.tag).map_err(one_error)
    }
}

fn seek(source: &mut dyn Seek, position: u64) -> Result<()> {
    source.seek(SeekFrom::Start(position)).map(|_| ()).map_err(|error| unseekable(&error))
}

fn unseekable(error: &std::io::Error) -> Error {
    Error::new(Code::FileFailed, format!("cannot seek in the input: {error}"))
}
