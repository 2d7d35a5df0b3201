//! What `find` promises.

use super::*;
use crate::store::Cursor;

pub(super) fn an_empty_store_has_nothing(store: &Arc<dyn KeyStore>) {
    for select in [
        Select::KeyByAlias(alias(1)),
        Select::KeysByThumbprint(thumbprint(1)),
        Select::KeysWithoutThumbprint,
        Select::KeysByScope(scope("ROOT", "")),
        Select::KeysByMaster(alias(1)),
        Select::KeysChangedSince(Timestamp::UNIX_EPOCH),
        Select::AllKeys,
        Select::Policy(app("ROOT")),
        Select::AllPolicies,
        Select::AllIntents,
        Select::FormerThumbprint(thumbprint(1)),
        Select::FormerThumbprintsOf(alias(1)),
        Select::AllFormerThumbprints,
        Select::ReadyPoolKeys(alias(1), alias(0)),
        Select::PoolKeysOf(alias(1)),
        Select::AllPoolKeys,
    ] {
        assert_eq!(find(store, select), []);
    }
}

pub(super) fn every_column_comes_back(store: &Arc<dyn KeyStore>) {
    let full = base_key(1, scope("REGISTRATION", "10001_110011"), Some(at(1)));
    let mut bare = symmetric_key(2, scope("KERNEL", "IDENTITY_CACHE"));
    bare.alias.generated = None;
    bare.alias.expires = None;
    let mut odd = base_key(3, scope("A'p;p", "  r\u{e9}f \u{1F511} --"), Some(Timestamp::MAX));
    odd.alias.expires = Some(Timestamp::MAX);
    odd.alias.created = Timestamp::from_unix_micros(-1);
    let no_limits = PolicyRow { validity_days: None, pre_expire_days: None, access_allowed: None, ..policy("X") };
    let extreme = PolicyRow {
        validity_days: Some(i16::MAX),
        pre_expire_days: Some(i16::MIN),
        active: false,
        access_allowed: Some(String::new()),
        ..policy("Y")
    };
    insert(
        store,
        [
            key(full.clone()),
            key(bare.clone()),
            key(odd.clone()),
            Record::Policy(no_limits.clone()),
            Record::Policy(extreme.clone()),
            Record::Intent(intent(9, at(5))),
        ],
    );
    for expected in [full, bare, odd] {
        let found = find(store, Select::KeyByAlias(expected.alias.alias.clone()));
        assert_eq!(found.into_iter().map(|found| found.record).collect::<Vec<_>>(), [key(expected)]);
    }
    for expected in [no_limits, extreme] {
        let found = find(store, Select::Policy(expected.app.clone()));
        assert_eq!(found.into_iter().map(|found| found.record).collect::<Vec<_>>(), [Record::Policy(expected)]);
    }
    let intents = find(store, Select::AllIntents);
    assert_eq!(intents.into_iter().map(|found| found.record).collect::<Vec<_>>(), [Record::Intent(intent(9, at(5)))]);
}

pub(super) fn keys_come_in_order_of_time_then_alias(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "10001_110011");
    // (number, time): the order of insertion is not that of the answer.
    let rows = [
        (7, Some(at(500_000))),
        (3, Some(at(0))),
        (1, Some(at(500_000))),
        (5, None),
        (2, Some(at(-1))),
        (6, Some(at(499_999))),
        (4, None),
        (8, Some(at(50_000))),
        (9, Some(at(1_000_000))),
    ];
    insert(store, rows.map(|(number, time)| key(base_key(number, here.clone(), time))));
    let expected = [4, 5, 2, 3, 8, 6, 1, 7, 9].map(alias);
    assert_eq!(aliases(&find(store, Select::KeysByScope(here))), expected);
    assert_eq!(aliases(&find(store, Select::AllKeys)), expected);
}

