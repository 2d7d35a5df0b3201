//! What `apply` promises.

use std::sync::Barrier;
use std::thread;

use super::*;

pub(super) fn a_version_is_that_of_the_row_as_read(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "10001_110011");
    insert(store, [key(base_key(1, here.clone(), Some(at(0)))), key(base_key(2, here.clone(), Some(at(0))))]);
    let (first, version) = one(store, 1);
    let in_scope = find(store, Select::KeysByScope(here));
    assert_eq!(in_scope[0].version, version, "however it is found");
    assert_ne!(in_scope[1].version, version);
    let mut changed = first.clone();
    changed.alias.expires = Some(at(1));
    assert_eq!(apply_one(store, Change::Update(key(changed), version.clone())), Ok(()));
    let (again, moved) = one(store, 1);
    assert_ne!(moved, version);
    // A change in the other half moves it as well.
    let mut rewrapped = again;
    rewrapped.stored.as_mut().expect("a stored key").private_key = "other".to_owned();
    assert_eq!(apply_one(store, Change::Update(key(rewrapped), moved.clone())), Ok(()));
    assert_ne!(one(store, 1).1, moved);
}

pub(super) fn updates_replace_and_conflict(store: &Arc<dyn KeyStore>) {
    insert(
        store,
        [key(base_key(1, scope("A", "b"), Some(at(0)))), Record::Policy(policy("A")), Record::Intent(intent(7, at(0)))],
    );
    let (_, version) = one(store, 1);
    let mut replacement = base_key(2, scope("C", ""), None);
    replacement.alias.alias = alias(1);
    assert_eq!(apply_one(store, Change::Update(key(replacement.clone()), version.clone())), Ok(()));
    assert_eq!(one(store, 1).0, replacement);
    assert_eq!(find(store, Select::KeysByScope(scope("A", "b"))), []);
    assert_eq!(find(store, Select::KeysByThumbprint(thumbprint(1))), []);
    assert_eq!(aliases(&find(store, Select::KeysByThumbprint(thumbprint(2)))), [alias(1)]);
    let stale = Change::Update(key(replacement), version.clone());
    assert_eq!(apply_one(store, stale), Err(Code::StoreConflict), "the version is used up");
    let absent = Change::Update(key(base_key(3, scope("A", "b"), None)), version);
    assert_eq!(apply_one(store, absent), Err(Code::StoreConflict), "nothing there");

    let version = find(store, Select::Policy(app("A"))).remove(0).version;
    let changed = PolicyRow { validity_days: Some(7), active: false, access_allowed: None, ..policy("A") };
    let update = Change::Update(Record::Policy(changed.clone()), version);
    assert_eq!(apply_one(store, update.clone()), Ok(()));
    assert_eq!(find(store, Select::Policy(app("A"))).remove(0).record, Record::Policy(changed));
    assert_eq!(apply_one(store, update), Err(Code::StoreConflict));

    let version = find(store, Select::AllIntents).remove(0).version;
    let update = Change::Update(Record::Intent(intent(7, at(9))), version);
    assert_eq!(apply_one(store, update.clone()), Ok(()));
    assert_eq!(find(store, Select::AllIntents).remove(0).record, Record::Intent(intent(7, at(9))));
    assert_eq!(apply_one(store, update), Err(Code::StoreConflict));
}

pub(super) fn halves_appear_and_disappear(store: &Arc<dyn KeyStore>) {
    insert(store, [key(base_key(1, scope("A", "b"), Some(at(0))))]);
    let (mut record, version) = one(store, 1);
    let stored = record.stored.take();
    assert_eq!(apply_one(store, Change::Update(key(record.clone()), version)), Ok(()));
    let (read, version) = one(store, 1);
    assert_eq!(read, record);
    record.stored = stored;
    assert_eq!(apply_one(store, Change::Update(key(record.clone()), version)), Ok(()));
    assert_eq!(one(store, 1).0, record);
}

pub(super) fn deletes_remove_and_conflict(store: &Arc<dyn KeyStore>) {
    let first = base_key(1, scope("A", "b"), Some(at(0)));
    insert(store, [key(first.clone()), Record::Policy(policy("A")), Record::Intent(intent(7, at(0)))]);
    let (_, version) = one(store, 1);
    let delete = Change::Delete(key(first.clone()), version.clone());
    let wrong = Change::Delete(key(first.clone()), Version(b"other".to_vec()));
    assert_eq!(apply_one(store, wrong), Err(Code::StoreConflict));
    assert_eq!(apply_one(store, delete.clone()), Ok(()));
    assert_eq!(find(store, Select::AllKeys), []);
    assert_eq!(apply_one(store, delete), Err(Code::StoreConflict), "gone already");
    for select in [Select::AllPolicies, Select::AllIntents] {
        let found = find(store, select.clone()).remove(0);
        assert_eq!(apply_one(store, Change::Delete(found.record, found.version)), Ok(()));
        assert_eq!(find(store, select), []);
    }
    // What was deleted can come again: neither half is left.
    assert_eq!(apply_one(store, Change::Insert(key(first.clone()))), Ok(()));
    assert_eq!(one(store, 1), (first, version), "the same columns are the same version");
}

