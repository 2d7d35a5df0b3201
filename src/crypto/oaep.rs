//! RSAES-OAEP encoding and constant-time decoding over any hash, MGF hash and label (RFC 8017 §7.1).
//!
//! For the profiles a provider lacks, and for tokens and hosts that only do the raw RSA operation. The rules are
//! CRY-30 to CRY-34 of docs/crypto.md.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::{CryptoProvider, Hash, HashAlgorithm};
use crate::error::{Code, Error, Result};
use crate::random::RandomSource;
use crate::secret::SecretBytes;

/// The three parameters of RSAES-OAEP (RFC 8017 §7.1), each profile by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OaepProfile {
    /// The hash of the label.
    pub hash: HashAlgorithm,
    /// The hash inside MGF1.
    pub mgf_hash: HashAlgorithm,
    /// The label, usually empty.
    pub label: &'static [u8],
}

impl OaepProfile {
    /// SHA-256, MGF1 with SHA-256, empty label: every MOSIP envelope ("O-STD", mosip-envelopes §1.3).
    pub const SHA256_MGF1_SHA256: Self = Self::new(HashAlgorithm::Sha256, HashAlgorithm::Sha256, b"");
    /// SHA-256, MGF1 with SHA-1, empty label: client boxes of Android Keystore machines ("O-ANDROID").
    pub const SHA256_MGF1_SHA1: Self = Self::new(HashAlgorithm::Sha256, HashAlgorithm::Sha1, b"");
    /// SHA-256, MGF1 with SHA-256, a label of one zero byte: client boxes of TPM machines ("O-TPM").
    pub const SHA256_MGF1_SHA256_LABEL_NUL: Self = Self::new(HashAlgorithm::Sha256, HashAlgorithm::Sha256, b"\0");
    /// SHA-1, MGF1 with SHA-1, empty label: OpenTDF key access objects.
    pub const SHA1_MGF1_SHA1: Self = Self::new(HashAlgorithm::Sha1, HashAlgorithm::Sha1, b"");

    /// Any other combination.
    #[must_use]
    pub const fn new(hash: HashAlgorithm, mgf_hash: HashAlgorithm, label: &'static [u8]) -> Self {
        Self { hash, mgf_hash, label }
    }

    /// The longest message under a modulus of `modulus_len` bytes; `None` when not even an empty one fits.
    #[must_use]
    pub const fn max_message_len(&self, modulus_len: usize) -> Option<usize> {
        modulus_len.checked_sub(self.hash.digest_len().saturating_mul(2).saturating_add(2))
    }
}

/// EME-OAEP encoding of `message` into a block of `modulus_len` bytes (RFC 8017 §7.1.1 step 2), the seed from `random`.
///
/// # Errors
/// [`Code::TooLarge`] when the message does not fit; those of `random`.
pub fn encode(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    profile: &OaepProfile,
    message: &[u8],
    modulus_len: usize,
) -> Result<SecretBytes> {
    let padding_len =
        profile.max_message_len(modulus_len).and_then(|most| most.checked_sub(message.len())).ok_or_else(|| {
            Error::new(Code::TooLarge, format!("a message of {} bytes does not fit the RSA key", message.len()))
        })?;
    let hash_len = profile.hash.digest_len();
    let mut block = SecretBytes::zeroed(modulus_len);
    let (_, seed, data) = parts(block.expose_mut(), hash_len).ok_or(BROKEN)?;

    // DB = lHash || PS || 0x01 || M
    let label_hash = provider.hash.digest(profile.hash, profile.label);
    let padding = std::iter::repeat_n(&0, padding_len);
    let content = label_hash.iter().chain(padding).chain(&[1]).chain(message);
    for (to, from) in data.iter_mut().zip(content) {
        *to = *from;
    }
    random.fill(seed)?;
    mask(provider.hash, profile.mgf_hash, seed, data);
    mask(provider.hash, profile.mgf_hash, data, seed);
    Ok(block)
}

/// Removes EME-OAEP from `block`, which has the modulus size, in time that does not depend on its content
/// (RFC 8017 §7.1.2 step 3).
///
/// Whether it worked decides only at the end, over the whole block: which check failed is not to be seen, neither in
/// the answer nor in the time. Only a good block shows the length of its message.
///
/// # Errors
/// [`Code::DecryptionFailed`], whatever was wrong.
pub fn decode(provider: &CryptoProvider, profile: &OaepProfile, block: &SecretBytes) -> Result<SecretBytes> {
    let hash_len = profile.hash.digest_len();
    if profile.max_message_len(block.len()).is_none() {
        return Err(Error::decryption_failed());
    }
    let mut work = SecretBytes::copy_from(block.expose());
    let (first, seed, data) = parts(work.expose_mut(), hash_len).ok_or_else(Error::decryption_failed)?;
    mask(provider.hash, profile.mgf_hash, data, seed);
    mask(provider.hash, profile.mgf_hash, seed, data);

    let label_hash = provider.hash.digest(profile.hash, profile.label);
    let (found_hash, rest) = data.split_at_checked(hash_len).ok_or_else(Error::decryption_failed)?;
    let mut good = first.ct_eq(&0) & found_hash.ct_eq(&label_hash);

    // The message begins after the first 0x01; before it there are only zeros.
    let mut message_at = 0u32;
    let mut searching = Choice::from(1);
    for (at, byte) in (1u32..).zip(rest.iter()) {
        let is_mark = byte.ct_eq(&1);
        message_at.conditional_assign(&at, searching & is_mark);
        good &= !(searching & !is_mark & !byte.ct_eq(&0));
        searching &= !is_mark;
    }
    good &= !searching;

    if !bool::from(good) {
        return Err(Error::decryption_failed());
    }
    let message =
        usize::try_from(message_at).ok().and_then(|at| rest.get(at..)).ok_or_else(Error::decryption_failed)?;
    Ok(SecretBytes::copy_from(message))
}

/// The leading byte, the seed and the data block of an encoded message.
fn parts(block: &mut [u8], hash_len: usize) -> Option<(&mut u8, &mut [u8], &mut [u8])> {
    let (first, rest) = block.split_first_mut()?;
    let (seed, data) = rest.split_at_mut_checked(hash_len)?;
    Some((first, seed, data))
}

/// XORs MGF1 of `seed` (RFC 8017 appendix B.2.1) over `target`.
fn mask(hash: &dyn Hash, algorithm: HashAlgorithm, seed: &[u8], target: &mut [u8]) {
    for (counter, piece) in (0u32..).zip(target.chunks_mut(algorithm.digest_len())) {
        let mut stream = hash.start(algorithm);
        stream.update(seed);
        stream.update(&counter.to_be_bytes());
        let digest = Zeroizing::new(stream.finish());
        for (to, from) in piece.iter_mut().zip(digest.iter()) {
            *to ^= *from;
        }
    }
}

const BROKEN: Error = Error::internal("an OAEP block has room for its parts");

#[cfg(test)]
mod tests;
