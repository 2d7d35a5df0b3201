//! The strict parser: fixed offsets, minimum lengths, no searching, no key touched (ENV-20 to ENV-28).

use super::session_key::KeyBlock;
use super::shape::{AAD_LEN, Aad, END_NONCE_LEN, MAX_HEAD_LEN, NONCE_LEN, Nonce, Shape};
use super::{HEADER, HEADER_FAMILY, Layout, WRAPPED_KEY_LEN};
use crate::crypto::{CryptoProvider, PrivateKey, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::id::Thumbprint;
use crate::secret::Aes256Key;

/// The longest salt accepted when reading, in bytes (ENV-28).
pub(super) const MAX_SALT_LEN: usize = 64;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The layout, when two readings fit, or to accept no other.
    pub layout: Option<Layout>,
    /// Legacy layouts to accept besides the four standard ones.
    pub accept: Vec<Layout>,
    /// The caller's AAD.
    pub aad: Vec<u8>,
    /// The caller's salt of 1 to 64 bytes; none when there is none.
    pub salt: Option<Vec<u8>>,
}

/// A parsed envelope. No key was touched. It borrows the bytes that arrived.
#[derive(Debug)]
pub struct ParsedEnvelope<'a> {
    /// The layout.
    pub layout: Layout,
    /// The recipient's thumbprint, where the layout has one.
    pub thumbprint: Option<Thumbprint>,
    /// The RSA ciphertext of the session key, 256 bytes.
    pub wrapped_key: &'a [u8],
    /// The GCM nonce.
    pub nonce: &'a [u8],
    /// The GCM AAD.
    pub aad: &'a [u8],
    /// The ciphertext, without its tag.
    pub ciphertext: &'a [u8],
    /// The tag.
    pub tag: [u8; TAG_LEN],
}

/// Parses an envelope strictly: fixed offsets, minimum lengths, no scanning.
///
/// # Errors
/// `envelope_truncated`, `envelope_version`, `envelope_layout`, `envelope_ambiguous` about the bytes;
/// `salt_missing`, `unexpected_context`, `invalid_nonce` about the salt and AAD that were given or not.
pub fn parse<'a>(envelope: &'a [u8], options: &'a OpenOptions) -> Result<ParsedEnvelope<'a>> {
    let total = u64::try_from(envelope.len()).unwrap_or(u64::MAX);
    let (layout, shape) = layout_of(envelope, Some(total), options)?;
    check_context(layout, shape, options)?;
    let head = Head::new(layout, shape, envelope)?;
    let (ciphertext, tail) = envelope
        .get(shape.payload..)
        .and_then(|rest| rest.split_at_checked(rest.len().checked_sub(shape.tail_len())?))
        .ok_or_else(|| truncated(shape.min_len(), total))?;
    let (tag, end_nonce) = split_tail(tail)?;
    Ok(ParsedEnvelope {
        layout,
        thumbprint: head.thumbprint,
        wrapped_key: head.wrapped_key,
        nonce: match shape.nonce {
            Nonce::At(_) => head.nonce,
            Nonce::End => end_nonce,
            Nonce::Caller => options.salt.as_deref().unwrap_or_default(),
        },
        aad: match shape.aad {
            Aad::At(_) => head.aad,
            Aad::Caller => &options.aad,
        },
        ciphertext,
        tag,
    })
}

impl<'a> ParsedEnvelope<'a> {
    /// What finds and unwraps the session key.
    #[must_use]
    pub fn key_block(&self) -> KeyBlock<'a> {
        KeyBlock { layout: self.layout, thumbprint: self.thumbprint, wrapped_key: self.wrapped_key }
    }

    /// Unwraps the session key; see [`KeyBlock::unwrap_session_key`]: a bad wrapped key shows when opening, not here.
    ///
    /// # Errors
    /// Those of a master backend that is not there, and the like.
    pub fn unwrap_session_key(&self, provider: &CryptoProvider, key: &dyn PrivateKey) -> Result<Aes256Key> {
        self.key_block().unwrap_session_key(provider, key)
    }
}

