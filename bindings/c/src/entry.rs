//! What every function of the interface does around its work.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use keymanager_facade::FacadeError;

use crate::error::km_error;
use crate::pointer::Out;
use crate::{KM_OK, init};

/// Runs the work of a function: checks that the library was initialised, catches a panic, and gives out error and
/// status. What was caught is dropped; the handle a panic went through keeps no broken state, as it has no mutable one.
pub(crate) fn status(error: Out<'_, km_error>, work: impl FnOnce() -> Result<(), FacadeError>) -> u32 {
    status_before_init(error, || init::check().and_then(|()| work()))
}

/// [`status`], for the functions that may be called before `km_init`.
pub(crate) fn status_before_init(error: Out<'_, km_error>, work: impl FnOnce() -> Result<(), FacadeError>) -> u32 {
    let answer = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(FacadeError::panic()));
    let failure = answer.err();
    let number = failure.as_ref().map_or(KM_OK, |failure| failure.number);
    if let Some(error) = error {
        error.write(failure.map(|failure| Box::new(km_error::new(&failure))));
    }
    number
}

/// [`status`] with a value, which is given out on success only; null otherwise.
pub(crate) fn value<T>(
    out: Out<'_, T>,
    error: Out<'_, km_error>,
    work: impl FnOnce() -> Result<T, FacadeError>,
) -> u32 {
    maybe(out, error, || work().map(Some))
}

/// [`value`], where there may be none on success either.
pub(crate) fn maybe<T>(
    out: Out<'_, T>,
    error: Out<'_, km_error>,
    work: impl FnOnce() -> Result<Option<T>, FacadeError>,
) -> u32 {
    let mut made = None;
    let wanted = out.is_some();
    let number = status(error, || {
        if !wanted {
            return Err(FacadeError::invalid_argument("the variable for the answer is null"));
        }
        made = work()?.map(Box::new);
        Ok(())
    });
    if let Some(out) = out {
        out.write(made);
    }
    number
}

/// [`status`] with a plain value, which is written on success only, and which nobody has to take.
pub(crate) fn plain<T>(
    out: Option<&mut MaybeUninit<T>>,
    error: Out<'_, km_error>,
    work: impl FnOnce() -> Result<T, FacadeError>,
) -> u32 {
    let mut made = None;
    let number = status(error, || {
        made = Some(work()?);
        Ok(())
    });
    if let (Some(out), Some(made)) = (out, made) {
        out.write(made);
    }
    number
}

/// Drops what a handle owns, whatever that does.
pub(crate) fn free<T>(handle: Option<Box<T>>) {
    // A panic in a destructor has nobody to tell.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(handle)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]
mod tests {
    use super::*;
    use crate::KM_PANIC;
    use crate::buffer::km_buffer;

    #[test]
    fn a_panic_becomes_a_status_and_an_error_and_no_value() {
        init::km_init(crate::KM_ABI_VERSION, None);
        let (mut out, mut error) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        let number = value::<km_buffer>(Some(&mut out), Some(&mut error), || panic!("planted"));
        // SAFETY: `value` wrote both.
        let (out, error) = unsafe { (out.assume_init(), error.assume_init()) };
        assert_eq!(number, KM_PANIC);
        assert!(out.is_none());
        assert_eq!(crate::error::km_error_number(error.as_deref()), KM_PANIC);
    }

    #[test]
    fn a_panic_in_a_destructor_stays_inside() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("planted");
            }
        }
        free(Some(Box::new(Panics)));
        free::<Panics>(None);
    }
}
