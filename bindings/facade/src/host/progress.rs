//! Progress and cancellation that the host implements.

use std::sync::Arc;

use keymanager::progress::Progress;

/// Told how far long work is, and asked whether it shall go on. It must answer quickly; it may be called from any
/// thread, and is not called after the call it was given to has returned.
#[cfg_attr(feature = "uniffi", uniffi::export(rust, foreign))]
pub trait HostProgress: Send + Sync {
    /// `done` of `total` units of `what`, such as bytes or keys; the total is None when it is not known.
    fn advance(&self, done: u64, total: Option<u64>, what: String);

    /// Whether the work shall end with the error `cancelled`.
    fn cancelled(&self) -> bool;
}

/// The core's progress over that of a host, or over none.
pub(crate) struct ProgressAdapter(pub(crate) Option<Arc<dyn HostProgress>>);

impl Progress for ProgressAdapter {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        if let Some(host) = &self.0 {
            host.advance(done, total, what.to_owned());
        }
    }

    fn cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|host| host.cancelled())
    }
}
