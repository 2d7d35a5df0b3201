//! Tables of ours, and rows that get their MAC.

use super::KeyManager;
use super::audited::{Subject, Touched};
use crate::access::Verb;
use crate::audit::AuditKey;
use crate::error::Result;
use crate::hierarchy::{MigrateOptions, MigrateReport};
use crate::progress::Progress;

impl KeyManager {
    /// Makes the tables that are ours and missing, and, where the configuration names keys for MACs, signs the rows that
    /// have none (docs/storage.md, section 8). Can be repeated, and goes on where it was interrupted.
    ///
    /// # Errors
    /// See [`Hierarchy::migrate`](crate::hierarchy::Hierarchy::migrate).
    pub fn migrate(&self, options: &MigrateOptions, progress: &dyn Progress) -> Result<MigrateReport> {
        self.audited(Verb::Migrate, Subject::none(), |hierarchy| hierarchy.migrate(options, progress))
    }
}

/// The key that was made; which rows were signed is as many as there are.
impl Touched for MigrateReport {
    fn keys(&self) -> Vec<AuditKey> {
        self.made_key.iter().map(|alias| AuditKey::new(Some(alias.clone()), None)).collect()
    }
}
