//! The facade as a foreign language uses it: three calls over embedded files and over hosts, and the core's conformance
//! suites through the boundary.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::result_large_err,
    clippy::unwrap_used,
    reason = "tests may"
)]

#[path = "hosts/doctor.rs"]
mod doctor;
#[path = "hosts/lifecycle.rs"]
mod lifecycle;
#[path = "hosts/master.rs"]
mod master;
#[path = "hosts/store.rs"]
mod store;
#[path = "hosts/streams.rs"]
mod streams;
#[path = "hosts/watch.rs"]
mod watch;

use std::sync::Arc;

use keymanager_facade::{
    EnvelopeOptions, FacadeError, HostError, KeyManagerHandle, ManagerOptions, MasterChoice, StoreChoice, encrypt,
};

use master::SoftwareHost;
use store::RowStore;

const APP: &str = "REGISTRATION";
const REFERENCE: &str = "10001_110011";

fn over_hosts(store: &Arc<RowStore>, master: &Arc<SoftwareHost>) -> KeyManagerHandle {
    let (store, master) = (StoreChoice::Host(Arc::clone(store) as _), MasterChoice::Host(Arc::clone(master) as _));
    KeyManagerHandle::open(ManagerOptions::new(store, master)).unwrap()
}

fn there_and_back(manager: &KeyManagerHandle) -> Vec<u8> {
    manager.initialise().unwrap();
    manager.generate_all(None).unwrap();
    let certificate = manager.certificate(APP, REFERENCE).unwrap();
    for layout in [None, Some("packet".to_owned())] {
        let options = EnvelopeOptions { layout, ..EnvelopeOptions::default() };
        let envelope = encrypt(certificate.as_bytes(), &options, b"a packet").unwrap();
        assert_eq!(manager.decrypt(APP, "", &options, &envelope).unwrap(), b"a packet");
    }
    encrypt(certificate.as_bytes(), &EnvelopeOptions::default(), b"a packet").unwrap()
}

fn number<T: std::fmt::Debug>(answer: Result<T, FacadeError>) -> u32 {
    answer.unwrap_err().number
}

#[test]
fn three_calls_over_hosts() {
    let (store, master) = (Arc::new(RowStore::default()), Arc::new(SoftwareHost::new()));
    let manager = over_hosts(&store, &master);
    let mut envelope = there_and_back(&manager);
    // Another manager over the same hosts finds the same keys.
    let second = over_hosts(&store, &master);
    assert_eq!(second.decrypt(APP, REFERENCE, &EnvelopeOptions::default(), &envelope).unwrap(), b"a packet");
    // A manager over empty hosts does not know the thumbprint.
    let empty = over_hosts(&Arc::new(RowStore::default()), &master);
    empty.initialise().unwrap();
    assert_eq!(number(empty.decrypt(APP, "", &EnvelopeOptions::default(), &envelope)), 3002);
    *envelope.last_mut().unwrap() ^= 1;
    assert_eq!(number(manager.decrypt(APP, "", &EnvelopeOptions::default(), &envelope)), 6001);
    let strange = EnvelopeOptions { layout: Some("strange".to_owned()), ..EnvelopeOptions::default() };
    assert_eq!(number(manager.decrypt(APP, "", &strange, &envelope)), 1001);
    assert_eq!(number(manager.certificate("", "")), 1001);
}

#[test]
fn what_a_host_answers_comes_through() {
    let (store, master) = (Arc::new(RowStore::default()), Arc::new(SoftwareHost::new()));
    let manager = over_hosts(&store, &master);
    let envelope = there_and_back(&manager);
    let decrypt = || over_hosts(&store, &master).decrypt(APP, "", &EnvelopeOptions::default(), &envelope);
    for (answered, number) in [(7004, 7004), (7002, 7002), (42, 7001), (9001, 7001)] {
        store.fail_with(Some(HostError { number: answered, message: "no quorum".to_owned() }));
        let error = decrypt().unwrap_err();
        assert_eq!(error.number, number, "{error}");
        assert!(error.detail.contains("no quorum"), "{error}");
    }
    store.fail_with(None);
    master.fail_with(Some(HostError { number: 5, message: "token removed".to_owned() }));
    let error = decrypt().unwrap_err();
    assert_eq!((error.number, error.category.as_str()), (7007, "backend"), "{error}");
    assert!(error.detail.contains("the host answered 5: token removed"), "{error}");
    master.fail_with(None);
    store.damage();
    assert_eq!(number(decrypt()), 7003);
}

#[test]
fn three_calls_over_embedded_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let open = |create, passphrase: &[u8]| {
        let store = StoreChoice::Sqlite { path: path("keymanager.db") };
        let master = MasterChoice::KeyFile { path: path("keymanager.p12"), passphrase: passphrase.to_vec() };
        let caller = Some("somebody".to_owned());
        KeyManagerHandle::open(ManagerOptions { create, caller, ..ManagerOptions::new(store, master) })
    };
    assert_eq!(number(open(false, b"a passphrase")), 3010);
    let envelope = there_and_back(&open(true, b"a passphrase").unwrap());
    assert_eq!(number(open(false, b"another")), 7008);
    assert_eq!(number(open(false, b"")), 1014);
    assert!(open(true, b"a passphrase").is_err(), "files are never made anew in place of others");
    let manager = open(false, b"a passphrase").unwrap();
    assert_eq!(manager.decrypt(APP, "", &EnvelopeOptions::default(), &envelope).unwrap(), b"a packet");
}

#[test]
fn handles_and_hosts_go_from_thread_to_thread() {
    fn shareable<T: Send + Sync>() {}
    shareable::<KeyManagerHandle>();
    shareable::<ManagerOptions>();
    shareable::<FacadeError>();
}
