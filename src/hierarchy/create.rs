//! The creation protocol (architecture: create or renew a key; docs/hierarchy.md HIE-20 to HIE-29).
//!
//! Scope lock → what a crash left in this scope is cleared → rows read again → a current key, if there is one now, is
//! the answer → intent that names the alias → key → certificate → attached to the master key → record and removal of
//! the intent in one change set, which also checks that the scope's rows are those read. Whoever loses a race
//! discards its key and uses the winner's.

use std::collections::HashSet;

use super::Hierarchy;
use super::current::Moment;
use super::info::KeyLevel;
use super::issuer::Issuer;
use super::lock::ScopeLock;
use super::order::{Made, Mode, Order};
use super::policy::Policies;
use super::pool::ReadyKey;
use super::records::Row;
use super::subject;
use super::unique::Identity;
use crate::certificate::{Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue};
use crate::config::HierarchyConfig;
use crate::crypto::PrivateKey as _;
use crate::envelope::wrap_private_key;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};
use crate::master::{KeyKind, software};
use crate::random::new_alias;
use crate::store::{AliasRow, Change, ChangeSet, IntentRow, KeyRecord, Record, StoreRow, Version};
use crate::time::Timestamp;

/// Who creates rows (`cr_by`), as upstream writes it.
pub(super) const CREATED_BY: &str = "SYSTEM";
/// The size of every RSA key of the format.
pub(super) const RSA_BITS: u32 = 2048;
/// Attempts to create a key whose scope others change although we hold its lock (a lost lock, or a Java service, which
/// takes none).
const ATTEMPTS: usize = 5;
/// How often a key of the pool is tried that others take at the same moment; then one is generated.
const DRAWS: usize = 3;

/// A creation that was begun: the intent in the store, when the store has a table for it.
pub(super) type Intent = Option<(IntentRow, Version)>;

/// One attempt at a creation: what it decided on under the lock.
struct Attempt<'a> {
    order: &'a Order,
    kind: KeyKind,
    /// The key lives in the store, under the Module key.
    in_store: bool,
    rows: &'a [Row],
    alias: Alias,
    generated: Timestamp,
    expires: Timestamp,
    uni_ident: Option<String>,
    issuer: Option<Issuer>,
    /// The key of the pool that it becomes; else one is generated.
    ready: Option<ReadyKey>,
}

/// What an attempt learned from those before it.
struct Lesson {
    /// Another scope has the identifier.
    elsewhere: bool,
    /// How often a key may still be drawn from the pool.
    draws: usize,
    /// The alias of the key that the last attempt drew from the pool.
    drawn: Option<Alias>,
}

impl Hierarchy {
    /// Makes a key, or finds the one that is current once the scope's lock is held.
    pub(super) fn make(&self, order: &Order) -> Result<Made> {
        // Refused before the lock is taken, so that requests for what cannot be leave no trace.
        self.permit_now(order)?;
        let _lock = ScopeLock::take(&self.store, &order.scope, self.config.hierarchy.lock_wait)?;
        self.clear_intents(&order.scope);
        let mut seen: Option<HashSet<Alias>> = None;
        let mut lesson = Lesson { elsewhere: false, draws: DRAWS, drawn: None };
        for _ in 0..ATTEMPTS.saturating_add(DRAWS) {
            let policies = self.policies_now()?;
            let rows = self.keys_of(&order.scope)?;
            let moment = self.moment(&order.scope, &policies)?;
            if let Some(row) = self.select_at(&moment, &order.scope, &rows) {
                if !self.same_kind(order, row) {
                    self.permit(order, &rows, &policies)?;
                }
                let theirs = seen.as_ref().is_some_and(|seen| !seen.contains(&row.key.alias.alias));
                if !order.mode.replaces() || theirs {
                    let certificate = self.certificate_of_key(row)?;
                    self.refuse_other_curve(order, certificate.as_ref())?;
                    return Ok(Made { key: row.key.clone(), certificate, generated: false });
                }
            } else {
                none_current(&order.scope, order.mode, rows.is_empty())?;
            }
            seen.get_or_insert_with(|| rows.iter().map(|row| row.key.alias.alias.clone()).collect());
            match self.attempt(order, &rows, &moment, &policies, &mut lesson) {
                Err(error) if matches!(error.code(), Code::StoreConflict | Code::StoreDuplicate) => {
                    tracing::info!(scope = %order.scope, code = error.code().name(), "key discarded: another was first");
                    if error.code() == Code::StoreDuplicate {
                        match lesson.drawn.take() {
                            // Such a row of the pool was put back; the doctor names it.
                            Some(alias) if self.key_by_alias(&alias)?.is_some() => lesson.draws = 0,
                            // If no key of this scope has the identifier when the rows are read again, another scope
                            // has it.
                            _ => lesson.elsewhere = true,
                        }
                    }
                }
                Ok(made) => {
                    if order.level == KeyLevel::Module && made.generated {
                        self.discard_former_pools(&order.scope, Some(&made.key.alias.alias));
                    }
                    return Ok(made);
                }
                other => return other,
            }
        }
        Err(Error::new(Code::StoreConflict, format!("the keys of {} are being changed by others", order.scope)))
    }

