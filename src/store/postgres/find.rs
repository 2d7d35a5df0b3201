//! Queries.

use std::sync::Arc;

use super::schema;
use super::session::Session;
use super::value::values;
use crate::error::Result;
use crate::id::KeyScope;
use crate::store::columns::Cell;
use crate::store::layout::{Kind, Layout};
use crate::store::row::{self, version};
use crate::store::tables::ROW_MACS;
use crate::store::{Cursor, Page, Query, Record, Select, Version, Versioned};

const DOING: &str = "read the store";

/// A statement that is being put together.
struct Sql<'a> {
    schema: Arc<str>,
    kind: Kind,
    conditions: Vec<String>,
    values: Vec<Cell<'a>>,
    /// The MAC of each row comes behind its columns.
    macs: bool,
}

/// What follows `FROM` and `ORDER BY` for rows of a kind. Names are compared byte by byte, whatever the collation of
/// the database.
struct Shape {
    columns: &'static str,
    order: &'static str,
}

const fn shape(kind: Kind, as_they_are: bool) -> Shape {
    match kind {
        Kind::Key => Shape {
            columns: "a.*, 0 AS km_half, k.*",
            order: if as_they_are { "a.id COLLATE \"C\"" } else { "a.key_gen_dtimes NULLS FIRST, a.id COLLATE \"C\"" },
        },
        Kind::Policy => Shape { columns: "p.*", order: "app_id COLLATE \"C\"" },
        Kind::Intent => Shape {
            columns: "*",
            order: if as_they_are { "alias COLLATE \"C\"" } else { "begun, alias COLLATE \"C\"" },
        },
        Kind::Former => Shape { columns: "*", order: "thumbprint COLLATE \"C\", alias COLLATE \"C\"" },
        Kind::Pool => Shape { columns: "*", order: "alias COLLATE \"C\"" },
    }
}

impl<'a> Sql<'a> {
    fn new(session: &Session, kind: Kind) -> Self {
        Self { schema: session.schema(), kind, conditions: Vec::new(), values: Vec::new(), macs: false }
    }

    /// Adds a condition in which each `?` stands for the next of `values`.
    fn only(&mut self, condition: &str, values: impl IntoIterator<Item = Cell<'a>>) {
        let mut text = String::with_capacity(condition.len().saturating_add(8));
        let mut values = values.into_iter();
        for letter in condition.chars() {
            if letter == '?' {
                self.values.extend(values.next());
                text.push_str(&format!("${}", self.values.len()));
            } else {
                text.push(letter);
            }
        }
        self.conditions.push(text);
    }

    fn tables(&self) -> String {
        let table = |name| schema::table(&self.schema, name);
        match self.kind {
            Kind::Key => format!("{} a LEFT JOIN {} k ON k.id = a.id", table("key_alias"), table("key_store")),
            Kind::Policy => format!("{} p", table("key_policy_def")),
            Kind::Intent => table("km_intent"),
            Kind::Former => table("km_former_thumbprint"),
            Kind::Pool => table("km_key_pool"),
        }
    }

    /// The text, with its values. At most `limit` rows, or all.
    fn finish(mut self, as_they_are: bool, limit: Option<i64>) -> (String, Vec<Cell<'a>>) {
        let Shape { columns, order } = shape(self.kind, as_they_are);
        let conditions = if self.conditions.is_empty() { "TRUE".to_owned() } else { self.conditions.join(" AND ") };
        let macs = schema::table(&self.schema, ROW_MACS.name);
        let mac = row::mac_column(self.kind, &macs).filter(|_| self.macs);
        let mac = mac.map(|column| format!(", {column}")).unwrap_or_default();
        let mut sql = format!("SELECT {columns}{mac} FROM {} WHERE {conditions} ORDER BY {order}", self.tables());
        if let Some(limit) = limit {
            self.values.push(Cell::Whole(limit));
            sql.push_str(&format!(" LIMIT ${}", self.values.len()));
        }
        (sql, self.values)
    }

