//! A call of the service as a call of the manager.

use std::collections::HashMap;

use keymanager::certificate::DistinguishedName;
use keymanager::envelope::{Layout, OpenOptions, SealOptions};
use keymanager::error::{Code, Error, Result};
use keymanager::id::KeyScope;
use keymanager::manager::{CsrRequest, GenerateRequest, KeyManager, KeyObjectRequest};
use keymanager::master::KeyKind;
use serde_json::Value;

use super::support::base64;

/// What our manager did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ours {
    /// The call succeeded. `thumbprint` of the certificate it is about; `plaintext` or `count` of what it answers.
    Done { thumbprint: Option<String>, plaintext: Option<Vec<u8>>, count: Option<usize> },
    /// It failed.
    Failed(Code),
    /// There is no such call; why.
    NotCovered(&'static str),
}

/// What is only in the REST layer: JSON, base64, required members, the type of the answer.
const REST: &str = "the REST layer's: form of request and answer";

/// The operation that takes no blank reference id (`KER-KMS-005`), and here ends the master key of the application then.
const REVOKE: &str = "revokeKey";

/// Cases of data so old that a reader names its layout.
const LEGACY: [&str; 3] = ["A0", "A0-aad", "thumb-missing-header"];

/// Envelopes of the service for keys that it made during the run, and ours in their place.
pub type Envelopes = HashMap<String, Vec<u8>>;

pub fn call(manager: &KeyManager, envelopes: &mut Envelopes, step: &Value) -> Ours {
    let path = step["path"].as_str().unwrap();
    let request = &step["request"];
    let (operation, kind) = path[1..].split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    if step.get("rest").is_some() {
        return Ours::NotCovered(REST);
    }
    if operation == REVOKE && request["referenceId"].as_str().unwrap_or_default().is_empty() {
        return Ours::NotCovered(REST);
    }
    let user = step["user"].as_str();
    let manager = &user.map_or_else(|| manager.clone(), |user| manager.for_caller(user));
    let scope = || {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        KeyScope::new(text("applicationId"), text("referenceId"))
    };
    let answer = match operation {
        "generateMasterKey" | "generateECSignKey" if request.is_null() => return Ours::NotCovered(REST),
        "generateMasterKey" | "generateECSignKey" => scope().and_then(|scope| {
            let force = request["force"].as_bool().unwrap_or_default();
            let object_type = kind.replace("%20", " ");
            let request = KeyObjectRequest { scope, object_type, force, subject: subject(request) };
            let answer = match operation {
                "generateMasterKey" => manager.generate_master_key(&request)?,
                _ => manager.generate_ec_sign_key(&request)?,
            };
            let is_csr = answer.pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----");
            assert_eq!(is_csr, request.object_type == "CSR");
            let thumbprint = answer.key().thumbprint.filter(|_| !is_csr);
            Ok(done(thumbprint.map(|thumbprint| thumbprint.to_hex())))
        }),
        "generateSymmetricKey" => scope().and_then(|scope| {
            let force = request["force"].as_bool().unwrap_or_default();
            let (kind, subject) = (KeyKind::Aes256, DistinguishedName::default());
            manager.generate(&GenerateRequest { scope, kind, force, subject }).map(|_| done(None))
        }),
        "getCertificate" => scope().and_then(|scope| {
            let found = manager.certificate(&scope)?;
            Ok(done(Some(found.certificate.thumbprint().to_hex())))
        }),
        "getAllCertificates" => scope().and_then(|scope| {
            let count = Some(manager.all_certificates(&scope)?.len());
            Ok(Ours::Done { thumbprint: None, plaintext: None, count })
        }),
        "getCertificateChain" => scope().and_then(|scope| manager.chain(&scope).map(|_| done(None))),
        "revokeKey" => scope().and_then(|scope| manager.revoke(&scope).map(|_| done(None))),
        "encrypt" => {
            let Some(data) = request["data"].as_str().filter(|text| is_base64(text)) else {
                return Ours::NotCovered(REST);
            };
            if request["salt"].as_str().is_some_and(|salt| salt.is_empty() || !is_base64(salt))
                || request["aad"].as_str().is_some_and(|aad| aad.is_empty() || !is_base64(aad))
            {
                return Ours::NotCovered(REST);
            }
            scope().and_then(|scope| encrypt(manager, envelopes, step, &scope, &base64(data)))
        }
        "decrypt" => {
            let Some(data) = request["data"].as_str().filter(|text| is_base64(text)) else {
                return Ours::NotCovered(REST);
            };
            let envelope = envelopes.get(data).cloned().unwrap_or_else(|| base64(data));
            scope().and_then(|scope| decrypt(manager, step, &scope, &envelope))
        }
        "generateCSR" => scope().and_then(|scope| csr(manager, request, scope)),
        "uploadCertificate" | "uploadOtherDomainCertificate" => {
            let Some(certificate) = request["certificateData"].as_str().filter(|text| !text.is_empty()) else {
                return Ours::NotCovered(REST);
            };
            let upload = |scope: KeyScope| match operation {
                "uploadCertificate" => manager.upload_certificate(&scope, certificate.as_bytes()),
                _ => manager.upload_other_domain(&scope, certificate.as_bytes()),
            };
            scope().and_then(upload).map(|_| done(None))
        }
        "jwtSign" | "jwtVerify" | "jwtEncrypt" | "jwtDecrypt" => return Ours::NotCovered("JWS and JWE"),
        "encryptWithPin" | "decryptWithPin" => return Ours::NotCovered("PIN envelopes"),
        "zkEncrypt" | "zkDecrypt" | "zkReEncryptRandomKey" => return Ours::NotCovered("zero-knowledge encryption"),
        _ if path.starts_with("GET ") => return Ours::NotCovered(REST),
        other => panic!("what is {other}?"),
    };
    answer.unwrap_or_else(|error: Error| Ours::Failed(error.code()))
}

