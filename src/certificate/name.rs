//! Distinguished names as mosip-keys §4.2 has them (docs/certificates.md CERT-30 to CERT-36).

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::{Any, PrintableStringRef, Utf8StringRef};
use der::{Encode, Tag};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use super::name_text::{self, Rdn};
use super::{oid, unparsable};
use crate::error::{Code, Error, Result};

/// The attributes of a distinguished name. DER order is C, ST, L, O, OU, CN, one attribute in each RDN, blank ones
/// left out; C is a PrintableString, the others UTF8String.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DistinguishedName {
    /// CN.
    pub common_name: Option<String>,
    /// OU.
    pub organizational_unit: Option<String>,
    /// O.
    pub organization: Option<String>,
    /// L.
    pub location: Option<String>,
    /// ST.
    pub state: Option<String>,
    /// C.
    pub country: Option<String>,
}

impl DistinguishedName {
    /// The longest value of an attribute, in characters. More than RFC 5280 appendix A.1 has for CN (64), because a
    /// Base key's CN is `<application>-<reference>`, up to 165 characters.
    pub const MAX_CHARS: usize = 256;

    /// The name as DER (CERT-30 to CERT-33).
    ///
    /// # Errors
    /// `invalid_argument` when all attributes are blank, one is longer than [`DistinguishedName::MAX_CHARS`] or has
    /// control characters, or the country has characters that no PrintableString has.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        self.encode(false)
    }

    /// The name as DER for a certification request: as [`DistinguishedName::to_der`], but every value that fits is a
    /// PrintableString, as the JDK writes names (CERT-61).
    ///
    /// # Errors
    /// As [`DistinguishedName::to_der`].
    pub(super) fn to_request_der(&self) -> Result<Vec<u8>> {
        self.encode(true)
    }

    fn encode(&self, printable_where_it_fits: bool) -> Result<Vec<u8>> {
        let mut rdns = RdnSequence::default();
        for (attribute, label, value) in self.attributes() {
            let Some(value) = value.filter(|value| !value.trim().is_empty()) else { continue };
            if value.chars().count() > Self::MAX_CHARS {
                return Err(invalid(label, format!("has at most {} characters", Self::MAX_CHARS)));
            }
            if value.chars().any(char::is_control) {
                return Err(invalid(label, "has no control characters".to_owned()));
            }
            let printable = PrintableStringRef::new(value).ok();
            let value = match printable {
                Some(text) if printable_where_it_fits || attribute == oid::COUNTRY => {
                    Any::new(Tag::PrintableString, text.as_bytes())
                }
                None if attribute == oid::COUNTRY => {
                    return Err(invalid(label, "has only letters, digits, space and '()+,-./:=?".to_owned()));
                }
                _ => Utf8StringRef::new(value).and_then(|text| Any::new(Tag::Utf8String, text.as_bytes())),
            };
            let value = value.map_err(defect)?;
            let pair = AttributeTypeAndValue { oid: attribute, value };
            rdns.push(RelativeDistinguishedName::try_from(vec![pair]).map_err(defect)?);
        }
        if rdns.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "a distinguished name needs at least one attribute"));
        }
        rdns.to_der().map_err(defect)
    }

    /// The six attributes of any name in DER; others are left out. When one occurs several times, the one nearest to
    /// the end of the DER is taken, which is the first of the RFC 4514 text, as MOSIP does (CERT-35).
    ///
    /// # Errors
    /// `certificate_unparsable` when it is not a name, or one of the six is not a string.
    pub fn from_der(name_der: &[u8]) -> Result<Self> {
        let rdns = name_text::parse(name_der)?;
        let value = |attribute| last_value(&rdns, attribute);
        Ok(Self {
            common_name: value(oid::COMMON_NAME)?,
            organizational_unit: value(oid::ORGANIZATIONAL_UNIT)?,
            organization: value(oid::ORGANIZATION)?,
            location: value(oid::LOCALITY)?,
            state: value(oid::STATE)?,
            country: value(oid::COUNTRY)?,
        })
    }

    /// The text in the subject and issuer columns of MOSIP's certificate stores: CN, OU, O, L, ST, C in this order,
    /// joined by commas, blank ones left out (CERT-36).
    #[must_use]
    pub fn to_database(&self) -> String {
        // IETFUtils, which wrote those columns, escapes the equals sign as well.
        self.joined(|text, value| name_text::escape(text, value, true))
    }

    /// The attributes in DER order.
    fn attributes(&self) -> [(ObjectIdentifier, &'static str, Option<&str>); 6] {
        [
            (oid::COUNTRY, "C", self.country.as_deref()),
            (oid::STATE, "ST", self.state.as_deref()),
            (oid::LOCALITY, "L", self.location.as_deref()),
            (oid::ORGANIZATION, "O", self.organization.as_deref()),
            (oid::ORGANIZATIONAL_UNIT, "OU", self.organizational_unit.as_deref()),
            (oid::COMMON_NAME, "CN", self.common_name.as_deref()),
        ]
    }

    fn joined(&self, escape: impl Fn(&mut String, &str)) -> String {
        let mut text = String::new();
        for (_, label, value) in self.attributes().iter().rev() {
            let Some(value) = value.filter(|value| !value.trim().is_empty()) else { continue };
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(label);
            text.push('=');
            escape(&mut text, value);
        }
        text
    }
}

