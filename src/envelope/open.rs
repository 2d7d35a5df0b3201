//! Decrypt: into a new buffer, into the caller's buffer, in place. No plaintext leaves before the tag is good (ENV-33).

use std::ops::Range;

use super::parse::{MAX_SALT_LEN, OpenOptions, ParsedEnvelope, parse};
use super::shape::AAD_LEN;
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::secret::Aes256Key;

impl ParsedEnvelope<'_> {
    /// The size of the plaintext in bytes.
    #[must_use]
    pub fn plaintext_len(&self) -> usize {
        self.ciphertext.len()
    }

    /// Opens the payload into a new buffer.
    ///
    /// # Errors
    /// `decryption_failed`, whatever was wrong.
    pub fn open(&self, provider: &CryptoProvider, session_key: &Aes256Key) -> Result<Vec<u8>> {
        let mut plaintext = self.ciphertext.to_vec();
        provider.aead.open_in_place(session_key, self.nonce, self.aad, &mut plaintext, &self.tag).map_err(one_error)?;
        Ok(plaintext)
    }

    /// Opens the payload into `out`, which needs [`plaintext_len`](Self::plaintext_len) bytes, and returns how many were
    /// written. After an error `out` holds no plaintext.
    ///
    /// # Errors
    /// `buffer_too_small`, with the size; `decryption_failed`.
    pub fn open_into(&self, provider: &CryptoProvider, session_key: &Aes256Key, out: &mut [u8]) -> Result<usize> {
        let (size, len) = (out.len(), self.plaintext_len());
        let out = out.get_mut(..len).ok_or_else(|| {
            Error::new(Code::BufferTooSmall, format!("the buffer has {size} bytes, and {len} are needed"))
        })?;
        provider.aead.open_to(session_key, self.nonce, self.aad, self.ciphertext, &self.tag, out).map_err(one_error)?;
        Ok(len)
    }
}

/// Parses `envelope` again, opens its payload where it lies, and returns where the plaintext is. After
/// `decryption_failed` the place of the payload is wiped, and the envelope is gone.
///
/// # Errors
/// Those of [`parse`], with the envelope as it was; `decryption_failed`.
pub fn open_in_place(
    provider: &CryptoProvider,
    session_key: &Aes256Key,
    envelope: &mut [u8],
    options: &OpenOptions,
) -> Result<Range<usize>> {
    let parsed = parse(envelope, options)?;
    let (start, len, tag) = (parsed.layout.shape(options.salt.is_some()).payload, parsed.ciphertext.len(), parsed.tag);
    // The nonce and the AAD may lie in the envelope, beside the payload: keep them apart. A nonce from the caller is
    // at most 64 bytes, and an AAD that is longer than the envelope's own is the caller's.
    let (mut nonce, mut own_aad) = ([0; MAX_SALT_LEN], [0; AAD_LEN]);
    let nonce = copied(&mut nonce, parsed.nonce)?;
    let aad = if options.aad.is_empty() { copied(&mut own_aad, parsed.aad)? } else { &options.aad };
    let payload = envelope
        .get_mut(start..)
        .and_then(|rest| rest.get_mut(..len))
        .ok_or(Error::internal("a payload lies inside its envelope"))?;
    provider.aead.open_in_place(session_key, nonce, aad, payload, &tag).map_err(one_error)?;
    Ok(start..start.saturating_add(len))
}

fn copied<'b>(room: &'b mut [u8], bytes: &[u8]) -> Result<&'b [u8]> {
    let room = room.get_mut(..bytes.len()).ok_or(Error::internal("a nonce or AAD is larger than it can be"))?;
    room.copy_from_slice(bytes);
    Ok(room)
}

/// Everything a cipher may say about an envelope is one error (ENV-32).
pub(super) fn one_error(_error: Error) -> Error {
    Error::decryption_failed()
}
