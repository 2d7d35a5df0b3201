//! What is answered about keys and policies, as plain records. Their JSON, which C programs get, has the members of the
//! command line's documents (docs/command-line.md).

use keymanager::certificate::Certificate;
use keymanager::id::RefId;
use keymanager::manager::{self, KeyInfo, PoolInfo};
use keymanager::store::PolicyRow;
use serde::Serialize;

/// A key; nothing in it is secret. Times are RFC 3339 in UTC, thumbprints 64 upper-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Key {
    /// Its alias.
    pub alias: String,
    /// The application it is of.
    pub app_id: String,
    /// Its reference id; None for a master key.
    pub ref_id: Option<String>,
    /// `root`, `module`, `sign`, `base`, `symmetric`, `other_domain`.
    pub level: String,
    /// `RSA-2048`, `AES-256`, …; `unknown` without a certificate to tell from.
    pub algorithm: String,
    /// Where the private key is: `master`, `store`, `external`.
    pub location: String,
    /// The thumbprint of its certificate; None for symmetric keys.
    pub thumbprint: Option<String>,
    /// The alias of the key above it.
    pub issuer_alias: Option<String>,
    /// From when it is valid.
    pub not_before: Option<String>,
    /// Until when it is valid.
    pub not_after: Option<String>,
    /// `current`, `pre_expiry`, `expired`, `revoked`, `not_yet_valid`.
    pub state: String,
    /// Whole days until `not_after`, rounded down; negative when it is past.
    pub days_left: Option<i64>,
    /// `uni_ident` of its record.
    pub uni_ident: Option<String>,
}

impl From<&KeyInfo> for Key {
    fn from(key: &KeyInfo) -> Self {
        Self {
            alias: key.alias.to_string(),
            app_id: key.scope.app.to_string(),
            ref_id: reference(&key.scope.reference),
            level: key.level.as_str().to_owned(),
            algorithm: key.algorithm.clone(),
            location: key.location.as_str().to_owned(),
            thumbprint: key.thumbprint.map(|thumbprint| thumbprint.to_hex()),
            issuer_alias: key.issuer_alias.as_ref().map(ToString::to_string),
            not_before: key.not_before.map(|time| time.to_rfc3339()),
            not_after: key.not_after.map(|time| time.to_rfc3339()),
            state: key.state.as_str().to_owned(),
            days_left: key.days_left,
            uni_ident: key.uni_ident.clone(),
        }
    }
}

/// A blank reference id is absent.
fn reference(reference: &RefId) -> Option<String> {
    Some(reference.to_string()).filter(|text| !text.is_empty())
}

/// What a generation made, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct GeneratedKeys {
    /// New keys.
    pub generated: Vec<Key>,
    /// Keys that were there.
    pub existing: Vec<Key>,
}

impl From<manager::Generated> for GeneratedKeys {
    fn from(keys: manager::Generated) -> Self {
        let list = |keys: &[KeyInfo]| keys.iter().map(Key::from).collect();
        Self { generated: list(&keys.generated), existing: list(&keys.existing) }
    }
}

/// A key and its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct KeyCertificate {
    /// The key.
    pub key: Key,
    /// Its certificate.
    pub certificate_pem: String,
}

impl From<&(KeyInfo, Certificate)> for KeyCertificate {
    fn from((key, certificate): &(KeyInfo, Certificate)) -> Self {
        Self { key: key.into(), certificate_pem: certificate.to_pem() }
    }
}

/// A certification request (PKCS#10) and the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct KeyCsr {
    /// The key.
    pub key: Key,
    /// The request.
    pub csr_pem: String,
}

/// A master or signing key as it was asked for: its certificate, or a request for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct KeyObject {
    /// The key.
    pub key: Key,
    /// Whether this call made it.
    pub generated: bool,
    /// Its certificate, when that was asked for.
    pub certificate_pem: Option<String>,
    /// A certification request, when that was asked for.
    pub csr_pem: Option<String>,
}

impl TryFrom<manager::KeyObject> for KeyObject {
    type Error = keymanager::Error;

    fn try_from(object: manager::KeyObject) -> keymanager::Result<Self> {
        match &object {
            manager::KeyObject::Certificate { key, generated, certificate, .. } => Ok(Self {
                key: key.into(),
                generated: *generated,
                certificate_pem: Some(certificate.to_pem()),
                csr_pem: None,
            }),
            manager::KeyObject::Csr { key, generated, request, .. } => Ok(Self {
                key: key.into(),
                generated: *generated,
                certificate_pem: None,
                csr_pem: Some(request.to_pem()),
            }),
            _ => Err(keymanager::Error::new(keymanager::Code::Unsupported, "an object this library has no record for")),
        }
    }
}

/// The policy of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Policy {
    /// The application.
    pub app_id: String,
    /// How long its keys are valid, in days.
    pub validity_days: Option<i16>,
    /// How many days before its end a key is renewed.
    pub pre_expire_days: Option<i16>,
    /// Whether it is in force.
    pub active: bool,
    /// The users who may decrypt: `NA` for everybody, or names with commas.
    pub access_allowed: Option<String>,
}

impl From<&PolicyRow> for Policy {
    fn from(row: &PolicyRow) -> Self {
        Self {
            app_id: row.app.to_string(),
            validity_days: row.validity_days,
            pre_expire_days: row.pre_expire_days,
            active: row.active,
            access_allowed: row.access_allowed.clone(),
        }
    }
}

/// The RSA keys that were made ahead of time under one Module key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Pool {
    /// The application; None when no record names the Module key.
    pub app_id: Option<String>,
    /// The alias of the Module key.
    pub module_alias: String,
    /// Whether it is the current one of its application; the ready keys of another are never used.
    pub current: bool,
    /// How many keys are ready.
    pub ready: u64,
    /// When the oldest ready key was made.
    pub oldest: Option<String>,
    /// When the newest ready key was made.
    pub newest: Option<String>,
    /// How many keys were taken.
    pub used: u64,
    /// When the last one was taken.
    pub last_used: Option<String>,
}

impl From<&PoolInfo> for Pool {
    fn from(pool: &PoolInfo) -> Self {
        Self {
            app_id: pool.app.as_ref().map(ToString::to_string),
            module_alias: pool.module.to_string(),
            current: pool.current,
            ready: pool.ready,
            oldest: pool.oldest.map(|time| time.to_rfc3339()),
            newest: pool.newest.map(|time| time.to_rfc3339()),
            used: pool.used,
            last_used: pool.last_used.map(|time| time.to_rfc3339()),
        }
    }
}
