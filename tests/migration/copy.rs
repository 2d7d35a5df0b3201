//! One store into another (MIG-30 to MIG-38).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keymanager::config::Config;
use keymanager::crypto::PrivateKey as _;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::id::{Alias, AppId};
use keymanager::manager::{CopyOptions, CopyReport, DoctorOptions, PolicyChange};
use keymanager::progress::{NoProgress, Progress};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Record, Select};

use super::faulty::{Fault, FaultyStore, Plan};
use super::openssl;
use super::outside::{foreign, kept_key};
use super::support::{World, all_records, manager, scope};

/// Keys at every level, a certificate that was replaced, one of another domain, a pool of which one key was taken.
fn filled(store: Arc<dyn KeyStore>) -> (World, Vec<u8>) {
    let world = World::with(store, None, Config::default());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    world.aes(&scope("REGISTRATION", "CACHE"), false).unwrap();
    world.manager.fill_pool(&AppId::new("REGISTRATION").unwrap(), 3, &NoProgress).unwrap();
    let centre = scope("REGISTRATION", "a");
    let envelope = world.manager.encrypt(&centre, &SealOptions::default(), b"before").unwrap().envelope;
    let own = world.manager.certificate(&centre).unwrap().certificate;
    let replaced = foreign("Elsewhere", own.public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    world.manager.upload_certificate(&centre, replaced.der()).unwrap();
    let partner = foreign("Partner", kept_key(13).public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    world.manager.upload_other_domain(&scope("PARTNER", "p"), partner.der()).unwrap();
    (world, envelope)
}

fn copy(world: &World, to: &Arc<dyn KeyStore>) -> keymanager::Result<CopyReport> {
    world.manager.copy_store(to, &CopyOptions::default(), &NoProgress)
}

fn tables(report: &CopyReport) -> Vec<(&'static str, u64, u64, u64)> {
    report.tables.iter().map(|table| (table.table, table.copied, table.present, table.others)).collect()
}

/// Everything in a store, but for the versions, which are its own.
fn contents(store: &dyn KeyStore) -> Vec<Record> {
    [Select::AllPolicies, Select::AllKeys, Select::AllFormerThumbprints]
        .into_iter()
        .flat_map(|select| all_records(store, select))
        .map(|found| found.record)
        .collect()
}

fn opens(world: &World, to: &Arc<dyn KeyStore>, envelope: &[u8]) {
    let there = manager(to, &world.master, &world.clock, &world.keys, Config::default());
    let opened = there.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), envelope).unwrap();
    assert_eq!(opened.plaintext, b"before", "under the thumbprint that its certificate had before");
    let errors = there.doctor(&DoctorOptions::default(), &NoProgress).unwrap().errors_left();
    assert_eq!(errors, 0);
}

#[test]
fn every_row_goes_from_store_to_store_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(&folder.path().join("there.db")).unwrap());
    let (world, envelope) = filled(Arc::new(MemoryStore::new()));
    let report = copy(&world, &sqlite).unwrap();
    assert_eq!(
        tables(&report),
        [("key_policy_def", 12, 0, 0), ("key_alias", 5, 0, 0), ("km_former_thumbprint", 1, 0, 0)]
    );
    assert_eq!(contents(sqlite.as_ref()), contents(world.store.as_ref()));
    assert_eq!(report.pool_keys, 3, "two ready ones and one that was taken: they stay");
    assert!(all_records(sqlite.as_ref(), Select::AllPoolKeys).is_empty());
    opens(&world, &sqlite, &envelope);
    let again = copy(&world, &sqlite).unwrap();
    assert_eq!(
        tables(&again),
        [("key_policy_def", 0, 12, 0), ("key_alias", 0, 5, 0), ("km_former_thumbprint", 0, 1, 0)]
    );

    let back: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    let over_sqlite = manager(&sqlite, &world.master, &world.clock, &world.keys, Config::default());
    over_sqlite.copy_store(&back, &CopyOptions::default(), &NoProgress).unwrap();
    assert_eq!(contents(back.as_ref()), contents(world.store.as_ref()), "not a bit is lost on the way");
    opens(&world, &back, &envelope);
}

#[test]
fn the_report_names_every_key_and_verifies_with_openssl() {
    let (world, _) = filled(Arc::new(MemoryStore::new()));
    let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    let report = copy(&world, &to).unwrap();
    let signed = &report.signed;
    openssl::verify(signed.json(), signed.signature(), &signed.certificate().to_pem());
    assert_eq!(openssl::canonical(signed.json()), signed.json());
    let root = world.current(&scope("ROOT", "")).thumbprint.unwrap();
    assert_eq!(signed.certificate().thumbprint(), root, "there is no signing key");
    let body: serde_json::Value = serde_json::from_slice(signed.json()).unwrap();
    assert_eq!((&body["format"], body["keys"].as_array().unwrap().len()), (&"keymanager store copy report".into(), 5));
    // With a signing key it is that which signs.
    world.rsa(&scope("KERNEL", "SIGN"), false).unwrap();
    let signed = copy(&world, &to).unwrap().signed;
    assert_eq!(signed.certificate().thumbprint(), world.current(&scope("KERNEL", "SIGN")).thumbprint.unwrap());
    // Without any key there is nobody to vouch for the copy, and nothing is written.
    let empty = World::new();
    let nowhere: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    assert_eq!(copy(&empty, &nowhere).unwrap_err().code(), Code::RootNotFound);
    assert_eq!(contents(nowhere.as_ref()), []);
}

