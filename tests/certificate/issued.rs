//! What this library issues, as OpenSSL and the JDK read it.

use keymanager::Code;
use keymanager::certificate::{
    Certificate, CertificateKind, CertificateRequest, DistinguishedName, Validity, is_provisional, issue,
};
use keymanager::crypto::{CryptoProvider, PrivateKey, PublicKey, SignatureScheme, SoftwareKey};
use keymanager::random::SystemRandom;
use keymanager::secret::SecretBytes;
use keymanager::time::Timestamp;

use crate::common::{Folder, Kept, at, parse, partner_key, provider, providers, request, run, vector};

/// A Root, Module and Base certificate.
fn chain(provider: &CryptoProvider) -> [Certificate; 3] {
    let (root_key, module_key) = (partner_key(provider, "root"), partner_key(provider, "intermediate"));
    let base_key = partner_key(provider, "IDA.PUBLIC_KEY");
    let root_request = request(CertificateKind::Root, "www.mosip.io (ROOT)", &root_key);
    let root = issue(provider, &SystemRandom, &root_request, None, &root_key).unwrap();
    let module_request = request(CertificateKind::Module, "www.mosip.io (REGISTRATION)", &module_key);
    let module = issue(provider, &SystemRandom, &module_request, Some(&root), &root_key).unwrap();
    let base_request = request(CertificateKind::Base, "REGISTRATION-10001_110011", &base_key);
    let base = issue(provider, &SystemRandom, &base_request, Some(&module), &module_key).unwrap();
    [root, module, base]
}

/// The lines of `openssl x509 -text` from the extensions on, with the key identifier left out.
fn extension_lines(path: &str) -> Vec<String> {
    let text = run("openssl", &["x509", "-in", path, "-noout", "-text", "-certopt", "no_pubkey,no_sigdump"]);
    let lines = text.lines().skip_while(|line| !line.contains("X509v3 extensions")).skip(1).map(str::trim);
    lines.filter(|line| line.len() != 59 || !line.contains(':')).map(str::to_owned).collect()
}

/// CERT-40 to CERT-47.
#[test]
fn openssl_verifies_and_shows_the_chain() {
    for provider in providers() {
        let certificates = chain(&provider);
        let [root, module, base] = &certificates;
        let folder = Folder::new();
        let [root_path, module_path, base_path] = [("root", root), ("module", module), ("base", base)]
            .map(|(name, certificate)| folder.write(name, certificate.to_pem()));
        let now = at("2027-01-01T00:00:00Z").unix_seconds().to_string();
        let verify = ["verify", "-attime", &now, "-CAfile", &root_path];
        let answer = run("openssl", &[&verify[..], &["-untrusted", &module_path, &base_path]].concat());
        assert!(answer.ends_with(": OK\n"), "{answer}");
        let answer = run("openssl", &[&verify[..], &["-x509_strict", "-check_ss_sig", &root_path]].concat());
        assert!(answer.ends_with(": OK\n"), "{answer}");

        let ca = |path_len: &str| {
            vec![
                "X509v3 Basic Constraints: critical".to_owned(),
                format!("CA:TRUE, pathlen:{path_len}"),
                "X509v3 Subject Key Identifier:".to_owned(),
                "X509v3 Key Usage: critical".to_owned(),
                "Digital Signature, Certificate Sign".to_owned(),
            ]
        };
        assert_eq!(extension_lines(&root_path), ca("2"));
        assert_eq!(extension_lines(&module_path), ca("1"));
        assert_eq!(
            extension_lines(&base_path),
            [
                "X509v3 Basic Constraints: critical",
                "CA:FALSE",
                "X509v3 Subject Key Identifier:",
                "X509v3 Key Usage: critical",
                "Key Encipherment",
            ]
        );
        for (path, certificate) in [&root_path, &module_path, &base_path].into_iter().zip(&certificates) {
            let field = |arguments: &[&str]| {
                let text = run("openssl", &[&["x509", "-in", path, "-noout"], arguments].concat());
                text.trim_end().split_once('=').unwrap().1.to_owned()
            };
            assert_eq!(field(&["-fingerprint", "-sha256"]).replace(':', ""), certificate.thumbprint().to_hex());
            assert_eq!(field(&["-subject", "-nameopt", "RFC2253"]), certificate.subject_text());
            assert_eq!(field(&["-issuer", "-nameopt", "RFC2253"]), certificate.issuer_text());
            let serial = u64::from_str_radix(&field(&["-serial"]), 16).unwrap();
            assert_eq!(serial.to_string(), certificate.serial());
            assert_eq!(field(&["-dates"]), "Nov 25 09:51:30 2026 GMT\nnotAfter=Nov 24 09:51:30 2029 GMT");
        }
    }
}

