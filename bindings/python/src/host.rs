//! An object of the host: a store or a master backend written in Python.

use keymanager_facade::HostError;
use pyo3::prelude::*;

use crate::record::Class;
use crate::{entry, error};

/// The module of the classes that hosts implement and use.
pub(crate) const HOSTS: &str = "keymanager.hosts";

/// The object, whose `release` is called once: when the last use of it has ended, or opening failed (BND-54).
pub(crate) struct Host {
    object: Py<PyAny>,
    /// The number for what it raises and does not number itself.
    otherwise: u32,
    /// The process it belongs to: after a fork, the parent's object is not ours to release.
    process: u32,
}

impl Host {
    pub(crate) fn new(object: &Bound<'_, PyAny>, otherwise: u32) -> Self {
        Self { object: object.clone().unbind(), otherwise, process: std::process::id() }
    }

    pub(crate) fn object(&self) -> &Py<PyAny> {
        &self.object
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
        if self.process != std::process::id() {
            return;
        }
        entry::callback(|py| {
            let object = self.object.bind(py);
            if let Err(error) = object.call_method0("release") {
                error.write_unraisable(py, Some(object));
            }
        });
    }
}

/// Whether an object is of a class of [`HOSTS`].
pub(crate) fn is_a(class: &Class, name: &str, object: &Bound<'_, PyAny>) -> PyResult<bool> {
    object.is_instance(class.import(object.py(), HOSTS, name)?)
}
