//! Progress of long work, and its cancellation.

use std::time::Duration;

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

/// The rate of long work and the time that is left, for those who show progress: from what was done since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Units in a thousand seconds, on the average since the begin.
    pub per_1000_seconds: u64,
    /// How long the rest takes at this rate; none without a total, and before anything is done.
    pub left: Option<Duration>,
}

impl Pace {
    /// The pace of work that has done `done` of `total` units in `elapsed`.
    #[must_use]
    pub fn of(done: u64, total: Option<u64>, elapsed: Duration) -> Self {
        let millis = elapsed.as_millis().max(1);
        let rate = u128::from(done).saturating_mul(1_000_000).checked_div(millis).unwrap_or_default();
        let left = total.and_then(|total| {
            let rest = u128::from(total.saturating_sub(done));
            let millis = rest.saturating_mul(millis).checked_div(u128::from(done))?;
            Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
        });
        Self { per_1000_seconds: u64::try_from(rate).unwrap_or(u64::MAX), left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_the_average_since_the_begin() {
        let pace = Pace::of(50, Some(200), Duration::from_secs(10));
        assert_eq!(pace, Pace { per_1000_seconds: 5_000, left: Some(Duration::from_secs(30)) });
        assert_eq!(Pace::of(0, Some(200), Duration::from_secs(10)), Pace { per_1000_seconds: 0, left: None });
        assert_eq!(Pace::of(3, None, Duration::from_millis(1500)), Pace { per_1000_seconds: 2_000, left: None });
        assert_eq!(Pace::of(9, Some(3), Duration::ZERO).left, Some(Duration::ZERO), "more than was expected");
    }
}
