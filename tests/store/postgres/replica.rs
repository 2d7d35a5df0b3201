//! Reads from a standby that is behind (STO-72, STO-73), and promises that do not depend on how a server is set up.

use keymanager::store::postgres::{PostgresOptions, PostgresStore};
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Record, Schema, Select, Version};

use super::server::{self, PASSWORD, Server};
use crate::rows::{insert, key, policy};

fn reading_from(primary: &Server, replica: &Server, database: &str) -> PostgresStore {
    let mut options = PostgresOptions::default();
    options.read_from = Some(replica.address(database, "sslmode=disable"));
    server::open_with(primary.address(database, "sslmode=disable"), PASSWORD, options).unwrap()
}

fn select(record: &Record) -> Select {
    let Record::Key(key) = record else { panic!("not a key") };
    Select::KeysByThumbprint(key.alias.thumbprint.unwrap())
}

fn that_may_lag(record: &Record) -> Query {
    Query { may_lag: true, ..Query::new(select(record)) }
}

/// How often the primary looked into `key_alias`.
fn looks(server: &Server, database: &str) -> u64 {
    let sql = "SELECT pg_stat_force_next_flush(); SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) \
               FROM pg_stat_user_tables WHERE relname = 'key_alias'";
    server.sql(database, sql).lines().last().unwrap().parse().unwrap()
}

#[test]
fn a_replica_that_lags_answers_what_may_lag_and_nothing_else() {
    let primary = Server::start();
    let database = primary.database();
    let first = primary.open(&database);
    first.prepare(Schema::KeyManager).unwrap();
    insert(&first, [key(1, "one"), policy("APP")]);
    drop(first);
    let replica = primary.standby("recovery_min_apply_delay = '1h'\n");
    let store = reading_from(&primary, &replica, &database);
    assert!(store.capabilities().reads_may_lag && !primary.open(&database).capabilities().reads_may_lag);

    // What the replica has comes from it.
    let before = looks(&primary, &database);
    let old = store.find(that_may_lag(&key(1, "one"))).unwrap().records.remove(0);
    assert_eq!(old.record, key(1, "one"));
    for _ in 0..20 {
        store.find(that_may_lag(&key(1, "one"))).unwrap();
    }
    assert_eq!(looks(&primary, &database), before, "the primary is not asked");

    // What it has not got yet comes from the primary, also where nothing else has: a key that was just made.
    insert(&store, [key(2, "two")]);
    assert_eq!(store.find(that_may_lag(&key(2, "two"))).unwrap().records.len(), 1);
    assert_eq!(store.find(that_may_lag(&key(3, "no"))).unwrap().records.len(), 0);

    // Every other query, and each change set, sees what is there now; an old version changes nothing.
    let Record::Key(mut ended) = old.record.clone() else { panic!("not a key") };
    ended.alias.expires = ended.alias.generated;
    let update = |version: Version| {
        let changes = vec![Change::Update(Record::Key(ended.clone()), version)];
        store.apply(ChangeSet { changes, expect_scopes: Vec::new() })
    };
    update(old.version.clone()).unwrap();
    let now = store.find(Query::new(select(&old.record))).unwrap().records.remove(0);
    assert_eq!(now.record, Record::Key(ended.clone()));
    let lagging = store.find(that_may_lag(&old.record)).unwrap().records.remove(0);
    assert_eq!(lagging, old, "the replica is an hour behind");
    assert_eq!(update(lagging.version).unwrap_err().code(), keymanager::Code::StoreConflict);

    // A replica that is gone stops nothing, nor one that never was there.
    replica.kill();
    for _ in 0..3 {
        assert_eq!(store.find(that_may_lag(&old.record)).unwrap().records[0], now);
    }
    let without = reading_from(&primary, &replica, &database);
    assert_eq!(without.find(that_may_lag(&old.record)).unwrap().records[0], now);
}

/// STO-70a: the service's role, its database or the whole server may have turned it off.
#[test]
fn no_commit_returns_before_it_is_on_the_disk() {
    let server = Server::start();
    let database = server.database();
    let store = server.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    drop(store);
    server.sql(
        &database,
        "CREATE TABLE seen (what text); CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
         INSERT INTO public.seen SELECT current_setting('synchronous_commit') || ' ' || current_setting('transaction_isolation'); \
         RETURN NEW; END $$; \
         CREATE TRIGGER look AFTER INSERT ON keymgr.key_alias FOR EACH ROW EXECUTE FUNCTION look()",
    );
    let seen = |number: u32, parameters: &str| {
        let store = server::open(server.address(&database, &format!("sslmode=disable{parameters}")), PASSWORD).unwrap();
        insert(&store, [key(number, "one")]);
        server.sql(&database, "SELECT what FROM seen; TRUNCATE seen")
    };
    server.set(&[("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")]);
    while server.sql("postgres", "SHOW synchronous_commit") != "off" {}
    assert_eq!(seen(1, ""), "on read committed");
    assert_eq!(seen(2, "&proxy=transaction"), "on read committed");
    server.sql("postgres", &format!("ALTER ROLE {} SET synchronous_commit = off", server::USER));
    assert_eq!(seen(3, ""), "on read committed");
    // A stronger promise stays.
    server.sql("postgres", &format!("ALTER ROLE {} SET synchronous_commit = remote_apply", server::USER));
    assert_eq!(seen(4, ""), "remote_apply read committed");
}
