//! Records that move.

use std::sync::Arc;

use super::KeyManager;
use super::audited::{Subject, Touched};
use crate::access::Verb;
use crate::error::Result;
use crate::migration::{self, CopyOptions, CopyReport};
use crate::progress::Progress;
use crate::store::KeyStore;

impl KeyManager {
    /// Copies every row of the store into `to`, whatever kind of store that is, and compares both in the end. Rows that
    /// `to` has already are left, and none is written over. Can be repeated, and goes on where it was interrupted. The
    /// store must not be written to meanwhile (docs/migration.md).
    ///
    /// # Errors
    /// `already_exists` when `to` has another row in the place of one, and then nothing was written; `unsupported` when
    /// it has no table for one; `store_conflict` when the store was changed meanwhile; `record_damaged` with
    /// `stop_at_damaged`; `root_not_found` without a key to sign the report with; `cancelled`; those of the stores.
    pub fn copy_store(
        &self,
        to: &Arc<dyn KeyStore>,
        options: &CopyOptions,
        progress: &dyn Progress,
    ) -> Result<CopyReport> {
        self.audited(Verb::CopyStore, Subject::none(), |hierarchy| {
            migration::copy_store(hierarchy, to, options, progress)
        })
    }
}

/// A listing; the keys are in the signed report.
impl Touched for CopyReport {}
