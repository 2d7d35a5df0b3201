//! Steps of the DER reader: one element at a time, each with the name of what is wanted (X.690 §10).

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, Tagged};

use super::unparsable;
use crate::error::Result;

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// The element whole, header included, as it arrived.
    pub(super) der: &'a [u8],
    /// Its tag and content.
    pub(super) any: AnyRef<'a>,
}

/// The elements of a constructed value, in order.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements in `bytes`.
    pub(super) fn new(bytes: &'a [u8], what: &'static str) -> Result<Self> {
        SliceReader::new(bytes).map(|_| Self(bytes)).map_err(|_| unparsable(what))
    }

    /// The next element, whatever it is; none at the end.
    pub(super) fn next(&mut self, what: &'static str) -> Result<Option<Element<'a>>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let damaged = || unparsable(what);
        // A certificate has about a hundred elements: each header is read once.
        let mut reader = SliceReader::new(self.0).map_err(|_| damaged())?;
        let any = AnyRef::decode(&mut reader).map_err(|_| damaged())?;
        let len = usize::try_from(reader.position()).map_err(|_| damaged())?;
        let (der, rest) = self.0.split_at_checked(len).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(Some(Element { der, any }))
    }

    /// The next element, which must be there and have the tag.
    pub(super) fn take(&mut self, tag: Tag, what: &'static str) -> Result<Element<'a>> {
        self.next(what)?.filter(|element| element.any.tag() == tag).ok_or_else(|| unparsable(what))
    }

    /// The next element if it has the tag; otherwise nothing is taken.
    pub(super) fn take_if(&mut self, tag: Tag, what: &'static str) -> Result<Option<Element<'a>>> {
        let mut ahead = *self;
        let found = ahead.next(what)?.filter(|element| element.any.tag() == tag);
        if found.is_some() {
            *self = ahead;
        }
        Ok(found)
    }

    /// Checks that nothing follows.
    pub(super) fn end(self, what: &'static str) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(unparsable(what)) }
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) fn elements(&self, what: &'static str) -> Result<Elements<'a>> {
        Elements::new(self.any.value(), what)
    }
}
