//! Fetching a Base key's record by thumbprint, both halves, against one bare prepared select of the same rows on the same
//! file, from a thousand to a million records.

use keymanager::id::Thumbprint;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore as _, Query, Schema, Select};

use crate::{Failure, Stage};
use keymanager_benches::contest::{Contestant, Goal, Summary, run as contest, say};
use keymanager_benches::rows::{Names, any_of, bare, fill, per_call, read_one};

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
        let lifetime = ("2026-01-01 00:00:00.000000", "2029-01-01 00:00:00.000000");
        fill(&path, records, lifetime, &"c".repeat(1500), |record| Names {
            id: format!("{record:08x}-0000-4000-8000-000000000000"),
            reference: format!("{record}"),
            thumbprint: thumbprint_of(record).to_hex(),
            unique: format!("{record:040X}"),
        })?;
        let bare = bare(&path)?;
        let any = any_of(records);
        let thumbprint = || thumbprint_of(any());
        let ours = || {
            let page = store.find(Query::new(Select::KeysByThumbprint(thumbprint())));
            assert!(page.is_ok_and(|page| page.records.len() == 1), "one record has this thumbprint");
        };
        let theirs = || read_one(&bare, SQL, [thumbprint().to_hex()]);
        each.push((per_call(stage.rounds, &ours), per_call(stage.rounds, &theirs)));
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

/// A thumbprint that differs in every byte from record to record.
fn thumbprint_of(record: u32) -> Thumbprint {
    let mut bytes = [0u8; 32];
    for (index, chunk) in (0u32..).zip(bytes.chunks_exact_mut(4)) {
        chunk.copy_from_slice(&record.wrapping_add(index).wrapping_mul(2_654_435_761).to_be_bytes());
    }
    Thumbprint::from_bytes(bytes)
}
