//! Audit events through `tracing`.

use super::{AuditEvent, AuditSink};
use crate::error::Result;

/// Sends each event to `tracing`: level INFO, target `keymanager::audit`, one field for each member. Whether anything
/// keeps it is for the program's subscriber to say; this sink never fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditLog;

impl AuditSink for AuditLog {
    fn record(&self, event: AuditEvent) -> Result<()> {
        let keys: Vec<String> = event
            .keys
            .iter()
            .map(|key| match (&key.alias, key.thumbprint) {
                (Some(alias), _) => alias.to_string(),
                (None, thumbprint) => thumbprint.map(|thumbprint| thumbprint.to_hex()).unwrap_or_default(),
            })
            .collect();
        // `?` on texts that came from outside: line breaks and escape sequences stay escaped in a log of lines.
        tracing::info!(
            target: "keymanager::audit",
            time = %event.time,
            operation = event.operation,
            verb = event.verb.as_str(),
            app = event.app.as_ref().map(|app| tracing::field::debug(app.as_str())),
            reference = event.reference.as_ref().map(|reference| tracing::field::debug(reference.as_str())),
            caller = event.caller.as_deref().map(tracing::field::debug),
            outcome = event.outcome.as_str(),
            ?keys,
        );
        Ok(())
    }
}