#[test]
fn other_rows_are_never_written_over() {
    let (world, envelope) = filled(Arc::new(MemoryStore::new()));
    let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    copy(&world, &to).unwrap();
    // The same policy, said by somebody else at another time, is the same; another one is not.
    let there = manager(&to, &world.master, &world.clock, &world.keys, Config::default());
    world.clock.forward(1, 0);
    let mut change = PolicyChange::new(AppId::new("PMS").unwrap());
    there.set_policy(&change).unwrap();
    copy(&world, &to).unwrap();
    change.validity_days = Some(777);
    there.set_policy(&change).unwrap();
    // A key that only the other store has is left alone.
    there.certificate(&scope("REGISTRATION", "only there")).unwrap();
    let before = contents(to.as_ref());
    world.manager.certificate(&scope("REGISTRATION", "new here")).unwrap();
    let refused = copy(&world, &to).unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(refused.detail().contains("PMS") && refused.detail().contains("key_policy_def"), "{refused}");
    assert_eq!(contents(to.as_ref()), before, "nothing was written");
    change.validity_days = Some(1460);
    there.set_policy(&change).unwrap();
    let report = copy(&world, &to).unwrap();
    let keys = tables(&report)[1];
    assert_eq!((keys.1, keys.2, keys.3), (1, 5, 1));
    opens(&world, &to, &envelope);
}

#[test]
fn creations_under_way_stay_in_the_store_they_were_begun_in() {
    let (world, _) = filled(Arc::new(MemoryStore::new()));
    let alias = Alias::new("00000000-0000-4000-8000-000000000001").unwrap();
    let intent = IntentRow { alias, scope: scope("REGISTRATION", ""), begun: keymanager::time::Timestamp::UNIX_EPOCH };
    let changes = vec![Change::Insert(Record::Intent(intent))];
    world.store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
    let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    assert_eq!(copy(&world, &to).unwrap().intents, 1);
    assert!(all_records(to.as_ref(), Select::AllIntents).is_empty());
}

#[test]
fn damaged_rows_are_named_and_stay_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("here.db");
    let (world, _) = filled(Arc::new(SqliteStore::create(&path).unwrap()));
    let alias = world.current(&scope("REGISTRATION", "a")).alias;
    execute(&path, &format!("UPDATE key_alias SET key_expire_dtimes = 'never' WHERE id = '{alias}'"));
    let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    let strict = CopyOptions { stop_at_damaged: true };
    let stopped = world.manager.copy_store(&to, &strict, &NoProgress).unwrap_err();
    assert_eq!(stopped.code(), Code::RecordDamaged);
    assert_eq!(contents(to.as_ref()), []);
    let report = copy(&world, &to).unwrap();
    let damaged: Vec<_> = report.damaged.iter().map(|damaged| (damaged.id.as_str(), damaged.code)).collect();
    assert_eq!(damaged, [(alias.as_str(), Code::RecordDamaged)]);
    assert_eq!(tables(&report)[1].1, 4);
}

fn execute(path: &Path, sql: &str) {
    let output = std::process::Command::new("sqlite3").arg(path).arg(sql).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Cancels after so many rows.
#[derive(Debug)]
struct Until(u64, AtomicU64);

impl Progress for Until {
    fn advance(&self, done: u64, _total: Option<u64>, _what: &str) {
        self.1.store(done, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

/// What progress was told.
#[derive(Debug, Default)]
struct Told(std::sync::Mutex<Vec<(u64, Option<u64>)>>);

impl Progress for Told {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        assert_eq!(what, "rows");
        self.0.lock().unwrap().push((done, total));
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// The rows are known once all are compared; from then on there is a time that is left.
#[test]
fn progress_has_a_total_after_the_first_pass_and_ends_with_it() {
    let (world, _) = filled(Arc::new(MemoryStore::new()));
    let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    let told = Told::default();
    world.manager.copy_store(&to, &CopyOptions::default(), &told).unwrap();
    let told = told.0.into_inner().unwrap();
    // 12 policies, 5 keys, a former thumbprint.
    let expected: Vec<_> = (1..=54).map(|done| (done, (done > 18).then_some(54))).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_copy_that_is_interrupted_anywhere_goes_on() {
    let (world, envelope) = filled(Arc::new(MemoryStore::new()));
    for rows in [1, 15, 20, 30, 45] {
        let to: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
        let cancelled = world.manager.copy_store(&to, &CopyOptions::default(), &Until(rows, AtomicU64::new(0)));
        assert_eq!(cancelled.unwrap_err().code(), Code::Cancelled, "{rows}");
        copy(&world, &to).unwrap();
        assert_eq!(contents(to.as_ref()), contents(world.store.as_ref()), "{rows}");
    }
    let mut points = 0;
    for fault in Fault::ALL {
        for nth in 0.. {
            let plan = Plan::new();
            let inner: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
            let to: Arc<dyn KeyStore> = Arc::new(FaultyStore(Arc::clone(&inner), Arc::clone(&plan)));
            plan.arm(nth, fault);
            let outcome = copy(&world, &to);
            let calls = plan.calls();
            plan.disarm();
            copy(&world, &to).unwrap();
            assert_eq!(contents(inner.as_ref()), contents(world.store.as_ref()), "{fault:?} at call {nth}");
            opens(&world, &inner, &envelope);
            if nth >= calls {
                outcome.unwrap();
                points += nth;
                break;
            }
        }
    }
    println!("store copy: interrupted at {points} points");
    assert!(points > 30, "{points}");
}
