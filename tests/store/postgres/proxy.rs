//! Behind PgBouncer, which gives a session of the server to each transaction (STO-74).

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::store::postgres::{PostgresAddress, PostgresStore};
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Schema, Select};
use keymanager::testing::store::suite;

use super::server::{self, PASSWORD, Server, USER};
use crate::rows::{key, try_insert};

/// Sessions of the server that all clients share.
const SESSIONS: u32 = 6;

struct Proxy {
    _folder: tempfile::TempDir,
    port: u16,
    process: Child,
}

impl Proxy {
    fn before(server: &Server) -> Self {
        let folder = tempfile::Builder::new().prefix("kmpgb").tempdir_in("/tmp").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={USER} password={PASSWORD}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {SESSIONS}\nmax_client_conn = 200\n",
            server.port
        );
        let path = folder.path().join("pgbouncer.ini");
        std::fs::write(&path, configuration).unwrap();
        let mut command = server::as_user("/usr/sbin/pgbouncer");
        Command::new("chmod").args(["-R", "a+rX"]).arg(folder.path()).status().unwrap();
        let process = command.arg("-q").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let proxy = Self { _folder: folder, port, process };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return proxy;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("pgbouncer does not listen");
    }

    fn address(&self, database: &str, parameters: &str) -> PostgresAddress {
        let text = format!("postgresql://{USER}@127.0.0.1:{}/{database}?sslmode=disable{parameters}", self.port);
        PostgresAddress::parse(&text).unwrap()
    }

    fn open(&self, database: &str) -> PostgresStore {
        server::open(self.address(database, "&proxy=transaction"), PASSWORD).unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It is ours, and nothing depends on how it ends.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn the_whole_suite() {
    let server = Server::start();
    let proxy = Proxy::before(&server);
    suite(&|| Arc::new(proxy.open(&server.database())));
}

/// More clients than sessions, each with statements of its own: none runs what another one prepared, each change set
/// happens whole, of those about one scope one wins, and a scope lock has one holder.
#[test]
fn clients_that_share_sessions_keep_apart() {
    let server = Server::start();
    let proxy = Proxy::before(&server);
    let database = server.database();
    let store = proxy.open(&database);
    store.prepare(Schema::KeyManager).unwrap();
    let (won, holders) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|threads| {
        for client in 0..16u32 {
            let (proxy, database, won, holders) = (&proxy, &database, &won, &holders);
            threads.spawn(move || {
                let store = proxy.open(database);
                let scope = |reference: &str| KeyScope::new("APP", reference).unwrap();
                for number in 0..10 {
                    let id = client * 100 + number;
                    try_insert(&store, key(id, &format!("own-{client}"))).unwrap();
                    let expect_scopes = vec![(scope(&format!("wanted-{number}")), Vec::new())];
                    let changes = vec![Change::Insert(key(10_000 + id, &format!("wanted-{number}")))];
                    match store.apply(ChangeSet { expect_scopes, changes }) {
                        Ok(()) => drop(won.fetch_add(1, Ordering::SeqCst)),
                        Err(error) => assert_eq!(error.code(), Code::StoreConflict, "{error:?}"),
                    }
                    let own = store.find(Query::new(Select::KeysByScope(scope(&format!("own-{client}"))))).unwrap();
                    assert_eq!(own.records.len(), number as usize + 1);
                }
                let lock = store.lock(scope("locked"), Duration::from_secs(60)).unwrap();
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold one lock");
                store.find(Query::new(Select::AllPolicies)).unwrap();
                holders.fetch_sub(1, Ordering::SeqCst);
                store.unlock(lock).unwrap();
            });
        }
    });
    assert_eq!(won.into_inner(), 10, "one for each scope that all wanted");
    assert_eq!(server.sql(&database, "SELECT count(*) FROM keymgr.key_alias"), "170");
    // Nothing of a client is left in the sessions: neither locks nor settings.
    assert_eq!(server.sql(&database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

/// A store that was not told of the proxy says what to do when its statements collide. That is no protection: until they
/// do, it can run what another client prepared.
#[test]
fn who_forgot_to_say_so_is_told() {
    let server = Server::start();
    let proxy = Proxy::before(&server);
    let database = server.database();
    proxy.open(&database).prepare(Schema::KeyManager).unwrap();
    let error = thread::scope(|threads| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                threads.spawn(|| {
                    for _ in 0..200 {
                        let opened = server::open(proxy.address(&database, ""), PASSWORD);
                        opened.and_then(|store| store.find(Query::new(Select::AllPolicies)).map(drop))?;
                    }
                    Ok::<(), keymanager::Error>(())
                })
            })
            .collect();
        clients.into_iter().find_map(|client| client.join().unwrap().err())
    });
    let error = error.unwrap();
    assert_eq!(error.code(), Code::StoreUnavailable, "{error:?}");
    assert!(error.to_string().contains("proxy=transaction"), "{error}");
}
