//! Text of a distinguished name to DER, in the order of the text (RFC 4514 §3; docs/certificates.md CERT-57).

use der::asn1::{Any, Ia5StringRef, PrintableStringRef};
use der::{Encode, Tag};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use super::name_text::NAMES;
use super::oid;

/// The name that the text means: `TYPE=value` separated by commas, with the escapes of RFC 4514. The first of the text is
/// the first of the DER, as BouncyCastle reads it.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, &'static str> {
    const DAMAGED: &str = "is no distinguished name such as C=IN,O=example";
    let mut name = RdnSequence::default();
    let mut rest = text;
    loop {
        let (label, after) = rest.split_once('=').ok_or(DAMAGED)?;
        let label = label.trim();
        let kind = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(label)).map(|(kind, _)| *kind);
        let kind = kind.ok_or("has an attribute that is not known: C, ST, L, O, OU, CN, STREET, DC, UID, emailAddress and serialNumber are")?;
        let (value, next) = value(after)?;
        let string = if kind == oid::COUNTRY || kind == oid::SERIAL_NUMBER {
            PrintableStringRef::new(&value).and_then(|text| Any::new(Tag::PrintableString, text.as_bytes()))
        } else if kind == oid::DOMAIN_COMPONENT || kind == oid::EMAIL_ADDRESS {
            Ia5StringRef::new(&value).and_then(|text| Any::new(Tag::Ia5String, text.as_bytes()))
        } else {
            Any::new(Tag::Utf8String, value.as_bytes())
        };
        let value = string.map_err(|_| "has a value with characters that its attribute cannot have")?;
        let rdn = RelativeDistinguishedName::try_from(vec![AttributeTypeAndValue { oid: kind, value }]);
        name.push(rdn.map_err(|_| DAMAGED)?);
        match next {
            Some(next) => rest = next,
            None => return name.to_der().map_err(|_| DAMAGED),
        }
    }
}

/// The value at the start of `text`, and what follows its comma.
fn value(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let mut bytes = Vec::new();
    // How much is kept when the spaces at the end are dropped: those that are escaped are not.
    let mut kept = 0;
    let mut letters = text.trim_start_matches(' ').chars();
    let next = loop {
        let mut buffer = [0; 4];
        match letters.next() {
            None => break None,
            Some(',') => break Some(letters.as_str()),
            Some('\\') => {
                let letter = letters.next().ok_or("ends with a backslash")?;
                match (letter.to_digit(16), letters.clone().next().and_then(|second| second.to_digit(16))) {
                    (Some(high), Some(low)) => {
                        letters.next();
                        bytes.push(u8::try_from(high << 4 | low).unwrap_or_default());
                    }
                    _ if " \"#+,;<=>\\".contains(letter) => bytes.extend(letter.encode_utf8(&mut buffer).bytes()),
                    _ => return Err("has an escape that is not known"),
                }
                kept = bytes.len();
            }
            Some('"' | '+' | ';' | '<' | '>') => return Err("has a special character without a backslash"),
            Some('#') if bytes.is_empty() => return Err("has a value in hexadecimal, which is not read"),
            Some(letter) => {
                bytes.extend(letter.encode_utf8(&mut buffer).bytes());
                if letter != ' ' {
                    kept = bytes.len();
                }
            }
        }
    };
    bytes.truncate(kept);
    let value = String::from_utf8(bytes).map_err(|_| "has escapes that are not UTF-8")?;
    if value.is_empty() {
        return Err("has an attribute without a value");
    }
    if value.chars().any(char::is_control) {
        return Err("has control characters");
    }
    Ok((value, next))
}

#[cfg(test)]
mod tests {
    use super::super::name_text;
    use super::*;

    #[test]
    fn texts_become_names_and_come_back() {
        for (given, shown) in [
            ("CN=a", "CN=a"),
            ("C=IN, ST=KA ,o=A\\, B", "O=A\\, B,ST=KA,C=IN"),
            ("CN=\\ x\\ ,O=\\22q\\22\\+", "O=\\\"q\\\"\\+,CN=\\ x\\ "),
            ("emailAddress=a@b,DC=example", "DC=example,emailAddress=a@b"),
            ("CN=\u{6f22}\\C3\\A9", "CN=\u{6f22}\u{e9}"),
            ("CN=a=b", "CN=a=b"),
        ] {
            assert_eq!(name_text::text(&encode(given).unwrap()).unwrap(), shown, "{given}");
        }
        for bad in [
            "",
            "a",
            "CN=",
            "CN=a,",
            "CN=a,,O=b",
            "CN=a+O=b",
            "CN=\"a\"",
            "CN=#0500",
            "CN=a\\",
            "CN=\\zz",
            "CN=\\ff",
            "C=\u{e9}",
            "DC=\u{e9}",
            "1.2.3=a",
            "CN=\\0a",
        ] {
            assert!(encode(bad).is_err(), "{bad}");
        }
    }
}
