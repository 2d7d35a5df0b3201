//! Worlds in which nothing is wrong, and what a run of the doctor itself must keep to.

use std::sync::atomic::{AtomicUsize, Ordering};

use keymanager::error::Code;
use keymanager::manager::{DoctorOptions, FindingCode, KeyFilter};
use keymanager::progress::Progress;

use super::common::{codes, look, repair, with_base};
use super::support::{World, scope};

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let world = World::with_masters();
    world.current(&scope("REGISTRATION", "10001_110011"));
    world.manager.rotate(&scope("REGISTRATION", "10001_110011")).unwrap();
    world.manager.rotate(&scope("REGISTRATION", "")).unwrap();
    let report = look(&world);
    assert_eq!(codes(&report), [], "{:#?}", report.findings);
    assert_eq!(repair(&world), report);
    let held = world.master.list(None).unwrap().entries.len() as u64;
    let keys = world.manager.keys(&KeyFilter { all: true, ..KeyFilter::default() }).unwrap().len() as u64;
    assert_eq!((report.checked.tokens, report.checked.records), (held, keys));
}

#[test]
fn an_empty_world_is_healthy() {
    assert_eq!(codes(&look(&World::new())), []);
}

struct Counter {
    told: AtomicUsize,
    until: usize,
}

impl Progress for Counter {
    fn advance(&self, _done: u64, _total: Option<u64>, _what: &str) {
        self.told.fetch_add(1, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.told.load(Ordering::SeqCst) >= self.until
    }
}

#[test]
fn progress_is_told_and_work_is_cancelled() {
    let (world, ..) = with_base();
    let all = Counter { told: AtomicUsize::new(0), until: usize::MAX };
    world.manager.doctor(&DoctorOptions::default(), &all).unwrap();
    let steps = all.told.load(Ordering::SeqCst);
    assert!(steps >= 3, "{steps}");
    for until in 1..=steps {
        let counter = Counter { told: AtomicUsize::new(0), until };
        let error = world.manager.doctor(&DoctorOptions::default(), &counter).unwrap_err();
        assert_eq!(error.code(), Code::Cancelled);
    }
}

#[test]
fn every_code_is_in_the_document() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md")).unwrap();
    let mut rest = text.as_str();
    for code in FindingCode::ALL {
        let row = format!("| `{}` | {}", code.as_str(), code.severity().as_str());
        let at = rest.find(&row).unwrap_or_else(|| panic!("{row} is missing, or not in its place"));
        rest = &rest[at..];
    }
}
