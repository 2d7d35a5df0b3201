//! Certificates built piece by piece, each with one thing changed (docs/certificates.md CERT-9 to CERT-16, CERT-21).

use super::parse::{self, Fields};
use super::*;

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let header = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&header, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    wrap(0x30, &parts.concat())
}

fn oid_der(id: const_oid::ObjectIdentifier) -> Vec<u8> {
    wrap(6, id.as_bytes())
}

/// A certificate whose parts can be exchanged. The key and the signature are nobody's.
struct Sample {
    version: Vec<u8>,
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    outer_algorithm: Option<Vec<u8>>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    validity: Vec<u8>,
    key: Vec<u8>,
    rest: Vec<u8>,
    signature: Vec<u8>,
}

impl Sample {
    fn new() -> Self {
        let algorithm = sequence(&[&oid_der(oid::SHA256_WITH_RSA), &[5, 0]]);
        let pair = sequence(&[&oid_der(oid::COMMON_NAME), &wrap(12, b"x")]);
        Self {
            version: wrap(0xa0, &[2, 1, 2]),
            serial: wrap(2, &[1]),
            algorithm,
            outer_algorithm: None,
            issuer: sequence(&[&wrap(0x31, &pair)]),
            subject: sequence(&[&wrap(0x31, &pair)]),
            validity: sequence(&[&wrap(0x17, b"260101000000Z"), &wrap(0x17, b"270101000000Z")]),
            key: rsa_key(&sequence(&[&wrap(2, &[0, 0x81, 1]), &wrap(2, &[3])])),
            rest: Vec::new(),
            signature: wrap(3, &[0, 1, 2, 3]),
        }
    }

    fn der(&self) -> Vec<u8> {
        let tbs = sequence(&[
            &self.version,
            &self.serial,
            &self.algorithm,
            &self.issuer,
            &self.validity,
            &self.subject,
            &self.key,
            &self.rest,
        ]);
        sequence(&[&tbs, self.outer_algorithm.as_ref().unwrap_or(&self.algorithm), &self.signature])
    }
}

fn rsa_key(key: &[u8]) -> Vec<u8> {
    spki(&sequence(&[&oid_der(oid::RSA_ENCRYPTION), &[5, 0]]), key)
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[algorithm, &wrap(3, &[&[0], key].concat())])
}

fn extensions(list: &[Vec<u8>]) -> Vec<u8> {
    wrap(0xa3, &wrap(0x30, &list.concat()))
}

fn extension(id: const_oid::ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid_der(id), &wrap(4, value)])
}

fn changed(change: impl FnOnce(&mut Sample)) -> Vec<u8> {
    let mut sample = Sample::new();
    change(&mut sample);
    sample.der()
}

fn accepted<'a>(der: &'a [u8], what: &str) -> Fields<'a> {
    parse::parse(der).unwrap_or_else(|error| panic!("{what}: {error}"))
}

fn refused(der: &[u8], what: &str) {
    match parse::parse(der) {
        Ok(_) => panic!("{what} is accepted"),
        Err(error) => assert_eq!(error.code(), Code::CertificateUnparsable, "{what}"),
    }
}

#[test]
fn the_sample_is_a_certificate() {
    let der = Sample::new().der();
    let fields = accepted(&der, "the sample");
    assert_eq!((fields.version, fields.serial), (3, &[1][..]));
    assert_eq!(fields.key_algorithm.to_string(), "RSA-16");
    assert_eq!(fields.signature, [1, 2, 3]);
}

