//! The strict reader of one certificate in DER (RFC 5280 §4.1; docs/certificates.md CERT-9 to CERT-16).

use der::Tag;
use der::asn1::BitStringRef;

use super::extension::Extensions;
use super::key;
use super::name_text;
use super::read::{Element, Elements};
use super::signature::SignatureAlgorithm;
use super::{KeyAlgorithm, context, pem, unparsable};
use crate::error::Result;
use crate::time::Timestamp;

/// The longest serial number in content bytes: RFC 5280 §4.1.2.2 has 20, and some writers add a zero byte.
const MAX_SERIAL_LEN: usize = 21;

/// The parts of a certificate, as they arrived.
pub(super) struct Fields<'a> {
    /// The part that is signed.
    pub(super) tbs_der: &'a [u8],
    /// 1, 2 or 3.
    pub(super) version: u8,
    /// Big-endian two's complement, not empty.
    pub(super) serial: &'a [u8],
    pub(super) issuer_der: &'a [u8],
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) subject_der: &'a [u8],
    pub(super) spki_der: &'a [u8],
    pub(super) key_algorithm: KeyAlgorithm,
    pub(super) extensions: Extensions,
    pub(super) signature_algorithm: SignatureAlgorithm,
    pub(super) signature: &'a [u8],
}

/// Reads one certificate and nothing else.
pub(super) fn parse(der: &[u8]) -> Result<Fields<'_>> {
    const WHAT: &str = "its outer structure is damaged";
    pem::CERTIFICATE.check_len(der)?;
    if let [0x30, 0x80, ..] = der {
        return Err(unparsable("it has an indefinite length, which DER does not allow"));
    }
    let mut outer = Elements::new(der, WHAT)?;
    let mut parts = outer.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    outer.end("bytes follow it")?;
    let tbs = parts.take(Tag::Sequence, WHAT)?;
    let algorithm = parts.take(Tag::Sequence, WHAT)?;
    let signature = parts.take(Tag::BitString, WHAT)?;
    parts.end(WHAT)?;
    let signature = signature.any.decode_as::<BitStringRef<'_>>().ok().and_then(|bits| bits.as_bytes());
    let signature = signature.ok_or_else(|| unparsable("the signature is damaged"))?;
    to_be_signed(tbs, algorithm, signature)
}

fn to_be_signed<'a>(tbs: Element<'a>, algorithm: Element<'a>, signature: &'a [u8]) -> Result<Fields<'a>> {
    const WHAT: &str = "its signed part is damaged";
    let mut parts = tbs.elements(WHAT)?;
    let version = match parts.take_if(context(0, true), WHAT)? {
        None => 1,
        Some(version) => match version.any.value() {
            // An explicit v1 is not DER, but the JDK takes it.
            [2, 1, version @ 0..=2] => version.saturating_add(1),
            _ => return Err(unparsable("its version is unknown")),
        },
    };
    let serial = parts.take(Tag::Integer, WHAT)?.any.value();
    check_serial(serial)?;
    if parts.take(Tag::Sequence, WHAT)?.der != algorithm.der {
        return Err(unparsable("the two places that name the signature algorithm differ"));
    }
    let signature_algorithm = SignatureAlgorithm::parse(algorithm)?;
    let issuer_der = parts.take(Tag::Sequence, WHAT)?.der;
    let mut validity = parts.take(Tag::Sequence, WHAT)?.elements(WHAT)?;
    let not_before = time(&mut validity)?;
    let not_after = time(&mut validity)?;
    validity.end(WHAT)?;
    let subject_der = parts.take(Tag::Sequence, WHAT)?.der;
    name_text::parse(issuer_der)?;
    name_text::parse(subject_der)?;
    let spki_der = parts.take(Tag::Sequence, WHAT)?.der;
    let key_algorithm = key::parse(spki_der)?.algorithm;

    let unique_ids = [parts.take_if(context(1, false), WHAT)?, parts.take_if(context(2, false), WHAT)?];
    if version == 1 && unique_ids.iter().any(Option::is_some) {
        return Err(unparsable("it has fields that its version does not"));
    }
    let extensions = match parts.take_if(context(3, true), WHAT)? {
        None => Extensions::default(),
        Some(_) if version != 3 => return Err(unparsable("it has extensions, which its version does not")),
        Some(explicit) => Extensions::parse(explicit.any.value())?,
    };
    parts.end(WHAT)?;
    Ok(Fields {
        tbs_der: tbs.der,
        version,
        serial,
        issuer_der,
        not_before,
        not_after,
        subject_der,
        spki_der,
        key_algorithm,
        extensions,
        signature_algorithm,
        signature,
    })
}

/// Any sign is allowed, since upstream draws 64 signed bits (CERT-12); superfluous leading bytes are not.
fn check_serial(serial: &[u8]) -> Result<()> {
    match serial {
        [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(unparsable("its serial number is damaged")),
        _ if serial.len() > MAX_SERIAL_LEN => Err(unparsable("its serial number is longer than 20 bytes")),
        _ => Ok(()),
    }
}

/// UTCTime or GeneralizedTime with seconds, in UTC (RFC 5280 §4.1.2.5).
fn time(validity: &mut Elements<'_>) -> Result<Timestamp> {
    const WHAT: &str = "a date of its validity is damaged";
    let (value, century_digits) = match validity.take_if(Tag::UtcTime, WHAT)? {
        Some(utc) => (utc.any.value(), 0),
        None => (validity.take(Tag::GeneralizedTime, WHAT)?.any.value(), 2),
    };
    let text =
        std::str::from_utf8(value).ok().and_then(|text| text.strip_suffix('Z')).ok_or_else(|| unparsable(WHAT))?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unparsable(WHAT));
    }
    let (century, rest) = text.split_at_checked(century_digits).ok_or_else(|| unparsable(WHAT))?;
    let mut pairs = rest.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    let mut next = || pairs.next().unwrap_or_default();
    let (year, month, day, hour, minute, second) = (next(), next(), next(), next(), next(), next());
    let century = match (century, year) {
        ("", year) if year >= "50" => "19",
        ("", _) => "20",
        (century, _) => century,
    };
    if rest.len() != 12 {
        return Err(unparsable(WHAT));
    }
    let text = format!("{century}{year}-{month}-{day} {hour}:{minute}:{second}");
    Timestamp::from_database(&text).map_err(|_| unparsable(WHAT))
}
