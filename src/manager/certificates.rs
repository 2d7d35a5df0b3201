//! Certificates of the hierarchy.

use super::KeyManager;
use crate::access::Verb;
use crate::certificate::Certificate;
use crate::error::Result;
use crate::hierarchy::{CurrentCertificate, KeyInfo};
use crate::id::{KeyScope, Thumbprint};

impl KeyManager {
    /// The current certificate of `scope`; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// See [`Hierarchy::certificate`](crate::hierarchy::Hierarchy::certificate).
    pub fn certificate(&self, scope: &KeyScope) -> Result<CurrentCertificate> {
        self.audited(Verb::Certificate, scope, |hierarchy| hierarchy.certificate(scope))
    }

    /// The current certificate of `scope` and those above it, leaf first.
    ///
    /// # Errors
    /// See [`Hierarchy::certificate`](crate::hierarchy::Hierarchy::certificate).
    pub fn chain(&self, scope: &KeyScope) -> Result<Vec<Certificate>> {
        self.audited(Verb::Chain, scope, |hierarchy| hierarchy.chain(scope))
    }

    /// Every certificate `scope` ever had, oldest first.
    ///
    /// # Errors
    /// See [`Hierarchy::all_certificates`](crate::hierarchy::Hierarchy::all_certificates).
    pub fn all_certificates(&self, scope: &KeyScope) -> Result<Vec<(KeyInfo, Certificate)>> {
        self.audited(Verb::AllCertificates, scope, |hierarchy| hierarchy.all_certificates(scope))
    }

    /// The certificate with this thumbprint, if a key here has it.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn certificate_of(&self, thumbprint: &Thumbprint) -> Result<Option<Certificate>> {
        self.audited(Verb::CertificateOf, *thumbprint, |hierarchy| hierarchy.certificate_of(thumbprint))
    }
}
