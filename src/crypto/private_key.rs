//! A private key is one trait with two homes: software, or a master backend that never lets it out.

use std::fmt;
use std::sync::Arc;

use super::{CryptoProvider, OaepProfile, RsaPrivateKey, SignatureScheme};
use crate::error::Result;
use crate::secret::SecretBytes;

/// A private key that can decrypt and sign, wherever it lives. Everything above does not know where.
pub trait PrivateKey: Send + Sync + fmt::Debug {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// RSAES-OAEP decryption; see [`RsaPrivateKey::decrypt_oaep`].
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes>;

    /// The signature over `message`; see [`RsaPrivateKey::sign`].
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>>;
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
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.spki_der.len())
    }
}

/// A private key in software.
#[derive(Debug, Clone)]
pub struct SoftwareKey {
    key: Arc<dyn RsaPrivateKey>,
    public: PublicKey,
}

impl SoftwareKey {
    /// From PKCS#8 DER.
    ///
    /// # Errors
    /// [`Code::KeyUnparsable`](crate::error::Code::KeyUnparsable).
    pub fn from_pkcs8(provider: &CryptoProvider, pkcs8_der: &SecretBytes) -> Result<Self> {
        Ok(Self::from_rsa(provider.rsa.import_private(pkcs8_der)?))
    }

    /// From an RSA key of a provider.
    #[must_use]
    pub fn from_rsa(key: Arc<dyn RsaPrivateKey>) -> Self {
        let public = PublicKey::from_spki_der(key.spki_der().to_vec());
        Self { key, public }
    }

    /// The key as PKCS#8 DER, to be wrapped.
    ///
    /// # Errors
    /// Those of the provider.
    pub fn export_pkcs8(&self) -> Result<SecretBytes> {
        self.key.export_pkcs8()
    }
}

impl PrivateKey for SoftwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        self.key.decrypt_oaep(profile, ciphertext)
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(scheme, message)
    }
}
