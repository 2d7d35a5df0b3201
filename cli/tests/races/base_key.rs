//! Many processes ask for the same new Base key.

use std::collections::BTreeSet;
use std::time::Instant;

use keymanager::id::KeyScope;
use keymanager::time::Timestamp;

use crate::books::Books;
use crate::crowd::{arguments, together};
use crate::world::World;
use crate::{Size, alone};

/// One key comes of it, whatever the clocks say: the processes take the `times` in turn. `made` counts the keys of
/// each level that the crowd makes.
fn one_key(test: &str, times: &[&str], made: &[(&str, &str, usize)]) {
    let _alone = alone();
    let size = Size::of_this_run(test);
    for round in 0..size.rounds {
        let mut world = World::ready();
        let ask = arguments(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "10001_110011"]);
        let members: Vec<_> = (0..size.processes)
            .map(|number| (Timestamp::from_rfc3339(times[number % times.len()]).unwrap(), ask.clone()))
            .collect();
        let started = Instant::now();
        let documents = together(&mut world, &members);
        let took = started.elapsed();

        let thumbprints: BTreeSet<&str> =
            documents.iter().map(|document| document["key"]["thumbprint"].as_str().unwrap()).collect();
        assert_eq!(thumbprints.len(), 1, "{thumbprints:?}");
        assert_eq!(documents.iter().filter(|document| document["generated"] == true).count(), 1);
        let books = Books::read(&world);
        books.check_settled();
        for (app, reference, count) in made {
            let records = books.of(&KeyScope::new(*app, *reference).unwrap());
            assert_eq!(records.len(), *count, "{app}/{reference}");
        }
        let base = books.of(&KeyScope::new("REGISTRATION", "10001_110011").unwrap())[0];
        assert_eq!(base.alias.thumbprint.unwrap().to_hex(), *thumbprints.first().unwrap());
        books.prove_keys(&world);
        println!("{test} {round}: {} processes, one key, {took:?}", documents.len());
    }
}

#[test]
fn processes_that_ask_for_one_new_base_key_get_one() {
    let made = [("ROOT", "", 1), ("REGISTRATION", "", 1), ("REGISTRATION", "10001_110011", 1)];
    one_key("one clock", &["2026-02-28T12:30:00Z"], &made);
}

/// The identifier of a key has the date in it, and is unique: two dates could make two keys.
#[test]
fn processes_on_both_sides_of_midnight_get_one() {
    let made = [("ROOT", "", 1), ("REGISTRATION", "", 1), ("REGISTRATION", "10001_110011", 1)];
    one_key("around midnight", &["2026-02-28T23:59:59Z", "2026-03-01T00:00:01Z"], &made);
}

/// Root is in its pre-expiry window and the Module key has expired: each is renewed once, and then the Base key made.
#[test]
fn processes_that_find_everything_due_renew_each_key_once() {
    let made = [("ROOT", "", 2), ("REGISTRATION", "", 2), ("REGISTRATION", "10001_110011", 1)];
    one_key("everything due, around midnight", &["2031-02-28T23:59:59Z", "2031-03-01T00:00:01Z"], &made);
}