    fn filter(&mut self, select: &'a Select) {
        match select {
            Select::KeyByAlias(alias) => self.only("a.id = ?", [alias.as_str().into()]),
            Select::KeysByThumbprint(thumbprint) => self.only("a.cert_thumbprint = ?", [thumbprint.to_hex().into()]),
            Select::KeysWithoutThumbprint => self.only("a.cert_thumbprint IS NULL", []),
            Select::KeysWithoutUniIdent => self.only("a.uni_ident IS NULL", []),
            Select::KeysByScope(scope) => self.scope(scope),
            Select::KeysByMaster(alias) => self.only("k.master_key = ?", [alias.as_str().into()]),
            Select::KeysChangedSince(time) => self.only(
                "(a.cr_dtimes >= ? OR a.upd_dtimes >= ? OR k.cr_dtimes >= ? OR k.upd_dtimes >= ?)",
                [(*time).into(), (*time).into(), (*time).into(), (*time).into()],
            ),
            Select::Policy(app) => self.only("app_id = ?", [app.as_str().into()]),
            Select::FormerThumbprint(thumbprint) => self.only("thumbprint = ?", [thumbprint.to_hex().into()]),
            Select::FormerThumbprintsOf(alias) => self.only("alias = ?", [alias.as_str().into()]),
            Select::ReadyPoolKeys(master, from) => self.only(
                "master_key = ? AND used IS NULL AND alias COLLATE \"C\" >= ?",
                [master.as_str().into(), from.as_str().into()],
            ),
            Select::PoolKeysOf(master) => self.only("master_key = ?", [master.as_str().into()]),
            Select::AllKeys
            | Select::KeysAsTheyAre
            | Select::AllPolicies
            | Select::AllIntents
            | Select::IntentsAsTheyAre
            | Select::AllFormerThumbprints
            | Select::FormerThumbprintsAsTheyAre
            | Select::AllPoolKeys => {}
        }
    }

    fn scope(&mut self, scope: &'a KeyScope) {
        self.only(
            "a.app_id = ? AND coalesce(a.ref_id, '') = ?",
            [scope.app.as_str().into(), scope.reference.as_str().into()],
        );
    }

    fn after(&mut self, cursor: &Cursor, as_they_are: bool) -> Result<()> {
        if as_they_are {
            let names: Vec<Cell<'a>> =
                row::names_of(cursor, self.kind)?.into_iter().map(|name| Cell::Made(name.to_owned())).collect();
            let condition = match self.kind {
                Kind::Key => "a.id COLLATE \"C\" > ?",
                Kind::Former => "(thumbprint COLLATE \"C\", alias COLLATE \"C\") > (?, ?)",
                Kind::Intent | Kind::Policy | Kind::Pool => "alias COLLATE \"C\" > ?",
            };
            self.only(condition, names);
            return Ok(());
        }
        match self.kind {
            Kind::Policy => self.only("app_id COLLATE \"C\" > ?", [cursor.app()?.to_string().into()]),
            Kind::Pool => self.only("alias COLLATE \"C\" > ?", [cursor.alias()?.to_string().into()]),
            Kind::Former => {
                let (thumbprint, alias) = cursor.thumbprint_and_alias()?;
                self.only(
                    "(thumbprint COLLATE \"C\", alias COLLATE \"C\") > (?, ?)",
                    [thumbprint.to_hex().into(), alias.to_string().into()],
                );
            }
            Kind::Key => match cursor.time_and_alias()? {
                (Some(time), alias) => self
                    .only("(a.key_gen_dtimes, a.id COLLATE \"C\") > (?, ?)", [time.into(), alias.to_string().into()]),
                (None, alias) => {
                    self.only("(a.key_gen_dtimes IS NOT NULL OR a.id COLLATE \"C\" > ?)", [alias.to_string().into()])
                }
            },
            Kind::Intent => {
                let (time, alias) = cursor.time_and_alias()?;
                self.only("(begun, alias COLLATE \"C\") > (?, ?)", [time.into(), alias.to_string().into()]);
            }
        }
        Ok(())
    }
}

