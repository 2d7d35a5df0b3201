//! Buffers of the library.

use std::ptr;

use keymanager_facade::FacadeError;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::entry;

/// Bytes that the library answered. Owned by the caller, and wiped when freed.
pub struct km_buffer {
    bytes: Zeroizing<Vec<u8>>,
}

impl km_buffer {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Zeroizing::new(bytes) }
    }

    pub(crate) fn text(text: String) -> Self {
        Self::new(text.into_bytes())
    }

    /// A record of the facade as JSON.
    pub(crate) fn json<T: Serialize>(record: &T) -> Result<Self, FacadeError> {
        // Plain records with text as keys always serialise; were one ever not to, it is no answer rather than a wrong one.
        serde_json::to_vec(record).map(Self::new).map_err(|_| FacadeError::unsupported("the answer has no JSON form"))
    }
}

/// The bytes, which live as long as the buffer; null for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_buffer_data(buffer: Option<&km_buffer>) -> *const u8 {
    buffer.map_or(ptr::null(), |buffer| buffer.bytes.as_ptr())
}

/// How many bytes there are; 0 for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_buffer_len(buffer: Option<&km_buffer>) -> usize {
    buffer.map_or(0, |buffer| buffer.bytes.len())
}

/// Wipes and frees a buffer; null is fine.
#[unsafe(no_mangle)]
pub extern "C" fn km_buffer_free(buffer: Option<Box<km_buffer>>) {
    entry::free(buffer);
}
