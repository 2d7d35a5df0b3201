//! Certificates that come from outside, and requests for them.

use super::KeyManager;
use crate::access::Verb;
use crate::certificate::bundle;
use crate::error::Result;
use crate::hierarchy::{Csr, CsrRequest, KeyInfo};
use crate::id::KeyScope;

impl KeyManager {
    /// Puts a certificate (PEM or DER) in place of that of the current key of `scope`, whose public key it must have.
    /// What was encrypted under the old one still opens.
    ///
    /// # Errors
    /// See [`Hierarchy::upload_certificate`](crate::hierarchy::Hierarchy::upload_certificate).
    pub fn upload_certificate(&self, scope: &KeyScope, certificate: &[u8]) -> Result<KeyInfo> {
        self.audited(Verb::UploadCertificate, scope, |hierarchy| hierarchy.upload_certificate(scope, certificate))
    }

    /// Keeps a certificate (PEM or DER) of another domain under `scope`, in place of the one that is current there.
    ///
    /// # Errors
    /// See [`Hierarchy::upload_other_domain`](crate::hierarchy::Hierarchy::upload_other_domain).
    pub fn upload_other_domain(&self, scope: &KeyScope, certificate: &[u8]) -> Result<KeyInfo> {
        self.audited(Verb::UploadOtherDomain, scope, |hierarchy| hierarchy.upload_other_domain(scope, certificate))
    }

    /// Asks an authority for a certificate of the current key of a scope; the key is made or renewed when the rules
    /// say so.
    ///
    /// # Errors
    /// See [`Hierarchy::generate_csr`](crate::hierarchy::Hierarchy::generate_csr).
    pub fn generate_csr(&self, request: &CsrRequest) -> Result<Csr> {
        self.audited(Verb::GenerateCsr, &request.scope, |hierarchy| hierarchy.generate_csr(request))
    }

    /// The current certificate of `scope` and those above it as a PKCS#7 bundle in PEM, as `getCertificateChain`
    /// answers it.
    ///
    /// # Errors
    /// See [`Hierarchy::chain`](crate::hierarchy::Hierarchy::chain).
    pub fn chain_pkcs7(&self, scope: &KeyScope) -> Result<String> {
        self.audited(Verb::ChainPkcs7, scope, |hierarchy| bundle::to_pem(&hierarchy.chain(scope)?))
    }
}
