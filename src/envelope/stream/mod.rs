//! Envelopes piece by piece, in bounded memory (ENV-40 to ENV-45).
//!
//! Writing is a state machine, [`Sealer`]; [`Sealer::copy`] is the adapter over `Read` and `Write`.
//! Reading never lets unauthenticated plaintext out: [`SeekableEnvelope`] reads its source twice, or once into a file
//! that gets its name at the end; [`PipedEnvelope`] does the latter for a source that cannot seek, and [`Opener`] for
//! pieces that are pushed.

mod opener;
mod piped;
mod seal;
mod seekable;

pub use opener::{Opener, PushedEnvelope, PushedStart};
pub use piped::PipedEnvelope;
pub use seal::{Sealer, Streamed, Tail};
pub use seekable::SeekableEnvelope;

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::parse::{Head, OpenOptions, check_context, layout_of};
use super::shape::{Aad, MAX_HEAD_LEN, Nonce, Shape};
use super::{KeyBlock, Layout};
use crate::error::{Code, Error, Result};
use crate::id::Thumbprint;

/// The size of one piece in bytes (ENV-45).
pub const CHUNK_LEN: usize = 64 * 1024;

/// A buffer for one piece and `extra` bytes, wiped when dropped: it holds plaintext for a while.
fn chunk(extra: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(vec![0; CHUNK_LEN.saturating_add(extra)])
}

/// Reads until `buffer` is full or the source ends, and returns how many bytes came.
pub(super) fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled: usize = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::new(Code::FileFailed, format!("cannot read the input: {error}"))),
        }
    }
    Ok(filled)
}

/// Refuses a layout whose IV comes last where the source cannot be read twice (ENV-44).
fn refuse_end_nonce(begin: &Begin) -> Result<()> {
    if begin.shape.nonce != Nonce::End {
        return Ok(());
    }
    let text = format!(
        "the layout {} has its IV at the end: read it from a file, or from memory, not from a pipe",
        begin.layout
    );
    Err(Error::new(Code::Unsupported, text))
}

/// Writes all of `bytes`.
fn write(sink: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    sink.write_all(bytes).map_err(|error| Error::new(Code::FileFailed, format!("cannot write the output: {error}")))
}

/// The start of an envelope, decided and cut, with all that is needed later copied out of it.
#[derive(Debug)]
struct Begin {
    layout: Layout,
    shape: &'static Shape,
    thumbprint: Option<Thumbprint>,
    wrapped_key: Vec<u8>,
    /// Empty where it is at the end of the envelope.
    nonce: Vec<u8>,
    aad: Vec<u8>,
    /// The first bytes of the ciphertext and tail that were read with the start.
    behind: Vec<u8>,
}

impl Begin {
    /// Reads at most [`MAX_HEAD_LEN`] bytes and decides the layout.
    fn read(source: &mut dyn Read, total: Option<u64>, options: &OpenOptions) -> Result<Self> {
        let mut bytes = vec![0; MAX_HEAD_LEN];
        let filled = fill(source, &mut bytes)?;
        bytes.truncate(filled);
        // A source that ended is as long as it was.
        let total = total.or_else(|| (filled < MAX_HEAD_LEN).then_some(super::parse::len_u64(filled)));
        let (layout, shape) = layout_of(&bytes, total, options)?;
        check_context(layout, shape, options)?;
        let head = Head::new(layout, shape, &bytes)?;
        Ok(Self {
            layout,
            shape,
            thumbprint: head.thumbprint,
            wrapped_key: head.wrapped_key.to_vec(),
            nonce: match shape.nonce {
                Nonce::At(_) | Nonce::End => head.nonce.to_vec(),
                Nonce::Caller => options.salt.clone().unwrap_or_default(),
            },
            aad: match shape.aad {
                Aad::At(_) => head.aad.to_vec(),
                Aad::Caller => options.aad.clone(),
            },
            behind: bytes.get(shape.payload..).unwrap_or_default().to_vec(),
        })
    }

    fn key_block(&self) -> KeyBlock<'_> {
        KeyBlock { layout: self.layout, thumbprint: self.thumbprint, wrapped_key: &self.wrapped_key }
    }
}
