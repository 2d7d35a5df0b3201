//! The bounded view of the bytes, and base64 text decoded into such a view.

use super::report::{Finding, Severity};
use crate::envelope::parse::len_u64;
use crate::envelope::text;

/// How much of the end of a file is looked at, in bytes.
pub(super) const TAIL_LEN: usize = 128;

/// The start, the end and the size of what is inspected. Start and end overlap in short files.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) head: &'a [u8],
    pub(super) tail: &'a [u8],
    pub(super) total: u64,
}

impl<'a> View<'a> {
    /// The bytes at `offset`, if they were looked at.
    pub(super) fn get(&self, offset: u64, len: usize) -> Option<&'a [u8]> {
        let cut = |bytes: &'a [u8], offset: u64| bytes.get(usize::try_from(offset).ok()?..)?.get(..len);
        cut(self.head, offset).or_else(|| {
            let tail_start = self.total.checked_sub(len_u64(self.tail.len()))?;
            cut(self.tail, offset.checked_sub(tail_start)?)
        })
    }

    /// All of the bytes, if all were looked at.
    pub(super) fn whole(&self) -> Option<&'a [u8]> {
        (len_u64(self.head.len()) == self.total).then_some(self.head)
    }
}

/// Whether the bytes came as they are or as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Binary,
    Text,
}

/// Base64 text, decoded.
pub(super) struct Armor {
    head: Vec<u8>,
    tail: Vec<u8>,
    total: u64,
    /// The digits, without white space around them and without padding.
    digits: u64,
    white_space: bool,
    /// Other digits stand for the same bytes.
    not_canonical: bool,
    whole: bool,
}

impl Armor {
    /// Decodes the view as base64 text (ENV-61), white space around it aside; none if it is not that.
    pub(super) fn decode(view: View<'_>) -> Option<Self> {
        let start = view.head.trim_ascii_start();
        let skipped = len_u64(view.head.len().checked_sub(start.len())?);
        let end = view.tail.trim_ascii_end();
        let behind = len_u64(view.tail.len().checked_sub(end.len())?);
        let chars = view.total.checked_sub(skipped)?.checked_sub(behind)?;
        let whole = view.whole().is_some();
        let text = match view.whole() {
            Some(bytes) => bytes.trim_ascii(),
            None => start.get(..start.len() & !3)?,
        };
        if text.is_empty() {
            return None;
        }
        let head = text::decode(text).ok()?;
        let padding = end.iter().rev().take_while(|byte| **byte == b'=').count();
        let digits = chars.checked_sub(len_u64(padding))?;
        let total = digits.checked_mul(3)?.checked_div(4)?;
        let tail = if whole {
            head.get(head.len().saturating_sub(TAIL_LEN)..)?.to_vec()
        } else {
            // The end of the text, from a whole group of four on.
            let first = chars.checked_sub(len_u64(end.len()))?;
            let lead = usize::try_from(first.next_multiple_of(4).checked_sub(first)?).ok()?;
            text::decode(end.get(lead..)?).ok()?
        };
        Some(Self {
            not_canonical: padding > 0
                || text.iter().any(|byte| matches!(byte, b'+' | b'/'))
                || (whole && text::encode(&head).as_bytes().last() != text.last()),
            white_space: skipped > 0 || behind > 0,
            head,
            tail,
            total,
            digits,
            whole,
        })
    }

    /// The decoded bytes.
    pub(super) fn view(&self) -> View<'_> {
        View { head: &self.head, tail: &self.tail, total: self.total }
    }

    /// What is to be said about the text (INS-8).
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![Finding {
            severity: Severity::Info,
            code: "base64_text",
            text: format!(
                "the input is base64 text of {} digits; sizes and offsets are of the decoded bytes",
                self.digits
            ),
        }];
        let mut say = |when: bool, severity, code, text: &str| {
            if when {
                findings.push(Finding { severity, code, text: text.to_owned() });
            }
        };
        say(
            self.white_space,
            Severity::Warning,
            "white_space",
            "there is white space around the text; the key manager refuses it",
        );
        say(
            self.not_canonical,
            Severity::Info,
            "not_canonical",
            "the text is not canonical base64url (padding, the standard alphabet, or unused bits): other texts are the \
             same bytes, so compare bytes",
        );
        say(!self.whole, Severity::Info, "not_scanned", "the text is long; its middle was not checked");
        findings
    }
}
