//! Rows to records and versions.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::failure::{damaged, failed};
use super::layout::{ALIAS, FORMER, INTENT, Kind, Layout, POLICY, POOL, Places, STORE, Table};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope, RefId, Thumbprint};
use crate::store::version::VersionBuilder;
use crate::store::{
    AliasRow, Cursor, DamagedRow, FormerThumbprintRow, IntentRow, KeyRecord, PolicyRow, PoolKeyRow, Record, StoreRow,
    Version, Versioned,
};
use crate::time::Timestamp;

/// The record in `row`, and its version.
pub(super) fn read(row: &Row<'_>, layout: &Layout) -> Result<Versioned> {
    let values = values(row)?;
    let record = match layout {
        Layout::Key { alias, stored } => read_key(&values, alias, stored)?,
        Layout::Policy(places) => read_policy(&values, places)?,
        Layout::Intent(places) => read_intent(&values, places)?,
        Layout::Former(places) => read_former(&values, places)?,
        Layout::Pool(places) => read_pool_key(&values, places)?,
    };
    Ok(Versioned { record, version: version_of(&values) })
}

/// The same, with [`Record::Damaged`] for a row that cannot be understood (STO-13a).
pub(super) fn read_as_it_is(row: &Row<'_>, layout: &Layout) -> Result<Versioned> {
    match read(row, layout) {
        Err(error) if error.code() == Code::RecordDamaged => {
            let id = match layout {
                Layout::Key { alias: [id, ..], .. } | Layout::Intent([id, ..]) | Layout::Former([_, id, _]) => {
                    row.get_ref(*id).ok().and_then(|id| id.as_str().ok())
                }
                Layout::Policy(_) | Layout::Pool(_) => None,
            };
            // Without an id that is UTF-8 there is nothing to go on from.
            let Some(id) = id else { return Err(error) };
            let damaged = DamagedRow { id: id.to_owned(), why: error.detail().to_owned() };
            Ok(Versioned { record: Record::Damaged(damaged), version: version(row)? })
        }
        other => other,
    }
}

/// Where a listing of rows as they are goes on: behind this row, by the texts of its id.
pub(super) fn cursor(row: &Row<'_>, layout: &Layout) -> Option<Cursor> {
    let text = |place: usize| row.get_ref(place).ok().and_then(|id| id.as_str().ok());
    match layout {
        Layout::Key { alias: [id, ..], .. } | Layout::Intent([id, ..]) => text(*id).map(|id| Cursor(id.to_owned())),
        // Either text may be anything, so the first one's length stands before them.
        Layout::Former([thumbprint, alias, _]) => {
            let (thumbprint, alias) = (text(*thumbprint)?, text(*alias)?);
            Some(Cursor(format!("{}:{thumbprint}{alias}", thumbprint.len())))
        }
        Layout::Policy(_) | Layout::Pool(_) => None,
    }
}

/// The texts of the id in a [`cursor`] of this kind.
pub(super) fn names_of(cursor: &Cursor, kind: Kind) -> Result<Vec<&str>> {
    let Kind::Former = kind else { return Ok(vec![&cursor.0]) };
    let foreign = || Error::new(Code::InvalidArgument, "the cursor was not made by this store");
    let (len, names) = cursor.0.split_once(':').ok_or_else(foreign)?;
    let len = len.parse().map_err(|_| foreign())?;
    let (thumbprint, alias) = names.split_at_checked(len).ok_or_else(foreign)?;
    Ok(vec![thumbprint, alias])
}

/// The version of a row: all its columns (STO-20).
pub(super) fn version(row: &Row<'_>) -> Result<Version> {
    values(row).map(|values| version_of(&values))
}

fn values<'a>(row: &'a Row<'_>) -> Result<Vec<ValueRef<'a>>> {
    let columns = row.as_ref().column_count();
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns {
        values.push(row.get_ref(column).map_err(|error| failed("read a row", &error))?);
    }
    Ok(values)
}

fn version_of(values: &[ValueRef<'_>]) -> Version {
    let bytes = |value: &ValueRef<'_>| match value {
        ValueRef::Text(value) | ValueRef::Blob(value) => value.len().saturating_add(9),
        _ => 9,
    };
    let mut token = VersionBuilder::with_capacity(values.iter().map(bytes).fold(0, usize::saturating_add));
    for value in values {
        match value {
            ValueRef::Null => token.null(),
            ValueRef::Integer(value) => token.integer(*value),
            ValueRef::Real(value) => token.real(*value),
            ValueRef::Text(value) => token.text(value),
            ValueRef::Blob(value) => token.blob(value),
        }
    }
    token.finish()
}

