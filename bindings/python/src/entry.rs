//! What every call does around its work.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};

use keymanager_facade::FacadeError;
use pyo3::prelude::*;

use crate::error;

thread_local! {
    /// Whether a callback of a host runs on this thread.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Whether a call runs on this thread; only then is what a callback raises kept.
    static CALLING: Cell<bool> = const { Cell::new(false) };
    /// What a callback of the running call raised last.
    static RAISED: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

/// What a callback raised, and what stands for it in the error of the call.
pub(crate) struct Raised {
    pub(crate) error: PyErr,
    /// A sentence in its text.
    pub(crate) sentence: String,
    /// Or its number, where the core has words of its own.
    pub(crate) number: u32,
}

/// Runs the work of a call with the interpreter released, and raises its error. A panic becomes an error, too (BND-6).
pub(crate) fn call<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, FacadeError> + Send) -> PyResult<T> {
    if INSIDE.get() {
        // The scope lock is held while a host is called: the call could wait for itself (BND-20).
        let error = FacadeError::invalid_argument("a host must not call the library from inside");
        return Err(error::raise(py, error, None));
    }
    CALLING.set(true);
    let answer = py.detach(|| catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(FacadeError::panic())));
    CALLING.set(false);
    let raised = RAISED.take();
    answer.map_err(|error| error::raise(py, error, raised))
}

/// Runs a callback of a host. None when the interpreter has ended.
pub(crate) fn callback<T>(ask: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    Python::try_attach(|py| {
        let before = INSIDE.replace(true);
        // A panic of Python code that called into Rust goes on to the boundary of the call.
        let answer = catch_unwind(AssertUnwindSafe(|| ask(py)));
        INSIDE.set(before);
        answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Keeps what a callback raised, for the error of the call that runs on this thread. On a thread of the host's own there
/// is no call to tell.
pub(crate) fn keep(error: PyErr, sentence: &str, number: u32) {
    if CALLING.get() {
        RAISED.set(Some(Raised { error, sentence: sentence.to_owned(), number }));
    }
}

/// Drops what a handle owns with the interpreter released, whatever that does.
pub(crate) fn free<T: Send>(py: Python<'_>, owned: T) {
    // A panic in a destructor has nobody to tell.
    let _ = py.detach(|| catch_unwind(AssertUnwindSafe(|| drop(owned))));
}
