//! The scope lock as a guard.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::id::KeyScope;
use crate::store::{KeyStore, LockId};

/// Holds the lock of a scope until it is dropped. Order, when several are held: Base before Module before Root.
pub(super) struct ScopeLock {
    store: Arc<dyn KeyStore>,
    lock: LockId,
    scope: KeyScope,
}

impl ScopeLock {
    /// Waits at most `wait` for the lock of `scope`.
    pub(super) fn take(store: &Arc<dyn KeyStore>, scope: &KeyScope, wait: Duration) -> Result<Self> {
        let lock = store.lock(scope.clone(), wait)?;
        Ok(Self { store: Arc::clone(store), lock, scope: scope.clone() })
    }
}

impl Drop for ScopeLock {
    fn drop(&mut self) {
        // Nothing depends on it: the final change set of whoever comes next checks the rows itself.
        if let Err(error) = self.store.unlock(self.lock) {
            tracing::warn!(scope = %self.scope, code = error.code().name(), "the scope lock could not be given back");
        }
    }
}

impl fmt::Debug for ScopeLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeLock({})", self.scope)
    }
}