fn read_key(values: &[ValueRef<'_>], alias: &Places<9>, stored: &Places<6>) -> Result<Record> {
    let cells = Cells::of(&ALIAS, values, alias);
    let reference = cells.text(2)?.unwrap_or_default();
    let alias = AliasRow {
        alias: cells.parse(0, Alias::new)?,
        scope: KeyScope {
            app: cells.parse(1, AppId::new)?,
            reference: RefId::new(reference).map_err(|_| cells.damaged(2, "is too long"))?,
        },
        generated: cells.time(3)?,
        expires: cells.time(4)?,
        thumbprint: match cells.text(5)? {
            None => None,
            Some(text) => {
                Some(Thumbprint::from_hex(text).map_err(|_| cells.damaged(5, "is not 64 hexadecimal digits"))?)
            }
        },
        uni_ident: cells.text(6)?.map(str::to_owned),
        created_by: cells.required(7)?.to_owned(),
        created: cells.required_time(8)?,
    };
    let cells = Cells::of(&STORE, values, stored);
    let stored = match cells.value(0)? {
        ValueRef::Null => None,
        _ => Some(StoreRow {
            master: cells.parse(1, Alias::new)?,
            private_key: cells.required(2)?.to_owned(),
            certificate_pem: cells.required(3)?.to_owned(),
            created_by: cells.required(4)?.to_owned(),
            created: cells.required_time(5)?,
        }),
    };
    Ok(Record::Key(Box::new(KeyRecord { alias, stored })))
}

fn read_policy(values: &[ValueRef<'_>], places: &Places<7>) -> Result<Record> {
    let cells = Cells::of(&POLICY, values, places);
    Ok(Record::Policy(PolicyRow {
        app: cells.parse(0, AppId::new)?,
        validity_days: cells.small(1)?,
        pre_expire_days: cells.small(2)?,
        active: cells.boolean(3)?,
        access_allowed: cells.text(4)?.map(str::to_owned),
        created_by: cells.required(5)?.to_owned(),
        created: cells.required_time(6)?,
    }))
}

fn read_intent(values: &[ValueRef<'_>], places: &Places<4>) -> Result<Record> {
    let cells = Cells::of(&INTENT, values, places);
    Ok(Record::Intent(IntentRow {
        alias: cells.parse(0, Alias::new)?,
        scope: KeyScope { app: cells.parse(1, AppId::new)?, reference: cells.parse(2, RefId::new)? },
        begun: cells.required_time(3)?,
    }))
}

fn read_former(values: &[ValueRef<'_>], places: &Places<3>) -> Result<Record> {
    let cells = Cells::of(&FORMER, values, places);
    Ok(Record::FormerThumbprint(FormerThumbprintRow {
        thumbprint: Thumbprint::from_hex(cells.required(0)?)
            .map_err(|_| cells.damaged(0, "is not 64 hexadecimal digits"))?,
        alias: cells.parse(1, Alias::new)?,
        until: cells.required_time(2)?,
    }))
}

/// Leaves as much as can be to whoever checks the signature over the row, so that one that is damaged can be told and
/// removed (HIE-95).
fn read_pool_key(values: &[ValueRef<'_>], places: &Places<7>) -> Result<Record> {
    let cells = Cells::of(&POOL, values, places);
    let text = |column| cells.text(column).ok().flatten().unwrap_or_default().to_owned();
    Ok(Record::PoolKey(PoolKeyRow {
        alias: cells.parse(0, Alias::new)?,
        master: cells.parse(1, Alias::new)?,
        public_key: text(2),
        private_key: text(3),
        signature: text(4),
        created: cells.time(5).ok().flatten(),
        used: match cells.value(6)? {
            ValueRef::Null => None,
            // Something was written there, so the key is not ready.
            _ => Some(cells.time(6).ok().flatten().unwrap_or(Timestamp::UNIX_EPOCH)),
        },
    }))
}

/// The columns of one table in one row. Columns are counted as [`Table::columns`] has them.
struct Cells<'a> {
    values: &'a [ValueRef<'a>],
    places: &'a [usize],
    table: &'static str,
    columns: &'static [&'static str],
}

impl<'a> Cells<'a> {
    fn of<const COLUMNS: usize>(
        table: &'static Table<COLUMNS>,
        values: &'a [ValueRef<'a>],
        places: &'a Places<COLUMNS>,
    ) -> Self {
        Self { values, places, table: table.name, columns: &table.columns }
    }

    fn value(&self, column: usize) -> Result<&'a ValueRef<'a>> {
        let place = self.places.get(column).ok_or_else(|| Error::internal("a column that is not read"))?;
        self.values.get(*place).ok_or_else(|| Error::internal("a column that the row has not"))
    }

    fn text(&self, column: usize) -> Result<Option<&'a str>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.damaged(column, "is not UTF-8")),
            },
            _ => Err(self.damaged(column, "is not text")),
        }
    }

    fn required(&self, column: usize) -> Result<&'a str> {
        self.text(column)?.ok_or_else(|| self.damaged(column, "has no value"))
    }

    fn parse<T>(&self, column: usize, parse: impl FnOnce(&'a str) -> Result<T>) -> Result<T> {
        parse(self.required(column)?).map_err(|_| self.damaged(column, "is empty, too long, or has a NUL"))
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match Timestamp::from_database(text) {
            Ok(time) => Ok(Some(time)),
            Err(_) => Err(self.damaged(column, "is not a date and time")),
        }
    }

    fn required_time(&self, column: usize) -> Result<Timestamp> {
        self.time(column)?.ok_or_else(|| self.damaged(column, "has no value"))
    }

    fn small(&self, column: usize) -> Result<Option<i16>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => match i16::try_from(*value) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(self.damaged(column, "is out of range")),
            },
            _ => Err(self.damaged(column, "is not a whole number")),
        }
    }

    /// `true` and `false` as SQLite stores the literals, and as PostgreSQL writes them in text.
    fn boolean(&self, column: usize) -> Result<bool> {
        match self.value(column)? {
            ValueRef::Integer(0) | ValueRef::Text(b"f" | b"false") => Ok(false),
            ValueRef::Integer(1) | ValueRef::Text(b"t" | b"true") => Ok(true),
            _ => Err(self.damaged(column, "is neither true nor false")),
        }
    }

    fn damaged(&self, column: usize, what: &str) -> Error {
        // Empty when the id is damaged itself.
        let id = match self.value(0) {
            Ok(ValueRef::Text(id)) => std::str::from_utf8(id).unwrap_or_default(),
            _ => "",
        };
        damaged(self.table, id, self.columns.get(column).copied().unwrap_or_default(), what)
    }
}
