//! One connection to the server, with its prepared statements.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio_postgres::config::{ChannelBinding, SslMode, TargetSessionAttrs};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Config, NoTls, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Host, PostgresAddress, TlsMode};
use super::failure::{Fate, failed};
use super::line::{Broke, Line};
use super::options::PostgresOptions;
use super::schema;
use super::value::AsText;
use crate::error::Result;
use crate::secret::SecretBytes;
use crate::store::columns::Cell;

/// What is needed to open a connection.
pub(super) struct Ways {
    pub(super) address: PostgresAddress,
    pub(super) options: PostgresOptions,
    password: Option<SecretBytes>,
    tls: Option<Arc<ClientConfig>>,
    /// Any server will do, a standby too.
    only_reads: bool,
}

/// A connection, and what is known of it.
pub(super) struct Session {
    line: Line,
    /// The schema, as a statement has it.
    schema: Arc<str>,
    /// How each transaction begins.
    begin: String,
    /// The next transaction may be in another session of the server (STO-74).
    is_shared: bool,
    statements: HashMap<String, Statement>,
    /// Which tables there were when the connection was opened.
    pub(super) tables: HashSet<String>,
    /// Whether a commit was on the server's disk when the connection was opened (STO-70a).
    pub(super) is_durable: bool,
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
        Self { address, options, password, tls, only_reads: false }
    }

    /// The same for a server that need not take writes.
    pub(super) fn reading(
        address: PostgresAddress,
        password: Option<SecretBytes>,
        options: PostgresOptions,
        tls: Option<Arc<ClientConfig>>,
    ) -> Self {
        Self { only_reads: true, ..Self::new(address, password, options, tls) }
    }

    /// Opens a connection, sets it up, and looks at the tables. Beside an error comes what can be done about it.
    pub(super) fn open(&self) -> std::result::Result<Session, (crate::error::Error, Fate)> {
        let line = self.connect().map_err(|broke| failed(&format!("connect to {}", self.address), &broke))?;
        let mut session = Session {
            line,
            schema: Arc::from(self.address.schema()),
            begin: self.begin(),
            is_shared: self.address.is_shared,
            statements: HashMap::new(),
            tables: HashSet::new(),
            is_durable: true,
            fate: Fate::Final,
            broken: false,
            in_transaction: false,
        };
        self.set_up(&mut session).and_then(|()| schema::look(&mut session)).map_err(|error| (error, session.fate))?;
        Ok(session)
    }

    /// The first host that will do. Each is given its time, so that one that hangs does not hide the next.
    fn connect(&self) -> std::result::Result<Line, Broke> {
        let (connect, answer) = (self.options.connect_timeout, self.options.answer_timeout);
        let mut last = Broke::Silent(connect);
        for host in &self.address.hosts {
            let config = self.config(host);
            let opened = match &self.tls {
                Some(tls) => Line::open(&config, MakeRustlsConnect::new(ClientConfig::clone(tls)), connect, answer),
                None => Line::open(&config, NoTls, connect, answer),
            };
            match opened {
                Ok(line) => return Ok(line),
                Err(broke) => last = broke,
            }
        }
        Err(last)
    }

    fn config(&self, host: &Host) -> Config {
        let mut config = Config::new();
        config.host(&host.name).port(host.port);
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
        if self.address.hosts.len() > 1 && !self.only_reads {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config
    }

    /// A session that is shared is nobody's to set up: its settings would be those of whoever comes next.
    fn set_up(&self, session: &mut Session) -> Result<()> {
        if self.address.is_shared {
            return Ok(());
        }
        // As text, so that nothing depends on what this server or this role has as default.
        let sql = format!(
            "{} SET idle_in_transaction_session_timeout = {}; SET search_path = \"{}\"; \
             SET default_transaction_isolation = 'read committed'; SET bytea_output = 'hex'; {}",
            self.limits("SET"),
            self.options.statement_timeout.saturating_mul(2).as_millis().max(1),
            self.address.schema(),
            durable(false),
        );
        session.batch("set the connection up", &sql)
    }

    fn limits(&self, set: &str) -> String {
        let millis = |time: Duration| time.as_millis().max(1);
        let (statement, lock) = (millis(self.options.statement_timeout), millis(self.options.lock_timeout));
        format!("{set} statement_timeout = {statement}; {set} lock_timeout = {lock};")
    }

    /// How a transaction begins: whatever the session has as default, and whosever it was before.
    fn begin(&self) -> String {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        if !self.address.is_shared {
            return begin.to_owned();
        }
        let (limits, schema) = (self.limits("SET LOCAL"), self.address.schema());
        format!("{begin}; {limits} SET LOCAL search_path = \"{schema}\"; {}", durable(true))
    }
}

