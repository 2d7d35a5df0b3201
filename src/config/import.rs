//! `keymanager.toml` from the properties of a Java deployment (docs/configuration.md).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::import_names::{self, Names};
use super::mapping::{Key, Meaning, meaning, says_secret};
use super::properties::{Property, parse};
use super::{Config, file};
use crate::error::{Code, Error, Result};
use crate::id::{AppId, RefId};

/// What came of the properties of a Java deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// The text of `keymanager.toml`; [`Config::from_toml`] reads it.
    pub toml: String,
    /// What became a key.
    pub taken: Vec<Taken>,
    /// What means nothing here, and why.
    pub left_out: Vec<LeftOut>,
    /// What somebody must look at.
    pub findings: Vec<ImportFinding>,
}

/// A property that became a key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// Its line, from 1.
    pub line: usize,
    /// Its name.
    pub property: String,
    /// The key in `keymanager.toml`, with its section: `hierarchy.root_app_id`.
    pub key: String,
    /// The value, as TOML.
    pub value: String,
}

/// A property that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its line, from 1.
    pub line: usize,
    /// Its name.
    pub property: String,
    /// Why.
    pub reason: &'static str,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportFinding {
    /// Whether the import is of no use because of it: data of that deployment could not be read here.
    pub error: bool,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The name of the property; empty for the whole file.
    pub property: String,
    /// What is wrong. Never the value of a secret.
    pub text: String,
}

/// Reads a Java deployment's `application.properties`.
///
/// # Errors
/// `too_large` for more than 1 MiB or 20 000 properties; `invalid_config`, with the line, for an escape that cannot be.
/// What is wrong with a value is a finding.
pub fn import_properties(bytes: &[u8]) -> Result<Import> {
    let mut reading = Reading::default();
    if !bytes.is_ascii() {
        reading.warn_file("the file has bytes beyond ASCII, which are read as ISO 8859-1, as Java does");
    }
    for property in reading.last_of_each(parse(bytes)?) {
        reading.take(&property);
    }
    reading.finish()
}

#[derive(Default)]
pub(super) struct Reading {
    keys: BTreeMap<Key, (String, &'static str)>,
    taken: Vec<Taken>,
    left_out: Vec<LeftOut>,
    findings: Vec<ImportFinding>,
    pub(super) names: Names,
    key_store: Option<Property>,
    key_store_path: Option<Property>,
    database: Option<Property>,
}

impl Reading {
    /// The property of each name that counts: the last one (CFG-4).
    fn last_of_each(&mut self, properties: Vec<Property>) -> Vec<Property> {
        let mut last: BTreeMap<String, Property> = BTreeMap::new();
        for property in properties {
            if let Some(before) = last.get(&property.name)
                && before.value != property.value
                && meaning(&property.name).is_some_and(|meaning| !matches!(meaning, Meaning::LeftOut(_)))
            {
                let text = format!("also on line {}, with another value; this one counts", before.line);
                self.find(false, &property, text);
            }
            last.insert(property.name.clone(), property);
        }
        let mut properties: Vec<_> = last.into_values().collect();
        properties.sort_by_key(|property| property.line);
        properties
    }

    fn take(&mut self, property: &Property) {
        // First of all, so that no rule below can show the value.
        if says_secret(&property.name) {
            return self.leave_out(property, "a secret; give it in a passphrase file or KEYMANAGER_PASSPHRASE");
        }
        let Some(meaning) = meaning(&property.name) else {
            return self.leave_out(property, "not a property of the key manager");
        };
        if let Meaning::LeftOut(reason) = meaning {
            return self.leave_out(property, reason);
        }
        if property.value.contains("${") || property.value.contains("#{") {
            let text = "has a placeholder, which only the deployment can fill in; left out, so the default holds";
            return self.find(false, property, text.to_owned());
        }
        match meaning {
            Meaning::LeftOut(_) => {}
            Meaning::App(key) => match AppId::new(property.value.as_str()) {
                Ok(_) => self.id(property, key),
                Err(error) => self.find(true, property, error.detail().to_owned()),
            },
            Meaning::Ref(key) => match RefId::new(property.value.as_str()) {
                Ok(reference) if !reference.is_blank() => self.id(property, key),
                Ok(_) => self.find(true, property, "a reference id that is not blank is needed".to_owned()),
                Err(error) => self.find(true, property, error.detail().to_owned()),
            },
            Meaning::List(key, base) => self.list(property, key, base),
            Meaning::Bool(key) => match property.value.trim().to_ascii_lowercase().as_str() {
                // The words that Spring takes.
                "true" | "on" | "yes" | "1" => self.key(property, key, "true".to_owned()),
                "false" | "off" | "no" | "0" => self.key(property, key, "false".to_owned()),
                _ => self.find(true, property, "true or false is needed".to_owned()),
            },
            Meaning::Text(key) => self.key(property, key, quoted(&property.value)),
            Meaning::OnlyText(key, only) if property.value == only => self.key(property, key, quoted(only)),
            Meaning::OnlyAlgorithm(key, only) if property.value.trim().eq_ignore_ascii_case(only) => {
                self.key(property, key, quoted(only));
            }
            Meaning::OnlyText(_, only) | Meaning::OnlyAlgorithm(_, only) => {
                self.find(true, property, format!("only {only} is supported"));
            }
            Meaning::OnlyNumber(key, only) => match property.value.trim().parse::<u32>() {
                Ok(number) if number == only => self.key(property, key, only.to_string()),
                _ => self.find(true, property, format!("only {only} is supported")),
            },
            Meaning::Same(values, error) => {
                if values.iter().any(|value| property.value.trim().eq_ignore_ascii_case(value)) {
                    self.leave_out(property, "this is the one value there is here");
                } else {
                    self.find(error, property, format!("only {} is supported", values.join(" or ")));
                }
            }
            Meaning::Warn(text) => self.find(false, property, text.to_owned()),
            Meaning::AlternativeNames => self.alternative_names(property),
            Meaning::KeyStore => self.key_store = Some(property.clone()),
            Meaning::KeyStorePath => self.key_store_path = Some(property.clone()),
            Meaning::Database => self.database = Some(property.clone()),
        }
    }

