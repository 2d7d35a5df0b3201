//! Progress of long work: one line on a terminal, nothing in a pipe.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keymanager::progress::{Pace, Progress};

use crate::output::Output;
use crate::signals;

/// How often the line is drawn at most.
const EVERY: Duration = Duration::from_millis(100);
/// How long work runs before anything is drawn.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long work runs before its rate says anything.
const SETTLED: Duration = Duration::from_secs(1);

/// Draws the progress of work on keys, after a while with the rate and the time that is left; a signal cancels between
/// two of them.
#[derive(Debug)]
pub(crate) struct Terminal<'a> {
    output: &'a Output,
    begun: Instant,
    drawn: Mutex<Option<Instant>>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(output: &'a Output) -> Self {
        Self { output, begun: Instant::now(), drawn: Mutex::new(None) }
    }
}

impl Progress for Terminal<'_> {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        if !self.output.shows_progress() {
            return;
        }
        let now = Instant::now();
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_none_or(|drawn| now.duration_since(drawn) >= EVERY) {
            *drawn = Some(now);
            self.output.draw_progress(&line_of(done, total, what, now.duration_since(self.begun)));
        }
    }

    fn cancelled(&self) -> bool {
        signals::cancelled()
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        if self.drawn.lock().is_ok_and(|drawn| drawn.is_some()) {
            self.output.clear_progress();
        }
    }
}

/// What is done of how much; after a while how many in a second, and how long the rest takes.
fn line_of(done: u64, total: Option<u64>, what: &str, elapsed: Duration) -> String {
    let of = total.map(|total| format!("/{total}")).unwrap_or_default();
    let line = format!("  {done}{of}  {what}");
    if elapsed < SETTLED {
        return line;
    }
    let pace = Pace::of(done, total, elapsed);
    let tenths = pace.per_1000_seconds / 100;
    let left = pace.left.filter(|_| total != Some(done)).map(|left| {
        let seconds = left.as_secs();
        format!(", {}:{:02}:{:02} left", seconds / 3600, seconds / 60 % 60, seconds % 60)
    });
    format!("{line}  {}.{}/s{}", tenths / 10, tenths % 10, left.unwrap_or_default())
}

/// Draws how many bytes are done.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    output: &'a Output,
    verb: &'static str,
    begun: Instant,
    drawn: Mutex<Option<Instant>>,
}

impl<'a> Meter<'a> {
    /// A meter of what `verb` says is done to the bytes.
    pub(crate) fn new(output: &'a Output, verb: &'static str) -> Self {
        Self { output, verb, begun: Instant::now(), drawn: Mutex::new(None) }
    }

    fn line(&self, now: Instant, done: u64, total: Option<u64>) -> String {
        let millis = now.duration_since(self.begun).as_millis().max(1);
        let speed = u128::from(done).saturating_mul(1000).checked_div(millis).unwrap_or(0);
        let speed = size(u64::try_from(speed).unwrap_or(u64::MAX));
        match total.filter(|total| *total > 0) {
            Some(total) => {
                let percent = done.saturating_mul(100).checked_div(total).unwrap_or(0).min(100);
                format!("  {} {percent:3} %  {} of {}  {speed}/s", self.verb, size(done), size(total))
            }
            None => format!("  {} {}  {speed}/s", self.verb, size(done)),
        }
    }
}

impl Progress for Meter<'_> {
    fn advance(&self, done: u64, total: Option<u64>, _what: &str) {
        if !self.output.shows_progress() {
            return;
        }
        let now = Instant::now();
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let due = match *drawn {
            Some(drawn) => now.duration_since(drawn) >= EVERY,
            None => now.duration_since(self.begun) >= PATIENCE,
        };
        if due {
            *drawn = Some(now);
            self.output.draw_progress(&self.line(now, done, total));
        }
    }

    fn cancelled(&self) -> bool {
        signals::cancelled()
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if self.drawn.lock().is_ok_and(|drawn| drawn.is_some()) {
            self.output.clear_progress();
        }
    }
}

/// A size for people: `356 B`, `2.0 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut unit = UNITS.first();
    for next in UNITS.iter().skip(1) {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = Some(next);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, unit.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{line_of, size};

    #[test]
    fn rates_and_the_rest() {
        let line = |done, total, seconds| line_of(done, total, "keys", Duration::from_secs(seconds));
        assert_eq!(line(3, Some(10), 0), "  3/10  keys");
        assert_eq!(line(300, Some(10_000), 2), "  300/10000  keys  150.0/s, 0:01:04 left");
        assert_eq!(line(7, None, 2), "  7  keys  3.5/s");
        assert_eq!(line(10, Some(10), 4), "  10/10  keys  2.5/s");
    }

    #[test]
    fn sizes() {
        for (bytes, text) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (2 << 20, "2.0 MiB"), (1 << 30, "1.0 GiB")]
        {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size(1024 * 1024 - 1), "1023.9 KiB");
    }
}
