//! What a module and its token really support (TOK-22).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use cryptoki::object::{Attribute, AttributeType, ObjectClass};

use super::fault::{Attempt, Fault};
use super::keys::Keep;
use super::seat::Seat;
use super::{Token, TokenUri};
use crate::crypto::{HashAlgorithm, SignatureScheme};
use crate::error::Result;
use crate::id::Alias;
use crate::master::{KeyKind, MasterCapabilities, MasterEntry, MasterKeys as _, OaepParameters};

/// What a module and its token are, what they can do, and what is wrong with the objects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenProbe {
    /// The description the module gives of itself, its manufacturer and its version.
    pub module: String,
    /// The version of PKCS#11 that the module says it follows.
    pub pkcs11_version: String,
    /// The token's address by label and serial number.
    pub uri: TokenUri,
    /// The token's manufacturer, model and versions.
    pub token: String,
    /// The token cannot be written to.
    pub write_protected: bool,
    /// One more wrong PIN locks the token.
    pub final_try: bool,
    /// How many sessions the token allows; none when it does not say.
    pub most_sessions: Option<u64>,
    /// What the handle will use.
    pub capabilities: MasterCapabilities,
    /// What was tried, in order.
    pub operations: Vec<ProbeOperation>,
    /// The objects on the token.
    pub objects: ProbeObjects,
    /// What contradicts docs/token.md §2, and what allows too much.
    pub warnings: Vec<String>,
    /// Sections for keymanager.toml.
    pub configuration: String,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeOperation {
    /// What, such as `sign RSASSA-PSS SHA-256`.
    pub name: String,
    /// It worked.
    pub works: bool,
    /// How long it took; none when it does not work.
    pub took: Option<Duration>,
    /// Why it does not work.
    pub reason: Option<String>,
}

/// How many objects of each sort there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProbeObjects {
    /// Pairs with a certificate: what Java sees.
    pub pairs: usize,
    /// Pairs without one.
    pub pending: usize,
    /// AES keys of 256 bits.
    pub aes: usize,
    /// Private and secret keys that are not for this library.
    pub foreign: usize,
    /// Certificates, with or without a key.
    pub certificates: usize,
}

impl Token {
    /// Tries what the token can do, in the session only, and looks at the objects. Nothing is left behind.
    ///
    /// # Errors
    /// Those of a call on the token. What the token cannot do is no error.
    pub fn probe(&self) -> Result<TokenProbe> {
        let capabilities = self.capabilities()?;
        let able = capabilities.clone();
        let operations = self.pool.run(None, move |seat| seat.try_everything(&able))?;
        let mut entries = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.list(cursor)?;
            entries.extend(page.entries);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        let found = self.pool.run(self.options.creation_limit, Seat::survey)?;
        let about = self.pool.run(self.options.time_limit, Seat::about)?;
        let uri = TokenUri {
            token: Some(about.label),
            serial: Some(about.serial),
            module_path: self.uri.module_path.clone(),
            ..TokenUri::default()
        };
        let count = |test: fn(&MasterEntry) -> bool| entries.iter().filter(|entry| test(entry)).count();
        let objects = ProbeObjects {
            pairs: count(|entry| entry.certificate.is_some()),
            pending: count(|entry| entry.pending),
            aes: count(|entry| entry.kind == Some(KeyKind::Aes256)),
            foreign: found.foreign.saturating_add(count(|entry| entry.kind.is_none())),
            certificates: found.certificates,
        };
        let mut warnings = found.warnings;
        for entry in entries.iter().filter(|entry| entry.pending) {
            warnings.push(format!("{}: a private key without a certificate; Java does not see it", entry.alias));
        }
        if capabilities.oaep.is_empty() && !capabilities.raw_rsa {
            warnings.push(
                "the token neither removes OAEP padding nor does the raw RSA operation: it opens nothing".to_owned(),
            );
        }
        if about.final_try {
            warnings.push("one more wrong PIN locks the token".to_owned());
        }
        if about.write_protected {
            warnings.push("the token is write protected: no keys can be made".to_owned());
        }
        if about.most_sessions.is_some_and(|most| usize::try_from(most).is_ok_and(|most| most < self.options.sessions))
        {
            warnings.push("the token allows fewer sessions than are configured".to_owned());
        }
        let configuration = configuration(&uri, &capabilities, about.most_sessions);
        Ok(TokenProbe {
            module: about.module,
            pkcs11_version: about.pkcs11_version,
            uri,
            token: about.token,
            write_protected: about.write_protected,
            final_try: about.final_try,
            most_sessions: about.most_sessions,
            capabilities,
            operations,
            objects,
            warnings,
            configuration,
        })
    }
}

