//! The test key, and what every test needs.

use std::fmt;
use std::sync::{Arc, LazyLock};

use keymanager::certificate::Certificate;
use keymanager::crypto::{
    CryptoProvider, OaepProfile, PrivateKey, PublicKey, SignatureScheme, SoftwareKey, rustcrypto,
};
use keymanager::envelope::{Layout, OpenOptions, Recipient, SPLITTER, SealOptions};
use keymanager::error::Result;
use keymanager::secret::SecretBytes;
use keymanager::time::Timestamp;

pub const AAD: &[u8] = b"REGISTRATION/10001_110011";
pub const SALT: &[u8; 16] = b"sixteen salt 16b";

/// Every provider that is compiled in.
pub fn providers() -> Vec<CryptoProvider> {
    vec![
        rustcrypto::provider(),
        #[cfg(feature = "native")]
        keymanager::crypto::native::provider(),
    ]
}

pub fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap()
}

pub fn vector(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/mosip/derived/");
    std::fs::read(format!("{path}{name}")).unwrap()
}

/// The PKCS#8 document of the derived vectors' key.
pub fn pkcs8() -> SecretBytes {
    let pem = vector("derived-test-rsa2048.pem");
    let (label, der) = der::pem::decode_vec(&pem).unwrap();
    assert_eq!(label, "PRIVATE KEY");
    SecretBytes::from_vec(der)
}

pub fn certificate() -> Certificate {
    Certificate::parse(&rustcrypto::provider(), &vector("derived-test-cert.pem")).unwrap()
}

pub fn recipient(provider: &CryptoProvider) -> Recipient {
    Recipient::new(provider, certificate(), now()).unwrap()
}

pub fn private_key(provider: &CryptoProvider) -> SoftwareKey {
    SoftwareKey::from_pkcs8(provider, &pkcs8()).unwrap()
}

/// What [`Layout`] needs to be written.
pub fn seal_options(layout: Layout) -> SealOptions {
    let (aad, salt) = match layout {
        Layout::Aad => (AAD.to_vec(), Vec::new()),
        Layout::Salt => (AAD.to_vec(), SALT.to_vec()),
        _ => (Vec::new(), Vec::new()),
    };
    SealOptions { layout: Some(layout), aad, salt }
}

/// What reads what [`seal_options`] wrote.
pub fn open_options(layout: Layout) -> OpenOptions {
    let SealOptions { aad, salt, .. } = seal_options(layout);
    OpenOptions { aad, salt: (!salt.is_empty()).then_some(salt), ..OpenOptions::default() }
}

pub fn writable() -> impl Iterator<Item = Layout> {
    Layout::ALL.into_iter().filter(|layout| layout.is_writable())
}

/// An envelope of any layout and the options that read it. The legacy ones are the standard ones without thumbprint.
pub fn sealed(provider: &CryptoProvider, layout: Layout, plaintext: &[u8]) -> (Vec<u8>, OpenOptions) {
    let of = match layout {
        Layout::VerR2NoThumbprint => Layout::VerR2,
        Layout::PacketNoThumbprint => Layout::Packet,
        Layout::NoThumbprint => Layout::Aad,
        standard => standard,
    };
    let mut envelope =
        keymanager::envelope::seal(provider, provider.random, &recipient(provider), &seal_options(of), plaintext)
            .unwrap();
    let mut options = open_options(of);
    if layout != of {
        let splitter = envelope.windows(SPLITTER.len()).position(|window| window == SPLITTER).unwrap();
        envelope.drain(splitter - 288..splitter - 256);
        options.accept.push(layout);
    }
    (envelope, options)
}

/// Realistic bytes: not constant, not random.
pub fn plaintext(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 31 + index / 251) as u8).collect()
}

/// A private key that decrypts each ciphertext once and remembers the answer: RSA in pure Rust is slow.
pub struct Remembering {
    key: SoftwareKey,
    answers: std::sync::Mutex<std::collections::HashMap<Vec<u8>, Option<Vec<u8>>>>,
}

impl Remembering {
    pub fn new(key: SoftwareKey) -> Self {
        Self { key, answers: std::sync::Mutex::default() }
    }
}

impl fmt::Debug for Remembering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembering")
    }
}

impl PrivateKey for Remembering {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        let mut answers = self.answers.lock().unwrap();
        let answer = answers
            .entry(ciphertext.to_vec())
            .or_insert_with(|| self.key.decrypt_oaep(profile, ciphertext).ok().map(|key| key.expose().to_vec()));
        answer.as_ref().map(|key| SecretBytes::copy_from(key)).ok_or_else(keymanager::Error::decryption_failed)
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(scheme, message)
    }
}

/// A second key, so that tests can use a wrong one.
pub static OTHER_KEY: LazyLock<Arc<SoftwareKey>> = LazyLock::new(|| {
    let provider = rustcrypto::provider();
    Arc::new(SoftwareKey::from_rsa(provider.rsa.generate(2048).unwrap()))
});
