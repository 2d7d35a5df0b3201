//! Alternative names of a subject (RFC 5280 §4.2.1.6; mosip-keys §4.4; docs/certificates.md CERT-53 to CERT-58).

use std::net::IpAddr;

use const_oid::ObjectIdentifier;
use der::asn1::{Any, Ia5String, Utf8StringRef};
use der::{Decode, Tag};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};

use super::directory_name;
use crate::crypto::PublicKey;
use crate::error::{Code, Error, Result};

/// The alternative names that the certificates of a scope carry; none by default.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct AlternativeNames(Vec<Name>);

/// One alternative name, checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    /// `otherName`: text under the object identifier of the subject's kind of key, as upstream writes it.
    Other(String),
    /// `email`.
    Email(String),
    /// `dns`.
    Dns(String),
    /// `directoryName`, as DER.
    Directory(Vec<u8>),
    /// `uri`.
    Uri(String),
    /// `ipAddress`.
    Ip(IpAddr),
    /// `registeredId`.
    RegisteredId(ObjectIdentifier),
}

impl AlternativeNames {
    /// The most names of one certificate.
    pub const MAX_NAMES: usize = 64;
    /// The longest name, in bytes of its text.
    pub const MAX_LEN: usize = 512;

    /// Adds the names in `values`, several of them separated by `|`, as upstream's properties have them. `kind` is
    /// `otherName`, `email`, `dns`, `directoryName`, `uri`, `ipAddress` (or `ip`) or `registeredId`. Space around a name
    /// is dropped. The names are encoded in the order in which they were added.
    ///
    /// # Errors
    /// `invalid_argument` for another kind, a name that its kind cannot have, or too many of them. An `x400Address` has
    /// no text form that could be encoded.
    pub fn add(&mut self, kind: &str, values: &str) -> Result<()> {
        for value in values.split('|').map(str::trim) {
            if value.is_empty() {
                return Err(invalid(kind, "has no value between the bars"));
            }
            if value.len() > Self::MAX_LEN {
                return Err(invalid(kind, "is too long: a name has at most 512 bytes"));
            }
            if value.chars().any(char::is_control) {
                return Err(invalid(kind, "has control characters"));
            }
            self.0.push(Name::read(kind, value)?);
            if self.0.len() > Self::MAX_NAMES {
                return Err(invalid(kind, "is one too many: a certificate has at most 64 alternative names"));
            }
        }
        Ok(())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names for a certificate of `key`.
    pub(super) fn to_general_names(&self, key: &PublicKey) -> Result<Vec<GeneralName>> {
        self.0.iter().map(|name| name.encode(key)).collect()
    }
}

impl Name {
    fn read(kind: &str, value: &str) -> Result<Self> {
        let text = value.to_owned();
        match kind {
            "otherName" => Ok(Self::Other(text)),
            "email" if is_email(value) => Ok(Self::Email(text)),
            "email" => Err(invalid(kind, "is no mail address in ASCII")),
            "dns" if is_host(value) => Ok(Self::Dns(text)),
            "dns" => {
                Err(invalid(kind, "is no host name in ASCII; names of other scripts are written in their xn-- form"))
            }
            "uri" if is_uri(value) => Ok(Self::Uri(text)),
            "uri" => Err(invalid(kind, "is no absolute URI in ASCII")),
            "directoryName" => directory_name::encode(value).map(Self::Directory).map_err(|why| invalid(kind, why)),
            "ipAddress" | "ip" => {
                value.parse().map(Self::Ip).map_err(|_| invalid(kind, "is neither an IPv4 nor an IPv6 address"))
            }
            "registeredId" => ObjectIdentifier::new(value)
                .map(Self::RegisteredId)
                .map_err(|_| invalid(kind, "is no object identifier in dotted text")),
            "x400Address" => Err(invalid(kind, "cannot be encoded: an X.400 address has no text form")),
            _ => Err(invalid(
                kind,
                "is not known; there are otherName, email, dns, directoryName, uri, ipAddress and registeredId",
            )),
        }
    }

