//! Certification requests, as OpenSSL and the JDK read ours and as this library reads theirs (CERT-60 to CERT-67).

use keymanager::Code;
use keymanager::certificate::{CertificationRequest, DistinguishedName};
use keymanager::crypto::{PrivateKey, PublicKey, SignatureScheme, SoftwareKey};
use keymanager::secret::SecretBytes;

use crate::common::{Folder, json, mosip_name, partner_key, provider, providers, run};

/// Names that break a joined text, and the limits of the string types.
pub(crate) fn hostile_names() -> Vec<DistinguishedName> {
    let cn = |text: &str| DistinguishedName { common_name: Some(text.to_owned()), ..DistinguishedName::default() };
    vec![
        mosip_name("REGISTRATION-10001_110011"),
        cn("A, \"B\" + C = <D>; \\ # E"),
        cn("CN=inner,O=\"other\"+OU=x"),
        cn(" leading and trailing "),
        cn("#begins with a hash"),
        cn("\u{0939}\u{093f}\u{0928}\u{094d}\u{0926}\u{0940} \u{6f22}\u{5b57} \u{1f511} \u{e9}"),
        cn("*.wild@card!"),
        cn("it's (printable) + no, / - . : = ?"),
        cn(&"x".repeat(256)),
        cn("'; DROP TABLE key_alias; --"),
        DistinguishedName { organization: Some(",,==++\"\"".to_owned()), ..mosip_name("\\,\\\\,") },
        DistinguishedName { country: Some("FRA".to_owned()), ..cn("three letters") },
    ]
}

/// CERT-60 to CERT-66: both providers, every hostile name, OpenSSL and back.
#[test]
fn openssl_verifies_ours() {
    for provider in providers() {
        let key = partner_key(&provider, "root");
        for subject in hostile_names() {
            let request = CertificationRequest::create(&provider, &subject, &key).unwrap();
            request.verify(&provider).unwrap();
            assert_eq!(request.subject().unwrap(), subject);
            assert_eq!(request.public_key(), key.public_key());
            assert_eq!(request.signature_algorithm(), "SHA256withRSA");
            assert!(request.attributes().is_empty());
            let folder = Folder::new();
            let path = folder.write("one.csr", request.to_pem());
            run("openssl", &["req", "-in", &path, "-noout", "-verify"]);
            let shown = run("openssl", &["req", "-in", &path, "-noout", "-subject", "-nameopt", NAMES]);
            assert_eq!(shown.trim_end_matches('\n'), format!("subject={subject}"));
            // What OpenSSL writes again is the same request.
            let der = folder.path("again.der");
            run("openssl", &["req", "-in", &path, "-outform", "DER", "-out", &der]);
            assert_eq!(std::fs::read(&der).unwrap(), request.der());
            assert_eq!(CertificationRequest::parse(request.to_pem().as_bytes()).unwrap(), request);
        }
    }
}

const NAMES: &str = "RFC2253,-esc_msb,utf8";

/// keytool shows the subject and takes the signature for good (it verifies before it prints).
#[test]
fn keytool_reads_ours() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    for subject in hostile_names() {
        let request = CertificationRequest::create(&provider, &subject, &key).unwrap();
        let folder = Folder::new();
        let path = folder.write("one.csr", request.to_pem());
        let shown = run("keytool", &["-J-Duser.language=en", "-printcertreq", "-file", &path]);
        assert!(shown.contains("PKCS #10 Certificate Request (Version 1.0)"), "{shown}");
        assert!(shown.contains("2048-bit RSA key"), "{shown}");
        if subject.common_name.as_deref() == Some("REGISTRATION-10001_110011") {
            let text = "CN=REGISTRATION-10001_110011, OU=MOSIP-TECH-CENTER, O=IITB, L=BANGALORE, ST=KA, C=IN";
            assert!(shown.contains(text), "{shown}");
        }
    }
}

