//! Keys of the hierarchy: made, listed, replaced, ended.

use super::KeyManager;
use super::audited::Subject;
use crate::access::Verb;
use crate::error::Result;
use crate::hierarchy::{GenerateRequest, Generated, Hierarchy, KeyFilter, KeyInfo, KeyObject, KeyObjectRequest};
use crate::id::KeyScope;
use crate::progress::Progress;
use crate::store::PolicyRow;

impl KeyManager {
    /// Creates the store's tables and the policy rows that are absent (`policies` empty: upstream's defaults), clears
    /// what a crash left, and fills in what rows of old releases lack. To be called at each start; idempotent.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn initialise(&self, policies: &[PolicyRow]) -> Result<()> {
        self.audited(Verb::Initialise, Subject::none(), |hierarchy| hierarchy.initialise(policies))
    }

    /// Clears what a crash left between the master backend and the store. Every creation does so for its own scope;
    /// this does it for all.
    ///
    /// # Errors
    /// Those of the store and the master backend; `lock_timeout`.
    pub fn recover(&self) -> Result<()> {
        self.audited(Verb::Recover, Subject::none(), Hierarchy::recover)
    }

    /// The key-generator job: every master key the policy names, in dependency order, then the configured Base keys.
    /// Idempotent: says what was there and what it made.
    ///
    /// # Errors
    /// See [`Hierarchy::generate_all`].
    pub fn generate_all(&self, progress: &dyn Progress) -> Result<Generated> {
        self.audited(Verb::GenerateAll, Subject::none(), |hierarchy| hierarchy.generate_all(progress))
    }

    /// Makes one key, unless one is current and `force` is not set.
    ///
    /// # Errors
    /// See [`Hierarchy::generate`].
    pub fn generate(&self, request: &GenerateRequest) -> Result<Generated> {
        self.audited(Verb::Generate, &request.scope, |hierarchy| hierarchy.generate(request))
    }

    /// Makes a master key, or finds the current one, and answers its certificate or a certification request for it.
    ///
    /// # Errors
    /// See [`Hierarchy::generate_master_key`].
    pub fn generate_master_key(&self, request: &KeyObjectRequest) -> Result<KeyObject> {
        self.audited(Verb::GenerateMasterKey, &request.scope, |hierarchy| hierarchy.generate_master_key(request))
    }

    /// Makes an elliptic signing key, or finds the current one, and answers its certificate or a certification request
    /// for it.
    ///
    /// # Errors
    /// See [`Hierarchy::generate_ec_sign_key`].
    pub fn generate_ec_sign_key(&self, request: &KeyObjectRequest) -> Result<KeyObject> {
        self.audited(Verb::GenerateEcSignKey, &request.scope, |hierarchy| hierarchy.generate_ec_sign_key(request))
    }

    /// Makes a new key in place of the current one.
    ///
    /// # Errors
    /// See [`Hierarchy::rotate`].
    pub fn rotate(&self, scope: &KeyScope) -> Result<Generated> {
        self.audited(Verb::Rotate, scope, |hierarchy| hierarchy.rotate(scope))
    }

    /// Ends the current key and makes none in its place.
    ///
    /// # Errors
    /// See [`Hierarchy::revoke`].
    pub fn revoke(&self, scope: &KeyScope) -> Result<KeyInfo> {
        self.audited(Verb::Revoke, scope, |hierarchy| hierarchy.revoke(scope))
    }

    /// The keys that pass `filter`.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn keys(&self, filter: &KeyFilter) -> Result<Vec<KeyInfo>> {
        self.audited(Verb::Keys, filter, |hierarchy| hierarchy.keys(filter))
    }

    /// The key with this alias or certificate thumbprint.
    ///
    /// # Errors
    /// `alias_not_found`, `thumbprint_not_found`, `thumbprint_ambiguous`.
    pub fn key(&self, alias_or_thumbprint: &str) -> Result<KeyInfo> {
        self.audited(Verb::Key, Subject::named(alias_or_thumbprint), |hierarchy| {
            let key = hierarchy.key(alias_or_thumbprint)?;
            // Only now it is known whose key it is (ACC-4).
            self.ask(Verb::Key, &Subject::from(&key.scope))?;
            Ok(key)
        })
    }
}
