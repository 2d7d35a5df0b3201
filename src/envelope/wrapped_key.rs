//! Envelope B: private keys as `key_store.private_key` holds them (mosip-envelopes §3).

use crate::crypto::{CryptoProvider, PrivateKey, PublicKey};
use crate::error::{Error, Result};
use crate::random::RandomSource;
use crate::secret::SecretBytes;

/// A parsed Envelope B: RSA-OAEP of an AES key, splitter, ciphertext, tag, 16-byte IV. No key was touched.
#[derive(Debug)]
pub struct WrappedPrivateKey {
    bytes: Vec<u8>,
}

impl WrappedPrivateKey {
    /// Parses the column's text: base64url without padding; the standard alphabet and padding are accepted on reading.
    ///
    /// # Errors
    /// `invalid_base64`, `wrapped_key_layout`.
    pub fn parse(_text: &str) -> Result<Self> {
        Err(Error::internal("stub"))
    }

    /// Unwraps the PKCS#8 document with the master's private key.
    ///
    /// # Errors
    /// `decryption_failed`.
    pub fn unwrap(&self, _provider: &CryptoProvider, _master: &dyn PrivateKey) -> Result<SecretBytes> {
        let _ = &self.bytes;
        Err(Error::internal("stub"))
    }
}

/// Wraps a PKCS#8 document to the master's public key, as the column's text.
///
/// # Errors
/// `recipient_key` unless the master's key is RSA-2048.
pub fn wrap_private_key(
    _provider: &CryptoProvider,
    _random: &dyn RandomSource,
    _master: &PublicKey,
    _pkcs8_der: &SecretBytes,
) -> Result<String> {
    Err(Error::internal("stub"))
}
