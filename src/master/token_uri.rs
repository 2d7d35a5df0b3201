//! The address of a token: RFC 7512, as far as it names a token (TOK-1, TOK-2).

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Result};

/// Names a token and its module: `pkcs11:token=LABEL?module-path=PATH`. What is given must fit exactly one token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenUri {
    /// `token`: the label.
    pub token: Option<String>,
    /// `serial`: the serial number.
    pub serial: Option<String>,
    /// `manufacturer` of the token.
    pub manufacturer: Option<String>,
    /// `model` of the token.
    pub model: Option<String>,
    /// `slot-id`: the number of the slot. Many modules give another number after a restart.
    pub slot_id: Option<u64>,
    /// `module-path`: the PKCS#11 library.
    pub module_path: Option<PathBuf>,
    /// `pin-source`: the file whose first line is the PIN. It is read by the program, not by the library.
    pub pin_source: Option<PathBuf>,
}

impl TokenUri {
    /// The address of the token with this label in this module.
    #[must_use]
    pub fn of_label(module_path: impl Into<PathBuf>, label: impl Into<String>) -> Self {
        Self { module_path: Some(module_path.into()), token: Some(label.into()), ..Self::default() }
    }

    /// Reads an address.
    ///
    /// # Errors
    /// `invalid_argument`, naming the attribute and never its value.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("pkcs11:").ok_or_else(|| invalid("the address of a token begins with pkcs11:"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        for (name, value) in attributes(path, ';') {
            uri.path_attribute(name, value?)?;
        }
        for (name, value) in attributes(query, '&') {
            uri.query_attribute(name, value?)?;
        }
        Ok(uri)
    }

    /// The PKCS#11 library.
    ///
    /// # Errors
    /// `invalid_argument` for an address without one, which names nothing that can be opened.
    pub fn module(&self) -> Result<&Path> {
        let named = self.module_path.as_deref();
        named.ok_or_else(|| invalid("the address of the token names no module: add ?module-path=PATH"))
    }

    fn path_attribute(&mut self, name: &str, value: String) -> Result<()> {
        match name {
            "token" => once(name, &mut self.token, value),
            "serial" => once(name, &mut self.serial, value),
            "manufacturer" => once(name, &mut self.manufacturer, value),
            "model" => once(name, &mut self.model, value),
            "slot-id" => {
                let number = value.parse().map_err(|_| invalid("slot-id is a number"))?;
                once(name, &mut self.slot_id, number)
            }
            "object" | "id" | "type" => Err(invalid(format!("{name} names an object, and a whole token is meant"))),
            _ => Err(invalid(format!("{} is no attribute of a token's address here", printable(name)))),
        }
    }

    fn query_attribute(&mut self, name: &str, value: String) -> Result<()> {
        match name {
            "module-path" => once(name, &mut self.module_path, PathBuf::from(value)),
            "pin-source" => {
                let path = value.strip_prefix("file:").unwrap_or(&value);
                let path = path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path);
                if path.is_empty() || path.starts_with('|') {
                    return Err(invalid("pin-source is a file: pin-source=file:PATH"));
                }
                once(name, &mut self.pin_source, PathBuf::from(path))
            }
            "pin-value" => {
                Err(invalid("pin-value: a PIN is no part of an address; name a file with pin-source=file:PATH"))
            }
            "module-name" => Err(invalid("module-name: name the library by its path, module-path=PATH")),
            _ => Err(invalid(format!("{} is no attribute of a token's address here", printable(name)))),
        }
    }
}

/// The address without `pin-source`, fit for logs and messages.
impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot_id.map(|slot| slot.to_string());
        let parts = [
            ("token", &self.token),
            ("serial", &self.serial),
            ("manufacturer", &self.manufacturer),
            ("model", &self.model),
            ("slot-id", &slot),
        ];
        f.write_str("pkcs11:")?;
        let mut separator = "";
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, "{separator}{name}={}", encode(value))?;
                separator = ";";
            }
        }
        match &self.module_path {
            Some(path) => write!(f, "?module-path={}", encode(&path.to_string_lossy())),
            None => Ok(()),
        }
    }
}

/// `name=value` pairs; a value is its text or the reason why it is none.
fn attributes(text: &str, separator: char) -> impl Iterator<Item = (&str, Result<String>)> {
    text.split(separator).filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) => (name, decode(name, value)),
        None => (pair, Err(invalid(format!("{} has no value", printable(pair))))),
    })
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<()> {
    if place.is_some() {
        return Err(invalid(format!("{name} comes twice")));
    }
    *place = Some(value);
    Ok(())
}

fn decode(name: &str, value: &str) -> Result<String> {
    let wrong = || invalid(format!("the value of {} is not well encoded", printable(name)));
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().ok_or_else(wrong)?, rest.next().ok_or_else(wrong)?];
        let digits = std::str::from_utf8(&digits).map_err(|_| wrong())?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    if text.is_empty() || text.contains('\0') {
        return Err(wrong());
    }
    Ok(text)
}

fn encode(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/:@ ".contains(byte);
    text.bytes()
        .map(|byte| match byte {
            b' ' => "%20".to_owned(),
            byte if plain(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// A name as far as it is fit to be shown.
fn printable(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect()
}

fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::InvalidArgument, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_names_a_token() {
        let uri = TokenUri::parse(
            "pkcs11:token=My%20token;serial=0a%3b1;slot-id=7?module-path=/usr/lib/a.so&pin-source=file:/etc/pin",
        )
        .unwrap();
        assert_eq!(uri.token.as_deref(), Some("My token"));
        assert_eq!(uri.serial.as_deref(), Some("0a;1"));
        assert_eq!(uri.slot_id, Some(7));
        assert_eq!(uri.module_path.as_deref(), Some(Path::new("/usr/lib/a.so")));
        assert_eq!(uri.pin_source.as_deref(), Some(Path::new("/etc/pin")));
        assert_eq!(uri.to_string(), "pkcs11:token=My%20token;serial=0a%3B1;slot-id=7?module-path=/usr/lib/a.so");
        assert_eq!(TokenUri::parse("pkcs11:").unwrap(), TokenUri::default());
        let again = TokenUri::parse(&uri.to_string()).unwrap();
        assert_eq!(TokenUri { pin_source: None, ..uri }, again);
        let spelt = TokenUri::parse("pkcs11:?pin-source=file:///etc/pin").unwrap();
        assert_eq!(spelt.pin_source.as_deref(), Some(Path::new("/etc/pin")));
        assert_eq!(TokenUri::parse("pkcs11:?pin-source=pin").unwrap().pin_source.as_deref(), Some(Path::new("pin")));
    }

    /// TOK-2: and no message repeats a value.
    #[test]
    fn refuses_the_rest_without_repeating_it() {
        for bad in [
            "file:secret",
            "pkcs11:token=secret;token=secret",
            "pkcs11:object=secret",
            "pkcs11:library-version=secret",
            "pkcs11:slot-id=secret",
            "pkcs11:token",
            "pkcs11:token=",
            "pkcs11:token=secret%0",
            "pkcs11:token=secret%zz",
            "pkcs11:token=secret%+1",
            "pkcs11:token=secret%ff",
            "pkcs11:token=secret%00",
            "pkcs11:?pin-value=secret",
            "pkcs11:?pin-source=|secret",
            "pkcs11:?pin-source=file:",
            "pkcs11:?module-name=secret",
            "pkcs11:?x-own=secret",
        ] {
            let error = TokenUri::parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{bad}");
            assert!(!error.detail().contains("secret"), "{bad}: {}", error.detail());
        }
    }
}
