//! A key in a master backend as a [`PrivateKey`].

use std::fmt;
use std::sync::Arc;

use super::{MasterKeys, OaepParameters, RsaDecryption, SignInput};
use crate::crypto::{CryptoProvider, OaepProfile, PrivateKey, PublicKey, SignatureScheme};
use crate::error::Result;
use crate::id::Alias;
use crate::secret::SecretBytes;

/// A pair in a master backend: the backend decrypts and signs, and OAEP it cannot do is decoded here in constant time.
pub struct MasterKey {
    provider: CryptoProvider,
    backend: Arc<dyn MasterKeys>,
    alias: Alias,
    public: PublicKey,
}

impl MasterKey {
    /// The pair under `alias`, whose public half is known.
    #[must_use]
    pub fn new(provider: CryptoProvider, backend: Arc<dyn MasterKeys>, alias: Alias, public: PublicKey) -> Self {
        Self { provider, backend, alias, public }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.alias)
    }
}

impl PrivateKey for MasterKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        let parameters =
            OaepParameters { hash: profile.hash, mgf_hash: profile.mgf_hash, label: profile.label.to_vec() };
        if self.backend.capabilities()?.oaep.contains(&parameters) {
            return self.backend.rsa_decrypt(self.alias.clone(), RsaDecryption::Oaep(parameters), ciphertext.to_vec());
        }
        let block = self.backend.rsa_decrypt(self.alias.clone(), RsaDecryption::Raw, ciphertext.to_vec())?;
        crate::crypto::oaep::decode(&self.provider, profile, &block)
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.backend.sign(self.alias.clone(), scheme, SignInput::Message(message.to_vec()))
    }
}
