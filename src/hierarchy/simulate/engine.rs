//! The simulation itself: rows without keys, and the decisions of the hierarchy (SIM-1).

use std::collections::BTreeMap;

use super::plan::{Plan, Step, StepKind, Tracked};
use super::report::{Action, DayRange, Event, KeySpan, Outliving, Report, ScopeReport};
use super::rule::UpstreamRule;
use super::{MAX_KEYS, SimulationOptions};
use crate::error::{Code, Error, Result};
use crate::hierarchy::create::{lifetime_days, none_current};
use crate::hierarchy::current::{Moment, Selected};
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::order::{Mode, rewrap_needed};
use crate::hierarchy::policy::Policies;
use crate::id::{Alias, KeyScope};
use crate::store::AliasRow;
use crate::time::Timestamp;

/// How long a process of the Java service keeps a scope's rows, seconds (mosip-keys §10.1).
const CACHE_SECONDS: i64 = 86_400;

pub(super) fn run(options: &SimulationOptions) -> Result<Report> {
    let plan = Plan::new(options)?;
    let mut engine = Engine::new(options, &plan)?;
    for day in 0..plan.days {
        for step in plan.steps(day) {
            engine.step(&step)?;
        }
        engine.end_of_day(day)?;
    }
    Ok(engine.report())
}

/// Why a request failed.
#[derive(Debug)]
enum Refused {
    /// The caller is told so: a gap, or a refused event. The code, and the text.
    Told(&'static str, String),
    /// The simulation cannot go on.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::RecordDamaged | Code::TooLarge | Code::Internal => Self::Failed(error),
            code => Self::Told(code.mosip_code().unwrap_or(code.name()), error.detail().to_owned()),
        }
    }
}

type Attempt<T> = std::result::Result<T, Refused>;

/// What one scope has.
#[derive(Debug, Default)]
struct State {
    rows: Vec<AliasRow>,
    keys: Vec<KeySpan>,
    /// Rows before this one have ended, and cannot be current again.
    first: usize,
    /// What the processes of the rule `stale-cache` have read, and when.
    views: [Option<View>; 2],
    refused_on: Option<u32>,
}

#[derive(Debug)]
struct View {
    rows: Vec<AliasRow>,
    first: usize,
    read: Timestamp,
}

struct Engine<'a> {
    options: &'a SimulationOptions,
    plan: &'a Plan,
    policies: Policies,
    places: BTreeMap<KeyScope, usize>,
    pre_expire_days: Vec<i64>,
    states: Vec<State>,
    keys: usize,
    events: Vec<Event>,
    gaps: Ranges,
    overlaps: Ranges,
    idle: Ranges,
    outliving: Vec<Outliving>,
}

impl<'a> Engine<'a> {
    fn new(options: &'a SimulationOptions, plan: &'a Plan) -> Result<Self> {
        let policies = Policies::of_rows(options.policies.clone());
        let pre_expiry = |tracked: &Tracked| {
            let own_row = options.config.has_own_pre_expiry(&tracked.scope);
            let days = policies.pre_expire_days(&tracked.scope, own_row)?;
            Ok(if options.has(UpstreamRule::NoRenewInPreExpiry) { 0 } else { days })
        };
        let pre_expire_days = plan.tracked.iter().map(pre_expiry).collect::<Result<_>>()?;
        Ok(Self {
            options,
            plan,
            places: plan.tracked.iter().map(|tracked| tracked.scope.clone()).zip(0..).collect(),
            pre_expire_days,
            states: plan.tracked.iter().map(|_| State::default()).collect(),
            policies,
            keys: 0,
            events: Vec::new(),
            gaps: Ranges::default(),
            overlaps: Ranges::default(),
            idle: Ranges::default(),
            outliving: Vec::new(),
        })
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        let place = self.places.get(&step.scope).copied().ok_or_else(lost)?;
        let now = Now { at: step.at, day: step.day, process: usize::from(step.process) };
        let asked = step.kind == StepKind::Ask;
        let done = match step.kind {
            StepKind::Make | StepKind::Ask => self.ask(place, now, step.kind),
            StepKind::Rotate => self.make(place, Mode::Rotate, now).map(|_| ()),
            StepKind::Revoke => self.revoke(place, now),
        };
        match done {
            Ok(()) => {}
            Err(Refused::Failed(error)) => return Err(error),
            Err(Refused::Told(code, _)) if asked => {
                let slack = u32::from(self.options.demand.every_days);
                self.gaps.add(place, step.day, Some(code), slack);
                self.state_mut(place)?.refused_on = Some(step.day);
            }
            // What the job cannot make is a gap when it is asked for.
            Err(Refused::Told(..)) if step.kind == StepKind::Make => {}
            Err(Refused::Told(code, text)) => {
                self.event(place, now, Action::Refused, Some(format!("{code}: {text}")))?
            }
        }
        self.count_current(place, now)
    }

