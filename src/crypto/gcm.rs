//! AES-256-GCM from `aes`, `ctr` and `ghash`: incremental, any nonce length (SP 800-38D).
//!
//! The crate `aes-gcm` takes whole buffers and a nonce whose length is part of its type. MOSIP's nonces have 16 bytes
//! and its files stream, so the mode is put together here from the same parts, and held to `aes-gcm`, to the native
//! provider and to Wycheproof by tests (docs/crypto.md, CRY-10 to CRY-17).

use std::fmt;

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use ctr::CtrCore;
use ctr::flavors::Ctr32BE;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::{Direction, GCM_MAX_LEN, GcmStream, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::secret::Aes256Key;

/// Encrypts `data` in place and returns the tag.
///
/// # Errors
/// [`Code::InvalidNonce`] for a nonce of no bytes; [`Code::TooLarge`] over [`GCM_MAX_LEN`].
pub fn seal_in_place(key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; TAG_LEN]> {
    let mut gcm = Gcm::new(Direction::Encrypt, key, nonce, aad)?;
    gcm.process(data)?;
    gcm.tag()
}

/// Decrypts `data` in place, and wipes it when the tag is wrong (CRY-15).
///
/// # Errors
/// Those of [`seal_in_place`]; [`Code::DecryptionFailed`].
pub fn open_in_place(key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8], tag: &[u8; TAG_LEN]) -> Result<()> {
    let mut gcm = Gcm::new(Direction::Decrypt, key, nonce, aad)?;
    gcm.process(data)?;
    gcm.check(tag).inspect_err(|_| data.zeroize())
}

/// Encrypts `plaintext` into `out` and returns the tag.
///
/// # Errors
/// Those of [`seal_in_place`] and of [`check_lengths`].
pub fn seal_to(key: &Aes256Key, nonce: &[u8], aad: &[u8], plaintext: &[u8], out: &mut [u8]) -> Result<[u8; TAG_LEN]> {
    check_lengths(plaintext.len(), out.len())?;
    let mut gcm = Gcm::new(Direction::Encrypt, key, nonce, aad)?;
    gcm.process_to(plaintext, out)?;
    gcm.tag()
}

/// Decrypts `ciphertext` into `out`, and wipes `out` when the tag is wrong (CRY-15).
///
/// # Errors
/// Those of [`open_in_place`] and of [`check_lengths`].
pub fn open_to(
    key: &Aes256Key,
    nonce: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    tag: &[u8; TAG_LEN],
    out: &mut [u8],
) -> Result<()> {
    check_lengths(ciphertext.len(), out.len())?;
    let mut gcm = Gcm::new(Direction::Decrypt, key, nonce, aad)?;
    gcm.process_to(ciphertext, out)?;
    gcm.check(tag).inspect_err(|_| out.zeroize())
}

/// The nonce has 1 byte or more (CRY-11).
///
/// # Errors
/// [`Code::InvalidNonce`].
pub fn check_nonce(nonce: &[u8]) -> Result<()> {
    if nonce.is_empty() { Err(Error::new(Code::InvalidNonce, "a GCM nonce has at least 1 byte")) } else { Ok(()) }
}

/// Output and input have the same length.
///
/// # Errors
/// [`Code::BufferTooSmall`] for a shorter output, [`Code::InvalidArgument`] for a longer one.
pub fn check_lengths(input: usize, output: usize) -> Result<()> {
    match output.cmp(&input) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => {
            Err(Error::new(Code::BufferTooSmall, format!("the output has {output} bytes and needs {input}")))
        }
        std::cmp::Ordering::Greater => {
            Err(Error::new(Code::InvalidArgument, format!("the output has {output} bytes instead of {input}")))
        }
    }
}

/// The length of a text that had `before` bytes and gets `more`, at most [`GCM_MAX_LEN`] (CRY-14).
///
/// # Errors
/// [`Code::TooLarge`].
pub fn check_text_len(before: u64, more: usize) -> Result<u64> {
    u64::try_from(more)
        .ok()
        .and_then(|more| before.checked_add(more))
        .filter(|len| *len <= GCM_MAX_LEN)
        .ok_or_else(|| Error::new(Code::TooLarge, "one GCM text has at most 2^36 - 32 bytes"))
}

/// Compares two tags in constant time (CRY-13).
///
/// # Errors
/// [`Code::DecryptionFailed`].
pub fn check_tag(computed: &[u8; TAG_LEN], given: &[u8; TAG_LEN]) -> Result<()> {
    if computed.ct_eq(given).into() { Ok(()) } else { Err(Error::decryption_failed()) }
}

/// One GCM text in the making. Wiped when dropped.
pub struct Gcm {
    direction: Direction,
    keystream: StreamCipherCoreWrapper<CtrCore<Aes256, Ctr32BE>>,
    ghash: Ghash,
    mask: Zeroizing<[u8; TAG_LEN]>,
    aad_len: u64,
    text_len: u64,
}

impl Gcm {
    /// Starts a text: derives J0 from `nonce` (SP 800-38D §7.1 step 2) and takes in `aad`.
    ///
    /// # Errors
    /// [`Code::InvalidNonce`] for a nonce of no bytes; [`Code::TooLarge`] for 2^61 bytes or more of `aad`.
    pub fn new(direction: Direction, key: &Aes256Key, nonce: &[u8], aad: &[u8]) -> Result<Self> {
        check_nonce(nonce)?;
        let cipher = Aes256::new(key.expose()?.into());
        let mut hash_key = ghash::Key::default();
        cipher.encrypt_block(&mut hash_key);
        let fresh = GHash::new(&hash_key);
        hash_key.zeroize();

        let mut ghash = Ghash { state: fresh.clone(), partial: [0; TAG_LEN], filled: 0 };
        ghash.state.update_padded(aad);

        // The 32-bit counter starts at J0 and wraps within its 32 bits; the first block is the tag's mask.
        let mut keystream = StreamCipherCoreWrapper::from_core(CtrCore::inner_iv_init(cipher, &j0(fresh, nonce)?));
        let mut mask = Zeroizing::new([0; TAG_LEN]);
        keystream.try_apply_keystream(&mut *mask).map_err(|_| counter_at_end())?;
        Ok(Self { direction, keystream, ghash, mask, aad_len: bit_len(aad.len())?, text_len: 0 })
    }

