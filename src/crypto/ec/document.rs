//! SubjectPublicKeyInfo and PKCS#8 around keys on curves (CRY-71 to CRY-74).
//!
//! Each algorithm has one encoding of a public key and one of a private key, all of fixed size: a head and the bytes.

use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence};
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::{Curve, EcAlgorithm};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// What surrounds the numbers of a key.
struct Form {
    /// SubjectPublicKeyInfo up to the point.
    spki: &'static [u8],
    /// The size of the point.
    point_len: usize,
    /// PKCS#8 up to the private number.
    pkcs8: &'static [u8],
    /// The size of the private number.
    secret_len: usize,
    /// Between the private number and the point, which then ends the document; none where the point is left out.
    middle: Option<&'static [u8]>,
}

const fn form(algorithm: EcAlgorithm) -> Form {
    match algorithm {
        EcAlgorithm::Curve(Curve::P256) => Form {
            spki: b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
            point_len: 65,
            pkcs8: b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
                     \x04\x6d\x30\x6b\x02\x01\x01\x04\x20",
            secret_len: 32,
            middle: Some(b"\xa1\x44\x03\x42\x00"),
        },
        EcAlgorithm::Curve(Curve::P384) => Form {
            spki: b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00",
            point_len: 97,
            pkcs8: b"\x30\x81\xb6\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\
                     \x04\x81\x9e\x30\x81\x9b\x02\x01\x01\x04\x30",
            secret_len: 48,
            middle: Some(b"\xa1\x64\x03\x62\x00"),
        },
        EcAlgorithm::Curve(Curve::P521) => Form {
            spki: b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00",
            point_len: 133,
            pkcs8: b"\x30\x81\xee\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\
                     \x04\x81\xd6\x30\x81\xd3\x02\x01\x01\x04\x42",
            secret_len: 66,
            middle: Some(b"\xa1\x81\x89\x03\x81\x86\x00"),
        },
        EcAlgorithm::Curve(Curve::Secp256k1) => Form {
            spki: b"\x30\x56\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\x03\x42\x00",
            point_len: 65,
            pkcs8: b"\x30\x81\x84\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a\
                     \x04\x6d\x30\x6b\x02\x01\x01\x04\x20",
            secret_len: 32,
            middle: Some(b"\xa1\x44\x03\x42\x00"),
        },
        EcAlgorithm::Ed25519 => Form {
            spki: b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
            point_len: 32,
            pkcs8: b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
            secret_len: 32,
            middle: None,
        },
        EcAlgorithm::X25519 => Form {
            spki: b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x6e\x03\x21\x00",
            point_len: 32,
            pkcs8: b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20",
            secret_len: 32,
            middle: None,
        },
    }
}

/// The size of a private number.
pub(super) const fn secret_len(algorithm: EcAlgorithm) -> usize {
    form(algorithm).secret_len
}

pub(super) fn spki(algorithm: EcAlgorithm, point: &[u8]) -> Result<Vec<u8>> {
    let form = form(algorithm);
    check_point(algorithm, &form, point)?;
    Ok([form.spki, point].concat())
}

pub(super) fn point(algorithm: EcAlgorithm, spki_der: &[u8]) -> Result<&[u8]> {
    let form = form(algorithm);
    let point = spki_der.strip_prefix(form.spki).ok_or_else(|| unparsable("the bytes are no such public key"))?;
    check_point(algorithm, &form, point)?;
    Ok(point)
}

fn check_point(algorithm: EcAlgorithm, form: &Form, point: &[u8]) -> Result<()> {
    let uncompressed = !matches!(algorithm, EcAlgorithm::Curve(_)) || point.first() == Some(&4);
    if point.len() == form.point_len && uncompressed {
        return Ok(());
    }
    Err(unparsable("the public key does not have the form of its algorithm"))
}

/// The algorithm of a SubjectPublicKeyInfo; none when it is not one of ours.
pub(crate) fn algorithm_of_spki(spki_der: &[u8]) -> Option<EcAlgorithm> {
    EcAlgorithm::ALL.into_iter().find(|algorithm| spki_der.starts_with(form(*algorithm).spki))
}

/// The algorithm of a PKCS#8 document; none when it is not one of ours.
pub(crate) fn algorithm_of_pkcs8(pkcs8_der: &[u8]) -> Option<EcAlgorithm> {
    let info = PrivateKeyInfoRef::try_from(pkcs8_der).ok()?;
    let curve = info.algorithm.parameters.map(|parameters| parameters.decode_as::<ObjectIdentifier>());
    match (info.algorithm.oid, curve) {
        (EC_PUBLIC_KEY, Some(Ok(oid))) => CURVES.into_iter().find(|(known, _)| *known == oid).map(|(_, found)| found),
        (ED25519, None) => Some(EcAlgorithm::Ed25519),
        (X25519, None) => Some(EcAlgorithm::X25519),
        _ => None,
    }
}

/// A private key as a document has it.
pub(super) struct Parsed {
    pub(super) algorithm: EcAlgorithm,
    /// In its full size.
    pub(super) secret: SecretBytes,
    /// The public half, where the document has it.
    pub(super) point: Option<Vec<u8>>,
}

