//! PKCS#7 bundles and chains, with OpenSSL, the JDK and the running service (CERT-70 to CERT-84).

use keymanager::Code;
use keymanager::certificate::{Certificate, CertificateKind, CertificateRequest, MAX_CHAIN_LEN, bundle, chain, issue};
use keymanager::crypto::{CryptoProvider, SoftwareKey};
use keymanager::random::SystemRandom;

use crate::common::{Folder, at, json, parse, partner_key, provider, providers, request, run};

fn issued(
    provider: &CryptoProvider,
    kind: CertificateKind,
    name: &str,
    key: &SoftwareKey,
    issuer: Option<(&Certificate, &SoftwareKey)>,
) -> Certificate {
    let signer = issuer.map_or(key, |(_, signer)| signer);
    let issuer = issuer.map(|(certificate, _)| certificate);
    issue(provider, &SystemRandom, &request(kind, name, key), issuer, signer).unwrap()
}

/// Base, Module, Root.
fn three(provider: &CryptoProvider) -> [Certificate; 3] {
    let (root_key, module_key) = (partner_key(provider, "root"), partner_key(provider, "intermediate"));
    let root = issued(provider, CertificateKind::Root, "ROOT", &root_key, None);
    let module = issued(provider, CertificateKind::Module, "MODULE", &module_key, Some((&root, &root_key)));
    let base_key = partner_key(provider, "IDA.PUBLIC_KEY");
    let base = issued(provider, CertificateKind::Base, "BASE", &base_key, Some((&module, &module_key)));
    [base, module, root]
}

/// The PEM blocks that OpenSSL prints, parsed.
fn printed(text: &str) -> Vec<Certificate> {
    text.split_inclusive("-----END CERTIFICATE-----\n")
        .filter(|part| part.contains("BEGIN"))
        .map(|part| parse(part.as_bytes()))
        .collect()
}

/// CERT-70 to CERT-72: OpenSSL prints what was put in, in its order, and what it writes is read.
#[test]
fn openssl_reads_ours_and_we_read_its() {
    for provider in providers() {
        let certificates = three(&provider);
        let folder = Folder::new();
        let text = bundle::to_pem(&certificates).unwrap();
        assert!(text.starts_with("-----BEGIN PKCS7-----\n") && text.ends_with("\n-----END PKCS7-----\n"));
        assert!(text.lines().all(|line| line.len() <= 64));
        let pem = folder.write("bundle.pem", &text);
        let der = folder.write("bundle.der", bundle::to_der(&certificates).unwrap());
        assert_eq!(printed(&run("openssl", &["pkcs7", "-in", &pem, "-print_certs"])), certificates);
        let shown = run("openssl", &["pkcs7", "-inform", "DER", "-in", &der, "-print_certs"]);
        assert_eq!(printed(&shown), certificates);
        run("openssl", &["cms", "-cmsout", "-inform", "DER", "-in", &der, "-noout"]);
        assert_eq!(bundle::parse(&provider, text.as_bytes()).unwrap(), certificates);
        assert_eq!(bundle::parse(&provider, &bundle::to_der(&certificates).unwrap()).unwrap(), certificates);

        let mut arguments = vec!["crl2pkcs7".to_owned(), "-nocrl".to_owned()];
        for (index, certificate) in certificates.iter().enumerate() {
            let path = folder.write(&format!("{index}.pem"), certificate.to_pem());
            arguments.extend(["-certfile".to_owned(), path]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let theirs = run("openssl", &arguments);
        assert_eq!(bundle::parse(&provider, theirs.as_bytes()).unwrap(), certificates);
        // One byte for one byte what OpenSSL writes for the same certificates.
        assert_eq!(theirs, text);
    }
}

/// CERT-70: keytool and the JDK's CertificateFactory (`generateCertificates` and `generateCertPath`).
#[test]
fn the_jdk_reads_ours() {
    let provider = provider();
    let certificates = three(&provider);
    let folder = Folder::new();
    let pem = folder.write("bundle.pem", bundle::to_pem(&certificates).unwrap());
    let der = folder.write("bundle.der", bundle::to_der(&certificates).unwrap());
    for path in [&pem, &der] {
        let shown = run("keytool", &["-J-Duser.language=en", "-printcert", "-file", path]);
        let bare: String = shown.split_whitespace().collect::<String>().replace(':', "");
        for certificate in &certificates {
            assert!(bare.contains(&certificate.thumbprint().to_hex()), "{shown}");
        }
    }
    let source = folder.write("ReadBundle.java", READ_BUNDLE);
    let wanted: String =
        certificates.iter().map(|certificate| format!("{}\n", certificate.thumbprint().to_hex())).collect();
    assert_eq!(run("java", &[&source, &der]), format!("{wanted}--\n{wanted}"));
}

const READ_BUNDLE: &str = r#"
import java.io.ByteArrayInputStream;
import java.nio.file.*;
import java.security.MessageDigest;
import java.security.cert.*;
import java.util.HexFormat;

public class ReadBundle {
    public static void main(String[] arguments) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(arguments[0]));
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        show(factory.generateCertificates(new ByteArrayInputStream(bytes)));
        System.out.println("--");
        show(factory.generateCertPath(new ByteArrayInputStream(bytes), "PKCS7").getCertificates());
    }

    static void show(java.util.Collection<? extends Certificate> certificates) throws Exception {
        for (Certificate certificate : certificates) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            System.out.println(HexFormat.of().withUpperCase().formatHex(digest));
        }
    }
}
"#;

