//! What cannot be seen from outside: query plans, work per query, and use after a fork.

use std::time::Duration;

use rusqlite::{Connection, StatementStatus};

use super::find::{self, Statements};
use super::pool::Session;
use super::*;
use crate::id::{Alias, KeyScope, Thumbprint};
use crate::store::layout::Kind;
use crate::store::memory::MemoryStore;
use crate::store::{Change, Cursor, Select};
use crate::time::Timestamp;

fn new_store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
    (folder, store)
}

/// Rows up to `count`, ten to a scope, every tenth without a thumbprint, every fourth with a `key_store` half.
fn fill(connection: &Connection, from: u32, count: u32) {
    if from == count {
        return;
    }
    let range = format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})");
    connection
        .execute_batch(&format!(
            "BEGIN;
             INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, cr_by, cr_dtimes, cert_thumbprint, uni_ident)
             {range} SELECT 'id-' || i, 'REGISTRATION', 'ref-' || (i / 10), '2026-11-25 08:00:00', 'SYSTEM',
                            '2026-11-25 08:00:00', iif(i % 10 = 9, NULL, printf('%064X', i)), printf('%040X', i)
                     FROM n;
             INSERT INTO key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes)
             {range} SELECT 'id-' || i, 'master-' || (i / 100), 'wrapped', 'PEM', 'SYSTEM', '2026-11-25 08:00:00'
                     FROM n WHERE i % 4 = 0;
             COMMIT;"
        ))
        .unwrap();
}

fn plan_of(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // The plan does not depend on the values.
    let lines: Vec<String> =
        statement.raw_query().mapped(|row| row.get("detail")).collect::<rusqlite::Result<_>>().unwrap();
    lines.join("\n")
}

