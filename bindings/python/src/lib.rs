//! The Python package `keymanager`: a thin mirror of the facade (docs/bindings.md, section 4).
//!
//! Classes that only hold data are Python, in `python/keymanager/`; what calls the facade is here.
#![expect(clippy::result_large_err, reason = "an error that crosses is a plain record, and rare")]

mod bytes;
mod choice;
mod entry;
mod envelope;
mod error;
mod host;
mod into;
mod keys;
mod manager;
mod master;
mod moving;
mod progress;
mod record;
mod store;
mod stream;
#[cfg(feature = "testing")]
mod testing;
mod watch;

/// What `keymanager/__init__.py` shows.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::choice::{KeyFile, PostgresStore, SqliteStore, Token};
    #[pymodule_export]
    use super::envelope::{encrypt, inspect};
    #[pymodule_export]
    use super::into::{encrypt_into, envelope_len};
    #[pymodule_export]
    use super::manager::KeyManager;
    #[pymodule_export]
    use super::moving::verify_report;
    #[pymodule_export]
    use super::stream::{DecryptStream, EncryptStream, encrypt_file, encrypt_stream};
    #[cfg(feature = "testing")]
    #[pymodule_export]
    use super::testing::{master_suite, planted_panic, store_suite};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
