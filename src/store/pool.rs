//! A few connections, handed out one call at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::locks::Deadline;
use crate::error::{Code, Error, Result};

/// At most so many connections of the kind `C`, opened when they are first needed.
pub(super) struct Connections<C> {
    most: usize,
    /// How long one call waits for a connection that comes back.
    wait: Duration,
    state: Mutex<State<C>>,
    returned: Condvar,
}

struct State<C> {
    idle: Vec<C>,
    /// Connections in use or being opened.
    out: usize,
    /// Calls that wait for one: waking costs a system call, so nobody is woken when nobody waits.
    waiting: usize,
}

impl<C> Connections<C> {
    pub(super) fn new(most: usize, wait: Duration) -> Result<Self> {
        if most == 0 {
            return Err(Error::new(Code::InvalidArgument, "a store needs at least one connection"));
        }
        let state = Mutex::new(State { idle: Vec::new(), out: 0, waiting: 0 });
        Ok(Self { most, wait, state, returned: Condvar::new() })
    }

    /// Runs `call` with a connection of its own: an idle one, or what `open` gives. It is kept for the next call if it
    /// is still `sound` then, however the call ends.
    pub(super) fn with<T>(
        &self,
        open: impl FnOnce() -> Result<C>,
        sound: fn(&C) -> bool,
        call: impl FnOnce(&mut C) -> Result<T>,
    ) -> Result<T> {
        let mut out = Out { pool: self, sound, connection: self.take()? };
        let connection = match &mut out.connection {
            Some(connection) => connection,
            empty => empty.insert(open()?),
        };
        call(connection)
    }

    /// All connections that nobody uses now; they leave the pool.
    pub(super) fn take_idle(&self) -> Vec<C> {
        std::mem::take(&mut self.state().idle)
    }

    /// An idle connection, or leave to open one.
    fn take(&self) -> Result<Option<C>> {
        let mut deadline = None;
        let mut state = self.state();
        loop {
            if let Some(connection) = state.idle.pop() {
                state.out = state.out.saturating_add(1);
                return Ok(Some(connection));
            }
            if state.out < self.most {
                state.out = state.out.saturating_add(1);
                return Ok(None);
            }
            let deadline = deadline.get_or_insert_with(|| Deadline::after(self.wait));
            let Some(left) = deadline.left() else {
                return Err(Error::new(
                    Code::StoreUnavailable,
                    "all connections to the store were in use for too long",
                ));
            };
            state.waiting = state.waiting.saturating_add(1);
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            state.waiting = state.waiting.saturating_sub(1);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<C>> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on its way; it comes back however the call ends.
struct Out<'a, C> {
    pool: &'a Connections<C>,
    sound: fn(&C) -> bool,
    connection: Option<C>,
}

impl<C> Drop for Out<'_, C> {
    fn drop(&mut self) {
        // One that is not kept is closed when the lock is free again.
        let (kept, _closed) = match self.connection.take() {
            Some(connection) if (self.sound)(&connection) => (Some(connection), None),
            other => (None, other),
        };
        let mut state = self.pool.state();
        state.out = state.out.saturating_sub(1);
        state.idle.extend(kept);
        let wake = state.waiting > 0;
        drop(state);
        if wake {
            self.pool.returned.notify_one();
        }
    }
}
