//! What is simulated, and the schedule of who does what when (SIM-3 to SIM-7).

use super::rule::UpstreamRule;
use super::script::{SECONDS_PER_DAY, ScriptAction, check_count};
use super::{MAX_YEARS, SimulationOptions};
use crate::config::HierarchyConfig;
use crate::error::{Code, Error, Result};
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::policy::Policies;
use crate::hierarchy::route::{Route, normalise};
use crate::id::{KeyScope, RefId};
use crate::time::Timestamp;

/// The reference id of the Base key of an application for which the key-generator job makes none (SIM-4).
const SAMPLE: &str = "sample";
/// Requests in one day, and the seconds between them, when two processes are asked in turn.
const REQUESTS_OF_TWO: u32 = 8;
const SECONDS_BETWEEN: u32 = SECONDS_PER_DAY / REQUESTS_OF_TWO;

/// One thing that somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The day, from 0.
    pub day: u32,
    /// What.
    pub kind: StepKind,
    /// The scope.
    pub scope: KeyScope,
    /// In which process: 0, or 1 with the rule `stale-cache`.
    pub process: u8,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// The key-generator job makes the key.
    Make,
    /// The certificate is asked for.
    Ask,
    /// The key is rotated.
    Rotate,
    /// The key is revoked.
    Revoke,
}

/// Every step of a simulation in order of time, for those who want to do the same to a real key manager.
///
/// # Errors
/// Those of [`simulate`](super::simulate).
pub fn schedule(options: &SimulationOptions) -> Result<impl Iterator<Item = Step> + use<>> {
    let plan = Plan::new(options)?;
    Ok((0..plan.days).flat_map(move |day| plan.steps(day)))
}

/// A scope of the simulation.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    pub scope: KeyScope,
    pub level: KeyLevel,
    /// The place of what issues its certificates.
    pub issuer: Option<usize>,
    /// Made by the key-generator job at the begin.
    at_start: bool,
    /// Its certificate is asked for.
    asked: bool,
}

/// The options, checked and worked out.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub tracked: Vec<Tracked>,
    pub midnight: Timestamp,
    pub days: u32,
    start: Timestamp,
    every_days: u32,
    /// Second of the day and process of each request of a day.
    requests: Vec<(u32, u8)>,
    /// In order of time.
    script: Vec<super::ScriptEvent>,
}

impl Plan {
    pub(super) fn new(options: &SimulationOptions) -> Result<Self> {
        let refuse = |what: &str| Err(Error::new(Code::InvalidArgument, what.to_owned()));
        if !(1..=MAX_YEARS).contains(&options.years) {
            return refuse("a simulation runs for 1 to 100 years");
        }
        if options.demand.every_days == 0 {
            return refuse("requests come every day or every so many days, not every 0 days");
        }
        let in_a_day = |second: u32| second < SECONDS_PER_DAY;
        if !options.demand.second_of_day.into_iter().chain(options.script.iter().map(|e| e.second_of_day)).all(in_a_day)
        {
            return refuse("a day has 86400 seconds");
        }
        check_count(options.script.len())?;
        let days = u32::from(options.years).saturating_mul(1461).div_euclid(4);
        let begin = i64::from(SECONDS_PER_DAY);
        let start = options.start.truncate_to_seconds();
        let of_day = start.unix_seconds().rem_euclid(begin);
        let midnight = start.plus_seconds(of_day.saturating_neg());
        if midnight.plus_days(i64::from(days)).plus_days(i64::from(i16::MAX)) == Timestamp::MAX {
            return refuse("the simulation and the keys in it end before the year 9999");
        }
        if options.script.iter().any(|event| event.day >= days) {
            return refuse("an event lies after the end of the simulation");
        }
        let at_start = u32::try_from(of_day).unwrap_or_default();
        let second = options.demand.second_of_day.unwrap_or(at_start);
        let requests = if options.has(UpstreamRule::StaleCache) {
            let shift = |number: u32| second.saturating_add(number.saturating_mul(SECONDS_BETWEEN)) % SECONDS_PER_DAY;
            let mut all: Vec<_> =
                (0..REQUESTS_OF_TWO).map(|number| (shift(number), u8::from(number % 2 == 1))).collect();
            all.sort_unstable();
            all
        } else {
            vec![(second, 0)]
        };
        let mut script = options.script.clone();
        script.sort_by_key(|event| (event.day, event.second_of_day));
        let tracked = tracked(options)?;
        let every_days = u32::from(options.demand.every_days);
        Ok(Self { tracked, midnight, days, start, every_days, requests, script })
    }

