//! keymanager.toml as text.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{AuditConfig, Config, HierarchyConfig, Places, RowAuthenticationConfig, SubjectDefaults, master};
use crate::certificate::{AlternativeNames, DistinguishedName};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope, RefId};

/// The key of the blank reference id among the alternative names.
const BLANK: &str = "BLANK";
/// The longest configuration file read, in bytes.
const MAX_LEN: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    store: Option<String>,
    master: Option<toml::Value>,
    passphrase_file: Option<String>,
    store_password_file: Option<String>,
    store_read_from: Option<String>,
    provider: Option<String>,
    schema: Option<String>,
    #[serde(default)]
    hierarchy: HierarchySection,
    #[serde(default)]
    certificate: CertificateSection,
    #[serde(default)]
    crypto: CryptoSection,
    audit: Option<AuditSection>,
    row_authentication: Option<RowAuthenticationSection>,
}

/// The keys must be named: a section without them would authenticate nothing in silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowAuthenticationSection {
    keys: Vec<String>,
    #[serde(default)]
    required: bool,
}

/// The file must be named: a section without it would turn the audit off in silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditSection {
    file: String,
    on_failure: Option<String>,
    sync: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct HierarchySection {
    root_app_id: Option<String>,
    sign_app_id: Option<String>,
    sign_ref_id: Option<String>,
    zk_app_id: Option<String>,
    zk_ref_id: Option<String>,
    generate: Option<Vec<String>>,
    generate_base: Option<Vec<String>>,
    symmetric_validity_days: Option<u16>,
    backfill: Option<bool>,
    key_cache: Option<u16>,
    key_cache_seconds: Option<u32>,
    key_pool: Option<u32>,
    lock_wait_seconds: Option<u32>,
    clock_tolerance_seconds: Option<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CertificateSection {
    common_name: Option<String>,
    organizational_unit: Option<String>,
    organization: Option<String>,
    location: Option<String>,
    state: Option<String>,
    country: Option<String>,
    signature_algorithm: Option<String>,
    /// Application, then reference, then kind of name.
    #[serde(default)]
    san: BTreeMap<String, BTreeMap<String, BTreeMap<String, NameValues>>>,
}

/// Values of one kind of alternative name: one text with bars between them, as upstream's property has it, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum NameValues {
    Text(String),
    List(Vec<String>),
}

/// Parameters that a Java deployment could change and none did. Each is accepted with the one value there is, so that
/// a deployment with another value is told so instead of reading garbage.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CryptoSection {
    key_splitter: Option<String>,
    rsa_bits: Option<u32>,
    aes_bits: Option<u32>,
    gcm_tag_bits: Option<u32>,
}

pub(super) fn read(text: &str) -> Result<Config> {
    if text.len() > MAX_LEN {
        return Err(invalid("the configuration file is larger than 1 MiB"));
    }
    let file: ConfigFile = toml::from_str(text).map_err(|error| {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count());
        let place = line.map(|line| format!("line {}: ", line.saturating_add(1))).unwrap_or_default();
        invalid(format!("{place}{}", error.message()))
    })?;
    file.crypto.check()?;
    let master = file.master.map(master::read).transpose()?.unwrap_or_default();
    Ok(Config {
        places: Places {
            store: file.store,
            master: master.uri,
            passphrase_file: file.passphrase_file.or(master.secret_file).map(Into::into),
            store_password_file: file.store_password_file.map(Into::into),
            store_read_from: file.store_read_from,
            provider: file.provider,
            schema: file.schema,
        },
        token: master.token,
        hierarchy: file.hierarchy.into_config()?,
        alternative_names: file.certificate.alternative_names()?,
        row_authentication: file
            .row_authentication
            .map(RowAuthenticationSection::into_config)
            .transpose()?
            .unwrap_or_default(),
        audit: file.audit.map(AuditSection::into_config).transpose()?,
        subject: file.certificate.into_config()?,
    })
}

/// The scope of `APP` or `APP:REF`.
pub(super) fn scope(entry: &str) -> Result<KeyScope> {
    let (app, reference) = entry.trim().split_once(':').unwrap_or((entry.trim(), ""));
    KeyScope::new(app.trim(), reference.trim())
}

impl RowAuthenticationSection {
    fn into_config(self) -> Result<RowAuthenticationConfig> {
        if self.keys.is_empty() {
            return Err(invalid("row_authentication.keys: names no key"));
        }
        let alias = |name: String| {
            Alias::new(name).map_err(|error| invalid(format!("row_authentication.keys: {}", error.detail())))
        };
        let keys: Vec<Alias> = self.keys.into_iter().map(alias).collect::<Result<_>>()?;
        Ok(RowAuthenticationConfig { keys, required: self.required })
    }
}

impl AuditSection {
    fn into_config(self) -> Result<AuditConfig> {
        if self.file.trim().is_empty() {
            return Err(invalid("audit.file: names no file"));
        }
        let stop_on_failure = match self.on_failure.as_deref() {
            None | Some("stop") => true,
            Some("continue") => false,
            Some(_) => return Err(invalid("audit.on_failure: is stop or continue")),
        };
        Ok(AuditConfig { file: self.file.into(), stop_on_failure, sync: self.sync.unwrap_or(true) })
    }
}

