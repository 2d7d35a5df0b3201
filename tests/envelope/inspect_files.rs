//! The inspector over certificates, requests, bundles and key files, INS-10 and INS-12.

use std::path::Path;
use std::process::Command;

use keymanager::certificate::{Certificate, bundle};
use keymanager::envelope::inspect::{InspectOptions, Kind, Severity, inspect};
use keymanager::envelope::text;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{certificate, now, providers, vector};
use crate::inspect::{codes, consistent, look, value};

/// What makes a key file of the two files that [`key_and_certificate`] leaves.
const EXPORT: [&str; 8] = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-passout", "pass:throwaway"];

/// A folder with `key.pem` and `cert.pem`.
fn key_and_certificate() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.pem"), vector("derived-test-rsa2048.pem")).unwrap();
    std::fs::write(folder.path().join("cert.pem"), vector("derived-test-cert.pem")).unwrap();
    folder
}

/// Runs OpenSSL, which must be there.
fn openssl(folder: &Path, arguments: &[&str]) {
    let output =
        Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl must be installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn ins_10_certificates_requests_and_key_files() {
    let folder = key_and_certificate();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    openssl(folder.path(), &["req", "-new", "-key", "key.pem", "-subj", "/C=IN/CN=who asks", "-out", "csr.pem"]);
    openssl(folder.path(), &["req", "-in", "csr.pem", "-outform", "DER", "-out", "csr.der"]);
    openssl(folder.path(), &[&EXPORT[..], &["-out", "usual.p12"]].concat());
    openssl(folder.path(), &[&EXPORT[..], &["-iter", "20000", "-out", "many.p12"]].concat());
    openssl(folder.path(), &[&EXPORT[..], &["-nomac", "-out", "nomac.p12"]].concat());

    for bytes in [certificate().der().to_vec(), vector("derived-test-cert.pem")] {
        let report = look(&bytes);
        consistent(&report);
        assert_eq!(report.kind, Kind::Certificate);
        assert_eq!(report.thumbprint, Some(certificate().thumbprint().to_hex()));
        assert_eq!(value(&report, "subject"), Some("CN=derived-vector-TEST-ONLY"));
        assert_eq!(value(&report, "public_key"), Some("RSA, 2048 bits"));
        assert_eq!(codes(&report).contains(&"pem"), bytes[0] == b'-');
        let subject = report.fields.iter().find(|field| field.name == "subject").unwrap();
        let issuer = report.fields.iter().find(|field| field.name == "issuer").unwrap();
        assert!(subject.offset > issuer.offset);
    }
    let report = look(include_bytes!("ec-p256.pem"));
    assert!(codes(&report).contains(&"recipient_key"));
    assert!(value(&report, "public_key").unwrap().contains("256"), "{report}");

    for bytes in [read("csr.pem"), read("csr.der")] {
        let report = look(&bytes);
        consistent(&report);
        assert_eq!(report.kind, Kind::Csr);
        assert!(value(&report, "subject").unwrap().contains("who asks"));
        assert!(codes(&report).contains(&"signature_good"), "{report}");
        assert_eq!(report.authenticated, ["subject", "public_key"]);
    }
    let mut changed = read("csr.der");
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let report = look(&changed);
    consistent(&report);
    assert_eq!((report.kind, report.worst()), (Kind::Csr, Severity::Error));
    assert!(codes(&report).contains(&"signature_bad"), "{report}");
    assert_eq!(report.not_authenticated, ["subject", "public_key"]);
    let report = look(&read("usual.p12"));
    consistent(&report);
    assert_eq!(report.kind, Kind::KeyFile);
    assert!(codes(&report).contains(&"few_iterations"));
    assert!(report.fields.iter().any(|field| field.name == "safes" && field.note.starts_with("2 safes")), "{report}");
    assert!(report.fields.iter().any(|field| field.name == "mac" && field.note.starts_with("2048 iterations")));
    assert!(!codes(&look(&read("many.p12"))).contains(&"few_iterations"));
    let report = look(&read("nomac.p12"));
    consistent(&report);
    assert!(codes(&report).contains(&"no_mac"));

    let report = look(&read("key.pem"));
    assert_eq!(report.kind, Kind::Unknown);
    assert!(codes(&report).contains(&"private_key"));
    for (name, from) in [("csr.der", 4), ("usual.p12", 4)] {
        let bytes = read(name);
        for len in (0..bytes.len()).step_by(37) {
            assert_eq!(look(&bytes[..len]).kind, Kind::Unknown);
        }
        for position in (from..bytes.len()).step_by(11) {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0xff;
            let _ = look(&damaged);
        }
    }
}

/// INS-12.
#[test]
fn bundles_are_explained() {
    let service: Value = serde_json::from_slice(&vector("../service/pkcs12/ciphertexts.json")).unwrap();
    let texts: Vec<&str> = service["chains"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|call| call["reply"]["response"]["certificatesTrustPath"].as_str())
        .collect();
    assert!(texts.len() > 3);
    let provider = &providers()[0];
    for text in texts {
        let certificates = bundle::parse(provider, text.as_bytes()).unwrap();
        let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let ber = text::decode(base64.as_bytes()).unwrap();
        let der = bundle::to_der(&certificates).unwrap();
        // PEM, the BER inside it, DER, and base64 text without lines.
        for (input, inner) in [(text.as_bytes(), &ber), (&ber, &ber), (&der, &der), (base64.as_bytes(), &ber)] {
            let report = look(input);
            consistent(&report);
            assert_eq!((report.kind, report.size), (Kind::Bundle, inner.len() as u64), "{report}");
            assert_eq!(report.fields.len(), certificates.len() + 1);
            for (certificate, field) in certificates.iter().zip(&report.fields[1..]) {
                let (from, len) = (field.offset as usize, field.length as usize);
                assert_eq!(&inner[from..from + len], certificate.der(), "{}", field.name);
                assert!(field.note.contains(&certificate.thumbprint().to_hex()), "{}", field.note);
                assert_eq!(field.value.as_ref(), Some(&certificate.subject_text()));
            }
            assert!(codes(&report).contains(&"chain"), "{report}");
            let options = InspectOptions { certificate: certificates.last(), now: now() };
            assert_eq!(inspect(provider, input, &options).certificate.unwrap().matches, Some(true));
        }
        // Only the leaf leads nowhere, unless it signed itself.
        let leaf = look(&bundle::to_der(&certificates[..1]).unwrap());
        assert_eq!(codes(&leaf).contains(&"no_chain"), certificates.len() > 1, "{leaf}");
        // Cut, changed, one too many.
        for len in (20..ber.len()).step_by(97) {
            let report = look(&ber[..len]);
            consistent(&report);
            assert_eq!((report.kind, report.worst()), (Kind::Bundle, Severity::Error), "{len}: {report}");
            assert_eq!(codes(&report), ["bundle"]);
        }
        for at in (0..der.len()).step_by(13) {
            let mut changed = der.clone();
            changed[at] ^= 0x41;
            consistent(&look(&changed));
        }
        let full = look(&bundle::to_der(&vec![certificates[0].clone(); 64]).unwrap());
        consistent(&full);
        assert_eq!((full.fields.len(), full.fields[64].name), (65, "certificate_64"));
    }
    // Signed with a hash that is not verified here, which says nothing against the chain.
    let folder = key_and_certificate();
    let request = ["req", "-x509", "-new", "-key", "key.pem", "-subj", "/CN=old hash", "-sha224", "-out", "sha224.pem"];
    openssl(folder.path(), &request);
    openssl(folder.path(), &["crl2pkcs7", "-nocrl", "-certfile", "sha224.pem", "-out", "sha224.p7b"]);
    let unverified = look(&std::fs::read(folder.path().join("sha224.p7b")).unwrap());
    assert!(codes(&unverified).contains(&"signature_not_checked"), "{unverified}");
    assert!(!codes(&unverified).contains(&"no_chain"), "{unverified}");
    let broken = look(b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n");
    assert_eq!((broken.kind, codes(&broken)), (Kind::Bundle, vec!["bundle", "pem"]), "{broken}");
    // The head of a bundle, and then megabytes: within what is looked at, and over the limit of a bundle.
    let head: &[u8] = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80";
    let large = look(&[head, &vec![0x30; 2 * 1024 * 1024]].concat());
    assert!(large.kind == Kind::Bundle && large.findings[0].text.contains("at most"), "{large}");
    let deep = look(&[head, &[0x30, 0x80].repeat(200_000)].concat());
    assert_eq!((deep.kind, deep.worst()), (Kind::Bundle, Severity::Error));
}

#[test]
fn ins_10_the_small_print_of_requests_and_key_files() {
    let folder = key_and_certificate();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    openssl(folder.path(), &["req", "-new", "-key", "key.pem", "-subj", "/CN=plain", "-out", "plain.pem"]);
    let more = ["-addext", "subjectAltName=DNS:example.org"];
    openssl(
        folder.path(),
        &[&["req", "-new", "-key", "key.pem", "-subj", "/CN=more", "-out", "more.pem"], &more[..]].concat(),
    );
    openssl(folder.path(), &["genpkey", "-algorithm", "ed448", "-out", "ed448.pem"]);
    openssl(folder.path(), &["req", "-new", "-key", "ed448.pem", "-subj", "/CN=other", "-out", "other.pem"]);
    assert!(!codes(&look(&read("plain.pem"))).contains(&"attributes"));
    assert!(codes(&look(&read("more.pem"))).contains(&"attributes"));
    let other = look(&read("other.pem"));
    assert!(codes(&other).contains(&"signature_not_checked") && !codes(&other).contains(&"signature_bad"), "{other}");

    openssl(folder.path(), &[&EXPORT[..], &["-iter", "10000", "-out", "enough.p12"]].concat());
    let report = look(&read("enough.p12"));
    assert!(!codes(&report).contains(&"few_iterations"), "{report}");
    let note = &report.fields.iter().find(|field| field.name == "safes").unwrap().note;
    assert_eq!(note, "2 safes: encrypted with the passphrase, plain");

    let (own, foreign) = (certificate(), Certificate::parse(&providers()[0], include_bytes!("ec-p256.pem")).unwrap());
    for (given, matches) in [(&own, true), (&foreign, false)] {
        let options = InspectOptions { certificate: Some(given), now: now() };
        let report = inspect(&providers()[0], own.der(), &options);
        assert_eq!(report.certificate.as_ref().unwrap().matches, Some(matches));
        for (name, part) in [("subject", own.subject_der()), ("public_key", own.public_key().spki_der())] {
            let field = report.fields.iter().find(|field| field.name == name).unwrap();
            let start = usize::try_from(field.offset).unwrap();
            assert_eq!(&own.der()[start..start + part.len()], part, "{name}");
            assert_eq!(field.length, part.len() as u64);
        }
    }
}

#[test]
fn text_may_stand_before_a_pem_block_up_to_64_kib() {
    let pem = certificate().to_pem();
    for (before, kind) in [(64 * 1024 - 1, Kind::Certificate), (64 * 1024, Kind::Unknown)] {
        let mut bytes = vec![b'#'; before];
        // A line of its own, as PEM has it.
        bytes[before - 1] = b'\n';
        bytes.extend_from_slice(pem.as_bytes());
        assert_eq!(look(&bytes).kind, kind, "{before}");
    }
}
