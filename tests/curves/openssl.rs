//! `openssl pkey`, `pkeyutl -derive`, `-sign` and `-verify`.

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};
use keymanager::crypto::SoftwareKey;

use super::*;

/// The options of `openssl genpkey` for a key of this algorithm.
fn genpkey(algorithm: EcAlgorithm) -> Vec<&'static str> {
    let curve = |name| vec!["-algorithm", "EC", "-pkeyopt", name];
    match algorithm {
        EcAlgorithm::Curve(Curve::P256) => curve("ec_paramgen_curve:P-256"),
        EcAlgorithm::Curve(Curve::P384) => curve("ec_paramgen_curve:P-384"),
        EcAlgorithm::Curve(Curve::P521) => curve("ec_paramgen_curve:P-521"),
        EcAlgorithm::Curve(_) => curve("ec_paramgen_curve:secp256k1"),
        EcAlgorithm::Ed25519 => vec!["-algorithm", "ED25519"],
        _ => vec!["-algorithm", "X25519"],
    }
}

/// A key of OpenSSL: its file in PEM, its PKCS#8 and its SubjectPublicKeyInfo.
fn made(folder: &Path, name: &str, algorithm: EcAlgorithm) -> (String, Vec<u8>, Vec<u8>) {
    let path = put(folder, name, b"");
    run("openssl", &[&["genpkey", "-out", &path][..], &genpkey(algorithm)].concat());
    let pkcs8 = run("openssl", &["pkcs8", "-topk8", "-nocrypt", "-in", &path, "-outform", "DER"]);
    let spki = run("openssl", &["pkey", "-in", &path, "-pubout", "-outform", "DER"]);
    (path, pkcs8, spki)
}

/// CRY-71, CRY-73, CRY-74: both documents, both ways; the document that comes out is OpenSSL's.
#[test]
fn keys_are_read_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in EcAlgorithm::ALL {
        let (path, pkcs8, spki) = made(folder.path(), "theirs.pem", algorithm);
        let sec1 = matches!(algorithm, EcAlgorithm::Curve(_))
            .then(|| run("openssl", &["pkey", "-in", &path, "-traditional", "-outform", "PEM"]));
        for provider in providers() {
            let theirs = import(&provider, &pkcs8);
            assert_eq!(theirs.algorithm(), algorithm);
            assert_eq!(theirs.spki_der(), spki);
            assert_eq!(theirs.export_pkcs8().unwrap().expose(), pkcs8);
            // PKCS#8 and SEC 1 as files.
            for file in [Some(std::fs::read(&path).unwrap()), sec1.clone()].into_iter().flatten() {
                let key = SoftwareKey::from_pem_or_der(&provider, &file).unwrap();
                assert_eq!(key.ec().unwrap().spki_der(), spki, "{}", String::from_utf8_lossy(&file));
            }
            let ours = provider.ec.generate(algorithm).unwrap();
            let key = put(folder.path(), "ours.der", ours.export_pkcs8().unwrap().expose());
            let said = run("openssl", &["pkey", "-inform", "DER", "-in", &key, "-check", "-noout"]);
            assert!(String::from_utf8_lossy(&said).contains("Key is valid"), "{algorithm}");
            assert_eq!(
                run("openssl", &["pkey", "-inform", "DER", "-in", &key, "-pubout", "-outform", "DER"]),
                ours.spki_der()
            );
        }
    }
}

/// CRY-80: ECDH on every curve, and X25519: `openssl pkeyutl -derive` gives the same secret from either end.
#[test]
fn secrets_are_agreed_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    for algorithm in EcAlgorithm::ALL.into_iter().filter(|algorithm| *algorithm != EcAlgorithm::Ed25519) {
        let (their_path, pkcs8, spki) = made(folder.path(), "theirs.pem", algorithm);
        let their_spki = put(folder.path(), "theirs.spki", &spki);
        for provider in providers() {
            let ours = provider.ec.generate(algorithm).unwrap();
            let our_path = put(folder.path(), "ours.der", ours.export_pkcs8().unwrap().expose());
            let our_spki = put(folder.path(), "ours.spki", ours.spki_der());
            let secret = ours.agree(&spki).unwrap();
            assert!(import(&provider, &pkcs8).agree(ours.spki_der()).unwrap().ct_eq(&secret));
            let derive = |key: &[&str], peer: &str| {
                let peer = ["-peerkey", peer, "-peerform", "DER"];
                run("openssl", &[&["pkeyutl", "-derive"][..], key, &peer].concat())
            };
            let by_them = derive(&["-inkey", &their_path], &our_spki);
            let by_ours = derive(&["-inkey", &our_path, "-keyform", "DER"], &their_spki);
            assert_eq!(by_them, secret.expose(), "{algorithm} {}", provider.name);
            assert_eq!(by_ours, secret.expose(), "{algorithm} {}", provider.name);
        }
    }
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3), read and written apart from the library.
#[derive(Sequence)]
struct Numbers<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