/// CERT-73: what `getCertificateChain` of the running service answers: BER, indefinite lengths, leaf first. The same
/// chains are found here, and OpenSSL reads the same certificates.
#[test]
fn those_of_the_service() {
    let provider = provider();
    let mut pool = Vec::new();
    let mut chains = Vec::new();
    for call in json("service/pkcs12/ciphertexts.json")["chains"].as_array().unwrap() {
        let Some(text) = call["reply"]["response"]["certificatesTrustPath"].as_str() else { continue };
        let certificates = bundle::parse(&provider, text.as_bytes()).unwrap();
        let folder = Folder::new();
        let path = folder.write("chain.p7b", text);
        assert_eq!(printed(&run("openssl", &["pkcs7", "-in", &path, "-print_certs"])), certificates);
        // The bytes inside the PEM are read without it, too.
        let path_der = folder.path("chain.der");
        let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let ber = base64_simd::STANDARD.decode_to_vec(base64).unwrap();
        assert_eq!(ber[..2], [0x30, 0x80]);
        std::fs::write(&path_der, &ber).unwrap();
        assert_eq!(bundle::parse(&provider, &ber).unwrap(), certificates);
        for cut in (0..ber.len()).step_by(3) {
            assert!(bundle::parse(&provider, &ber[..cut]).is_err(), "{cut}");
        }
        // Written again it is a bundle of definite lengths with the same certificates.
        let again = bundle::to_der(&certificates).unwrap();
        assert_eq!(bundle::parse(&provider, &again).unwrap(), certificates);
        pool.extend(certificates.clone());
        chains.push(certificates);
    }
    assert_eq!(chains.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2, 3, 2]);
    for provider in providers() {
        for wanted in &chains {
            assert_eq!(&chain(&provider, &wanted[0], &pool).unwrap(), wanted);
        }
    }
}

/// CERT-74 to CERT-76.
#[test]
fn what_is_no_bundle() {
    let provider = provider();
    let certificates = three(&provider);
    let code = |bytes: &[u8]| bundle::parse(&provider, bytes).unwrap_err().code();
    assert_eq!(bundle::to_der(&[]).unwrap_err().code(), Code::InvalidArgument);
    let many: Vec<Certificate> = std::iter::repeat_n(certificates[2].clone(), 65).collect();
    assert_eq!(bundle::to_der(&many).unwrap_err().code(), Code::TooLarge);
    assert_eq!(bundle::parse(&provider, &bundle::to_der(&many[..64]).unwrap()).unwrap().len(), 64);
    assert_eq!(code(certificates[0].der()), Code::BundleUnparsable);
    assert_eq!(code(certificates[0].to_pem().as_bytes()), Code::BundleUnparsable);
    assert_eq!(code(b""), Code::BundleUnparsable);
    assert_eq!(code(&vec![b'A'; 4 * bundle::MAX_BUNDLE_LEN + 1]), Code::TooLarge);
    assert_eq!(code(&[&[0x30, 0x80][..], &vec![0; bundle::MAX_BUNDLE_LEN]].concat()), Code::TooLarge);
    let der = bundle::to_der(&certificates).unwrap();
    assert_eq!(code(&[&der[..], &[0, 0]].concat()), Code::BundleUnparsable);
    for at in (0..40).chain((40..der.len()).step_by(11)) {
        let mut changed = der.clone();
        changed[at] ^= 0x41;
        let _ = bundle::parse(&provider, &changed);
    }

    // A signed message of OpenSSL, and a bundle of a revocation list only.
    let folder = Folder::new();
    let (key, certificate) = (folder.path("key.pem"), folder.path("one.pem"));
    run(
        "openssl",
        &["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", &key, "-out", &certificate, "-subj", "/CN=x"],
    );
    let message = folder.write("message", "text");
    let signed = folder.path("signed.der");
    let sign =
        ["cms", "-sign", "-in", &message, "-signer", &certificate, "-inkey", &key, "-outform", "DER", "-out", &signed];
    run("openssl", &sign);
    let error = bundle::parse(&provider, &std::fs::read(&signed).unwrap()).unwrap_err();
    assert!(error.detail().contains("signed message"), "{error}");
    let kind = |last: u8| [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, last];
    let bundle_of = |certificates: &[u8]| {
        let signed = [&[2, 1, 1, 0x31, 0, 0x30, 11][..], &kind(1), certificates, &[0x31, 0]].concat();
        [&[0x30, 0x80][..], &kind(2), &[0xa0, 0x80, 0x30, 0x80], &signed, &[0; 6]].concat()
    };
    for (certificates, part) in [
        (&[][..], "no certificates"),
        (&[0xa0, 0], "no certificates"),
        (&[0xa0, 0x80, 0, 0, 0xa1, 0], "no certificates"),
        (&[0xa0, 2, 5, 0], "outer structure"),
        (&[0xa0, 2, 5, 3], "a certificate in it"),
        (&[0x30, 0], "no certificates"),
    ] {
        let error = bundle::parse(&provider, &bundle_of(certificates)).unwrap_err();
        assert_eq!(error.code(), Code::BundleUnparsable);
        assert!(error.detail().contains(part), "{certificates:02x?} {error}");
    }
}

