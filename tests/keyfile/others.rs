//! OpenSSL and `p12-keystore` open ours; we open theirs.

use std::path::Path;

use keymanager::error::Code;
use keymanager::master::{KeyKind, MasterKeys};
use p12_keystore::{KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};

use crate::support::{PASSPHRASE, alias, create, make_private, open, run, run_any};

#[test]
fn openssl_reads_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    let pass = format!("pass:{PASSPHRASE}");
    let info = |path: &Path| {
        let output =
            run_any("openssl", &["pkcs12", "-in", path.to_str().unwrap(), "-info", "-passin", &pass, "-nodes"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    info(&path);
    file.create(alias("pair"), KeyKind::Rsa2048).unwrap();
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    let text = info(&path);
    for needle in [
        "MAC: sha256, Iteration 10000",
        "MAC length: 32, salt length: 20",
        "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256",
        "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256",
        "Bag Type: pkcs8ShroudedKeyBag",
        "friendlyName: pair",
        "friendlyName: secret",
        "BEGIN PRIVATE KEY",
        "BEGIN CERTIFICATE",
    ] {
        assert!(text.contains(needle), "{needle}: {text}");
    }
}

#[test]
fn the_oracle_reads_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file = create(&path);
    file.create(alias("pair"), KeyKind::Rsa2048).unwrap();
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    let store = KeyStore::from_pkcs12(&std::fs::read(&path).unwrap(), PASSPHRASE, Pkcs12ImportPolicy::Strict).unwrap();
    assert_eq!(store.entries().count(), 2);
    let Some(KeyStoreEntry::PrivateKeyChain(_)) = store.entry("pair") else { panic!("no pair") };
    let Some(KeyStoreEntry::Secret(_)) = store.entry("secret") else { panic!("no secret") };
}

/// Every cipher and MAC that is promised, as OpenSSL writes it.
#[test]
fn openssl_writes_what_we_read() {
    let folder = tempfile::tempdir().unwrap();
    for (number, more) in [
        "-keypbe AES-128-CBC -certpbe AES-192-CBC -macalg sha256",
        "-keypbe AES-256-CBC -certpbe AES-256-CBC -macalg sha512",
        "-keypbe AES-256-CBC -certpbe AES-128-CBC -macalg sha384",
        "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
        "-keypbe AES-256-CBC -certpbe NONE -macalg sha256",
    ]
    .into_iter()
    .enumerate()
    {
        let path = openssl_file(folder.path(), &format!("{number}.p12"), "named", more);
        let file = open(&path).unwrap();
        assert_eq!(file.read_only().unwrap(), None, "{more}");
        let entry = file.find(alias("named")).unwrap().unwrap();
        assert_eq!((entry.kind, entry.pending), (Some(KeyKind::Rsa2048), false), "{more}");
        file.health().unwrap();
        file.create(alias("added"), KeyKind::Rsa2048).unwrap();
        assert_eq!(open(&path).unwrap().find(alias("named")).unwrap(), Some(entry), "{more}");
    }
}

#[test]
fn what_cannot_be_kept_makes_the_file_read_only() {
    let folder = tempfile::tempdir().unwrap();
    for (name, more, word) in [
        ("rc4.p12", "-keypbe PBE-SHA1-RC4-128 -certpbe AES-256-CBC -macalg sha256 -legacy", "1.2.840.113549.1.12.1.1"),
        ("bag.p12", "-keypbe NONE -certpbe AES-256-CBC -macalg sha256", "1.2.840.113549.1.12.10.1.1"),
        ("safe.p12", "-keypbe AES-256-CBC -certpbe PBE-SHA1-RC4-128 -macalg sha256 -legacy", "part 1"),
        ("scheme.p12", "-keypbe camellia-256-cbc -certpbe AES-256-CBC -macalg sha256", "cipher"),
    ] {
        let path = openssl_file(folder.path(), name, "named", more);
        let before = std::fs::read(&path).unwrap();
        let file = open(&path).unwrap();
        let reason = file.read_only().unwrap().unwrap();
        assert!(reason.contains(word), "{reason}");
        for error in [
            file.create(alias("new"), KeyKind::Aes256).unwrap_err(),
            file.create(alias("new"), KeyKind::Rsa2048).unwrap_err(),
            file.change_passphrase(crate::support::passphrase("new one"), None).unwrap_err(),
        ] {
            assert_eq!(error.code(), Code::KeyFileReadOnly);
            assert!(error.detail().contains(&reason), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
        // The key of a file whose certificates are closed is not taken for pending.
        let pending = file.find(alias("named")).unwrap().is_some_and(|entry| entry.pending);
        assert!(!pending);
    }
    // An entry without a name is readable under Java's number, and the file is kept as it is.
    let path = openssl_file(folder.path(), "nameless.p12", "", "-keypbe AES-256-CBC -certpbe AES-256-CBC");
    let file = open(&path).unwrap();
    assert_eq!(file.list(None).unwrap().entries[0].alias.as_str(), "1");
    assert!(file.read_only().unwrap().unwrap().contains("name"));
}

#[test]
fn a_file_without_a_mac_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = openssl_file(folder.path(), "nomac.p12", "named", "-keypbe AES-256-CBC -certpbe AES-256-CBC -nomac");
    assert_eq!(open(&path).unwrap_err().code(), Code::Unsupported);
}

/// A file that OpenSSL makes, with few iterations.
pub(crate) fn openssl_file(folder: &Path, name: &str, alias: &str, more: &str) -> std::path::PathBuf {
    let (key, certificate, path) = (folder.join("key.pem"), folder.join("certificate.pem"), folder.join(name));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    if !key.exists() {
        run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=openssl",
                "-keyout",
                &text(&key),
                "-out",
                &text(&certificate),
            ],
        );
    }
    let pass = format!("pass:{PASSPHRASE}");
    let (key, certificate, out) = (text(&key), text(&certificate), text(&path));
    let mut all =
        vec!["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-passout", &pass, "-out", &out, "-iter", "50"];
    if !alias.is_empty() {
        all.extend(["-name", alias]);
    }
    all.extend(more.split(' '));
    run("openssl", &all);
    make_private(&path);
    path
}
