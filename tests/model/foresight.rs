//! What a verb will do: its outcome, and the change sets that make up its effect, in order.

use std::collections::BTreeSet;

use keymanager::error::Code;
use keymanager::id::{Alias, KeyScope, Thumbprint};
use keymanager::manager::KeyLevel;
use keymanager::time::Timestamp;

use crate::book::{Book, Facts, Policy, Row};
use crate::parcels::Sending;
use crate::steps::{APPS, SCOPES, Verb};

const SYMMETRIC_DAYS: i64 = 1825;

/// Seconds within which a key that ends counts as one that was ended, when an upload is finished later (HIE-71).
pub const TOLERANCE_OF_ENDS: i64 = 300;

/// What the key-generator job makes in these sequences: masters, and one Base key.
pub const JOB: [(&str, &str); 5] =
    [("ROOT", ""), ("KERNEL", "SIGN"), ("REGISTRATION", ""), ("KERNEL", "IDENTITY_CACHE"), ("REGISTRATION", "a")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ensure,
    Renew,
    Force,
    Rotate,
}

/// The keys a verb answers with, and whether it made them.
pub type Answer = Vec<(String, bool)>;

/// The book after each change set in turn (the first is the book before), and the outcome.
#[derive(Debug)]
pub struct Foresight {
    pub books: Vec<Book>,
    pub outcome: Result<Answer, Code>,
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
}

/// `skip` is a scope whose unfinished uploads are not finished by whoever works there, as happens when a call fails.
pub fn foresee(book: &Book, verb: &Verb, meeting: Meeting<'_>, skip: Option<KeyScope>) -> Foresight {
    let Meeting { now, intents, facts, .. } = meeting;
    let mut seer = Seer { books: vec![book.clone()], now, intents, facts, skip };
    let outcome = seer.verb(verb, meeting);
    Foresight { books: seer.books, outcome }
}

pub struct Seer<'a> {
    books: Vec<Book>,
    pub now: Timestamp,
    pub intents: &'a [(KeyScope, Alias)],
    pub facts: &'a Facts,
    pub skip: Option<KeyScope>,
}

fn pair(scope: &KeyScope) -> (&str, &str) {
    (scope.app.as_str(), scope.reference.as_str())
}

pub fn is_sign_pair(scope: &KeyScope) -> bool {
    scope.app.as_str().eq_ignore_ascii_case("KERNEL") && scope.reference.as_str().eq_ignore_ascii_case("SIGN")
}

