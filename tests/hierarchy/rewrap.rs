//! Keys that are wrapped again (docs/migration.md, MIG-1 to MIG-24).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keymanager::config::Config;
use keymanager::crypto::PrivateKey as _;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{DoctorOptions, FindingCode, KeyManager, RewrapOptions, RewrapReport, SignedReport};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::{NoProgress, Progress};
use keymanager::store::memory::MemoryStore;
use keymanager::store::{
    Change, ChangeSet, KeyRecord, KeyStore, LockId, Page, Query, Record, Schema, Select, StoreCapabilities,
};

use super::faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use super::openssl;
use super::outside::foreign;
use super::support::{
    World, all_records, assert_consistent, foreign_key, manager, provider, request, scope, software_master,
};

const CENTRES: [&str; 4] = ["a", "b", "c", "d"];

fn app() -> AppId {
    AppId::new("REGISTRATION").unwrap()
}

fn module() -> KeyScope {
    scope("REGISTRATION", "")
}

/// What was encrypted before, and for whom.
type Envelopes = Vec<(KeyScope, Vec<u8>)>;

fn envelopes(manager: &KeyManager) -> Envelopes {
    let one = |centre: &&str| {
        let centre = scope("REGISTRATION", centre);
        let sealed = manager.encrypt(&centre, &SealOptions::default(), b"before").unwrap();
        (centre, sealed.envelope)
    };
    CENTRES.iter().map(one).collect()
}

fn assert_open(manager: &KeyManager, envelopes: &Envelopes) {
    for (centre, envelope) in envelopes {
        let opened = manager.decrypt(centre, &OpenOptions::default(), envelope).unwrap();
        assert_eq!(opened.plaintext, b"before", "{centre}");
    }
}

/// Base keys, an Ed25519 key and ready keys under a Module key that was then replaced.
fn replaced(world: &World) -> (Alias, Envelopes) {
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let former = world.current(&module()).alias;
    let envelopes = envelopes(&world.manager);
    let ed25519 = request(&scope("REGISTRATION", "ED25519_SIGN"), KeyKind::Ed25519, false);
    world.manager.generate(&ed25519).unwrap();
    world.manager.fill_pool(&app(), 2, &NoProgress).unwrap();
    world.clock.forward(1, 0);
    world.manager.rotate(&module()).unwrap();
    (former, envelopes)
}

fn under(world: &World, master: &Alias) -> Vec<KeyRecord> {
    let keys = all_records(world.store.as_ref(), Select::KeysByMaster(master.clone()));
    let key = |found: keymanager::store::Versioned| match found.record {
        Record::Key(key) => *key,
        other => panic!("{other:?}"),
    };
    keys.into_iter().map(key).collect()
}

fn change(world: &World, alias: &Alias, change: impl FnOnce(&mut KeyRecord)) {
    let found = all_records(world.store.as_ref(), Select::KeyByAlias(alias.clone())).remove(0);
    let Record::Key(mut key) = found.record else { panic!("a key") };
    change(&mut key);
    let changes = vec![Change::Update(Record::Key(key), found.version)];
    world.store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
}

fn rewrap(manager: &KeyManager) -> Result<RewrapReport> {
    manager.rewrap(&app(), &RewrapOptions::default(), &NoProgress)
}

