//! The current-key rule (mosip-keys §3.1; docs/hierarchy.md HIE-10 to HIE-15) and the states for display.

use std::time::Duration;

use super::info::KeyState;
use crate::store::AliasRow;
use crate::time::Timestamp;

/// A key's expiry may differ this much from its certificate's notAfter without meaning that it was revoked: the
/// database has microseconds and the certificate has seconds.
const REVOKED_SLACK_SECONDS: i64 = 2;

/// How far a key that is replaced ends before now, in seconds (mosip-keys §3.5).
const ENDED_SECONDS_AGO: i64 = 60;

/// When a decision is made, and with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The time.
    pub now: Timestamp,
    /// How many days before its expiry a key of this scope is due for renewal.
    pub pre_expire_days: i64,
    /// How far ahead the begin of another process's key may lie (HIE-13).
    pub tolerance: Duration,
}

/// Which of a scope's keys is the one to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selected {
    /// Its place among the rows.
    pub index: usize,
    /// How many rows are current; more than one is a fault to warn about, and to repair.
    pub current: usize,
}

impl Moment {
    /// Whether a key is current: `now` is its begin or its expiry, or lies after the begin and before the pre-expiry
    /// window. A row whose expiry lies before its begin was revoked at its first moment and never is (HIE-10, HIE-11).
    pub(super) fn is_current(&self, row: &AliasRow) -> bool {
        let (Some(generated), Some(expires)) = (row.generated, row.expires) else { return false };
        if expires < generated {
            return false;
        }
        let inside = self.now > generated && self.now < expires.plus_days(self.pre_expire_days.saturating_neg());
        self.now == generated || self.now == expires || inside
    }

    /// Whether a key begins a little later than `now` and will be current then, be it for that instant only (HIE-10): a
    /// process whose clock is ahead of ours made it, and it stops us from making another (HIE-13).
    pub(super) fn is_ahead(&self, row: &AliasRow) -> bool {
        let (Some(generated), Some(expires)) = (row.generated, row.expires) else { return false };
        let tolerance = i64::try_from(self.tolerance.as_secs()).unwrap_or(i64::MAX);
        generated > self.now && generated <= self.now.plus_seconds(tolerance) && expires >= generated
    }

    /// The key to use: the current one that begins last, else the one ahead of our clock that begins last; among those
    /// that begin together the last in the order of the rows.
    pub(super) fn select<'a>(&self, rows: impl Iterator<Item = &'a AliasRow> + Clone) -> Option<Selected> {
        let newest = |fits: &dyn Fn(&AliasRow) -> bool| {
            rows.clone().enumerate().filter(|(_, row)| fits(row)).max_by_key(|(index, row)| (row.generated, *index))
        };
        let current = rows.clone().filter(|row| self.is_current(row)).count();
        let found = newest(&|row| self.is_current(row)).or_else(|| newest(&|row| self.is_ahead(row)));
        found.map(|(index, _)| Selected { index, current })
    }

    /// When a key ends that is replaced or revoked now; none when it is neither current nor ahead of our clock, and
    /// keeps its expiry (HIE-50, HIE-54).
    pub(super) fn ended_at(&self, row: &AliasRow) -> Option<Timestamp> {
        (self.is_current(row) || self.is_ahead(row)).then(|| self.now.plus_seconds(-ENDED_SECONDS_AGO))
    }

    /// The state for display (cli.md §3). `not_after` is that of the key's certificate.
    pub(super) fn state(&self, row: &AliasRow, not_after: Option<Timestamp>) -> KeyState {
        if self.is_current(row) {
            return KeyState::Current;
        }
        let (Some(generated), Some(expires)) = (row.generated, row.expires) else { return KeyState::Expired };
        if expires <= self.now || expires < generated {
            let early = not_after.is_some_and(|not_after| expires.plus_seconds(REVOKED_SLACK_SECONDS) < not_after);
            return if early { KeyState::Revoked } else { KeyState::Expired };
        }
        if self.now < generated { KeyState::NotYetValid } else { KeyState::PreExpiry }
    }
}

#[cfg(test)]
#[path = "current_tests.rs"]
mod tests;
