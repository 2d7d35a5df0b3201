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

#[test]
fn a_root_that_only_a_request_renews_stops_everything_below_it() {
    // mosip-keys §3.3: Root is due after 1795 days, the Module keys for the second time after 2070, and then nothing
    // can be signed any more. One who asks for Root now and then is enough.
    let report = upstream(10, &[UpstreamRule::RootOnlyOnRequest]);
    let module: Vec<_> = report.gaps.iter().filter(|gap| gap.scope == scope("REGISTRATION", "")).collect();
    assert_eq!(module.len(), 1);
    assert_eq!((module[0].first_day, module[0].last_day), (2070, report.days - 1));
    assert_eq!(module[0].reason.as_deref(), Some("KER-KMS-011"));
    assert!(report.gaps.iter().any(|gap| gap.scope == scope("REGISTRATION", "sample")));
    let mut asked = options(10);
    asked.upstream = vec![UpstreamRule::RootOnlyOnRequest];
    asked.demand.root = true;
    assert_eq!(simulate(&asked).unwrap().gaps, []);
}

#[test]
fn a_second_key_on_one_day_fails_upstream() {
    let base = scope("REGISTRATION", "10001_110011");
    let script = vec![
        event(100, 3600 * 12, ScriptAction::Rotate, base.clone()),
        event(100, 3600 * 13, ScriptAction::Rotate, base.clone()),
        event(100, 3600 * 14, ScriptAction::Revoke, base.clone()),
    ];
    let mut options = SimulationOptions { script, ..options(1) };
    options.demand.second_of_day = Some(3600 * 15);
    let ours = simulate(&options).unwrap();
    assert_eq!(ours.gaps, []);
    assert_eq!(keys(&ours, &base).len(), 4, "created, rotated twice, renewed");
    options.upstream = vec![UpstreamRule::SameDayCollision];
    let theirs = simulate(&options).unwrap();
    assert_eq!(keys(&theirs, &base).len(), 3, "the first rotation, and the one of the day after");
    let refused: Vec<_> = theirs.events.iter().filter(|event| event.action == Action::Refused).collect();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].reason.as_ref().unwrap().starts_with("KER-KMS-500"));
    assert_eq!(theirs.gaps.len(), 1);
    assert_eq!((theirs.gaps[0].first_day, theirs.gaps[0].last_day), (100, 100));
}

#[test]
fn a_zk_master_ends_for_good_upstream() {
    let report = upstream(10, &[UpstreamRule::SymmetricNotRenewed]);
    assert_eq!(report.gaps.len(), 1);
    assert_eq!(report.gaps[0].scope, scope("KERNEL", "IDENTITY_CACHE"));
    assert_eq!((report.gaps[0].first_day, report.gaps[0].last_day), (1765, report.days - 1));
}

#[test]
fn processes_with_old_rows_make_keys_twice() {
    let report = upstream(4, &[UpstreamRule::StaleCache]);
    assert!(!report.overlaps.is_empty(), "both processes make a key");
    let both = [UpstreamRule::StaleCache, UpstreamRule::SameDayCollision, UpstreamRule::TwoCurrentFails];
    let report = upstream(4, &both);
    let reasons: Vec<_> = report.gaps.iter().filter_map(|gap| gap.reason.as_deref()).collect();
    assert!(reasons.contains(&"KER-KMS-500"), "{reasons:?}");
    let all = upstream(30, &UpstreamRule::of_1_3_0());
    assert!(all.gaps.iter().map(DayRange::days).sum::<u32>() > 10_000);
}

#[test]
fn without_pre_expiry_certificates_outlive_their_issuers() {
    let report = upstream(10, &[UpstreamRule::NoRenewInPreExpiry]);
    assert_eq!(report.gaps, []);
    let worst = report.outliving.iter().filter(|one| one.issuer == scope("ROOT", "")).map(|one| one.by_days).max();
    assert!(worst > Some(300), "{worst:?}");
}

#[test]
fn a_key_that_ends_to_the_microsecond_is_current_twice() {
    // HIE-10: on the very instant of its expiry the old key counts again.
    let base = scope("REGISTRATION", "x");
    let script = vec![
        event(10, 43_200, ScriptAction::Rotate, base.clone()),
        event(10 + 1095, 43_200, ScriptAction::Rotate, base.clone()),
    ];
    let report = simulate(&SimulationOptions { script, ..options(4) }).unwrap();
    assert_eq!(report.overlaps, [], "both end with the rotation of that instant");
    assert_eq!(report.gaps, []);
}