fn der_of(raw: &[u8]) -> Vec<u8> {
    let (r, s) = raw.split_at(raw.len() / 2);
    let number = |bytes| UintRef::new(bytes).unwrap();
    Numbers { r: number(r), s: number(s) }.to_der().unwrap()
}

fn raw_of(der: &[u8], field_len: usize) -> Vec<u8> {
    let Numbers { r, s } = Numbers::from_der(der).unwrap();
    [r, s]
        .into_iter()
        .flat_map(|number| {
            [vec![0; field_len.checked_sub(number.as_bytes().len()).unwrap()], number.as_bytes().to_vec()].concat()
        })
        .collect()
}

/// CRY-75 to CRY-79: `openssl pkeyutl -sign` and `-verify`, over the message and over its digest. OpenSSL writes ECDSA in
/// DER only, so the raw form goes through numbers that the test itself reads and writes.
#[test]
fn signatures_are_read_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let message = put(folder.path(), "message", MESSAGE);
    for algorithm in EcAlgorithm::ALL {
        let (their_path, pkcs8, _) = made(folder.path(), "theirs.pem", algorithm);
        for provider in providers() {
            let ours = provider.ec.generate(algorithm).unwrap();
            let our_path = put(folder.path(), "ours.der", ours.export_pkcs8().unwrap().expose());
            let theirs = import(&provider, &pkcs8);
            for scheme in schemes(algorithm) {
                let (hash, raw) = match scheme {
                    SignatureScheme::Ecdsa { hash, encoding } => (Some(hash), encoding == EcdsaEncoding::Raw),
                    _ => (None, false),
                };
                let digest = hash.map(|hash| match hash {
                    HashAlgorithm::Sha384 => "sha384",
                    HashAlgorithm::Sha512 => "sha512",
                    _ => "sha256",
                });
                let whole: Vec<&str> =
                    ["-rawin"].into_iter().chain(digest.iter().flat_map(|name| ["-digest", name])).collect();
                let field = match algorithm {
                    EcAlgorithm::Curve(curve) => curve.field_len(),
                    _ => 32,
                };
                let mine = |signature: &[u8]| if raw { raw_of(signature, field) } else { signature.to_vec() };
                let openssl = |signature: &[u8]| if raw { der_of(signature) } else { signature.to_vec() };

                let signature = ours.sign(scheme, MESSAGE).unwrap();
                let file = put(folder.path(), "signature", &openssl(&signature));
                let verify = ["pkeyutl", "-verify", "-keyform", "DER", "-inkey", &our_path, "-sigfile", &file, "-in"];
                run("openssl", &[&verify[..], &[&message], &whole].concat());
                let by_them = run(
                    "openssl",
                    &[&["pkeyutl", "-sign", "-inkey", &their_path, "-in", &message][..], &whole].concat(),
                );
                provider.ec.import_public(theirs.spki_der()).unwrap().verify(scheme, MESSAGE, &mine(&by_them)).unwrap();

                // The same over a digest, as a token gets it.
                let Some(hash) = hash else { continue };
                let digest = provider.hash.digest(hash, MESSAGE);
                let digest_file = put(folder.path(), "digest", &digest);
                let file = put(folder.path(), "signature", &openssl(&ours.sign_digest(scheme, &digest).unwrap()));
                let verify = ["pkeyutl", "-verify", "-keyform", "DER", "-inkey", &our_path, "-sigfile", &file, "-in"];
                run("openssl", &[&verify[..], &[&digest_file]].concat());
                let by_them = run("openssl", &["pkeyutl", "-sign", "-inkey", &their_path, "-in", &digest_file]);
                provider.ec.import_public(theirs.spki_der()).unwrap().verify(scheme, MESSAGE, &mine(&by_them)).unwrap();
            }
        }
    }
}
