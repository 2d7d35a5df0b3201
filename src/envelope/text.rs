//! Envelopes as text: base64url without padding when writing, MOSIP's two decoders when reading (ENV-60 to ENV-63).
//!
//! The decoder of the running service is Java's: the URL alphabet, padding absent or exactly right, unused bits of the
//! last character ignored; and where that fails, the same with the standard alphabet. No white space, no mixed
//! alphabets. So one envelope has several texts: never compare texts, compare bytes.

use base64_simd::{Base64, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::error::{Code, Error, Result};

/// Base64url text without padding and without line breaks (RFC 4648 §5).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// The bytes of base64url text; the standard alphabet is read as well, but never both in one text (ENV-61).
///
/// # Errors
/// `invalid_base64`.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    let text = text.as_ref();
    decode_with(&URL_SAFE_NO_PAD, text).or_else(|_| decode_with(&STANDARD_NO_PAD, text))
}

/// The bytes of base64url text; only the URL alphabet is read, as the database's column of wrapped keys is (ENV-62).
///
/// # Errors
/// `invalid_base64`.
pub fn decode_url(text: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    decode_with(&URL_SAFE_NO_PAD, text.as_ref())
}

/// Decodes whole groups of four with the fast decoder and the last, shorter one by hand: that decoder refuses unused
/// bits that are not zero, and Java does not.
fn decode_with(alphabet: &Base64, text: &[u8]) -> Result<Vec<u8>> {
    let digits = without_padding(text)?;
    let (whole, rest) = digits.split_at_checked(digits.len() & !3).ok_or_else(invalid)?;
    let mut bytes = Vec::with_capacity(alphabet.estimated_decoded_length(digits.len()));
    alphabet.decode_append(whole, &mut bytes).map_err(|_| invalid())?;
    if rest.is_empty() {
        return Ok(bytes);
    }
    if rest.len() == 1 {
        return Err(invalid());
    }
    let mut group: u32 = 0;
    for position in 0..4 {
        let value = match rest.get(position) {
            Some(digit) => alphabet.charset().iter().position(|known| known == digit).ok_or_else(invalid)?,
            None => 0,
        };
        group = (group << 6) | u32::try_from(value).map_err(|_| invalid())?;
    }
    let [_, group @ ..] = group.to_be_bytes();
    bytes.extend(group.iter().take(rest.len().saturating_sub(1)));
    Ok(bytes)
}

/// The text without its padding, which is absent or exactly what fills the last group of four.
fn without_padding(text: &[u8]) -> Result<&[u8]> {
    let digits = match text {
        [digits @ .., b'=', b'='] | [digits @ .., b'='] => digits,
        _ => return Ok(text),
    };
    if text.len().is_multiple_of(4) { Ok(digits) } else { Err(invalid()) }
}

fn invalid() -> Error {
    Error::new(Code::InvalidBase64, "the text is not base64url")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_absent_or_exact() {
        for (text, bytes) in [("", &b""[..]), ("TQ", b"M"), ("TQ==", b"M"), ("TWE=", b"Ma"), ("TWFu", b"Man")] {
            assert_eq!(decode(text).unwrap(), bytes, "{text}");
        }
        for bad in [
            "T",
            "TQ=",
            "TQ===",
            "TWE==",
            "TWFu=",
            "TWFu==",
            "TWFuT===",
            "=",
            "==",
            "====",
            "TQ==TQ==",
            "TQ==".repeat(2).as_str(),
        ] {
            assert_eq!(decode(bad).unwrap_err().code(), Code::InvalidBase64, "{bad}");
        }
    }

    #[test]
    fn alphabets_are_not_mixed() {
        assert_eq!(decode("_-8").unwrap(), [0xff, 0xef]);
        assert_eq!(decode("/+8").unwrap(), [0xff, 0xef]);
        assert!(decode_url("/+8").is_err());
        for bad in ["_+8", "/-8", "____++++", "TWFu\n", " TWFu", "TW Fu", "TWF\u{e9}"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unused_bits_are_ignored_and_texts_go_round() {
        assert_eq!(decode("TR").unwrap(), b"M");
        assert_eq!(decode("TWF").unwrap(), b"Ma");
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..bytes.len() {
            let text = encode(&bytes[..len]);
            assert!(!text.contains('='));
            assert_eq!(decode(&text).unwrap(), bytes[..len]);
        }
    }
}
