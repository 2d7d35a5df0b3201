//! What a failure of SQLite means for the caller.

use rusqlite::ffi;

use crate::error::{Code, Error};

/// The error of `doing` that SQLite refused. SQLite's own number is kept; its text is not, since it may hold values.
pub(super) fn failed(doing: &str, error: &rusqlite::Error) -> Error {
    let Some(failure) = error.sqlite_error() else {
        return Error::new(Code::StoreUnavailable, format!("cannot {doing}: unexpected answer from SQLite"));
    };
    let (code, why) = meaning(failure.extended_code);
    Error::new(code, format!("cannot {doing}: {why} (SQLite code {})", failure.extended_code))
}

fn meaning(extended: i32) -> (Code, &'static str) {
    match extended {
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_ROWID => {
            return (Code::StoreDuplicate, "the id or a unique value exists already");
        }
        ffi::SQLITE_READONLY_DBMOVED => {
            return (Code::StoreUnavailable, "the store file was removed or replaced while it was open");
        }
        ffi::SQLITE_IOERR_NOMEM => return (Code::StoreUnavailable, "out of memory"),
        _ => {}
    }
    // The low byte is the primary code.
    match extended & 0xff {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => {
            (Code::StoreUnavailable, "another process or thread kept the store busy for too long")
        }
        ffi::SQLITE_READONLY => (Code::StoreReadOnly, "the store or its folder cannot be written to"),
        ffi::SQLITE_PERM | ffi::SQLITE_CANTOPEN => {
            (Code::StoreUnavailable, "the store file, or a file beside it, cannot be opened")
        }
        ffi::SQLITE_NOTADB => (Code::RecordDamaged, "the file is not an SQLite database, or its header is damaged"),
        ffi::SQLITE_CORRUPT => (Code::RecordDamaged, "the SQLite file is damaged"),
        ffi::SQLITE_FULL => (Code::StoreUnavailable, "the disk is full"),
        ffi::SQLITE_IOERR => (Code::StoreUnavailable, "reading or writing the file failed"),
        ffi::SQLITE_NOMEM => (Code::StoreUnavailable, "out of memory"),
        ffi::SQLITE_ERROR | ffi::SQLITE_SCHEMA => (Code::StoreUnavailable, "the tables are not those of a key manager"),
        ffi::SQLITE_CONSTRAINT => (Code::StoreUnavailable, "a constraint of the tables forbids it"),
        _ => (Code::StoreUnavailable, "SQLite failed"),
    }
}
