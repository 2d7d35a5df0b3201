//! Carries out a sequence, and compares each step with what the model foresaw.

use std::collections::BTreeSet;

use keymanager::envelope::OpenOptions;
use keymanager::error::{Category, Code};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{DoctorOptions, Finding, FindingCode, KeyInfo, KeyLevel, PolicyChange};
use keymanager::progress::NoProgress;
use keymanager::time::{Clock as _, Timestamp};

use crate::actors::{Backing, CALLERS, Stage};
use crate::book::{Book, Facts, Policy, Row, forget_certificates};
use crate::counts::Counts;
use crate::foresight::{Answer, Envelope, Foresight, Meeting, foresee, pick, scope_of};
use crate::parcels::{Post, Sending};
use crate::perform::{Reply, perform};
use crate::steps::{Edge, Plot, Step, Verb};
use crate::support::provider;

struct Play<'a> {
    stage: Stage,
    book: Book,
    /// What is there, as the book says too.
    facts: Facts,
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
        self.counts.keys += fresh.len() as u64;
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
        let left = self.intents();
        self.counts.cleared += intents.iter().filter(|intent| !left.contains(intent)).count() as u64;
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

    /// What may happen: one thing; but when a call fails, that may be one which was to finish an upload of a scope that
    /// a crash had interrupted, and then the work goes on without that.
    fn foresights(
        &self,
        step: &Step,
        now: Timestamp,
        intents: &[(KeyScope, Alias)],
        sending: Option<&Sending>,
    ) -> Vec<Foresight> {
        let (envelopes, facts, caller) = (&self.envelopes[..], &self.facts, CALLERS[step.actor]);
        let meeting = Meeting { now, caller, envelopes, intents, facts, sending };
        let mut foresights = vec![foresee(&self.book, &step.verb, meeting, None)];
        if step.fault.is_some() {
            let halves = self.book.rows.iter().filter(|row| row.held.is_some());
            let scopes: BTreeSet<KeyScope> = halves.map(|row| row.scope.clone()).collect();
            foresights.extend(scopes.into_iter().map(|scope| foresee(&self.book, &step.verb, meeting, Some(scope))));
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

    /// The states of all keys (HIE-15).
    fn check_listing(&self, listed: Option<&[KeyInfo]>, now: Timestamp) -> Result<(), String> {
        let Some(listed) = listed else { return Ok(()) };
        if listed.len() != self.book.rows.len() {
            return Err(format!("{} keys are listed of {}", listed.len(), self.book.rows.len()));
        }
        for key in listed {
            let row = self.book.rows.iter().find(|row| row.alias == key.alias.as_str()).unwrap();
            let days = (row.expires.unix_micros() - now.unix_micros()).div_euclid(86_400_000_000);
            let issuer = key.issuer_alias.as_ref().map(Alias::as_str);
            let is_issuer = match row.level {
                KeyLevel::Base => issuer == row.issuer.as_deref(),
                KeyLevel::Module | KeyLevel::Sign => self.is_signer(row.alias.as_str(), issuer),
                _ => issuer.is_none(),
            };
            let expected = (row.level, self.book.state(row, now), Some(days), true);
            if (key.level, key.state, key.days_left, is_issuer) != expected {
                return Err(format!("listed {key:?}, expected {expected:?}"));
            }
        }
        Ok(())
    }

    /// Whether the Root `issuer` signed the certificate of a master; none when no Root did. Roots may share one of the
    /// kept keys; then it is any of them.
    fn is_signer(&self, alias: &str, issuer: Option<&str>) -> bool {
        let own = self.facts.certificate(alias).unwrap();
        let signed = |root: &str| {
            self.facts.certificate(root).is_some_and(|root| own.verify_signed_by(&provider(), &root).is_ok())
        };
        let mut roots = self.book.rows.iter().filter(|row| row.level == KeyLevel::Root);
        match issuer {
            Some(issuer) => roots.any(|row| row.alias == issuer) && signed(issuer),
            None => !roots.any(|row| signed(&row.alias)),
        }
    }

    /// A chain begins with the current certificate and goes as far up as signatures lead; a scope has all certificates
    /// it ever showed last; a request is made by its key.
    fn check_certificates(&self, verb: &Verb, reply: &Reply, now: Timestamp) -> Result<(), String> {
        if let (Some(request), Ok(keys)) = (&reply.request, &reply.outcome) {
            let certificate = self.facts.certificate(keys[0].0.as_str()).unwrap();
            if request.verify(&provider()).is_err() || request.public_key() != certificate.public_key() {
                return Err("the request is not one of the key".to_owned());
            }
        }
        let Some(certificates) = &reply.certificates else { return Ok(()) };
        let found: Vec<_> = certificates.iter().map(|certificate| Some(certificate.thumbprint())).collect();
        if let Verb::Certificates(scope) = verb {
            let rows = self.book.ordered(&scope_of(*scope));
            let pairs = rows.iter().filter(|row| row.level != KeyLevel::Symmetric);
            let expected: Vec<_> = pairs.map(|row| row.shown()).collect();
            return if found == expected { Ok(()) } else { Err(format!("found {found:?}, expected {expected:?}")) };
        }
        let Verb::Chain(scope) = verb else { return Ok(()) };
        let row = self.book.current(&scope_of(*scope), now).unwrap();
        let mut last = self.facts.certificate(&row.alias).unwrap();
        let mut expected = vec![row.shown()];
        let above = row.issuer.as_deref().filter(|_| row.level == KeyLevel::Base);
        let above = above.and_then(|alias| self.facts.certificate(alias));
        let is_alone = above.as_ref().is_some_and(|above| last.verify_signed_by(&provider(), above).is_err());
        if let Some(above) = above.filter(|_| !is_alone) {
            expected.push(Some(above.thumbprint()));
            last = above;
        }
        let roots = self.book.rows.iter().filter(|row| row.level == KeyLevel::Root);
        let signers: Vec<_> = roots
            .filter_map(|row| self.facts.certificate(&row.alias))
            .filter(|root| !is_alone && last.verify_signed_by(&provider(), root).is_ok())
            .map(|root| Some(root.thumbprint()))
            .collect();
        let top = found.get(expected.len()).copied().unwrap_or_else(|| Some(last.thumbprint()));
        let is_whole = if signers.is_empty() { top == Some(last.thumbprint()) } else { signers.contains(&top) };
        expected.extend(found.get(expected.len()).map(|_| top));
        if found != expected || !is_whole {
            return Err(format!("the chain {found:?}, expected {expected:?} with one of {signers:?} above"));
        }
        Ok(())
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
            matches!(verb, Verb::Initialise | Verb::Recover | Verb::GenerateAll)
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
        let meeting = Meeting { now, caller: None, envelopes, intents: &begun, facts, sending: None };
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

    /// After the next start nothing is left over, and every envelope that was ever acknowledged opens.
    fn finish(&mut self) -> Result<(), String> {
        self.stage.restart(0);
        self.recover(0)?;
        let manager = &self.stage.actors[0].manager;
        // Time brings what is due or outlives its issuer; a symmetric key needs no policy.
        let times =
            [FindingCode::OutlivesIssuer, FindingCode::KeyDue, FindingCode::KeyEnded, FindingCode::PolicyMissing];
        // And nobody here knows who certified what was sent in.
        let sent = [FindingCode::IssuerUnknown];
        // Clocks and policies that jump bring several current keys; so does the instant at which a key ends (HIE-10).
        let several = self.book.several(self.stage.actors[0].clock.now());
        for repair in [false, true] {
            let options = DoctorOptions { repair, ..DoctorOptions::default() };
            let report = manager.doctor(&options, &NoProgress).map_err(|error| format!("doctor: {error:?}"))?;
            let is_several = |finding: &&Finding| finding.code == FindingCode::SeveralCurrent;
            let known = report.findings.iter().filter(is_several).filter_map(|finding| finding.alias.as_ref());
            let scope =
                |alias: &Alias| self.book.rows.iter().find(|row| row.alias == alias.as_str()).unwrap().scope.clone();
            let found: BTreeSet<KeyScope> = known.map(scope).collect();
            if found != several {
                return Err(format!("several keys are current in {several:?}, and the doctor says {found:?}"));
            }
            let finding = report.findings.iter().find(|finding| {
                !times.contains(&finding.code) && !sent.contains(&finding.code) && !is_several(finding)
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
                Err(error) if !envelope.is_ours && error.code() == Code::PrivateKeyNotHere => {}
                Ok(opened) if opened.plaintext == envelope.plaintext && opened.key.alias.as_str() == envelope.alias => {
                    self.counts.replaced += u64::from(opened.key.thumbprint != Some(envelope.thumbprint));
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

/// How many uploads that had been interrupted are finished.
fn finished(before: &Book, after: &Book) -> u64 {
    let is_done = |alias: &str| after.rows.iter().any(|row| row.alias == alias && row.held.is_none());
    before.rows.iter().filter(|row| row.held.is_some() && is_done(&row.alias)).count() as u64
}
