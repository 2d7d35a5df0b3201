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
#[derive(Clone)]
pub(super) struct Elements<'a>(SliceReader<'a>);

impl<'a> Elements<'a> {
    /// The elements in `bytes`.
    pub(super) fn new(bytes: &'a [u8], what: &'static str) -> Result<Self> {
        SliceReader::new(bytes).map(Self).map_err(|_| unparsable(what))
    }

    /// The next element, whatever it is; none at the end.
    pub(super) fn next(&mut self, what: &'static str) -> Result<Option<Element<'a>>> {
        if self.0.is_finished() {
            return Ok(None);
        }
        let der = self.0.tlv_bytes().map_err(|_| unparsable(what))?;
        let any = AnyRef::from_der(der).map_err(|_| unparsable(what))?;
        Ok(Some(Element { der, any }))
    }

    /// The next element, which must be there and have the tag.
    pub(super) fn take(&mut self, tag: Tag, what: &'static str) -> Result<Element<'a>> {
        self.next(what)?.filter(|element| element.any.tag() == tag).ok_or_else(|| unparsable(what))
    }

    /// The next element if it has the tag; otherwise nothing is taken.
    pub(super) fn take_if(&mut self, tag: Tag, what: &'static str) -> Result<Option<Element<'a>>> {
        let mut ahead = self.clone();
        let found = ahead.next(what)?.filter(|element| element.any.tag() == tag);
        if found.is_some() {
            *self = ahead;
        }
        Ok(found)
    }

    /// Checks that nothing follows.
    pub(super) fn end(self, what: &'static str) -> Result<()> {
        if self.0.is_finished() { Ok(()) } else { Err(unparsable(what)) }
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) fn elements(&self, what: &'static str) -> Result<Elements<'a>> {
        Elements::new(self.any.value(), what)
    }
}
