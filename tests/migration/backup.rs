//! Store and key file in one archive, and back (MIG-40 to MIG-52).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::AppId;
use keymanager::manager::{BackupReport, BackupRequest, DoctorOptions, KeyManager, RestorePlaces, VerifyOptions};
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::progress::{NoProgress, Progress};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::memory::MemoryStore;
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Select};

use super::openssl;
use super::support::{KeptKeys, START, TestClock, World, all_records, manager, provider, scope};

const PASSPHRASE: &[u8] = b"a passphrase for tests";

struct Place {
    folder: tempfile::TempDir,
    world: World,
    sqlite: Arc<SqliteStore>,
    envelope: Vec<u8>,
}

fn options(keys: &Arc<KeptKeys>) -> KeyFileOptions {
    let clock = Arc::new(TestClock::at(START));
    KeyFileOptions::new(provider(), Arc::new(SystemRandom), Arc::<KeptKeys>::clone(keys), clock)
}

fn passphrase() -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(PASSPHRASE)).unwrap()
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(KeptKeys::default());
        let sqlite = Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap());
        let file = KeyFile::create(&folder.path().join("keymanager.p12"), passphrase(), Some(10_000), options(&keys));
        let master: Arc<dyn MasterKeys> = Arc::new(file.unwrap());
        let world = World::with(Arc::<SqliteStore>::clone(&sqlite), Some(master), Config::default());
        for app in ["ROOT", "REGISTRATION"] {
            world.rsa(&scope(app, ""), false).unwrap();
        }
        let sealed = world.manager.encrypt(&scope("REGISTRATION", "a"), &SealOptions::default(), b"before").unwrap();
        Self { folder, world, sqlite, envelope: sealed.envelope }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn request(&self) -> BackupRequest {
        BackupRequest {
            archive: self.path("backup.tar"),
            sqlite: Some(Arc::clone(&self.sqlite)),
            key_file: Some(self.path("keymanager.p12")),
            open: true,
        }
    }

    fn backup(&self) -> BackupReport {
        self.world.manager.backup(&self.request(), &NoProgress).unwrap()
    }

    fn verify(&self, path: &Path) -> Result<BackupReport> {
        self.world.manager.verify_backup(path, VerifyOptions { open: true }, &NoProgress)
    }

    fn restore(&self, folder: &Path) -> Result<BackupReport> {
        self.world.manager.restore_backup(&self.path("backup.tar"), &places(folder), &NoProgress)
    }

    /// A manager over what was put back in `folder`.
    fn over(&self, folder: &Path) -> KeyManager {
        let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::open(&folder.join("keymanager.db")).unwrap());
        let file = KeyFile::open(&folder.join("keymanager.p12"), passphrase(), options(&self.world.keys)).unwrap();
        let master: Arc<dyn MasterKeys> = Arc::new(file);
        manager(&store, &master, &self.world.clock, &self.world.keys, Config::default())
    }
}

fn places(folder: &Path) -> RestorePlaces {
    RestorePlaces { store: folder.join("keymanager.db"), key_file: Some(folder.join("keymanager.p12")) }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-locks") && !name.ends_with(".lock"))
        .collect();
    names.sort();
    names
}

