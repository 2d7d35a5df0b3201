//! Connections to one file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::failed;
use super::layouts::Layouts;
use super::{SqliteOptions, schema};
use crate::error::{Code, Error, Result};
use crate::store::pool::Connections;

/// Statements kept prepared in each connection: all there are.
const STATEMENTS: usize = 96;

pub(super) struct Pool {
    path: PathBuf,
    busy_timeout: Duration,
    sessions: Connections<Session>,
}

/// A connection, and what is known of the statements prepared in it.
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) layouts: Layouts,
}

impl Pool {
    pub(super) fn new(path: PathBuf, options: &SqliteOptions) -> Result<Self> {
        let sessions = Connections::new(options.connections, options.busy_timeout)?;
        Ok(Self { path, busy_timeout: options.busy_timeout, sessions })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `call` with a connection of its own.
    pub(super) fn with<T>(&self, call: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let open = || Ok(Session { connection: self.open()?, layouts: Layouts::default() });
        // One that is still inside a transaction had a call that panicked: it is closed, which rolls back.
        self.sessions.with(open, |session| session.connection.is_autocommit(), call)
    }

    /// Forgets all connections without closing them.
    pub(super) fn abandon(&self) {
        std::mem::forget(self.sessions.take_idle());
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
}