    /// Encrypts or decrypts the next piece in place. On an error the piece is as it was.
    fn process(&mut self, data: &mut [u8]) -> Result<()> {
        self.text_len = check_text_len(self.text_len, data.len())?;
        for chunk in data.chunks_mut(CHUNK) {
            self.process_chunk(chunk)?;
        }
        Ok(())
    }

    fn process_to(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.text_len = check_text_len(self.text_len, input.len())?;
        for (from, to) in input.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            to.copy_from_slice(from);
            self.process_chunk(to)?;
        }
        Ok(())
    }

    fn process_chunk(&mut self, chunk: &mut [u8]) -> Result<()> {
        if self.direction == Direction::Decrypt {
            self.ghash.absorb(chunk);
        }
        self.keystream.try_apply_keystream(chunk).map_err(|_| counter_at_end())?;
        if self.direction == Direction::Encrypt {
            self.ghash.absorb(chunk);
        }
        Ok(())
    }

    fn tag(self) -> Result<[u8; TAG_LEN]> {
        let text_len = self.text_len.checked_mul(8).ok_or_else(counter_at_end)?;
        let hash = self.ghash.finish(self.aad_len, text_len);
        let mut tag = [0; TAG_LEN];
        for ((out, hash), mask) in tag.iter_mut().zip(hash).zip(self.mask.iter()) {
            *out = hash ^ mask;
        }
        Ok(tag)
    }

    fn check(self, tag: &[u8; TAG_LEN]) -> Result<()> {
        check_tag(&Zeroizing::new(self.tag()?), tag)
    }
}

impl GcmStream for Gcm {
    fn update(&mut self, data: &mut [u8]) -> Result<()> {
        self.process(data)
    }

    fn finish_seal(self: Box<Self>) -> Result<[u8; TAG_LEN]> {
        match self.direction {
            Direction::Encrypt => self.tag(),
            Direction::Decrypt => Err(Error::new(Code::StreamState, "a decrypting stream ends with its tag")),
        }
    }

    fn finish_open(self: Box<Self>, tag: &[u8; TAG_LEN]) -> Result<()> {
        match self.direction {
            Direction::Decrypt => self.check(tag),
            Direction::Encrypt => Err(Error::new(Code::StreamState, "an encrypting stream ends by making its tag")),
        }
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gcm({:?}, {} bytes so far)", self.direction, self.text_len)
    }
}

/// GHASH fed with pieces of any length. The partial block is ciphertext; the hash key inside `state` wipes itself.
struct Ghash {
    state: GHash,
    partial: [u8; TAG_LEN],
    filled: usize,
}

impl Ghash {
    fn absorb(&mut self, data: &[u8]) {
        let mut data = data;
        if self.filled > 0 {
            let wanted = TAG_LEN.saturating_sub(self.filled);
            let (head, rest) = data.split_at_checked(wanted).unwrap_or((data, &[]));
            self.keep(head);
            if self.filled < TAG_LEN {
                return;
            }
            self.state.update(&[self.partial.into()]);
            self.filled = 0;
            data = rest;
        }
        let (blocks, tail) = ghash::Block::slice_as_chunks(data);
        self.state.update(blocks);
        self.keep(tail);
    }

    fn keep(&mut self, bytes: &[u8]) {
        for (to, from) in self.partial.iter_mut().skip(self.filled).zip(bytes) {
            *to = *from;
        }
        self.filled = self.filled.saturating_add(bytes.len());
    }

    /// Pads the last block with zeros and takes in the two lengths, in bits.
    fn finish(mut self, aad_len: u64, text_len: u64) -> [u8; TAG_LEN] {
        self.state.update_padded(self.partial.get(..self.filled).unwrap_or_default());
        self.state.update(&[length_block(aad_len, text_len).into()]);
        self.state.finalize().into()
    }
}

/// The first counter block (SP 800-38D §7.1 step 2): the nonce and a 1 for 12 bytes, its GHASH for every other length.
fn j0(mut ghash: GHash, nonce: &[u8]) -> Result<ghash::Block> {
    if let Ok(nonce) = <[u8; 12]>::try_from(nonce) {
        let mut block = [0; TAG_LEN];
        for (to, from) in block.iter_mut().zip(nonce.iter().chain(&[0, 0, 0, 1])) {
            *to = *from;
        }
        return Ok(block.into());
    }
    ghash.update_padded(nonce);
    ghash.update(&[length_block(0, bit_len(nonce.len())?).into()]);
    Ok(ghash.finalize())
}

fn length_block(first: u64, second: u64) -> [u8; TAG_LEN] {
    ((u128::from(first) << 64) | u128::from(second)).to_be_bytes()
}

fn bit_len(bytes: usize) -> Result<u64> {
    u64::try_from(bytes)
        .ok()
        .and_then(|bytes| bytes.checked_mul(8))
        .ok_or_else(|| Error::new(Code::TooLarge, "nonce and additional data have less than 2^61 bytes"))
}

fn counter_at_end() -> Error {
    Error::new(Code::TooLarge, "the 32-bit counter is at its end")
}

/// Small enough that the two passes over a chunk find it in the first-level cache.
const CHUNK: usize = 8 * 1024;

#[cfg(test)]
mod tests;
