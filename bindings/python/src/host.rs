//! An object of the host: a store or a master backend written in Python.

use keymanager_facade::HostError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::record::Class;
use crate::{entry, error};

/// The module of the classes that hosts implement and use.
pub(crate) const HOSTS: &str = "keymanager.hosts";

/// The object, whose `release` is called once: when the last use of it has ended, or opening failed (BND-54).
pub(crate) struct Host {
    object: Py<PyAny>,
    /// Releases the object when it is gone. It is an object of Python because a cycle that nobody needs has its finalizers
    /// run while everything in it is still whole.
    held: Py<PyAny>,
    /// The number for what the object raises and does not number itself.
    otherwise: u32,
}

impl Host {
    pub(crate) fn new(object: &Bound<'_, PyAny>, otherwise: u32) -> PyResult<Self> {
        static CLASS: Class = Class::new();
        let held = CLASS.import(object.py(), HOSTS, "Held")?.call1((object,))?;
        Ok(Self { object: object.clone().unbind(), held: held.unbind(), otherwise })
    }

    /// For the interpreter's search for cycles.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.object)?;
        visit.call(&self.held)
    }

    /// Asks the object.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, HostError> {
        let asked =
            entry::callback(|py| ask(self.object.bind(py)).map_err(|error| error::of_host(py, error, self.otherwise)));
        let ended = || HostError { number: self.otherwise, message: "the interpreter has ended".to_owned() };
        asked.unwrap_or_else(|| Err(ended()))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Now, and not when the interpreter next looks at what was dropped without it.
        entry::callback(|py| {
            let held = std::mem::replace(&mut self.held, py.None());
            drop(held.into_bound(py));
        });
    }
}

/// Whether an object is of a class of [`HOSTS`].
pub(crate) fn is_a(class: &Class, name: &str, object: &Bound<'_, PyAny>) -> PyResult<bool> {
    object.is_instance(class.import(object.py(), HOSTS, name)?)
}
