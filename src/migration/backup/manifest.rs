//! What an archive says about itself (MIG-42): signed by a key of the deployment.

use serde::{Deserialize, Serialize};

use crate::certificate::Certificate;
use crate::crypto::CryptoProvider;
use crate::error::Result;
use crate::hierarchy::Hierarchy;

/// What the manifest is, for whoever finds it.
pub(super) const FORMAT: &str = "keymanager backup";
/// The version that this release writes and reads.
pub(super) const VERSION: u32 = 1;
/// The files of an archive: manifest, its signature, the certificate of the key that signed, store, key file.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.json.sig";
pub(super) const CERTIFICATE: &str = "manifest.json.pem";
pub(super) const STORE: &str = "keymanager.db";
pub(super) const KEY_FILE: &str = "keymanager.p12";

/// The manifest. The order of the members is that of their names (MIG-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The certificates of the keys in the master backend, PEM: what Base keys chain to.
    pub(super) certificates: Vec<String>,
    pub(super) files: Vec<Part>,
    pub(super) format: String,
    /// When the store was copied.
    pub(super) made: String,
    /// SHA-256 of the certificate of the key that signs this.
    pub(super) signer_certificate_sha256: String,
    pub(super) version: u32,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) size: u64,
}

/// The certificates of the keys in the master backend that are recorded, in the order of the store.
pub(super) fn certificates(hierarchy: &Hierarchy) -> Result<Vec<String>> {
    let certificates = hierarchy.master_certificates()?;
    Ok(certificates.iter().map(Certificate::to_pem).collect())
}

impl Manifest {
    /// The certificates in it.
    pub(super) fn issuers(&self, provider: &CryptoProvider) -> Result<Vec<Certificate>> {
        self.certificates.iter().map(|pem| Certificate::parse(provider, pem.as_bytes())).collect()
    }

    /// The file of that name.
    pub(super) fn part(&self, name: &str) -> Option<&Part> {
        self.files.iter().find(|part| part.name == name)
    }
}
