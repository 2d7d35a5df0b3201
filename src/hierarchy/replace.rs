//! Generate on request, rotate and revoke (mosip-keys §3.5, §3.7; HIE-50 to HIE-56).

use super::Hierarchy;
use super::create::{ended, versions};
use super::info::{GenerateRequest, Generated, KeyInfo, KeyLevel};
use super::lock::ScopeLock;
use super::order::{Mode, Order, rewrap_needed};
use super::route::{Route, normalise, sign_reference};
use crate::error::{Code, Error, Result};
use crate::id::KeyScope;
use crate::master::KeyKind;
use crate::store::{ChangeSet, Record};

/// Attempts to revoke keys that others change.
const ATTEMPTS: usize = 5;

impl Hierarchy {
    /// Makes one key, or finds the current one. With `force` a new one is made in any case, and what was current ends
    /// one minute ago, in the same change set.
    ///
    /// # Errors
    /// `invalid_argument` for a symmetric key without a reference id; `application_not_found`, `policy_inactive`,
    /// `reference_not_allowed`, `sign_reference_not_allowed`, `root_not_found`, `generation_not_allowed`,
    /// `key_not_generated` (no Module key), `rewrap_needed`, `unsupported` for other kinds and for those that the master
    /// backend does not hold.
    pub fn generate(&self, request: &GenerateRequest) -> Result<Generated> {
        let scope = normalise(&request.scope);
        let level = match request.kind {
            KeyKind::Rsa2048 => {
                let level = self.rsa_level(&scope)?;
                if level != KeyLevel::Base {
                    self.policies_now()?.active(&scope.app)?;
                }
                level
            }
            KeyKind::Aes256 if scope.reference.as_str().is_empty() => {
                let why = "a symmetric key has a reference id";
                return Err(Error::new(Code::InvalidArgument, why));
            }
            KeyKind::Aes256 => KeyLevel::Symmetric,
            kind if sign_reference(kind).is_some() => self.elliptic_level(&scope, kind)?,
            _ => {
                let why = "keys are made of RSA with 2048 bits, AES with 256, on P-256 and secp256k1, and Ed25519";
                return Err(Error::new(Code::Unsupported, why));
            }
        };
        let mode = if request.force { Mode::Force } else { Mode::Ensure };
        self.fulfil(&Order { scope, level, mode, subject: request.subject.clone() })
    }

    /// Makes a new key in place of the current one, at every level; what was current ends one minute ago, in the same
    /// change set, and still decrypts.
    ///
    /// # Errors
    /// `key_not_generated` and `no_unique_key` when there is none to replace; else those of
    /// [`generate`](Self::generate).
    pub fn rotate(&self, scope: &KeyScope) -> Result<Generated> {
        let scope = normalise(scope);
        let rows = self.keys_of(&scope)?;
        let symmetric = rows.iter().any(|row| self.level(&row.key) == KeyLevel::Symmetric);
        let level = match self.route(&scope) {
            _ if symmetric => KeyLevel::Symmetric,
            Route::EllipticSign(_) | Route::Ed25519Sign => KeyLevel::Sign,
            _ => self.rsa_level(&scope)?,
        };
        if rows.is_empty() {
            self.policies_now()?.active(&scope.app)?;
            return Err(Error::new(Code::KeyNotGenerated, format!("{scope} has no key")));
        }
        self.fulfil(&Order::new(scope, level, Mode::Rotate))
    }

