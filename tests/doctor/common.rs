//! What the tests of the doctor share.

use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{DoctorOptions, DoctorReport};
use keymanager::master::MasterKeys;
use keymanager::progress::NoProgress;
use keymanager::store::{Change, ChangeSet, KeyRecord, Query, Record, Select, Version};

use super::support::{World, scope};

/// A world with Root and the Module key of REGISTRATION.
pub fn small() -> World {
    let world = World::new();
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    world
}

pub fn module() -> KeyScope {
    scope("REGISTRATION", "")
}

pub fn base() -> KeyScope {
    scope("REGISTRATION", "10001_110011")
}

/// The small world with one Base key, and the aliases of Root, Module and Base.
pub fn with_base() -> (World, Alias, Alias, Alias) {
    let world = small();
    let [root, module, base] = [scope("ROOT", ""), module(), base()].map(|scope| world.current(&scope).alias);
    (world, root, module, base)
}

pub fn look(world: &World) -> DoctorReport {
    world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap()
}

pub fn repair(world: &World) -> DoctorReport {
    world.manager.doctor(&DoctorOptions { repair: true, ..DoctorOptions::default() }, &NoProgress).unwrap()
}

/// The codes of a report, with the alias each is about, sorted.
pub fn codes(report: &DoctorReport) -> Vec<(&'static str, Option<&Alias>)> {
    let mut codes: Vec<_> =
        report.findings.iter().map(|finding| (finding.code.as_str(), finding.alias.as_ref())).collect();
    codes.sort();
    codes
}

/// Demands exactly these findings; and that looking changed nothing, as a second look shows.
#[track_caller]
pub fn exactly(world: &World, expected: &[(&'static str, Option<&Alias>)]) {
    let report = look(world);
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(codes(&report), expected, "{:#?}", report.findings);
    assert!(report.findings.iter().all(|finding| !finding.repaired));
    assert_eq!(look(world), report);
}

/// Demands exactly these findings, that all of them are repaired, and that a second run finds nothing.
#[track_caller]
pub fn repaired(world: &World, expected: &[(&'static str, Option<&Alias>)]) {
    exactly(world, expected);
    let first = look(world);
    let report = repair(world);
    assert_eq!(codes(&report), codes(&first));
    assert!(report.findings.iter().all(|finding| finding.repaired && finding.repair.is_some()), "{report:#?}");
    assert_eq!(report.errors_left(), 0);
    assert_eq!(codes(&look(world)), []);
    assert_eq!(codes(&repair(world)), []);
}

/// Demands exactly these findings, and that repair neither does anything nor says it could.
#[track_caller]
pub fn beyond_repair(world: &World, expected: &[(&'static str, Option<&Alias>)]) {
    exactly(world, expected);
    let first = look(world);
    assert!(first.findings.iter().all(|finding| finding.repair.is_none()), "{first:#?}");
    assert_eq!(repair(world), first);
}

pub fn found(world: &World, alias: &Alias) -> (KeyRecord, Version) {
    let mut page = world.store.find(Query::new(Select::KeyByAlias(alias.clone()))).unwrap();
    let found = page.records.remove(0);
    match found.record {
        Record::Key(key) => (*key, found.version),
        other => panic!("{other:?}"),
    }
}

pub fn apply(world: &World, change: Change) {
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }).unwrap();
}

/// Breaks a row by hand.
pub fn change(world: &World, alias: &Alias, change: impl FnOnce(&mut KeyRecord)) {
    let (mut key, version) = found(world, alias);
    change(&mut key);
    apply(world, Change::Update(Record::Key(Box::new(key)), version));
}

pub fn delete(world: &World, alias: &Alias) {
    let (key, version) = found(world, alias);
    apply(world, Change::Delete(Record::Key(Box::new(key)), version));
}

pub fn certificate(master: &dyn MasterKeys, alias: &Alias) -> Vec<u8> {
    master.find(alias.clone()).unwrap().unwrap().certificate.unwrap()
}

pub fn alias(text: &str) -> Alias {
    Alias::new(text).unwrap()
}
