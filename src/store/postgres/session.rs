//! One connection to the server, with its prepared statements.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{ChannelBinding, SslMode, TargetSessionAttrs};
use postgres::{Client, Config, NoTls, Row, Statement};
use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{PostgresAddress, TlsMode};
use super::failure::{Fate, failed};
use super::options::PostgresOptions;
use super::schema;
use crate::error::Result;
use crate::secret::SecretBytes;
use crate::store::columns::Cell;

/// What is needed to open a connection.
pub(super) struct Ways {
    pub(super) address: PostgresAddress,
    pub(super) options: PostgresOptions,
    password: Option<SecretBytes>,
    tls: Option<Arc<ClientConfig>>,
}

/// A connection, and what is known of it.
pub(super) struct Session {
    client: Client,
    /// The schema, as a statement has it.
    schema: Arc<str>,
    statements: HashMap<String, Statement>,
    /// Which tables there were when the connection was opened.
    pub(super) tables: HashSet<String>,
    /// What can be done about the last failure.
    pub(super) fate: Fate,
    broken: bool,
    in_transaction: bool,
}

impl Ways {
    pub(super) fn new(
        address: PostgresAddress,
        password: Option<SecretBytes>,
        options: PostgresOptions,
        tls: Option<Arc<ClientConfig>>,
    ) -> Self {
        Self { address, options, password, tls }
    }

    /// Opens a connection, sets it up, and looks at the tables. Beside an error comes what can be done about it.
    pub(super) fn open(&self) -> std::result::Result<Session, (crate::error::Error, Fate)> {
        let doing = format!("connect to {}", self.address);
        let config = self.config();
        let client = match &self.tls {
            Some(tls) => config.connect(MakeRustlsConnect::new(ClientConfig::clone(tls))),
            None => config.connect(NoTls),
        };
        let mut session = Session {
            client: client.map_err(|error| failed(&doing, &error))?,
            schema: Arc::from(self.address.schema()),
            statements: HashMap::new(),
            tables: HashSet::new(),
            fate: Fate::Final,
            broken: false,
            in_transaction: false,
        };
        session
            .set_up(&self.options)
            .and_then(|()| schema::look(&mut session))
            .map_err(|error| (error, session.fate))?;
        Ok(session)
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        for host in &self.address.hosts {
            config.host(&host.name).port(host.port);
        }
        config.user(&self.address.user).dbname(&self.address.database).application_name(&self.address.application);
        if let Some(password) = &self.password {
            config.password(password.expose());
        }
        config.connect_timeout(self.options.connect_timeout);
        // A server that is gone without a word is noticed by then, also while a statement waits for its answer.
        config.tcp_user_timeout(self.options.statement_timeout);
        config.keepalives_idle(Duration::from_secs(30));
        config.keepalives_interval(Duration::from_secs(10)).keepalives_retries(3);
        config.ssl_mode(if self.tls.is_some() { SslMode::Require } else { SslMode::Disable });
        if self.address.tls == TlsMode::Disable {
            config.channel_binding(ChannelBinding::Disable);
        }
        if self.address.hosts.len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config
    }
}

impl Session {
    /// The name of a table, as a statement has it.
    pub(super) fn table(&self, name: &str) -> String {
        schema::table(&self.schema, name)
    }

    pub(super) fn schema(&self) -> Arc<str> {
        Arc::clone(&self.schema)
    }

    /// Whether it can be used for the next call.
    pub(super) fn is_sound(&self) -> bool {
        !self.broken && !self.in_transaction && !self.client.is_closed()
    }

    pub(super) fn has_side_tables(&self) -> bool {
        crate::store::tables::SIDE_TABLES.iter().all(|table| self.tables.contains(table.name))
    }

    fn set_up(&mut self, options: &PostgresOptions) -> Result<()> {
        // As text, so that nothing depends on what this server or this role has as default. A commit is on the disk
        // when it returns: only where that was turned off is it turned on, since there are stronger promises too.
        let sql = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET search_path = \"{}\"; SET default_transaction_isolation = 'read committed'; SET bytea_output = 'hex'; \
             SELECT pg_catalog.set_config('synchronous_commit', 'on', false) \
             WHERE pg_catalog.current_setting('synchronous_commit') = 'off'",
            options.statement_timeout.as_millis().max(1),
            options.lock_timeout.as_millis().max(1),
            options.statement_timeout.saturating_mul(2).as_millis().max(1),
            self.schema,
        );
        self.batch("set the connection up", &sql)
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&mut self, doing: &str, sql: &str) -> Result<()> {
        let result = self.client.batch_execute(sql);
        self.noted(doing, result)
    }

    /// The rows of a statement, which is prepared the first time.
    pub(super) fn query(&mut self, doing: &str, sql: &str, values: &[Cell<'_>]) -> Result<Vec<Row>> {
        let statement = self.prepared(doing, sql)?;
        let values: Vec<&(dyn postgres::types::ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let result = self.client.query(&statement, &values);
        self.noted(doing, result)
    }

    /// Runs `call` in a transaction: all of it or nothing.
    pub(super) fn transaction<T>(&mut self, doing: &str, call: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.batch(doing, "BEGIN")?;
        self.in_transaction = true;
        match call(self) {
            Ok(done) => {
                let committed = self.client.batch_execute("COMMIT");
                self.in_transaction = false;
                match committed {
                    Ok(()) => Ok(done),
                    Err(error) if error.code().is_some() => self.noted(doing, Err(error)),
                    Err(error) => {
                        self.broken = true;
                        let lost = self.noted(doing, Err(error));
                        // Repeating it could do it twice.
                        self.fate = Fate::Final;
                        lost.map_err(|error: crate::error::Error| {
                            error.context("the answer to a commit never came, so it has happened or not; read again")
                        })
                    }
                }
            }
            Err(error) => {
                let fate = self.fate;
                if !self.broken && self.client.batch_execute("ROLLBACK").is_ok() {
                    self.in_transaction = false;
                }
                self.fate = fate;
                Err(error)
            }
        }
    }

    fn prepared(&mut self, doing: &str, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.client.prepare(sql);
        let statement = self.noted(doing, prepared)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn noted<T>(&mut self, doing: &str, result: std::result::Result<T, postgres::Error>) -> Result<T> {
        result.map_err(|error| {
            let (error, fate) = failed(doing, &error);
            self.fate = fate;
            match fate {
                Fate::Broken => self.broken = true,
                Fate::Stale => self.statements.clear(),
                Fate::Repeat | Fate::Final => {}
            }
            error
        })
    }
}
