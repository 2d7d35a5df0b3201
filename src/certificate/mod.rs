//! X.509 certificates: parse, thumbprint, validity under an injected clock, issue (docs/certificates.md).
//!
//! ```text
//! Root    self-signed, CA, pathLen 2
//!  └─ Module or Sign    CA, pathLen 1
//!      ├─ Base       not a CA, keyEncipherment: what envelopes are encrypted to
//!      └─ Signing    not a CA, digitalSignature: Ed25519 keys
//! ```

mod alternative;
mod ber;
pub mod bundle;
mod chain;
pub mod csr;
mod directory_name;
mod extension;
mod issue;
mod key;
mod name;
mod name_text;
mod oid;
mod parse;
mod pem;
mod read;
mod serial;
mod signature;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::crypto::{CryptoProvider, HashAlgorithm, PublicKey, sha256};
use crate::error::{Code, Error, Result};
use crate::id::{Thumbprint, hex_upper};
use crate::time::Timestamp;

pub use crate::crypto::Curve;
pub use alternative::AlternativeNames;
pub use chain::{MAX_CHAIN_LEN, chain};
pub use csr::CertificationRequest;
pub use extension::{BasicConstraints, Extension, KeyUsage};
pub use issue::{CertificateKind, CertificateRequest, PROVISIONAL_MARK, is_provisional, issue};
pub use key::KeyAlgorithm;
pub use name::DistinguishedName;

use extension::Extensions;
use signature::SignatureAlgorithm;

/// The largest certificate accepted, in bytes of DER.
pub const MAX_CERTIFICATE_LEN: usize = 64 * 1024;

/// The largest text with a certificate in PEM accepted, in bytes.
pub const MAX_PEM_LEN: usize = 4 * MAX_CERTIFICATE_LEN;

