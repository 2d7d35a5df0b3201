//! Rows to records and versions, the same for every store with tables.

use super::layout::{ALIAS, FORMER, INTENT, Kind, Layout, POLICY, POOL, Places, STORE, Table};
use super::version::VersionBuilder;
use super::{
    AliasRow, Cursor, DamagedRow, FormerThumbprintRow, IntentRow, KeyRecord, PolicyRow, PoolKeyRow, Record, RowMac,
    StoreRow, Version, Versioned,
};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope, RefId, Thumbprint};
use crate::time::Timestamp;

/// A column of a row, as the database gave it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Real(f64),
    /// Microseconds since 1970-01-01T00:00:00, from a database that has a type for times.
    #[cfg(feature = "postgres")]
    Micros(i64),
    /// Text, or what stands where text should be.
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

/// The record in a row, and its version.
pub(super) fn read(values: &[Value<'_>], layout: &Layout) -> Result<Versioned> {
    let record = match layout {
        Layout::Key { alias, stored } => read_key(values, alias, stored)?,
        Layout::Policy(places) => read_policy(values, places)?,
        Layout::Intent(places) => read_intent(values, places)?,
        Layout::Former(places) => read_former(values, places)?,
        Layout::Pool(places) => read_pool_key(values, places)?,
    };
    Ok(Versioned { record, version: version(values), mac: None })
}

/// The same, with [`Record::Damaged`] for a row that cannot be understood (STO-13a).
pub(super) fn read_as_it_is(values: &[Value<'_>], layout: &Layout) -> Result<Versioned> {
    match read(values, layout) {
        Err(error) if error.code() == Code::RecordDamaged => {
            let id = match layout {
                Layout::Key { alias: [id, ..], .. } | Layout::Intent([id, ..]) | Layout::Former([_, id, _]) => {
                    text_at(values, *id)
                }
                Layout::Policy(_) | Layout::Pool(_) => None,
            };
            // Without an id that is UTF-8 there is nothing to go on from.
            let Some(id) = id else { return Err(error) };
            let damaged = DamagedRow { id: id.to_owned(), why: error.detail().to_owned(), code: error.code() };
            Ok(Versioned { record: Record::Damaged(damaged), version: version(values), mac: None })
        }
        other => other,
    }
}

/// The column behind all others in which a statement gives the MAC of a row of `table`, whose name there is `macs`.
pub(super) fn mac_column(kind: Kind, macs: &str) -> Option<String> {
    let (table, id) = match kind {
        Kind::Key => ("key_alias", "a.id"),
        Kind::Policy => ("key_policy_def", "p.app_id"),
        Kind::Intent | Kind::Former | Kind::Pool => return None,
    };
    // Not a join, which could change the order in which tables are read (STO-17).
    Some(format!(
        "(SELECT m.mac_key || ':' || m.mac FROM {macs} m WHERE m.of_table = '{table}' AND m.id = {id}) AS km_mac"
    ))
}

/// Takes the column of [`mac_column`] off a row: it is no part of the version.
pub(super) fn cut_mac(values: &mut Vec<Value<'_>>) -> Option<RowMac> {
    match values.pop()? {
        Value::Null => None,
        Value::Text(text) => Some(RowMac::from_text(std::str::from_utf8(text).unwrap_or_default())),
        _ => Some(RowMac::from_text("")),
    }
}

/// Where the page after one that ends with this record goes on.
pub(super) fn cursor_after(record: &Record) -> Cursor {
    match record {
        Record::Damaged(row) => Cursor(row.id.clone()),
        Record::Key(key) => Cursor::after(key.alias.generated, &key.alias.alias),
        Record::Policy(row) => Cursor(row.app.to_string()),
        Record::Intent(row) => Cursor::after(Some(row.begun), &row.alias),
        Record::FormerThumbprint(row) => Cursor::after_former(row.thumbprint, &row.alias),
        Record::PoolKey(row) => Cursor(row.alias.to_string()),
    }
}

/// Where a listing of rows as they are goes on: behind this row, by the texts of its id.
pub(super) fn cursor_as_it_is(values: &[Value<'_>], layout: &Layout) -> Option<Cursor> {
    match layout {
        Layout::Key { alias: [id, ..], .. } | Layout::Intent([id, ..]) => {
            text_at(values, *id).map(|id| Cursor(id.to_owned()))
        }
        // Either text may be anything, so the first one's length stands before them.
        Layout::Former([thumbprint, alias, _]) => {
            let (thumbprint, alias) = (text_at(values, *thumbprint)?, text_at(values, *alias)?);
            Some(Cursor(format!("{}:{thumbprint}{alias}", thumbprint.len())))
        }
        Layout::Policy(_) | Layout::Pool(_) => None,
    }
}

/// The texts of the id in a [`cursor_as_it_is`] of this kind.
pub(super) fn names_of(cursor: &Cursor, kind: Kind) -> Result<Vec<&str>> {
    let Kind::Former = kind else { return Ok(vec![&cursor.0]) };
    let foreign = || Error::new(Code::InvalidArgument, "the cursor was not made by this store");
    let (len, names) = cursor.0.split_once(':').ok_or_else(foreign)?;
    let len = len.parse().map_err(|_| foreign())?;
    let (thumbprint, alias) = names.split_at_checked(len).ok_or_else(foreign)?;
    Ok(vec![thumbprint, alias])
}

fn text_at<'a>(values: &[Value<'a>], place: usize) -> Option<&'a str> {
    match values.get(place) {
        Some(Value::Text(text)) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// The version of a row: all its columns (STO-20).
pub(super) fn version(values: &[Value<'_>]) -> Version {
    let bytes = |value: &Value<'_>| match value {
        Value::Text(value) | Value::Blob(value) => value.len().saturating_add(9),
        _ => 9,
    };
    let mut token = VersionBuilder::with_capacity(values.iter().map(bytes).fold(0, usize::saturating_add));
    for value in values {
        match value {
            Value::Null => token.null(),
            Value::Integer(value) => token.integer(*value),
            #[cfg(feature = "postgres")]
            Value::Micros(value) => token.integer(*value),
            Value::Real(value) => token.real(*value),
            Value::Text(value) => token.text(value),
            Value::Blob(value) => token.blob(value),
        }
    }
    token.finish()
}

fn read_key(values: &[Value<'_>], alias: &Places<9>, stored: &Places<6>) -> Result<Record> {
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
        Value::Null => None,
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

fn read_policy(values: &[Value<'_>], places: &Places<7>) -> Result<Record> {
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

fn read_intent(values: &[Value<'_>], places: &Places<4>) -> Result<Record> {
    let cells = Cells::of(&INTENT, values, places);
    Ok(Record::Intent(IntentRow {
        alias: cells.parse(0, Alias::new)?,
        scope: KeyScope { app: cells.parse(1, AppId::new)?, reference: cells.parse(2, RefId::new)? },
        begun: cells.required_time(3)?,
    }))
}

fn read_former(values: &[Value<'_>], places: &Places<3>) -> Result<Record> {
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
fn read_pool_key(values: &[Value<'_>], places: &Places<7>) -> Result<Record> {
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
            Value::Null => None,
            // Something was written there, so the key is not ready.
            _ => Some(cells.time(6).ok().flatten().unwrap_or(Timestamp::UNIX_EPOCH)),
        },
    }))
}

/// The columns of one table in one row. Columns are counted as [`Table::columns`] has them.
struct Cells<'a> {
    values: &'a [Value<'a>],
    places: &'a [usize],
    table: &'static str,
    columns: &'static [&'static str],
}

impl<'a> Cells<'a> {
    fn of<const COLUMNS: usize>(
        table: &'static Table<COLUMNS>,
        values: &'a [Value<'a>],
        places: &'a Places<COLUMNS>,
    ) -> Self {
        Self { values, places, table: table.name, columns: &table.columns }
    }

    fn value(&self, column: usize) -> Result<&'a Value<'a>> {
        let place = self.places.get(column).ok_or_else(|| Error::internal("a column that is not read"))?;
        self.values.get(*place).ok_or_else(|| Error::internal("a column that the row has not"))
    }

    fn text(&self, column: usize) -> Result<Option<&'a str>> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => match std::str::from_utf8(text) {
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
        #[cfg(feature = "postgres")]
        if let Value::Micros(micros) = *self.value(column)? {
            let time = Timestamp::from_unix_micros(micros);
            // Infinity, and years that no other column can name.
            return match time.unix_micros() == micros {
                true => Ok(Some(time)),
                false => Err(self.damaged(column, "is not a date and time")),
            };
        }
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
            Value::Null => Ok(None),
            Value::Integer(value) => match i16::try_from(*value) {
                Ok(value) => Ok(Some(value)),
                Err(_) => Err(self.damaged(column, "is out of range")),
            },
            _ => Err(self.damaged(column, "is not a whole number")),
        }
    }

    /// `true` and `false` as SQLite stores the literals, and as PostgreSQL writes them in text.
    fn boolean(&self, column: usize) -> Result<bool> {
        match self.value(column)? {
            Value::Integer(0) | Value::Text(b"f" | b"false") => Ok(false),
            Value::Integer(1) | Value::Text(b"t" | b"true") => Ok(true),
            _ => Err(self.damaged(column, "is neither true nor false")),
        }
    }

    fn damaged(&self, column: usize, what: &str) -> Error {
        // Empty when the id is damaged itself.
        let id = match self.value(0) {
            Ok(Value::Text(id)) => std::str::from_utf8(id).unwrap_or_default(),
            _ => "",
        };
        damaged(self.table, id, self.columns.get(column).copied().unwrap_or_default(), what)
    }
}

/// A damaged row: its table, its id, and what is wrong with it.
fn damaged(table: &str, id: &str, column: &str, what: &str) -> Error {
    // The id comes from the file, so it may be anything.
    let id: String = id.chars().take(64).flat_map(char::escape_debug).collect();
    Error::new(Code::RecordDamaged, format!("{table} row {id}: {column} {what}"))
}
