//! Keys, certificates and policies of a manager. Answers that are not PEM are JSON in UTF-8, without NUL at the end: the
//! documents of the command line (docs/command-line.md), as docs/bindings.md lists them.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crate::buffer::km_buffer;
use crate::entry;
use crate::error::km_error;
use crate::manager::{handle, km_manager};
use crate::pointer;
use crate::progress::{self, km_progress_callbacks};
use crate::request::{self, km_doctor_request, km_key_query, km_key_request, km_policy_request, km_subject};

/// Makes the Root, Module and signing keys that are missing. Idempotent; takes seconds where RSA keys are made.
/// `progress` may be null. Answers `{generated, existing}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_generate_all(
    manager: Option<&km_manager>,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let progress = unsafe { progress::take(progress) }?;
        km_buffer::json(&handle(manager)?.generate_all(progress)?)
    })
}

/// Makes one key, unless there is a current one and the request does not force. Answers `{generated, existing}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_generate(
    manager: Option<&km_manager>,
    request: *const km_key_request,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let request = unsafe { request::key(request) }?;
        km_buffer::json(&handle(manager)?.generate(request)?)
    })
}

/// Makes or finds a master key. Answers `{key, generated, certificate_pem, csr_pem}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_generate_master_key(
    manager: Option<&km_manager>,
    request: *const km_key_request,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let request = unsafe { request::object(request) }?;
        km_buffer::json(&handle(manager)?.generate_master_key(request)?)
    })
}

/// The same for an elliptic signing key.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_generate_ec_sign_key(
    manager: Option<&km_manager>,
    request: *const km_key_request,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let request = unsafe { request::object(request) }?;
        km_buffer::json(&handle(manager)?.generate_ec_sign_key(request)?)
    })
}

/// Replaces the current key of a scope by a new one. Answers `{generated, existing}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_rotate(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        km_buffer::json(&handle(manager)?.rotate(app, reference)?)
    })
}

/// Ends the current key of a scope; what it encrypted can still be decrypted. Answers the key.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_revoke(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        km_buffer::json(&handle(manager)?.revoke(app, reference)?)
    })
}

/// Puts a certificate, PEM or DER, in the place of that of the current key of a scope. Answers the key.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_upload_certificate(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    certificate: *const u8,
    certificate_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        km_buffer::json(&handle(manager)?.upload_certificate(app, reference, certificate)?)
    })
}

/// Keeps a certificate, PEM or DER, of another domain, so that it can be encrypted to. Answers the key.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_upload_other_domain(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    certificate: *const u8,
    certificate_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        km_buffer::json(&handle(manager)?.upload_other_domain(app, reference, certificate)?)
    })
}

/// A certification request for the current key of a scope; the key is made or renewed when the rules say so. `subject`
/// may be null. Answers `{key, csr_pem}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_generate_csr(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    subject: *const km_subject,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        // SAFETY: as above.
        let subject = unsafe { request::subject(subject) }?;
        km_buffer::json(&handle(manager)?.generate_csr(app, reference, subject)?)
    })
}

/// The current certificate of a scope as PEM, without NUL at its end; the key is made or renewed when the rules say so.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_certificate(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        handle(manager)?.certificate(app, reference).map(km_buffer::text)
    })
}

/// The same certificate and those above it up to the Root's, as PEM one after the other.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_chain(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        handle(manager)?.chain(app, reference).map(km_buffer::text)
    })
}

/// The same chain as a PKCS#7 bundle in PEM.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_chain_pkcs7(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        handle(manager)?.chain_pkcs7(app, reference).map(km_buffer::text)
    })
}

/// Every certificate of a scope, those of former keys too. Answers a list of `{key, certificate_pem}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_all_certificates(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        // SAFETY: as above.
        let reference = unsafe { pointer::text(reference, "reference") }?;
        km_buffer::json(&handle(manager)?.all_certificates(app, reference)?)
    })
}

/// The certificate with this thumbprint (64 hexadecimal digits) as PEM; `KM_OK` and null when no key has it.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_certificate_of(
    manager: Option<&km_manager>,
    thumbprint: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::maybe(out, error, || {
        // SAFETY: the caller's promise.
        let thumbprint = unsafe { pointer::text(thumbprint, "thumbprint") }?;
        Ok(handle(manager)?.certificate_of(thumbprint)?.map(km_buffer::text))
    })
}

/// The keys that fit `query`, by begin, then alias; all current ones for null. Answers a list of keys.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_keys(
    manager: Option<&km_manager>,
    query: *const km_key_query,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let query = unsafe { request::query(query) }?;
        km_buffer::json(&handle(manager)?.keys(query)?)
    })
}

/// The key with this alias, or this thumbprint (64 hexadecimal digits).
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_key(
    manager: Option<&km_manager>,
    alias_or_thumbprint: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let alias_or_thumbprint = unsafe { pointer::text(alias_or_thumbprint, "alias_or_thumbprint") }?;
        km_buffer::json(&handle(manager)?.key(alias_or_thumbprint)?)
    })
}

/// Every policy, as a list.
#[unsafe(no_mangle)]
pub extern "C" fn km_manager_policies(
    manager: Option<&km_manager>,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || km_buffer::json(&handle(manager)?.policies()?))
}

/// The policy of an application.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_policy(
    manager: Option<&km_manager>,
    app: *const c_char,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let app = unsafe { pointer::text(app, "app") }?;
        km_buffer::json(&handle(manager)?.policy(app)?)
    })
}

/// Changes a policy, or makes one. Answers it.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_set_policy(
    manager: Option<&km_manager>,
    change: *const km_policy_request,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let change = unsafe { request::policy(change) }?;
        km_buffer::json(&handle(manager)?.set_policy(change)?)
    })
}

/// Makes RSA keys for Base keys of an application ahead of time, until `count` of them are ready. `progress` may be null.
/// Answers the pool.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_fill_pool(
    manager: Option<&km_manager>,
    app: *const c_char,
    count: u32,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let app = unsafe { pointer::text(app, "app") }?;
        km_buffer::json(&handle(manager)?.fill_pool(app, count, progress)?)
    })
}

/// How many keys were made ahead of time, under each Module key, as a list.
#[unsafe(no_mangle)]
pub extern "C" fn km_manager_pool(
    manager: Option<&km_manager>,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || km_buffer::json(&handle(manager)?.pool()?))
}

/// Clears what a crash left behind, as far as that needs no decision.
#[unsafe(no_mangle)]
pub extern "C" fn km_manager_recover(
    manager: Option<&km_manager>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::status(error, || handle(manager)?.recover())
}

/// Compares store and master backend, and says what does not fit together. `request` and `progress` may be null.
/// Answers `{findings, checked}`.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_doctor(
    manager: Option<&km_manager>,
    request: *const km_doctor_request,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let request = unsafe { request::doctor(request) }?;
        km_buffer::json(&handle(manager)?.doctor(request, progress)?)
    })
}

/// The same, and repairs what can be repaired.
///
/// # Safety
/// Pointers are null or point to what they say, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_repair(
    manager: Option<&km_manager>,
    request: *const km_doctor_request,
    progress: *const km_progress_callbacks,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise.
        let progress = unsafe { progress::take(progress) }?;
        // SAFETY: as above.
        let request = unsafe { request::doctor(request) }?;
        km_buffer::json(&handle(manager)?.repair(request, progress)?)
    })
}
