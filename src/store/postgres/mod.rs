//! The production store: the `keymgr` schema of a MOSIP key manager on PostgreSQL, used as it is
//! (docs/storage.md, section 7).

mod address;
mod failure;
mod find;
mod line;
mod locks;
mod options;
mod pool;
mod replica;
mod schema;
mod scope;
mod session;
mod tls;
mod value;
mod write;

use std::fmt;
use std::time::Duration;

use super::{ChangeSet, KeyStore, LockId, Page, Query, Schema, StoreCapabilities};
use crate::error::Result;
use crate::id::KeyScope;
use crate::process::ForkGuard;
use crate::secret::SecretBytes;

pub use address::{PostgresAddress, TlsMode};
use locks::Locks;
pub use options::PostgresOptions;
use pool::Pool;
use replica::Replica;
use session::Ways;

/// The store in a PostgreSQL database. Any number of processes on any number of machines may use it at once, a Java key
/// manager among them.
///
/// Connections are opened when they are needed and opened again when they break; a call is begun again, with a bound,
/// where nothing of it can have happened. What [`apply`](KeyStore::apply) acknowledged survives a crash of every
/// machine that the server's `synchronous_commit` waits for.
///
/// Like every store it blocks. It must not be called, nor dropped, on a thread that drives an async runtime: hop to a
/// thread for blocking work first.
pub struct PostgresStore {
    pool: Pool,
    replica: Option<Replica>,
    locks: Locks,
    guard: ForkGuard,
}

impl PostgresStore {
    /// Connects to the database and looks at its tables. Tables that are missing are no error yet:
    /// [`prepare`](KeyStore::prepare) makes them.
    ///
    /// # Errors
    /// `store_unavailable`, saying what to do, when the server cannot be reached or trusted, or refuses user, password
    /// or database; `store_version` when a newer release made our tables; `file_not_found`, `file_failed`,
    /// `too_large` and `certificate_unparsable` for the file of authorities; `invalid_argument` for zero connections.
    /// The password is in none of them.
    pub fn open(address: PostgresAddress, password: Option<SecretBytes>, options: PostgresOptions) -> Result<Self> {
        let tls = tls::configuration(&address)?;
        let again = |password: &SecretBytes| SecretBytes::copy_from(password.expose());
        let reading = options.read_from.clone();
        let replica =
            reading.map(|address| Replica::new(address, password.as_ref().map(again), &options)).transpose()?;
        let pool = Pool::new(Ways::new(address, password, options, tls))?;
        let store = Self { pool, replica, locks: Locks::new(), guard: ForkGuard::new() };
        store.pool.with(|_| Ok(()))?;
        Ok(store)
    }

    /// The tables of the service that the library does not read and that have rows, with their numbers.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub fn other_rows(&self) -> Result<Vec<(&'static str, u64)>> {
        self.guard.check()?;
        self.pool.with(schema::other_rows)
    }

    /// Where this store is.
    #[must_use]
    pub fn address(&self) -> &PostgresAddress {
        &self.pool.ways().address
    }
}

impl KeyStore for PostgresStore {
    fn capabilities(&self) -> StoreCapabilities {
        StoreCapabilities {
            side_tables: self.pool.has_side_tables(),
            row_authentication: self.pool.keeps_macs(),
            locks_between_processes: true,
            durable: self.pool.is_durable(),
            reads_may_lag: self.replica.is_some(),
        }
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.guard.check()?;
        query.check()?;
        let replica = self.replica.as_ref().filter(|_| query.may_lag);
        if let Some(page) = replica.and_then(|replica| replica.find(&query)) {
            return Ok(page);
        }
        self.pool.with(|session| find::find(session, &query))
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.guard.check()?;
        changes.check()?;
        self.pool.with(|session| write::apply(session, &changes))
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.guard.check()?;
        self.locks.lock(&self.pool, &scope, wait)
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        self.guard.check()?;
        self.locks.unlock(lock);
        Ok(())
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.guard.check()?;
        let prepare = match schema {
            Schema::KeyManager => schema::prepare,
            Schema::RowAuthentication => schema::prepare_macs,
        };
        self.pool.with(|session| {
            prepare(session)?;
            self.pool.note_tables(session);
            // What the others know of the tables is old.
            self.pool.close_idle();
            Ok(())
        })
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        if self.guard.check().is_err() {
            // After a fork the connections belong to the parent; a word of farewell here would end them there.
            self.pool.abandon();
            self.locks.abandon();
            self.replica.iter().for_each(Replica::abandon);
        }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("address", &self.pool.ways().address.to_string()).finish_non_exhaustive()
    }
}