/// CERT-10.
#[test]
fn versions_and_their_fields() {
    let some_extension = || extensions(&[extension(oid::SUBJECT_KEY_IDENTIFIER, &[4, 0])]);
    for (version, number) in [(vec![], 1), (wrap(0xa0, &[2, 1, 0]), 1), (wrap(0xa0, &[2, 1, 1]), 2)] {
        let der = changed(|sample| sample.version = version.clone());
        assert_eq!(accepted(&der, "version").version, number);
        refused(
            &changed(|sample| (sample.version, sample.rest) = (version.clone(), some_extension())),
            "extensions below v3",
        );
        let der = changed(|sample| (sample.version, sample.rest) = (version, wrap(0x81, &[0, 1])));
        if number == 1 { refused(&der, "a unique id in v1") } else { drop(accepted(&der, "a unique id in v2")) }
    }
    let unique_ids = [wrap(0x81, &[0, 1]), wrap(0x82, &[0, 1]), some_extension()].concat();
    accepted(&changed(|sample| sample.rest = unique_ids.clone()), "both unique ids");
    for version in [&[2, 1, 3][..], &[2, 1, 0xff], &[2, 2, 0, 2], &[2, 1, 2, 5, 0], &[], &[10, 1, 2]] {
        refused(&changed(|sample| sample.version = wrap(0xa0, version)), "an odd version");
    }
    refused(&changed(|sample| sample.rest = vec![5, 0]), "an unknown field");
    refused(&changed(|sample| sample.rest = [some_extension(), some_extension()].concat()), "extensions twice");
}

/// CERT-11, CERT-12, CERT-13.
#[test]
fn algorithms_serial_numbers_and_dates() {
    let absent = sequence(&[&oid_der(oid::SHA256_WITH_RSA)]);
    accepted(&changed(|sample| sample.algorithm = absent.clone()), "parameters absent in both");
    refused(&changed(|sample| sample.outer_algorithm = Some(absent)), "parameters absent in one");
    refused(&changed(|sample| sample.algorithm = sequence(&[&[6, 1, 0x80]])), "a cut identifier");

    for good in [&[0][..], &[0xff], &[0x80], &[0, 0x80], &[0x7f; 21], &[0x80; 20]] {
        accepted(&changed(|sample| sample.serial = wrap(2, good)), "a serial number");
    }
    for bad in [&[][..], &[0, 0], &[0, 0x7f], &[0xff, 0x80], &[0x7f; 22]] {
        refused(&changed(|sample| sample.serial = wrap(2, bad)), "a padded or long serial number");
    }

    let date = |tag: u8, text: &str| {
        let time = wrap(tag, text.as_bytes());
        changed(|sample| sample.validity = sequence(&[&time, &time]))
    };
    for (tag, text, shown) in [
        (0x17, "500101000000Z", "1950-01-01T00:00:00Z"),
        (0x17, "491231235959Z", "2049-12-31T23:59:59Z"),
        (0x18, "19491231235959Z", "1949-12-31T23:59:59Z"),
        (0x18, "20260101000000Z", "2026-01-01T00:00:00Z"),
        (0x18, "99991231235959Z", "9999-12-31T23:59:59Z"),
    ] {
        let der = date(tag, text);
        let fields = accepted(&der, text);
        assert_eq!((fields.not_before.to_rfc3339(), fields.not_after), (shown.to_owned(), fields.not_before));
    }
    for (tag, text) in [
        (0x17, "260101000000"),
        (0x17, "2601010000Z"),
        (0x17, "260101000000+0000"),
        (0x17, "20260101000000Z"),
        (0x17, "26010100000000Z"),
        (0x17, "260230000000Z"),
        (0x17, "260101240000Z"),
        (0x17, "260101000060Z"),
        (0x17, "2601010000\u{e9}Z"),
        (0x17, ""),
        (0x18, "20260101000000.5Z"),
        (0x18, "260101000000Z"),
        (0x18, "Z"),
        (0x13, "260101000000Z"),
    ] {
        refused(&date(tag, text), text);
    }
    let one = wrap(0x17, b"260101000000Z");
    refused(&changed(|sample| sample.validity = sequence(&[&one])), "one date");
    refused(&changed(|sample| sample.validity = sequence(&[&one, &one, &one])), "three dates");
}

