//! Certificates that MOSIP published, and those that its running service wrote.

use std::collections::HashMap;

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, KeyAlgorithm, Validity,
    issue,
};
use keymanager::crypto::{PrivateKey, SoftwareKey};

use crate::common::{Kept, at, json, key_from_pem, parse, provider, providers, run, vector, vectors};

/// CERT-9, CERT-17: the published certificates, among them v1, RSA-1024, expired and not yet valid.
#[test]
fn published_certificates() {
    let index = json("upstream/certs-index.json");
    let load = |file: &str| parse(&vector(&format!("upstream/{file}")));
    for entry in index.as_array().unwrap() {
        let text = |key: &str| entry[key].as_str().unwrap().to_owned();
        let certificate = load(&text("file"));
        assert_eq!(certificate.thumbprint().to_hex(), text("sha256_thumbprint_hex_upper"));
        assert_eq!(format!("v{}", certificate.version()), text("x509_version"));
        assert_eq!(u64::from(certificate.rsa_bits().unwrap()), entry["rsa_bits"].as_u64().unwrap());
        assert_eq!(certificate.not_before(), at(&text("not_before").replace(' ', "T")));
        assert_eq!(certificate.not_after(), at(&text("not_after").replace(' ', "T")));
        let issuer = load(&format!("certs/{}", text("issued_by").trim_start_matches("certs/")));
        for provider in providers() {
            certificate.verify_signed_by(&provider, &issuer).unwrap();
        }
    }
    assert_eq!(index.as_array().unwrap().len(), 8);

    let now = at("2026-11-25T00:00:00Z");
    let state = |name: &str| load(&format!("certs/testcase-inter{name}.pem")).validity(now);
    assert!(matches!(state(""), Validity::Valid { days_left: 35000.. }));
    assert!(matches!(state("-expired"), Validity::Expired { days_ago: 693 }));
    assert!(matches!(state("-futuredate"), Validity::NotYetValid { days_until: 34293 }));
    assert!(!load("certs/testcase-inter-version1.pem").is_ca());
    assert!(load("certs/testcase-inter-version1.pem").extensions().is_empty());
}

#[test]
fn the_derived_test_certificate() {
    let certificate = parse(&vector("derived/derived-test-cert.pem"));
    assert_eq!(certificate.serial(), "1");
    assert_eq!(certificate.subject_text(), "CN=derived-vector-TEST-ONLY");
    certificate.verify_signed_by(&provider(), &certificate).unwrap();
}

/// The columns of one row of a `pg_dump --column-inserts`, text only; NULL is none.
fn rows(dump: &str, table: &str) -> Vec<HashMap<String, String>> {
    let begin = format!("INSERT INTO keymgr.{table} (");
    let mut rows = Vec::new();
    for part in dump.split(&begin).skip(1) {
        let (columns, rest) = part.split_once(") VALUES (").unwrap();
        let mut values = Vec::new();
        let mut letters = rest.chars();
        'row: loop {
            let mut value = String::new();
            let mut quoted = false;
            loop {
                match letters.next().unwrap() {
                    '\'' => quoted = !quoted,
                    ',' if !quoted => break,
                    ')' if !quoted => {
                        values.push(value);
                        break 'row;
                    }
                    letter => value.push(letter),
                }
            }
            values.push(value);
        }
        rows.push(
            columns.split(", ").map(str::to_owned).zip(values.iter().map(|v| v.trim_start().to_owned())).collect(),
        );
    }
    rows
}

fn dump() -> String {
    String::from_utf8(vector("service/pkcs12/keymgr.sql")).unwrap()
}

/// CERT-8, CERT-17: every certificate in `key_store` has the thumbprint of its `key_alias` row, and its text is ours.
#[test]
fn certificates_of_the_key_store_table() {
    let dump = dump();
    let thumbprints: HashMap<String, String> =
        rows(&dump, "key_alias").into_iter().map(|row| (row["id"].clone(), row["cert_thumbprint"].clone())).collect();
    let mut count = 0;
    for row in rows(&dump, "key_store") {
        let certificate = parse(row["certificate_data"].as_bytes());
        assert_eq!(certificate.thumbprint().to_hex(), thumbprints[&row["id"]]);
        assert_eq!(certificate.to_pem(), row["certificate_data"]);
        count += 1;
    }
    assert_eq!(count, 13);
}

/// CERT-18, CERT-12, CERT-36: SHA-1, serial numbers and texts of names as the CA and partner rows have them.
#[test]
fn certificates_of_the_trust_tables() {
    let dump = dump();
    let mut count = 0;
    for row in rows(&dump, "ca_cert_store").into_iter().chain(rows(&dump, "partner_cert_store")) {
        let certificate = parse(row["cert_data"].as_bytes());
        assert_eq!(certificate.sha1_thumbprint(&provider()), row["cert_thumbprint"]);
        assert_eq!(certificate.serial(), row["cert_serial_no"]);
        assert_eq!(certificate.subject().unwrap().to_database(), row["cert_subject"]);
        assert_eq!(certificate.issuer().unwrap().to_database(), row["cert_issuer"]);
        assert_eq!(&certificate.not_before().to_database()[..19], row["cert_not_before"]);
        assert_eq!(&certificate.not_after().to_database()[..19], row["cert_not_after"]);
        count += 1;
    }
    assert!(count >= 6, "{count}");
}

/// Every certificate the service answered, with its application and reference.
fn answered() -> Vec<(String, Certificate)> {
    let mut certificates = Vec::new();
    for pair in json("service/pkcs12/ciphertexts.json")["all_certificates"].as_array().unwrap() {
        let scope = format!("{}/{}", pair["app_id"].as_str().unwrap(), pair["ref_id"].as_str().unwrap());
        for entry in pair["reply"]["allCertificates"].as_array().into_iter().flatten() {
            certificates.push((scope.clone(), parse(entry["certificateData"].as_str().unwrap().as_bytes())));
        }
    }
    certificates
}

