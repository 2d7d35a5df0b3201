//! Fetching a Base key's record by thumbprint, both halves, against one bare prepared select of the same rows on the same
//! file, from a thousand to a million records.

use std::cell::Cell;
use std::path::Path;

use keymanager::id::Thumbprint;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore as _, Query, Schema, Select};
use rusqlite::Connection;

use crate::{Failure, Stage};
use keymanager_benches::contest::{Contestant, Goal, Summary, cpu_nanos, median, run as contest, say};

const SQL: &str = "SELECT a.*, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id WHERE a.cert_thumbprint = ?1";

pub(crate) fn run(stage: &Stage, summary: &mut Summary) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut each = Vec::new();
    for records in [1_000u32, 10_000, 100_000, 1_000_000] {
        if stage.quick && records > 10_000 {
            continue;
        }
        let path = folder.path().join(format!("{records}.db"));
        let store = SqliteStore::create(&path)?;
        store.prepare(Schema::KeyManager)?;
        fill(&path, records)?;
        let bare = Connection::open(&path)?;
        // As the store does: else SQLite plans the select anew at every call, which takes five times as long.
        bare.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let next = Cell::new(0u32);
        let thumbprint = || {
            next.set(next.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
            thumbprint_of(next.get().checked_rem(records).unwrap_or(0))
        };
        let ours = || {
            let page = store.find(Query::new(Select::KeysByThumbprint(thumbprint())));
            assert!(page.is_ok_and(|page| page.records.len() == 1), "one record has this thumbprint");
        };
        let theirs = || {
            let found = bare.prepare_cached(SQL).and_then(|mut select| {
                select.query_row([thumbprint().to_hex()], |row| {
                    let mut bytes = 0usize;
                    for column in 0..row.as_ref().column_count() {
                        bytes = bytes.saturating_add(row.get_ref(column)?.as_bytes().map_or(0, <[u8]>::len));
                    }
                    Ok(bytes)
                })
            });
            assert!(found.is_ok_and(|bytes| bytes > 3000), "the bare select reads the row whole");
        };
        each.push((per_call(stage, &ours), per_call(stage, &theirs)));
        let goals = [Goal { against: "bare-select", at_least: 1.0 / 1.15 }];
        let who = vec![Contestant::here("store", ours), Contestant::here("bare-select", theirs)];
        contest(summary, &format!("fetch-by-thumbprint-{records}"), stage.rounds, who, &goals);
    }
    if let (Some((ours_first, bare_first)), Some((ours_last, bare_last))) = (each.first(), each.last()) {
        let (ours, bare) = (ours_last / ours_first, bare_last / bare_first);
        say(&format!("growth from the smallest to the largest store: ours {ours:.2}, bare select {bare:.2}"));
        // The bare select grows too, with the pages that fall out of the caches; what is ours must not.
        summary.limit("fetch-growth-against-bare-select", "x", ours / bare, 1.2);
    }
    Ok(())
}

/// Microseconds of CPU for one call, the median of the rounds.
fn per_call(stage: &Stage, work: &dyn Fn()) -> f64 {
    let turn = |_| {
        let begun = cpu_nanos();
        for _ in 0..1000 {
            work();
        }
        keymanager_benches::contest::as_f64(cpu_nanos().saturating_sub(begun)) / 1e6
    };
    median(&(0..stage.rounds).map(turn).collect::<Vec<_>>())
}

/// Rows as the database has them: a certificate of 1,500 and a wrapped key of 2,000 characters.
fn fill(path: &Path, records: u32) -> Result<(), Failure> {
    let mut connection = Connection::open(path)?;
    let transaction = connection.transaction()?;
    {
        let mut alias = transaction.prepare(
            "INSERT INTO key_alias (id, app_id, ref_id, key_gen_dtimes, key_expire_dtimes, cr_by, cr_dtimes, cert_thumbprint, uni_ident) \
             VALUES (?1, 'REGISTRATION', ?2, '2026-01-01 00:00:00.000000', '2029-01-01 00:00:00.000000', 'SYSTEM', '2026-01-01 00:00:00.000000', ?3, ?4)",
        )?;
        let mut stored = transaction.prepare(
            "INSERT INTO key_store (id, master_key, private_key, certificate_data, cr_by, cr_dtimes) \
             VALUES (?1, 'master', ?2, ?3, 'SYSTEM', '2026-01-01 00:00:00.000000')",
        )?;
        let (key, certificate) = ("k".repeat(2000), "c".repeat(1500));
        for record in 0..records {
            let id = format!("{record:08x}-0000-4000-8000-000000000000");
            let unique = format!("{record:040X}");
            alias.execute(rusqlite::params![id, format!("{record}"), thumbprint_of(record).to_hex(), unique])?;
            stored.execute(rusqlite::params![id, key, certificate])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// A thumbprint that differs in every byte from record to record.
fn thumbprint_of(record: u32) -> Thumbprint {
    let mut bytes = [0u8; 32];
    for (index, chunk) in (0u32..).zip(bytes.chunks_exact_mut(4)) {
        chunk.copy_from_slice(&record.wrapping_add(index).wrapping_mul(2_654_435_761).to_be_bytes());
    }
    Thumbprint::from_bytes(bytes)
}
