//! Into a buffer of the caller.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use keymanager_facade::{encrypt_into, envelope_len};

use crate::entry;
use crate::error::km_error;
use crate::manager::{envelope_options, handle, km_envelope_options, km_manager};
use crate::pointer;

/// The size of the envelope of `plaintext_len` bytes.
///
/// # Safety
/// `options` is null or points to what it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_envelope_len(
    options: *const km_envelope_options,
    plaintext_len: usize,
    out: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(out, error, || {
        // SAFETY: the caller's promise.
        let options = unsafe { envelope_options(options) }?;
        envelope_len(&options, plaintext_len)
    })
}

/// `km_encrypt` into `buffer`, which needs the bytes that `km_envelope_len` says. `written` is how many there are, on
/// success. After an error the buffer holds no plaintext.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said; they are borrowed for the call, and do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_encrypt_into(
    certificate: *const u8,
    certificate_len: usize,
    options: *const km_envelope_options,
    plaintext: *const u8,
    plaintext_len: usize,
    buffer: *mut u8,
    buffer_len: usize,
    written: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(written, error, || {
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        // SAFETY: as above.
        let plaintext = unsafe { pointer::bytes(plaintext, plaintext_len, "plaintext") }?;
        // SAFETY: as above.
        let buffer = unsafe { pointer::bytes_mut(buffer, buffer_len, "buffer") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        encrypt_into(certificate, &options, plaintext, buffer)
    })
}

/// `km_manager_decrypt` into `buffer`; as many bytes as the envelope has are always enough. `written` is how many there
/// are, on success. After an error the buffer holds no plaintext.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call, and do not
/// overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_decrypt_into(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    envelope: *const u8,
    envelope_len: usize,
    buffer: *mut u8,
    buffer_len: usize,
    written: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(written, error, || {
        let handle = handle(manager)?;
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let envelope = unsafe { pointer::bytes(envelope, envelope_len, "envelope") }?;
        // SAFETY: as above.
        let buffer = unsafe { pointer::bytes_mut(buffer, buffer_len, "buffer") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        handle.decrypt_into(app, reference, &options, envelope, buffer)
    })
}
