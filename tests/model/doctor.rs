//! What the doctor finds and repairs, as docs/doctor.md has it.

use std::collections::BTreeSet;

use keymanager::manager::{DoctorReport, FindingCode, KeyLevel, Severity};

use crate::foresight::{Lapse, Seer, is_zk};
use crate::making::end_current;

/// What time brings, and what nothing has to be done about; a symmetric key needs no policy, and nobody here knows who
/// certified what was sent in.
const REMARKS: [FindingCode; 5] = [
    FindingCode::OutlivesIssuer,
    FindingCode::KeyDue,
    FindingCode::KeyEnded,
    FindingCode::PolicyMissing,
    FindingCode::IssuerUnknown,
];

/// Code, alias, and whether it can be repaired.
pub type Foreseen = (FindingCode, String, bool);

impl Seer<'_> {
    pub fn doctor(&mut self, repair: bool) {
        let mut cleared = BTreeSet::new();
        for (scope, alias) in self.intents {
            self.findings.push((FindingCode::IntentLeft, alias.to_string(), true));
            if repair && cleared.insert(scope) {
                self.clear(scope);
            }
        }
        let now = self.now;
        for scope in self.book().several(now) {
            let newest = self.book().current(&scope, now).unwrap().alias.clone();
            // HIE-34: each of them may have wrapped keys.
            let can = !is_zk(&scope);
            self.findings.push((FindingCode::SeveralCurrent, newest.clone(), can));
            let lapses = matches!(&self.lapse, Some(Lapse::Several(failing)) if *failing == scope);
            if repair && can && !lapses {
                self.commit(|book| {
                    let expires = book.row_mut(&newest).expires;
                    end_current(book, &scope, now);
                    book.row_mut(&newest).expires = expires;
                });
            }
        }
        for module in self.stale_pools() {
            self.findings.push((FindingCode::PoolKeyStale, module.clone(), true));
            if repair {
                self.discard(&[module]);
            }
        }
    }

    /// Module keys that are not current and have ready keys.
    fn stale_pools(&self) -> BTreeSet<String> {
        let book = self.book();
        let is_stale = |alias: &String| {
            let row = book.rows.iter().find(|row| row.alias == *alias).filter(|row| row.level == KeyLevel::Module);
            let current = row.and_then(|row| book.current(&row.scope, self.now));
            current.is_none_or(|current| current.alias != *alias)
        };
        let ready = book.pool.iter().filter(|key| key.used.is_none());
        ready.map(|key| key.module.clone()).filter(is_stale).collect()
    }
}

/// The findings are those that were foreseen, and remarks; with repair all of them that can be are repaired. Answers
/// how many.
pub fn check_report(report: &DoctorReport, foreseen: &[Foreseen], repair: bool) -> Result<u64, String> {
    let mut found: Vec<Foreseen> = Vec::new();
    for finding in &report.findings {
        let can = finding.repair.is_some();
        if finding.severity == Severity::Error || (REMARKS.contains(&finding.code) && can) {
            return Err(format!("the doctor finds {finding:?}"));
        }
        if REMARKS.contains(&finding.code) {
            continue;
        }
        if finding.repaired != (repair && can) {
            return Err(format!("repair was asked for: {repair}; {finding:?}"));
        }
        let alias = finding.alias.as_ref().map(ToString::to_string).unwrap_or_default();
        found.push((finding.code, alias, can));
    }
    let mut foreseen = foreseen.to_vec();
    foreseen.sort();
    found.sort();
    if found != foreseen {
        return Err(format!("the doctor finds {found:?}, foreseen {foreseen:?}"));
    }
    Ok(report.findings.iter().filter(|finding| finding.repaired).count() as u64)
}
