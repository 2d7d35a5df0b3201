//! What was done, by whom, with which key, and how it ended: events for the host's audit sink (docs/access.md).
//!
//! Every verb gives two events: one before it begins and one when it has ended. A verb that the access decision refuses
//! gives the second only. No event holds a secret, a payload, or the text of an error.

mod file;
mod log;

use std::fmt;

use crate::access::Verb;
use crate::error::{Code, Result};
use crate::id::{Alias, AppId, RefId, Thumbprint};
use crate::time::Timestamp;

pub use file::{AuditFile, AuditFileOptions};
pub use log::AuditLog;

/// One event. Owned values, nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When, by the manager's clock.
    pub time: Timestamp,
    /// The number of the operation within this manager and its clones, from 1; the same in both events of a verb.
    pub operation: u64,
    /// What.
    pub verb: Verb,
    /// The application, as the caller gave it; none for verbs about the whole deployment.
    pub app: Option<AppId>,
    /// The reference id, as the caller gave it.
    pub reference: Option<RefId>,
    /// Who asked, as the host named the caller.
    pub caller: Option<String>,
    /// Whether the verb begins, or how it ended.
    pub outcome: Outcome,
    /// The keys it was about, as far as known: in the first event those the caller named, in the second those that
    /// were used, made, ended or described. Listings of keys name none.
    pub keys: Vec<AuditKey>,
}

/// Whether a verb begins, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is about to begin.
    Begins,
    /// It was done.
    Done,
    /// It failed, or was refused.
    Failed(Code),
}

impl Outcome {
    /// The word of audit lines: `begins`, `ok`, or the name of the error.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begins => "begins",
            Self::Done => "ok",
            Self::Failed(code) => code.name(),
        }
    }
}

/// A key as an event names it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditKey {
    /// Its alias; none when only its thumbprint is known.
    pub alias: Option<Alias>,
    /// The thumbprint of its certificate; none for symmetric keys.
    pub thumbprint: Option<Thumbprint>,
}

impl AuditKey {
    /// The key with this alias, this thumbprint, or both.
    #[must_use]
    pub const fn new(alias: Option<Alias>, thumbprint: Option<Thumbprint>) -> Self {
        Self { alias, thumbprint }
    }
}

/// Takes events; implemented by the host, or one of [`AuditFile`] and [`AuditLog`].
///
/// It is called from whichever thread works, while no lock is held. It must not call the same manager.
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Keeps `event`, as durably as the host wants it: once this returns, it counts as recorded.
    ///
    /// # Errors
    /// Any; what it leads to is for [`AuditFailure`] to say.
    fn record(&self, event: AuditEvent) -> Result<()>;
}

/// Whether a sink that fails stops the verb (AUD-6 to AUD-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AuditFailure {
    /// A verb whose first event is not recorded does not begin. When the second is not recorded, the verb has happened
    /// and stays; the caller gets no result but `audit_failed`, which says how the verb ended and names its keys.
    #[default]
    Stop,
    /// The failure is logged, and the verb goes on.
    Continue,
}
