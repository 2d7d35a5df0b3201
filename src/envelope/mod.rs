//! Thumbprinted envelopes: one file for each layout, a strict parser, streaming, and the inspector (docs/envelopes.md).

mod wrapped_key;

use crate::certificate::Certificate;
use crate::crypto::{CryptoProvider, PrivateKey};
use crate::error::{Error, Result};
use crate::id::Thumbprint;
use crate::random::RandomSource;
use crate::secret::Aes256Key;
use crate::time::Timestamp;

pub use wrapped_key::{WrappedPrivateKey, wrap_private_key};

/// The layouts. Names are those of the command line's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// A1: `VER_R2`, thumbprint, random AAD in the data part whose first 12 bytes are the nonce. The default.
    VerR2,
    /// A1 without thumbprint, written by v1.2.0 under a flag. Read only.
    VerR2NoThumbprint,
    /// The packet layer of the registration client: nonce and AAD before the thumbprint.
    Packet,
    /// The packet layer without thumbprint. Read only.
    PacketNoThumbprint,
    /// A2: thumbprint, caller's AAD, 16-byte IV at the end.
    Aad,
    /// A3: thumbprint, caller's IV (`salt`) and AAD.
    Salt,
    /// A0: no thumbprint, IV at the end or caller's. Read only.
    NoThumbprint,
}

/// Whom an envelope is for: a certificate that was checked to be valid now and RSA-2048.
#[derive(Debug, Clone)]
pub struct Recipient {
    certificate: Certificate,
}

impl Recipient {
    /// Checks the certificate once.
    ///
    /// # Errors
    /// `certificate_expired`, `certificate_not_yet_valid`, `recipient_key`.
    pub fn new(_provider: &CryptoProvider, _certificate: Certificate, _now: Timestamp) -> Result<Self> {
        Err(Error::internal("stub"))
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// How to encrypt.
#[derive(Debug, Clone, Default)]
pub struct SealOptions {
    /// The layout; none means `VerR2`.
    pub layout: Option<Layout>,
    /// The caller's AAD, for `Aad` and `Salt`.
    pub aad: Vec<u8>,
    /// The caller's IV of 12 or 16 bytes, for `Salt`.
    pub salt: Vec<u8>,
}

/// The size of the envelope of `plaintext_len` bytes in `layout`; none when it does not fit in `usize`.
#[must_use]
pub fn sealed_len(_layout: Layout, _plaintext_len: usize) -> Option<usize> {
    None
}

/// Encrypts `plaintext` into one new buffer.
///
/// # Errors
/// `empty_plaintext`, `aad_missing`, `salt_missing`, `unexpected_context`, `unsupported` for a read-only layout.
pub fn seal(
    _provider: &CryptoProvider,
    _random: &dyn RandomSource,
    _recipient: &Recipient,
    _options: &SealOptions,
    _plaintext: &[u8],
) -> Result<Vec<u8>> {
    Err(Error::internal("stub"))
}

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The layout, when two readings fit.
    pub layout: Option<Layout>,
    /// Legacy layouts to accept besides the four standard ones.
    pub accept: Vec<Layout>,
    /// The caller's AAD.
    pub aad: Vec<u8>,
    /// The caller's salt; none when there is none.
    pub salt: Option<Vec<u8>>,
}

/// A parsed envelope. No key was touched. It borrows the bytes that arrived.
#[derive(Debug)]
pub struct ParsedEnvelope<'a> {
    /// The layout.
    pub layout: Layout,
    /// The recipient's thumbprint, where the layout has one.
    pub thumbprint: Option<Thumbprint>,
    /// The RSA ciphertext of the session key, 256 bytes.
    pub wrapped_key: &'a [u8],
    /// The GCM nonce.
    pub nonce: &'a [u8],
    /// The GCM AAD.
    pub aad: &'a [u8],
    /// The ciphertext, without its tag.
    pub ciphertext: &'a [u8],
    /// The tag.
    pub tag: [u8; 16],
}

/// Parses an envelope strictly: fixed offsets, minimum lengths, no scanning.
///
/// # Errors
/// `envelope_truncated`, `envelope_version`, `envelope_layout`, `envelope_ambiguous`, `aad_missing`, `salt_missing`,
/// `unexpected_context`.
pub fn parse<'a>(_envelope: &'a [u8], _options: &'a OpenOptions) -> Result<ParsedEnvelope<'a>> {
    Err(Error::internal("stub"))
}

impl ParsedEnvelope<'_> {
    /// Unwraps the session key.
    ///
    /// # Errors
    /// `decryption_failed`, whatever was wrong; those of a master backend that is not there.
    pub fn unwrap_session_key(&self, _key: &dyn PrivateKey) -> Result<Aes256Key> {
        Err(Error::internal("stub"))
    }

    /// Opens the payload into a new buffer.
    ///
    /// # Errors
    /// `decryption_failed`.
    pub fn open(&self, _provider: &CryptoProvider, _session_key: &Aes256Key) -> Result<Vec<u8>> {
        Err(Error::internal("stub"))
    }
}