#[test]
fn everything_hangs_under_the_current_module_key_and_still_opens() {
    let world = World::new();
    let (former, envelopes) = replaced(&world);
    let current = world.current(&module()).alias;
    let before = under(&world, &former);
    assert_eq!(before.len(), 5, "four Base keys and the Ed25519 key");
    world.clock.forward(0, 7_000_000);
    let report = rewrap(&world.manager).unwrap();
    assert_eq!((report.rewrapped, report.kept, report.other_domain, report.damaged.len()), (5, 0, 0, 0));
    assert_eq!((&report.module, &report.former), (&current, &vec![former.clone()]));
    assert_eq!(report.begun, report.ended, "the clock stands");
    assert!(under(&world, &former).is_empty());
    for (before, after) in before.iter().zip(under(&world, &current)) {
        let mut expected = before.clone();
        let stored = expected.stored.as_mut().unwrap();
        let after_stored = after.stored.clone().unwrap();
        assert_ne!(stored.private_key, after_stored.private_key);
        stored.private_key = after_stored.private_key;
        stored.master = current.clone();
        assert_eq!(expected, after, "nothing else changed, the certificate least of all");
    }
    assert!(world.manager.pool().unwrap().iter().all(|pool| pool.ready == 0));
    assert_consistent(&world, "the former Module key is still there");
    let findings = || world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap().findings;
    assert_eq!(findings(), Vec::new(), "the former Module key signed the certificates");
    assert_eq!(world.manager.chain(&envelopes[0].0).unwrap().len(), 3);
    assert_eq!(world.current(&envelopes[0].0).issuer_alias, Some(current.clone()), "what wraps it is above it");
    assert_open(&world.manager, &envelopes);
    // Nothing needs the former Module key any more.
    world.master.remove(former).unwrap();
    assert_open(&world.manager, &envelopes);
    assert_eq!(world.manager.chain(&envelopes[0].0).unwrap().len(), 1);
    let mut codes: Vec<_> = findings().into_iter().map(|finding| finding.code).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes, [FindingCode::MasterKeyElsewhere, FindingCode::IssuerUnknown], "and none is broken");

    let again = rewrap(&world.manager).unwrap();
    assert_eq!((again.rewrapped, again.kept), (0, 5), "what is done is left, and opened once more");
}

#[test]
fn ready_keys_under_the_current_module_key_stay() {
    let world = World::new();
    replaced(&world);
    world.manager.fill_pool(&app(), 3, &NoProgress).unwrap();
    let report = rewrap(&world.manager).unwrap();
    assert_eq!(report.pool_keys_discarded, 0, "those under the former one went when it was replaced");
    assert_eq!(world.manager.pool().unwrap().iter().map(|pool| pool.ready).sum::<u64>(), 3);
}

#[test]
fn the_report_is_canonical_and_verifies_with_openssl() {
    let world = World::new();
    replaced(&world);
    let report = rewrap(&world.manager).unwrap();
    let signed = &report.signed;
    openssl::verify(signed.json(), signed.signature(), &signed.certificate().to_pem());
    let body: serde_json::Value = serde_json::from_slice(signed.json()).unwrap();
    assert_eq!(openssl::canonical(signed.json()), signed.json(), "sorted, without white space");
    assert_eq!(body["format"], "keymanager rewrap report");
    assert_eq!((&body["version"], &body["rewrapped"]), (&1.into(), &5.into()));
    let current = world.current(&module());
    assert_eq!(body["module_certificate_sha256"], current.thumbprint.unwrap().to_hex());
    assert_eq!(signed.certificate().thumbprint(), current.thumbprint.unwrap());
    let keys = under(&world, &current.alias);
    let listed = body["keys"].as_array().unwrap();
    assert_eq!(listed.len(), keys.len());
    for key in keys {
        let entry = listed.iter().find(|entry| entry["alias"] == key.alias.alias.as_str()).unwrap();
        let digest = keymanager::crypto::sha256(&provider(), key.stored.unwrap().private_key.as_bytes()).unwrap();
        assert_eq!(entry["private_key_sha256"], keymanager::id::hex_upper(&digest));
        assert_eq!(entry["certificate_sha256"], key.alias.thumbprint.unwrap().to_hex());
        assert_eq!(entry["ref_id"], key.alias.scope.reference.as_str());
    }
    let mut forged = signed.json().to_vec();
    let place = forged.len() - 10;
    forged[place] ^= 1;
    let checked = SignedReport::verify(&provider(), &forged, signed.signature(), signed.certificate());
    assert_eq!(checked.unwrap_err().code(), Code::VerificationFailed);
    SignedReport::verify(&provider(), signed.json(), signed.signature(), signed.certificate()).unwrap();
}

