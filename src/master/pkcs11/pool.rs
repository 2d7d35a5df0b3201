//! The sessions of a handle, each on a thread of its own, so that a call on a token that hangs can be given up
//! (TOK-15, TOK-16, TOK-19).

use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::TokenStatus;
use super::fault::{Attempt, Fault};
use super::seat::{Seat, Shared};
use crate::error::{Code, Error, Result};

/// The sessions of one handle.
pub(super) struct Pool {
    shared: Arc<Shared>,
    size: usize,
    back_off: Vec<Duration>,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Worker>,
    busy: usize,
    /// One for each call that was given up and has not come back.
    hanging: Vec<mpsc::Receiver<()>>,
}

/// What a caller wants done, as often as it takes.
type Work<T> = Arc<dyn Fn(&mut Seat) -> Attempt<T> + Send + Sync>;
/// One attempt at it, on the thread of a session.
type Job = Box<dyn FnOnce(&mut Seat) + Send>;

struct Worker {
    jobs: mpsc::Sender<Job>,
    /// Ends with the thread.
    ended: mpsc::Receiver<()>,
}

impl Pool {
    pub(super) fn new(shared: Arc<Shared>, size: usize, back_off: Vec<Duration>) -> Self {
        Self { shared, size: size.max(1), back_off, state: Mutex::default(), freed: Condvar::new() }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(super) fn status(&self) -> TokenStatus {
        let mut state = self.state();
        state.count_hanging();
        TokenStatus { sessions: self.size, idle: state.idle.len(), busy: state.busy, hanging: state.hanging.len() }
    }

    /// Runs `job` on a session, and again on a new one after a loss, until the pauses are used up. `limit` is for each
    /// attempt.
    pub(super) fn run<T: Send + 'static>(
        &self,
        limit: Option<Duration>,
        job: impl Fn(&mut Seat) -> Attempt<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let job: Work<T> = Arc::new(job);
        let mut pauses = self.back_off.iter();
        let mut attempts: usize = 0;
        loop {
            let lost = match self.once(limit, Arc::clone(&job), attempts)? {
                Ok(answer) => return Ok(answer),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Lost(lost)) => lost,
            };
            attempts = attempts.saturating_add(1);
            let Some(pause) = pauses.next() else {
                return Err(lost.error.context(format!("after {attempts} attempts")));
            };
            tracing::warn!(why = lost.error.detail(), attempts, "a token session was lost; a new one is opened");
            std::thread::sleep(*pause);
        }
    }

    fn once<T: Send + 'static>(&self, limit: Option<Duration>, job: Work<T>, number: usize) -> Result<Attempt<T>> {
        let worker = self.take(limit)?;
        let (answer, answered) = mpsc::sync_channel(1);
        let work: Job = Box::new(move |seat| {
            // Who gave up does not listen any more.
            let _ = answer.send(seat.attempt(number, job.as_ref()));
        });
        if worker.jobs.send(work).is_err() {
            self.free(None);
            return Err(Error::internal("the thread of a token session ended"));
        }
        let outcome = match limit {
            Some(limit) => answered.recv_timeout(limit),
            None => answered.recv().map_err(RecvTimeoutError::from),
        };
        match outcome {
            Ok(outcome) => {
                self.free(Some(worker));
                Ok(outcome)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.free(None);
                Err(Error::internal("a call on a token session panicked"))
            }
            Err(RecvTimeoutError::Timeout) => {
                self.state().hanging.push(worker.ended);
                self.free(None);
                let limit = limit.unwrap_or_default().as_millis();
                tracing::error!(limit, "a call on the token was given up");
                Err(Error::new(Code::TokenTimeout, format!("the token did not answer within {limit} ms")))
            }
        }
    }

    /// A worker that nobody uses, or a new one, or one that is freed in time.
    fn take(&self, limit: Option<Duration>) -> Result<Worker> {
        let begun = Instant::now();
        let mut state = self.state();
        loop {
            if let Some(worker) = state.idle.pop() {
                state.busy = state.busy.saturating_add(1);
                return Ok(worker);
            }
            state.count_hanging();
            if state.hanging.len() >= self.size.saturating_mul(MOST_HANGING) {
                let text = format!("{} calls on the token hang", state.hanging.len());
                return Err(Error::new(Code::TokenTimeout, text));
            }
            if state.busy < self.size {
                let worker = self.hire()?;
                state.busy = state.busy.saturating_add(1);
                return Ok(worker);
            }
            let left = match limit.map(|limit| limit.checked_sub(begun.elapsed())) {
                Some(None) => {
                    return Err(Error::new(Code::TokenTimeout, format!("all {} sessions are in use", self.size)));
                }
                Some(Some(left)) => left,
                None => LONG,
            };
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn hire(&self) -> Result<Worker> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ends, ended) = mpsc::channel::<()>();
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let _ends = ends;
            let mut seat = Seat::new(shared);
            while let Ok(job) = queue.recv() {
                job(&mut seat);
            }
        };
        std::thread::Builder::new().name("pkcs11".to_owned()).spawn(work).map_err(|error| {
            Error::new(Code::MasterUnavailable, format!("no thread for a token session: {}", error.kind()))
        })?;
        Ok(Worker { jobs, ended })
    }

    /// One session less in use.
    fn free(&self, worker: Option<Worker>) {
        let mut state = self.state();
        state.busy = state.busy.saturating_sub(1);
        state.idle.extend(worker);
        drop(state);
        self.freed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the idle sessions, and waits a little for it: a module may not like threads inside it while the process
    /// ends.
    pub(super) fn close(&self) {
        let workers = std::mem::take(&mut self.state().idle);
        let ended: Vec<_> = workers.into_iter().map(|worker| worker.ended).collect();
        for ended in ended {
            let _ = ended.recv_timeout(FAREWELL);
        }
    }
}

impl State {
    fn count_hanging(&mut self) {
        self.hanging.retain(|ended| matches!(ended.try_recv(), Err(TryRecvError::Empty)));
    }
}

/// How many calls may hang for each session before further ones fail at once.
const MOST_HANGING: usize = 4;
/// How long one waits between two looks when there is no limit.
const LONG: Duration = Duration::from_secs(60);
/// How long closing a session may take when a handle goes.
const FAREWELL: Duration = Duration::from_secs(1);