/// RFC 4514 text: most specific attribute first.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined(|text, value| name_text::escape(text, value, false)))
    }
}

fn last_value(rdns: &[Rdn<'_>], attribute: ObjectIdentifier) -> Result<Option<String>> {
    let found = rdns.iter().rev().flatten().find(|pair| pair.oid.is(attribute));
    found.map(|pair| pair.string().ok_or_else(|| unparsable("an attribute of a name is not a string"))).transpose()
}

fn invalid(label: &str, rule: String) -> Error {
    Error::new(Code::InvalidArgument, format!("the attribute {label} of a distinguished name {rule}"))
}

fn defect(_: der::Error) -> Error {
    Error::internal("a distinguished name could not be encoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> DistinguishedName {
        DistinguishedName {
            common_name: Some("REGISTRATION-10001_110011".to_owned()),
            organizational_unit: Some(" ".to_owned()),
            organization: Some("A, \"B\" = <C>".to_owned()),
            location: None,
            state: Some("#\u{e9}\u{4e00} ".to_owned()),
            country: Some("IN".to_owned()),
        }
    }

    #[test]
    fn encodes_in_order_with_the_string_types_of_mosip() {
        let der = sample().to_der().unwrap();
        let text: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(text.starts_with("305a310b300906035504061302494e3110300e06035504080c07"), "{text}");
        let order: Vec<usize> =
            ["0603550406", "0603550408", "060355040a", "0603550403"].iter().map(|id| text.find(id).unwrap()).collect();
        assert!(order.is_sorted());
        assert!(!text.contains("060355040b"));
        let back = DistinguishedName::from_der(&der).unwrap();
        assert_eq!(back, DistinguishedName { organizational_unit: None, ..sample() });
    }

    #[test]
    fn texts() {
        assert_eq!(
            sample().to_string(),
            "CN=REGISTRATION-10001_110011,O=A\\, \\\"B\\\" = \\<C\\>,ST=\\#\u{e9}\u{4e00}\\ ,C=IN"
        );
        assert!(sample().to_database().contains("O=A\\, \\\"B\\\" \\= \\<C\\>,"));
        assert_eq!(DistinguishedName::default().to_string(), "");
        let hard = Some(" #A, \"B\" + C = <D>; \\ \u{e9} ".to_owned());
        let name = DistinguishedName { common_name: hard, ..Default::default() };
        // What IETFUtils.valueToString of BouncyCastle 1.78.1 makes of that value.
        assert_eq!(name.to_database(), "CN=\\ #A\\, \\\"B\\\" \\+ C \\= \\<D\\>\\; \\\\ \u{e9}\\ ");
    }

    #[test]
    fn limits() {
        let name = |text: &str| DistinguishedName { common_name: Some(text.to_owned()), ..Default::default() };
        assert!(name(&"\u{e9}".repeat(256)).to_der().is_ok());
        for bad in [name(&"x".repeat(257)), name("a\nb"), name("a\0"), name("  "), name("")] {
            assert_eq!(bad.to_der().unwrap_err().code(), Code::InvalidArgument);
        }
        let country = |text: &str| DistinguishedName { country: Some(text.to_owned()), ..Default::default() };
        assert!(country("FRA").to_der().is_ok());
        for bad in ["\u{e9}", "I*", "I_N"] {
            assert_eq!(country(bad).to_der().unwrap_err().code(), Code::InvalidArgument);
        }
    }
}