    /// The request for a certificate: [`obtain`](crate::hierarchy::Hierarchy::certificate) without the certificate.
    fn ask(&mut self, place: usize, now: Now, kind: StepKind) -> Attempt<()> {
        let tracked = self.tracked(place)?;
        let master = tracked.level != KeyLevel::Base && tracked.level != KeyLevel::Symmetric;
        if master {
            self.policies.active(&tracked.scope.app)?;
        }
        if self.current(place, now)?.is_some() {
            return Ok(());
        }
        match tracked.level {
            // Only the rule `symmetric-not-renewed` asks for these; the job makes the first one, and no second.
            KeyLevel::Symmetric if kind == StepKind::Ask => {
                Err(Refused::Told("KER-ZKC-002", format!("{} has no current key", tracked.scope)))
            }
            KeyLevel::Base | KeyLevel::Symmetric => self.make(place, Mode::Ensure, now).map(|_| ()),
            _ if kind == StepKind::Make => self.make(place, Mode::Ensure, now).map(|_| ()),
            _ => self.make(place, Mode::Renew, now).map(|_| ()),
        }
    }

    /// The creation of a key, in the order of the hierarchy's own. The place of the key.
    fn make(&mut self, place: usize, mode: Mode, now: Now) -> Attempt<usize> {
        let tracked = self.tracked(place)?;
        let moment = self.moment(place, now)?;
        let found = self.current(place, now)?;
        let no_rows = self.state(place)?.rows.is_empty();
        match found {
            Some(found) if !mode.replaces() => return Ok(found),
            Some(_) => {}
            None => none_current(&tracked.scope, mode, no_rows)?,
        }
        let held = if no_rows { &[][..] } else { std::slice::from_ref(&tracked.level) };
        self.options.config.permit(&tracked.scope, tracked.level, held, &self.policies)?;
        let days = lifetime_days(&self.options.config, &self.policies, &tracked.scope, tracked.level, &moment)?;
        let issuer = match tracked.issuer {
            Some(above) => Some((above, self.issuer(above, now)?)),
            None => None,
        };
        if self.has(UpstreamRule::SameDayCollision)
            && tracked.level != KeyLevel::Symmetric
            && self.made_today(place, now)?
        {
            let text = format!("{}: a second key on one day violates the unique constraint", tracked.scope);
            return Err(Refused::Told("KER-KMS-500", text));
        }
        if mode.replaces() {
            self.end(place, &moment)?;
        }
        let action = match mode {
            Mode::Force | Mode::Rotate => Action::Rotated,
            Mode::Ensure | Mode::Renew if no_rows => Action::Created,
            Mode::Ensure | Mode::Renew => Action::Renewed,
        };
        self.event(place, now, action, None)?;
        self.record(place, now, action, days, issuer)
    }

    /// The current key of what issues certificates, made when it is due.
    fn issuer(&mut self, place: usize, now: Now) -> Attempt<usize> {
        if let Some(key) = self.current(place, now)? {
            return Ok(key);
        }
        let tracked = self.tracked(place)?;
        let root = tracked.level == KeyLevel::Root;
        let missing = if root { Code::RootNotFound } else { Code::KeyNotGenerated };
        let refused = || Error::new(missing, format!("{} has no current key", tracked.scope));
        if self.state(place)?.rows.is_empty() || (root && self.has(UpstreamRule::RootOnlyOnRequest)) {
            return Err(refused().into());
        }
        self.make(place, Mode::Renew, now)
    }

    fn revoke(&mut self, place: usize, now: Now) -> Attempt<()> {
        let tracked = self.tracked(place)?;
        let scope = &tracked.scope;
        if self.options.config.is_sign_pair(scope) {
            return Err(Error::new(Code::RevokeNotAllowed, format!("{scope} is the signing key")).into());
        }
        if self.current(place, now)?.is_none() {
            let code = if self.state(place)?.rows.is_empty() { Code::KeyNotGenerated } else { Code::NoUniqueKey };
            return Err(Error::new(code, format!("no key of {scope} is current")).into());
        }
        if tracked.level == KeyLevel::Symmetric {
            return Err(rewrap_needed(scope).into());
        }
        let moment = self.moment(place, now)?;
        self.end(place, &moment)?;
        Ok(self.event(place, now, Action::Revoked, None)?)
    }

