//! Steps of a reader of BER: definite and indefinite lengths (X.690 §8.1). It reads the outer structure of a bundle only;
//! the certificates in it are DER, and read as such.

use super::unparsable;
use crate::error::Result;

/// How deep elements of indefinite length may lie in each other; a bundle has four.
const MAX_DEPTH: usize = 8;

/// The elements in some bytes, or in the content of one element.
#[derive(Clone, Copy)]
pub(super) struct Ber<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

/// What an element begins with.
struct Header {
    tag: u8,
    len: usize,
    /// The length of the content; none when it is indefinite.
    content: Option<usize>,
}

impl<'a> Ber<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { whole: bytes, rest: bytes }
    }

    /// What is left of the content.
    pub(super) fn content(&self) -> &'a [u8] {
        self.rest
    }

    /// The element as it arrived, header included.
    pub(super) fn whole(&self) -> &'a [u8] {
        self.whole
    }

    /// The next element, whatever it is; none at the end.
    pub(super) fn next(&mut self, what: &'static str) -> Result<Option<Self>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (element, rest) = split(self.rest, MAX_DEPTH).ok_or_else(|| unparsable(what))?;
        self.rest = rest;
        Ok(Some(element))
    }

    /// The next element, which must be there and have the tag.
    pub(super) fn take(&mut self, tag: u8, what: &'static str) -> Result<Self> {
        self.take_if(tag, what)?.ok_or_else(|| unparsable(what))
    }

    /// The next element if it has the tag; otherwise nothing is taken.
    pub(super) fn take_if(&mut self, tag: u8, what: &'static str) -> Result<Option<Self>> {
        if self.rest.first() != Some(&tag) {
            return Ok(None);
        }
        self.next(what)
    }

    /// Checks that nothing follows.
    pub(super) fn end(self, what: &'static str) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(unparsable(what)) }
    }
}

/// The first element of `bytes`, and what follows it. The element's end marker is not in its content.
fn split(bytes: &[u8], depth: usize) -> Option<(Ber<'_>, &[u8])> {
    let header = header(bytes)?;
    let (_, after) = bytes.split_at_checked(header.len)?;
    let (content, marker) = match header.content {
        Some(len) => (len, 0),
        None => (end_of_contents(after, depth)?, 2),
    };
    let whole_len = header.len.checked_add(content)?.checked_add(marker)?;
    let (whole, rest) = bytes.split_at_checked(whole_len)?;
    // A marker of its own would end what is around it; it is no element.
    (header.tag != 0).then_some((Ber { whole, rest: after.get(..content)? }, rest))
}

/// How many bytes stand before the end marker that closes an element of indefinite length.
fn end_of_contents(bytes: &[u8], depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let mut rest = bytes;
    loop {
        if let [0, 0, ..] = rest {
            return bytes.len().checked_sub(rest.len());
        }
        (_, rest) = split(rest, depth)?;
    }
}

fn header(bytes: &[u8]) -> Option<Header> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    // Tag numbers of more than one byte are nowhere in a bundle.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let constructed = tag & 0x20 != 0;
    let (len, content) = match first {
        0x80 if constructed => (2, None),
        0..=0x7f => (2, Some(usize::from(first))),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count)?;
            let number =
                digits.iter().try_fold(0usize, |sum, digit| sum.checked_mul(256)?.checked_add((*digit).into()))?;
            (count.checked_add(2)?, Some(number))
        }
        _ => return None,
    };
    Some(Header { tag, len, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_and_indefinite_lengths() {
        // SEQUENCE (indefinite) { SEQUENCE (indefinite) { NULL }, INTEGER 0 }, then a NULL.
        let bytes = [0x30, 0x80, 0x30, 0x80, 5, 0, 0, 0, 2, 1, 0, 0, 0, 5, 0];
        let mut all = Ber::new(&bytes);
        let mut outer = all.take(0x30, "").unwrap();
        assert_eq!(outer.whole(), &bytes[..13]);
        let inner = outer.take(0x30, "").unwrap();
        assert_eq!((inner.whole().len(), inner.content()), (6, &[5, 0][..]));
        assert!(outer.take(0x31, "").is_err());
        assert!(outer.take_if(0x31, "").unwrap().is_none());
        assert_eq!(outer.take(2, "").unwrap().content(), [0]);
        outer.end("").unwrap();
        assert!(all.end("").is_err());
        assert_eq!(all.next("").unwrap().unwrap().whole(), [5, 0]);
        assert!(all.next("").unwrap().is_none());
    }

    #[test]
    fn what_is_refused() {
        let nested = |count: usize| [[0x30, 0x80].repeat(count), [0, 0].repeat(count)].concat();
        assert!(Ber::new(&nested(MAX_DEPTH)).next("").is_ok());
        for bad in [
            &[0x30][..],
            &[0x30, 1],
            &[0x30, 0x80],
            &[0x30, 0x80, 0],
            &[0x30, 0x80, 5, 0],
            &[0x30, 0x80, 0, 1, 0, 0, 0],
            &[0x04, 0x80, 0, 0],
            &[0x1f, 1, 0],
            &[0x3f, 0x80, 0, 0],
            &[0, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x30, 0xff],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            &[0x30, 0x82, 1],
            &nested(MAX_DEPTH + 1),
            &nested(100_000),
        ] {
            assert!(Ber::new(bad).next("").is_err(), "{:02x?}", bad.get(..bad.len().min(20)));
        }
    }
}