/// CERT-61: the string types of the JDK. `openssl asn1parse` names them.
#[test]
fn string_types() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    let subject = DistinguishedName {
        organization: Some("\u{dc}n\u{ef}".to_owned()),
        organizational_unit: Some("a_b".to_owned()),
        ..mosip_name("www.mosip.io (ROOT)")
    };
    let request = CertificationRequest::create(&provider, &subject, &key).unwrap();
    let folder = Folder::new();
    let path = folder.write("one.der", request.der());
    let shown = run("openssl", &["asn1parse", "-inform", "DER", "-in", &path]);
    let printable = shown.matches("PRINTABLESTRING").count();
    let utf8 = shown.matches("UTF8STRING").count();
    assert_eq!((printable, utf8), (4, 2), "{shown}");
}

/// The requests of the running service: they parse, and a name encoded here is theirs byte for byte.
#[test]
fn those_of_the_service() {
    let cases = json("service/requests.json");
    let mut own_key = 0;
    for case in cases.as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let request = CertificationRequest::parse(case["csr"].as_str().unwrap().as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(request.attributes().is_empty());
        let key = request.key_algorithm().to_string();
        let wanted = match key.as_str() {
            "RSA-2048" => "SHA256withRSA",
            "Ed25519" => "Ed25519",
            _ => "SHA256withECDSA",
        };
        assert_eq!(request.signature_algorithm(), wanted, "{name}");
        for provider in providers() {
            request.verify(&provider).unwrap();
        }
        if key == "RSA-2048" {
            own_key += 1;
            for provider in providers() {
                // A request of the same subject made here has the same bytes of a name.
                let ours = partner_key(&provider, "root");
                let ours = CertificationRequest::create(&provider, &request.subject().unwrap(), &ours).unwrap();
                assert_eq!(ours.subject_der(), request.subject_der(), "{name}");
                assert_eq!(ours.der().len(), request.der().len(), "{name}");
            }
        }
        if let Some(asked) = case["request"]["commonName"].as_str() {
            assert_eq!(request.subject().unwrap().common_name.as_deref(), Some(asked), "{name}");
        }
    }
    assert!(own_key >= 6, "{own_key}");
}

