//! The verbs of keys, certificates and policies, over embedded files and over hosts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use keymanager_facade::{
    DoctorRequest, EnvelopeOptions, HostProgress, Key, KeyManagerHandle, KeyQuery, KeyRequest, ManagerOptions,
    MasterChoice, ObjectRequest, PolicyRequest, StoreChoice, Subject,
};

use crate::master::SoftwareHost;
use crate::store::RowStore;
use crate::{APP, REFERENCE, number, over_hosts};

pub(crate) fn embedded(folder: &tempfile::TempDir) -> KeyManagerHandle {
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let store = StoreChoice::Sqlite { path: path("keymanager.db") };
    let master = MasterChoice::KeyFile { path: path("keymanager.p12"), passphrase: b"a passphrase".to_vec() };
    KeyManagerHandle::open(ManagerOptions { create: true, ..ManagerOptions::new(store, master) }).unwrap()
}

/// Keeps what it was told, and cancels once it was told often enough.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) said: Mutex<Vec<(u64, Option<u64>, String)>>,
    pub(crate) asked: AtomicU64,
    pub(crate) cancel_at: Option<u64>,
}

impl HostProgress for Told {
    fn advance(&self, done: u64, total: Option<u64>, what: String) {
        self.said.lock().unwrap().push((done, total, what));
    }

    fn cancelled(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.cancel_at.is_some_and(|at| asked >= at)
    }
}

/// A key without the days that are left, which are fewer a moment later.
fn undated(key: &Key) -> Key {
    Key { days_left: None, ..key.clone() }
}

fn whole_life(manager: &KeyManagerHandle) {
    manager.initialise().unwrap();
    let made = manager.generate_all(None).unwrap();
    assert!(made.existing.is_empty() && made.generated.iter().any(|key| key.level == "root"), "{made:?}");
    let again = manager.generate_all(None).unwrap();
    assert_eq!((again.generated.len(), again.existing.len()), (0, made.generated.len()));

    let first = manager.certificate(APP, REFERENCE).unwrap();
    let envelope = manager.encrypt(APP, REFERENCE, &EnvelopeOptions::default(), b"a packet").unwrap();
    let rotated = manager.rotate(APP, REFERENCE).unwrap();
    assert_eq!(rotated.generated.len(), 1);
    let second = manager.certificate(APP, REFERENCE).unwrap();
    assert_ne!(first, second);
    assert_eq!(manager.decrypt(APP, "", &EnvelopeOptions::default(), &envelope).unwrap(), b"a packet");

    let new = rotated.generated.first().unwrap();
    let thumbprint = new.thumbprint.as_deref().unwrap();
    assert_eq!(undated(&manager.key(thumbprint).unwrap()), undated(new));
    assert_eq!(manager.certificate_of(thumbprint).unwrap(), Some(second.clone()));
    assert_eq!(manager.certificate_of(&"0".repeat(64)).unwrap(), None);
    assert_eq!(number(manager.certificate_of("no thumbprint")), 1001);
    assert_eq!(manager.all_certificates(APP, REFERENCE).unwrap().len(), 2);
    let chain = manager.chain(APP, REFERENCE).unwrap();
    assert!(chain.starts_with(&second) && chain.matches("-----BEGIN CERTIFICATE-----").count() == 3, "{chain}");
    assert!(manager.chain_pkcs7(APP, REFERENCE).unwrap().starts_with("-----BEGIN PKCS7-----\n"));

    let subject = Subject { common_name: Some("a centre".to_owned()), ..Subject::default() };
    let csr = manager.generate_csr(APP, REFERENCE, subject).unwrap();
    assert_eq!(csr.key.alias, new.alias);
    assert!(csr.csr_pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));

    let query = |reference: &str, all| KeyQuery { app: Some(APP.into()), reference: Some(reference.into()), all };
    let listed = manager.keys(query(REFERENCE, false)).unwrap();
    assert_eq!(listed.iter().map(undated).collect::<Vec<_>>(), [undated(new)]);
    assert_eq!(number(manager.upload_certificate(APP, REFERENCE, b"no certificate")), 2006);
    assert_eq!(manager.upload_certificate(APP, REFERENCE, second.as_bytes()).unwrap().alias, new.alias);
    assert_eq!(manager.revoke(APP, REFERENCE).unwrap().state, "revoked");
    assert!(manager.keys(query(REFERENCE, false)).unwrap().is_empty());
    assert_eq!(manager.keys(query(REFERENCE, true)).unwrap().len(), 2);

    let change = PolicyRequest { app: APP.to_owned(), pre_expire_days: Some(30), ..PolicyRequest::default() };
    let changed = manager.set_policy(change).unwrap();
    assert_eq!(changed, manager.policy(APP).unwrap());
    assert_eq!(changed.pre_expire_days, Some(30));
    assert!(manager.policies().unwrap().contains(&changed));

    let foreign = manager.upload_other_domain("PARTNER", "a-partner", first.as_bytes()).unwrap();
    assert_eq!((foreign.level.as_str(), foreign.location.as_str()), ("other_domain", "external"));
    assert_eq!(manager.certificate("PARTNER", "a-partner").unwrap(), first);
    assert_eq!(number(manager.upload_certificate(APP, "no-key-yet", first.as_bytes())), 5009);

    manager.recover().unwrap();
    let found = manager.doctor(DoctorRequest::default(), None).unwrap();
    let [ended] = found.findings.as_slice() else { panic!("{found:?}") };
    assert_eq!((ended.code.as_str(), ended.severity.as_str()), ("key_ended", "info"), "the key that was revoked");
    assert_eq!(manager.repair(DoctorRequest::default(), None).unwrap(), found);
}