#[test]
fn keys_move_to_another_master_backend_and_back() {
    let world = World::new();
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let old = world.current(&module()).alias;
    let envelopes = envelopes(&world.manager);
    let moved = software_master(&world.keys);
    let options = RewrapOptions { to: Some(Arc::clone(&moved)), ..RewrapOptions::default() };
    let refused = world.manager.rewrap(&app(), &options, &NoProgress).unwrap_err();
    assert_eq!(refused.code(), Code::KeyNotGenerated, "there is no Module key yet");
    // A Root and a Module key in the new backend, over the same records.
    let over_new = manager(&world.store, &moved, &world.clock, &world.keys, Config::default());
    world.clock.forward(1, 0);
    over_new.rotate(&scope("ROOT", "")).unwrap();
    over_new.rotate(&module()).unwrap();
    let new = over_new.certificate(&module()).unwrap().key.alias;

    let report = world.manager.rewrap(&app(), &options, &NoProgress).unwrap();
    assert_eq!((report.rewrapped, &report.module, &report.former), (4, &new, &vec![old.clone()]));
    assert!(report.damaged.is_empty(), "{:?}", report.damaged);
    openssl::verify(report.signed.json(), report.signed.signature(), &report.signed.certificate().to_pem());
    assert_open(&over_new, &envelopes);
    assert_eq!(over_new.chain(&envelopes[0].0).unwrap().len(), 1, "its issuer stayed behind");

    // The way back is a Module key by name, whatever its state.
    let back =
        RewrapOptions { to: Some(Arc::clone(&world.master)), module: Some(old.clone()), ..RewrapOptions::default() };
    let report = over_new.rewrap(&app(), &back, &NoProgress).unwrap();
    assert_eq!((report.rewrapped, &report.module), (4, &old));
    assert_open(&world.manager, &envelopes);
    assert_eq!(under(&world, &new).len(), 0);
}

#[test]
fn what_cannot_be_wrapped_to_is_refused() {
    let world = World::new();
    let (former, _) = replaced(&world);
    let rewrap = |app: &str, options: &RewrapOptions| {
        world.manager.rewrap(&AppId::new(app).unwrap(), options, &NoProgress).unwrap_err().code()
    };
    let named = |alias: &Alias| RewrapOptions { module: Some(alias.clone()), ..RewrapOptions::default() };
    assert_eq!(rewrap("ROOT", &RewrapOptions::default()), Code::InvalidArgument);
    assert_eq!(rewrap("PMS", &RewrapOptions::default()), Code::KeyNotGenerated);
    let base = world.current(&scope("REGISTRATION", "a")).alias;
    assert_eq!(rewrap("REGISTRATION", &named(&base)), Code::AliasNotFound, "no Module key");
    world.master.remove(former.clone()).unwrap();
    assert_eq!(rewrap("REGISTRATION", &named(&former)), Code::AliasNotFound, "not in the backend");
}

