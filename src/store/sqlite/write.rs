//! Change sets.

use rusqlite::{Connection, ToSql, TransactionBehavior};

use super::failure::failed;
use super::layout::Layouts;
use super::pool::Session;
use super::{find, schema};
use crate::error::{Code, Error, Result};
use crate::store::{
    AliasRow, Change, ChangeSet, FormerThumbprintRow, IntentRow, PolicyRow, PoolKeyRow, Record, StoreRow, Version,
};
use crate::time::Timestamp;

/// Applies `changes` in one transaction, or nothing of them (STO-21 to STO-25).
pub(super) fn apply(session: &mut Session, changes: &ChangeSet) -> Result<()> {
    let Session { connection, layouts } = session;
    let doing = |error: rusqlite::Error| failed("change the store", &error);
    // IMMEDIATE takes the write lock before the first read, so that nothing read here can change before it is written,
    // and so that SQLite's busy wait applies: it does not when a reader turns into a writer.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(doing)?;
    schema::check(&transaction)?;
    for (scope, expected) in &changes.expect_scopes {
        if !same(find::scope_versions(&transaction, layouts, scope)?, expected.clone()) {
            return Err(Error::new(Code::StoreConflict, format!("the keys of {scope} changed meanwhile")));
        }
    }
    for change in &changes.changes {
        match change {
            Change::Insert(record) => insert(&transaction, record)?,
            Change::Update(record, version) => {
                expect(&transaction, layouts, record, version)?;
                update(&transaction, record)?;
            }
            Change::Delete(record, version) => {
                expect(&transaction, layouts, record, version)?;
                delete(&transaction, record)?;
            }
        }
    }
    transaction.commit().map_err(doing)
}

fn same(mut found: Vec<Version>, mut expected: Vec<Version>) -> bool {
    found.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    found == expected
}

fn expect(connection: &Connection, layouts: &mut Layouts, record: &Record, version: &Version) -> Result<()> {
    if find::current_version(connection, layouts, record)?.as_ref() == Some(version) {
        return Ok(());
    }
    Err(Error::new(Code::StoreConflict, format!("{} changed meanwhile", record.name())))
}

fn never_written() -> Error {
    Error::internal("a change set with a damaged row was checked before")
}

fn insert(connection: &Connection, record: &Record) -> Result<()> {
    let (table, columns) = match record {
        Record::Key(key) => {
            let id = &key.alias.alias;
            let (table, columns) = ("key_alias", alias_columns(&key.alias));
            // An orphan from elsewhere would become half of this key.
            match &key.stored {
                Some(stored) => {
                    insert_stored(connection, id.as_str(), stored).map_err(|error| name_it(error, record))?
                }
                None if stored_exists(connection, id.as_str())? => {
                    return Err(Error::new(Code::StoreDuplicate, format!("{} exists already", record.name())));
                }
                None => {}
            }
            (table, columns)
        }
        Record::Policy(row) => ("key_policy_def", policy_columns(row)),
        Record::Intent(row) => ("km_intent", intent_columns(row)),
        Record::FormerThumbprint(row) => ("km_former_thumbprint", former_columns(row)),
        Record::PoolKey(row) => ("km_key_pool", pool_columns(row)),
        Record::Damaged(_) => return Err(never_written()),
    };
    insert_row(connection, table, &columns).map_err(|error| name_it(error, record))
}

fn update(connection: &Connection, record: &Record) -> Result<()> {
    let changed = match record {
        Record::Key(key) => {
            let id = key.alias.alias.as_str();
            match (&key.stored, stored_exists(connection, id)?) {
                (Some(stored), true) => update_row(connection, "key_store", &stored_columns(id, stored)),
                (Some(stored), false) => insert_stored(connection, id, stored),
                (None, true) => delete_row(connection, "key_store", "id", id),
                (None, false) => Ok(()),
            }?;
            update_row(connection, "key_alias", &alias_columns(&key.alias))
        }
        Record::Policy(row) => update_row(connection, "key_policy_def", &policy_columns(row)),
        Record::Intent(row) => update_row(connection, "km_intent", &intent_columns(row)),
        Record::FormerThumbprint(row) => delete_former(connection, row)
            .and_then(|()| insert_row(connection, "km_former_thumbprint", &former_columns(row))),
        Record::PoolKey(row) => update_row(connection, "km_key_pool", &pool_columns(row)),
        Record::Damaged(_) => Err(never_written()),
    };
    changed.map_err(|error| name_it(error, record))
}

fn delete(connection: &Connection, record: &Record) -> Result<()> {
    match record {
        Record::Key(key) => {
            let id = key.alias.alias.as_str();
            delete_row(connection, "key_store", "id", id)?;
            delete_row(connection, "key_alias", "id", id)
        }
        Record::Policy(row) => delete_row(connection, "key_policy_def", "app_id", row.app.as_str()),
        Record::Intent(row) => delete_row(connection, "km_intent", "alias", row.alias.as_str()),
        Record::FormerThumbprint(row) => delete_former(connection, row),
        Record::PoolKey(row) => delete_row(connection, "km_key_pool", "alias", row.alias.as_str()),
        Record::Damaged(_) => Err(never_written()),
    }
}

/// Columns with their values; the first is the id.
type Columns<'a> = Vec<(&'static str, Box<dyn ToSql + 'a>)>;

