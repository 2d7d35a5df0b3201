//! Keys on elliptic curves: signatures (ECDSA, Ed25519) and agreement (ECDH, X25519).
//!
//! The documents and encodings around the numbers are one code for all providers (`document`, `signature`, `key`); a
//! provider only computes. docs/crypto.md CRY-70 to CRY-81.

mod document;
mod key;
mod signature;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::secret::SecretBytes;

#[cfg(any(feature = "native", feature = "testing"))]
pub(crate) use document::bare_pkcs8;
pub(crate) use document::{algorithm_of_pkcs8, algorithm_of_spki, pkcs8_of_sec1};
pub(crate) use key::{EcOver, Primitives, PrivatePrimitive, PublicPrimitive};
pub(crate) use signature::EcdsaSignature;
#[cfg(feature = "pkcs11")]
pub(crate) use signature::{Fit, fit};

pub use crate::random::Curve;

impl Curve {
    /// The size of a field element in bytes, which is that of a private key too, and of an ECDH secret. A raw signature
    /// has two of them.
    #[must_use]
    pub const fn field_len(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The hash that JOSE and CNSA pair with the curve: SHA-256, SHA-384 for P-384, SHA-512 for P-521.
    #[must_use]
    pub const fn hash(self) -> super::HashAlgorithm {
        match self {
            Self::P256 | Self::Secp256k1 => super::HashAlgorithm::Sha256,
            Self::P384 => super::HashAlgorithm::Sha384,
            Self::P521 => super::HashAlgorithm::Sha512,
        }
    }
}

/// What a key on a curve is for, as its algorithm identifier says (RFC 5480, RFC 8410).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EcAlgorithm {
    /// id-ecPublicKey: ECDSA and ECDH.
    Curve(Curve),
    /// Ed25519: signatures.
    Ed25519,
    /// X25519: agreement.
    X25519,
}

impl EcAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 6] = [
        Self::Curve(Curve::P256),
        Self::Curve(Curve::P384),
        Self::Curve(Curve::P521),
        Self::Curve(Curve::Secp256k1),
        Self::Ed25519,
        Self::X25519,
    ];

    /// The SubjectPublicKeyInfo around a public key: an uncompressed point (SEC 1 §2.3.3) on a curve, 32 bytes
    /// otherwise. Whether the point is on the curve shows when it is imported.
    ///
    /// # Errors
    /// `key_unparsable` for another size, and for a point that is compressed.
    pub fn spki_der(self, point: &[u8]) -> Result<Vec<u8>> {
        document::spki(self, point)
    }

    /// The public key inside a SubjectPublicKeyInfo of this algorithm.
    ///
    /// # Errors
    /// `key_unparsable` for anything else.
    pub fn point(self, spki_der: &[u8]) -> Result<&[u8]> {
        document::point(self, spki_der)
    }
}

/// `EC P-256`, `EC secp256k1`, `Ed25519`, …
impl fmt::Display for EcAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Curve(Curve::P256) => "EC P-256",
            Self::Curve(Curve::P384) => "EC P-384",
            Self::Curve(Curve::P521) => "EC P-521",
            Self::Curve(Curve::Secp256k1) => "EC secp256k1",
            Self::Ed25519 => "Ed25519",
            Self::X25519 => "X25519",
        })
    }
}

/// How an ECDSA signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EcdsaEncoding {
    /// Ecdsa-Sig-Value in DER (RFC 3279 §2.2.3): certificates, Java's `SHA256withECDSA`.
    Der,
    /// r and s, each as long as the field (IEEE P1363): JOSE, COSE, and a token's `CKM_ECDSA`.
    Raw,
}

/// Imports and generates keys on curves.
///
/// A public key is a SubjectPublicKeyInfo in its one DER encoding, with an uncompressed point. A private key is PKCS#8
/// (RFC 5958) around an ECPrivateKey (RFC 5915) or a CurvePrivateKey (RFC 8410), with or without the public half.
pub trait Ec: Send + Sync + fmt::Debug {
    /// A public key; `key_unparsable` for other bytes, a point that is not on its curve, and an Ed25519 key of small
    /// order or in another than its one encoding.
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn EcPublicKey>>;

    /// A private key; `key_unparsable` for other bytes, a number out of range, and a public half that is not its own.
    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn EcPrivateKey>>;

    /// A new private key; `random_failed`.
    fn generate(&self, algorithm: EcAlgorithm) -> Result<Arc<dyn EcPrivateKey>>;
}

/// What both halves of a key can say.
pub trait EcKey: Send + Sync + fmt::Debug {
    /// What kind of key it is.
    fn algorithm(&self) -> EcAlgorithm;

    /// The public half as SubjectPublicKeyInfo DER.
    fn spki_der(&self) -> &[u8];
}

/// A public key.
pub trait EcPublicKey: EcKey {
    /// Whether `signature` over `message` is good; `verification_failed` otherwise. `unsupported` with SHA-1, and for a
    /// scheme that is not the key's. Of the two values s of an ECDSA signature the high one is good too.
    fn verify(&self, scheme: super::SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()>;
}

/// A private key in software. Wiped when dropped.
pub trait EcPrivateKey: EcKey {
    /// The signature over `message`. `unsupported` with SHA-1, and for a scheme that is not the key's.
    fn sign(&self, scheme: super::SignatureScheme, message: &[u8]) -> Result<Vec<u8>>;

    /// The ECDSA signature over a digest of the scheme's hash. `invalid_argument` for a digest of another size; else as
    /// [`sign`](Self::sign), and `unsupported` for Ed25519, which is over messages.
    fn sign_digest(&self, scheme: super::SignatureScheme, digest: &[u8]) -> Result<Vec<u8>>;

    /// The secret shared with the holder of `peer_spki_der`: the x-coordinate in the size of the field (SP 800-56A
    /// §5.7.1.2), or the 32 bytes of X25519 (RFC 7748 §6.1). It goes into a KDF and is no key by itself.
    ///
    /// `key_unparsable` for a peer that is no such key, `invalid_argument` for one of another algorithm and for an X25519
    /// key that gives no secret (all zeros), `unsupported` for an Ed25519 key.
    fn agree(&self, peer_spki_der: &[u8]) -> Result<SecretBytes>;

    /// The key as PKCS#8 DER, version 1: on a curve with its public half and without parameters inside (as OpenSSL
    /// writes it), otherwise bare (RFC 8410 §7).
    fn export_pkcs8(&self) -> Result<SecretBytes>;
}
