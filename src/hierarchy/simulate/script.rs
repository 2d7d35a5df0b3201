//! Scripted events: from a file, or random from a seed (SIM-7).

use serde::Deserialize;

use super::{MAX_EVENTS, SimulationOptions, plan};
use crate::error::{Code, Error, Result};
use crate::hierarchy::info::KeyLevel;
use crate::id::KeyScope;

/// The longest script file, in bytes.
const MAX_LEN: usize = 1024 * 1024;
/// The time of day of an event that names none: noon, in seconds.
const NOON: u32 = 43_200;
/// Seconds in a day.
pub(super) const SECONDS_PER_DAY: u32 = 86_400;
/// Random events come once in so many days for each scope, on average.
const DAYS_PER_EVENT: u32 = 730;

/// What somebody does to a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ScriptAction {
    /// A new key in place of the current one.
    Rotate,
    /// The current key ends, and none is made.
    Revoke,
}

/// An event of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptEvent {
    /// The day, from 0.
    pub day: u32,
    /// The second of that day, UTC.
    pub second_of_day: u32,
    /// What is done.
    pub action: ScriptAction,
    /// To what.
    pub scope: KeyScope,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFile {
    #[serde(default)]
    event: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    day: u32,
    time: Option<String>,
    action: ScriptAction,
    app_id: String,
    #[serde(default)]
    ref_id: String,
}

/// Reads a script: `[[event]]` tables with `day`, `action` (`rotate` or `revoke`), `app_id`, and, if wanted, `ref_id`
/// and `time` (`HH:MM` or `HH:MM:SS`, UTC; noon without).
///
/// # Errors
/// `invalid_config`, with the line or the event; `too_large`.
pub fn read_script(text: &str) -> Result<Vec<ScriptEvent>> {
    if text.len() > MAX_LEN {
        return Err(Error::new(Code::TooLarge, "a script is at most 1 MiB"));
    }
    let invalid = |detail: String| Error::new(Code::InvalidConfig, detail);
    let file: ScriptFile = toml::from_str(text).map_err(|error| {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count());
        let place = line.map(|line| format!("line {}: ", line.saturating_add(1))).unwrap_or_default();
        invalid(format!("{place}{}", error.message()))
    })?;
    check_count(file.event.len())?;
    let events = file.event.into_iter().zip(1u32..).map(|(entry, number)| {
        let wrong = |what: &str| invalid(format!("event {number}: {what}"));
        let second_of_day = match &entry.time {
            None => NOON,
            Some(time) => second_of_day(time).ok_or_else(|| wrong("a time is HH:MM or HH:MM:SS"))?,
        };
        let scope = KeyScope::new(entry.app_id, entry.ref_id).map_err(|error| wrong(error.detail()))?;
        Ok(ScriptEvent { day: entry.day, second_of_day, action: entry.action, scope })
    });
    events.collect()
}

pub(super) fn check_count(count: usize) -> Result<()> {
    if count > MAX_EVENTS {
        return Err(Error::new(Code::TooLarge, format!("a script has at most {MAX_EVENTS} events, not {count}")));
    }
    Ok(())
}

/// The second of the day of `HH:MM` or `HH:MM:SS`.
fn second_of_day(text: &str) -> Option<u32> {
    let mut parts = text.split(':').map(|part| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second))
}

/// A random script for the scopes of `options`, the same for the same seed (SIM-7). At most [`MAX_EVENTS`] events.
///
/// # Errors
/// Those of [`simulate`](super::simulate), for options that cannot be.
pub fn random_script(options: &SimulationOptions, seed: u64) -> Result<Vec<ScriptEvent>> {
    let plan = plan::Plan::new(options)?;
    let mut dice = Dice(seed);
    let mut events = Vec::new();
    for tracked in plan.tracked.iter().filter(|tracked| tracked.level != KeyLevel::Symmetric) {
        let count = plan.days.div_ceil(DAYS_PER_EVENT);
        for _ in 0..count {
            // Not on day 0, on which the keys are made.
            let day = dice.below(plan.days.saturating_sub(1)).saturating_add(1);
            let second_of_day = dice.below(SECONDS_PER_DAY);
            let action = if dice.below(3) == 0 { ScriptAction::Revoke } else { ScriptAction::Rotate };
            if events.len() < MAX_EVENTS {
                events.push(ScriptEvent { day, second_of_day, action, scope: tracked.scope.clone() });
            }
        }
    }
    events.sort_by_key(|event| (event.day, event.second_of_day));
    Ok(events)
}

/// SplitMix64: the same numbers for the same seed, and nothing secret.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, `bound`; 0 for 0.
    fn below(&mut self, bound: u32) -> u32 {
        let value = self.next().checked_rem(u64::from(bound)).unwrap_or(0);
        u32::try_from(value).unwrap_or(0)
    }
}
