//! The records of the bindings have the members and values of the command line's JSON: one document, whoever answers it.

use keymanager_facade::{
    DoctorRequest, KeyManagerHandle, KeyQuery, KeyRequest, ManagerOptions, MasterChoice, StoreChoice, inspect,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::sandbox::{APP, PASSPHRASE, REFERENCE, Sandbox};

fn manager(sandbox: &Sandbox) -> KeyManagerHandle {
    let path = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    KeyManagerHandle::open(ManagerOptions {
        store: StoreChoice::Sqlite { path: path("keymanager.db") },
        master: MasterChoice::KeyFile { path: path("keymanager.p12"), passphrase: PASSPHRASE.as_bytes().to_vec() },
        create: false,
        caller: None,
    })
    .unwrap()
}

fn value<T: Serialize>(record: T) -> Value {
    serde_json::to_value(record).unwrap()
}

#[test]
fn keys_and_policies_are_the_same_documents() {
    let sandbox = Sandbox::initialised();
    let manager = manager(&sandbox);
    let keys = manager.keys(KeyQuery { all: true, ..KeyQuery::default() }).unwrap();
    assert_eq!(json!({ "keys": value(&keys) }), sandbox.json(&["keys", "list", "--all"]));
    let of_app = manager.keys(KeyQuery { app: Some(APP.to_owned()), ..KeyQuery::default() }).unwrap();
    assert_eq!(json!({ "keys": value(of_app) }), sandbox.json(&["keys", "list", "--app", APP]));
    for key in &keys {
        let shown = sandbox.json(&["keys", "show", &key.alias]);
        assert_eq!(value(manager.key(&key.alias).unwrap()), shown["key"]);
        let pem = manager.certificate_of(key.thumbprint.as_deref().unwrap()).unwrap();
        assert_eq!(value(pem), shown["certificate_pem"]);
    }
    assert_eq!(json!({ "policies": value(manager.policies().unwrap()) }), sandbox.json(&["policy", "list"]));
    assert_eq!(json!({ "policy": value(manager.policy(APP).unwrap()) }), sandbox.json(&["policy", "show", APP]));
    let there = manager.generate(KeyRequest { app: APP.to_owned(), ..KeyRequest::default() }).unwrap();
    assert_eq!(value(there), sandbox.json(&["keys", "generate", "--app", APP]));
    let all = manager.all_certificates(APP, REFERENCE).unwrap();
    let document = sandbox.json(&["keys", "certificate", "--app", APP, "--ref", REFERENCE, "--all"]);
    assert_eq!(json!({ "certificates": value(all) }), document);
    let filled = manager.fill_pool(APP, 1, None).unwrap();
    assert_eq!(filled.ready, 1);
    assert_eq!(json!({ "pools": value(manager.pool().unwrap()) }), sandbox.json(&["keys", "pool"]));
}

#[test]
fn reports_are_the_same_documents() {
    let sandbox = Sandbox::initialised();
    let doctor = manager(&sandbox).doctor(DoctorRequest::default(), None).unwrap();
    assert_eq!(value(doctor), sandbox.json(&["doctor"]));
    sandbox.write("packet", b"a packet");
    sandbox.ok(&["encrypt", "--certificate", "certificate.pem", "packet", "-o", "packet.enc"]);
    for name in ["packet", "packet.enc", "certificate.pem", "keymanager.p12"] {
        assert_eq!(value(inspect(&sandbox.read(name), None).unwrap()), sandbox.json(&["inspect", name]), "{name}");
    }
    let compared = inspect(&sandbox.read("packet.enc"), Some(&sandbox.read("certificate.pem"))).unwrap();
    assert_eq!(compared.certificate.as_ref().unwrap().matches, Some(true));
    assert_eq!(value(compared), sandbox.json(&["inspect", "packet.enc", "--certificate", "certificate.pem"]));
    assert_eq!(inspect(b"", Some(b"no certificate")).unwrap_err().name, "certificate_unparsable");
}