    fn permit_now(&self, order: &Order) -> Result<()> {
        let rows = self.keys_of(&order.scope)?;
        let policies = self.policies_now()?;
        match self.select(&order.scope, &rows, &policies)? {
            Some(row) if !order.mode.replaces() && self.same_kind(order, row) => Ok(()),
            _ => self.permit(order, &rows, &policies),
        }
    }

    /// The current key answers a request only for its own kind.
    fn same_kind(&self, order: &Order, row: &Row) -> bool {
        (self.level(&row.key) == KeyLevel::Symmetric) == (order.level == KeyLevel::Symmetric)
    }

    /// A key that 1.2.x made under the reference id of an elliptic signing key is not the one that is asked for
    /// (HIE-102).
    fn refuse_other_curve(&self, order: &Order, certificate: Option<&Certificate>) -> Result<()> {
        let wanted = self.config.hierarchy.kind(&order.scope, order.level).ec();
        match certificate {
            Some(certificate) if wanted.is_some() && certificate.public_key().ec_algorithm() != wanted => {
                let why = format!(
                    "the current key of {} is {}; replace it by force or by rotation",
                    order.scope,
                    certificate.key_algorithm()
                );
                Err(Error::new(Code::GenerationNotAllowed, why))
            }
            _ => Ok(()),
        }
    }

    fn attempt(
        &self,
        order: &Order,
        rows: &[Row],
        moment: &Moment,
        policies: &Policies,
        lesson: &mut Lesson,
    ) -> Result<Made> {
        self.permit(order, rows, policies)?;
        let validity = lifetime_days(&self.config.hierarchy, policies, &order.scope, order.level, moment)?;
        let config = &self.config.hierarchy;
        let (kind, in_store) = (config.kind(&order.scope, order.level), config.in_store(&order.scope, order.level));
        let issuer = match order.level {
            _ if in_store => Some(self.module_issuer(&order.scope.app, policies)?),
            KeyLevel::Module | KeyLevel::Sign => Some(self.root_issuer(policies)?),
            KeyLevel::Root | KeyLevel::Base | KeyLevel::Symmetric | KeyLevel::OtherDomain => None,
        };
        let generated = moment.now;
        let mut alias = new_alias(self.random.as_ref())?;
        let ready = match &issuer {
            Some(module) if order.level == KeyLevel::Base && lesson.draws > 0 => self.ready_key(module, &alias),
            _ => None,
        };
        lesson.drawn = None;
        if let Some(ready) = &ready {
            alias = ready.row.alias.clone();
            lesson.draws = lesson.draws.saturating_sub(1);
            lesson.drawn = Some(alias.clone());
        }
        let uni_ident = (order.level != KeyLevel::Symmetric).then(|| {
            Identity::dated(&order.scope, generated).uni_ident(&self.provider, &alias, rows, lesson.elsewhere)
        });
        let expires = generated.plus_days(validity);
        let attempt = Attempt { order, kind, in_store, rows, alias, generated, expires, uni_ident, issuer, ready };
        self.carry_out(&attempt, moment)
    }