#[test]
fn damaged_keys_are_reported_by_id_and_do_not_stop_the_others() {
    let world = World::new();
    let (former, envelopes) = replaced(&world);
    let alias = |centre: &str| {
        let keys = under(&world, &former);
        keys.into_iter().find(|key| key.alias.scope == scope("REGISTRATION", centre)).unwrap().alias.alias
    };
    let (torn, strange, foreign_certificate) = (alias("a"), alias("b"), alias("c"));
    change(&world, &torn, |key| key.stored.as_mut().unwrap().private_key.truncate(300));
    change(&world, &strange, |key| {
        let stored = key.stored.as_mut().unwrap();
        let flipped = if stored.private_key.ends_with('A') { "B" } else { "A" };
        stored.private_key.pop();
        stored.private_key.pop();
        stored.private_key.push_str(flipped);
        stored.private_key.push_str(flipped);
    });
    change(&world, &foreign_certificate, |key| {
        let other = foreign("Elsewhere", foreign_key().public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
        key.stored.as_mut().unwrap().certificate_pem = other.to_pem();
    });
    let stopped = RewrapOptions { stop_at_damaged: true, ..RewrapOptions::default() };
    let error = world.manager.rewrap(&app(), &stopped, &NoProgress).unwrap_err();
    assert_eq!(error.code(), Code::RecordDamaged);
    let named = [&torn, &strange, &foreign_certificate].into_iter().filter(|id| error.detail().contains(id.as_str()));
    assert_eq!(named.count(), 1, "the first one stops it: {error}");

    let report = rewrap(&world.manager).unwrap();
    assert_eq!(report.rewrapped + report.kept, 2);
    let mut expected = vec![
        (torn.to_string(), Code::WrappedKeyLayout),
        (strange.to_string(), Code::DecryptionFailed),
        (foreign_certificate.to_string(), Code::CertificateOfOtherKey),
    ];
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    let found: Vec<_> = report.damaged.iter().map(|found| (found.id.clone(), found.code)).collect();
    assert_eq!(found, expected);
    assert_eq!(under(&world, &former).len(), 3, "they are as they were");
    let body: serde_json::Value = serde_json::from_slice(report.signed.json()).unwrap();
    assert_eq!(body["damaged"].as_array().unwrap().len(), 3);
    assert_open(&world.manager, &envelopes[3..].to_vec());
}

#[test]
fn keys_under_a_module_key_that_is_gone_are_reported() {
    let world = World::new();
    let (former, _) = replaced(&world);
    world.master.remove(former.clone()).unwrap();
    let report = rewrap(&world.manager).unwrap();
    assert_eq!((report.rewrapped, report.damaged.len()), (0, 5));
    assert!(
        report.damaged.iter().all(|found| found.code == Code::AliasNotFound && found.why.contains(former.as_str()))
    );
}

#[test]
fn certificates_of_other_domains_stay_where_they_are() {
    let world = World::new();
    let (former, _) = replaced(&world);
    // As the migration job of the Java service leaves them: named under a Module key, without a private key.
    let partner = scope("REGISTRATION", "partner");
    let certificate = foreign("Partner", foreign_key().public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    let key = world.manager.upload_other_domain(&partner, certificate.der()).unwrap();
    change(&world, &key.alias, |key| key.stored.as_mut().unwrap().master = former.clone());
    let report = rewrap(&world.manager).unwrap();
    assert_eq!((report.rewrapped, report.other_domain), (5, 1));
    assert_eq!(under(&world, &former).len(), 1);
}

/// Cancels when so many keys are done, and remembers what it was told.
#[derive(Debug, Default)]
struct Watcher {
    until: u64,
    told: Mutex<Vec<(u64, Option<u64>)>>,
}

impl Progress for Watcher {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        assert_eq!(what, "keys of REGISTRATION");
        self.told.lock().unwrap().push((done, total));
    }

    fn cancelled(&self) -> bool {
        self.told.lock().unwrap().last().is_some_and(|(done, _)| *done >= self.until)
    }
}

#[test]
fn a_run_that_is_cancelled_keeps_what_is_done_and_goes_on_later() {
    let world = World::new();
    let (former, envelopes) = replaced(&world);
    let watcher = Watcher { until: 2, ..Watcher::default() };
    let cancelled = world.manager.rewrap(&app(), &RewrapOptions::default(), &watcher).unwrap_err();
    assert_eq!(cancelled.code(), Code::Cancelled);
    assert_eq!(*watcher.told.lock().unwrap(), vec![(1, Some(5)), (2, Some(5))]);
    assert_eq!(under(&world, &former).len(), 3, "two are done, and stay");
    assert_open(&world.manager, &envelopes);
    let watcher = Watcher { until: u64::MAX, ..Watcher::default() };
    let report = world.manager.rewrap(&app(), &RewrapOptions::default(), &watcher).unwrap();
    assert_eq!((report.rewrapped, report.kept), (3, 2));
    assert_eq!(watcher.told.lock().unwrap().last(), Some(&(5, Some(5))));
    assert_open(&world.manager, &envelopes);
}

/// A store in which somebody else changes a key just before a change set comes.
#[derive(Debug)]
struct Meddled {
    inner: Arc<dyn KeyStore>,
    alias: Mutex<Option<Alias>>,
    times: AtomicU64,
}

impl Meddled {
    fn meddle(&self) -> Result<()> {
        let Some(alias) = self.alias.lock().unwrap().clone() else { return Ok(()) };
        if self.times.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
        self.times.fetch_sub(1, Ordering::SeqCst);
        let found = self.inner.find(Query::new(Select::KeyByAlias(alias)))?.records.remove(0);
        let Record::Key(mut key) = found.record else { panic!("a key") };
        key.alias.expires = key.alias.expires.map(|expires| expires.plus_seconds(-1));
        let changes = vec![Change::Update(Record::Key(key), found.version)];
        self.inner.apply(ChangeSet { changes, ..ChangeSet::default() })
    }
}

impl KeyStore for Meddled {
    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }
    fn find(&self, query: Query) -> Result<Page> {
        self.inner.find(query)
    }
    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.meddle()?;
        self.inner.apply(changes)
    }
    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.inner.lock(scope, wait)
    }
    fn unlock(&self, lock: LockId) -> Result<()> {
        self.inner.unlock(lock)
    }
    fn prepare(&self, schema: Schema) -> Result<()> {
        self.inner.prepare(schema)
    }
}

