//! Four processes at work on one store and one key file, of which some are killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use keymanager::id::Alias;
use keymanager::manager::{DoctorOptions, FindingCode};
use keymanager::progress::NoProgress;
use serde_json::Value;

use crate::books::Books;
use crate::dice::Dice;
use crate::killing::temporary_files;
use crate::world::World;
use crate::{Size, alone};

/// Processes at work at one time.
const AT_WORK: usize = 4;
/// Rounds in one folder; then all its keys are used, and a new folder is taken.
const ROUNDS_IN_ONE_WORLD: usize = 12;
/// Of ten processes so many are killed.
const KILLED_OF_TEN: usize = 6;

/// What the processes do: the arguments, and how often among all.
const WORK: &[(&[&str], u64)] = &[
    (&["generate", "--app", "REGISTRATION", "--force"], 2),
    (&["generate", "--app", "KERNEL", "--ref", "SIGN"], 1),
    (&["generate", "--app", "KERNEL", "--ref", "TOKENS", "--kind", "aes", "--force"], 2),
    (&["generate", "--app", "REGISTRATION", "--ref", "A", "--force"], 2),
    (&["rotate", "--app", "ROOT"], 1),
    (&["rotate", "--app", "REGISTRATION"], 3),
    (&["rotate", "--app", "REGISTRATION", "--ref", "A"], 3),
    (&["revoke", "--app", "REGISTRATION"], 1),
    (&["revoke", "--app", "REGISTRATION", "--ref", "A"], 2),
    (&["certificate", "--app", "REGISTRATION", "--ref", "A"], 2),
    (&["certificate", "--app", "REGISTRATION", "--ref", "B"], 1),
];

/// What the processes of a world said is there.
struct Crowd {
    world: World,
    acknowledged: BTreeSet<Alias>,
}

#[test]
fn of_processes_at_work_some_are_killed() {
    let _alone = alone();
    let size = Size::of_this_run("kills among processes at work");
    let mut dice = Dice::new();
    let mut crowd = Crowd::new();
    let (mut kills, mut rounds, mut cleared, mut keys, mut temporary) = (0, 0, 0, 0, 0);
    let mut killed: BTreeMap<&str, usize> = BTreeMap::new();
    let started = Instant::now();
    // The longest that a process took, so that the moments are spread over the whole.
    let mut longest = Duration::from_millis(500);
    while kills < size.crowd_kills {
        assert!(rounds < size.crowd_kills * 4, "the kills came too late to prove anything");
        if rounds > 0 && rounds % ROUNDS_IN_ONE_WORLD == 0 {
            (keys, temporary) = (keys + crowd.finish(), temporary + temporary_files(&crowd.world.sandbox));
            crowd = Crowd::new();
        }
        rounds += 1;
        let work: Vec<(&[&str], Option<Duration>)> = (0..AT_WORK)
            .map(|_| {
                let list: Vec<&[&str]> = WORK.iter().flat_map(|(work, times)| (0..*times).map(|_| *work)).collect();
                let moment = (dice.part() * 10.0 < KILLED_OF_TEN as f64).then(|| longest.mul_f64(dice.part()));
                (dice.of(&list), moment)
            })
            .collect();
        let outputs = crowd.at_work(&work, &mut longest);
        for ((arguments, moment), output) in work.iter().zip(&outputs) {
            let hit = output.status.signal() == Some(9);
            assert!(!hit || moment.is_some());
            kills += usize::from(hit);
            *killed.entry(arguments[0]).or_default() += usize::from(hit);
            crowd.acknowledge(arguments, output, hit);
        }
        println!("round {rounds}: {work:?}; {kills} kills");
        cleared += crowd.next_start();
    }
    keys += crowd.finish();
    temporary += temporary_files(&crowd.world.sandbox);
    println!(
        "kills among processes at work: {kills} in {rounds} rounds of {AT_WORK} processes, {:?}; {killed:?}; {cleared} \
         unfinished creations cleared; {keys} keys used; {temporary} temporary files left",
        started.elapsed()
    );
}

impl Crowd {
    fn new() -> Self {
        let crowd = Self { world: World::ready(), acknowledged: BTreeSet::new() };
        crowd.world.ok(&["keys", "generate", "--app", "KERNEL", "--ref", "TOKENS", "--kind", "aes"]);
        crowd.world.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "A"]);
        crowd
    }

    /// Runs the processes at once; each that has a moment is killed then, unless it was done.
    fn at_work(&mut self, work: &[(&[&str], Option<Duration>)], longest: &mut Duration) -> Vec<Output> {
        self.world.now = self.world.now.plus_seconds(60);
        let children: Vec<_> = work
            .iter()
            .map(|(arguments, moment)| {
                let arguments: Vec<&str> = ["keys"].into_iter().chain(arguments.iter().copied()).collect();
                let mut command = self.world.command(&arguments);
                command.args(["--passphrase-file", "passphrase"]).stdout(Stdio::piped()).stderr(Stdio::piped());
                (command.spawn().unwrap(), *moment)
            })
            .collect();
        std::thread::scope(|threads| {
            let running: Vec<_> = children
                .into_iter()
                .map(|(mut child, moment)| {
                    threads.spawn(move || {
                        let started = Instant::now();
                        if let Some(moment) = moment {
                            std::thread::sleep(moment);
                            // One that is done is not hit.
                            child.kill().unwrap();
                        }
                        (child.wait_with_output().unwrap(), started.elapsed())
                    })
                })
                .collect();
            let ended: Vec<_> = running.into_iter().map(|thread| thread.join().unwrap()).collect();
            let whole = ended.iter().zip(work).filter(|(_, (_, moment))| moment.is_none());
            if let Some(took) = whole.map(|((_, took), _)| *took).max() {
                *longest = took;
            }
            ended.into_iter().map(|(output, _)| output).collect()
        })
    }

    /// Notes what a process said is there. What was not killed worked, or found nothing that is current.
    fn acknowledge(&mut self, arguments: &[&str], output: &Output, hit: bool) {
        let said = String::from_utf8_lossy(&output.stdout);
        let Ok(document) = serde_json::from_slice::<Value>(&output.stdout) else {
            assert!(hit, "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
            return;
        };
        if let Some(error) = document["error"].as_object() {
            let replaces = matches!(arguments[0], "rotate" | "revoke");
            assert!(replaces && error["name"] == "no_unique_key", "{arguments:?}: {document}");
            return;
        }
        let listed = ["generated", "existing"].into_iter().filter_map(|list| document[list].as_array()).flatten();
        for key in listed.chain(document.get("key")) {
            self.acknowledged.insert(Alias::new(key["alias"].as_str().unwrap()).unwrap());
        }
    }

    /// Everything fits before and after the next start, which leaves nothing unfinished; gives how much it cleared.
    fn next_start(&self) -> usize {
        let left = self.read().intents.len();
        let manager = self.world.manager();
        manager.initialise(&[]).unwrap();
        let report = manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        // A key that was revoked has no successor until somebody asks.
        let findings: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| !matches!(finding.code, FindingCode::KeyEnded | FindingCode::OutlivesIssuer))
            .collect();
        assert!(findings.is_empty(), "{findings:?}");
        drop(manager);
        self.read().check_settled();
        left
    }

    fn read(&self) -> Books {
        let books = Books::read(&self.world);
        for alias in &self.acknowledged {
            assert!(books.records.contains_key(alias), "{alias} was acknowledged and is lost");
        }
        books
    }

    fn finish(&self) -> usize {
        self.read().prove_keys(&self.world)
    }
}
