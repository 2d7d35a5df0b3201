//! One call of each verb, for tests that go over all of them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use keymanager::access::{Access, AccessDecision, AccessRequest, Verb};
use keymanager::audit::{AuditEvent, AuditFailure, AuditSink, Outcome};
use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions, parse};
use keymanager::error::{Code, Error, Result};
use keymanager::id::{KeyScope, Thumbprint};
use keymanager::manager::{
    BackupRequest, CopyOptions, CsrRequest, DoctorOptions, KeyFilter, KeyManager, KeyObjectRequest, MigrateOptions,
    PolicyChange, RestorePlaces, RewrapOptions, VerifyOptions,
};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::store::KeyStore;
use keymanager::store::memory::MemoryStore;
use keymanager::time::Clock;

use super::support::{KeptKeys, START, TestClock, provider, request, scope, software_master};

pub const PLAINTEXT: &[u8] = b"a plaintext that no event may hold";

/// Keeps what it is told; fails when it is told to.
#[derive(Debug, Default)]
pub struct Told {
    pub events: Mutex<Vec<AuditEvent>>,
    pub fail_begins: Mutex<bool>,
    pub fail_ends: Mutex<bool>,
}

impl AuditSink for Told {
    fn record(&self, event: AuditEvent) -> Result<()> {
        let begins = event.outcome == Outcome::Begins;
        let fails = if begins { *self.fail_begins.lock().unwrap() } else { *self.fail_ends.lock().unwrap() };
        self.events.lock().unwrap().push(event);
        if fails { Err(Error::new(Code::FileFailed, "the disk is full")) } else { Ok(()) }
    }
}

/// What the [`Asked`] decision answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Allow,
    Refuse,
    Fail,
}

/// Keeps what it is asked.
#[derive(Debug)]
pub struct Asked {
    pub requests: Mutex<Vec<AccessRequest>>,
    pub answer: Mutex<Answer>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { requests: Mutex::default(), answer: Mutex::new(Answer::Allow) }
    }
}

impl AccessDecision for Asked {
    fn decide(&self, request: AccessRequest) -> Result<Access> {
        self.requests.lock().unwrap().push(request);
        match *self.answer.lock().unwrap() {
            Answer::Allow => Ok(Access::Allow),
            Answer::Refuse => Ok(Access::Refuse),
            Answer::Fail => Err(Error::new(Code::StoreUnavailable, "the directory is away: secret detail")),
        }
    }
}

pub struct Watched {
    pub manager: KeyManager,
    /// The same store without decision and sink.
    pub plain: KeyManager,
    pub store: Arc<dyn KeyStore>,
    pub told: Arc<Told>,
    pub asked: Arc<Asked>,
}

impl Watched {
    pub fn new(on_failure: AuditFailure) -> Self {
        Self::over(Arc::new(MemoryStore::new()), on_failure)
    }

    pub fn over(store: Arc<dyn KeyStore>, on_failure: AuditFailure) -> Self {
        let keys = Arc::new(KeptKeys::default());
        let master: Arc<dyn MasterKeys> = software_master(&keys);
        let clock = Arc::new(TestClock::at(START));
        let told = Arc::new(Told::default());
        let asked = Arc::new(Asked::default());
        let builder = || {
            let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
            KeyManager::builder()
                .provider(provider())
                .store(Arc::clone(&store))
                .master(Arc::clone(&master))
                .clock(clock)
                .key_source(Arc::<KeptKeys>::clone(&keys))
                .config(Config::default())
                .caller("alice")
        };
        let plain = builder().build().unwrap();
        plain.initialise(&[]).unwrap();
        for app in ["ROOT", "REGISTRATION"] {
            plain.generate(&request(&scope(app, ""), KeyKind::Rsa2048, false)).unwrap();
        }
        let access: Arc<dyn AccessDecision> = Arc::<Asked>::clone(&asked);
        let sink: Arc<dyn AuditSink> = Arc::<Told>::clone(&told);
        let manager = builder().access(access).audit(sink, on_failure).build().unwrap();
        Self { manager, plain, store, told, asked }
    }

    pub fn events(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.told.events.lock().unwrap())
    }

    pub fn requests(&self) -> Vec<AccessRequest> {
        std::mem::take(&mut self.asked.requests.lock().unwrap())
    }

    pub fn answer(&self, answer: Answer) {
        *self.asked.answer.lock().unwrap() = answer;
    }

    /// An envelope for `scope`, made without being watched.
    pub fn envelope(&self, scope: &KeyScope) -> Vec<u8> {
        self.plain.encrypt(scope, &SealOptions::default(), PLAINTEXT).unwrap().envelope
    }
}

