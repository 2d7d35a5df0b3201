//! Any X.501 name as it arrived: its attributes, their texts (RFC 4514), and whether two names match (RFC 5280 §7.1).

use std::fmt::Write as _;

use const_oid::ObjectIdentifier;
use der::Tag;
use der::Tagged;

use super::oid::{self, Oid};
use super::read::{Element, Elements};
use super::unparsable;
use crate::error::Result;

/// One relative distinguished name: one attribute, seldom more.
pub(super) type Rdn<'a> = Vec<Attribute<'a>>;

/// One attribute of a name.
pub(super) struct Attribute<'a> {
    pub(super) oid: Oid<'a>,
    value: Element<'a>,
}

/// Attributes that have a short name; the first nine are those of RFC 4514 §3.
pub(super) const NAMES: [(ObjectIdentifier, &str); 11] = [
    (oid::COMMON_NAME, "CN"),
    (oid::LOCALITY, "L"),
    (oid::STATE, "ST"),
    (oid::ORGANIZATION, "O"),
    (oid::ORGANIZATIONAL_UNIT, "OU"),
    (oid::COUNTRY, "C"),
    (oid::STREET, "STREET"),
    (oid::DOMAIN_COMPONENT, "DC"),
    (oid::USER_ID, "UID"),
    (oid::EMAIL_ADDRESS, "emailAddress"),
    (oid::SERIAL_NUMBER, "serialNumber"),
];

/// Reads a name. String values are not looked into.
pub(super) fn parse(name_der: &[u8]) -> Result<Vec<Rdn<'_>>> {
    const WHAT: &str = "a distinguished name is damaged";
    let mut outer = Elements::new(name_der, WHAT)?;
    let mut sequence = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end(WHAT)?;
    let mut rdns = Vec::new();
    while let Some(set) = sequence.take_if(Tag::Set, WHAT)? {
        let mut members = set.elements(WHAT)?;
        let mut rdn = Rdn::new();
        while let Some(pair) = members.take_if(Tag::Sequence, WHAT)? {
            let mut parts = pair.elements(WHAT)?;
            let kind = parts.take(Tag::ObjectIdentifier, WHAT)?;
            let oid = Oid::read(kind.any).ok_or_else(|| unparsable(WHAT))?;
            let value = parts.next(WHAT)?.ok_or_else(|| unparsable(WHAT))?;
            parts.end(WHAT)?;
            rdn.push(Attribute { oid, value });
        }
        members.end(WHAT)?;
        if rdn.is_empty() {
            return Err(unparsable(WHAT));
        }
        rdns.push(rdn);
    }
    sequence.end(WHAT)?;
    Ok(rdns)
}

/// RFC 4514 text: most specific RDN first. A value that is not a string, or whose attribute has no short name, is
/// shown as `#` and its DER in hexadecimal.
pub(super) fn text(name_der: &[u8]) -> Result<String> {
    let mut text = String::new();
    for (index, rdn) in parse(name_der)?.iter().rev().enumerate() {
        for (inner, pair) in rdn.iter().enumerate() {
            match (index, inner) {
                (0, 0) => {}
                (_, 0) => text.push(','),
                _ => text.push('+'),
            }
            let name = NAMES.iter().find(|(oid, _)| pair.oid.is(*oid)).map(|(_, name)| *name);
            match (name, pair.string()) {
                (Some(name), Some(value)) => {
                    text.push_str(name);
                    text.push('=');
                    escape(&mut text, &value, false);
                }
                (name, _) => {
                    text.push_str(&name.map_or_else(|| pair.oid.text(), str::to_owned));
                    text.push_str("=#");
                    for byte in pair.value.der {
                        // Writing to a String cannot fail.
                        let _ = write!(text, "{byte:02x}");
                    }
                }
            }
        }
    }
    Ok(text)
}

/// Whether two names are the same: byte for byte, or attribute for attribute when letter case, runs of spaces and
/// string types are left out of account. Upstream re-encodes the issuer from text, which may change string types.
pub(super) fn same(left_der: &[u8], right_der: &[u8]) -> Result<bool> {
    if left_der == right_der {
        return Ok(true);
    }
    let canonical = |name_der| -> Result<Vec<Vec<(String, String)>>> {
        let rdns = parse(name_der)?;
        Ok(rdns
            .iter()
            .map(|rdn| {
                let mut pairs: Vec<_> = rdn.iter().map(|pair| (pair.oid.text(), pair.canonical())).collect();
                pairs.sort();
                pairs
            })
            .collect())
    };
    Ok(canonical(left_der)? == canonical(right_der)?)
}

/// Appends `value` with the escapes of RFC 4514 §2.4; `equals` escapes the equals sign as well.
pub(super) fn escape(text: &mut String, value: &str, equals: bool) {
    let inner_start = value.len().saturating_sub(value.trim_start_matches(' ').len());
    let inner_end = value.trim_end_matches(' ').len();
    for (at, letter) in value.char_indices() {
        match letter {
            ' ' if at < inner_start || at >= inner_end => text.push_str("\\ "),
            '#' if at == 0 => text.push_str("\\#"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                text.push('\\');
                text.push(letter);
            }
            '=' if equals => text.push_str("\\="),
            letter if letter.is_control() => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "\\{byte:02X}");
                }
            }
            letter => text.push(letter),
        }
    }
}

