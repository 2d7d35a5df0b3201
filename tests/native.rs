//! The native provider against programs that are not ours: what it writes they read, and the other way round.
#![cfg(feature = "native")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests may")]

#[path = "native/java.rs"]
mod java;
#[path = "native/openssl.rs"]
mod openssl;

use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};

use keymanager::crypto::{CryptoProvider, HashAlgorithm, OaepProfile, RsaPrivateKey, RsaPublicKey, SignatureScheme};
use keymanager::secret::SecretBytes;

static KEY: LazyLock<Arc<dyn RsaPrivateKey>> = LazyLock::new(|| provider().rsa.generate(2048).unwrap());

fn provider() -> CryptoProvider {
    keymanager::crypto::native::provider()
}

fn public() -> Arc<dyn RsaPublicKey> {
    provider().rsa.import_public(KEY.spki_der()).unwrap()
}

fn import(pkcs8: &[u8]) -> keymanager::Result<Arc<dyn RsaPrivateKey>> {
    provider().rsa.import_private(&SecretBytes::copy_from(pkcs8))
}

/// The OAEP profiles MOSIP and OpenTDF use, and one with everything different.
fn profiles() -> [OaepProfile; 5] {
    [
        OaepProfile::SHA256_MGF1_SHA256,
        OaepProfile::SHA256_MGF1_SHA1,
        OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
        OaepProfile::SHA1_MGF1_SHA1,
        OaepProfile::new(HashAlgorithm::Sha512, HashAlgorithm::Sha384, b"label"),
    ]
}

const SCHEMES: [SignatureScheme; 4] = [
    SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
    SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512),
    SignatureScheme::RsaPss(HashAlgorithm::Sha256),
    SignatureScheme::RsaPss(HashAlgorithm::Sha384),
];

/// Runs a program that must be there and must succeed, and answers what it printed.
fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
