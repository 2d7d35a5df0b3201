//! The calls: encrypt, open a manager, decrypt, and what these need.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::Arc;

use keymanager_facade::{
    EnvelopeOptions, FacadeError, HostAccess, HostAudit, KeyManagerHandle, ManagerOptions, MasterChoice, StoreChoice,
    encrypt, inspect,
};

use crate::buffer::km_buffer;
use crate::entry;
use crate::error::km_error;
use crate::master::{CMaster, km_master_callbacks};
use crate::pointer::{self, Context, SizedStruct};
use crate::store::{CStore, km_store_callbacks};
use crate::watch::{CAccess, CAudit, km_access_callbacks, km_audit_callbacks};

/// The embedded store and the key file are made new; an error when they are there.
pub const KM_CREATE: u64 = 1;

/// How an envelope is made or read. Null where it is expected means the defaults.
#[repr(C)]
pub struct km_envelope_options {
    /// `sizeof(km_envelope_options)`.
    pub size: usize,
    /// The layout by name (`ver_r2`, `packet`, `aad`, `salt`); null for `ver_r2` to encrypt, and for the one that fits
    /// to decrypt.
    pub layout: *const c_char,
    /// The caller's additional authenticated data; null for layouts that carry their own.
    pub aad: *const u8,
    /// Its size in bytes.
    pub aad_len: usize,
    /// The caller's salt of 12 or 16 bytes; null for layouts that carry their own.
    pub salt: *const u8,
    /// Its size in bytes.
    pub salt_len: usize,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_envelope_options {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_envelope_options";
}

/// A verb goes on when what happens cannot be kept by `audit`; without it, it does not begin.
pub const KM_AUDIT_MAY_FAIL: u64 = 2;

/// What `km_manager_open` opens: one store, and one master backend. The rest may be null.
#[repr(C)]
pub struct km_manager_options {
    /// `sizeof(km_manager_options)`.
    pub size: usize,
    /// The path of the embedded store, or null.
    pub store_path: *const c_char,
    /// A store of the host, or null. The table is copied.
    pub store: *const km_store_callbacks,
    /// The path of the key file, or null.
    pub key_file_path: *const c_char,
    /// The passphrase of the key file in printable ASCII, or the PIN of the token; the caller wipes it after the call.
    pub passphrase: *const u8,
    /// Its size in bytes.
    pub passphrase_len: usize,
    /// A master backend of the host, or null. The table is copied.
    pub master: *const km_master_callbacks,
    /// The name that policies with a list of users are compared with; may be null.
    pub caller: *const c_char,
    /// `KM_CREATE`, `KM_AUDIT_MAY_FAIL`, both, or 0.
    pub flags: u64,
    /// The address of the PostgreSQL database of a MOSIP key manager, `postgresql://USER@HOST/DATABASE?…`, or null.
    pub store_address: *const c_char,
    /// Its password, or null; the caller wipes it after the call.
    pub store_password: *const u8,
    /// Its size in bytes.
    pub store_password_len: usize,
    /// The address of a replica that reads may go to, or null.
    pub store_read_from: *const c_char,
    /// The RFC 7512 address of a PKCS#11 token, with `module-path`, or null.
    pub token_uri: *const c_char,
    /// The text of a `keymanager.toml` (docs/configuration.md), or null for defaults.
    pub config: *const c_char,
    /// Who decides about each verb, or null for everybody everything. The table is copied.
    pub access: *const km_access_callbacks,
    /// Who keeps what happens, or null for nobody. The table is copied.
    pub audit: *const km_audit_callbacks,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_manager_options {
    /// Up to and with `flags`.
    const FIRST: usize = std::mem::offset_of!(Self, store_address);
    const NAME: &'static str = "km_manager_options";
}

/// Keys, certificates and envelopes of one deployment. May be used from any thread, also side by side.
pub struct km_manager {
    handle: KeyManagerHandle,
}

/// # Safety
/// `options` is null, or points to a structure that has as many bytes as it says, with fields that are good.
pub(crate) unsafe fn envelope_options(options: *const km_envelope_options) -> Result<EnvelopeOptions, FacadeError> {
    if options.is_null() {
        return Ok(EnvelopeOptions::default());
    }
    // SAFETY: the caller's promise, here and in the three blocks that follow.
    let options = unsafe { pointer::sized(options) }?;
    // SAFETY: as above.
    let layout = unsafe { pointer::maybe_text(options.layout, "layout") }?;
    // SAFETY: as above.
    let aad = unsafe { pointer::bytes(options.aad, options.aad_len, "aad") }?;
    // SAFETY: as above.
    let salt = unsafe { pointer::bytes(options.salt, options.salt_len, "salt") }?;
    let salt = (!options.salt.is_null()).then(|| salt.to_vec());
    Ok(EnvelopeOptions { layout: layout.map(str::to_owned), aad: aad.to_vec(), salt })
}

/// Encrypts `plaintext` to a certificate, PEM or DER, at the system's time.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_encrypt(
    certificate: *const u8,
    certificate_len: usize,
    options: *const km_envelope_options,
    plaintext: *const u8,
    plaintext_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        // SAFETY: as above.
        let plaintext = unsafe { pointer::bytes(plaintext, plaintext_len, "plaintext") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        encrypt(certificate, &options, plaintext).map(km_buffer::new)
    })
}

/// Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. `certificate`, PEM or DER,
/// is compared with the recipient; it may be null. Answers the JSON of `keymanager inspect`.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said; they are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_inspect(
    data: *const u8,
    data_len: usize,
    certificate: *const u8,
    certificate_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        // SAFETY: the caller's promise, here and in the block that follows.
        let data = unsafe { pointer::bytes(data, data_len, "data") }?;
        let compared = !certificate.is_null();
        // SAFETY: as above.
        let certificate = unsafe { pointer::bytes(certificate, certificate_len, "certificate") }?;
        km_buffer::json(&inspect(data, compared.then_some(certificate))?)
    })
}

/// Opens a manager. `release` of every table is called once, when the manager is freed, or before this
/// call returns when it fails; the tables are not looked at when `km_init` was not called, when `options` is null, or
/// when its `size` is not one this library knows.
///
/// # Safety
/// Pointers are null or point to what the structure says; they are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_open(
    options: *const km_manager_options,
    out: Option<&mut MaybeUninit<Option<Box<km_manager>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    if out.is_none() {
        // Without a place for the handle the rest is still looked at, so that what was given is released.
        return entry::status(error, || {
            // SAFETY: the caller's promise.
            unsafe { open(options) }?;
            Err(FacadeError::invalid_argument("the variable for the answer is null"))
        });
    }
    // SAFETY: the caller's promise.
    entry::value(out, error, || unsafe { open(options) })
}

/// The contexts of the tables that options name.
struct Contexts {
    store: Option<Context>,
    master: Option<Context>,
    access: Option<Context>,
    audit: Option<Context>,
}

impl Contexts {
    /// Takes over every context, before anything else is looked at.
    ///
    /// # Safety
    /// That of [`km_manager_open`].
    unsafe fn take(options: &km_manager_options) -> Self {
        // SAFETY: the caller's promise, for each of them.
        unsafe {
            Self {
                store: Context::take(options.store),
                master: Context::take(options.master),
                access: Context::take(options.access),
                audit: Context::take(options.audit),
            }
        }
    }
}

fn too_short(what: &str) -> FacadeError {
    FacadeError::invalid_argument(format!("the table {what} is too short"))
}

