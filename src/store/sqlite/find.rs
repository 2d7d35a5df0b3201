//! Queries.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::failure::failed;
use super::layouts::Layouts;
use super::pool::Session;
use super::schema::{self, padded};
use crate::error::{Error, Result};
use crate::id::KeyScope;
use crate::store::layout::Kind;
use crate::store::row::{self, Value};
use crate::store::tables::ROW_MACS;
use crate::store::{Cursor, Page, Query, Record, Select, Version, Versioned};
use crate::time::Timestamp;

/// What finds the first page, and what finds the pages after it.
pub(super) struct Statements {
    pub(super) first: &'static str,
    /// Run one after the other until the page is full.
    pub(super) rest: &'static [&'static str],
}

/// The statements over both halves of keys.
///
/// `?1` is the limit, `?2` and `?3` are the values of the filter, `?4` and `?5` time and alias of the cursor. After a
/// cursor come the later aliases of the same time, then the later times: SQLite seeks an index over an expression for
/// each of the two, and scans it for `(time, alias) > (?4, ?5)`.
macro_rules! keys {
    ($filter:expr) => {
        keys!("key_alias a LEFT JOIN key_store k ON k.id = a.id", $filter)
    };
    ($from:expr, $filter:expr) => {
        Statements {
            first: keys!($from, $filter, "", concat!(padded!("a.key_gen_dtimes"), ", a.id")),
            rest: &[
                keys!($from, $filter, concat!(" AND ", padded!("a.key_gen_dtimes"), " = ?4 AND a.id > ?5"), "a.id"),
                keys!(
                    $from,
                    $filter,
                    concat!(" AND ", padded!("a.key_gen_dtimes"), " > ?4"),
                    concat!(padded!("a.key_gen_dtimes"), ", a.id")
                ),
            ],
        }
    };
    ($from:expr, $filter:expr, $after:expr, $order:expr) => {
        concat!(
            "SELECT a.*, 0 AS km_half, k.* FROM ",
            $from,
            " WHERE ",
            $filter,
            $after,
            " ORDER BY ",
            $order,
            " LIMIT ?1"
        )
    };
}

/// The statements over former thumbprints. `?4` and `?5` are thumbprint and alias of the cursor.
macro_rules! former {
    ($filter:literal) => {
        Statements {
            first: concat!(
                "SELECT * FROM km_former_thumbprint WHERE ",
                $filter,
                " ORDER BY thumbprint, alias LIMIT ?1"
            ),
            rest: &[concat!(
                "SELECT * FROM km_former_thumbprint WHERE ",
                $filter,
                " AND (thumbprint, alias) > (?4, ?5) ORDER BY thumbprint, alias LIMIT ?1"
            )],
        }
    };
}

/// The statements over the key pool. `?4` is the alias of the cursor.
macro_rules! pool {
    ($filter:literal) => {
        Statements {
            first: concat!("SELECT * FROM km_key_pool WHERE ", $filter, " ORDER BY alias LIMIT ?1"),
            rest: &[concat!("SELECT * FROM km_key_pool WHERE ", $filter, " AND alias > ?4 ORDER BY alias LIMIT ?1")],
        }
    };
}

pub(super) const BY_ALIAS: Statements = keys!("a.id = ?2");
pub(super) const BY_THUMBPRINT: Statements = keys!("a.cert_thumbprint = ?2");
pub(super) const WITHOUT_THUMBPRINT: Statements = keys!("a.cert_thumbprint IS NULL");
const WITHOUT_UNI_IDENT: Statements = keys!("a.uni_ident IS NULL");
pub(super) const BY_SCOPE: Statements = keys!("a.app_id = ?2 AND coalesce(a.ref_id, '') = ?3");
pub(super) const BY_MASTER: Statements =
    // CROSS JOIN keeps the order: from the few keys of a master to their aliases, not the other way round.
    keys!("key_store k CROSS JOIN key_alias a ON a.id = k.id", "k.master_key = ?2");
