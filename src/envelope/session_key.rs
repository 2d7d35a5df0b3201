//! The session key: drawn, wrapped, and unwrapped without telling an attacker whether that worked.

use crate::crypto::{CryptoProvider, OaepProfile, PrivateKey, RsaPublicKey};
use crate::error::{Category, Code, Error, Result};
use crate::id::Thumbprint;
use crate::random::RandomSource;
use crate::secret::{Aes256Key, SecretBytes};

use super::{Layout, WRAPPED_KEY_LEN};

/// The one OAEP profile of envelopes (ENV-3).
const PROFILE: OaepProfile = OaepProfile::SHA256_MGF1_SHA256;

/// What finds the private key of an envelope and unwraps its session key: the start of an envelope, or of a stream.
#[derive(Debug, Clone, Copy)]
pub struct KeyBlock<'a> {
    /// The layout.
    pub layout: Layout,
    /// The recipient's thumbprint, where the layout has one.
    pub thumbprint: Option<Thumbprint>,
    /// The RSA ciphertext of the session key, 256 bytes.
    pub wrapped_key: &'a [u8],
}

impl KeyBlock<'_> {
    /// Unwraps the session key.
    ///
    /// It succeeds with a random key when the wrapped key is bad in any way (ENV-31): then opening fails, at the same
    /// place as for a bad tag. So nothing can be learned here about the private key's answer.
    ///
    /// # Errors
    /// Only those that say nothing about the ciphertext: a master backend that is not there, a handle used after a fork,
    /// a key that cannot decrypt at all, no randomness.
    pub fn unwrap_session_key(&self, provider: &CryptoProvider, key: &dyn PrivateKey) -> Result<Aes256Key> {
        unwrap(provider, key, self.wrapped_key)
    }
}

/// A fresh AES-256 key for one envelope (ENV-2).
pub(super) fn draw(random: &dyn RandomSource) -> Result<Aes256Key> {
    let mut bytes = SecretBytes::zeroed(Aes256Key::LEN);
    random.fill(bytes.expose_mut())?;
    Aes256Key::new(bytes)
}

/// Wraps a session key to an RSA-2048 key: 256 bytes.
pub(super) fn wrap(recipient: &dyn RsaPublicKey, session_key: &Aes256Key) -> Result<Vec<u8>> {
    let wrapped = recipient.encrypt_oaep(&PROFILE, session_key.expose()?)?;
    if wrapped.len() == WRAPPED_KEY_LEN {
        Ok(wrapped)
    } else {
        Err(Error::new(Code::RecipientKey, "the recipient's RSA key does not have 2048 bits"))
    }
}

/// Unwraps a session key, or gives a random one (ENV-31). The random key is drawn first and always, so that both ways
/// do the same work. It must be random: a key an attacker knows would make the failure visible again.
pub(super) fn unwrap(provider: &CryptoProvider, key: &dyn PrivateKey, wrapped: &[u8]) -> Result<Aes256Key> {
    let replacement = draw(provider.random)?;
    match key.decrypt_oaep(&PROFILE, wrapped).and_then(Aes256Key::new) {
        Ok(session_key) => Ok(session_key),
        Err(error) if tells_nothing(&error) => Err(error),
        Err(_) => Ok(replacement),
    }
}

/// Whether an error is about the state of the backend or the program, not about the ciphertext.
fn tells_nothing(error: &Error) -> bool {
    match error.code().category() {
        Category::Backend | Category::Bug => true,
        _ => matches!(error.code(), Code::Forked | Code::Cancelled | Code::Unsupported),
    }
}
