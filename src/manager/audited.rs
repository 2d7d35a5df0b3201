//! The one way from a verb to the hierarchy: process checked, access asked, events recorded (docs/access.md).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Decrypted, Encrypted, KeyManager};
use crate::access::{self, AccessDecision, AccessRequest, Verb};
use crate::audit::{AuditEvent, AuditFailure, AuditKey, AuditSink, Outcome};
use crate::certificate::Certificate;
use crate::envelope::Recipient;
use crate::error::{Code, Error, Result};
use crate::hierarchy::{Csr, CurrentCertificate, Generated, Hierarchy, KeyFilter, KeyInfo, KeyObject};
use crate::id::{Alias, AppId, KeyScope, RefId, Thumbprint};
use crate::secret::Aes256Key;
use crate::store::PolicyRow;

/// Who is asked and who is told.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    access: Option<Arc<dyn AccessDecision>>,
    audit: Option<(Arc<dyn AuditSink>, AuditFailure)>,
    operations: Arc<AtomicU64>,
}

impl Watch {
    pub(super) fn new(
        access: Option<Arc<dyn AccessDecision>>,
        audit: Option<(Arc<dyn AuditSink>, AuditFailure)>,
    ) -> Self {
        Self { access, audit, operations: Arc::default() }
    }
}

/// What a verb is about, as far as it is known before it begins. From a scope, an application, a filter or a
/// thumbprint by `into`.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    app: Option<AppId>,
    reference: Option<RefId>,
    key: Option<AuditKey>,
}

impl Subject {
    /// The whole deployment.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// The key with this alias or thumbprint.
    pub(super) fn named(alias_or_thumbprint: &str) -> Self {
        match Thumbprint::from_hex(alias_or_thumbprint) {
            Ok(thumbprint) => thumbprint.into(),
            Err(_) => {
                let key = Alias::new(alias_or_thumbprint).ok().map(|alias| AuditKey::new(Some(alias), None));
                Self { key, ..Self::default() }
            }
        }
    }

    /// The same, with the key whose certificate has this thumbprint.
    pub(super) fn thumbprint(mut self, thumbprint: Option<Thumbprint>) -> Self {
        self.key = thumbprint.map(|thumbprint| AuditKey::new(None, Some(thumbprint)));
        self
    }
}

impl From<&KeyScope> for Subject {
    fn from(scope: &KeyScope) -> Self {
        Self { app: Some(scope.app.clone()), reference: Some(addressed(&scope.reference)), key: None }
    }
}

impl From<&AppId> for Subject {
    fn from(app: &AppId) -> Self {
        Self { app: Some(app.clone()), ..Self::default() }
    }
}

impl From<&KeyFilter> for Subject {
    fn from(filter: &KeyFilter) -> Self {
        Self { app: filter.app.clone(), reference: filter.reference.as_ref().map(addressed), key: None }
    }
}

impl From<Thumbprint> for Subject {
    fn from(thumbprint: Thumbprint) -> Self {
        Self::default().thumbprint(Some(thumbprint))
    }
}

/// The reference as it is looked up: rules about the blank one hold for blanks, too (ACC-8).
fn addressed(reference: &RefId) -> RefId {
    if reference.is_blank() { RefId::blank() } else { reference.clone() }
}

/// What the second event of a verb says about its result: the keys that were used, made, ended or described.
pub(super) trait Touched {
    /// These keys; listings name none.
    fn keys(&self) -> Vec<AuditKey> {
        Vec::new()
    }
}

impl Touched for () {}
impl Touched for String {}
impl Touched for PolicyRow {}
impl Touched for Vec<PolicyRow> {}
impl Touched for Vec<KeyInfo> {}

impl Touched for KeyInfo {
    fn keys(&self) -> Vec<AuditKey> {
        vec![AuditKey::new(Some(self.alias.clone()), self.thumbprint)]
    }
}

impl Touched for Generated {
    fn keys(&self) -> Vec<AuditKey> {
        self.generated.iter().chain(&self.existing).flat_map(Touched::keys).collect()
    }
}

impl Touched for CurrentCertificate {
    fn keys(&self) -> Vec<AuditKey> {
        self.key.keys()
    }
}

impl Touched for Csr {
    fn keys(&self) -> Vec<AuditKey> {
        self.key.keys()
    }
}

impl Touched for KeyObject {
    fn keys(&self) -> Vec<AuditKey> {
        self.key().keys()
    }
}

impl Touched for Certificate {
    fn keys(&self) -> Vec<AuditKey> {
        vec![AuditKey::new(None, Some(self.thumbprint()))]
    }
}

impl Touched for Option<Certificate> {
    fn keys(&self) -> Vec<AuditKey> {
        self.as_ref().map(Touched::keys).unwrap_or_default()
    }
}

impl Touched for Vec<Certificate> {
    fn keys(&self) -> Vec<AuditKey> {
        self.iter().flat_map(Touched::keys).collect()
    }
}