/// What keytool shows, and that a Java key store takes a chain and a provisional certificate.
#[test]
fn keytool_reads_them() {
    for provider in providers() {
        let certificates = chain(&provider);
        let folder = Folder::new();
        for (certificate, wanted) in certificates.iter().zip(["PathLen:2", "PathLen:1", "CA:false"]) {
            let path = folder.write("one.pem", certificate.to_pem());
            let shown = run("keytool", &["-J-Duser.language=en", "-printcert", "-file", &path]);
            assert!(shown.contains(wanted), "{shown}");
            assert!(shown.contains("SHA256withRSA"));
            let bare: String = shown.split_whitespace().collect::<String>().replace(':', "");
            assert!(bare.contains(&certificate.thumbprint().to_hex()), "{shown}");
        }
        let provisional = provisional(&provider);
        let key = folder.write("key.pem", vector("service/pkcs12/partner/root.key.pem"));
        let certificate = folder.write("certificate.pem", provisional.to_pem());
        let store = folder.path("store.p12");
        run(
            "openssl",
            &[
                "pkcs12",
                "-export",
                "-inkey",
                &key,
                "-in",
                &certificate,
                "-name",
                "pending",
                "-out",
                &store,
                "-passout",
                "pass:throwaway",
            ],
        );
        let listed =
            run("keytool", &["-J-Duser.language=en", "-list", "-v", "-keystore", &store, "-storepass", "throwaway"]);
        assert!(listed.contains("Alias name: pending") && listed.contains("PrivateKeyEntry"), "{listed}");
        run(
            "keytool",
            &[
                "-importcert",
                "-noprompt",
                "-alias",
                "trusted",
                "-file",
                &certificate,
                "-keystore",
                &store,
                "-storepass",
                "throwaway",
            ],
        );
    }
}

fn provisional(provider: &CryptoProvider) -> Certificate {
    let key = partner_key(provider, "root");
    let request = request(CertificateKind::Provisional, "4f5c6a0e-0000-4000-8000-000000000000", &key);
    issue(provider, &SystemRandom, &request, None, &key).unwrap()
}

/// CERT-51, CERT-52.
#[test]
fn provisional_certificates_are_known_by_their_mark() {
    let certificate = provisional(&provider());
    assert!(is_provisional(&certificate));
    assert!(!certificate.is_ca() && certificate.is_self_issued() && certificate.key_usage().is_none());
    certificate.verify_signed_by(&provider(), &certificate).unwrap();
    let folder = Folder::new();
    let path = folder.write("one.pem", certificate.to_pem());
    assert_eq!(
        extension_lines(&path),
        [
            "X509v3 Basic Constraints: critical",
            "CA:FALSE",
            "X509v3 Subject Key Identifier:",
            "Netscape Comment:",
            "keymanager pending key",
        ]
    );
    assert!(chain(&provider()).iter().all(|other| !is_provisional(other)));
}

