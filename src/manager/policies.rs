//! Key policies, read and changed.

use super::KeyManager;
use super::audited::Subject;
use crate::access::Verb;
use crate::error::Result;
use crate::hierarchy::{Hierarchy, PolicyChange};
use crate::id::AppId;
use crate::store::PolicyRow;

impl KeyManager {
    /// Every key policy, by application id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn policies(&self) -> Result<Vec<PolicyRow>> {
        self.audited(Verb::Policies, Subject::none(), Hierarchy::policies)
    }

    /// The key policy of one application.
    ///
    /// # Errors
    /// `application_not_found`.
    pub fn policy(&self, app: &AppId) -> Result<PolicyRow> {
        self.audited(Verb::Policy, app, |hierarchy| hierarchy.policy(app))
    }

    /// Changes the key policy of one application, or makes it.
    ///
    /// # Errors
    /// `invalid_argument` for values that cannot be.
    pub fn set_policy(&self, change: &PolicyChange) -> Result<PolicyRow> {
        self.audited(Verb::SetPolicy, &change.app, |hierarchy| hierarchy.set_policy(change))
    }
}
