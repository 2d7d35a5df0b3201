//! Named locks within one process, first come, first served.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::LockId;
use crate::error::{Code, Error, Result};

/// Locks by name. A name that nobody holds or waits for takes no memory.
pub(crate) struct KeyedLocks<K> {
    state: Mutex<State<K>>,
    moved: Condvar,
}

struct State<K> {
    /// Who holds each name (the first) and who waits for it.
    queues: HashMap<K, VecDeque<u64>>,
    /// The name behind each ticket that was granted.
    granted: HashMap<u64, K>,
    last_ticket: u64,
}

impl<K: Clone + Eq + Hash> KeyedLocks<K> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State { queues: HashMap::new(), granted: HashMap::new(), last_ticket: 0 }),
            moved: Condvar::new(),
        }
    }

    /// Waits for `key` until `deadline`.
    ///
    /// # Errors
    /// [`Code::LockTimeout`].
    pub(crate) fn acquire(&self, key: &K, deadline: Deadline) -> Result<LockId> {
        let mut state = self.state();
        let ticket = state.last_ticket.checked_add(1).ok_or(Error::internal("lock tickets ran out"))?;
        state.last_ticket = ticket;
        state.queues.entry(key.clone()).or_default().push_back(ticket);
        loop {
            if state.queues.get(key).and_then(|queue| queue.front()) == Some(&ticket) {
                state.granted.insert(ticket, key.clone());
                return Ok(LockId(ticket));
            }
            let Some(left) = deadline.left() else {
                state.leave(key, ticket);
                self.moved.notify_all();
                return Err(timed_out());
            };
            state = self.moved.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Gives a lock back; one that is not held is no error.
    pub(crate) fn release(&self, lock: LockId) {
        let mut state = self.state();
        if let Some(key) = state.granted.remove(&lock.0) {
            state.leave(&key, lock.0);
            self.moved.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> State<K> {
    fn leave(&mut self, key: &K, ticket: u64) {
        if let Some(queue) = self.queues.get_mut(key) {
            queue.retain(|waiting| *waiting != ticket);
            if queue.is_empty() {
                self.queues.remove(key);
            }
        }
    }
}

impl<K> fmt::Debug for KeyedLocks<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedLocks").finish_non_exhaustive()
    }
}

/// When waiting ends. None of it is wall-clock time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline `wait` from now; a wait too long to be counted has none.
    pub(crate) fn after(wait: Duration) -> Self {
        Self(Instant::now().checked_add(wait))
    }

    /// What is left, or none when it has passed.
    pub(crate) fn left(self) -> Option<Duration> {
        let Some(end) = self.0 else { return Some(Duration::from_secs(3600)) };
        end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

pub(crate) fn timed_out() -> Error {
    Error::new(Code::LockTimeout, "the lock of the scope was not free in the time allowed")
}
