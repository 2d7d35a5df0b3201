//! Envelope B: private keys as `key_store.private_key` holds them (ENV-50 to ENV-53).
//!
//! ```text
//!   0 256 wrapped key ‖ 256 14 splitter ‖ 270 n ct of the PKCS#8 document ‖ 16 tag ‖ 16 IV
//! ```
//!
//! No header, no thumbprint, no AAD. The record names the master key.

use super::headerless::AAD_NO_THUMBPRINT as SHAPE;
use super::open::one_error;
use super::seal::Tail;
use super::shape::END_NONCE_LEN;
use super::{SPLITTER, WRAPPED_KEY_LEN, session_key, text};
use crate::crypto::{CryptoProvider, PrivateKey, PublicKey, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::random::RandomSource;
use crate::secret::SecretBytes;

/// The longest text of a wrapped key that is read, in bytes. An RSA-4096 key has about 3.6 KiB.
const MAX_TEXT_LEN: usize = 64 * 1024;

/// A parsed Envelope B: RSA-OAEP of an AES key, splitter, ciphertext, tag, 16-byte IV. No key was touched.
#[derive(Debug)]
pub struct WrappedPrivateKey {
    bytes: Vec<u8>,
}

impl WrappedPrivateKey {
    /// Parses the column's text: base64url, padding optional, as the key manager reads it.
    ///
    /// # Errors
    /// `invalid_base64`; `wrapped_key_layout` when a size is wrong or the splitter is not at byte 256.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT_LEN {
            return Err(Error::new(Code::WrappedKeyLayout, "the text of a wrapped private key is too long"));
        }
        Self::from_bytes(text::decode_url(text)?)
    }

    /// Parses the bytes that the column's text encodes.
    ///
    /// # Errors
    /// `wrapped_key_layout`.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Result<Self> {
        if bytes.len() < SHAPE.min_len() {
            return Err(Error::new(
                Code::WrappedKeyLayout,
                format!("a wrapped private key has at least {} bytes, and this one {}", SHAPE.min_len(), bytes.len()),
            ));
        }
        if !SHAPE.fits(&bytes) {
            return Err(Error::new(Code::WrappedKeyLayout, "a wrapped private key has the splitter at byte 256"));
        }
        Ok(Self { bytes })
    }

    /// Unwraps the PKCS#8 document with the master's private key. A bad wrapped key and a bad tag look the same
    /// (ENV-31).
    ///
    /// # Errors
    /// `decryption_failed`; those of a master backend that is not there.
    pub fn unwrap(&self, provider: &CryptoProvider, master: &dyn PrivateKey) -> Result<SecretBytes> {
        let layout = || Error::internal("the parts of a wrapped key were checked when it was parsed");
        let wrapped = self.bytes.get(..WRAPPED_KEY_LEN).ok_or_else(layout)?;
        let data = self.bytes.get(SHAPE.payload..).ok_or_else(layout)?;
        let (data, nonce) = data.split_last_chunk::<END_NONCE_LEN>().ok_or_else(layout)?;
        let (ciphertext, tag) = data.split_last_chunk::<TAG_LEN>().ok_or_else(layout)?;
        let session_key = session_key::unwrap(provider, master, wrapped)?;
        let mut pkcs8 = SecretBytes::zeroed(ciphertext.len());
        provider.aead.open_to(&session_key, nonce, &[], ciphertext, tag, pkcs8.expose_mut()).map_err(one_error)?;
        Ok(pkcs8)
    }
}

/// Wraps a PKCS#8 document to the master's public key, as the column's text.
///
/// # Errors
/// `recipient_key` unless the master's key is RSA-2048; `empty_plaintext`; `random_failed`.
pub fn wrap_private_key(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    master: &PublicKey,
    pkcs8_der: &SecretBytes,
) -> Result<String> {
    if pkcs8_der.is_empty() {
        return Err(super::seal::empty_plaintext());
    }
    let master = provider
        .rsa
        .import_public(master.spki_der())
        .map_err(|error| Error::new(Code::RecipientKey, error.detail().to_owned()).context("the master's key"))?;
    let session_key = session_key::draw(random)?;
    let wrapped = session_key::wrap(master.as_ref(), &session_key)?;
    let mut nonce = [0; END_NONCE_LEN];
    random.fill(&mut nonce)?;
    let mut ciphertext = vec![0; pkcs8_der.len()];
    let tag = provider.aead.seal_to(&session_key, &nonce, &[], pkcs8_der.expose(), &mut ciphertext)?;
    let tail = Tail::new(&tag, Some(&nonce));
    Ok(text::encode(&[&wrapped, SPLITTER.as_slice(), &ciphertext, tail.as_ref()].concat()))
}