#[test]
fn queries_are_read_off_their_index_in_order() {
    let (_folder, store) = new_store();
    let expected: [(Statements, &str); 8] = [
        (find::BY_ALIAS, "SEARCH a USING INDEX sqlite_autoindex_key_alias_1 (id=?"),
        (find::BY_THUMBPRINT, "SEARCH a USING INDEX km_key_alias_thumbprint (cert_thumbprint=?"),
        (find::WITHOUT_THUMBPRINT, "a USING INDEX km_key_alias_no_thumbprint"),
        (find::BY_SCOPE, "SEARCH a USING INDEX km_key_alias_scope (app_id=? AND <expr>=?"),
        (find::ALL_KEYS, "a USING INDEX km_key_alias_order"),
        (find::BY_MASTER, "SEARCH k USING INDEX km_key_store_master (master_key=?"),
        (find::READY_POOL, "SEARCH km_key_pool USING INDEX km_key_pool_ready (master_key=? AND alias>?)"),
        (find::POOL_OF_MASTER, "SEARCH km_key_pool USING INDEX km_key_pool_master (master_key=?"),
    ];
    store
        .pool
        .with(|session| {
            schema::prepare_macs(&mut session.connection)?;
            let connection = &session.connection;
            for rows in [0, 1_000] {
                fill(connection, 0, rows);
                for (statements, index) in &expected {
                    // An alias has no second page; whichever index serves that is right.
                    let rest = if statements.first == find::BY_ALIAS.first { &[] } else { statements.rest };
                    for sql in [&[statements.first], rest].concat() {
                        let plan = plan_of(connection, sql);
                        assert!(plan.contains(index), "{sql}\n{plan}");
                        // The same plan where the MAC of each row comes along.
                        if sql.contains("km_half") {
                            let with_macs = find::with_macs(sql, Kind::Key).unwrap();
                            let of_macs = plan_of(connection, &with_macs);
                            let mac = "SEARCH m USING INDEX sqlite_autoindex_km_row_mac_1 (of_table=? AND id=?)";
                            let of_rows = |line: &&str| *line != mac && !line.starts_with("CORRELATED");
                            let rows: Vec<&str> = of_macs.lines().filter(of_rows).collect();
                            assert!(of_macs.contains(mac) && rows.join("\n") == plan, "{with_macs}\n{of_macs}");
                        }
                        if index.contains(" a USING") && !sql.contains("a.id = ?2") {
                            assert!(!plan.contains("TEMP B-TREE"), "sorted: {sql}\n{plan}");
                        }
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn work_per_query_does_not_grow_with_the_table() {
    let (_folder, store) = new_store();
    store
        .pool
        .with(|session| {
            let mut before = 0;
            let mut counted = Vec::new();
            for rows in [1_000, 10_000, 100_000] {
                fill(&session.connection, before, rows);
                before = rows;
                let scope = KeyScope::new("REGISTRATION", "ref-77").unwrap();
                let thumbprint = Thumbprint::from_hex(&format!("{:064X}", 777)).unwrap();
                let last = Alias::new("id-770").unwrap();
                let time = Timestamp::from_database("2026-11-25 08:00:00").unwrap();
                let queries = [
                    Query::new(Select::KeysByThumbprint(thumbprint)),
                    Query::new(Select::KeyByAlias(Alias::new("id-777").unwrap())),
                    Query::new(Select::KeysByScope(scope)),
                    Query::new(Select::KeysByMaster(Alias::new("master-7").unwrap())),
                    Query { limit: 10, ..Query::new(Select::AllKeys) },
                    Query { limit: 10, cursor: Some(Cursor::after(Some(time), &last)), ..Query::new(Select::AllKeys) },
                    Query { limit: 10, ..Query::new(Select::KeysWithoutThumbprint) },
                ];
                let steps: Vec<i32> = queries.iter().map(|query| steps(session, query)).collect();
                counted.push(steps);
            }
            for more_rows in &counted[1..] {
                for (few, many) in counted[0].iter().zip(more_rows) {
                    assert!(*many <= few + few / 10, "{counted:?}");
                }
            }
            Ok(())
        })
        .unwrap();
}

/// How many instructions SQLite runs for `query`.
fn steps(session: &mut Session, query: &Query) -> i32 {
    let found = find::find(session, query).unwrap();
    assert!(!found.records.is_empty(), "{query:?}");
    let (_, statements) = find::statements(&query.select);
    let statements = if query.cursor.is_some() { statements.rest } else { &[statements.first] };
    let steps = |sql: &&str| session.connection.prepare_cached(sql).unwrap().reset_status(StatementStatus::VmStep);
    statements.iter().map(steps).sum()
}

#[test]
fn a_statement_is_planned_once() {
    let (_folder, store) = new_store();
    store
        .pool
        .with(|session| {
            fill(&session.connection, 0, 100);
            for number in 0..20 {
                let thumbprint = Thumbprint::from_hex(&format!("{number:064X}")).unwrap();
                find::find(session, &Query::new(Select::KeysByThumbprint(thumbprint))).unwrap();
                find::find(session, &Query { limit: number + 1, ..Query::new(Select::AllKeys) }).unwrap();
            }
            for statements in [find::BY_THUMBPRINT, find::ALL_KEYS] {
                let statement = session.connection.prepare_cached(statements.first).unwrap();
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
            }
            Ok(())
        })
        .unwrap();
}

/// Another process puts the columns in another order, with one more in front.
const MOVE: &str = "
    BEGIN;
    CREATE TABLE moved (later text DEFAULT 'later', uni_ident, cert_thumbprint, ref_id, app_id, id, cr_dtimes, cr_by,
                        key_expire_dtimes, key_gen_dtimes, upd_dtimes);
    INSERT INTO moved (uni_ident, cert_thumbprint, ref_id, app_id, id, cr_dtimes, cr_by, key_gen_dtimes)
        SELECT uni_ident, cert_thumbprint, ref_id, app_id, id, cr_dtimes, cr_by, key_gen_dtimes FROM key_alias;
    DROP TABLE key_alias;
    ALTER TABLE moved RENAME TO key_alias;
    COMMIT;";

#[test]
fn columns_that_move_are_found_again() {
    let scope = || KeyScope::new("REGISTRATION", "ref-0").unwrap();
    // The statements are prepared when the columns move; or they are new after it; or new, and a change set ran them.
    for (new, changed) in [(false, false), (true, false), (true, true)] {
        let (_folder, store) = new_store();
        let other = Connection::open(store.path()).unwrap();
        fill(&other, 0, 20);
        let find = |select: Select| store.find(Query::new(select)).unwrap().records;
        let find =
            || [find(Select::KeyByAlias(Alias::new("id-4").unwrap())), find(Select::KeysByScope(scope()))].concat();
        let before = find();
        assert_eq!(find(), before, "the second time with a known layout");
        other.execute_batch(MOVE).unwrap();
        if new {
            let forget = |session: &mut Session| {
                session.connection.flush_prepared_statement_cache();
                Ok(())
            };
            store.pool.with(forget).unwrap();
            // Now the connection knows the new tables, and plans nothing twice.
            store.find(Query::new(Select::AllPolicies)).unwrap();
        }
        if changed {
            let delete = Change::Delete(before[0].record.clone(), before[0].version.clone());
            let one = ChangeSet { changes: vec![delete], ..ChangeSet::default() };
            let other = ChangeSet { expect_scopes: vec![(scope(), Vec::new())], ..ChangeSet::default() };
            for changes in [one, other] {
                assert_eq!(store.apply(changes).unwrap_err().code(), Code::StoreConflict);
            }
        }
        let after = find();
        assert_eq!((after.len(), before.len()), (11, 11));
        for (after, before) in after.iter().zip(&before) {
            assert_eq!(after.record, before.record, "{new} {changed}");
            assert_ne!(after.version, before.version, "{new} {changed}");
        }
        other.execute_batch("ALTER TABLE key_store RENAME COLUMN certificate_data TO gone").unwrap();
        let gone = store.find(Query::new(Select::KeysByScope(scope()))).unwrap_err();
        assert_eq!((gone.code(), gone.to_string().contains("certificate_data")), (Code::StoreUnavailable, true));
    }
}

#[test]
fn nothing_works_in_another_process() {
    let (_folder, mut store) = new_store();
    store.guard = ForkGuard::of_another_process();
    refuses_everything(&store);
    refuses_everything(&MemoryStore::of_another_process());
    // Dropping it closes nothing; the file is still good.
    let path = store.path().to_owned();
    drop(store);
    SqliteStore::open(&path).unwrap();
}

fn refuses_everything(store: &dyn KeyStore) {
    let scope = KeyScope::new("ROOT", "").unwrap();
    let answers = [
        store.find(Query { limit: 0, ..Query::new(Select::AllKeys) }).map(drop),
        store.apply(ChangeSet::default()),
        store.lock(scope, Duration::ZERO).map(drop),
        store.unlock(LockId(1)),
        store.prepare(Schema::KeyManager),
    ];
    for answer in answers {
        assert_eq!(answer.unwrap_err().code(), Code::Forked);
    }
}

#[test]
fn a_call_waits_for_a_connection_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { connections: 1, busy_timeout: Duration::from_millis(5), ..SqliteOptions::default() };
    let store = SqliteStore::create_with(&folder.path().join("keymanager.db"), options.clone()).unwrap();
    let inner = store.pool.with(|_| store.find(Query::new(Select::AllKeys)));
    assert_eq!(inner.unwrap_err().code(), Code::StoreUnavailable);
    assert!(store.find(Query::new(Select::AllKeys)).is_ok(), "the connection came back");
    let none = SqliteOptions { connections: 0, ..options };
    assert_eq!(SqliteStore::open_with(store.path(), none).unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn a_writer_that_never_ends_is_an_error_with_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { busy_timeout: Duration::from_millis(5), ..SqliteOptions::default() };
    let store = SqliteStore::create_with(&folder.path().join("keymanager.db"), options).unwrap();
    let other = Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.apply(ChangeSet::default()).unwrap_err().code(), Code::StoreUnavailable);
    assert!(store.find(Query::new(Select::AllKeys)).is_ok(), "readers are not held up");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.apply(ChangeSet::default()), Ok(()));
}
