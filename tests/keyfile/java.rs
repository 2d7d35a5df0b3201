//! Java opens ours; we open Java's.

use std::collections::BTreeSet;
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::crypto::{Direction, EcdsaEncoding, HashAlgorithm, OaepProfile, SignatureScheme};
use keymanager::error::Code;
use keymanager::id::Thumbprint;
use keymanager::master::keyfile::KeyFile;
use keymanager::master::{KeyKind, MasterKey, MasterKeys, OaepParameters, RsaDecryption, SignInput};
use keymanager::secret::SecretBytes;

use crate::support::{
    PASSPHRASE, alias, certify, create, java_peer, keytool, make_private, manifest, open, options_with, passphrase,
    private_copy, provider, providers, run, run_any,
};

const ES256: SignatureScheme = SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha256, encoding: EcdsaEncoding::Der };

#[test]
fn the_key_store_of_the_java_service_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = private_copy(&manifest("tests/vectors/mosip/service/pkcs12/keystore.p12"), folder.path());
    let file = open(&path).unwrap();
    assert_eq!(file.read_only().unwrap(), None);
    assert_eq!(file.iterations().unwrap(), 10_000);
    file.health().unwrap();
    let entries = file.list(None).unwrap().entries;
    assert_eq!(entries.len(), 16);
    let secrets: Vec<_> = entries.iter().filter(|entry| entry.kind == Some(KeyKind::Aes256)).collect();
    assert_eq!(secrets.len(), 2);
    let mut lines = BTreeSet::new();
    let mut curves = 0;
    for entry in &entries {
        assert!(!entry.pending, "{}", entry.alias);
        match &entry.certificate {
            Some(der) => {
                let certificate = Certificate::from_der(&provider(), der).unwrap();
                assert_eq!(entry.public.as_ref(), Some(certificate.public_key()));
                // The service has Sign keys on curves too.
                if certificate.rsa_bits().is_some() {
                    assert_eq!(entry.kind, Some(KeyKind::Rsa2048));
                    prove_pair(&file, entry.alias.as_str());
                } else {
                    curves += 1;
                    assert!(matches!(entry.kind, Some(KeyKind::EcP256 | KeyKind::EcSecp256k1)), "{entry:?}");
                    let sign = |scheme| file.sign(entry.alias.clone(), scheme, SignInput::Message(b"text".to_vec()));
                    let signature = sign(ES256).unwrap();
                    certificate.public_key().verify(&provider(), ES256, b"text", &signature).unwrap();
                    let error = sign(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256)).unwrap_err();
                    assert_eq!(error.code(), Code::Unsupported);
                    let how = RsaDecryption::Raw;
                    let error = file.rsa_decrypt(entry.alias.clone(), how, vec![0; 256]).unwrap_err();
                    assert_eq!(error.code(), Code::WrongKeyKind);
                }
                lines.insert(format!("{} {}", entry.alias, certificate.thumbprint()));
            }
            None => {
                let sealed = file.aes_ecb(entry.alias.clone(), Direction::Encrypt, SecretBytes::zeroed(16)).unwrap();
                let theirs = java_peer("aes", &path, PASSPHRASE, &[entry.alias.as_str(), &"00".repeat(16)]);
                assert_eq!(theirs.trim(), hex::encode(sealed.expose()));
            }
        }
    }
    let theirs: BTreeSet<_> = java_peer("list", &path, PASSPHRASE, &[])
        .lines()
        .filter_map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            (words[0] == "pair").then(|| format!("{} {}", words[1], words[3]))
        })
        .collect();
    assert_eq!(lines, theirs);
    assert!(curves > 0 && curves < 14, "{curves} keys on curves");
}

