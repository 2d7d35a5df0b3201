//! The routing rule (mosip-keys §1.4; HIE-1 to HIE-5): which keys live in the master backend and which in the store.

use super::Hierarchy;
use super::info::KeyLevel;
use crate::config::HierarchyConfig;
use crate::id::{AppId, KeyScope, RefId};
use crate::store::{KeyRecord, StoreRow};

/// Reference ids of elliptic signing keys in the master backend (1.3.0 and later).
const EC_SIGN: [&str; 2] = ["EC_SECP256K1_SIGN", "EC_SECP256R1_SIGN"];
/// The reference id of Ed25519 signing keys, which live in the store.
pub(super) const ED25519_SIGN: &str = "ED25519_SIGN";

/// Where a scope's keys live, and at what level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The Root key.
    Root,
    /// The Module key of an application.
    Module,
    /// The signing key of the configured pair.
    Sign,
    /// An elliptic signing key in the master backend; this release reads those, and makes none.
    EllipticSign,
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
        self != Self::Store
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
        if EC_SIGN.contains(&reference) { Route::EllipticSign } else { Route::Store }
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
        if let Some(stored) = &key.stored {
            return if is_other_domain(key, stored) { KeyLevel::OtherDomain } else { KeyLevel::Base };
        }
        match self.route(&normalise(&key.alias.scope)) {
            Route::Root => KeyLevel::Root,
            Route::Module => KeyLevel::Module,
            Route::Sign | Route::EllipticSign => KeyLevel::Sign,
            Route::Store => KeyLevel::Symmetric,
        }
    }
}

/// Whether the reference id is one of those of elliptic signing keys, in the master backend or in the store.
pub(super) fn is_elliptic_reference(scope: &KeyScope) -> bool {
    let reference = scope.reference.as_str();
    EC_SIGN.contains(&reference) || reference == ED25519_SIGN
}

/// A certificate whose private key is elsewhere: its private key says so, or it is its own master.
pub(super) fn is_other_domain(key: &KeyRecord, stored: &StoreRow) -> bool {
    stored.private_key == StoreRow::NO_PRIVATE_KEY || stored.master == key.alias.alias
}