fn done(thumbprint: Option<String>) -> Ours {
    Ours::Done { thumbprint, plaintext: None, count: None }
}

fn csr(manager: &KeyManager, request: &Value, scope: KeyScope) -> Result<Ours> {
    let csr = manager.generate_csr(&CsrRequest { scope, subject: subject(request) })?;
    assert!(csr.pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    Ok(done(None))
}

fn subject(request: &Value) -> DistinguishedName {
    let text = |name: &str| request[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    DistinguishedName {
        common_name: text("commonName"),
        organizational_unit: text("organizationUnit"),
        organization: text("organization"),
        location: text("location"),
        state: text("state"),
        country: text("country"),
    }
}

fn encrypt(
    manager: &KeyManager,
    envelopes: &mut Envelopes,
    step: &Value,
    scope: &KeyScope,
    plaintext: &[u8],
) -> Result<Ours> {
    let mut options = SealOptions::default();
    if let Some(salt) = step["request"]["salt"].as_str() {
        options.layout = Some(Layout::Salt);
        options.salt = base64(salt);
    }
    if let Some(aad) = step["request"]["aad"].as_str() {
        options.aad = base64(aad);
    }
    let sealed = manager.encrypt(scope, &options, plaintext)?;
    if let Some(theirs) = step["data"].as_str() {
        envelopes.insert(theirs.to_owned(), sealed.envelope);
    }
    Ok(done(None))
}

fn decrypt(manager: &KeyManager, step: &Value, scope: &KeyScope, envelope: &[u8]) -> Result<Ours> {
    let mut options = OpenOptions::default();
    let request = &step["request"];
    if LEGACY.contains(&step["case"].as_str().unwrap()) {
        options.accept = vec![Layout::NoThumbprint, Layout::VerR2NoThumbprint];
    }
    if let Some(aad) = request["aad"].as_str() {
        options.aad = base64(aad);
    }
    if let Some(salt) = request["salt"].as_str() {
        options.layout = Some(Layout::Salt);
        options.salt = Some(base64(salt));
    }
    let plaintext = Some(manager.decrypt(scope, &options, envelope)?.plaintext);
    Ok(Ours::Done { thumbprint: None, plaintext, count: None })
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !text.is_empty()
        && digits.len() % 4 != 1
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
}
