//! OpenSSL reads our keys, ciphertexts and signatures; we read its own, and refuse its odder keys.

use std::path::Path;

use keymanager::error::Code;

use super::*;

fn name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha1 => "sha1",
        HashAlgorithm::Sha256 => "sha256",
        HashAlgorithm::Sha384 => "sha384",
        _ => "sha512",
    }
}

fn put(folder: &Path, file: &str, bytes: &[u8]) -> String {
    let path = folder.join(file);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A new key as PKCS#8 DER. (`genpkey -outform DER` alone would write the traditional form.)
fn genpkey(algorithm: &str, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = put(folder.path(), "key", b"");
    let mut arguments = vec!["genpkey", "-algorithm", algorithm, "-out", &path];
    for option in options {
        arguments.extend(["-pkeyopt", option]);
    }
    run("openssl", &arguments);
    run("openssl", &["pkcs8", "-topk8", "-nocrypt", "-in", &path, "-outform", "DER"])
}

fn spki(pkcs8: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let key = put(folder.path(), "key", pkcs8);
    run("openssl", &["pkey", "-inform", "DER", "-in", &key, "-pubout", "-outform", "DER"])
}

#[test]
fn keys_are_read_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let key = put(folder.path(), "key", KEY.export_pkcs8().unwrap().expose());
    let said = run("openssl", &["pkey", "-inform", "DER", "-in", &key, "-check", "-noout"]);
    assert!(String::from_utf8_lossy(&said).contains("Key is valid"));
    assert_eq!(spki(KEY.export_pkcs8().unwrap().expose()), KEY.spki_der());

    for options in
        [&["rsa_keygen_bits:2048"][..], &["rsa_keygen_bits:3072"], &["rsa_keygen_bits:2048", "rsa_keygen_pubexp:3"]]
    {
        let pkcs8 = genpkey("RSA", options);
        let key = import(&pkcs8).unwrap_or_else(|error| panic!("{options:?}: {error}"));
        assert_eq!(key.export_pkcs8().unwrap().expose(), pkcs8);
        assert_eq!(key.spki_der(), spki(&pkcs8));
        let public = provider().rsa.import_public(key.spki_der()).unwrap();
        let ciphertext = public.encrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, b"m").unwrap();
        let message = key.decrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, &ciphertext).unwrap();
        assert_eq!(message.expose(), b"m");
    }
}

#[test]
fn oaep_is_read_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let key = put(folder.path(), "key", KEY.export_pkcs8().unwrap().expose());
    let message = put(folder.path(), "message", b"thirty-two bytes of session key.");
    for profile in profiles() {
        let ours = public().encrypt_oaep(&profile, b"thirty-two bytes of session key.").unwrap();
        let ours = put(folder.path(), "ciphertext", &ours);
        let options = [
            "rsa_padding_mode:oaep".to_owned(),
            format!("rsa_oaep_md:{}", name(profile.hash)),
            format!("rsa_mgf1_md:{}", name(profile.mgf_hash)),
            format!("rsa_oaep_label:{}", hex::encode(profile.label)),
        ];
        let pkeyutl = |mode, input: &str| {
            let mut arguments = vec!["pkeyutl", mode, "-keyform", "DER", "-inkey", &key, "-in", input];
            // OpenSSL has no word for an empty label.
            let used = if profile.label.is_empty() { &options[..3] } else { &options[..] };
            used.iter().for_each(|option| arguments.extend(["-pkeyopt", option]));
            run("openssl", &arguments)
        };
        assert_eq!(pkeyutl("-decrypt", &ours), b"thirty-two bytes of session key.");
        let theirs = pkeyutl("-encrypt", &message);
        assert_eq!(KEY.decrypt_oaep(&profile, &theirs).unwrap().expose(), b"thirty-two bytes of session key.");
    }
}

#[test]
fn signatures_are_read_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let key = put(folder.path(), "key", KEY.export_pkcs8().unwrap().expose());
    let message = put(folder.path(), "message", b"the message");
    for scheme in SCHEMES {
        let (hash, padding) = match scheme {
            SignatureScheme::RsaPkcs1(hash) => (hash, "rsa_padding_mode:pkcs1"),
            SignatureScheme::RsaPss(hash) => (hash, "rsa_padding_mode:pss"),
            _ => unreachable!("there is no third"),
        };
        let pkeyutl = |more: &[&str]| {
            let mut arguments = vec!["pkeyutl", "-keyform", "DER", "-inkey", &key, "-in", &message, "-rawin"];
            arguments.extend(["-digest", name(hash), "-pkeyopt", padding]);
            if matches!(scheme, SignatureScheme::RsaPss(_)) {
                arguments.extend(["-pkeyopt", "rsa_pss_saltlen:digest"]);
            }
            arguments.extend(more);
            run("openssl", &arguments)
        };
        let signature = put(folder.path(), "signature", &KEY.sign(scheme, b"the message").unwrap());
        pkeyutl(&["-verify", "-sigfile", &signature]);
        public().verify(scheme, b"the message", &pkeyutl(&["-sign"])).unwrap();
    }
}

#[test]
fn odd_keys_are_refused() {
    let refused = |pkcs8: &[u8]| assert_eq!(import(pkcs8).unwrap_err().code(), Code::KeyUnparsable);
    refused(&genpkey("RSA", &["rsa_keygen_bits:2048", "rsa_keygen_primes:3"]));
    refused(&genpkey("RSA", &["rsa_keygen_bits:2040"]));
    refused(&genpkey("RSA", &["rsa_keygen_bits:2056"]));
    refused(&genpkey("EC", &["ec_paramgen_curve:P-256"]));
    refused(&genpkey("ED25519", &[]));

    let pss = genpkey("RSA-PSS", &["rsa_keygen_bits:2048"]);
    refused(&pss);
    assert_eq!(provider().rsa.import_public(&spki(&pss)).unwrap_err().code(), Code::KeyUnparsable);

    // The traditional form, without PKCS#8 around it.
    let folder = tempfile::tempdir().unwrap();
    let key = put(folder.path(), "key", KEY.export_pkcs8().unwrap().expose());
    refused(&run("openssl", &["rsa", "-inform", "DER", "-in", &key, "-traditional", "-outform", "DER"]));

    // 1024 bits: shown and verified with, nothing else.
    let small = genpkey("RSA", &["rsa_keygen_bits:1024"]);
    refused(&small);
    let public = provider().rsa.import_public(&spki(&small)).unwrap();
    assert_eq!(public.modulus_len(), 128);
    let error = public.encrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, b"m").unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    let key = put(folder.path(), "small", &small);
    let message = put(folder.path(), "message", b"old");
    let signature = run(
        "openssl",
        &["pkeyutl", "-sign", "-keyform", "DER", "-inkey", &key, "-in", &message, "-rawin", "-digest", "sha256"],
    );
    public.verify(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256), b"old", &signature).unwrap();
}
