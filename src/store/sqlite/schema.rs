//! The tables of a store file, and the version of the file (STO-1 to STO-9).

use rusqlite::{Connection, TransactionBehavior};

use super::failure::failed;
use crate::error::{Code, Error, Result};
use crate::store::tables::{ROW_MACS, SIDE_TABLES, TABLES};

/// `PRAGMA application_id` of a store: "KMST".
const APPLICATION: i64 = 0x4b4d_5354;
/// `PRAGMA user_version` of what this release writes; 0 is a file without tables.
const VERSION: i64 = 1;

/// The text of a time column, made comparable: a blank between date and time and six fraction digits. No time is the
/// empty text, which sorts first. SQLite sees that the indexes hold this expression, so it must be written one way.
macro_rules! padded {
    ($column:literal) => {
        concat!(
            "coalesce(replace(CASE length(",
            $column,
            ") WHEN 19 THEN ",
            $column,
            " || '.000000' ELSE substr(",
            $column,
            " || '000000', 1, 26) END, 'T', ' '), '')"
        )
    };
}
pub(super) use padded;

/// Each index ends in the order of the answers, so that a page is read off it without sorting.
const INDEXES: &str = concat!(
    "CREATE INDEX IF NOT EXISTS km_key_alias_order ON key_alias (",
    padded!("key_gen_dtimes"),
    ", id);\nCREATE INDEX IF NOT EXISTS km_key_alias_scope ON key_alias (app_id, coalesce(ref_id, ''), ",
    padded!("key_gen_dtimes"),
    ", id);\nCREATE INDEX IF NOT EXISTS km_key_alias_thumbprint ON key_alias (cert_thumbprint, ",
    padded!("key_gen_dtimes"),
    ", id) WHERE cert_thumbprint IS NOT NULL;",
    "\nCREATE INDEX IF NOT EXISTS km_key_alias_no_thumbprint ON key_alias (",
    padded!("key_gen_dtimes"),
    ", id) WHERE cert_thumbprint IS NULL;",
    "\nCREATE INDEX IF NOT EXISTS km_key_store_master ON key_store (master_key);",
    "\nCREATE INDEX IF NOT EXISTS km_former_thumbprint_alias ON km_former_thumbprint (alias);",
    "\nCREATE INDEX IF NOT EXISTS km_key_pool_master ON km_key_pool (master_key, alias);",
    "\nCREATE INDEX IF NOT EXISTS km_key_pool_ready ON km_key_pool (master_key, alias) WHERE used IS NULL;",
);

/// Creates what is missing (STO-5). Running it twice, or in many processes at once, is fine.
pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("create the tables", &error);
    if user_version(connection)? == 0 {
        // Kept in the file. A file system without shared memory refuses, and the rollback journal stays.
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).map_err(doing)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(doing)?;
    check(&transaction)?;
    for table in TABLES.iter().chain(SIDE_TABLES) {
        transaction.execute_batch(&table.create(table.name, "text")).map_err(doing)?;
    }
    transaction.execute_batch(INDEXES).map_err(doing)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(doing)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(doing)?;
    transaction.commit().map_err(doing)
}

/// Adds the side tables that a store of an earlier release lacks (STO-6). A file without tables is left as it is.
pub(super) fn complete(connection: &mut Connection) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("read the tables of the store", &error);
    if user_version(connection)? != VERSION {
        return Ok(());
    }
    for table in SIDE_TABLES {
        if !connection.table_exists(None, table.name).map_err(doing)? {
            return prepare(connection);
        }
    }
    Ok(())
}

/// Creates the table of MACs (STO-85).
pub(super) fn prepare_macs(connection: &mut Connection) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("create the table of MACs", &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(doing)?;
    check(&transaction)?;
    transaction.execute_batch(&ROW_MACS.create(ROW_MACS.name, "text")).map_err(doing)?;
    transaction.commit().map_err(doing)
}

/// Whether the table of MACs is there now: another process may have made it.
pub(super) fn keeps_macs(connection: &Connection) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1")
        .and_then(|mut statement| statement.exists([ROW_MACS.name]))
        .map_err(|error| failed("look for the table of MACs", &error))
}

/// Refuses a file of another program, and one that a newer release wrote (STO-3, STO-4).
pub(super) fn check(connection: &Connection) -> Result<()> {
    let application: i64 = connection
        .prepare_cached("PRAGMA application_id")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| failed("read the header of the store", &error))?;
    if application != 0 && application != APPLICATION {
        return Err(Error::new(Code::StoreUnavailable, "the SQLite file belongs to another program"));
    }
    match user_version(connection)? {
        0 | VERSION => Ok(()),
        version => Err(Error::new(
            Code::StoreVersion,
            format!("the store has version {version}, and this release knows versions up to {VERSION}"),
        )),
    }
}

fn user_version(connection: &Connection) -> Result<i64> {
    connection
        .prepare_cached("PRAGMA user_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| failed("read the version of the store", &error))
}