pub(super) fn each_selection_finds_its_keys_only(store: &Arc<dyn KeyStore>) {
    let mut twin = base_key(4, scope("PARTNER", "b"), Some(at(4)));
    twin.alias.thumbprint = Some(thumbprint(3));
    let mut own = base_key(5, scope("PARTNER", "a"), Some(at(5)));
    if let Some(stored) = &mut own.stored {
        stored.master = alias(5);
    }
    let mut module = symmetric_key(6, scope("PARTNER", ""));
    module.alias.created = at(100);
    insert(
        store,
        [
            key(base_key(1, scope("REGISTRATION", "a"), Some(at(1)))),
            key(base_key(2, scope("registration", "a"), Some(at(2)))),
            key(base_key(3, scope("REGISTRATION", "A"), Some(at(3)))),
            key(twin),
            key(own),
            key(module),
            Record::Policy(policy("PARTNER")),
        ],
    );
    let found = |select| aliases(&find(store, select));
    assert_eq!(found(Select::KeysByScope(scope("REGISTRATION", "a"))), [alias(1)]);
    assert_eq!(found(Select::KeysByScope(scope("REGISTRATION", "A"))), [alias(3)]);
    assert_eq!(found(Select::KeysByScope(scope("PARTNER", ""))), [alias(6)]);
    assert_eq!(found(Select::KeysByScope(scope("PARTNER", " "))), []);
    assert_eq!(found(Select::KeysByThumbprint(thumbprint(3))), [alias(3), alias(4)]);
    assert_eq!(found(Select::KeysByThumbprint(thumbprint(6))), []);
    assert_eq!(found(Select::KeysWithoutThumbprint), [alias(6)]);
    match store.find(Query::new(Select::KeysWithoutUniIdent)) {
        Ok(page) => assert_eq!(aliases(&page.records), [alias(6)]),
        Err(error) => assert_eq!(error.code(), Code::Unsupported, "{error}"),
    }
    assert_eq!(found(Select::KeysByMaster(alias(5))), [alias(5)]);
    assert_eq!(found(Select::KeysByMaster(Alias::new("master").expect("an alias"))), [1, 2, 3, 4].map(alias));
    assert_eq!(found(Select::KeysChangedSince(at(5))), [6, 5].map(alias));
    assert_eq!(found(Select::KeysChangedSince(at(101))), []);
    assert_eq!(found(Select::AllKeys), [6, 1, 2, 3, 4, 5].map(alias));
    assert_eq!(find(store, Select::Policy(app("partner"))), []);
}

pub(super) fn pages_join_without_gap_or_repetition(store: &Arc<dyn KeyStore>) {
    let here = scope("REGISTRATION", "10001_110011");
    // Many rows of one time and many without, so that page borders fall between equals.
    let time = |number: u32| match number % 3 {
        0 => None,
        1 => Some(at(0)),
        _ => Some(at(i64::from(number))),
    };
    let mut one_thumbprint = Vec::new();
    for number in 1..=25 {
        let mut record = base_key(number, here.clone(), time(number));
        record.alias.thumbprint = Some(thumbprint(0));
        one_thumbprint.push(key(record));
    }
    insert(store, one_thumbprint);
    insert(store, (1..=25).map(|number| Record::Policy(policy(&format!("APP{number:02}")))));
    insert(store, (1..=25).map(|number| Record::Intent(intent(number, at(i64::from(number % 4))))));
    insert(store, (1..=25).map(|number| former(0, number)));
    insert(store, (1..=24).map(|number| former(number, 1)));
    insert(store, (1..=25).map(|number| Record::PoolKey(pool_key(number, 7))));
    let master = Alias::new("master").expect("an alias");
    for select in [
        Select::AllKeys,
        Select::KeysAsTheyAre,
        Select::KeysByScope(here.clone()),
        Select::KeysByThumbprint(thumbprint(0)),
        Select::KeysByMaster(master),
        Select::KeysChangedSince(Timestamp::UNIX_EPOCH),
        Select::AllPolicies,
        Select::AllIntents,
        Select::IntentsAsTheyAre,
        Select::FormerThumbprint(thumbprint(0)),
        Select::FormerThumbprintsOf(alias(1)),
        Select::ReadyPoolKeys(alias(7), alias(1)),
        Select::PoolKeysOf(alias(7)),
        Select::AllPoolKeys,
    ] {
        let whole = find(store, select.clone());
        assert_eq!(whole.len(), 25, "{select:?}");
        for limit in [1, 2, 7, 24, 25, 26, Query::MAX_LIMIT] {
            let mut joined = Vec::new();
            let mut cursor = None;
            loop {
                let page =
                    store.find(Query { limit, cursor: cursor.take(), ..Query::new(select.clone()) }).expect("a page");
                assert!(page.records.len() <= usize::try_from(limit).expect("a small limit"));
                joined.extend(page.records);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
                assert!(joined.len() <= 25, "{select:?} repeats itself");
            }
            assert_eq!(joined, whole, "{select:?} by {limit}");
        }
    }
}

