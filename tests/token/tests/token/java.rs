//! SunPKCS11 and keytool on one token with us: they use what we make, and we what they make.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use keymanager::crypto::{
    Direction, EcdsaEncoding, HashAlgorithm, OaepProfile, PrivateKey as _, PublicKey, SignatureScheme, oaep,
};
use keymanager::id::Alias;
use keymanager::master::pkcs11::Token;
use keymanager::master::{KeyKind, MasterKey, MasterKeys};
use keymanager::secret::SecretBytes;

use crate::support::{PIN, SOFTHSM, alone_with_softhsm, certify, folder, open, provider, run, text};

const RS256: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
const ES256: SignatureScheme = SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha256, encoding: EcdsaEncoding::Der };
const OAEP: OaepProfile = OaepProfile::SHA256_MGF1_SHA256;

/// Every JDK there is; at least the one on the path.
fn jdks() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir("/usr/lib/jvm")
        .unwrap()
        .map(|entry| std::fs::canonicalize(entry.unwrap().path()).unwrap())
        .filter(|path| path.join("bin/java").is_file() && path.join("bin/keytool").is_file())
        .collect();
    all.sort();
    all.dedup();
    assert!(!all.is_empty(), "no JDK is installed");
    all
}

struct Java {
    home: PathBuf,
    config: PathBuf,
}

impl Java {
    fn peer(&self, command: &str, more: &[&str]) -> String {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/java/TokenPeer.java");
        let mut java = Command::new(self.home.join("bin/java"));
        java.arg(source).arg(command).arg(&self.config).arg(PIN).args(more);
        text(&run(&mut java).stdout).trim().to_owned()
    }

    fn keytool(&self, arguments: &[&str]) {
        let mut keytool = Command::new(self.home.join("bin/keytool"));
        keytool.args(arguments).args(["-keystore", "NONE", "-storetype", "PKCS11", "-storepass", PIN]);
        run(keytool.args(["-addprovider", "SunPKCS11", "-providerArg"]).arg(&self.config));
    }
}

#[test]
fn each_uses_what_the_other_makes() {
    alone_with_softhsm("java::each_uses_what_the_other_makes_inside");
}

struct Ours {
    token: Arc<Token>,
    backend: Arc<dyn MasterKeys>,
}

impl Ours {
    /// A pair with its certificate.
    fn pair(&self, name: &str, kind: KeyKind) -> PublicKey {
        let alias = Alias::new(name).unwrap();
        let public = self.token.create(alias.clone(), kind).unwrap().public.unwrap();
        self.certificate(name, &public);
        public
    }

    fn certificate(&self, name: &str, public: &PublicKey) -> String {
        let alias = Alias::new(name).unwrap();
        let der = certify(&self.key(name, public)).unwrap();
        self.token.attach_certificate(alias, der.clone()).unwrap();
        hex(&keymanager::crypto::sha256(&provider(), &der).unwrap())
    }

    fn key(&self, name: &str, public: &PublicKey) -> MasterKey {
        MasterKey::new(provider(), Arc::clone(&self.backend), Alias::new(name).unwrap(), public.clone())
    }
}

