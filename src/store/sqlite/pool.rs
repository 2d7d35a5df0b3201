//! A few connections to one file, handed out one call at a time.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::failed;
use super::layout::Layouts;
use super::{SqliteOptions, schema};
use crate::error::{Code, Error, Result};
use crate::store::locks::Deadline;

/// Statements kept prepared in each connection: all there are.
const STATEMENTS: usize = 64;

pub(super) struct Pool {
    path: PathBuf,
    busy_timeout: Duration,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

/// A connection, and what is known of the statements prepared in it.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) layouts: Layouts,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    /// Connections in use or being opened.
    out: usize,
    /// Calls that wait for one: waking costs a system call, so nobody is woken when nobody waits.
    waiting: usize,
}

impl Pool {
    pub(super) fn new(path: PathBuf, options: &SqliteOptions) -> Result<Self> {
        if options.connections == 0 {
            return Err(Error::new(Code::InvalidArgument, "a store needs at least one connection"));
        }
        Ok(Self {
            path,
            busy_timeout: options.busy_timeout,
            most: options.connections,
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `call` with a connection of its own.
    pub(super) fn with<T>(&self, call: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let mut out = Out { pool: self, session: self.take()? };
        let session = match &mut out.session {
            Some(session) => session,
            empty => empty.insert(Session { connection: self.open()?, layouts: Layouts::default() }),
        };
        call(session)
    }

    /// Forgets all connections without closing them.
    pub(super) fn abandon(&self) {
        std::mem::forget(std::mem::take(&mut self.state().idle));
    }

    /// An idle connection, or leave to open one.
    fn take(&self) -> Result<Option<Session>> {
        let mut deadline = None;
        let mut state = self.state();
        loop {
            if let Some(session) = state.idle.pop() {
                state.out = state.out.saturating_add(1);
                return Ok(Some(session));
            }
            if state.out < self.most {
                state.out = state.out.saturating_add(1);
                return Ok(None);
            }
            let deadline = deadline.get_or_insert_with(|| Deadline::after(self.busy_timeout));
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

    fn open(&self) -> Result<Connection> {
        // Without CREATE: a store that is gone is an error, not a new empty one.
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let doing = || format!("open {}", self.path.display());
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|error| failed(&doing(), &error))?;
        self.set_up(&connection).map_err(|error| failed(&doing(), &error))?;
        if connection.is_readonly(rusqlite::MAIN_DB).map_err(|error| failed(&doing(), &error))? {
            return Err(Error::new(Code::StoreReadOnly, format!("{} cannot be written to", self.path.display())));
        }
        schema::check(&connection).map_err(|error| error.context(self.path.display()))?;
        Ok(connection)
    }

    fn set_up(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // What the schema in the file says is data, not code to be trusted.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        // A plan may not depend on the values bound to it: else SQLite plans anew in every call, because of LIMIT ?.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // FULL: a commit is on the disk when it returns. Deleted rows are overwritten; nothing spills to other files.
        // No mmap_size: where the disk fails under a mapped page the system ends the process, and STO-43 wants an error.
        // 4 MB of pages: as measured, more of them make reads slower from a hundred thousand records on.
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; \
             PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA cache_size = -4000;",
        )
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on its way; it comes back however the call ends.
struct Out<'a> {
    pool: &'a Pool,
    session: Option<Session>,
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.out = state.out.saturating_sub(1);
        // One that is still inside a transaction had a call that panicked: it is closed, which rolls back.
        state.idle.extend(self.session.take().filter(|session| session.connection.is_autocommit()));
        let wake = state.waiting > 0;
        drop(state);
        if wake {
            self.pool.returned.notify_one();
        }
    }
}
