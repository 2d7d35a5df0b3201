//! Public halves between PKCS#11 attributes and SubjectPublicKeyInfo (TOK-10).

use der::Encode as _;
use der::asn1::{AnyRef, BitStringRef, UintRef};

use crate::crypto::{Curve, EcAlgorithm, PublicKey};
use crate::error::{Code, Error, Result};

/// The DER of the object identifier of an algorithm, as `CKA_EC_PARAMS` has it.
pub(super) const fn ec_parameters(algorithm: EcAlgorithm) -> Option<&'static [u8]> {
    match algorithm {
        EcAlgorithm::Curve(Curve::P256) => Some(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
        EcAlgorithm::Curve(Curve::P384) => Some(b"\x06\x05\x2b\x81\x04\x00\x22"),
        EcAlgorithm::Curve(Curve::P521) => Some(b"\x06\x05\x2b\x81\x04\x00\x23"),
        EcAlgorithm::Curve(Curve::Secp256k1) => Some(b"\x06\x05\x2b\x81\x04\x00\x0a"),
        EcAlgorithm::Ed25519 => Some(b"\x06\x03\x2b\x65\x70"),
        EcAlgorithm::X25519 => None,
    }
}

/// The algorithm that `CKA_EC_PARAMS` names. Of Ed25519 there is a name too (PKCS#11 v3.0 §2.3.10).
pub(super) fn ec_algorithm(parameters: &[u8]) -> Option<EcAlgorithm> {
    if parameters == b"\x13\x0cedwards25519" {
        return Some(EcAlgorithm::Ed25519);
    }
    EcAlgorithm::ALL.into_iter().find(|algorithm| ec_parameters(*algorithm) == Some(parameters))
}

/// The public key of a modulus and an exponent.
pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey> {
    let unreadable = |_| Error::new(Code::MasterUnavailable, "the token gave an RSA public key that cannot be read");
    let uint = |bytes| UintRef::new(bytes).map_err(unreadable);
    let key = pkcs1::RsaPublicKey { modulus: uint(modulus)?, public_exponent: uint(exponent)? };
    let key = key.to_der().map_err(unreadable)?;
    let algorithm = spki::AlgorithmIdentifierRef { oid: pkcs1::ALGORITHM_OID, parameters: Some(AnyRef::NULL) };
    let subject_public_key = BitStringRef::from_bytes(&key).map_err(unreadable)?;
    let spki = spki::SubjectPublicKeyInfoRef { algorithm, subject_public_key };
    Ok(PublicKey::from_spki_der(spki.to_der().map_err(unreadable)?))
}

/// The public key of `CKA_EC_POINT`, which is an OCTET STRING, or with some modules the point itself.
pub(super) fn ec(algorithm: EcAlgorithm, point: &[u8]) -> Result<PublicKey> {
    let inner = match point {
        [0x04, len, rest @ ..] if usize::from(*len) == rest.len() && *len < 0x80 => rest,
        [0x04, 0x81, len, rest @ ..] if usize::from(*len) == rest.len() && *len >= 0x80 => rest,
        _ => point,
    };
    // A bare point can look like an OCTET STRING by chance; then its inside is none.
    let spki = algorithm.spki_der(inner).or_else(|_| algorithm.spki_der(point));
    let unreadable = |_| Error::new(Code::MasterUnavailable, "the token gave a point that cannot be read");
    Ok(PublicKey::from_spki_der(spki.map_err(unreadable)?))
}

/// A number without leading zeros.
pub(super) fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto;

    #[test]
    fn what_a_token_says_is_what_a_provider_reads() {
        let provider = rustcrypto::provider();
        let spki = include_bytes!("../../testing/provider/vectors/rsa2048.spki.der");
        let info = spki::SubjectPublicKeyInfoRef::try_from(spki.as_slice()).unwrap();
        let key = pkcs1::RsaPublicKeyRef::try_from(info.subject_public_key.raw_bytes()).unwrap();
        let mut modulus = vec![0];
        modulus.extend_from_slice(key.modulus.as_bytes());
        let made = rsa(&modulus, key.public_exponent.as_bytes()).unwrap();
        assert_eq!(made.spki_der(), spki);
        assert!(provider.rsa.import_public(made.spki_der()).is_ok());
        assert_eq!(trimmed(&modulus).len(), 256);

        for (algorithm, spki) in [
            (
                EcAlgorithm::Curve(Curve::P256),
                include_bytes!("../../testing/provider/vectors/p256.spki.der").as_slice(),
            ),
            (
                EcAlgorithm::Curve(Curve::P521),
                include_bytes!("../../testing/provider/vectors/p521.spki.der").as_slice(),
            ),
            (EcAlgorithm::Ed25519, include_bytes!("../../testing/provider/vectors/ed25519.spki.der").as_slice()),
        ] {
            let point = algorithm.point(spki).unwrap();
            let mut wrapped = vec![0x04];
            if point.len() >= 0x80 {
                wrapped.push(0x81);
            }
            wrapped.push(u8::try_from(point.len()).unwrap());
            wrapped.extend_from_slice(point);
            assert_eq!(ec(algorithm, &wrapped).unwrap().spki_der(), spki);
            assert_eq!(ec(algorithm, point).unwrap().spki_der(), spki);
            assert_eq!(ec_algorithm(ec_parameters(algorithm).unwrap()), Some(algorithm));
            assert!(ec(algorithm, &wrapped[..10]).is_err());
        }
        assert_eq!(ec_algorithm(b"\x13\x0cedwards25519"), Some(EcAlgorithm::Ed25519));
        assert_eq!(ec_algorithm(b""), None);
    }
}
