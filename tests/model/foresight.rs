//! What a verb will do: its outcome, and the change sets that make up its effect, in order.

use std::collections::BTreeSet;

use keymanager::error::Code;
use keymanager::id::{Alias, KeyScope, Thumbprint};
use keymanager::manager::KeyLevel;
use keymanager::time::Timestamp;

use crate::book::{Book, Facts, Policy, Row};
use crate::doctor::Foreseen;
use crate::making::{Mode, end_current};
use crate::parcels::Sending;
use crate::steps::{APPS, Kind, SCOPES, Verb};

/// Seconds within which a key that ends counts as one that was ended, when an upload is finished later (HIE-71).
pub const TOLERANCE_OF_ENDS: i64 = 300;

/// What the key-generator job makes in these sequences: masters, signing keys, and one Base key.
pub const JOB: [(&str, &str); 7] = [
    ("ROOT", ""),
    ("KERNEL", "SIGN"),
    ("REGISTRATION", ""),
    ("KERNEL", "IDENTITY_CACHE"),
    ("KERNEL", "EC_SECP256R1_SIGN"),
    ("REGISTRATION", "ED25519_SIGN"),
    ("REGISTRATION", "a"),
];

/// The keys a verb answers with, and whether it made them.
pub type Answer = Vec<(String, bool)>;

/// The book after each change set in turn (the first is the book before), and the outcome.
#[derive(Debug)]
pub struct Foresight {
    pub books: Vec<Book>,
    pub outcome: Result<Answer, Code>,
    pub findings: Vec<Foreseen>,
    /// What was done on the way that may fail without the verb failing.
    pub lapses: Vec<Lapse>,
}

/// A part of a verb that is left out when a call fails in it; the verb goes on all the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Lapse {
    /// Uploads of the scope are not finished (HIE-29).
    Clear(KeyScope),
    /// An upload ends at its middle, and is finished as after a crash (HIE-71).
    Attach,
    /// The doctor does not end surplus keys of the scope (DOC-3).
    Several(KeyScope),
    /// No ready key is found (HIE-95).
    Draw,
    /// Pools are discarded as far as `after` of them in a run (HIE-94), and with `rest` none of the runs that belong
    /// to it.
    Discard { run: usize, after: usize, rest: bool },
}

/// An envelope that was acknowledged.
#[derive(Debug, Clone)]
pub struct Envelope {
    pub bytes: Vec<u8>,
    pub plaintext: Vec<u8>,
    pub alias: String,
    pub scope: KeyScope,
    pub thumbprint: Thumbprint,
    /// Whether it was made for a key whose private half is here.
    pub is_ours: bool,
}

/// A scope as the store has it.
pub fn scope_of(index: usize) -> KeyScope {
    let (app, reference) = SCOPES[index % SCOPES.len()];
    KeyScope::new(app, reference.trim()).unwrap()
}

/// What a verb meets.
#[derive(Clone, Copy)]
pub struct Meeting<'a> {
    pub now: Timestamp,
    pub caller: Option<&'a str>,
    pub envelopes: &'a [Envelope],
    /// What was begun and not recorded, in the order of the store.
    pub intents: &'a [(KeyScope, Alias)],
    pub facts: &'a Facts,
    pub sending: Option<&'a Sending>,
    /// How many keys the job of this actor keeps ready.
    pub pool: u32,
}

pub fn foresee(book: &Book, verb: &Verb, meeting: Meeting<'_>, lapse: Option<Lapse>) -> Foresight {
    let Meeting { now, intents, facts, .. } = meeting;
    let (findings, runs) = (Vec::new(), Vec::new());
    let mut seer = Seer { books: vec![book.clone()], now, intents, facts, lapse, findings, runs, draws: false };
    let outcome = seer.verb(verb, meeting);
    let halves = book.rows.iter().filter(|row| row.held.is_some()).map(|row| row.scope.clone());
    let mut lapses: Vec<Lapse> = halves.collect::<BTreeSet<_>>().into_iter().map(Lapse::Clear).collect();
    lapses.extend(seer.draws.then_some(Lapse::Draw));
    lapses.extend(matches!(verb, Verb::Upload { .. }).then_some(Lapse::Attach));
    if matches!(verb, Verb::Doctor { repair: true }) {
        lapses.extend(
            seer.books
                .iter()
                .flat_map(|book| book.several(now))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .map(Lapse::Several),
        );
    }
    for (run, sets) in seer.runs.iter().enumerate() {
        let parts = (0..*sets).flat_map(|after| [false, true].map(|rest| Lapse::Discard { run, after, rest }));
        lapses.extend(parts);
    }
    Foresight { books: seer.books, outcome, findings: seer.findings, lapses }
}

