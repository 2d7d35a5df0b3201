//! Keys on curves over AWS-LC: ECDSA, ECDH and X25519 through the one EVP key, Ed25519 by aws-lc-rs.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, ParsedPublicKey};

use super::evp::{Operation, Padding, Pkey};
use crate::crypto::ec::{EcdsaSignature, Primitives, PrivatePrimitive, PublicPrimitive, bare_pkcs8};
use crate::crypto::{CryptoProvider, Curve, EcAlgorithm};
use crate::secret::SecretBytes;

/// AWS-LC's arithmetic.
#[derive(Debug, Clone, Copy)]
pub(super) struct NativeEc;

pub(super) enum Public {
    Evp(Pkey),
    Ed25519(Box<ParsedPublicKey>),
}

/// In the memory of AWS-LC, which wipes it when the last handle is dropped.
pub(super) enum Private {
    Evp(Pkey),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Primitives for NativeEc {
    type Public = Public;
    type Private = Private;

    fn provider(self) -> CryptoProvider {
        super::provider()
    }

    fn public(self, algorithm: EcAlgorithm, point: &[u8]) -> Option<Public> {
        Some(match algorithm {
            EcAlgorithm::Ed25519 => Public::Ed25519(Box::new(ParsedPublicKey::new(&ED25519, point).ok()?)),
            _ => Public::Evp(Pkey::parse_public_on_curve(&algorithm.spki_der(point).ok()?).ok()?),
        })
    }

    fn private(self, algorithm: EcAlgorithm, secret: &SecretBytes) -> Option<(Private, Vec<u8>)> {
        use aws_lc_rs::signature::KeyPair as _;
        if algorithm == EcAlgorithm::Ed25519 {
            let key = Ed25519KeyPair::from_seed_unchecked(secret.expose()).ok()?;
            let point = key.public_key().as_ref().to_vec();
            return Some((Private::Ed25519(Box::new(key)), point));
        }
        let key = Pkey::parse_private_on_curve(bare_pkcs8(algorithm, secret)?.expose()).ok()?;
        let point = algorithm.point(&key.public_der().ok()?).ok()?.to_vec();
        Some((Private::Evp(key), point))
    }
}

impl PublicPrimitive for Public {
    fn verify_ecdsa(&self, digest: &[u8], signature: &EcdsaSignature) -> bool {
        let Self::Evp(key) = self else { return false };
        key.verify(Padding::Ecdsa, digest, &signature.der).is_ok()
    }

    fn verify_ed25519(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let Self::Ed25519(key) = self else { return false };
        key.verify_sig(message, signature).is_ok()
    }
}

impl PrivatePrimitive for Private {
    fn sign_ecdsa(&self, curve: Curve, digest: &[u8]) -> Option<EcdsaSignature> {
        let Self::Evp(key) = self else { return None };
        let mut der = vec![0; MAX_SIGNATURE_LEN];
        let written = key.run(Operation::Sign, Padding::Ecdsa, digest, &mut der).ok()?;
        der.truncate(written);
        EcdsaSignature::from_der(curve, der)
    }

    fn sign_ed25519(&self, message: &[u8]) -> Option<Vec<u8>> {
        let Self::Ed25519(key) = self else { return None };
        Some(key.try_sign(message).ok()?.as_ref().to_vec())
    }

    fn agree(&self, algorithm: EcAlgorithm, point: &[u8]) -> Option<SecretBytes> {
        let Self::Evp(key) = self else { return None };
        let peer = Pkey::parse_public_on_curve(&algorithm.spki_der(point).ok()?).ok()?;
        let mut shared = SecretBytes::zeroed(match algorithm {
            EcAlgorithm::Curve(curve) => curve.field_len(),
            _ => 32,
        });
        key.derive(&peer, shared.expose_mut()).ok()?;
        Some(shared)
    }
}

/// The most bytes an ECDSA signature in DER has, which is what P-521 needs: two numbers of 66 bytes (and a zero in front
/// where a token writes one), each with a head of two, in a sequence with a head of three.
const MAX_SIGNATURE_LEN: usize = 144;
