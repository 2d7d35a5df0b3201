//! One algorithm call behind one narrow trait; two providers; OAEP and GCM above them.
//!
//! A [`CryptoProvider`] is a struct of static trait objects that speak bytes. It is passed in; there is no global.
//! Composition (framing, hierarchy, retries) is never done inside a provider.

pub(crate) mod ec;
pub mod gcm;
#[cfg(feature = "native")]
pub mod native;
pub mod oaep;
mod private_key;
mod private_key_file;
pub mod rustcrypto;
mod source;

use std::fmt;
use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::secret::{Aes256Key, SecretBytes};

pub use ec::{Curve, Ec, EcAlgorithm, EcKey, EcPrivateKey, EcPublicKey, EcdsaEncoding};
pub use oaep::OaepProfile;
pub use private_key::{PrivateKey, PublicKey, SoftwareKey};
pub(crate) use source::default_provider;

/// The algorithms of one provider.
#[derive(Clone, Copy)]
pub struct CryptoProvider {
    /// `native` or `rustcrypto`; shown, never compared.
    pub name: &'static str,
    /// AES-256-GCM on whole buffers.
    pub aead: &'static dyn Aes256Gcm,
    /// AES-256-GCM piece by piece.
    pub aead_stream: &'static dyn Aes256GcmStreams,
    /// AES-256 on single blocks, for the wrap of stored ZK keys only.
    pub block: &'static dyn Aes256Blocks,
    /// RSA keys.
    pub rsa: &'static dyn Rsa,
    /// Keys on elliptic curves.
    pub ec: &'static dyn Ec,
    /// SHA-1 and SHA-2.
    pub hash: &'static dyn Hash,
    /// HMAC, HKDF and PBKDF2.
    pub kdf: &'static dyn Kdf,
    /// The provider's random source.
    pub random: &'static dyn crate::random::RandomSource,
    /// The provider as a source of new keys.
    pub keys: &'static dyn crate::random::KeySource,
}

impl fmt::Debug for CryptoProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CryptoProvider({})", self.name)
    }
}

/// The size of a GCM tag in bytes. No other size is read or written.
pub const TAG_LEN: usize = 16;

/// The longest text one GCM call takes: 2^36 - 32 bytes (SP 800-38D §5.2.1.1).
pub const GCM_MAX_LEN: u64 = (1 << 36) - 32;

/// AES-256-GCM on whole buffers, with a nonce of any length from 1 byte (SP 800-38D).
///
/// Ciphertext and plaintext have the same length. Opening wipes the output when the tag is wrong and answers the one
/// `decryption_failed`. A nonce of no bytes is `invalid_nonce`; a text over [`GCM_MAX_LEN`] is `too_large`. An output
/// shorter than the input is `buffer_too_small`, a longer one `invalid_argument` (the checks are in [`gcm`]).
pub trait Aes256Gcm: Send + Sync + fmt::Debug {
    /// Encrypts `data` in place and returns the tag.
    fn seal_in_place(&self, key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; TAG_LEN]>;

    /// Decrypts `data` in place; wiped when the tag is wrong.
    fn open_in_place(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<()>;

    /// Encrypts `plaintext` into `out`, which has the same length, and returns the tag.
    fn seal_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; TAG_LEN]>;

    /// Decrypts `ciphertext` into `out`, which has the same length; wiped when the tag is wrong.
    fn open_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()>;
}

/// Which way a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Plaintext to ciphertext.
    Encrypt,
    /// Ciphertext to plaintext.
    Decrypt,
}

/// Starts incremental AES-256-GCM.
pub trait Aes256GcmStreams: Send + Sync + fmt::Debug {
    /// A stream under `key` and `nonce` (1 byte or more), with `aad` taken in whole.
    fn start(&self, direction: Direction, key: &Aes256Key, nonce: &[u8], aad: &[u8]) -> Result<Box<dyn GcmStream>>;
}

/// Incremental AES-256-GCM. Pieces may have any length. Decrypted pieces are **not authenticated** before
/// [`finish_open`](GcmStream::finish_open) says so.
pub trait GcmStream: Send + fmt::Debug {
    /// Encrypts or decrypts `data` in place.
    fn update(&mut self, data: &mut [u8]) -> Result<()>;

    /// Ends an encrypting stream and returns the tag; `stream_state` on a decrypting one.
    fn finish_seal(self: Box<Self>) -> Result<[u8; TAG_LEN]>;

