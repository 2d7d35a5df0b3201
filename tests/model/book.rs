//! The model: keys and policies, and the rules of docs/hierarchy.md written once more, without the library's.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use keymanager::certificate::Certificate;
use keymanager::crypto::HashAlgorithm;
use keymanager::id::{Alias, KeyScope, Thumbprint, hex_upper};
use keymanager::manager::{KeyLevel, KeyState};
use keymanager::master::MasterEntry;
use keymanager::store::{KeyRecord, PolicyRow, PoolKeyRow};
use keymanager::time::Timestamp;

use crate::pool::Ready;
use crate::steps::Kind;
use crate::support::provider;

/// Seconds by which another clock may be ahead (HIE-13).
const TOLERANCE: i64 = 300;

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Made up until the row is bound to one of the store.
    pub alias: String,
    pub scope: KeyScope,
    pub level: KeyLevel,
    pub generated: Timestamp,
    pub expires: Timestamp,
    /// notAfter of the certificate, if there is one: the expiry as it was at first, in whole seconds.
    pub not_after: Option<Timestamp>,
    /// The pre-image of `uni_ident`, without the alias; none for symmetric keys.
    pub ident: Option<String>,
    /// Whether the alias is part of the pre-image too.
    pub long_ident: bool,
    /// The alias of the key above: what wrapped a Base key, and the Root that signed a master. Of a certificate of
    /// another domain its own.
    pub issuer: Option<String>,
    pub thumbprint: Option<Thumbprint>,
    pub private_key: Option<String>,
    /// The certificate that the master backend has, when an upload did not get as far as the record (HIE-71).
    pub held: Option<Sent>,
    /// Thumbprints of certificates that were replaced (HIE-72).
    pub former: BTreeSet<Thumbprint>,
    /// Whether it was made of a ready key (HIE-91).
    pub is_from_pool: bool,
}

/// What counts of a certificate that comes from outside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sent {
    pub thumbprint: Thumbprint,
    pub begin: Timestamp,
    pub end: Timestamp,
}

impl Sent {
    pub fn of(certificate: &Certificate) -> Self {
        Self { thumbprint: certificate.thumbprint(), begin: certificate.not_before(), end: certificate.not_after() }
    }
}

impl Row {
    /// Whether the key, or the certificate of another domain, is in the store (HIE-3, HIE-100).
    pub fn in_store(&self) -> bool {
        in_store(&self.scope, self.level)
    }

    /// The thumbprint of the certificate that is handed out.
    pub fn shown(&self) -> Option<Thumbprint> {
        self.held.map(|held| held.thumbprint).or(self.thumbprint)
    }
}

/// HIE-3, HIE-100.
pub fn in_store(scope: &KeyScope, level: KeyLevel) -> bool {
    let ed25519 = Kind::of(scope.reference.as_str()) == Some(Kind::Ed25519);
    matches!(level, KeyLevel::Base | KeyLevel::OtherDomain) || (level == KeyLevel::Sign && ed25519)
}

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub validity: i16,
    pub pre_expire: i16,
    pub active: bool,
    pub access: String,
}

