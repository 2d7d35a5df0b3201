//! Extensions: the list, and the two that decide what a key is for (RFC 5280 §4.2; docs/certificates.md CERT-15).

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Tag};

use super::oid::{self, Oid};
use super::read::Elements;
use super::unparsable;
use crate::error::Result;

/// One extension of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// Its object identifier in dotted text.
    pub oid: String,
    /// Whether a reader that does not know it must refuse the certificate.
    pub critical: bool,
    /// The DER inside its octet string.
    pub value: Vec<u8>,
}

/// The key usage bits of RFC 5280 §4.2.1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// The names of the bits, the first being bit 0.
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    /// Whether the key may sign anything but certificates and revocation lists.
    #[must_use]
    pub const fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether the key may wrap other keys.
    #[must_use]
    pub const fn key_encipherment(self) -> bool {
        self.0 & (1 << 2) != 0
    }

    /// Whether the key may sign certificates.
    #[must_use]
    pub const fn key_cert_sign(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    /// The names of the bits that are set, in the order of the bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let mut bits = self.0;
        Self::NAMES.into_iter().filter(move |_| {
            let set = bits & 1 != 0;
            bits >>= 1;
            set
        })
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let bits = BitStringRef::from_der(der).ok()?;
        let mut usage = 0u16;
        for (index, set) in bits.bits().enumerate().take(Self::NAMES.len()) {
            if set {
                usage |= 1u16.checked_shl(u32::try_from(index).ok()?)?;
            }
        }
        Some(Self(usage))
    }
}

/// The basic constraints of RFC 5280 §4.2.1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub ca: bool,
    /// How many more issuers may stand between it and an end entity; none when there is no limit.
    pub path_len: Option<u32>,
}

impl BasicConstraints {
    fn parse(der: &[u8]) -> Result<Self> {
        const WHAT: &str = "the basic constraints are damaged";
        let mut outer = Elements::new(der, WHAT)?;
        let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
        outer.end(WHAT)?;
        let ca = parts.take_if(Tag::Boolean, WHAT)?.map(|flag| flag.any.decode_as::<bool>()).transpose();
        let ca = ca.map_err(|_| unparsable(WHAT))?.unwrap_or(false);
        let path_len = parts.take_if(Tag::Integer, WHAT)?.map(|number| number.any.decode_as::<u32>()).transpose();
        let path_len = path_len.map_err(|_| unparsable(WHAT))?;
        parts.end(WHAT)?;
        Ok(Self { ca, path_len })
    }
}

/// The extensions of a certificate, and the meaning of those this library acts on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Extensions {
    pub(super) list: Vec<Extension>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
}

impl Extensions {
    /// Reads the SEQUENCE OF Extension inside the tag `[3]`.
    pub(super) fn parse(sequence_der: &[u8]) -> Result<Self> {
        const WHAT: &str = "the extensions are damaged";
        let mut outer = Elements::new(sequence_der, WHAT)?;
        let mut members = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
        outer.end(WHAT)?;
        let mut extensions = Self::default();
        while let Some(member) = members.take_if(Tag::Sequence, WHAT)? {
            let mut parts = member.elements(WHAT)?;
            let id = Oid::read(parts.take(Tag::ObjectIdentifier, WHAT)?.any).ok_or_else(|| unparsable(WHAT))?;
            let critical = parts.take_if(Tag::Boolean, WHAT)?.map(|flag| flag.any.decode_as::<bool>()).transpose();
            let critical = critical.map_err(|_| unparsable(WHAT))?.unwrap_or(false);
            let value: AnyRef<'_> = parts.take(Tag::OctetString, WHAT)?.any;
            parts.end(WHAT)?;
            let value = value.value();
            if id.is(oid::BASIC_CONSTRAINTS) {
                extensions.basic_constraints = Some(BasicConstraints::parse(value)?);
            } else if id.is(oid::KEY_USAGE) {
                extensions.key_usage =
                    Some(KeyUsage::parse(value).ok_or_else(|| unparsable("the key usage is damaged"))?);
            }
            let oid = id.text();
            if extensions.list.iter().any(|other| other.oid == oid) {
                return Err(unparsable("an extension occurs twice"));
            }
            extensions.list.push(Extension { oid, critical, value: value.to_vec() });
        }
        members.end(WHAT)?;
        if extensions.list.is_empty() {
            return Err(unparsable(WHAT));
        }
        Ok(extensions)
    }
}
