use super::*;

fn policies(rows: Vec<PolicyRow>) -> Policies {
    Policies { rows: rows.into_iter().map(|row| (row, Version(Vec::new()))).collect() }
}

fn app(text: &str) -> AppId {
    AppId::new(text).unwrap()
}

fn scope(app: &str, reference: &str) -> KeyScope {
    KeyScope::new(app, reference).unwrap()
}

#[test]
fn upstreams_seed_rows() {
    let rows = default_policies(Timestamp::UNIX_EPOCH);
    assert_eq!(rows.len(), 12);
    let policies = policies(rows);
    assert_eq!(policies.validity_days(&app("ROOT")).unwrap(), 2920);
    assert_eq!(policies.pre_expire_days(&scope("ROOT", ""), true).unwrap(), 1125);
    assert_eq!(policies.pre_expire_days(&scope("PMS", "x"), false).unwrap(), 30);
    assert_eq!(policies.pre_expire_days(&scope("PMS", ""), true).unwrap(), 395);
    assert_eq!(policies.pre_expire_days(&scope("PARTNER", "x"), false).unwrap(), 0);
    assert_eq!(policies.validity_days(&app("PARTNER")).unwrap_err().code(), Code::ApplicationNotFound);
    assert!(policies.rows().all(|row| row.access_allowed.as_deref() == Some("NA") && row.created_by == "mosipadmin"));
}

#[test]
fn missing_and_impossible_values() {
    let mut rows = default_policies(Timestamp::UNIX_EPOCH);
    rows.retain(|row| row.app.as_str() != BASE_POLICY);
    assert_eq!(policies(rows.clone()).pre_expire_days(&scope("PMS", "x"), false).unwrap(), 30);
    for days in [None, Some(0), Some(-1)] {
        rows[0].validity_days = days;
        let error = policies(rows.clone()).validity_days(&app("ROOT")).unwrap_err();
        assert_eq!(error.code(), Code::RecordDamaged);
    }
    for (days, good) in [(None, false), (Some(-1), false), (Some(0), true)] {
        rows[0].pre_expire_days = days;
        assert_eq!(policies(rows.clone()).pre_expire_days(&scope("ROOT", ""), true).is_ok(), good);
    }
    rows[0].active = false;
    assert_eq!(policies(rows).active(&app("ROOT")).unwrap_err().code(), Code::PolicyInactive);
}

#[test]
fn access() {
    let with = |access: Option<&str>| {
        let mut row = new_policy(app("APP"), Timestamp::UNIX_EPOCH);
        row.access_allowed = access.map(str::to_owned);
        row.active = false;
        policies(vec![row])
    };
    for (access, caller, allowed) in [
        (Some("NA"), None, true),
        (Some("NA"), Some("eve"), true),
        (None, Some("anna"), false),
        (Some(""), Some("anna"), false),
        (Some(""), Some(""), false),
        (Some(" "), Some(" "), false),
        (Some("anna"), None, false),
        (Some("anna"), Some("Anna"), true),
        (Some("bob, ANNA ,carl"), Some("anna"), true),
        (Some("bob,anna"), Some("ann"), false),
        (Some("na"), Some("eve"), false),
        (Some("anna,,bob"), Some(""), false),
    ] {
        assert_eq!(with(access).check_access(&app("APP"), caller).is_ok(), allowed, "{access:?} {caller:?}");
    }
    assert_eq!(with(Some("NA")).check_access(&app("app"), None).unwrap_err().code(), Code::DecryptNotAllowed);
}

#[test]
fn changes() {
    let mut row = new_policy(app("APP"), Timestamp::UNIX_EPOCH);
    let change = |validity, pre_expire| PolicyChange {
        validity_days: validity,
        pre_expire_days: pre_expire,
        ..PolicyChange::new(app("APP"))
    };
    change(Some(61), None).apply(&mut row).unwrap();
    assert_eq!((row.validity_days, row.pre_expire_days), (Some(61), Some(60)));
    for (validity, pre_expire) in [(Some(60), None), (None, Some(61)), (Some(0), Some(0)), (Some(5), Some(-1))] {
        let error = change(validity, pre_expire).apply(&mut row.clone()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{validity:?} {pre_expire:?}");
    }
    change(Some(i16::MAX), Some(i16::MAX - 1)).apply(&mut row).unwrap();
    let long = PolicyChange { access_allowed: Some("x".repeat(1025)), ..PolicyChange::new(app("APP")) };
    assert!(long.apply(&mut row).is_err());
    row.validity_days = None;
    assert!(PolicyChange::new(app("APP")).apply(&mut row).is_err());
}
