//! The doctor: store and master backend against each other (docs/doctor.md).
//!
//! One pass over the rows, one over the master backend. What is kept of a row is its alias, its scope and its times,
//! so the memory that is used grows with the number of scopes, not with the size of the rows. Nothing is written
//! unless repair was asked for; each repair reads again, under the lock of its scope, what it changes.

mod chains;
mod files;
mod finding;
mod former;
mod intents;
mod macs;
mod masters;
mod pairs;
mod policies;
mod pool;
mod repairs;
mod rows;
mod scopes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use super::Hierarchy;
use super::policy::Policies;
use crate::certificate::Certificate;
use crate::error::{Code, Result};
use crate::id::{Alias, AppId, KeyScope, Thumbprint};
use crate::progress::{Progress, check};
use crate::store::DamagedRow;

pub use finding::{Finding, FindingCode, Severity};
pub(super) use pairs::{is_bad_row, must_end};
pub(super) use repairs::has_dated_ident;

/// What the doctor shall do besides looking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoctorOptions {
    /// Repair what can be repaired.
    pub repair: bool,
    /// With `repair`: master keys without a record that are removed. No other is, since nobody can tell from a key
    /// whose it is (DOC-5).
    pub remove: Vec<Alias>,
    /// Folders in which temporary files of a crash are looked for: those of the store and of the key file.
    pub folders: Vec<PathBuf>,
}

/// What the doctor looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// Keys of the store, rows that cannot be understood included.
    pub records: u64,
    /// Keys of the master backend.
    pub tokens: u64,
}

/// What the doctor found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoctorReport {
    /// The findings, in the order in which they were found.
    pub findings: Vec<Finding>,
    /// What was looked at.
    pub checked: Checked,
}

impl DoctorReport {
    /// How many findings of severity error are left, which no repair did away with.
    #[must_use]
    pub fn errors_left(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error && !finding.repaired).count()
    }
}

impl Hierarchy {
    /// Compares store and master backend, and says what does not fit together; repairs what can be repaired, if
    /// asked to (docs/doctor.md).
    ///
    /// # Errors
    /// Those of the store and the master backend when they cannot be read at all; `cancelled`. What was repaired
    /// stays repaired.
    pub fn doctor(&self, options: &DoctorOptions, progress: &dyn Progress) -> Result<DoctorReport> {
        let mut visit = Visit::new(self, options, progress);
        // The order matters: a key of the backend that was there before the intents and the rows were read, and that
        // none of them names, will not be recorded (DOC-6).
        visit.list_masters()?;
        if !visit.judge_row_keys()? {
            return Ok(visit.report);
        }
        visit.read_intents()?;
        visit.read_policies()?;
        visit.read_roots()?;
        visit.read_rows()?;
        visit.read_former_thumbprints()?;
        visit.judge_scopes()?;
        visit.judge_masters()?;
        visit.count_unsigned();
        visit.judge_pool()?;
        visit.look_for_files()?;
        Ok(visit.report)
    }
}

/// One run of the doctor: what is remembered from one look to the next.
struct Visit<'a> {
    hierarchy: &'a Hierarchy,
    options: &'a DoctorOptions,
    progress: &'a dyn Progress,
    report: DoctorReport,
    masters: BTreeMap<Alias, masters::Held>,
    /// The aliases that intents name; none when they could not be read.
    intents: Option<BTreeSet<Alias>>,
    policies: Policies,
    /// The applications whose policy was looked for one by one, when the table could not be read as a whole.
    asked: Option<BTreeSet<AppId>>,
    roots: Vec<(Alias, Certificate)>,
    scopes: BTreeMap<KeyScope, scopes::Tally>,
    thumbprints: HashMap<Thumbprint, Alias>,
    /// How many rows of keys and policies have no MAC.
    unsigned: u64,
}

impl<'a> Visit<'a> {
    fn new(hierarchy: &'a Hierarchy, options: &'a DoctorOptions, progress: &'a dyn Progress) -> Self {
        Self {
            hierarchy,
            options,
            progress,
            report: DoctorReport::default(),
            masters: BTreeMap::new(),
            intents: None,
            policies: Policies::of(Vec::new()),
            asked: None,
            roots: Vec::new(),
            scopes: BTreeMap::new(),
            thumbprints: HashMap::new(),
            unsigned: 0,
        }
    }

    /// Tells how far the work is, and whether it goes on.
    fn advance(&self, what: &str) -> Result<()> {
        let Checked { records, tokens } = self.report.checked;
        self.progress.advance(records.saturating_add(tokens), None, what);
        check(self.progress)
    }

    /// A finding that nothing can be done about here.
    fn found(&mut self, code: FindingCode, alias: Option<&Alias>, text: String) {
        self.found_at(code, code.severity(), alias, text);
    }

    fn found_at(&mut self, code: FindingCode, severity: Severity, alias: Option<&Alias>, text: String) {
        let alias = alias.cloned();
        self.report.findings.push(Finding { code, severity, alias, text, repair: None, repaired: false });
    }

    /// The answer of the store; none, with a finding, when a row cannot be understood and hides the others.
    fn unless_damaged<T>(&mut self, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Err(error) if is_bad_row(&error) => {
                self.found(bad_row(error.code()), None, format!("{error}."));
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }

    /// A row that cannot be understood; answers the alias of the key that it is about, if it can be one.
    fn damaged_row(&mut self, row: &DamagedRow) -> Option<Alias> {
        let alias = Alias::new(row.id.as_str()).ok();
        self.found(bad_row(row.code), alias.as_ref(), format!("{}.", row.why));
        alias
    }

    /// A finding that can be repaired. `work` says whether it did so; what fails there is a remark, and the visit goes
    /// on.
    fn mend(
        &mut self,
        code: FindingCode,
        alias: Option<&Alias>,
        text: String,
        repair: &str,
        work: impl FnOnce(&Hierarchy) -> Result<bool>,
    ) -> Result<()> {
        let outcome = self.options.repair.then(|| work(&self.hierarchy.operation()));
        let repair = Some(repair.to_owned());
        let severity = code.severity();
        let mut finding = Finding { code, severity, alias: alias.cloned(), text, repair, repaired: false };
        match outcome {
            None => {}
            Some(Ok(true)) => {
                tracing::info!(code = code.as_str(), ?alias, "repaired");
                finding.repaired = true;
            }
            Some(Ok(false)) => finding.text.push_str(" Not repaired: it changed meanwhile."),
            Some(Err(error)) if error.code() == Code::Forked => return Err(error),
            Some(Err(error)) => finding.text.push_str(&format!(" Not repaired: {error}.")),
        }
        self.report.findings.push(finding);
        Ok(())
    }
}

/// The finding about a row that cannot be used.
const fn bad_row(code: Code) -> FindingCode {
    match code {
        Code::RowNotAuthentic => FindingCode::RowNotAuthentic,
        _ => FindingCode::RecordDamaged,
    }
}
