//! The doctor, as the manager's verb.

use super::KeyManager;
use super::audited::{Subject, Touched};
use crate::access::Verb;
use crate::audit::AuditKey;
use crate::error::Result;
use crate::hierarchy::{DoctorOptions, DoctorReport};
use crate::progress::Progress;

impl KeyManager {
    /// Compares store and master backend, and says what does not fit together; repairs what can be repaired, if asked
    /// to (docs/doctor.md).
    ///
    /// # Errors
    /// See [`Hierarchy::doctor`](crate::hierarchy::Hierarchy::doctor).
    pub fn doctor(&self, options: &DoctorOptions, progress: &dyn Progress) -> Result<DoctorReport> {
        if options.repair {
            return self.repair(options, progress);
        }
        self.audited(Verb::Doctor, Subject::none(), |hierarchy| hierarchy.doctor(options, progress))
    }

    /// [`doctor`](Self::doctor) with repair, whatever `options.repair` says: a verb of its own, since it writes.
    ///
    /// # Errors
    /// Those of [`doctor`](Self::doctor).
    pub fn repair(&self, options: &DoctorOptions, progress: &dyn Progress) -> Result<DoctorReport> {
        let options = DoctorOptions { repair: true, ..options.clone() };
        self.audited(Verb::Repair, Subject::none(), |hierarchy| hierarchy.doctor(&options, progress))
    }
}

/// The keys that repairs changed; what was only looked at is a listing.
impl Touched for DoctorReport {
    fn keys(&self) -> Vec<AuditKey> {
        let repaired = self.findings.iter().filter(|finding| finding.repaired);
        repaired.filter_map(|finding| finding.alias.clone()).map(|alias| AuditKey::new(Some(alias), None)).collect()
    }
}
