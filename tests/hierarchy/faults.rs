//! Each call to store and master backend fails once in each verb, in four ways; then everything must still fit together.

use std::path::Path;
use std::sync::Arc;

use keymanager::certificate::{Certificate, DistinguishedName};
use keymanager::config::Config;
use keymanager::crypto::PrivateKey as _;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::{Alias, AppId, KeyScope};
use keymanager::manager::{
    CsrRequest, DoctorOptions, FindingCode, Generated, KeyFilter, KeyManager, KeyObjectRequest, PolicyChange,
    RewrapOptions,
};
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Record, Select};
use keymanager::time::Clock;

use super::elliptic::KINDS;
use super::faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use super::outside::{foreign, kept_key};
use super::support::{
    KeptKeys, START, TestClock, World, all_records, assert_consistent, manager, provider, request, scope,
    software_master,
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
    _folder: tempfile::TempDir,
}

/// A verb, what must be there before it, and what it says that it made or found.
struct Verb {
    name: &'static str,
    prepare: fn(&World),
    run: fn(&KeyManager) -> Result<Vec<Alias>>,
    /// What may be answered when it is done once more.
    again: &'static [Code],
    /// How many keys each of these scopes has in the end: at least, at most.
    counts: &'static [(&'static str, &'static str, usize, usize)],
}

const ONE: &[(&str, &str, usize, usize)] =
    &[("ROOT", "", 1, 1), ("REGISTRATION", "", 1, 1), ("REGISTRATION", "a", 1, 1)];

