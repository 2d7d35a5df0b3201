//! Thumbprinted envelopes: one file for each layout family, a strict parser, streaming, and the inspector.
//!
//! The format is docs/envelopes.md; its rule numbers (`ENV-…`, `INS-…`) are cited beside the code.
//!
//! An envelope carries a fresh AES-256 session key, wrapped to an RSA-2048 certificate, and a payload sealed under it
//! with AES-256-GCM. Writing needs a [`Recipient`] (a checked certificate) and randomness; see [`seal`], [`seal_into`],
//! [`seal_in_place`] and [`Sealer`]. Reading has separate steps, so that a caller can look the key up in between:
//! [`parse`] touches no key, [`ParsedEnvelope::unwrap_session_key`] is the one private-key operation, and
//! [`ParsedEnvelope::open`] checks the tag before it gives any byte away.
//!
//! ```
//! use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, DistinguishedName, issue};
//! use keymanager::crypto::{PrivateKey, SoftwareKey, rustcrypto};
//! use keymanager::envelope::{OpenOptions, Recipient, SealOptions, parse, seal};
//! use keymanager::time::Timestamp;
//!
//! # fn main() -> keymanager::Result<()> {
//! let provider = rustcrypto::provider();
//! let now = Timestamp::from_rfc3339("2026-11-25T12:00:00Z")?;
//!
//! // Somebody's key and certificate.
//! let key = SoftwareKey::from_rsa(provider.rsa.generate(2048)?);
//! let request = CertificateRequest {
//!     kind: CertificateKind::Root,
//!     subject: DistinguishedName { common_name: Some("recipient".into()), ..Default::default() },
//!     public_key: key.public_key().clone(),
//!     not_before: now,
//!     not_after: now.plus_days(1095),
//!     alternative_names: AlternativeNames::default(),
//! };
//! let certificate = issue(&provider, provider.random, &request, None, &key)?;
//!
//! // Whoever has the certificate can encrypt.
//! let recipient = Recipient::new(&provider, certificate, now)?;
//! let envelope = seal(&provider, provider.random, &recipient, &SealOptions::default(), b"a packet")?;
//!
//! // Whoever has the key can decrypt; the thumbprint tells which key.
//! let options = OpenOptions::default();
//! let parsed = parse(&envelope, &options)?;
//! assert_eq!(parsed.thumbprint, Some(recipient.certificate().thumbprint()));
//! let session_key = parsed.unwrap_session_key(&provider, &key)?;
//! assert_eq!(parsed.open(&provider, &session_key)?, b"a packet");
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//! ver_r2   VER_R2[6]            ‖ thumbprint[32] ‖ wrapped key[256] ‖ splitter[14] ‖ AAD[32] ‖ ct ‖ tag[16]
//! packet   nonce[12] ‖ AAD[32]  ‖ thumbprint[32] ‖ wrapped key[256] ‖ splitter[14] ‖ ct ‖ tag[16]
//! aad                             thumbprint[32] ‖ wrapped key[256] ‖ splitter[14] ‖ ct ‖ tag[16] ‖ IV[16]
//! salt                            thumbprint[32] ‖ wrapped key[256] ‖ splitter[14] ‖ ct ‖ tag[16]
//! ```

mod headerless;
pub mod inspect;
mod layout;
mod open;
mod packet;
mod parse;
mod recipient;
mod seal;
mod session_key;
mod shape;
mod stream;
pub mod text;
mod ver_r2;
mod wrapped_key;

pub use inspect::inspect;
pub use layout::Layout;
pub use open::open_in_place;
pub use parse::{OpenOptions, ParsedEnvelope, parse};
pub use recipient::Recipient;
pub use seal::{SealOptions, payload_offset, seal, seal_in_place, seal_into, sealed_len};
pub use session_key::KeyBlock;
pub use stream::{
    CHUNK_LEN, Opener, PipedEnvelope, PushedEnvelope, PushedStart, Sealer, SeekableEnvelope, Streamed, Tail,
};
pub use wrapped_key::{WrappedPrivateKey, wrap_private_key};

/// The 14 bytes between the key part and the data part (ENV-1). MOSIP can configure others; nobody does.
pub const SPLITTER: &[u8; 14] = b"#KEY_SPLITTER#";

/// The size of an RSA-2048 ciphertext, and so of every wrapped session key, in bytes (ENV-3).
pub const WRAPPED_KEY_LEN: usize = 256;

/// The header of the `ver_r2` layouts (ENV-10).
pub(crate) const HEADER: &[u8; 6] = b"VER_R2";

/// The first four bytes of every header, known or not (ENV-24).
pub(crate) const HEADER_FAMILY: &[u8; 4] = b"VER_";
