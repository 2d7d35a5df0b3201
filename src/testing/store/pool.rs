//! What `find` and `apply` promise about the key pool.

use std::sync::Barrier;
use std::thread;

use super::*;
use crate::store::Cursor;

pub(super) fn keys_of_the_pool_are_found(store: &Arc<dyn KeyStore>) {
    let rows = [pool_key(3, 100), taken(2, 100), pool_key(1, 100), pool_key(4, 200)].map(Record::PoolKey);
    insert(store, rows.clone());
    let [third, taken, first, other] = rows;
    let found = |select| find(store, select).into_iter().map(|found| found.record).collect::<Vec<_>>();
    assert_eq!(found(Select::AllPoolKeys), [first.clone(), taken.clone(), third.clone(), other.clone()]);
    assert_eq!(found(Select::PoolKeysOf(alias(100))), [first.clone(), taken.clone(), third.clone()]);
    assert_eq!(found(Select::ReadyPoolKeys(alias(100), alias(0))), [first.clone(), third.clone()]);
    assert_eq!(found(Select::ReadyPoolKeys(alias(100), alias(1))), [first.clone(), third.clone()], "its own place");
    assert_eq!(found(Select::ReadyPoolKeys(alias(100), alias(2))), std::slice::from_ref(&third));
    assert_eq!(found(Select::ReadyPoolKeys(alias(100), alias(4))), []);
    assert_eq!(found(Select::ReadyPoolKeys(alias(200), alias(0))), [other]);
    let one = store.find(Query { limit: 1, ..Query::new(Select::ReadyPoolKeys(alias(100), alias(0))) });
    assert_eq!(one.expect("a page").records.len(), 1);

    // A key of the pool is no key, and neither has the other's id.
    assert_eq!(find(store, Select::AllKeys), []);
    insert(store, [key(base_key(1, scope("A", "b"), Some(at(0))))]);
    assert_eq!(apply_one(store, Change::Insert(first.clone())), Err(Code::StoreDuplicate));
    let found_first = find(store, Select::ReadyPoolKeys(alias(100), alias(1))).remove(0);
    assert_eq!(apply_one(store, Change::Delete(first.clone(), Version(b"other".to_vec()))), Err(Code::StoreConflict));
    assert_eq!(apply_one(store, Change::Delete(first.clone(), found_first.version.clone())), Ok(()));
    assert_eq!(apply_one(store, Change::Delete(first, found_first.version)), Err(Code::StoreConflict));
    assert_eq!(found(Select::PoolKeysOf(alias(100))), [taken, third]);

    // A ready key has all its texts and a time.
    for broken in [
        PoolKeyRow { private_key: String::new(), ..pool_key(9, 100) },
        PoolKeyRow { public_key: String::new(), ..pool_key(9, 100) },
        PoolKeyRow { signature: String::new(), ..pool_key(9, 100) },
        PoolKeyRow { created: None, ..pool_key(9, 100) },
        PoolKeyRow { used: Some(at(1)), ..pool_key(9, 100) },
    ] {
        assert_eq!(apply_one(store, Change::Insert(Record::PoolKey(broken))), Err(Code::InvalidArgument));
    }
    let cursor = Some(Cursor(String::new()));
    let foreign = store.find(Query { cursor, ..Query::new(Select::AllPoolKeys) });
    assert_eq!(foreign.expect_err("a cursor of nothing").code(), Code::InvalidArgument);
}

pub(super) fn a_key_of_the_pool_is_taken_with_the_record_it_becomes(store: &Arc<dyn KeyStore>) {
    insert(store, [Record::PoolKey(pool_key(1, 100))]);
    let ready = find(store, Select::AllPoolKeys).remove(0);
    let here = scope("REGISTRATION", "10001_110011");
    let change_set = |expect_scopes| ChangeSet {
        expect_scopes,
        changes: vec![
            Change::Insert(key(base_key(1, here.clone(), Some(at(0))))),
            Change::Update(Record::PoolKey(taken(1, 100)), ready.version.clone()),
        ],
    };
    // Refused whole: the record does not come, and the key stays ready.
    let refused = store.apply(change_set(vec![(here.clone(), vec![Version(b"no such row".to_vec())])]));
    assert_eq!(refused.map_err(|error| error.code()), Err(Code::StoreConflict));
    assert_eq!(find(store, Select::AllPoolKeys), std::slice::from_ref(&ready));
    assert_eq!(find(store, Select::AllKeys), []);
    assert_eq!(store.apply(change_set(vec![(here.clone(), Vec::new())])), Ok(()));
    assert_eq!(find(store, Select::ReadyPoolKeys(alias(100), alias(0))), []);
    assert_eq!(find(store, Select::PoolKeysOf(alias(100))).remove(0).record, Record::PoolKey(taken(1, 100)));
    assert_eq!(aliases(&find(store, Select::AllKeys)), [alias(1)]);
}

pub(super) fn of_many_takers_of_one_key_one_wins(store: &Arc<dyn KeyStore>) {
    insert(store, [Record::PoolKey(pool_key(1, 100))]);
    let ready = find(store, Select::AllPoolKeys).remove(0);
    let barrier = Barrier::new(8);
    let results: Vec<_> = thread::scope(|threads| {
        let running: Vec<_> = (0..8)
            .map(|taker| {
                let (barrier, ready) = (&barrier, &ready);
                threads.spawn(move || {
                    barrier.wait();
                    // Each makes the key its own under another scope and, to be sure, another alias.
                    let record = base_key(10 + taker, scope("A", &taker.to_string()), Some(at(0)));
                    let take = Change::Update(Record::PoolKey(taken(1, 100)), ready.version.clone());
                    let changes = vec![Change::Insert(key(record)), take];
                    store.apply(ChangeSet { changes, ..ChangeSet::default() }).map_err(|error| error.code())
                })
            })
            .collect();
        running.into_iter().map(|taker| taker.join().expect("a taker")).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(Code::StoreConflict))), "{results:?}");
    assert_eq!(find(store, Select::AllKeys).len(), 1);
}

fn taken(number: u32, master: u32) -> PoolKeyRow {
    PoolKeyRow {
        public_key: String::new(),
        private_key: String::new(),
        signature: String::new(),
        used: Some(at(77)),
        ..pool_key(number, master)
    }
}
