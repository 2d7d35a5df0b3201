//! Encrypt: into one new buffer, into the caller's buffer, in place.

use super::shape::{AAD_LEN, Aad, END_NONCE_LEN, NONCE_LEN, Nonce, Shape};
use super::{HEADER, Layout, Recipient, SPLITTER, session_key};
use crate::crypto::{CryptoProvider, GCM_MAX_LEN, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::random::RandomSource;
use crate::secret::Aes256Key;

/// How to encrypt.
#[derive(Debug, Clone, Default)]
pub struct SealOptions {
    /// The layout; none means `VerR2`.
    pub layout: Option<Layout>,
    /// The caller's AAD, for `Aad` (where it must not be empty) and `Salt`.
    pub aad: Vec<u8>,
    /// The caller's IV of 12 or 16 bytes, for `Salt`; empty means none.
    pub salt: Vec<u8>,
}

/// The size of the envelope of `plaintext_len` bytes in `layout`; none when it does not fit in `usize`.
#[must_use]
pub fn sealed_len(layout: Layout, plaintext_len: usize) -> Option<usize> {
    plaintext_len.checked_add(layout.overhead())
}

/// Where the payload begins in an envelope of `layout`, in bytes: 302 to 346 for those that can be written.
#[must_use]
pub const fn payload_offset(layout: Layout) -> usize {
    layout.shape(false).payload
}

/// Encrypts `plaintext` into one new buffer, which is allocated once and not filled before.
///
/// # Errors
/// `empty_plaintext`, `aad_missing`, `salt_missing`, `invalid_nonce` (a salt that has neither 12 nor 16 bytes),
/// `unexpected_context`, `unsupported` for a read-only layout, `too_large`, `random_failed`.
pub fn seal(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    recipient: &Recipient,
    options: &SealOptions,
    plaintext: &[u8],
) -> Result<Vec<u8>> {
    let total = checked_len(options, plaintext.len())?;
    let start = Start::draw(random, recipient, options)?;
    let mut envelope = Vec::with_capacity(total);
    envelope.extend_from_slice(&start.head);
    envelope.extend_from_slice(plaintext);
    let payload = envelope.get_mut(start.head.len()..).ok_or(Error::internal("an envelope has a payload"))?;
    let tag = provider.aead.seal_in_place(&start.session_key, start.nonce(), start.aad(), payload)?;
    envelope.extend_from_slice(start.tail(&tag).as_ref());
    Ok(envelope)
}

/// Encrypts `plaintext` into `out`, which needs [`sealed_len`] bytes, and returns how many were written. After an error
/// `out` holds no plaintext.
///
/// # Errors
/// As [`seal`]; `buffer_too_small`, with the size.
pub fn seal_into(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    recipient: &Recipient,
    options: &SealOptions,
    plaintext: &[u8],
    out: &mut [u8],
) -> Result<usize> {
    let total = checked_len(options, plaintext.len())?;
    let start = Start::draw(random, recipient, options)?;
    let (payload, frame) = split(out, &start, plaintext.len(), total)?;
    let tag = provider.aead.seal_to(&start.session_key, start.nonce(), start.aad(), plaintext, payload)?;
    frame.write(&start, &tag)?;
    Ok(total)
}

/// Encrypts the `plaintext_len` bytes that lie in `buffer` from [`payload_offset`] on, in place, writes the envelope
/// around them, and returns its size. `buffer` needs [`sealed_len`] bytes; what lies behind is not touched.
///
/// # Errors
/// As [`seal`]; `buffer_too_small`, with the size.
pub fn seal_in_place(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    recipient: &Recipient,
    options: &SealOptions,
    buffer: &mut [u8],
    plaintext_len: usize,
) -> Result<usize> {
    let total = checked_len(options, plaintext_len)?;
    let start = Start::draw(random, recipient, options)?;
    let (payload, frame) = split(buffer, &start, plaintext_len, total)?;
    let tag = provider.aead.seal_in_place(&start.session_key, start.nonce(), start.aad(), payload)?;
    frame.write(&start, &tag)?;
    Ok(total)
}

/// Checks the options and the size, and gives the size of the envelope.
fn checked_len(options: &SealOptions, plaintext_len: usize) -> Result<usize> {
    let layout = check(options)?;
    if plaintext_len == 0 {
        return Err(empty_plaintext());
    }
    let too_large = || Error::new(Code::TooLarge, format!("a plaintext has at most {GCM_MAX_LEN} bytes"));
    if u64::try_from(plaintext_len).is_ok_and(|len| len > GCM_MAX_LEN) {
        return Err(too_large());
    }
    sealed_len(layout, plaintext_len).ok_or_else(too_large)
}

/// The error of an empty plaintext (ENV-6).
pub(super) fn empty_plaintext() -> Error {
    Error::new(Code::EmptyPlaintext, "the plaintext is empty")
}

/// Checks the options (ENV-12, ENV-16, ENV-17, ENV-26) and gives the layout.
fn check(options: &SealOptions) -> Result<Layout> {
    let layout = options.layout.unwrap_or(Layout::VerR2);
    if !layout.is_writable() {
        return Err(Error::new(Code::Unsupported, format!("the layout {layout} is only read, never written")));
    }
    let shape = layout.shape(false);
    match (shape.nonce, options.salt.len()) {
        (Nonce::Caller, 0) => {
            return Err(Error::new(Code::SaltMissing, format!("the layout {layout} needs a salt of 12 or 16 bytes")));
        }
        (Nonce::Caller, 12 | 16) | (Nonce::At(_) | Nonce::End, 0) => {}
        (Nonce::Caller, len) => {
            return Err(Error::new(Code::InvalidNonce, format!("the salt has {len} bytes; 12 or 16 are needed")));
        }
        (Nonce::At(_) | Nonce::End, _) => {
            return Err(Error::new(Code::UnexpectedContext, format!("the layout {layout} draws its own nonce")));
        }
    }
    if shape.aad != Aad::Caller && !options.aad.is_empty() {
        return Err(Error::new(Code::UnexpectedContext, format!("the layout {layout} draws its own AAD")));
    }
    if layout == Layout::Aad && options.aad.is_empty() {
        return Err(Error::new(Code::AadMissing, format!("the layout {layout} needs additional authenticated data")));
    }
    Ok(layout)
}

/// What an envelope begins with, and what its payload is sealed under.
pub(super) struct Start<'a> {
    /// Everything before the ciphertext.
    pub(super) head: Vec<u8>,
    pub(super) session_key: Aes256Key,
    shape: &'static Shape,
    options: &'a SealOptions,
    /// The IV that follows the tag; drawn only where the layout has it.
    end_nonce: [u8; END_NONCE_LEN],
}

