//! The doctor over a host's store: a row of the host that cannot be understood is shown, and hides no other.

use std::sync::Arc;

use keymanager::certificate::DistinguishedName;
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::{DoctorOptions, GenerateRequest, KeyManager};
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;
use keymanager::time::SystemClock;
use keymanager_facade::{HostRow, HostTable, MasterAdapter, StoreAdapter};

use crate::master::SoftwareHost;
use crate::store::RowStore;

fn scope(app: &str, reference: &str) -> KeyScope {
    KeyScope::new(app, reference).unwrap()
}

/// Codes and aliases, sorted.
fn found(manager: &KeyManager, options: &DoctorOptions) -> Vec<(&'static str, Option<String>, bool)> {
    let report = manager.doctor(options, &NoProgress).unwrap();
    let mut found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.code.as_str(), finding.alias.as_ref().map(Alias::to_string), finding.repaired))
        .collect();
    found.sort();
    found
}

#[test]
fn damaged_rows_of_a_host_hide_no_other() {
    let store = Arc::new(RowStore::default());
    let manager = KeyManager::builder()
        .store(Arc::new(StoreAdapter::new(Arc::clone(&store) as _)))
        .master(Arc::new(MasterAdapter::new(Arc::new(SoftwareHost::new()))))
        .clock(Arc::new(SystemClock))
        .build()
        .unwrap();
    manager.initialise(&[]).unwrap();
    for app in ["ROOT", "REGISTRATION"] {
        let subject = DistinguishedName::default();
        let request = GenerateRequest { scope: scope(app, ""), kind: KeyKind::Rsa2048, force: false, subject };
        manager.generate(&request).unwrap();
    }
    let base = |reference| manager.certificate(&scope("REGISTRATION", reference)).unwrap().key.alias.to_string();
    let (one, two, three) = (base("1"), base("2"), base("3"));
    let options = DoctorOptions::default();
    assert_eq!(found(&manager, &options), []);

    let row = |table, columns: &[&str]| HostRow {
        table,
        columns: columns.iter().map(|column| Some((*column).to_owned())).collect(),
        version: Some(vec![1]),
    };
    store.change(&one, |columns| columns[8] = None);
    store.change(&two, |columns| columns[3] = Some("long ago".to_owned()));
    store.change(&three, |columns| columns[5] = None);
    store.put(row(HostTable::Intents, &["begun", "PMS", "", "2026-11-25 08:00:00.000000"]));
    store.put(row(HostTable::Intents, &["guarded", "PMS", "", "whenever"]));
    store.put(row(HostTable::FormerThumbprints, &["short", &three, "2026-11-25 08:00:00.000000"]));
    store.put(row(HostTable::FormerThumbprints, &[&"A".repeat(64), "nobody", "2026-11-25 08:00:00.000000"]));
    let text = |text: &str| Some(text.to_owned());
    let mut wanted = vec![
        ("former_thumbprint_orphan", text("nobody"), false),
        ("intent_left", text("begun"), false),
        ("record_damaged", text("guarded"), false),
        ("record_damaged", Some(one), false),
        ("record_damaged", Some(two), false),
        ("record_damaged", Some(three.clone()), false),
        ("thumbprint_missing", Some(three), false),
    ];
    wanted.sort();
    assert_eq!(found(&manager, &options), wanted);
    // What can be repaired is, beside what cannot.
    let repair = DoctorOptions { repair: true, ..DoctorOptions::default() };
    for finding in &mut wanted {
        let is_intent = finding.1.as_deref() == Some("guarded");
        finding.2 = is_intent || matches!(finding.0, "intent_left" | "thumbprint_missing");
    }
    assert_eq!(found(&manager, &repair), wanted);
    wanted.retain(|finding| !finding.2);
    assert_eq!(found(&manager, &options), wanted);
}
