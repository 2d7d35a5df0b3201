//! Certificates, requests and bundles with keys on curves, as OpenSSL and the JDK read ours and as we read theirs.
//!
//! The JDK has no secp256k1 since release 16: it reads the documents, and verifies nothing with such a key. What it says
//! is held here, so that a release that changes it is noticed.

use keymanager::certificate::{Certificate, CertificateKind, CertificationRequest, bundle, issue};
use keymanager::crypto::{CryptoProvider, Curve, EcAlgorithm, SoftwareKey};
use keymanager::random::SystemRandom;

use crate::common::{Folder, at, parse, partner_key, providers, refusal, request, run};
use crate::requests::hostile_names;

/// The kinds of keys that sign, with the name of their signatures, their name among curves of OpenSSL and of keytool.
const KINDS: [(EcAlgorithm, &str, &str, &str); 5] = [
    (EcAlgorithm::Curve(Curve::P256), "SHA256withECDSA", "P-256", "secp256r1"),
    (EcAlgorithm::Curve(Curve::P384), "SHA384withECDSA", "P-384", "secp384r1"),
    (EcAlgorithm::Curve(Curve::P521), "SHA512withECDSA", "P-521", "secp521r1"),
    (EcAlgorithm::Curve(Curve::Secp256k1), "SHA256withECDSA", "secp256k1", "secp256k1"),
    (EcAlgorithm::Ed25519, "Ed25519", "", ""),
];

/// What the JDK says to a key on a curve it only knows by name.
const NO_CURVE: &str = "Curve not supported: secp256k1 (1.3.132.0.10)";

fn new_key(provider: &CryptoProvider, algorithm: EcAlgorithm) -> SoftwareKey {
    SoftwareKey::from_ec(provider.ec.generate(algorithm).unwrap())
}

/// Every kind of certificate under keys of one algorithm: Root, Module, Base (an RSA key, as envelopes need it), Signing
/// and provisional.
fn five(provider: &CryptoProvider, algorithm: EcAlgorithm) -> [Certificate; 5] {
    let [root_key, module_key, signing_key] = [(); 3].map(|()| new_key(provider, algorithm));
    let base_key = partner_key(provider, "IDA.PUBLIC_KEY");
    let made = |kind, name: &str, key: &SoftwareKey, issuer: Option<&Certificate>, signer: &SoftwareKey| {
        issue(provider, &SystemRandom, &request(kind, name, key), issuer, signer).unwrap()
    };
    let root = made(CertificateKind::Root, "ROOT", &root_key, None, &root_key);
    let module = made(CertificateKind::Module, "MODULE", &module_key, Some(&root), &root_key);
    let base = made(CertificateKind::Base, "BASE", &base_key, Some(&module), &module_key);
    let signing = made(CertificateKind::Signing, "SIGNING", &signing_key, Some(&module), &module_key);
    let provisional = made(CertificateKind::Provisional, "PENDING", &signing_key, None, &signing_key);
    [root, module, base, signing, provisional]
}

fn bare(shown: &str) -> String {
    shown.split_whitespace().collect::<String>().replace(':', "")
}

/// CERT-40 to CERT-47, CERT-70: OpenSSL verifies every certificate, prints what is in a bundle, and writes the same.
#[test]
fn openssl_reads_certificates_and_bundles() {
    for (algorithm, signature, _, _) in KINDS {
        for provider in providers() {
            let certificates = five(&provider, algorithm);
            let folder = Folder::new();
            let paths = ["root", "module", "base", "signing", "provisional"].map(|name| folder.path(name));
            for (path, certificate) in paths.iter().zip(&certificates) {
                std::fs::write(path, certificate.to_pem()).unwrap();
                assert_eq!(certificate.signature_algorithm(), signature);
            }
            let [root, module, base, signing, provisional] = &paths;
            let now = at("2027-01-01T00:00:00Z").unix_seconds().to_string();
            let verify = ["verify", "-check_ss_sig", "-attime", &now, "-CAfile", root];
            run("openssl", &[&verify[..], &["-untrusted", module, base, signing]].concat());
            run("openssl", &[&verify[..], &["-x509_strict", root]].concat());
            run("openssl", &["verify", "-check_ss_sig", "-attime", &now, "-CAfile", provisional, provisional]);
            let der = folder.write("bundle.der", bundle::to_der(&certificates).unwrap());
            let pem = bundle::to_pem(&certificates).unwrap();
            assert_eq!(run("openssl", &["pkcs7", "-inform", "DER", "-in", &der]), pem);
            let arguments =
                ["crl2pkcs7", "-nocrl"].into_iter().chain(paths.iter().flat_map(|path| ["-certfile", path]));
            assert_eq!(run("openssl", &arguments.collect::<Vec<_>>()), pem);
        }
    }
}