/// The page that `query` asks for, in one round trip.
pub(super) fn find(session: &mut Session, query: &Query) -> Result<Page> {
    let kind = kind(&query.select);
    let as_they_are =
        matches!(query.select, Select::KeysAsTheyAre | Select::IntentsAsTheyAre | Select::FormerThumbprintsAsTheyAre);
    let macs = query.with_macs && matches!(kind, Kind::Key | Kind::Policy);
    if macs && !session.keeps_macs() {
        // It may have been made since this connection was opened.
        schema::look(session)?;
    }
    let mut sql = Sql::new(session, kind);
    sql.macs = macs && session.keeps_macs();
    let macs = sql.macs;
    sql.filter(&query.select);
    if let Some(cursor) = &query.cursor {
        sql.after(cursor, as_they_are)?;
    }
    // One more row than there is room for says whether there is another page.
    let (sql, cells) = sql.finish(as_they_are, Some(i64::from(query.limit).saturating_add(1)));
    if matches!(kind, Kind::Intent | Kind::Former | Kind::Pool) && !session.has_side_tables() {
        return Ok(Page { records: Vec::new(), next: None });
    }
    let rows = session.query(DOING, &sql, &cells)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut records: Vec<Versioned> = Vec::with_capacity(rows.len().min(limit));
    let mut last = None;
    let Some(first) = rows.first() else { return Ok(Page { records, next: None }) };
    let names: Vec<&str> = first.columns().iter().map(tokio_postgres::Column::name).collect();
    let layout = Layout::of(&names, kind)?;
    for row in rows.iter().take(limit) {
        let mut values = values(row)?;
        let mac = if macs { row::cut_mac(&mut values) } else { None };
        let found = if as_they_are {
            last = row::cursor_as_it_is(&values, &layout);
            row::read_as_it_is(&values, &layout)?
        } else {
            row::read(&values, &layout)?
        };
        records.push(Versioned { mac, ..found });
    }
    let more = rows.len() > limit;
    if !as_they_are {
        last = records.last().map(|last| row::cursor_after(&last.record));
    }
    Ok(Page { records, next: last.filter(|_| more) })
}

/// The versions of all keys of `scope`, however many.
pub(super) fn scope_versions(session: &mut Session, scope: &KeyScope) -> Result<Vec<Version>> {
    let mut sql = Sql::new(session, Kind::Key);
    sql.scope(scope);
    let (sql, cells) = sql.finish(false, None);
    let rows = session.query(DOING, &sql, &cells)?;
    rows.iter().map(|row| values(row).map(|values| version(&values))).collect()
}

/// The version of the record with the same id as `record`, as [`find`] gives it; none when there is none.
pub(super) fn current_version(session: &mut Session, record: &Record) -> Result<Option<Version>> {
    let sql = match record {
        Record::Key(key) => {
            let mut sql = Sql::new(session, Kind::Key);
            sql.only("a.id = ?", [key.alias.alias.as_str().into()]);
            sql
        }
        Record::Policy(row) => {
            let mut sql = Sql::new(session, Kind::Policy);
            sql.only("app_id = ?", [row.app.as_str().into()]);
            sql
        }
        Record::Intent(row) => {
            let mut sql = Sql::new(session, Kind::Intent);
            sql.only("alias = ?", [row.alias.as_str().into()]);
            sql
        }
        Record::FormerThumbprint(row) => {
            let mut sql = Sql::new(session, Kind::Former);
            sql.only("alias = ? AND thumbprint = ?", [row.alias.as_str().into(), row.thumbprint.to_hex().into()]);
            sql
        }
        Record::PoolKey(row) => {
            let mut sql = Sql::new(session, Kind::Pool);
            sql.only("alias = ?", [row.alias.as_str().into()]);
            sql
        }
        Record::Damaged(_) => return Ok(None),
    };
    let (sql, cells) = sql.finish(false, None);
    let rows = session.query(DOING, &sql, &cells)?;
    rows.first().map(|row| values(row).map(|values| version(&values))).transpose()
}

const fn kind(select: &Select) -> Kind {
    match select {
        Select::KeyByAlias(_)
        | Select::KeysByThumbprint(_)
        | Select::KeysWithoutThumbprint
        | Select::KeysWithoutUniIdent
        | Select::KeysByScope(_)
        | Select::KeysByMaster(_)
        | Select::KeysChangedSince(_)
        | Select::AllKeys
        | Select::KeysAsTheyAre => Kind::Key,
        Select::Policy(_) | Select::AllPolicies => Kind::Policy,
        Select::AllIntents | Select::IntentsAsTheyAre => Kind::Intent,
        Select::FormerThumbprint(_)
        | Select::FormerThumbprintsOf(_)
        | Select::AllFormerThumbprints
        | Select::FormerThumbprintsAsTheyAre => Kind::Former,
        Select::ReadyPoolKeys(..) | Select::PoolKeysOf(_) | Select::AllPoolKeys => Kind::Pool,
    }
}
