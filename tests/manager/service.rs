//! The rows, the key file and the ciphertexts of a running Java service.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::config::Config;
use keymanager::crypto::{CryptoProvider, SoftwareKey, native, rustcrypto};
use keymanager::envelope::{Layout, OpenOptions, SealOptions, parse};
use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::manager::{KeyFilter, KeyLevel, KeyLocation, KeyManager, KeyState};
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Schema};
use serde_json::Value;

use super::support::{KeptKeys, TestClock, World, assert_consistent, base64, manager, scope, vectors};

/// A time at which the service was running.
const THEN: &str = "2026-11-25T12:00:00Z";

fn file(name: &str) -> Vec<u8> {
    std::fs::read(vectors().join("mosip/service/pkcs12").join(name)).unwrap()
}

pub(crate) fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn insert_rows(path: &Path) {
    let rows = crate::dump::insert(&text("keymgr.sql"), &rusqlite::Connection::open(path).unwrap());
    assert_eq!(rows[&"key_policy_def"], 12);
    assert!(rows[&"key_alias"] > 25 && rows[&"key_store"] > 10, "{rows:?}");
}

fn key_file(folder: &Path, provider: CryptoProvider) -> KeyFile {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("keymanager.p12");
    std::fs::write(&path, file("keystore.p12")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"throwaway-p12")).unwrap();
    let options = KeyFileOptions::new(
        provider,
        Arc::new(SystemRandom),
        Arc::new(KeptKeys::default()),
        Arc::new(TestClock::at(THEN)),
    );
    KeyFile::open(&path, passphrase, options).unwrap()
}

fn service(folder: &Path, provider: CryptoProvider) -> World {
    let path = folder.join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    store.prepare(Schema::KeyManager).unwrap();
    insert_rows(&path);
    over(Arc::new(store), folder, provider)
}

/// The service's key file, in this folder, over a store that has its rows.
pub(crate) fn over(store: Arc<dyn KeyStore>, folder: &Path, provider: CryptoProvider) -> World {
    let master: Arc<dyn MasterKeys> = Arc::new(key_file(folder, provider));
    let clock = Arc::new(TestClock::at(THEN));
    let keys = Arc::new(KeptKeys::default());
    let manager = with_provider(provider, &store, &master, &clock, &keys);
    World { store, master, clock, keys, manager }
}

fn with_provider(
    provider: CryptoProvider,
    store: &Arc<dyn KeyStore>,
    master: &Arc<dyn MasterKeys>,
    clock: &Arc<TestClock>,
    keys: &Arc<KeptKeys>,
) -> KeyManager {
    if provider.name == native::provider().name {
        return manager(store, master, clock, keys, Config::default());
    }
    KeyManager::builder()
        .provider(provider)
        .store(Arc::clone(store))
        .master(Arc::clone(master))
        .clock(Arc::<TestClock>::clone(clock))
        .key_source(Arc::<KeptKeys>::clone(keys))
        .build()
        .unwrap()
}

fn options(request: &Value) -> OpenOptions {
    let bytes = |name: &str| request[name].as_str().map(base64);
    let mut options = OpenOptions { aad: bytes("aad").unwrap_or_default(), ..OpenOptions::default() };
    if let Some(salt) = bytes("salt") {
        options.layout = Some(Layout::Salt);
        options.salt = Some(salt);
    }
    options
}

fn plaintext(item: &Value) -> Vec<u8> {
    keymanager::id::hex_decode(item["plaintext_hex"].as_str().unwrap()).unwrap()
}

fn open_all(provider: CryptoProvider) {
    let folder = tempfile::tempdir().unwrap();
    open_all_in(&service(folder.path(), provider), provider);
}

pub(crate) fn open_all_in(world: &World, provider: CryptoProvider) {
    let document: Value = serde_json::from_slice(&file("ciphertexts.json")).unwrap();
    let mut opened = BTreeMap::new();
    for item in document["envelopes"].as_array().unwrap() {
        let request = &item["request"];
        let (app, reference) = (request["applicationId"].as_str().unwrap(), request["referenceId"].as_str().unwrap());
        let envelope = base64(item["response_data"].as_str().unwrap());
        let options = options(request);
        let result = world.manager.decrypt(&scope(app, reference), &options, &envelope);
        *opened.entry(app.to_owned()).or_insert(0) += 1;
        if app == "PARTNER" {
            assert_eq!(result.unwrap_err().code(), Code::DecryptNotAllowed, "{}", item["id"]);
            assert_eq!(open_as_partner(&provider, reference, &options, &envelope), plaintext(item), "{}", item["id"]);
            continue;
        }
        assert_eq!(result.unwrap().plaintext, plaintext(item), "{}", item["id"]);
    }
    let expected = [("ID_REPO", 20), ("PARTNER", 10), ("REGISTRATION", 38), ("RESIDENT", 10)];
    assert_eq!(opened, expected.into_iter().map(|(app, count)| (app.to_owned(), count)).collect());
}