impl Attribute<'_> {
    /// The value as text, from any of the string types of RFC 5280 §4.1.2.4 that the DER reader knows.
    /// TeletexString is read as ISO 8859-1, which is what writers put in it.
    pub(super) fn string(&self) -> Option<String> {
        let bytes = self.value.any.value();
        match self.value.any.tag() {
            Tag::Utf8String => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Tag::PrintableString | Tag::Ia5String | Tag::VisibleString | Tag::NumericString => {
                bytes.is_ascii().then(|| bytes.iter().map(|byte| char::from(*byte)).collect())
            }
            Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
            Tag::BmpString => {
                let units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes));
                String::from_utf16(&units.collect::<std::result::Result<Vec<_>, _>>().ok()?).ok()
            }
            _ => None,
        }
    }

    fn canonical(&self) -> String {
        match self.string() {
            Some(value) => {
                let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
                format!("={}", words.join(" ").to_lowercase())
            }
            None => format!("#{}", crate::id::hex_upper(self.value.der)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::DistinguishedName;

    /// SEQUENCE { SET { SEQUENCE { OID, value } } … } of short values.
    fn name(values: &[(ObjectIdentifier, u8, &[u8])]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let rdns: Vec<u8> = values
            .iter()
            .flat_map(|(oid, tag, value)| {
                wrap(0x31, &wrap(0x30, &[wrap(6, oid.as_bytes()), wrap(*tag, value)].concat()))
            })
            .collect();
        wrap(0x30, &rdns)
    }

    #[test]
    fn every_string_type() {
        for (tag, bytes) in [(12, "\u{e9}".as_bytes()), (20, &[0xe9][..]), (30, &[0, 0xe9])] {
            let der = name(&[(oid::COMMON_NAME, tag, bytes)]);
            assert_eq!(text(&der).unwrap(), "CN=\u{e9}", "tag {tag}");
            assert_eq!(DistinguishedName::from_der(&der).unwrap().common_name.unwrap(), "\u{e9}");
        }
        for tag in [18, 19, 22, 26] {
            assert_eq!(text(&name(&[(oid::COMMON_NAME, tag, b"7")])).unwrap(), "CN=7", "tag {tag}");
        }
        for (tag, bytes) in [(12, &[0xff][..]), (19, &[0xe9]), (30, &[0]), (30, &[0xd8, 0]), (4, b"x"), (27, b"x")] {
            let der = name(&[(oid::COMMON_NAME, tag, bytes)]);
            assert!(text(&der).unwrap().starts_with("CN=#"), "tag {tag}");
            assert!(DistinguishedName::from_der(&der).is_err());
        }
    }

    #[test]
    fn repeated_and_unknown_attributes() {
        let der = name(&[
            (oid::ORGANIZATIONAL_UNIT, 12, b"first"),
            (oid::ORGANIZATIONAL_UNIT, 12, b"second"),
            (ObjectIdentifier::new_unwrap("2.5.4.99"), 12, b"x"),
            (oid::EMAIL_ADDRESS, 22, b"a@b"),
        ]);
        assert_eq!(text(&der).unwrap(), "emailAddress=a@b,2.5.4.99=#0c0178,OU=second,OU=first");
        assert_eq!(DistinguishedName::from_der(&der).unwrap().organizational_unit.unwrap(), "second");
    }

    #[test]
    fn names_match_across_string_types_and_case() {
        let one = name(&[(oid::COUNTRY, 19, b"IN"), (oid::COMMON_NAME, 12, b"Root  Key")]);
        let other = name(&[(oid::COUNTRY, 12, b"in"), (oid::COMMON_NAME, 19, b" root key ")]);
        assert!(same(&one, &other).unwrap());
        let swapped = name(&[(oid::COMMON_NAME, 12, b"Root  Key"), (oid::COUNTRY, 19, b"IN")]);
        assert!(!same(&one, &swapped).unwrap());
        assert!(!same(&one, &name(&[(oid::COUNTRY, 19, b"IN")])).unwrap());
    }

    #[test]
    fn attributes_of_one_rdn_have_no_order() {
        let pair = |id: ObjectIdentifier, value: &str| {
            let oid = [&[6, 3], id.as_bytes()].concat();
            let value = [&[12, u8::try_from(value.len()).unwrap()], value.as_bytes()].concat();
            [&[0x30, u8::try_from(oid.len() + value.len()).unwrap()][..], &oid, &value].concat()
        };
        let (one, other) = (pair(oid::COMMON_NAME, "x"), pair(oid::ORGANIZATION, "y"));
        let set = |pairs: [&[u8]; 2]| {
            let pairs = pairs.concat();
            let len = u8::try_from(pairs.len()).unwrap();
            [&[0x30, len + 2, 0x31, len][..], &pairs].concat()
        };
        let (left, right) = (set([&one, &other]), set([&other, &one]));
        assert!(same(&left, &right).unwrap());
        assert_eq!(text(&left).unwrap(), "CN=x+O=y");
    }

    #[test]
    fn damaged_names_are_refused() {
        let good = name(&[(oid::COUNTRY, 19, b"IN")]);
        for cut in 0..good.len() {
            assert!(parse(&good[..cut]).is_err());
        }
        for bad in ["3100", "30023100", "30023000", "300a3108300606035504060500", "0500"] {
            assert!(parse(&hex::decode(bad).unwrap()).is_err(), "{bad}");
        }
        assert!(parse(&[&good[..], &[5, 0]].concat()).is_err());
        assert!(parse(&[0x30, 0]).unwrap().is_empty());
    }
}