pub struct Seer<'a> {
    books: Vec<Book>,
    pub now: Timestamp,
    pub intents: &'a [(KeyScope, Alias)],
    pub facts: &'a Facts,
    pub lapse: Option<Lapse>,
    pub findings: Vec<Foreseen>,
    /// How many pools each run over them discarded.
    pub runs: Vec<usize>,
    /// Whether a ready key was looked for, and there was one.
    pub draws: bool,
}

pub fn pair(scope: &KeyScope) -> (&str, &str) {
    (scope.app.as_str(), scope.reference.as_str())
}

pub fn is_sign_pair(scope: &KeyScope) -> bool {
    scope.app.as_str().eq_ignore_ascii_case("KERNEL") && scope.reference.as_str().eq_ignore_ascii_case("SIGN")
}

/// HIE-32: applications without Base keys.
pub fn no_base_keys(app: &str) -> bool {
    ["ROOT", "KERNEL", "PARTNER"].iter().any(|other| app.eq_ignore_ascii_case(other))
}

/// The elliptic kind of a scope's signing key.
pub fn elliptic(scope: &KeyScope) -> Option<Kind> {
    Kind::of(scope.reference.as_str())
}

/// HIE-3: application ignoring case, reference exactly.
pub fn is_sign_route(scope: &KeyScope) -> bool {
    scope.app.as_str().eq_ignore_ascii_case("KERNEL") && scope.reference.as_str() == "SIGN"
}

pub fn is_zk(scope: &KeyScope) -> bool {
    scope.reference.as_str().eq_ignore_ascii_case("IDENTITY_CACHE")
}

