//! `simulate`: the key policy over years, on a clock of its own (docs/simulate.md).

use std::path::Path;

use keymanager::Code;
use keymanager::hierarchy::simulate::{
    DayRange, Report, SimulationOptions, UpstreamRule, random_script, read_script, simulate,
};
use keymanager::id::AppId;
use keymanager::manager::{KeyLevel, default_policies};
use keymanager::store::PolicyRow;
use keymanager::time::Timestamp;

use super::init::read_policies;
use crate::args::Simulate;
use crate::context::Context;
use crate::input::{Input, SMALL};
use crate::output::{Cell, Colour, Failure, Style, Table, json};
use crate::sink::Target;

/// How many ranges of days are shown to people; JSON has all.
const SHOWN: usize = 20;

pub(crate) fn run(context: &Context<'_>, arguments: &Simulate) -> Result<(), Failure> {
    let target = arguments.svg.as_deref().map(|path| Target::new(path, arguments.force_overwrite)).transpose()?;
    let to_stdout = target.as_ref().is_some_and(Target::is_stdout);
    if to_stdout && context.output.is_json() {
        return Err(Failure::new(Code::InvalidArgument, "--svg - and --json both want standard output"));
    }
    let start = match &arguments.start {
        Some(text) => Timestamp::from_rfc3339(text)
            .map_err(|error| Failure::new(Code::InvalidArgument, format!("--start {text}: {}", error.detail())))?,
        None => context.now(),
    };
    let (policies, policy) = policies(context, arguments.policy.as_deref())?;
    let mut options = SimulationOptions::new(policies, start, arguments.years);
    options.config = context.settings.config.hierarchy.clone();
    options.app = arguments.app.as_deref().map(AppId::new).transpose()?;
    options.demand.every_days = arguments.every_days;
    options.demand.root = arguments.ask_root;
    options.upstream = rules(&arguments.upstream)?;
    if let Some(path) = &arguments.events {
        let bytes = Input::open(path)?.read_to_end(SMALL)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::new(Code::InvalidConfig, format!("{}: is not UTF-8", path.display())))?;
        options.script = read_script(text).map_err(|error| error.context(path.display()))?;
    }
    if let Some(seed) = arguments.random {
        options.script = random_script(&options, seed)?;
    }
    let report = simulate(&options)?;
    if let Some(target) = target {
        target.write(context.random.as_ref(), report.to_svg().as_bytes())?;
        if to_stdout {
            return Ok(());
        }
    }
    let svg = arguments.svg.as_ref().map(|path| path.display().to_string());
    context.output.emit(&json::Simulation::new(&report, &policy, svg), |style| text(&report, &policy, style))
}

/// The policy to run, and where it is from: a file, the store, or the default.
fn policies(context: &Context<'_>, file: Option<&Path>) -> Result<(Vec<PolicyRow>, String), Failure> {
    if let Some(path) = file {
        return Ok((read_policies(path, context.now())?, path.display().to_string()));
    }
    let store = &context.settings.store;
    if store.path().is_some_and(Path::exists) {
        return Ok((context.manager()?.policies()?, store.to_string()));
    }
    Ok((default_policies(context.now()), "default".to_owned()))
}

fn rules(names: &[String]) -> Result<Vec<UpstreamRule>, Failure> {
    let mut rules = Vec::new();
    for name in names {
        if name == "all" {
            rules.extend(UpstreamRule::of_1_3_0());
        } else {
            rules.push(name.parse()?);
        }
    }
    let mut seen = std::collections::HashSet::new();
    rules.retain(|rule| seen.insert(*rule));
    Ok(rules)
}

fn text(report: &Report, policy: &str, style: Style) -> String {
    let rules: Vec<_> = report.upstream.iter().map(|rule| rule.as_str()).collect();
    let rules = if rules.is_empty() { "our rules".to_owned() } else { format!("upstream's {}", rules.join(", ")) };
    let last = report.date_of(report.days.saturating_sub(1));
    let days = report.days;
    let mut shown = format!("{} to {last}, {days} days; policy: {policy}; {rules}\n\n", report.date_of(0));
    let mut table = Table::new(&["SCOPE", "LEVEL", "KEYS", "NO KEY", "TWO KEYS", "IDLE", "OUTLIVING"]);
    for one in &report.scopes {
        let scope = &one.scope;
        let days = |ranges: &[DayRange], colour: Colour| match Report::days_of(ranges, scope) {
            0 => Cell::number("-").colour(Colour::Dim),
            days => Cell::number(format!("{days} d")).colour(colour),
        };
        let outliving = report.outliving.iter().filter(|one| one.scope == *scope);
        let most = outliving.clone().map(|one| one.by_days).max();
        let outliving = match most {
            None => Cell::new("-").colour(Colour::Dim),
            Some(most) => Cell::new(format!("{} by up to {most} d", outliving.count())),
        };
        table.row(vec![
            scope.to_string().into(),
            one.level.as_str().into(),
            Cell::number(one.keys.len()),
            days(&report.gaps, Colour::Red),
            days(&report.overlaps, Colour::Yellow),
            days(&report.idle, Colour::Plain),
            outliving,
        ]);
    }
    shown.push_str(&table.render(style));
    shown.push('\n');
    shown.push_str(&ranges(report, &report.gaps, "without a key that was asked for", Colour::Red, style));
    shown.push_str(&ranges(report, &report.overlaps, "with two current keys", Colour::Yellow, style));
    let refused: Vec<_> = report.events.iter().filter(|event| event.action.as_str() == "refused").collect();
    if !refused.is_empty() {
        shown.push_str(&format!("{} events of the script were refused:\n", refused.len()));
        let mut table = Table::pairs(2);
        for event in refused.iter().take(SHOWN) {
            let why = event.reason.as_deref().unwrap_or_default();
            table.pair(&report.date_of(event.day), format!("{}  {why}", event.scope));
        }
        shown.push_str(&table.render(style));
    }
    for one in report.scopes.iter().filter(|one| one.level == KeyLevel::Symmetric) {
        if let Some(idle) = report.idle.iter().find(|range| range.scope == one.scope) {
            shown.push_str(&format!(
                "{} is due from {} on, and no key is made in its place: what it wraps cannot be wrapped again yet\n",
                one.scope,
                report.date_of(idle.first_day)
            ));
        }
    }
    shown
}

fn ranges(report: &Report, ranges: &[DayRange], what: &str, colour: Colour, style: Style) -> String {
    if ranges.is_empty() {
        return format!("{} {what}\n", style.paint(Colour::Green, "No day"));
    }
    let total = ranges.iter().map(DayRange::days).fold(0, u32::saturating_add);
    let mut table = Table::new(&["FROM", "TO", "DAYS", "SCOPE", "WHY"]);
    for range in ranges.iter().take(SHOWN) {
        table.row(vec![
            report.date_of(range.first_day).into(),
            report.date_of(range.last_day).into(),
            Cell::number(range.days()),
            range.scope.to_string().into(),
            range.reason.as_deref().unwrap_or_default().into(),
        ]);
    }
    let more = ranges.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("and {more} more; --json has all\n") } else { String::new() };
    let head = style.paint(colour, &format!("{total} days"));
    format!("{head} {what}, counted for each scope:\n{}{more}\n", table.render(style))
}