/// The fields before the ciphertext.
pub(super) struct Head<'a> {
    pub(super) thumbprint: Option<Thumbprint>,
    pub(super) wrapped_key: &'a [u8],
    /// Empty where the nonce is not here.
    pub(super) nonce: &'a [u8],
    /// Empty where the AAD is not here.
    pub(super) aad: &'a [u8],
}

impl<'a> Head<'a> {
    /// Cuts the fields out of the start of an envelope.
    pub(super) fn new(layout: Layout, shape: &Shape, bytes: &'a [u8]) -> Result<Self> {
        let field = |offset: usize, len: usize| {
            let end = offset.checked_add(len).ok_or(Error::internal("an offset of a layout overflowed"))?;
            bytes.get(offset..end).ok_or_else(|| {
                Error::new(
                    Code::EnvelopeTruncated,
                    format!("the envelope ends before byte {end} of the layout {layout}"),
                )
            })
        };
        let thumbprint = match shape.thumbprint {
            Some(offset) => Some(Thumbprint::from_bytes(
                field(offset, Thumbprint::LEN)?.try_into().map_err(|_| Error::internal("a thumbprint has 32 bytes"))?,
            )),
            None => None,
        };
        Ok(Self {
            thumbprint,
            wrapped_key: field(shape.wrapped_key, WRAPPED_KEY_LEN)?,
            nonce: match shape.nonce {
                Nonce::At(offset) => field(offset, NONCE_LEN)?,
                Nonce::End | Nonce::Caller => &[],
            },
            aad: match shape.aad {
                Aad::At(offset) => field(offset, AAD_LEN)?,
                Aad::Caller => &[],
            },
        })
    }
}

/// Splits what follows the ciphertext into the tag and the IV, which may be empty.
pub(super) fn split_tail(tail: &[u8]) -> Result<([u8; TAG_LEN], &[u8])> {
    match tail.split_first_chunk::<TAG_LEN>() {
        Some((tag, nonce)) if nonce.is_empty() || nonce.len() == END_NONCE_LEN => Ok((*tag, nonce)),
        _ => Err(Error::internal("a tail is a tag, or a tag and an IV")),
    }
}

