//! The current certificate of a scope, its chain, and all it ever had (mosip-keys §3.3, §3.7).

use super::Hierarchy;
use super::describe::Book;
use super::info::{CurrentCertificate, KeyInfo, KeyLevel};
use super::order::{Made, Mode, Order};
use super::policy::Policies;
use super::route::{Route, normalise, same};
use crate::certificate::Certificate;
use crate::error::{Code, Error, Result};
use crate::id::{KeyScope, Thumbprint};
use crate::store::Select;

/// Pairs that upstream refuses to encrypt to, whatever its configuration.
const NO_RECIPIENTS: [(&str, &str); 2] = [("KERNEL", "SIGN"), ("KERNEL", "IDENTITY_CACHE")];

impl Hierarchy {
    /// The current certificate of `scope`, made or renewed when the rules say so (HIE-21 to HIE-24): a Base key that is
    /// not there is generated; a master key that is due is renewed, with the Root above it if that is due too; a master
    /// key that never was is not.
    ///
    /// # Errors
    /// Master keys: `application_not_found`, `policy_inactive`, `key_not_generated`, `root_not_found`. Base keys:
    /// `generation_not_allowed`, `application_not_found`, `policy_inactive`, `key_not_generated` (no Module key).
    /// `certificate_not_found` for a symmetric key.
    pub fn certificate(&self, scope: &KeyScope) -> Result<CurrentCertificate> {
        let (made, policies) = self.obtain(&normalise(scope))?;
        let certificate = made.certificate.ok_or_else(|| no_certificate(&made.key.alias.scope))?;
        let key = self.describe(&made.key, Some(&certificate), &self.book_of(policies))?;
        Ok(CurrentCertificate { key, certificate, generated: made.generated })
    }

    fn obtain(&self, scope: &KeyScope) -> Result<(Made, Policies)> {
        let route = self.route(scope);
        let policies = self.policies_now()?;
        if route.in_master() {
            policies.active(&scope.app)?;
        }
        let rows = self.keys_of(scope)?;
        if let Some(row) = self.select(scope, &rows, &policies)? {
            let level = self.level(&row.key);
            let certificate = match level {
                KeyLevel::Symmetric => None,
                _ => Some(self.certificate_of_key(row)?.ok_or_else(|| {
                    let alias = &row.key.alias.alias;
                    Error::new(Code::AliasNotFound, format!("the master backend has no key under the alias {alias}"))
                })?),
            };
            return Ok((Made { key: row.key.clone(), certificate, generated: false }, policies));
        }
        let (level, mode) = match route {
            Route::Root => (KeyLevel::Root, Mode::Renew),
            Route::Module => (KeyLevel::Module, Mode::Renew),
            Route::Sign => (KeyLevel::Sign, Mode::Renew),
            Route::EllipticSign(_) => (KeyLevel::Sign, Mode::Renew),
            // Upstream takes it for a Base key, which it must not make there (mosip-keys §1.5).
            Route::Ed25519Sign if rows.is_empty() => (KeyLevel::Base, Mode::Ensure),
            Route::Ed25519Sign => (KeyLevel::Sign, Mode::Renew),
            Route::Store => (KeyLevel::Base, Mode::Ensure),
        };
        if mode == Mode::Renew && rows.is_empty() {
            return Err(Error::new(Code::KeyNotGenerated, format!("{scope} has no key")));
        }
        Ok((self.make(&Order::new(scope.clone(), level, mode))?, policies))
    }

    /// The current certificate of `scope` and those above it, leaf first, as far as they are here and verify. A
    /// certificate of a foreign issuer stands alone.
    ///
    /// # Errors
    /// Those of [`certificate`](Self::certificate).
    pub fn chain(&self, scope: &KeyScope) -> Result<Vec<Certificate>> {
        let (made, _) = self.obtain(&normalise(scope))?;
        let mut last = made.certificate.ok_or_else(|| no_certificate(&made.key.alias.scope))?;
        let mut chain = vec![last.clone()];
        if let Some(stored) = made.key.stored.as_ref().filter(|_| self.level(&made.key) != KeyLevel::OtherDomain) {
            let Some(module) = self.module_that_signed(&last, &made.key.alias.scope.app, &stored.master)? else {
                return Ok(chain);
            };
            chain.push(module.clone());
            last = module;
        }
        let roots = self.roots()?;
        // A Root is its own issuer, and stands in the chain once.
        if let Some((_, root)) = self.root_of(&last, &roots).filter(|(_, root)| *root != last) {
            chain.push(root.clone());
        }
        Ok(chain)
    }

    /// Refuses scopes that envelopes are not made for (mosip-envelopes §2.4; HIE-48): masters, the signing pair and the
    /// ZK master, upstream's names and the configured ones, ignoring case.
    ///
    /// # Errors
    /// `encrypt_not_allowed`.
    pub fn refuse_recipient(&self, scope: &KeyScope) -> Result<()> {
        let config = &self.config.hierarchy;
        let pair =
            |app: &str, reference: &str| same(scope.app.as_str(), app) && same(scope.reference.as_str(), reference);
        let refused = scope.reference.is_blank()
            || NO_RECIPIENTS.iter().any(|(app, reference)| pair(app, reference))
            || pair(config.sign_app.as_str(), config.sign_ref.as_str())
            || pair(config.zk_app.as_str(), config.zk_ref.as_str());
        if refused {
            return Err(Error::new(Code::EncryptNotAllowed, format!("no envelopes are made for the key of {scope}")));
        }
        Ok(())
    }

    /// Every certificate `scope` ever had, expired and revoked ones too, oldest first.
    ///
    /// # Errors
    /// `alias_not_found` when the master backend lost one.
    pub fn all_certificates(&self, scope: &KeyScope) -> Result<Vec<(KeyInfo, Certificate)>> {
        let scope = normalise(scope);
        let book = self.book()?;
        let mut all = Vec::new();
        for row in self.keys_of(&scope)? {
            if self.level(&row.key) == KeyLevel::Symmetric {
                continue;
            }
            let certificate = self.certificate_of_key(&row)?.ok_or_else(|| {
                let alias = &row.key.alias.alias;
                Error::new(Code::AliasNotFound, format!("the master backend has no certificate under {alias}"))
            })?;
            all.push((self.describe(&row.key, Some(&certificate), &book)?, certificate));
        }
        Ok(all)
    }

    /// The certificate with this thumbprint; none when no key has it.
    ///
    /// # Errors
    /// Those of the store and of the master backend.
    pub fn certificate_of(&self, thumbprint: &Thumbprint) -> Result<Option<Certificate>> {
        for row in self.find_keys(Select::KeysByThumbprint(*thumbprint))? {
            // A row may name a certificate that was replaced meanwhile; the answer must be what was asked for.
            let certificate = self.certificate_of_key(&row)?.filter(|found| found.thumbprint() == *thumbprint);
            if certificate.is_some() {
                return Ok(certificate);
            }
        }
        Ok(None)
    }

    pub(super) fn made_info(&self, made: &Made, book: &Book) -> Result<KeyInfo> {
        self.describe(&made.key, made.certificate.as_ref(), book)
    }
}

fn no_certificate(scope: &KeyScope) -> Error {
    Error::new(Code::CertificateNotFound, format!("the key of {scope} has no certificate"))
}
