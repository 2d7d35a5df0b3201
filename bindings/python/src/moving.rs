//! Long work that moves keys, and the reports about it that an outsider can check.

use std::path::PathBuf;

use keymanager_facade::{RewrapRequest, SignedReport};
use pyo3::prelude::*;

use crate::bytes::Owned;
use crate::choice::{MasterObject, StoreObject, text};
use crate::entry::call;
use crate::manager::KeyManager;
use crate::progress;
use crate::record::ToPython as _;

/// `keymanager.SignedReport`, or anything with its attributes.
#[derive(FromPyObject)]
pub(crate) struct ReportInput {
    document: String,
    signature: Owned,
    certificate_pem: String,
}

/// Checks a report that was kept. Whether its certificate is to be trusted is for the caller to know.
#[pyfunction]
pub(crate) fn verify_report(py: Python<'_>, report: ReportInput) -> PyResult<()> {
    let ReportInput { document, signature, certificate_pem } = report;
    let report = SignedReport { document, signature: signature.0, certificate_pem };
    call(py, || keymanager_facade::verify_report(&report))
}

/// What a method answers: a record.
type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// Progress, when it was given.
type Progress<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

#[pymethods]
impl KeyManager {
    /// Wraps again all that the Module keys of an application wrap, so that it hangs under one of them. Can be repeated,
    /// and goes on where it was interrupted.
    ///
    /// `to` is the master backend of the new Module key, which must be there, when it is not that of the manager.
    /// `module` is the alias of the new Module key; None for the current one of the application. With `stop_at_damaged`
    /// it ends at the first key that cannot be wrapped again; otherwise that is left as it is, and reported.
    #[pyo3(signature = (app, *, to=None, module=None, stop_at_damaged=false, progress=None))]
    fn rewrap<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        to: Option<&Bound<'py, PyAny>>,
        module: Option<String>,
        stop_at_damaged: bool,
        progress: Progress<'_, 'py>,
    ) -> Answer<'py> {
        let (to, progress) = (to.map(MasterObject::of).transpose()?, progress::take(progress)?);
        self.call(py, move |handle| {
            let to = to.map(MasterObject::into_choice);
            handle.rewrap(app, RewrapRequest { to, module, stop_at_damaged }, progress)
        })?
        .to_python(py)
    }

    /// Copies every row of the store into `to`, and compares both in the end. `create` makes an embedded store new. Can be
    /// repeated, and goes on where it was interrupted. Nobody may write to the store meanwhile.
    ///
    /// With `stop_at_damaged` it ends at the first row that cannot be understood; otherwise that is reported.
    #[pyo3(signature = (to, *, create=false, stop_at_damaged=false, progress=None))]
    fn copy_store<'py>(
        &self,
        py: Python<'py>,
        to: &Bound<'py, PyAny>,
        create: bool,
        stop_at_damaged: bool,
        progress: Progress<'_, 'py>,
    ) -> Answer<'py> {
        let (to, progress) = (StoreObject::of(to)?, progress::take(progress)?);
        self.call(py, move |handle| handle.copy_store(to.into_choice(), create, stop_at_damaged, progress))?
            .to_python(py)
    }

    /// Copies the store, and the key file if there is one, into the archive `path`, which must not exist; `open` opens
    /// every key of it. A token is not copied.
    #[pyo3(signature = (path, *, open=false, progress=None))]
    fn backup<'py>(&self, py: Python<'py>, path: PathBuf, open: bool, progress: Progress<'_, 'py>) -> Answer<'py> {
        let (path, progress) = (text(py, path)?, progress::take(progress)?);
        self.call(py, |handle| handle.backup(&path, open, progress))?.to_python(py)
    }

    /// Looks at an archive; with `open`, whether every key opens with the master keys of this manager. Its store is not
    /// looked at.
    #[pyo3(signature = (path, *, open=false, progress=None))]
    fn verify_backup<'py>(
        &self,
        py: Python<'py>,
        path: PathBuf,
        open: bool,
        progress: Progress<'_, 'py>,
    ) -> Answer<'py> {
        let (path, progress) = (text(py, path)?, progress::take(progress)?);
        self.call(py, |handle| handle.verify_backup(&path, open, progress))?.to_python(py)
    }

    /// Puts an archive back: its store as the SQLite file `store`, its key file as `key_file`. Nothing may be there. The
    /// store of this manager is not touched.
    #[pyo3(signature = (path, store, key_file=None, *, progress=None))]
    fn restore_backup<'py>(
        &self,
        py: Python<'py>,
        path: PathBuf,
        store: PathBuf,
        key_file: Option<PathBuf>,
        progress: Progress<'_, 'py>,
    ) -> Answer<'py> {
        let (path, store) = (text(py, path)?, text(py, store)?);
        let key_file = key_file.map(|key_file| text(py, key_file)).transpose()?;
        let progress = progress::take(progress)?;
        self.call(py, |handle| handle.restore_backup(&path, &store, key_file, progress))?.to_python(py)
    }
}
