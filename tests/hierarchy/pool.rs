//! Keys made ahead of time (HIE-90 to HIE-98).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{DoctorOptions, FindingCode, KeyManager, PoolInfo, Severity};
use keymanager::progress::{NoProgress, Progress};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{
    Change, ChangeSet, KeyStore, LockId, Page, PoolKeyRow, Query, Record, Schema, Select, StoreCapabilities, Versioned,
};

use super::support::{World, all_records, assert_consistent, scope};

fn app() -> AppId {
    AppId::new("REGISTRATION").unwrap()
}

fn module() -> KeyScope {
    scope("REGISTRATION", "")
}

fn base(number: usize) -> KeyScope {
    scope("REGISTRATION", &format!("centre_{number}"))
}

/// A world with so many ready keys under REGISTRATION.
fn pooled(ready: u32) -> World {
    pooled_over(Arc::new(MemoryStore::new()), ready)
}

fn pooled_over(store: Arc<dyn KeyStore>, ready: u32) -> World {
    let world = World::with(store, None, Config::default());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    world.manager.fill_pool(&app(), ready, &NoProgress).unwrap();
    world
}

fn pool(world: &World) -> PoolInfo {
    let mut pools = world.manager.pool().unwrap();
    assert_eq!(pools.len(), 1, "{pools:?}");
    pools.remove(0)
}

