//! Change sets in one file.

use rusqlite::types::{ToSql, ToSqlOutput, Value};
use rusqlite::{Connection, TransactionBehavior};

use super::failure::failed;
use super::layouts::Layouts;
use super::pool::Session;
use super::{find, schema};
use crate::error::{Error, Result};
use crate::id::KeyScope;
use crate::store::columns::Cell;
use crate::store::writer::{self, Writer};
use crate::store::{ChangeSet, Record, Version};

/// Applies `changes` in one transaction, or nothing of them (STO-21 to STO-25).
pub(super) fn apply(session: &mut Session, changes: &ChangeSet) -> Result<()> {
    let Session { connection, layouts } = session;
    // IMMEDIATE takes the write lock before the first read, so that nothing read here can change before it is written,
    // and so that SQLite's busy wait applies: it does not when a reader turns into a writer.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(doing)?;
    schema::check(&transaction)?;
    writer::apply(&mut InFile { connection: &transaction, layouts }, changes)?;
    transaction.commit().map_err(doing)
}

struct InFile<'a> {
    connection: &'a Connection,
    layouts: &'a mut Layouts,
}

impl Writer for InFile<'_> {
    fn table(&self, name: &'static str) -> String {
        name.to_owned()
    }

    fn mark(&self, number: usize) -> String {
        format!("?{number}")
    }

    fn run(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql).map_err(doing)?;
        statement.execute(rusqlite::params_from_iter(values)).map(drop).map_err(doing)
    }

    fn exists(&mut self, sql: &str, id: &str) -> Result<bool> {
        let failed = |error: rusqlite::Error| failed("read the store", &error);
        self.connection.prepare_cached(sql).map_err(failed)?.exists([id]).map_err(failed)
    }

    fn keeps_macs(&mut self) -> Result<bool> {
        schema::keeps_macs(self.connection)
    }

    fn scope_versions(&mut self, scope: &KeyScope) -> Result<Vec<Version>> {
        find::scope_versions(self.connection, self.layouts, scope)
    }

    fn current_version(&mut self, record: &Record) -> Result<Option<Version>> {
        find::current_version(self.connection, self.layouts, record)
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => ToSqlOutput::from(*text),
            Self::Made(text) => ToSqlOutput::from(text.as_str()),
            Self::Time(time) => ToSqlOutput::from(time.to_database()),
            Self::Small(number) => ToSqlOutput::from(*number),
            #[cfg(feature = "postgres")]
            Self::Whole(number) => ToSqlOutput::from(*number),
            Self::Truth(truth) => ToSqlOutput::from(*truth),
            Self::Null => ToSqlOutput::Owned(Value::Null),
        })
    }
}

fn doing(error: rusqlite::Error) -> Error {
    failed("change the store", &error)
}