#[test]
#[ignore = "runs in a process of its own"]
fn each_uses_what_the_other_makes_inside() {
    let token = Arc::new(open());
    let ours = Ours { backend: token.clone(), token };
    let rsa = ours.pair("ours-rsa", KeyKind::Rsa2048);
    let p256 = ours.pair("ours-p256", KeyKind::EcP256);
    let secp256k1 = ours.pair("ours-secp256k1", KeyKind::EcSecp256k1);
    ours.token.create(Alias::new("ours-aes").unwrap(), KeyKind::Aes256).unwrap();
    ours.token.create(Alias::new("pending").unwrap(), KeyKind::Rsa2048).unwrap();
    let config = folder().join("pkcs11.cfg");
    std::fs::write(&config, format!("name = SoftHSM2\nlibrary = {SOFTHSM}\nslotListIndex = 0\n")).unwrap();

    let jdks = jdks();
    for (number, home) in jdks.iter().enumerate() {
        let java = Java { home: home.clone(), config: config.clone() };
        // A replaced certificate is there under the plain alias, and the old one is not.
        let thumbprint = ours.certificate("ours-rsa", &rsa);
        let listed = java.peer("list", &[]);
        assert!(listed.contains(&format!("pair ours-rsa RSA {thumbprint}")), "{listed}");
        assert!(listed.contains("pair ours-p256 EC "), "{listed}");
        assert!(listed.contains("pair ours-secp256k1 EC "), "{listed}");
        assert!(listed.contains("secret ours-aes AES "), "{listed}");
        assert!(!listed.contains("pending"), "{listed}");
        assert!(!listed.contains('/'), "an alias was renamed\n{listed}");

        for (name, algorithm, scheme, public) in [
            ("ours-rsa", "SHA256withRSA", RS256, &rsa),
            ("ours-p256", "SHA256withECDSA", ES256, &p256),
            ("ours-secp256k1", "SHA256withECDSA", ES256, &secp256k1),
        ] {
            let signature = bytes(&java.peer("sign", &[name, algorithm]));
            public.verify(&provider(), scheme, b"text", &signature).unwrap();
        }
        let sealed = provider().rsa.import_public(rsa.spki_der()).unwrap().encrypt_oaep(&OAEP, b"secret").unwrap();
        let block = bytes(&java.peer("decrypt", &["ours-rsa", &hex(&sealed)]));
        let opened = oaep::decode(&provider(), &OAEP, &SecretBytes::from_vec(block)).unwrap();
        assert_eq!(opened.expose(), b"secret");
        let blocks = SecretBytes::copy_from(&[9; 32]);
        let aes = Alias::new("ours-aes").unwrap();
        let here = ours.token.aes_ecb(aes, Direction::Encrypt, SecretBytes::copy_from(blocks.expose())).unwrap();
        assert_eq!(bytes(&java.peer("aes", &["ours-aes", &hex(blocks.expose())])), here.expose());

        theirs(&ours, &java, number);
    }

    // What is removed is gone for Java too.
    ours.token.remove(Alias::new("ours-p256").unwrap()).unwrap();
    let java = Java { home: jdks[0].clone(), config };
    assert!(!java.peer("list", &[]).contains("ours-p256"));
    println!("figure: {} JDKs listed, signed, decrypted and were read", jdks.len());
}

/// keytool makes keys; the handle that is open sees and uses them at once.
fn theirs(ours: &Ours, java: &Java, number: usize) {
    let name = |kind: &str| format!("theirs-{kind}-{number}");
    for (kind, more) in [
        ("rsa", &["-keyalg", "RSA", "-keysize", "2048", "-sigalg", "SHA256withRSA"][..]),
        ("ec", &["-keyalg", "EC", "-groupname", "secp256r1", "-sigalg", "SHA256withECDSA"][..]),
    ] {
        assert_eq!(ours.token.find(Alias::new(name(kind)).unwrap()).unwrap(), None);
        let alias = name(kind);
        let arguments = [&["-genkeypair", "-alias", &alias, "-dname", "CN=theirs"], more].concat();
        java.keytool(&arguments);
        let entry = ours.token.find(Alias::new(name(kind)).unwrap()).unwrap().unwrap();
        let public = entry.public.clone().unwrap();
        assert!(!entry.pending && entry.certificate.is_some(), "{entry:?}");
        let key = ours.key(&name(kind), &public);
        let scheme = if kind == "rsa" { RS256 } else { ES256 };
        public.verify(&provider(), scheme, b"message", &key.sign(scheme, b"message").unwrap()).unwrap();
        if kind == "rsa" {
            let public = provider().rsa.import_public(public.spki_der()).unwrap();
            let sealed = public.encrypt_oaep(&OAEP, b"secret").unwrap();
            assert_eq!(key.decrypt_oaep(&OAEP, &sealed).unwrap().expose(), b"secret");
        }
    }
    java.keytool(&["-genseckey", "-alias", &name("aes"), "-keyalg", "AES", "-keysize", "256"]);
    let entry = ours.token.find(Alias::new(name("aes")).unwrap()).unwrap().unwrap();
    assert_eq!(entry.kind, Some(KeyKind::Aes256));
    let here = ours.token.aes_ecb(entry.alias, Direction::Encrypt, SecretBytes::copy_from(&[3; 16])).unwrap();
    assert_eq!(bytes(&java.peer("aes", &[&name("aes"), &"03".repeat(16)])), here.expose());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}
