//! What a creation is asked to do, what it answers, and what it must refuse.

use super::Hierarchy;
use super::info::KeyLevel;
use super::policy::{BASE_POLICY, Policies};
use super::records::Row;
use super::route::{Route, same};
use crate::certificate::{Certificate, DistinguishedName};
use crate::config::HierarchyConfig;
use crate::error::{Code, Error, Result};
use crate::id::{AppId, KeyScope};
use crate::master::KeyKind;
use crate::store::KeyRecord;

/// Applications under which no Base key is made, besides that of Root (mosip-keys §1.5).
const NO_BASE_KEYS: [&str; 2] = ["KERNEL", "PARTNER"];

/// What to do when the scope has keys, or has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Make one unless one is current.
    Ensure,
    /// Make one unless one is current; the scope must have had keys before.
    Renew,
    /// Make one, and end what is current.
    Force,
    /// Make one, and end what is current; something must be.
    Rotate,
}

impl Mode {
    pub(super) fn replaces(self) -> bool {
        matches!(self, Self::Force | Self::Rotate)
    }
}

/// A creation to be done under the scope's lock.
#[derive(Debug)]
pub(super) struct Order {
    /// Normalised.
    pub scope: KeyScope,
    /// The level of the key; not [`KeyLevel::OtherDomain`].
    pub level: KeyLevel,
    pub mode: Mode,
    /// The subject asked for; what is none follows the rules of the level.
    pub subject: DistinguishedName,
}

/// What a creation ended with.
#[derive(Debug)]
pub(super) struct Made {
    pub key: KeyRecord,
    /// None for symmetric keys.
    pub certificate: Option<Certificate>,
    pub generated: bool,
}

impl Order {
    pub(super) fn new(scope: KeyScope, level: KeyLevel, mode: Mode) -> Self {
        Self { scope, level, mode, subject: DistinguishedName::default() }
    }
}

impl Hierarchy {
    /// Refuses what may not be generated, in upstream's order of checks (mosip-keys §1.5, §3.7; HIE-31 to HIE-34).
    pub(super) fn permit(&self, order: &Order, rows: &[Row], policies: &Policies) -> Result<()> {
        let held: Vec<KeyLevel> = rows.iter().map(|row| self.level(&row.key)).collect();
        let config = &self.config.hierarchy;
        let kind = config.kind(&order.scope, order.level);
        if order.level == KeyLevel::Sign && kind.ec().is_some() {
            policies.active(&order.scope.app)?;
            if kind == KeyKind::Ed25519 && self.keys_of(&self.root_scope())?.is_empty() {
                // Upstream looks for the Root although the Module key certifies (mosip-observed A9).
                return Err(self.no_root());
            }
        }
        config.permit(&order.scope, order.level, &held, policies)?;
        if kind.ec().is_some() && !config.in_store(&order.scope, order.level) {
            self.master_can_hold(kind)?;
        }
        Ok(())
    }

    /// Before an intent is committed for a key that cannot be made (HIE-106).
    fn master_can_hold(&self, kind: KeyKind) -> Result<()> {
        if self.master.capabilities()?.kinds.contains(&kind) {
            return Ok(());
        }
        let name = kind.ec().map(|algorithm| algorithm.to_string()).unwrap_or_default();
        Err(Error::new(Code::Unsupported, format!("this master backend holds no keys of {name}")))
    }
}

impl HierarchyConfig {
    /// Refuses what may not be generated in a scope that has keys of the levels `held`. The simulation asks it too.
    pub(super) fn permit(
        &self,
        scope: &KeyScope,
        level: KeyLevel,
        held: &[KeyLevel],
        policies: &Policies,
    ) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(Code::GenerationNotAllowed, format!("{scope}: {why}")));
        match level {
            KeyLevel::Root | KeyLevel::Module | KeyLevel::Sign => {
                if scope.app.as_str() == BASE_POLICY {
                    return refuse("BASE names the policy of Base keys, not an application");
                }
                policies.active(&scope.app)?;
                if self.kind(scope, level).ec().is_some() {
                    self.permit_elliptic(scope, held)?;
                }
            }
            KeyLevel::Base => {
                if held.contains(&KeyLevel::OtherDomain) {
                    return refuse("the certificate of another domain has expired; its owner must send the next one");
                }
                if !self.makes_base_keys(&scope.app) {
                    return refuse("no Base keys are made for this application");
                }
                if self.kind(scope, KeyLevel::Sign).ec().is_some() {
                    return refuse("an elliptic signing key is not made on demand");
                }
                if held.contains(&KeyLevel::Symmetric) {
                    return refuse("the pair holds a symmetric key");
                }
                policies.active(&scope.app)?;
            }
            KeyLevel::Symmetric => {
                if scope.reference.as_str().is_empty() || self.route(scope) != Route::Store {
                    let why = format!("{scope}: a symmetric key has a reference id that no other kind of key uses");
                    return Err(Error::new(Code::ReferenceNotAllowed, why));
                }
                if held.iter().any(|held| *held != KeyLevel::Symmetric) {
                    return refuse("the pair holds keys with certificates");
                }
                if self.is_zk_master(scope) && !held.is_empty() {
                    return Err(rewrap_needed(scope));
                }
            }
            KeyLevel::OtherDomain => return refuse("a certificate of another domain is not made here"),
        }
        Ok(())
    }

    /// HIE-101, after the policy.
    fn permit_elliptic(&self, scope: &KeyScope, held: &[KeyLevel]) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(Code::GenerationNotAllowed, format!("{scope}: {why}")));
        if scope.app == self.root_app {
            let why = format!("{scope}: the Root application has no elliptic signing keys");
            return Err(Error::new(Code::SignReferenceNotAllowed, why));
        }
        if held.contains(&KeyLevel::OtherDomain) || held.contains(&KeyLevel::Symmetric) {
            return refuse("the pair holds certificates of another domain, or symmetric keys");
        }
        if self.in_store(scope, KeyLevel::Sign) && !self.makes_base_keys(&scope.app) {
            return refuse("no keys in the store are made for this application");
        }
        Ok(())
    }

    fn makes_base_keys(&self, app: &AppId) -> bool {
        !self.is_root_app(app) && !NO_BASE_KEYS.iter().any(|other| same(app.as_str(), other))
    }

    /// Refuses applications under which no Base key is made, whatever its reference id.
    pub(super) fn permit_base_keys(&self, app: &AppId, policies: &Policies) -> Result<()> {
        if !self.makes_base_keys(app) {
            let why = format!("{app}: no Base keys are made for this application");
            return Err(Error::new(Code::GenerationNotAllowed, why));
        }
        policies.active(app).map(drop)
    }
}

/// The keys that a ZK master wraps would be lost (mosip-keys §7.1).
pub(super) fn rewrap_needed(scope: &KeyScope) -> Error {
    let why = format!("{scope} wraps stored keys, which nothing can wrap again yet");
    Error::new(Code::RewrapNeeded, why)
}
