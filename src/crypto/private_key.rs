//! A private key is one trait with two homes: software, or a master backend that never lets it out.

use std::fmt;
use std::sync::Arc;

use super::ec::{algorithm_of_pkcs8, algorithm_of_spki};
use super::{CryptoProvider, EcAlgorithm, EcPrivateKey, OaepProfile, RsaPrivateKey, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// A private key that can decrypt and sign, wherever it lives. Everything above does not know where.
pub trait PrivateKey: Send + Sync + fmt::Debug {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// RSAES-OAEP decryption; see [`RsaPrivateKey::decrypt_oaep`]. `wrong_key_kind` with a key that is not RSA.
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes>;

    /// The signature over `message`; see [`RsaPrivateKey::sign`] and [`EcPrivateKey::sign`]. `unsupported` for a scheme
    /// that is not the key's.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>>;

    /// Whether every signature was verified with the public half before [`sign`](Self::sign) gave it. False for keys that
    /// are elsewhere: whoever needs to know verifies.
    fn verifies_its_signatures(&self) -> bool {
        false
    }
}

/// A public key as SubjectPublicKeyInfo DER (RFC 5280 §4.1.2.7).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    spki_der: Vec<u8>,
}

impl PublicKey {
    /// Takes over SubjectPublicKeyInfo DER; it is parsed where it is used.
    #[must_use]
    pub fn from_spki_der(spki_der: Vec<u8>) -> Self {
        Self { spki_der }
    }

    /// The SubjectPublicKeyInfo DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    /// What kind of key on a curve it says it is; none for RSA and for other bytes.
    #[must_use]
    pub fn ec_algorithm(&self) -> Option<EcAlgorithm> {
        algorithm_of_spki(&self.spki_der)
    }

    /// Whether `signature` over `message` was made with the private half.
    ///
    /// # Errors
    /// `verification_failed`; `key_unparsable`; `unsupported` for a scheme that is not the key's, and for SHA-1.
    pub fn verify(
        &self,
        provider: &CryptoProvider,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        match self.ec_algorithm() {
            Some(_) => provider.ec.import_public(&self.spki_der)?.verify(scheme, message, signature),
            None => provider.rsa.import_public(&self.spki_der)?.verify(scheme, message, signature),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.spki_der.len())
    }
}

/// A private key in software: RSA, or on an elliptic curve.
#[derive(Debug, Clone)]
pub struct SoftwareKey {
    key: Kind,
    public: PublicKey,
}

#[derive(Debug, Clone)]
enum Kind {
    Rsa(Arc<dyn RsaPrivateKey>),
    Ec(Arc<dyn EcPrivateKey>),
}

impl SoftwareKey {
    /// From PKCS#8 DER, by the algorithm it names.
    ///
    /// # Errors
    /// [`Code::KeyUnparsable`].
    pub fn from_pkcs8(provider: &CryptoProvider, pkcs8_der: &SecretBytes) -> Result<Self> {
        match algorithm_of_pkcs8(pkcs8_der.expose()) {
            Some(_) => Ok(Self::from_ec(provider.ec.import_private(pkcs8_der)?)),
            None => Ok(Self::from_rsa(provider.rsa.import_private(pkcs8_der)?)),
        }
    }

    /// From an RSA key of a provider.
    #[must_use]
    pub fn from_rsa(key: Arc<dyn RsaPrivateKey>) -> Self {
        let public = PublicKey::from_spki_der(key.spki_der().to_vec());
        Self { key: Kind::Rsa(key), public }
    }

    /// From a key of a provider on an elliptic curve.
    #[must_use]
    pub fn from_ec(key: Arc<dyn EcPrivateKey>) -> Self {
        let public = PublicKey::from_spki_der(key.spki_der().to_vec());
        Self { key: Kind::Ec(key), public }
    }

    /// The RSA key; none when it is another.
    #[must_use]
    pub fn rsa(&self) -> Option<&Arc<dyn RsaPrivateKey>> {
        match &self.key {
            Kind::Rsa(key) => Some(key),
            Kind::Ec(_) => None,
        }
    }

    /// The key on an elliptic curve; none when it is another.
    #[must_use]
    pub fn ec(&self) -> Option<&Arc<dyn EcPrivateKey>> {
        match &self.key {
            Kind::Rsa(_) => None,
            Kind::Ec(key) => Some(key),
        }
    }

    /// The key as PKCS#8 DER, to be wrapped.
    ///
    /// # Errors
    /// Those of the provider.
    pub fn export_pkcs8(&self) -> Result<SecretBytes> {
        match &self.key {
            Kind::Rsa(key) => key.export_pkcs8(),
            Kind::Ec(key) => key.export_pkcs8(),
        }
    }
}

impl PrivateKey for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        match &self.key {
            Kind::Rsa(key) => key.decrypt_oaep(profile, ciphertext),
            Kind::Ec(key) => {
                Err(Error::new(Code::WrongKeyKind, format!("a key of {} does not decrypt RSA-OAEP", key.algorithm())))
            }
        }
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        match &self.key {
            Kind::Rsa(key) => key.sign(scheme, message),
            Kind::Ec(key) => key.sign(scheme, message),
        }
    }

    /// The provider raises an RSA signature to the public exponent and compares (CRY-26).
    fn verifies_its_signatures(&self) -> bool {
        matches!(self.key, Kind::Rsa(_))
    }
}