#[test]
fn whole_life_over_hosts() {
    whole_life(&over_hosts(&Arc::new(RowStore::default()), &Arc::new(SoftwareHost::new())));
}

#[test]
fn whole_life_over_embedded_files() {
    let folder = tempfile::tempdir().unwrap();
    let manager = embedded(&folder);
    whole_life(&manager);
    let signing = KeyRequest { app: APP.into(), kind: Some("ec-p256".into()), ..KeyRequest::default() };
    let signing = manager.generate(signing).unwrap();
    let key = signing.generated.first().unwrap();
    assert_eq!((key.level.as_str(), key.algorithm.as_str()), ("sign", "EC-P256"));
    let symmetric = KeyRequest {
        app: APP.into(),
        reference: "symmetric".into(),
        kind: Some("aes".into()),
        ..KeyRequest::default()
    };
    assert_eq!(manager.generate(symmetric).unwrap().generated.first().unwrap().algorithm, "AES-256");
    let strange = KeyRequest { app: APP.into(), kind: Some("rsa-1024".into()), ..KeyRequest::default() };
    assert_eq!(
        manager.generate(strange).unwrap_err().detail,
        "a kind of key is one of rsa, aes, ec-p256, secp256k1, ed25519"
    );

    let object = |object_type: &str| ObjectRequest {
        app: APP.into(),
        object_type: object_type.into(),
        ..ObjectRequest::default()
    };
    let found = manager.generate_master_key(object("certificate")).unwrap();
    assert!(!found.generated && found.certificate_pem.is_some() && found.csr_pem.is_none());
    assert!(manager.generate_master_key(object("CSR")).unwrap().csr_pem.is_some());
    assert_eq!(number(manager.generate_master_key(object("KEY"))), 1016);
    let signing = ObjectRequest { reference: key.ref_id.clone().unwrap(), ..object("CSR") };
    assert_eq!(manager.generate_ec_sign_key(signing).unwrap().key.alias, key.alias);
}

#[test]
fn progress_is_told_and_cancels() {
    let folder = tempfile::tempdir().unwrap();
    let manager = embedded(&folder);
    manager.initialise().unwrap();
    let told = Arc::new(Told { cancel_at: Some(2), ..Told::default() });
    let error = manager.generate_all(Some(Arc::clone(&told) as _)).unwrap_err();
    assert_eq!(error.name, "cancelled", "{error}");
    let before = manager.keys(KeyQuery::default()).unwrap().len();
    let told = Arc::new(Told::default());
    let made = manager.generate_all(Some(Arc::clone(&told) as _)).unwrap();
    assert_eq!(made.existing.len(), before, "what was made before the cancellation stays");
    let said = told.said.lock().unwrap().clone();
    let (done, total, _) = said.last().unwrap();
    assert_eq!(Some(*done), *total);
    let told = Arc::new(Told::default());
    let pool = manager.fill_pool(APP, 2, Some(Arc::clone(&told) as _)).unwrap();
    assert_eq!((pool.ready, pool.current), (2, true));
    assert_eq!(manager.pool().unwrap(), [pool]);
    assert!(!told.said.lock().unwrap().is_empty());
}
