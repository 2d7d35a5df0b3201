//! The routing rule (mosip-keys §1.4; HIE-1 to HIE-5): which keys live in the master backend and which in the store.

use super::Hierarchy;
use super::info::KeyLevel;
use crate::config::HierarchyConfig;
use crate::id::{AppId, KeyScope, RefId};
use crate::master::KeyKind;
use crate::store::{KeyRecord, StoreRow};

/// Reference ids of elliptic signing keys (1.3.0 and later), each with the one kind of key under it (HIE-100).
const ELLIPTIC_SIGN: [(&str, KeyKind); 3] = [
    ("EC_SECP256K1_SIGN", KeyKind::EcSecp256k1),
    ("EC_SECP256R1_SIGN", KeyKind::EcP256),
    ("ED25519_SIGN", KeyKind::Ed25519),
];

/// Where a scope's keys live, and at what level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The Root key.
    Root,
    /// The Module key of an application.
    Module,
    /// The signing key of the configured pair.
    Sign,
    /// A signing key of an application on a curve, in the master backend.
    EllipticSign(KeyKind),
    /// An Ed25519 signing key of an application, in the store, under its Module key.
    Ed25519Sign,
    /// Everything else: Base keys, other-domain certificates; symmetric keys are found here too, by their rows.
    Store,
}

/// A blank reference id is the empty one: masters are stored under `''` (HIE-2; mosip-observed A6).
pub(super) fn normalise(scope: &KeyScope) -> KeyScope {
    if scope.reference.is_blank() {
        return KeyScope { app: scope.app.clone(), reference: RefId::blank() };
    }
    scope.clone()
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Route {
    pub(super) fn in_master(self) -> bool {
        !matches!(self, Self::Store | Self::Ed25519Sign)
    }
}

/// The rules that need the configuration only; the simulation uses them too.
impl HierarchyConfig {
    /// The route of a normalised scope. The application of the signing pair is compared ignoring case, as upstream
    /// does; its rows are looked up exactly all the same.
    pub(super) fn route(&self, scope: &KeyScope) -> Route {
        let reference = scope.reference.as_str();
        if reference.is_empty() {
            return if scope.app == self.root_app { Route::Root } else { Route::Module };
        }
        if same(scope.app.as_str(), self.sign_app.as_str()) && scope.reference == self.sign_ref {
            return Route::Sign;
        }
        match ELLIPTIC_SIGN.iter().find(|(name, _)| *name == reference) {
            Some((_, KeyKind::Ed25519)) => Route::Ed25519Sign,
            Some((_, kind)) => Route::EllipticSign(*kind),
            None => Route::Store,
        }
    }

    /// The kind of a key of `level` in a scope that has such keys.
    pub(super) fn kind(&self, scope: &KeyScope, level: KeyLevel) -> KeyKind {
        match (level, self.route(scope)) {
            (KeyLevel::Symmetric, _) => KeyKind::Aes256,
            (KeyLevel::Sign, Route::EllipticSign(kind)) => kind,
            (KeyLevel::Sign, Route::Ed25519Sign) => KeyKind::Ed25519,
            _ => KeyKind::Rsa2048,
        }
    }

    /// Whether a key of `level` lives in the store, wrapped to and certified by the Module key.
    pub(super) fn in_store(&self, scope: &KeyScope, level: KeyLevel) -> bool {
        level == KeyLevel::Base || (level == KeyLevel::Sign && self.route(scope) == Route::Ed25519Sign)
    }

    /// Whether the scope's pre-expiry is its own application's, not that of the row BASE (mosip-keys §3.1).
    pub(super) fn has_own_pre_expiry(&self, scope: &KeyScope) -> bool {
        let own_reference = scope.reference == self.sign_ref || scope.reference == self.zk_ref;
        scope.reference.as_str().is_empty() || (scope.app == self.sign_app && own_reference)
    }

    /// The scope of the Root key.
    pub(super) fn root_scope(&self) -> KeyScope {
        KeyScope::master(self.root_app.clone())
    }

    /// Whether the scope is the configured signing pair, ignoring case.
    pub(super) fn is_sign_pair(&self, scope: &KeyScope) -> bool {
        same(scope.app.as_str(), self.sign_app.as_str()) && same(scope.reference.as_str(), self.sign_ref.as_str())
    }

    /// Whether the scope holds a master of stored ZK keys: the configured pair, or the same reference id under any
    /// other application, as the key-generator job makes them.
    pub(super) fn is_zk_master(&self, scope: &KeyScope) -> bool {
        same(scope.reference.as_str(), self.zk_ref.as_str())
    }

    /// Whether `app` is the Root application, ignoring case.
    pub(super) fn is_root_app(&self, app: &AppId) -> bool {
        same(app.as_str(), self.root_app.as_str())
    }
}

impl Hierarchy {
    /// The route of a normalised scope.
    pub(super) fn route(&self, scope: &KeyScope) -> Route {
        self.config.hierarchy.route(scope)
    }

    /// Whether the scope's pre-expiry is its own application's, not that of the row BASE.
    pub(super) fn has_own_pre_expiry(&self, scope: &KeyScope) -> bool {
        self.config.hierarchy.has_own_pre_expiry(scope)
    }

    /// The scope of the Root key.
    pub(super) fn root_scope(&self) -> KeyScope {
        self.config.hierarchy.root_scope()
    }

    /// Whether the scope is the configured signing pair, ignoring case.
    pub(super) fn is_sign_pair(&self, scope: &KeyScope) -> bool {
        self.config.hierarchy.is_sign_pair(scope)
    }

    /// Whether the scope holds a master of stored ZK keys.
    pub(super) fn is_zk_master(&self, scope: &KeyScope) -> bool {
        self.config.hierarchy.is_zk_master(scope)
    }

    /// The level of a key, from its rows and its scope.
    pub(super) fn level(&self, key: &KeyRecord) -> KeyLevel {
        let route = self.route(&normalise(&key.alias.scope));
        match (&key.stored, route) {
            (Some(stored), _) if is_other_domain(key, stored) => KeyLevel::OtherDomain,
            (Some(_), Route::Ed25519Sign) => KeyLevel::Sign,
            (Some(_), _) => KeyLevel::Base,
            (None, Route::Root) => KeyLevel::Root,
            (None, Route::Module) => KeyLevel::Module,
            (None, Route::Sign | Route::EllipticSign(_)) => KeyLevel::Sign,
            (None, Route::Ed25519Sign | Route::Store) => KeyLevel::Symmetric,
        }
    }
}

/// The kind of signing key that the reference id stands for; none when it is no such reference id.
pub(super) fn elliptic_kind(scope: &KeyScope) -> Option<KeyKind> {
    let reference = scope.reference.as_str();
    ELLIPTIC_SIGN.iter().find(|(name, _)| *name == reference).map(|(_, kind)| *kind)
}

/// The reference id under which an application has its signing key of `kind`; none for kinds that no such key has.
#[must_use]
pub fn sign_reference(kind: KeyKind) -> Option<RefId> {
    ELLIPTIC_SIGN.iter().find(|(_, of)| *of == kind).map(|(name, _)| RefId::constant(name))
}

/// A certificate whose private key is elsewhere: its private key says so, or it is its own master.
pub(super) fn is_other_domain(key: &KeyRecord, stored: &StoreRow) -> bool {
    stored.private_key == StoreRow::NO_PRIVATE_KEY || stored.master == key.alias.alias
}