    /// Ends the current key one minute ago, and makes none in its place. It still decrypts. When several are current
    /// all of them end; the newest is described.
    ///
    /// # Errors
    /// `revoke_not_allowed` for the signing pair, `rewrap_needed` for a ZK
    /// master, `no_unique_key` when none is current.
    pub fn revoke(&self, scope: &KeyScope) -> Result<KeyInfo> {
        let scope = normalise(scope);
        if self.is_sign_pair(&scope) {
            return Err(Error::new(Code::RevokeNotAllowed, format!("{scope} is the signing key of this deployment")));
        }
        let _lock = ScopeLock::take(&self.store, &scope, self.config.hierarchy.lock_wait)?;
        // An upload that a crash interrupted would be finished on a key that was revoked meanwhile (HIE-71).
        self.clear_intents(&scope);
        for _ in 0..ATTEMPTS {
            let policies = self.policies_now()?;
            let rows = self.keys_of(&scope)?;
            let moment = self.moment(&scope, &policies)?;
            let Some(newest) = self.select(&scope, &rows, &policies)? else {
                return Err(Error::new(Code::NoUniqueKey, format!("no key of {scope} is current")));
            };
            if self.level(&newest.key) == KeyLevel::Symmetric && self.is_zk_master(&scope) {
                return Err(rewrap_needed(&scope));
            }
            let alias = newest.key.alias.alias.clone();
            let changes = ended(&rows, Mode::Force, &moment);
            let described = changes.iter().find_map(|change| match change {
                crate::store::Change::Update(Record::Key(key), _) if key.alias.alias == alias => Some(key.clone()),
                _ => None,
            });
            match self.store.apply(ChangeSet { expect_scopes: vec![(scope.clone(), versions(&rows))], changes }) {
                Ok(()) => {
                    tracing::info!(%alias, %scope, "key revoked");
                    if self.level(&newest.key) == KeyLevel::Module {
                        self.discard_former_pools(&scope, None);
                    }
                    let certificate = self.certificate_of_key(newest)?;
                    let key = described.ok_or_else(|| Error::internal("the key to revoke is among the changes"))?;
                    return self.describe(&key, certificate.as_ref(), &self.book_of(policies));
                }
                Err(error) if error.code() == Code::StoreConflict => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::new(Code::StoreConflict, format!("the keys of {scope} are being changed by others")))
    }

    pub(super) fn fulfil(&self, order: &Order) -> Result<Generated> {
        let made = self.make(order)?;
        let key = self.made_info(&made, &self.book()?)?;
        let mut generated = Generated::default();
        if made.generated {
            generated.generated.push(key)
        } else {
            generated.existing.push(key)
        }
        Ok(generated)
    }

    pub(super) fn rsa_level(&self, scope: &KeyScope) -> Result<KeyLevel> {
        match self.route(scope) {
            Route::Root => Ok(KeyLevel::Root),
            Route::Module => Ok(KeyLevel::Module),
            Route::Sign if scope.app == self.config.hierarchy.sign_app => Ok(KeyLevel::Sign),
            Route::Sign => {
                // Routed by the name in another case; upstream compares exactly from here on.
                self.policies_now()?.active(&scope.app)?;
                let why = format!("{scope}: only the configured signing pair has a signing key");
                Err(Error::new(Code::ReferenceNotAllowed, why))
            }
            Route::EllipticSign(_) | Route::Ed25519Sign => {
                self.policies_now()?.active(&scope.app)?;
                let why = format!("{scope}: the reference id is that of an elliptic signing key; name its kind");
                Err(Error::new(Code::ReferenceNotAllowed, why))
            }
            Route::Store => Ok(KeyLevel::Base),
        }
    }

    /// HIE-100: each kind has one reference id, and no other.
    pub(super) fn elliptic_level(&self, scope: &KeyScope, kind: KeyKind) -> Result<KeyLevel> {
        self.policies_now()?.active(&scope.app)?;
        let fits = match self.route(scope) {
            Route::EllipticSign(of) => of == kind,
            Route::Ed25519Sign => kind == KeyKind::Ed25519,
            _ => false,
        };
        if fits && scope.app != self.config.hierarchy.root_app {
            return Ok(KeyLevel::Sign);
        }
        let own = sign_reference(kind).map(|reference| reference.to_string()).unwrap_or_default();
        let why =
            format!("{scope}: a signing key of this kind has the reference id {own}, under any application but Root");
        Err(Error::new(Code::SignReferenceNotAllowed, why))
    }
}
