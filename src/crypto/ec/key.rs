//! Keys on curves over the arithmetic of one provider.

use std::fmt;
use std::sync::Arc;

use super::document::{self, unparsable};
use super::signature::{EcdsaSignature, Fit, fit};
use super::{Curve, Ec, EcAlgorithm, EcKey, EcPrivateKey, EcPublicKey};
use crate::crypto::{CryptoProvider, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// The arithmetic of one provider. Everything handed in has the size of its algorithm.
pub(crate) trait Primitives: Copy + Send + Sync + fmt::Debug + 'static {
    /// A public key.
    type Public: PublicPrimitive;
    /// A private key.
    type Private: PrivatePrimitive;

    /// The provider this is a part of: its hashes and its randomness are used.
    fn provider(self) -> CryptoProvider;

    /// A public key; none when the point is not on its curve. An Ed25519 point was checked.
    fn public(self, algorithm: EcAlgorithm, point: &[u8]) -> Option<Self::Public>;

    /// A private key and its public point; none when the number is zero or not below the order of the curve.
    fn private(self, algorithm: EcAlgorithm, secret: &SecretBytes) -> Option<(Self::Private, Vec<u8>)>;
}

/// What a public key computes.
pub(crate) trait PublicPrimitive: Send + Sync + 'static {
    /// Whether an ECDSA signature over a digest is good. False for a key that is not on a curve.
    fn verify_ecdsa(&self, digest: &[u8], signature: &EcdsaSignature) -> bool;

    /// Whether an Ed25519 signature is good, without the cofactor (RFC 8032 §5.1.7). False for other keys.
    fn verify_ed25519(&self, message: &[u8], signature: &[u8; 64]) -> bool;
}

/// What a private key computes.
pub(crate) trait PrivatePrimitive: Send + Sync + 'static {
    /// An ECDSA signature over a digest, under a nonce that is derived or hedged (CRY-78).
    fn sign_ecdsa(&self, curve: Curve, digest: &[u8]) -> Option<EcdsaSignature>;

    /// An Ed25519 signature.
    fn sign_ed25519(&self, message: &[u8]) -> Option<Vec<u8>>;

    /// The shared secret with a point; none when the point is not on the curve or the secret is zero.
    fn agree(&self, algorithm: EcAlgorithm, point: &[u8]) -> Option<SecretBytes>;
}

/// [`Ec`] over the arithmetic of a provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EcOver<P>(pub(crate) P);

impl<P: Primitives> Ec for EcOver<P> {
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn EcPublicKey>> {
        let algorithm = document::algorithm_of_spki(spki_der)
            .ok_or_else(|| unparsable("the bytes are no public key on a curve this library knows"))?;
        let point = document::point(algorithm, spki_der)?;
        let off_curve = || unparsable("the public key is no point of its curve");
        if algorithm == EcAlgorithm::Ed25519 && !good_ed25519(point) {
            return Err(off_curve());
        }
        let key = self.0.public(algorithm, point).ok_or_else(off_curve)?;
        Ok(Arc::new(Public { provider: self.0.provider(), algorithm, spki_der: spki_der.to_vec(), key }))
    }

    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn EcPrivateKey>> {
        let parsed = document::parse_pkcs8(pkcs8_der.expose())?;
        let key = private(self.0, parsed.algorithm, parsed.secret)
            .ok_or_else(|| unparsable("the private number is not in the range of its curve"))?;
        if parsed.point.is_some_and(|point| document::spki(parsed.algorithm, &point).ok() != Some(key.spki_der.clone()))
        {
            return Err(unparsable("the halves of the key do not belong together"));
        }
        Ok(Arc::new(key))
    }

    fn generate(&self, algorithm: EcAlgorithm) -> Result<Arc<dyn EcPrivateKey>> {
        // Drawn anew until in range (FIPS 186-5 A.2.2); no curve needs it more than once in 2^32 keys.
        for _ in 0..TRIES {
            let mut secret = SecretBytes::zeroed(document::secret_len(algorithm));
            self.0.provider().random.fill(secret.expose_mut())?;
            if algorithm == EcAlgorithm::Curve(Curve::P521)
                && let Some(first) = secret.expose_mut().first_mut()
            {
                *first &= 1;
            }
            if let Some(key) = private(self.0, algorithm, secret) {
                return Ok(Arc::new(key));
            }
        }
        Err(Error::new(Code::RandomFailed, "the random source never gives a number below the order of the curve"))
    }
}

fn private<P: Primitives>(primitives: P, algorithm: EcAlgorithm, secret: SecretBytes) -> Option<Private<P::Private>> {
    let (key, point) = primitives.private(algorithm, &secret)?;
    let spki_der = document::spki(algorithm, &point).ok()?;
    Some(Private { provider: primitives.provider(), algorithm, spki_der, secret, key })
}