fn alias_columns(row: &AliasRow) -> Columns<'_> {
    vec![
        ("id", Box::new(row.alias.as_str())),
        ("app_id", Box::new(row.scope.app.as_str())),
        ("ref_id", Box::new(row.scope.reference.as_str())),
        ("key_gen_dtimes", Box::new(row.generated.map(Timestamp::to_database))),
        ("key_expire_dtimes", Box::new(row.expires.map(Timestamp::to_database))),
        ("cert_thumbprint", Box::new(row.thumbprint.map(|thumbprint| thumbprint.to_hex()))),
        ("uni_ident", Box::new(row.uni_ident.as_deref())),
        ("cr_by", Box::new(row.created_by.as_str())),
        ("cr_dtimes", Box::new(row.created.to_database())),
    ]
}

fn stored_columns<'a>(id: &'a str, row: &'a StoreRow) -> Columns<'a> {
    vec![
        ("id", Box::new(id)),
        ("master_key", Box::new(row.master.as_str())),
        ("private_key", Box::new(row.private_key.as_str())),
        ("certificate_data", Box::new(row.certificate_pem.as_str())),
        ("cr_by", Box::new(row.created_by.as_str())),
        ("cr_dtimes", Box::new(row.created.to_database())),
    ]
}

fn policy_columns(row: &PolicyRow) -> Columns<'_> {
    vec![
        ("app_id", Box::new(row.app.as_str())),
        ("key_validity_duration", Box::new(row.validity_days)),
        ("pre_expire_days", Box::new(row.pre_expire_days)),
        ("is_active", Box::new(row.active)),
        ("access_allowed", Box::new(row.access_allowed.as_deref())),
        ("cr_by", Box::new(row.created_by.as_str())),
        ("cr_dtimes", Box::new(row.created.to_database())),
    ]
}

fn intent_columns(row: &IntentRow) -> Columns<'_> {
    vec![
        ("alias", Box::new(row.alias.as_str())),
        ("app_id", Box::new(row.scope.app.as_str())),
        ("ref_id", Box::new(row.scope.reference.as_str())),
        ("begun", Box::new(row.begun.to_database())),
    ]
}

fn former_columns(row: &FormerThumbprintRow) -> Columns<'_> {
    vec![
        ("thumbprint", Box::new(row.thumbprint.to_hex())),
        ("alias", Box::new(row.alias.as_str())),
        ("until", Box::new(row.until.to_database())),
    ]
}

fn pool_columns(row: &PoolKeyRow) -> Columns<'_> {
    vec![
        ("alias", Box::new(row.alias.as_str())),
        ("master_key", Box::new(row.master.as_str())),
        ("public_key", Box::new(row.public_key.as_str())),
        ("private_key", Box::new(row.private_key.as_str())),
        ("signature", Box::new(row.signature.as_str())),
        ("created", Box::new(row.created.map(Timestamp::to_database))),
        ("used", Box::new(row.used.map(Timestamp::to_database))),
    ]
}

/// Of this table two columns are the id.
fn delete_former(connection: &Connection, row: &FormerThumbprintRow) -> Result<()> {
    let id: Columns<'_> =
        vec![("thumbprint", Box::new(row.thumbprint.to_hex())), ("alias", Box::new(row.alias.as_str()))];
    run(connection, "DELETE FROM km_former_thumbprint WHERE thumbprint = ?1 AND alias = ?2", &id)
}

fn insert_stored(connection: &Connection, id: &str, row: &StoreRow) -> Result<()> {
    insert_row(connection, "key_store", &stored_columns(id, row))
}

fn stored_exists(connection: &Connection, id: &str) -> Result<bool> {
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM key_store WHERE id = ?1")
        .map_err(|error| failed("read the store", &error))?;
    statement.exists([id]).map_err(|error| failed("read the store", &error))
}

/// Columns that are not named take their default.
fn insert_row(connection: &Connection, table: &str, columns: &Columns<'_>) -> Result<()> {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let marks = vec!["?"; columns.len()];
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), marks.join(", "));
    run(connection, &sql, columns)
}

/// Columns that are not named keep their value.
fn update_row(connection: &Connection, table: &str, columns: &Columns<'_>) -> Result<()> {
    let id = columns.first().map(|(name, _)| *name).unwrap_or_default();
    let sets: Vec<_> =
        columns.iter().enumerate().map(|(at, (name, _))| format!("{name} = ?{}", at.saturating_add(1))).collect();
    run(connection, &format!("UPDATE {table} SET {} WHERE {id} = ?1", sets.join(", ")), columns)
}

fn delete_row(connection: &Connection, table: &str, column: &'static str, id: &str) -> Result<()> {
    run(connection, &format!("DELETE FROM {table} WHERE {column} = ?1"), &vec![(column, Box::new(id))])
}

fn run(connection: &Connection, sql: &str, columns: &Columns<'_>) -> Result<()> {
    let doing = |error: rusqlite::Error| failed("change the store", &error);
    let mut statement = connection.prepare_cached(sql).map_err(doing)?;
    let values = rusqlite::params_from_iter(columns.iter().map(|(_, value)| value));
    statement.execute(values).map(drop).map_err(doing)
}

fn name_it(error: Error, record: &Record) -> Error {
    error.context(record.name())
}
