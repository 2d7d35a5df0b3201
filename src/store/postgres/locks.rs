//! Scope locks between processes: advisory locks of one session that is kept for them (STO-68), or, where sessions are
//! shared between transactions, each of a transaction of its own (STO-74).

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
    held: HashMap<LockId, Held>,
}

/// What a lock is.
enum Held {
    /// A lock with this number, of the session of this generation.
    OfTheSession(i64, u64),
    /// A transaction that is kept open.
    OfATransaction(Box<Session>),
}

impl Locks {
    pub(super) fn new() -> Self {
        Self { queues: KeyedLocks::new(), state: Mutex::default() }
    }

    pub(super) fn lock(&self, pool: &Pool, scope: &KeyScope, wait: Duration) -> Result<LockId> {
        let deadline = Deadline::after(wait);
        let number = number(Use::Scope, pool.ways().address.schema(), scope);
        let lock = self.queues.acquire(&number, deadline)?;
        let taken = if pool.ways().address.is_shared {
            let mut session = None;
            take(pool, deadline, || of_a_transaction(pool, number, &mut session))
        } else {
            // A session waits for one lock at a time, and this one is everybody's, so it asks again and again.
            take(pool, deadline, || self.state().of_the_session(pool, number))
        };
        match taken {
            Ok(held) => {
                self.state().held.insert(lock, held);
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
        match state.held.remove(&lock) {
            Some(Held::OfTheSession(number, generation)) => state.give_back(number, generation),
            Some(Held::OfATransaction(mut session)) => session.roll_back(),
            None => {}
        }
        drop(state);
        self.queues.release(lock);
    }

    /// Forgets the sessions without closing them.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        std::mem::forget(state.session.take());
        std::mem::forget(std::mem::take(&mut state.held));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for the lock until it is granted.
fn take(pool: &Pool, deadline: Deadline, mut attempt: impl FnMut() -> Attempt) -> Result<Held> {
    let mut pause = FIRST_PAUSE;
    let mut failures = 0u32;
    loop {
        match attempt() {
            Ok(Some(held)) => return Ok(held),
            Ok(None) => {}
            Err((error, fate)) => {
                failures = failures.saturating_add(1);
                if matches!(fate, Fate::Final | Fate::Silent) || failures >= pool.ways().options.tries {
                    return Err(error);
                }
            }
        }
        let left = deadline.left().ok_or_else(timed_out)?;
        thread::sleep(pool.jittered(pause).min(left));
        pause = pause.saturating_mul(2).min(LAST_PAUSE);
    }
}

/// The lock; none when another process holds it.
type Attempt = std::result::Result<Option<Held>, (Error, Fate)>;

/// A transaction keeps its session of the server for as long as it is open; whoever waits for the lock has none.
fn of_a_transaction(pool: &Pool, number: i64, kept: &mut Option<Session>) -> Attempt {
    let mut session = match kept.take().filter(Session::is_sound) {
        Some(session) => session,
        None => pool.open()?,
    };
    session.fate = Fate::Final;
    let begun = session.begin(DOING).and_then(|()| {
        // However long the key takes. When the holder dies its connection closes, and the proxy ends the transaction.
        session.batch(DOING, "SET LOCAL idle_in_transaction_session_timeout = 0")
    });
    begun.map_err(|error| (error, session.fate))?;
    if session.try_lock("SELECT pg_catalog.pg_try_advisory_xact_lock($1)", number)? {
        return Ok(Some(Held::OfATransaction(Box::new(session))));
    }
    session.roll_back();
    *kept = Some(session);
    Ok(None)
}

impl Session {
    fn try_lock(&mut self, sql: &str, number: i64) -> std::result::Result<bool, (Error, Fate)> {
        let rows = self.query(DOING, sql, &[Cell::Whole(number)]).map_err(|error| (error, self.fate))?;
        Ok(rows.first().is_some_and(|row| row.try_get(0).unwrap_or(false)))
    }
}

impl State {
    fn of_the_session(&mut self, pool: &Pool, number: i64) -> Attempt {
        if !self.session.as_ref().is_some_and(Session::is_sound) {
            self.session = None;
            self.generation = self.generation.saturating_add(1);
        }
        let session = match &mut self.session {
            Some(session) => session,
            empty => empty.insert(pool.open()?),
        };
        session.fate = Fate::Final;
        let granted = session.try_lock("SELECT pg_catalog.pg_try_advisory_lock($1)", number)?;
        Ok(granted.then_some(Held::OfTheSession(number, self.generation)))
    }

    fn give_back(&mut self, number: i64, generation: u64) {
        if generation == self.generation
            && let Some(session) = &mut self.session
        {
            let released = session.query(DOING, "SELECT pg_catalog.pg_advisory_unlock($1)", &[Cell::Whole(number)]);
            // Where it cannot be given back by name, the end of the session does it. So does the end of the last lock:
            // a process that makes no keys has no connection more than it needs.
            if released.is_err() || self.held.is_empty() {
                self.session = None;
            }
        }
    }
}
