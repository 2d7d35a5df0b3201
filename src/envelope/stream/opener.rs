//! Decrypting as pieces are pushed, into a file that gets its name at the end.

use std::fmt;
use std::io::Write as _;

use zeroize::Zeroizing;

use super::{Begin, CHUNK_LEN, Streamed, refuse_end_nonce};
use crate::crypto::{CryptoProvider, Direction, GcmStream, TAG_LEN};
use crate::envelope::open::one_error;
use crate::envelope::parse::len_u64;
use crate::envelope::shape::MAX_HEAD_LEN;
use crate::envelope::{KeyBlock, Layout, OpenOptions};
use crate::error::{Code, Error, Result};
use crate::file::{AtomicFile, Existing, file_failed};
use crate::id::Thumbprint;
use crate::secret::Aes256Key;

/// The first bytes of an envelope that is pushed, until there are enough to know its layout and its key (ENV-46).
#[derive(Debug)]
pub struct PushedStart {
    options: OpenOptions,
    head: Vec<u8>,
}

/// The start of an envelope that is pushed. No key was touched.
#[derive(Debug)]
pub struct PushedEnvelope {
    begin: Begin,
}

/// Decrypts piece by piece into a file. The file gets its name when the tag is good, and is gone otherwise.
pub struct Opener {
    /// None after a failure: a broken stream cannot go on.
    stream: Option<Box<dyn GcmStream>>,
    file: AtomicFile,
    /// The last bytes that came, at most 16: they may be the tag.
    held: Zeroizing<Vec<u8>>,
    /// Room for one piece.
    room: Zeroizing<Vec<u8>>,
    around: u64,
    done: u64,
}

impl PushedStart {
    /// Nothing came yet.
    #[must_use]
    pub fn new(options: OpenOptions) -> Self {
        Self { options, head: Vec::with_capacity(MAX_HEAD_LEN) }
    }

    /// Takes as many bytes as are still missing, and returns how many those were.
    pub fn push(&mut self, data: &[u8]) -> usize {
        let count = data.len().min(MAX_HEAD_LEN.saturating_sub(self.head.len()));
        self.head.extend_from_slice(data.get(..count).unwrap_or_default());
        count
    }

    /// Whether there are enough bytes for [`parse`](Self::parse); at the end of the envelope fewer do.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.head.len() == MAX_HEAD_LEN
    }

    /// Decides the layout. Bytes that lie behind the start are kept.
    ///
    /// # Errors
    /// Those of [`PipedEnvelope::parse`](super::PipedEnvelope::parse).
    pub fn parse(self) -> Result<PushedEnvelope> {
        let begin = Begin::read(&mut self.head.as_slice(), None, &self.options)?;
        refuse_end_nonce(&begin)?;
        Ok(PushedEnvelope { begin })
    }
}

impl PushedEnvelope {
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

    /// Begins to decrypt into `file`, with what came behind the start.
    ///
    /// # Errors
    /// `decryption_failed`; `file_failed`.
    pub fn open(self, provider: &CryptoProvider, session_key: &Aes256Key, file: AtomicFile) -> Result<Opener> {
        let Begin { shape, nonce, aad, behind, .. } = self.begin;
        let stream = provider.aead_stream.start(Direction::Decrypt, session_key, &nonce, &aad).map_err(one_error)?;
        let mut opener = Opener {
            stream: Some(stream),
            file,
            held: Zeroizing::new(Vec::with_capacity(TAG_LEN)),
            room: Zeroizing::new(vec![0; CHUNK_LEN]),
            around: len_u64(shape.payload.saturating_add(TAG_LEN)),
            done: 0,
        };
        opener.update(&behind)?;
        Ok(opener)
    }
}

impl Opener {
    /// Decrypts the next bytes of the envelope, of any size.
    ///
    /// # Errors
    /// `decryption_failed`; `file_failed`; `stream_state` after an earlier failure.
    pub fn update(&mut self, data: &[u8]) -> Result<()> {
        let mut stream = self.stream.take().ok_or_else(broken)?;
        let mut rest = data;
        loop {
            // As much of what is held and of what came as a piece has room for, without the last 16 bytes.
            let sure = self.held.len().saturating_add(rest.len()).saturating_sub(TAG_LEN).min(self.room.len());
            if sure == 0 {
                break;
            }
            let (held, new) = (self.held.len().min(sure), sure.saturating_sub(self.held.len()));
            let piece = self.room.get_mut(..sure).ok_or(Error::internal("a piece fits its room"))?;
            let (first, second) = piece.split_at_mut(held);
            first.copy_from_slice(self.held.get(..held).unwrap_or_default());
            second.copy_from_slice(rest.get(..new).unwrap_or_default());
            self.held.drain(..held);
            rest = rest.get(new..).unwrap_or_default();
            stream.update(piece).map_err(one_error)?;
            self.file.write_all(piece).map_err(|error| file_failed("write", self.file.temporary_path(), &error))?;
            self.done = self.done.saturating_add(len_u64(sure));
        }
        self.held.extend_from_slice(rest);
        self.stream = Some(stream);
        Ok(())
    }

    /// Checks the tag, which came last, and gives the file its name.
    ///
    /// # Errors
    /// `decryption_failed`, also when the envelope ended too early; `output_exists`; `file_failed`; `stream_state` after
    /// an earlier failure.
    pub fn finish(self, existing: Existing) -> Result<Streamed> {
        let stream = self.stream.ok_or_else(broken)?;
        let tag = self.held.first_chunk::<TAG_LEN>().ok_or_else(Error::decryption_failed)?;
        stream.finish_open(tag).map_err(one_error)?;
        self.file.commit(existing)?;
        Ok(Streamed { bytes_in: self.done.saturating_add(self.around), bytes_out: self.done })
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener({} bytes done)", self.done)
    }
}

fn broken() -> Error {
    Error::new(Code::StreamState, "the stream failed before and cannot go on")
}
