//! Keys that are wrapped again.

use super::KeyManager;
use super::audited::Touched;
use crate::access::Verb;
use crate::audit::AuditKey;
use crate::error::Result;
use crate::hierarchy::{RewrapOptions, RewrapReport};
use crate::id::AppId;
use crate::progress::Progress;

impl KeyManager {
    /// Wraps again all that the Module keys of `app` wrap, so that it hangs under one of them, here or in another master
    /// backend: after a Module key was replaced, or when keys move to another HSM (docs/migration.md). Can be repeated,
    /// and goes on where it was interrupted.
    ///
    /// # Errors
    /// See [`Hierarchy::rewrap`](crate::hierarchy::Hierarchy::rewrap).
    pub fn rewrap(&self, app: &AppId, options: &RewrapOptions, progress: &dyn Progress) -> Result<RewrapReport> {
        self.audited(Verb::Rewrap, app, |hierarchy| hierarchy.rewrap(app, options, progress))
    }
}

/// The Module key that everything hangs under, and those that nothing does any more. The keys themselves are in the
/// signed report.
impl Touched for RewrapReport {
    fn keys(&self) -> Vec<AuditKey> {
        let modules = std::iter::once(&self.module).chain(&self.former);
        modules.map(|alias| AuditKey::new(Some(alias.clone()), None)).collect()
    }
}
