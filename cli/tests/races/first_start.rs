//! `init` and `quickstart` that are killed can be run again.

use std::time::Instant;

use crate::dice::Dice;
use crate::killing::{Mark, Times, run, temporary_files};
use crate::sandbox::{Run, Sandbox};
use crate::{Size, alone};

/// The first start is a part of the work: one kill of `init` for four of keys, and one of `quickstart` for ten.
const START: [(&str, &[&str], usize); 2] =
    [("init", &["init", "--json"], 4), ("quickstart", &["quickstart", "--dir", ".", "--json"], 10)];

/// What counts is the store, which appears last and whole.
#[test]
fn a_first_start_that_is_killed_can_be_repeated() {
    let _alone = alone();
    let size = Size::of_this_run("first start");
    let mut dice = Dice::new();
    let mut times = Times::new();
    let marks = [Mark::Temporary, Mark::Replaced, Mark::Log];
    let (mut all, mut all_hits) = (0, 0);
    for (name, arguments, part) in START {
        for _ in 0..2 {
            let sandbox = Sandbox::empty();
            let seen = run(&sandbox, &mut sandbox.command(arguments), None);
            assert!(seen.status.success(), "{}", seen.stderr);
            times.learn(name, &seen);
        }
        let (kills, started) = (size.kills / part, Instant::now());
        let (mut hits, mut whole, mut half, mut temporary) = (0, 0, 0, 0);
        for kill in 0..kills {
            let sandbox = Sandbox::empty();
            let moment = times.moment(name, &marks, kill, &mut dice);
            let seen = run(&sandbox, &mut sandbox.command(arguments), Some(moment));
            println!("{name} {kill}: {moment:?}: {:?}, {:?}", seen.status, sandbox.names());
            hits += usize::from(seen.was_killed());
            let made = sandbox.path("keymanager.db").exists();
            assert!(made || !seen.status.success());
            whole += usize::from(made);
            half += usize::from(!made && sandbox.path("keymanager.p12").exists());
            if made {
                // The store never is without its policy, nor without its key file.
                assert_eq!(sandbox.json(&["policy", "list"])["policies"].as_array().unwrap().len(), 12);
                assert!(sandbox.path("keymanager.p12").exists());
            }
            let again = Run::of(&mut sandbox.command(arguments));
            if made && name == "init" {
                again.expect(5).error("already_exists");
            } else {
                again.expect(0);
            }
            sandbox.ok(&["keys", "generate", "--app", "ROOT"]);
            sandbox.ok(&["keys", "generate", "--app", "REGISTRATION"]);
            sandbox.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "10001_110011"]);
            temporary += temporary_files(&sandbox);
        }
        println!(
            "{name}: {hits} of {kills} kills hit before the end, {:?}; {whole} whole, {half} with the key file alone; \
             {temporary} temporary files left",
            started.elapsed()
        );
        all += kills;
        all_hits += hits;
    }
    // Of a few kills all but one may come late.
    let least = if all < 30 { 1 } else { all / 3 };
    assert!(all_hits >= least, "the kills came too late to prove anything");
}
