//! Where the fields of one layout lie: fixed offsets, so that nothing is ever searched for (ENV-20).

use super::{HEADER, SPLITTER};
use crate::crypto::TAG_LEN;

/// The size of the IV at the end of the `aad` layouts (ENV-16).
pub(super) const END_NONCE_LEN: usize = 16;

/// The longest start of an envelope before its ciphertext, in bytes: that of `packet`.
pub(super) const MAX_HEAD_LEN: usize = 346;

/// The fields of one layout, as byte offsets from the start of the envelope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Whether the envelope starts with `VER_R2`.
    pub(super) header: bool,
    /// Where the 32 bytes of the thumbprint are.
    pub(super) thumbprint: Option<usize>,
    /// Where the 256 bytes of the wrapped session key are.
    pub(super) wrapped_key: usize,
    /// Where the splitter is.
    pub(super) splitter: usize,
    /// Where the ciphertext begins.
    pub(super) payload: usize,
    /// Where the nonce is.
    pub(super) nonce: Nonce,
    /// Where the AAD is.
    pub(super) aad: Aad,
    /// Offset and length of what a writer draws at random before the ciphertext.
    pub(super) drawn: (usize, usize),
}

/// Where the GCM nonce comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nonce {
    /// Twelve bytes at this offset.
    At(usize),
    /// The last 16 bytes of the envelope, after the tag.
    End,
    /// The caller's salt; it is not transported.
    Caller,
}

/// Where the GCM AAD comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aad {
    /// Thirty-two bytes at this offset.
    At(usize),
    /// The caller's, perhaps none; it is not transported.
    Caller,
}

/// The size of a nonce that an envelope carries before its ciphertext, in bytes.
pub(super) const NONCE_LEN: usize = 12;

/// The size of an AAD that an envelope carries, in bytes.
pub(super) const AAD_LEN: usize = 32;

impl Shape {
    /// The size of what follows the ciphertext: the tag, and the IV where it is there.
    pub(super) const fn tail_len(&self) -> usize {
        match self.nonce {
            Nonce::End => TAG_LEN.saturating_add(END_NONCE_LEN),
            Nonce::At(_) | Nonce::Caller => TAG_LEN,
        }
    }

    /// The smallest envelope of this shape (ENV-22): an empty plaintext is read where the running service reads it, and
    /// it refuses one before an IV at the end.
    pub(super) const fn min_len(&self) -> usize {
        let shortest_plaintext = match self.nonce {
            Nonce::End => 1,
            Nonce::At(_) | Nonce::Caller => 0,
        };
        self.payload.saturating_add(self.tail_len()).saturating_add(shortest_plaintext)
    }

    /// Where the splitter ends.
    pub(super) const fn splitter_end(&self) -> usize {
        self.splitter.saturating_add(SPLITTER.len())
    }

    /// Whether the start of an envelope has the header (or none) and the splitter where this shape has them.
    pub(super) fn fits(&self, head: &[u8]) -> bool {
        (!self.header || head.starts_with(HEADER)) && has_splitter_at(head, self.splitter)
    }
}

/// Whether the splitter is at `offset`.
pub(super) fn has_splitter_at(head: &[u8], offset: usize) -> bool {
    head.get(offset..).is_some_and(|rest| rest.starts_with(SPLITTER))
}
