//! Decryption over PostgreSQL and a SoftHSM token, side by side with a plain JDK program that does the same steps, and
//! with the bare operations it is made of, in one run.
//!
//! Lines are those of the bench `envelope`: `ratio JOB OURS/CONTESTANT MEDIAN goal G`, the median over the rounds of how
//! many times faster ours is, and `limit JOB FIGURE UNIT goal G`, a figure that must not be above the goal. What waits for
//! the database is measured in time of the wall, which a machine with other work makes uneven; the token, which is a
//! library in this process, in CPU time of all its threads.
//! `--quick` makes seven rounds and leaves the largest store out; the figures are then only a hint.

mod jdk;
mod lookup;
mod place;
#[path = "../../../tests/store/postgres/server.rs"]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a server that does not start ends the bench"
)]
mod server;
mod token;
mod wire;

use std::process::{Command, ExitCode};
use std::time::Instant;

use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;
use keymanager_benches::contest::{Contestant, Goal, Summary, as_f64, median, run as contest, say};
use keymanager_benches::{Failure, must};

use jdk::Jdk;
use place::{Place, decrypt};

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) rounds: usize,
    /// The most records of a store.
    pub(crate) most_records: u32,
}

/// SoftHSM reads its configuration from the environment, so the bench begins again with it there.
fn main() -> Result<ExitCode, Failure> {
    if let Some(folder) = std::env::var_os("TOKEN_FOLDER") {
        return measure(folder.as_ref()).map(|()| ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    place::token(folder.path())?;
    let mut again = Command::new(std::env::current_exe()?);
    again.args(std::env::args().skip(1)).env("TOKEN_FOLDER", folder.path());
    let status = again.env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf")).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(folder: &std::path::Path) -> Result<(), Failure> {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let size = match quick {
        true => Size { rounds: 7, most_records: 10_000 },
        false => Size { rounds: 21, most_records: 1_000_000 },
    };
    say(&format!("{} rounds, load {}", size.rounds, load()));
    let mut summary = Summary::default();
    let place = Place::new(folder)?;
    wire::round_trips(&place, &mut summary)?;
    beside_the_jdk(&place, size, &mut summary)?;
    two_threads(&place, size, &mut summary);
    token::run(&place, size, &mut summary)?;
    lookup::run(&place, size, &mut summary)?;
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

/// Without and with the cache of unwrapped keys, in the same rounds as the JDK.
fn beside_the_jdk(place: &Place, size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let mut jdk = Jdk::start(place)?;
    // The JVM compiles what it runs often.
    jdk.time(2000)?;
    let mut with_jdk = |job: &str, manager: &KeyManager, goal: f64| {
        let ours = wall("keymanager", || decrypt(manager, place));
        let theirs = Contestant::elsewhere("jdk", |count| must(jdk.time(count)));
        contest(summary, job, size.rounds, vec![ours, theirs], &[Goal { against: "jdk", at_least: goal }]);
    };
    with_jdk("decrypt-1KiB", &place.manager, 1.1);
    with_jdk("decrypt-1KiB-key-cache", &place.cached, 3.5);
    Ok(())
}

/// A contestant in this thread that waits for others, in time of the wall.
pub(crate) fn wall<'a>(name: &'static str, mut work: impl FnMut() + 'a) -> Contestant<'a> {
    Contestant::elsewhere(name, move |count| {
        let begun = Instant::now();
        for _ in 0..count {
            work();
        }
        u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    })
}

/// How many times as many envelopes two threads open as one, in the same time.
fn two_threads(place: &Place, size: Size, summary: &mut Summary) {
    const COUNT: u32 = 40;
    let timed = |threads: u32| {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..COUNT).for_each(|_| decrypt(&place.manager, place)));
            }
        });
        begun.elapsed().as_secs_f64() / f64::from(threads)
    };
    timed(2);
    let ratios: Vec<f64> = (0..size.rounds).map(|_| timed(1) / timed(2)).collect();
    let detail = format!("(decryptions in a time; {} processors)", processors());
    summary.ratio("decrypt-threads", "two", "one", median(&ratios), Some(1.8), &detail);
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The application's scope that everything is asked under.
pub(crate) fn scope() -> Result<KeyScope, Failure> {
    Ok(KeyScope::new("REGISTRATION", "centre_1")?)
}

/// Whole numbers as figures.
pub(crate) fn figure(number: u64) -> f64 {
    as_f64(number)
}

/// The load of the machine over the last 1, 5 and 15 minutes, where the system tells.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let words: Vec<&str> = text.split(' ').take(3).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(" ") }
}
