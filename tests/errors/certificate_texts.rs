//! Certificates that nobody expects, as those of our own keys and as those of other domains.

use std::path::Path;
use std::process::Command;

use keymanager::certificate::Certificate;
use keymanager::crypto::PrivateKey as _;
use keymanager::error::Code::{self, *};
use keymanager::manager::{KeyLevel, KeyState};

use super::outside::{foreign, kept_key, valid};
use super::support::{World, assert_consistent, provider, scope, vectors};
use super::table::{refused, world};

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A certificate of version 1, which has no extensions, by OpenSSL; its key is made by `new`.
fn version_1(folder: &Path, new: &[&str]) -> Vec<u8> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let [key, csr, none, certificate] = ["key.pem", "csr.pem", "none.cnf", "v1.pem"].map(path);
    std::fs::write(&none, "").unwrap();
    openssl(&[&["req", "-new", "-nodes", "-subj", "/CN=old", "-keyout", &key, "-out", &csr][..], new].concat());
    openssl(&["x509", "-req", "-in", &csr, "-signkey", &key, "-days", "700", "-extfile", &none, "-out", &certificate]);
    std::fs::read(certificate).unwrap()
}

/// What is no certificate: it never is taken for one, wherever it is sent.
#[test]
fn texts_that_are_no_certificate() {
    let world = world();
    let base = scope("REGISTRATION", "a");
    let current = world.manager.certificate(&base).unwrap().certificate;
    let pem = current.to_pem();
    let [cut_pem, twice] = [pem[..pem.len() / 2].to_owned(), format!("{pem}{pem}")];
    let other_label = pem.replace("CERTIFICATE", "PUBLIC KEY");
    let shell = pem.replace('\n', "; rm -rf ~\n");
    let trailing = [current.der(), b"\0"].concat();
    let megabyte = [pem.as_bytes(), &vec![b'\n'; 1 << 20]].concat();
    let long_der = [current.der(), &vec![0; 1 << 20]].concat();
    let rows: [(&str, &[u8], Code, &str); 13] = [
        ("cut", &current.der()[..400], CertificateUnparsable, "KER-KMS-013"),
        ("cut PEM", cut_pem.as_bytes(), CertificateUnparsable, "KER-KMS-013"),
        ("bytes behind it", &trailing, CertificateUnparsable, "KER-KMS-013"),
        ("another label", other_label.as_bytes(), CertificateUnparsable, "KER-KMS-013"),
        ("shell text", shell.as_bytes(), CertificateUnparsable, "KER-KMS-013"),
        ("SQL text", b"'; DROP TABLE key_store; --", CertificateUnparsable, "KER-KMS-013"),
        ("NUL", b"\0", CertificateUnparsable, "KER-KMS-013"),
        ("unicode", "\u{6f22}\u{5b57}\u{1f511}".as_bytes(), CertificateUnparsable, "KER-KMS-013"),
        ("a path", b"/etc/ssl/certs/ca.pem", CertificateUnparsable, "KER-KMS-013"),
        ("zeros", &[0; 2000], CertificateUnparsable, "KER-KMS-013"),
        ("0xff", &[0xff; 2000], CertificateUnparsable, "KER-KMS-013"),
        ("1 MiB around one", &megabyte, TooLarge, "KER-FSE-005"),
        ("1 MiB behind one", &long_der, TooLarge, "KER-FSE-005"),
    ];
    for (what, bytes, code, mosip) in rows {
        refused(&world, what, (code, mosip), |manager| manager.upload_certificate(&base, bytes));
        let elsewhere = scope("PARTNER", "new");
        refused(&world, what, (code, mosip), |manager| manager.upload_other_domain(&elsewhere, bytes));
    }
    let several = world.manager.upload_other_domain(&scope("PARTNER", "new"), twice.as_bytes());
    assert_eq!(several.unwrap_err().code(), CertificateUnparsable, "one certificate, and no more");
    assert_consistent(&world, "texts");
}