impl<'a> Start<'a> {
    /// Checks the options, draws the session key and what is random, and wraps the key.
    pub(super) fn draw(random: &dyn RandomSource, recipient: &Recipient, options: &'a SealOptions) -> Result<Self> {
        let shape = check(options)?.shape(false);
        let session_key = session_key::draw(random)?;
        let wrapped = session_key::wrap(recipient.key(), &session_key)?;
        let mut head = vec![0; shape.payload];
        if shape.header {
            put(&mut head, 0, HEADER)?;
        }
        if let Some(offset) = shape.thumbprint {
            put(&mut head, offset, recipient.certificate().thumbprint().as_bytes())?;
        }
        put(&mut head, shape.wrapped_key, &wrapped)?;
        put(&mut head, shape.splitter, SPLITTER)?;
        let (offset, len) = shape.drawn;
        random.fill(field_mut(&mut head, offset, len)?)?;
        let mut end_nonce = [0; END_NONCE_LEN];
        if shape.nonce == Nonce::End {
            random.fill(&mut end_nonce)?;
        }
        Ok(Self { head, session_key, shape, options, end_nonce })
    }

    /// The GCM nonce.
    pub(super) fn nonce(&self) -> &[u8] {
        match self.shape.nonce {
            Nonce::At(offset) => field(&self.head, offset, NONCE_LEN),
            Nonce::End => &self.end_nonce,
            Nonce::Caller => &self.options.salt,
        }
    }