    fn encode(&self, key: &PublicKey) -> Result<GeneralName> {
        let ascii = |text: &str| Ia5String::new(text).map_err(defect);
        Ok(match self {
            Self::Other(text) => {
                let spki = SubjectPublicKeyInfoRef::try_from(key.spki_der())
                    .map_err(|_| Error::new(Code::InvalidArgument, "the public key has no readable algorithm"))?;
                let text = Utf8StringRef::new(text).map_err(defect)?;
                let value = Any::new(Tag::Utf8String, text.as_bytes()).map_err(defect)?;
                GeneralName::OtherName(OtherName { type_id: spki.algorithm.oid, value })
            }
            Self::Email(text) => GeneralName::Rfc822Name(ascii(text)?),
            Self::Dns(text) => GeneralName::DnsName(ascii(text)?),
            Self::Directory(der) => GeneralName::DirectoryName(Decode::from_der(der).map_err(defect)?),
            Self::Uri(text) => GeneralName::UniformResourceIdentifier(ascii(text)?),
            Self::Ip(address) => {
                let octets = match address {
                    IpAddr::V4(address) => address.octets().to_vec(),
                    IpAddr::V6(address) => address.octets().to_vec(),
                };
                GeneralName::IpAddress(der::asn1::OctetString::new(octets).map_err(defect)?)
            }
            Self::RegisteredId(id) => GeneralName::RegisteredId(*id),
        })
    }
}

/// `local@host` (RFC 5280 §4.2.1.6): no display name, no brackets.
fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && local.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&byte))
            && is_host(host)
            && !host.starts_with('*')
    })
}

/// The preferred name syntax, with the underscores that are in use, and one `*` as the first label.
fn is_host(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A scheme and something behind it (RFC 3986 §4.3).
fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte))
    })
}

fn invalid(kind: &str, rule: impl std::fmt::Display) -> Error {
    let kind: String = kind.chars().filter(|letter| !letter.is_control()).take(40).collect();
    Error::new(Code::InvalidArgument, format!("the alternative name {kind} {rule}"))
}

fn defect(_: der::Error) -> Error {
    Error::internal("an alternative name could not be encoded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_what_is_not() {
        for (kind, good, bad) in [
            (
                "email",
                &["a@b", "a.b+c@d.example", " x@y "][..],
                &["a", "@b", "a@", "a b@c", "\u{e9}@b", "A <a@b>", "a@*.b"][..],
            ),
            (
                "dns",
                &["a", "a.example", "*.a.example", "xn--bcher-kva.example", "a_b.c"],
                &["\u{e9}.example", "a..b", "-a", "a b", ".", "a.", "*"],
            ),
            (
                "uri",
                &["https://a/b?c#d", "urn:uuid:1", "did:web:x"],
                &["a", ":b", "1a:b", "http:", "http://\u{e9}", "a: b"],
            ),
            ("ipAddress", &["1.2.3.4", "::1", "2001:db8::1"], &["1.2.3", "1.2.3.4/24", "1.2.3.256", "x"]),
            ("ip", &["1.2.3.4"], &["a"]),
            ("registeredId", &["1.2.3.4", "2.25.1"], &["", "1", "3.1.2", "1.2.x"]),
            ("directoryName", &["CN=a", "C=IN,O=b"], &["", "a", "XX=b"]),
            ("otherName", &["anything \u{6f22}"], &["a\nb", "a||b", ""]),
            ("x400Address", &[], &["/C=IN/"]),
            ("Dns", &[], &["a"]),
        ] {
            for value in good {
                let mut names = AlternativeNames::default();
                names.add(kind, value).unwrap_or_else(|error| panic!("{kind} {value}: {error}"));
                assert_eq!(names.len(), 1);
            }
            for value in bad {
                let error = AlternativeNames::default().add(kind, value).expect_err(value);
                assert_eq!(error.code(), Code::InvalidArgument, "{kind} {value}");
                assert!(error.detail().contains(kind), "{error}");
            }
        }
    }

    #[test]
    fn limits() {
        let mut names = AlternativeNames::default();
        assert!(names.is_empty());
        names.add("dns", &["a"; 64].join("|")).unwrap();
        assert_eq!(names.len(), 64);
        assert!(names.add("dns", "a").is_err());
        assert!(AlternativeNames::default().add("otherName", &"x".repeat(512)).is_ok());
        assert!(AlternativeNames::default().add("otherName", &"x".repeat(513)).is_err());
    }
}
