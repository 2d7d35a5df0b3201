//! Each call to store and master backend fails once, in three ways; then everything must still fit together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keymanager::config::Config;
use keymanager::crypto::{Direction, SignatureScheme};
use keymanager::error::{Code, Error, Result};
use keymanager::id::{Alias, KeyScope};
use keymanager::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use keymanager::secret::SecretBytes;
use keymanager::store::memory::MemoryStore;
use keymanager::store::{
    Change, ChangeSet, IntentRow, KeyStore, LockId, Page, Query, Record, Schema, Select, StoreCapabilities,
};
use keymanager::time::Clock;

use super::support::{KeptKeys, World, all_records, assert_consistent, scope, software_master};

/// How the n-th call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It does nothing and answers an error.
    Before,
    /// It does its work and answers an error.
    After,
    /// It and every later call answers an error: the process died.
    Death,
}

#[derive(Debug)]
struct Plan {
    calls: AtomicUsize,
    fails: AtomicUsize,
    fault: Fault,
}

const NEVER: usize = usize::MAX;

impl Plan {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), fails: AtomicUsize::new(NEVER), fault })
    }

    fn arm(&self, nth: usize) {
        self.calls.store(0, Ordering::SeqCst);
        self.fails.store(nth, Ordering::SeqCst);
    }

    fn call<T>(&self, code: Code, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let nth = self.fails.load(Ordering::SeqCst);
        let fail = || Error::new(code, "injected");
        match self.fault {
            Fault::Before if call == nth => Err(fail()),
            Fault::After if call == nth => work().and_then(|_| Err(fail())),
            Fault::Death if call >= nth => Err(fail()),
            _ => work(),
        }
    }
}

#[derive(Debug)]
struct FaultyStore(Arc<dyn KeyStore>, Arc<Plan>);

impl KeyStore for FaultyStore {
    fn capabilities(&self) -> StoreCapabilities {
        self.0.capabilities()
    }

    fn find(&self, query: Query) -> Result<Page> {
        self.1.call(Code::StoreUnavailable, || self.0.find(query))
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        self.1.call(Code::StoreUnavailable, || self.0.apply(changes))
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        // A lock that was taken and not told about would be freed with its connection.
        match self.1.call(Code::LockTimeout, || Ok(())) {
            Ok(()) => self.0.lock(scope, wait),
            Err(error) => Err(error),
        }
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        // The system frees the locks of the dead.
        self.0.unlock(lock)
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.0.prepare(schema)
    }
}

#[derive(Debug)]
struct FaultyMaster(Arc<dyn MasterKeys>, Arc<Plan>);

impl FaultyMaster {
    fn call<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.1.call(Code::MasterUnavailable, work)
    }
}

impl MasterKeys for FaultyMaster {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.call(|| self.0.capabilities())
    }
    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.call(|| self.0.create(alias, kind))
    }
    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.call(|| self.0.attach_certificate(alias, certificate_der))
    }
    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.call(|| self.0.find(alias))
    }
    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        self.call(|| self.0.list(cursor))
    }
    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.call(|| self.0.sign(alias, scheme, input))
    }
    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.call(|| self.0.rsa_decrypt(alias, how, ciphertext))
    }
    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.call(|| self.0.aes_ecb(alias, direction, blocks))
    }
    fn remove(&self, alias: Alias) -> Result<()> {
        self.call(|| self.0.remove(alias))
    }
    fn health(&self) -> Result<()> {
        self.call(|| self.0.health())
    }
}

fn faulty_world(fault: Fault) -> (World, Arc<Plan>) {
    let plan = Plan::new(fault);
    let store: Arc<dyn KeyStore> = Arc::new(FaultyStore(Arc::new(MemoryStore::new()), Arc::clone(&plan)));
    let inner = software_master(&Arc::new(KeptKeys::default()));
    let master: Arc<dyn MasterKeys> = Arc::new(FaultyMaster(inner, Arc::clone(&plan)));
    (World::with(store, Some(master), Config::default()), plan)
}