    /// The GCM AAD.
    pub(super) fn aad(&self) -> &[u8] {
        match self.shape.aad {
            Aad::At(offset) => field(&self.head, offset, AAD_LEN),
            Aad::Caller => &self.options.aad,
        }
    }

    /// The IV that follows the tag, where the layout has it.
    pub(super) fn end_nonce(&self) -> Option<&[u8; END_NONCE_LEN]> {
        (self.shape.nonce == Nonce::End).then_some(&self.end_nonce)
    }

    /// What follows the ciphertext.
    fn tail(&self, tag: &[u8; TAG_LEN]) -> Tail {
        Tail::new(tag, self.end_nonce())
    }
}

/// What follows the ciphertext: the tag (16 bytes), and the IV where the layout has it there (32 bytes in all).
#[derive(Debug, Clone)]
pub struct Tail {
    bytes: [u8; TAG_LEN + END_NONCE_LEN],
    len: usize,
}

impl Tail {
    /// A tag, and the IV that follows it in some layouts.
    pub(super) fn new(tag: &[u8; TAG_LEN], nonce: Option<&[u8; END_NONCE_LEN]>) -> Self {
        let mut bytes = [0; TAG_LEN + END_NONCE_LEN];
        let (first, second) = bytes.split_at_mut(TAG_LEN);
        first.copy_from_slice(tag);
        if let Some(nonce) = nonce {
            second.copy_from_slice(nonce);
        }
        let len = if nonce.is_some() { bytes.len() } else { TAG_LEN };
        Self { bytes, len }
    }
}

impl AsRef<[u8]> for Tail {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The parts of an output buffer around the payload.
struct Frame<'b> {
    head: &'b mut [u8],
    tail: &'b mut [u8],
}

impl Frame<'_> {
    /// Writes the start and the end of the envelope.
    fn write(self, start: &Start<'_>, tag: &[u8; TAG_LEN]) -> Result<()> {
        let tail = start.tail(tag);
        put(self.head, 0, &start.head)?;
        put(self.tail, 0, tail.as_ref())
    }
}

/// Splits an output buffer into the payload and what is around it.
fn split<'b>(out: &'b mut [u8], start: &Start<'_>, payload: usize, total: usize) -> Result<(&'b mut [u8], Frame<'b>)> {
    let size = out.len();
    let too_small = || Error::new(Code::BufferTooSmall, format!("the buffer has {size} bytes, and {total} are needed"));
    let envelope = out.get_mut(..total).ok_or_else(too_small)?;
    let (head, rest) = envelope.split_at_mut_checked(start.head.len()).ok_or_else(too_small)?;
    let (payload, tail) = rest.split_at_mut_checked(payload).ok_or_else(too_small)?;
    Ok((payload, Frame { head, tail }))
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) -> Result<()> {
    field_mut(bytes, offset, value.len())?.copy_from_slice(value);
    Ok(())
}

fn field_mut(bytes: &mut [u8], offset: usize, len: usize) -> Result<&mut [u8]> {
    bytes
        .get_mut(offset..)
        .and_then(|rest| rest.get_mut(..len))
        .ok_or(Error::internal("a field lies inside its envelope"))
}

/// A field of the head, whose size the shape guarantees; empty, which every cipher refuses as a nonce, if it did not.
fn field(bytes: &[u8], offset: usize, len: usize) -> &[u8] {
    bytes.get(offset..).and_then(|rest| rest.get(..len)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_6_sizes_at_their_limits() {
        let size = |len: u64| checked_len(&SealOptions::default(), usize::try_from(len).unwrap());
        assert_eq!(size(0).unwrap_err().code(), Code::EmptyPlaintext);
        assert_eq!(size(1).unwrap(), 357);
        assert_eq!(size(GCM_MAX_LEN).unwrap(), usize::try_from(GCM_MAX_LEN).unwrap() + 356);
        assert_eq!(size(GCM_MAX_LEN + 1).unwrap_err().code(), Code::TooLarge);
        assert_eq!(size(u64::MAX).unwrap_err().code(), Code::TooLarge);
    }
}