/// Java opens and uses our keys on curves, and we use those of keytool. (secp256k1: Java has it no more.)
#[test]
fn keys_on_curves_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("curves.p12");
    let file: Arc<dyn MasterKeys> = Arc::new(create(&path));
    let ecdsa = |hash| SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Der };
    let kinds = [
        ("p256", KeyKind::EcP256, ES256, "SHA256withECDSA", "secp256r1"),
        ("p384", KeyKind::EcP384, ecdsa(HashAlgorithm::Sha384), "SHA384withECDSA", "secp384r1"),
        ("p521", KeyKind::EcP521, ecdsa(HashAlgorithm::Sha512), "SHA512withECDSA", "secp521r1"),
        ("ed25519", KeyKind::Ed25519, SignatureScheme::Ed25519, "Ed25519", "Ed25519"),
    ];
    for (name, kind, ..) in kinds {
        let public = file.create(alias(name), kind).unwrap().public.unwrap();
        let key = MasterKey::new(provider(), Arc::clone(&file), alias(name), public);
        file.attach_certificate(alias(name), certify(&key).unwrap()).unwrap();
    }
    for (name, _, _, _, group) in kinds {
        let (algorithm, theirs) = (if name == "ed25519" { "Ed25519" } else { "EC" }, format!("their-{name}"));
        let fixed = ["-genkeypair", "-alias", &theirs, "-keyalg", algorithm, "-dname", "CN=theirs"];
        let group = if name == "ed25519" { vec![] } else { vec!["-groupname", group] };
        keytool(&path, &[&fixed[..], &group].concat());
    }
    make_private(&path);
    assert!(keytool(&path, &["-list"]).contains("Your keystore contains 8 entries"));
    for other in providers() {
        // A handle of its own, so that every key is read from the file.
        let file = KeyFile::open(&path, passphrase(PASSPHRASE), options_with(other)).unwrap();
        for (name, kind, scheme, java, _) in kinds {
            for name in [name.to_owned(), format!("their-{name}")] {
                let entry = file.find(alias(&name)).unwrap().unwrap();
                assert_eq!((entry.kind, entry.pending), (Some(kind), false), "{name}");
                let public = entry.public.unwrap();
                let ours = file.sign(alias(&name), scheme, SignInput::Message(b"text".to_vec())).unwrap();
                let answer = java_peer("verify", &path, PASSPHRASE, &[&name, java, &hex::encode(ours)]);
                assert_eq!(answer.trim(), "true", "{name}");
                let theirs = java_peer("sign", &path, PASSPHRASE, &[&name, java]);
                let theirs = hex::decode(theirs.trim()).unwrap();
                public.verify(&other, scheme, b"text", &theirs).unwrap();
            }
        }
    }
}

#[test]
fn java_uses_the_keys_we_make() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    let file: Arc<dyn MasterKeys> = Arc::new(create(&path));
    let public = file.create(alias("pair"), KeyKind::Rsa2048).unwrap().public.unwrap();
    let key = MasterKey::new(provider(), Arc::clone(&file), alias("pair"), public.clone());
    let certificate = certify(&key).unwrap();
    file.attach_certificate(alias("pair"), certificate.clone()).unwrap();
    file.create(alias("pending"), KeyKind::Rsa2048).unwrap();
    file.create(alias("secret"), KeyKind::Aes256).unwrap();

    let thumbprint = Certificate::from_der(&provider(), &certificate).unwrap().thumbprint();
    let listed = java_peer("list", &path, PASSPHRASE, &[]);
    let lines: Vec<_> = listed.lines().collect();
    assert_eq!(lines[0], format!("pair pair 1 {thumbprint}"));
    assert!(lines[1].starts_with("pair pending 1 "), "{listed}");
    assert_eq!(lines[2], "secret secret AES 256");
    assert_eq!(lines.len(), 3);

    let message = b"a session key of 32 bytes, yes !";
    let recipient = provider().rsa.import_public(public.spki_der()).unwrap();
    let sealed = recipient.encrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, message).unwrap();
    let opened = java_peer("decrypt", &path, PASSPHRASE, &["pair", &hex::encode(sealed)]);
    assert_eq!(opened.trim(), hex::encode(message));
    let ours = file.aes_ecb(alias("secret"), Direction::Encrypt, SecretBytes::zeroed(16)).unwrap();
    let theirs = java_peer("aes", &path, PASSPHRASE, &["secret", &"00".repeat(16)]);
    assert_eq!(theirs.trim(), hex::encode(ours.expose()));

    // keytool's own view, and its import into another file.
    let verbose = keytool(&path, &["-list", "-v"]);
    assert!(verbose.contains("Your keystore contains 3 entries"), "{verbose}");
    for needle in ["Alias name: pair", "Alias name: pending", "Alias name: secret", "Entry type: PrivateKeyEntry"] {
        assert!(verbose.contains(needle), "{needle}: {verbose}");
    }
    assert!(verbose.contains("Creation date: Nov 25, 2026"), "{verbose}");
    let imported = folder.path().join("imported.p12");
    let source = path.to_str().unwrap();
    keytool(
        &imported,
        &[
            "-importkeystore",
            "-srckeystore",
            source,
            "-srcstorepass",
            PASSPHRASE,
            "-destkeystore",
            imported.to_str().unwrap(),
            "-deststorepass",
            PASSPHRASE,
            "-noprompt",
        ],
    );
    make_private(&imported);
    let copied = open(&imported).unwrap();
    assert_eq!(copied.find(alias("pair")).unwrap(), file.find(alias("pair")).unwrap());
    assert!(copied.find(alias("pending")).unwrap().unwrap().pending);
}

