//! Keys made ahead of time.

use super::KeyManager;
use super::audited::{Subject, Touched};
use crate::access::Verb;
use crate::audit::AuditKey;
use crate::error::Result;
use crate::hierarchy::{Hierarchy, PoolInfo};
use crate::id::AppId;
use crate::progress::Progress;

impl KeyManager {
    /// Makes RSA keys for Base keys of `app` ahead of time, until `count` are ready under its current Module key; a
    /// first request for a certificate then waits for a signature and a transaction, and not for a key to be generated.
    ///
    /// # Errors
    /// See [`Hierarchy::fill_pool`].
    pub fn fill_pool(&self, app: &AppId, count: u32, progress: &dyn Progress) -> Result<PoolInfo> {
        self.audited(Verb::FillPool, app, |hierarchy| hierarchy.fill_pool(app, count, progress))
    }

    /// How many keys are ready under each Module key, how old they are, and how many were taken.
    ///
    /// # Errors
    /// Those of the store.
    pub fn pool(&self) -> Result<Vec<PoolInfo>> {
        self.audited(Verb::Pool, Subject::none(), Hierarchy::pool)
    }
}

/// The Module key that the pool is for.
impl Touched for PoolInfo {
    fn keys(&self) -> Vec<AuditKey> {
        vec![AuditKey::new(Some(self.module.clone()), None)]
    }
}

/// A listing.
impl Touched for Vec<PoolInfo> {}