/// HIE-3: application ignoring case, reference exactly.
fn is_sign_route(scope: &KeyScope) -> bool {
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
            Verb::Keys | Verb::Certificates(_) => Ok(Vec::new()),
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
            Verb::GenerateAll => self.generate_all(),
            Verb::Generate { scope, aes, force } => self.generate(&scope_of(*scope), *aes, *force),
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

    /// HIE-57.
    fn generate_all(&mut self) -> Result<Answer, Code> {
        self.clear_all();
        let mut answer = Vec::new();
        for (app, reference) in JOB {
            let scope = KeyScope::new(app, reference).unwrap();
            let level = match (app, reference) {
                ("ROOT", _) => KeyLevel::Root,
                ("KERNEL", "SIGN") => KeyLevel::Sign,
                (_, "IDENTITY_CACHE") => KeyLevel::Symmetric,
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
        Ok(answer)
    }

    fn level(&self, scope: &KeyScope) -> Result<KeyLevel, Code> {
        match pair(scope) {
            ("ROOT", "") => Ok(KeyLevel::Root),
            (_, "") => Ok(KeyLevel::Module),
            ("KERNEL", "SIGN") => Ok(KeyLevel::Sign),
            _ if is_sign_route(scope) => self.active(scope).and(Err(Code::ReferenceNotAllowed)),
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

    fn generate(&mut self, scope: &KeyScope, aes: bool, force: bool) -> Result<Answer, Code> {
        if aes && scope.reference.as_str().is_empty() {
            return Err(Code::InvalidArgument);
        }
        let level = if aes { KeyLevel::Symmetric } else { self.level(scope)? };
        if matches!(level, KeyLevel::Root | KeyLevel::Module | KeyLevel::Sign) {
            self.active(scope)?;
        }
        let mode = if force { Mode::Force } else { Mode::Ensure };
        self.make(scope, level, mode).map(|key| vec![key])
    }

    fn rotate(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        let symmetric = self.book().of(scope).any(|row| row.level == KeyLevel::Symmetric);
        let level = if symmetric { KeyLevel::Symmetric } else { self.level(scope)? };
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
        Ok(vec![(newest.alias, false)])
    }

    /// HIE-21.
    pub fn certificate(&mut self, scope: &KeyScope) -> Result<Answer, Code> {
        let in_master = scope.reference.as_str().is_empty() || is_sign_route(scope);
        if in_master {
            self.active(scope)?;
        }
        if let Some(row) = self.book().current(scope, self.now) {
            return match row.level {
                KeyLevel::Symmetric => Err(Code::CertificateNotFound),
                _ => Ok(vec![(row.alias.clone(), false)]),
            };
        }
        if !in_master {
            return self.make(scope, KeyLevel::Base, Mode::Ensure).map(|key| vec![key]);
        }
        if !self.book().has(scope) {
            return Err(Code::KeyNotGenerated);
        }
        let level = self.level(scope).unwrap();
        self.make(scope, level, Mode::Renew).map(|key| vec![key])
    }

    /// HIE-31 to HIE-34.
    fn permit(&self, scope: &KeyScope, level: KeyLevel) -> Result<(), Code> {
        let (app, _) = pair(scope);
        let same = |one: &str| app.eq_ignore_ascii_case(one);
        let symmetric = self.book().of(scope).any(|row| row.level == KeyLevel::Symmetric);
        match level {
            KeyLevel::Symmetric => {
                if is_sign_route(scope) {
                    return Err(Code::ReferenceNotAllowed);
                }
                if self.book().of(scope).any(|row| row.level != KeyLevel::Symmetric) {
                    return Err(Code::GenerationNotAllowed);
                }
                if is_zk(scope) && self.book().has(scope) {
                    return Err(Code::RewrapNeeded);
                }
                Ok(())
            }
            KeyLevel::Base => {
                if self.book().of(scope).any(|row| row.level == KeyLevel::OtherDomain) {
                    return Err(Code::GenerationNotAllowed);
                }
                if same("ROOT") || same("KERNEL") || same("PARTNER") || symmetric {
                    return Err(Code::GenerationNotAllowed);
                }
                self.active(scope)
            }
            _ if app == "BASE" => Err(Code::GenerationNotAllowed),
            _ => self.active(scope),
        }
    }

    /// HIE-20 to HIE-26.
    fn make(&mut self, scope: &KeyScope, level: KeyLevel, mode: Mode) -> Result<(String, bool), Code> {
        let replaces = matches!(mode, Mode::Force | Mode::Rotate);
        let same_kind = |row: &Row| (row.level == KeyLevel::Symmetric) == (level == KeyLevel::Symmetric);
        let fits = |seer: &Self| seer.book().current(scope, seer.now).is_some_and(|row| !replaces && same_kind(row));
        if !fits(self) {
            self.permit(scope, level)?;
        }
        self.clear(scope);
        if fits(self) {
            return Ok((self.book().current(scope, self.now).unwrap().alias.clone(), false));
        }
        if self.book().current(scope, self.now).is_none() {
            match mode {
                Mode::Renew | Mode::Rotate if !self.book().has(scope) => return Err(Code::KeyNotGenerated),
                Mode::Rotate => return Err(Code::NoUniqueKey),
                _ => {}
            }
        }
        self.permit(scope, level)?;
        let validity = match level {
            KeyLevel::Symmetric => SYMMETRIC_DAYS,
            _ => i64::from(self.book().policies[scope.app.as_str()].validity),
        };
        let (now, expires) = (self.now, self.now.plus_days(validity));
        // HIE-24: never a key that is due as it begins.
        if expires.plus_days(-self.book().pre_expire(scope)) <= now {
            return Err(Code::GenerationNotAllowed);
        }
        let issuer = match level {
            KeyLevel::Module | KeyLevel::Sign => {
                Some(self.above(&KeyScope::new("ROOT", "").unwrap(), KeyLevel::Root, Code::RootNotFound)?)
            }
            KeyLevel::Base => {
                Some(self.above(&KeyScope::master(scope.app.clone()), KeyLevel::Module, Code::KeyNotGenerated)?)
            }
            _ => None,
        };
        // What a certificate cannot say (docs/certificates.md).
        if level != KeyLevel::Symmetric && (expires == Timestamp::MAX || now.unix_micros() < 0) {
            return Err(Code::InvalidArgument);
        }
        let alias = format!("?{scope}");
        let ident = (level != KeyLevel::Symmetric).then(|| Book::dated(scope, now));
        let row = Row {
            alias: alias.clone(),
            scope: scope.clone(),
            level,
            generated: now,
            expires,
            not_after: (level != KeyLevel::Symmetric).then(|| expires.truncate_to_seconds()),
            long_ident: ident.as_ref().is_some_and(|ident| self.book().is_taken(ident, &alias)),
            ident,
            issuer,
            thumbprint: None,
            private_key: None,
            held: None,
            former: BTreeSet::new(),
        };
        self.commit(|book| {
            if replaces {
                end_current(book, scope, now);
            }
            book.rows.push(row);
        });
        Ok((alias, true))
    }

    /// The current key above; renewed when it is due (HIE-22, HIE-23).
    fn above(&mut self, scope: &KeyScope, level: KeyLevel, missing: Code) -> Result<String, Code> {
        if let Some(row) = self.book().current(scope, self.now) {
            return Ok(row.alias.clone());
        }
        if !self.book().has(scope) {
            return Err(missing);
        }
        self.make(scope, level, Mode::Renew).map(|(alias, _)| alias)
    }
}

/// HIE-50: one minute ago.
pub fn end_current(book: &mut Book, scope: &KeyScope, now: Timestamp) {
    let ended: Vec<String> = book
        .of(scope)
        .filter(|row| book.is_current(row, now) || book.is_ahead(row, now))
        .map(|row| row.alias.clone())
        .collect();
    for row in book.rows.iter_mut().filter(|row| ended.contains(&row.alias)) {
        row.expires = now.plus_seconds(-60);
    }
}

pub fn pick<T>(list: &[T], index: usize) -> Option<&T> {
    if list.is_empty() { None } else { list.get(index % list.len()) }
}