fn sql(path: &Path, statement: &str) -> String {
    let output = Command::new("sqlite3").arg(path).arg(statement).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn store_and_key_file_come_back_as_they_were() {
    let place = Place::new();
    let row =
        "INSERT INTO data_encrypt_keystore (id, key, cr_by, cr_dtimes) VALUES (1, 'x', 'S', '2026-01-01 00:00:00')";
    sql(&place.path("keymanager.db"), row);
    place.world.manager.fill_pool(&AppId::new("REGISTRATION").unwrap(), 2, &NoProgress).unwrap();
    let report = place.backup();
    assert_eq!((report.keys, report.chained, report.foreign_issuers, report.opened), (3, 3, 0, 1));
    assert!(report.damaged.is_empty() && report.has_key_file, "{:?}", report.damaged);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(place.path("backup.tar")).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    // What comes after the backup is not in it.
    place.world.manager.certificate(&scope("REGISTRATION", "later")).unwrap();
    let verified = place.verify(&place.path("backup.tar")).unwrap();
    assert_eq!((verified.keys, verified.opened), (3, 1));

    let elsewhere = tempfile::tempdir().unwrap();
    place.restore(elsewhere.path()).unwrap();
    assert_eq!(names(elsewhere.path()), ["keymanager.db", "keymanager.p12"]);
    let there = place.over(elsewhere.path());
    let opened = there.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &place.envelope).unwrap();
    assert_eq!(opened.plaintext, b"before");
    assert_eq!(there.doctor(&DoctorOptions::default(), &NoProgress).unwrap().findings, []);
    assert!(there.pool().unwrap().iter().all(|pool| pool.ready == 0), "a ready key may be a Base key by now");
    let restored = elsewhere.path().join("keymanager.db");
    assert_eq!(sql(&restored, "SELECT id, key FROM data_encrypt_keystore"), "1|x\n", "every table is in it");
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let place = Place::new();
    place.backup();
    let again = place.world.manager.backup(&place.request(), &NoProgress).unwrap_err();
    assert_eq!(again.code(), Code::OutputExists);
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["keymanager.db", "keymanager.p12", "keymanager.db-wal"] {
        std::fs::write(elsewhere.path().join(name), b"something").unwrap();
        assert_eq!(place.restore(elsewhere.path()).unwrap_err().code(), Code::AlreadyExists, "{name}");
        assert_eq!(names(elsewhere.path()), [name], "nothing is half there");
        assert_eq!(std::fs::read(elsewhere.path().join(name)).unwrap(), b"something");
        std::fs::remove_file(elsewhere.path().join(name)).unwrap();
    }
    let nowhere = RestorePlaces { store: elsewhere.path().join("keymanager.db"), key_file: None };
    let error = place.world.manager.restore_backup(&place.path("backup.tar"), &nowhere, &NoProgress).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(names(elsewhere.path()), [""; 0]);
    // An attempt that ended after the key file is repeated.
    std::fs::copy(place.path("keymanager.p12"), elsewhere.path().join("keymanager.p12")).unwrap();
    place.restore(elsewhere.path()).unwrap();
}

#[test]
fn an_archive_that_was_changed_anywhere_is_refused_and_puts_nothing_back() {
    let place = Place::new();
    place.backup();
    let whole = std::fs::read(place.path("backup.tar")).unwrap();
    let other = place.path("other.tar");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut refused = 0;
    for at in (0..whole.len()).step_by(997).chain([whole.len() - 1]) {
        let mut changed = whole.clone();
        changed[at] ^= 4;
        std::fs::write(&other, &changed).unwrap();
        match place.verify(&other) {
            Err(error) => {
                let expected = [Code::BackupDamaged, Code::VerificationFailed, Code::CertificateUnparsable];
                assert!(expected.contains(&error.code()), "{at}: {error}");
                let restored = place.world.manager.restore_backup(&other, &places(elsewhere.path()), &NoProgress);
                assert!(restored.is_err(), "{at}");
                assert_eq!(names(elsewhere.path()), [""; 0], "{at}");
                refused += 1;
            }
            // What pads a file to whole blocks says nothing.
            Ok(_) => assert_eq!(whole[at], 0, "{at}"),
        }
    }
    assert!(refused > 40, "{refused}");
    for len in [0, 511, 1024, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&other, &whole[..len]).unwrap();
        assert_eq!(place.verify(&other).unwrap_err().code(), Code::BackupDamaged, "{len}");
    }
}

#[test]
fn a_stranger_checks_the_archive_with_tar_openssl_and_sha256sum() {
    let place = Place::new();
    place.backup();
    let commands = openssl::documented_for("tar -xf");
    std::fs::create_dir(place.path("check")).unwrap();
    std::fs::copy(place.path("backup.tar"), place.path("check/backup.tar")).unwrap();
    openssl::shell(&place.path("check"), &commands);
    let manifest = std::fs::read(place.path("check/manifest.json")).unwrap();
    assert_eq!(openssl::canonical(&manifest), manifest);
    let body: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    for file in body["files"].as_array().unwrap() {
        let bytes = std::fs::read(place.path("check").join(file["name"].as_str().unwrap())).unwrap();
        let digest = keymanager::crypto::sha256(&provider(), &bytes).unwrap();
        assert_eq!((&file["sha256"], &file["size"]), (&keymanager::id::hex_upper(&digest).into(), &bytes.len().into()));
    }
}

