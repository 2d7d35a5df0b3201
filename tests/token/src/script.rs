//! The script: one rule a line, `FUNCTION WHEN WHAT`.
//!
//! `FUNCTION` is such as `C_Sign`. `WHEN` is the number of the call since the script changed, from 1, or `*` for each.
//! `WHAT` is `fail CODE` (hexadecimal), `hang` (until the rule is gone), `slow MILLISECONDS`, or `note`, which only says
//! that the call was made. `FUNCTION` may be `*`; of several rules that fit, the first one counts. What a rule did is
//! written to the file of the script with `.log` behind its name, one line each time.
//!
//! Beside the rules, `drawer SLOT OTHER` takes the token of the slot `OTHER` out of sight, and `swap SLOT OTHER` puts it
//! into `SLOT`, with the token that was there out of sight. See [`crate::swap`].

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use cryptoki_sys::{CK_RV, CK_SLOT_ID};

#[derive(Default)]
struct Counters {
    script: String,
    calls: HashMap<String, u64>,
}

enum What {
    Fail(CK_RV),
    Hang,
    Slow(Duration),
    Note,
}

/// What the script has a call answer; none to forward it.
pub(crate) fn on_call(function: &str) -> Option<CK_RV> {
    let path = path()?;
    let (what, rule) = due(path, function)?;
    match what {
        What::Fail(code) => {
            log(path, function, &format!("fail {code:x}"));
            Some(code)
        }
        What::Note => {
            log(path, function, "note");
            None
        }
        What::Slow(time) => {
            std::thread::sleep(time);
            None
        }
        What::Hang => {
            log(path, function, "hang");
            while std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(|line| line == rule)) {
                std::thread::sleep(Duration::from_millis(2));
            }
            None
        }
    }
}

fn path() -> Option<&'static Path> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(|| std::env::var_os("CHAOS_SCRIPT").map(PathBuf::from)).as_deref()
}

/// What is to be done, and the line that says so.
fn due(path: &Path, function: &str) -> Option<(What, String)> {
    static COUNTERS: OnceLock<Mutex<Counters>> = OnceLock::new();
    let script = std::fs::read_to_string(path).ok()?;
    let mut counters = COUNTERS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if counters.script != script {
        *counters = Counters { script, calls: HashMap::new() };
    }
    let count = counters.calls.entry(function.to_owned()).or_default();
    *count += 1;
    let number = *count;
    counters.script.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (name, when, what) = (words.next()?, words.next()?, words.next()?);
        if !(name == function || name == "*") || !(when == "*" || when.parse() == Ok(number)) {
            return None;
        }
        let what = match what {
            "fail" => CK_RV::from_str_radix(words.next()?, 16).ok().map(What::Fail),
            "hang" => Some(What::Hang),
            "note" => Some(What::Note),
            "slow" => words.next()?.parse().ok().map(|time| What::Slow(Duration::from_millis(time))),
            _ => None,
        };
        Some((what?, line.to_owned()))
    })
}

/// The two slots whose tokens are exchanged, or of which the second is out of sight; and whether they are exchanged.
pub(crate) fn exchange() -> Option<(CK_SLOT_ID, CK_SLOT_ID, bool)> {
    let script = std::fs::read_to_string(path()?).ok()?;
    script.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let exchanged = match words.next()? {
            "swap" => true,
            "drawer" => false,
            _ => return None,
        };
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, exchanged))
    })
}

fn log(path: &Path, function: &str, what: &str) {
    let mut name = path.as_os_str().to_owned();
    name.push(".log");
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open(name) {
        // In one write: threads log side by side, and pieces of their lines would be mixed.
        let _ = file.write_all(format!("{function} {what}\n").as_bytes());
    }
}
