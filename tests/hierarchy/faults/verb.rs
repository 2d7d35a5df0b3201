//! A verb that fails, and what must be there before it.

use keymanager::error::{Code, Result};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{DoctorOptions, Generated, KeyManager};
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;
use keymanager::store::{Change, ChangeSet, IntentRow, Record};
use keymanager::time::Clock as _;

use crate::elliptic::KINDS;
use crate::support::{World, request, scope};

/// A verb, what must be there before it, and what it says that it made or found.
pub struct Verb {
    pub name: &'static str,
    pub prepare: fn(&World),
    pub run: fn(&KeyManager) -> Result<Vec<Alias>>,
    /// What may be answered when it is done once more.
    pub again: &'static [Code],
    /// How many keys each of these scopes has in the end: at least, at most.
    pub counts: &'static [(&'static str, &'static str, usize, usize)],
}

pub const ONE: &[(&str, &str, usize, usize)] =
    &[("ROOT", "", 1, 1), ("REGISTRATION", "", 1, 1), ("REGISTRATION", "a", 1, 1)];

pub fn aliases(answer: Generated) -> Vec<Alias> {
    answer.generated.into_iter().chain(answer.existing).map(|key| key.alias).collect()
}

/// A creation that a crash left: the key is there, its record is not.
pub fn stale(world: &World) {
    let orphan = Alias::new("00000000-0000-4000-8000-000000000001").unwrap();
    world.master.create(orphan.clone(), KeyKind::Rsa2048).unwrap();
    let intent = IntentRow { alias: orphan, scope: scope("REGISTRATION", ""), begun: world.clock.now() };
    let changes = vec![Change::Insert(Record::Intent(intent))];
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
}

pub fn base() -> KeyScope {
    scope("REGISTRATION", "a")
}

pub fn masters(world: &World) {
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
}

/// With one of the elliptic signing keys besides.
pub fn signing(world: &World, place: usize) {
    masters(world);
    let (kind, reference, ..) = KINDS[place];
    world.manager.generate(&request(&scope("REGISTRATION", reference), kind, false)).unwrap();
}

/// With a Base key besides.
pub fn used(world: &World) {
    masters(world);
    world.current(&base());
}

pub fn repair(manager: &KeyManager) -> Result<()> {
    let options = DoctorOptions { repair: true, ..DoctorOptions::default() };
    manager.doctor(&options, &NoProgress).map(drop)
}
