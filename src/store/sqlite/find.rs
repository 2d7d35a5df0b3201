//! Queries.

use rusqlite::{CachedStatement, Connection, ToSql};

use super::failure::failed;
use super::row::{Kind, Layout, version};
use super::schema::padded;
use crate::error::Result;
use crate::id::KeyScope;
use crate::store::{Cursor, Page, Query, Record, Select, Version};
use crate::time::Timestamp;

/// A statement over both halves of keys, for the first page and for the pages after it.
///
/// `?1` is the limit, `?2` and `?3` are the values of the filter, `?4` and `?5` time and alias of the cursor.
macro_rules! keys {
    ($filter:expr) => {
        (
            concat!(
                "SELECT a.*, 0 AS km_half, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id WHERE ",
                $filter,
                " ORDER BY ",
                padded!("a.key_gen_dtimes"),
                ", a.id LIMIT ?1"
            ),
            concat!(
                "SELECT a.*, 0 AS km_half, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id WHERE ",
                $filter,
                " AND (",
                padded!("a.key_gen_dtimes"),
                ", a.id) > (?4, ?5) ORDER BY ",
                padded!("a.key_gen_dtimes"),
                ", a.id LIMIT ?1"
            ),
        )
    };
}

type Statements = (&'static str, &'static str);

const BY_ALIAS: Statements = keys!("a.id = ?2");
const BY_THUMBPRINT: Statements = keys!("a.cert_thumbprint = ?2");
const WITHOUT_THUMBPRINT: Statements = keys!("a.cert_thumbprint IS NULL");
const BY_SCOPE: Statements = keys!("a.app_id = ?2 AND coalesce(a.ref_id, '') = ?3");
const BY_MASTER: Statements = keys!("k.master_key = ?2");
const CHANGED_SINCE: Statements = keys!(concat!(
    "(",
    padded!("a.cr_dtimes"),
    " >= ?2 OR ",
    padded!("a.upd_dtimes"),
    " >= ?2 OR ",
    padded!("k.cr_dtimes"),
    " >= ?2 OR ",
    padded!("k.upd_dtimes"),
    " >= ?2)"
));
const ALL_KEYS: Statements = keys!("TRUE");
const ONE_POLICY: Statements = (
    "SELECT * FROM key_policy_def WHERE app_id = ?2 LIMIT ?1",
    "SELECT * FROM key_policy_def WHERE app_id = ?2 AND app_id > ?4 LIMIT ?1",
);
const ALL_POLICIES: Statements = (
    "SELECT * FROM key_policy_def ORDER BY app_id LIMIT ?1",
    "SELECT * FROM key_policy_def WHERE app_id > ?4 ORDER BY app_id LIMIT ?1",
);
const ALL_INTENTS: Statements = (
    concat!("SELECT * FROM km_intent ORDER BY ", padded!("begun"), ", alias LIMIT ?1"),
    concat!(
        "SELECT * FROM km_intent WHERE (",
        padded!("begun"),
        ", alias) > (?4, ?5) ORDER BY ",
        padded!("begun"),
        ", alias LIMIT ?1"
    ),
);