fn entries(world: &World) -> Vec<(Versioned, PoolKeyRow)> {
    all_records(world.store.as_ref(), Select::AllPoolKeys)
        .into_iter()
        .map(|found| match found.record.clone() {
            Record::PoolKey(row) => (found, row),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn apply(world: &World, change: Change) {
    world.store.apply(ChangeSet { changes: vec![change], ..ChangeSet::default() }).unwrap();
}

fn change(world: &World, at: usize, change: impl FnOnce(&mut PoolKeyRow)) {
    let (found, mut row) = entries(world).remove(at);
    change(&mut row);
    apply(world, Change::Update(Record::PoolKey(row), found.version));
}

fn pool_findings(world: &World, repair: bool) -> Vec<(FindingCode, Option<Alias>)> {
    let options = DoctorOptions { repair, ..DoctorOptions::default() };
    let report = world.manager.doctor(&options, &NoProgress).unwrap();
    let of_pool = report.findings.into_iter().filter(|finding| finding.code.as_str().starts_with("pool_key"));
    of_pool
        .map(|finding| {
            assert!(finding.severity != Severity::Error && finding.repair.is_some(), "{finding:?}");
            assert_eq!(finding.repaired, repair, "{finding:?}");
            (finding.code, finding.alias)
        })
        .collect()
}

/// How many keys the source has handed out.
fn keys_made(world: &World) -> String {
    format!("{:?}", world.keys)
}

#[test]
fn a_base_key_is_taken_from_the_pool_and_works() {
    let world = pooled(3);
    let made = keys_made(&world);
    let ready: BTreeSet<Alias> = entries(&world).into_iter().map(|(_, row)| row.alias).collect();
    let before = pool(&world);
    assert_eq!((before.app, before.ready, before.used, before.last_used), (Some(app()), 3, 0, None));
    assert!(before.current);
    assert_eq!(before.module, world.current(&module()).alias);
    world.clock.forward(0, 5_000_000);
    let current = world.manager.certificate(&base(1)).unwrap();
    assert!(current.generated);
    assert_eq!(keys_made(&world), made, "no key was generated");
    assert!(ready.contains(&current.key.alias));
    let envelope = world.manager.encrypt(&base(1), &SealOptions::default(), b"text").unwrap().envelope;
    let opened = world.manager.decrypt(&base(1), &OpenOptions::default(), &envelope).unwrap();
    assert_eq!(opened.plaintext, b"text");
    assert_eq!(world.manager.chain(&base(1)).unwrap().len(), 3);

    let after = pool(&world);
    assert_eq!((after.ready, after.used), (2, 1));
    assert_eq!(after.last_used, current.key.not_before);
    assert_eq!((after.oldest, after.newest), (before.oldest, before.newest), "all were made at one time");
    // Nothing of the key is left in the pool.
    let row = entries(&world).into_iter().map(|(_, row)| row).find(|row| row.alias == current.key.alias).unwrap();
    assert_eq!((row.public_key.as_str(), row.private_key.as_str(), row.signature.as_str()), ("", "", ""));
    // Replacing takes one as well; a pool that is empty is no obstacle.
    world.manager.rotate(&base(1)).unwrap();
    world.manager.certificate(&base(2)).unwrap();
    assert_eq!(keys_made(&world), made);
    world.manager.certificate(&base(3)).unwrap();
    assert_ne!(keys_made(&world), made);
    assert_eq!((pool(&world).ready, pool(&world).used), (0, 3));
    assert_consistent(&world, "after all");
    assert_eq!(pool_findings(&world, false), []);
}

#[test]
fn filling_goes_up_to_the_number_and_says_how_old_the_keys_are() {
    let world = pooled(2);
    world.clock.forward(1, 0);
    let filled = world.manager.fill_pool(&app(), 5, &NoProgress).unwrap();
    assert_eq!(filled, pool(&world));
    assert_eq!((filled.ready, filled.used), (5, 0));
    assert_eq!(filled.newest.unwrap().unix_seconds() - filled.oldest.unwrap().unix_seconds(), 86_400);
    let made = keys_made(&world);
    assert_eq!(world.manager.fill_pool(&app(), 4, &NoProgress).unwrap().ready, 5, "none is taken away");
    assert_eq!(keys_made(&world), made);
}

#[test]
fn what_cannot_have_a_pool_is_refused() {
    let world = World::with_masters();
    let refused = |app: &str, count: u32| {
        let app = AppId::new(app).unwrap();
        world.manager.fill_pool(&app, count, &NoProgress).unwrap_err().code()
    };
    assert_eq!(refused("REGISTRATION", 10_001), Code::InvalidArgument);
    for app in ["ROOT", "KERNEL", "kernel", "PARTNER"] {
        assert_eq!(refused(app, 1), Code::GenerationNotAllowed, "{app}");
    }
    assert_eq!(refused("NOBODY", 1), Code::ApplicationNotFound);
    world.policy("NEW", |_| {});
    assert_eq!(refused("NEW", 1), Code::KeyNotGenerated);
    world.policy("NEW", |change| change.active = Some(false));
    assert_eq!(refused("NEW", 1), Code::PolicyInactive);
    assert_eq!(world.manager.pool().unwrap(), []);
}

#[derive(Debug)]
struct Cancels(AtomicU64, Mutex<Vec<(u64, Option<u64>)>>);

impl Progress for Cancels {
    fn advance(&self, done: u64, total: Option<u64>, what: &str) {
        assert!(what.contains("REGISTRATION"), "{what}");
        self.1.lock().unwrap().push((done, total));
    }

    fn cancelled(&self) -> bool {
        self.0.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

#[test]
fn what_was_made_before_a_cancellation_stays() {
    let world = pooled(0);
    let progress = Cancels(AtomicU64::new(3), Mutex::default());
    let cancelled = world.manager.fill_pool(&app(), 9, &progress).unwrap_err();
    assert_eq!(cancelled.code(), Code::Cancelled);
    assert_eq!(*progress.1.lock().unwrap(), [(0, Some(9)), (1, Some(9)), (2, Some(9))]);
    assert_eq!(pool(&world).ready, 2);
}

#[test]
fn the_job_fills_the_pools_that_the_configuration_wants() {
    let config = Config::from_toml(
        "[hierarchy]\nkey_pool = 2\ngenerate = [\"REGISTRATION\", \"KERNEL:SIGN\", \"PMS\"]\ngenerate_base = []\n",
    );
    let world = World::with(Arc::new(MemoryStore::new()), None, config.unwrap());
    for _ in 0..2 {
        world.manager.generate_all(&NoProgress).unwrap();
        let pools: Vec<_> =
            world.manager.pool().unwrap().into_iter().map(|pool| (pool.app.unwrap().to_string(), pool.ready)).collect();
        assert_eq!(pools, [("PMS".to_owned(), 2), ("REGISTRATION".to_owned(), 2)]);
    }
}

#[test]
fn keys_of_a_module_key_that_was_replaced_are_discarded() {
    let ends: [fn(&World); 3] = [
        |world| drop(world.manager.rotate(&module()).unwrap()),
        |world| drop(world.manager.revoke(&module()).unwrap()),
        // 1095 days of validity, 60 of pre-expiry: the next request renews it.
        |world| {
            world.clock.forward(1036, 0);
            world.manager.certificate(&module()).unwrap();
        },
    ];
    for end in ends {
        let world = pooled(2);
        world.manager.certificate(&base(1)).unwrap();
        let old = pool(&world).module;
        end(&world);
        assert_eq!(entries(&world).len(), 0);
        let current = world.manager.certificate(&base(2));
        // After a revocation the Module key is made anew by that request.
        let record = world.record(current.unwrap().key.alias.as_str());
        assert_ne!(record.stored.unwrap().master, old);
        assert_eq!(pool_findings(&world, false), []);
    }
}

/// A process that dies between the new Module key and the removal of the old pool leaves it; it is never used.
#[test]
fn keys_of_a_former_module_key_are_never_used() {
    let world = pooled(2);
    let rows: Vec<PoolKeyRow> = entries(&world).into_iter().map(|(_, row)| row).collect();
    let old = rows[0].master.clone();
    world.manager.rotate(&module()).unwrap();
    let put_back = || rows.iter().for_each(|row| apply(&world, Change::Insert(Record::PoolKey(row.clone()))));
    put_back();
    let current = world.manager.certificate(&base(1)).unwrap();
    assert!(rows.iter().all(|row| row.alias != current.key.alias));
    assert!(!pool(&world).current);
    assert_eq!(pool_findings(&world, false), [(FindingCode::PoolKeyStale, Some(old.clone()))]);
    assert_eq!(pool_findings(&world, true), [(FindingCode::PoolKeyStale, Some(old))]);
    assert_eq!(entries(&world).len(), 0);
    // Filling, and the next start, remove them too.
    put_back();
    assert_eq!(world.manager.fill_pool(&app(), 1, &NoProgress).unwrap().ready, 1);
    assert_eq!(entries(&world).len(), 1);
    put_back();
    world.manager.recover().unwrap();
    assert_eq!(entries(&world).len(), 1);
}

#[test]
fn a_module_key_that_is_not_there_leaves_orphans_to_the_doctor() {
    let world = pooled(1);
    let (_, row) = entries(&world).remove(0);
    let other = Alias::new("ffffffff-0000-4000-8000-00000000000f").unwrap();
    let alias = Alias::new("ffffffff-0000-4000-8000-00000000000e").unwrap();
    apply(&world, Change::Insert(Record::PoolKey(PoolKeyRow { master: other.clone(), alias, ..row })));
    let pools = world.manager.pool().unwrap();
    assert_eq!(pools.iter().map(|pool| pool.app.clone()).collect::<Vec<_>>(), [None, Some(app())]);
    assert_eq!(pool_findings(&world, true), [(FindingCode::PoolKeyOrphan, Some(other))]);
    assert_eq!(pool_findings(&world, false), []);
    assert_eq!(pool(&world).ready, 1);
}

/// The character in the middle becomes another one; the last one may have bits that mean nothing.
fn spoil(text: &mut String) {
    let middle = text.len() / 2;
    let other = if text[middle..].starts_with('A') { "B" } else { "A" };
    text.replace_range(middle..=middle, other);
}

#[test]
fn an_entry_that_is_not_as_it_was_made_is_never_used() {
    let damages: [fn(&World, &mut PoolKeyRow); 6] = [
        |_, row| spoil(&mut row.public_key),
        |_, row| spoil(&mut row.private_key),
        |_, row| spoil(&mut row.signature),
        |_, row| row.signature = "no base64!".to_owned(),
        |_, row| row.created = Some(row.created.unwrap().plus_seconds(1)),
        // Somebody who can write to the database puts a key of theirs, or another whole entry, in its place.
        |world, row| row.public_key = entries(world).remove(1).1.public_key,
    ];
    for damage in damages {
        let world = pooled(2);
        // Only the first one is there to be drawn when the second is gone.
        let (second, _) = entries(&world).remove(1);
        change(&world, 0, |row| damage(&world, row));
        apply(&world, Change::Delete(second.record, second.version));
        let (_, row) = entries(&world).remove(0);
        let made = keys_made(&world);
        let current = world.manager.certificate(&base(1)).unwrap();
        assert_ne!(current.key.alias, row.alias);
        assert_ne!(keys_made(&world), made, "one was generated");
        assert_eq!(pool(&world).used, 0);
        assert_eq!(pool_findings(&world, false), [(FindingCode::PoolKeyDamaged, Some(row.alias.clone()))]);
        assert_eq!(pool_findings(&world, true), [(FindingCode::PoolKeyDamaged, Some(row.alias))]);
        assert_eq!(pool_findings(&world, false), []);
        assert_eq!(entries(&world).len(), 0);
        assert_consistent(&world, "after damage");
    }
}

/// The row of a key that was taken, put back as it was, must not become a second key.
#[test]
fn no_key_is_used_twice() {
    let world = pooled(1);
    let (_, row) = entries(&world).remove(0);
    let first = world.manager.certificate(&base(1)).unwrap();
    assert_eq!(first.key.alias, row.alias);
    change(&world, 0, |taken| *taken = row.clone());
    assert_eq!(pool(&world).ready, 1);
    let second = world.manager.certificate(&base(2)).unwrap();
    assert_ne!(second.key.alias, row.alias);
    // Its identifier is that of any first key of its day.
    let plain = World::with_masters();
    plain.manager.certificate(&base(2)).unwrap();
    assert_eq!(second.key.uni_ident, plain.current(&base(2)).uni_ident);
    assert_eq!(pool_findings(&world, true), [(FindingCode::PoolKeyUsed, Some(row.alias))]);
    assert_eq!(pool_findings(&world, false), []);
    assert_consistent(&world, "after all");
}

fn takers(world: &World, managers: &[KeyManager], ready: usize) {
    let barrier = Barrier::new(managers.len());
    let aliases: Vec<Alias> = std::thread::scope(|threads| {
        let running: Vec<_> = managers
            .iter()
            .enumerate()
            .map(|(number, manager)| {
                let barrier = &barrier;
                threads.spawn(move || {
                    barrier.wait();
                    // Each for scopes of its own, and all from one pool.
                    (0..4).map(|round| manager.certificate(&base(number * 4 + round)).unwrap().key.alias).collect()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread: std::thread::ScopedJoinHandle<'_, Vec<Alias>>| thread.join().unwrap())
            .collect()
    });
    let distinct: BTreeSet<&Alias> = aliases.iter().collect();
    assert_eq!(distinct.len(), aliases.len(), "no key was taken twice");
    let rows = entries(world);
    assert_eq!(rows.len(), ready);
    let used: Vec<_> = rows.iter().filter(|(_, row)| row.used.is_some()).map(|(_, row)| &row.alias).collect();
    assert!(used.iter().all(|alias| distinct.contains(alias)), "what was taken is a key");
    let info = pool(world);
    assert_eq!((info.used, info.ready), (used.len() as u64, (ready - used.len()) as u64));
    // Whoever found all taken meanwhile has generated one; nearly all are used.
    assert!(used.len() * 2 > ready, "{} of {ready}", used.len());
    for number in 0..managers.len() * 4 {
        let envelope = world.manager.encrypt(&base(number), &SealOptions::default(), b"text").unwrap().envelope;
        assert_eq!(
            world.manager.decrypt(&base(number), &OpenOptions::default(), &envelope).unwrap().plaintext,
            b"text"
        );
    }
    assert_eq!(pool_findings(world, false), []);
    assert_consistent(world, "after the race");
}

#[test]
fn threads_that_take_at_once_never_take_the_same() {
    let world = pooled(24);
    let managers: Vec<_> = (0..8).map(|_| world.manager.clone()).collect();
    takers(&world, &managers, 24);
}

#[test]
fn handles_on_one_file_that_take_at_once_never_take_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = pooled_over(Arc::new(SqliteStore::create(&path).unwrap()), 24);
    let managers: Vec<_> = (0..6)
        .map(|_| {
            let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::open(&path).unwrap());
            super::support::manager(&store, &world.master, &world.clock, &world.keys, Config::default())
        })
        .collect();
    takers(&world, &managers, 24);
}

/// Does something at the moment at which a key of the pool is about to be taken.
struct Meanwhile {
    inner: MemoryStore,
    act: Mutex<Option<KeyManager>>,
    acting: AtomicBool,
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl KeyStore for Meanwhile {
    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    fn find(&self, query: Query) -> Result<Page> {
        // The old pool is still there when the Module key is new: as after a crash.
        if self.acting.load(Ordering::SeqCst) && matches!(query.select, Select::PoolKeysOf(_)) {
            return Ok(Page { records: Vec::new(), next: None });
        }
        self.inner.find(query)
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        let takes = changes.changes.iter().any(|change| matches!(change, Change::Update(Record::PoolKey(_), _)));
        if takes && let Some(manager) = self.act.lock().unwrap().take() {
            self.acting.store(true, Ordering::SeqCst);
            manager.rotate(&module()).unwrap();
            self.acting.store(false, Ordering::SeqCst);
        }
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
fn a_module_key_that_is_replaced_while_its_pool_is_drawn_from_gives_no_key() {
    let store =
        Arc::new(Meanwhile { inner: MemoryStore::new(), act: Mutex::default(), acting: AtomicBool::new(false) });
    let world = pooled_over(Arc::<Meanwhile>::clone(&store), 2);
    let old = world.current(&module()).alias;
    *store.act.lock().unwrap() = Some(world.manager.clone());
    let current = world.manager.certificate(&base(1)).unwrap();
    assert_ne!(world.current(&module()).alias, old);
    assert_eq!(world.record(current.key.alias.as_str()).stored.unwrap().master, world.current(&module()).alias);
    assert_eq!(pool(&world).used, 0);
    assert_eq!(pool(&world).ready, 2, "the old pool is still there");
}
