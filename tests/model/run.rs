//! Carries out a sequence, and compares each step with what the model foresaw.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Category, Code, Result as Answered};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{
    DoctorOptions, FindingCode, Generated, KeyFilter, KeyInfo, KeyLevel, KeyManager, PolicyChange,
};
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;
use keymanager::time::{Clock as _, Timestamp};

use crate::actors::{Backing, CALLERS, Stage, policies};
use crate::book::{Book, Policy};
use crate::foresight::{Answer, Envelope, Foresight, foresee, pick};
use crate::steps::{APPS, Edge, Plot, SCOPES, Step, Verb};
use crate::support::request;

/// What was done.
#[derive(Debug, Default)]
pub struct Counts {
    pub sequences: u64,
    verbs: u64,
    keys: u64,
    envelopes: u64,
    faults: u64,
    deaths: u64,
    /// Faults after which all, a part, or nothing of what was foreseen had happened.
    all: u64,
    part: u64,
    cleared: u64,
    several: u64,
    codes: BTreeMap<&'static str, u64>,
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        let Self { sequences, verbs, keys, envelopes, faults, deaths, all, part, cleared, several, codes } = other;
        for (sum, more) in [
            (&mut self.sequences, sequences),
            (&mut self.verbs, verbs),
            (&mut self.keys, keys),
            (&mut self.envelopes, envelopes),
            (&mut self.faults, faults),
            (&mut self.deaths, deaths),
            (&mut self.all, all),
            (&mut self.part, part),
            (&mut self.cleared, cleared),
            (&mut self.several, several),
        ] {
            *sum += more;
        }
        for (code, count) in codes {
            *self.codes.entry(code).or_default() += count;
        }
    }

    /// A model test that does not reach the rare cases proves little.
    pub fn check_worth(&self) {
        for code in [
            Code::ApplicationNotFound,
            Code::CertificateNotFound,
            Code::DecryptNotAllowed,
            Code::EncryptNotAllowed,
            Code::GenerationNotAllowed,
            Code::InvalidArgument,
            Code::KeyNotGenerated,
            Code::NoUniqueKey,
            Code::PolicyInactive,
            Code::ReferenceNotAllowed,
            Code::RevokeNotAllowed,
            Code::RewrapNeeded,
            Code::RootNotFound,
            Code::ThumbprintOtherApplication,
        ] {
            assert!(self.codes.contains_key(code.name()), "no sequence led to {}", code.name());
        }
        let Self { sequences, envelopes, faults, deaths, all, part, cleared, several, .. } = *self;
        for (count, least) in [
            (envelopes, sequences),
            (faults, sequences),
            (deaths, sequences / 2),
            (all, sequences / 10),
            (part, 1),
            (cleared, sequences / 20),
            (several, sequences / 10),
        ] {
            assert!(count >= least, "{self}");
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verbs, keys, envelopes, faults, deaths, all, part, cleared, several, .. } = self;
        write!(
            f,
            "{verbs} verbs, {keys} keys, {envelopes} envelopes; {faults} faults ({deaths} deaths; {all} times all had \
             happened, {part} times a part), {cleared} unfinished creations cleared; {several} times several current \
             keys; {:?}",
            self.codes
        )
    }
}

struct Play<'a> {
    stage: Stage,
    book: Book,
    envelopes: Vec<Envelope>,
    tame: bool,
    counts: &'a mut Counts,
}

/// What an actor answered.
struct Reply {
    outcome: Result<Vec<(Alias, bool)>, Code>,
    envelope: Option<(Vec<u8>, Vec<u8>)>,
    /// The listing of keys.
    listed: Option<Vec<KeyInfo>>,
}