struct About {
    module: String,
    pkcs11_version: String,
    label: String,
    serial: String,
    token: String,
    write_protected: bool,
    final_try: bool,
    most_sessions: Option<u64>,
}

#[derive(Default)]
struct Survey {
    foreign: usize,
    certificates: usize,
    warnings: Vec<String>,
}

impl Seat {
    fn about(&mut self) -> Attempt<About> {
        self.session()?;
        let slot = self.shared.slot()?;
        let library = self.shared.context.get_library_info()?;
        let token = self.shared.context.get_token_info(slot)?;
        let words = |parts: &[&str]| {
            parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
        };
        let version = library.library_version();
        let module_version = format!("version {}.{}", version.major(), version.minor());
        let pkcs11 = library.cryptoki_version();
        let hardware = format!("hardware {}.{}", token.hardware_version().major(), token.hardware_version().minor());
        let firmware = format!("firmware {}.{}", token.firmware_version().major(), token.firmware_version().minor());
        Ok(About {
            module: words(&[library.library_description(), library.manufacturer_id(), &module_version]),
            pkcs11_version: format!("{}.{}", pkcs11.major(), pkcs11.minor()),
            label: token.label().trim_end().to_owned(),
            serial: token.serial_number().trim_end().to_owned(),
            token: words(&[token.manufacturer_id(), token.model(), &hardware, &firmware]),
            write_protected: token.write_protected(),
            final_try: token.user_pin_final_try(),
            most_sessions: match token.max_session_count() {
                cryptoki::slot::Limit::Max(most) => Some(most),
                _ => None,
            },
        })
    }

