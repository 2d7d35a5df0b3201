//! Damaged files: an error or the same content, never a panic, never a write.

use std::path::Path;

use keymanager::error::Code;
use keymanager::master::keyfile::KeyFile;
use keymanager::master::{KeyKind, MasterKeys, MasterPage};

use crate::others::openssl_file;
use crate::support::{PASSPHRASE, alias, create, open, options, passphrase};

#[test]
fn a_wrong_passphrase_is_told_from_a_damaged_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    create(&path).create(alias("secret"), KeyKind::Aes256).unwrap();
    let wrong = KeyFile::open(&path, passphrase("throwaway-p13"), options()).unwrap_err();
    assert_eq!(wrong.code(), Code::WrongPassphrase);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(open(&path).unwrap_err().code(), Code::KeyFileDamaged);
    std::fs::write(&path, [&whole[..], b"\0"].concat()).unwrap();
    assert_eq!(open(&path).unwrap_err().code(), Code::KeyFileDamaged);
    for text in [&b""[..], b"not a key file", b"\x30\x80\0\0", b"\x30\x84\xff\xff\xff\xff"] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(open(&path).unwrap_err().code(), Code::KeyFileDamaged);
    }
}

#[test]
fn every_byte_flipped_in_our_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    flip_every_byte(&path, 0x01);
}

#[test]
fn every_byte_flipped_in_a_file_of_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let path = openssl_file(folder.path(), "small.p12", "named", "-keypbe AES-256-CBC -certpbe AES-256-CBC");
    flip_every_byte(&path, 0x01);
    flip_every_byte(&path, 0x80);
}

fn flip_every_byte(path: &Path, bit: u8) {
    let whole = std::fs::read(path).unwrap();
    let list = |path: &Path| -> keymanager::Result<MasterPage> { open(path)?.list(None) };
    let content = list(path).unwrap();
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= bit;
        std::fs::write(path, &changed).unwrap();
        match list(path) {
            Ok(page) => assert_eq!(page, content, "byte {position}"),
            Err(error) => assert!(
                matches!(
                    error.code(),
                    Code::KeyFileDamaged | Code::WrongPassphrase | Code::Unsupported | Code::TooLarge
                ),
                "byte {position}: {error:?}"
            ),
        }
        assert_eq!(std::fs::read(path).unwrap(), changed, "byte {position}");
    }
    std::fs::write(path, &whole).unwrap();
}

/// A file that was replaced by a damaged one under an open handle is not taken, and not written over.
#[test]
fn damage_under_an_open_handle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..40]).unwrap();
    assert_eq!(file.find(alias("secret")).unwrap_err().code(), Code::KeyFileDamaged);
    assert_eq!(file.health().unwrap_err().code(), Code::KeyFileDamaged);
    assert_eq!(file.create(alias("new"), KeyKind::Aes256).unwrap_err().code(), Code::KeyFileDamaged);
    assert_eq!(std::fs::read(&path).unwrap(), &whole[..40]);
    std::fs::write(&path, &whole).unwrap();
    assert!(file.find(alias("secret")).unwrap().is_some());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.find(alias("secret")).unwrap_err().code(), Code::FileNotFound);
}

#[test]
fn a_passphrase_is_printable_ascii() {
    let refused =
        keymanager::secret::Passphrase::new(keymanager::secret::SecretBytes::copy_from("pässword".as_bytes()));
    assert_eq!(refused.unwrap_err().code(), Code::InvalidPassphrase);
    assert!(!PASSPHRASE.is_empty());
}
