//! Progress and cancellation that the host implements in Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keymanager_facade::HostProgress;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::record::Class;
use crate::{entry, error, host};

/// The host's object for one call. When it raises, the work ends.
struct PythonProgress {
    object: Py<PyAny>,
    raised: AtomicBool,
}

/// The facade's progress over the argument of a call; None is no progress.
pub(crate) fn take(object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Arc<dyn HostProgress>>> {
    static CLASS: Class = Class::new();
    let Some(object) = object else { return Ok(None) };
    if !host::is_a(&CLASS, "HostProgress", object)? {
        return Err(PyTypeError::new_err("progress is not a HostProgress"));
    }
    Ok(Some(Arc::new(PythonProgress { object: object.clone().unbind(), raised: AtomicBool::new(false) })))
}

impl PythonProgress {
    /// Asks the object, unless it raised before; None when it raises.
    fn ask<T>(&self, ask: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Option<T> {
        if self.raised.load(Ordering::Acquire) {
            return None;
        }
        entry::callback(|py| {
            ask(self.object.bind(py)).map_err(|error| {
                let sentence = error::sentence(py, &error);
                entry::keep(error, &sentence, error::CANCELLED);
                self.raised.store(true, Ordering::Release);
            })
        })?
        .ok()
    }
}

impl HostProgress for PythonProgress {
    fn advance(&self, done: u64, total: Option<u64>, what: String) {
        self.ask(|host| host.call_method1("advance", (done, total, what)).map(drop));
    }

    fn cancelled(&self) -> bool {
        self.ask(|host| host.call_method0("cancelled")?.is_truthy()).unwrap_or(true)
    }
}
