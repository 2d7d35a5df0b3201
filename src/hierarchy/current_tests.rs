use super::*;
use crate::id::{Alias, KeyScope};

const DAY: i64 = 86_400_000_000;
const NOW: i64 = 1_795_000_000_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

fn row(generated: i64, expires: i64) -> AliasRow {
    AliasRow {
        alias: Alias::new("a").unwrap(),
        scope: KeyScope::new("APP", "ref").unwrap(),
        generated: Some(at(generated)),
        expires: Some(at(expires)),
        thumbprint: None,
        uni_ident: None,
        created_by: String::new(),
        created: at(generated),
    }
}

fn moment(pre_expire_days: i64, tolerance: u64) -> Moment {
    Moment { now: at(NOW), pre_expire_days, tolerance: Duration::from_secs(tolerance) }
}

#[test]
fn current_at_every_boundary() {
    let pre = 30;
    for (generated, expires, current, why) in [
        (NOW - 1, NOW + 30 * DAY + 1, true, "well inside"),
        (NOW, NOW + 100 * DAY, true, "at the begin"),
        (NOW, NOW + 30 * DAY, true, "at the begin, window reached: equality wins"),
        (NOW, NOW, true, "begin and expiry at once"),
        (NOW, NOW - 1, false, "revoked at its first moment"),
        (NOW + 1, NOW, false, "ended before it begins, at the expiry"),
        (NOW + 1, NOW + 100 * DAY, false, "1 µs before the begin"),
        (NOW - 1, NOW + 100 * DAY, true, "1 µs after the begin"),
        (NOW - 100 * DAY, NOW + 30 * DAY + 1, true, "1 µs before the window"),
        (NOW - 100 * DAY, NOW + 30 * DAY, false, "at the begin of the window"),
        (NOW - 100 * DAY, NOW + 30 * DAY - 1, false, "1 µs inside the window"),
        (NOW - 100 * DAY, NOW + 1, false, "1 µs before the expiry"),
        (NOW - 100 * DAY, NOW, true, "at the expiry"),
        (NOW - 100 * DAY, NOW - 1, false, "1 µs after the expiry"),
    ] {
        assert_eq!(moment(pre, 0).is_current(&row(generated, expires)), current, "{why}");
    }
    assert!(!moment(0, 0).is_current(&row(NOW - 5, NOW - 1)));
    assert!(moment(0, 0).is_current(&row(NOW - 5, NOW + 1)));
    let mut without = row(NOW - 5, NOW + DAY);
    without.generated = None;
    assert!(!moment(0, 0).is_current(&without));
    let mut without = row(NOW - 5, NOW + DAY);
    without.expires = None;
    assert!(!moment(0, 0).is_current(&without));
}

#[test]
fn ahead_only_within_the_tolerance() {
    let second = 1_000_000;
    for (generated, expires, ahead, why) in [
        (NOW + 1, NOW + 100 * DAY, true, "1 µs ahead"),
        (NOW + 300 * second, NOW + 100 * DAY, true, "at the tolerance"),
        (NOW + 300 * second + 1, NOW + 100 * DAY, false, "1 µs beyond the tolerance"),
        (NOW, NOW + 100 * DAY, false, "begun: current, not ahead"),
        (NOW - 1, NOW + 100 * DAY, false, "begun before"),
        (NOW + 1, NOW + 1 + 30 * DAY, true, "due at its begin, and current then"),
        (NOW + 1, NOW + 1, true, "begin and expiry at once"),
        (NOW + 1, NOW, false, "revoked at its first moment"),
        (NOW + 1, NOW - DAY, false, "revoked"),
    ] {
        assert_eq!(moment(30, 300).is_ahead(&row(generated, expires)), ahead, "{why}");
    }
    assert!(!moment(30, 0).is_ahead(&row(NOW + 1, NOW + 100 * DAY)));
    for missing in [0, 1] {
        let mut without = row(NOW + 1, NOW + 100 * DAY);
        if missing == 0 {
            without.generated = None
        } else {
            without.expires = None
        }
        assert!(!moment(30, 300).is_ahead(&without));
    }
}

