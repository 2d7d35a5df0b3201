//! What a backend does with an RSA key it holds in software.

use super::{KeyKind, OaepParameters, RsaDecryption, SignInput};
use crate::crypto::{HashAlgorithm, OaepProfile, RsaPrivateKey, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

impl OaepParameters {
    /// The parameters of `profile` as owned values.
    #[must_use]
    pub fn of(profile: &OaepProfile) -> Self {
        Self { hash: profile.hash, mgf_hash: profile.mgf_hash, label: profile.label.to_vec() }
    }

    /// The profiles that every key in software decrypts.
    #[must_use]
    pub fn software() -> Vec<Self> {
        SOFTWARE_PROFILES.iter().map(Self::of).collect()
    }

    /// The profile with these parameters.
    ///
    /// # Errors
    /// `unsupported` when the library has no profile with them.
    pub fn profile(&self) -> Result<OaepProfile> {
        let found = SOFTWARE_PROFILES.iter().find(|profile| Self::of(profile) == *self);
        found.cloned().ok_or_else(|| Error::new(Code::Unsupported, "OAEP with this hash, MGF1 hash and label"))
    }
}

impl KeyKind {
    /// The size of an RSA modulus in bits; none for AES.
    #[must_use]
    pub const fn rsa_bits(self) -> Option<u32> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            Self::Aes256 => None,
        }
    }

    /// The kind of an RSA key whose modulus has `len` bytes; none for other sizes.
    #[must_use]
    pub const fn of_rsa_len(len: usize) -> Option<Self> {
        match len {
            256 => Some(Self::Rsa2048),
            384 => Some(Self::Rsa3072),
            512 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

/// The signature of `key` over a message or a digest.
///
/// A digest is signed under RSASSA-PKCS1-v1_5 only (RFC 8017 §8.2.1 from step 2 on). The raw operation checks its
/// result against a fault (CRY-26).
pub(crate) fn sign(key: &dyn RsaPrivateKey, scheme: SignatureScheme, input: &SignInput) -> Result<Vec<u8>> {
    match (scheme, input) {
        (_, SignInput::Message(message)) => key.sign(scheme, message),
        (SignatureScheme::RsaPkcs1(hash), SignInput::Digest(digest)) => {
            let block = emsa_pkcs1_v1_5(hash, digest, key.modulus_len())?;
            Ok(key.raw_private(&block)?.expose().to_vec())
        }
        (SignatureScheme::RsaPss(_), SignInput::Digest(_)) => {
            Err(Error::new(Code::Unsupported, "RSASSA-PSS over a digest; give the message"))
        }
    }
}

/// The decryption of `ciphertext` with `key`.
pub(crate) fn rsa_decrypt(key: &dyn RsaPrivateKey, how: &RsaDecryption, ciphertext: &[u8]) -> Result<SecretBytes> {
    let modulus = key.modulus_len();
    if ciphertext.len() != modulus {
        return Err(Error::new(
            Code::CiphertextSize,
            format!("the ciphertext has {} bytes and the modulus has {modulus}", ciphertext.len()),
        ));
    }
    match how {
        RsaDecryption::Raw => key.raw_private(ciphertext),
        RsaDecryption::Oaep(parameters) => key.decrypt_oaep(&parameters.profile()?, ciphertext),
    }
}

/// Refuses what AES-ECB cannot take.
pub(crate) fn check_blocks(blocks: &SecretBytes) -> Result<()> {
    if blocks.is_empty() || !blocks.len().is_multiple_of(16) {
        return Err(Error::new(Code::InvalidArgument, "AES-ECB takes whole blocks of 16 bytes"));
    }
    Ok(())
}

/// EMSA-PKCS1-v1_5 over a digest (RFC 8017 §9.2 from step 2 on): `00 01 ff.. 00 DigestInfo`.
fn emsa_pkcs1_v1_5(hash: HashAlgorithm, digest: &[u8], modulus_len: usize) -> Result<Vec<u8>> {
    if digest.len() != hash.digest_len() {
        return Err(Error::new(
            Code::InvalidArgument,
            format!("the digest has {} bytes and the scheme's hash gives {}", digest.len(), hash.digest_len()),
        ));
    }
    // The DER of DigestInfo up to the digest (RFC 8017 §9.2 note 1).
    let prefix: &[u8] = match hash {
        HashAlgorithm::Sha1 => {
            return Err(Error::new(Code::Unsupported, "signatures with SHA-1"));
        }
        HashAlgorithm::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        HashAlgorithm::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        HashAlgorithm::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    };
    let padding = modulus_len
        .checked_sub(prefix.len().saturating_add(digest.len()).saturating_add(3))
        .filter(|padding| *padding >= 8)
        .ok_or_else(|| Error::new(Code::TooLarge, "the digest does not fit the key"))?;
    let mut block = Vec::with_capacity(modulus_len);
    block.extend_from_slice(&[0, 1]);
    block.resize(padding.saturating_add(2), 0xff);
    block.push(0);
    block.extend_from_slice(prefix);
    block.extend_from_slice(digest);
    Ok(block)
}

const SOFTWARE_PROFILES: [OaepProfile; 4] = [
    OaepProfile::SHA256_MGF1_SHA256,
    OaepProfile::SHA256_MGF1_SHA1,
    OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
    OaepProfile::SHA1_MGF1_SHA1,
];