/// CERT-14.
#[test]
fn keys() {
    let number = |bytes: &[u8]| wrap(2, bytes);
    for (modulus, bits) in [(vec![0, 0x80], 8), (vec![1], 1), (vec![0x7f, 0xff], 15)] {
        let key = rsa_key(&sequence(&[&number(&modulus), &number(&[1, 0, 1])]));
        assert_eq!(key::parse(&key).unwrap().algorithm, KeyAlgorithm::Rsa { bits });
    }
    for (what, key) in [
        ("a negative modulus", sequence(&[&number(&[0x81]), &number(&[3])])),
        ("a zero modulus", sequence(&[&number(&[0]), &number(&[3])])),
        ("a padded modulus", sequence(&[&number(&[0, 0x7f]), &number(&[3])])),
        ("an empty modulus", sequence(&[&number(&[]), &number(&[3])])),
        ("a zero exponent", sequence(&[&number(&[0x7f]), &number(&[0])])),
        ("no exponent", sequence(&[&number(&[0x7f])])),
        ("three numbers", sequence(&[&number(&[0x7f]), &number(&[3]), &number(&[3])])),
        ("bytes after it", [sequence(&[&number(&[0x7f]), &number(&[3])]), vec![5, 0]].concat()),
        ("no SEQUENCE", number(&[0x7f])),
    ] {
        assert!(key::parse(&rsa_key(&key)).is_err(), "{what}");
    }
    let rsa = sequence(&[&oid_der(oid::RSA_ENCRYPTION), &[5, 0]]);
    let ed25519 = sequence(&[&oid_der(oid::ED25519)]);
    assert_eq!(key::parse(&spki(&ed25519, &[1; 32])).unwrap().algorithm, KeyAlgorithm::Ed25519);
    let no_curve = sequence(&[&oid_der(oid::EC_PUBLIC_KEY)]);
    assert_eq!(key::parse(&spki(&no_curve, &[4])).unwrap().algorithm.to_string(), "unknown 1.2.840.10045.2.1");
    for (what, der) in [
        ("unused bits", sequence(&[&ed25519, &wrap(3, &[1, 2])])),
        ("an empty bit string", sequence(&[&ed25519, &wrap(3, &[])])),
        ("an octet string", sequence(&[&ed25519, &wrap(4, &[0, 1])])),
        ("three parts", sequence(&[&ed25519, &wrap(3, &[0, 1]), &[5, 0]])),
        ("two parameters", spki(&sequence(&[&oid_der(oid::ED25519), &[5, 0], &[5, 0]]), &[1])),
        ("bytes after it", [spki(&ed25519, &[1]), vec![0]].concat()),
        ("no key", sequence(&[&rsa])),
    ] {
        assert!(key::parse(&der).is_err(), "{what}");
    }
}

