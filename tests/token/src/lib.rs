//! A PKCS#11 module that forwards to another module and fails on demand. For tests only.
//!
//! The environment names the other module (`CHAOS_MODULE`), a string for its `C_Initialize` that NSS wants
//! (`CHAOS_RESERVED`), and the file with the script (`CHAOS_SCRIPT`), which is read at each call. See [`script`].

#![allow(non_snake_case, reason = "the standard's names")]

mod script;
mod swap;

use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::OnceLock;

use cryptoki_sys::*;

/// The other module and the list that stands before it.
struct Chaos {
    /// Kept loaded.
    _module: Pkcs11,
    inner: CK_FUNCTION_LIST,
    outer: CK_FUNCTION_LIST,
    reserved: Option<CString>,
}

// SAFETY: the lists are function pointers that are only read, and the module's functions may be called from any thread.
unsafe impl Send for Chaos {}
// SAFETY: as above.
unsafe impl Sync for Chaos {}

static CHAOS: OnceLock<Option<Chaos>> = OnceLock::new();

fn chaos() -> Option<&'static Chaos> {
    CHAOS.get_or_init(load).as_ref()
}

fn load() -> Option<Chaos> {
    let path = std::env::var_os("CHAOS_MODULE")?;
    // SAFETY: the path is that of a PKCS#11 module; the list it gives lives as long as the module, which stays loaded.
    let (module, inner) = unsafe {
        let module = Pkcs11::new(path).ok()?;
        let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
        if module.C_GetFunctionList(&mut list) != CKR_OK || list.is_null() {
            return None;
        }
        (module, *list)
    };
    let reserved = std::env::var("CHAOS_RESERVED").ok().and_then(|text| CString::new(text).ok());
    Some(Chaos { _module: module, inner, outer: before(inner), reserved })
}

/// What `C_Initialize` takes, with the field that NSS has behind it.
#[repr(C)]
struct NssArguments {
    arguments: CK_C_INITIALIZE_ARGS,
    reserved: *mut c_void,
}

/// Asks the script, then calls `call`.
fn forward(name: &str, call: impl FnOnce(&Chaos) -> CK_RV) -> CK_RV {
    let Some(chaos) = chaos() else { return CKR_GENERAL_ERROR };
    script::on_call(name).unwrap_or_else(|| call(chaos))
}

/// What a call is about, by the name of its first argument: a slot is the one whose token is in it.
macro_rules! subject {
    (slot $slot:ident) => {
        swap::behind($slot)
    };
    ($other:ident $argument:ident) => {
        $argument
    };
}

macro_rules! forwarded {
    ($( $name:ident($first:ident: $subject:ty $(, $argument:ident: $kind:ty)*); )*) => {
        $(
            unsafe extern "C" fn $name($first: $subject $(, $argument: $kind)*) -> CK_RV {
                forward(stringify!($name), |chaos| match chaos.inner.$name {
                    Some(function) => {
                        let settled = swap::settle(chaos);
                        let $first = subject!($first $first);
                        // Only what is about a slot has to be done before another exchange.
                        let _settled = Some(settled).filter(|_| stringify!($first) == "slot");
                        // SAFETY: the caller's arguments are passed on as they are.
                        unsafe { function($first $(, $argument)*) }
                    }
                    None => CKR_FUNCTION_NOT_SUPPORTED,
                })
            }
        )*

        /// The list of the other module with these functions before it.
        fn before(inner: CK_FUNCTION_LIST) -> CK_FUNCTION_LIST {
            CK_FUNCTION_LIST {
                C_Initialize: Some(initialize),
                C_GetFunctionList: Some(C_GetFunctionList),
                C_GetSlotList: Some(get_slot_list),
                $( $name: Some($name), )*
                ..inner
            }
        }
    };
}