fn open_as_partner(provider: &CryptoProvider, name: &str, options: &OpenOptions, envelope: &[u8]) -> Vec<u8> {
    let pem = text(&format!("partner/{name}.key.pem"));
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = SoftwareKey::from_pkcs8(provider, &SecretBytes::from_vec(base64(&body))).unwrap();
    let certificate = Certificate::parse(provider, &file(&format!("partner/{name}.pem"))).unwrap();
    let parsed = parse(envelope, options).unwrap();
    assert_eq!(parsed.thumbprint, Some(certificate.thumbprint()));
    let session_key = parsed.unwrap_session_key(provider, &key).unwrap();
    parsed.open(provider, &session_key).unwrap()
}

#[test]
fn every_ciphertext_of_the_service_opens_with_the_native_provider() {
    open_all(native::provider());
}

#[test]
fn every_ciphertext_of_the_service_opens_with_the_pure_rust_provider() {
    open_all(rustcrypto::provider());
}

#[test]
fn the_certificates_of_the_service_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let world = service(folder.path(), native::provider());
    let document: Value = serde_json::from_slice(&file("ciphertexts.json")).unwrap();
    let mut seen = 0;
    for item in document["all_certificates"].as_array().unwrap() {
        let scope = scope(item["app_id"].as_str().unwrap(), item["ref_id"].as_str().unwrap());
        let ours = world.manager.all_certificates(&scope).unwrap();
        let theirs = item["reply"]["allCertificates"].as_array().unwrap();
        assert_eq!(ours.len(), theirs.len(), "{scope}");
        for ((key, certificate), one) in ours.iter().zip(theirs) {
            let parsed =
                Certificate::parse(world.manager.provider(), one["certificateData"].as_str().unwrap().as_bytes());
            assert_eq!(certificate.der(), parsed.unwrap().der(), "{scope}");
            assert_eq!(key.thumbprint, Some(certificate.thumbprint()), "{scope}");
            seen += 1;
        }
    }
    assert!(seen > 25, "{seen}");
}

#[test]
fn the_keys_of_the_service_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    let world = service(folder.path(), native::provider());
    let keys = world.manager.keys(&KeyFilter { all: true, ..KeyFilter::default() }).unwrap();
    assert!(keys.iter().all(|key| key.state == KeyState::Current), "{keys:?}");
    let root = keys.iter().find(|key| key.level == KeyLevel::Root).unwrap();
    for key in &keys {
        match key.level {
            // Ed25519 signing keys live in the store, under their Module key.
            KeyLevel::Sign if key.location == KeyLocation::Store => {
                let module = keys.iter().find(|other| Some(&other.alias) == key.issuer_alias.as_ref()).unwrap();
                assert_eq!((module.level, &module.scope.app), (KeyLevel::Module, &key.scope.app));
                assert_eq!(key.scope.reference.as_str(), "ED25519_SIGN");
            }
            KeyLevel::Module | KeyLevel::Sign => assert_eq!(key.issuer_alias.as_ref(), Some(&root.alias)),
            KeyLevel::Base => {
                let module = keys.iter().find(|other| Some(&other.alias) == key.issuer_alias.as_ref()).unwrap();
                assert_eq!((module.level, &module.scope.app), (KeyLevel::Module, &key.scope.app));
            }
            _ => assert_eq!(key.issuer_alias, None),
        }
    }
    let algorithm = |app: &str, reference: &str| {
        keys.iter().find(|key| key.scope == scope(app, reference)).unwrap().algorithm.clone()
    };
    assert_eq!(algorithm("ID_REPO", "EC_SECP256K1_SIGN"), "EC-secp256k1");
    assert_eq!(algorithm("ID_REPO", "EC_SECP256R1_SIGN"), "EC-P256");
    assert_eq!(algorithm("ID_REPO", "ED25519_SIGN"), "Ed25519");
    assert_eq!(algorithm("KERNEL", "IDENTITY_CACHE"), "AES-256");
    assert_eq!(algorithm("ID_REPO", "uin"), "RSA-2048");
}

#[test]
fn work_goes_on_where_the_service_left_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = service(folder.path(), native::provider());
    let again = world.manager.generate_all(&keymanager::progress::NoProgress).unwrap();
    assert!(again.generated.is_empty(), "{:?}", again.generated);
    // A new Base key under a Module key that Java made, a rotation of each level, and old data still opens.
    let new = scope("REGISTRATION", "20001_220011");
    let sealed = world.manager.encrypt(&new, &SealOptions::default(), b"new").unwrap();
    assert_eq!(world.manager.chain(&new).unwrap().len(), 3);
    for (app, reference) in [("REGISTRATION", "10001_110011"), ("REGISTRATION", ""), ("ROOT", "")] {
        assert_eq!(world.manager.rotate(&scope(app, reference)).unwrap().generated.len(), 1);
    }
    assert_eq!(world.manager.decrypt(&new, &OpenOptions::default(), &sealed.envelope).unwrap().plaintext, b"new");
    let document: Value = serde_json::from_slice(&file("ciphertexts.json")).unwrap();
    let item = &document["envelopes"][0];
    let envelope = base64(item["response_data"].as_str().unwrap());
    let registration = KeyScope::new("REGISTRATION", "").unwrap();
    let opened = world.manager.decrypt(&registration, &OpenOptions::default(), &envelope).unwrap();
    assert_eq!((opened.plaintext, opened.key.state), (plaintext(item), KeyState::Revoked));
    assert_consistent(&world, "after the service");
}