/// Certificates that are read, and whose key is not the one they are sent for. Another domain may have them: no trust
/// and no strength is asked there, as upstream.
#[test]
fn certificates_with_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let v1 = version_1(folder.path(), &["-newkey", "rsa:2048"]);
    let weak = version_1(folder.path(), &["-newkey", "rsa:1024"]);
    let curve = version_1(folder.path(), &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]);
    let far = foreign("Far", kept_key(13).public_key(), "2026-11-01T00:00:00Z", "9999-12-31T23:59:59Z");
    let rows: [(&str, Vec<u8>, &str); 4] = [
        ("v1", v1, "RSA-2048"),
        ("RSA-1024", weak, "RSA-1024"),
        ("P-384", curve, "EC-P384"),
        ("the end of time", far.der().to_vec(), "RSA-2048"),
    ];
    let world = World::with_masters();
    let base = scope("REGISTRATION", "a");
    world.current(&base);
    for (what, bytes, algorithm) in &rows {
        for scope in [&base, &scope("REGISTRATION", ""), &scope("KERNEL", "SIGN")] {
            let code = (CertificateOfOtherKey, "KER-KMS-014");
            refused(&world, what, code, |manager| manager.upload_certificate(scope, bytes));
        }
        let elsewhere = scope("PARTNER", what);
        let key = world.manager.upload_other_domain(&elsewhere, bytes).unwrap();
        assert_eq!((key.level, key.algorithm.as_str()), (KeyLevel::OtherDomain, *algorithm), "{what}");
        let refusal = (CertificateExists, "KER-KMS-035");
        refused(&world, what, refusal, |manager| manager.upload_other_domain(&elsewhere, bytes));
    }
    assert_consistent(&world, "other keys");
}

/// Our own keys take certificates of any version and time (HIE-74).
#[test]
fn certificates_of_our_own_keys() {
    let world = World::with_masters();
    let base = scope("REGISTRATION", "a");
    let original = world.manager.certificate(&base).unwrap();
    let public = original.certificate.public_key();
    let far = foreign("Far", public, "2026-11-01T00:00:00Z", "9999-12-31T23:59:59Z");
    let key = world.manager.upload_certificate(&base, far.der()).unwrap();
    assert_eq!((key.state, key.not_after), (KeyState::Current, Some(far.not_after())));
    let usual = valid("Usual", public);
    for (what, text) in [
        ("blanks around it", format!("  \n{}\n \n", usual.to_pem())),
        ("line ends of Windows", usual.to_pem().replace('\n', "\r\n")),
    ] {
        let key = world.manager.upload_certificate(&base, text.as_bytes()).unwrap();
        assert_eq!((key.thumbprint, &key.alias), (Some(usual.thumbprint()), &original.key.alias), "{what}");
    }
    assert_consistent(&world, "our own keys");
}

/// A certificate of version 1 for a key that is here: read, and the key goes on.
#[test]
fn a_version_1_certificate_of_our_own_key() {
    let folder = tempfile::tempdir().unwrap();
    let pem = std::fs::read_to_string(vectors().join("hierarchy/key-01.pem")).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [key, csr, none, out] = ["key.pem", "csr.pem", "none.cnf", "v1.pem"].map(path);
    std::fs::write(&key, &pem).unwrap();
    std::fs::write(&none, "").unwrap();
    openssl(&["req", "-new", "-key", &key, "-subj", "/CN=old", "-out", &csr]);
    openssl(&["x509", "-req", "-in", &csr, "-signkey", &key, "-days", "3600", "-extfile", &none, "-out", &out]);
    let bytes = std::fs::read(out).unwrap();
    let certificate = Certificate::parse(&provider(), &bytes).unwrap();
    // The first kept key is that of the Root.
    let world = World::new();
    world.clock.set(certificate.not_before().plus_seconds(1));
    world.rsa(&scope("ROOT", ""), false).unwrap();
    let root = world.current(&scope("ROOT", ""));
    let key = world.manager.upload_certificate(&scope("ROOT", ""), &bytes).unwrap();
    assert_eq!((key.alias, key.thumbprint), (root.alias, Some(certificate.thumbprint())));
    assert_eq!(key.state, KeyState::Current);
    // What it signs is verified by it.
    world.rsa(&scope("REGISTRATION", ""), false).unwrap();
    assert_eq!(world.manager.chain(&scope("REGISTRATION", "a")).unwrap().len(), 3);
    assert_consistent(&world, "version 1");
}