forwarded! {
    C_Finalize(reserved: *mut c_void);
    C_GetInfo(info: *mut CK_INFO);
    C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO);
    C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO);
    C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: *mut CK_ULONG);
    C_GetMechanismInfo(slot: CK_SLOT_ID, mechanism: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO);
    C_InitToken(slot: CK_SLOT_ID, pin: *mut CK_UTF8CHAR, len: CK_ULONG, label: *mut CK_UTF8CHAR);
    C_InitPIN(session: CK_SESSION_HANDLE, pin: *mut CK_UTF8CHAR, len: CK_ULONG);
    C_OpenSession(slot: CK_SLOT_ID, flags: CK_FLAGS, application: *mut c_void, notify: CK_NOTIFY, session: *mut CK_SESSION_HANDLE);
    C_CloseSession(session: CK_SESSION_HANDLE);
    C_CloseAllSessions(slot: CK_SLOT_ID);
    C_GetSessionInfo(session: CK_SESSION_HANDLE, info: *mut CK_SESSION_INFO);
    C_Login(session: CK_SESSION_HANDLE, user: CK_USER_TYPE, pin: *mut CK_UTF8CHAR, len: CK_ULONG);
    C_Logout(session: CK_SESSION_HANDLE);
    C_CreateObject(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, object: *mut CK_OBJECT_HANDLE);
    C_CopyObject(session: CK_SESSION_HANDLE, from: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG, object: *mut CK_OBJECT_HANDLE);
    C_DestroyObject(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE);
    C_GetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
    C_SetAttributeValue(session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
    C_FindObjectsInit(session: CK_SESSION_HANDLE, template: *mut CK_ATTRIBUTE, count: CK_ULONG);
    C_FindObjects(session: CK_SESSION_HANDLE, objects: *mut CK_OBJECT_HANDLE, most: CK_ULONG, count: *mut CK_ULONG);
    C_FindObjectsFinal(session: CK_SESSION_HANDLE);
    C_EncryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_Encrypt(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, len: CK_ULONG, out: *mut CK_BYTE, out_len: *mut CK_ULONG);
    C_DecryptInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_Decrypt(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, len: CK_ULONG, out: *mut CK_BYTE, out_len: *mut CK_ULONG);
    C_SignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE);
    C_Sign(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, len: CK_ULONG, out: *mut CK_BYTE, out_len: *mut CK_ULONG);
    C_GenerateKey(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, template: *mut CK_ATTRIBUTE, count: CK_ULONG, key: *mut CK_OBJECT_HANDLE);
    C_GenerateKeyPair(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, public: *mut CK_ATTRIBUTE, public_count: CK_ULONG,
        private: *mut CK_ATTRIBUTE, private_count: CK_ULONG, public_key: *mut CK_OBJECT_HANDLE, private_key: *mut CK_OBJECT_HANDLE);
    C_GenerateRandom(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, len: CK_ULONG);
}

unsafe extern "C" fn get_slot_list(present: CK_BBOOL, slots: *mut CK_SLOT_ID, count: *mut CK_ULONG) -> CK_RV {
    forward("C_GetSlotList", |chaos| {
        let _settled = swap::settle(chaos);
        // SAFETY: the caller's arguments are passed on as they are.
        unsafe { swap::slot_list(chaos, present, slots, count) }
    })
}

unsafe extern "C" fn initialize(arguments: *mut c_void) -> CK_RV {
    forward("C_Initialize", |chaos| {
        let Some(function) = chaos.inner.C_Initialize else { return CKR_FUNCTION_NOT_SUPPORTED };
        let Some(reserved) = &chaos.reserved else {
            // SAFETY: the caller's arguments are passed on as they are.
            return unsafe { function(arguments) };
        };
        let mut extended = NssArguments {
            arguments: CK_C_INITIALIZE_ARGS {
                CreateMutex: None,
                DestroyMutex: None,
                LockMutex: None,
                UnlockMutex: None,
                flags: CKF_OS_LOCKING_OK,
                pReserved: reserved.as_ptr().cast_mut().cast(),
            },
            reserved: ptr::null_mut(),
        };
        // SAFETY: the arguments live until the call returns, and the string as long as the process.
        unsafe { function((&raw mut extended).cast()) }
    })
}

/// The entry of a PKCS#11 v2.40 module.
///
/// # Safety
/// `list` points to a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    let Some(chaos) = chaos() else { return CKR_GENERAL_ERROR };
    if list.is_null() {
        return CKR_ARGUMENTS_BAD;
    }
    // SAFETY: the pointer was checked, and callers only read the list.
    unsafe { *list = (&raw const chaos.outer).cast_mut() };
    CKR_OK
}
