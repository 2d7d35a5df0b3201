//! Four processes at work on one database and one token, of which some are killed at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::look::Look;
use super::place::Place;
use super::softhsm;
use super::start::{CONTENT, ENVELOPE, next_start};
use crate::dice::Dice;
use crate::outside::certify_again;
use crate::{Size, alone};

/// Processes at work at one time.
const AT_WORK: usize = 4;
/// Rounds in one place; then a new one is taken.
const ROUNDS_IN_ONE_PLACE: usize = 12;
/// Of ten processes so many are killed.
const KILLED_OF_TEN: f64 = 6.0;

/// What the processes do, each with how often it stands among all.
const WORK: &[(&[&str], usize)] = &[
    (&["generate", "--app", "REGISTRATION", "--force"], 2),
    (&["generate", "--app", "KERNEL", "--ref", "SIGN", "--force"], 2),
    (&["generate", "--app", "KERNEL", "--ref", "TOKENS", "--kind", "aes", "--force"], 1),
    (&["generate", "--app", "REGISTRATION", "--ref", "A", "--force"], 1),
    (&["generate", "--app", "PMS", "--kind", "ec-p256", "--force"], 1),
    (&["rotate", "--app", "ROOT"], 1),
    (&["rotate", "--app", "REGISTRATION"], 4),
    (&["rotate", "--app", "REGISTRATION", "--ref", "A"], 2),
    (&["rewrap", "--app", "REGISTRATION"], 6),
    (&["certificate", "--app", "REGISTRATION", "--ref", "B"], 1),
    (&["upload-certificate", "--app", "REGISTRATION", "--ref", "", "sent-module.pem"], 4),
    (&["upload-certificate", "--app", "REGISTRATION", "--ref", "A", "sent-base.pem"], 2),
];

/// What uploads send in: the scope, and the file with a new certificate of its newest key.
const SENT: [(&str, &str); 2] = [("REGISTRATION/", "sent-module.pem"), ("REGISTRATION/A", "sent-base.pem")];

/// A process and when it is killed, if it is.
struct Task {
    arguments: &'static [&'static str],
    moment: Option<Duration>,
}

/// What was seen of all.
#[derive(Debug, Default)]
struct Count {
    kills: usize,
    rounds: usize,
    killed: BTreeMap<&'static str, usize>,
    intents_cleared: usize,
    /// Of them those of uploads: their key is recorded.
    begun_uploads: usize,
    certificates: usize,
    envelopes: usize,
    /// SoftHSM's files that a kill left damaged, and of them the one of the token itself.
    damaged_files: usize,
    damaged_tokens: usize,
    /// Processes that SoftHSM showed no token, while another one logged in.
    shown_no_token: usize,
}

/// One database and one token, and what is known of them.
struct Field {
    place: Place,
    acknowledged: BTreeSet<String>,
    damaged: BTreeSet<PathBuf>,
    /// SoftHSM's file of the token, as it was at first.
    token: Vec<u8>,
    envelopes: usize,
    /// The keys for which a certificate was sent in, or may have been.
    sent: BTreeSet<String>,
}

#[test]
fn of_processes_at_work_some_are_killed() {
    let _alone = alone();
    let size = Size::of_this_run("backends, kills");
    let (mut dice, mut count) = (Dice::new(), Count::default());
    let mut durations: BTreeMap<&'static str, Duration> = BTreeMap::new();
    let mut field = Field::new();
    let started = Instant::now();
    while count.kills < size.crowd_kills {
        assert!(count.rounds < size.crowd_kills * 4, "the kills came too late to prove anything");
        if count.rounds > 0 && count.rounds % ROUNDS_IN_ONE_PLACE == 0 {
            field.finish(&mut count);
            field = Field::new();
        }
        count.rounds += 1;
        field.encrypt();
        field.certify();
        let tasks: Vec<Task> = (0..AT_WORK).map(|_| Task::any(&durations, &mut dice)).collect();
        let outputs = field.at_work(&tasks, &mut durations);
        field.place.now = field.place.now.plus_seconds(60);
        for (task, output) in tasks.iter().zip(&outputs) {
            let hit = output.status.signal() == Some(9);
            count.kills += usize::from(hit);
            *count.killed.entry(task.verb()).or_default() += usize::from(hit);
            count.shown_no_token += usize::from(!field.acknowledge(task, output, hit));
        }
        let work: Vec<_> = tasks.iter().map(|task| (task.arguments, task.moment)).collect();
        println!("round {}: {work:?}; {} kills", count.rounds, count.kills);
        field.next_start(&mut count);
    }
    field.finish(&mut count);
    println!("backends, kills: {count:?}, {:?}", started.elapsed());
}

impl Task {
    fn any(durations: &BTreeMap<&'static str, Duration>, dice: &mut Dice) -> Self {
        let all: Vec<_> = WORK.iter().flat_map(|(arguments, times)| std::iter::repeat_n(*arguments, *times)).collect();
        let arguments = dice.of(&all);
        let long = durations.get(arguments[0]).copied().unwrap_or(Duration::from_millis(500));
        let moment = (dice.part() * 10.0 < KILLED_OF_TEN).then(|| long.mul_f64(dice.part()));
        Self { arguments, moment }
    }

