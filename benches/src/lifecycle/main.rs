//! Jobs of the key life cycle, side by side with the bare operations they are made of, in one run.
//!
//! Lines are those of the bench `envelope`: `ratio JOB OURS/CONTESTANT MEDIAN goal G`, the median over the rounds of how
//! many times faster ours is, in CPU time of the thread, and `limit JOB FIGURE UNIT goal G`, a figure that must not be
//! above the goal. What waits for the disk is measured in time of the wall.
//! `--quick` makes seven rounds and leaves the largest stores out; the figures are then only a hint.

mod lookup;
mod pool;
mod signing;
mod world;

use keymanager_benches::Failure;
use keymanager_benches::contest::{Summary, say};

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) rounds: usize,
    /// Base keys that are made, one after the other.
    pub(crate) first_uses: u32,
    /// The most records of a store.
    pub(crate) most_records: u32,
}

fn main() -> Result<(), Failure> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let size = match quick {
        true => Size { rounds: 7, first_uses: 200, most_records: 10_000 },
        false => Size { rounds: 21, first_uses: 1000, most_records: 1_000_000 },
    };
    say(&format!("{} rounds, load {}", size.rounds, load()));
    let mut summary = Summary::default();
    signing::certificate(size, &mut summary)?;
    signing::on_curves(size, &mut summary)?;
    lookup::run(size, &mut summary)?;
    pool::run(size, &mut summary)?;
    say("");
    for line in &summary.lines {
        say(line);
    }
    say(&format!("\n{} figures, {} goals missed, load {}", summary.lines.len(), summary.missed.len(), load()));
    for line in &summary.missed {
        say(&format!("missed: {line}"));
    }
    Ok(())
}

/// The load of the machine over the last 1, 5 and 15 minutes, where the system tells.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let words: Vec<&str> = text.split(' ').take(3).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(" ") }
}
