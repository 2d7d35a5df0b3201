//! Requests built piece by piece, each with one thing changed (docs/certificates.md CERT-60 to CERT-67).

use super::*;
use crate::certificate::oid;

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let header = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&header, content].concat()
}

fn oid_der(id: const_oid::ObjectIdentifier) -> Vec<u8> {
    wrap(6, id.as_bytes())
}

/// An Ed25519 request whose parts can be exchanged; key and signature are nobody's.
struct Sample {
    version: Vec<u8>,
    subject: Vec<u8>,
    key: Vec<u8>,
    attributes: Vec<u8>,
    rest: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Sample {
    fn new() -> Self {
        let algorithm = wrap(0x30, &oid_der(oid::ED25519));
        Self {
            version: vec![2, 1, 0],
            subject: vec![0x30, 0],
            key: wrap(0x30, &[&algorithm[..], &wrap(3, &[0; 33])].concat()),
            attributes: vec![0xa0, 0],
            rest: Vec::new(),
            algorithm,
            signature: wrap(3, &[0; 65]),
        }
    }

    fn der(&self) -> Vec<u8> {
        let info = [&self.version[..], &self.subject, &self.key, &self.attributes, &self.rest].concat();
        wrap(0x30, &[&wrap(0x30, &info)[..], &self.algorithm, &self.signature].concat())
    }
}

fn changed(change: impl FnOnce(&mut Sample)) -> Vec<u8> {
    let mut sample = Sample::new();
    change(&mut sample);
    sample.der()
}

#[test]
fn the_shortest_request() {
    let der = Sample::new().der();
    assert_eq!(der[..2], [0x30, 0x7f]);
    let request = CertificationRequest::parse(&der).unwrap();
    assert_eq!(request.der(), der);
    assert_eq!(request.key_algorithm(), &KeyAlgorithm::Ed25519);
    assert_eq!(request.signature_algorithm(), "Ed25519");
    assert_eq!(request.subject().unwrap(), DistinguishedName::default());
    assert!(request.attributes().is_empty());
    assert_eq!(CertificationRequest::parse(request.to_pem().as_bytes()).unwrap(), request);
    assert!(request.to_pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    assert_eq!(format!("{request:?}"), "CertificationRequest()");
}

#[test]
fn attributes_are_named_and_nothing_more() {
    let one = |kind, values: &[u8]| wrap(0x30, &[oid_der(kind), wrap(0x31, values)].concat());
    let set = |members: &[Vec<u8>]| wrap(0xa0, &members.concat());
    let good = changed(|sample| {
        sample.attributes = set(&[one(oid::COMMON_NAME, &[5, 0]), one(oid::ED25519, &[5, 0, 5, 0])]);
    });
    assert_eq!(CertificationRequest::parse(&good).unwrap().attributes(), ["2.5.4.3", "1.3.101.112"]);
    let none = changed(|sample| sample.attributes.clear());
    assert!(CertificationRequest::from_der(&none).unwrap().attributes().is_empty());
    let many: Vec<Vec<u8>> =
        (0..65u8).map(|id| wrap(0x30, &[wrap(6, &[0x2a, id]), wrap(0x31, &[5, 0])].concat())).collect();
    for (what, attributes) in [
        ("no value", set(&[one(oid::COMMON_NAME, &[])])),
        ("twice", set(&[one(oid::COMMON_NAME, &[5, 0]), one(oid::COMMON_NAME, &[5, 0])])),
        ("cut value", set(&[one(oid::COMMON_NAME, &[5, 1])])),
        ("not a sequence", set(&[vec![5, 0]])),
        ("too many", set(&many)),
        ("primitive", wrap(0x80, &[])),
    ] {
        refused(&changed(|sample| sample.attributes = attributes), what);
    }
}

fn refused(der: &[u8], what: &str) {
    let error = CertificationRequest::parse(der).expect_err(what);
    assert_eq!(error.code(), Code::RequestUnparsable, "{what}: {error}");
    assert!(error.detail().starts_with("not a readable certification request: "), "{error}");
}

#[test]
fn what_is_refused() {
    let sample = Sample::new().der();
    for cut in 0..sample.len() {
        refused(&sample[..cut], "cut");
    }
    refused(&[&sample[..], &[0]].concat(), "bytes follow");
    for (what, der) in [
        ("version 2", changed(|sample| sample.version = vec![2, 1, 1])),
        ("long version", changed(|sample| sample.version = vec![2, 2, 0, 0])),
        ("no version", changed(|sample| sample.version.clear())),
        ("a name that is a set", changed(|sample| sample.subject = vec![0x31, 0])),
        ("an empty rdn", changed(|sample| sample.subject = wrap(0x30, &[0x31, 0]))),
        ("no key", changed(|sample| sample.key = vec![0x30, 0])),
        ("something behind", changed(|sample| sample.rest = vec![5, 0])),
        ("no algorithm", changed(|sample| sample.algorithm = vec![0x30, 0])),
        ("a signature of 7 bits", changed(|sample| sample.signature = vec![3, 2, 1, 0])),
        ("no signature", changed(|sample| sample.signature.clear())),
        ("indefinite", [&[0x30, 0x80][..], &sample[2..], &[0, 0]].concat()),
    ] {
        refused(&der, what);
    }
}

#[test]
fn pem_of_other_things_is_refused() {
    let pem = CertificationRequest::parse(&Sample::new().der()).unwrap().to_pem();
    assert!(CertificationRequest::parse(pem.replace("CERTIFICATE REQ", "NEW CERTIFICATE REQ").as_bytes()).is_ok());
    assert!(CertificationRequest::parse(pem.replace(" REQUEST", "").as_bytes()).is_err());
    assert!(CertificationRequest::parse(format!("{pem}{pem}").as_bytes()).is_err());
    let long = vec![b'A'; 4 * MAX_REQUEST_LEN + 1];
    assert_eq!(CertificationRequest::parse(&long).unwrap_err().code(), Code::TooLarge);
    let mut long = vec![0x30, 0x83, 1, 0, 0];
    long.resize(MAX_REQUEST_LEN + 6, 0);
    assert_eq!(CertificationRequest::parse(&long).unwrap_err().code(), Code::TooLarge);
}