    /// The key to use, as the process that is asked sees it.
    fn current(&mut self, place: usize, now: Now) -> Attempt<Option<usize>> {
        let moment = self.moment(place, now)?;
        let stale = self.has(UpstreamRule::StaleCache);
        let fails = self.has(UpstreamRule::TwoCurrentFails);
        let state = self.state_mut(place)?;
        state.forget_ended(now.at);
        let (rows, first) = if stale {
            let view = state.view(now);
            (view.rows.as_slice(), view.first)
        } else {
            (state.rows.as_slice(), state.first)
        };
        let found = select(&moment, rows, first);
        match found {
            Some(Selected { current, .. }) if current > 1 && fails => {
                let text = format!("{current} keys are current");
                Err(Refused::Told("KER-KMS-003", text))
            }
            Some(found) => Ok(Some(found.index.saturating_add(first))),
            None => Ok(None),
        }
    }

    /// Ends what is current.
    fn end(&mut self, place: usize, moment: &Moment) -> Result<()> {
        let state = self.state_mut(place)?;
        for (row, key) in state.rows.iter_mut().zip(&mut state.keys).skip(state.first) {
            if let Some(expires) = moment.ended_at(row) {
                row.expires = Some(expires);
                key.expires = expires;
            }
        }
        state.views = [None, None];
        Ok(())
    }

    fn record(
        &mut self,
        place: usize,
        now: Now,
        origin: Action,
        days: i64,
        issuer: Option<(usize, usize)>,
    ) -> Attempt<usize> {
        self.keys = self.keys.saturating_add(1);
        if self.keys > MAX_KEYS {
            let why = format!("the policy makes more than {MAX_KEYS} keys; simulate fewer years");
            return Err(Error::new(Code::TooLarge, why).into());
        }
        let scope = self.tracked(place)?.scope.clone();
        let ends = now.at.plus_days(days);
        let above = match issuer {
            Some((above, key)) => {
                let span = self.state(above)?.keys.get(key).ok_or_else(lost)?;
                Some((self.tracked(above)?.scope.clone(), key, span.certificate_ends))
            }
            None => None,
        };
        let pre_expire = self.pre_expire_days.get(place).copied().unwrap_or_default();
        let alias = Alias::new(format!("simulated-{:08}", self.keys))?;
        let row = AliasRow {
            alias,
            scope: scope.clone(),
            generated: Some(now.at),
            expires: Some(ends),
            thumbprint: None,
            uni_ident: None,
            created_by: String::new(),
            created: now.at,
        };
        let key = KeySpan {
            origin,
            begins: now.at,
            due: ends.plus_days(pre_expire.saturating_neg()),
            expires: ends,
            certificate_ends: ends,
            issuer: above.as_ref().map(|(scope, key, _)| (scope.clone(), *key)),
        };
        let state = self.state_mut(place)?;
        let number = state.keys.len();
        state.rows.push(row);
        state.keys.push(key);
        // A process sees what it writes itself.
        if let Some(view) = state.views.get_mut(now.process) {
            *view = None;
        }
        if let Some((issuer, _, issuer_ends)) = above
            && ends > issuer_ends
        {
            let by_days = ends.days_until(issuer_ends).saturating_neg();
            self.outliving.push(Outliving { scope, key: number, day: now.day, by_days, issuer });
        }
        Ok(number)
    }

    fn made_today(&self, place: usize, now: Now) -> Result<bool> {
        let today = now.at.month_day_year();
        let rows = self.state(place)?.rows.iter().rev();
        Ok(rows.take(1).filter_map(|row| row.generated).any(|generated| generated.month_day_year() == today))
    }

    fn end_of_day(&mut self, day: u32) -> Result<()> {
        let next = self.plan.midnight.plus_days(i64::from(day).saturating_add(1));
        let at = Timestamp::from_unix_micros(next.unix_micros().saturating_sub(1));
        let now = Now { at, day, process: 0 };
        for place in 0..self.states.len() {
            self.count_current(place, now)?;
            let state = self.state(place)?;
            if state.rows.is_empty() || state.refused_on == Some(day) {
                continue;
            }
            let moment = self.moment(place, now)?;
            if select(&moment, &state.rows, state.first).is_none() {
                self.idle.add(place, day, None, 1);
            }
        }
        Ok(())
    }

    fn count_current(&mut self, place: usize, now: Now) -> Result<()> {
        let moment = self.moment(place, now)?;
        let state = self.state_mut(place)?;
        state.forget_ended(now.at);
        if select(&moment, &state.rows, state.first).is_some_and(|found| found.current > 1) {
            self.overlaps.add(place, now.day, None, 1);
        }
        Ok(())
    }

    fn moment(&self, place: usize, now: Now) -> Result<Moment> {
        let pre_expire_days = self.pre_expire_days.get(place).copied().ok_or_else(lost)?;
        Ok(Moment { now: now.at, pre_expire_days, tolerance: self.options.config.clock_tolerance })
    }

