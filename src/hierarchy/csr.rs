//! Certification requests for keys that are here (mosip-keys §3.7 generateCSR, §4.3; HIE-80, HIE-81).

use super::info::KeyInfo;
use super::route::{normalise, same};
use super::{Hierarchy, subject};
use crate::certificate::{CertificationRequest, DistinguishedName};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};

/// The pair that upstream makes no requests for, whatever its configuration.
const NO_REQUESTS: (&str, &str) = ("KERNEL", "IDENTITY_CACHE");

/// A request for a certification request.
#[derive(Debug, Clone)]
pub struct CsrRequest {
    /// Whose current key is to be certified. A blank reference asks for the application's Module key (or the Root key).
    pub scope: KeyScope,
    /// Subject attributes; what is none comes from the configuration, the common name too.
    pub subject: DistinguishedName,
}

/// A certification request (PKCS#10) for a key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Csr {
    /// The key.
    pub key: KeyInfo,
    /// The request, signed by the key.
    pub request: CertificationRequest,
}

impl Csr {
    /// The request as DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.request.der()
    }

    /// The request as PEM, label `CERTIFICATE REQUEST`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.request.to_pem()
    }
}

impl Hierarchy {
    /// Asks for a certificate of the current key of a scope, which is made or renewed when the rules say so.
    ///
    /// # Errors
    /// In this order: `application_not_found`, `policy_inactive`; `csr_not_allowed` for the ZK master; those of
    /// [`certificate`](Self::certificate), `certificate_not_found` for a symmetric key; `alias_not_found` for a
    /// certificate of another domain; `invalid_argument` for a name that cannot be encoded.
    pub fn generate_csr(&self, request: &CsrRequest) -> Result<Csr> {
        let scope = normalise(&request.scope);
        self.policies_now()?.active(&scope.app)?;
        let config = &self.config.hierarchy;
        let pair = |app: &str, name: &str| same(scope.app.as_str(), app) && same(scope.reference.as_str(), name);
        if pair(NO_REQUESTS.0, NO_REQUESTS.1) || pair(config.zk_app.as_str(), config.zk_ref.as_str()) {
            let why = format!("{scope} is a symmetric key, which has no certificate");
            return Err(Error::new(Code::CsrNotAllowed, why));
        }
        let subject = subject::of_request(&request.subject, &self.config.subject);
        // Before a key is made for nothing.
        subject.to_der()?;
        let key = self.certificate(&scope)?.key;
        let request = self.request_for(&key.alias, &subject)?;
        Ok(Csr { key, request })
    }

    /// A certification request for the pair `alias`, signed by it.
    pub(super) fn request_for(&self, alias: &Alias, subject: &DistinguishedName) -> Result<CertificationRequest> {
        let missing = || Error::new(Code::AliasNotFound, format!("no key has the alias {alias}"));
        let row = self.key_by_alias(alias)?.ok_or_else(missing)?;
        self.public_key_of(&row)?;
        let private_key = self.private_key(&row)?;
        CertificationRequest::create(&self.provider, subject, private_key.as_ref())
    }
}