#[test]
fn a_backup_while_others_write_has_whole_keys_only() {
    let place = Place::new();
    let writer = place.world.manager.clone();
    let ends = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&ends);
    let writing = std::thread::spawn(move || {
        let mut made = 0;
        while !end.load(Ordering::SeqCst) && made < 200 {
            made += 1;
            writer.certificate(&scope("REGISTRATION", &format!("{made}"))).unwrap();
            if made % 10 == 0 {
                writer.rotate(&scope("REGISTRATION", "")).unwrap();
            }
        }
    });
    for number in 0..3 {
        let request = BackupRequest { archive: place.path(&format!("{number}.tar")), ..place.request() };
        let report = place.world.manager.backup(&request, &NoProgress).unwrap();
        assert!(report.damaged.is_empty(), "{:?}", report.damaged);
        assert_eq!(report.chained + report.foreign_issuers, report.keys);
        assert_eq!(report.foreign_issuers, 0);
    }
    ends.store(true, Ordering::SeqCst);
    writing.join().unwrap();
}

#[test]
fn a_store_of_another_kind_and_a_token_have_backups_too() {
    // The key file stands for a token here: it is not copied.
    let world = World::with(Arc::new(MemoryStore::new()), None, Config::default());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let envelope =
        world.manager.encrypt(&scope("REGISTRATION", "a"), &SealOptions::default(), b"before").unwrap().envelope;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("backup.tar");
    let request = BackupRequest { archive: archive.clone(), sqlite: None, key_file: None, open: true };
    let report = world.manager.backup(&request, &NoProgress).unwrap();
    assert_eq!((report.keys, report.opened, report.has_key_file), (3, 1, false));
    assert_eq!(names(folder.path()), ["backup.tar"]);
    let store = folder.path().join("keymanager.db");
    let places = RestorePlaces { store: store.clone(), key_file: None };
    world.manager.restore_backup(&archive, &places, &NoProgress).unwrap();
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::open(&store).unwrap());
    let there = manager(&store, &world.master, &world.clock, &world.keys, Config::default());
    let opened = there.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &envelope).unwrap();
    assert_eq!(opened.plaintext, b"before");
}

/// Cancels at once.
#[derive(Debug)]
struct Never;

impl Progress for Never {
    fn advance(&self, _done: u64, _total: Option<u64>, _what: &str) {}

    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn a_backup_that_fails_leaves_nothing() {
    let place = Place::new();
    let before = names(place.folder.path());
    let cancelled = place.world.manager.backup(&place.request(), &Never).unwrap_err();
    assert_eq!(cancelled.code(), Code::Cancelled);
    let request = BackupRequest { key_file: Some(place.path("nowhere.p12")), ..place.request() };
    assert_eq!(place.world.manager.backup(&request, &NoProgress).unwrap_err().code(), Code::FileNotFound);
    assert_eq!(names(place.folder.path()), before);
    let empty = World::new();
    let request = BackupRequest { archive: place.path("empty.tar"), sqlite: None, key_file: None, open: false };
    assert_eq!(empty.manager.backup(&request, &NoProgress).unwrap_err().code(), Code::RootNotFound);
    assert_eq!(names(place.folder.path()), before);
}

#[test]
fn damaged_rows_are_in_the_backup_and_are_named() {
    let place = Place::new();
    let base = place.world.current(&scope("REGISTRATION", "a")).alias;
    place.world.manager.certificate(&scope("REGISTRATION", "b")).unwrap();
    sql(&place.path("keymanager.db"), &format!("UPDATE key_store SET private_key = 'AAAA' WHERE id = '{base}'"));
    let report = place.backup();
    let damaged: Vec<_> = report.damaged.iter().map(|damaged| (damaged.id.as_str(), damaged.code)).collect();
    assert_eq!(damaged, [(base.as_str(), Code::WrappedKeyLayout)]);
    assert_eq!((report.keys, report.opened), (4, 1));
    assert_eq!(all_records(place.sqlite.as_ref(), Select::AllKeys).len(), 4);
}
