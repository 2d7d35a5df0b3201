//! Everything that touches a pointer from the other side. Each function says what C promises; nothing else in this crate
//! reads or writes foreign memory.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::slice;

use keymanager_facade::FacadeError;

/// Where an answer goes: null when the caller does not want it. The variable need not be initialised.
pub(crate) type Out<'a, T> = Option<&'a mut MaybeUninit<Option<Box<T>>>>;

/// Bytes that are borrowed for a call.
///
/// # Safety
/// `data` is null, or points to `len` bytes that nobody writes to while the result lives.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize, what: &str) -> Result<&'a [u8], FacadeError> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(FacadeError::invalid_argument(format!("{what} is null")));
    }
    if isize::try_from(len).is_err() {
        return Err(FacadeError::invalid_argument(format!("{what} has more bytes than memory")));
    }
    // SAFETY: not null, no longer than an object can be, and readable by the caller's promise.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// A buffer of the caller that is written to during a call.
///
/// # Safety
/// `data` is null, or points to `len` bytes that nobody else uses while the result lives.
pub(crate) unsafe fn bytes_mut<'a>(data: *mut u8, len: usize, what: &str) -> Result<&'a mut [u8], FacadeError> {
    if len == 0 {
        return Ok(&mut []);
    }
    if data.is_null() || isize::try_from(len).is_err() {
        return Err(FacadeError::invalid_argument(format!("{what} is null, or has more bytes than memory")));
    }
    // SAFETY: not null, no longer than an object can be, and ours alone by the caller's promise.
    Ok(unsafe { slice::from_raw_parts_mut(data, len) })
}

/// Values that are borrowed for a call.
///
/// # Safety
/// `data` is null, or points to `len` aligned values of `T` that nobody writes to while the result lives.
pub(crate) unsafe fn values<'a, T>(data: *const T, len: usize, what: &str) -> Result<&'a [T], FacadeError> {
    if len == 0 {
        return Ok(&[]);
    }
    let fits = len.checked_mul(size_of::<T>()).is_some_and(|size| isize::try_from(size).is_ok());
    if data.is_null() || !data.is_aligned() || !fits {
        return Err(FacadeError::invalid_argument(format!("{what} is null, not aligned, or too long")));
    }
    // SAFETY: not null, aligned, no longer than an object can be, and readable by the caller's promise.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// Text that may be missing.
///
/// # Safety
/// `text` is null, or points to text that ends with NUL and that nobody writes to while the result lives.
pub(crate) unsafe fn maybe_text<'a>(text: *const c_char, what: &str) -> Result<Option<&'a str>, FacadeError> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not null, and text that ends with NUL by the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(Some).map_err(|_| FacadeError::invalid_argument(format!("{what} is not UTF-8")))
}

/// Text that must be there.
///
/// # Safety
/// That of [`maybe_text`].
pub(crate) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a str, FacadeError> {
    // SAFETY: the same promise.
    unsafe { maybe_text(text, what) }?.ok_or_else(|| FacadeError::invalid_argument(format!("{what} is null")))
}

/// A structure that begins with its size, and of which a caller may know fewer fields than this library (BND-35).
///
/// # Safety
/// Implementors are `repr(C)`, begin with a `usize`, and are valid with every byte zero.
pub(crate) unsafe trait SizedStruct {
    /// The size in the first release that had this structure.
    const FIRST: usize;
    /// Its name in the header.
    const NAME: &'static str;
}

/// A copy of a sized structure; fields that the caller does not know are zero.
///
/// # Safety
/// `data` is null, or points to an aligned structure that has as many bytes as its first field says.
pub(crate) unsafe fn sized<T: SizedStruct>(data: *const T) -> Result<T, FacadeError> {
    if data.is_null() || !data.is_aligned() {
        return Err(FacadeError::invalid_argument(format!("{} is null, or not aligned", T::NAME)));
    }
    // SAFETY: not null, aligned, and it begins with its size by the contract of `SizedStruct`.
    let size = unsafe { data.cast::<usize>().read() };
    if size < T::FIRST {
        let text = format!("{}.size is {size}; set it to sizeof({})", T::NAME, T::NAME);
        return Err(FacadeError::invalid_argument(text));
    }
    if size > size_of::<T>() {
        let text = format!("{} has {size} bytes and this library knows {}", T::NAME, size_of::<T>());
        return Err(FacadeError::unsupported(text));
    }
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: both sides have `size` bytes, and the copy is our own.
    unsafe { data.cast::<u8>().copy_to_nonoverlapping(copy.as_mut_ptr().cast::<u8>(), size) };
    // SAFETY: every byte is the caller's or zero, and zero is valid by the contract of `SizedStruct`.
    Ok(unsafe { copy.assume_init() })
}

/// The `size`, `ctx` and `release` with which every table of callbacks begins, for ever (BND-37).
#[repr(C)]
struct Head {
    size: usize,
    ctx: *mut c_void,
    release: Option<extern "C" fn(*mut c_void)>,
}

/// A host's context: given to its callbacks, and released once, when the last user is gone.
pub(crate) struct Context {
    ctx: *mut c_void,
    release: Option<extern "C" fn(*mut c_void)>,
}

// SAFETY: the pointer is only handed to the host's callbacks, which may come from any thread (BND-37).
unsafe impl Send for Context {}
// SAFETY: as above; also side by side.
unsafe impl Sync for Context {}

impl Context {
    /// Takes over the context of a table, before anything else in the table is looked at. None for a null table, or one
    /// too short to have a context.
    ///
    /// # Safety
    /// `table` is null, or points to an aligned table of callbacks that has as many bytes as its first field says.
    pub(crate) unsafe fn take<T: SizedStruct>(table: *const T) -> Option<Self> {
        if table.is_null() || !table.is_aligned() {
            return None;
        }
        // SAFETY: not null, aligned, and it begins with its size by the contract of `SizedStruct`.
        let size = unsafe { table.cast::<usize>().read() };
        if size < size_of::<Head>() {
            return None;
        }
        // SAFETY: the table has the bytes of a head, and every table begins with one.
        let head = unsafe { table.cast::<Head>().read() };
        Some(Self { ctx: head.ctx, release: head.release })
    }

    /// The pointer, for the host's callbacks.
    pub(crate) fn get(&self) -> *mut c_void {
        self.ctx
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            release(self.ctx);
        }
    }
}