pub(super) fn unique_columns_are_unique(store: &Arc<dyn KeyStore>) {
    let first = base_key(1, scope("A", "b"), Some(at(0)));
    insert(store, [key(first.clone()), Record::Policy(policy("A")), Record::Intent(intent(7, at(0)))]);
    let mut same_alias = base_key(2, scope("A", "c"), Some(at(0)));
    same_alias.alias.alias = alias(1);
    let mut same_ident = base_key(3, scope("A", "d"), Some(at(0)));
    same_ident.alias.uni_ident.clone_from(&first.alias.uni_ident);
    for record in
        [key(same_alias), key(same_ident.clone()), Record::Policy(policy("A")), Record::Intent(intent(7, at(1)))]
    {
        assert_eq!(apply_one(store, Change::Insert(record)), Err(Code::StoreDuplicate));
    }
    // Rows without a uni_ident do not clash, nor do equal thumbprints.
    let mut same_thumbprint = base_key(4, scope("A", "e"), Some(at(0)));
    same_thumbprint.alias.thumbprint = first.alias.thumbprint;
    insert(
        store,
        [key(symmetric_key(5, scope("A", "f"))), key(symmetric_key(6, scope("A", "f"))), key(same_thumbprint)],
    );
    // An update may not take another row's either, and may keep its own.
    let (mut other, version) = one(store, 4);
    other.alias.uni_ident.clone_from(&first.alias.uni_ident);
    assert_eq!(apply_one(store, Change::Update(key(other), version)), Err(Code::StoreDuplicate));
    let (mut own, version) = one(store, 1);
    own.alias.expires = Some(at(1));
    assert_eq!(apply_one(store, Change::Update(key(own), version)), Ok(()));
    // Within one change set too; and a row that goes makes room for one that comes.
    let (old, version) = one(store, 1);
    let twice = vec![Change::Insert(key(same_ident.clone())), Change::Delete(key(old.clone()), version.clone())];
    let code = store.apply(ChangeSet { changes: twice, ..ChangeSet::default() }).map_err(|error| error.code());
    assert_eq!(code, Err(Code::StoreDuplicate));
    let in_turn = vec![Change::Delete(key(old), version), Change::Insert(key(same_ident))];
    assert_eq!(store.apply(ChangeSet { changes: in_turn, ..ChangeSet::default() }), Ok(()));
}

pub(super) fn a_refused_change_set_leaves_nothing(store: &Arc<dyn KeyStore>) {
    let first = base_key(1, scope("A", "b"), Some(at(0)));
    insert(store, [key(first.clone()), Record::Policy(policy("A")), Record::Intent(intent(7, at(0)))]);
    let everything = || {
        let mut all = find(store, Select::AllKeys);
        all.extend(find(store, Select::AllPolicies));
        all.extend(find(store, Select::AllIntents));
        all
    };
    let before = everything();
    let (mut expired, version) = one(store, 1);
    expired.alias.expires = Some(at(-1));
    let policy_found = find(store, Select::AllPolicies).remove(0);
    let intent_found = find(store, Select::AllIntents).remove(0);
    let mut changes = vec![
        Change::Update(key(expired), version),
        Change::Insert(key(base_key(2, scope("A", "b"), Some(at(1))))),
        Change::Insert(Record::Policy(policy("B"))),
        Change::Delete(policy_found.record, policy_found.version),
        Change::Delete(intent_found.record, intent_found.version),
    ];
    for (last, code) in [
        (Change::Insert(key(base_key(2, scope("A", "b"), Some(at(1))))), Code::StoreDuplicate),
        (Change::Delete(key(first.clone()), Version(Vec::new())), Code::StoreConflict),
    ] {
        changes.push(last);
        let refused = store.apply(ChangeSet { changes: changes.clone(), ..ChangeSet::default() });
        assert_eq!(refused.map_err(|error| error.code()), Err(code));
        assert_eq!(everything(), before);
        changes.pop();
    }
    assert_eq!(store.apply(ChangeSet { changes, ..ChangeSet::default() }), Ok(()));
    assert_eq!(aliases(&find(store, Select::AllKeys)), [1, 2].map(alias));
    assert_eq!(find(store, Select::AllIntents), []);
}

