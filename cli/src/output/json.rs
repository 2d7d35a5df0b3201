//! The JSON documents: member names, order and words are a contract (docs/command-line.md).

use keymanager::Error;
use keymanager::certificate::Certificate;
use keymanager::id::{AppId, RefId};
use keymanager::manager::{DoctorReport, Generated, KeyInfo, PoolInfo};
use keymanager::store::PolicyRow;
use serde::Serialize;

pub(crate) use super::json_migration::{Archived, Migrated, Rewrapped, StoreCopied};
pub(crate) use super::json_simulate::{ConfigImported, Simulation};
pub(crate) use super::json_token::{TokenHealthy, TokenProbed};

/// A document, and the clock's time when it is not the system's.
#[derive(Serialize)]
pub(crate) struct WithClock<'a, T: Serialize> {
    #[serde(flatten)]
    pub(crate) document: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) now: Option<String>,
}

/// `{error: {…}}`
#[derive(Serialize)]
pub(crate) struct ErrorDocument<'a> {
    error: ErrorMembers<'a>,
}

#[derive(Serialize)]
struct ErrorMembers<'a> {
    code: u32,
    name: &'static str,
    mosip_code: Option<&'static str>,
    message: &'a str,
    next: &'a str,
}

impl<'a> ErrorDocument<'a> {
    pub(crate) fn new(error: &'a Error, next: &'a str) -> Self {
        let code = error.code();
        Self {
            error: ErrorMembers {
                code: code.number(),
                name: code.name(),
                mosip_code: code.mosip_code(),
                message: error.detail(),
                next,
            },
        }
    }
}

/// A key.
#[derive(Serialize)]
pub(crate) struct Key {
    alias: String,
    app_id: String,
    ref_id: Option<String>,
    level: &'static str,
    algorithm: String,
    location: &'static str,
    thumbprint: Option<String>,
    issuer_alias: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    state: &'static str,
    days_left: Option<i64>,
    uni_ident: Option<String>,
}

impl Key {
    pub(crate) fn new(key: &KeyInfo) -> Self {
        Self {
            alias: key.alias.to_string(),
            app_id: key.scope.app.to_string(),
            ref_id: reference(&key.scope.reference),
            level: key.level.as_str(),
            algorithm: key.algorithm.clone(),
            location: key.location.as_str(),
            thumbprint: key.thumbprint.map(|thumbprint| thumbprint.to_hex()),
            issuer_alias: key.issuer_alias.as_ref().map(ToString::to_string),
            not_before: key.not_before.map(|time| time.to_rfc3339()),
            not_after: key.not_after.map(|time| time.to_rfc3339()),
            state: key.state.as_str(),
            days_left: key.days_left,
            uni_ident: key.uni_ident.clone(),
        }
    }

    pub(crate) fn list(keys: &[KeyInfo]) -> Vec<Self> {
        keys.iter().map(Self::new).collect()
    }
}

/// A blank reference id is absent.
pub(crate) fn reference(reference: &RefId) -> Option<String> {
    Some(reference.to_string()).filter(|text| !text.is_empty())
}

/// `keys list`
#[derive(Serialize)]
pub(crate) struct KeyList {
    pub(crate) keys: Vec<Key>,
}

/// `keys revoke`
#[derive(Serialize)]
pub(crate) struct OneKey {
    pub(crate) key: Key,
}

/// `keys show`
#[derive(Serialize)]
pub(crate) struct ShownKey {
    pub(crate) key: Key,
    pub(crate) certificate_pem: Option<String>,
}

/// `keys generate` and `keys rotate`
#[derive(Serialize)]
pub(crate) struct GeneratedKeys {
    pub(crate) generated: Vec<Key>,
    pub(crate) existing: Vec<Key>,
}

impl GeneratedKeys {
    pub(crate) fn new(keys: &Generated) -> Self {
        Self { generated: Key::list(&keys.generated), existing: Key::list(&keys.existing) }
    }
}

/// `keys tree`
#[derive(Serialize)]
pub(crate) struct KeyTree {
    pub(crate) tree: Vec<KeyNode>,
}

/// A key and the keys it certifies.
#[derive(Serialize)]
pub(crate) struct KeyNode {
    pub(crate) key: Key,
    pub(crate) children: Vec<KeyNode>,
}

/// `keys certificate`
#[derive(Serialize)]
pub(crate) struct CertificateDocument {
    pub(crate) key: Key,
    pub(crate) certificate_pem: String,
    pub(crate) generated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain_pem: Option<Vec<String>>,
}

/// `keys csr`
#[derive(Serialize)]
pub(crate) struct CsrDocument {
    pub(crate) key: Key,
    pub(crate) csr_pem: String,
}

/// `keys pool`
#[derive(Serialize)]
pub(crate) struct Pools {
    pools: Vec<PoolMembers>,
}

#[derive(Serialize)]
struct PoolMembers {
    app_id: Option<String>,
    module_alias: String,
    current: bool,
    ready: u64,
    oldest: Option<String>,
    newest: Option<String>,
    used: u64,
    last_used: Option<String>,
}

