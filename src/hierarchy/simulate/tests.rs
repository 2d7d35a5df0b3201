use super::*;
use crate::error::Code;
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::policy::default_policies;

const START: &str = "2026-11-25T10:00:00Z";

fn options(years: u16) -> SimulationOptions {
    let start = Timestamp::from_rfc3339(START).unwrap();
    SimulationOptions::new(default_policies(start), start, years)
}

fn upstream(years: u16, rules: &[UpstreamRule]) -> Report {
    simulate(&SimulationOptions { upstream: rules.to_vec(), ..options(years) }).unwrap()
}

fn scope(app: &str, reference: &str) -> KeyScope {
    KeyScope::new(app, reference).unwrap()
}

fn event(day: u32, second_of_day: u32, action: ScriptAction, scope: KeyScope) -> ScriptEvent {
    ScriptEvent { day, second_of_day, action, scope }
}

fn keys<'a>(report: &'a Report, scope: &KeyScope) -> &'a [KeySpan] {
    &report.scopes.iter().find(|one| one.scope == *scope).unwrap().keys
}

#[test]
fn the_default_policy_has_no_day_without_a_key_in_thirty_years() {
    let report = simulate(&options(30)).unwrap();
    assert_eq!(report.days, 10957);
    assert_eq!(report.gaps, []);
    assert_eq!(report.overlaps, []);
    // SIM-4: 12 of the job, 2 Base keys of its list, and a sample for each other application with Base keys.
    let base: Vec<_> = report.scopes.iter().filter(|one| one.level == KeyLevel::Base).map(|one| &one.scope).collect();
    assert_eq!(report.scopes.len() - base.len(), 12);
    assert_eq!(base.len(), 9);
    assert!(base.contains(&&scope("RESIDENT", "mpartner-default-resident")));
    assert!(!base.contains(&&scope("RESIDENT", "sample")));
    assert!(base.contains(&&scope("REGISTRATION", "sample")));
    // Nobody can be given another ZK master, and that is said.
    let zk = scope("KERNEL", "IDENTITY_CACHE");
    assert_eq!(keys(&report, &zk).len(), 1);
    let idle: Vec<_> = report.idle.iter().filter(|range| range.scope == zk).collect();
    assert_eq!((idle.len(), idle[0].first_day, idle[0].last_day), (1, 1825 - 60, 10956));
    // HIE-23: Root is due after 1795 days, and renewed when the next Module key needs it: the third ones, a day later
    // than twice 1035 at most.
    let roots = keys(&report, &scope("ROOT", ""));
    assert_eq!(report.midnight.days_until(roots[0].due), 1795);
    assert!(report.midnight.days_until(roots[1].begins) <= 2 * 1035, "{roots:?}");
    // Nothing but the sign and module keys is made at the begin, and the Base keys of the list.
    assert_eq!(report.events.iter().filter(|event| event.day == 0).count(), 21);
    assert!(report.outliving.iter().all(|one| one.by_days <= 1035));
}

#[test]
fn the_same_input_gives_the_same_report() {
    let mut options = options(10);
    options.script = random_script(&options, 7).unwrap();
    assert_eq!(options.script, random_script(&options, 7).unwrap());
    assert_ne!(options.script, random_script(&options, 8).unwrap());
    let (one, other) = (simulate(&options).unwrap(), simulate(&options).unwrap());
    assert_eq!(one, other);
    assert_eq!(one.to_svg(), other.to_svg());
    assert_eq!(one.gaps, []);
    assert!(one.events.iter().any(|event| event.action == Action::Rotated));
    assert!(one.events.iter().any(|event| event.action == Action::Revoked));
}