const VERBS: &[Verb] = &[
    Verb {
        name: "initialise",
        prepare: |_| {},
        run: |manager| manager.initialise(&[]).map(|()| Vec::new()),
        again: &[],
        counts: &[],
    },
    Verb {
        name: "initialise after a crash",
        prepare: stale,
        run: |manager| manager.initialise(&[]).map(|()| Vec::new()),
        again: &[],
        counts: &[("REGISTRATION", "", 0, 0)],
    },
    Verb {
        name: "generate all",
        prepare: stale,
        run: |manager| manager.generate_all(&NoProgress).map(aliases),
        again: &[],
        counts: &[("ROOT", "", 1, 1), ("KERNEL", "IDENTITY_CACHE", 1, 1), ("RESIDENT", "r", 1, 1)],
    },
    Verb {
        name: "generate the first keys",
        prepare: |_| {},
        run: |manager| {
            let mut made = Vec::new();
            for app in ["ROOT", "REGISTRATION"] {
                made.extend(aliases(manager.generate(&request(&scope(app, ""), KeyKind::Rsa2048, false))?));
            }
            let cache = request(&scope("RESIDENT", "CACHE"), KeyKind::Aes256, false);
            made.extend(aliases(manager.generate(&cache)?));
            made.push(manager.certificate(&base())?.key.alias);
            Ok(made)
        },
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "generate by force, after a crash",
        prepare: |world| {
            used(world);
            stale(world);
        },
        run: |manager| manager.generate(&request(&scope("REGISTRATION", ""), KeyKind::Rsa2048, true)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "generate the signing key",
        prepare: masters,
        run: |manager| manager.generate(&request(&scope("KERNEL", "SIGN"), KeyKind::Rsa2048, false)).map(aliases),
        again: &[],
        counts: &[("KERNEL", "SIGN", 1, 1)],
    },
    Verb {
        name: "generate a master key by force, and ask for its request",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            let (scope, object_type) = (scope("REGISTRATION", ""), "CSR".to_owned());
            let request = KeyObjectRequest { scope, object_type, force: true, subject };
            Ok(vec![manager.generate_master_key(&request)?.key().alias.clone()])
        },
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "generate an Ed25519 key, and ask for its certificate",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            let (scope, object_type) = (scope("REGISTRATION", KINDS[2].1), "CERTIFICATE".to_owned());
            let request = KeyObjectRequest { scope, object_type, force: false, subject };
            Ok(vec![manager.generate_ec_sign_key(&request)?.key().alias.clone()])
        },
        again: &[],
        counts: &[("REGISTRATION", "ED25519_SIGN", 1, 1)],
    },
    Verb {
        name: "generate elliptic signing keys",
        prepare: masters,
        run: |manager| {
            let mut made = Vec::new();
            for (kind, reference, ..) in KINDS {
                made.extend(aliases(manager.generate(&request(&scope("REGISTRATION", reference), kind, false))?));
            }
            Ok(made)
        },
        again: &[],
        counts: &[("REGISTRATION", "EC_SECP256R1_SIGN", 1, 1), ("REGISTRATION", "ED25519_SIGN", 1, 1)],
    },
    Verb {
        name: "rotate a signing key on a curve",
        prepare: |world| signing(world, 0),
        run: |manager| manager.rotate(&scope("REGISTRATION", KINDS[0].1)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", KINDS[0].1, 2, 3)],
    },
    Verb {
        name: "rotate an Ed25519 key",
        prepare: |world| signing(world, 2),
        run: |manager| manager.rotate(&scope("REGISTRATION", KINDS[2].1)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", KINDS[2].1, 2, 3)],
    },
    Verb {
        name: "generate a symmetric key by force",
        prepare: |world| {
            world.aes(&scope("RESIDENT", "CACHE"), false).unwrap();
        },
        run: |manager| manager.generate(&request(&scope("RESIDENT", "CACHE"), KeyKind::Aes256, true)).map(aliases),
        again: &[],
        counts: &[("RESIDENT", "CACHE", 2, 3)],
    },
    Verb {
        name: "rotate Root",
        prepare: used,
        run: |manager| manager.rotate(&scope("ROOT", "")).map(aliases),
        again: &[],
        counts: &[("ROOT", "", 2, 3)],
    },
    Verb {
        name: "rotate a Module key",
        prepare: used,
        run: |manager| manager.rotate(&scope("REGISTRATION", "")).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "rotate a Base key under a Module key that is due",
        prepare: |world| {
            used(world);
            world.policy("BASE", |change| change.pre_expire_days = Some(0));
            world.clock.forward(1036, 0);
        },
        run: |manager| manager.rotate(&base()).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 2, 3)],
    },
    Verb {
        name: "revoke a Base key",
        prepare: used,
        run: |manager| manager.revoke(&base()).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: ONE,
    },
    Verb {
        name: "revoke a Module key",
        prepare: used,
        run: |manager| manager.revoke(&scope("REGISTRATION", "")).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: ONE,
    },
    Verb {
        name: "upload the certificate of a Base key",
        prepare: used,
        run: |manager| upload(manager, &base(), 0),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "upload the certificate of a Module key",
        prepare: used,
        run: |manager| upload(manager, &scope("REGISTRATION", ""), 1),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "replace the certificate of another domain",
        prepare: |world| {
            used(world);
            let certificate = elsewhere("First", 13);
            world.manager.upload_other_domain(&scope("PARTNER", "p"), certificate.der()).unwrap();
        },
        run: |manager| {
            let certificate = elsewhere("Second", 13);
            manager.upload_other_domain(&scope("PARTNER", "p"), certificate.der()).map(|key| vec![key.alias])
        },
        again: &[Code::CertificateExists],
        counts: &[("PARTNER", "p", 2, 3)],
    },
    Verb {
        name: "certification request",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            manager.generate_csr(&CsrRequest { scope: base(), subject }).map(|csr| vec![csr.key.alias])
        },
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "certificate of a new Base key",
        prepare: masters,
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "fill the pool",
        prepare: masters,
        run: |manager| {
            let app = AppId::new("REGISTRATION").unwrap();
            manager.fill_pool(&app, 2, &NoProgress)?;
            manager.pool().map(|_| Vec::new())
        },
        again: &[],
        counts: &[("REGISTRATION", "", 1, 1)],
    },
    Verb {
        name: "a Base key from the pool",
        prepare: pooled,
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "rotate a Module key that has a pool",
        prepare: pooled,
        run: |manager| manager.rotate(&scope("REGISTRATION", "")).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "revoke a Module key that has a pool",
        prepare: pooled,
        run: |manager| manager.revoke(&scope("REGISTRATION", "")).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: &[("REGISTRATION", "", 1, 1)],
    },
    Verb {
        name: "wrap again to the current Module key",
        prepare: |world| {
            pooled(world);
            world.current(&base());
            world.clock.forward(1, 0);
            world.rsa(&scope("REGISTRATION", ""), true).unwrap();
        },
        run: |manager| {
            let app = AppId::new("REGISTRATION").unwrap();
            let report = manager.rewrap(&app, &RewrapOptions::default(), &NoProgress)?;
            assert!(report.damaged.is_empty(), "{:?}", report.damaged);
            Ok(vec![report.module])
        },
        again: &[],
        counts: &[("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 1, 1)],
    },
    Verb {
        name: "certificate when all three levels are due",
        prepare: |world| {
            masters(world);
            world.clock.forward(1795, 0);
        },
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: &[("ROOT", "", 2, 2), ("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 1, 1)],
    },
    Verb {
        name: "encrypt",
        prepare: masters,
        run: |manager| manager.encrypt(&base(), &SealOptions::default(), b"x").map(|found| vec![found.key.alias]),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "chain, lists and certificates",
        prepare: used,
        run: |manager| {
            manager.chain(&base())?;
            manager.all_certificates(&scope("REGISTRATION", ""))?;
            manager.policies()?;
            let keys = manager.keys(&KeyFilter { app: None, reference: None, all: true })?;
            manager.certificate_of(&keys[0].thumbprint.unwrap())?;
            keys.into_iter().map(|key| manager.key(key.alias.as_str()).map(|key| key.alias)).collect()
        },
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "doctor",
        prepare: used,
        run: |manager| manager.doctor(&DoctorOptions::default(), &NoProgress).map(|_| Vec::new()),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "repair after a crash",
        prepare: stale,
        run: |manager| {
            let options = DoctorOptions { repair: true, ..DoctorOptions::default() };
            manager.doctor(&options, &NoProgress).map(|_| Vec::new())
        },
        again: &[],
        counts: &[("REGISTRATION", "", 0, 0)],
    },
    Verb {
        name: "set a policy, and make one",
        prepare: used,
        run: |manager| {
            for app in ["REGISTRATION", "NEW"] {
                let change = PolicyChange { pre_expire_days: Some(7), ..PolicyChange::new(AppId::new(app).unwrap()) };
                manager.set_policy(&change)?;
            }
            Ok(Vec::new())
        },
        again: &[],
        counts: ONE,
    },
];

fn elsewhere(name: &str, key: usize) -> Certificate {
    foreign(name, kept_key(key).public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
}

/// A certificate of another authority for the key that was made from this kept key.
fn upload(manager: &KeyManager, scope: &KeyScope, key: usize) -> Result<Vec<Alias>> {
    manager.upload_certificate(scope, elsewhere("Elsewhere", key).der()).map(|key| vec![key.alias])
}

fn aliases(answer: Generated) -> Vec<Alias> {
    answer.generated.into_iter().chain(answer.existing).map(|key| key.alias).collect()
}

/// A creation that a crash left: the key is there, its record is not.
fn stale(world: &World) {
    let orphan = Alias::new("00000000-0000-4000-8000-000000000001").unwrap();
    world.master.create(orphan.clone(), KeyKind::Rsa2048).unwrap();
    let intent = IntentRow { alias: orphan, scope: scope("REGISTRATION", ""), begun: world.clock.now() };
    let changes = vec![Change::Insert(Record::Intent(intent))];
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
}

fn base() -> KeyScope {
    scope("REGISTRATION", "a")
}

fn masters(world: &World) {
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
}

/// With ready keys.
fn pooled(world: &World) {
    masters(world);
    world.manager.fill_pool(&AppId::new("REGISTRATION").unwrap(), 2, &NoProgress).unwrap();
}

/// With one of the elliptic signing keys besides.
fn signing(world: &World, place: usize) {
    masters(world);
    let (kind, reference, ..) = KINDS[place];
    world.manager.generate(&request(&scope("REGISTRATION", reference), kind, false)).unwrap();
}

/// With a Base key besides.
fn used(world: &World) {
    masters(world);
    world.current(&base());
}

impl Case {
    fn new(backing: Backing) -> Self {
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
        Self { world: World::with(store, Some(master), config), plan, envelope: None, _folder: folder }
    }

    /// The next start: another manager, which clears what is left.
    fn next_start(&self, context: &str) -> KeyManager {
        let next = manager(
            &self.world.store,
            &self.world.master,
            &self.world.clock,
            &self.world.keys,
            self.world.manager.config().clone(),
        );
        next.recover().unwrap_or_else(|error| panic!("{context}: recover: {error:?}"));
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
fn at_every_call(backing: Backing, verb: &Verb, fault: Fault) -> usize {
    for nth in 0.. {
        let mut case = Case::new(backing);
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

fn in_every_verb(backing: Backing) {
    let mut points = 0;
    for verb in VERBS {
        let of_verb: usize = Fault::ALL.into_iter().map(|fault| at_every_call(backing, verb, fault)).sum();
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
    let case = Case::new(Backing::Memory);
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
