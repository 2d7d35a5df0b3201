//! Change sets, as every store with tables applies them inside a transaction (STO-21 to STO-25).

use super::columns::{self, Cell, Columns};
use super::tables::ROW_MACS;
use super::{Change, ChangeSet, FormerThumbprintRow, Record, RowMac, StoreRow, Version};
use crate::error::{Code, Error, Result};
use crate::id::KeyScope;

/// A transaction in which a change set is applied.
pub(super) trait Writer {
    /// The name of a table, as a statement has it.
    fn table(&self, name: &'static str) -> String;

    /// The mark of the parameter of this number, from 1 on.
    fn mark(&self, number: usize) -> String;

    /// Runs a statement with these values for its parameters.
    fn run(&mut self, sql: &str, values: &[Cell<'_>]) -> Result<()>;

    /// Whether the statement gives a row.
    fn exists(&mut self, sql: &str, id: &str) -> Result<bool>;

    /// Whether the table of MACs is there, in this transaction.
    fn keeps_macs(&mut self) -> Result<bool>;

    /// The versions of all keys of `scope`, however many. They stay what they are until the transaction ends.
    fn scope_versions(&mut self, scope: &KeyScope) -> Result<Vec<Version>>;

    /// The version of the record with the same id as `record`; none when there is none. It stays what it is until the
    /// transaction ends.
    fn current_version(&mut self, record: &Record) -> Result<Option<Version>>;
}

/// Applies `changes`. After an error the transaction must be rolled back.
pub(super) fn apply(writer: &mut impl Writer, changes: &ChangeSet) -> Result<()> {
    for (scope, expected) in &changes.expect_scopes {
        if !same(writer.scope_versions(scope)?, expected.clone()) {
            return Err(Error::new(Code::StoreConflict, format!("the keys of {scope} changed meanwhile")));
        }
    }
    let keeps_macs = !changes.changes.is_empty() && writer.keeps_macs()?;
    for change in &changes.changes {
        // What is written without a MAC has none, rather than one that does not fit.
        if keeps_macs {
            let (Change::Insert(record)
            | Change::Update(record, _)
            | Change::Delete(record, _)
            | Change::Authenticate(record, ..)) = change;
            delete_mac(writer, record)?;
        }
        match change {
            Change::Insert(record) => insert(writer, record)?,
            Change::Authenticate(record, mac, version) => {
                if let Some(version) = version {
                    expect(writer, record, version)?;
                }
                if keeps_macs {
                    insert_mac(writer, record, mac)?;
                }
            }
            Change::Update(record, version) => {
                expect(writer, record, version)?;
                update(writer, record)?;
            }
            Change::Delete(record, version) => {
                expect(writer, record, version)?;
                delete(writer, record)?;
            }
        }
    }
    Ok(())
}

fn same(mut found: Vec<Version>, mut expected: Vec<Version>) -> bool {
    found.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    found == expected
}

fn expect(writer: &mut impl Writer, record: &Record, version: &Version) -> Result<()> {
    if writer.current_version(record)?.as_ref() == Some(version) {
        return Ok(());
    }
    Err(Error::new(Code::StoreConflict, format!("{} changed meanwhile", record.name())))
}

fn never_written() -> Error {
    Error::internal("a change set with a damaged row was checked before")
}

fn insert(writer: &mut impl Writer, record: &Record) -> Result<()> {
    let (table, columns) = match record {
        Record::Key(key) => {
            let id = &key.alias.alias;
            let (table, columns) = ("key_alias", columns::alias(&key.alias));
            // An orphan from elsewhere would become half of this key.
            match &key.stored {
                Some(stored) => insert_stored(writer, id.as_str(), stored).map_err(|error| name_it(error, record))?,
                None if stored_exists(writer, id.as_str())? => {
                    return Err(Error::new(Code::StoreDuplicate, format!("{} exists already", record.name())));
                }
                None => {}
            }
            (table, columns)
        }
        Record::Policy(row) => ("key_policy_def", columns::policy(row)),
        Record::Intent(row) => ("km_intent", columns::intent(row)),
        Record::FormerThumbprint(row) => ("km_former_thumbprint", columns::former(row)),
        Record::PoolKey(row) => ("km_key_pool", columns::pool(row)),
        Record::Damaged(_) => return Err(never_written()),
    };
    insert_row(writer, table, columns).map_err(|error| name_it(error, record))
}

fn update(writer: &mut impl Writer, record: &Record) -> Result<()> {
    let changed = match record {
        Record::Key(key) => {
            let id = key.alias.alias.as_str();
            match (&key.stored, stored_exists(writer, id)?) {
                (Some(stored), true) => update_row(writer, "key_store", columns::stored(id, stored)),
                (Some(stored), false) => insert_stored(writer, id, stored),
                (None, true) => delete_row(writer, "key_store", "id", id),
                (None, false) => Ok(()),
            }?;
            update_row(writer, "key_alias", columns::alias(&key.alias))
        }
        Record::Policy(row) => update_row(writer, "key_policy_def", columns::policy(row)),
        Record::Intent(row) => update_row(writer, "km_intent", columns::intent(row)),
        Record::FormerThumbprint(row) => {
            delete_former(writer, row).and_then(|()| insert_row(writer, "km_former_thumbprint", columns::former(row)))
        }
        Record::PoolKey(row) => update_row(writer, "km_key_pool", columns::pool(row)),
        Record::Damaged(_) => Err(never_written()),
    };
    changed.map_err(|error| name_it(error, record))
}

fn delete(writer: &mut impl Writer, record: &Record) -> Result<()> {
    match record {
        Record::Key(key) => {
            let id = key.alias.alias.as_str();
            delete_row(writer, "key_store", "id", id)?;
            delete_row(writer, "key_alias", "id", id)
        }
        Record::Policy(row) => delete_row(writer, "key_policy_def", "app_id", row.app.as_str()),
        Record::Intent(row) => delete_row(writer, "km_intent", "alias", row.alias.as_str()),
        Record::FormerThumbprint(row) => delete_former(writer, row),
        Record::PoolKey(row) => delete_row(writer, "km_key_pool", "alias", row.alias.as_str()),
        Record::Damaged(_) => Err(never_written()),
    }
}

fn delete_mac(writer: &mut impl Writer, record: &Record) -> Result<()> {
    let (Some(table), Some(id)) = (record.authenticated_table(), record.authenticated_id()) else { return Ok(()) };
    let (macs, one, other) = (writer.table(ROW_MACS.name), writer.mark(1), writer.mark(2));
    let sql = format!("DELETE FROM {macs} WHERE of_table = {one} AND id = {other}");
    writer.run(&sql, &[table.into(), id.into()])
}

fn insert_mac(writer: &mut impl Writer, record: &Record, mac: &RowMac) -> Result<()> {
    let (Some(table), Some(id)) = (record.authenticated_table(), record.authenticated_id()) else { return Ok(()) };
    let columns = vec![
        ("of_table", table.into()),
        ("id", id.into()),
        ("mac_key", mac.key.as_str().into()),
        ("mac", mac.to_hex().into()),
    ];
    insert_row(writer, ROW_MACS.name, columns)
}

/// Of this table two columns are the id.
fn delete_former(writer: &mut impl Writer, row: &FormerThumbprintRow) -> Result<()> {
    let (table, one, other) = (writer.table("km_former_thumbprint"), writer.mark(1), writer.mark(2));
    let sql = format!("DELETE FROM {table} WHERE thumbprint = {one} AND alias = {other}");
    writer.run(&sql, &[row.thumbprint.to_hex().into(), row.alias.as_str().into()])
}

fn insert_stored(writer: &mut impl Writer, id: &str, row: &StoreRow) -> Result<()> {
    insert_row(writer, "key_store", columns::stored(id, row))
}

fn stored_exists(writer: &mut impl Writer, id: &str) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {} WHERE id = {}", writer.table("key_store"), writer.mark(1));
    writer.exists(&sql, id)
}

/// Columns that are not named take their default.
fn insert_row(writer: &mut impl Writer, table: &'static str, columns: Columns<'_>) -> Result<()> {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let marks: Vec<_> = (1..=names.len()).map(|number| writer.mark(number)).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", writer.table(table), names.join(", "), marks.join(", "));
    writer.run(&sql, &values)
}

/// Columns that are not named keep their value.
fn update_row(writer: &mut impl Writer, table: &'static str, columns: Columns<'_>) -> Result<()> {
    let (names, values): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let id = names.first().copied().unwrap_or_default();
    let sets: Vec<_> = (1..).zip(&names).map(|(number, name)| format!("{name} = {}", writer.mark(number))).collect();
    let sql = format!("UPDATE {} SET {} WHERE {id} = {}", writer.table(table), sets.join(", "), writer.mark(1));
    writer.run(&sql, &values)
}

fn delete_row(writer: &mut impl Writer, table: &'static str, column: &'static str, id: &str) -> Result<()> {
    let sql = format!("DELETE FROM {} WHERE {column} = {}", writer.table(table), writer.mark(1));
    writer.run(&sql, &[id.into()])
}

fn name_it(error: Error, record: &Record) -> Error {
    error.context(record.name())
}