/// Runs `verb` with a fault at each of its calls in turn, then without, and checks that everything fits each time.
/// Returns how many points were covered.
fn at_every_call(
    fault: Fault,
    prepare: impl Fn(&World),
    verb: impl Fn(&World) -> Result<()>,
    then: impl Fn(&World, &str),
) -> usize {
    for nth in 0.. {
        let (world, plan) = faulty_world(fault);
        prepare(&world);
        plan.arm(nth);
        let outcome = verb(&world);
        let calls = plan.calls.load(Ordering::SeqCst);
        plan.arm(NEVER);
        let context = format!("{fault:?} at call {nth}: {outcome:?}");
        // The next start clears what the fault left, and the verb works.
        world.manager.recover().unwrap();
        assert_consistent(&world, &context);
        verb(&world).unwrap_or_else(|error| panic!("{context}: then {error:?}"));
        world.manager.recover().unwrap();
        assert_consistent(&world, &context);
        then(&world, &context);
        if nth >= calls {
            outcome.unwrap();
            return nth;
        }
    }
    unreachable!()
}

const FAULTS: [Fault; 3] = [Fault::Before, Fault::After, Fault::Death];

fn base() -> KeyScope {
    scope("REGISTRATION", "a")
}

fn masters(world: &World) {
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
}

#[test]
fn no_fault_loses_a_key_or_leaves_two() {
    let mut points = 0;
    for fault in FAULTS {
        points += at_every_call(
            fault,
            |_| {},
            |world| {
                masters_checked(world)?;
                world.aes(&scope("RESIDENT", "CACHE"), false)?;
                world.manager.certificate(&base()).map(|_| ())
            },
            |world, context| {
                for scope in [scope("ROOT", ""), scope("REGISTRATION", ""), base()] {
                    assert_eq!(world.all(&scope).len(), 1, "{context}: {scope}");
                }
            },
        );
        points += at_every_call(
            fault,
            |world| {
                masters(world);
                world.current(&base());
            },
            |world| world.manager.rotate(&scope("REGISTRATION", "")).map(|_| ()),
            |world, context| {
                let count = world.all(&scope("REGISTRATION", "")).len();
                assert!((2..=3).contains(&count), "{context}: {count}");
            },
        );
        // All three levels are due at once.
        points += at_every_call(
            fault,
            |world| {
                masters(world);
                world.clock.forward(1795, 0);
            },
            |world| world.manager.certificate(&base()).map(|_| ()),
            |world, context| {
                for (scope, count) in [(scope("ROOT", ""), 2), (scope("REGISTRATION", ""), 2), (base(), 1)] {
                    assert_eq!(world.all(&scope).len(), count, "{context}: {scope}");
                    assert_eq!(world.current_count(&scope), 1, "{context}: {scope}");
                }
            },
        );
    }
    println!("faults injected at {points} points");
    assert!(points > 150, "{points}");
}

fn masters_checked(world: &World) -> Result<()> {
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false)?;
    }
    Ok(())
}

#[test]
fn a_fault_while_decrypting_says_who_failed() {
    let (world, plan) = faulty_world(Fault::Before);
    masters(&world);
    let envelope =
        world.manager.encrypt(&base(), &keymanager::envelope::SealOptions::default(), b"plain").unwrap().envelope;
    for nth in 0.. {
        plan.arm(nth);
        let opened = world.manager.decrypt(&base(), &keymanager::envelope::OpenOptions::default(), &envelope);
        match opened {
            Ok(opened) => {
                assert_eq!(opened.plaintext, b"plain");
                assert!(nth > 3);
                break;
            }
            Err(error) => assert_eq!(error.code().exit_status(), 7, "call {nth}: {error}"),
        }
    }
}

#[test]
fn a_stale_intent_is_cleared_by_the_next_creation_in_its_scope() {
    let world = World::with_masters();
    let module = scope("REGISTRATION", "");
    let orphan = Alias::new("00000000-0000-4000-8000-000000000001").unwrap();
    world.master.create(orphan.clone(), KeyKind::Rsa2048).unwrap();
    let intent = IntentRow { alias: orphan.clone(), scope: module.clone(), begun: world.clock.now() };
    let insert = |intent: &IntentRow| {
        let changes = vec![Change::Insert(Record::Intent(intent.clone()))];
        world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
    };
    insert(&intent);
    world.rsa(&scope("PMS", ""), true).unwrap();
    assert_eq!(all_records(world.store.as_ref(), Select::AllIntents).len(), 1, "another scope's is left alone");
    world.rsa(&module, true).unwrap();
    assert_consistent(&world, "the intent of the scope");
    // An intent whose record exists loses nothing.
    let current = world.current(&module).alias;
    insert(&IntentRow { alias: current.clone(), scope: module.clone(), begun: world.clock.now() });
    world.manager.initialise(&[]).unwrap();
    assert_eq!(world.current(&module).alias, current);
    assert_consistent(&world, "an intent beside its record");
}