    fn carry_out(&self, attempt: &Attempt<'_>, moment: &Moment) -> Result<Made> {
        // A key in software leaves nothing behind when its process dies; only a master key needs an intent.
        let in_master = !attempt.in_store;
        let intent =
            if in_master { self.begin(&attempt.alias, &attempt.order.scope, attempt.generated)? } else { None };
        let (key, certificate) = match self.build(attempt) {
            Ok(built) => built,
            Err(error) => {
                if in_master {
                    self.discard(&attempt.alias, intent);
                }
                return Err(error);
            }
        };
        let mut changes = ended(attempt.rows, attempt.order.mode, moment);
        let mut expect_scopes = vec![(attempt.order.scope.clone(), versions(attempt.rows))];
        if let (Some(ready), Some(module)) = (&attempt.ready, &attempt.issuer) {
            // Before the key: who comes too late for it learns that it was taken, and not that its alias exists.
            changes.push(ready.taken(attempt.generated));
            // Under a Module key that was replaced meanwhile it must not be used (HIE-94).
            expect_scopes.push((KeyScope::master(attempt.order.scope.app.clone()), module.versions.clone()));
        }
        changes.push(Change::Insert(Record::Key(Box::new(key.clone()))));
        changes.extend(intent.clone().map(|(row, version)| Change::Delete(Record::Intent(row), version)));
        let outcome = self.store.apply(ChangeSet { expect_scopes, changes });
        let made = Made { key, certificate, generated: true };
        match outcome {
            Ok(()) => {}
            Err(error) if matches!(error.code(), Code::StoreConflict | Code::StoreDuplicate) => {
                if in_master {
                    self.discard(&attempt.alias, intent);
                }
                return Err(error);
            }
            // The store may have done it all the same.
            Err(error) if self.settle(&attempt.alias, intent, in_master) => {
                tracing::warn!(alias = %attempt.alias, code = error.code().name(), "the store failed, and had done it");
            }
            Err(error) => return Err(error),
        }
        let Order { scope, level, mode, .. } = attempt.order;
        tracing::info!(alias = %attempt.alias, %scope, level = level.as_str(), ?mode, "key generated");
        Ok(made)
    }

    /// Makes the key and its certificate. Nothing is recorded yet.
    fn build(&self, attempt: &Attempt<'_>) -> Result<(KeyRecord, Option<Certificate>)> {
        let Attempt { order, kind, alias, generated, expires, .. } = attempt;
        let mut stored = None;
        let certificate = match (order.level, &attempt.issuer) {
            (KeyLevel::Symmetric, _) => {
                self.master.create(alias.clone(), *kind)?;
                None
            }
            (level, Some(module)) if attempt.in_store => {
                let (public, private_key) = match &attempt.ready {
                    Some(ready) => (ready.public.clone(), ready.row.private_key.clone()),
                    None => {
                        let (key, pkcs8) = software::new_pair(&self.provider, self.keys.as_ref(), *kind)?
                            .ok_or_else(|| Error::internal("a key in the store is a pair"))?;
                        let random = self.random.as_ref();
                        (key.public_key().clone(), wrap_private_key(&self.provider, random, &module.public, &pkcs8)?)
                    }
                };
                let use_of = if level == KeyLevel::Sign { CertificateKind::Signing } else { CertificateKind::Base };
                let certificate = self.certify(attempt, use_of, public)?;
                stored = Some(StoreRow {
                    master: module.alias.clone(),
                    private_key,
                    certificate_pem: certificate.to_pem(),
                    created_by: CREATED_BY.to_owned(),
                    created: *generated,
                });
                Some(certificate)
            }
            _ => {
                let created = self.master.create(alias.clone(), *kind)?;
                let public = created.public.ok_or_else(|| {
                    Error::new(Code::MasterUnavailable, "the master backend made a pair and gave no public key")
                })?;
                let root = order.level == KeyLevel::Root;
                let use_of = if root { CertificateKind::Root } else { CertificateKind::Module };
                let certificate = self.certify(attempt, use_of, public)?;
                self.master.attach_certificate(alias.clone(), certificate.der().to_vec())?;
                Some(certificate)
            }
        };
        let key = AliasRow {
            alias: alias.clone(),
            scope: order.scope.clone(),
            generated: Some(*generated),
            expires: Some(*expires),
            thumbprint: certificate.as_ref().map(Certificate::thumbprint),
            uni_ident: attempt.uni_ident.clone(),
            created_by: CREATED_BY.to_owned(),
            created: *generated,
        };
        Ok((KeyRecord { alias: key, stored }, certificate))
    }

