//! The conformance suite of record stores.
//!
//! A store that passes [`suite`] keeps the contract of [`KeyStore`]. The suite panics at the first deviation, as
//! tests do. [`HostShaped`] wraps a store so that every call and every answer crosses as plain values on a thread of
//! its own, as a store in another language will see them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a conformance suite panics, as tests do"
)]

mod changes;
mod find;
mod host;
mod locks;
mod pool;

use std::sync::Arc;

use crate::error::Code;
use crate::id::{Alias, AppId, KeyScope, Thumbprint};
use crate::store::{
    AliasRow, Change, ChangeSet, FormerThumbprintRow, IntentRow, KeyRecord, KeyStore, Page, PolicyRow, PoolKeyRow,
    Query, Record, Schema, Select, StoreRow, Version, Versioned,
};
use crate::time::Timestamp;

pub use host::HostShaped;

/// Checks every promise of the contract, each on a fresh store from `make`.
///
/// # Panics
/// At the first promise that is not kept.
pub fn suite(make: &dyn Fn() -> Arc<dyn KeyStore>) {
    let checks: &[fn(&Arc<dyn KeyStore>)] = &[
        find::an_empty_store_has_nothing,
        find::every_column_comes_back,
        find::keys_come_in_order_of_time_then_alias,
        find::each_selection_finds_its_keys_only,
        find::pages_join_without_gap_or_repetition,
        find::policies_and_intents_come_in_order,
        find::former_thumbprints_are_found,
        find::bad_queries_are_refused,
        pool::keys_of_the_pool_are_found,
        pool::a_key_of_the_pool_is_taken_with_the_record_it_becomes,
        pool::of_many_takers_of_one_key_one_wins,
        changes::a_version_is_that_of_the_row_as_read,
        changes::updates_replace_and_conflict,
        changes::halves_appear_and_disappear,
        changes::deletes_remove_and_conflict,
        changes::unique_columns_are_unique,
        changes::a_refused_change_set_leaves_nothing,
        changes::expected_scopes_are_checked,
        changes::values_that_do_not_fit_are_refused,
        changes::preparing_again_keeps_what_is_there,
        changes::of_many_writers_of_one_row_one_wins,
        locks::a_lock_excludes_and_times_out,
        locks::a_lock_goes_from_thread_to_thread,
        locks::levels_do_not_block_each_other,
        locks::unlocking_what_is_not_locked_is_no_error,
        locks::records_change_while_a_lock_is_held,
    ];
    for check in checks {
        let store = make();
        store.prepare(Schema::KeyManager).expect("prepare");
        check(&store);
    }
}

/// An alias of the given number, in the form of ours.
fn alias(number: u32) -> Alias {
    Alias::new(format!("{number:08x}-0000-4000-8000-000000000000")).expect("an alias")
}

fn scope(app: &str, reference: &str) -> KeyScope {
    KeyScope::new(app, reference).expect("a scope")
}

fn app(text: &str) -> AppId {
    AppId::new(text).expect("an application id")
}

/// 2026-11-25 08:00:00 plus `micros`.
fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(Timestamp::from_unix_seconds(1_795_593_600).unix_micros() + micros)
}

/// A Base key with every column set.
fn base_key(number: u32, scope: KeyScope, generated: Option<Timestamp>) -> KeyRecord {
    let alias = alias(number);
    KeyRecord {
        alias: AliasRow {
            alias,
            scope,
            generated,
            expires: generated.map(|time| time.plus_days(730)),
            thumbprint: Some(thumbprint(number)),
            uni_ident: Some(format!("{number:040X}")),
            created_by: "SYSTEM".to_owned(),
            created: at(i64::from(number)),
        },
        stored: Some(StoreRow {
            master: Alias::new("master").expect("an alias"),
            private_key: format!("wrapped-{number}"),
            certificate_pem: format!("-----BEGIN CERTIFICATE-----\n{number} '\u{e9}'\n-----END CERTIFICATE-----\n"),
            created_by: "SYSTEM".to_owned(),
            created: at(i64::from(number)),
        }),
    }
}

/// A symmetric key in the master backend: no `key_store` half, no thumbprint, no `uni_ident`.
fn symmetric_key(number: u32, scope: KeyScope) -> KeyRecord {
    let mut key = base_key(number, scope, Some(at(0)));
    key.stored = None;
    key.alias.thumbprint = None;
    key.alias.uni_ident = None;
    key
}

fn thumbprint(number: u32) -> Thumbprint {
    let mut bytes = [0xA5; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    Thumbprint::from_bytes(bytes)
}

fn policy(name: &str) -> PolicyRow {
    PolicyRow {
        app: app(name),
        validity_days: Some(1095),
        pre_expire_days: Some(60),
        active: true,
        access_allowed: Some("NA".to_owned()),
        created_by: "mosipadmin".to_owned(),
        created: at(0),
    }
}

fn intent(number: u32, begun: Timestamp) -> IntentRow {
    IntentRow { alias: alias(number), scope: scope("REGISTRATION", "10001_110011"), begun }
}

fn former(thumbprint_number: u32, alias_number: u32) -> Record {
    Record::FormerThumbprint(FormerThumbprintRow {
        thumbprint: thumbprint(thumbprint_number),
        alias: alias(alias_number),
        until: at(i64::from(alias_number)),
    })
}

/// A ready key under the Module key of the given number.
fn pool_key(number: u32, master: u32) -> PoolKeyRow {
    PoolKeyRow {
        alias: alias(number),
        master: alias(master),
        public_key: format!("public-{number}"),
        private_key: format!("wrapped-{number}"),
        signature: format!("signature-{number}"),
        created: Some(at(i64::from(number))),
        used: None,
    }
}

fn key(record: KeyRecord) -> Record {
    Record::Key(Box::new(record))
}

fn insert(store: &Arc<dyn KeyStore>, records: impl IntoIterator<Item = Record>) {
    let changes = records.into_iter().map(Change::Insert).collect();
    store.apply(ChangeSet { changes, ..ChangeSet::default() }).expect("insert");
}

fn apply_one(store: &Arc<dyn KeyStore>, change: Change) -> Result<(), Code> {
    store.apply(ChangeSet { changes: vec![change], ..ChangeSet::default() }).map_err(|error| error.code())
}

fn find(store: &Arc<dyn KeyStore>, select: Select) -> Vec<Versioned> {
    let page: Page = store.find(Query::new(select)).expect("find");
    assert_eq!(page.next, None, "one page holds all");
    page.records
}

/// The one key under the alias of this number.
fn one(store: &Arc<dyn KeyStore>, number: u32) -> (KeyRecord, Version) {
    let mut found = find(store, Select::KeyByAlias(alias(number)));
    assert_eq!(found.len(), 1, "key {number}");
    let found = found.remove(0);
    let Record::Key(key) = found.record else { panic!("not a key") };
    (*key, found.version)
}

/// The aliases of the keys that `select` finds.
fn aliases(records: &[Versioned]) -> Vec<Alias> {
    let alias = |found: &Versioned| match &found.record {
        Record::Key(key) => key.alias.alias.clone(),
        Record::Intent(row) => row.alias.clone(),
        other => panic!("not a key or intent: {other:?}"),
    };
    records.iter().map(alias).collect()
}