/// A commit is on the disk when it returns: only where that was turned off is it turned on, since there are stronger
/// promises too.
fn durable(in_transaction: bool) -> String {
    format!(
        "SELECT pg_catalog.set_config('synchronous_commit', 'on', {in_transaction}) \
         WHERE pg_catalog.current_setting('synchronous_commit') = 'off'"
    )
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
        !self.broken && !self.in_transaction && !self.line.is_closed()
    }

    pub(super) fn has_side_tables(&self) -> bool {
        crate::store::tables::SIDE_TABLES.iter().all(|table| self.tables.contains(table.name))
    }

    pub(super) fn keeps_macs(&self) -> bool {
        self.tables.contains(crate::store::tables::ROW_MACS.name)
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&mut self, doing: &str, sql: &str) -> Result<()> {
        let result = self.line.batch_execute(sql);
        self.noted(doing, result)
    }

    /// The rows of a statement, which is prepared the first time; in a session that is shared it never is, since the
    /// name of what was prepared there can be that of another client's.
    pub(super) fn query(&mut self, doing: &str, sql: &str, values: &[Cell<'_>]) -> Result<Vec<Row>> {
        if self.is_shared {
            let texts: Vec<AsText<'_>> = values.iter().map(AsText).collect();
            let typed: Vec<(&(dyn ToSql + Sync), Type)> = texts.iter().map(|text| (text as _, Type::UNKNOWN)).collect();
            let result = self.line.query_typed(sql, &typed);
            return self.noted(doing, result);
        }
        let statement = self.prepared(doing, sql)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let result = self.line.query(&statement, &values);
        self.noted(doing, result)
    }

    /// Runs `call` in a transaction: all of it or nothing.
    pub(super) fn transaction<T>(&mut self, doing: &str, call: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.begin(doing)?;
        match call(self) {
            Ok(done) => {
                let committed = self.line.batch_execute("COMMIT");
                self.in_transaction = false;
                match committed {
                    Ok(()) => Ok(done),
                    Err(Broke::Told(error)) if error.code().is_some() => self.noted(doing, Err(Broke::Told(error))),
                    Err(error) => {
                        self.broken = true;
                        let lost = self.noted(doing, Err(error));
                        // Repeating it could do it twice.
                        if self.fate != Fate::Silent {
                            self.fate = Fate::Final;
                        }
                        lost.map_err(|error: crate::error::Error| {
                            error.context("the answer to a commit never came, so it has happened or not; read again")
                        })
                    }
                }
            }
            Err(error) => {
                let fate = self.fate;
                self.roll_back();
                self.fate = fate;
                Err(error)
            }
        }
    }

    /// Begins a transaction that is ended by [`roll_back`](Self::roll_back).
    pub(super) fn begin(&mut self, doing: &str) -> Result<()> {
        // Behind the first statement of the text it is in a transaction, whatever becomes of the others.
        self.in_transaction = true;
        let begin = self.begin.clone();
        self.batch(doing, &begin)
    }

    /// Ends a transaction of which nothing is to stay. Where that fails the session is of no use any more.
    pub(super) fn roll_back(&mut self) {
        if !self.broken && self.line.batch_execute("ROLLBACK").is_ok() {
            self.in_transaction = false;
        }
    }

    fn prepared(&mut self, doing: &str, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.line.prepare(sql);
        let statement = self.noted(doing, prepared)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn noted<T>(&mut self, doing: &str, result: std::result::Result<T, Broke>) -> Result<T> {
        result.map_err(|broke| {
            let (error, fate) = failed(doing, &broke);
            self.fate = fate;
            match fate {
                Fate::Broken | Fate::Silent => self.broken = true,
                Fate::Stale => self.statements.clear(),
                Fate::Repeat | Fate::Final => {}
            }
            error
        })
    }
}
