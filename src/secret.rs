//! Secret bytes: the only types of the library that hold key material.
//!
//! A secret has a fixed size, is built in place, is wiped when dropped, has no `Clone`, no `Display`, no equality
//! operator, and a `Debug` that shows its size only. Comparison is constant-time.
//! Reading goes through [`SecretBytes::expose`], so each use can be found and judged.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::error::{Code, Error, Result};

mod memory;

/// Bytes that must not be seen: keys, PKCS#8 documents, unwrapped session keys, passphrases.
///
/// The size never changes after construction, so no reallocation leaves a copy behind. The bytes lie in pages of their
/// own that are kept out of core dumps and, as far as the system's limits allow, out of swap.
pub struct SecretBytes {
    slot: memory::Slot,
}

impl SecretBytes {
    /// `len` bytes of zero, to be filled in place with [`expose_mut`](Self::expose_mut).
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self { slot: memory::Slot::zeroed(len) }
    }

    /// Takes over `bytes`; the vector's own memory is wiped.
    #[must_use]
    pub fn from_vec(mut bytes: Vec<u8>) -> Self {
        let secret = Self::copy_from(&bytes);
        bytes.zeroize();
        secret
    }

    /// Copies `bytes`; the caller wipes its own copy.
    #[must_use]
    pub fn copy_from(bytes: &[u8]) -> Self {
        let mut secret = Self::zeroed(bytes.len());
        secret.expose_mut().copy_from_slice(bytes);
        secret
    }

    /// The secret bytes. Each use must be short and must not copy them out of a secret type.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.slot.bytes()
    }

    /// The secret bytes, to be filled or changed in place.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        self.slot.bytes_mut()
    }

    /// The size in bytes, which is not secret.
    #[must_use]
    pub fn len(&self) -> usize {
        self.expose().len()
    }

    /// Whether the size is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether both hold the same bytes, in time that depends on the sizes only.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.len())
    }
}

/// Runs `work` in a frame of its own and wipes the stack it used. A key schedule that is built and moved in safe Rust
/// leaves copies in dead frames; this removes them. What `work` answers must not be a secret by value.
pub(crate) fn with_clean_stack<T>(work: impl FnOnce() -> T) -> T {
    /// More than the deepest cipher here uses.
    const DEPTH: usize = 32 * 1024;
    #[inline(never)]
    fn in_own_frame<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    let answer = in_own_frame(work);
    zeroize::zeroize_stack::<DEPTH>();
    answer
}

/// An AES-256 key: a [`SecretBytes`] of exactly 32 bytes.
#[derive(Debug)]
pub struct Aes256Key(SecretBytes);

impl Aes256Key {
    /// The size of the key in bytes.
    pub const LEN: usize = 32;

    /// Takes over 32 bytes.
    ///
    /// # Errors
    /// [`Code::DecryptionFailed`] for any other size: a key of another size only comes out of a failed unwrap.
    pub fn new(bytes: SecretBytes) -> Result<Self> {
        if bytes.len() == Self::LEN { Ok(Self(bytes)) } else { Err(Error::decryption_failed()) }
    }

    /// The 32 key bytes; for the cipher only.
    ///
    /// # Errors
    /// Never: the size was checked at construction. An invariant that cannot fail still answers the bug variant.
    pub fn expose(&self) -> Result<&[u8; 32]> {
        self.0.expose().try_into().map_err(|_| Error::internal("an AES-256 key has 32 bytes"))
    }

    /// The key as secret bytes, for wrapping.
    #[must_use]
    pub fn as_secret(&self) -> &SecretBytes {
        &self.0
    }
}

/// A passphrase: printable ASCII, 1 to 1024 characters. Java refuses any other for a PKCS#12 file.
#[derive(Debug)]
pub struct Passphrase(SecretBytes);

impl Passphrase {
    /// The longest passphrase accepted, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Checks and takes over the passphrase.
    ///
    /// # Errors
    /// [`Code::InvalidPassphrase`] when it is empty, too long, or not printable ASCII.
    pub fn new(bytes: SecretBytes) -> Result<Self> {
        if bytes.is_empty() || bytes.len() > Self::MAX_LEN {
            return Err(Error::new(Code::InvalidPassphrase, "a passphrase has 1 to 1024 characters"));
        }
        if !bytes.expose().iter().all(|byte| (0x20..=0x7e).contains(byte)) {
            return Err(Error::new(Code::InvalidPassphrase, "the passphrase has a character outside printable ASCII"));
        }
        Ok(Self(bytes))
    }

    /// The characters, for key derivation only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_size_only() {
        let secret = SecretBytes::copy_from(b"planted secret");
        let text = format!("{secret:?}");
        assert_eq!(text, "SecretBytes(14 bytes)");
    }

    #[test]
    fn comparison_sees_every_byte() {
        let one = SecretBytes::copy_from(b"0123456789abcdef");
        for position in 0..16 {
            let mut other = SecretBytes::copy_from(one.expose());
            assert!(one.ct_eq(&other));
            other.expose_mut()[position] ^= 1;
            assert!(!one.ct_eq(&other));
        }
        assert!(!one.ct_eq(&SecretBytes::zeroed(15)));
    }

    #[test]
    fn passphrase_limits() {
        assert!(Passphrase::new(SecretBytes::copy_from(b"a long one ~")).is_ok());
        for bad in [&b""[..], "schl\u{fc}ssel".as_bytes(), b"tab\t", &[b'x'; 1025]] {
            let error = Passphrase::new(SecretBytes::copy_from(bad)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidPassphrase);
        }
    }
}
