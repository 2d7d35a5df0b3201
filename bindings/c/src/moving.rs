//! Long work that moves keys. Answers are JSON: the documents of the command line, with the signed report as `signed`.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use keymanager_facade::{FacadeError, RewrapRequest, SignedReport, verify_report};

use crate::buffer::km_buffer;
use crate::entry;
use crate::error::km_error;
use crate::manager::{KM_CREATE, handle, km_manager, km_manager_options, other_master, other_store};
use crate::pointer;
use crate::progress::{self, km_progress_callbacks};

/// End at the first row that cannot be worked on; otherwise it is left as it is, and reported.
pub const KM_STOP_AT_DAMAGED: u64 = 2;

/// Open every key of an archive.
pub const KM_OPEN_KEYS: u64 = 1;

fn known(flags: u64, known: u64) -> Result<(), FacadeError> {
    if flags & !known == 0 {
        return Ok(());
    }
    Err(FacadeError::unsupported("flags has bits this library lacks"))
}

/// Wraps again all that the Module keys of an application wrap, so that it hangs under one of them: `module`, by its alias,
/// or the current one for null. `to` names another master backend that holds it, or is null; its members about stores are
/// not looked at. `flags` is `KM_STOP_AT_DAMAGED`, or 0; `progress` may be null.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_rewrap(
    manager: Option<&km_manager>,
    app: *const c_char,
    to: *const km_manager_options,
    module: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the three blocks that follow.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let to = unsafe { other_master(to) }?;
        let handle = handle(manager)?;
        known(flags, KM_STOP_AT_DAMAGED)?;
        // SAFETY: as above.
        let (app, module) = unsafe { (pointer::text(app, "app")?, pointer::maybe_text(module, "module")?) };
        let stop_at_damaged = flags & KM_STOP_AT_DAMAGED != 0;
        let request = RewrapRequest { to, module: module.map(str::to_owned), stop_at_damaged };
        km_buffer::json(&handle.rewrap(app, request, progress)?)
    })
}

/// Copies every row of the store into the one that `to` names, and compares both in the end; the members of `to` about
/// master keys are not looked at. `flags` is `KM_CREATE` to make an embedded store new, `KM_STOP_AT_DAMAGED`, both, or 0;
/// `progress` may be null.
///
/// # Safety
/// Pointers are null or point to what they say; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_copy_store(
    manager: Option<&km_manager>,
    to: *const km_manager_options,
    flags: u64,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the block that follows.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let to = unsafe { other_store(to) }?;
        let handle = handle(manager)?;
        known(flags, KM_CREATE | KM_STOP_AT_DAMAGED)?;
        let report = handle.copy_store(to, flags & KM_CREATE != 0, flags & KM_STOP_AT_DAMAGED != 0, progress)?;
        km_buffer::json(&report)
    })
}

/// Copies the store, and the key file if there is one, into the archive `path`, which must not exist. `flags` is
/// `KM_OPEN_KEYS`, or 0; `progress` may be null. After an error there is no archive.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_backup(
    manager: Option<&km_manager>,
    path: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the block that follows.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let path = unsafe { pointer::text(path, "path") }?;
        known(flags, KM_OPEN_KEYS)?;
        km_buffer::json(&handle(manager)?.backup(path, flags & KM_OPEN_KEYS != 0, progress)?)
    })
}

/// Looks at an archive; the manager's store is not looked at. `flags` is `KM_OPEN_KEYS`, or 0; `progress` may be null.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_verify_backup(
    manager: Option<&km_manager>,
    path: *const c_char,
    flags: u64,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the block that follows.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let path = unsafe { pointer::text(path, "path") }?;
        known(flags, KM_OPEN_KEYS)?;
        km_buffer::json(&handle(manager)?.verify_backup(path, flags & KM_OPEN_KEYS != 0, progress)?)
    })
}

/// Puts an archive back: its store as the SQLite file `store`, its key file, if it has one, as `key_file`, which may be
/// null otherwise. Nothing may be there. The manager's store is not touched. `progress` may be null.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_restore_backup(
    manager: Option<&km_manager>,
    path: *const c_char,
    store: *const c_char,
    key_file: *const c_char,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let (path, store) = unsafe { (pointer::text(path, "path")?, pointer::text(store, "store")?) };
        // SAFETY: as above.
        let key_file = unsafe { pointer::maybe_text(key_file, "key_file") }?;
        let report = handle(manager)?.restore_backup(path, store, key_file.map(str::to_owned), progress)?;
        km_buffer::json(&report)
    })
}

/// Checks a report that was kept: the `document`, exactly as it was signed, its signature, and the certificate of the key
/// that made it, PEM. Whether that is to be trusted is for the caller to know.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_verify_report(
    document: *const u8,
    document_len: usize,
    signature: *const u8,
    signature_len: usize,
    certificate: *const u8,
    certificate_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::status(error, || {
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let document = unsafe { pointer::bytes(document, document_len, "document") }?;
        // SAFETY: as above.
        let signature = unsafe { pointer::bytes(signature, signature_len, "signature") }?;
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        let text = |bytes: &[u8], what: &str| {
            let text = std::str::from_utf8(bytes).map(str::to_owned);
            text.map_err(|_| FacadeError::invalid_argument(format!("{what} is not UTF-8")))
        };
        verify_report(&SignedReport {
            document: text(document, "document")?,
            signature: signature.to_vec(),
            certificate_pem: text(certificate, "certificate")?,
        })
    })
}
