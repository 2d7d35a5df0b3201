//! A replica that answers what may lag (STO-72, STO-73).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::find;
use super::options::PostgresOptions;
use super::pool::Pool;
use super::session::Ways;
use super::{PostgresAddress, tls};
use crate::error::Result;
use crate::secret::SecretBytes;
use crate::store::{Page, Query};

/// How long it is left alone after it failed.
const REST: Duration = Duration::from_secs(10);
/// How long connecting to it may take at most: the first server is there, and waits.
const CONNECT: Duration = Duration::from_secs(1);
/// How long it may work on one statement at most.
const STATEMENT: Duration = Duration::from_secs(5);

pub(super) struct Replica {
    pool: Pool,
    /// Until when nobody asks it.
    resting: Mutex<Option<Instant>>,
}

impl Replica {
    /// Connects to nothing.
    pub(super) fn new(
        address: PostgresAddress,
        password: Option<SecretBytes>,
        options: &PostgresOptions,
    ) -> Result<Self> {
        let tls = tls::configuration(&address)?;
        let options = PostgresOptions {
            connect_timeout: options.connect_timeout.min(CONNECT),
            statement_timeout: options.statement_timeout.min(STATEMENT),
            answer_timeout: options.answer_timeout.min(STATEMENT),
            wait: options.wait.min(CONNECT),
            tries: 1,
            read_from: None,
            ..options.clone()
        };
        Ok(Self { pool: Pool::new(Ways::reading(address, password, options, tls))?, resting: Mutex::default() })
    }

    /// What the replica has; none when it has nothing, or cannot be asked.
    pub(super) fn find(&self, query: &Query) -> Option<Page> {
        if !self.may_be_asked() {
            return None;
        }
        let found = self.pool.with(|session| find::find(session, query));
        match found {
            Ok(page) => {
                self.rest_until(None);
                Some(page).filter(|page| !page.records.is_empty())
            }
            Err(error) => {
                self.rest_until(Instant::now().checked_add(REST));
                tracing::warn!(code = error.code().name(), "the replica is left alone for a while: {}", error.detail());
                None
            }
        }
    }

    /// Forgets all connections without closing them.
    pub(super) fn abandon(&self) {
        self.pool.abandon();
    }

    /// One call of many finds out whether a replica that failed is back; the others need not wait for it.
    fn may_be_asked(&self) -> bool {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = *resting else { return true };
        let now = Instant::now();
        if now < until {
            return false;
        }
        *resting = now.checked_add(REST);
        true
    }

    fn rest_until(&self, until: Option<Instant>) {
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}