    /// What is done on a day, in order of time; scripted events before requests of the same second.
    pub(super) fn steps(&self, day: u32) -> Vec<Step> {
        let midnight = self.midnight.plus_days(i64::from(day));
        let mut steps = Vec::new();
        if day == 0 {
            let made = self.tracked.iter().filter(|tracked| tracked.at_start);
            steps.extend(made.map(|tracked| self.step(self.start, day, StepKind::Make, &tracked.scope, 0)));
        }
        let from = self.script.partition_point(|event| event.day < day);
        for event in self.script.iter().skip(from).take_while(|event| event.day == day) {
            let kind = match event.action {
                ScriptAction::Rotate => StepKind::Rotate,
                ScriptAction::Revoke => StepKind::Revoke,
            };
            let at = midnight.plus_seconds(i64::from(event.second_of_day));
            steps.push(self.step(at, day, kind, &normalise(&event.scope), 0));
        }
        if day.checked_rem(self.every_days) == Some(0) {
            let late = i64::from(day).saturating_add(1).saturating_mul(1000);
            // The second process begins with its last request of day 0, so that the two do not read at one time.
            let last = self.requests.iter().rev().find(|(_, process)| *process == 1);
            for (second, process) in &self.requests {
                if day == 0 && *process == 1 && last.is_some_and(|(last, _)| second != last) {
                    continue;
                }
                let whole = midnight.plus_seconds(i64::from(*second));
                let at = Timestamp::from_unix_micros(whole.unix_micros().saturating_add(late));
                let asked = self.tracked.iter().filter(|tracked| tracked.asked);
                steps.extend(asked.map(|tracked| self.step(at, day, StepKind::Ask, &tracked.scope, *process)));
            }
        }
        steps.retain(|step| step.at >= self.start);
        steps.sort_by_key(|step| step.at);
        steps
    }

    fn step(&self, at: Timestamp, day: u32, kind: StepKind, scope: &KeyScope, process: u8) -> Step {
        Step { at, day, kind, scope: scope.clone(), process }
    }
}

/// The level of a scope's keys; reference ids of the ZK master are those of symmetric keys.
fn level_of(config: &HierarchyConfig, scope: &KeyScope) -> KeyLevel {
    match config.route(scope) {
        Route::Root => KeyLevel::Root,
        Route::Module => KeyLevel::Module,
        Route::Sign | Route::EllipticSign(_) | Route::Ed25519Sign => KeyLevel::Sign,
        Route::Store if config.is_zk_master(scope) => KeyLevel::Symmetric,
        Route::Store => KeyLevel::Base,
    }
}

/// The scopes, each after what issues its certificates (SIM-4).
fn tracked(options: &SimulationOptions) -> Result<Vec<Tracked>> {
    let config = &options.config;
    let policies = Policies::of_rows(options.policies.clone());
    if policies.rows().next().is_none() {
        return Err(Error::new(Code::InvalidArgument, "a key policy without rows makes no keys"));
    }
    if let Some(app) = &options.app {
        policies.active(app)?;
    }
    let wanted =
        |scope: &KeyScope| config.is_root_app(&scope.app) || options.app.as_ref().is_none_or(|app| *app == scope.app);
    let mut list = List { options, tracked: Vec::new() };
    let steps: Vec<KeyScope> =
        config.steps(&policies).into_iter().map(|order| order.scope).filter(|scope| wanted(scope)).collect();
    for scope in &steps {
        list.add(scope, true);
    }
    let modules = steps.iter().filter(|scope| level_of(config, scope) == KeyLevel::Module);
    for module in modules {
        let has_base = steps.iter().any(|scope| scope.app == module.app && level_of(config, scope) == KeyLevel::Base);
        let sample = KeyScope { app: module.app.clone(), reference: RefId::constant(SAMPLE) };
        if !has_base && config.permit(&sample, KeyLevel::Base, &[], &policies).is_ok() {
            list.add(&sample, false);
        }
    }
    for scope in options.scopes.iter().chain(options.script.iter().map(|event| &event.scope)) {
        list.add(&normalise(scope), false);
    }
    Ok(list.tracked)
}

struct List<'a> {
    options: &'a SimulationOptions,
    tracked: Vec<Tracked>,
}

impl List<'_> {
    /// The place of a scope, which is added, with what is above it, unless it is there. Masters are made at the begin.
    fn add(&mut self, scope: &KeyScope, at_start: bool) -> usize {
        if let Some(place) = self.tracked.iter().position(|tracked| tracked.scope == *scope) {
            return place;
        }
        let config = &self.options.config;
        let level = level_of(config, scope);
        let issuer = match level {
            _ if config.in_store(scope, level) => Some(self.add(&KeyScope::master(scope.app.clone()), true)),
            KeyLevel::Module | KeyLevel::Sign => Some(self.add(&config.root_scope(), true)),
            _ => None,
        };
        let asked = match level {
            KeyLevel::Root => self.options.demand.root,
            KeyLevel::Symmetric => self.options.has(UpstreamRule::SymmetricNotRenewed),
            _ => true,
        };
        let at_start = at_start || level != KeyLevel::Base;
        self.tracked.push(Tracked { scope: scope.clone(), level, issuer, at_start, asked });
        self.tracked.len().saturating_sub(1)
    }
}
