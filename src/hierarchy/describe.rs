//! From a row and its certificate to what people see.

use std::cell::OnceCell;

use super::Hierarchy;
use super::info::{KeyInfo, KeyLevel, KeyLocation};
use super::policy::Policies;
use crate::certificate::Certificate;
use crate::error::Result;
use crate::id::Alias;
use crate::store::KeyRecord;

/// Object identifiers of public keys that are not RSA: id-Ed25519 (RFC 8410), id-ecPublicKey and its curves (RFC 5480,
/// SEC 2).
const ED25519: &str = "1.3.101.112";
const CURVES: [(&str, &str); 4] = [
    ("1.2.840.10045.3.1.7", "EC-P256"),
    ("1.3.132.0.34", "EC-P384"),
    ("1.3.132.0.35", "EC-P521"),
    ("1.3.132.0.10", "EC-secp256k1"),
];
/// The algorithm of a key that nothing tells about.
const UNKNOWN: &str = "unknown";

/// What descriptions of one operation share: the policy table, and the Root keys once one is needed.
#[derive(Debug)]
pub(super) struct Book {
    policies: Policies,
    roots: OnceCell<Vec<(Alias, Certificate)>>,
}

impl Hierarchy {
    pub(super) fn book(&self) -> Result<Book> {
        Ok(self.book_of(self.policies_now()?))
    }

    pub(super) fn book_of(&self, policies: Policies) -> Book {
        Book { policies, roots: OnceCell::new() }
    }

    /// Describes a key; `certificate` is its own, none for a symmetric key or one the master backend lost.
    pub(super) fn describe(&self, key: &KeyRecord, certificate: Option<&Certificate>, book: &Book) -> Result<KeyInfo> {
        let level = self.level(key);
        let row = &key.alias;
        let moment = self.moment(&row.scope, &book.policies)?;
        Ok(KeyInfo {
            alias: row.alias.clone(),
            scope: row.scope.clone(),
            level,
            algorithm: algorithm(level, certificate),
            location: match level {
                KeyLevel::OtherDomain => KeyLocation::External,
                _ if key.stored.is_some() => KeyLocation::Store,
                _ => KeyLocation::Master,
            },
            thumbprint: row.thumbprint.or_else(|| certificate.map(Certificate::thumbprint)),
            issuer_alias: self.issuer_alias(level, key, certificate, book)?,
            not_before: row.generated,
            not_after: row.expires,
            state: moment.state(row, certificate.map(Certificate::not_after)),
            days_left: row.expires.map(|expires| moment.now.days_until(expires)),
            uni_ident: row.uni_ident.clone(),
        })
    }

    fn issuer_alias(
        &self,
        level: KeyLevel,
        key: &KeyRecord,
        certificate: Option<&Certificate>,
        book: &Book,
    ) -> Result<Option<Alias>> {
        match (level, &key.stored) {
            (KeyLevel::Base | KeyLevel::Sign, Some(stored)) => Ok(Some(stored.master.clone())),
            (KeyLevel::Module | KeyLevel::Sign, _) => {
                let Some(certificate) = certificate else { return Ok(None) };
                let roots = match book.roots.get() {
                    Some(roots) => roots,
                    None => {
                        let roots = self.roots()?;
                        book.roots.get_or_init(|| roots)
                    }
                };
                Ok(self.root_of(certificate, roots).map(|(alias, _)| alias.clone()))
            }
            (KeyLevel::Root | KeyLevel::Base | KeyLevel::Symmetric | KeyLevel::OtherDomain, _) => Ok(None),
        }
    }
}

fn algorithm(level: KeyLevel, certificate: Option<&Certificate>) -> String {
    if level == KeyLevel::Symmetric {
        return "AES-256".to_owned();
    }
    let Some(certificate) = certificate else { return UNKNOWN.to_owned() };
    if let Some(bits) = certificate.rsa_bits() {
        return format!("RSA-{bits}");
    }
    let Ok(spki) = spki::SubjectPublicKeyInfoRef::try_from(certificate.public_key().spki_der()) else {
        return UNKNOWN.to_owned();
    };
    if spki.algorithm.oid.to_string() == ED25519 {
        return "Ed25519".to_owned();
    }
    let curve = spki.algorithm.parameters_oid().map(|oid| oid.to_string()).unwrap_or_default();
    CURVES.iter().find(|(oid, _)| *oid == curve).map_or(UNKNOWN, |(_, name)| name).to_owned()
}
