//! Reports about finished work that an outsider can check (docs/migration.md, MIG-1 to MIG-5): canonical JSON, a detached
//! signature, and the certificate of the key that made it.

use std::sync::Arc;

use serde::Serialize;

use super::Hierarchy;
use super::issuer::Issuer;
use super::rewrap::DamagedKey;
use crate::certificate::Certificate;
use crate::crypto::{CryptoProvider, HashAlgorithm, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::master::{MasterKeys, SignInput};

/// How a report is signed: what `openssl dgst -sha256 -verify` checks.
const SCHEME: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);

/// A report, the signature over its bytes, and the certificate of the key that made it. Nothing in it is secret.
#[derive(Debug, Clone)]
pub struct SignedReport {
    json: Vec<u8>,
    signature: Vec<u8>,
    certificate: Certificate,
}

impl SignedReport {
    /// What is signed: one JSON object in UTF-8, the members of each object in the order of their names, without white
    /// space.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The signature over exactly these bytes: RSASSA-PKCS1-v1_5 with SHA-256.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The certificate of the key that signed.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// A report that was kept, checked.
    #[cfg(feature = "sqlite")]
    pub(crate) fn checked(
        provider: &CryptoProvider,
        json: Vec<u8>,
        signature: Vec<u8>,
        certificate: Certificate,
    ) -> Result<Self> {
        Self::verify(provider, &json, &signature, &certificate)?;
        Ok(Self { json, signature, certificate })
    }

    /// Checks a report that was kept. Whether the certificate is to be trusted is for the caller to know.
    ///
    /// # Errors
    /// `verification_failed`.
    pub fn verify(provider: &CryptoProvider, json: &[u8], signature: &[u8], certificate: &Certificate) -> Result<()> {
        certificate.public_key().verify(provider, SCHEME, json, signature)
    }
}

/// A key that could not be worked on, as reports have it.
#[derive(Serialize)]
pub(crate) struct DamagedMembers<'a> {
    alias: &'a str,
    error: &'static str,
    text: &'a str,
}

impl<'a> DamagedMembers<'a> {
    pub(crate) fn new(damaged: &'a DamagedKey) -> Self {
        Self { alias: &damaged.id, error: damaged.code.name(), text: &damaged.why }
    }
}

impl Hierarchy {
    /// Signs `body`, whose members must be declared in the order of their names, with a key of `backend`.
    pub(super) fn sign_report(
        &self,
        backend: &Arc<dyn MasterKeys>,
        signer: &Issuer,
        body: &impl Serialize,
    ) -> Result<SignedReport> {
        let json = serde_json::to_vec(body).map_err(|_| Error::internal("a report could not be written as JSON"))?;
        // The digest, not the message: a token need not take a report of megabytes.
        let digest = self.provider.hash.digest(HashAlgorithm::Sha256, &json);
        let signature = backend.sign(signer.alias.clone(), SCHEME, SignInput::Digest(digest))?;
        SignedReport::verify(&self.provider, &json, &signature, &signer.certificate).map_err(|_| {
            let why = format!("the master key {} made a signature that does not verify", signer.alias);
            Error::new(Code::MasterUnavailable, why)
        })?;
        Ok(SignedReport { json, signature, certificate: signer.certificate.clone() })
    }
}