    /// Ends a decrypting stream; `decryption_failed` when the tag is wrong, `stream_state` on an encrypting one.
    fn finish_open(self: Box<Self>, tag: &[u8; TAG_LEN]) -> Result<()>;
}

/// AES-256 in ECB on whole blocks of 16 bytes, without padding. For the wrap of stored ZK keys only.
pub trait Aes256Blocks: Send + Sync + fmt::Debug {
    /// Encrypts or decrypts `blocks`, whose length is a multiple of 16, in place; `invalid_argument` otherwise.
    fn ecb(&self, direction: Direction, key: &Aes256Key, blocks: &mut [u8]) -> Result<()>;
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) with the hash: RS256, RS384, RS512.
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS with the hash, MGF1 with the same hash, and a salt as long as the hash: PS256, PS384, PS512.
    RsaPss(HashAlgorithm),
    /// ECDSA (FIPS 186-5 §6) over the hash, with a key on any curve. JOSE pairs ES256 with P-256, ES384 with P-384, ES512
    /// with P-521 and ES256K with secp256k1, all raw.
    Ecdsa {
        /// The hash of the message.
        hash: HashAlgorithm,
        /// How the signature is written.
        encoding: EcdsaEncoding,
    },
    /// Ed25519 (RFC 8032 §5.1): EdDSA. The signature has 64 bytes.
    Ed25519,
}

/// Imports and generates RSA keys of 2048, 3072 and 4096 bits with two primes. Public keys may also have 1024 bits, to be
/// shown and verified with; encrypting to one is `unsupported`. The key algorithm is rsaEncryption with NULL parameters.
pub trait Rsa: Send + Sync + fmt::Debug {
    /// A public key from SubjectPublicKeyInfo DER (RFC 5280). `key_unparsable` otherwise.
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn RsaPublicKey>>;

    /// A private key from PKCS#8 DER (RFC 5958). `key_unparsable` otherwise; the key is checked for consistency.
    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn RsaPrivateKey>>;

    /// A new private key with public exponent 65537; `unsupported` for another size.
    fn generate(&self, bits: u32) -> Result<Arc<dyn RsaPrivateKey>>;
}

/// What both halves of an RSA key can say.
pub trait RsaKey: Send + Sync + fmt::Debug {
    /// The size of the modulus, of a ciphertext and of a signature, in bytes.
    fn modulus_len(&self) -> usize;

    /// The public half as SubjectPublicKeyInfo DER.
    fn spki_der(&self) -> &[u8];
}

/// An RSA public key.
pub trait RsaPublicKey: RsaKey {
    /// RSAES-OAEP encryption under `profile` (RFC 8017 §7.1.1). `too_large` when the message does not fit.
    fn encrypt_oaep(&self, profile: &OaepProfile, message: &[u8]) -> Result<Vec<u8>>;

    /// RSAEP on a block of exactly the modulus size, as a number below the modulus (RFC 8017 §5.1.1);
    /// `invalid_argument` otherwise.
    fn raw_public(&self, block: &[u8]) -> Result<Vec<u8>>;

    /// Whether `signature` over `message` is good; `verification_failed` otherwise. `unsupported` with SHA-1.
    fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()>;
}

/// An RSA private key in software. Wiped when dropped.
pub trait RsaPrivateKey: RsaKey {
    /// RSAES-OAEP decryption under `profile`, in constant time (RFC 8017 §7.1.2). A ciphertext of another size than
    /// the modulus is `ciphertext_size`; everything else is `decryption_failed`.
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes>;

    /// RSADP, with blinding, on a block of exactly the modulus size; the result has the modulus size. Another size is
    /// `ciphertext_size`. As a number the block is above 1 and below n - 1 (SP 800-56B §7.1.2.1); `decryption_failed`
    /// otherwise.
    fn raw_private(&self, block: &[u8]) -> Result<SecretBytes>;

    /// The signature over `message`, of the modulus size. `unsupported` with SHA-1.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>>;

    /// The key as PKCS#8 DER.
    fn export_pkcs8(&self) -> Result<SecretBytes>;
}

