//! On SIGINT, SIGTERM and SIGHUP: temporary files are removed, what writes to store and key file is let finish, and
//! the process ends by the signal.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use keymanager::file::AtomicFile;
use keymanager::random::RandomSource;
use keymanager::{Error, Result};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

static STATE: Mutex<State> =
    Mutex::new(State { temporary: Vec::new(), holds: 0, asking: false, terminal: None, signal: None });

struct State {
    temporary: Vec<PathBuf>,
    holds: usize,
    /// A person is asked: whoever gives up there does not want to wait.
    asking: bool,
    /// The terminal as it was before its echo was turned off.
    terminal: Option<Termios>,
    signal: Option<i32>,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to listen.
pub(crate) fn install() -> Result<()> {
    let failed = |_: io::Error| Error::internal("signal handlers could not be installed");
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let listen = move || {
        for signal in signals.forever() {
            let mut state = state();
            // The first signal waits for a change of store or key file that is under way; the second does not.
            if state.holds > 0 && state.signal.is_none() && !state.asking {
                state.signal = Some(signal);
            } else {
                end(&state, signal);
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(failed)?;
    Ok(())
}

/// Removes the temporary files and ends the process by the signal. The lock is held, so that no file appears after.
fn end(state: &State, signal: i32) {
    for path in &state.temporary {
        let _ = std::fs::remove_file(path);
    }
    if let Some(terminal) = &state.terminal {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, terminal);
    }
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Asks a person with the terminal's echo off; a signal meanwhile ends the process at once, with the echo on again.
pub(crate) fn ask<T>(question: impl FnOnce() -> T) -> T {
    let terminal = tcgetattr(io::stdin()).ok();
    {
        let mut state = state();
        state.asking = true;
        state.terminal = terminal;
    }
    let answer = question();
    let mut state = state();
    state.asking = false;
    state.terminal = None;
    answer
}

/// Whether a signal asks the work that is under way to stop early.
pub(crate) fn cancelled() -> bool {
    state().signal.is_some()
}

/// While it lives, a first signal is kept waiting: the store or the key file is being changed.
#[derive(Debug)]
pub(crate) struct Hold(());

impl Hold {
    pub(crate) fn new() -> Self {
        let mut state = state();
        state.holds = state.holds.saturating_add(1);
        Self(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = state();
        state.holds = state.holds.saturating_sub(1);
        if let (0, Some(signal)) = (state.holds, state.signal) {
            end(&state, signal);
        }
    }
}

/// The name of a temporary file that a signal removes, as long as this lives.
#[derive(Debug)]
pub(crate) struct Registration(PathBuf);

impl Drop for Registration {
    fn drop(&mut self) {
        state().temporary.retain(|path| *path != self.0);
    }
}

/// A new [`AtomicFile`] whose temporary file a signal removes. Both are made under the lock: a signal comes before both
/// or after both.
pub(crate) fn guarded_file(target: &Path, random: &dyn RandomSource) -> Result<(AtomicFile, Registration)> {
    let mut state = state();
    let file = AtomicFile::create(target, random)?;
    let temporary = file.temporary_path().to_path_buf();
    state.temporary.push(temporary.clone());
    Ok((file, Registration(temporary)))
}