/// A parsed X.509 certificate. It keeps the bytes that arrived; the thumbprint is over those.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs_der: Vec<u8>,
    thumbprint: Thumbprint,
    version: u8,
    serial: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key: PublicKey,
    key_algorithm: KeyAlgorithm,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    extensions: Extensions,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
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
    /// Nothing hostile in the bytes can make it panic, loop or allocate more than a few times their size.
    ///
    /// # Errors
    /// `certificate_unparsable`; `too_large` beyond [`MAX_CERTIFICATE_LEN`] or [`MAX_PEM_LEN`].
    pub fn parse(provider: &CryptoProvider, pem_or_der: &[u8]) -> Result<Self> {
        if pem::is_der(pem_or_der) {
            return Self::from_der(provider, pem_or_der);
        }
        let der = pem::decode(&pem::CERTIFICATE, pem_or_der)?;
        Self::from_der(provider, &der)
    }

    /// Parses DER.
    ///
    /// # Errors
    /// As [`Certificate::parse`].
    pub fn from_der(provider: &CryptoProvider, der: &[u8]) -> Result<Self> {
        let fields = parse::parse(der)?;
        Ok(Self {
            der: der.to_vec(),
            tbs_der: fields.tbs_der.to_vec(),
            thumbprint: Thumbprint::from_bytes(sha256(provider, der)?),
            version: fields.version,
            serial: fields.serial.to_vec(),
            not_before: fields.not_before,
            not_after: fields.not_after,
            public_key: PublicKey::from_spki_der(fields.spki_der.to_vec()),
            key_algorithm: fields.key_algorithm,
            subject_der: fields.subject_der.to_vec(),
            issuer_der: fields.issuer_der.to_vec(),
            extensions: fields.extensions,
            signature_algorithm: fields.signature_algorithm,
            signature: fields.signature.to_vec(),
        })
    }

    /// The DER as it arrived.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM as BouncyCastle writes it: 64 columns, LF, a final newline.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(&pem::CERTIFICATE, &self.der)
    }

    /// SHA-256 over the DER.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// SHA-1 over the DER in lower-case hexadecimal, as the rows of CA and partner certificates have it. It names a
    /// row and secures nothing.
    #[must_use]
    pub fn sha1_thumbprint(&self, provider: &CryptoProvider) -> String {
        hex_upper(&provider.hash.digest(HashAlgorithm::Sha1, &self.der)).to_ascii_lowercase()
    }

    /// The X.509 version: 1, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The serial number in decimal; upstream's are negative half of the time.
    #[must_use]
    pub fn serial(&self) -> String {
        serial::decimal(&self.serial)
    }

    /// The serial number as a two's complement, as short as it can be: what Java's `toByteArray` gives.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn serial_bytes(&self) -> &[u8] {
        &self.serial
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The kind of the public key; its text is such as `RSA-2048`.
    #[must_use]
    pub fn key_algorithm(&self) -> &KeyAlgorithm {
        &self.key_algorithm
    }

    /// The size of an RSA modulus in bits; none for other keys.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<u32> {
        match self.key_algorithm {
            KeyAlgorithm::Rsa { bits } => Some(bits),
            _ => None,
        }
    }

    /// How the certificate is signed: `SHA256withRSA`, `SHA256withECDSA`, `RSASSA-PSS`, … or dotted text.
    #[must_use]
    pub fn signature_algorithm(&self) -> &str {
        self.signature_algorithm.name()
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

    /// Valid or not at `now`; both ends are inside, to the microsecond.
    #[must_use]
    pub fn validity(&self, now: Timestamp) -> Validity {
        if now < self.not_before {
            Validity::NotYetValid { days_until: now.days_until(self.not_before) }
        } else if now > self.not_after {
            Validity::Expired { days_ago: self.not_after.days_until(now) }
        } else {
            Validity::Valid { days_left: now.days_until(self.not_after) }
        }
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
    /// `certificate_unparsable` when one of them is not a string.
    pub fn subject(&self) -> Result<DistinguishedName> {
        DistinguishedName::from_der(&self.subject_der)
    }

    /// The issuer's attributes.
    ///
    /// # Errors
    /// As [`Certificate::subject`].
    pub fn issuer(&self) -> Result<DistinguishedName> {
        DistinguishedName::from_der(&self.issuer_der)
    }

    /// The subject as text for people (RFC 4514).
    #[must_use]
    pub fn subject_text(&self) -> String {
        // The name was read once when the certificate was parsed, so this does not fail.
        name_text::text(&self.subject_der).unwrap_or_default()
    }

    /// The issuer as text for people (RFC 4514).
    #[must_use]
    pub fn issuer_text(&self) -> String {
        name_text::text(&self.issuer_der).unwrap_or_default()
    }

    /// Whether subject and issuer are the same name. It says nothing about the signature.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        name_text::same(&self.subject_der, &self.issuer_der).unwrap_or(false)
    }

    /// Whether this certificate's subject is the name of `issued`'s issuer (CERT-20).
    fn is_named_issuer_of(&self, issued: &Self) -> bool {
        name_text::same(&issued.issuer_der, &self.subject_der).unwrap_or(false)
    }

    /// The basic constraints, where the certificate has them.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// Whether the basic constraints say that the subject may issue certificates.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// The key usage, where the certificate has it.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// All extensions in the order of the certificate.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions.list
    }

    /// Checks that `issuer`'s key signed this certificate, and that the names match. No dates, no extensions.
    ///
    /// # Errors
    /// `certificate_not_trusted`; `unsupported` for a signature that is not RSA (PKCS#1 v1.5, or PSS with a salt as long
    /// as the hash) or ECDSA with SHA-256, SHA-384 or SHA-512, nor Ed25519.
    pub fn verify_signed_by(&self, provider: &CryptoProvider, issuer: &Self) -> Result<()> {
        if !name_text::same(&self.issuer_der, &issuer.subject_der)? {
            return Err(signature::not_trusted("the certificate names another issuer"));
        }
        self.verify_signed_with(provider, &issuer.public_key)
    }

    /// Checks that this key signed this certificate, whatever name its owner goes by now.
    pub(crate) fn verify_signed_with(&self, provider: &CryptoProvider, key: &PublicKey) -> Result<()> {
        signature::verify(provider, key, &self.signature_algorithm, &self.tbs_der, &self.signature)
    }
}

/// The thumbprint only; a log has no use for the rest.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint)
    }
}

fn unparsable(what: &'static str) -> Error {
    Error::new(Code::CertificateUnparsable, format!("{NOT_READABLE}{what}"))
}

/// What every failure of [`unparsable`] begins with.
const NOT_READABLE: &str = "not a readable certificate: ";

/// A failure of the shared readers, said of another thing than a certificate.
fn unparsable_as(error: Error, code: Code, what: &str) -> Error {
    if error.code() != Code::CertificateUnparsable {
        return error;
    }
    let detail = error.detail().strip_prefix(NOT_READABLE).unwrap_or(error.detail());
    Error::new(code, format!("not a readable {what}: {detail}"))
}

/// The tag `[number]` of a field.
fn context(number: u32, constructed: bool) -> der::Tag {
    der::Tag::ContextSpecific { constructed, number: der::TagNumber(number) }
}