    fn id(&mut self, property: &Property, key: Key) {
        if property.value.trim() != property.value {
            self.find(false, property, "has blanks around it, which are part of the id".to_owned());
        }
        self.key(property, key, quoted(&property.value));
    }

    fn list(&mut self, property: &Property, key: Key, base: bool) {
        let mut entries = Vec::new();
        for entry in property.value.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match file::scope(entry) {
                Ok(scope) if base && scope.reference.is_blank() => {
                    self.find(false, property, format!("the entry {entry:?} is not APP:REF, and left out"));
                }
                Ok(_) => entries.push(quoted(entry)),
                Err(error) => self.find(true, property, format!("the entry {entry:?}: {}", error.detail())),
            }
        }
        self.key(property, key, format!("[{}]", entries.join(", ")));
    }

    fn key(&mut self, property: &Property, key: Key, value: String) {
        let name = if key.section.is_empty() { key.name.to_owned() } else { format!("{}.{}", key.section, key.name) };
        self.taken.push(Taken {
            line: property.line,
            property: property.name.clone(),
            key: name,
            value: value.clone(),
        });
        self.keys.insert(key, (value, key.property));
    }

    /// Alternative names as one value, for people.
    pub(super) fn names_taken(&mut self, property: &Property, key: String, names: &[(String, String)]) {
        let members: Vec<String> = names.iter().map(|(kind, text)| format!("{kind} = {}", quoted(text))).collect();
        let value = format!("{{ {} }}", members.join(", "));
        self.taken.push(Taken { line: property.line, property: property.name.clone(), key, value });
    }

    fn leave_out(&mut self, property: &Property, reason: &'static str) {
        self.left_out.push(LeftOut { line: property.line, property: property.name.clone(), reason });
    }

    pub(super) fn find(&mut self, error: bool, property: &Property, text: String) {
        let (line, property) = (property.line, property.name.clone());
        self.findings.push(ImportFinding { error, line, property, text });
    }

    fn warn_file(&mut self, text: &str) {
        let text = text.to_owned();
        self.findings.push(ImportFinding { error: false, line: 0, property: String::new(), text });
    }

    /// Where the master keys are: a PKCS#12 file can be used as it is.
    fn master(&mut self) {
        let (kind, path) = (self.key_store.take(), self.key_store_path.take());
        let kind_name = kind.as_ref().map_or("PKCS11", |kind| kind.value.trim()).to_ascii_uppercase();
        match (kind_name.as_str(), &path) {
            ("PKCS12", Some(path)) => {
                if path.value.trim().is_empty() {
                    self.find(false, path, "names no file".to_owned());
                } else {
                    self.key(path, Key::MASTER, quoted(&format!("file:{}", path.value.trim())));
                }
                if let Some(kind) = &kind {
                    self.leave_out(kind, "follows from `master`");
                }
            }
            _ => {
                let reason = match kind_name.as_str() {
                    "PKCS11" => {
                        "a token: write the section [master] with its module and label; `keymanager hsm probe` prints one"
                    }
                    "PKCS12" => "names no file; write `master` yourself",
                    "OFFLINE" => "without master keys only the encryptor works, which needs no `master`",
                    _ => "key stores of Java providers are not supported; `master` must name a key file",
                };
                for property in kind.iter().chain(&path) {
                    self.find(false, property, reason.to_owned());
                }
            }
        }
    }

    /// The comment that says where the database is.
    fn store(&mut self) -> Option<String> {
        let database = self.database.take()?;
        let text =
            "the address is written as a comment: add the user, and give the password apart with `store_password_file`";
        let rest = database.value.trim().strip_prefix("jdbc:postgresql://");
        // User and password may stand in the address or after it, and neither is written.
        let address = rest.and_then(|rest| rest.split(['?', '#']).next()).filter(|rest| !rest.contains('@'));
        let Some(address) = address.filter(|address| address.chars().all(|letter| letter.is_ascii_graphic())) else {
            self.find(false, &database, "is not understood as the address of a PostgreSQL database".to_owned());
            return None;
        };
        self.find(false, &database, text.to_owned());
        Some(format!("# store = {}  # {}\n", quoted(&format!("postgres://{address}")), database.name))
    }

    fn finish(mut self) -> Result<Import> {
        self.master();
        let mut toml = String::from("# From the properties of a Java deployment.\n");
        toml.push_str(&self.store().unwrap_or_default());
        let mut section = "";
        for (key, (value, property)) in &self.keys {
            if key.section != section {
                section = key.section;
                let _ = write!(toml, "\n[{section}]\n");
            }
            let _ = writeln!(toml, "{} = {value}  # {property}", key.name);
        }
        toml.push_str(&import_names::tables(&self.names));
        self.findings.sort_by_key(|finding| finding.line);
        self.left_out.sort_by_key(|left| left.line);
        // What is written must be readable here; that it is not would be a fault of ours.
        Config::from_toml(&toml).map_err(|error| Error::new(Code::Internal, error.detail().to_owned()))?;
        Ok(Import { toml, taken: self.taken, left_out: self.left_out, findings: self.findings })
    }
}

/// A text as TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
