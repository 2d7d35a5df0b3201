//! The file of a store at one moment, while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keymanager::error::Code;
use keymanager::id::{Alias, KeyScope};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Query, Record, Select};
use keymanager::time::Timestamp;

/// Two rows that every change set inserts together.
fn pair(number: u32) -> ChangeSet {
    let row = |half: u32| IntentRow {
        alias: Alias::new(format!("{number:08}-{half}")).unwrap(),
        scope: KeyScope::new("A", "b").unwrap(),
        begun: Timestamp::UNIX_EPOCH,
    };
    let changes = [0, 1].map(|half| Change::Insert(Record::Intent(row(half)))).into();
    ChangeSet { changes, ..ChangeSet::default() }
}

#[test]
fn a_snapshot_has_whole_change_sets_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::create(&folder.path().join("here.db")).unwrap());
    store.apply(pair(0)).unwrap();
    let (ends, written) = (Arc::new(AtomicBool::new(false)), Arc::clone(&store));
    let end = Arc::clone(&ends);
    let writer = std::thread::spawn(move || {
        let mut number = 0;
        while !end.load(Ordering::SeqCst) && number < 400 {
            number += 1;
            written.apply(pair(number)).unwrap();
        }
        number
    });
    for number in 0..5 {
        let target = folder.path().join(format!("{number}.db"));
        let mut options = keymanager::file::private_options();
        options.write(true).create_new(true).open(&target).unwrap();
        store.snapshot(&target).unwrap();
        let copy = SqliteStore::open(&target).unwrap();
        let rows = copy.find(Query::new(Select::AllIntents)).unwrap().records.len();
        assert!(rows >= 2 && rows.is_multiple_of(2), "{rows}");
        assert_eq!(store.snapshot(&target).unwrap_err().code(), Code::InvalidArgument, "it is not written over");
    }
    ends.store(true, Ordering::SeqCst);
    writer.join().unwrap();
}