/// Calls the method of `verb` on `manager` about `scope`. A verb that is not here yet belongs here: add one line.
pub fn call(manager: &KeyManager, verb: Verb, scope: &KeyScope, envelope: &[u8]) -> Result<()> {
    match verb {
        Verb::Initialise => manager.initialise(&[]),
        Verb::Recover => manager.recover(),
        Verb::GenerateAll => manager.generate_all(&NoProgress).map(drop),
        Verb::Generate => manager.generate(&request(scope, KeyKind::Rsa2048, false)).map(drop),
        Verb::GenerateMasterKey => manager.generate_master_key(&object_request(scope)).map(drop),
        Verb::GenerateEcSignKey => manager.generate_ec_sign_key(&object_request(scope)).map(drop),
        Verb::Rotate => manager.rotate(scope).map(drop),
        Verb::Revoke => manager.revoke(scope).map(drop),
        Verb::Certificate => manager.certificate(scope).map(drop),
        Verb::Chain => manager.chain(scope).map(drop),
        Verb::AllCertificates => manager.all_certificates(scope).map(drop),
        Verb::CertificateOf => manager.certificate_of(&Thumbprint::from_bytes([7; 32])).map(drop),
        Verb::Keys => {
            let filter = KeyFilter {
                app: Some(scope.app.clone()),
                reference: Some(scope.reference.clone()),
                ..KeyFilter::default()
            };
            manager.keys(&filter).map(drop)
        }
        Verb::Key => manager.key("00000000-0000-4000-8000-000000000000").map(drop),
        Verb::Policies => manager.policies().map(drop),
        Verb::Policy => manager.policy(&scope.app).map(drop),
        Verb::SetPolicy => manager.set_policy(&PolicyChange::new(scope.app.clone())).map(drop),
        Verb::Recipient => manager.recipient(scope).map(drop),
        Verb::Encrypt => manager.encrypt(scope, &SealOptions::default(), PLAINTEXT).map(drop),
        Verb::Decrypt => manager.decrypt(scope, &OpenOptions::default(), envelope).map(drop),
        Verb::SessionKey => {
            let options = OpenOptions::default();
            let parsed = parse(envelope, &options)?;
            manager.session_key(scope, &parsed.key_block()).map(drop)
        }
        Verb::FillPool => manager.fill_pool(&scope.app, 1, &NoProgress).map(drop),
        Verb::Pool => manager.pool().map(drop),
        Verb::Backup => {
            let folder = tempfile::tempdir().unwrap();
            let archive = folder.path().join("backup.tar");
            let request = BackupRequest { archive, sqlite: None, key_file: None, open: false };
            manager.backup(&request, &NoProgress).map(drop)
        }
        Verb::VerifyBackup => {
            manager.verify_backup(Path::new("nowhere.tar"), VerifyOptions::default(), &NoProgress).map(drop)
        }
        Verb::RestoreBackup => {
            let places = RestorePlaces { store: "nowhere.db".into(), key_file: None };
            manager.restore_backup(Path::new("nowhere.tar"), &places, &NoProgress).map(drop)
        }
        Verb::CopyStore => {
            let other: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
            manager.copy_store(&other, &CopyOptions::default(), &NoProgress).map(drop)
        }
        Verb::Rewrap => manager.rewrap(&scope.app, &RewrapOptions::default(), &NoProgress).map(drop),
        Verb::Migrate => manager.migrate(&MigrateOptions::default(), &NoProgress).map(drop),
        Verb::Doctor => manager.doctor(&DoctorOptions::default(), &NoProgress).map(drop),
        Verb::Repair => {
            let options = DoctorOptions { repair: true, ..DoctorOptions::default() };
            manager.doctor(&options, &NoProgress).map(drop)
        }
        Verb::GenerateCsr => {
            let subject = keymanager::certificate::DistinguishedName::default();
            manager.generate_csr(&CsrRequest { scope: scope.clone(), subject }).map(drop)
        }
        Verb::ChainPkcs7 => manager.chain_pkcs7(scope).map(drop),
        Verb::UploadCertificate => manager.upload_certificate(scope, b"no certificate").map(drop),
        Verb::UploadOtherDomain => manager.upload_other_domain(scope, b"no certificate").map(drop),
        other => panic!("tests/access/verbs.rs: add a call of the verb {other}"),
    }
}

fn object_request(scope: &KeyScope) -> KeyObjectRequest {
    let subject = keymanager::certificate::DistinguishedName::default();
    KeyObjectRequest { scope: scope.clone(), object_type: "CSR".to_owned(), force: false, subject }
}

/// Whether the verb is about an application and reference, an application, or neither.
pub fn about(verb: Verb) -> (bool, bool) {
    match verb {
        Verb::Initialise
        | Verb::Recover
        | Verb::GenerateAll
        | Verb::CertificateOf
        | Verb::Key
        | Verb::Policies
        | Verb::Pool
        | Verb::CopyStore
        | Verb::Backup
        | Verb::VerifyBackup
        | Verb::RestoreBackup
        | Verb::Migrate
        | Verb::Doctor
        | Verb::Repair => (false, false),
        Verb::Policy | Verb::SetPolicy | Verb::FillPool | Verb::Rewrap => (true, false),
        _ => (true, true),
    }
}