/// CERT-15.
#[test]
fn extension_lists() {
    let with = |list: &[Vec<u8>]| changed(|sample| sample.rest = extensions(list));
    let basic = |value: &[u8]| with(&[extension(oid::BASIC_CONSTRAINTS, value)]);
    for (value, ca, path_len) in [
        (&[0x30, 0][..], false, None),
        (&[0x30, 3, 1, 1, 0], false, None),
        (&[0x30, 3, 1, 1, 0xff], true, None),
        (&[0x30, 6, 1, 1, 0xff, 2, 1, 0], true, Some(0)),
        (&[0x30, 7, 1, 1, 0xff, 2, 2, 1, 0], true, Some(256)),
    ] {
        let der = basic(value);
        let found = accepted(&der, "basic constraints").extensions.basic_constraints;
        assert_eq!(found, Some(BasicConstraints { ca, path_len }));
    }
    for value in [&[][..], &[5, 0], &[0x30, 3, 1, 1, 1], &[0x30, 3, 2, 1, 0xff], &[0x30, 2, 5, 0], &[0x30, 0, 0]] {
        refused(&basic(value), "damaged basic constraints");
    }
    let usage = |value: &[u8]| with(&[extension(oid::KEY_USAGE, value)]);
    for (value, names) in [
        (&[3, 2, 2, 0x84][..], "digitalSignature keyCertSign"),
        (&[3, 2, 5, 0x20], "keyEncipherment"),
        (&[3, 3, 7, 0x01, 0x80], "encipherOnly decipherOnly"),
        (
            &[3, 3, 0, 0xff, 0xff],
            "digitalSignature nonRepudiation keyEncipherment dataEncipherment keyAgreement keyCertSign cRLSign encipherOnly decipherOnly",
        ),
        (&[3, 1, 0], ""),
    ] {
        let der = usage(value);
        let found = accepted(&der, "key usage").extensions.key_usage.unwrap();
        assert_eq!(found.names().collect::<Vec<_>>().join(" "), names);
        assert_eq!(found.digital_signature(), names.contains("digitalSignature"));
        assert_eq!(found.key_encipherment(), names.contains("keyEncipherment"));
        assert_eq!(found.key_cert_sign(), names.contains("keyCertSign"));
    }
    for value in [&[][..], &[3, 0], &[3, 2, 8, 0], &[4, 2, 2, 0x84], &[3, 2, 2, 0x84, 0]] {
        refused(&usage(value), "a damaged key usage");
    }
    let unknown = |critical: &[u8], value: &[u8]| {
        with(&[sequence(&[&oid_der(oid::NETSCAPE_COMMENT), critical, &wrap(4, value)])])
    };
    for (critical, flag) in [(&[][..], false), (&[1, 1, 0xff], true), (&[1, 1, 0], false)] {
        let der = unknown(critical, b"any bytes");
        let list = accepted(&der, "an unknown extension").extensions.list;
        assert_eq!((list[0].critical, list[0].oid.as_str()), (flag, "2.16.840.1.113730.1.13"));
        assert_eq!(list[0].value, b"any bytes");
    }
    refused(&unknown(&[1, 1, 7], b""), "a BOOLEAN that is neither");
    refused(&with(&[]), "no extension");
    let one = extension(oid::SUBJECT_KEY_IDENTIFIER, &[4, 0]);
    refused(&with(&[one.clone(), one.clone()]), "an extension twice");
    refused(&with(&[one.clone(), vec![5, 0]]), "something else in the list");
    let two_lists = changed(|sample| sample.rest = wrap(0xa3, &[wrap(0x30, &one), wrap(0x30, &one)].concat()));
    refused(&two_lists, "two lists");
    let more = sequence(&[&oid_der(oid::NETSCAPE_COMMENT), &wrap(4, b""), &[5, 0]]);
    refused(&with(&[more]), "a fourth field");
}

/// CERT-16 and the outer structure.
#[test]
fn names_and_signatures() {
    type Place = fn(&mut Sample) -> &mut Vec<u8>;
    for place in [(|sample| &mut sample.issuer) as Place, |sample| &mut sample.subject] {
        refused(&changed(|sample| *place(sample) = wrap(0x31, &[])), "a SET as name");
        refused(&changed(|sample| *place(sample) = sequence(&[&wrap(0x31, &[])])), "an empty RDN");
        accepted(&changed(|sample| *place(sample) = sequence(&[])), "an empty name");
    }
    refused(&changed(|sample| sample.signature = wrap(3, &[3, 8])), "a signature with unused bits");
    refused(&changed(|sample| sample.signature = wrap(4, &[0, 8])), "a signature that is no BIT STRING");
    let mut der = Sample::new().der();
    let long = [&[0x30, 0x81], &der[1..]].concat();
    refused(&long, "a length that is longer than needed");
    der.push(0);
    refused(&der, "a byte after it");
    refused(&sequence(&[&Sample::new().der()]), "a certificate inside a SEQUENCE");
}

