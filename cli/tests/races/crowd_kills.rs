//! Four processes at work on one store and one key file, of which some are killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use keymanager::id::Alias;
use keymanager::manager::{DoctorOptions, Finding, FindingCode};
use keymanager::progress::NoProgress;
use serde_json::Value;

use crate::books::Books;
use crate::dice::Dice;
use crate::killing::temporary_files;
use crate::ledger::Ledger;
use crate::work::Task;
use crate::world::World;
use crate::{Size, alone};

/// Processes at work at one time.
const AT_WORK: usize = 4;
/// Rounds in one folder; then all its keys are used, and a new folder is taken.
const ROUNDS_IN_ONE_WORLD: usize = 12;
/// Of ten processes so many are killed.
const KILLED_OF_TEN: usize = 6;

/// What the processes of a world said is there.
struct Crowd {
    world: World,
    acknowledged: BTreeSet<Alias>,
    ledger: Ledger,
    tasks: usize,
}

/// What was seen of all.
#[derive(Default)]
struct Count {
    kills: usize,
    rounds: usize,
    killed: BTreeMap<String, usize>,
    uploads: usize,
    unfinished: usize,
    begun_uploads: usize,
    half_done_uploads: usize,
    keys: usize,
    envelopes: usize,
    former: usize,
    temporary: usize,
}

/// How long each verb took that was done last, so that the moments are spread over the whole.
struct Durations(BTreeMap<String, Duration>);

#[test]
fn of_processes_at_work_some_are_killed() {
    let _alone = alone();
    let size = Size::of_this_run("kills among processes at work");
    let mut dice = Dice::new();
    let mut crowd = Crowd::new();
    let mut count = Count::default();
    let mut durations = Durations(BTreeMap::new());
    let started = Instant::now();
    while count.kills < size.crowd_kills {
        assert!(count.rounds < size.crowd_kills * 4, "the kills came too late to prove anything");
        if count.rounds > 0 && count.rounds % ROUNDS_IN_ONE_WORLD == 0 {
            crowd.finish(&mut count);
            crowd = Crowd::new();
        }
        count.rounds += 1;
        let work = crowd.plan(&durations, &mut dice);
        let outputs = crowd.at_work(&work, &mut durations);
        for ((task, moment), output) in work.iter().zip(&outputs) {
            let hit = output.status.signal() == Some(9);
            assert!(!hit || moment.is_some());
            count.kills += usize::from(hit);
            *count.killed.entry(task.verb().to_owned()).or_default() += usize::from(hit);
            count.uploads += usize::from(crowd.acknowledge(task, output, hit) && task.sent.is_some());
        }
        let work: Vec<_> = work.iter().map(|(task, moment)| (&task.arguments, moment)).collect();
        println!("round {}: {work:?}; {} kills", count.rounds, count.kills);
        crowd.next_start(&mut count);
    }
    crowd.finish(&mut count);
    println!("kills among processes at work: {count}, {:?}", started.elapsed());
    assert!(
        count.begun_uploads > 0 || size.crowd_kills < 500,
        "no kill came between an upload's intent and its record"
    );
}

