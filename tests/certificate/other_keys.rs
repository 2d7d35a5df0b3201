//! Certificates with other keys and signatures, made by OpenSSL.

use keymanager::Code;
use keymanager::certificate::{Certificate, CertificateKind, CertificationRequest, issue};
use keymanager::crypto::{Curve, EcAlgorithm, SoftwareKey};

use crate::common::{Folder, parse, providers, request, run};

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
            let result = certificate.verify_signed_by(&provider, &certificate);
            if !name.starts_with("unknown") {
                result.unwrap();
                let mut forged = certificate.der().to_vec();
                *forged.last_mut().unwrap() ^= 1;
                let forged = Certificate::from_der(&provider, &forged).unwrap();
                let error = forged.verify_signed_by(&provider, &forged).unwrap_err();
                assert_eq!(error.code(), Code::CertificateNotTrusted, "{error}");
                continue;
            }
            // An ECDSA signature under a curve without a name here is another key's.
            let error = result.unwrap_err();
            let code = if signature.ends_with("ECDSA") { Code::CertificateNotTrusted } else { Code::Unsupported };
            assert_eq!(error.code(), code, "{error}");
            assert!(error.detail().contains(signature));
        }
    }
}

/// CERT-43: every kind of key signs its own certificate and those of others, and OpenSSL verifies both.
#[test]
fn keys_on_curves_issue() {
    let folder = Folder::new();
    let (root_path, leaf_path) = (folder.path("root.pem"), folder.path("leaf.pem"));
    for (algorithm, signature) in [
        (EcAlgorithm::Curve(Curve::P256), "SHA256withECDSA"),
        (EcAlgorithm::Curve(Curve::P384), "SHA384withECDSA"),
        (EcAlgorithm::Curve(Curve::P521), "SHA512withECDSA"),
        (EcAlgorithm::Curve(Curve::Secp256k1), "SHA256withECDSA"),
        (EcAlgorithm::Ed25519, "Ed25519"),
    ] {
        for provider in providers() {
            let key = SoftwareKey::from_ec(provider.ec.generate(algorithm).unwrap());
            let random = keymanager::random::SystemRandom;
            let root = issue(&provider, &random, &request(CertificateKind::Root, "root", &key), None, &key).unwrap();
            assert_eq!(root.signature_algorithm(), signature);
            assert_eq!(root.key_algorithm().to_string(), algorithm.to_string());
            let subject = SoftwareKey::from_ec(provider.ec.generate(EcAlgorithm::Ed25519).unwrap());
            let wanted = request(CertificateKind::Module, "leaf", &subject);
            let leaf = issue(&provider, &random, &wanted, Some(&root), &key).unwrap();
            assert_eq!(leaf.signature_algorithm(), signature);
            for other in providers() {
                leaf.verify_signed_by(&other, &root).unwrap();
                root.verify_signed_by(&other, &root).unwrap();
            }
            std::fs::write(&root_path, root.to_pem()).unwrap();
            std::fs::write(&leaf_path, leaf.to_pem()).unwrap();
            run("openssl", &["verify", "-no_check_time", "-check_ss_sig", "-CAfile", &root_path, &leaf_path]);
            let csr = CertificationRequest::create(&provider, &wanted.subject, &key).unwrap();
            assert_eq!(csr.signature_algorithm(), signature);
            let csr_path = folder.path("one.csr");
            std::fs::write(&csr_path, csr.to_pem()).unwrap();
            run("openssl", &["req", "-in", &csr_path, "-noout", "-verify"]);
        }
    }
    // A key that makes no signatures.
    for provider in providers() {
        let key = SoftwareKey::from_ec(provider.ec.generate(EcAlgorithm::X25519).unwrap());
        let random = keymanager::random::SystemRandom;
        let root = issue(&provider, &random, &request(CertificateKind::Root, "root", &key), None, &key);
        assert_eq!(root.unwrap_err().code(), Code::Unsupported);
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