impl Policy {
    pub fn of(row: &PolicyRow) -> Self {
        Self {
            validity: row.validity_days.unwrap(),
            pre_expire: row.pre_expire_days.unwrap(),
            active: row.active,
            access: row.access_allowed.clone().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Book {
    pub rows: Vec<Row>,
    pub policies: BTreeMap<String, Policy>,
    pub pool: Vec<Ready>,
}

/// What store and master backend hold.
pub struct Facts {
    pub keys: BTreeMap<Alias, KeyRecord>,
    pub policies: Vec<PolicyRow>,
    pub entries: BTreeMap<Alias, MasterEntry>,
    pub former: BTreeMap<Alias, BTreeSet<Thumbprint>>,
    pub pool: Vec<PoolKeyRow>,
}

impl Facts {
    /// The certificate of a key, wherever it is.
    pub fn certificate(&self, alias: &str) -> Option<Certificate> {
        let alias = Alias::new(alias).unwrap();
        match self.keys.get(&alias).and_then(|key| key.stored.as_ref()) {
            Some(stored) => Some(parse(stored.certificate_pem.as_bytes())),
            None => self.entries.get(&alias).and_then(|entry| entry.certificate.as_deref()).map(parse),
        }
    }
}

impl Book {
    pub fn of(&self, scope: &KeyScope) -> impl Iterator<Item = &Row> {
        let scope = scope.clone();
        self.rows.iter().filter(move |row| row.scope == scope)
    }

    pub fn has(&self, scope: &KeyScope) -> bool {
        self.of(scope).next().is_some()
    }

    /// HIE-12.
    pub fn pre_expire(&self, scope: &KeyScope) -> i64 {
        let (app, reference) = (scope.app.as_str(), scope.reference.as_str());
        let Some(own) = self.policies.get(app) else { return 0 };
        let own_row = reference.is_empty() || (app == "KERNEL" && matches!(reference, "SIGN" | "IDENTITY_CACHE"));
        let row = if own_row { Some(own) } else { self.policies.get("BASE") };
        row.map_or(30, |row| i64::from(row.pre_expire))
    }

    /// HIE-10, HIE-11.
    pub fn is_current(&self, row: &Row, now: Timestamp) -> bool {
        let due = row.expires.plus_days(-self.pre_expire(&row.scope));
        row.expires >= row.generated
            && (now == row.generated || now == row.expires || (row.generated < now && now < due))
    }

    /// HIE-13: current at its begin, which is near.
    pub fn is_ahead(&self, row: &Row, now: Timestamp) -> bool {
        let is_near = now < row.generated && row.generated <= now.plus_seconds(TOLERANCE);
        is_near && self.is_current(row, row.generated)
    }

    /// HIE-78: on the clock that is furthest ahead its time is over, and a certificate from outside took its place.
    pub fn lingers(&self, row: &Row, beside: &[&Row], latest: Timestamp) -> bool {
        let due = row.expires.plus_days(-self.pre_expire(&row.scope));
        let is_from_outside = |other: &&Row| other.level == KeyLevel::OtherDomain || !other.former.is_empty();
        due <= latest && beside.iter().any(|other| other.alias != row.alias && is_from_outside(other))
    }

    /// The scopes with several current keys.
    pub fn several(&self, now: Timestamp) -> BTreeSet<KeyScope> {
        let current = |scope: &KeyScope| self.of(scope).filter(|row| self.is_current(row, now)).count();
        self.rows.iter().map(|row| row.scope.clone()).filter(|scope| current(scope) > 1).collect()
    }

    /// HIE-13, HIE-14.
    pub fn current(&self, scope: &KeyScope, now: Timestamp) -> Option<&Row> {
        let last = |fits: &dyn Fn(&Row) -> bool| {
            self.of(scope)
                .filter(|row| fits(row))
                .max_by(|one, other| (one.generated, one.alias.as_str()).cmp(&(other.generated, other.alias.as_str())))
        };
        last(&|row| self.is_current(row, now)).or_else(|| last(&|row| self.is_ahead(row, now)))
    }

    /// HIE-15.
    pub fn state(&self, row: &Row, now: Timestamp) -> KeyState {
        if self.is_current(row, now) {
            return KeyState::Current;
        }
        if row.expires <= now || row.expires < row.generated {
            let not_after = row.held.map(|held| held.end).or(row.not_after);
            let revoked = not_after.is_some_and(|not_after| row.expires.plus_seconds(2) < not_after);
            return if revoked { KeyState::Revoked } else { KeyState::Expired };
        }
        if now < row.generated { KeyState::NotYetValid } else { KeyState::PreExpiry }
    }

    /// HIE-25.
    pub fn uni_ident(row: &Row) -> Option<String> {
        let text = row.ident.as_ref()?;
        let text = if row.long_ident { format!("{text}_{}", row.alias) } else { text.clone() };
        Some(hex_upper(&provider().hash.digest(HashAlgorithm::Sha1, text.as_bytes())))
    }

    /// The pre-image for a key that is made, or gets its certificate, at a time.
    pub fn dated(scope: &KeyScope, time: Timestamp) -> String {
        let date = time.to_database();
        let (year, month, day) = (&date[0..4], &date[5..7], &date[8..10]);
        format!("{}_{}_{month}-{day}-{year}", scope.app, scope.reference)
    }

    /// Whether another row than `alias` has the identifier that `ident` gives.
    pub fn is_taken(&self, ident: &str, alias: &str) -> bool {
        self.rows.iter().any(|row| row.alias != alias && !row.long_ident && row.ident.as_deref() == Some(ident))
    }

    pub fn row_mut(&mut self, alias: &str) -> &mut Row {
        self.rows.iter_mut().find(|row| row.alias == alias).unwrap()
    }

    /// The rows of a scope as the store orders them.
    pub fn ordered(&self, scope: &KeyScope) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.of(scope).collect();
        rows.sort_by(|one, other| (one.generated, &one.alias).cmp(&(other.generated, &other.alias)));
        rows
    }

    /// The same book with its new rows bound to rows of the store, if these are exactly what the book says.
    pub fn bound(&self, facts: &Facts) -> Result<Self, String> {
        let mut book = self.clone();
        let known: Vec<String> = self.rows.iter().map(|row| row.alias.clone()).collect();
        let fresh: Vec<&KeyRecord> =
            facts.keys.values().filter(|key| !known.iter().any(|alias| alias == key.alias.alias.as_str())).collect();
        let mut made = Vec::new();
        for index in 0..book.rows.len() {
            let row = book.rows[index].clone();
            if !row.alias.starts_with('?') {
                continue;
            }
            let mut fits = fresh.iter().filter(|key| key.alias.scope == row.scope);
            let Some(key) = fits.next() else { return Err(format!("a key is missing: {row:?}")) };
            if fits.next().is_some() {
                return Err(format!("several new keys in {}", row.scope));
            }
            let alias = key.alias.alias.to_string();
            for other in &mut book.rows {
                if other.issuer.as_ref() == Some(&row.alias) {
                    other.issuer = Some(alias.clone());
                }
            }
            for ready in book.pool.iter_mut().filter(|ready| ready.module == row.alias) {
                ready.module.clone_from(&alias);
            }
            made.push(alias.clone());
            let bound = &mut book.rows[index];
            bound.alias = alias;
            bound.thumbprint = bound.thumbprint.or(key.alias.thumbprint);
            let private_key = key.stored.as_ref().map(|stored| stored.private_key.clone());
            bound.private_key = bound.private_key.take().or(private_key);
        }
        book.check(facts)?;
        book.bind_pool(facts, &made)?;
        Ok(book)
    }

    fn check(&self, facts: &Facts) -> Result<(), String> {
        let policies: BTreeMap<String, Policy> =
            facts.policies.iter().map(|row| (row.app.to_string(), Policy::of(row))).collect();
        if policies != self.policies {
            return Err(format!("policies: {policies:?}, expected {:?}", self.policies));
        }
        if facts.keys.len() != self.rows.len() {
            return Err(format!("{} keys, expected {}", facts.keys.len(), self.rows.len()));
        }
        for row in &self.rows {
            let alias = Alias::new(row.alias.as_str()).unwrap();
            let Some(key) = facts.keys.get(&alias) else { return Err(format!("{row:?} is lost")) };
            let stored = key.stored.as_ref();
            let found = (
                &key.alias.scope,
                key.alias.generated,
                key.alias.expires,
                key.alias.uni_ident.clone(),
                key.alias.thumbprint,
                stored.map(|stored| stored.private_key.clone()),
                stored.map(|stored| stored.master.to_string()),
            );
            let in_store = row.in_store();
            let expected = (
                &row.scope,
                Some(row.generated),
                Some(row.expires),
                Self::uni_ident(row),
                row.thumbprint,
                row.private_key.clone(),
                row.issuer.clone().filter(|_| in_store),
            );
            if found != expected || in_store != stored.is_some() {
                return Err(format!("the row {alias}\n is       {found:?}\n expected {expected:?}"));
            }
            let former = facts.former.get(&alias).cloned().unwrap_or_default();
            if former != row.former {
                return Err(format!("{row:?} has the former thumbprints {former:?}"));
            }
            self.check_certificate(row, key, facts)?;
        }
        Ok(())
    }

    /// The certificate is that of the row, was made for its time, and is signed by the key above.
    fn check_certificate(&self, row: &Row, key: &KeyRecord, facts: &Facts) -> Result<(), String> {
        let alias = &key.alias.alias;
        let certificate = match &key.stored {
            Some(stored) => Some(parse(stored.certificate_pem.as_bytes())),
            None => {
                let Some(entry) = facts.entries.get(alias) else {
                    return Err(format!("the key of {row:?} is not in the master backend"));
                };
                if entry.pending {
                    return Err(format!("{row:?} is recorded and has no certificate"));
                }
                entry.certificate.as_deref().map(parse)
            }
        };
        let Some(certificate) = certificate else {
            return if row.level == KeyLevel::Symmetric { Ok(()) } else { Err(format!("{row:?} has no certificate")) };
        };
        let found = Sent::of(&certificate);
        let recorded = row.thumbprint.zip(row.not_after);
        let recorded =
            recorded.map(|(thumbprint, end)| Sent { thumbprint, begin: row.generated.truncate_to_seconds(), end });
        if Some(found) != row.held.or(recorded) {
            return Err(format!("the certificate of {row:?}: {found:?}"));
        }
        // Signatures are verified once, when the row is new.
        Ok(())
    }

    /// Each of these rows is signed by the key above it.
    pub fn check_signatures(&self, facts: &Facts, rows: &[String]) -> Result<(), String> {
        for row in self.rows.iter().filter(|row| rows.contains(&row.alias) && row.level != KeyLevel::OtherDomain) {
            let Some(certificate) = facts.certificate(&row.alias) else { continue };
            let issuer = match row.level {
                KeyLevel::Root => Some(certificate.clone()),
                _ => row.issuer.as_deref().and_then(|alias| facts.certificate(alias)),
            };
            let signed = issuer.is_some_and(|issuer| certificate.verify_signed_by(&provider(), &issuer).is_ok());
            if !signed {
                return Err(format!("{row:?} is not signed by the key above it"));
            }
        }
        Ok(())
    }
}

thread_local! {
    /// The same certificates are looked at after every step.
    static PARSED: RefCell<HashMap<Vec<u8>, Certificate>> = RefCell::default();
}

/// Forgets the certificates of the sequence before.
pub fn forget_certificates() {
    PARSED.with_borrow_mut(HashMap::clear);
}

fn parse(pem_or_der: &[u8]) -> Certificate {
    PARSED.with_borrow_mut(|parsed| {
        if let Some(certificate) = parsed.get(pem_or_der) {
            return certificate.clone();
        }
        let certificate = Certificate::parse(&provider(), pem_or_der).unwrap();
        parsed.insert(pem_or_der.to_vec(), certificate.clone());
        certificate
    })
}
