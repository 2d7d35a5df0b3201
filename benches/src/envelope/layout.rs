//! The offsets of a `VER_R2` envelope, for the contestants that build it by hand (docs/envelopes.md).

pub(crate) const HEADER: &[u8] = b"VER_R2";
pub(crate) const SPLITTER: &[u8] = b"#KEY_SPLITTER#";
pub(crate) const THUMBPRINT_AT: usize = 6;
pub(crate) const KEY_AT: usize = 38;
pub(crate) const SPLITTER_AT: usize = 294;
pub(crate) const AAD_AT: usize = 308;
pub(crate) const DATA_AT: usize = 340;
pub(crate) const TAG_LEN: usize = 16;

/// The `len` bytes at `at`; empty when they are not there, which the copy after it would notice.
pub(crate) fn part(bytes: &mut [u8], at: usize, len: usize) -> &mut [u8] {
    bytes.get_mut(at..at.saturating_add(len)).unwrap_or_default()
}
