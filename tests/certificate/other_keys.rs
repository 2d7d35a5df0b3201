//! Certificates with other keys and signatures, made by OpenSSL.

use keymanager::Code;

use crate::common::{Folder, parse, providers, run};

/// A self-signed certificate of OpenSSL with the given key options.
fn made(folder: &Folder, options: &[&str]) -> Vec<u8> {
    let (key, out) = (folder.path("key.pem"), folder.path("certificate.pem"));
    let fixed =
        ["req", "-x509", "-nodes", "-keyout", &key, "-out", &out, "-days", "30", "-subj", "/C=IN/CN=other keys"];
    run("openssl", &[&fixed[..], options].concat());
    std::fs::read(out).unwrap()
}

/// CERT-14: all kinds of keys parse and have a name.
#[test]
fn kinds_of_keys() {
    let folder = Folder::new();
    let ec = |curve: &'static str| vec!["-newkey", "ec", "-pkeyopt", curve];
    for (options, name, signature) in [
        (ec("ec_paramgen_curve:P-256"), "EC P-256", "SHA256withECDSA"),
        (ec("ec_paramgen_curve:P-384"), "EC P-384", "SHA256withECDSA"),
        (ec("ec_paramgen_curve:P-521"), "EC P-521", "SHA256withECDSA"),
        (ec("ec_paramgen_curve:secp256k1"), "EC secp256k1", "SHA256withECDSA"),
        (ec("ec_paramgen_curve:brainpoolP256r1"), "unknown 1.3.36.3.3.2.8.1.1.7", "SHA256withECDSA"),
        (vec!["-newkey", "ed25519"], "Ed25519", "Ed25519"),
        (vec!["-newkey", "ed448"], "unknown 1.3.101.113", "1.3.101.113"),
    ] {
        let certificate = parse(&made(&folder, &options));
        assert_eq!(certificate.key_algorithm().to_string(), name);
        assert_eq!(certificate.signature_algorithm(), signature);
        assert_eq!(certificate.rsa_bits(), None);
        assert!(certificate.is_ca());
        for provider in providers() {
            let error = certificate.verify_signed_by(&provider, &certificate).unwrap_err();
            assert_eq!(error.code(), Code::Unsupported, "{error}");
            assert!(error.detail().contains(signature));
        }
    }
}

/// CERT-20 to CERT-23: RSA signatures of every kind.
#[test]
fn kinds_of_rsa_signatures() {
    let folder = Folder::new();
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt"];
    let salt = |len: &'static str| [&pss[..], &[len]].concat();
    for (bits, options, name, code) in [
        ("rsa:2048", vec!["-sha256"], "SHA256withRSA", None),
        ("rsa:3072", vec!["-sha384"], "SHA384withRSA", None),
        ("rsa:2048", vec!["-sha512"], "SHA512withRSA", None),
        ("rsa:2048", [&["-sha256"], &salt("rsa_pss_saltlen:32")[..]].concat(), "RSASSA-PSS", None),
        ("rsa:2048", [&["-sha512"], &salt("rsa_pss_saltlen:64")[..]].concat(), "RSASSA-PSS", None),
        ("rsa:2048", [&["-sha256"], &salt("rsa_pss_saltlen:20")[..]].concat(), "RSASSA-PSS", Some(Code::Unsupported)),
        ("rsa:2048", vec!["-sha1"], "SHA1withRSA", Some(Code::CertificateNotTrusted)),
        ("rsa:2048", vec!["-sha224"], "SHA224withRSA", Some(Code::Unsupported)),
    ] {
        let certificate = parse(&made(&folder, &[&["-newkey", bits], &options[..]].concat()));
        assert_eq!(certificate.signature_algorithm(), name);
        assert_eq!(certificate.key_algorithm().to_string(), bits.to_uppercase().replace(':', "-"));
        for provider in providers() {
            let result = certificate.verify_signed_by(&provider, &certificate);
            assert_eq!(result.err().map(|error| error.code()), code, "{name} {options:?}");
        }
    }
}

/// CERT-22: an RSA signature under an issuer of the right name whose key is not RSA.
#[test]
fn the_issuer_has_another_kind_of_key() {
    let folder = Folder::new();
    let rsa = parse(&made(&folder, &["-newkey", "rsa:2048", "-sha256"]));
    let ec = parse(&made(&folder, &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]));
    for provider in providers() {
        let error = rsa.verify_signed_by(&provider, &ec).unwrap_err();
        assert_eq!(error.code(), Code::CertificateNotTrusted, "{error}");
    }
}
