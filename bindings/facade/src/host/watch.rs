//! Who may do what, and what is kept about it, when the host decides (docs/access.md).

use std::fmt;
use std::sync::Arc;

use keymanager::access::{Access, AccessDecision, AccessRequest};
use keymanager::audit::{AuditEvent, AuditSink};
use keymanager::{Code, Result};
use serde::Serialize;

use crate::error::HostError;

/// What a host is asked about. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostAccessRequest {
    /// What is to be done: the name of the core's method, such as `decrypt` (docs/access.md).
    pub verb: String,
    /// The application; None for verbs about the whole deployment.
    pub app: Option<String>,
    /// The reference id, empty for master keys; None where there is no application.
    pub reference: Option<String>,
    /// Who asks, as [`ManagerOptions::caller`](crate::ManagerOptions::caller) has it.
    pub caller: Option<String>,
}

/// Decides who may do what. It is asked before a verb begins, while no lock is held, from whichever thread calls, and must
/// not call the same manager.
#[cfg_attr(feature = "uniffi", uniffi::export(rust, foreign))]
pub trait HostAccess: Send + Sync {
    /// Whether the verb may begin. An error refuses, too (ACC-3).
    ///
    /// # Errors
    /// Any.
    fn decide(&self, request: HostAccessRequest) -> std::result::Result<bool, HostError>;
}

/// Something that begins, or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostAuditEvent {
    /// When, by the manager's clock (RFC 3339).
    pub time: String,
    /// The number of the operation within this manager, from 1; the same in both events of a verb.
    pub operation: u64,
    /// What.
    pub verb: String,
    /// The application, as the caller gave it; None for verbs about the whole deployment.
    pub app: Option<String>,
    /// The reference id, as the caller gave it.
    pub reference: Option<String>,
    /// Who asked.
    pub caller: Option<String>,
    /// `begins`, `ok`, or the name of the error.
    pub outcome: String,
    /// The keys it was about, as far as known.
    pub keys: Vec<HostAuditKey>,
}

/// A key that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostAuditKey {
    /// Its alias.
    pub alias: Option<String>,
    /// The thumbprint of its certificate.
    pub thumbprint: Option<String>,
}

/// Keeps what happens. It is called from whichever thread works, while no lock is held, and must not call the same
/// manager.
#[cfg_attr(feature = "uniffi", uniffi::export(rust, foreign))]
pub trait HostAudit: Send + Sync {
    /// Keeps `event`, as durably as the host wants it: once this returns, it counts as recorded.
    ///
    /// # Errors
    /// Any; see [`ManagerOptions::audit_may_fail`](crate::ManagerOptions::audit_may_fail).
    fn record(&self, event: HostAuditEvent) -> std::result::Result<(), HostError>;
}

pub(crate) struct AccessAdapter(pub(crate) Arc<dyn HostAccess>);

impl fmt::Debug for AccessAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostAccess")
    }
}

impl AccessDecision for AccessAdapter {
    fn decide(&self, request: AccessRequest) -> Result<Access> {
        let asked = HostAccessRequest {
            verb: request.verb.as_str().to_owned(),
            app: request.app.map(|app| app.to_string()),
            reference: request.reference.map(|reference| reference.to_string()),
            caller: request.caller,
        };
        match self.0.decide(asked).map_err(|error| error.into_error(Code::AccessRefused))? {
            true => Ok(Access::Allow),
            false => Ok(Access::Refuse),
        }
    }
}

pub(crate) struct AuditAdapter(pub(crate) Arc<dyn HostAudit>);

impl fmt::Debug for AuditAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostAudit")
    }
}

impl AuditSink for AuditAdapter {
    fn record(&self, event: AuditEvent) -> Result<()> {
        let keys = event.keys.iter().map(|key| HostAuditKey {
            alias: key.alias.as_ref().map(ToString::to_string),
            thumbprint: key.thumbprint.map(|thumbprint| thumbprint.to_hex()),
        });
        let event = HostAuditEvent {
            time: event.time.to_rfc3339(),
            operation: event.operation,
            verb: event.verb.as_str().to_owned(),
            app: event.app.as_ref().map(ToString::to_string),
            reference: event.reference.as_ref().map(ToString::to_string),
            caller: event.caller.clone(),
            outcome: event.outcome.as_str().to_owned(),
            keys: keys.collect(),
        };
        self.0.record(event).map_err(|error| error.into_error(Code::AuditFailed))
    }
}
