//! Keys on curves by p256, p384, p521, k256, ed25519-dalek and x25519-dalek.

use ed25519_dalek::{Signer as _, Verifier as _};
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::elliptic_curve::ecdh::diffie_hellman;

use super::RustCrypto;
use crate::crypto::ec::{EcdsaSignature, Primitives, PrivatePrimitive, PublicPrimitive};
use crate::crypto::{CryptoProvider, Curve, EcAlgorithm};
use crate::secret::SecretBytes;

pub(super) enum Public {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    Secp256k1(k256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
    X25519,
}

/// Boxed, so that a key is not copied from frame to frame. Each crate wipes its own.
pub(super) enum Private {
    P256(Box<p256::ecdsa::SigningKey>),
    P384(Box<p384::ecdsa::SigningKey>),
    P521(Box<p521::ecdsa::SigningKey>),
    Secp256k1(Box<k256::ecdsa::SigningKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    X25519(Box<x25519_dalek::StaticSecret>),
}

/// Runs `$body` with the crate of the curve as `curve`, and its key; `$none` for keys on no such curve.
macro_rules! on_curve {
    ($keys:ident, $value:expr, $key:ident => $body:expr, $none:expr) => {
        match $value {
            $keys::P256($key) => {
                #[allow(unused_imports, reason = "not every body names it")]
                use p256 as curve;
                $body
            }
            $keys::P384($key) => {
                #[allow(unused_imports, reason = "not every body names it")]
                use p384 as curve;
                $body
            }
            $keys::P521($key) => {
                #[allow(unused_imports, reason = "not every body names it")]
                use p521 as curve;
                $body
            }
            $keys::Secp256k1($key) => {
                #[allow(unused_imports, reason = "not every body names it")]
                use k256 as curve;
                $body
            }
            _ => $none,
        }
    };
}

impl Primitives for RustCrypto {
    type Public = Public;
    type Private = Private;

    fn provider(self) -> CryptoProvider {
        super::provider()
    }

    fn public(self, algorithm: EcAlgorithm, point: &[u8]) -> Option<Public> {
        Some(match algorithm {
            EcAlgorithm::Curve(Curve::P256) => Public::P256(p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?),
            EcAlgorithm::Curve(Curve::P384) => Public::P384(p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?),
            EcAlgorithm::Curve(Curve::P521) => Public::P521(p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?),
            EcAlgorithm::Curve(Curve::Secp256k1) => {
                Public::Secp256k1(k256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?)
            }
            EcAlgorithm::Ed25519 => {
                Public::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(point.try_into().ok()?).ok()?)
            }
            EcAlgorithm::X25519 => Public::X25519,
        })
    }

    fn private(self, algorithm: EcAlgorithm, secret: &SecretBytes) -> Option<(Private, Vec<u8>)> {
        let secret = secret.expose();
        let key = match algorithm {
            EcAlgorithm::Curve(Curve::P256) => {
                Private::P256(Box::new(p256::ecdsa::SigningKey::from_slice(secret).ok()?))
            }
            EcAlgorithm::Curve(Curve::P384) => {
                Private::P384(Box::new(p384::ecdsa::SigningKey::from_slice(secret).ok()?))
            }
            EcAlgorithm::Curve(Curve::P521) => {
                Private::P521(Box::new(p521::ecdsa::SigningKey::from_slice(secret).ok()?))
            }
            EcAlgorithm::Curve(Curve::Secp256k1) => {
                Private::Secp256k1(Box::new(k256::ecdsa::SigningKey::from_slice(secret).ok()?))
            }
            EcAlgorithm::Ed25519 => {
                Private::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(secret.try_into().ok()?)))
            }
            EcAlgorithm::X25519 => {
                let bytes: [u8; 32] = secret.try_into().ok()?;
                Private::X25519(Box::new(bytes.into()))
            }
        };
        let point = match &key {
            Private::Ed25519(key) => key.verifying_key().as_bytes().to_vec(),
            Private::X25519(key) => x25519_dalek::PublicKey::from(key.as_ref()).as_bytes().to_vec(),
            key => {
                on_curve!(Private, key, key => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(), return None)
            }
        };
        Some((key, point))
    }
}

impl PublicPrimitive for Public {
    fn verify_ecdsa(&self, digest: &[u8], signature: &EcdsaSignature) -> bool {
        on_curve!(Public, self, key => {
            // k256 takes low values of s only; one is good if and only if the other is (CRY-77).
            curve::ecdsa::Signature::from_slice(&signature.raw)
                .is_ok_and(|signature| key.verify_prehash(digest, &signature.normalize_s()).is_ok())
        }, false)
    }

    fn verify_ed25519(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let Self::Ed25519(key) = self else { return false };
        key.verify(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }
}

impl PrivatePrimitive for Private {
    fn sign_ecdsa(&self, curve: Curve, digest: &[u8]) -> Option<EcdsaSignature> {
        let raw = on_curve!(Private, self, key => {
            let signature: curve::ecdsa::Signature = key.sign_prehash(digest).ok()?;
            signature.to_bytes().to_vec()
        }, return None);
        EcdsaSignature::from_raw(curve, raw)
    }

    fn sign_ed25519(&self, message: &[u8]) -> Option<Vec<u8>> {
        let Self::Ed25519(key) = self else { return None };
        Some(key.try_sign(message).ok()?.to_bytes().to_vec())
    }

    fn agree(&self, _algorithm: EcAlgorithm, point: &[u8]) -> Option<SecretBytes> {
        if let Self::X25519(key) = self {
            let peer: [u8; 32] = point.try_into().ok()?;
            let shared = key.diffie_hellman(&peer.into());
            return shared.was_contributory().then(|| SecretBytes::copy_from(shared.as_bytes()));
        }
        on_curve!(Private, self, key => {
            let peer = curve::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let shared = diffie_hellman(key.as_nonzero_scalar(), peer.as_affine());
            Some(SecretBytes::copy_from(shared.raw_secret_bytes()))
        }, None)
    }
}