#[test]
fn a_key_that_somebody_changes_meanwhile_is_read_again() {
    // Twice: in the change set of all, and in its own.
    for (times, ends_well) in [(2, true), (1000, false)] {
        let store = Arc::new(Meddled {
            inner: Arc::new(MemoryStore::new()),
            alias: Mutex::default(),
            times: AtomicU64::new(times),
        });
        let world = World::with(Arc::<Meddled>::clone(&store), None, Config::default());
        let (former, envelopes) = replaced(&world);
        let alias = under(&world, &former)[1].alias.alias.clone();
        *store.alias.lock().unwrap() = Some(alias.clone());
        let report = rewrap(&world.manager);
        *store.alias.lock().unwrap() = None;
        if ends_well {
            assert_eq!(report.unwrap().rewrapped, 5);
            let stored = world.record(alias.as_str());
            let lost = 2_000_000;
            let end = stored.alias.generated.unwrap().plus_days(1095).unix_micros() - lost;
            assert_eq!(stored.alias.expires.unwrap().unix_micros(), end, "what the other one did is not lost");
        } else {
            assert_eq!(report.unwrap_err().code(), Code::StoreConflict);
            assert_eq!(under(&world, &former).len(), 1, "the others are done");
        }
        assert_open(&world.manager, &envelopes);
    }
}

#[test]
fn an_interruption_at_every_call_leaves_every_key_open_and_the_next_run_ends_it() {
    let mut points = 0;
    for fault in Fault::ALL {
        for nth in 0.. {
            let plan = Plan::new();
            let keys = Arc::new(super::support::KeptKeys::default());
            let store = Arc::new(FaultyStore(Arc::new(MemoryStore::new()), Arc::clone(&plan)));
            let master: Arc<dyn MasterKeys> = Arc::new(FaultyMaster(software_master(&keys), Arc::clone(&plan)));
            let world = World::with(store, Some(master), Config::default());
            let (former, envelopes) = replaced(&world);
            plan.arm(nth, fault);
            let outcome = rewrap(&world.manager);
            let calls = plan.calls();
            plan.disarm();
            let context = format!("{fault:?} at call {nth}");
            if let Err(error) = &outcome {
                assert_eq!(error.code().exit_status(), 7, "{context}: {error}");
            }
            assert_open(&world.manager, &envelopes);
            let report = rewrap(&world.manager).unwrap();
            assert!(report.damaged.is_empty(), "{context}: {:?}", report.damaged);
            assert_eq!(report.rewrapped + report.kept, 5, "{context}");
            assert!(under(&world, &former).is_empty(), "{context}");
            assert_open(&world.manager, &envelopes);
            assert_consistent(&world, &context);
            if nth >= calls {
                outcome.unwrap();
                points += nth;
                break;
            }
        }
    }
    println!("rewrap: interrupted at {points} points");
    assert!(points > 100, "{points}");
}
