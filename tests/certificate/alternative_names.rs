//! Alternative names and the certificates of signing keys, as OpenSSL and the JDK read them (CERT-45, CERT-53 to CERT-58).

use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, issue};
use keymanager::crypto::PublicKey;
use keymanager::random::SystemRandom;

use crate::common::{Folder, partner_key, provider, providers, request, run};

fn every_kind() -> AlternativeNames {
    let mut names = AlternativeNames::default();
    for (kind, values) in [
        ("otherName", "\u{6f22}\u{5b57}"),
        ("email", "a@b.example | c@d.example"),
        ("dns", "a.example|*.b.example"),
        ("directoryName", "C=IN,O=A\\, B,CN=\u{e9}"),
        ("uri", "https://a.example/b?c"),
        ("ipAddress", "192.0.2.1|2001:db8::1"),
        ("registeredId", "1.2.3.4"),
    ] {
        names.add(kind, values).unwrap();
    }
    names
}

/// The extension lines of a certificate, from key usage on.
fn shown(path: &str) -> String {
    let options = "no_pubkey,no_sigdump,no_header,no_version,no_serial,no_signame,no_validity,no_subject,no_issuer";
    run("openssl", &["x509", "-in", path, "-noout", "-text", "-certopt", options, "-nameopt", "RFC2253,utf8,-esc_msb"])
}

#[test]
fn every_kind_of_name_in_every_kind_of_certificate() {
    for provider in providers() {
        let (root_key, module_key) = (partner_key(&provider, "root"), partner_key(&provider, "intermediate"));
        let named =
            |kind, name: &str, key| CertificateRequest { alternative_names: every_kind(), ..request(kind, name, key) };
        let issued = |request: &_, issuer| issue(&provider, &SystemRandom, request, issuer, &root_key).unwrap();
        let root = issued(&named(CertificateKind::Root, "root", &root_key), None);
        let module = issued(&named(CertificateKind::Module, "module", &module_key), Some(&root));
        let base = issued(&named(CertificateKind::Base, "base", &module_key), Some(&root));
        let folder = Folder::new();
        let root_path = folder.write("root.pem", root.to_pem());
        for certificate in [&root, &module, &base] {
            let last = certificate.extensions().last().unwrap();
            assert_eq!((last.oid.as_str(), last.critical), ("2.5.29.17", false));
            assert_eq!(certificate.extensions().len(), 4);
            let path = folder.write("one.pem", certificate.to_pem());
            let text = shown(&path);
            for part in [
                "email:a@b.example, email:c@d.example, DNS:a.example, DNS:*.b.example",
                "DirName:/C=IN/O=A, B/CN=\\xC3\\xA9",
                "URI:https://a.example/b?c, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, Registered ID:1.2.3.4",
            ] {
                assert!(text.contains(part), "{part}\n{text}");
            }
            let now = certificate.not_before().unix_seconds().to_string();
            run("openssl", &["verify", "-attime", &now, "-CAfile", &root_path, &path]);
            let text = run("keytool", &["-J-Duser.language=en", "-printcert", "-file", &path]);
            for part in ["DNSName: a.example", "RFC822Name: c@d.example", "IPAddress: 192.0.2.1", "OIDName: 1.2.3.4"] {
                assert!(text.contains(part), "{part}\n{text}");
            }
        }
        // The text of the other name stands under the object identifier of the key, as upstream writes it.
        let path = folder.write("one.der", base.der());
        let text = run("openssl", &["asn1parse", "-inform", "DER", "-in", &path]);
        let names = text.lines().position(|line| line.contains("Subject Alternative Name")).unwrap();
        let offset = text.lines().nth(names + 1).unwrap().split(':').next().unwrap().trim().to_owned();
        let text = run("openssl", &["asn1parse", "-inform", "DER", "-in", &path, "-strparse", &offset]);
        assert!(text.contains(":rsaEncryption") && text.contains("UTF8STRING"), "{text}");
    }
}

/// CERT-45: not a CA, digitalSignature only, and the names last.
#[test]
fn signing_keys_under_a_module_key() {
    let provider = provider();
    let folder = Folder::new();
    let key = folder.path("ed.pem");
    run("openssl", &["genpkey", "-algorithm", "ed25519", "-out", &key]);
    let public = folder.path("ed.der");
    run("openssl", &["pkey", "-in", &key, "-pubout", "-outform", "DER", "-out", &public]);
    let public = PublicKey::from_spki_der(std::fs::read(public).unwrap());
    let (root_key, module_key) = (partner_key(&provider, "root"), partner_key(&provider, "intermediate"));
    let root_request = request(CertificateKind::Root, "root", &root_key);
    let root = issue(&provider, &SystemRandom, &root_request, None, &root_key).unwrap();
    let module_request = request(CertificateKind::Module, "ID_REPO", &module_key);
    let module = issue(&provider, &SystemRandom, &module_request, Some(&root), &root_key).unwrap();
    let mut signing = CertificateRequest {
        public_key: public,
        ..request(CertificateKind::Signing, "ID_REPO-ED25519_SIGN", &module_key)
    };
    signing.alternative_names.add("dns", "sign.example").unwrap();
    let certificate = issue(&provider, &SystemRandom, &signing, Some(&module), &module_key).unwrap();
    assert!(!certificate.is_ca());
    let usage: Vec<&str> = certificate.key_usage().unwrap().names().collect();
    assert_eq!(usage, ["digitalSignature"]);
    assert_eq!(certificate.key_algorithm().to_string(), "Ed25519");
    let ids: Vec<&str> = certificate.extensions().iter().map(|extension| extension.oid.as_str()).collect();
    assert_eq!(ids, ["2.5.29.19", "2.5.29.14", "2.5.29.15", "2.5.29.17"]);

    let root_path = folder.write("root.pem", root.to_pem());
    let module_path = folder.write("module.pem", module.to_pem());
    let path = folder.write("one.pem", certificate.to_pem());
    let now = certificate.not_before().unix_seconds().to_string();
    let verify = ["verify", "-attime", &now, "-CAfile", &root_path, "-untrusted", &module_path, &path];
    run("openssl", &verify);
    let text = shown(&path);
    assert!(text.contains("Digital Signature") && !text.contains("Encipherment"), "{text}");
    let text = run("keytool", &["-J-Duser.language=en", "-printcert", "-file", &path]);
    assert!(text.contains("DigitalSignature") && text.contains("Ed25519"), "{text}");
}

/// A provisional certificate has none, whatever is asked for.
#[test]
fn provisional_certificates_have_none() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    let request =
        CertificateRequest { alternative_names: every_kind(), ..request(CertificateKind::Provisional, "x", &key) };
    let certificate = issue(&provider, &SystemRandom, &request, None, &key).unwrap();
    assert!(certificate.extensions().iter().all(|extension| extension.oid != "2.5.29.17"));
}