impl Crowd {
    fn new() -> Self {
        let world = World::ready();
        world.ok(&["keys", "generate", "--app", "KERNEL", "--ref", "TOKENS", "--kind", "aes"]);
        world.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "A"]);
        Self { world, acknowledged: BTreeSet::new(), ledger: Ledger::default(), tasks: 0 }
    }

    /// What each process of a round does, and when it is killed, if it is.
    fn plan(&mut self, durations: &Durations, dice: &mut Dice) -> Vec<(Task, Option<Duration>)> {
        self.world.now = self.world.now.plus_seconds(60);
        let books = self.read();
        self.ledger.begin(&books);
        (0..AT_WORK)
            .map(|_| {
                self.tasks += 1;
                let task = Task::any(&self.world, (&books, &self.ledger), self.tasks, dice);
                let moment = (dice.part() * 10.0 < KILLED_OF_TEN as f64).then(|| durations.moment(&task, dice));
                (task, moment)
            })
            .collect()
    }

    /// Runs the processes at once; each that has a moment is killed then, unless it was done.
    fn at_work(&self, work: &[(Task, Option<Duration>)], durations: &mut Durations) -> Vec<Output> {
        let children: Vec<_> = work
            .iter()
            .map(|(task, moment)| {
                let arguments: Vec<&str> =
                    ["keys"].into_iter().chain(task.arguments.iter().map(String::as_str)).collect();
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
            for ((task, _), (output, took)) in work.iter().zip(&ended) {
                // What is refused ends early.
                if output.status.success() {
                    durations.0.insert(task.verb().to_owned(), *took);
                }
            }
            ended.into_iter().map(|(output, _)| output).collect()
        })
    }

    /// Notes what a process said is there. What was not killed worked, or was refused for what another did; answers
    /// whether it worked.
    fn acknowledge(&mut self, task: &Task, output: &Output, hit: bool) -> bool {
        let said = String::from_utf8_lossy(&output.stdout);
        let Ok(document) = serde_json::from_slice::<Value>(&output.stdout) else {
            assert!(hit, "{task:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
            if let Some(sent) = &task.sent {
                self.ledger.unheard(sent);
            }
            return false;
        };
        if !document["error"].is_null() {
            assert!(task.may_answer(&document["error"]), "{task:?}: {document}");
            return false;
        }
        let listed = ["generated", "existing"].into_iter().filter_map(|list| document[list].as_array()).flatten();
        for key in listed.chain(document.get("key")) {
            let alias = Alias::new(key["alias"].as_str().unwrap()).unwrap();
            if let Some(sent) = &task.sent {
                assert_eq!(key["thumbprint"], sent.certificate.thumbprint().to_hex(), "{task:?}");
                self.ledger.acknowledge(&alias, sent);
            }
            self.acknowledged.insert(alias);
        }
        true
    }

    /// Everything fits before and after the next start, which leaves nothing unfinished.
    fn next_start(&self, count: &mut Count) {
        let left = self.read();
        let (begun, half) = left.unfinished_uploads();
        count.unfinished += left.intents.len();
        count.begun_uploads += begun;
        count.half_done_uploads += half;
        let manager = self.world.manager();
        manager.initialise(&[]).unwrap();
        let report = manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        drop(manager);
        let books = self.read();
        books.check_settled();
        let findings: Vec<_> = report.findings.iter().filter(|finding| !self.is_expected(&books, finding)).collect();
        assert!(findings.is_empty(), "{findings:?}");
        self.ledger.open_all(&books, &self.world.manager());
    }

    /// A key that was revoked has no successor until somebody asks. Whose certificate came from outside names an issuer
    /// that nobody knows here.
    fn is_expected(&self, books: &Books, finding: &Finding) -> bool {
        let outside = || finding.alias.as_ref().is_some_and(|alias| self.ledger.came_from_outside(books, alias));
        match finding.code {
            FindingCode::KeyEnded | FindingCode::OutlivesIssuer => true,
            FindingCode::IssuerUnknown => outside(),
            _ => false,
        }
    }

    fn read(&self) -> Books {
        let books = Books::read(&self.world);
        for alias in &self.acknowledged {
            assert!(books.records.contains_key(alias), "{alias} was acknowledged and is lost");
        }
        self.ledger.check(&books);
        books
    }

    fn finish(&self, count: &mut Count) {
        let books = self.read();
        count.keys += books.prove_keys(&self.world);
        let (envelopes, former) = self.ledger.envelopes(&books);
        count.envelopes += envelopes;
        count.former += former;
        count.temporary += temporary_files(&self.world.sandbox);
    }
}

impl Durations {
    fn moment(&self, task: &Task, dice: &mut Dice) -> Duration {
        self.0.get(task.verb()).copied().unwrap_or(Duration::from_millis(500)).mul_f64(dice.part())
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, rounds, killed, uploads, unfinished, begun_uploads, half_done_uploads, .. } = self;
        let Self { keys, envelopes, former, temporary, .. } = self;
        write!(
            out,
            "{kills} in {rounds} rounds of {AT_WORK} processes; {killed:?}; {uploads} uploads acknowledged; {unfinished} \
             intents cleared, {begun_uploads} of them of uploads, {half_done_uploads} with the certificate attached and \
             not recorded; {keys} keys used; {envelopes} envelopes opened, {former} under a former certificate; \
             {temporary} temporary files left"
        )
    }
}
