//! Decryption whose rows come from a standby that is an hour behind (STO-72, HIE-49a).

use std::sync::Arc;

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::AppId;
use keymanager::manager::RewrapOptions;
use keymanager::progress::NoProgress;
use keymanager::store::postgres::PostgresOptions;

use super::server::{self, PASSWORD, Server};
use super::support::{World, scope};

#[test]
fn nothing_is_missed_and_no_second_key_is_made_with_a_replica_that_lags() {
    let primary = Server::start();
    let database = primary.database();
    let address = |server: &Server| server.address(&database, "sslmode=disable");
    let first = World::with(Arc::new(primary.open(&database)), None, Config::default());
    first.manager.generate_all(&NoProgress).unwrap();
    let (old, fresh) = (scope("REGISTRATION", "old"), scope("REGISTRATION", "fresh"));
    let seal = |world: &World, scope| world.manager.encrypt(scope, &SealOptions::default(), b"kept").unwrap().envelope;
    let envelope = seal(&first, &old);
    let replica = primary.standby("recovery_min_apply_delay = '1h'\n");
    let mut options = PostgresOptions::default();
    options.read_from = Some(address(&replica));
    let store = server::open_with(address(&primary), PASSWORD, options).unwrap();
    let world = World::with(Arc::new(store), Some(Arc::clone(&first.master)), Config::default());
    let opens = |scope, envelope: &[u8]| {
        let opened = world.manager.decrypt(scope, &OpenOptions::default(), envelope).unwrap();
        assert_eq!(opened.plaintext, b"kept");
    };

    // In the steady state the rows of keys are read from the replica, and from nowhere else.
    let looks = || {
        let sql = "SELECT pg_stat_force_next_flush(); SELECT sum(seq_scan + coalesce(idx_scan, 0)) \
                   FROM pg_stat_user_tables WHERE relname IN ('key_alias', 'key_store')";
        primary.sql(&database, sql).lines().last().unwrap().to_owned()
    };
    opens(&old, &envelope);
    let before = looks();
    for _ in 0..10 {
        opens(&old, &envelope);
    }
    assert_eq!(looks(), before);

    // A key that the replica has not heard of is found, and asked for again it is the same.
    let newer = seal(&world, &fresh);
    opens(&fresh, &newer);
    assert_eq!(world.current(&fresh).alias, first.current(&fresh).alias);
    assert_eq!(world.all(&fresh).len(), 1);

    // What is replaced, wrapped again and revoked on the primary still opens, by the row of an hour ago.
    let module = first.current(&scope("REGISTRATION", "")).alias;
    world.rsa(&old, true).unwrap();
    world.rsa(&scope("REGISTRATION", ""), true).unwrap();
    opens(&old, &envelope);
    // And without the Module key that the old row names, by the newest row.
    let app = AppId::new("REGISTRATION").unwrap();
    world.manager.rewrap(&app, &RewrapOptions::default(), &NoProgress).unwrap();
    world.master.remove(module).unwrap();
    opens(&old, &envelope);
    opens(&fresh, &newer);
    // Who may decrypt is decided by what is there now.
    world.policy("REGISTRATION", |policy| policy.access_allowed = Some("somebody".to_owned()));
    let refused = world.manager.decrypt(&old, &OpenOptions::default(), &envelope).unwrap_err();
    assert_eq!(refused.code(), keymanager::Code::DecryptNotAllowed);
}
