//! The ASN.1 of a key file: strict DER, each element kept as the bytes that arrived.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Header, Length, Reader, Sequence, SliceReader, Tag, TagNumber, Tagged};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use crate::error::{Code, Error, Result};

/// `1.2.840.113549.1.9.20`: the alias of an entry, as BMPString.
pub(super) const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
/// `1.2.840.113549.1.9.21`: what joins a key and its certificate.
pub(super) const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
/// `2.16.840.1.113894.746875.1.1`: Java's mark of a trusted certificate.
pub(super) const TRUSTED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113894.746875.1.1");
/// `1.2.840.113549.1.7.1`.
pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// `1.2.840.113549.1.7.6`.
pub(super) const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");

/// `SafeBag` (RFC 7292 §4.2), its parts as they arrived.
pub(super) struct BagView<'a> {
    pub(super) id: ObjectIdentifier,
    /// What the explicit `[0]` holds.
    pub(super) value: &'a [u8],
    /// The whole SET of attributes; empty when there is none.
    pub(super) attributes: &'a [u8],
}

impl<'a> BagView<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self> {
        let mut parts = elements(content(der, Tag::Sequence)?)?.into_iter();
        let id = parts.next().ok_or_else(|| damaged("a bag without a kind"))?;
        let id = ObjectIdentifier::from_der(id).map_err(|_| damaged("the kind of a bag is no object identifier"))?;
        let value = parts.next().ok_or_else(|| damaged("a bag without content"))?;
        let value = content(value, CONTEXT_0)?;
        let attributes = parts.next().unwrap_or_default();
        if parts.next().is_some() {
            return Err(damaged("a bag has more than three parts"));
        }
        Ok(Self { id, value, attributes })
    }

    /// The first value of the attribute `id`.
    pub(super) fn attribute(&self, id: &ObjectIdentifier) -> Result<Option<&'a [u8]>> {
        if self.attributes.is_empty() {
            return Ok(None);
        }
        for attribute in elements(content(self.attributes, Tag::Set)?)? {
            let parts = elements(content(attribute, Tag::Sequence)?)?;
            let [name, values] = parts.as_slice() else {
                return Err(damaged("an attribute has other than two parts"));
            };
            let name = ObjectIdentifier::from_der(name).map_err(|_| damaged("an attribute without a name"))?;
            if name == *id {
                return Ok(elements(content(values, Tag::Set)?)?.first().copied());
            }
        }
        Ok(None)
    }

    /// The alias in the attributes.
    pub(super) fn friendly_name(&self) -> Result<Option<String>> {
        self.attribute(&FRIENDLY_NAME)?
            .map(|value| {
                let units = content(value, Tag::BmpString)?;
                let (pairs, rest) = units.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(damaged("the name of a bag is no BMPString"));
                }
                let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
                char::decode_utf16(units)
                    .collect::<Result<_, _>>()
                    .map_err(|_| damaged("the name of a bag is no BMPString"))
            })
            .transpose()
    }

    /// What joins a key and its certificate.
    pub(super) fn local_key_id(&self) -> Result<Option<&'a [u8]>> {
        self.attribute(&LOCAL_KEY_ID)?.map(|value| content(value, Tag::OctetString)).transpose()
    }
}

/// `SecretBag` (RFC 7292 §4.2.5) as Java writes it: the kind of bag that is inside, and its DER in an OCTET STRING.
pub(super) fn parse_secret_bag(der: &[u8]) -> Result<(ObjectIdentifier, &[u8])> {
    let parts = elements(content(der, Tag::Sequence)?)?;
    let [id, value] = parts.as_slice() else {
        return Err(damaged("a secret bag has other than two parts"));
    };
    let id = ObjectIdentifier::from_der(id).map_err(|_| damaged("the kind of a secret is no object identifier"))?;
    Ok((id, content(value, CONTEXT_0)?))
}

/// `PBKDF2-params` (RFC 8018 §A.2), with its default for the function.
#[derive(Sequence)]
pub(super) struct Pbkdf2Parameters<'a> {
    pub(super) salt: &'a OctetStringRef,
    pub(super) iterations: u32,
    pub(super) key_length: Option<u16>,
    pub(super) prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// `pkcs-12PbeParams` (RFC 7292 §C).
#[derive(Sequence)]
pub(super) struct Pkcs12Parameters<'a> {
    pub(super) salt: &'a OctetStringRef,
    pub(super) iterations: u32,
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 §3).
#[derive(Sequence)]
pub(super) struct Sealed<'a> {
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) data: &'a OctetStringRef,
}

/// Each element of a concatenation, whole.
pub(super) fn elements(der: &[u8]) -> Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(der).map_err(not_der)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(reader.tlv_bytes().map_err(not_der)?);
    }
    Ok(found)
}

/// The content of the one element that `der` is.
pub(super) fn content(der: &[u8], tag: Tag) -> Result<&[u8]> {
    let any = AnyRef::from_der(der).map_err(not_der)?;
    if any.tag() != tag {
        return Err(damaged(format!("a {tag} was expected and a {} is there", any.tag())));
    }
    Ok(any.value())
}

/// An element with `tag` around `parts`.
pub(super) fn element(tag: Tag, parts: &[&[u8]]) -> Result<Vec<u8>> {
    let len = parts.iter().try_fold(0usize, |sum, part| sum.checked_add(part.len()));
    let len = len.and_then(|len| Length::try_from(len).ok()).ok_or_else(too_long)?;
    let mut out = Header::new(tag, len).to_der().map_err(|_| too_long())?;
    for part in parts {
        out.extend_from_slice(part);
    }
    Ok(out)
}

/// The DER of a structure made here.
pub(super) fn encode(value: &impl Encode) -> Result<Vec<u8>> {
    value.to_der().map_err(|_| too_long())
}

/// The attributes of an entry, in Java's order: name, joining id.
pub(super) fn entry_attributes(alias: &str, local_key_id: &[u8]) -> Result<Vec<u8>> {
    let units: Vec<u8> = alias.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let attribute =
        |id: &ObjectIdentifier, value: Vec<u8>| element(Tag::Sequence, &[&encode(id)?, &element(Tag::Set, &[&value])?]);
    let name = attribute(&FRIENDLY_NAME, element(Tag::BmpString, &[&units])?)?;
    let id = attribute(&LOCAL_KEY_ID, element(Tag::OctetString, &[local_key_id])?)?;
    element(Tag::Set, &[&name, &id])
}

/// A `SafeBag` from its parts.
pub(super) fn bag(id: &ObjectIdentifier, value: &[u8], attributes: &[u8]) -> Result<Vec<u8>> {
    element(Tag::Sequence, &[&encode(id)?, &element(CONTEXT_0, &[value])?, attributes])
}

/// The value of a `SecretBag` around a shrouded key.
pub(super) fn secret_bag_value(sealed: &[u8]) -> Result<Vec<u8>> {
    let inner = element(CONTEXT_0, &[&element(Tag::OctetString, &[sealed])?])?;
    element(Tag::Sequence, &[&encode(&pkcs12::PKCS_12_PKCS8_KEY_BAG_OID)?, &inner])
}

/// `key_file_damaged` with what is wrong.
pub(super) fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(Code::KeyFileDamaged, format!("the key file is damaged: {what}"))
}

fn not_der(_: der::Error) -> Error {
    damaged("a part is not DER")
}

fn too_long() -> Error {
    Error::new(Code::TooLarge, "the key file would be too large")
}

/// Explicit `[0]`.
pub(super) const CONTEXT_0: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