/// CERT-44: UTCTime until 2049, GeneralizedTime after, and the ends of what can be written.
#[test]
fn dates() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    let dated = |not_before: Timestamp, not_after: Timestamp| {
        let request = CertificateRequest { not_before, not_after, ..request(CertificateKind::Root, "dates", &key) };
        issue(&provider, &SystemRandom, &request, None, &key)
    };
    let folder = Folder::new();
    for (not_before, not_after, shown) in [
        ("1970-01-01T00:00:00Z", "2049-12-31T23:59:59.999999Z", ["UTCTIME :700101000000Z", "UTCTIME :491231235959Z"]),
        (
            "2049-12-31T23:59:59Z",
            "2050-01-01T00:00:00Z",
            ["UTCTIME :491231235959Z", "GENERALIZEDTIME :20500101000000Z"],
        ),
        (
            "2026-11-25T00:00:00Z",
            "9999-12-31T23:59:59Z",
            ["UTCTIME :261125000000Z", "GENERALIZEDTIME :99991231235959Z"],
        ),
    ] {
        let certificate = dated(at(not_before), at(not_after).min(at("9999-12-31T23:59:59Z"))).unwrap();
        assert_eq!(certificate.not_before(), at(not_before).truncate_to_seconds());
        assert_eq!(certificate.not_after(), at(not_after).truncate_to_seconds());
        let path = folder.write("one.der", certificate.der());
        let text = run("openssl", &["asn1parse", "-inform", "DER", "-in", &path]).replace("           ", "");
        let compact: String = text.split_whitespace().collect();
        for line in shown {
            assert!(compact.contains(&line.replace(' ', "")), "{text}");
        }
    }
    let day = at("2026-11-25T00:00:00Z");
    for (not_before, not_after) in [
        (day, day),
        (day, day.plus_seconds(-1)),
        (day, Timestamp::MAX),
        (day, day.plus_days(i64::MAX)),
        (Timestamp::UNIX_EPOCH.plus_seconds(-1), day),
    ] {
        assert_eq!(dated(not_before, not_after).unwrap_err().code(), Code::InvalidArgument);
    }
}

/// CERT-19: both ends are inside.
#[test]
fn validity_ends() {
    let certificate = provisional(&provider());
    let (begin, end) = (at("2026-11-25T09:51:30Z"), at("2029-11-24T09:51:30Z"));
    assert_eq!(certificate.validity(begin), Validity::Valid { days_left: 1095 });
    assert_eq!(certificate.validity(end), Validity::Valid { days_left: 0 });
    assert_eq!(certificate.validity(end.plus_days(-1)), Validity::Valid { days_left: 1 });
    let micro = |base: Timestamp, micros: i64| Timestamp::from_unix_micros(base.unix_micros() + micros);
    assert_eq!(certificate.validity(micro(begin, -1)), Validity::NotYetValid { days_until: 0 });
    assert_eq!(certificate.validity(micro(end, 1)), Validity::Expired { days_ago: 0 });
    assert_eq!(certificate.validity(begin.plus_days(-3)), Validity::NotYetValid { days_until: 3 });
    assert_eq!(certificate.validity(end.plus_days(3)), Validity::Expired { days_ago: 3 });
}

