//! A host's progress and cancellation, in C.

use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use keymanager_facade::{FacadeError, HostProgress};

use crate::pointer::{self, Context, SizedStruct};

/// Told how far long work is, and asked whether it shall go on. Both callbacks must answer quickly and may come from any
/// thread; neither is called once the call they were given to has returned.
#[repr(C)]
pub struct km_progress_callbacks {
    /// `sizeof(km_progress_callbacks)`.
    pub size: usize,
    /// Given to each callback.
    pub ctx: *mut c_void,
    /// Called once with `ctx`, before the call returns; may be null.
    pub release: Option<extern "C" fn(ctx: *mut c_void)>,
    /// `done` of `total` units of `what`; `total` is `UINT64_MAX` when it is not known. May be null.
    pub advance: Option<extern "C" fn(ctx: *mut c_void, done: u64, total: u64, what: *const c_char)>,
    /// Whether the work shall end with the error `cancelled`: any other number than 0. May be null.
    pub cancelled: Option<extern "C" fn(ctx: *mut c_void) -> u32>,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_progress_callbacks {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_progress_callbacks";
}

/// [`HostProgress`] over a table.
struct CProgress {
    context: Context,
    advance: Option<extern "C" fn(*mut c_void, u64, u64, *const c_char)>,
    cancelled: Option<extern "C" fn(*mut c_void) -> u32>,
}

impl HostProgress for CProgress {
    fn advance(&self, done: u64, total: Option<u64>, what: String) {
        if let (Some(advance), Ok(what)) = (self.advance, CString::new(what)) {
            advance(self.context.get(), done, total.unwrap_or(u64::MAX), what.as_ptr());
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.is_some_and(|cancelled| cancelled(self.context.get()) != 0)
    }
}

/// The progress of a call; null is none.
///
/// # Safety
/// `table` is null, or points to a table that has as many bytes as it says.
pub(crate) unsafe fn take(table: *const km_progress_callbacks) -> Result<Option<Arc<dyn HostProgress>>, FacadeError> {
    // SAFETY: the caller's promise, here and below.
    let Some(context) = (unsafe { Context::take(table) }) else {
        // SAFETY: as above.
        return if table.is_null() { Ok(None) } else { unsafe { pointer::sized(table) }.map(|_| None) };
    };
    // SAFETY: as above.
    let table = unsafe { pointer::sized(table) }?;
    Ok(Some(Arc::new(CProgress { context, advance: table.advance, cancelled: table.cancelled })))
}
