//! Contestants that take turns on the same buffers, measured in CPU time of this thread.

use std::fmt::Write as _;

use rustix::time::{ClockId, clock_gettime};

/// What one turn answers: the nanoseconds it took.
pub type Turn<'a> = Box<dyn FnMut(u32) -> u64 + 'a>;

/// One who takes part.
pub struct Contestant<'a> {
    /// As the lines have it.
    pub name: &'static str,
    /// Does its work so many times.
    pub turn: Turn<'a>,
}

impl<'a> Contestant<'a> {
    /// A contestant that runs in this thread.
    pub fn here(name: &'static str, mut work: impl FnMut() + 'a) -> Self {
        let turn = move |count: u32| {
            let begun = cpu_nanos();
            for _ in 0..count {
                work();
            }
            cpu_nanos().saturating_sub(begun)
        };
        Self { name, turn: Box::new(turn) }
    }

    /// A contestant that measures itself, such as another process.
    pub fn elsewhere(name: &'static str, turn: impl FnMut(u32) -> u64 + 'a) -> Self {
        Self { name, turn: Box::new(turn) }
    }
}

/// What a ratio is held to.
pub struct Goal {
    /// The other contestant.
    pub against: &'static str,
    /// How many times faster ours must be.
    pub at_least: f64,
}

/// The outcome of the jobs.
#[derive(Debug, Default)]
pub struct Summary {
    /// Every line.
    pub lines: Vec<String>,
    /// Those whose goal was missed.
    pub missed: Vec<String>,
}

impl Summary {
    /// Prints and keeps one line: how many times faster ours is than the contestant.
    pub fn ratio(&mut self, job: &str, ours: &str, against: &str, median: f64, goal: Option<f64>, detail: &str) {
        let mut line = format!("ratio {job} {ours}/{against} {median:.3} goal ");
        match goal {
            Some(goal) => {
                let _ = write!(line, "{goal:.2}");
                if median < goal {
                    self.missed.push(line.clone());
                }
            }
            None => line.push('-'),
        }
        say(&format!("{line}    {detail}"));
        self.lines.push(line);
    }

    /// Prints and keeps one line of a limit: a figure that must not be above the goal.
    pub fn limit(&mut self, job: &str, unit: &str, figure: f64, goal: f64) {
        let line = format!("limit {job} {figure:.3} {unit} goal {goal:.2}");
        if figure > goal {
            self.missed.push(line.clone());
        }
        say(&line);
        self.lines.push(line);
    }
}

/// Lets the contestants take turns for `rounds` rounds; the first is ours. Prints the median of the per-round ratios
/// `time of the contestant / time of ours` for each of the others.
pub fn run(summary: &mut Summary, job: &str, rounds: usize, mut who: Vec<Contestant<'_>>, goals: &[Goal]) {
    let counts: Vec<u32> = who.iter_mut().map(calibrate).collect();
    let mut times: Vec<Vec<f64>> = who.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for step in 0..who.len() {
            // The order turns, so that nobody always runs after the same neighbour.
            let index = round.wrapping_add(step).checked_rem(who.len()).unwrap_or(0);
            if let (Some(contestant), Some(count), Some(times)) =
                (who.get_mut(index), counts.get(index), times.get_mut(index))
            {
                times.push(as_f64((contestant.turn)(*count)) / f64::from(*count));
            }
        }
    }
    let (Some(ours), Some(our_times)) = (who.first(), times.first()) else { return };
    for (contestant, their_times) in who.iter().zip(&times).skip(1) {
        let ratios: Vec<f64> = their_times.iter().zip(our_times).map(|(theirs, ours)| theirs / ours).collect();
        let goal = goals.iter().find(|goal| goal.against == contestant.name).map(|goal| goal.at_least);
        let detail = format!(
            "({} {:.1} us, {} {:.1} us)",
            ours.name,
            median(our_times) / 1e3,
            contestant.name,
            median(their_times) / 1e3
        );
        summary.ratio(job, ours.name, contestant.name, median(&ratios), goal, &detail);
    }
}

/// How many calls make about 30 ms, after a first call that pays for one-time initialisation.
fn calibrate(contestant: &mut Contestant<'_>) -> u32 {
    (contestant.turn)(1);
    let mut count = 1u32;
    loop {
        let nanos = (contestant.turn)(count);
        if nanos > 10_000_000 || count >= 1 << 20 {
            let per_call = nanos.checked_div(u64::from(count)).unwrap_or(1).max(1);
            return u32::try_from(30_000_000u64.checked_div(per_call).unwrap_or(1)).unwrap_or(1).max(1);
        }
        count = count.saturating_mul(4);
    }
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// CPU time of this thread in nanoseconds.
pub fn cpu_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec);
    u64::try_from(nanos).unwrap_or(0)
}

/// Nanoseconds as a number to divide; exact up to 2^53, a hundred days.
#[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "a measurement is far below 2^53 ns")]
pub fn as_f64(nanos: u64) -> f64 {
    nanos as f64
}

/// One line for the person who runs the bench.
#[allow(clippy::print_stdout, reason = "what a bench is for")]
pub fn say(line: &str) {
    println!("{line}");
}