#[test]
fn certificates_the_service_answered() {
    let thumbprints = &json("service/pkcs12/ciphertexts.json")["meta"]["alias_thumbprints"];
    let certificates = answered();
    assert_eq!(certificates.len(), 27);
    for (scope, certificate) in &certificates {
        let known = thumbprints[certificate.thumbprint().to_hex()].as_str();
        assert!(known.is_some_and(|known| known.starts_with(scope.as_str())), "{scope}: {known:?}");
    }
    let serials: Vec<String> = certificates.iter().map(|(_, certificate)| certificate.serial()).collect();
    assert!(serials.iter().any(|serial| serial.starts_with('-')));
    let algorithms: Vec<String> =
        certificates.iter().map(|(_, certificate)| certificate.key_algorithm().to_string()).collect();
    for algorithm in ["RSA-2048", "EC P-256", "EC secp256k1", "Ed25519"] {
        assert!(algorithms.iter().any(|found| found == algorithm), "{algorithm}");
    }
    assert!(certificates.iter().all(|(_, certificate)| certificate.signature_algorithm() == "SHA256withRSA"));
}

/// Every private key of the service's key store, opened by OpenSSL.
fn service_keys() -> Vec<SoftwareKey> {
    let file = vectors().join("service/pkcs12/keystore.p12");
    let text = run(
        "openssl",
        &["pkcs12", "-in", file.to_str().unwrap(), "-passin", "pass:throwaway-p12", "-nodes", "-nocerts"],
    );
    let end = "-----END PRIVATE KEY-----";
    let blocks = text.split("-----BEGIN PRIVATE KEY-----").skip(1).map(|part| part.split(end).next().unwrap());
    // The EC signing keys are skipped by their size.
    blocks.filter(|block| block.len() > 1000).map(|block| key_from_pem(&provider(), block)).collect()
}

/// CERT-40 to CERT-50: with the service's own keys, dates and serial numbers, what this library issues is what the
/// service issued, byte for byte. Signatures included, since PKCS#1 v1.5 has no randomness.
#[test]
fn reissued_certificates_are_identical() {
    let keys = service_keys();
    let certificates = answered();
    let mut identical = [0; 3];
    for (scope, wanted) in &certificates {
        let issuer = certificates.iter().map(|(_, issuer)| issuer).find(|issuer| {
            issuer.subject_der() == wanted.issuer_der() && wanted.verify_signed_by(&provider(), issuer).is_ok()
        });
        let serial: i64 = wanted.serial().parse().unwrap_or(-1);
        let rsa = matches!(wanted.key_algorithm(), KeyAlgorithm::Rsa { .. });
        let Some(issuer) = issuer.filter(|_| serial > 0) else { continue };
        let self_signed = wanted.is_self_issued();
        let kind = match (self_signed, wanted.is_ca()) {
            (true, _) if rsa => CertificateKind::Root,
            (false, true) => CertificateKind::Module,
            (false, false) if rsa => CertificateKind::Base,
            _ => continue,
        };
        let signer = keys.iter().find(|key| key.public_key() == issuer.public_key()).unwrap();
        let request = CertificateRequest {
            kind,
            subject: wanted.subject().unwrap(),
            public_key: wanted.public_key().clone(),
            not_before: wanted.not_before().plus_seconds(0),
            not_after: wanted.not_after(),
            alternative_names: AlternativeNames::default(),
        };
        for provider in providers() {
            let random = Kept(serial.to_be_bytes().to_vec());
            let issued = issue(&provider, &random, &request, (!self_signed).then_some(issuer), signer).unwrap();
            assert_eq!(hex::encode(issued.der()), hex::encode(wanted.der()), "{scope}");
            assert_eq!(&issued, wanted);
        }
        identical[kind as usize] += 1;
    }
    let [root, modules, bases] = identical;
    assert!(modules >= 4 && bases >= 3, "root {root}, modules {modules}, bases {bases}");
}

/// CERT-45: where the serial number is negative, all other bytes of the signed part are the same.
#[test]
fn negative_serial_numbers_are_the_only_difference() {
    let certificates = answered();
    let root_key = service_keys();
    let (_, root) = certificates.iter().find(|(scope, _)| scope == "ROOT/").unwrap();
    let signer = root_key.iter().find(|key| key.public_key() == root.public_key()).unwrap();
    let mut compared = 0;
    for (_, wanted) in &certificates {
        let module = wanted.is_ca() && !wanted.is_self_issued() && wanted.verify_signed_by(&provider(), root).is_ok();
        if !module || !wanted.serial().starts_with('-') {
            continue;
        }
        let request = CertificateRequest {
            kind: CertificateKind::Module,
            subject: DistinguishedName::from_der(wanted.subject_der()).unwrap(),
            public_key: wanted.public_key().clone(),
            not_before: wanted.not_before(),
            not_after: wanted.not_after(),
            alternative_names: AlternativeNames::default(),
        };
        let issued = issue(&provider(), &Kept(vec![0x7f; 8]), &request, Some(root), signer).unwrap();
        let signed_part = |der: &[u8]| der[..der.len() - 256].to_vec();
        let mut ours = signed_part(issued.der());
        let theirs = signed_part(wanted.der());
        // Both serial numbers have eight bytes: 30 82 .. .. 30 82 .. .. a0 03 02 01 02 02 08.
        ours[15..23].copy_from_slice(&theirs[15..23]);
        if theirs[14] == 8 {
            assert_eq!(hex::encode(ours), hex::encode(theirs));
            compared += 1;
        }
    }
    assert!(compared >= 3, "{compared}");
}
