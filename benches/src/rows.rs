//! Stores of many records, and what a bare select of one costs.

use std::cell::Cell;
use std::path::Path;

use rusqlite::Connection;

use crate::Failure;
use crate::contest::{as_f64, cpu_nanos, median};

/// Calls of one turn.
const TURN: u32 = 1000;

/// What tells a record from the others.
#[derive(Debug)]
pub struct Names {
    /// `id` of both tables.
    pub id: String,
    /// `ref_id`.
    pub reference: String,
    /// `cert_thumbprint`.
    pub thumbprint: String,
    /// `uni_ident`.
    pub unique: String,
}

/// Fills a store with Base keys of REGISTRATION from one time to another, each with this certificate and a wrapped key of
/// 2,000 characters.
///
/// # Errors
/// Those of SQLite.
pub fn fill(
    path: &Path,
    records: u32,
    (from, until): (&str, &str),
    certificate: &str,
    names: impl Fn(u32) -> Names,
) -> Result<(), Failure> {
    let mut connection = Connection::open(path)?;
    let transaction = connection.transaction()?;
    {
        let mut alias = transaction.prepare(
            "INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, cr_by, cr_dtimes, cert_thumbprint, uni_ident) \
             VALUES (?1, 'REGISTRATION', ?2, ?5, ?6, 'SYSTEM', '2026-01-01 00:00:00.000000', ?3, ?4)",
        )?;
        let mut stored = transaction.prepare(
            "INSERT INTO key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes) \
             VALUES (?1, 'master', ?2, ?3, 'SYSTEM', '2026-01-01 00:00:00.000000')",
        )?;
        let key = "k".repeat(2000);
        for record in 0..records {
            let Names { id, reference, thumbprint, unique } = names(record);
            alias.execute(rusqlite::params![id, reference, thumbprint, unique, from, until])?;
            stored.execute(rusqlite::params![id, key, certificate])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// One of so many records after the other, in no order.
pub fn any_of(records: u32) -> impl Fn() -> u32 {
    let next = Cell::new(0u32);
    move || {
        next.set(next.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        next.get().checked_rem(records).unwrap_or(0)
    }
}

/// A connection that keeps its plans, as the store does: else SQLite plans the select anew at every call, which takes
/// five times as long.
///
/// # Errors
/// Those of SQLite.
pub fn bare(path: &Path) -> Result<Connection, Failure> {
    let bare = Connection::open(path)?;
    bare.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(bare)
}

/// Reads one record whole by a prepared select.
///
/// # Panics
/// When there is none, or when it is smaller than the records of [`fill`] are.
pub fn read_one(bare: &Connection, sql: &str, parameters: impl rusqlite::Params) {
    let found = bare.prepare_cached(sql).and_then(|mut select| {
        select.query_row(parameters, |row| {
            let mut bytes = 0usize;
            for column in 0..row.as_ref().column_count() {
                bytes = bytes.saturating_add(row.get_ref(column)?.as_bytes().map_or(0, <[u8]>::len));
            }
            Ok(bytes)
        })
    });
    assert!(found.is_ok_and(|bytes| bytes > 3000), "the bare select reads the row whole");
}

/// Microseconds of CPU for one call, the median of the rounds.
pub fn per_call(rounds: usize, work: &dyn Fn()) -> f64 {
    let turn = |_| {
        let begun = cpu_nanos();
        for _ in 0..TURN {
            work();
        }
        as_f64(cpu_nanos().saturating_sub(begun)) / f64::from(TURN) / 1e3
    };
    median(&(0..rounds).map(turn).collect::<Vec<_>>())
}
