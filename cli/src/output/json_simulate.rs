//! The JSON documents of `simulate` and `config import`.

use keymanager::config::Import;
use keymanager::hierarchy::simulate::{DayRange, Report, ScopeReport};
use keymanager::id::KeyScope;
use serde::Serialize;

use super::json::reference;

/// `simulate`
#[derive(Serialize)]
pub(crate) struct Simulation {
    start: String,
    days: u32,
    policy: String,
    upstream: Vec<&'static str>,
    scopes: Vec<ScopeMembers>,
    events: Vec<EventMembers>,
    gaps: Vec<RangeMembers>,
    overlaps: Vec<RangeMembers>,
    idle: Vec<RangeMembers>,
    outliving: Vec<OutlivingMembers>,
    svg: Option<String>,
}

#[derive(Serialize)]
struct ScopeMembers {
    app_id: String,
    ref_id: Option<String>,
    level: &'static str,
    keys: usize,
    gap_days: u32,
    overlap_days: u32,
}

#[derive(Serialize)]
struct EventMembers {
    day: u32,
    date: String,
    action: &'static str,
    app_id: String,
    ref_id: Option<String>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct RangeMembers {
    app_id: String,
    ref_id: Option<String>,
    first_day: u32,
    last_day: u32,
    days: u32,
    reason: Option<String>,
}

#[derive(Serialize)]
struct OutlivingMembers {
    day: u32,
    app_id: String,
    ref_id: Option<String>,
    issuer_app_id: String,
    by_days: i64,
}

impl Simulation {
    pub(crate) fn new(report: &Report, policy: &str, svg: Option<String>) -> Self {
        let (app, id) = (|scope: &KeyScope| scope.app.to_string(), |scope: &KeyScope| reference(&scope.reference));
        let scope = |one: &ScopeReport| ScopeMembers {
            app_id: app(&one.scope),
            ref_id: id(&one.scope),
            level: one.level.as_str(),
            keys: one.keys.len(),
            gap_days: Report::days_of(&report.gaps, &one.scope),
            overlap_days: Report::days_of(&report.overlaps, &one.scope),
        };
        let range = |range: &DayRange| RangeMembers {
            app_id: app(&range.scope),
            ref_id: id(&range.scope),
            first_day: range.first_day,
            last_day: range.last_day,
            days: range.days(),
            reason: range.reason.clone(),
        };
        let ranges = |ranges: &[DayRange]| ranges.iter().map(range).collect();
        let events = report.events.iter().map(|event| EventMembers {
            day: event.day,
            date: report.date_of(event.day),
            action: event.action.as_str(),
            app_id: app(&event.scope),
            ref_id: id(&event.scope),
            reason: event.reason.clone(),
        });
        let outliving = report.outliving.iter().map(|one| OutlivingMembers {
            day: one.day,
            app_id: app(&one.scope),
            ref_id: id(&one.scope),
            issuer_app_id: app(&one.issuer),
            by_days: one.by_days,
        });
        Self {
            start: report.start.to_rfc3339(),
            days: report.days,
            policy: policy.to_owned(),
            upstream: report.upstream.iter().map(|rule| rule.as_str()).collect(),
            scopes: report.scopes.iter().map(scope).collect(),
            events: events.collect(),
            gaps: ranges(&report.gaps),
            overlaps: ranges(&report.overlaps),
            idle: ranges(&report.idle),
            outliving: outliving.collect(),
            svg,
        }
    }
}

/// `config import`
#[derive(Serialize)]
pub(crate) struct ConfigImported {
    pub(crate) output: String,
    config: String,
    taken: Vec<TakenMembers>,
    left_out: Vec<LeftOutMembers>,
    findings: Vec<FindingMembers>,
}

#[derive(Serialize)]
struct TakenMembers {
    line: usize,
    property: String,
    key: String,
    value: String,
}

#[derive(Serialize)]
struct LeftOutMembers {
    line: usize,
    property: String,
    reason: &'static str,
}

#[derive(Serialize)]
struct FindingMembers {
    severity: &'static str,
    line: usize,
    property: Option<String>,
    text: String,
}

impl ConfigImported {
    pub(crate) fn new(import: &Import, output: &str) -> Self {
        let taken = import.taken.iter().map(|one| TakenMembers {
            line: one.line,
            property: one.property.clone(),
            key: one.key.clone(),
            value: one.value.clone(),
        });
        let left_out = import.left_out.iter().map(|one| LeftOutMembers {
            line: one.line,
            property: one.property.clone(),
            reason: one.reason,
        });
        let findings = import.findings.iter().map(|one| FindingMembers {
            severity: if one.error { "error" } else { "warning" },
            line: one.line,
            property: Some(one.property.clone()).filter(|name| !name.is_empty()),
            text: one.text.clone(),
        });
        Self {
            output: output.to_owned(),
            config: import.toml.clone(),
            taken: taken.collect(),
            left_out: left_out.collect(),
            findings: findings.collect(),
        }
    }
}
