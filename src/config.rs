//! Configuration: keymanager.toml, and what a Java deployment's properties mean in it.
//!
//! Every property of the MOSIP key manager that changes bytes or routing has a key here, with upstream's production
//! value as its default (docs/hierarchy.md, HIE-60 to HIE-64). Unknown keys are refused: a misspelt key must not fall
//! back to a default in silence.

mod file;
mod import;
mod import_names;
mod json_map;
mod mapping;
mod master;
mod properties;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::certificate::{AlternativeNames, DistinguishedName};
use crate::error::Result;
use crate::id::{Alias, AppId, KeyScope, RefId};
use crate::master::OaepPlace;

pub use import::{Import, ImportFinding, LeftOut, Taken, import_properties};

/// The configuration. [`Config::default`] is that of upstream's production deployment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Config {
    /// Where things are; read by the command line, which lets options and the environment go before it.
    pub places: Places,
    /// How a token is used: section `[master]`, where `kind` is `pkcs11`.
    pub token: TokenConfig,
    /// Ids, lists and times of the key hierarchy.
    pub hierarchy: HierarchyConfig,
    /// Values for the subject attributes that nothing else gives (mosip-keys §4.2).
    pub subject: SubjectDefaults,
    /// Alternative names of the certificates of a scope: tables `[certificate.san.APP.REF]`, where REF is `BLANK` for the
    /// blank reference id (`mosip.kernel.keymanager.certificate.san-parameters.*`).
    pub alternative_names: BTreeMap<KeyScope, AlternativeNames>,
    /// Which MACs over rows are believed: section `[row_authentication]` (docs/storage.md, section 8).
    pub row_authentication: RowAuthenticationConfig,
    /// The audit file: section `[audit]`; read by the command line (docs/access.md, AUD-30). Whoever embeds the library
    /// hands a sink to the builder.
    pub audit: Option<AuditConfig>,
}

/// Which MACs over rows of the store are believed. None by default: rows are not authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RowAuthenticationConfig {
    /// `keys`: the aliases of the AES keys of the master backend that MACs are made with. The first one is for writing, all
    /// of them are for reading; a MAC that names another one is none (STO-88).
    pub keys: Vec<Alias>,
    /// `required`: whether a row without a MAC is refused (STO-90).
    pub required: bool,
}

/// Where the command line records what was done: section `[audit]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditConfig {
    /// `file`: the file of JSON lines.
    pub file: PathBuf,
    /// `on_failure`: whether an event that is not recorded stops the verb (`stop`, the default) or not (`continue`).
    pub stop_on_failure: bool,
    /// `sync`: whether an event is on the disk before it counts as recorded. True by default.
    pub sync: bool,
}

/// Where the command line works (cli.md §1). Nothing in the library reads these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Places {
    /// `store`: the URL of the record store.
    pub store: Option<String>,
    /// `master`: the URI of the master keys, or what the section `[master]` says as one.
    pub master: Option<String>,
    /// `passphrase_file`: the file whose first line is the secret of the master.
    pub passphrase_file: Option<PathBuf>,
    /// `store_password_file`: the file whose first line is the password of the database.
    pub store_password_file: Option<PathBuf>,
    /// `store_read_from`: the address of a replica of the database (docs/storage.md STO-72).
    pub store_read_from: Option<String>,
    /// `provider`: `native` or `rustcrypto`.
    pub provider: Option<String>,
    /// `schema`: the database schema of the tables.
    pub schema: Option<String>,
}

/// How a token is used (docs/token.md TOK-23). What is none has the default of the backend.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenConfig {
    /// `sessions`: how many sessions there are at most.
    pub sessions: Option<usize>,
    /// `time_limit_seconds`: how long a call may take.
    pub time_limit: Option<Duration>,
    /// `creation_limit_seconds`: how long the making of a key may take.
    pub creation_limit: Option<Duration>,
    /// `oaep`: where OAEP padding is removed, `auto`, `token` or `software`.
    pub oaep: OaepPlace,
    /// `raw_rsa`: whether the token does the raw RSA operation.
    pub raw_rsa: Option<bool>,
}

#[cfg(feature = "pkcs11")]
impl TokenConfig {
    /// `options` with what this says.
    #[must_use]
    pub fn apply(&self, mut options: crate::master::pkcs11::TokenOptions) -> crate::master::pkcs11::TokenOptions {
        options.sessions = self.sessions.unwrap_or(options.sessions);
        options.time_limit = self.time_limit.or(options.time_limit);
        options.creation_limit = self.creation_limit.or(options.creation_limit);
        options.oaep = self.oaep;
        options.raw_rsa = self.raw_rsa;
        options
    }
}

