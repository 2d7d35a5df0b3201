//! The error as an owned object.

use std::ffi::{CString, c_char};
use std::ptr;

use keymanager_facade::FacadeError;

use crate::entry;

/// An error: a row of the error table and a sentence. Owned by the caller, and read with the functions below; their
/// texts are UTF-8, live as long as the error, and hold no secret.
pub struct km_error {
    number: u32,
    exit: u32,
    name: CString,
    category: CString,
    mosip_code: Option<CString>,
    message: CString,
    next: CString,
}

impl km_error {
    pub(crate) fn new(error: &FacadeError) -> Self {
        Self {
            number: error.number,
            exit: error.exit.into(),
            name: c_text(&error.name),
            category: c_text(&error.category),
            mosip_code: error.mosip_code.as_deref().map(c_text),
            message: c_text(&error.detail),
            next: c_text(&error.next),
        }
    }
}

/// Text for C. A NUL inside, which only a caller's own text can bring, ends as a space.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

fn read(error: Option<&km_error>, field: impl FnOnce(&km_error) -> Option<&CString>) -> *const c_char {
    error.and_then(field).map_or(ptr::null(), |text| text.as_ptr())
}

/// The stable number, which is also the status; 0 for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_number(error: Option<&km_error>) -> u32 {
    error.map_or(0, |error| error.number)
}

/// The exit status the command line ends with on this error; 0 for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_exit(error: Option<&km_error>) -> u32 {
    error.map_or(0, |error| error.exit)
}

/// The stable name, in snake_case; null for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_name(error: Option<&km_error>) -> *const c_char {
    read(error, |error| Some(&error.name))
}

/// Who must act: `misuse`, `malformed`, `not_found`, `not_trusted`, `refused`, `decryption_failed`, `backend`, `bug`;
/// null for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_category(error: Option<&km_error>) -> *const c_char {
    read(error, |error| Some(&error.category))
}

/// The code the MOSIP key manager answers in the same situation; null where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_mosip_code(error: Option<&km_error>) -> *const c_char {
    read(error, |error| error.mosip_code.as_ref())
}

/// The sentence that names what was wrong; null for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_message(error: Option<&km_error>) -> *const c_char {
    read(error, |error| Some(&error.message))
}

/// What whoever meets the error can do next; null for null.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_next(error: Option<&km_error>) -> *const c_char {
    read(error, |error| Some(&error.next))
}

/// Frees an error; null is fine.
#[unsafe(no_mangle)]
pub extern "C" fn km_error_free(error: Option<Box<km_error>>) {
    entry::free(error);
}
