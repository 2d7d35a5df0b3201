//! The tables of the service, which are used as they are, and ours beside them (STO-64, STO-65).

use super::failure::Fate;
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::store::tables::{ROW_MACS, SIDE_TABLES, TABLES};

/// The version of our tables that this release writes.
const VERSION: i32 = 1;
/// The table that says which version ours are.
const STORE: &str = "km_store";
/// The type of times: UTC without a zone.
const TIME: &str = "timestamp";
const DOING: &str = "create the tables";

/// The name of a table, as a statement has it.
pub(super) fn table(schema: &str, name: &str) -> String {
    format!("\"{schema}\".{name}")
}

/// Each index ends in the order of the answers, so that a page is read off it without sorting.
const INDEXES: &[(&str, &str, &str)] = &[
    ("km_key_alias_order", "key_alias", "(key_gen_dtimes NULLS FIRST, id COLLATE \"C\")"),
    ("km_key_alias_id", "key_alias", "(id COLLATE \"C\")"),
    ("km_key_alias_scope", "key_alias", "(app_id, coalesce(ref_id, ''), key_gen_dtimes NULLS FIRST, id COLLATE \"C\")"),
    (
        "km_key_alias_thumbprint",
        "key_alias",
        "(cert_thumbprint, key_gen_dtimes NULLS FIRST, id COLLATE \"C\") WHERE cert_thumbprint IS NOT NULL",
    ),
    (
        "km_key_alias_no_thumbprint",
        "key_alias",
        "(key_gen_dtimes NULLS FIRST, id COLLATE \"C\") WHERE cert_thumbprint IS NULL",
    ),
    ("km_key_store_master", "key_store", "(master_key)"),
    ("km_former_thumbprint_alias", "km_former_thumbprint", "(alias)"),
    ("km_key_pool_master", "km_key_pool", "(master_key, alias COLLATE \"C\")"),
    ("km_key_pool_ready", "km_key_pool", "(master_key, alias COLLATE \"C\") WHERE used IS NULL"),
];

/// Looks which tables there are, and refuses those that a newer release made.
pub(super) fn look(session: &mut Session) -> Result<()> {
    let schema = session.schema();
    let rows = session.query(
        "look at the tables",
        "SELECT pg_catalog.current_setting('fsync'), ARRAY(SELECT c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname::text = $1 AND c.relkind IN ('r', 'p', 'v', 'f', 'i'))",
        &[(&*schema).into()],
    )?;
    let row = rows.first();
    session.is_durable = row.and_then(|row| row.try_get::<_, String>(0).ok()).is_some_and(|fsync| fsync == "on");
    session.tables =
        row.and_then(|row| row.try_get::<_, Vec<String>>(1).ok()).unwrap_or_default().into_iter().collect();
    check(session)
}

/// Refuses tables that a newer release made, and sees whether the table of MACs was made meanwhile (STO-85).
pub(super) fn check(session: &mut Session) -> Result<()> {
    if !session.tables.contains(STORE) {
        return Ok(());
    }
    let sql = format!(
        "SELECT coalesce(max(version), 0), pg_catalog.to_regclass($1::text) IS NOT NULL FROM {}",
        session.table(STORE)
    );
    let macs = session.table(ROW_MACS.name);
    let rows = session.query("read the version of the store", &sql, &[macs.as_str().into()])?;
    let version: i32 = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(i32::MAX);
    match rows.first().and_then(|row| row.try_get(1).ok()) {
        Some(true) => drop(session.tables.insert(ROW_MACS.name.to_owned())),
        _ => drop(session.tables.remove(ROW_MACS.name)),
    }
    if version <= VERSION {
        return Ok(());
    }
    Err(Error::new(
        Code::StoreVersion,
        format!("the store has version {version}, and this release knows versions up to {VERSION}"),
    ))
}

/// Creates what is missing: all tables where there is no key manager yet, ours where there is one. Running it twice, or
/// in many processes at once, is fine. Where everything is there no permission is needed.
pub(super) fn prepare(session: &mut Session) -> Result<()> {
    look(session)?;
    if is_whole(session) {
        return Ok(());
    }
    session.transaction(DOING, |session| {
        // One at a time: IF NOT EXISTS is not enough where two create the same table at once.
        session.query(DOING, "SELECT pg_catalog.pg_advisory_xact_lock(5425512962855750484)", &[])?;
        look(session)?;
        let schema = session.schema();
        let exists = session.query(
            DOING,
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname::text = $1",
            &[(&*schema).into()],
        )?;
        if exists.is_empty() {
            session.batch(DOING, &format!("CREATE SCHEMA \"{schema}\""))?;
        }
        // What is the service's is made only where nothing of it is there: its own scripts know its releases.
        let upstream = if session.tables.contains("key_alias") { &[] } else { TABLES };
        for definition in upstream.iter().chain(SIDE_TABLES) {
            if !session.tables.contains(definition.name) {
                session.batch(DOING, &definition.create(&session.table(definition.name), TIME))?;
            }
        }
        if !session.tables.contains(STORE) {
            let store = session.table(STORE);
            let sql =
                format!("CREATE TABLE {store} (version integer NOT NULL); INSERT INTO {store} VALUES ({VERSION})");
            session.batch(DOING, &sql)?;
        }
        for (name, on, what) in INDEXES {
            if !session.tables.contains(*name) {
                index(session, name, &session.table(on), what)?;
            }
        }
        look(session)
    })
}

/// Creates the table of MACs, and ours beside it where they are missing (STO-85).
pub(super) fn prepare_macs(session: &mut Session) -> Result<()> {
    prepare(session)?;
    if session.keeps_macs() {
        return Ok(());
    }
    session.transaction(DOING, |session| {
        session.query(DOING, "SELECT pg_catalog.pg_advisory_xact_lock(5425512962855750484)", &[])?;
        look(session)?;
        if !session.keeps_macs() {
            session.batch(DOING, &ROW_MACS.create(&session.table(ROW_MACS.name), TIME))?;
        }
        look(session)
    })
}

/// The tables of the service that the library does not read and that have rows.
pub(super) fn other_rows(session: &mut Session) -> Result<Vec<(&'static str, u64)>> {
    let mut counts = Vec::new();
    for name in TABLES.iter().map(|table| table.name) {
        if ["key_alias", "key_store", "key_policy_def"].contains(&name) || !session.tables.contains(name) {
            continue;
        }
        let rows = session.query("count rows", &format!("SELECT count(*) FROM {}", session.table(name)), &[])?;
        let count =
            rows.first().and_then(|row| row.try_get::<_, i64>(0).ok()).and_then(|count| u64::try_from(count).ok());
        counts.extend(count.filter(|count| *count > 0).map(|count| (name, count)));
    }
    Ok(counts)
}

/// An index on tables of others may be forbidden. Without it everything works, slowly.
fn index(session: &mut Session, name: &str, on: &str, what: &str) -> Result<()> {
    session.batch(DOING, "SAVEPOINT km_index")?;
    match session.batch(DOING, &format!("CREATE INDEX {name} ON {on} {what}")) {
        Ok(()) => session.batch(DOING, "RELEASE SAVEPOINT km_index"),
        Err(error) if session.fate == Fate::Final => {
            tracing::warn!(index = name, "an index was not made: {}", error.detail());
            session.batch(DOING, "ROLLBACK TO SAVEPOINT km_index")
        }
        Err(error) => Err(error),
    }
}

fn is_whole(session: &Session) -> bool {
    let has = |name: &str| session.tables.contains(name);
    has("key_alias") && has(STORE) && session.has_side_tables() && INDEXES.iter().all(|(name, _, _)| has(name))
}