pub(super) fn expected_scopes_are_checked(store: &Arc<dyn KeyStore>) {
    let here = scope("A", "b");
    insert(store, [key(base_key(1, here.clone(), Some(at(0)))), key(base_key(2, here.clone(), Some(at(1))))]);
    let versions: Vec<_> =
        find(store, Select::KeysByScope(here.clone())).into_iter().map(|found| found.version).collect();
    let attempt = |number: u32, expected: Vec<Version>| {
        let set = ChangeSet {
            expect_scopes: vec![(scope("A", "empty"), Vec::new()), (here.clone(), expected)],
            changes: vec![Change::Insert(key(base_key(number, scope("A", "other"), None)))],
        };
        store.apply(set).map_err(|error| error.code())
    };
    let reversed: Vec<_> = versions.iter().rev().cloned().collect();
    assert_eq!(attempt(3, versions.clone()), Ok(()));
    assert_eq!(attempt(4, reversed), Ok(()), "in any order");
    for wrong in [
        Vec::new(),
        vec![versions[0].clone()],
        vec![versions[0].clone(), versions[0].clone()],
        vec![versions[0].clone(), Version(Vec::new())],
        [versions.clone(), versions.clone()].concat(),
    ] {
        assert_eq!(attempt(5, wrong), Err(Code::StoreConflict));
    }
    insert(store, [key(base_key(6, here.clone(), Some(at(2))))]);
    assert_eq!(attempt(7, versions), Err(Code::StoreConflict), "one more has appeared");
    assert_eq!(aliases(&find(store, Select::KeysByScope(scope("A", "other")))), [3, 4].map(alias));
    // The check alone is a change set too.
    let check = ChangeSet { expect_scopes: vec![(here, Vec::new())], changes: Vec::new() };
    assert_eq!(store.apply(check).map_err(|error| error.code()), Err(Code::StoreConflict));
}

pub(super) fn values_that_do_not_fit_are_refused(store: &Arc<dyn KeyStore>) {
    let good = base_key(1, scope("A", "b"), Some(at(0)));
    let with = |change: &dyn Fn(&mut KeyRecord)| {
        let mut record = good.clone();
        change(&mut record);
        key(record)
    };
    let stored = |record: &mut KeyRecord, private_key: String| {
        if let Some(stored) = &mut record.stored {
            stored.private_key = private_key;
        }
    };
    for record in [
        with(&|record| record.alias.created_by = String::new()),
        with(&|record| record.alias.created_by = "x".repeat(257)),
        with(&|record| record.alias.uni_ident = Some("A".repeat(51))),
        with(&|record| stored(record, "x".repeat(2501))),
        with(&|record| stored(record, "a\0b".to_owned())),
        Record::Policy(PolicyRow { access_allowed: Some("x".repeat(1025)), ..policy("A") }),
        Record::Policy(PolicyRow { created_by: String::new(), ..policy("A") }),
    ] {
        assert_eq!(apply_one(store, Change::Insert(record)), Err(Code::InvalidArgument));
    }
    assert_eq!(find(store, Select::AllKeys), []);
    let longest = with(&|record| {
        record.alias.created_by = "\u{e9}".repeat(256);
        record.alias.uni_ident = Some("A".repeat(50));
        stored(record, "x".repeat(2500));
    });
    assert_eq!(apply_one(store, Change::Insert(longest)), Ok(()), "lengths are counted in characters");
}

pub(super) fn preparing_again_keeps_what_is_there(store: &Arc<dyn KeyStore>) {
    insert(store, [key(base_key(1, scope("A", "b"), Some(at(0)))), Record::Policy(policy("A"))]);
    let before = (find(store, Select::AllKeys), find(store, Select::AllPolicies));
    store.prepare(Schema::KeyManager).expect("prepare again");
    assert_eq!((find(store, Select::AllKeys), find(store, Select::AllPolicies)), before);
}

pub(super) fn of_many_writers_of_one_row_one_wins(store: &Arc<dyn KeyStore>) {
    const WRITERS: u32 = 8;
    insert(store, [key(base_key(0, scope("A", "b"), Some(at(0))))]);
    let (record, version) = one(store, 0);
    let barrier = Barrier::new(usize::try_from(WRITERS).expect("a small number"));
    let results: Vec<_> = thread::scope(|threads| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (mut record, version, barrier) = (record.clone(), version.clone(), &barrier);
                record.alias.expires = Some(at(i64::from(number) + 1));
                threads.spawn(move || {
                    barrier.wait();
                    apply_one(store, Change::Update(key(record), version))
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(Code::StoreConflict))), "{results:?}");
}
