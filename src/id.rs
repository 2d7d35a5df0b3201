//! Newtyped identifiers: application id, reference id, key scope, alias, thumbprint.

use std::fmt;

use crate::error::{Code, Error, Result};

macro_rules! text_id {
    ($(#[doc = $doc:literal])+ $name:ident, $what:literal, $min:literal, $max:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The longest accepted, in characters, as the database column has it.
            pub const MAX_CHARS: usize = $max;

            /// Checks the length and refuses NUL, which no database column can hold.
            ///
            /// # Errors
            /// [`Code::InvalidArgument`] when the text is too short, too long, or has a NUL character.
            pub fn new(text: impl Into<String>) -> Result<Self> {
                let text = text.into();
                let chars = text.chars().count();
                if !($min..=$max).contains(&chars) {
                    return Err(Error::new(
                        Code::InvalidArgument,
                        format!(concat!($what, " has {} characters, and ", stringify!($min), " to ", stringify!($max), " are allowed"), chars),
                    ));
                }
                if text.contains('\0') {
                    return Err(Error::new(Code::InvalidArgument, concat!($what, " has a NUL character")));
                }
                Ok(Self(text))
            }

            /// A constant of the library, known to be well formed.
            #[allow(dead_code, reason = "not every kind of id has constants")]
            pub(crate) fn constant(text: &'static str) -> Self {
                Self(text.to_owned())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An application id, such as `REGISTRATION`: 1 to 36 characters, compared exactly.
    AppId, "the application id", 1, 36
}
text_id! {
    /// A reference id, such as `10001_110011`: 0 to 128 characters, compared exactly. Blank for master keys.
    RefId, "the reference id", 0, 128
}
text_id! {
    /// A key's alias: its id in the database and its name in the master backend. 1 to 36 characters;
    /// ours are lower-case UUIDs.
    Alias, "the alias", 1, 36
}

impl RefId {
    /// The blank reference id of Root and Module keys.
    #[must_use]
    pub const fn blank() -> Self {
        Self(String::new())
    }

    /// Whether it is empty or white space only, which routes to the master key.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// What addresses a key, apart from time: application id and reference id (mosip-keys §1.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyScope {
    /// The application id.
    pub app: AppId,
    /// The reference id; blank for Root and Module keys.
    pub reference: RefId,
}

impl KeyScope {
    /// The scope of `app` and `reference`.
    ///
    /// # Errors
    /// Those of [`AppId::new`] and [`RefId::new`].
    pub fn new(app: impl Into<String>, reference: impl Into<String>) -> Result<Self> {
        Ok(Self { app: AppId::new(app)?, reference: RefId::new(reference)? })
    }

    /// The scope of the application's Module key (or of the Root key).
    #[must_use]
    pub fn master(app: AppId) -> Self {
        Self { app, reference: RefId::blank() }
    }
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reference.as_str().is_empty() {
            write!(f, "{}", self.app)
        } else {
            write!(f, "{}/{}", self.app, self.reference)
        }
    }
}

/// Certificate thumbprint: SHA-256 of a certificate's DER, 32 bytes. Upper-case hexadecimal as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The size in bytes.
    pub const LEN: usize = 32;

    /// From the 32 raw bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From hexadecimal text in either case.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] unless it is 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self> {
        let refuse = || Error::new(Code::InvalidArgument, "a thumbprint is 64 hexadecimal digits");
        let digits = <&[u8; 2 * Self::LEN]>::try_from(text.as_bytes()).map_err(|_| refuse())?;
        let mut bytes = [0; Self::LEN];
        if !hex_decode_to(digits, &mut bytes) {
            return Err(refuse());
        }
        Ok(Self(bytes))
    }

    /// The 32 raw bytes, as envelopes carry them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Upper-case hexadecimal, as `key_alias.cert_thumbprint` has it.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex_upper(&self.0)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// Upper-case hexadecimal text of `bytes`.
#[must_use]
pub fn hex_upper(bytes: &[u8]) -> String {
    let digit = |value: u8| if value < 10 { b'0' | value } else { value.wrapping_add(b'A' - 10) };
    let mut text = vec![0; bytes.len().saturating_mul(2)];
    for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 0xf)];
    }
    // All of it is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// The bytes of hexadecimal text in either case; `None` when it is not that.
#[must_use]
pub fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = vec![0; digits.len() / 2];
    hex_decode_to(digits, &mut bytes).then_some(bytes)
}

/// Puts into each of `bytes` what two of `digits` say; whether all of them were hexadecimal digits.
fn hex_decode_to(digits: &[u8], bytes: &mut [u8]) -> bool {
    let value = |digit: u8| match (digit.wrapping_sub(b'0'), (digit | 0x20).wrapping_sub(b'a')) {
        (number @ 0..10, _) => number,
        (_, letter @ 0..6) => letter.wrapping_add(10),
        _ => NO_DIGIT,
    };
    // No way out of the loop: the digits are random, and wrong guesses of the processor cost more than the rest.
    let mut seen = 0;
    for ([high, low], byte) in digits.as_chunks().0.iter().zip(bytes) {
        let (high, low) = (value(*high), value(*low));
        seen |= high | low;
        *byte = (high << 4) | (low & 0xf);
    }
    seen & NO_DIGIT == 0
}

/// What stands for a byte that is no digit while decoding; no digit has this bit.
const NO_DIGIT: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(AppId::new("\u{e9}".repeat(36)).is_ok());
        assert!(AppId::new("x".repeat(37)).is_err());
        assert!(AppId::new("").is_err());
        assert!(RefId::new("x".repeat(128)).is_ok());
        assert!(RefId::new("x".repeat(129)).is_err());
        assert!(RefId::new("a\0b").is_err());
        assert!(RefId::new("  ").unwrap().is_blank());
    }

    #[test]
    fn thumbprint_text() {
        let text = "00FF".repeat(16);
        let thumbprint = Thumbprint::from_hex(&text.to_lowercase()).unwrap();
        assert_eq!(thumbprint.to_hex(), text);
        for bad in ["", "00", "zz", "0x"] {
            assert!(Thumbprint::from_hex(bad).is_err());
        }
        for byte in 0..=u8::MAX {
            let digits = format!("{}0", char::from(byte));
            let value = char::from(byte).to_digit(16).map(|value| vec![u8::try_from(value << 4).unwrap()]);
            assert_eq!(hex_decode(&digits), value, "{digits:?}");
            assert_eq!(Thumbprint::from_hex(&digits.repeat(32)).is_ok(), value.is_some());
            assert_eq!(hex_upper(&[byte]), format!("{byte:02X}"));
        }
        assert!(hex_decode("+f").is_none());
    }
}
