//! How a store on PostgreSQL is used.

use std::time::Duration;

use super::address::PostgresAddress;

/// Limits of a store on PostgreSQL. Nothing waits without one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// At most this many connections for queries and change sets, 1 or more; calls beyond that wait. 8 by default. The
    /// scope locks have one more, as long as one is held or waited for.
    pub connections: usize,
    /// How long one call waits for a connection that another call uses. 60 s by default.
    pub wait: Duration,
    /// How long connecting to one server may take, logging in included. 10 s by default.
    pub connect_timeout: Duration,
    /// How long the server may work on one statement. 60 s by default.
    pub statement_timeout: Duration,
    /// How long one answer of the server may take on its way, counted from the statement: longer than the server may
    /// work on it. Then the server counts as hanging, and the call ends without another try. 70 s by default.
    pub answer_timeout: Duration,
    /// How long one statement waits for rows that others change. 30 s by default.
    pub lock_timeout: Duration,
    /// How often a call is begun at most, when the connection breaks or the server asks for it; 1 or more. 5 by default.
    pub tries: u32,
    /// A server that may be asked in place of the first for what [may lag](crate::store::Query::may_lag): a replica,
    /// with the same user and password. Everything else, and what is not found there, is asked of the first server; so
    /// is all of it for a while after the replica failed. None by default.
    pub read_from: Option<PostgresAddress>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 8,
            wait: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(60),
            answer_timeout: Duration::from_secs(70),
            lock_timeout: Duration::from_secs(30),
            tries: 5,
            read_from: None,
        }
    }
}
