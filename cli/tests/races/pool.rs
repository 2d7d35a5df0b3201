//! Many processes take keys that were made ahead of time.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::books::Books;
use crate::crowd::{arguments, together};
use crate::world::World;
use crate::{Size, alone};

/// Each process asks for a reference id of its own, and there are fewer ready keys than processes: no key goes to two,
/// and who gets none generates one.
#[test]
fn processes_that_take_from_one_pool_never_take_the_same_key() {
    let _alone = alone();
    let size = Size::of_this_run("one pool");
    let ready = size.processes * 3 / 4;
    for round in 0..size.rounds {
        let mut world = World::ready();
        let filled = world.ok(&["keys", "pool", "--app", "REGISTRATION", "--fill", &ready.to_string()]).document();
        assert_eq!(filled["pools"][0]["ready"], ready);
        let now = world.now;
        let members: Vec<_> = (0..size.processes)
            .map(|number| {
                let reference = format!("centre_{number}");
                (now, arguments(&["keys", "certificate", "--app", "REGISTRATION", "--ref", &reference]))
            })
            .collect();
        let started = Instant::now();
        let documents = together(&mut world, &members);
        let took = started.elapsed();
        let aliases: BTreeSet<&str> =
            documents.iter().map(|document| document["key"]["alias"].as_str().unwrap()).collect();
        assert_eq!(aliases.len(), size.processes);
        assert!(documents.iter().all(|document| document["generated"] == true));
        // The certificate and the private key of each belong together, whoever else was at work.
        let books = Books::read(&world);
        books.check_settled();
        books.prove_keys(&world);
        let pool = world.ok(&["keys", "pool"]).document();
        let (used, left) = (pool["pools"][0]["used"].as_u64().unwrap(), pool["pools"][0]["ready"].as_u64().unwrap());
        assert_eq!(used + left, u64::try_from(ready).unwrap());
        assert!(used * 2 > used + left, "{used} used, {left} left");
        let doctor = world.ok(&["doctor"]).document();
        assert_eq!(doctor["findings"].as_array().map(Vec::len), Some(0), "{doctor}");
        println!("one pool {round}: {} processes, {used} of {ready} ready keys taken, {took:?}", documents.len());
    }
}