/// # Safety
/// That of [`km_manager_open`].
unsafe fn open(options: *const km_manager_options) -> Result<km_manager, FacadeError> {
    // SAFETY: the caller's promise.
    let options = unsafe { pointer::sized(options) }?;
    // From here on the contexts are ours, whatever else is wrong.
    // SAFETY: the caller's promise.
    let contexts = unsafe { Contexts::take(&options) };
    if options.flags & !(KM_CREATE | KM_AUDIT_MAY_FAIL) != 0 {
        return Err(FacadeError::unsupported("km_manager_options.flags has bits this library lacks"));
    }
    // SAFETY: the caller's promise, here and in the five blocks that follow.
    let caller = unsafe { pointer::maybe_text(options.caller, "caller") }?;
    // SAFETY: as above.
    let config = unsafe { pointer::maybe_text(options.config, "config") }?;
    // SAFETY: as above.
    let access = unsafe { access(&options, contexts.access) }?;
    // SAFETY: as above.
    let audit = unsafe { audit(&options, contexts.audit) }?;
    // SAFETY: as above.
    let store = unsafe { store(&options, contexts.store) }?;
    // SAFETY: as above.
    let master = unsafe { master(&options, contexts.master) }?;
    let options = ManagerOptions {
        create: options.flags & KM_CREATE != 0,
        caller: caller.map(str::to_owned),
        config: config.map(str::to_owned),
        access,
        audit,
        audit_may_fail: options.flags & KM_AUDIT_MAY_FAIL != 0,
        ..ManagerOptions::new(store, master)
    };
    Ok(km_manager { handle: KeyManagerHandle::open(options)? })
}

/// The store that options name; nothing else in them is looked at, and every context is released in the end.
///
/// # Safety
/// That of [`km_manager_open`].
pub(crate) unsafe fn other_store(options: *const km_manager_options) -> Result<StoreChoice, FacadeError> {
    // SAFETY: the caller's promise, here and in the two blocks that follow.
    let options = unsafe { pointer::sized(options) }?;
    // SAFETY: as above.
    let contexts = unsafe { Contexts::take(&options) };
    // SAFETY: as above.
    unsafe { store(&options, contexts.store) }
}

/// The master backend that options name, or none for null; nothing else in them is looked at, and every context is
/// released in the end.
///
/// # Safety
/// That of [`km_manager_open`].
pub(crate) unsafe fn other_master(options: *const km_manager_options) -> Result<Option<MasterChoice>, FacadeError> {
    if options.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise, here and in the two blocks that follow.
    let options = unsafe { pointer::sized(options) }?;
    // SAFETY: as above.
    let contexts = unsafe { Contexts::take(&options) };
    // SAFETY: as above.
    unsafe { master(&options, contexts.master) }.map(Some)
}

/// # Safety
/// That of [`km_manager_open`].
unsafe fn store(options: &km_manager_options, context: Option<Context>) -> Result<StoreChoice, FacadeError> {
    // SAFETY: the caller's promise, here and in the four blocks that follow.
    let path = unsafe { pointer::maybe_text(options.store_path, "store_path") }?;
    // SAFETY: as above.
    let address = unsafe { pointer::maybe_text(options.store_address, "store_address") }?;
    match (path, address) {
        (Some(path), None) if options.store.is_null() => Ok(StoreChoice::Sqlite { path: path.to_owned() }),
        (None, Some(address)) if options.store.is_null() => {
            let (data, len) = (options.store_password, options.store_password_len);
            // SAFETY: as above.
            let password = unsafe { pointer::bytes(data, len, "store_password") }?;
            let password = (!data.is_null()).then(|| password.to_vec());
            // SAFETY: as above.
            let read_from = unsafe { pointer::maybe_text(options.store_read_from, "store_read_from") }?;
            let read_from = read_from.map(str::to_owned);
            Ok(StoreChoice::Postgres { address: address.to_owned(), password, read_from })
        }
        (None, None) if !options.store.is_null() => {
            // SAFETY: as above.
            let table = unsafe { pointer::sized(options.store) }?;
            let context = context.ok_or_else(|| too_short("store"))?;
            Ok(StoreChoice::Host(Arc::new(CStore::new(context, &table)?)))
        }
        _ => Err(FacadeError::invalid_argument("give one of store_path, store_address and store")),
    }
}

