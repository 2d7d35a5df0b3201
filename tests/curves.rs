//! Keys on curves against OpenSSL and the JDK: documents, signatures and shared secrets, both ways (CRY-70 to CRY-81).
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]

#[path = "curves/java.rs"]
mod java;
#[path = "curves/openssl.rs"]
mod openssl;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use keymanager::crypto::{
    CryptoProvider, Curve, EcAlgorithm, EcPrivateKey, EcdsaEncoding, HashAlgorithm, SignatureScheme, rustcrypto,
};
use keymanager::secret::SecretBytes;

/// Every provider this build has.
fn providers() -> Vec<CryptoProvider> {
    let mut providers = vec![rustcrypto::provider()];
    #[cfg(feature = "native")]
    providers.push(keymanager::crypto::native::provider());
    providers
}

const MESSAGE: &[u8] = b"what only the holder of the key signs";

fn import(provider: &CryptoProvider, pkcs8: &[u8]) -> Arc<dyn EcPrivateKey> {
    provider.ec.import_private(&SecretBytes::copy_from(pkcs8)).unwrap()
}

/// What certificates of such a key are signed with (CERT-43), in DER and raw; Ed25519 has one form, X25519 none.
fn schemes(algorithm: EcAlgorithm) -> Vec<SignatureScheme> {
    let hash = match algorithm {
        EcAlgorithm::Curve(Curve::P384) => HashAlgorithm::Sha384,
        EcAlgorithm::Curve(Curve::P521) => HashAlgorithm::Sha512,
        EcAlgorithm::Ed25519 => return vec![SignatureScheme::Ed25519],
        EcAlgorithm::X25519 => return Vec::new(),
        _ => HashAlgorithm::Sha256,
    };
    [EcdsaEncoding::Der, EcdsaEncoding::Raw].map(|encoding| SignatureScheme::Ecdsa { hash, encoding }).into()
}

fn put(folder: &Path, file: &str, bytes: &[u8]) -> String {
    let path = folder.join(file);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

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