pub(super) const CHANGED_SINCE: Statements = keys!(concat!(
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
pub(super) const ALL_KEYS: Statements = keys!("TRUE");
/// By alias: a row may have no time that can be understood. An id that is no text cannot be gone on from.
const AS_THEY_ARE: Statements = Statements {
    first: "SELECT a.*, 0 AS km_half, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id \
            WHERE typeof(a.id) = 'text' ORDER BY a.id LIMIT ?1",
    rest: &["SELECT a.*, 0 AS km_half, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id \
             WHERE typeof(a.id) = 'text' AND a.id > ?4 ORDER BY a.id LIMIT ?1"],
};
const ONE_POLICY: Statements = Statements {
    first: "SELECT * FROM key_policy_def WHERE app_id = ?2 LIMIT ?1",
    rest: &["SELECT * FROM key_policy_def WHERE app_id = ?2 AND app_id > ?4 LIMIT ?1"],
};
const ALL_POLICIES: Statements = Statements {
    first: "SELECT * FROM key_policy_def ORDER BY app_id LIMIT ?1",
    rest: &["SELECT * FROM key_policy_def WHERE app_id > ?4 ORDER BY app_id LIMIT ?1"],
};
/// Few, so without an index.
const ALL_INTENTS: Statements = Statements {
    first: concat!("SELECT * FROM km_intent ORDER BY ", padded!("begun"), ", alias LIMIT ?1"),
    rest: &[concat!(
        "SELECT * FROM km_intent WHERE (",
        padded!("begun"),
        ", alias) > (?4, ?5) ORDER BY ",
        padded!("begun"),
        ", alias LIMIT ?1"
    )],
};
const INTENTS_AS_THEY_ARE: Statements = Statements {
    first: "SELECT * FROM km_intent WHERE typeof(alias) = 'text' ORDER BY alias LIMIT ?1",
    rest: &["SELECT * FROM km_intent WHERE typeof(alias) = 'text' AND alias > ?4 ORDER BY alias LIMIT ?1"],
};
const ONE_INTENT: &str = "SELECT * FROM km_intent WHERE alias = ?2 LIMIT ?1";

const FORMER_BY_THUMBPRINT: Statements = former!("thumbprint = ?2");
const FORMER_BY_ALIAS: Statements = former!("alias = ?2");
const ALL_FORMER: Statements = former!("TRUE");
pub(super) const READY_POOL: Statements = pool!("master_key = ?2 AND used IS NULL AND alias >= ?3");
pub(super) const POOL_OF_MASTER: Statements = pool!("master_key = ?2");
const ALL_POOL: Statements = pool!("TRUE");
const ONE_POOL: &str = "SELECT * FROM km_key_pool WHERE alias = ?2 LIMIT ?1";
const FORMER_AS_THEY_ARE: Statements = former!("typeof(thumbprint) = 'text' AND typeof(alias) = 'text'");
const ONE_FORMER: &str = "SELECT * FROM km_former_thumbprint WHERE alias = ?2 AND thumbprint = ?3 LIMIT ?1";

/// The page that `query` asks for.
pub(super) fn find(session: &mut Session, query: &Query) -> Result<Page> {
    let Session { connection, layouts } = session;
    let (kind, statements) = statements(&query.select);
    let statements = if query.cursor.is_some() { statements.rest } else { &[statements.first] };
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let macs = query.with_macs && matches!(kind, Kind::Key | Kind::Policy) && schema::keeps_macs(connection)?;
    let as_they_are =
        matches!(query.select, Select::KeysAsTheyAre | Select::IntentsAsTheyAre | Select::FormerThumbprintsAsTheyAre);
    let mut records: Vec<Versioned> = Vec::new();
    let mut more = false;
    let mut last = None;
    for sql in statements {
        let mut statement = prepared(connection, layouts, sql, macs.then_some(kind))?;
        // One more row than there is room for says whether there is another page.
        bind(&mut statement, 1, &i64::from(query.limit).saturating_add(1)).map_err(doing)?;
        bind_filter(&mut statement, &query.select).map_err(doing)?;
        if let Some(cursor) = &query.cursor {
            if as_they_are {
                for (parameter, name) in (4..).zip(row::names_of(cursor, kind)?) {
                    bind(&mut statement, parameter, &name).map_err(doing)?;
                }
            } else {
                bind_cursor(&mut statement, kind, cursor)?;
            }
        }
        let mut rows = statement.raw_query();
        let mut layout = None;
        while !more && let Some(row) = rows.next().map_err(doing)? {
            if records.len() == limit {
                more = true;
                break;
            }
            let layout = match &layout {
                Some(layout) => layout,
                None => layout.insert(layouts.of(sql, macs, row, kind)?),
            };
            let mut values = values(row)?;
            let mac = if macs { row::cut_mac(&mut values) } else { None };
            let found = match as_they_are {
                true => {
                    last = row::cursor_as_it_is(&values, layout);
                    row::read_as_it_is(&values, layout)?
                }
                false => row::read(&values, layout)?,
            };
            records.push(Versioned { mac, ..found });
        }
    }
    if as_they_are {
        return Ok(Page { records, next: last.filter(|_| more) });
    }
    let next = records.last().filter(|_| more).map(|last| row::cursor_after(&last.record));
    Ok(Page { records, next })
}

fn values<'a>(row: &'a Row<'_>) -> Result<Vec<Value<'a>>> {
    let columns = row.as_ref().column_count();
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns {
        values.push(match row.get_ref(column).map_err(|error| failed("read a row", &error))? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(value),
            ValueRef::Text(value) => Value::Text(value),
            ValueRef::Blob(value) => Value::Blob(value),
        });
    }
    Ok(values)
}

fn version(row: &Row<'_>) -> Result<Version> {
    values(row).map(|values| row::version(&values))
}

/// The versions of all keys of `scope`, however many.
pub(super) fn scope_versions(connection: &Connection, layouts: &mut Layouts, scope: &KeyScope) -> Result<Vec<Version>> {
    let mut statement = prepared(connection, layouts, BY_SCOPE.first, None)?;
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
pub(super) fn current_version(
    connection: &Connection,
    layouts: &mut Layouts,
    record: &Record,
) -> Result<Option<Version>> {
    let (sql, id) = match record {
        Record::Key(key) => (BY_ALIAS.first, key.alias.alias.as_str()),
        Record::Policy(row) => (ONE_POLICY.first, row.app.as_str()),
        Record::Intent(row) => (ONE_INTENT, row.alias.as_str()),
        Record::FormerThumbprint(row) => (ONE_FORMER, row.alias.as_str()),
        Record::PoolKey(row) => (ONE_POOL, row.alias.as_str()),
        Record::Damaged(_) => return Ok(None),
    };
    let mut statement = prepared(connection, layouts, sql, None)?;
    let mut rows = match record {
        Record::FormerThumbprint(row) => statement.query((1, id, row.thumbprint.to_hex())),
        _ => statement.query((1, id)),
    }
    .map_err(doing)?;
    rows.next().map_err(doing)?.map(version).transpose()
}

pub(super) fn statements(select: &Select) -> (Kind, Statements) {
    match select {
        Select::KeyByAlias(_) => (Kind::Key, BY_ALIAS),
        Select::KeysByThumbprint(_) => (Kind::Key, BY_THUMBPRINT),
        Select::KeysWithoutThumbprint => (Kind::Key, WITHOUT_THUMBPRINT),
        Select::KeysWithoutUniIdent => (Kind::Key, WITHOUT_UNI_IDENT),
        Select::KeysByScope(_) => (Kind::Key, BY_SCOPE),
        Select::KeysByMaster(_) => (Kind::Key, BY_MASTER),
        Select::KeysChangedSince(_) => (Kind::Key, CHANGED_SINCE),
        Select::AllKeys => (Kind::Key, ALL_KEYS),
        Select::KeysAsTheyAre => (Kind::Key, AS_THEY_ARE),
        Select::Policy(_) => (Kind::Policy, ONE_POLICY),
        Select::AllPolicies => (Kind::Policy, ALL_POLICIES),
        Select::AllIntents => (Kind::Intent, ALL_INTENTS),
        Select::IntentsAsTheyAre => (Kind::Intent, INTENTS_AS_THEY_ARE),
        Select::FormerThumbprint(_) => (Kind::Former, FORMER_BY_THUMBPRINT),
        Select::FormerThumbprintsOf(_) => (Kind::Former, FORMER_BY_ALIAS),
        Select::AllFormerThumbprints => (Kind::Former, ALL_FORMER),
        Select::ReadyPoolKeys(..) => (Kind::Pool, READY_POOL),
        Select::PoolKeysOf(_) => (Kind::Pool, POOL_OF_MASTER),
        Select::AllPoolKeys => (Kind::Pool, ALL_POOL),
        Select::FormerThumbprintsAsTheyAre => (Kind::Former, FORMER_AS_THEY_ARE),
    }
}

/// The statement of `sql`, ready to be bound. All that are read go through here: [`Layouts`] must see them.
/// With a kind it is the form that gives the MAC of each row too.
fn prepared<'a>(
    connection: &'a Connection,
    layouts: &mut Layouts,
    sql: &'static str,
    macs: Option<Kind>,
) -> Result<CachedStatement<'a>> {
    let with_macs = macs.and_then(|kind| with_macs(sql, kind));
    let statement = connection.prepare_cached(with_macs.as_deref().unwrap_or(sql)).map_err(doing)?;
    layouts.forget_if_new(sql, with_macs.is_some(), &statement);
    Ok(statement)
}

