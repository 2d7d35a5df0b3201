//! One run of the program, watched, and killed at a chosen moment.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use keymanager::file::AtomicFile;

use crate::dice::Dice;
use crate::sandbox::Sandbox;

/// How often the marks of a running process are looked at.
const LOOK: Duration = Duration::from_micros(100);

/// From when a moment is counted. After the start most of the time goes into finding primes, and everything is decided
/// later; so every second moment is counted from one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Start,
    /// The store's log was written to: an intent, or a Base key's record.
    Log,
    /// A temporary file is there.
    Temporary,
    /// The key file was replaced: the key is in it.
    Replaced,
    /// The key file was replaced again: the certificate is in it, and the record comes next.
    Attached,
}

/// A run of the program and what was seen of it.
pub(crate) struct Seen {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) marks: BTreeMap<Mark, Duration>,
    pub(crate) end: Duration,
}

impl Seen {
    /// Whether the kill came before the end.
    pub(crate) fn was_killed(&self) -> bool {
        self.status.signal() == Some(9)
    }
}

/// Runs the program in the folder of `sandbox`, and kills it at a moment.
pub(crate) fn run(sandbox: &Sandbox, command: &mut Command, moment: Option<(Mark, Duration)>) -> Seen {
    let key_file = sandbox.path("keymanager.p12");
    let log = sandbox.path("keymanager.db-wal");
    let identity = || {
        let file = std::fs::metadata(&key_file).ok()?;
        Some((file.ino(), file.mtime(), file.mtime_nsec()))
    };
    let (mut last, mut replaced, temporary_before) = (identity(), 0, temporary_files(sandbox));
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut marks = BTreeMap::from([(Mark::Start, Duration::ZERO)]);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let mut mark = |mark, reached: bool| {
            if reached {
                marks.entry(mark).or_insert_with(|| started.elapsed());
            }
        };
        mark(Mark::Log, std::fs::metadata(&log).is_ok_and(|log| log.len() > 0));
        mark(Mark::Temporary, temporary_files(sandbox) > temporary_before);
        let seen = identity();
        replaced += usize::from(seen != last);
        last = seen;
        mark(Mark::Replaced, replaced > 0);
        mark(Mark::Attached, replaced > 1);
        if let Some((mark, delay)) = moment
            && marks.get(&mark).is_some_and(|reached| started.elapsed() >= *reached + delay)
        {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::sleep(LOOK);
    };
    let end = started.elapsed();
    let (mut stdout, mut stderr) = (Vec::new(), String::new());
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Seen { status, stdout, stderr, marks, end }
}

/// How many temporary files were left in the folder.
pub(crate) fn temporary_files(sandbox: &Sandbox) -> usize {
    sandbox.names().iter().filter(|name| name.ends_with(AtomicFile::SUFFIX)).count()
}

/// How long each job takes from each mark to its end, as seen in this run.
pub(crate) struct Times<J>(BTreeMap<(J, Mark), Vec<Duration>>);

impl<J: Ord + Copy> Times<J> {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(crate) fn learn(&mut self, job: J, seen: &Seen) {
        for (mark, reached) in &seen.marks {
            self.0.entry((job, *mark)).or_default().push(seen.end.saturating_sub(*reached));
        }
    }

    /// A moment somewhere in the real duration of the job, which differs from run to run: RSA keys take their time.
    pub(crate) fn moment(&self, job: J, marks: &[Mark], turn: usize, dice: &mut Dice) -> (Mark, Duration) {
        let known: Vec<Mark> = marks.iter().copied().filter(|mark| self.0.contains_key(&(job, *mark))).collect();
        let mark = if turn.is_multiple_of(2) || known.is_empty() { Mark::Start } else { dice.of(&known) };
        (mark, dice.of(&self.0[&(job, mark)][..]).mul_f64(dice.part()))
    }
}
