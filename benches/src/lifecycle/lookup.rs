//! Which key of a scope is current, with its certificate, from a thousand to a million records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keymanager::id::KeyScope;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{ChangeSet, KeyStore, LockId, Page, Query, Schema, Select, StoreCapabilities};
use keymanager_benches::Failure;
use keymanager_benches::contest::{Contestant, Summary, as_f64, run as contest, say};
use keymanager_benches::rows::{Names, any_of, bare, fill, per_call, read_one};

use crate::Size;
use crate::world::{KeptKeys, key_file, manager};

/// Both halves of the keys of a scope, bare.
const SQL: &str = "SELECT a.*, k.* FROM key_alias a LEFT JOIN key_store k ON k.id = a.id \
                   WHERE a.app_id = ?1 AND coalesce(a.ref_id, '') = ?2";

/// A store that counts its queries: for keys, and for policies, which are read again for each operation (HIE-30).
#[derive(Debug)]
struct Counting {
    store: SqliteStore,
    keys: AtomicU64,
    policies: AtomicU64,
}

impl KeyStore for Counting {
    fn capabilities(&self) -> StoreCapabilities {
        self.store.capabilities()
    }

    fn find(&self, query: Query) -> keymanager::Result<Page> {
        let count = match query.select {
            Select::Policy(_) | Select::AllPolicies => &self.policies,
            _ => &self.keys,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.store.find(query)
    }

    fn apply(&self, changes: ChangeSet) -> keymanager::Result<()> {
        self.store.apply(changes)
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> keymanager::Result<LockId> {
        self.store.lock(scope, wait)
    }

    fn unlock(&self, lock: LockId) -> keymanager::Result<()> {
        self.store.unlock(lock)
    }

    fn prepare(&self, schema: Schema) -> keymanager::Result<()> {
        self.store.prepare(schema)
    }
}

pub(crate) fn run(size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let keys = KeptKeys::new()?;
    let master = key_file(folder.path(), &keys)?;
    let certificate = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/mosip/derived/derived-test-cert.pem"
    ))?;
    let mut each = Vec::new();
    for records in [1_000u32, 10_000, 100_000, 1_000_000].into_iter().filter(|records| *records <= size.most_records) {
        let path = folder.path().join(format!("{records}.db"));
        let store = Arc::new(Counting {
            store: SqliteStore::create(&path)?,
            keys: AtomicU64::new(0),
            policies: AtomicU64::new(0),
        });
        let manager = manager(Arc::<Counting>::clone(&store), Arc::clone(&master), Some(&keys))?;
        // One current Base key for each reference id, with a certificate that can be read.
        let lifetime = ("2020-01-01 00:00:00.000000", "2120-01-01 00:00:00.000000");
        fill(&path, records, lifetime, &certificate, |record| {
            let scattered = record.wrapping_mul(2_654_435_761);
            Names {
                id: format!("{scattered:08x}-0000-4000-8000-000000000000"),
                reference: format!("centre_{record}"),
                thumbprint: format!("{scattered:064X}"),
                unique: format!("{scattered:040X}"),
            }
        })?;
        let bare = bare(&path)?;
        let any = any_of(records);
        let reference = || format!("centre_{}", any());
        let ours = || {
            let scope = KeyScope::new("REGISTRATION", reference());
            let current = scope.and_then(|scope| manager.certificate(&scope));
            assert!(current.is_ok_and(|current| !current.generated), "every reference id has a current key");
        };
        let theirs = || read_one(&bare, SQL, ["REGISTRATION", &reference()]);
        ours();
        for (what, count) in [("key", &store.keys), ("policy", &store.policies)] {
            let before = count.load(Ordering::Relaxed);
            ours();
            let queries = count.load(Ordering::Relaxed).saturating_sub(before);
            summary.limit(&format!("current-key-{what}-queries-{records}"), "queries", as_f64(queries), 1.0);
        }
        each.push((per_call(size.rounds, &ours), per_call(size.rounds, &theirs)));
        let who = vec![Contestant::here("certificate", ours), Contestant::here("bare-select", theirs)];
        contest(summary, &format!("current-key-{records}"), size.rounds, who, &[]);
    }
    if let (Some((ours_first, bare_first)), Some((ours_last, bare_last))) = (each.first(), each.last()) {
        let (ours, bare) = (ours_last / ours_first, bare_last / bare_first);
        say(&format!(
            "current key: {ours_first:.2} us from the smallest store, {ours_last:.2} us from the largest; growth ours \
             {ours:.2}, bare select {bare:.2}"
        ));
        // The bare select grows too, with the pages that fall out of the caches; what is ours must not.
        summary.limit("current-key-growth-against-bare-select", "x", ours / bare, 1.2);
    }
    Ok(())
}
