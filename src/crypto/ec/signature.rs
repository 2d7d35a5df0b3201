//! ECDSA signatures in their two encodings (CRY-76, CRY-77), and which scheme fits which key.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

use super::{Curve, EcAlgorithm, EcdsaEncoding};
use crate::crypto::{HashAlgorithm, SignatureScheme};
use crate::error::{Code, Error, Result};

/// An ECDSA signature in both encodings. Neither number is known to be in range.
#[derive(Debug)]
pub(crate) struct EcdsaSignature {
    /// r and s in the size of the field.
    pub(crate) raw: Vec<u8>,
    /// Ecdsa-Sig-Value.
    pub(crate) der: Vec<u8>,
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3).
#[derive(Sequence)]
struct Value<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl EcdsaSignature {
    /// Reads a signature; none when it is not in DER, or not of the one size.
    pub(super) fn parse(curve: Curve, encoding: EcdsaEncoding, signature: &[u8]) -> Option<Self> {
        let len = curve.field_len();
        match encoding {
            EcdsaEncoding::Der => Some(Self { raw: raw(len, signature)?, der: signature.to_vec() }),
            EcdsaEncoding::Raw => Some(Self { raw: signature.to_vec(), der: der(len, signature)? }),
        }
    }

    /// A signature from its DER.
    #[cfg(feature = "native")]
    pub(crate) fn from_der(curve: Curve, der: Vec<u8>) -> Option<Self> {
        Some(Self { raw: raw(curve.field_len(), &der)?, der })
    }

    /// A signature from r and s.
    pub(crate) fn from_raw(curve: Curve, raw: Vec<u8>) -> Option<Self> {
        Some(Self { der: der(curve.field_len(), &raw)?, raw })
    }

    pub(crate) fn encode(self, encoding: EcdsaEncoding) -> Vec<u8> {
        match encoding {
            EcdsaEncoding::Der => self.der,
            EcdsaEncoding::Raw => self.raw,
        }
    }
}

fn raw(len: usize, der: &[u8]) -> Option<Vec<u8>> {
    let value = Value::from_der(der).ok()?;
    let mut raw = Vec::with_capacity(len.checked_mul(2)?);
    for number in [value.r.as_bytes(), value.s.as_bytes()] {
        let end = raw.len().checked_add(len)?;
        raw.resize(end.checked_sub(number.len()).filter(|start| *start >= raw.len())?, 0);
        raw.extend_from_slice(number);
    }
    Some(raw)
}

fn der(len: usize, raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(len).filter(|(_, s)| s.len() == len)?;
    Value { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

/// What a key signs with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fit {
    Ecdsa(Curve, HashAlgorithm, EcdsaEncoding),
    Ed25519,
}

/// Whether the scheme is the key's (CRY-75).
pub(crate) fn fit(algorithm: EcAlgorithm, scheme: SignatureScheme) -> Result<Fit> {
    match (algorithm, scheme) {
        (EcAlgorithm::Curve(_), SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha1, .. }) => {
            Err(Error::new(Code::Unsupported, "signatures take SHA-256, SHA-384 or SHA-512"))
        }
        (EcAlgorithm::Curve(curve), SignatureScheme::Ecdsa { hash, encoding }) => Ok(Fit::Ecdsa(curve, hash, encoding)),
        (EcAlgorithm::Ed25519, SignatureScheme::Ed25519) => Ok(Fit::Ed25519),
        _ => Err(Error::new(Code::Unsupported, format!("a key of {algorithm} does not sign with this scheme"))),
    }
}