/// The page that `query` asks for.
pub(super) fn find(connection: &Connection, query: &Query) -> Result<Page> {
    let (kind, (first, next)) = statements(&query.select);
    let sql = if query.cursor.is_some() { next } else { first };
    let doing = |error: rusqlite::Error| failed("read the store", &error);
    let mut statement = connection.prepare_cached(sql).map_err(doing)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    // One more row than asked for says whether there is another page.
    bind(&mut statement, 1, &i64::from(query.limit).saturating_add(1)).map_err(doing)?;
    bind_filter(&mut statement, &query.select).map_err(doing)?;
    if let Some(cursor) = &query.cursor {
        let (time, id) = match kind {
            Kind::Policy => (cursor.app()?.to_string(), None),
            Kind::Key | Kind::Intent => {
                let (time, alias) = cursor.time_and_alias()?;
                (time.map(Timestamp::to_database).unwrap_or_default(), Some(alias))
            }
        };
        bind(&mut statement, 4, &time).map_err(doing)?;
        if let Some(id) = id {
            bind(&mut statement, 5, &id.as_str()).map_err(doing)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut layout = None;
    let mut records = Vec::new();
    let mut more = false;
    while let Some(row) = rows.next().map_err(doing)? {
        if records.len() == limit {
            more = true;
            break;
        }
        let layout = match &layout {
            Some(layout) => layout,
            None => layout.insert(Layout::of(row, kind)?),
        };
        records.push(layout.read(row)?);
    }
    let next = records.last().filter(|_| more).map(|last| match &last.record {
        Record::Key(key) => Cursor::after(key.alias.generated, &key.alias.alias),
        Record::Policy(row) => Cursor(row.app.to_string()),
        Record::Intent(row) => Cursor::after(Some(row.begun), &row.alias),
    });
    Ok(Page { records, next })
}

/// The versions of all keys of `scope`, however many.
pub(super) fn scope_versions(connection: &Connection, scope: &KeyScope) -> Result<Vec<Version>> {
    let doing = |error: rusqlite::Error| failed("read the store", &error);
    let mut statement = connection.prepare_cached(BY_SCOPE.0).map_err(doing)?;
    let select = Select::KeysByScope(scope.clone());
    bind(&mut statement, 1, &-1i64).map_err(doing)?;
    bind_filter(&mut statement, &select).map_err(doing)?;
    let mut rows = statement.raw_query();
    let mut versions = Vec::new();
    while let Some(row) = rows.next().map_err(doing)? {
        versions.push(version(row)?);
    }
    Ok(versions)
}

/// The version of the record with the same id as `record`, as [`find`] gives it; none when there is none.
pub(super) fn current_version(connection: &Connection, record: &Record) -> Result<Option<Version>> {
    let doing = |error: rusqlite::Error| failed("read the store", &error);
    let (sql, id) = match record {
        Record::Key(key) => (BY_ALIAS.0, key.alias.alias.as_str()),
        Record::Policy(row) => (ONE_POLICY.0, row.app.as_str()),
        Record::Intent(row) => ("SELECT * FROM km_intent WHERE alias = ?2 LIMIT ?1", row.alias.as_str()),
    };
    let mut statement = connection.prepare_cached(sql).map_err(doing)?;
    let mut rows = statement.query((1, id)).map_err(doing)?;
    rows.next().map_err(doing)?.map(version).transpose()
}

fn statements(select: &Select) -> (Kind, Statements) {
    match select {
        Select::KeyByAlias(_) => (Kind::Key, BY_ALIAS),
        Select::KeysByThumbprint(_) => (Kind::Key, BY_THUMBPRINT),
        Select::KeysWithoutThumbprint => (Kind::Key, WITHOUT_THUMBPRINT),
        Select::KeysByScope(_) => (Kind::Key, BY_SCOPE),
        Select::KeysByMaster(_) => (Kind::Key, BY_MASTER),
        Select::KeysChangedSince(_) => (Kind::Key, CHANGED_SINCE),
        Select::AllKeys => (Kind::Key, ALL_KEYS),
        Select::Policy(_) => (Kind::Policy, ONE_POLICY),
        Select::AllPolicies => (Kind::Policy, ALL_POLICIES),
        Select::AllIntents => (Kind::Intent, ALL_INTENTS),
    }
}

fn bind_filter(statement: &mut CachedStatement<'_>, select: &Select) -> rusqlite::Result<()> {
    match select {
        Select::KeyByAlias(alias) | Select::KeysByMaster(alias) => bind(statement, 2, &alias.as_str()),
        Select::KeysByThumbprint(thumbprint) => bind(statement, 2, &thumbprint.to_hex()),
        Select::KeysByScope(scope) => {
            bind(statement, 2, &scope.app.as_str())?;
            bind(statement, 3, &scope.reference.as_str())
        }
        Select::KeysChangedSince(time) => bind(statement, 2, &time.to_database()),
        Select::Policy(app) => bind(statement, 2, &app.as_str()),
        Select::KeysWithoutThumbprint | Select::AllKeys | Select::AllPolicies | Select::AllIntents => Ok(()),
    }
}

fn bind(statement: &mut CachedStatement<'_>, parameter: usize, value: &dyn ToSql) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(parameter, value)
}