impl Seer<'_> {
    pub fn book(&self) -> &Book {
        self.books.last().unwrap()
    }

    pub fn commit(&mut self, change: impl FnOnce(&mut Book)) {
        let mut book = self.book().clone();
        change(&mut book);
        self.books.push(book);
    }

    fn verb(&mut self, verb: &Verb, meeting: Meeting<'_>) -> Result<Answer, Code> {
        let Meeting { caller, envelopes, sending, .. } = meeting;
        match verb {
            Verb::Keys | Verb::Certificates(_) | Verb::Pools => Ok(Vec::new()),
            Verb::Doctor { repair } => {
                self.doctor(*repair);
                Ok(Vec::new())
            }
            Verb::FillPool { app, count } => self.fill(APPS[app % APPS.len()], *count),
            Verb::Initialise | Verb::Recover => {
                self.clear_all();
                Ok(Vec::new())
            }
            Verb::Upload { scope, .. } => self.upload(&scope_of(*scope), sending.unwrap()),
            Verb::OtherDomain { scope, .. } => self.other_domain(&scope_of(*scope), sending.unwrap()),
            Verb::Csr(scope) => self.request(&scope_of(*scope)),
            // What is in it is compared later.
            Verb::Chain(scope) => self.certificate(&scope_of(*scope)).map(|_| Vec::new()),
            Verb::Find(envelope) => match pick(envelopes, *envelope) {
                None => Ok(Vec::new()),
                Some(envelope) => self.find(envelope),
            },
            Verb::GenerateAll => self.generate_all(meeting.pool as usize),
            Verb::Generate { scope, kind, force } => self.generate(&scope_of(*scope), *kind, *force),
            Verb::Object { scope, elliptic, force, .. } => self.object(&scope_of(*scope), *elliptic, *force),
            Verb::Rotate(scope) => self.rotate(&scope_of(*scope)),
            Verb::Revoke(scope) => self.revoke(&scope_of(*scope)),
            Verb::Certificate(scope) => self.certificate(&scope_of(*scope)),
            Verb::Encrypt(scope) => {
                let scope = scope_of(*scope);
                let zk_pair = scope.app.as_str().eq_ignore_ascii_case("KERNEL") && is_zk(&scope);
                if scope.reference.as_str().is_empty() || is_sign_pair(&scope) || zk_pair {
                    return Err(Code::EncryptNotAllowed);
                }
                // Whether the key is new is not told.
                let keys = self.certificate(&scope)?;
                // HIE-105; a certificate of another domain may be that of such a key too.
                let is_rsa = |alias: &str| match alias.starts_with('?') {
                    true => elliptic(&scope).is_none(),
                    false => self.facts.certificate(alias).unwrap().rsa_bits().is_some(),
                };
                if !keys.iter().all(|(alias, _)| is_rsa(alias)) {
                    return Err(Code::RecipientKey);
                }
                Ok(keys.into_iter().map(|(alias, _)| (alias, false)).collect())
            }
            Verb::Decrypt { envelope, scope } => {
                let Some(envelope) = pick(envelopes, *envelope) else { return Ok(Vec::new()) };
                let scope = scope.map_or_else(|| envelope.scope.clone(), scope_of);
                let access = self.book().policies.get(scope.app.as_str()).map(|policy| policy.access.as_str());
                let access = access.unwrap_or_default();
                let listed = |caller: &str| access.split(',').any(|user| user.trim().eq_ignore_ascii_case(caller));
                if access != "NA" && !caller.is_some_and(listed) {
                    return Err(Code::DecryptNotAllowed);
                }
                self.open(envelope, &scope)
            }
            Verb::Policy { app, validity, pre_expire, active, access } => {
                let app = APPS[app % APPS.len()];
                let new = Policy { validity: 1095, pre_expire: 60, active: true, access: "NA".to_owned() };
                let mut policy = self.book().policies.get(app).cloned().unwrap_or(new);
                policy.validity = validity.unwrap_or(policy.validity);
                policy.pre_expire = pre_expire.unwrap_or(policy.pre_expire);
                policy.active = active.unwrap_or(policy.active);
                policy.access = access.map_or(policy.access, str::to_owned);
                // HIE-35.
                if policy.validity < 1 || policy.pre_expire < 0 || policy.pre_expire >= policy.validity {
                    return Err(Code::InvalidArgument);
                }
                self.commit(|book| drop(book.policies.insert(app.to_owned(), policy)));
                Ok(Vec::new())
            }
            Verb::Advance(_) | Verb::Offset(_) | Verb::Set(_) | Verb::To { .. } | Verb::Restart => Ok(Vec::new()),
        }
    }

    /// HIE-57, HIE-97.
    fn generate_all(&mut self, pool: usize) -> Result<Answer, Code> {
        self.clear_all();
        let mut answer = Vec::new();
        for (app, reference) in JOB {
            let scope = KeyScope::new(app, reference).unwrap();
            let level = match (app, reference) {
                ("ROOT", _) => KeyLevel::Root,
                ("KERNEL", "SIGN") => KeyLevel::Sign,
                (_, "IDENTITY_CACHE") => KeyLevel::Symmetric,
                (_, reference) if Kind::of(reference).is_some() => KeyLevel::Sign,
                (_, "") => KeyLevel::Module,
                _ => KeyLevel::Base,
            };
            if level == KeyLevel::Symmetric {
                let order = |row: &&Row| (row.generated, row.alias.clone());
                if let Some(row) = self.book().of(&scope).max_by_key(order) {
                    answer.push((row.alias.clone(), false));
                    continue;
                }
            }
            if matches!(level, KeyLevel::Root | KeyLevel::Module | KeyLevel::Sign) {
                self.active(&scope)?;
            }
            answer.push(self.make(&scope, level, Mode::Ensure)?);
        }
        if pool > 0 {
            for (app, _) in JOB.iter().filter(|(app, reference)| reference.is_empty() && !no_base_keys(app)) {
                self.fill(app, pool)?;
            }
        }
        Ok(answer)
    }

    fn level(&self, scope: &KeyScope) -> Result<KeyLevel, Code> {
        match pair(scope) {
            ("ROOT", "") => Ok(KeyLevel::Root),
            (_, "") => Ok(KeyLevel::Module),
            ("KERNEL", "SIGN") => Ok(KeyLevel::Sign),
            _ if is_sign_route(scope) || elliptic(scope).is_some() => {
                self.active(scope).and(Err(Code::ReferenceNotAllowed))
            }
            _ => Ok(KeyLevel::Base),
        }
    }

    pub fn active(&self, scope: &KeyScope) -> Result<(), Code> {
        match self.book().policies.get(scope.app.as_str()) {
            None => Err(Code::ApplicationNotFound),
            Some(policy) if !policy.active => Err(Code::PolicyInactive),
            Some(_) => Ok(()),
        }
    }

    fn generate(&mut self, scope: &KeyScope, kind: Kind, force: bool) -> Result<Answer, Code> {
        if kind == Kind::Aes && scope.reference.as_str().is_empty() {
            return Err(Code::InvalidArgument);
        }
        let level = match kind {
            Kind::Aes => KeyLevel::Symmetric,
            Kind::Rsa => self.level(scope)?,
            _ => self.elliptic_level(scope, Some(kind))?,
        };
        if matches!(level, KeyLevel::Root | KeyLevel::Module | KeyLevel::Sign) {
            self.active(scope)?;
        }
        let mode = if force { Mode::Force } else { Mode::Ensure };
        self.make(scope, level, mode).map(|key| vec![key])
    }

    /// HIE-101.
    fn elliptic_level(&self, scope: &KeyScope, kind: Option<Kind>) -> Result<KeyLevel, Code> {
        self.active(scope)?;
        match elliptic(scope) {
            Some(of) if kind.is_none_or(|kind| kind == of) && scope.app.as_str() != "ROOT" => Ok(KeyLevel::Sign),
            _ => Err(Code::SignReferenceNotAllowed),
        }
    }

    /// HIE-83, HIE-85.
    fn object(&mut self, scope: &KeyScope, elliptic: bool, force: bool) -> Result<Answer, Code> {
        self.active(scope)?;
        let level = match elliptic {
            true => self.elliptic_level(scope, None)?,
            false => self.level(scope)?,
        };
        if level == KeyLevel::Base {
            return Err(Code::ReferenceNotAllowed);
        }
        let mode = if force { Mode::Force } else { Mode::Ensure };
        self.make(scope, level, mode).map(|key| vec![key])
    }

    fn rotate(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        let symmetric = self.book().of(scope).any(|row| row.level == KeyLevel::Symmetric);
        let level = match elliptic(scope) {
            _ if symmetric => KeyLevel::Symmetric,
            Some(_) => KeyLevel::Sign,
            None => self.level(scope)?,
        };
        if !self.book().has(scope) {
            self.active(scope)?;
            return Err(Code::KeyNotGenerated);
        }
        self.make(scope, level, Mode::Rotate).map(|key| vec![key])
    }

    fn revoke(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        // HIE-55.
        if is_sign_pair(scope) {
            return Err(Code::RevokeNotAllowed);
        }
        self.clear(scope);
        let Some(newest) = self.book().current(scope, self.now).cloned() else {
            return Err(Code::NoUniqueKey);
        };
        if newest.level == KeyLevel::Symmetric && is_zk(scope) {
            return Err(Code::RewrapNeeded);
        }
        let now = self.now;
        self.commit(|book| end_current(book, scope, now));
        if newest.level == KeyLevel::Module {
            self.discard_former(scope, None);
        }
        Ok(vec![(newest.alias, false)])
    }

    /// HIE-21, HIE-103.
    pub fn certificate(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        let signs = elliptic(scope);
        let elliptic_master = signs.is_some_and(|kind| kind != Kind::Ed25519);
        let in_master = scope.reference.as_str().is_empty() || is_sign_route(scope) || elliptic_master;
        if in_master {
            self.active(scope)?;
        }
        if let Some(row) = self.book().current(scope, self.now) {
            return match row.level {
                KeyLevel::Symmetric => Err(Code::CertificateNotFound),
                _ => Ok(vec![(row.alias.clone(), false)]),
            };
        }
        if !in_master && (signs.is_none() || !self.book().has(scope)) {
            return self.make(scope, KeyLevel::Base, Mode::Ensure).map(|key| vec![key]);
        }
        if !self.book().has(scope) {
            return Err(Code::KeyNotGenerated);
        }
        let level = signs.map_or_else(|| self.level(scope).unwrap(), |_| KeyLevel::Sign);
        self.make(scope, level, Mode::Renew).map(|key| vec![key])
    }
}

pub fn pick<T>(list: &[T], index: usize) -> Option<&T> {
    if list.is_empty() { None } else { list.get(index % list.len()) }
}