/// CERT-21: which RSASSA-PSS parameters mean a scheme that is verified.
#[test]
fn pss_parameters() {
    use crate::crypto::SignatureScheme::RsaPss;
    let hash = |id| sequence(&[&oid_der(id), &[5, 0]]);
    let mgf = |id| sequence(&[&oid_der(oid::MGF1), &hash(id)]);
    let parameters = |hash: &[u8], mask: &[u8], salt: &[u8], trailer: &[u8]| {
        let fields = [(0xa0, hash), (0xa1, mask), (0xa2, salt), (0xa3, trailer)];
        let fields: Vec<u8> =
            fields.iter().filter(|(_, field)| !field.is_empty()).flat_map(|(tag, field)| wrap(*tag, field)).collect();
        let der = changed(|sample| sample.algorithm = sequence(&[&oid_der(oid::RSASSA_PSS), &wrap(0x30, &fields)]));
        parse::parse(&der).map(|fields| fields.signature_algorithm)
    };
    use super::oid::{SHA256, SHA384, SHA512};
    let good = |id, len: u8| parameters(&hash(id), &mgf(id), &[2, 1, len], &[]).unwrap();
    assert_eq!(good(SHA256, 32), SignatureAlgorithm::Known(RsaPss(HashAlgorithm::Sha256)));
    assert_eq!(good(SHA384, 48), SignatureAlgorithm::Known(RsaPss(HashAlgorithm::Sha384)));
    assert_eq!(good(SHA512, 64), SignatureAlgorithm::Known(RsaPss(HashAlgorithm::Sha512)));
    let named = SignatureAlgorithm::Named("RSASSA-PSS");
    assert_eq!(good(SHA256, 20), named);
    assert_eq!(good(SHA256, 64), named);
    for (hash, mask, salt, trailer) in [
        (hash(SHA256), mgf(SHA512), &[2, 1, 32][..], &[][..]),
        (hash(SHA512), mgf(SHA256), &[2, 1, 64], &[]),
        (hash(SHA256), sequence(&[&oid_der(oid::SHA1_WITH_RSA), &hash(SHA256)]), &[2, 1, 32], &[]),
        (hash(SHA256), sequence(&[&oid_der(oid::MGF1)]), &[2, 1, 32], &[]),
        (hash(SHA256), mgf(SHA256), &[2, 1, 32], &[2, 1, 2]),
        (hash(SHA256), mgf(SHA256), &[], &[]),
        (hash(SHA256), vec![], &[2, 1, 32], &[]),
        (vec![], mgf(SHA256), &[2, 1, 32], &[]),
    ] {
        assert_eq!(parameters(&hash, &mask, salt, trailer).unwrap(), named);
    }
    let explicit = parameters(&hash(SHA256), &mgf(SHA256), &[2, 1, 32], &[2, 1, 1]).unwrap();
    assert_eq!(explicit, SignatureAlgorithm::Known(RsaPss(HashAlgorithm::Sha256)));
    for (hash, salt) in [(vec![5, 0], &[2, 1, 32][..]), (hash(SHA256), &[2, 1, 0xff]), (hash(SHA256), &[5, 0])] {
        assert!(parameters(&hash, &mgf(SHA256), salt, &[]).is_err());
    }
}

/// CERT-52: the comment alone does not make a certificate provisional.
#[test]
fn marks_of_provisional_certificates() {
    let provider = crate::crypto::rustcrypto::provider();
    let comment = |text: &[u8]| extension(oid::NETSCAPE_COMMENT, &wrap(0x16, text));
    let ca = extension(oid::BASIC_CONSTRAINTS, &[0x30, 3, 1, 1, 0xff]);
    let mark = PROVISIONAL_MARK.as_bytes();
    for (list, wanted) in [
        (vec![comment(mark)], true),
        (vec![comment(b"keymanager pending keys")], false),
        (vec![extension(oid::NETSCAPE_COMMENT, mark)], false),
        (vec![extension(oid::SUBJECT_KEY_IDENTIFIER, &wrap(0x16, mark))], false),
        (vec![ca, comment(mark)], false),
    ] {
        let der = changed(|sample| sample.rest = extensions(&list));
        assert_eq!(is_provisional(&Certificate::from_der(&provider, &der).unwrap()), wanted);
    }
    let other_issuer = changed(|sample| {
        sample.issuer = sequence(&[]);
        sample.rest = extensions(&[comment(mark)]);
    });
    assert!(!is_provisional(&Certificate::from_der(&provider, &other_issuer).unwrap()));
}