/// Requests of OpenSSL with hostile names, attributes and other keys.
#[test]
fn openssl_writes_and_we_read() {
    let folder = Folder::new();
    let key = folder.path("key.pem");
    let out = folder.path("one.csr");
    for (options, algorithm, signature) in [
        (vec!["-newkey", "rsa:2048", "-sha256"], "RSA-2048", "SHA256withRSA"),
        (
            vec!["-newkey", "rsa:2048", "-sha512", "-addext", "subjectAltName=DNS:a.example"],
            "RSA-2048",
            "SHA512withRSA",
        ),
        (vec!["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "EC P-256", "SHA256withECDSA"),
        (vec!["-newkey", "ed25519"], "Ed25519", "Ed25519"),
    ] {
        let subject = "/C=IN/O=A, \"B\" \\+ C \\= <D>;/OU=one/OU=two/CN=\u{6f22}\u{5b57}, \\/x=y";
        let fixed = ["req", "-new", "-utf8", "-nodes", "-keyout", &key, "-out", &out, "-subj", subject];
        run("openssl", &[&fixed[..], &options].concat());
        let request = CertificationRequest::parse(&std::fs::read(&out).unwrap()).unwrap();
        let read = request.subject().unwrap();
        assert_eq!(read.organization.as_deref(), Some("A, \"B\" + C = <D>;"));
        assert_eq!(read.organizational_unit.as_deref(), Some("two"));
        assert_eq!(read.common_name.as_deref(), Some("\u{6f22}\u{5b57}, /x=y"));
        let shown = run("openssl", &["req", "-in", &out, "-noout", "-subject", "-nameopt", NAMES]);
        assert_eq!(shown.trim_end_matches('\n'), format!("subject={}", request.subject_text()));
        assert_eq!(request.key_algorithm().to_string(), algorithm);
        assert_eq!(request.signature_algorithm(), signature);
        assert_eq!(request.attributes().len(), usize::from(options.contains(&"-addext")));
        for provider in providers() {
            request.verify(&provider).unwrap();
        }
    }
}

/// A request of keytool, with an attribute, as PEM with its old label and CRLF.
#[test]
fn keytool_writes_and_we_read() {
    let folder = Folder::new();
    let store = folder.path("store.p12");
    let fixed = ["-keystore", &store, "-storepass", "throwaway", "-alias", "one"];
    let generate = ["-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=\"A, B\" , O=x\\+y, C=IN"];
    run("keytool", &[&generate[..], &fixed].concat());
    let text = run("keytool", &[&["-certreq", "-ext", "san=dns:a.example"][..], &fixed].concat());
    assert!(text.contains("NEW CERTIFICATE REQUEST"), "{text}");
    let request = CertificationRequest::parse(text.replace('\n', "\r\n").as_bytes()).unwrap();
    assert_eq!(request.subject().unwrap().common_name.as_deref(), Some("A, B"));
    assert_eq!(request.subject().unwrap().organization.as_deref(), Some("x+y"));
    assert_eq!(request.attributes(), ["1.2.840.113549.1.9.14"]);
    request.verify(&provider()).unwrap();
    // The JDK and this library choose the same string types.
    let again =
        CertificationRequest::create(&provider(), &request.subject().unwrap(), &partner_key(&provider(), "root"))
            .unwrap();
    let tail = |der: &[u8]| der[der.len() - 20..].to_vec();
    assert_eq!(tail(again.subject_der()), tail(request.subject_der()));
}

/// A key whose signatures are of another message, as a broken token's.
#[derive(Debug)]
struct Wrong(SoftwareKey);

impl PrivateKey for Wrong {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn decrypt_oaep(&self, profile: &keymanager::crypto::OaepProfile, text: &[u8]) -> keymanager::Result<SecretBytes> {
        self.0.decrypt_oaep(profile, text)
    }

    fn sign(&self, scheme: SignatureScheme, _message: &[u8]) -> keymanager::Result<Vec<u8>> {
        self.0.sign(scheme, b"another message")
    }
}

/// CERT-60, CERT-64, CERT-67: what is not made, and what does not verify.
#[test]
fn what_is_not_made_and_what_does_not_verify() {
    for provider in providers() {
        let key = partner_key(&provider, "root");
        let code = |subject: &DistinguishedName, key: &dyn PrivateKey| {
            CertificationRequest::create(&provider, subject, key).unwrap_err().code()
        };
        let name = mosip_name("one");
        assert_eq!(code(&DistinguishedName::default(), &key), Code::InvalidArgument);
        assert_eq!(code(&mosip_name("a\0b"), &key), Code::InvalidArgument);
        assert_eq!(code(&mosip_name(&"x".repeat(257)), &key), Code::InvalidArgument);
        let country = DistinguishedName { country: Some("\u{e9}".to_owned()), ..name.clone() };
        assert_eq!(code(&country, &key), Code::InvalidArgument);
        assert_eq!(code(&name, &Wrong(key.clone())), Code::MasterUnavailable);

        let good = CertificationRequest::create(&provider, &name, &key).unwrap();
        let mut accepted = 0;
        for at in (0..good.der().len()).step_by(7) {
            let mut der = good.der().to_vec();
            der[at] ^= 0x20;
            let Ok(changed) = CertificationRequest::parse(&der) else { continue };
            let error = changed.verify(&provider).unwrap_err();
            assert_ne!(error.code(), Code::Internal, "byte {at}: {error}");
            accepted += 1;
        }
        assert!(accepted > 20, "{accepted}");
    }
    let folder = Folder::new();
    let (key, out) = (folder.path("key.pem"), folder.path("one.csr"));
    let made =
        ["req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", &key, "-out", &out, "-subj", "/CN=x", "-sha1"];
    run("openssl", &made);
    let weak = CertificationRequest::parse(&std::fs::read(&out).unwrap()).unwrap();
    let error = weak.verify(&provider()).unwrap_err();
    assert_eq!(error.code(), Code::VerificationFailed);
    assert!(error.detail().contains("SHA1withRSA"), "{error}");
}
