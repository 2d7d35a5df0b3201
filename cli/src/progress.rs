//! Progress of long work: one line on a terminal, nothing in a pipe.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keymanager::progress::Progress;

use crate::output::Output;
use crate::signals;

/// How often the line is drawn at most.
const EVERY: Duration = Duration::from_millis(100);
/// How long work runs before anything is drawn.
const PATIENCE: Duration = Duration::from_millis(300);

/// Draws the progress of keys being made; a signal cancels between two of them.
#[derive(Debug)]
pub(crate) struct Terminal<'a> {
    output: &'a Output,
    drawn: Mutex<bool>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(output: &'a Output) -> Self {
        Self { output, drawn: Mutex::new(false) }
    }
}

impl Progress for Terminal<'_> {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        if !self.output.shows_progress() {
            return;
        }
        let total = total.map(|total| format!("/{total}")).unwrap_or_default();
        self.output.draw_progress(&format!("  {done}{total}  {what}"));
        if let Ok(mut drawn) = self.drawn.lock() {
            *drawn = true;
        }
    }

    fn cancelled(&self) -> bool {
        signals::cancelled()
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        if self.drawn.lock().is_ok_and(|drawn| *drawn) {
            self.output.clear_progress();
        }
    }
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
    use super::size;

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
