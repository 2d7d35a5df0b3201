//! X.509 certificates: parse, thumbprint, validity under an injected clock, issue (mosip-keys §4).

mod issue;
mod name;

use crate::crypto::{CryptoProvider, PublicKey};
use crate::error::{Error, Result};
use crate::id::Thumbprint;
use crate::time::Timestamp;

pub use issue::{CertificateKind, CertificateRequest, issue};
pub use name::DistinguishedName;

/// The largest certificate accepted, in bytes of DER.
pub const MAX_CERTIFICATE_LEN: usize = 64 * 1024;

/// A parsed X.509 certificate. It keeps the bytes that arrived; the thumbprint is over those.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    thumbprint: Thumbprint,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: PublicKey,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
}

/// Whether a certificate is valid at a time, and how many whole days remain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// notBefore is in the future.
    NotYetValid {
        /// Whole days until it is.
        days_until: i64,
    },
    /// Valid.
    Valid {
        /// Whole days left.
        days_left: i64,
    },
    /// notAfter is past.
    Expired {
        /// Whole days since.
        days_ago: i64,
    },
}

impl Certificate {
    /// Parses one certificate in PEM (a first line may be anything; text around the block is ignored) or DER.
    ///
    /// # Errors
    /// `certificate_unparsable`; `too_large`.
    pub fn parse(_provider: &CryptoProvider, _pem_or_der: &[u8]) -> Result<Self> {
        Err(Error::internal("stub"))
    }

    /// Parses DER.
    ///
    /// # Errors
    /// As [`Certificate::parse`].
    pub fn from_der(_provider: &CryptoProvider, _der: &[u8]) -> Result<Self> {
        Err(Error::internal("stub"))
    }

    /// The DER as it arrived.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM as BouncyCastle writes it: 64 columns, LF, a final newline.
    #[must_use]
    pub fn to_pem(&self) -> String {
        String::new()
    }

    /// SHA-256 over the DER.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// notBefore.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// notAfter.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Valid or not at `now`; both ends are inside.
    #[must_use]
    pub fn validity(&self, _now: Timestamp) -> Validity {
        Validity::Expired { days_ago: 0 }
    }

    /// The subject as DER, to be copied verbatim as the issuer of what it signs.
    #[must_use]
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    /// The issuer as DER.
    #[must_use]
    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// The subject's attributes.
    ///
    /// # Errors
    /// `certificate_unparsable`.
    pub fn subject(&self) -> Result<DistinguishedName> {
        Err(Error::internal("stub"))
    }

    /// The subject as text for people (RFC 4514).
    #[must_use]
    pub fn subject_text(&self) -> String {
        String::new()
    }

    /// The size of an RSA modulus in bits; none for other keys.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<u32> {
        None
    }

    /// Checks that `issuer`'s key signed this certificate, and that the names match. No dates, no extensions.
    ///
    /// # Errors
    /// `certificate_not_trusted`.
    pub fn verify_signed_by(&self, _provider: &CryptoProvider, _issuer: &Self) -> Result<()> {
        Err(Error::internal("stub"))
    }
}