    fn verb(&self) -> &'static str {
        self.arguments[0]
    }

    /// Whether it may be refused like this: others of the crowd can have replaced the same.
    fn may_answer(&self, error: &Value) -> bool {
        match self.verb() {
            "rotate" => error["name"] == "no_unique_key",
            "upload-certificate" => error["name"] == "no_unique_key" || error["name"] == "certificate_of_other_key",
            _ => false,
        }
    }
}

impl Field {
    fn new() -> Self {
        let place = Place::ready();
        for reference in ["A", "B", "C"] {
            place.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", reference]);
        }
        let token = std::fs::read(softhsm::token_file(&place.tokens())).unwrap();
        Self {
            place,
            acknowledged: BTreeSet::new(),
            damaged: BTreeSet::new(),
            token,
            envelopes: 0,
            sent: BTreeSet::new(),
        }
    }

    /// An envelope to a Base key of this round, for every later start to open.
    fn encrypt(&mut self) {
        self.place.now = self.place.now.plus_seconds(60);
        self.place.sandbox.write("plain", CONTENT);
        let name = format!("{}{ENVELOPE}", self.envelopes);
        let reference = ["A", "B", "C"][self.envelopes % 3];
        self.place.ok(&["encrypt", "--app", "REGISTRATION", "--ref", reference, "plain", "-o", &name]);
        self.envelopes += 1;
    }

    /// An authority elsewhere certifies the newest keys of some scopes again, for this round's uploads.
    fn certify(&mut self) {
        let look = self.look();
        for (scope, file) in SENT {
            let Some(alias) = look.newest(scope) else { continue };
            let own = look.certificate(&self.place, alias);
            let sent = certify_again(&own, self.place.now);
            self.place.sandbox.write(file, sent.to_pem().as_bytes());
            self.sent.insert(alias.clone());
        }
    }

    /// Runs the processes at once; each that has a moment is killed then, unless it was done.
    fn at_work(&self, tasks: &[Task], durations: &mut BTreeMap<&'static str, Duration>) -> Vec<Output> {
        let start = |task: &Task| {
            let arguments: Vec<&str> = ["keys"].iter().chain(task.arguments).copied().collect();
            let mut command = self.place.command(&arguments);
            command.args(["--passphrase-file", "passphrase"]).stdout(Stdio::piped()).stderr(Stdio::piped());
            (command.spawn().unwrap(), task.moment)
        };
        let children: Vec<_> = tasks.iter().map(start).collect();
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
            for (task, (output, took)) in tasks.iter().zip(&ended) {
                // What is refused ends early.
                if output.status.success() {
                    durations.insert(task.verb(), *took);
                }
            }
            ended.into_iter().map(|(output, _)| output).collect()
        })
    }

    /// Notes what a process said is there. What was not killed worked, or was refused for what another did; false when
    /// SoftHSM showed it no token.
    fn acknowledge(&mut self, task: &Task, output: &Output, hit: bool) -> bool {
        let said = String::from_utf8_lossy(&output.stdout);
        let Ok(document) = serde_json::from_slice::<Value>(&output.stdout) else {
            assert!(hit, "{:?}: {said}{}", task.arguments, String::from_utf8_lossy(&output.stderr));
            return true;
        };
        if !document["error"].is_null() {
            if softhsm::showed_no_token(&document) {
                return false;
            }
            let damage = softhsm::damaged(&self.place.tokens());
            assert!(task.may_answer(&document["error"]), "{:?}: {document}, {damage:?}", task.arguments);
            return true;
        }
        let listed = ["generated", "existing"].into_iter().filter_map(|list| document[list].as_array()).flatten();
        self.acknowledged
            .extend(listed.chain(document.get("key")).map(|key| key["alias"].as_str().unwrap().to_owned()));
        true
    }

    /// Everything fits before and after the next start, which leaves nothing unfinished.
    fn next_start(&mut self, count: &mut Count) {
        let damaged = softhsm::damaged(&self.place.tokens());
        for file in damaged.difference(&self.damaged) {
            println!("SoftHSM left {} damaged", file.display());
            count.damaged_files += 1;
        }
        let token = softhsm::token_file(&self.place.tokens());
        if damaged.contains(&token) {
            count.damaged_tokens += 1;
            std::fs::write(token, &self.token).unwrap();
        }
        self.damaged = softhsm::damaged(&self.place.tokens());
        let left = self.look();
        count.intents_cleared += left.intents.len();
        count.begun_uploads += left.intents.iter().filter(|alias| left.rows.contains_key(*alias)).count();
        let started = next_start(&self.place);
        let unexpected: Vec<&String> = started.findings.iter().filter(|finding| !self.is_expected(finding)).collect();
        assert_eq!(unexpected, Vec::<&String>::new());
        assert_eq!(started.opened, self.envelopes);
        self.look().check_settled();
    }

    /// Whose certificate an authority elsewhere made names an issuer that nobody knows here, and may end after it.
    fn is_expected(&self, finding: &str) -> bool {
        let (code, alias) = finding.split_once(' ').unwrap();
        ["issuer_unknown", "outlives_issuer"].contains(&code) && self.sent.contains(alias)
    }

    fn look(&self) -> Look {
        let look = Look::at(&self.place);
        look.check(&self.place);
        for alias in &self.acknowledged {
            assert!(look.rows.contains_key(alias), "{alias} was acknowledged and is lost");
        }
        look
    }

    fn finish(&self, count: &mut Count) {
        let look = self.look();
        look.check_certificates(&self.place);
        count.certificates += look.private.len();
        count.envelopes += self.envelopes;
    }
}
