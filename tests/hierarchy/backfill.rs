//! What rows of old releases lack, and a start fills in (HIE-45a).

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::crypto::{HashAlgorithm, PrivateKey as _};
use keymanager::id::hex_upper;
use keymanager::manager::{DoctorOptions, FindingCode, KeyLevel};
use keymanager::progress::NoProgress;
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{AliasRow, Change, ChangeSet, KeyRecord, KeyStore, Record, Select};
use keymanager::testing::store::HostShaped;

use super::outside::{kept_key, valid};
use super::support::{World, all_records, manager, provider, scope};

fn records(world: &World) -> Vec<KeyRecord> {
    let key = |record| match record {
        Record::Key(key) => *key,
        other => panic!("{other:?}"),
    };
    all_records(world.store.as_ref(), Select::AllKeys).into_iter().map(|found| key(found.record)).collect()
}

fn change(world: &World, change: impl Fn(&mut AliasRow)) {
    for found in all_records(world.store.as_ref(), Select::AllKeys) {
        let Record::Key(mut key) = found.record else { panic!("a key") };
        change(&mut key.alias);
        let changes = vec![Change::Update(Record::Key(key), found.version)];
        world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
    }
}

fn blank(world: &World) {
    change(world, |row| (row.thumbprint, row.uni_ident) = (None, None));
}

/// Masters, a Base key, one that replaced another on the same day, certificates of another domain with and without a
/// policy.
fn filled(store: Arc<dyn KeyStore>) -> World {
    let world = World::with(store, None, Config::default());
    world.manager.generate_all(&NoProgress).unwrap();
    let certificate = valid("Elsewhere", kept_key(13).public_key());
    for (app, reference) in [("REGISTRATION", "elsewhere"), ("PARTNER", "p")] {
        world.manager.upload_other_domain(&scope(app, reference), certificate.der()).unwrap();
    }
    world.current(&scope("REGISTRATION", "a"));
    world.clock.forward(0, 1_000_000);
    world.manager.rotate(&scope("REGISTRATION", "a")).unwrap();
    world
}

#[test]
fn a_start_fills_in_what_old_rows_lack() {
    let folder = tempfile::tempdir().unwrap();
    let stores: [Arc<dyn KeyStore>; 3] = [
        Arc::new(MemoryStore::new()),
        Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap()),
        Arc::new(HostShaped::new(Arc::new(MemoryStore::new()))),
    ];
    for store in stores {
        let world = filled(store);
        let before = records(&world);
        blank(&world);
        world.clock.forward(3, 0);
        world.manager.initialise(&[]).unwrap();
        let after = records(&world);
        let mut twins = 0;
        for (before, after) in before.iter().zip(&after) {
            if before.alias.uni_ident != after.alias.uni_ident {
                // Two keys of one day: which of them has the plain value is as it comes.
                assert_eq!(before.alias.scope, scope("REGISTRATION", "a"));
                twins += 1;
                continue;
            }
            assert_eq!(before, after, "as it was when it was made");
        }
        assert!(twins == 0 || twins == 2, "{twins}");
        let idents: std::collections::BTreeSet<_> =
            after.iter().filter_map(|key| key.alias.uni_ident.clone()).collect();
        let symmetric = after.iter().filter(|key| key.alias.uni_ident.is_none()).count();
        assert_eq!((idents.len() + symmetric, symmetric), (after.len(), 1));
        // A second start finds nothing to do.
        world.manager.initialise(&[]).unwrap();
        assert_eq!(records(&world), after);
        let report = world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        let missing = [FindingCode::UniIdentMissing, FindingCode::ThumbprintMissing];
        assert!(!report.findings.iter().any(|finding| missing.contains(&finding.code)));
    }
}

#[test]
fn what_cannot_be_filled_in_stops_no_start() {
    let world = filled(Arc::new(MemoryStore::new()));
    let module = world.current(&scope("RESIDENT", ""));
    let (lost, broken) = (world.current(&scope("PMS", "")), world.current(&scope("REGISTRATION", "a")));
    blank(&world);
    // A key that the backend lost, a row without a begin, a certificate that is none.
    world.master.remove(lost.alias.clone()).unwrap();
    change(&world, |row| row.generated = row.generated.filter(|_| row.alias != module.alias));
    let found = all_records(world.store.as_ref(), Select::KeyByAlias(broken.alias.clone())).remove(0);
    let Record::Key(mut key) = found.record else { panic!("a key") };
    key.stored.as_mut().unwrap().certificate_pem = "no certificate".to_owned();
    let changes = vec![Change::Update(Record::Key(key), found.version)];
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
    world.manager.initialise(&[]).unwrap();
    for key in records(&world) {
        let AliasRow { alias, thumbprint, uni_ident, .. } = &key.alias;
        let symmetric = key.stored.is_none() && key.alias.scope == scope("KERNEL", "IDENTITY_CACHE");
        let no_thumbprint = symmetric || [&lost.alias, &broken.alias].contains(&alias);
        assert_eq!(thumbprint.is_none(), no_thumbprint, "{}", key.alias.scope);
        // The day is enough for those whose certificate is not there.
        assert_eq!(uni_ident.is_none(), symmetric || *alias == module.alias, "{}", key.alias.scope);
    }
}

#[test]
fn switched_off_nothing_is_filled_in() {
    let world = filled(Arc::new(MemoryStore::new()));
    blank(&world);
    let before = records(&world);
    let config = Config::from_toml("[hierarchy]\nbackfill = false").unwrap();
    let strict = manager(&world.store, &world.master, &world.clock, &world.keys, config);
    strict.initialise(&[]).unwrap();
    assert_eq!(records(&world), before);
}

/// The texts behind `uni_ident`: the day the key was made, not that of the start; the thumbprint without a policy.
#[test]
fn the_value_is_that_of_the_day_the_key_was_made() {
    let world = filled(Arc::new(MemoryStore::new()));
    blank(&world);
    world.clock.forward(40, 0);
    world.manager.initialise(&[]).unwrap();
    let sha1 = |text: &str| hex_upper(&provider().hash.digest(HashAlgorithm::Sha1, text.as_bytes()));
    let module = world.current(&scope("REGISTRATION", ""));
    assert_eq!((module.level, module.uni_ident), (KeyLevel::Module, Some(sha1("REGISTRATION__11-25-2026"))));
    for (app, reference) in [("PARTNER", "p"), ("REGISTRATION", "elsewhere")] {
        let key = world.current(&scope(app, reference));
        let text = format!("{app}_{reference}_{}", key.thumbprint.unwrap().to_hex());
        assert_eq!(key.uni_ident, Some(sha1(&text)));
    }
}
