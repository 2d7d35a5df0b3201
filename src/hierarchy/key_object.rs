//! A key made or found, and what is asked of it: its certificate, or a request for another (mosip-keys §3.7
//! generateMasterKey, generateECSignKey; HIE-82 to HIE-85).

use super::info::{KeyInfo, KeyLevel};
use super::order::{Mode, Order};
use super::route::{Route, elliptic_kind, normalise};
use super::{Hierarchy, subject};
use crate::certificate::{Certificate, CertificationRequest, DistinguishedName};
use crate::error::{Code, Error, Result};
use crate::id::KeyScope;
use crate::master::KeyKind;

/// What a key can be answered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectType {
    /// Its certificate.
    Certificate,
    /// A certification request (PKCS#10) that it signs.
    Csr,
}

impl ObjectType {
    /// The word that callers of the Java service use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::Csr => "CSR",
        }
    }

    /// The type of this name, ignoring case.
    ///
    /// # Errors
    /// `invalid_argument` for a blank name, `unknown_object_type` for any other.
    pub fn from_name(name: &str) -> Result<Self> {
        if name.trim().is_empty() {
            return Err(Error::new(Code::InvalidArgument, "the object type is blank: CERTIFICATE or CSR"));
        }
        [Self::Certificate, Self::Csr]
            .into_iter()
            .find(|object| object.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| Error::new(Code::UnknownObjectType, "the object type is neither CERTIFICATE nor CSR"))
    }
}

/// A request for a key as certificate or certification request.
#[derive(Debug, Clone)]
pub struct KeyObjectRequest {
    /// What the key is for.
    pub scope: KeyScope,
    /// `CERTIFICATE` or `CSR`, ignoring case. Text, since the Java service looks at it after the scope (HIE-82).
    pub object_type: String,
    /// Make a new key although there is a current one, and end that one.
    pub force: bool,
    /// Subject attributes of a key that is made, and of the request; what is none comes from the configuration.
    pub subject: DistinguishedName,
}

/// A key that was made or found, as it was asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum KeyObject {
    /// Its certificate.
    #[non_exhaustive]
    Certificate {
        /// The key.
        key: KeyInfo,
        /// Whether this call made it.
        generated: bool,
        /// Its certificate.
        certificate: Certificate,
    },
    /// A certification request.
    #[non_exhaustive]
    Csr {
        /// The key.
        key: KeyInfo,
        /// Whether this call made it.
        generated: bool,
        /// The request, signed by the key.
        request: CertificationRequest,
    },
}

impl KeyObject {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &KeyInfo {
        match self {
            Self::Certificate { key, .. } | Self::Csr { key, .. } => key,
        }
    }

    /// Whether this call made the key.
    #[must_use]
    pub const fn generated(&self) -> bool {
        match self {
            Self::Certificate { generated, .. } | Self::Csr { generated, .. } => *generated,
        }
    }

    /// Certificate or request as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        match self {
            Self::Certificate { certificate, .. } => certificate.to_pem(),
            Self::Csr { request, .. } => request.to_pem(),
        }
    }
}

impl Hierarchy {
    /// Makes a master key (Root, Module, or the signing pair), or finds the current one, and answers its certificate or
    /// a certification request for it. With `force` a new one is made in any case, as [`generate`](Self::generate) does.
    ///
    /// # Errors
    /// In this order: `application_not_found`, `policy_inactive`; `reference_not_allowed` for any reference id but a
    /// blank one and that of the signing pair; `invalid_argument` for a blank object type, `unknown_object_type`;
    /// `invalid_argument` for a name that cannot be encoded; those of [`generate`](Self::generate).
    pub fn generate_master_key(&self, request: &KeyObjectRequest) -> Result<KeyObject> {
        let scope = normalise(&request.scope);
        self.policies_now()?.active(&scope.app)?;
        if self.route(&scope) == Route::Store {
            let why = format!("{scope}: a master key has no reference id, but for that of the signing pair");
            return Err(Error::new(Code::ReferenceNotAllowed, why));
        }
        let level = self.rsa_level(&scope)?;
        let object = ObjectType::from_name(&request.object_type)?;
        self.make_object(scope, level, object, request)
    }

    /// Makes the elliptic signing key that the reference id stands for ([`sign_reference`](super::sign_reference)), or
    /// finds the current one, and answers as [`generate_master_key`](Self::generate_master_key) does.
    ///
    /// # Errors
    /// In this order: `application_not_found`, `policy_inactive`; `sign_reference_not_allowed` for any other reference
    /// id, and for the Root application; `invalid_argument` for an object type that is blank or unknown, and for a name
    /// that cannot be encoded; those of [`generate`](Self::generate).
    pub fn generate_ec_sign_key(&self, request: &KeyObjectRequest) -> Result<KeyObject> {
        let scope = normalise(&request.scope);
        // A reference id that stands for no kind fits none of them.
        let level = self.elliptic_level(&scope, elliptic_kind(&scope).unwrap_or(KeyKind::EcP256))?;
        let object = ObjectType::from_name(&request.object_type)
            .map_err(|error| Error::new(Code::InvalidArgument, error.detail().to_owned()))?;
        self.make_object(scope, level, object, request)
    }

    fn make_object(
        &self,
        scope: KeyScope,
        level: KeyLevel,
        object: ObjectType,
        request: &KeyObjectRequest,
    ) -> Result<KeyObject> {
        // That of the certificate it would get, the common name with the scope: `generate_csr` leaves the scope out.
        let subject = subject::of_master(&request.subject, &self.config.subject, &scope);
        if object == ObjectType::Csr {
            // Before a key is made for nothing.
            subject.to_der()?;
        }
        let mode = if request.force { Mode::Force } else { Mode::Ensure };
        let made = self.make(&Order { scope, level, mode, subject: request.subject.clone() })?;
        let (key, generated) = (self.made_info(&made, &self.book()?)?, made.generated);
        let alias = &key.alias;
        match object {
            ObjectType::Csr => {
                let request = self.request_for(alias, &subject)?;
                Ok(KeyObject::Csr { key, generated, request })
            }
            ObjectType::Certificate => match made.certificate {
                Some(certificate) => Ok(KeyObject::Certificate { key, generated, certificate }),
                None => {
                    let why = format!("the master backend has no key under the alias {alias}");
                    Err(Error::new(Code::AliasNotFound, why))
                }
            },
        }
    }
}