impl HierarchySection {
    fn into_config(self) -> Result<HierarchyConfig> {
        let default = HierarchyConfig::default();
        let list = |key: &str, entries: Option<Vec<String>>, base: bool| -> Result<Option<Vec<KeyScope>>> {
            let Some(entries) = entries else { return Ok(None) };
            let one = |entry: &String| -> Result<KeyScope> {
                let scope = scope(entry).map_err(|error| invalid(format!("{key}: {}", error.detail())))?;
                if base && scope.reference.is_blank() {
                    return Err(invalid(format!("{key}: an entry is APP:REF, and {entry:?} has no reference id")));
                }
                Ok(scope)
            };
            entries.iter().map(one).collect::<Result<Vec<_>>>().map(Some)
        };
        let symmetric_validity_days = match self.symmetric_validity_days {
            Some(0) => return Err(invalid("symmetric_validity_days: an AES key is valid for at least one day")),
            Some(days) => i64::from(days),
            None => default.symmetric_validity_days,
        };
        let key_pool = self.key_pool.unwrap_or(default.key_pool);
        if key_pool > HierarchyConfig::MAX_KEY_POOL {
            return Err(invalid(format!("key_pool: at most {} keys are kept ready", HierarchyConfig::MAX_KEY_POOL)));
        }
        Ok(HierarchyConfig {
            root_app: app("root_app_id", self.root_app_id, default.root_app)?,
            sign_app: app("sign_app_id", self.sign_app_id, default.sign_app)?,
            sign_ref: reference("sign_ref_id", self.sign_ref_id, default.sign_ref)?,
            zk_app: app("zk_app_id", self.zk_app_id, default.zk_app)?,
            zk_ref: reference("zk_ref_id", self.zk_ref_id, default.zk_ref)?,
            generate: list("generate", self.generate, false)?,
            generate_base: list("generate_base", self.generate_base, true)?,
            symmetric_validity_days,
            backfill: self.backfill.unwrap_or(default.backfill),
            key_cache: self.key_cache.map_or(default.key_cache, usize::from),
            key_cache_life: seconds(self.key_cache_seconds, default.key_cache_life),
            key_pool,
            lock_wait: seconds(self.lock_wait_seconds, default.lock_wait),
            clock_tolerance: seconds(self.clock_tolerance_seconds, default.clock_tolerance),
        })
    }
}

impl CertificateSection {
    fn alternative_names(&self) -> Result<BTreeMap<KeyScope, AlternativeNames>> {
        let mut all = BTreeMap::new();
        for (app, references) in &self.san {
            for (reference, kinds) in references {
                let place = |error: Error| invalid(format!("certificate.san.{app}.{reference}: {}", error.detail()));
                let blank = reference == BLANK;
                let scope = KeyScope::new(app, if blank { "" } else { reference.as_str() }).map_err(place)?;
                if scope.reference.is_blank() != blank {
                    return Err(invalid(format!("certificate.san.{app}: write {BLANK} for the blank reference id")));
                }
                let mut names = AlternativeNames::default();
                for (kind, values) in kinds {
                    let texts = match values {
                        NameValues::Text(text) => std::slice::from_ref(text),
                        NameValues::List(texts) => texts.as_slice(),
                    };
                    for text in texts {
                        names.add(kind, text).map_err(place)?;
                    }
                }
                all.insert(scope, names);
            }
        }
        Ok(all)
    }

    fn into_config(self) -> Result<SubjectDefaults> {
        if self.signature_algorithm.is_some_and(|name| !name.eq_ignore_ascii_case("SHA256withRSA")) {
            return Err(invalid("signature_algorithm: certificates are signed with SHA256withRSA only"));
        }
        let SubjectDefaults(default) = SubjectDefaults::default();
        // A blank value leaves the attribute out, as a blank property does upstream.
        let value = |given: Option<String>, default: Option<String>| match given {
            Some(text) => Some(text).filter(|text| !text.trim().is_empty()),
            None => default,
        };
        Ok(SubjectDefaults(DistinguishedName {
            common_name: value(self.common_name, default.common_name),
            organizational_unit: value(self.organizational_unit, default.organizational_unit),
            organization: value(self.organization, default.organization),
            location: value(self.location, default.location),
            state: value(self.state, default.state),
            country: value(self.country, default.country),
        }))
    }
}

impl CryptoSection {
    fn check(&self) -> Result<()> {
        if self.key_splitter.as_deref().is_some_and(|splitter| splitter != "#KEY_SPLITTER#") {
            return Err(invalid("key_splitter: the splitter is the 14 characters #KEY_SPLITTER#"));
        }
        let only = |name: &str, given: Option<u32>, value: u32| match given {
            Some(other) if other != value => Err(invalid(format!("{name}: only {value} is supported, not {other}"))),
            _ => Ok(()),
        };
        only("rsa_bits", self.rsa_bits, 2048)?;
        only("aes_bits", self.aes_bits, 256)?;
        only("gcm_tag_bits", self.gcm_tag_bits, 128)
    }
}

fn app(key: &str, given: Option<String>, default: AppId) -> Result<AppId> {
    given.map_or(Ok(default), |text| AppId::new(text).map_err(|error| invalid(format!("{key}: {}", error.detail()))))
}

fn reference(key: &str, given: Option<String>, default: RefId) -> Result<RefId> {
    let Some(text) = given else { return Ok(default) };
    let reference = RefId::new(text).map_err(|error| invalid(format!("{key}: {}", error.detail())))?;
    if reference.is_blank() {
        return Err(invalid(format!("{key}: a reference id that is not blank is needed")));
    }
    Ok(reference)
}

fn seconds(given: Option<u32>, default: Duration) -> Duration {
    given.map_or(default, |seconds| Duration::from_secs(u64::from(seconds)))
}

pub(super) fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::InvalidConfig, detail)
}
