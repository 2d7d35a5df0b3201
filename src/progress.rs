//! Progress of long work, and its cancellation.

use crate::error::{Code, Error, Result};

/// Told how far long work is, and asked whether it shall go on. It must answer quickly and from any thread.
pub trait Progress: Send + Sync {
    /// `done` of `total` units of `what`, such as bytes or keys; the total is none when it is not known.
    fn advance(&self, done: u64, total: Option<u64>, what: &str);

    /// Whether the work shall end with the error `cancelled`.
    fn cancelled(&self) -> bool;
}

/// Nobody is told and nobody cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _done: u64, _total: Option<u64>, _what: &str) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Asks `progress` whether to go on.
///
/// # Errors
/// `cancelled`.
pub(crate) fn check(progress: &dyn Progress) -> Result<()> {
    if progress.cancelled() { Err(Error::new(Code::Cancelled, "cancelled by the caller")) } else { Ok(()) }
}