/// ECPrivateKey (RFC 5915 §3).
#[derive(Sequence)]
struct Sec1<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// Reads PKCS#8. Attributes are skipped. A private number may have zeros in front beyond its size or lack them: old
/// writers got that wrong (RFC 5915 §3).
pub(super) fn parse_pkcs8(pkcs8_der: &[u8]) -> Result<Parsed> {
    let bad = || unparsable("the bytes are no private key on a curve in PKCS#8");
    let info = PrivateKeyInfoRef::try_from(pkcs8_der).map_err(|_| bad())?;
    let algorithm = algorithm_of_pkcs8(pkcs8_der).ok_or_else(bad)?;
    let outer = info.public_key.as_ref().map(|bits| bits.as_bytes().map(<[u8]>::to_vec).ok_or_else(bad)).transpose()?;
    let inner = info.private_key.as_bytes();
    let EcAlgorithm::Curve(_) = algorithm else {
        let secret = <&OctetStringRef>::from_der(inner).map_err(|_| bad())?.as_bytes();
        let secret = sized(secret, secret_len(algorithm)).filter(|_| secret.len() == secret_len(algorithm));
        return Ok(Parsed { algorithm, secret: secret.ok_or_else(bad)?, point: outer });
    };
    let key = Sec1::from_der(inner).map_err(|_| bad())?;
    let named = key.parameters.is_none_or(|oid| CURVES.contains(&(oid, algorithm)));
    if key.version != 1 || !named || outer.is_some() {
        return Err(bad());
    }
    let secret = sized(key.private_key.as_bytes(), secret_len(algorithm)).ok_or_else(bad)?;
    let point = key.public_key.map(|bits| bits.as_bytes().map(<[u8]>::to_vec).ok_or_else(bad)).transpose()?;
    Ok(Parsed { algorithm, secret, point })
}

/// A number in `len` bytes; none when it does not fit.
fn sized(number: &[u8], len: usize) -> Option<SecretBytes> {
    let mut secret = SecretBytes::zeroed(len);
    if let Some(extra) = number.len().checked_sub(len) {
        let (zeros, number) = number.split_at_checked(extra)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return None;
        }
        secret.expose_mut().copy_from_slice(number);
    } else {
        let (_, tail) = secret.expose_mut().split_at_mut_checked(len.checked_sub(number.len())?)?;
        tail.copy_from_slice(number);
    }
    Some(secret)
}

/// PKCS#8 around a private number of full size.
pub(super) fn write_pkcs8(algorithm: EcAlgorithm, secret: &SecretBytes, point: &[u8]) -> SecretBytes {
    let form = form(algorithm);
    let mut document = Zeroizing::new(Vec::with_capacity(512));
    document.extend_from_slice(form.pkcs8);
    document.extend_from_slice(secret.expose());
    if let Some(middle) = form.middle {
        document.extend_from_slice(middle);
        document.extend_from_slice(point);
    }
    SecretBytes::copy_from(&document)
}

/// PKCS#8 around a private number of full size, without the point, for a library that computes it.
#[cfg(any(feature = "native", feature = "testing"))]
pub(crate) fn bare_pkcs8(algorithm: EcAlgorithm, secret: &SecretBytes) -> Option<SecretBytes> {
    let Some((oid, _)) = CURVES.iter().find(|(_, curve)| *curve == algorithm) else {
        return Some(write_pkcs8(algorithm, secret, &[]));
    };
    let private_key = OctetStringRef::new(secret.expose()).ok()?;
    let mut key = Zeroizing::new(Vec::with_capacity(128));
    Sec1 { version: 1, private_key, parameters: None, public_key: None }.encode_to_vec(&mut key).ok()?;
    wrap(oid, &key)
}

/// PKCS#8 around an ECPrivateKey.
fn wrap(curve: &ObjectIdentifier, sec1_der: &[u8]) -> Option<SecretBytes> {
    let parameters = der::asn1::AnyRef::from(curve);
    let algorithm = spki::AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(parameters) };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(sec1_der).ok()?);
    let mut bytes = Zeroizing::new(Vec::with_capacity(sec1_der.len().saturating_add(64)));
    info.encode_to_vec(&mut bytes).ok()?;
    Some(SecretBytes::copy_from(&bytes))
}

/// An ECPrivateKey that names its curve (`EC PRIVATE KEY` in PEM) as PKCS#8; none for other bytes.
pub(crate) fn pkcs8_of_sec1(sec1_der: &[u8]) -> Option<SecretBytes> {
    wrap(&Sec1::from_der(sec1_der).ok()?.parameters?, sec1_der)
}

pub(super) fn unparsable(detail: &'static str) -> Error {
    Error::new(Code::KeyUnparsable, detail)
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const CURVES: [(ObjectIdentifier, EcAlgorithm); 4] = [
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), EcAlgorithm::Curve(Curve::P256)),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), EcAlgorithm::Curve(Curve::P384)),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), EcAlgorithm::Curve(Curve::P521)),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), EcAlgorithm::Curve(Curve::Secp256k1)),
];
