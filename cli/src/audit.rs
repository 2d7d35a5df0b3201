//! The audit file (docs/access.md AUD-30 to AUD-34).

use std::path::PathBuf;
use std::sync::Arc;

use keymanager::Result;
use keymanager::audit::{AuditEvent, AuditFailure, AuditFile, AuditFileOptions, AuditSink};

use crate::output::{Failure, warn};

/// Where events go, and what a failure leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditPlace {
    pub(crate) file: PathBuf,
    pub(crate) on_failure: AuditFailure,
    pub(crate) sync: bool,
}

impl AuditPlace {
    /// The sink. None when the file cannot be opened and that is to stop nothing: a warning says so.
    pub(crate) fn open(&self) -> Result<Option<Arc<dyn AuditSink>>, Failure> {
        match AuditFile::open(&self.file, AuditFileOptions::default().sync(self.sync)) {
            Ok(file) => Ok(Some(Arc::new(Sink { file, on_failure: self.on_failure }))),
            Err(error) if self.on_failure == AuditFailure::Continue => {
                warn(&format!("nothing is recorded: {error}"));
                Ok(None)
            }
            Err(error) => {
                let text = format!("nothing was begun, because it could not be recorded: {error}");
                Err(Failure::new(keymanager::Code::AuditFailed, text)
                    .with_next("Repair the audit file, or its place in keymanager.toml, and try again."))
            }
        }
    }
}

/// The file, with the user of the process in every event.
#[derive(Debug)]
struct Sink {
    file: AuditFile,
    on_failure: AuditFailure,
}

impl AuditSink for Sink {
    fn record(&self, mut event: AuditEvent) -> Result<()> {
        let user = format!("uid:{}", rustix::process::geteuid().as_raw());
        event.caller = Some(match event.caller.take() {
            Some(named) => format!("{user} for {named}"),
            None => user,
        });
        let outcome = self.file.record(event);
        // The library only logs it, and logs are off unless -v is given.
        if let (Err(error), AuditFailure::Continue) = (&outcome, self.on_failure) {
            warn(&format!("an event was not recorded: {error}"));
        }
        outcome
    }
}
