//! Each call to store and master backend fails once, in four ways; then everything must still fit together.

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::error::Result;
use keymanager::id::{Alias, KeyScope};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::store::memory::MemoryStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Record, Select};
use keymanager::time::Clock;

use super::faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use super::support::{KeptKeys, World, all_records, assert_consistent, scope, software_master};

fn faulty_world() -> (World, Arc<Plan>) {
    let plan = Plan::new();
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
        let (world, plan) = faulty_world();
        prepare(&world);
        plan.arm(nth, fault);
        let outcome = verb(&world);
        let calls = plan.calls();
        plan.disarm();
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
    for fault in Fault::ALL {
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
    let (world, plan) = faulty_world();
    masters(&world);
    let envelope =
        world.manager.encrypt(&base(), &keymanager::envelope::SealOptions::default(), b"plain").unwrap().envelope;
    for nth in 0.. {
        plan.arm(nth, Fault::Before);
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
