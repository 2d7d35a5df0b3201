//! Verbs that look, policies, and what puts old or damaged rows right.

use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::AppId;
use keymanager::manager::{DoctorOptions, KeyFilter, PolicyChange};
use keymanager::progress::NoProgress;
use keymanager::store::{Change, ChangeSet, Query, Record, Select};

use super::verb::{ONE, Verb, base, masters, repair, stale, used};
use crate::support::{World, all_records, scope};

pub const VERBS: &[Verb] = &[
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
        run: |manager| repair(manager).map(|()| Vec::new()),
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

/// What was there before them only the doctor puts right, or a search for a key.
pub const HEALING: &[Verb] = &[
    Verb {
        name: "repair rows of an old release",
        prepare: |world| {
            used(world);
            of_an_old_release(world);
        },
        run: |manager| repair(manager).map(|()| Vec::new()),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "repair two current keys",
        prepare: two_current,
        run: |manager| repair(manager).map(|()| Vec::new()),
        again: &[],
        counts: &[("REGISTRATION", "a", 2, 2)],
    },
    Verb {
        name: "decrypt after a back-fill",
        prepare: |world| {
            used(world);
            of_an_old_release(world);
        },
        run: |manager| {
            let envelope = manager.encrypt(&base(), &SealOptions::default(), b"x")?.envelope;
            manager.decrypt(&base(), &OpenOptions::default(), &envelope).map(|opened| vec![opened.key.alias])
        },
        again: &[],
        counts: ONE,
    },
];

/// Without thumbprints.
fn of_an_old_release(world: &World) {
    for found in all_records(world.store.as_ref(), Select::AllKeys) {
        let Record::Key(mut key) = found.record else { panic!("a key") };
        key.alias.thumbprint = None;
        apply(world, Change::Update(Record::Key(key), found.version));
    }
}

/// A Base key that was replaced, and that somebody brought back.
fn two_current(world: &World) {
    used(world);
    let old = world.current(&base()).alias;
    world.manager.rotate(&base()).unwrap();
    let found = world.store.find(Query::new(Select::KeyByAlias(old))).unwrap().records.remove(0);
    let Record::Key(mut key) = found.record else { panic!("a key") };
    key.alias.expires = world.current(&base()).not_after;
    apply(world, Change::Update(Record::Key(key), found.version));
}

fn apply(world: &World, change: Change) {
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }).unwrap();
}
