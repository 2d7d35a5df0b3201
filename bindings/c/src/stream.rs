//! Envelopes of any size: pieces that are pushed, and files.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use keymanager_facade::{
    DecryptStream, EncryptStream, FacadeError, FilePlaces, Transferred, encrypt_file, encrypt_stream,
};

use crate::buffer::km_buffer;
use crate::entry;
use crate::error::km_error;
use crate::manager::{envelope_options, handle, km_envelope_options, km_manager};
use crate::pointer;
use crate::progress::{self, km_progress_callbacks};

/// A file of the output's name is replaced; an error without it.
pub const KM_OVERWRITE: u64 = 1;

/// An envelope that is made piece by piece. Its calls are made one after the other, from whatever thread.
pub struct km_encryption {
    stream: EncryptStream,
}

/// An envelope that is decrypted piece by piece, into a file. Its calls are made one after the other, from whatever
/// thread. One that is freed before it is finished leaves nothing.
pub struct km_decryption {
    stream: DecryptStream,
}

/// How many bytes went in and came out.
#[repr(C)]
pub struct km_transferred {
    /// Bytes read: of the plaintext when encrypting, of the envelope when decrypting.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
}

impl From<Transferred> for km_transferred {
    fn from(transferred: Transferred) -> Self {
        Self { bytes_in: transferred.bytes_in, bytes_out: transferred.bytes_out }
    }
}

fn overwrite(flags: u64) -> Result<bool, FacadeError> {
    if flags & !KM_OVERWRITE != 0 {
        return Err(FacadeError::unsupported("flags has bits this library lacks"));
    }
    Ok(flags & KM_OVERWRITE != 0)
}

/// # Safety
/// Texts end with NUL.
unsafe fn places(input: *const c_char, output: *const c_char, flags: u64) -> Result<FilePlaces, FacadeError> {
    // SAFETY: the caller's promise.
    let (input, output) = unsafe { (pointer::text(input, "input")?, pointer::text(output, "output")?) };
    Ok(FilePlaces { input: input.to_owned(), output: output.to_owned(), overwrite: overwrite(flags)? })
}

fn encryption(encryption: Option<&km_encryption>) -> Result<&EncryptStream, FacadeError> {
    encryption.map(|encryption| &encryption.stream).ok_or_else(|| FacadeError::invalid_argument("encryption is null"))
}

fn decryption(decryption: Option<&km_decryption>) -> Result<&DecryptStream, FacadeError> {
    decryption.map(|decryption| &decryption.stream).ok_or_else(|| FacadeError::invalid_argument("decryption is null"))
}

/// Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_encrypt_stream(
    certificate: *const u8,
    certificate_len: usize,
    options: *const km_envelope_options,
    out: Option<&mut MaybeUninit<Option<Box<km_encryption>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the block that follows.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        Ok(km_encryption { stream: encrypt_stream(certificate, &options)? })
    })
}

/// Begins an envelope to the current key of a scope, whose plaintext comes in pieces.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_encrypt_stream(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    out: Option<&mut MaybeUninit<Option<Box<km_encryption>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        let handle = handle(manager)?;
        // SAFETY: the caller's promise, here and in the block that follows.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        Ok(km_encryption { stream: handle.encrypt_stream(app, reference, &options)? })
    })
}

/// Encrypts the next piece of the plaintext, and answers what comes next in the envelope; nothing for an empty piece.
///
/// # Safety
/// `data` is null or points to as many bytes as is said; it is borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_encryption_update(
    encryption: Option<&km_encryption>,
    data: *const u8,
    data_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        let stream = self::encryption(encryption)?;
        // SAFETY: the caller's promise.
        let data = unsafe { pointer::bytes(data, data_len, "data") }?;
        stream.update(data).map(km_buffer::new)
    })
}

/// Ends the envelope, and answers its last bytes.
#[unsafe(no_mangle)]
pub extern "C" fn km_encryption_finish(
    encryption: Option<&km_encryption>,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || self::encryption(encryption)?.finish().map(km_buffer::new))
}

/// Frees an encryption, finished or not; null is fine.
#[unsafe(no_mangle)]
pub extern "C" fn km_encryption_free(encryption: Option<Box<km_encryption>>) {
    entry::free(encryption);
}

/// Begins to decrypt an envelope that comes in pieces, into the file `output`, which gets its name when the tag was
/// checked. `flags` is `KM_OVERWRITE`, or 0.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_decrypt_stream(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    output: *const c_char,
    flags: u64,
    out: Option<&mut MaybeUninit<Option<Box<km_decryption>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        let handle = handle(manager)?;
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let output = unsafe { pointer::text(output, "output") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        let stream = handle.decrypt_stream(app, reference, &options, output, overwrite(flags)?)?;
        Ok(km_decryption { stream })
    })
}

/// Takes the next bytes of the envelope, of any number.
///
/// # Safety
/// `data` is null or points to as many bytes as is said; it is borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_decryption_update(
    decryption: Option<&km_decryption>,
    data: *const u8,
    data_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::status(error, || {
        let stream = self::decryption(decryption)?;
        // SAFETY: the caller's promise.
        let data = unsafe { pointer::bytes(data, data_len, "data") }?;
        stream.update(data)
    })
}

/// Checks the tag, and gives the file its name. `transferred` may be null.
#[unsafe(no_mangle)]
pub extern "C" fn km_decryption_finish(
    decryption: Option<&km_decryption>,
    transferred: Option<&mut MaybeUninit<km_transferred>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(transferred, error, || Ok(self::decryption(decryption)?.finish()?.into()))
}

/// Frees a decryption, finished or not; null is fine.
#[unsafe(no_mangle)]
pub extern "C" fn km_decryption_free(decryption: Option<Box<km_decryption>>) {
    entry::free(decryption);
}

/// Encrypts a file to a certificate, PEM or DER. `flags` is `KM_OVERWRITE`, or 0; `progress` and `transferred` may be
/// null. After an error there is no output.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_encrypt_file(
    certificate: *const u8,
    certificate_len: usize,
    options: *const km_envelope_options,
    input: *const c_char,
    output: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    transferred: Option<&mut MaybeUninit<km_transferred>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(transferred, error, || {
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        // SAFETY: as above.
        let places = unsafe { places(input, output, flags) }?;
        Ok(encrypt_file(certificate, &options, &places, progress)?.into())
    })
}

/// Encrypts a file to the current key of a scope; otherwise as `km_encrypt_file`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_encrypt_file(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    input: *const c_char,
    output: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    transferred: Option<&mut MaybeUninit<km_transferred>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(transferred, error, || {
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let progress = unsafe { progress::take(progress) }?;
        let handle = handle(manager)?;
        // SAFETY: as above.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        // SAFETY: as above.
        let places = unsafe { places(input, output, flags) }?;
        Ok(handle.encrypt_file(app, reference, &options, &places, progress)?.into())
    })
}

/// Decrypts a file into another, which gets its name when the tag was checked. `flags` is `KM_OVERWRITE`, or 0;
/// `progress` and `transferred` may be null. After an error there is no output.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_decrypt_file(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    input: *const c_char,
    output: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    transferred: Option<&mut MaybeUninit<km_transferred>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::plain(transferred, error, || {
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let progress = unsafe { progress::take(progress) }?;
        let handle = handle(manager)?;
        // SAFETY: as above.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        // SAFETY: as above.
        let places = unsafe { places(input, output, flags) }?;
        Ok(handle.decrypt_file(app, reference, &options, &places, progress)?.into())
    })
}
