//! Every public type that holds a secret, printed: no secret byte is in the text.
#![cfg(all(feature = "native", feature = "sqlite"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

use std::fmt::Debug;
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::config::Config;
use keymanager::crypto::{Direction, SoftwareKey};
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{
    OpenOptions, Recipient, SealOptions, Sealer, SeekableEnvelope, WrappedPrivateKey, parse, seal, wrap_private_key,
};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::KeyManager;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKey, MasterKeys as _};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Aes256Key, Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::time::{FixedClock, Timestamp};

const PASSPHRASE: &str = "planted-passphrase-7c1e";
const SESSION_KEY: [u8; 32] = [0xc7; 32];
const PLAINTEXT: &[u8] = b"planted plaintext of a person";

/// Ways in which bytes could stand in a text.
fn spellings(secret: &[u8]) -> Vec<String> {
    let part = &secret[secret.len() / 2 - 4..secret.len() / 2 + 4];
    vec![
        hex::encode(part),
        hex::encode_upper(part),
        part.iter().map(u8::to_string).collect::<Vec<_>>().join(", "),
        part.iter().map(|byte| format!("{byte:#x}")).collect::<Vec<_>>().join(", "),
        String::from_utf8_lossy(part).into_owned(),
        keymanager::envelope::text::encode(&part[..6]),
    ]
}

struct Search {
    spellings: Vec<String>,
    seen: usize,
}

impl Search {
    fn show(&mut self, what: &str, value: &dyn Debug) {
        for text in [format!("{value:?}"), format!("{value:#?}")] {
            let joined = text.replace('\n', " ");
            let joined = joined.split_whitespace().collect::<Vec<_>>().join(" ");
            for spelling in &self.spellings {
                assert!(!text.contains(spelling) && !joined.contains(spelling), "{what} shows a secret: {text}");
            }
        }
        self.seen += 1;
    }
}

#[test]
fn debug_shows_no_secret() {
    let provider = keymanager::crypto::native::provider();
    let pkcs8_bytes = std::fs::read("tests/vectors/keys/derived-test-rsa2048.der").unwrap();
    let certificate_bytes = std::fs::read("tests/vectors/mosip/derived/derived-test-cert.pem").unwrap();
    let mut search = Search { spellings: Vec::new(), seen: 0 };
    for secret in [&pkcs8_bytes[..], PASSPHRASE.as_bytes(), &SESSION_KEY, PLAINTEXT] {
        search.spellings.extend(spellings(secret));
    }
    // The search itself must be able to find.
    assert!(search.spellings.iter().any(|spelling| format!("{SESSION_KEY:?}").contains(spelling)));
    assert!(search.spellings.iter().any(|spelling| PASSPHRASE.contains(spelling.as_str())));

    let pkcs8 = SecretBytes::copy_from(&pkcs8_bytes);
    search.show("SecretBytes", &pkcs8);
    let session_key = Aes256Key::new(SecretBytes::copy_from(&SESSION_KEY)).unwrap();
    search.show("Aes256Key", &session_key);
    let passphrase = || Passphrase::new(SecretBytes::copy_from(PASSPHRASE.as_bytes())).unwrap();
    search.show("Passphrase", &passphrase());
    for (name, provider) in [("native", provider), ("rustcrypto", keymanager::crypto::rustcrypto::provider())] {
        search.show(name, &provider);
        search.show("SoftwareKey", &SoftwareKey::from_pkcs8(&provider, &pkcs8).unwrap());
        search.show("RsaPrivateKey", &provider.rsa.import_private(&pkcs8).unwrap());
        search.show("GcmStream", &provider.aead_stream.start(Direction::Encrypt, &session_key, &[1; 12], b"").unwrap());
    }
    let key = SoftwareKey::from_pkcs8(&provider, &pkcs8).unwrap();
    let certificate = Certificate::parse(&provider, &certificate_bytes).unwrap();
    let now = certificate.not_before();
    let recipient = Recipient::new(&provider, certificate.clone(), now).unwrap();
    search.show("Recipient", &recipient);
    let envelope = seal(&provider, &SystemRandom, &recipient, &SealOptions::default(), PLAINTEXT).unwrap();
    let options = OpenOptions::default();
    let parsed = parse(&envelope, &options).unwrap();
    search.show("ParsedEnvelope", &parsed);
    search.show("KeyBlock", &parsed.key_block());
    search.show("Aes256Key of an envelope", &parsed.unwrap_session_key(&provider, &key).unwrap());
    search.show("Sealer", &Sealer::start(&provider, &SystemRandom, &recipient, &SealOptions::default()).unwrap());
    search.show("SeekableEnvelope", &SeekableEnvelope::parse(std::io::Cursor::new(&envelope), &options).unwrap());
    let wrapped = wrap_private_key(&provider, &SystemRandom, certificate.public_key(), &pkcs8).unwrap();
    search.show("WrappedPrivateKey", &WrappedPrivateKey::parse(&wrapped).unwrap());

    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock(Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap()));
    let options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(provider.keys), clock.clone());
    search.show("KeyFileOptions", &options);
    let file = Arc::new(KeyFile::create(&folder.path().join("k.p12"), passphrase(), Some(10_000), options).unwrap());
    search.show("KeyFile", &file);
    let alias = Alias::new("a-key").unwrap();
    let public = file.create(alias.clone(), KeyKind::Rsa2048).unwrap().public.unwrap();
    search.show("KeyFile with a key", &file);
    search.show("MasterEntry", &file.find(alias.clone()).unwrap());
    search.show("MasterKey", &MasterKey::new(provider, file.clone(), alias, public));
    let store = Arc::new(SqliteStore::create(&folder.path().join("k.db")).unwrap());
    search.show("SqliteStore", &store);
    search.show("Config", &Config::default());
    search.show("Encryptor", &Encryptor::builder().clock(clock.clone()).build().unwrap());
    let manager = KeyManager::builder().store(store).master(file).clock(clock).build().unwrap();
    manager.initialise(&[]).unwrap();
    manager.generate_all(&NoProgress).unwrap();
    let scope = KeyScope::new("REGISTRATION", "1").unwrap();
    let encrypted = manager.encrypt(&scope, &SealOptions::default(), PLAINTEXT).unwrap();
    let decrypted = manager.decrypt(&scope, &OpenOptions::default(), &encrypted.envelope).unwrap();
    assert_eq!(decrypted.plaintext, PLAINTEXT);
    search.show("KeyManager", &manager);
    search.show("Encrypted", &encrypted);
    search.show("Decrypted", &decrypted);
    println!("{} values printed, each in two forms", search.seen);
    assert!(search.seen > 25);
}