/// A way to read the bytes.
type Reading = (Layout, &'static Shape);

/// Every reading of a start of an envelope, in the order of precedence: header, 288, 332, then the legacy ones (ENV-21).
/// The salt decides between the two readings of one offset (ENV-25).
pub(super) fn all_readings(salt_given: bool) -> [Reading; 6] {
    let headerless = if salt_given { Layout::Salt } else { Layout::Aad };
    [
        Layout::VerR2,
        Layout::VerR2NoThumbprint,
        headerless,
        Layout::Packet,
        Layout::NoThumbprint,
        Layout::PacketNoThumbprint,
    ]
    .map(|layout| (layout, layout.shape(salt_given)))
}

/// Decides the layout from the first bytes of an envelope: all of them, or at least [`MAX_HEAD_LEN`]. `total` is the
/// size of the whole, none when it is not known yet (then the minimum length is checked at the end).
pub(super) fn layout_of(head: &[u8], total: Option<u64>, options: &OpenOptions) -> Result<Reading> {
    let salt_given = options.salt.is_some();
    let long_enough = |shape: &Shape| total.is_none_or(|total| total >= len_u64(shape.min_len()));
    if let Some(layout) = options.layout {
        let shape = layout.shape(salt_given);
        return match (shape.fits(head), long_enough(shape)) {
            (true, true) => Ok((layout, shape)),
            (true, false) => Err(truncated(shape.min_len(), total.unwrap_or_default())),
            (false, _) => Err(no_reading(head, &[(layout, shape)], &[])),
        };
    }
    let (candidates, refused): (Vec<Reading>, Vec<Reading>) = all_readings(salt_given)
        .into_iter()
        .partition(|(layout, _)| layout.is_writable() || options.accept.contains(layout));
    let fitting: Vec<Reading> = candidates.iter().copied().filter(|(_, shape)| shape.fits(head)).collect();
    match fitting.as_slice() {
        [] => Err(no_reading(head, &candidates, &refused)),
        [(layout, shape)] if long_enough(shape) => Ok((*layout, shape)),
        [(layout, shape)] => {
            let error = truncated(shape.min_len(), total.unwrap_or_default());
            // A short `salt` envelope read without its salt.
            let salt_fits = *layout == Layout::Aad && long_enough(Layout::Salt.shape(true));
            Err(if salt_fits { error.context("it may be of the layout salt; then give the salt") } else { error })
        }
        several => {
            let names: Vec<&str> = several.iter().map(|(layout, _)| layout.as_str()).collect();
            Err(Error::new(
                Code::EnvelopeAmbiguous,
                format!("the envelope can be read as {}: the splitter is at both places", names.join(" and as ")),
            ))
        }
    }
}

/// The error when nothing fits: truncated, an unknown version, or no splitter where one must be (ENV-22, ENV-24).
fn no_reading(head: &[u8], candidates: &[Reading], refused: &[Reading]) -> Error {
    let legacy: Vec<&str> =
        refused.iter().filter(|(_, shape)| shape.fits(head)).map(|(layout, _)| layout.as_str()).collect();
    if !legacy.is_empty() {
        return Error::new(
            Code::EnvelopeLayout,
            format!(
                "the bytes fit only the legacy layout {}, which is not accepted unless it is named",
                legacy.join(", ")
            ),
        );
    }
    if let Some((_, version)) = header_version(head).filter(|(known, _)| !known) {
        return Error::new(
            Code::EnvelopeVersion,
            format!("the envelope begins with VER_ and the unknown version {}", version.escape_ascii()),
        );
    }
    let has_header = head.starts_with(HEADER);
    let longest = candidates
        .iter()
        .filter(|(_, shape)| shape.header == has_header)
        .map(|(_, shape)| shape.splitter_end())
        .max()
        .unwrap_or(MAX_HEAD_LEN);
    if head.len() < longest {
        return Error::new(
            Code::EnvelopeTruncated,
            format!("{} bytes end before a splitter can: at least {longest} are needed", head.len()),
        );
    }
    let offsets: Vec<String> = candidates.iter().map(|(_, shape)| shape.splitter.to_string()).collect();
    Error::new(Code::EnvelopeLayout, format!("there is no splitter at byte {}", offsets.join(" or ")))
}

/// Whether the header's version is known, and its two bytes; none without `VER_`.
pub(super) fn header_version(head: &[u8]) -> Option<(bool, &[u8; 2])> {
    let version = head.strip_prefix(HEADER_FAMILY)?.first_chunk::<2>()?;
    Some((head.starts_with(HEADER), version))
}

/// Checks the caller's salt and AAD against the layout (ENV-12, ENV-27, ENV-28).
pub(super) fn check_context(layout: Layout, shape: &Shape, options: &OpenOptions) -> Result<()> {
    let unexpected = |what: &str| {
        Err(Error::new(Code::UnexpectedContext, format!("the layout {layout} takes no {what} from the caller")))
    };
    if !options.aad.is_empty() && shape.aad != Aad::Caller {
        return unexpected("AAD");
    }
    match (&options.salt, shape.nonce) {
        (None, Nonce::Caller) => {
            Err(Error::new(Code::SaltMissing, format!("the layout {layout} needs the salt it was made with")))
        }
        (Some(salt), Nonce::Caller) if !(1..=MAX_SALT_LEN).contains(&salt.len()) => Err(Error::new(
            Code::InvalidNonce,
            format!("the salt has {} bytes; 1 to {MAX_SALT_LEN} are accepted", salt.len()),
        )),
        (Some(_), Nonce::At(_) | Nonce::End) => unexpected("salt"),
        (None, _) | (Some(_), Nonce::Caller) => Ok(()),
    }
}

/// The error of an envelope shorter than the layout it has.
pub(super) fn truncated(min_len: usize, total: u64) -> Error {
    Error::new(Code::EnvelopeTruncated, format!("the envelope has {total} bytes, and its layout at least {min_len}"))
}

/// A size as `u64`; nothing this library runs on has a wider `usize`.
pub(super) fn len_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
