//! What a simulation found (docs/simulate.md §2).

use super::rule::UpstreamRule;
use super::svg;
use crate::hierarchy::info::KeyLevel;
use crate::id::KeyScope;
use crate::time::Timestamp;

/// What a simulation found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// When it began.
    pub start: Timestamp,
    /// Midnight of day 0.
    pub midnight: Timestamp,
    /// How many days it ran (SIM-3).
    pub days: u32,
    /// The rules of the Java service that held.
    pub upstream: Vec<UpstreamRule>,
    /// Each scope with its keys: Root first, then as the key-generator job makes them.
    pub scopes: Vec<ScopeReport>,
    /// What happened, in order of time (SIM-14).
    pub events: Vec<Event>,
    /// Days on which a key was asked for and not to be had (SIM-10).
    pub gaps: Vec<DayRange>,
    /// Days with two current keys (SIM-11).
    pub overlaps: Vec<DayRange>,
    /// Days that ended without a current key, and nobody was refused (SIM-12).
    pub idle: Vec<DayRange>,
    /// Certificates that outlive their issuer's (SIM-13).
    pub outliving: Vec<Outliving>,
}

/// A scope and the keys it had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScopeReport {
    /// The scope.
    pub scope: KeyScope,
    /// The level of its keys.
    pub level: KeyLevel,
    /// Its keys, oldest first.
    pub keys: Vec<KeySpan>,
}

/// A key, from its begin to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySpan {
    /// How it came about: created, renewed or rotated.
    pub origin: Action,
    /// `key_gen_dtimes`.
    pub begins: Timestamp,
    /// When its pre-expiry begins, unless it ends before.
    pub due: Timestamp,
    /// `key_expire_dtimes` at the end: earlier than the certificate's end when it was rotated or revoked.
    pub expires: Timestamp,
    /// The notAfter of its certificate; for symmetric keys the expiry it was made with.
    pub certificate_ends: Timestamp,
    /// What issued its certificate: the scope, and which of its keys (from 0).
    pub issuer: Option<(KeyScope, usize)>,
}

impl KeySpan {
    /// Whether it was ended before its time.
    #[must_use]
    pub fn ended_early(&self) -> bool {
        self.expires < self.certificate_ends
    }
}

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Action {
    /// The first key of its scope was made.
    Created,
    /// A key was made because none was current.
    Renewed,
    /// A key was made in place of the current one.
    Rotated,
    /// The current key was ended.
    Revoked,
    /// A key came into its pre-expiry.
    Due,
    /// A scripted event was not possible.
    Refused,
}

impl Action {
    /// The word of the command line's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Renewed => "renewed",
            Self::Rotated => "rotated",
            Self::Revoked => "revoked",
            Self::Due => "due",
            Self::Refused => "refused",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// On which day, from 0.
    pub day: u32,
    /// What.
    pub action: Action,
    /// To which scope.
    pub scope: KeyScope,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// Days in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DayRange {
    /// The scope.
    pub scope: KeyScope,
    /// The first day.
    pub first_day: u32,
    /// The last day, which is one of them.
    pub last_day: u32,
    /// Why, where there is more to say: the MOSIP code of the error, or its name.
    pub reason: Option<String>,
}

impl DayRange {
    /// How many days.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.last_day.saturating_sub(self.first_day).saturating_add(1)
    }
}

/// A certificate that is valid longer than its issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outliving {
    /// The scope of the key.
    pub scope: KeyScope,
    /// Which of its keys, from 0.
    pub key: usize,
    /// The day its certificate was issued.
    pub day: u32,
    /// By how many days it outlives its issuer's, rounded up.
    pub by_days: i64,
    /// The scope of the issuer.
    pub issuer: KeyScope,
}

impl Report {
    /// The date of a day: `YYYY-MM-DD`.
    #[must_use]
    pub fn date_of(&self, day: u32) -> String {
        self.midnight.plus_days(i64::from(day)).date_text()
    }

    /// How many days of `ranges` a scope has.
    #[must_use]
    pub fn days_of(ranges: &[DayRange], scope: &KeyScope) -> u32 {
        ranges.iter().filter(|range| range.scope == *scope).map(DayRange::days).fold(0, u32::saturating_add)
    }

    /// The picture: an SVG document, 1200 pixels wide (SIM-15).
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }
}
