//! Rules of the Java service that ours differ from (SIM-20).

use std::fmt;
use std::str::FromStr;

use crate::error::{Code, Error};

/// A rule of the Java service (docs/simulate.md §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UpstreamRule {
    /// `root-only-on-request`: a due Root is renewed by a request for Root only.
    RootOnlyOnRequest,
    /// `same-day-collision`: a second key of a scope on one UTC day fails.
    SameDayCollision,
    /// `two-current-fails`: a request that finds two current keys fails.
    TwoCurrentFails,
    /// `symmetric-not-renewed`: the ZK master is asked for, and from its pre-expiry on there is none.
    SymmetricNotRenewed,
    /// `stale-cache`: two processes, each with rows that are up to 24 hours old.
    StaleCache,
    /// `no-renew-in-pre-expiry`: keys are used until they end.
    NoRenewInPreExpiry,
}

impl UpstreamRule {
    /// Every rule.
    pub const ALL: [Self; 6] = [
        Self::RootOnlyOnRequest,
        Self::SameDayCollision,
        Self::TwoCurrentFails,
        Self::SymmetricNotRenewed,
        Self::StaleCache,
        Self::NoRenewInPreExpiry,
    ];

    /// The rules of the release 1.3.0: all but [`NoRenewInPreExpiry`](Self::NoRenewInPreExpiry).
    #[must_use]
    pub fn of_1_3_0() -> Vec<Self> {
        Self::ALL.into_iter().filter(|rule| *rule != Self::NoRenewInPreExpiry).collect()
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RootOnlyOnRequest => "root-only-on-request",
            Self::SameDayCollision => "same-day-collision",
            Self::TwoCurrentFails => "two-current-fails",
            Self::SymmetricNotRenewed => "symmetric-not-renewed",
            Self::StaleCache => "stale-cache",
            Self::NoRenewInPreExpiry => "no-renew-in-pre-expiry",
        }
    }
}

impl fmt::Display for UpstreamRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for UpstreamRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|rule| rule.as_str()).collect();
            Error::new(Code::InvalidArgument, format!("there is no rule {text:?}, only {}", names.join(", ")))
        })
    }
}
