//! Serial numbers: decimal text, and new ones (docs/certificates.md CERT-12, CERT-42).

use crate::error::{Code, Error, Result};
use crate::random::RandomSource;

/// How often a source may give a zero before it is taken for broken; once in 2^63 is chance.
const DRAWS: usize = 4;

/// The decimal text of a big-endian two's complement number of any size.
pub(super) fn decimal(number: &[u8]) -> String {
    let negative = number.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude = number.to_vec();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut remainder = 0u16;
        for byte in &mut magnitude {
            let value = (remainder << 8) | u16::from(*byte);
            // The remainder is below 10, so value / 10 is below 256.
            *byte = u8::try_from(value / 10).unwrap_or_default();
            remainder = value % 10;
        }
        digits.push(char::from_digit(u32::from(remainder), 10).unwrap_or('0'));
    }
    if digits.is_empty() {
        digits.push('0');
    }
    if negative {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

/// 63 random bits as eight big-endian bytes, positive and not zero.
pub(super) fn draw(random: &dyn RandomSource) -> Result<[u8; 8]> {
    for _ in 0..DRAWS {
        let mut bytes = [0; 8];
        random.fill(&mut bytes)?;
        let value = u64::from_be_bytes(bytes) & (u64::MAX >> 1);
        if value != 0 {
            return Ok(value.to_be_bytes());
        }
    }
    Err(Error::new(Code::RandomFailed, "the source of randomness gives only zeros"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_of_any_sign() {
        for value in [0, 1, -1, 9, 10, 127, 128, -128, -129, i64::MAX, i64::MIN, 1_234_567_890_123_456_789] {
            assert_eq!(decimal(&value.to_be_bytes()), value.to_string());
        }
        for value in [i128::MAX, i128::MIN, -1] {
            assert_eq!(decimal(&value.to_be_bytes()), value.to_string());
        }
        assert_eq!(decimal(&[0x80]), "-128");
    }

    #[derive(Debug)]
    struct Fixed(u8);

    impl RandomSource for Fixed {
        fn fill(&self, out: &mut [u8]) -> Result<()> {
            out.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn new_ones_are_positive() {
        assert_eq!(draw(&Fixed(0xff)).unwrap(), i64::MAX.to_be_bytes());
        assert_eq!(draw(&Fixed(0)).unwrap_err().code(), Code::RandomFailed);
    }
}