/// CERT-33: values that break a joined text do not break a certificate.
#[test]
fn names_of_any_script() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    let subject = DistinguishedName {
        common_name: Some("A, \"B\" + C = <D>; \\ # \u{0939}\u{093f}\u{0928}\u{094d}\u{0926}\u{0940} ".to_owned()),
        organization: Some(" #lead".to_owned()),
        country: Some("FRA".to_owned()),
        ..DistinguishedName::default()
    };
    let request = CertificateRequest { subject: subject.clone(), ..request(CertificateKind::Root, "replaced", &key) };
    let certificate = issue(&provider, &SystemRandom, &request, None, &key).unwrap();
    assert_eq!(certificate.subject().unwrap(), subject);
    assert_eq!(certificate.subject_text(), subject.to_string());
    let folder = Folder::new();
    let path = folder.write("one.pem", certificate.to_pem());
    let shown = run("openssl", &["x509", "-in", &path, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"]);
    assert_eq!(shown.trim_end_matches('\n'), format!("subject={subject}"));
}

/// A signer whose signatures are wrong, as a broken token's.
#[derive(Debug)]
struct Wrong(SoftwareKey);

impl PrivateKey for Wrong {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn decrypt_oaep(
        &self,
        profile: &keymanager::crypto::OaepProfile,
        ciphertext: &[u8],
    ) -> keymanager::Result<SecretBytes> {
        self.0.decrypt_oaep(profile, ciphertext)
    }

    fn sign(&self, scheme: SignatureScheme, _message: &[u8]) -> keymanager::Result<Vec<u8>> {
        self.0.sign(scheme, b"another message")
    }
}

/// CERT-42, CERT-48, CERT-49, CERT-50.
#[test]
fn what_is_not_issued() {
    for provider in providers() {
        let (root_key, other_key) = (partner_key(&provider, "root"), partner_key(&provider, "intermediate"));
        let root_request = request(CertificateKind::Root, "root", &root_key);
        let root = issue(&provider, &SystemRandom, &root_request, None, &root_key).unwrap();
        let code = |request: &CertificateRequest, issuer: Option<&Certificate>, signer: &dyn PrivateKey| {
            issue(&provider, &SystemRandom, request, issuer, signer).unwrap_err().code()
        };
        let module_request = request(CertificateKind::Module, "module", &other_key);
        assert_eq!(code(&root_request, Some(&root), &root_key), Code::InvalidArgument);
        assert_eq!(code(&root_request, None, &other_key), Code::InvalidArgument);
        assert_eq!(code(&module_request, Some(&root), &other_key), Code::InvalidArgument);
        assert_eq!(code(&module_request, Some(&root), &Wrong(root_key.clone())), Code::MasterUnavailable);
        let no_name = CertificateRequest { subject: DistinguishedName::default(), ..root_request.clone() };
        assert_eq!(code(&no_name, None, &root_key), Code::InvalidArgument);
        let no_key = CertificateRequest { public_key: PublicKey::from_spki_der(vec![0x30, 0]), ..module_request };
        assert_eq!(code(&no_key, Some(&root), &root_key), Code::CertificateUnparsable);
        let zeros = issue(&provider, &Kept(vec![0x80, 0, 0, 0, 0, 0, 0, 0]), &root_request, None, &root_key);
        assert_eq!(zeros.unwrap_err().code(), Code::RandomFailed);
    }
}

/// CERT-42: the serial number has the fewest bytes that hold it.
#[test]
fn serial_numbers_are_minimal() {
    let provider = provider();
    let key = partner_key(&provider, "root");
    let root = request(CertificateKind::Root, "root", &key);
    for (drawn, value) in [
        ([0xffu8; 8], i64::MAX),
        ([0, 0, 0, 0, 0, 0, 0, 1], 1),
        ([0x80, 0, 0, 0, 0, 0, 0, 0x80], 128),
        ([0, 0, 0, 0, 0, 0, 0x7f, 0xff], 0x7fff),
    ] {
        let certificate = issue(&provider, &Kept(drawn.to_vec()), &root, None, &key).unwrap();
        assert_eq!(certificate.serial(), value.to_string());
    }
}

/// CERT-20 to CERT-22: another key, another name, a changed byte.
#[test]
fn verification_fails_for_what_was_not_signed() {
    for provider in providers() {
        let [root, module, base] = chain(&provider);
        module.verify_signed_by(&provider, &root).unwrap();
        base.verify_signed_by(&provider, &module).unwrap();
        let untrusted = |certificate: &Certificate, issuer: &Certificate| {
            let error = certificate.verify_signed_by(&provider, issuer).unwrap_err();
            assert_eq!(error.code(), Code::CertificateNotTrusted, "{error}");
            error.detail().to_owned()
        };
        assert!(untrusted(&base, &root).contains("names another issuer"));
        let other_key = partner_key(&provider, "mpartner-default-auth");
        let same_name = request(CertificateKind::Root, "www.mosip.io (ROOT)", &other_key);
        let impostor = issue(&provider, &SystemRandom, &same_name, None, &other_key).unwrap();
        assert!(untrusted(&module, &impostor).contains("did not sign"));
        let mut der = module.der().to_vec();
        let last = der.len() - 300;
        der[last] ^= 1;
        if let Ok(changed) = Certificate::from_der(&provider, &der) {
            untrusted(&changed, &root);
        }
        let again = parse(module.to_pem().as_bytes());
        assert_eq!(again, module);
    }
}
