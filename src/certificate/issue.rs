//! Issue Root, Module, Sign and Base certificates exactly as mosip-keys §4.1.

use crate::certificate::{Certificate, DistinguishedName};
use crate::crypto::{CryptoProvider, PrivateKey, PublicKey};
use crate::error::{Error, Result};
use crate::random::RandomSource;
use crate::time::Timestamp;

/// What the certificate is for; it decides the extensions (mosip-keys §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateKind {
    /// Self-signed Root: CA, pathLen 2, digitalSignature and keyCertSign.
    Root,
    /// Module and Sign keys: CA, pathLen 1, digitalSignature and keyCertSign.
    Module,
    /// Base keys: not a CA, keyEncipherment.
    Base,
    /// A provisional self-signed certificate of a key file's pending pair: not a CA, and a mark of its own.
    Provisional,
}

/// What to certify.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    /// What it is for.
    pub kind: CertificateKind,
    /// The subject.
    pub subject: DistinguishedName,
    /// The subject's key.
    pub public_key: PublicKey,
    /// notBefore, cut to seconds.
    pub not_before: Timestamp,
    /// notAfter, cut to seconds.
    pub not_after: Timestamp,
}

/// Issues a certificate: `issuer` none means self-signed, and then `signer` is the subject's own key.
/// Serial: 64 random bits, positive, not zero. Signature SHA256withRSA.
///
/// # Errors
/// Those of the signer; `invalid_argument` for a name that cannot be encoded or an empty validity.
pub fn issue(
    _provider: &CryptoProvider,
    _random: &dyn RandomSource,
    _request: &CertificateRequest,
    _issuer: Option<&Certificate>,
    _signer: &dyn PrivateKey,
) -> Result<Certificate> {
    Err(Error::internal("stub"))
}
