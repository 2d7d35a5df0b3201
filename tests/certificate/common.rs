//! What the tests of this room share: vectors, kept keys, a counting random source, and programs that are not ours.

use std::path::{Path, PathBuf};
use std::process::Command;

use keymanager::certificate::{AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName};
use keymanager::crypto::{CryptoProvider, PrivateKey, SoftwareKey, rustcrypto};
use keymanager::random::RandomSource;
use keymanager::secret::SecretBytes;
use keymanager::time::Timestamp;

/// Every provider this build has.
pub(crate) fn providers() -> Vec<CryptoProvider> {
    let mut providers = vec![rustcrypto::provider()];
    #[cfg(feature = "native")]
    providers.push(keymanager::crypto::native::provider());
    providers
}

/// The provider for tests that are about parsing.
pub(crate) fn provider() -> CryptoProvider {
    rustcrypto::provider()
}

pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mosip")
}

pub(crate) fn vector(path: &str) -> Vec<u8> {
    std::fs::read(vectors().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn json(path: &str) -> serde_json::Value {
    serde_json::from_slice(&vector(path)).unwrap()
}

pub(crate) fn parse(bytes: &[u8]) -> Certificate {
    Certificate::parse(&provider(), bytes).unwrap()
}

/// The private keys of the partners outside the service: `root`, `intermediate`, `IDA.PUBLIC_KEY`, ….
pub(crate) fn partner_key(provider: &CryptoProvider, name: &str) -> SoftwareKey {
    let pem = vector(&format!("service/pkcs12/partner/{name}.key.pem"));
    key_from_pem(provider, std::str::from_utf8(&pem).unwrap())
}

/// A PKCS#8 private key in PEM.
pub(crate) fn key_from_pem(provider: &CryptoProvider, pem: &str) -> SoftwareKey {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64_simd::STANDARD.decode_to_vec(base64).unwrap();
    SoftwareKey::from_pkcs8(provider, &SecretBytes::copy_from(&der)).unwrap()
}

/// Gives the same bytes at each call.
#[derive(Debug)]
pub(crate) struct Kept(pub(crate) Vec<u8>);

impl RandomSource for Kept {
    fn fill(&self, out: &mut [u8]) -> keymanager::Result<()> {
        out.copy_from_slice(&self.0);
        Ok(())
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

/// A name with MOSIP's default attributes.
pub(crate) fn mosip_name(common_name: &str) -> DistinguishedName {
    DistinguishedName {
        common_name: Some(common_name.to_owned()),
        organizational_unit: Some("MOSIP-TECH-CENTER".to_owned()),
        organization: Some("IITB".to_owned()),
        location: Some("BANGALORE".to_owned()),
        state: Some("KA".to_owned()),
        country: Some("IN".to_owned()),
    }
}

pub(crate) fn request(kind: CertificateKind, common_name: &str, key: &SoftwareKey) -> CertificateRequest {
    CertificateRequest {
        kind,
        subject: mosip_name(common_name),
        public_key: key.public_key().clone(),
        not_before: at("2026-11-25T09:51:30.441374Z"),
        not_after: at("2029-11-24T09:51:30.441374Z"),
        alternative_names: AlternativeNames::default(),
    }
}

/// A folder of one test, removed at its end.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// Runs a program that must be there and must succeed; its standard output.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed by this test: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}\n{text}\n{errors}");
    text
}

/// Runs a program that must be there and must fail; what it said.
pub(crate) fn refusal(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed by this test: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(!output.status.success(), "{program} {arguments:?}\n{said}");
    said
}
