//! The token folder and the rows of a running Java service, opened in place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::crypto::{Direction, EcdsaEncoding, HashAlgorithm, PrivateKey as _, SignatureScheme};
use keymanager::envelope::OpenOptions;
use keymanager::id::{KeyScope, Thumbprint};
use keymanager::manager::{KeyFilter, KeyLevel, KeyLocation, KeyManager};
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::master::{KeyKind, MasterEntry, MasterKey, MasterKeys};
use keymanager::secret::SecretBytes;
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::FixedClock;
use serde_json::Value;

use crate::support::{SOFTHSM, alone, configure_softhsm, folder, now, pin, provider};

fn vectors(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/mosip/service/softhsm").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(vectors(name)).unwrap()).unwrap()
}

#[test]
fn the_service_token_opens_in_place() {
    let folder = tempfile::tempdir().unwrap();
    configure_softhsm(folder.path());
    copy(&vectors("tokens"), &folder.path().join("tokens"));
    alone("service::the_service_token_opens_in_place_inside", folder.path(), &[]);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn entries(token: &Token) -> Vec<MasterEntry> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = token.list(cursor).unwrap();
        all.extend(page.entries);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return all,
        }
    }
}

#[test]
#[ignore = "runs in a process of its own"]
fn the_service_token_opens_in_place_inside() {
    let uri = TokenUri::of_label(SOFTHSM, "keymgr-golden");
    let token = Arc::new(Token::open(&uri, pin("1234"), TokenOptions::new(provider())).unwrap());
    let backend: Arc<dyn MasterKeys> = token.clone();
    let entries = entries(&token);
    let mut by_thumbprint = BTreeMap::new();
    for entry in &entries {
        use_key(&backend, entry);
        if let Some(der) = &entry.certificate {
            let certificate = Certificate::from_der(&provider(), der).unwrap();
            by_thumbprint.insert(certificate.thumbprint().to_hex(), entry.clone());
        }
    }
    // 14 pairs and two AES keys (mosip-observed C, "Token").
    assert_eq!((by_thumbprint.len(), entries.len()), (14, 16));

    // Every key that signed for the service is there, but those of Ed25519, which live in the database.
    let signatures = json("signatures.json");
    let mut signers = 0;
    for (name, pem) in signatures["certificates"].as_object().unwrap() {
        let certificate = Certificate::parse(&provider(), pem.as_str().unwrap().as_bytes()).unwrap();
        if name.contains("ED25519") || !by_thumbprint.contains_key(&certificate.thumbprint().to_hex()) {
            assert!(name.contains("ED25519"), "{name}");
            continue;
        }
        signers += 1;
    }
    assert!(signers >= 3, "{signers}");

    let manager = manager(backend);
    let envelopes = json("ciphertexts.json");
    let mut opened = 0;
    for record in envelopes["envelopes"].as_array().unwrap() {
        let request = &record["request"];
        let (app, reference) = (request["applicationId"].as_str().unwrap(), request["referenceId"].as_str().unwrap());
        // Those are the partner's to open.
        if app == "PARTNER" {
            continue;
        }
        let bytes = |name: &str| request[name].as_str().map(|text| keymanager::envelope::text::decode(text).unwrap());
        let options =
            OpenOptions { salt: bytes("salt"), aad: bytes("aad").unwrap_or_default(), ..OpenOptions::default() };
        let envelope = keymanager::envelope::text::decode(record["response_data"].as_str().unwrap()).unwrap();
        let scope = KeyScope::new(app, reference).unwrap();
        let plain = manager.decrypt(&scope, &options, &envelope).unwrap().plaintext;
        assert_eq!(hex(plain.as_ref()), record["plaintext_hex"].as_str().unwrap(), "{}", record["id"]);
        opened += 1;
    }
    assert!(opened > 50, "{opened}");

    // The hierarchy: every master key of the rows is on the token, with the certificate the row names.
    let keys = manager.keys(&KeyFilter { all: true, ..KeyFilter::default() }).unwrap();
    let mut masters = 0;
    for key in keys.iter().filter(|key| key.location == KeyLocation::Master) {
        let entry = entries.iter().find(|entry| entry.alias == key.alias).unwrap_or_else(|| panic!("{key:?}"));
        let thumbprint =
            entry.certificate.as_ref().map(|der| Certificate::from_der(&provider(), der).unwrap().thumbprint());
        assert_eq!(thumbprint, key.thumbprint.map(|thumbprint: Thumbprint| thumbprint), "{key:?}");
        masters += 1;
    }
    assert_eq!(masters, 16);
    assert!(keys.iter().any(|key| key.level == KeyLevel::Root));
    let report = token.probe().unwrap();
    // Java does not mark its keys.
    assert!(report.warnings.iter().any(|warning| warning.contains("not SENSITIVE")), "{report:?}");
    assert_eq!(report.objects.pairs, 14);
    println!("figure: 14 pairs and 2 AES keys used, {signers} signers found, {opened} envelopes opened");
}

/// Signs, and decrypts, with a key of the service.
fn use_key(backend: &Arc<dyn MasterKeys>, entry: &MasterEntry) {
    let message = b"to be signed";
    let hash = HashAlgorithm::Sha256;
    let Some(public) = entry.public.clone() else {
        assert_eq!(entry.kind, Some(KeyKind::Aes256), "{entry:?}");
        let ecb = |direction, bytes: &SecretBytes| {
            backend.aes_ecb(entry.alias.clone(), direction, SecretBytes::copy_from(bytes.expose())).unwrap()
        };
        let blocks = SecretBytes::copy_from(&[7; 32]);
        assert!(ecb(Direction::Decrypt, &ecb(Direction::Encrypt, &blocks)).ct_eq(&blocks));
        return;
    };
    assert!(!entry.pending, "{entry:?}");
    let certificate = Certificate::from_der(&provider(), entry.certificate.as_ref().unwrap()).unwrap();
    assert_eq!(certificate.public_key(), &public);
    let key = MasterKey::new(provider(), Arc::clone(backend), entry.alias.clone(), public.clone());
    if entry.kind == Some(KeyKind::Rsa2048) {
        for scheme in [SignatureScheme::RsaPkcs1(hash), SignatureScheme::RsaPss(hash)] {
            public.verify(&provider(), scheme, message, &key.sign(scheme, message).unwrap()).unwrap();
        }
        let profile = keymanager::crypto::OaepProfile::SHA256_MGF1_SHA256;
        let sealed = provider().rsa.import_public(public.spki_der()).unwrap().encrypt_oaep(&profile, b"key").unwrap();
        assert_eq!(key.decrypt_oaep(&profile, &sealed).unwrap().expose(), b"key");
    } else {
        let scheme = SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Raw };
        public.verify(&provider(), scheme, message, &key.sign(scheme, message).unwrap()).unwrap();
    }
}

/// A manager over the service's rows and token.
fn manager(master: Arc<dyn MasterKeys>) -> KeyManager {
    let path = folder().join("keymgr.db");
    drop(SqliteStore::create(&path).unwrap());
    let dump = std::fs::read_to_string(vectors("keymgr.sql")).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute("DELETE FROM key_policy_def", []).unwrap();
    crate::dump::insert(&dump, &database);
    drop(database);
    KeyManager::builder()
        .provider(provider())
        .store(Arc::new(SqliteStore::open(&path).unwrap()))
        .master(master)
        .clock(Arc::new(FixedClock(now())))
        .build()
        .unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