pub fn run(backing: Backing, plot: &Plot, counts: &mut Counts) -> Result<(), String> {
    let stage = Stage::new(backing, plot.seed);
    let mut book = Book::default();
    for row in stage.facts().policies {
        book.policies.insert(row.app.to_string(), Policy::of(&row));
    }
    let mut play = Play { stage, book, envelopes: Vec::new(), tame: plot.tame, counts };
    for (number, step) in plot.steps.iter().enumerate() {
        play.step(step).map_err(|why| format!("step {number}, {step:?}: {why}"))?;
    }
    play.finish().map_err(|why| format!("at the end: {why}"))?;
    counts.sequences += 1;
    Ok(())
}

impl Play<'_> {
    fn step(&mut self, step: &Step) -> Result<(), String> {
        match &step.verb {
            Verb::Advance(micros) => self.stage.time = later(self.stage.time, *micros),
            Verb::Offset(micros) => self.stage.actors[step.actor].offset = *micros,
            Verb::Set(text) => {
                let time = Timestamp::from_rfc3339(text).unwrap();
                self.set_clock(step.actor, time);
            }
            Verb::To { row, edge, micros, all } => {
                let Some(row) = pick(&self.book.rows, *row) else { return Ok(()) };
                let time = match edge {
                    Edge::Begin => row.generated,
                    Edge::End => row.expires,
                    Edge::Due => row.expires.plus_days(-self.book.pre_expire(&row.scope)),
                };
                let time = later(time, *micros);
                match all {
                    true if self.tame => self.stage.time = self.stage.time.max(time),
                    true => self.stage.time = time,
                    false => self.set_clock(step.actor, time),
                }
            }
            Verb::Restart => {
                self.stage.restart(step.actor);
                if step.recovers {
                    self.recover(step.actor)?;
                }
            }
            _ => return self.act(step),
        }
        self.stage.set_clocks();
        Ok(())
    }

    fn set_clock(&mut self, actor: usize, time: Timestamp) {
        self.stage.actors[actor].offset = time.unix_micros() - self.stage.time.unix_micros();
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        let actor = &self.stage.actors[step.actor];
        let now = actor.clock.now();
        let manager = CALLERS[step.actor].map_or(actor.manager.clone(), |caller| actor.manager.for_caller(caller));
        let foresight = foresee(&self.book, &step.verb, now, CALLERS[step.actor], &self.envelopes);
        let intents = self.intents();
        match step.fault {
            Some((nth, fault)) => actor.plan.arm(nth, fault),
            None => actor.plan.disarm(),
        }
        let mut reply = perform(&manager, &step.verb, &self.envelopes)?;
        let fault = step.fault.filter(|(nth, _)| actor.plan.calls() > *nth).map(|(_, fault)| fault);
        actor.plan.disarm();
        drop(manager);
        self.counts.verbs += 1;
        let before: BTreeSet<String> = self.book.rows.iter().map(|row| row.alias.clone()).collect();
        self.judge(&foresight, &reply, fault.is_some()).map_err(|why| {
            let failing = if fault.is_some() { ", failing" } else { "" };
            format!("at {now}{failing}: {why}\n foreseen {:?}\n answered {:?}", foresight.outcome, reply.outcome)
        })?;
        let fresh: Vec<String> =
            self.book.rows.iter().map(|row| row.alias.clone()).filter(|alias| !before.contains(alias)).collect();
        self.book.check_signatures(&self.stage.facts(), &fresh)?;
        self.counts.keys += fresh.len() as u64;
        if let (Some((bytes, plaintext)), Ok(keys)) = (reply.envelope.take(), &reply.outcome) {
            let alias = keys[0].0.to_string();
            let scope = self.book.rows.iter().find(|row| row.alias == alias).unwrap().scope.clone();
            self.envelopes.push(Envelope { bytes, plaintext, alias, scope });
            self.counts.envelopes += 1;
        }
        self.check_listing(reply.listed.as_deref(), now)?;
        let left = self.intents();
        self.counts.cleared += intents.difference(&left).count() as u64;
        match fault {
            None => self.check_intents(&step.verb, &reply, &intents, &left, &fresh)?,
            Some(fault) => {
                self.counts.faults += 1;
                if fault.is_death() {
                    self.counts.deaths += 1;
                    self.stage.restart(step.actor);
                    if step.recovers {
                        self.recover(step.actor)?;
                    }
                }
            }
        }
        self.check_current()
    }

    /// Rows and answer are what was foreseen; after a fault the rows are what was foreseen up to some change set.
    fn judge(&mut self, foresight: &Foresight, reply: &Reply, failing: bool) -> Result<(), String> {
        let facts = self.stage.facts();
        for (alias, _) in facts.entries.iter().filter(|(alias, _)| !facts.keys.contains_key(*alias)) {
            if !self.stage.intents().iter().any(|intent| intent.alias == *alias) {
                return Err(format!("the master backend has a key {alias} that nothing names"));
            }
        }
        let last = foresight.books.last().unwrap();
        match (&reply.outcome, &foresight.outcome) {
            (Ok(keys), Ok(foreseen)) => {
                let book = last.bound(&facts)?;
                self.check_answer(&book, keys, foreseen)?;
                self.counts.all += u64::from(failing);
                self.book = book;
                return Ok(());
            }
            (Err(code), Err(foreseen)) if code == foreseen && !failing => {
                *self.counts.codes.entry(code.name()).or_default() += 1;
                self.book = last.bound(&facts)?;
                return Ok(());
            }
            (Err(code), outcome) if failing => {
                if code.category() != Category::Backend && outcome.as_ref().err() != Some(code) {
                    return Err("the fault is not what was answered".to_owned());
                }
            }
            _ => return Err("another outcome than was foreseen".to_owned()),
        }
        let mut why = String::new();
        for (done, book) in foresight.books.iter().enumerate() {
            match book.bound(&facts) {
                Ok(book) => {
                    self.book = book;
                    let end = foresight.books.len() - 1;
                    self.counts.all += u64::from(done == end && end > 0);
                    self.counts.part += u64::from(0 < done && done < end);
                    return Ok(());
                }
                Err(text) => why = format!("{why}\n after {done} change sets: {text}"),
            }
        }
        Err(format!("the rows are those of no part of what was foreseen{why}"))
    }

    fn check_answer(&self, book: &Book, keys: &[(Alias, bool)], foreseen: &Answer) -> Result<(), String> {
        let found: BTreeSet<(String, bool)> = keys.iter().map(|(alias, made)| (alias.to_string(), *made)).collect();
        let resolve = |alias: &String| match alias.strip_prefix('?') {
            None => alias.clone(),
            Some(scope) => {
                let fresh = |alias: &str| !self.book.rows.iter().any(|row| row.alias == alias);
                let row = book.rows.iter().find(|row| row.scope.to_string() == scope && fresh(&row.alias));
                row.map_or_else(|| alias.clone(), |row| row.alias.clone())
            }
        };
        let expected: BTreeSet<(String, bool)> = foreseen.iter().map(|(alias, made)| (resolve(alias), *made)).collect();
        if found == expected { Ok(()) } else { Err(format!("answered {found:?}, foreseen {expected:?}")) }
    }

    /// The states of all keys (HIE-15).
    fn check_listing(&self, listed: Option<&[KeyInfo]>, now: Timestamp) -> Result<(), String> {
        let Some(listed) = listed else { return Ok(()) };
        if listed.len() != self.book.rows.len() {
            return Err(format!("{} keys are listed of {}", listed.len(), self.book.rows.len()));
        }
        for key in listed {
            let row = self.book.rows.iter().find(|row| row.alias == key.alias.as_str()).unwrap();
            let days = (row.expires.unix_micros() - now.unix_micros()).div_euclid(86_400_000_000);
            // Roots may share one of the kept keys; a master's issuer is then any of them.
            let alias = |alias: Option<&str>| {
                alias.map(|alias| if row.level == KeyLevel::Base { alias } else { "a Root" }.to_owned())
            };
            let expected = (row.level, self.book.state(row, now), Some(days), alias(row.issuer.as_deref()));
            let issuer = alias(key.issuer_alias.as_ref().map(Alias::as_str));
            if (key.level, key.state, key.days_left, issuer) != expected {
                return Err(format!("listed {key:?}, expected {expected:?}"));
            }
        }
        Ok(())
    }

    fn intents(&self) -> BTreeSet<(KeyScope, Alias)> {
        self.stage.intents().into_iter().map(|intent| (intent.scope, intent.alias)).collect()
    }

    /// Without a fault nothing new is left; a creation clears its scope, and some verbs clear all (HIE-29).
    fn check_intents(
        &self,
        verb: &Verb,
        reply: &Reply,
        before: &BTreeSet<(KeyScope, Alias)>,
        left: &BTreeSet<(KeyScope, Alias)>,
        fresh: &[String],
    ) -> Result<(), String> {
        let cleared = |scope: &KeyScope| {
            matches!(verb, Verb::Initialise | Verb::Recover | Verb::GenerateAll)
                || self.book.rows.iter().any(|row| row.scope == *scope && fresh.contains(&row.alias))
        };
        if !left.is_subset(before) {
            return Err(format!("an intent is left by {:?}", reply.outcome));
        }
        match left.iter().find(|(scope, _)| cleared(scope)) {
            Some(intent) => Err(format!("{intent:?} was not cleared")),
            None => Ok(()),
        }
    }

    /// The next start: nothing is left in the master backend that no record names (HIE-29), and nothing else changed.
    fn recover(&mut self, actor: usize) -> Result<(), String> {
        let before = self.intents().len();
        self.stage.actors[actor].manager.recover().map_err(|error| format!("recover: {error:?}"))?;
        if !self.intents().is_empty() {
            return Err("an intent is left after the next start".to_owned());
        }
        let facts = self.stage.facts();
        if let Some(orphan) = facts.entries.keys().find(|alias| !facts.keys.contains_key(*alias)) {
            return Err(format!("the key {orphan} is left after the next start"));
        }
        self.counts.cleared += before as u64;
        self.book.bound(&facts).map(drop)
    }

    /// At most one key of a scope is current on clocks that stay together (HIE-13, HIE-14).
    fn check_current(&mut self) -> Result<(), String> {
        let scopes: BTreeSet<&KeyScope> = self.book.rows.iter().map(|row| &row.scope).collect();
        for actor in &self.stage.actors {
            let now = actor.clock.now();
            for scope in &scopes {
                let current = self.book.of(scope).filter(|row| self.book.is_current(row, now) && now != row.expires);
                if current.count() > 1 {
                    self.counts.several += 1;
                    if self.tame {
                        return Err(format!("several keys of {scope} are current at {now}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// After the next start nothing is left over, and every envelope that was ever acknowledged opens.
    fn finish(&mut self) -> Result<(), String> {
        self.stage.restart(0);
        self.recover(0)?;
        let manager = &self.stage.actors[0].manager;
        // Time brings what is due or outlives its issuer; clocks and policies that jump bring several current keys; a
        // symmetric key needs no policy.
        let times =
            [FindingCode::OutlivesIssuer, FindingCode::KeyDue, FindingCode::KeyEnded, FindingCode::PolicyMissing];
        for repair in [false, true] {
            let options = DoctorOptions { repair, ..DoctorOptions::default() };
            let report = manager.doctor(&options, &NoProgress).map_err(|error| format!("doctor: {error:?}"))?;
            let finding = report.findings.iter().find(|finding| {
                let several = finding.code == FindingCode::SeveralCurrent && !self.tame;
                !times.contains(&finding.code) && !several
            });
            if let Some(finding) = finding {
                return Err(format!("the doctor finds {finding:?}"));
            }
        }
        let apps: BTreeSet<&AppId> = self.envelopes.iter().map(|envelope| &envelope.scope.app).collect();
        for app in apps {
            let access = Some("NA".to_owned());
            manager.set_policy(&PolicyChange { access_allowed: access, ..PolicyChange::new(app.clone()) }).unwrap();
        }
        for envelope in &self.envelopes {
            let opened = manager.decrypt(&envelope.scope, &OpenOptions::default(), &envelope.bytes);
            match opened {
                Ok(opened) if opened.plaintext == envelope.plaintext && opened.key.alias.as_str() == envelope.alias => {
                }
                other => return Err(format!("an envelope for {}: {other:?}", envelope.alias)),
            }
        }
        Ok(())
    }
}

fn later(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(micros))
}

fn generated(answer: Generated) -> Vec<(Alias, bool)> {
    let made = answer.generated.into_iter().map(|key| (key.alias, true));
    made.chain(answer.existing.into_iter().map(|key| (key.alias, false))).collect()
}

/// Calls the manager. The answers of listings are not foreseen here; they are compared in `keys`.
fn perform(manager: &KeyManager, verb: &Verb, envelopes: &[Envelope]) -> Result<Reply, String> {
    let scope = |index: &usize| {
        let (app, reference) = SCOPES[index % SCOPES.len()];
        KeyScope::new(app, reference).unwrap()
    };
    let (mut envelope, mut listed) = (None, None);
    let outcome: Answered<Vec<(Alias, bool)>> = match verb {
        Verb::Initialise => manager.initialise(&policies(manager.clock().now())).map(|()| Vec::new()),
        Verb::Recover => manager.recover().map(|()| Vec::new()),
        Verb::GenerateAll => manager.generate_all(&NoProgress).map(generated),
        Verb::Generate { scope: index, aes, force } => {
            let kind = if *aes { KeyKind::Aes256 } else { KeyKind::Rsa2048 };
            manager.generate(&request(&scope(index), kind, *force)).map(generated)
        }
        Verb::Rotate(index) => manager.rotate(&scope(index)).map(generated),
        Verb::Revoke(index) => manager.revoke(&scope(index)).map(|key| vec![(key.alias, false)]),
        Verb::Certificate(index) => {
            manager.certificate(&scope(index)).map(|found| vec![(found.key.alias, found.generated)])
        }
        Verb::Encrypt(index) => {
            let plaintext = format!("envelope {}", envelopes.len()).into_bytes();
            manager.encrypt(&scope(index), &SealOptions::default(), &plaintext).map(|encrypted| {
                envelope = Some((encrypted.envelope, plaintext));
                vec![(encrypted.key.alias, false)]
            })
        }
        Verb::Decrypt { envelope, scope: asked } => match pick(envelopes, *envelope) {
            None => Ok(Vec::new()),
            Some(envelope) => {
                let asked = asked.as_ref().map_or_else(|| envelope.scope.clone(), scope);
                match manager.decrypt(&asked, &OpenOptions::default(), &envelope.bytes) {
                    Ok(opened) if opened.plaintext != envelope.plaintext => {
                        return Err(format!("another plaintext: {opened:?}"));
                    }
                    opened => opened.map(|opened| vec![(opened.key.alias, false)]),
                }
            }
        },
        Verb::Keys => {
            let filter = KeyFilter { app: None, reference: None, all: true };
            manager.keys(&filter).map(|keys| {
                listed = Some(keys);
                Vec::new()
            })
        }
        Verb::Policy { app, validity, pre_expire, active, access } => {
            let mut change = PolicyChange::new(AppId::new(APPS[app % APPS.len()]).unwrap());
            (change.validity_days, change.pre_expire_days, change.active) = (*validity, *pre_expire, *active);
            change.access_allowed = access.map(str::to_owned);
            manager.set_policy(&change).map(|_| Vec::new())
        }
        Verb::Advance(_) | Verb::Offset(_) | Verb::Set(_) | Verb::To { .. } | Verb::Restart => Ok(Vec::new()),
    };
    Ok(Reply { outcome: outcome.map_err(|error| error.code()), envelope, listed })
}