/// Whether a point of Ed25519 is decodable (RFC 8032 §5.1.3), and not of small order: under such a key one signature
/// fits many messages.
fn good_ed25519(point: &[u8]) -> bool {
    let Some(bytes) = point.first_chunk::<32>() else { return false };
    let (low, high) = (bytes.first().copied().unwrap_or_default(), bytes.last().copied().unwrap_or_default());
    // y must be below 2^255 - 19.
    let reduced = low < 0xed || high & 0x7f != 0x7f || bytes.iter().skip(1).take(30).any(|byte| *byte != 0xff);
    reduced && ed25519_dalek::VerifyingKey::from_bytes(bytes).is_ok_and(|key| !key.is_weak())
}

struct Public<K> {
    provider: CryptoProvider,
    algorithm: EcAlgorithm,
    spki_der: Vec<u8>,
    key: K,
}

impl<K: PublicPrimitive> EcPublicKey for Public<K> {
    fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()> {
        let good = match fit(self.algorithm, scheme)? {
            Fit::Ecdsa(curve, hash, encoding) => EcdsaSignature::parse(curve, encoding, signature)
                .is_some_and(|signature| self.key.verify_ecdsa(&self.provider.hash.digest(hash, message), &signature)),
            Fit::Ed25519 => {
                signature.try_into().is_ok_and(|signature: &[u8; 64]| self.key.verify_ed25519(message, signature))
            }
        };
        if good { Ok(()) } else { Err(Error::new(Code::VerificationFailed, "the signature does not verify")) }
    }
}

/// The number is kept to be exported; `key` is what the provider computes with.
struct Private<K> {
    provider: CryptoProvider,
    algorithm: EcAlgorithm,
    spki_der: Vec<u8>,
    secret: SecretBytes,
    key: K,
}

impl<K: PrivatePrimitive> EcPrivateKey for Private<K> {
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        match fit(self.algorithm, scheme)? {
            Fit::Ecdsa(curve, hash, encoding) => {
                let digest = self.provider.hash.digest(hash, message);
                Ok(self.key.sign_ecdsa(curve, &digest).ok_or(BROKEN)?.encode(encoding))
            }
            Fit::Ed25519 => self.key.sign_ed25519(message).ok_or(BROKEN),
        }
    }

    fn sign_digest(&self, scheme: SignatureScheme, digest: &[u8]) -> Result<Vec<u8>> {
        let Fit::Ecdsa(curve, hash, encoding) = fit(self.algorithm, scheme)? else {
            return Err(Error::new(Code::Unsupported, "Ed25519 over a digest; give the message"));
        };
        hash.check_digest(digest)?;
        Ok(self.key.sign_ecdsa(curve, digest).ok_or(BROKEN)?.encode(encoding))
    }

    fn agree(&self, peer_spki_der: &[u8]) -> Result<SecretBytes> {
        if self.algorithm == EcAlgorithm::Ed25519 {
            return Err(Error::new(Code::Unsupported, "an Ed25519 key signs only"));
        }
        let peer = document::algorithm_of_spki(peer_spki_der)
            .ok_or_else(|| unparsable("the peer's bytes are no public key on a curve this library knows"))?;
        let point = document::point(peer, peer_spki_der)?;
        if peer != self.algorithm {
            let detail = format!("the peer's key is of {peer} and this one of {}", self.algorithm);
            return Err(Error::new(Code::InvalidArgument, detail));
        }
        self.key.agree(self.algorithm, point).ok_or_else(|| match self.algorithm {
            EcAlgorithm::X25519 => Error::new(Code::InvalidArgument, "the peer's key gives no shared secret"),
            _ => unparsable("the peer's public key is no point of its curve"),
        })
    }

    fn export_pkcs8(&self) -> Result<SecretBytes> {
        let point = document::point(self.algorithm, &self.spki_der)?;
        Ok(document::write_pkcs8(self.algorithm, &self.secret, point))
    }
}

impl<K: PublicPrimitive> EcKey for Public<K> {
    fn algorithm(&self) -> EcAlgorithm {
        self.algorithm
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }
}

impl<K: PrivatePrimitive> EcKey for Private<K> {
    fn algorithm(&self) -> EcAlgorithm {
        self.algorithm
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }
}

impl<K> fmt::Debug for Public<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EcPublicKey({})", self.algorithm)
    }
}

impl<K> fmt::Debug for Private<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EcPrivateKey({})", self.algorithm)
    }
}

/// Draws of a number before the random source counts as broken.
const TRIES: usize = 64;

const BROKEN: Error = Error::internal("the provider refused to sign with a checked key");
