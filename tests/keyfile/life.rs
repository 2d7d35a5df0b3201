//! The life of a file and of its keys.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use keymanager::crypto::{Direction, PrivateKey as _};
use keymanager::error::Code;
use keymanager::master::keyfile::{DEFAULT_ITERATIONS, KeyFile};
use keymanager::master::{KeyKind, MasterKey, MasterKeys};
use keymanager::secret::SecretBytes;

use crate::support::{PASSPHRASE, alias, certify, create, open, options, passphrase, provider};

#[test]
fn a_file_is_made_once_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = KeyFile::create(&path, passphrase(PASSPHRASE), None, options()).unwrap();
    assert_eq!(file.iterations().unwrap(), DEFAULT_ITERATIONS);
    file.create(alias("one"), KeyKind::Aes256).unwrap();
    for name in ["keys.p12", "keys.p12.lock"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let before = std::fs::read(&path).unwrap();
    let error = KeyFile::create(&path, passphrase("another"), None, options()).unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    for iterations in [0, 9_999, 5_000_001] {
        let error =
            KeyFile::create(&folder.path().join("x"), passphrase("x"), Some(iterations), options()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    drop(create(&path));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(open(&path).unwrap_err().code(), Code::FilePermissions);
    let mut lenient = options();
    lenient.others_may_read = true;
    KeyFile::open(&path, passphrase(PASSPHRASE), lenient).unwrap();
    assert_eq!(open(&folder.path().join("none")).unwrap_err().code(), Code::FileNotFound);
}

#[test]
fn a_pair_is_pending_until_its_certificate_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file: Arc<dyn MasterKeys> = Arc::new(create(&path));
    let public = file.create(alias("PAIR-1"), KeyKind::Rsa2048).unwrap().public.unwrap();
    // The state of a crash: another handle sees a pending pair and can finish it.
    let other: Arc<dyn MasterKeys> = Arc::new(open(&path).unwrap());
    let entry = other.find(alias("pair-1")).unwrap().unwrap();
    assert!(entry.pending);
    assert_eq!(entry.certificate, None);
    assert_eq!(entry.public.as_ref(), Some(&public));
    let key = MasterKey::new(provider(), Arc::clone(&other), alias("pair-1"), public);
    let certificate = certify(&key).unwrap();
    other.attach_certificate(alias("Pair-1"), certificate.clone()).unwrap();
    let entry = file.find(alias("PAIR-1")).unwrap().unwrap();
    assert_eq!((entry.alias.as_str(), entry.pending), ("pair-1", false));
    assert_eq!(entry.certificate, Some(certificate));

    // A certificate for another key is refused, and what is no certificate.
    let public = file.create(alias("pair-2"), KeyKind::Rsa2048).unwrap().public.unwrap();
    assert_ne!(key.public_key(), &public);
    let wrong = MasterKey::new(provider(), Arc::clone(&file), alias("pair-2"), public);
    let error = file.attach_certificate(alias("pair-1"), certify(&wrong).unwrap()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = file.attach_certificate(alias("pair-2"), b"no certificate".to_vec()).unwrap_err();
    assert_eq!(error.code(), Code::CertificateUnparsable);
    assert!(file.find(alias("pair-2")).unwrap().unwrap().pending);
}

#[test]
fn the_passphrase_and_the_cost_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    file.create(alias("pair"), KeyKind::Rsa2048).unwrap();
    let seal = |file: &KeyFile| {
        file.aes_ecb(alias("secret"), Direction::Encrypt, SecretBytes::zeroed(16)).unwrap().expose().to_vec()
    };
    let before = (seal(&file), file.list(None).unwrap());
    let other = open(&path).unwrap();
    file.change_passphrase(passphrase("a new one"), Some(20_000)).unwrap();
    assert_eq!((seal(&file), file.list(None).unwrap()), before);
    assert_eq!(open(&path).unwrap_err().code(), Code::WrongPassphrase);
    assert_eq!(other.find(alias("secret")).unwrap_err().code(), Code::WrongPassphrase);
    let again = KeyFile::open(&path, passphrase("a new one"), options()).unwrap();
    assert_eq!(again.iterations().unwrap(), 20_000);
    assert_eq!((seal(&again), again.list(None).unwrap()), before);
    // The cost belongs to the file: a new key has it too.
    again.create(alias("later"), KeyKind::Aes256).unwrap();
    assert_eq!(again.iterations().unwrap(), 20_000);
    again.change_passphrase(passphrase("a new one"), None).unwrap();
    assert_eq!(again.iterations().unwrap(), 20_000);
    assert_eq!(again.list(None).unwrap().entries.len(), 3);
}

#[test]
fn aliases_are_lower_case_and_unique_across_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let file = create(&folder.path().join("keys.p12"));
    file.create(alias("Master-A"), KeyKind::Aes256).unwrap();
    assert_eq!(file.list(None).unwrap().entries[0].alias.as_str(), "master-a");
    let error = file.create(alias("MASTER-A"), KeyKind::Rsa2048).unwrap_err();
    assert_eq!(error.code(), Code::AliasExists);
    file.remove(alias("mAsTeR-a")).unwrap();
    assert!(file.list(None).unwrap().entries.is_empty());
}

/// KEY-15: what a link leads to is replaced, and the lock is the one of the file.
#[test]
fn a_symbolic_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("keys.p12"), folder.path().join("link.p12"));
    let file = create(&path);
    std::os::unix::fs::symlink(&path, &link).unwrap();
    open(&link).unwrap().create(alias("through-link"), KeyKind::Aes256).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(file.find(alias("through-link")).unwrap().is_some());
    assert!(folder.path().join("keys.p12.lock").exists() && !folder.path().join("link.p12.lock").exists());
}

#[test]
fn debug_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    let text = format!("{file:?} {:?}", options());
    assert!(text.contains("keys.p12") && !text.contains(PASSPHRASE), "{text}");
}