/// The statement with the MAC of each row behind its columns.
pub(super) fn with_macs(sql: &str, kind: Kind) -> Option<String> {
    let column = row::mac_column(kind, ROW_MACS.name)?;
    match kind {
        Kind::Policy => Some(sql.replacen("* FROM key_policy_def", &format!("p.*, {column} FROM key_policy_def p"), 1)),
        _ => Some(sql.replacen("k.* FROM", &format!("k.*, {column} FROM"), 1)),
    }
}

fn bind_filter(statement: &mut CachedStatement<'_>, select: &Select) -> rusqlite::Result<()> {
    match select {
        Select::KeyByAlias(alias)
        | Select::KeysByMaster(alias)
        | Select::FormerThumbprintsOf(alias)
        | Select::PoolKeysOf(alias) => bind(statement, 2, &alias.as_str()),
        Select::ReadyPoolKeys(master, from) => {
            bind(statement, 2, &master.as_str())?;
            bind(statement, 3, &from.as_str())
        }
        Select::KeysByThumbprint(thumbprint) | Select::FormerThumbprint(thumbprint) => {
            bind(statement, 2, &thumbprint.to_hex())
        }
        Select::KeysByScope(scope) => {
            bind(statement, 2, &scope.app.as_str())?;
            bind(statement, 3, &scope.reference.as_str())
        }
        Select::KeysChangedSince(time) => bind(statement, 2, &time.to_database()),
        Select::Policy(app) => bind(statement, 2, &app.as_str()),
        Select::KeysWithoutThumbprint
        | Select::KeysWithoutUniIdent
        | Select::AllKeys
        | Select::KeysAsTheyAre
        | Select::AllPolicies
        | Select::AllIntents
        | Select::IntentsAsTheyAre
        | Select::AllFormerThumbprints
        | Select::FormerThumbprintsAsTheyAre
        | Select::AllPoolKeys => Ok(()),
    }
}

fn bind_cursor(statement: &mut CachedStatement<'_>, kind: Kind, cursor: &Cursor) -> Result<()> {
    match kind {
        Kind::Policy => bind(statement, 4, &cursor.app()?.as_str()).map_err(doing),
        Kind::Pool => bind(statement, 4, &cursor.alias()?.as_str()).map_err(doing),
        Kind::Former => {
            let (thumbprint, alias) = cursor.thumbprint_and_alias()?;
            bind(statement, 4, &thumbprint.to_hex()).map_err(doing)?;
            bind(statement, 5, &alias.as_str()).map_err(doing)
        }
        Kind::Key | Kind::Intent => {
            let (time, alias) = cursor.time_and_alias()?;
            bind(statement, 4, &time.map(Timestamp::to_database).unwrap_or_default()).map_err(doing)?;
            if statement.parameter_count() < 5 {
                return Ok(());
            }
            bind(statement, 5, &alias.as_str()).map_err(doing)
        }
    }
}

fn doing(error: rusqlite::Error) -> Error {
    failed("read the store", &error)
}

fn bind(statement: &mut CachedStatement<'_>, parameter: usize, value: &dyn ToSql) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(parameter, value)
}