#[test]
fn a_file_of_keytool_keeps_what_we_do_not_touch() {
    keytool_file_survives(false);
}

/// What Java 8 to 15 write: 3DES for keys, RC2-40 for certificates, a SHA-1 MAC.
#[test]
fn an_old_file_of_keytool_keeps_what_we_do_not_touch() {
    keytool_file_survives(true);
}

fn keytool_file_survives(old: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.p12");
    let made = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        if old {
            all.push("-J-Dkeystore.pkcs12.legacy");
        }
        keytool(&path, &all)
    };
    made(&["-genkeypair", "-alias", "Theirs", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=theirs"]);
    made(&["-genkeypair", "-alias", "curve", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=curve"]);
    made(&["-genseckey", "-alias", "their-aes", "-keyalg", "AES", "-keysize", "256"]);
    made(&["-genseckey", "-alias", "short-aes", "-keyalg", "AES", "-keysize", "128"]);
    let exported = folder.path().join("theirs.der");
    made(&["-exportcert", "-alias", "theirs", "-file", exported.to_str().unwrap()]);
    made(&["-importcert", "-noprompt", "-alias", "trusted", "-file", exported.to_str().unwrap()]);
    make_private(&path);

    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(
        old,
        bytes.windows(11).any(|window| window == hex::decode("060a2a864886f70d010c0103").unwrap().get(..11).unwrap())
    );
    let before = raw_key_bags(&bytes);
    assert_eq!(before.len(), 4);
    let listed = java_peer("list", &path, PASSPHRASE, &[]);
    let file = open(&path).unwrap();
    assert_eq!(file.read_only().unwrap(), None);
    let kinds: Vec<_> =
        file.list(None).unwrap().entries.into_iter().map(|entry| (entry.alias.to_string(), entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("curve".to_owned(), Some(KeyKind::EcP256)),
            ("short-aes".to_owned(), None),
            ("their-aes".to_owned(), Some(KeyKind::Aes256)),
            ("theirs".to_owned(), Some(KeyKind::Rsa2048)),
        ]
    );
    prove_pair(&file, "theirs");
    let error = file.aes_ecb(alias("short-aes"), Direction::Encrypt, SecretBytes::zeroed(16)).unwrap_err();
    assert_eq!(error.code(), Code::WrongKeyKind);
    // The name of a trusted certificate is taken.
    assert_eq!(file.create(alias("trusted"), KeyKind::Aes256).unwrap_err().code(), Code::AliasExists);

    file.create(alias("ours"), KeyKind::Rsa2048).unwrap();
    file.create(alias("our-aes"), KeyKind::Aes256).unwrap();
    let after = raw_key_bags(&std::fs::read(&path).unwrap());
    assert_eq!(after[..4], before[..], "their bags, byte for byte");
    let now: BTreeSet<_> = java_peer("list", &path, PASSPHRASE, &[]).lines().map(str::to_owned).collect();
    assert!(listed.lines().all(|line| now.contains(line)), "{listed} {now:?}");
    assert_eq!(now.len(), 7);
    assert!(keytool(&path, &["-list"]).contains("Your keystore contains 7 entries"));

    // Java writes the whole file anew, and we go on.
    java_peer("add", &path, PASSPHRASE, &["javas"]);
    assert_eq!(file.find(alias("javas")).unwrap().unwrap().kind, Some(KeyKind::Aes256));
    assert!(file.find(alias("ours")).unwrap().unwrap().pending);
    prove_pair(&file, "ours");
    file.remove(alias("theirs")).unwrap();
    file.remove(alias("our-aes")).unwrap();
    let now = java_peer("list", &path, PASSPHRASE, &[]);
    let names: Vec<_> = now.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(names, ["curve", "javas", "ours", "short-aes", "their-aes", "trusted"]);
    file.change_passphrase(passphrase("another 1"), None).unwrap();
    assert_eq!(java_peer("list", &path, "another 1", &[]), now);
}

/// A chain keeps its issuers when the leaf is replaced.
#[test]
fn a_chain_of_keytool_is_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.p12");
    keytool(
        &path,
        &["-genkeypair", "-alias", "ca", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=ca", "-ext", "bc"],
    );
    keytool(
        &path,
        &["-genkeypair", "-alias", "leaf", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=leaf", "-signer", "ca"],
    );
    keytool(&path, &["-delete", "-alias", "ca"]);
    make_private(&path);
    let lines = java_peer("list", &path, PASSPHRASE, &[]);
    assert!(lines.starts_with("pair leaf 2 "), "{lines}");
    let file = open(&path).unwrap();
    let entry = file.find(alias("leaf")).unwrap().unwrap();
    let leaf = Certificate::from_der(&provider(), &entry.certificate.unwrap()).unwrap();
    assert!(lines.contains(&leaf.thumbprint().to_hex()));
    file.create(alias("secret"), KeyKind::Aes256).unwrap();
    file.create(alias("pair"), KeyKind::Rsa2048).unwrap();
    assert!(java_peer("list", &path, PASSPHRASE, &[]).starts_with(lines.trim()));

    let file: Arc<dyn MasterKeys> = Arc::new(file);
    let key = MasterKey::new(provider(), Arc::clone(&file), alias("leaf"), leaf.public_key().clone());
    let replaced = certify(&key).unwrap();
    file.attach_certificate(alias("leaf"), replaced.clone()).unwrap();
    let thumbprint: Thumbprint = Certificate::from_der(&provider(), &replaced).unwrap().thumbprint();
    assert!(java_peer("list", &path, PASSPHRASE, &[]).starts_with(&format!("pair leaf 1 {thumbprint}")));
}

#[test]
fn java_refuses_the_wrong_passphrase_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    create(&path).create(alias("secret"), KeyKind::Aes256).unwrap();
    let output = run_any("keytool", &["-list", "-keystore", path.to_str().unwrap(), "-storepass", "wrong-one"]);
    assert!(!output.status.success());
    let version = run("java", &["-version"]);
    assert!(version.is_empty(), "java writes its version to standard error");
}

fn prove_pair(file: &KeyFile, name: &str) {
    let public = file.find(alias(name)).unwrap().unwrap().public.unwrap();
    let public = provider().rsa.import_public(public.spki_der()).unwrap();
    let profile = OaepProfile::SHA256_MGF1_SHA256;
    let sealed = public.encrypt_oaep(&profile, b"proof").unwrap();
    let how = RsaDecryption::Oaep(OaepParameters::of(&profile));
    assert_eq!(file.rsa_decrypt(alias(name), how, sealed).unwrap().expose(), b"proof");
}

/// The key and secret bags of a file, as they are in it.
fn raw_key_bags(file: &[u8]) -> Vec<Vec<u8>> {
    use der::{Decode as _, Reader as _, SliceReader, asn1::OctetString};
    let pfx = pkcs12::Pfx::from_der(file).unwrap();
    let mut found = Vec::new();
    let mut safes = SliceReader::new(pfx.auth_safe.content.value()).unwrap();
    safes
        .sequence(|reader| {
            while !reader.is_finished() {
                let info = cms::content_info::ContentInfo::from_der(reader.tlv_bytes()?)?;
                let Ok(plain) = info.content.decode_as::<OctetString>() else { continue };
                SliceReader::new(plain.as_bytes())?.sequence(|bags| {
                    while !bags.is_finished() {
                        found.push(bags.tlv_bytes()?.to_vec());
                    }
                    Ok::<_, der::Error>(())
                })?;
            }
            Ok::<_, der::Error>(())
        })
        .unwrap();
    found
}
