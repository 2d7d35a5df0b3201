//! A small world to test in: kept keys, a clock that stands until it is moved, a store and a master backend.
#![allow(dead_code, reason = "not every test crate uses all of it")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use keymanager::certificate::DistinguishedName;
use keymanager::config::Config;
use keymanager::crypto::{CryptoProvider, Curve, HashAlgorithm, SoftwareKey, native};
use keymanager::error::Result;
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::{GenerateRequest, KeyFilter, KeyInfo, KeyManager, KeyState, PolicyChange};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::random::KeySource;
use keymanager::secret::{Aes256Key, SecretBytes};
use keymanager::store::memory::MemoryStore;
use keymanager::store::{KeyRecord, KeyStore, Query, Record, Select, Versioned};
use keymanager::testing::master::{SoftwareMaster, SoftwareMasterOptions};
use keymanager::time::{Clock, Timestamp};

/// The time tests begin at.
pub const START: &str = "2026-11-25T10:00:00Z";

pub fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

static KEPT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| (1..=15).map(kept).collect());

/// A key that no key source hands out.
static FOREIGN: LazyLock<SoftwareKey> =
    LazyLock::new(|| SoftwareKey::from_pkcs8(&provider(), &SecretBytes::copy_from(&kept(16))).unwrap());

fn kept(number: usize) -> Vec<u8> {
    let pem = std::fs::read_to_string(vectors().join(format!("hierarchy/key-{number:02}.pem"))).unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    keymanager_base64(&text)
}

pub fn foreign_key() -> &'static SoftwareKey {
    &FOREIGN
}

fn keymanager_base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bits = 0u32;
    let mut held = 0;
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => panic!("not base64: {byte}"),
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

pub fn base64(text: &str) -> Vec<u8> {
    keymanager_base64(text)
}

/// Hands out kept keys, one after the other.
#[derive(Debug, Default)]
pub struct KeptKeys(AtomicUsize);

impl KeySource for KeptKeys {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        assert_eq!(bits, 2048);
        let next = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(SecretBytes::copy_from(&KEPT[next % KEPT.len()]))
    }

    fn aes256(&self) -> Result<Aes256Key> {
        let next = self.0.fetch_add(1, Ordering::Relaxed);
        Aes256Key::new(SecretBytes::copy_from(&[next as u8; 32]))
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        let head = match curve {
            Curve::P256 => "304102010030130607 2a8648ce3d0201 0608 2a8648ce3d030107 042730250201010420",
            Curve::Secp256k1 => "303e02010030100607 2a8648ce3d0201 0605 2b8104000a 042730250201010420",
            other => panic!("no kept keys on {other:?}"),
        };
        Ok(self.on_a_curve(head))
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        Ok(self.on_a_curve("302e020100300506032b657004220420"))
    }
}

