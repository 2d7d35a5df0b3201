//! Many processes ask for the same new Base key, on one database and one token.

use std::collections::BTreeSet;
use std::time::Instant;

use keymanager::time::Timestamp;

use super::look::Look;
use super::place::Place;
use super::softhsm;
use super::start::next_start;
use crate::crowd::all_at_once;
use crate::sandbox::PASSPHRASE;
use crate::{Size, alone};

/// One key comes of it, whatever the clocks say: the processes take the `times` in turn. `made` counts the keys of
/// each scope afterwards.
fn one_key(test: &str, times: &[&str], made: &[(&str, usize)]) {
    let _alone = alone();
    let size = Size::of_this_run(test);
    for round in 0..size.rounds.div_ceil(2) {
        let mut place = Place::ready();
        let mut commands = Vec::new();
        for number in 0..size.processes {
            place.now = Timestamp::from_rfc3339(times[number % times.len()]).unwrap();
            commands.push(place.command(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "10001_110011"]));
        }
        let started = Instant::now();
        let answers = all_at_once(commands, PASSPHRASE);
        let took = started.elapsed();
        let (blind, documents): (Vec<_>, Vec<_>) =
            answers.into_iter().map(|(_, document)| document).partition(softhsm::showed_no_token);
        let thumbprints: BTreeSet<&str> =
            documents.iter().map(|document| document["key"]["thumbprint"].as_str().unwrap()).collect();
        assert_eq!(thumbprints.len(), 1, "{thumbprints:?}");
        assert_eq!(documents.iter().filter(|document| document["generated"] == true).count(), 1);
        let look = Look::at(&place);
        look.check_settled();
        look.check_certificates(&place);
        for (scope, count) in made {
            assert_eq!(look.of(scope).len(), *count, "{scope}");
        }
        let base = look.of("REGISTRATION/10001_110011")[0];
        assert_eq!(look.rows[base].thumbprint.as_deref(), thumbprints.first().copied());
        assert_eq!(softhsm::damaged(&place.tokens()), BTreeSet::new());
        assert_eq!(next_start(&place).findings, Vec::<String>::new());
        let (agreed, blind) = (documents.len(), blind.len());
        println!("{test} {round}: {agreed} processes, one key, {took:?}; {blind} were shown no token by SoftHSM");
        assert!(blind * 4 <= size.processes, "that is too many to prove anything");
    }
}

#[test]
fn processes_that_ask_for_one_new_base_key_get_one() {
    let made = [("ROOT/", 1), ("REGISTRATION/", 1), ("REGISTRATION/10001_110011", 1)];
    one_key("backends, one clock", &["2026-02-28T12:30:00Z"], &made);
}

#[test]
fn processes_on_both_sides_of_midnight_get_one() {
    let made = [("ROOT/", 1), ("REGISTRATION/", 1), ("REGISTRATION/10001_110011", 1)];
    one_key("backends, around midnight", &["2026-02-28T23:59:59Z", "2026-03-01T00:00:01Z"], &made);
}

/// Root is in its pre-expiry window and the Module key has expired: each is renewed once on the token, and then the
/// Base key made.
#[test]
fn processes_that_find_everything_due_renew_each_key_once() {
    let made = [("ROOT/", 2), ("REGISTRATION/", 2), ("REGISTRATION/10001_110011", 1)];
    one_key("backends, everything due, around midnight", &["2031-02-28T23:59:59Z", "2031-03-01T00:00:01Z"], &made);
}
