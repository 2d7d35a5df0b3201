//! Processes that are killed while they make a key or change the passphrase.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use keymanager::error::Code;
use keymanager::id::{Alias, AppId, KeyScope, Thumbprint};
use keymanager::manager::PolicyChange;
use keymanager::store::KeyRecord;
use serde_json::Value;

use crate::books::{Books, entries};
use crate::dice::Dice;
use crate::killing::{Mark, Seen, Times, run, temporary_files};
use crate::sandbox::PASSPHRASE;
use crate::world::World;
use crate::{Size, alone};

const OTHER_PASSPHRASE: &str = "another passphrase for tests";
/// Kills in one folder; then all its keys are used, and a new folder is taken.
const KILLS_IN_ONE_WORLD: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    FirstRoot,
    Root,
    Module,
    Sign,
    Base,
    Aes,
    Passphrase,
}

const JOBS: [Job; 7] = [Job::FirstRoot, Job::Root, Job::Module, Job::Sign, Job::Base, Job::Aes, Job::Passphrase];

impl Job {
    fn marks(self) -> &'static [Mark] {
        match self {
            Self::Base => &[Mark::Log],
            Self::Passphrase | Self::Aes => &[Mark::Temporary, Mark::Replaced],
            _ => &[Mark::Log, Mark::Temporary, Mark::Replaced, Mark::Attached],
        }
    }
}

/// What a kill left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All of it, and the process had ended.
    DoneInTime,
    /// All of it, although the process was killed.
    Done,
    /// Nothing at all.
    Nothing,
    /// An intent, which the next start clears.
    Intent,
    /// An intent and a key without its certificate.
    PendingKey,
    /// An intent and a whole key, which no record names.
    UnnamedKey,
}

/// One job that is repeated under the same conditions.
struct Task {
    job: Job,
    /// Each run makes a key; otherwise one that is there is the answer.
    forced: bool,
    arguments: Vec<String>,
    scope: KeyScope,
}

/// A world, and what its processes said.
struct Field {
    world: World,
    number: usize,
    acknowledged: BTreeMap<Alias, Option<Thumbprint>>,
}

#[test]
fn processes_that_are_killed_leave_all_or_nothing() {
    let _alone = alone();
    let size = Size::of_this_run("kills");
    let mut dice = Dice::new();
    let mut times = Times::new();
    let mut fields = [Field::new(World::ready()), Field::new(World::empty())];
    for job in JOBS {
        let field = &mut fields[usize::from(job == Job::FirstRoot)];
        // Two runs that nobody kills, to know how long each part takes.
        for _ in 0..2 {
            let task = field.task(job, &mut dice);
            times.learn(job, &field.complete(&task));
            if job == Job::FirstRoot {
                *field = Field::new(World::empty());
            }
        }
    }
    let (mut hits, mut keys, mut temporary) = (0, 0, 0);
    let mut outcomes: BTreeMap<(Job, Outcome), usize> = BTreeMap::new();
    let mut field = Field::new(World::ready());
    let started = Instant::now();
    for kill in 0..size.kills {
        if kill.is_multiple_of(KILLS_IN_ONE_WORLD) {
            field.finish(&mut keys, &mut temporary);
            field = Field::new(World::ready());
        }
        let job = JOBS[kill % JOBS.len()];
        let mut first = (job == Job::FirstRoot).then(|| Field::new(World::empty()));
        let field = first.as_mut().unwrap_or(&mut field);
        let task = field.task(job, &mut dice);
        let (mark, delay) = times.moment(job, job.marks(), kill / JOBS.len(), &mut dice);
        let before = field.read();
        let seen = field.run(&task, Some((mark, delay)));
        let hit = seen.was_killed();
        hits += usize::from(hit);
        println!("kill {kill}: {job:?} {:?}, {mark:?} + {delay:?}: ended {:?}", task.arguments, seen.end);
        let outcome = field.judge(&task, &before, &seen);
        println!("kill {kill}: {outcome:?}");
        *outcomes.entry((job, outcome)).or_default() += 1;
        if dice.one_in(2) {
            field.world.manager().initialise(&[]).unwrap();
            field.read().check_settled();
        }
        times.learn(job, &field.complete(&task));
        if let Some(mut first) = first {
            first.finish(&mut keys, &mut temporary);
        }
    }
    field.finish(&mut keys, &mut temporary);
    for ((job, outcome), count) in &outcomes {
        println!("{job:?} {outcome:?}: {count}");
    }
    println!(
        "kills: {hits} of {} hit before the end, {:?}; {keys} keys used; {temporary} temporary files left",
        size.kills,
        started.elapsed()
    );
    assert!(hits * 3 >= size.kills, "the kills came too late to prove anything");
}

