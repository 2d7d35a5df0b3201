//! The records of the bindings have the members and values of the command line's JSON: one document, whoever answers it.

use std::process::Command;

use keymanager_facade::{
    DoctorRequest, EnvelopeOptions, KeyManagerHandle, KeyQuery, KeyRequest, ManagerOptions, MasterChoice,
    RewrapRequest, StoreChoice, inspect, verify_report,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::sandbox::{APP, PASSPHRASE, REFERENCE, Run, Sandbox};
use crate::server;
use crate::token::{MODULE, World};

/// Where the database of the test is, in a process that has the token's configuration.
const DATABASE: &str = "KEYMANAGER_TEST_DATABASE";

fn manager(sandbox: &Sandbox) -> KeyManagerHandle {
    let path = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let store = StoreChoice::Sqlite { path: path("keymanager.db") };
    let master = MasterChoice::KeyFile { path: path("keymanager.p12"), passphrase: PASSPHRASE.as_bytes().to_vec() };
    KeyManagerHandle::open(ManagerOptions::new(store, master)).unwrap()
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

/// A report of the bindings, without what the command line writes into files; and the command line's without their name.
fn same(ours: impl Serialize, mut theirs: Value) {
    let mut ours = value(ours);
    for changing in ["begun", "ended", "seconds", "made", "signed", "report", "archive", "from", "to"] {
        ours.as_object_mut().unwrap().remove(changing);
        theirs.as_object_mut().unwrap().remove(changing);
    }
    assert_eq!(ours, theirs);
}

#[test]
fn long_work_is_reported_in_the_same_documents() {
    let sandbox = Sandbox::initialised();
    let path = |name: &str| sandbox.path(name).to_string_lossy().into_owned();
    let manager = manager(&sandbox);

    let backup = manager.backup(&path("ours.tar"), true, None).unwrap();
    assert_eq!((backup.keys, backup.key_file, backup.opened), (3, true, 1));
    verify_report(&backup.signed).unwrap();
    same(backup.clone(), sandbox.json(&["backup", "create", "theirs.tar", "--open"]));
    assert_eq!(manager.verify_backup(&path("theirs.tar"), true, None).unwrap().opened, 1);
    same(
        manager.verify_backup(&path("ours.tar"), false, None).unwrap(),
        sandbox.json(&["backup", "verify", "ours.tar"]),
    );
    let key_file = Some(path("back.p12"));
    let back = manager.restore_backup(&path("ours.tar"), &path("back.db"), key_file.clone(), None).unwrap();
    assert_eq!(back.signed, backup.signed);
    assert_eq!(sandbox.read("back.p12"), sandbox.read("keymanager.p12"));
    let again = manager.restore_backup(&path("ours.tar"), &path("back.db"), key_file, None).unwrap_err();
    assert_eq!(again.name, "already_exists");

    let to = || StoreChoice::Sqlite { path: path("copy.db") };
    let copy = manager.copy_store(to(), true, false, None).unwrap();
    assert_eq!(copy.tables.iter().map(|table| table.copied).sum::<u64>(), 3 + 12);
    verify_report(&copy.signed).unwrap();
    let again = manager.copy_store(to(), false, true, None).unwrap();
    same(again, sandbox.json(&["store", "copy", "--to", "sqlite:copy.db"]));

    let changed = keymanager_facade::SignedReport { document: copy.signed.document.replace('3', "4"), ..copy.signed };
    assert_eq!(verify_report(&changed).unwrap_err().name, "verification_failed");

    manager.rotate(APP, "").unwrap();
    let wrapped = manager.rewrap(APP, RewrapRequest::default(), None).unwrap();
    assert_eq!((wrapped.rewrapped, wrapped.former_modules.len()), (1, 1));
    verify_report(&wrapped.signed).unwrap();
    let again = manager.rewrap(APP, RewrapRequest::default(), None).unwrap();
    same(again, sandbox.json(&["keys", "rewrap", "--app", APP]));
    let module = Some("no-such-key".to_owned());
    let nowhere = manager.rewrap(APP, RewrapRequest { module, ..RewrapRequest::default() }, None).unwrap_err();
    assert_eq!(nowhere.name, "alias_not_found");
}

/// The facade opens what servers have: a PostgreSQL database, and a token. A token's module reads its configuration from
/// the environment, so this test runs itself in a process that has it.
#[test]
fn a_manager_over_a_database_and_a_token() {
    let uri = format!("pkcs11:token=keymanager%20cli?module-path={MODULE}");
    let Ok(address) = std::env::var(DATABASE) else {
        let world = World::new();
        let (server, database) = (server::shared(), server::shared().database());
        let address = format!("postgresql://{}@127.0.0.1:{}/{database}?sslmode=disable", server::USER, server.port);
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "bindings::a_manager_over_a_database_and_a_token", "--nocapture"]);
        again.env("SOFTHSM2_CONF", &world.configuration).env(DATABASE, address);
        assert!(Run::of(&mut again).expect(0).text().contains("1 passed"));
        return;
    };
    let options = |pin: &str, password: &str, config: Option<&str>| ManagerOptions {
        config: config.map(str::to_owned),
        ..ManagerOptions::new(
            StoreChoice::Postgres {
                address: address.clone(),
                password: Some(password.as_bytes().to_vec()),
                read_from: None,
            },
            MasterChoice::Token { uri: uri.clone(), pin: pin.as_bytes().to_vec() },
        )
    };
    let right = |config| options(PASSPHRASE, server::PASSWORD, config);
    assert_eq!(KeyManagerHandle::open(options("not the PIN", server::PASSWORD, None)).unwrap_err().name, "wrong_pin");
    assert_eq!(KeyManagerHandle::open(right(Some("[master]\nsessions = 0"))).unwrap_err().name, "invalid_config");
    let manager =
        KeyManagerHandle::open(right(Some("[hierarchy]\ngenerate = [\"ROOT\", \"REGISTRATION\"]\ngenerate_base = []")))
            .unwrap();
    manager.initialise().unwrap();
    assert_eq!(manager.generate_all(None).unwrap().generated.len(), 2, "what the configuration names");
    let sealed = manager.encrypt(APP, REFERENCE, &EnvelopeOptions::default(), b"in an HSM").unwrap();
    let other = KeyManagerHandle::open(right(None)).unwrap();
    assert_eq!(other.decrypt(APP, "", &EnvelopeOptions::default(), &sealed).unwrap(), b"in an HSM");
    let levels: Vec<(String, String)> =
        other.keys(KeyQuery::default()).unwrap().into_iter().map(|key| (key.level, key.location)).collect();
    assert!(levels.contains(&("module".to_owned(), "master".to_owned())), "{levels:?}");
    let refused = KeyManagerHandle::open(options(PASSPHRASE, "not the password", None));
    let refused = refused.and_then(|manager| manager.policies()).unwrap_err();
    assert!(refused.category == "backend" && !refused.detail.contains("not the password"), "{refused}");
}
