//! PEM around one certificate, request or bundle (RFC 7468; docs/certificates.md CERT-3 to CERT-8).

use super::{MAX_CERTIFICATE_LEN, unparsable};
use crate::error::{Code, Error, Result};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// A plain certificate: RFC 7468 §5.1, and what old programs wrote.
pub(super) const CERTIFICATE: Form = Form {
    what: "certificate",
    labels: &["CERTIFICATE", "X509 CERTIFICATE"],
    single: "the text has more than one PEM block, and one certificate is wanted",
    max_der: MAX_CERTIFICATE_LEN,
};
/// Characters of base64 in a line.
const COLUMNS: usize = 64;

/// What a PEM block may hold.
pub(super) struct Form {
    /// What it is, for errors.
    pub(super) what: &'static str,
    /// The labels it may have; the first is written.
    pub(super) labels: &'static [&'static str],
    /// What is said to a second block.
    pub(super) single: &'static str,
    /// The most bytes of DER; the text has at most four times as many.
    pub(super) max_der: usize,
}

impl Form {
    /// Refuses DER that is too long.
    pub(super) fn check_len(&self, der: &[u8]) -> Result<()> {
        if der.len() > self.max_der {
            return Err(Error::new(Code::TooLarge, format!("a {} has at most {} bytes", self.what, self.max_der)));
        }
        Ok(())
    }
}

/// Whether these bytes are DER: a SEQUENCE whose length needs more than one byte, which no ASCII text begins with.
pub(super) fn is_der(input: &[u8]) -> bool {
    matches!(input, [0x30, 0x80..=0xff, ..])
}

/// The DER inside the one PEM block of `input`. Failures are `certificate_unparsable` whatever the form; those who read
/// another form say so themselves.
pub(super) fn decode(form: &Form, input: &[u8]) -> Result<Vec<u8>> {
    let max = form.max_der.saturating_mul(4);
    if input.len() > max {
        return Err(Error::new(Code::TooLarge, format!("a {} in PEM has at most {max} bytes", form.what)));
    }
    let (_, rest) = split_at(input, BEGIN).ok_or_else(|| unparsable("it is neither DER nor PEM"))?;
    let (label, rest) = split_at(rest, DASHES).ok_or_else(|| unparsable("the first line of the PEM block is cut"))?;
    if !form.labels.iter().any(|known| known.as_bytes() == label) {
        return Err(unparsable("the PEM block has another label"));
    }
    let (body, rest) = split_at(rest, END).ok_or_else(|| unparsable("the PEM block has no last line"))?;
    let after = rest
        .strip_prefix(label)
        .and_then(|rest| rest.strip_prefix(DASHES))
        .ok_or_else(|| unparsable("the last line of the PEM block does not match the first"))?;
    if split_at(after, BEGIN).is_some() {
        return Err(unparsable(form.single));
    }
    let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let der = base64_simd::STANDARD
        .decode_to_vec(packed)
        .map_err(|_| unparsable("the text inside the PEM block is not base64"))?;
    form.check_len(&der)?;
    Ok(der)
}

/// PEM text of `der`: 64 columns, LF, and a final newline (CERT-8).
pub(super) fn encode(form: &Form, der: &[u8]) -> String {
    let label = form.labels.first().copied().unwrap_or_default();
    let base64 = base64_simd::STANDARD.encode_to_string(der);
    let mut text = String::with_capacity(base64.len().saturating_add(base64.len() / COLUMNS).saturating_add(64));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at_checked(COLUMNS).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// What is before and after the first `needle`.
fn split_at<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = haystack.windows(needle.len()).position(|window| window == needle)?;
    let (before, from) = haystack.split_at_checked(at)?;
    Some((before, from.strip_prefix(needle)?))
}

#[cfg(test)]
mod tests {
    use super::super::MAX_PEM_LEN;
    use super::*;

    fn refusal(text: &str) -> String {
        decode(&CERTIFICATE, text.as_bytes()).unwrap_err().detail().to_owned()
    }

    #[test]
    fn lines_have_64_columns() {
        for len in [0, 1, 47, 48, 49, 96, 1000] {
            let text = encode(&CERTIFICATE, &vec![7; len]);
            assert!(text.ends_with("\n-----END CERTIFICATE-----\n"));
            assert!(text.lines().all(|line| line.len() <= 64 && !line.is_empty()));
            assert_eq!(decode(&CERTIFICATE, text.as_bytes()).unwrap(), vec![7; len]);
        }
    }

    #[test]
    fn what_is_tolerated() {
        for text in [
            "-----BEGIN CERTIFICATE-----\r\nAQID\r\n-----END CERTIFICATE-----\r\n",
            "-----BEGIN CERTIFICATE-----AQID-----END CERTIFICATE-----",
            "subject=CN = x\n\n-----BEGIN CERTIFICATE-----\n A Q\n\tID \n-----END CERTIFICATE-----\nafter",
            "\u{feff}-----BEGIN X509 CERTIFICATE-----\nAQID\n-----END X509 CERTIFICATE-----",
        ] {
            assert_eq!(decode(&CERTIFICATE, text.as_bytes()).unwrap(), [1, 2, 3], "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        let one = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        for (text, part) in [
            ("", "neither"),
            ("AQID", "neither"),
            ("-----BEGIN CERT", "cut"),
            ("-----BEGIN PRIVATE KEY-----\nAQID\n-----END PRIVATE KEY-----\n", "another label"),
            ("-----BEGIN TRUSTED CERTIFICATE-----\nAQID\n-----END TRUSTED CERTIFICATE-----\n", "another label"),
            ("-----BEGIN CERTIFICATE-----\nAQID\n", "no last line"),
            ("-----BEGIN CERTIFICATE-----\nAQID\n-----END X509 CERTIFICATE-----", "does not match"),
            ("-----BEGIN CERTIFICATE-----\nAQI\n-----END CERTIFICATE-----", "not base64"),
            ("-----BEGIN CERTIFICATE-----\nAQ_-\n-----END CERTIFICATE-----", "not base64"),
            ("-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nAQID\n-----END CERTIFICATE-----", "not base64"),
            (&format!("{one}{one}"), "more than one"),
        ] {
            assert!(refusal(text).contains(part), "{text}: {}", refusal(text));
        }
        let long = "A".repeat(MAX_PEM_LEN + 1);
        assert_eq!(decode(&CERTIFICATE, long.as_bytes()).unwrap_err().code(), Code::TooLarge);
        let large = encode(&CERTIFICATE, &vec![0; MAX_CERTIFICATE_LEN + 1]);
        assert_eq!(decode(&CERTIFICATE, large.as_bytes()).unwrap_err().code(), Code::TooLarge);
    }
}