impl Field {
    fn new(world: World) -> Self {
        for (name, text) in [("passphrase", PASSPHRASE), ("other", OTHER_PASSPHRASE)] {
            let path = world.sandbox.path(name);
            keymanager::file::private_options().create(true).write(true).open(&path).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self { world, number: 0, acknowledged: BTreeMap::new() }
    }

    /// A task for this job, in a scope that has a current key or in one that never had one.
    fn task(&mut self, job: Job, dice: &mut Dice) -> Task {
        self.number += 1;
        self.world.now = self.world.now.plus_seconds(60);
        let fresh = dice.one_in(2);
        let name = |stem: &str| if fresh { format!("{stem}_{}", self.number) } else { stem.to_owned() };
        let (app, reference, kind) = match job {
            Job::FirstRoot | Job::Root => ("ROOT".to_owned(), String::new(), "rsa"),
            Job::Module if fresh => (name("APP"), String::new(), "rsa"),
            Job::Module => ("REGISTRATION".to_owned(), String::new(), "rsa"),
            Job::Sign => ("KERNEL".to_owned(), "SIGN".to_owned(), "rsa"),
            Job::Base => ("REGISTRATION".to_owned(), name("CENTRE"), "rsa"),
            Job::Aes => ("KERNEL".to_owned(), name("TOKENS"), "aes"),
            Job::Passphrase => {
                let arguments = ["master", "passphrase", "--new-passphrase-file"];
                let arguments = arguments.map(str::to_owned).to_vec();
                return Task { job, forced: true, arguments, scope: KeyScope::new("ROOT", "").unwrap() };
            }
        };
        if job == Job::Module && fresh {
            let mut policy = PolicyChange::new(AppId::new(app.as_str()).unwrap());
            (policy.validity_days, policy.pre_expire_days) = (Some(1095), Some(60));
            self.world.manager().set_policy(&policy).unwrap();
        }
        let scope = KeyScope::new(app.as_str(), reference.as_str()).unwrap();
        let arguments = match job {
            Job::Base if fresh => vec!["keys", "certificate", "--app", &app, "--ref", &reference],
            Job::FirstRoot => vec!["keys", "generate", "--app", &app],
            _ => vec!["keys", "generate", "--app", &app, "--ref", &reference, "--kind", kind, "--force"],
        };
        let forced = arguments.contains(&"--force");
        Task { job, forced, arguments: arguments.into_iter().map(str::to_owned).collect(), scope }
    }

    /// The names of the files with the passphrase that holds and with the other one.
    fn passphrase_files(&self) -> (&'static str, &'static str) {
        if self.world.passphrase == PASSPHRASE { ("passphrase", "other") } else { ("other", "passphrase") }
    }

    /// Runs the program, and kills it at a moment.
    fn run(&self, task: &Task, moment: Option<(Mark, Duration)>) -> Seen {
        let (now, other) = self.passphrase_files();
        let mut arguments: Vec<&str> = task.arguments.iter().map(String::as_str).collect();
        if task.job == Job::Passphrase {
            arguments.push(other);
        }
        let mut command = self.world.command(&arguments);
        command.args(["--passphrase-file", now]);
        run(&self.world.sandbox, &mut command, moment)
    }

    /// The next start: the same task again, which must work and leave nothing behind.
    fn complete(&mut self, task: &Task) -> Seen {
        self.world.now = self.world.now.plus_seconds(60);
        let before = self.read();
        let seen = self.run(task, None);
        assert!(seen.status.success(), "{:?}: {}", task.arguments, seen.stderr);
        let outcome = self.judge(task, &before, &seen);
        assert!(outcome == Outcome::DoneInTime || !task.forced, "{outcome:?}");
        self.read().check_settled();
        seen
    }

    /// What a run left: everything, or nothing but what the next start clears.
    fn judge(&mut self, task: &Task, before: &Books, seen: &Seen) -> Outcome {
        let acknowledged = self.acknowledge(seen);
        let ended = seen.status.success();
        assert!(ended || seen.was_killed(), "{:?}: {}", task.arguments, seen.stderr);
        if task.job == Job::Passphrase {
            let done = self.passphrase_changed();
            assert!(done || !acknowledged, "the change was acknowledged and did not happen");
            let after = self.read();
            assert_eq!((&after.records, &after.intents), (&before.records, &before.intents));
            assert_eq!(after.entries, before.entries);
            return if !done {
                Outcome::Nothing
            } else if ended {
                Outcome::DoneInTime
            } else {
                Outcome::Done
            };
        }
        let after = self.read();
        let begun: Vec<&Alias> = after.intents.keys().filter(|alias| !before.intents.contains_key(*alias)).collect();
        let new: Vec<&KeyRecord> = after
            .records
            .iter()
            .filter(|(alias, _)| !before.records.contains_key(*alias))
            .map(|(_, key)| key)
            .collect();
        match new.as_slice() {
            [] => {
                assert_eq!(after.records, before.records);
                // A key that was there before is a good answer; `read` demands that it still is there.
                assert!(!acknowledged || !task.forced, "a key was acknowledged and is not there");
                match begun.as_slice() {
                    [] => Outcome::Nothing,
                    [alias] => match after.entries.get(*alias) {
                        None => Outcome::Intent,
                        Some(entry) if entry.pending => Outcome::PendingKey,
                        Some(_) => Outcome::UnnamedKey,
                    },
                    more => panic!("{more:?} were begun by one process"),
                }
            }
            [key] => {
                assert_eq!(key.alias.scope, task.scope);
                assert_eq!(begun, Vec::<&Alias>::new());
                let ends = self.world.now.plus_seconds(-60);
                for (alias, old) in &before.records {
                    let mut old = old.clone();
                    if old.alias.scope == task.scope && old.alias.expires > Some(self.world.now) {
                        old.alias.expires = Some(ends);
                    }
                    assert_eq!(after.records[alias], old, "only what is replaced is changed");
                }
                if ended { Outcome::DoneInTime } else { Outcome::Done }
            }
            more => panic!("one process recorded {more:?}"),
        }
    }

    /// Notes what a process said is there. A whole document on standard output is as good as an exit status.
    fn acknowledge(&mut self, seen: &Seen) -> bool {
        let Ok(document) = serde_json::from_slice::<Value>(&seen.stdout) else {
            assert!(!seen.status.success());
            return false;
        };
        assert!(document["error"].is_null(), "{document}");
        let listed = ["generated", "existing"].into_iter().filter_map(|list| document[list].as_array()).flatten();
        for key in listed.chain(document.get("key")) {
            let alias = Alias::new(key["alias"].as_str().unwrap()).unwrap();
            let thumbprint = key["thumbprint"].as_str().map(|text| Thumbprint::from_hex(text).unwrap());
            self.acknowledged.insert(alias, thumbprint);
        }
        true
    }

    /// Finds out which passphrase opens the key file: one of the two, and not the other.
    fn passphrase_changed(&mut self) -> bool {
        let other = if self.world.passphrase == PASSPHRASE { OTHER_PASSPHRASE } else { PASSPHRASE };
        match self.world.key_file(other) {
            Ok(file) => {
                let refused = self.world.key_file(&self.world.passphrase).unwrap_err();
                assert_eq!(refused.code(), Code::WrongPassphrase);
                assert_eq!(file.iterations().unwrap(), 10_000);
                drop(entries(&file));
                other.clone_into(&mut self.world.passphrase);
                true
            }
            Err(error) => {
                assert_eq!(error.code(), Code::WrongPassphrase);
                false
            }
        }
    }

    fn read(&self) -> Books {
        let books = Books::read(&self.world);
        for (alias, thumbprint) in &self.acknowledged {
            let record = books.records.get(alias).unwrap_or_else(|| panic!("{alias} was acknowledged and is lost"));
            assert_eq!(record.alias.thumbprint, *thumbprint);
        }
        books
    }

    fn finish(&mut self, keys: &mut usize, temporary: &mut usize) {
        let books = self.read();
        books.check_settled();
        *keys += books.prove_keys(&self.world);
        *temporary += temporary_files(&self.world.sandbox);
    }
}
