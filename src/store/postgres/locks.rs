//! Scope locks between processes: advisory locks of one session that is kept for them (STO-68).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::failure::Fate;
use super::pool::Pool;
use super::scope::{Use, number};
use super::session::Session;
use crate::error::{Error, Result};
use crate::id::KeyScope;
use crate::store::LockId;
use crate::store::columns::Cell;
use crate::store::locks::{Deadline, KeyedLocks, timed_out};

/// The first wait between two attempts at a lock that another process holds.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_millis(25);
const DOING: &str = "lock a scope";

pub(super) struct Locks {
    /// Threads of this process queue here: a session may take its own lock twice.
    queues: KeyedLocks<i64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The session that all locks belong to. One for all: a thread that holds a lock and waits for another never waits
    /// for a connection.
    session: Option<Session>,
    /// Counts the sessions: what an earlier one held is lost.
    generation: u64,
    held: HashMap<LockId, (i64, u64)>,
}

impl Locks {
    pub(super) fn new() -> Self {
        Self { queues: KeyedLocks::new(), state: Mutex::default() }
    }

    pub(super) fn lock(&self, pool: &Pool, scope: &KeyScope, wait: Duration) -> Result<LockId> {
        let deadline = Deadline::after(wait);
        let number = number(Use::Scope, pool.ways().address.schema(), scope);
        let lock = self.queues.acquire(&number, deadline)?;
        match self.take(pool, number, deadline) {
            Ok(generation) => {
                self.state().held.insert(lock, (number, generation));
                Ok(lock)
            }
            Err(error) => {
                self.queues.release(lock);
                Err(error)
            }
        }
    }

    pub(super) fn unlock(&self, lock: LockId) {
        let mut state = self.state();
        if let Some((number, generation)) = state.held.remove(&lock)
            && generation == state.generation
            && let Some(session) = &mut state.session
        {
            let released = session.query(DOING, "SELECT pg_catalog.pg_advisory_unlock($1)", &[Cell::Whole(number)]);
            // Where it cannot be given back by name, the end of the session does it. So does the end of the last lock:
            // a process that makes no keys has no connection more than it needs.
            if released.is_err() || state.held.is_empty() {
                state.session = None;
            }
        }
        drop(state);
        self.queues.release(lock);
    }

    /// Forgets the session without closing it.
    pub(super) fn abandon(&self) {
        std::mem::forget(self.state().session.take());
    }

    fn take(&self, pool: &Pool, number: i64, deadline: Deadline) -> Result<u64> {
        // A session waits for one lock at a time, and this one is everybody's, so it asks again and again.
        let mut pause = FIRST_PAUSE;
        let mut failures = 0u32;
        loop {
            match self.state().attempt(pool, number) {
                Ok(Some(generation)) => return Ok(generation),
                Ok(None) => {}
                Err((error, fate)) => {
                    failures = failures.saturating_add(1);
                    if fate == Fate::Final || failures >= pool.ways().options.tries {
                        return Err(error);
                    }
                }
            }
            let left = deadline.left().ok_or_else(timed_out)?;
            thread::sleep(pool.jittered(pause).min(left));
            pause = pause.saturating_mul(2).min(LAST_PAUSE);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The generation of the session that has the lock now; none when another process holds it.
    fn attempt(&mut self, pool: &Pool, number: i64) -> std::result::Result<Option<u64>, (Error, Fate)> {
        if !self.session.as_ref().is_some_and(Session::is_sound) {
            self.session = None;
            self.generation = self.generation.saturating_add(1);
        }
        let session = match &mut self.session {
            Some(session) => session,
            empty => empty.insert(pool.open()?),
        };
        session.fate = Fate::Final;
        let rows = session
            .query(DOING, "SELECT pg_catalog.pg_try_advisory_lock($1)", &[Cell::Whole(number)])
            .map_err(|error| (error, session.fate))?;
        let granted = rows.first().is_some_and(|row| row.try_get(0).unwrap_or(false));
        Ok(granted.then_some(self.generation))
    }
}