/// A hash function (FIPS 180-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1: for identifiers of existing databases and OpenTDF OAEP, never for signatures.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// The size of the digest in bytes.
    #[must_use]
    pub const fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Refuses a digest of another size.
    pub(crate) fn check_digest(self, digest: &[u8]) -> Result<()> {
        if digest.len() == self.digest_len() {
            return Ok(());
        }
        let detail = format!("the digest has {} bytes and the scheme's hash gives {}", digest.len(), self.digest_len());
        Err(Error::new(Code::InvalidArgument, detail))
    }
}

/// Hashing.
pub trait Hash: Send + Sync + fmt::Debug {
    /// The digest of `data`, of [`HashAlgorithm::digest_len`] bytes.
    fn digest(&self, algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8>;

    /// Starts hashing piece by piece.
    fn start(&self, algorithm: HashAlgorithm) -> Box<dyn HashStream>;
}

/// Hashing piece by piece.
pub trait HashStream: Send + fmt::Debug {
    /// Takes in `data`.
    fn update(&mut self, data: &[u8]);

    /// The digest.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// Message authentication and key derivation.
pub trait Kdf: Send + Sync + fmt::Debug {
    /// HMAC of `data` under `key` (RFC 2104).
    fn hmac(&self, algorithm: HashAlgorithm, key: &[u8], data: &[u8]) -> Result<SecretBytes>;

    /// HKDF extract and expand (RFC 5869) into `out`, at most 255 digests long; `too_large` otherwise.
    fn hkdf(&self, algorithm: HashAlgorithm, salt: &[u8], input: &[u8], info: &[u8], out: &mut [u8]) -> Result<()>;

    /// PBKDF2 with HMAC (RFC 8018 §5.2) into `out`; `iterations` is 1 to 10 million, `invalid_argument` otherwise.
    fn pbkdf2(
        &self,
        algorithm: HashAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) -> Result<()>;
}

/// The sizes an RSA key may have to encrypt, decrypt and sign (CRY-20).
pub(crate) fn check_rsa_bits(bits: u32) -> Result<()> {
    match bits {
        2048 | 3072 | 4096 => Ok(()),
        _ => Err(Error::new(Code::Unsupported, format!("RSA keys have 2048, 3072 or 4096 bits, not {bits}"))),
    }
}

/// The outer form of a private key (CRY-22): PKCS#8 version 1, without a public key, under rsaEncryption with NULL
/// parameters. Attributes are allowed, and mean nothing here. Parsers differ in what else they let through.
pub(crate) fn check_pkcs8(pkcs8_der: &[u8]) -> Result<()> {
    let good = pkcs8::PrivateKeyInfoRef::try_from(pkcs8_der)
        .is_ok_and(|info| info.public_key.is_none() && info.algorithm == pkcs1::ALGORITHM_ID);
    if good {
        Ok(())
    } else {
        Err(Error::new(Code::KeyUnparsable, "the bytes are no RSA private key in PKCS#8 version 1"))
    }
}

/// The hash of an RSA signature. SHA-1 makes none and checks none (CRY-28), and the other schemes are not for RSA keys.
pub(crate) fn rsa_signature_hash(scheme: SignatureScheme) -> Result<HashAlgorithm> {
    match scheme {
        SignatureScheme::RsaPkcs1(HashAlgorithm::Sha1) | SignatureScheme::RsaPss(HashAlgorithm::Sha1) => {
            Err(Error::new(Code::Unsupported, "signatures take SHA-256, SHA-384 or SHA-512"))
        }
        SignatureScheme::RsaPkcs1(hash) | SignatureScheme::RsaPss(hash) => Ok(hash),
        SignatureScheme::Ecdsa { .. } | SignatureScheme::Ed25519 => {
            Err(Error::new(Code::Unsupported, "an RSA key does not sign with this scheme"))
        }
    }
}

/// The iteration count a stored file may ask for: enough for every known writer, too few to stall a reader (CRY-42).
pub(crate) fn check_iterations(iterations: u32) -> Result<()> {
    if (1..=10_000_000).contains(&iterations) {
        Ok(())
    } else {
        Err(Error::new(Code::InvalidArgument, "PBKDF2 takes 1 to 10 million iterations"))
    }
}

/// The SHA-256 digest of `data` as an array, which thumbprints are.
///
/// # Errors
/// None from a provider that keeps its contract.
pub fn sha256(provider: &CryptoProvider, data: &[u8]) -> Result<[u8; 32]> {
    let digest = provider.hash.digest(HashAlgorithm::Sha256, data);
    digest.try_into().map_err(|_| Error::internal("a SHA-256 digest has 32 bytes"))
}