/// The same in the JDK: CertificateFactory, the signature of each, PKIX paths, and bundles in both of its readings.
#[test]
fn the_jdk_reads_certificates_and_bundles() {
    let folder = Folder::new();
    let mut arguments = vec![
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/java/CertificatePeer.java").to_owned(),
        (at("2027-01-01T00:00:00Z").unix_seconds() * 1000).to_string(),
    ];
    let mut groups = Vec::new();
    for (algorithm, signature, _, _) in KINDS {
        for provider in providers() {
            let certificates = five(&provider, algorithm);
            for (which, certificate) in certificates.iter().enumerate() {
                arguments.push(folder.write(&format!("{}-{which}", groups.len()), certificate.der()));
            }
            let der = bundle::to_der(&certificates).unwrap();
            arguments.push(folder.write(&format!("{}-bundle", groups.len()), der));
            groups.push((algorithm, signature, certificates));
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let printed = run("java", &arguments);
    let mut lines = printed.lines();
    for (algorithm, signature, certificates) in groups {
        let family = if algorithm == EcAlgorithm::Ed25519 { "EdDSA" } else { "EC" };
        let known = algorithm != EcAlgorithm::Curve(Curve::Secp256k1);
        let outcome = if known { "good".to_owned() } else { format!("SignatureException: {NO_CURVE}") };
        let parts =
            [(family, "2", "05"), (family, "1", "05"), ("RSA", "-1", "2"), (family, "-1", "0"), (family, "-1", "")];
        for (certificate, (key, path_len, usage)) in certificates.iter().zip(parts) {
            let thumbprint = certificate.thumbprint().to_hex();
            let wanted = format!("{thumbprint}|{key}|{signature}|{path_len}|{usage}|{outcome}");
            assert_eq!(lines.next(), Some(wanted.as_str()), "{algorithm}");
        }
        for _ in 0..2 {
            let line = lines.next().unwrap();
            assert_eq!(line == "path good", known, "{line}");
            assert!(known || line.contains("CertPathValidatorException: signature check failed"), "{line}");
        }
        let all: String = certificates.iter().map(|certificate| format!(" {}", certificate.thumbprint())).collect();
        assert_eq!(lines.next(), Some(format!("certificates{all}").as_str()));
        assert_eq!(lines.next(), Some(format!("path{all}").as_str()));
    }
    assert_eq!(lines.next(), None);
}

/// keytool prints every certificate of a bundle, and verifies a request before it prints it.
#[test]
fn keytool_reads_bundles_and_requests() {
    for (algorithm, signature, _, _) in KINDS {
        for provider in providers() {
            let folder = Folder::new();
            let certificates = five(&provider, algorithm);
            for path in [
                folder.write("bundle.pem", bundle::to_pem(&certificates).unwrap()),
                folder.write("bundle.der", bundle::to_der(&certificates).unwrap()),
            ] {
                let shown = run("keytool", &["-J-Duser.language=en", "-printcert", "-file", &path]);
                for certificate in &certificates {
                    assert!(bare(&shown).contains(&certificate.thumbprint().to_hex()), "{shown}");
                }
                assert!(shown.contains(&format!("Signature algorithm name: {signature}")), "{shown}");
            }
            let subject = &request(CertificateKind::Base, "one", &partner_key(&provider, "root")).subject;
            let csr = CertificationRequest::create(&provider, subject, &new_key(&provider, algorithm)).unwrap();
            let path = folder.write("one.csr", csr.to_pem());
            let print = ["-J-Duser.language=en", "-printcertreq", "-file", &path];
            if algorithm == EcAlgorithm::Curve(Curve::Secp256k1) {
                assert!(refusal("keytool", &print).contains(NO_CURVE));
                continue;
            }
            let shown = run("keytool", &print);
            assert!(shown.contains("CN=one, OU=MOSIP-TECH-CENTER, O=IITB, L=BANGALORE, ST=KA, C=IN"), "{shown}");
            assert!(shown.contains(&format!("Signature algorithm: {signature}")), "{shown}");
        }
    }
}

/// CERT-60 to CERT-66: hostile names under every kind of key, through OpenSSL and back.
#[test]
fn openssl_reads_requests_and_writes_them_again() {
    let folder = Folder::new();
    let der = folder.path("again.der");
    for provider in providers() {
        for ((algorithm, signature, _, _), subject) in KINDS.into_iter().cycle().zip(hostile_names()) {
            let csr = CertificationRequest::create(&provider, &subject, &new_key(&provider, algorithm)).unwrap();
            let path = folder.write("one.csr", csr.to_pem());
            run("openssl", &["req", "-in", &path, "-noout", "-verify"]);
            let shown =
                run("openssl", &["req", "-in", &path, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"]);
            assert_eq!(shown.trim_end_matches('\n'), format!("subject={subject}"));
            run("openssl", &["req", "-in", &path, "-outform", "DER", "-out", &der]);
            let again = CertificationRequest::parse(&std::fs::read(&der).unwrap()).unwrap();
            assert_eq!(again, csr);
            assert_eq!((again.subject().unwrap(), again.signature_algorithm()), (subject, signature));
        }
    }
}

/// An authority on OpenSSL, and one on keytool: they answer our requests, and what they answer, and their own
/// certificates and requests, are read and verified here.
#[test]
fn authorities_elsewhere_answer_our_requests() {
    for (algorithm, signature, curve, group) in KINDS {
        let folder = Folder::new();
        let (key, ca) = (folder.path("ca.key"), folder.path("ca.pem"));
        let curve = format!("ec_paramgen_curve:{curve}");
        let kind =
            if group.is_empty() { vec!["-newkey", "ed25519"] } else { vec!["-newkey", "ec", "-pkeyopt", &curve] };
        let hash =
            ["-sha256", "-sha384", "-sha512"].into_iter().find(|hash| signature.starts_with(&hash[1..].to_uppercase()));
        let hash: Vec<&str> = hash.into_iter().collect();
        let fixed = ["req", "-x509", "-nodes", "-keyout", &key, "-out", &ca, "-days", "30", "-subj", "/CN=authority"];
        run("openssl", &[&fixed[..], &kind, &hash].concat());

        let store = folder.path("store.p12");
        let on_keytool = ["-keystore", &store, "-storepass", "throwaway", "-alias", "one"];
        let java_knows = algorithm != EcAlgorithm::Curve(Curve::Secp256k1);
        let mut generate = vec!["-genkeypair", "-dname", "CN=authority", "-ext", "bc:c", "-keyalg"];
        generate.extend(if group.is_empty() { vec!["Ed25519"] } else { vec!["EC", "-groupname", group] });
        generate.extend(on_keytool);
        if java_knows {
            run("keytool", &generate);
        } else {
            assert!(refusal("keytool", &generate).contains(NO_CURVE));
        }
        for provider in providers() {
            let ours = new_key(&provider, algorithm);
            let subject = request(CertificateKind::Base, "A, \"B\" + C", &ours).subject;
            let csr = CertificationRequest::create(&provider, &subject, &ours).unwrap();
            let path = folder.write("one.csr", csr.to_pem());
            let mut answers = Vec::new();
            let sign = ["x509", "-req", "-in", &path, "-CA", &ca, "-CAkey", &key, "-days", "30", "-set_serial", "7"];
            answers.push((parse(&std::fs::read(&ca).unwrap()), run("openssl", &[&sign[..], &hash].concat())));
            if java_knows {
                let exported = run("keytool", &[&["-exportcert", "-rfc"][..], &on_keytool].concat());
                let answer = run("keytool", &[&["-gencert", "-rfc", "-infile", &path][..], &on_keytool].concat());
                // keytool writes the chain, the answer first.
                let end = answer.find("-----END CERTIFICATE-----\n").unwrap() + "-----END CERTIFICATE-----\n".len();
                answers.push((parse(exported.as_bytes()), answer[..end].to_owned()));
                let theirs = run("keytool", &[&["-certreq"][..], &on_keytool].concat());
                let theirs = CertificationRequest::parse(theirs.as_bytes()).unwrap();
                assert_eq!(theirs.key_algorithm().to_string(), algorithm.to_string());
                theirs.verify(&provider).unwrap();
            }
            for (authority, answer) in answers {
                let answer = parse(answer.as_bytes());
                assert_eq!(answer.signature_algorithm(), signature);
                assert_eq!(answer.subject().unwrap(), subject);
                assert_eq!(answer.public_key(), csr.public_key());
                authority.verify_signed_by(&provider, &authority).unwrap();
                answer.verify_signed_by(&provider, &authority).unwrap();
            }
        }
    }
}