/// What decides about keys: section `[hierarchy]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HierarchyConfig {
    /// `root_app_id` (`mosip.root.key.applicationid`): the application of the Root key.
    pub root_app: AppId,
    /// `sign_app_id` (`mosip.sign.applicationid`): the application of the Sign key.
    pub sign_app: AppId,
    /// `sign_ref_id` (`mosip.sign-certificate-refid`): the reference of the Sign key.
    pub sign_ref: RefId,
    /// `zk_app_id` (`mosip.kernel.zkcrypto.masterkey.application.id`): the application of the ZK master.
    pub zk_app: AppId,
    /// `zk_ref_id` (`mosip.kernel.zkcrypto.masterkey.reference.id`): the reference of the ZK master.
    pub zk_ref: RefId,
    /// `generate` (`mosip.kernel.keymanager.autogen.appids.list`): what the key-generator job makes, in order. None:
    /// upstream's list as far as the policy names its applications, then every other active policy.
    pub generate: Option<Vec<KeyScope>>,
    /// `generate_base` (`mosip.kernel.keymanager.autogen.basekeys.list`): the Base keys the job makes after that.
    /// None: upstream's list as far as the policy names its applications.
    pub generate_base: Option<Vec<KeyScope>>,
    /// `symmetric_validity_days`: how long an AES key is valid. 1825, as upstream's key-generator job has it.
    pub symmetric_validity_days: i64,
    /// `backfill` (`mosip.kernel.keymanager.unique.identifier.autoupdate`): whether an unknown thumbprint makes the
    /// library compute those that rows of old releases lack.
    pub backfill: bool,
    /// `key_cache`: how many unwrapped Base keys are kept in memory; 0, the default, keeps none (HIE-49).
    pub key_cache: usize,
    /// `key_cache_seconds`: how long each is kept.
    pub key_cache_life: Duration,
    /// `key_pool`: how many RSA keys the key-generator job keeps ready for the Base keys of each Module key; 0, the
    /// default, makes none (HIE-97).
    pub key_pool: u32,
    /// `lock_wait_seconds`: how long a creation waits for another one in the same scope.
    pub lock_wait: Duration,
    /// `clock_tolerance_seconds`: how far in the future the begin of a key may lie and still stop another from being
    /// generated beside it (HIE-13).
    pub clock_tolerance: Duration,
}

/// Default subject attributes: section `[certificate]` (`mosip.kernel.keymanager.certificate.default.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubjectDefaults(pub DistinguishedName);

/// The applications and pairs of upstream's production list, in its order. `APP` or `APP:REF`.
const DEFAULT_GENERATE: &str = "ROOT,KERNEL:SIGN,PRE_REGISTRATION,REGISTRATION,REGISTRATION_PROCESSOR,ID_REPO,\
                                KERNEL:IDENTITY_CACHE,RESIDENT,PMS,ADMIN_SERVICES,DIGITAL_CARD,COMPLIANCE_TOOLKIT";
/// The Base keys of upstream's production list.
const DEFAULT_GENERATE_BASE: &str = "RESIDENT:mpartner-default-resident,COMPLIANCE_TOOLKIT:COMP-FIR";

impl Config {
    /// Reads keymanager.toml.
    ///
    /// # Errors
    /// `invalid_config` for anything that is not TOML, an unknown key, or a value that cannot be; the message names
    /// the line or the key.
    pub fn from_toml(text: &str) -> Result<Self> {
        file::read(text)
    }
}

impl HierarchyConfig {
    /// The most keys that are kept ready for a Module key.
    pub const MAX_KEY_POOL: u32 = 10_000;

    /// How far in the future the begin of a key may lie that counts as current all the same (HIE-13): an operation has
    /// the time of its begin, and may have waited for a Base, a Module and a Root since then (HIE-16).
    pub(crate) fn tolerance(&self) -> Duration {
        self.clock_tolerance.max(self.lock_wait.saturating_mul(3))
    }

    /// Upstream's production list of what the key-generator job makes.
    #[must_use]
    pub fn default_generate() -> Vec<KeyScope> {
        scopes(DEFAULT_GENERATE)
    }

    /// Upstream's production list of Base keys.
    #[must_use]
    pub fn default_generate_base() -> Vec<KeyScope> {
        scopes(DEFAULT_GENERATE_BASE)
    }
}

/// The scopes of a comma list that is known to be good.
fn scopes(list: &str) -> Vec<KeyScope> {
    list.split(',').filter_map(|entry| file::scope(entry).ok()).collect()
}

impl Default for HierarchyConfig {
    fn default() -> Self {
        Self {
            root_app: AppId::constant("ROOT"),
            sign_app: AppId::constant("KERNEL"),
            sign_ref: RefId::constant("SIGN"),
            zk_app: AppId::constant("KERNEL"),
            zk_ref: RefId::constant("IDENTITY_CACHE"),
            generate: None,
            generate_base: None,
            symmetric_validity_days: 1825,
            backfill: true,
            key_cache: 0,
            key_cache_life: Duration::from_secs(300),
            key_pool: 0,
            lock_wait: Duration::from_secs(60),
            clock_tolerance: Duration::from_secs(300),
        }
    }
}

impl Default for SubjectDefaults {
    fn default() -> Self {
        let text = |value: &str| Some(value.to_owned());
        Self(DistinguishedName {
            common_name: text("www.mosip.io"),
            organizational_unit: text("MOSIP-TECH-CENTER"),
            organization: text("IITB"),
            location: text("BANGALORE"),
            state: text("KA"),
            country: text("IN"),
        })
    }
}

#[cfg(test)]
mod tests;