    fn certify(
        &self,
        attempt: &Attempt<'_>,
        kind: CertificateKind,
        public_key: crate::crypto::PublicKey,
    ) -> Result<Certificate> {
        let request = CertificateRequest {
            kind,
            subject: self.subject(attempt)?,
            public_key: public_key.clone(),
            not_before: attempt.generated,
            not_after: attempt.expires,
            alternative_names: self.config.alternative_names.get(&attempt.order.scope).cloned().unwrap_or_default(),
        };
        let random = self.random.as_ref();
        match &attempt.issuer {
            Some(issuer) => issue(&self.provider, random, &request, Some(&issuer.certificate), &issuer.key),
            None => {
                let own = crate::master::MasterKey::new(
                    self.provider,
                    std::sync::Arc::clone(&self.master),
                    attempt.alias.clone(),
                    public_key,
                );
                issue(&self.provider, random, &request, None, &own)
            }
        }
    }

    fn subject(&self, attempt: &Attempt<'_>) -> Result<DistinguishedName> {
        let Order { scope, mode, subject: asked, .. } = attempt.order;
        let defaults = &self.config.subject;
        if let (true, Some(module)) = (attempt.in_store, &attempt.issuer) {
            return Ok(subject::of_base(asked, &module.certificate.subject()?, defaults, scope));
        }
        let otherwise = subject::of_master(asked, defaults, scope);
        if *mode != Mode::Renew {
            return Ok(otherwise);
        }
        for row in attempt.rows {
            if let Some(certificate) = self.certificate_of_key(row)? {
                return Ok(subject::renewed(&certificate.subject()?, &otherwise));
            }
        }
        Ok(otherwise)
    }

    pub(super) fn moment(&self, scope: &KeyScope, policies: &Policies) -> Result<Moment> {
        Ok(Moment {
            now: self.now(),
            pre_expire_days: policies.pre_expire_days(scope, self.has_own_pre_expiry(scope))?,
            tolerance: self.config.hierarchy.tolerance(),
        })
    }

    /// The key of `scope` to use now.
    pub(super) fn select<'a>(&self, scope: &KeyScope, rows: &'a [Row], policies: &Policies) -> Result<Option<&'a Row>> {
        Ok(self.select_at(&self.moment(scope, policies)?, scope, rows))
    }

    pub(super) fn select_at<'a>(&self, moment: &Moment, scope: &KeyScope, rows: &'a [Row]) -> Option<&'a Row> {
        let selected = moment.select(rows.iter().map(|row| &row.key.alias))?;
        if selected.current > 1 {
            tracing::warn!(%scope, keys = selected.current, "several keys are current; the newest is used");
        }
        rows.get(selected.index)
    }
}

/// How long a new key is valid, days (HIE-24).
pub(super) fn lifetime_days(
    config: &HierarchyConfig,
    policies: &Policies,
    scope: &KeyScope,
    level: KeyLevel,
    moment: &Moment,
) -> Result<i64> {
    let validity = match level {
        KeyLevel::Symmetric => config.symmetric_validity_days,
        _ => policies.validity_days(&scope.app)?,
    };
    // Such a key would be due the moment it is made, and so would the next one. Times end with the year 9999, and a
    // validity that runs beyond it ends there.
    let due = moment.now.plus_days(validity).plus_days(moment.pre_expire_days.saturating_neg());
    if due <= moment.now {
        let why = format!(
            "{scope}: a key is valid for {validity} days and due {} days before its end: never in use",
            moment.pre_expire_days
        );
        return Err(Error::new(Code::GenerationNotAllowed, why));
    }
    Ok(validity)
}

/// Refuses when the mode needs keys that are not there.
pub(super) fn none_current(scope: &KeyScope, mode: Mode, no_rows: bool) -> Result<()> {
    match mode {
        Mode::Renew | Mode::Rotate if no_rows => Err(Error::new(Code::KeyNotGenerated, format!("{scope} has no key"))),
        Mode::Rotate => Err(Error::new(Code::NoUniqueKey, format!("no key of {scope} is current"))),
        _ => Ok(()),
    }
}

/// The changes that end what is current (and what a faster clock made current ahead of ours) when it is replaced.
pub(super) fn ended(rows: &[Row], mode: Mode, moment: &Moment) -> Vec<Change> {
    if !mode.replaces() {
        return Vec::new();
    }
    rows.iter()
        .filter_map(|row| {
            let mut key = row.key.clone();
            key.alias.expires = Some(moment.ended_at(&key.alias)?);
            Some(Change::Update(Record::Key(Box::new(key)), row.version.clone()))
        })
        .collect()
}

pub(super) fn versions(rows: &[Row]) -> Vec<Version> {
    rows.iter().map(|row| row.version.clone()).collect()
}