/// CERT-80 to CERT-84.
#[test]
fn chains_are_found_in_any_pool() {
    for provider in providers() {
        let [base, module, root] = three(&provider);
        let (root_key, module_key) = (partner_key(&provider, "root"), partner_key(&provider, "intermediate"));
        let wanted = vec![base.clone(), module.clone(), root.clone()];
        // Decoys: another root of the same name, the module's name on another key, a Base certificate of that name.
        let other_key = partner_key(&provider, "mpartner-default-auth");
        let impostor = issued(&provider, CertificateKind::Root, "ROOT", &other_key, None);
        let decoy = issued(&provider, CertificateKind::Module, "MODULE", &other_key, Some((&impostor, &other_key)));
        let no_ca = issued(&provider, CertificateKind::Base, "MODULE", &module_key, Some((&root, &root_key)));
        let pool = [impostor, decoy, no_ca, base.clone(), root.clone(), module.clone()];
        assert_eq!(chain(&provider, &base, &pool).unwrap(), wanted);
        assert_eq!(chain(&provider, &module, &pool).unwrap(), wanted[1..]);
        assert_eq!(chain(&provider, &root, &[]).unwrap(), wanted[2..]);
        for pool in [&[][..], std::slice::from_ref(&module), std::slice::from_ref(&root), &pool[..4]] {
            let error = chain(&provider, &base, pool).unwrap_err();
            assert_eq!(error.code(), Code::CertificateNotTrusted, "{error}");
        }
        // A renewed module certificate of the same key: the newest one is taken.
        let later = CertificateRequest {
            not_before: at("2027-11-25T09:51:30Z"),
            ..request(CertificateKind::Module, "MODULE", &module_key)
        };
        let later = issue(&provider, &SystemRandom, &later, Some(&root), &root_key).unwrap();
        let found = chain(&provider, &base, &[module.clone(), later.clone(), root.clone()]).unwrap();
        assert_eq!(found, [base.clone(), later, root.clone()]);
    }
}

/// Keys that certify each other end nowhere, and a subject that equals its issuer's is not self-signed.
#[test]
fn circles_depth_and_self_issued() {
    let provider = provider();
    let (one_key, two_key) = (partner_key(&provider, "root"), partner_key(&provider, "intermediate"));
    let root = issued(&provider, CertificateKind::Root, "ROOT", &one_key, None);
    let one = issued(&provider, CertificateKind::Root, "ONE", &one_key, None);
    let two = issued(&provider, CertificateKind::Module, "TWO", &two_key, Some((&one, &one_key)));
    let back = issued(&provider, CertificateKind::Module, "ONE", &one_key, Some((&two, &two_key)));
    let leaf = issued(&provider, CertificateKind::Base, "LEAF", &two_key, Some((&two, &two_key)));
    let error = chain(&provider, &leaf, &[two.clone(), back.clone()]).unwrap_err();
    assert_eq!(error.code(), Code::CertificateNotTrusted);
    assert_eq!(chain(&provider, &leaf, &[back, two.clone(), one.clone()]).unwrap(), [leaf, two, one]);

    // As upstream renews Ed25519 keys: the subject is the module's.
    let same = issued(&provider, CertificateKind::Base, "ROOT", &two_key, Some((&root, &one_key)));
    assert!(same.is_self_issued());
    assert_eq!(chain(&provider, &same, std::slice::from_ref(&root)).unwrap(), [same, root.clone()]);

    let mut line = vec![root];
    for level in 1..=MAX_CHAIN_LEN {
        let above = line.last().unwrap().clone();
        line.push(issued(
            &provider,
            CertificateKind::Module,
            &format!("LEVEL {level}"),
            &one_key,
            Some((&above, &one_key)),
        ));
    }
    let deep = line.pop().unwrap();
    assert_eq!(chain(&provider, &deep, &line).unwrap_err().code(), Code::CertificateNotTrusted);
    let last = line.pop().unwrap();
    assert_eq!(chain(&provider, &last, &line).unwrap().len(), MAX_CHAIN_LEN);

    // Many issuers of one name and nobody who signed: bounded.
    let name = issued(&provider, CertificateKind::Root, "MANY", &one_key, None);
    let leaf = issued(&provider, CertificateKind::Base, "LEAF", &one_key, Some((&name, &one_key)));
    let other = issued(&provider, CertificateKind::Root, "MANY", &two_key, None);
    let pool: Vec<Certificate> = std::iter::repeat_n(other, 300).collect();
    assert_eq!(chain(&provider, &leaf, &pool).unwrap_err().code(), Code::TooLarge);
}
