//! Certificates that a crash left half replaced (HIE-71), or that are replaced while the doctor looks.

use std::sync::{Arc, Mutex};

use keymanager::certificate::Certificate;
use keymanager::config::Config;
use keymanager::crypto::{Direction, SignatureScheme};
use keymanager::error::Result;
use keymanager::id::{Alias, Thumbprint};
use keymanager::manager::{DoctorOptions, DoctorReport};
use keymanager::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use keymanager::progress::NoProgress;
use keymanager::secret::SecretBytes;
use keymanager::store::memory::MemoryStore;
use keymanager::store::{Change, IntentRow, KeyStore, Record};
use keymanager::time::Clock as _;

use super::common::{apply, found, look, module, repair};
use super::faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use super::outside::valid;
use super::support::{KeptKeys, World, provider, scope, software_master};

/// A backend whose listing stands still from when it was taken on.
#[derive(Debug)]
struct OldListing(Arc<dyn MasterKeys>, Mutex<Option<MasterPage>>);

impl MasterKeys for OldListing {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.0.capabilities()
    }
    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.0.create(alias, kind)
    }
    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.0.attach_certificate(alias, certificate_der)
    }
    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.0.find(alias)
    }
    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        let old = self.1.lock().unwrap().clone();
        old.map_or_else(|| self.0.list(cursor), Ok)
    }
    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.0.sign(alias, scheme, input)
    }
    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.0.rsa_decrypt(alias, how, ciphertext)
    }
    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.0.aes_ecb(alias, direction, blocks)
    }
    fn remove(&self, alias: Alias) -> Result<()> {
        self.0.remove(alias)
    }
    fn health(&self) -> Result<()> {
        self.0.health()
    }
}

/// Root and Module key; the Module key's alias and certificate, and one by another authority.
fn world(store: Arc<dyn KeyStore>, master: Arc<dyn MasterKeys>) -> (World, Alias, Certificate, Certificate) {
    let world = World::with(store, Some(master), Config::default());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let current = world.manager.certificate(&module()).unwrap();
    let new = valid("Certified elsewhere", current.certificate.public_key());
    (world, current.key.alias, current.certificate, new)
}

fn master() -> Arc<dyn MasterKeys> {
    software_master(&Arc::new(KeptKeys::default()))
}

/// What is said about thumbprints, times and intents; nobody here knows the other authority.
fn relevant(report: &DoctorReport) -> Vec<&'static str> {
    let codes = report.findings.iter().map(|finding| finding.code.as_str());
    codes.filter(|code| *code != "issuer_unknown").collect()
}

#[test]
fn a_half_replaced_certificate_is_the_matter_of_its_intent() {
    let mut failed = 0;
    for nth in 0.. {
        let plan = Plan::new();
        let store = Arc::new(FaultyStore(Arc::new(MemoryStore::new()), Arc::clone(&plan)));
        let (world, alias, old, new) = world(store, Arc::new(FaultyMaster(master(), Arc::clone(&plan))));
        let intent = IntentRow { alias: alias.clone(), scope: module(), begun: world.clock.now() };
        apply(&world, Change::Insert(Record::Intent(intent)));
        world.master.attach_certificate(alias.clone(), new.der().to_vec()).unwrap();
        assert_eq!(relevant(&look(&world)), ["intent_left"]);

        plan.arm(nth, Fault::Before);
        let answer = world.manager.doctor(&DoctorOptions { repair: true, ..DoctorOptions::default() }, &NoProgress);
        let calls = plan.calls();
        plan.disarm();
        failed += usize::from(answer.is_ok_and(|report| report.findings.iter().any(|finding| !finding.repaired)));
        world.manager.recover().unwrap();
        // Nothing that was encrypted under either is lost (HIE-72).
        for certificate in [&old, &new] {
            let key = world.manager.key(&certificate.thumbprint().to_hex());
            assert_eq!(key.unwrap().alias, alias, "call {nth} failed");
        }
        assert_eq!(found(&world, &alias).0.alias.thumbprint, Some(new.thumbprint()), "call {nth} failed");
        assert_eq!(relevant(&look(&world)), Vec::<&str>::new(), "call {nth} failed");
        if calls <= nth {
            break;
        }
    }
    assert!(failed > 1, "no repair failed");
}

#[test]
fn a_certificate_that_is_replaced_meanwhile_is_no_finding() {
    let master = Arc::new(OldListing(master(), Mutex::default()));
    let (world, alias, old, new) = world(Arc::new(MemoryStore::new()), Arc::<OldListing>::clone(&master));
    *master.1.lock().unwrap() = Some(master.0.list(None).unwrap());
    world.manager.upload_certificate(&module(), new.der()).unwrap();
    let recorded = || found(&world, &alias).0.alias.thumbprint;
    for report in [look(&world), repair(&world)] {
        let of_thumbprints = relevant(&report).into_iter().filter(|code| code.starts_with("thumbprint"));
        assert_eq!(of_thumbprints.count(), 0, "{report:#?}");
        assert_eq!(recorded(), Some(new.thumbprint()));
    }
    let listed = master.list(None).unwrap().entries.into_iter().find(|entry| entry.alias == alias).unwrap();
    let listed: Thumbprint = Certificate::from_der(&provider(), &listed.certificate.unwrap()).unwrap().thumbprint();
    assert_eq!(listed, old.thumbprint());
}
