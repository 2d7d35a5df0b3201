//! Object identifiers as the bytes that arrived, so that none is too long or too large to read (X.690 §8.19).

use const_oid::ObjectIdentifier;
use der::Tag;
use der::asn1::AnyRef;

pub(super) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(super) const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
pub(super) const SECP521R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
pub(super) const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

pub(super) const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
pub(super) const SHA384_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
pub(super) const SHA512_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
pub(super) const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(super) const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
pub(super) const MD5_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.4");
pub(super) const SHA1_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
pub(super) const SHA224_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.14");
pub(super) const SHA1_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
pub(super) const SHA256_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
pub(super) const SHA384_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
pub(super) const SHA512_WITH_ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");
pub(super) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(super) const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
pub(super) const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

pub(super) const PKCS7_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(super) const PKCS7_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(super) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(super) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
pub(super) const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
pub(super) const STREET: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.9");
pub(super) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
pub(super) const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
pub(super) const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
pub(super) const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");
pub(super) const USER_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1");
pub(super) const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
pub(super) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
pub(super) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
pub(super) const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
/// A comment for people, in an IA5String; the oldest extension that every program knows.
pub(super) const NETSCAPE_COMMENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.1.13");

/// An object identifier as its content bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From a value with the tag OBJECT IDENTIFIER; none when it is not one, or an arc is cut or padded.
    pub(super) fn read(value: AnyRef<'a>) -> Option<Self> {
        let bytes = (der::Tagged::tag(&value) == Tag::ObjectIdentifier).then_some(value.value())?;
        let ends = bytes.last().is_some_and(|byte| byte & 0x80 == 0);
        let padded = bytes.split_inclusive(|byte| byte & 0x80 == 0).any(|arc| arc.first() == Some(&0x80));
        (ends && !padded).then_some(Self(bytes))
    }

    pub(super) fn is(self, known: ObjectIdentifier) -> bool {
        self.0 == known.as_bytes()
    }

    /// Dotted text. An arc beyond 128 bits is written in hexadecimal.
    pub(super) fn text(self) -> String {
        let mut text = String::new();
        for (index, arc) in self.0.split_inclusive(|byte| byte & 0x80 == 0).enumerate() {
            let value =
                arc.iter().try_fold(0u128, |value, byte| Some(value.checked_mul(128)? | u128::from(byte & 0x7f)));
            match (index, value) {
                (0, Some(value)) => {
                    let first = (value / 40).min(2);
                    text.push_str(&format!("{first}.{}", value.saturating_sub(first.saturating_mul(40))));
                }
                (_, Some(value)) => text.push_str(&format!(".{value}")),
                (_, None) => text.push_str(&format!(".0x{}", crate::id::hex_upper(arc))),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(bytes: &[u8]) -> Option<String> {
        Oid::read(AnyRef::new(Tag::ObjectIdentifier, bytes).unwrap()).map(Oid::text)
    }

    #[test]
    fn any_arc_can_be_read() {
        for known in [SHA256_WITH_RSA, USER_ID, ED25519, NETSCAPE_COMMENT, SECP256K1, COMMON_NAME] {
            assert_eq!(oid(known.as_bytes()).unwrap(), known.to_string());
        }
        // 2.25 followed by a UUID, whose arc has 128 bits.
        let mut uuid = vec![0x69, 0x83];
        uuid.extend([0xff; 17]);
        uuid.push(0x7f);
        assert_eq!(oid(&uuid).unwrap(), format!("2.25.{}", u128::MAX));
        uuid.insert(1, 0x81);
        assert!(oid(&uuid).unwrap().starts_with("2.25.0x81"));
        for bad in [&[][..], &[0x2a, 0x86], &[0x2a, 0x80, 0x01]] {
            assert!(oid(bad).is_none());
        }
    }
}