#[test]
fn one_application_and_root() {
    let mut one = options(2);
    one.app = Some(AppId::new("REGISTRATION").unwrap());
    let scopes: Vec<_> = simulate(&one).unwrap().scopes.into_iter().map(|one| one.scope.to_string()).collect();
    assert_eq!(scopes, ["ROOT", "REGISTRATION", "REGISTRATION/sample"]);
    one.app = Some(AppId::new("NOBODY").unwrap());
    assert_eq!(simulate(&one).unwrap_err().code(), Code::ApplicationNotFound);
    one.app = None;
    one.scopes = vec![scope("REGISTRATION", "  "), scope("PMS", "x")];
    assert!(simulate(&one).unwrap().scopes.iter().any(|one| one.scope == scope("PMS", "x")));
}

#[test]
fn an_inactive_policy_is_a_gap_when_its_key_is_due() {
    let mut inactive = options(4);
    inactive.policies.iter_mut().find(|row| row.app.as_str() == "PMS").unwrap().active = false;
    inactive.scopes = vec![scope("PMS", "x")];
    let report = simulate(&inactive).unwrap();
    assert!(report.gaps.iter().all(|gap| gap.scope.app.as_str() == "PMS"));
    assert_eq!(report.gaps[0].reason.as_deref(), Some("KER-KMS-002"));
    assert_eq!(report.gaps[0].days(), report.days);
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |change: &dyn Fn(&mut SimulationOptions)| {
        let mut options = options(1);
        change(&mut options);
        simulate(&options).unwrap_err().code()
    };
    assert_eq!(refused(&|o| o.years = 0), Code::InvalidArgument);
    assert_eq!(refused(&|o| o.years = 101), Code::InvalidArgument);
    assert_eq!(refused(&|o| o.policies.clear()), Code::InvalidArgument);
    assert_eq!(refused(&|o| o.demand.every_days = 0), Code::InvalidArgument);
    assert_eq!(refused(&|o| o.demand.second_of_day = Some(86_400)), Code::InvalidArgument);
    assert_eq!(refused(&|o| o.start = Timestamp::MAX), Code::InvalidArgument);
    assert_eq!(
        refused(&|o| o.script = vec![event(365, 0, ScriptAction::Rotate, scope("PMS", ""))]),
        Code::InvalidArgument
    );
    let many = |o: &mut SimulationOptions| {
        o.script = vec![event(1, 0, ScriptAction::Rotate, scope("PMS", "")); MAX_EVENTS + 1];
    };
    assert_eq!(refused(&many), Code::TooLarge);
    let endless = |o: &mut SimulationOptions| {
        o.years = 100;
        for row in &mut o.policies {
            (row.validity_days, row.pre_expire_days) = (Some(1), Some(0));
        }
    };
    assert_eq!(refused(&endless), Code::TooLarge);
    assert_eq!(refused(&|o| o.policies[0].pre_expire_days = Some(-1)), Code::RecordDamaged);
}

#[test]
fn a_script_is_read_and_faults_are_named() {
    let script = read_script(
        "[[event]]\nday = 3\naction = \"rotate\"\napp_id = \"ROOT\"\n\
         [[event]]\nday = 4\ntime = \"23:59\"\naction = \"revoke\"\napp_id = \"PMS\"\nref_id = \"x\"\n",
    )
    .unwrap();
    assert_eq!(script[0], event(3, 43_200, ScriptAction::Rotate, scope("ROOT", "")));
    assert_eq!(script[1], event(4, 86_340, ScriptAction::Revoke, scope("PMS", "x")));
    assert_eq!(read_script("").unwrap(), []);
    for (text, named) in [
        ("[[event]]\nday = -1\naction = \"rotate\"\napp_id = \"A\"", "line 2"),
        ("[[event]]\nday = 1\naction = \"destroy\"\napp_id = \"A\"", "line 3"),
        ("[[event]]\nday = 1\ntime = \"24:00\"\naction = \"rotate\"\napp_id = \"A\"", "event 1"),
        ("[[event]]\nday = 1\naction = \"rotate\"\napp_id = \"\"", "event 1"),
        ("[[events]]\nday = 1", "line 1"),
    ] {
        let error = read_script(text).unwrap_err();
        assert_eq!(error.code(), Code::InvalidConfig, "{text}");
        assert!(error.detail().contains(named), "{text}: {}", error.detail());
    }
    assert_eq!(read_script(&" ".repeat(1024 * 1024 + 1)).unwrap_err().code(), Code::TooLarge);
}

#[test]
fn every_text_of_the_picture_is_escaped() {
    let mut hostile = options(2);
    hostile.scopes = vec![scope("PMS", "<script>\"&'\u{1}\u{202e}]]>")];
    let svg = simulate(&hostile).unwrap().to_svg();
    assert!(!svg.contains("<script>"));
    assert!(svg.contains("PMS/&lt;script&gt;&quot;&amp;&#39;\u{fffd}\u{fffd}]]&gt;"));
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    for rule in UpstreamRule::ALL {
        assert_eq!(rule.as_str().parse::<UpstreamRule>().unwrap(), rule);
    }
    assert_eq!("stale".parse::<UpstreamRule>().unwrap_err().code(), Code::InvalidArgument);
}
