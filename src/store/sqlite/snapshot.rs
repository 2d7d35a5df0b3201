//! The file as a whole: a copy of it at one moment, and what is in it besides the records of the contract.

use std::path::Path;

use rusqlite::OptionalExtension as _;

use super::SqliteStore;
use super::failure::failed;
use crate::error::{Code, Error, Result};

/// Tables of the MOSIP database that the library does not read (STO-8).
const OTHER_TABLES: [&str; 6] = [
    "data_encrypt_keystore",
    "ca_cert_store",
    "partner_cert_store",
    "licensekey_list",
    "licensekey_permission",
    "tsp_licensekey_map",
];

impl SqliteStore {
    /// Writes the database as it is at one moment, with every table and column, to the empty file `target`; others may
    /// read and write meanwhile. The file is whole when this returns, but not yet flushed to the disk.
    ///
    /// # Errors
    /// `invalid_argument` when `target` is not an empty file; `store_unavailable`, `record_damaged`.
    pub fn snapshot(&self, target: &Path) -> Result<()> {
        self.guard.check()?;
        let not_empty = || Error::new(Code::InvalidArgument, format!("{} is not an empty file", target.display()));
        if !target.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
            return Err(not_empty());
        }
        let name = target.to_str().ok_or_else(not_empty)?;
        let doing = || format!("copy the store to {name}");
        self.pool.with(|session| {
            session.connection.execute("VACUUM INTO ?1", [name]).map(|_| ()).map_err(|error| failed(&doing(), &error))
        })
    }

    /// The tables that the library does not read and that have rows, with their numbers: what a copy record by record
    /// leaves behind.
    ///
    /// # Errors
    /// `store_unavailable`, `record_damaged`.
    pub fn other_rows(&self) -> Result<Vec<(&'static str, u64)>> {
        self.guard.check()?;
        self.pool.with(|session| {
            let mut rows = Vec::new();
            for table in OTHER_TABLES {
                let exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
                let count = format!("SELECT count(*) FROM {table}");
                let found = session.connection.query_row(exists, [table], |_| Ok(())).optional();
                if found.map_err(|error| failed("look for tables", &error))?.is_none() {
                    continue;
                }
                let counted = session.connection.query_row(&count, [], |row| row.get::<_, i64>(0));
                let counted = counted.map_err(|error| failed("count rows", &error))?;
                if let Some(counted) = u64::try_from(counted).ok().filter(|counted| *counted > 0) {
                    rows.push((table, counted));
                }
            }
            Ok(rows)
        })
    }
}