impl Pools {
    pub(crate) fn new(pools: &[PoolInfo]) -> Self {
        let members = |pool: &PoolInfo| PoolMembers {
            app_id: pool.app.as_ref().map(ToString::to_string),
            module_alias: pool.module.to_string(),
            current: pool.current,
            ready: pool.ready,
            oldest: pool.oldest.map(|time| time.to_rfc3339()),
            newest: pool.newest.map(|time| time.to_rfc3339()),
            used: pool.used,
            last_used: pool.last_used.map(|time| time.to_rfc3339()),
        };
        Self { pools: pools.iter().map(members).collect() }
    }
}

/// `keys certificate --all`
#[derive(Serialize)]
pub(crate) struct CertificateList {
    pub(crate) certificates: Vec<ListedCertificate>,
}

#[derive(Serialize)]
pub(crate) struct ListedCertificate {
    key: Key,
    certificate_pem: String,
}

impl ListedCertificate {
    pub(crate) fn new((key, certificate): &(KeyInfo, Certificate)) -> Self {
        Self { key: Key::new(key), certificate_pem: certificate.to_pem() }
    }
}

/// A key policy.
#[derive(Serialize)]
pub(crate) struct PolicyMembers {
    app_id: String,
    validity_days: Option<i16>,
    pre_expire_days: Option<i16>,
    active: bool,
    access_allowed: Option<String>,
}

impl PolicyMembers {
    pub(crate) fn new(row: &PolicyRow) -> Self {
        Self {
            app_id: row.app.to_string(),
            validity_days: row.validity_days,
            pre_expire_days: row.pre_expire_days,
            active: row.active,
            access_allowed: row.access_allowed.clone(),
        }
    }
}

/// `policy list`
#[derive(Serialize)]
pub(crate) struct PolicyList {
    pub(crate) policies: Vec<PolicyMembers>,
}

/// `policy show` and `policy set`
#[derive(Serialize)]
pub(crate) struct OnePolicy {
    pub(crate) policy: PolicyMembers,
}

/// `init`
#[derive(Serialize)]
pub(crate) struct Initialised {
    pub(crate) store: String,
    pub(crate) master: String,
    pub(crate) policies: Vec<PolicyMembers>,
}

/// `encrypt`
#[derive(Serialize)]
pub(crate) struct Encrypted {
    pub(crate) layout: &'static str,
    pub(crate) recipient: RecipientMembers,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) output: String,
}

#[derive(Serialize)]
pub(crate) struct RecipientMembers {
    thumbprint: String,
    app_id: Option<String>,
    ref_id: Option<String>,
}

impl RecipientMembers {
    /// The recipient with this certificate, and its scope if it is a key of the store.
    pub(crate) fn new(certificate: &Certificate, scope: Option<(&AppId, &RefId)>) -> Self {
        Self {
            thumbprint: certificate.thumbprint().to_hex(),
            app_id: scope.map(|(app, _)| app.to_string()),
            ref_id: scope.and_then(|(_, id)| reference(id)),
        }
    }

    /// The thumbprint as text.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

/// `decrypt`
#[derive(Serialize)]
pub(crate) struct Decrypted {
    pub(crate) layout: &'static str,
    pub(crate) key: Option<Key>,
    pub(crate) thumbprint_checked: bool,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) output: String,
}

/// `doctor`
#[derive(Serialize)]
pub(crate) struct Doctor<'a> {
    findings: Vec<DoctorFinding<'a>>,
    checked: Checked,
}

#[derive(Serialize)]
struct DoctorFinding<'a> {
    code: &'static str,
    severity: &'static str,
    alias: Option<&'a str>,
    text: &'a str,
    repair: Option<&'a str>,
    repaired: bool,
}

#[derive(Serialize)]
struct Checked {
    records: u64,
    tokens: u64,
}

impl<'a> Doctor<'a> {
    pub(crate) fn new(report: &'a DoctorReport) -> Self {
        let findings = report.findings.iter().map(|finding| DoctorFinding {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            alias: finding.alias.as_ref().map(keymanager::id::Alias::as_str),
            text: &finding.text,
            repair: finding.repair.as_deref(),
            repaired: finding.repaired,
        });
        let checked = Checked { records: report.checked.records, tokens: report.checked.tokens };
        Self { findings: findings.collect(), checked }
    }
}

/// `master passphrase`
#[derive(Serialize)]
pub(crate) struct PassphraseChanged {
    pub(crate) master: String,
    pub(crate) iterations: u32,
}

/// `completions`
#[derive(Serialize)]
pub(crate) struct Completions {
    pub(crate) shell: &'static str,
    pub(crate) script: String,
}

/// `version`
#[derive(Serialize)]
pub(crate) struct Version {
    pub(crate) version: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) features: Vec<&'static str>,
    pub(crate) providers: Vec<&'static str>,
    pub(crate) stores: Vec<&'static str>,
    pub(crate) masters: Vec<&'static str>,
}