impl Touched for Vec<(KeyInfo, Certificate)> {
    fn keys(&self) -> Vec<AuditKey> {
        self.iter().flat_map(|(key, _)| key.keys()).collect()
    }
}

impl Touched for (KeyInfo, Recipient) {
    fn keys(&self) -> Vec<AuditKey> {
        self.0.keys()
    }
}

impl Touched for (KeyInfo, Aes256Key) {
    fn keys(&self) -> Vec<AuditKey> {
        self.0.keys()
    }
}

impl Touched for (usize, KeyInfo) {
    fn keys(&self) -> Vec<AuditKey> {
        self.1.keys()
    }
}

impl Touched for Encrypted {
    fn keys(&self) -> Vec<AuditKey> {
        self.key.keys()
    }
}

impl Touched for Decrypted {
    fn keys(&self) -> Vec<AuditKey> {
        self.key.keys()
    }
}

impl KeyManager {
    /// Does `act` as `verb`: every public method that works with keys, records or policies goes through here, once.
    /// In this order: the process (ACC-2), the access decision, the first event, the act, the second event. The act has
    /// one time from its begin to its end (HIE-16); the events are told when they are.
    pub(super) fn audited<T: Touched>(
        &self,
        verb: Verb,
        subject: impl Into<Subject>,
        act: impl FnOnce(&Hierarchy) -> Result<T>,
    ) -> Result<T> {
        self.guard.check()?;
        if self.watch.access.is_none() && self.watch.audit.is_none() {
            return act(&self.hierarchy.operation());
        }
        let subject = subject.into();
        let operation = self.watch.operations.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if let Err(refused) = self.ask(verb, &subject) {
            // It does not begin in any case; a sink that fails now changes nothing about that (AUD-5).
            let _ = self.tell(verb, operation, &subject, Outcome::Failed(refused.code()), Vec::new());
            return Err(refused);
        }
        self.tell(verb, operation, &subject, Outcome::Begins, Vec::new()).map_err(|sink| {
            let why = format!("{verb} was not begun and nothing was done: the audit sink failed with {}", sink.name());
            Error::new(Code::AuditFailed, why)
        })?;
        let result = act(&self.hierarchy.operation());
        let (outcome, keys) = match &result {
            Ok(done) => (Outcome::Done, done.keys()),
            Err(error) => (Outcome::Failed(error.code()), Vec::new()),
        };
        let names = self.watch.audit.as_ref().map(|_| names(&keys)).unwrap_or_default();
        self.tell(verb, operation, &subject, outcome, keys).map_err(|sink| {
            let what = match outcome {
                Outcome::Failed(code) => format!("{verb} failed with {}", code.name()),
                _ => format!("{verb} was done{names}"),
            };
            Error::new(Code::AuditFailed, format!("{what}, but the audit sink failed with {} after that", sink.name()))
        })?;
        result
    }

    /// Refuses unless the access decision allows `verb`.
    pub(super) fn ask(&self, verb: Verb, subject: &Subject) -> Result<()> {
        let Some(decision) = &self.watch.access else { return Ok(()) };
        let mut request = AccessRequest::new(verb);
        request.app.clone_from(&subject.app);
        request.reference.clone_from(&subject.reference);
        request.caller = self.caller.as_deref().map(str::to_owned);
        access::ask(decision.as_ref(), request)
    }

    /// Records an event; the code of the sink's failure when that must stop the verb.
    fn tell(
        &self,
        verb: Verb,
        operation: u64,
        subject: &Subject,
        outcome: Outcome,
        mut keys: Vec<AuditKey>,
    ) -> Result<(), Code> {
        let Some((sink, on_failure)) = &self.watch.audit else { return Ok(()) };
        if keys.is_empty() {
            keys.extend(subject.key.clone());
        }
        let event = AuditEvent {
            time: self.clock.now(),
            operation,
            verb,
            app: subject.app.clone(),
            reference: subject.reference.clone(),
            caller: self.caller.as_deref().map(str::to_owned),
            outcome,
            keys,
        };
        let Err(error) = sink.record(event) else { return Ok(()) };
        tracing::error!(%verb, operation, outcome = outcome.as_str(), code = error.code().name(), "the audit sink failed");
        match on_failure {
            AuditFailure::Stop => Err(error.code()),
            AuditFailure::Continue => Ok(()),
        }
    }
}

/// The keys of a result for the message of `audit_failed`, so that none of them is lost from sight.
fn names(keys: &[AuditKey]) -> String {
    let names: Vec<String> = keys
        .iter()
        .filter_map(|key| match (&key.alias, key.thumbprint) {
            (Some(alias), _) => Some(alias.to_string()),
            (None, thumbprint) => thumbprint.map(|thumbprint| thumbprint.to_hex()),
        })
        .collect();
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}
