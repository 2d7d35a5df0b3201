//! Each call to store and master backend fails once in each verb, in four ways; then everything must still fit together.

use std::path::Path;
use std::sync::Arc;

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::Alias;
use keymanager::manager::{DoctorOptions, FindingCode, KeyManager};
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Record, Select};
use keymanager::time::Clock;

#[path = "faults/looking.rs"]
mod looking;
#[path = "faults/making.rs"]
mod making;
#[path = "faults/pool.rs"]
mod pool;
#[path = "faults/replacing.rs"]
mod replacing;
#[path = "faults/sent_in.rs"]
mod sent_in;
#[path = "faults/verb.rs"]
mod verb;

use verb::{Verb, base, masters, repair};

use super::faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use super::support::{
    KeptKeys, START, TestClock, World, all_records, assert_consistent, manager, provider, scope, software_master,
};

/// Store and master backend in memory, or on the disk.
#[derive(Debug, Clone, Copy)]
enum Backing {
    Memory,
    Disk,
}

/// A world that can fail, and an envelope that was acknowledged before.
struct Case {
    world: World,
    plan: Arc<Plan>,
    envelope: Option<Vec<u8>>,
    /// The rows before are not as they should be, and the verb puts them right.
    heals: bool,
    _folder: tempfile::TempDir,
}

impl Case {
    fn new(backing: Backing, heals: bool) -> Self {
        let folder = tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "." }).unwrap();
        let keys = Arc::new(KeptKeys::default());
        let (store, inner): (Arc<dyn KeyStore>, Arc<dyn MasterKeys>) = match backing {
            Backing::Memory => (Arc::new(MemoryStore::new()), software_master(&keys)),
            Backing::Disk => {
                let store = SqliteStore::create(&folder.path().join("keymanager.db")).unwrap();
                let passphrase = Passphrase::new(SecretBytes::copy_from(b"a passphrase for tests")).unwrap();
                let clock = Arc::new(TestClock::at(START));
                let options = KeyFileOptions::new(provider(), Arc::new(SystemRandom), keys, clock);
                let path = folder.path().join("keymanager.p12");
                (Arc::new(store), Arc::new(KeyFile::create(&path, passphrase, Some(10_000), options).unwrap()))
            }
        };
        let plan = Plan::new();
        let store = Arc::new(FaultyStore(store, Arc::clone(&plan)));
        let master = Arc::new(FaultyMaster(inner, Arc::clone(&plan)));
        let mut config = Config::default();
        // A part of upstream's list, so that there are no more points than tell something.
        config.hierarchy.generate =
            Some(vec![scope("KERNEL", "SIGN"), scope("RESIDENT", ""), scope("KERNEL", "IDENTITY_CACHE")]);
        config.hierarchy.generate_base = Some(vec![scope("RESIDENT", "r")]);
        Self { world: World::with(store, Some(master), config), plan, envelope: None, heals, _folder: folder }
    }

    /// The next start: another manager, which clears what is left; where the verb was to put rows right, the doctor does.
    fn next_start(&self, context: &str) -> KeyManager {
        let next = manager(
            &self.world.store,
            &self.world.master,
            &self.world.clock,
            &self.world.keys,
            self.world.manager.config().clone(),
        );
        next.recover().unwrap_or_else(|error| panic!("{context}: recover: {error:?}"));
        if self.heals {
            repair(&next).unwrap_or_else(|error| panic!("{context}: repair: {error:?}"));
        }
        assert_consistent(&self.world, context);
        let report = next.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        // What only time brings is none of a fault's doing, nor are the issuers of certificates that were sent in.
        let times =
            [FindingCode::OutlivesIssuer, FindingCode::KeyDue, FindingCode::KeyEnded, FindingCode::IssuerUnknown];
        let found: Vec<_> = report.findings.iter().filter(|finding| !times.contains(&finding.code)).collect();
        assert!(found.is_empty(), "{context}: {found:?}");
        if let Some(envelope) = &self.envelope {
            let opened = next.decrypt(&base(), &OpenOptions::default(), envelope);
            assert_eq!(opened.unwrap_or_else(|error| panic!("{context}: {error:?}")).plaintext, b"before", "{context}");
        }
        next
    }
}

/// Runs the verb with a fault at each of its calls in turn, then without, and checks that everything fits each time.
/// Returns how many points were covered.
fn at_every_call((backing, heals): (Backing, bool), verb: &Verb, fault: Fault) -> usize {
    for nth in 0.. {
        let mut case = Case::new(backing, heals);
        (verb.prepare)(&case.world);
        if !case.world.all(&base()).is_empty() {
            let clock = Arc::new(TestClock::at(START));
            let envelope = case.world.other_process(clock).encrypt(&base(), &SealOptions::default(), b"before");
            case.envelope = Some(envelope.unwrap().envelope);
        }
        case.plan.arm(nth, fault);
        let outcome = (verb.run)(&case.world.manager);
        let calls = case.plan.calls();
        case.plan.disarm();
        let context = format!("{}, {fault:?} at call {nth}: {outcome:?}", verb.name);
        let next = case.next_start(&context);
        for alias in outcome.iter().flatten() {
            next.key(alias.as_str()).unwrap_or_else(|error| panic!("{context}: {error:?}"));
        }
        if let Err(error) = &outcome {
            assert_eq!(error.code().exit_status(), 7, "{context}");
        }
        match (verb.run)(&next) {
            Ok(_) => {}
            Err(error) => assert!(verb.again.contains(&error.code()), "{context}: then {error:?}"),
        }
        case.next_start(&context);
        for (app, reference, least, most) in verb.counts {
            let count = case.world.all(&scope(app, reference)).len();
            assert!((*least..=*most).contains(&count), "{context}: {app}/{reference} has {count} keys");
        }
        if nth >= calls {
            outcome.unwrap();
            return nth;
        }
    }
    unreachable!()
}

const VERBS: &[&[Verb]] = &[making::VERBS, replacing::VERBS, sent_in::VERBS, pool::VERBS, looking::VERBS];

fn in_every_verb(backing: Backing) {
    let mut points = 0;
    let verbs = VERBS.iter().copied().flatten().map(|verb| (verb, false));
    for (verb, heals) in verbs.chain(looking::HEALING.iter().map(|verb| (verb, true))) {
        let at_every = |fault| at_every_call((backing, heals), verb, fault);
        let of_verb: usize = Fault::ALL.into_iter().map(at_every).sum();
        println!("{backing:?}, {}: {of_verb} points", verb.name);
        points += of_verb;
    }
    println!("faults, {backing:?}: injected at {points} points");
    assert!(points > 1000, "{points}");
}

#[test]
fn no_fault_loses_a_key_or_leaves_two() {
    in_every_verb(Backing::Memory);
}

#[test]
#[ignore = "cargo xtask prove faults"]
fn no_fault_loses_a_key_or_leaves_two_on_the_disk() {
    in_every_verb(Backing::Disk);
}

#[test]
fn a_fault_while_decrypting_says_who_failed() {
    let case = Case::new(Backing::Memory, false);
    let (world, plan) = (&case.world, &case.plan);
    masters(world);
    let envelope = world.manager.encrypt(&base(), &SealOptions::default(), b"plain").unwrap().envelope;
    for nth in 0.. {
        plan.arm(nth, Fault::Before);
        let opened = world.manager.decrypt(&base(), &OpenOptions::default(), &envelope);
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