    fn try_everything(&mut self, able: &MasterCapabilities) -> Attempt<Vec<ProbeOperation>> {
        let mut done = Vec::new();
        if let Some(key) = self.trial_key()? {
            done.push(self.timed("decrypt raw RSA", |seat| seat.try_raw(&key)));
            for parameters in OaepParameters::software() {
                let name = format!("decrypt OAEP {}", oaep_name(&parameters));
                done.push(self.timed(&name, |seat| seat.try_oaep(&key, &parameters)));
            }
            for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
                for (name, scheme) in [
                    ("RSASSA-PKCS1-v1_5", SignatureScheme::RsaPkcs1(hash)),
                    ("RSASSA-PSS", SignatureScheme::RsaPss(hash)),
                ] {
                    let name = format!("sign {name} {}", hash_name(hash));
                    done.push(self.timed(&name, |seat| seat.try_rsa_signature(&key, scheme)));
                }
            }
            self.end_trial(key);
        }
        for kind in KeyKind::SOFTWARE {
            let listed = able.kinds.contains(&kind);
            match kind {
                KeyKind::Aes256 => done.push(self.timed("AES-256: make, encrypt, decrypt", Self::try_aes)),
                kind if kind.ec().is_some() => {
                    let name = format!("{}: make, sign", kind_name(kind));
                    done.push(self.timed(&name, |seat| seat.try_pair(kind)));
                }
                // A key of 4096 bits takes a slow token minutes: only the size of the hierarchy is made.
                KeyKind::Rsa2048 if listed => done.push(self.timed("RSA 2048: make", |seat| {
                    let (public, private) = seat.new_pair(KeyKind::Rsa2048, Keep::InSession)?;
                    seat.destroy(public)?;
                    seat.destroy(private)
                })),
                kind => done.push(ProbeOperation {
                    name: format!("{}: listed", kind_name(kind)),
                    works: listed,
                    took: None,
                    reason: (!listed).then(|| "not among the token's mechanisms".to_owned()),
                }),
            }
        }
        Ok(done)
    }

    fn timed(&mut self, name: &str, trial: impl Fn(&mut Self) -> Attempt<()>) -> ProbeOperation {
        let begun = Instant::now();
        let outcome = trial(self);
        let took = begun.elapsed();
        let reason = match outcome {
            Ok(()) => None,
            Err(Fault::Final(error)) => Some(error.detail().to_owned()),
            Err(Fault::Lost(lost)) => {
                self.give_up_session(&lost);
                Some(lost.error.detail().to_owned())
            }
        };
        ProbeOperation {
            name: name.to_owned(),
            works: reason.is_none(),
            took: reason.is_none().then_some(took),
            reason,
        }
    }

    /// Looks at every private key, secret key and certificate.
    fn survey(&mut self) -> Attempt<Survey> {
        let mut survey = Survey::default();
        let mut names: BTreeMap<(&str, Vec<u8>), usize> = BTreeMap::new();
        for (class, what) in [(ObjectClass::PRIVATE_KEY, "private key"), (ObjectClass::SECRET_KEY, "secret key")] {
            for object in self.search(&[Attribute::Class(class), Attribute::Token(true)])? {
                let found = self.attributes(
                    object,
                    &[
                        AttributeType::Id,
                        AttributeType::Label,
                        AttributeType::Sensitive,
                        AttributeType::Extractable,
                        AttributeType::Wrap,
                    ],
                )?;
                let private = class == ObjectClass::PRIVATE_KEY;
                let name = found.iter().find_map(|attribute| match attribute {
                    Attribute::Id(bytes) if private => Some(bytes.clone()),
                    Attribute::Label(bytes) if !private => Some(bytes.clone()),
                    _ => None,
                });
                let name = name.unwrap_or_default();
                let shown = shown(&name);
                if !is_alias(&name) {
                    survey.foreign = survey.foreign.saturating_add(1);
                } else {
                    let count = names.entry((what, name)).or_default();
                    *count = count.saturating_add(1);
                }
                for attribute in found {
                    let text = match attribute {
                        Attribute::Sensitive(false) => "is not SENSITIVE",
                        Attribute::Extractable(true) => "is EXTRACTABLE: it can be taken out of the token",
                        Attribute::Wrap(true) => "may WRAP: other keys can be taken out under it",
                        _ => continue,
                    };
                    survey.warnings.push(format!("{shown}: the {what} {text}"));
                }
            }
        }
        let certificates = [Attribute::Class(ObjectClass::CERTIFICATE), Attribute::Token(true)];
        for object in self.search(&certificates)? {
            survey.certificates = survey.certificates.saturating_add(1);
            for attribute in self.attributes(object, &[AttributeType::Label])? {
                if let Attribute::Label(label) = attribute
                    && !label.is_empty()
                {
                    let count = names.entry(("certificate", label)).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        for ((what, name), count) in names {
            if count > 1 {
                let text = format!(
                    "{}: {count} objects of the kind {what} have this name; Java cannot use them",
                    shown(&name)
                );
                survey.warnings.push(text);
            }
        }
        Ok(survey)
    }
}

/// What goes into keymanager.toml (docs/configuration.md).
fn configuration(uri: &TokenUri, able: &MasterCapabilities, most: Option<u64>) -> String {
    let sessions = most
        .and_then(|most| usize::try_from(most).ok())
        .map_or(super::DEFAULT_SESSIONS, |most| super::DEFAULT_SESSIONS.min(most.max(1)));
    let best = OaepParameters::of(&crate::crypto::OaepProfile::SHA256_MGF1_SHA256);
    let oaep = if able.oaep.contains(&best) { "token" } else { "software" };
    // "token" would send every profile there; where it knows some only, each is tried.
    let oaep = if oaep == "token" && able.oaep.len() < OaepParameters::software().len() { "auto" } else { oaep };
    let quoted = |value: &str| toml::Value::from(value).to_string();
    let mut text = "[master]\nkind = \"pkcs11\"\n".to_owned();
    let module = uri.module_path.as_deref().map(|path| path.to_string_lossy().into_owned());
    for (name, value) in [("module", &module), ("token", &uri.token), ("serial", &uri.serial)] {
        if let Some(value) = value {
            text.push_str(&format!("{name} = {}\n", quoted(value)));
        }
    }
    text.push_str(&format!("sessions = {sessions}\noaep = \"{oaep}\"\nraw_rsa = {}\n", able.raw_rsa));
    text
}

fn is_alias(name: &[u8]) -> bool {
    std::str::from_utf8(name)
        .is_ok_and(|text| Alias::new(text).is_ok_and(|alias| super::objects::is_token_alias(&alias)))
}

fn shown(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok("") => "an object without a name".to_owned(),
        Ok(text) if text.chars().all(|c| !c.is_control()) => text.chars().take(64).collect(),
        _ => format!("0x{}", crate::id::hex_upper(name.get(..name.len().min(32)).unwrap_or_default())),
    }
}

fn kind_name(kind: KeyKind) -> String {
    match (kind.rsa_bits(), kind.ec()) {
        (Some(bits), _) => format!("RSA {bits}"),
        (_, Some(algorithm)) => algorithm.to_string(),
        _ => "AES-256".to_owned(),
    }
}

const fn hash_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha1 => "SHA-1",
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
        HashAlgorithm::Sha512 => "SHA-512",
    }
}

fn oaep_name(parameters: &OaepParameters) -> String {
    let label = if parameters.label.is_empty() { "" } else { ", with a label" };
    format!("{} with MGF1 {}{label}", hash_name(parameters.hash), hash_name(parameters.mgf_hash))
}