/// # Safety
/// That of [`km_manager_open`].
unsafe fn master(options: &km_manager_options, context: Option<Context>) -> Result<MasterChoice, FacadeError> {
    // SAFETY: the caller's promise, here and in the four blocks that follow.
    let path = unsafe { pointer::maybe_text(options.key_file_path, "key_file_path") }?;
    // SAFETY: as above.
    let uri = unsafe { pointer::maybe_text(options.token_uri, "token_uri") }?;
    // SAFETY: as above.
    let secret = unsafe { pointer::bytes(options.passphrase, options.passphrase_len, "passphrase") }?;
    match (path, uri) {
        (Some(path), None) if options.master.is_null() => {
            Ok(MasterChoice::KeyFile { path: path.to_owned(), passphrase: secret.to_vec() })
        }
        (None, Some(uri)) if options.master.is_null() => {
            Ok(MasterChoice::Token { uri: uri.to_owned(), pin: secret.to_vec() })
        }
        (None, None) if !options.master.is_null() => {
            // SAFETY: as above.
            let table = unsafe { pointer::sized(options.master) }?;
            let context = context.ok_or_else(|| too_short("master"))?;
            // SAFETY: as above.
            Ok(MasterChoice::Host(Arc::new(unsafe { CMaster::new(context, &table) }?)))
        }
        _ => Err(FacadeError::invalid_argument("give one of key_file_path, token_uri and master")),
    }
}

/// # Safety
/// That of [`km_manager_open`].
unsafe fn access(
    options: &km_manager_options,
    context: Option<Context>,
) -> Result<Option<Arc<dyn HostAccess>>, FacadeError> {
    if options.access.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let table = unsafe { pointer::sized(options.access) }?;
    Ok(Some(Arc::new(CAccess::new(context.ok_or_else(|| too_short("access"))?, &table)?)))
}

/// # Safety
/// That of [`km_manager_open`].
unsafe fn audit(
    options: &km_manager_options,
    context: Option<Context>,
) -> Result<Option<Arc<dyn HostAudit>>, FacadeError> {
    if options.audit.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let table = unsafe { pointer::sized(options.audit) }?;
    Ok(Some(Arc::new(CAudit::new(context.ok_or_else(|| too_short("audit"))?, &table)?)))
}

pub(crate) fn handle(manager: Option<&km_manager>) -> Result<&KeyManagerHandle, FacadeError> {
    manager.map(|manager| &manager.handle).ok_or_else(|| FacadeError::invalid_argument("manager is null"))
}

/// Prepares the store and writes the default policies where there are none. Idempotent.
#[unsafe(no_mangle)]
pub extern "C" fn km_manager_initialise(
    manager: Option<&km_manager>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::status(error, || handle(manager)?.initialise())
}

/// Encrypts `plaintext` to the current key of a scope; the key is made or renewed when the rules say so.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_encrypt(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    plaintext: *const u8,
    plaintext_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        let handle = handle(manager)?;
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let plaintext = unsafe { pointer::bytes(plaintext, plaintext_len, "plaintext") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        handle.encrypt(app, reference, &options, plaintext).map(km_buffer::new)
    })
}

/// Opens an envelope under an application; the reference id may be empty: the envelope names its key. The buffer is
/// wiped when it is freed.
///
/// # Safety
/// Pointers are null or point to as many bytes as is said, texts end with NUL; all are borrowed for the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn km_manager_decrypt(
    manager: Option<&km_manager>,
    app: *const c_char,
    reference: *const c_char,
    options: *const km_envelope_options,
    envelope: *const u8,
    envelope_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<km_buffer>>>>,
    error: Option<&mut MaybeUninit<Option<Box<km_error>>>>,
) -> u32 {
    entry::value(out, error, || {
        let handle = handle(manager)?;
        // SAFETY: the caller's promise, here and in the two blocks that follow.
        let (app, reference) = unsafe { (pointer::text(app, "app")?, pointer::text(reference, "reference")?) };
        // SAFETY: as above.
        let envelope = unsafe { pointer::bytes(envelope, envelope_len, "envelope") }?;
        // SAFETY: as above.
        let options = unsafe { envelope_options(options) }?;
        handle.decrypt(app, reference, &options, envelope).map(km_buffer::new)
    })
}

/// Frees a manager; null is fine. No call on it may be running.
#[unsafe(no_mangle)]
pub extern "C" fn km_manager_free(manager: Option<Box<km_manager>>) {
    entry::free(manager);
}
