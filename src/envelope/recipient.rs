//! Whom an envelope is for.

use std::sync::Arc;

use super::WRAPPED_KEY_LEN;
use crate::certificate::{Certificate, Validity};
use crate::crypto::{CryptoProvider, RsaPublicKey};
use crate::error::{Code, Error, Result};
use crate::time::Timestamp;

/// Whom an envelope is for: a certificate that was checked to be valid and RSA-2048, and its parsed key.
///
/// Made once, used for many envelopes; a clone shares the key. It was checked against one time: whoever keeps it for
/// long makes it anew, or compares [`Certificate::not_after`].
#[derive(Debug, Clone)]
pub struct Recipient {
    certificate: Certificate,
    key: Arc<dyn RsaPublicKey>,
}

impl Recipient {
    /// Checks the certificate and parses its key, once.
    ///
    /// # Errors
    /// `recipient_key` unless it has an RSA key of 2048 bits (ENV-3); `certificate_expired`,
    /// `certificate_not_yet_valid` (ENV-7). No chain is checked here.
    pub fn new(provider: &CryptoProvider, certificate: Certificate, now: Timestamp) -> Result<Self> {
        let key = rsa_2048(provider, &certificate)?;
        match certificate.validity(now) {
            Validity::Valid { .. } => Ok(Self { certificate, key }),
            Validity::Expired { .. } => Err(Error::new(
                Code::CertificateExpired,
                format!("the recipient's certificate expired at {}", certificate.not_after()),
            )),
            Validity::NotYetValid { .. } => Err(Error::new(
                Code::CertificateNotYetValid,
                format!("the recipient's certificate is not valid before {}", certificate.not_before()),
            )),
        }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The parsed key.
    pub(super) fn key(&self) -> &dyn RsaPublicKey {
        self.key.as_ref()
    }
}

/// The certificate's key, if it is RSA of exactly 2048 bits: the format has room for no other ciphertext.
fn rsa_2048(provider: &CryptoProvider, certificate: &Certificate) -> Result<Arc<dyn RsaPublicKey>> {
    let refuse = |found: String| {
        Error::new(Code::RecipientKey, format!("the recipient's certificate has {found}, not an RSA key of 2048 bits"))
    };
    match certificate.rsa_bits() {
        Some(2048) => {}
        Some(bits) => return Err(refuse(format!("an RSA key of {bits} bits"))),
        None => return Err(refuse("a key of another kind".to_owned())),
    }
    let key = provider
        .rsa
        .import_public(certificate.public_key().spki_der())
        .map_err(|_| refuse("an RSA key that cannot be used".to_owned()))?;
    if key.modulus_len() == WRAPPED_KEY_LEN { Ok(key) } else { Err(refuse("another modulus".to_owned())) }
}