    fn event(&mut self, place: usize, now: Now, action: Action, reason: Option<String>) -> Result<()> {
        let scope = self.tracked(place)?.scope.clone();
        self.events.push(Event { at: now.at, day: now.day, action, scope, reason });
        Ok(())
    }

    fn has(&self, rule: UpstreamRule) -> bool {
        self.options.has(rule)
    }

    fn tracked(&self, place: usize) -> Result<&'a Tracked> {
        self.plan.tracked.get(place).ok_or_else(lost)
    }

    fn state(&self, place: usize) -> Result<&State> {
        self.states.get(place).ok_or_else(lost)
    }

    fn state_mut(&mut self, place: usize) -> Result<&mut State> {
        self.states.get_mut(place).ok_or_else(lost)
    }

    fn report(self) -> Report {
        let Self { plan, options, states, mut events, .. } = self;
        let midnight = plan.midnight;
        let end = midnight.plus_days(i64::from(plan.days));
        let mut scopes = Vec::new();
        for (tracked, state) in plan.tracked.iter().zip(states) {
            let due = state.keys.iter().filter(|key| !key.ended_early() && key.due < end && key.due < key.expires);
            events.extend(due.map(|key| Event {
                at: key.due,
                day: u32::try_from(midnight.days_until(key.due)).unwrap_or_default(),
                action: Action::Due,
                scope: tracked.scope.clone(),
                reason: None,
            }));
            scopes.push(ScopeReport { scope: tracked.scope.clone(), level: tracked.level, keys: state.keys });
        }
        events.sort_by_key(|event| event.at);
        let ranges = |ranges: Ranges| ranges.named(plan);
        Report {
            start: options.start.truncate_to_seconds(),
            midnight,
            days: plan.days,
            upstream: options.upstream.clone(),
            scopes,
            events,
            gaps: ranges(self.gaps),
            overlaps: ranges(self.overlaps),
            idle: ranges(self.idle),
            outliving: self.outliving,
        }
    }
}

/// When something is done, and by which process.
#[derive(Debug, Clone, Copy)]
struct Now {
    at: Timestamp,
    day: u32,
    process: usize,
}

impl State {
    /// Leaves out the oldest rows that have ended: what ended before now is never current again, and policies that make
    /// many keys would make the search long.
    fn forget_ended(&mut self, now: Timestamp) {
        let ended = |row: &AliasRow| row.expires.is_some_and(|expires| expires < now);
        while self.rows.get(self.first).is_some_and(ended) {
            self.first = self.first.saturating_add(1);
        }
    }

    /// The rows as a process sees them: those it has read, unless that was a day ago.
    fn view(&mut self, now: Now) -> &View {
        let Self { rows, first, views, .. } = self;
        let fresh = |view: &View| now.at < view.read.plus_seconds(CACHE_SECONDS);
        let [one, other] = views;
        let view = if now.process == 0 { one } else { other };
        // Java drops empty lists.
        if view.as_ref().is_none_or(|view| view.rows.is_empty() || !fresh(view)) {
            *view = None;
        }
        view.get_or_insert_with(|| View { rows: rows.clone(), first: *first, read: now.at })
    }
}

fn select(moment: &Moment, rows: &[AliasRow], first: usize) -> Option<Selected> {
    moment.select(rows.get(first..).unwrap_or_default().iter())
}

/// Days in a row for each scope.
#[derive(Debug, Default)]
struct Ranges {
    ranges: Vec<(usize, Run)>,
    last: BTreeMap<usize, usize>,
}

#[derive(Debug)]
struct Run {
    first_day: u32,
    last_day: u32,
    reason: Option<&'static str>,
}

impl Ranges {
    /// One more day; the range goes on when its last day is at most `slack` days ago.
    fn add(&mut self, place: usize, day: u32, reason: Option<&'static str>, slack: u32) {
        let last = self.last.get(&place).and_then(|index| self.ranges.get_mut(*index));
        if let Some((_, range)) = last
            && range.reason == reason
            && range.last_day.saturating_add(slack) >= day
        {
            range.last_day = day;
            return;
        }
        self.last.insert(place, self.ranges.len());
        self.ranges.push((place, Run { first_day: day, last_day: day, reason }));
    }

    fn named(self, plan: &Plan) -> Vec<DayRange> {
        let named = |(place, range): (usize, Run)| {
            let scope = plan.tracked.get(place)?.scope.clone();
            let Run { first_day, last_day, reason } = range;
            Some(DayRange { scope, first_day, last_day, reason: reason.map(ToOwned::to_owned) })
        };
        self.ranges.into_iter().filter_map(named).collect()
    }
}

fn lost() -> Error {
    Error::internal("every scope of the simulation has its place")
}
