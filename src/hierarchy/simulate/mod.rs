//! A key policy over years, on a clock of its own (docs/simulate.md).
//!
//! No store and no key: rows are decided on by the very code that decides in the real hierarchy, so the two cannot
//! drift apart (SIM-1).

mod engine;
mod plan;
mod report;
mod rule;
mod script;
mod svg;
#[cfg(test)]
mod tests;

use crate::config::HierarchyConfig;
use crate::error::Result;
use crate::id::{AppId, KeyScope};
use crate::store::PolicyRow;
use crate::time::Timestamp;

pub use plan::{Step, StepKind, schedule};
pub use report::{Action, DayRange, Event, KeySpan, Outliving, Report, ScopeReport};
pub use rule::UpstreamRule;
pub use script::{ScriptAction, ScriptEvent, random_script, read_script};

/// The longest simulation, years (SIM-3).
pub const MAX_YEARS: u16 = 100;
/// The most keys of one simulation (SIM-8).
pub const MAX_KEYS: usize = 100_000;
/// The most scripted events (SIM-8).
pub const MAX_EVENTS: usize = 10_000;

/// What to simulate (SIM-2).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SimulationOptions {
    /// The key policy.
    pub policies: Vec<PolicyRow>,
    /// Ids, lists and times of the hierarchy.
    pub config: HierarchyConfig,
    /// When it begins.
    pub start: Timestamp,
    /// For how long: 1 to [`MAX_YEARS`].
    pub years: u16,
    /// The scopes of this application only, and Root.
    pub app: Option<AppId>,
    /// Scopes besides those of the key-generator job.
    pub scopes: Vec<KeyScope>,
    /// Who asks when.
    pub demand: Demand,
    /// What is rotated and revoked when; in any order.
    pub script: Vec<ScriptEvent>,
    /// Rules of the Java service in place of ours.
    pub upstream: Vec<UpstreamRule>,
}

impl SimulationOptions {
    /// `policies` from `start` on for some years: the scopes of the job, asked for daily, no events, our rules.
    #[must_use]
    pub fn new(policies: Vec<PolicyRow>, start: Timestamp, years: u16) -> Self {
        Self {
            policies,
            config: HierarchyConfig::default(),
            start,
            years,
            app: None,
            scopes: Vec::new(),
            demand: Demand::default(),
            script: Vec::new(),
            upstream: Vec::new(),
        }
    }

    fn has(&self, rule: UpstreamRule) -> bool {
        self.upstream.contains(&rule)
    }
}

/// Who asks when (SIM-5, SIM-6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Demand {
    /// Requests come every so many days, from day 0 on; at least 1.
    pub every_days: u16,
    /// The second of the day, UTC; none: that of the begin.
    pub second_of_day: Option<u32>,
    /// Whether Root is asked for too.
    pub root: bool,
}

impl Default for Demand {
    fn default() -> Self {
        Self { every_days: 1, second_of_day: None, root: false }
    }
}

/// Runs the policy.
///
/// # Errors
/// `invalid_argument` for years, days or times out of range and for a policy without rows; `application_not_found` for
/// an application without a policy; `record_damaged` for a policy row that no key can follow; `too_large` (SIM-8).
pub fn simulate(options: &SimulationOptions) -> Result<Report> {
    engine::run(options)
}
