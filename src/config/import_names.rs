//! Alternative names in the properties of a Java deployment (CFG-12).

use std::collections::BTreeMap;

use super::import::Reading;
use super::json_map;
use super::properties::Property;
use crate::certificate::AlternativeNames;
use crate::id::KeyScope;

/// What such a property begins with.
pub(super) const PREFIX: &str = "mosip.kernel.keymanager.certificate.san-parameters";
/// The reference of a master key in the name of such a property.
const BLANK: &str = "BLANK";
/// The kinds that the Java service writes into certificates; it leaves out any other.
const KINDS: [&str; 9] =
    ["otherName", "email", "dns", "x400Address", "directoryName", "uri", "ipAddress", "ip", "registeredId"];

/// The names of each scope: kind and text.
pub(super) type Names = BTreeMap<KeyScope, Vec<(String, String)>>;

impl Reading {
    /// `san-parameters.APP.REF` or `san-parameters[APP.REF]`, whose value is a JSON object of kinds and texts. The Java
    /// service reads an object in single quotes too, and takes anything else for no names at all.
    pub(super) fn alternative_names(&mut self, property: &Property) {
        let rest = property.name.strip_prefix(PREFIX).unwrap_or_default();
        let bracketed = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let plain = rest.strip_prefix('.');
        let Some((app, reference)) = bracketed.or(plain).and_then(|rest| rest.split_once('.')) else {
            let text = "names no application and reference id (APP.REF), so the Java service ignores it; left out";
            return self.find(false, property, text.to_owned());
        };
        let blank = reference == BLANK;
        let scope = match KeyScope::new(app, if blank { "" } else { reference }) {
            Ok(scope) if scope.reference.is_blank() == blank => scope,
            Ok(_) => return self.find(true, property, format!("write {BLANK} for the blank reference id")),
            Err(error) => return self.find(true, property, error.detail().to_owned()),
        };
        let Some(members) = json_map::parse(&property.value.replace('\'', "\"")) else {
            let text = "is no JSON object of texts, so the Java service makes no names of it; left out";
            return self.find(false, property, text.to_owned());
        };
        let dropped = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '.';
        if bracketed.is_none() && rest.contains(dropped) {
            let text = "the Java service drops other letters than those of ASCII, digits, `-` and `.` from such a name, \
                        unless it is in brackets, and finds nothing then; taken as it is written";
            self.find(false, property, text.to_owned());
        }
        let mut checked = AlternativeNames::default();
        let mut names = Vec::new();
        for (kind, text) in members {
            if !KINDS.contains(&kind.as_str()) {
                let text = format!("the Java service knows no alternative name of the kind {kind:?}; left out");
                self.find(false, property, text);
                continue;
            }
            match checked.add(&kind, &text) {
                Ok(()) => names.push((kind, text)),
                Err(error) => self.find(true, property, error.detail().to_owned()),
            }
        }
        let reference = if blank { BLANK } else { reference };
        self.names_taken(property, format!("certificate.san.{app}.{reference}"), &names);
        if self.names.insert(scope, names).is_some() {
            let text = "also given under another spelling of its name; this one counts";
            self.find(false, property, text.to_owned());
        }
    }
}

/// The tables of `keymanager.toml`.
pub(super) fn tables(names: &Names) -> String {
    let quoted = super::import::quoted;
    let mut text = String::new();
    for (scope, names) in names.iter().filter(|(_, names)| !names.is_empty()) {
        let reference = if scope.reference.is_blank() { BLANK } else { scope.reference.as_str() };
        text.push_str(&format!("\n[certificate.san.{}.{}]  # {PREFIX}\n", key(scope.app.as_str()), key(reference)));
        for (kind, value) in names {
            text.push_str(&format!("{kind} = {}\n", quoted(value)));
        }
    }
    text
}

/// A text as a part of a key in TOML: a basic string, which has one line.
fn key(text: &str) -> String {
    let mut key = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => key.extend(['\\', letter]),
            letter if letter.is_control() => key.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => key.push(letter),
        }
    }
    key.push('"');
    key
}
