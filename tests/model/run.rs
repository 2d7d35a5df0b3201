//! Carries out a sequence, and compares each step with what the model foresaw.

use std::collections::BTreeSet;

use keymanager::envelope::OpenOptions;
use keymanager::error::{Category, Code};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{DoctorOptions, KeyLevel, PolicyChange};
use keymanager::progress::NoProgress;
use keymanager::time::{Clock as _, Timestamp};

use crate::actors::{Backing, CALLERS, POOLS, Stage};
use crate::book::{Book, Facts, Policy, Row, forget_certificates};
use crate::counts::Counts;
use crate::doctor::check_report;
use crate::foresight::{Answer, Envelope, Foresight, Meeting, foresee, pick, scope_of};
use crate::parcels::{Post, Sending};
use crate::perform::{Reply, perform};
use crate::steps::{Edge, Kind, Plot, Step, Verb};

pub struct Play<'a> {
    stage: Stage,
    pub book: Book,
    /// What is there, as the book says too.
    pub facts: Facts,
    envelopes: Vec<Envelope>,
    post: Post,
    tame: bool,
    counts: &'a mut Counts,
}

pub fn run(backing: Backing, plot: &Plot, counts: &mut Counts) -> Result<(), String> {
    forget_certificates();
    let stage = Stage::new(backing, plot.seed);
    let (mut book, facts) = (Book::default(), stage.facts());
    for row in &facts.policies {
        book.policies.insert(row.app.to_string(), Policy::of(row));
    }
    let (envelopes, post) = (Vec::new(), Post::default());
    let mut play = Play { stage, book, facts, envelopes, post, tame: plot.tame, counts };
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
        let now = self.stage.actors[step.actor].clock.now();
        let sending = match &step.verb {
            Verb::Upload { scope, parcel } | Verb::OtherDomain { scope, parcel } => {
                Some(self.post.send(parcel, &scope_of(*scope), &self.book, &self.facts, now))
            }
            _ => None,
        };
        let intents = self.intents();
        let foresights = self.foresights(step, now, &intents, sending.as_ref());
        let actor = &self.stage.actors[step.actor];
        match step.fault {
            Some((nth, fault)) => actor.plan.arm(nth, fault),
            None => actor.plan.disarm(),
        }
        let manager = CALLERS[step.actor].map_or(actor.manager.clone(), |caller| actor.manager.for_caller(caller));
        let mut reply = perform(&manager, &step.verb, &self.envelopes, sending.as_ref())?;
        let fault = step.fault.filter(|(nth, _)| actor.plan.calls() > *nth).map(|(_, fault)| fault);
        actor.plan.disarm();
        drop(manager);
        self.counts.verbs += 1;
        let before = self.book.clone();
        self.facts = self.stage.facts();
        self.judge(&foresights, &reply, fault.is_some()).map_err(|why| {
            let failing = if fault.is_some() { ", failing" } else { "" };
            let foreseen: Vec<_> = foresights.iter().map(|foresight| &foresight.outcome).collect();
            format!("at {now}{failing}: {why}\n foreseen {foreseen:?}\n answered {:?}", reply.outcome)
        })?;
        let known = |alias: &String| before.rows.iter().any(|row| row.alias == *alias);
        let fresh: Vec<String> =
            self.book.rows.iter().map(|row| row.alias.clone()).filter(|alias| !known(alias)).collect();
        self.book.check_signatures(&self.facts, &fresh)?;
        self.count(&before, &fresh);
        self.counts.finished += finished(&before, &self.book);
        if !fresh.is_empty() || sending.is_some() {
            self.post.look(&self.book, &self.facts);
        }
        if let (Some((bytes, plaintext)), Ok(keys)) = (reply.envelope.take(), &reply.outcome) {
            let row = self.book.row_mut(keys[0].0.as_str());
            let is_ours = row.level != KeyLevel::OtherDomain;
            let (alias, scope, thumbprint) = (row.alias.clone(), row.scope.clone(), row.shown().unwrap());
            self.envelopes.push(Envelope { bytes, plaintext, alias, scope, thumbprint, is_ours });
            self.counts.envelopes += 1;
        }
        self.check_listing(reply.listed.as_deref(), now)?;
        self.check_certificates(&step.verb, &reply, now)?;
        if let Some(pools) = &reply.pools {
            self.book.check_pools(pools, matches!(step.verb, Verb::FillPool { .. }), now)?;
        }
        let left = self.intents();
        self.counts.cleared += intents.iter().filter(|intent| !left.contains(intent)).count() as u64;
        match fault {
            None => {
                self.check_intents(&step.verb, &reply, &intents, &left, &fresh)?;
                if let (Some(report), Verb::Doctor { repair }) = (&reply.report, &step.verb) {
                    self.counts.repaired += check_report(report, &foresights[0].findings, *repair)?;
                    self.counts.examined += 1;
                    // What was repaired is not found again (DOC-2).
                    let again = if *repair { self.examine(step.actor, true)? } else { 0 };
                    if again > 0 {
                        return Err(format!("{again} findings are repaired a second time"));
                    }
                }
            }
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

    /// What may happen: one thing; but when a call fails, that may be one without which the work goes on.
    fn foresights(
        &self,
        step: &Step,
        now: Timestamp,
        intents: &[(KeyScope, Alias)],
        sending: Option<&Sending>,
    ) -> Vec<Foresight> {
        let (envelopes, facts, caller) = (&self.envelopes[..], &self.facts, CALLERS[step.actor]);
        let meeting = Meeting { now, caller, envelopes, intents, facts, sending, pool: POOLS[step.actor] };
        let mut foresights = vec![foresee(&self.book, &step.verb, meeting, None)];
        if step.fault.is_some() {
            let lapses = foresights[0].lapses.clone();
            foresights.extend(lapses.into_iter().map(|lapse| foresee(&self.book, &step.verb, meeting, Some(lapse))));
        }
        foresights
    }

    fn judge(&mut self, foresights: &[Foresight], reply: &Reply, failing: bool) -> Result<(), String> {
        for alias in self.facts.entries.keys().filter(|alias| !self.facts.keys.contains_key(*alias)) {
            if !self.intents().iter().any(|(_, begun)| begun == alias) {
                return Err(format!("the master backend has a key {alias} that nothing names"));
            }
        }
        let mut why = String::new();
        for foresight in foresights {
            match self.judge_one(foresight, reply, failing) {
                Ok(()) => return Ok(()),
                Err(text) => why = format!("{why}\n{text}"),
            }
        }
        Err(why)
    }

    /// Rows and answer are what was foreseen; after a fault the rows are what was foreseen up to some change set.
    fn judge_one(&mut self, foresight: &Foresight, reply: &Reply, failing: bool) -> Result<(), String> {
        let facts = &self.facts;
        let last = foresight.books.last().unwrap();
        match (&reply.outcome, &foresight.outcome) {
            (Ok(keys), Ok(foreseen)) => {
                let book = last.bound(facts)?;
                self.check_answer(&book, keys, foreseen)?;
                self.counts.all += u64::from(failing);
                self.book = book;
                return Ok(());
            }
            (Err(code), Err(foreseen)) if code == foreseen && !failing => {
                *self.counts.codes.entry(code.name()).or_default() += 1;
                self.book = last.bound(facts)?;
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
            match book.bound(facts) {
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

    /// What was begun, in the order of the store.
    fn intents(&self) -> Vec<(KeyScope, Alias)> {
        self.stage.intents().into_iter().map(|intent| (intent.scope, intent.alias)).collect()
    }

    /// Without a fault nothing new is left; a creation clears its scope, and some verbs clear all (HIE-29).
    fn check_intents(
        &self,
        verb: &Verb,
        reply: &Reply,
        before: &[(KeyScope, Alias)],
        left: &[(KeyScope, Alias)],
        fresh: &[String],
    ) -> Result<(), String> {
        let cleared = |scope: &KeyScope| {
            matches!(verb, Verb::Initialise | Verb::Recover | Verb::GenerateAll | Verb::Doctor { repair: true })
                || matches!(verb, Verb::Upload { scope: index, .. } | Verb::Revoke(index)
                    if reply.outcome.is_ok() && scope_of(*index) == *scope)
                || self.book.rows.iter().any(|row| row.scope == *scope && fresh.contains(&row.alias))
        };
        if !left.iter().all(|intent| before.contains(intent)) {
            return Err(format!("an intent is left by {:?}", reply.outcome));
        }
        match left.iter().find(|(scope, _)| cleared(scope)) {
            Some(intent) => Err(format!("{intent:?} was not cleared")),
            None => Ok(()),
        }
    }

    /// The next start: nothing is left in the master backend that no record names (HIE-29), and nothing else changed.
    fn recover(&mut self, actor: usize) -> Result<(), String> {
        let (begun, now) = (self.intents(), self.stage.actors[actor].clock.now());
        let (envelopes, facts) = (&self.envelopes[..], &self.facts);
        let meeting = Meeting { now, caller: None, envelopes, intents: &begun, facts, sending: None, pool: 0 };
        let foresight = foresee(&self.book, &Verb::Recover, meeting, None);
        self.stage.actors[actor].manager.recover().map_err(|error| format!("recover: {error:?}"))?;
        if !self.intents().is_empty() {
            return Err("an intent is left after the next start".to_owned());
        }
        self.facts = self.stage.facts();
        if let Some(orphan) = self.facts.entries.keys().find(|alias| !self.facts.keys.contains_key(*alias)) {
            return Err(format!("the key {orphan} is left after the next start"));
        }
        self.counts.cleared += begun.len() as u64;
        let book = foresight.books.last().unwrap().bound(&self.facts)?;
        self.counts.finished += finished(&self.book, &book);
        self.book = book;
        Ok(())
    }

    /// At most one key of a scope is current on clocks that stay together (HIE-13, HIE-14), besides those that a
    /// certificate from outside has taken the place of (HIE-78).
    fn check_current(&mut self) -> Result<(), String> {
        let scopes: BTreeSet<&KeyScope> = self.book.rows.iter().map(|row| &row.scope).collect();
        let latest = self.stage.actors.iter().map(|actor| actor.clock.now()).max().unwrap();
        for actor in &self.stage.actors {
            let now = actor.clock.now();
            for scope in &scopes {
                let current = self.book.of(scope).filter(|row| self.book.is_current(row, now) && now != row.expires);
                let current: Vec<&Row> = current.collect();
                if current.len() > 1 {
                    self.counts.several += 1;
                }
                let lingering = current.iter().filter(|row| self.book.lingers(row, &current, latest)).count();
                if self.tame && current.len() > 1 + lingering {
                    return Err(format!("several keys of {scope} are current at {now}: {current:?}"));
                }
            }
        }
        Ok(())
    }

    /// The doctor finds and repairs what is foreseen, and nothing else changes. Answers how much is repaired.
    fn examine(&mut self, actor: usize, repair: bool) -> Result<u64, String> {
        let (intents, now) = (self.intents(), self.stage.actors[actor].clock.now());
        let (envelopes, facts) = (&self.envelopes[..], &self.facts);
        let meeting = Meeting { now, caller: None, envelopes, intents: &intents, facts, sending: None, pool: 0 };
        let foresight = foresee(&self.book, &Verb::Doctor { repair }, meeting, None);
        let options = DoctorOptions { repair, ..DoctorOptions::default() };
        let report = self.stage.actors[actor].manager.doctor(&options, &NoProgress);
        let report = report.map_err(|error| format!("doctor: {error:?}"))?;
        let repaired = check_report(&report, &foresight.findings, repair)?;
        self.facts = self.stage.facts();
        self.book = foresight.books.last().unwrap().bound(&self.facts)?;
        Ok(repaired)
    }

    /// Counts the keys that are new, and what happened to the pools.
    fn count(&mut self, before: &Book, fresh: &[String]) {
        let counts = &mut *self.counts;
        counts.keys += fresh.len() as u64;
        for row in self.book.rows.iter().filter(|row| fresh.contains(&row.alias)) {
            counts.elliptic += u64::from(Kind::of(row.scope.reference.as_str()).is_some());
            counts.pooled += u64::from(row.is_from_pool);
        }
        let gone = |one: &Book, other: &Book| {
            let there = |alias: &str| other.pool.iter().any(|key| key.alias == alias);
            one.pool.iter().filter(|key| !there(&key.alias)).count() as u64
        };
        counts.filled += gone(&self.book, before);
        counts.discarded += gone(before, &self.book);
    }

    /// After the next start nothing is left over, and every envelope that was ever acknowledged opens.
    fn finish(&mut self) -> Result<(), String> {
        self.stage.restart(0);
        self.recover(0)?;
        self.check_current()?;
        self.examine(0, false)?;
        self.counts.repaired += self.examine(0, true)?;
        if self.examine(0, true)? > 0 {
            return Err("the doctor repairs a second time".to_owned());
        }
        let manager = &self.stage.actors[0].manager;
        let apps: BTreeSet<&AppId> = self.envelopes.iter().map(|envelope| &envelope.scope.app).collect();
        for app in apps {
            let access = Some("NA".to_owned());
            manager.set_policy(&PolicyChange { access_allowed: access, ..PolicyChange::new(app.clone()) }).unwrap();
        }
        self.facts = self.stage.facts();
        self.book.policies = self.facts.policies.iter().map(|row| (row.app.to_string(), Policy::of(row))).collect();
        let (now, envelopes, facts) = (self.stage.actors[0].clock.now(), &self.envelopes[..], &self.facts);
        let meeting = Meeting { now, caller: None, envelopes, intents: &[], facts, sending: None, pool: 0 };
        for (number, envelope) in envelopes.iter().enumerate() {
            let verb = Verb::Decrypt { envelope: number, scope: None };
            // A certificate of another domain may be that of a key here too (HIE-42).
            let foreseen = match foresee(&self.book, &verb, meeting, None).outcome {
                Ok(keys) if !envelope.is_ours => keys.first().map(|(alias, _)| alias.clone()),
                _ => Some(envelope.alias.clone()).filter(|_| envelope.is_ours),
            };
            let opened = manager.decrypt(&envelope.scope, &OpenOptions::default(), &envelope.bytes);
            match (opened, foreseen) {
                (Err(error), None) if error.code() == Code::PrivateKeyNotHere => {}
                (Ok(opened), Some(alias))
                    if opened.plaintext == envelope.plaintext && opened.key.alias.as_str() == alias =>
                {
                    self.counts.replaced += u64::from(opened.key.thumbprint != Some(envelope.thumbprint));
                }
                (other, foreseen) => {
                    return Err(format!("an envelope for {}: {other:?}, foreseen {foreseen:?}", envelope.alias));
                }
            }
        }
        Ok(())
    }
}

fn later(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(micros))
}

/// How many uploads that had been interrupted are finished.
fn finished(before: &Book, after: &Book) -> u64 {
    let is_done = |alias: &str| after.rows.iter().any(|row| row.alias == alias && row.held.is_none());
    before.rows.iter().filter(|row| row.held.is_some() && is_done(&row.alias)).count() as u64
}