/// Whoever sees a key before its begin uses it, so that nobody makes one that is current beside it at its begin.
#[test]
fn a_key_that_is_current_at_its_begin_is_ahead_before() {
    for expires in [NOW - 1, NOW, NOW + 1, NOW + 30 * DAY, NOW + 30 * DAY + 1, NOW + 100 * DAY] {
        let key = row(NOW, expires);
        let before = Moment { now: at(NOW - 1), ..moment(30, 300) };
        assert_eq!(before.is_ahead(&key), moment(30, 300).is_current(&key), "{expires}");
    }
}

#[test]
fn the_newest_current_key_is_selected() {
    let select = |rows: &[AliasRow]| moment(30, 300).select(rows.iter());
    assert_eq!(select(&[]), None);
    let old = row(NOW - 200 * DAY, NOW - DAY);
    let first = row(NOW - 100 * DAY, NOW + 100 * DAY);
    let second = row(NOW - 50 * DAY, NOW + 100 * DAY);
    let due = row(NOW - 10 * DAY, NOW + 10 * DAY);
    let ahead = row(NOW + 1_000_000, NOW + 100 * DAY);
    let further = row(NOW + 2_000_000, NOW + 100 * DAY);
    assert_eq!(select(std::slice::from_ref(&old)), None);
    assert_eq!(select(&[old.clone(), due.clone()]), None);
    assert_eq!(select(&[old.clone(), first.clone(), due]), Some(Selected { index: 1, current: 1 }));
    assert_eq!(select(&[old.clone(), first.clone(), second.clone()]), Some(Selected { index: 2, current: 2 }));
    assert_eq!(select(&[second.clone(), first.clone()]), Some(Selected { index: 0, current: 2 }));
    assert_eq!(select(&[second.clone(), second.clone()]), Some(Selected { index: 1, current: 2 }), "the last of a tie");
    assert_eq!(select(&[first.clone(), ahead.clone()]), Some(Selected { index: 0, current: 1 }), "current goes first");
    assert_eq!(select(&[old, further, ahead]), Some(Selected { index: 1, current: 0 }));
}

#[test]
fn states_for_display() {
    let state =
        |generated, expires, not_after: Option<i64>| moment(30, 300).state(&row(generated, expires), not_after.map(at));
    let second = 1_000_000;
    assert_eq!(state(NOW - DAY, NOW + 100 * DAY, None), KeyState::Current);
    assert_eq!(state(NOW, NOW + 100 * DAY, None), KeyState::Current);
    assert_eq!(state(NOW + 1, NOW + 100 * DAY, None), KeyState::NotYetValid);
    assert_eq!(state(NOW - DAY, NOW + 30 * DAY, None), KeyState::PreExpiry);
    assert_eq!(state(NOW - DAY, NOW + 1, None), KeyState::PreExpiry);
    assert_eq!(state(NOW - DAY, NOW - 1, Some(NOW - 1)), KeyState::Expired);
    assert_eq!(state(NOW - DAY, NOW - 1, Some(NOW - 1 + 2 * second)), KeyState::Expired, "2 s is rounding");
    assert_eq!(state(NOW - DAY, NOW - 1, Some(NOW + 2 * second)), KeyState::Revoked, "more than 2 s is not");
    assert_eq!(state(NOW - DAY, NOW - 1, None), KeyState::Expired, "without a certificate nothing says revoked");
    assert_eq!(state(NOW, NOW - 60 * second, Some(NOW + 100 * DAY)), KeyState::Revoked);
    assert_eq!(state(NOW + second, NOW + 1, Some(NOW + 100 * DAY)), KeyState::Revoked, "ended before its begin");
    assert_eq!(state(NOW + second, NOW + second, Some(NOW + 100 * DAY)), KeyState::NotYetValid, "ends as it begins");
    let mut blank = row(NOW, NOW);
    blank.generated = None;
    assert_eq!(moment(30, 300).state(&blank, None), KeyState::Expired);
}
