//! For tests, in a build with the feature `testing`: the core's suites on hosts in Python, and a panic.
#![expect(clippy::expect_used, clippy::panic, reason = "a suite reports by panicking")]

use std::sync::Arc;

use keymanager_facade::testing;
use pyo3::prelude::*;

use crate::entry::call;
use crate::master::PythonMaster;
use crate::store::PythonStore;

/// Holds stores, each a fresh one from `make`, to every promise of the contract.
#[pyfunction]
pub(crate) fn store_suite(py: Python<'_>, make: Py<PyAny>) -> PyResult<()> {
    call(py, || {
        testing::store_suite(&|| {
            let store = Python::attach(|py| PythonStore::new(&make.bind(py).call0()?));
            Arc::new(store.expect("a store"))
        });
        Ok(())
    })
}

/// Holds a master backend to every promise of the contract.
#[pyfunction]
pub(crate) fn master_suite(py: Python<'_>, master: &Bound<'_, PyAny>) -> PyResult<()> {
    let master = Arc::new(PythonMaster::new(master)?);
    call(py, || testing::master_suite(master))
}

/// Panics inside a call.
#[pyfunction]
pub(crate) fn planted_panic(py: Python<'_>) -> PyResult<()> {
    call(py, || panic!("planted, with a secret"))
}