pub(super) fn policies_and_intents_come_in_order(store: &Arc<dyn KeyStore>) {
    insert(store, ["ROOT", "BASE", "b", "PMS"].map(|name| Record::Policy(policy(name))));
    insert(store, [(3, 0), (1, 5), (2, 0)].map(|(number, time)| Record::Intent(intent(number, at(time)))));
    let policies: Vec<_> = find(store, Select::AllPolicies)
        .into_iter()
        .map(|found| match found.record {
            Record::Policy(row) => row.app.to_string(),
            other => panic!("not a policy: {other:?}"),
        })
        .collect();
    assert_eq!(policies, ["BASE", "PMS", "ROOT", "b"]);
    assert_eq!(aliases(&find(store, Select::AllIntents)), [2, 3, 1].map(alias));
}

pub(super) fn former_thumbprints_are_found(store: &Arc<dyn KeyStore>) {
    let rows = [former(2, 1), former(1, 2), former(1, 1), former(3, 3)];
    insert(store, rows.clone());
    let found = |select| find(store, select).into_iter().map(|found| found.record).collect::<Vec<_>>();
    let [second, first_of_two, first, third] = rows;
    assert_eq!(found(Select::FormerThumbprint(thumbprint(1))), [first.clone(), first_of_two.clone()]);
    assert_eq!(found(Select::FormerThumbprintsOf(alias(1))), [first.clone(), second.clone()]);
    assert_eq!(found(Select::AllFormerThumbprints), [first.clone(), first_of_two, second.clone(), third.clone()]);
    assert_eq!(found(Select::FormerThumbprint(thumbprint(4))), []);
    let mut as_they_are = Vec::new();
    let mut query = Query { limit: 1, ..Query::new(Select::FormerThumbprintsAsTheyAre) };
    loop {
        let page = store.find(query.clone()).expect("a page");
        as_they_are.extend(page.records);
        assert!(as_they_are.len() <= 4, "it repeats itself");
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    let in_order = find(store, Select::AllFormerThumbprints);
    assert!(as_they_are.len() == 4 && in_order.iter().all(|found| as_they_are.contains(found)));
    // Thumbprint and alias together are the id.
    assert_eq!(apply_one(store, Change::Insert(former(1, 1))), Err(Code::StoreDuplicate));
    let version = find(store, Select::FormerThumbprint(thumbprint(3))).remove(0).version;
    let later = FormerThumbprintRow { thumbprint: thumbprint(3), alias: alias(3), until: at(99) };
    let update = Change::Update(Record::FormerThumbprint(later.clone()), version.clone());
    assert_eq!(apply_one(store, update.clone()), Ok(()));
    assert_eq!(apply_one(store, update), Err(Code::StoreConflict));
    assert_eq!(found(Select::FormerThumbprint(thumbprint(3))), [Record::FormerThumbprint(later)]);
    assert_eq!(apply_one(store, Change::Delete(third, version)), Err(Code::StoreConflict));
    let version = find(store, Select::FormerThumbprintsOf(alias(1))).remove(0).version;
    assert_eq!(apply_one(store, Change::Delete(first, version)), Ok(()));
    assert_eq!(found(Select::FormerThumbprintsOf(alias(1))), [second]);
    let cursor = Some(Cursor("2026-11-25 08:00:00.000000|x".to_owned()));
    let foreign = store.find(Query { cursor, ..Query::new(Select::AllFormerThumbprints) });
    assert_eq!(foreign.expect_err("a cursor of another table").code(), Code::InvalidArgument);
}

pub(super) fn bad_queries_are_refused(store: &Arc<dyn KeyStore>) {
    let refused = |query: Query| match store.find(query.clone()) {
        Err(error) => assert_eq!(error.code(), Code::InvalidArgument, "{query:?}"),
        Ok(_) => panic!("{query:?} was answered"),
    };
    refused(Query { limit: 0, ..Query::new(Select::AllKeys) });
    refused(Query { limit: Query::MAX_LIMIT + 1, ..Query::new(Select::AllPolicies) });
    for cursor in ["", "?", "yesterday|x", "2026-11-25 08:00:00|"] {
        refused(Query { cursor: Some(Cursor(cursor.to_owned())), ..Query::new(Select::AllKeys) });
    }
}