impl KeptKeys {
    /// A PKCS#8 document: its first bytes, and 32 bytes that nobody else has got.
    fn on_a_curve(&self, head: &str) -> SecretBytes {
        let next = self.0.fetch_add(1, Ordering::Relaxed).to_string();
        let mut document = keymanager::id::hex_decode(&head.replace(' ', "")).unwrap();
        document.extend(provider().hash.digest(HashAlgorithm::Sha256, next.as_bytes()));
        SecretBytes::from_vec(document)
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(text: &str) -> Self {
        Self(AtomicI64::new(Timestamp::from_rfc3339(text).unwrap().unix_micros()))
    }

    pub fn set(&self, time: Timestamp) {
        self.0.store(time.unix_micros(), Ordering::SeqCst);
    }

    pub fn forward(&self, days: i64, micros: i64) {
        self.0.fetch_add(days * 86_400_000_000 + micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub store: Arc<dyn KeyStore>,
    pub master: Arc<dyn MasterKeys>,
    pub clock: Arc<TestClock>,
    pub keys: Arc<KeptKeys>,
    pub manager: KeyManager,
}

pub fn provider() -> CryptoProvider {
    native::provider()
}

impl World {
    /// An initialised world in memory, without any key.
    pub fn new() -> Self {
        Self::with(Arc::new(MemoryStore::new()), None, Config::default())
    }

    /// A world with Root, Sign and the default Module keys.
    pub fn with_masters() -> Self {
        let world = Self::new();
        world.manager.generate_all(&NoProgress).unwrap();
        world
    }

    pub fn with(store: Arc<dyn KeyStore>, master: Option<Arc<dyn MasterKeys>>, config: Config) -> Self {
        let keys = Arc::new(KeptKeys::default());
        let master = master.unwrap_or_else(|| software_master(&keys));
        let clock = Arc::new(TestClock::at(START));
        let manager = manager(&store, &master, &clock, &keys, config);
        manager.initialise(&[]).unwrap();
        Self { store, master, clock, keys, manager }
    }

    /// The same store and master backend, with a clock of its own.
    pub fn other_process(&self, clock: Arc<TestClock>) -> KeyManager {
        manager(&self.store, &self.master, &clock, &self.keys, Config::default())
    }

    pub fn rsa(&self, scope: &KeyScope, force: bool) -> Result<keymanager::manager::Generated> {
        self.manager.generate(&request(scope, KeyKind::Rsa2048, force))
    }

    pub fn aes(&self, scope: &KeyScope, force: bool) -> Result<keymanager::manager::Generated> {
        self.manager.generate(&request(scope, KeyKind::Aes256, force))
    }

    pub fn current(&self, scope: &KeyScope) -> KeyInfo {
        self.manager.certificate(scope).unwrap().key
    }

    pub fn all(&self, scope: &KeyScope) -> Vec<KeyInfo> {
        let filter = KeyFilter { app: Some(scope.app.clone()), reference: Some(scope.reference.clone()), all: true };
        self.manager.keys(&filter).unwrap()
    }

    pub fn current_count(&self, scope: &KeyScope) -> usize {
        self.all(scope).iter().filter(|key| key.state == KeyState::Current).count()
    }

    pub fn policy(&self, app: &str, change: impl FnOnce(&mut PolicyChange)) {
        let mut one = PolicyChange::new(AppId::new(app).unwrap());
        change(&mut one);
        self.manager.set_policy(&one).unwrap();
    }

    pub fn record(&self, alias: &str) -> KeyRecord {
        let select = Select::KeyByAlias(keymanager::id::Alias::new(alias).unwrap());
        match self.store.find(Query::new(select)).unwrap().records.remove(0).record {
            Record::Key(key) => *key,
            other => panic!("{other:?}"),
        }
    }
}

pub fn software_master(keys: &Arc<KeptKeys>) -> Arc<dyn MasterKeys> {
    let source: Arc<dyn KeySource> = Arc::<KeptKeys>::clone(keys);
    Arc::new(SoftwareMaster::new(provider(), source, SoftwareMasterOptions::RAW_ONLY))
}

pub fn manager(
    store: &Arc<dyn KeyStore>,
    master: &Arc<dyn MasterKeys>,
    clock: &Arc<TestClock>,
    keys: &Arc<KeptKeys>,
    config: Config,
) -> KeyManager {
    let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    let keys: Arc<dyn KeySource> = Arc::<KeptKeys>::clone(keys);
    KeyManager::builder()
        .provider(provider())
        .store(Arc::clone(store))
        .master(Arc::clone(master))
        .clock(clock)
        .key_source(keys)
        .config(config)
        .build()
        .unwrap()
}

pub fn scope(app: &str, reference: &str) -> KeyScope {
    KeyScope::new(app, reference).unwrap()
}

pub fn request(scope: &KeyScope, kind: KeyKind, force: bool) -> GenerateRequest {
    GenerateRequest { scope: scope.clone(), kind, force, subject: DistinguishedName::default() }
}

pub fn all_records(store: &dyn KeyStore, select: Select) -> Vec<Versioned> {
    store.find(Query::new(select)).unwrap().records
}

/// Every key of the store and of the master backend fits together: no intent is left, each master record has its key
/// with the certificate that the record names, each key of the backend has its record, and no scope has two current
/// keys.
pub fn assert_consistent(world: &World, context: &str) {
    if world.store.capabilities().side_tables {
        assert!(all_records(world.store.as_ref(), Select::AllIntents).is_empty(), "{context}: an intent is left");
    }
    let mut recorded = Vec::new();
    let mut scopes = std::collections::BTreeSet::new();
    for found in all_records(world.store.as_ref(), Select::AllKeys) {
        let Record::Key(key) = found.record else { panic!("a key") };
        scopes.insert(key.alias.scope.clone());
        if let Some(stored) = &key.stored {
            let certificate =
                keymanager::certificate::Certificate::parse(&provider(), stored.certificate_pem.as_bytes()).unwrap();
            assert_eq!(key.alias.thumbprint, Some(certificate.thumbprint()), "{context}");
            continue;
        }
        let entry = world.master.find(key.alias.alias.clone()).unwrap();
        let entry = entry.unwrap_or_else(|| panic!("{context}: {} has lost its key", key.alias.scope));
        assert!(!entry.pending, "{context}");
        let thumbprint = entry
            .certificate
            .map(|der| keymanager::certificate::Certificate::from_der(&provider(), &der).unwrap().thumbprint());
        assert_eq!(key.alias.thumbprint, thumbprint, "{context}");
        recorded.push(key.alias.alias.clone());
    }
    let mut held: Vec<_> = world.master.list(None).unwrap().entries.into_iter().map(|entry| entry.alias).collect();
    held.sort();
    recorded.sort();
    assert_eq!(held, recorded, "{context}: orphans in the master backend");
    for scope in scopes {
        assert!(world.current_count(&scope) <= 1, "{context}: {scope} has several current keys");
    }
}
