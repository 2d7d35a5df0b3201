//! Connections to the server, and another try where one is worth it (STO-66, STO-67).

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::failure::Fate;
use super::session::{Session, Ways};
use crate::error::Result;
use crate::store::pool::Connections;

/// The wait before the second try; the next ones are twice as long each.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Pool {
    ways: Ways,
    sessions: Connections<Session>,
    side_tables: AtomicBool,
    macs: AtomicBool,
    durable: AtomicBool,
    jitter: AtomicU32,
}

impl Pool {
    pub(super) fn new(ways: Ways) -> Result<Self> {
        let sessions = Connections::new(ways.options.connections, ways.options.wait)?;
        let jitter = AtomicU32::new(std::process::id());
        let (side_tables, macs) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { ways, sessions, side_tables, macs, durable: AtomicBool::new(true), jitter })
    }

    pub(super) fn ways(&self) -> &Ways {
        &self.ways
    }

    /// Whether the newest connection saw our tables.
    pub(super) fn has_side_tables(&self) -> bool {
        self.side_tables.load(Ordering::Relaxed)
    }

    /// Whether the newest connection saw the table of MACs.
    pub(super) fn keeps_macs(&self) -> bool {
        self.macs.load(Ordering::Relaxed)
    }

    /// Whether the server says that a commit is on its disk.
    pub(super) fn is_durable(&self) -> bool {
        self.durable.load(Ordering::Relaxed)
    }

    /// Runs `call` with a connection of its own; again, with a bound, after a failure that left nothing behind.
    pub(super) fn with<T>(&self, mut call: impl FnMut(&mut Session) -> Result<T>) -> Result<T> {
        let mut pause = FIRST_PAUSE;
        let mut tries_left = self.ways.options.tries.max(1);
        loop {
            tries_left = tries_left.saturating_sub(1);
            let fate = Cell::new(Fate::Final);
            let open = || {
                self.open().map_err(|(error, reason)| {
                    fate.set(reason);
                    error
                })
            };
            let result = self.sessions.with(open, Session::is_sound, |session| {
                session.fate = Fate::Final;
                let result = call(session);
                if result.is_err() {
                    fate.set(session.fate);
                }
                result
            });
            match fate.get() {
                _ if result.is_ok() => return result,
                Fate::Silent => {
                    self.close_idle();
                    return result;
                }
                _ if tries_left == 0 => return result,
                Fate::Final => return result,
                // The others that were idle when the server went have gone with it.
                Fate::Broken => self.close_idle(),
                Fate::Repeat | Fate::Stale => {}
            }
            thread::sleep(self.jittered(pause));
            pause = pause.saturating_mul(2);
        }
    }

    /// A connection that is not part of the pool.
    pub(super) fn open(&self) -> std::result::Result<Session, (crate::error::Error, Fate)> {
        let session = self.ways.open()?;
        self.note_tables(&session);
        Ok(session)
    }

    pub(super) fn note_tables(&self, session: &Session) {
        self.side_tables.store(session.has_side_tables(), Ordering::Relaxed);
        self.macs.store(session.keeps_macs(), Ordering::Relaxed);
        self.durable.store(session.is_durable, Ordering::Relaxed);
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close_idle(&self) {
        drop(self.sessions.take_idle());
    }

    /// Forgets all connections without closing them.
    pub(super) fn abandon(&self) {
        std::mem::forget(self.sessions.take_idle());
    }

    /// Up to half of the pause more, so that those that failed together do not try together.
    pub(super) fn jittered(&self, pause: Duration) -> Duration {
        let step = |state: u32| state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let state = step(self.jitter.fetch_add(0x9e37_79b9, Ordering::Relaxed));
        let extra = pause.checked_mul(state >> 22).and_then(|extra| extra.checked_div(2048)).unwrap_or_default();
        pause.saturating_add(extra)
    }
}
