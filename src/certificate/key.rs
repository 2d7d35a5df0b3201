//! What kind of key a SubjectPublicKeyInfo holds (RFC 5280 §4.1.2.7; docs/certificates.md CERT-14).

use std::fmt;

use der::Tag;
use der::asn1::BitStringRef;

use super::oid::{self, Oid};
use super::read::Elements;
use super::unparsable;
use crate::crypto::Curve;
use crate::error::Result;

/// The kind of a public key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA (RFC 8017).
    Rsa {
        /// The size of the modulus in bits.
        bits: u32,
    },
    /// A point on an elliptic curve that has a name (RFC 5480).
    Ec(Curve),
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// Any other kind.
    Unknown {
        /// Its object identifier in dotted text; that of the curve when the kind is an elliptic curve.
        oid: String,
    },
}

/// `RSA-2048`, `EC P-256`, `EC secp256k1`, `Ed25519`, `unknown 1.2.3`.
impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Ec(Curve::P256) => f.write_str("EC P-256"),
            Self::Ec(Curve::P384) => f.write_str("EC P-384"),
            Self::Ec(Curve::P521) => f.write_str("EC P-521"),
            Self::Ec(Curve::Secp256k1) => f.write_str("EC secp256k1"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Unknown { oid } => write!(f, "unknown {oid}"),
        }
    }
}

/// The parts of a SubjectPublicKeyInfo.
pub(super) struct KeyInfo<'a> {
    pub(super) algorithm: KeyAlgorithm,
    /// The content of the bit string: what the subject key identifier is the SHA-1 of.
    pub(super) bits: &'a [u8],
}

/// Reads a SubjectPublicKeyInfo. The key itself is looked into only as far as its size needs.
pub(super) fn parse(spki_der: &[u8]) -> Result<KeyInfo<'_>> {
    const WHAT: &str = "the public key is damaged";
    let mut outer = Elements::new(spki_der, WHAT)?;
    let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end(WHAT)?;
    let mut algorithm = parts.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    let kind = Oid::read(algorithm.take(Tag::ObjectIdentifier, WHAT)?.any).ok_or_else(|| unparsable(WHAT))?;
    let parameters = algorithm.next(WHAT)?;
    algorithm.end(WHAT)?;
    let key = parts.take(Tag::BitString, WHAT)?;
    parts.end(WHAT)?;
    let bits = key.any.decode_as::<BitStringRef<'_>>().ok().and_then(|bits| bits.as_bytes());
    let bits = bits.ok_or_else(|| unparsable(WHAT))?;

    let algorithm = if kind.is(oid::RSA_ENCRYPTION) {
        KeyAlgorithm::Rsa { bits: modulus_bits(bits)? }
    } else if kind.is(oid::ED25519) {
        KeyAlgorithm::Ed25519
    } else if kind.is(oid::EC_PUBLIC_KEY) {
        let curve = parameters.and_then(|parameters| Oid::read(parameters.any));
        const CURVES: [(const_oid::ObjectIdentifier, Curve); 4] = [
            (oid::SECP256R1, Curve::P256),
            (oid::SECP384R1, Curve::P384),
            (oid::SECP521R1, Curve::P521),
            (oid::SECP256K1, Curve::Secp256k1),
        ];
        let known = CURVES.iter().find(|(oid, _)| curve.is_some_and(|curve| curve.is(*oid)));
        match known {
            Some((_, curve)) => KeyAlgorithm::Ec(*curve),
            None => KeyAlgorithm::Unknown { oid: curve.unwrap_or(kind).text() },
        }
    } else {
        KeyAlgorithm::Unknown { oid: kind.text() }
    };
    Ok(KeyInfo { algorithm, bits })
}

/// The size of the modulus of an RSAPublicKey (RFC 8017 appendix A.1.1).
fn modulus_bits(key_der: &[u8]) -> Result<u32> {
    const WHAT: &str = "the RSA public key is damaged";
    let mut outer = Elements::new(key_der, WHAT)?;
    let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end(WHAT)?;
    let mut positive = || -> Result<&[u8]> {
        let number = parts.take(Tag::Integer, WHAT)?.any;
        let number = match number.value() {
            [0, rest @ ..] if rest.first().is_some_and(|byte| byte & 0x80 != 0) => rest,
            value @ [1..=0x7f, ..] => value,
            _ => return Err(unparsable(WHAT)),
        };
        Ok(number)
    };
    let modulus = positive()?;
    positive()?;
    parts.end(WHAT)?;
    let bytes = u32::try_from(modulus.len()).map_err(|_| unparsable(WHAT))?;
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
    Ok(bytes.saturating_mul(8).saturating_sub(unused))
}
