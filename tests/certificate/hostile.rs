//! Bytes that are no certificate, and certificates with one thing wrong.

use keymanager::Code;
use keymanager::certificate::{Certificate, MAX_CERTIFICATE_LEN, MAX_PEM_LEN};

use crate::common::{parse, provider, vector};

/// The golden Base certificate that is cut and flipped: a partner's, 900 bytes.
fn good() -> Certificate {
    parse(&vector("service/pkcs12/partner/IDA.PUBLIC_KEY.pem"))
}

/// CERT-9: a prefix of a certificate is not a certificate, nor is one with bytes after it.
#[test]
fn truncation_and_trailing_bytes() {
    let der = good().der().to_vec();
    for cut in 0..der.len() {
        assert!(Certificate::from_der(&provider(), &der[..cut]).is_err(), "{cut}");
        assert!(Certificate::parse(&provider(), &der[..cut]).is_err(), "{cut}");
    }
    for extra in [&[0][..], b"\n", &der] {
        let error = Certificate::from_der(&provider(), &[&der, extra].concat()).unwrap_err();
        assert_eq!(error.code(), Code::CertificateUnparsable);
        assert!(error.detail().contains("bytes follow"), "{error}");
    }
}

/// CERT-17: no bit can change without the thumbprint changing, and none makes the reader panic.
#[test]
fn every_single_bit() {
    let certificate = good();
    let der = certificate.der();
    let mut parsed = 0u32;
    for bit in 0..der.len() * 8 {
        let mut changed = der.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = Certificate::from_der(&provider(), &changed) {
            assert_ne!(other.thumbprint(), certificate.thumbprint(), "bit {bit}");
            // What is lazy must not panic either.
            let _ = (other.subject(), other.issuer(), other.subject_text(), other.issuer_text(), other.serial());
            let _ = other.key_usage().map(|usage| usage.names().count());
            assert!(
                other
                    .verify_signed_by(&provider(), &parse(&vector("service/pkcs12/partner/intermediate.pem")))
                    .is_err()
                    || other == certificate,
                "bit {bit}"
            );
            parsed += 1;
        }
    }
    // Most bits are those of the key and the signature.
    assert!(parsed > 4000, "{parsed}");
}

/// CERT-1, CERT-2: garbage of every size is refused, and nothing large is looked into.
#[test]
fn garbage_and_sizes() {
    let code = |bytes: &[u8]| Certificate::parse(&provider(), bytes).unwrap_err().code();
    for bytes in [&b""[..], b"0", b"\x30", b"\x30\x80", b"\x30\x82", b"hello", &[0xff; 100], &[0; 1000]] {
        assert_eq!(code(bytes), Code::CertificateUnparsable, "{bytes:?}");
    }
    assert_eq!(code(&vec![b'x'; MAX_PEM_LEN]), Code::CertificateUnparsable);
    assert_eq!(code(&vec![b'x'; MAX_PEM_LEN + 1]), Code::TooLarge);
    assert_eq!(code(&vec![0; 1 << 20]), Code::TooLarge);
    let mut large = vec![0; MAX_CERTIFICATE_LEN + 1];
    large[..5].copy_from_slice(&[0x30, 0x83, 0x00, 0xff, 0xff]);
    assert_eq!(code(&large), Code::TooLarge);
    large.truncate(MAX_CERTIFICATE_LEN);
    assert_eq!(code(&large), Code::CertificateUnparsable);
    // Deep nesting costs nothing, since nothing is followed further than its place needs.
    let nested: Vec<u8> = [0x30, 0x84, 0x00, 0x00, 0xff, 0xf0].into_iter().cycle().take(60_000).collect();
    assert_eq!(code(&nested), Code::CertificateUnparsable);
    let bytes: Vec<u8> = (0..4096u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for start in 0..bytes.len() {
        let tail = [&[0x30, 0x82, 0x03, 0x00][..], &bytes[start..]].concat();
        assert!(Certificate::parse(&provider(), &tail).is_err());
    }
}

/// CERT-4 to CERT-7.
#[test]
fn pem_forms() {
    let certificate = good();
    let pem = certificate.to_pem();
    for text in [
        pem.replace('\n', "\r\n"),
        format!("Certificate:\n    Data:\n0\u{e9}\n{pem}\nafter"),
        format!("0\n{pem}"),
        format!("\u{feff}{pem}"),
        pem.replace(" CERTIFICATE-----", " X509 CERTIFICATE-----"),
        pem.trim_end().to_owned(),
    ] {
        assert_eq!(parse(text.as_bytes()), certificate);
    }
    let key = String::from_utf8(vector("service/pkcs12/partner/root.key.pem")).unwrap();
    for text in [format!("{pem}{pem}"), format!("{key}{pem}"), format!("{pem}{key}"), key] {
        let error = Certificate::parse(&provider(), text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::CertificateUnparsable);
        assert!(!error.detail().contains("MII"), "{error}");
    }
    assert_eq!(parse(certificate.der()), certificate);
}

/// Puts `to` where `from` was, once, without mending any length.
fn replaced(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = der.windows(from.len()).position(|window| window == from).unwrap();
    [&der[..at], to, &der[at + from.len()..]].concat()
}

/// CERT-10 to CERT-16: one rule broken at a time.
#[test]
fn one_thing_wrong() {
    let der = good().der().to_vec();
    for (what, from, to) in [
        ("version 4", &[0xa0, 3, 2, 1, 2][..], &[0xa0, 3, 2, 1, 3][..]),
        ("version 1 with extensions", &[0xa0, 3, 2, 1, 2], &[0xa0, 3, 2, 1, 0]),
        ("a padded serial number", &[2, 0x14, 0x7b, 0xe5], &[2, 0x14, 0x00, 0x65]),
        ("a padded negative serial number", &[2, 0x14, 0x7b, 0xe5], &[2, 0x14, 0xff, 0xe5]),
        ("two signature algorithms", &[1, 1, 11], &[1, 1, 12]),
        ("a month 13", b"261125", b"261325"),
        ("a date with a sign", b"261125", b"+61125"),
        ("a date without Z", b"0851", b"Z851"),
        ("an extension twice", &[0x55, 0x1d, 0x0f], &[0x55, 0x1d, 0x13]),
        ("a BOOLEAN that is neither", &[1, 1, 0xff], &[1, 1, 0x01]),
        ("a SEQUENCE that is not constructed", &[0x30, 0x82], &[0x10, 0x82]),
        ("a long length where a short one does", &[0x30, 0x0d, 0x06], &[0x30, 0x81, 0x06]),
    ] {
        let changed = replaced(&der, from, to);
        let result = Certificate::from_der(&provider(), &changed);
        assert_eq!(result.unwrap_err().code(), Code::CertificateUnparsable, "{what}");
    }
}
