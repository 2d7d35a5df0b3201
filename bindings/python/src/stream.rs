//! Envelopes in pieces, and from file to file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use keymanager_facade::{
    DecryptStream as FacadeDecrypt, EncryptStream as FacadeEncrypt, FacadeError, FilePlaces, KeyManagerHandle,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::bytes::{CertificateInput, Input, output};
use crate::choice::text;
use crate::entry::{call, free};
use crate::envelope::options;
use crate::manager::KeyManager;
use crate::progress;
use crate::record::ToPython as _;

/// What a handle owns until it is closed.
struct Owned<T>(Mutex<Option<Arc<Stream<T>>>>);

struct Stream<T> {
    stream: T,
    /// The manager whose hosts the stream uses: as long as this is there, they are not the manager's alone.
    _manager: Option<Arc<KeyManagerHandle>>,
}

impl<T: Send + Sync> Owned<T> {
    fn new(stream: T, manager: Option<Arc<KeyManagerHandle>>) -> Self {
        Self(Mutex::new(Some(Arc::new(Stream { stream, _manager: manager }))))
    }

    /// Runs a call of the facade on the stream, which lives as long as the call whoever closes it meanwhile.
    fn call<A: Send>(&self, py: Python<'_>, work: impl FnOnce(&T) -> Result<A, FacadeError> + Send) -> PyResult<A> {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stream = stream.ok_or_else(|| {
            let error = FacadeError::invalid_argument("the stream is closed");
            crate::error::raise(py, error, None)
        })?;
        call(py, move || work(&stream.stream))
    }

    fn close(&self, py: Python<'_>) {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        free(py, stream);
    }
}

/// Encrypts piece by piece. Calls are made one after the other; from which threads does not matter.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct EncryptStream(Owned<FacadeEncrypt>);

#[pymethods]
impl EncryptStream {
    /// Encrypts the next piece of the plaintext, and answers what comes next in the envelope: as many bytes, and the start
    /// of the envelope (302 to 346 bytes) before those of the first piece that is not empty.
    fn update<'py>(&self, py: Python<'py>, data: Input<'_>) -> PyResult<Bound<'py, PyBytes>> {
        let data = data.as_ref();
        let piece = self.0.call(py, |stream| stream.update(data))?;
        output(py, &piece)
    }

    /// Ends the envelope, and answers its last 16 or 32 bytes.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let end = self.0.call(py, FacadeEncrypt::finish)?;
        output(py, &end)
    }

    /// Ends the use of the stream. Again is fine.
    fn close(&self, py: Python<'_>) {
        self.0.close(py);
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __exit__(&self, py: Python<'_>, _kind: Py<PyAny>, _error: Py<PyAny>, _traceback: Py<PyAny>) {
        self.0.close(py);
    }
}

/// Decrypts an envelope that comes in pieces, into a file: no plaintext leaves before its tag was checked. Calls are made
/// one after the other; from which threads does not matter. A stream that is closed before `finish` leaves nothing.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct DecryptStream(Owned<FacadeDecrypt>);

#[pymethods]
impl DecryptStream {
    /// Takes the next bytes of the envelope, of any number. The key is looked for and used when the first 346 are there.
    fn update(&self, py: Python<'_>, data: Input<'_>) -> PyResult<()> {
        let data = data.as_ref();
        self.0.call(py, |stream| stream.update(data))
    }

    /// Checks the tag, and gives the file its name.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.call(py, FacadeDecrypt::finish)?.to_python(py)
    }

    /// Ends the use of the stream. Again is fine.
    fn close(&self, py: Python<'_>) {
        self.0.close(py);
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __exit__(&self, py: Python<'_>, _kind: Py<PyAny>, _error: Py<PyAny>, _traceback: Py<PyAny>) {
        self.0.close(py);
    }
}

/// Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces.
#[pyfunction]
#[pyo3(signature = (certificate, *, layout=None, aad=None, salt=None))]
pub(crate) fn encrypt_stream(
    py: Python<'_>,
    certificate: CertificateInput<'_>,
    layout: Option<String>,
    aad: Option<Input<'_>>,
    salt: Option<Input<'_>>,
) -> PyResult<EncryptStream> {
    let (options, certificate) = (options(layout, aad, salt), certificate.as_ref());
    call(py, || keymanager_facade::encrypt_stream(certificate, &options))
        .map(|stream| EncryptStream(Owned::new(stream, None)))
}

/// Encrypts a file to a certificate, PEM or DER.
///
/// `input` and `output` are paths. The output gets its name when all of it is there, and is gone otherwise; without
/// `overwrite` a file of that name is the error `output_exists`.
#[pyfunction]
#[pyo3(signature = (certificate, input, output, *, overwrite=false, layout=None, aad=None, salt=None, progress=None))]
#[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
pub(crate) fn encrypt_file<'py>(
    py: Python<'py>,
    certificate: CertificateInput<'_>,
    input: PathBuf,
    output: PathBuf,
    overwrite: bool,
    layout: Option<String>,
    aad: Option<Input<'_>>,
    salt: Option<Input<'_>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (options, certificate) = (options(layout, aad, salt), certificate.as_ref());
    let (places, progress) = (places(py, input, output, overwrite)?, progress::take(progress)?);
    call(py, || keymanager_facade::encrypt_file(certificate, &options, &places, progress))?.to_python(py)
}

fn places(py: Python<'_>, input: PathBuf, output: PathBuf, overwrite: bool) -> PyResult<FilePlaces> {
    Ok(FilePlaces { input: text(py, input)?, output: text(py, output)?, overwrite })
}

#[pymethods]
impl KeyManager {
    /// Begins an envelope to the current key of a scope, whose plaintext comes in pieces; the key is made or renewed when
    /// the rules say so.
    #[pyo3(signature = (app, reference, *, layout=None, aad=None, salt=None))]
    fn encrypt_stream(
        &self,
        py: Python<'_>,
        app: &str,
        reference: &str,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
    ) -> PyResult<EncryptStream> {
        let options = options(layout, aad, salt);
        let stream = self.call(py, |handle| handle.encrypt_stream(app, reference, &options))?;
        Ok(EncryptStream(Owned::new(stream, None)))
    }

    /// Encrypts a file to the current key of a scope; the key is made or renewed when the rules say so.
    ///
    /// `input` and `output` are paths. The output gets its name when all of it is there, and is gone otherwise; without
    /// `overwrite` a file of that name is the error `output_exists`.
    #[pyo3(signature = (app, reference, input, output, *, overwrite=false, layout=None, aad=None, salt=None, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn encrypt_file<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        input: PathBuf,
        output: PathBuf,
        overwrite: bool,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (options, places) = (options(layout, aad, salt), places(py, input, output, overwrite)?);
        let progress = progress::take(progress)?;
        self.call(py, |handle| handle.encrypt_file(app, reference, &options, &places, progress))?.to_python(py)
    }

    /// Begins to decrypt an envelope that comes in pieces, into the file `output`, which gets its name when the tag was
    /// checked. The reference id may be blank: the envelope names its key.
    #[pyo3(signature = (app, reference, output, *, overwrite=false, layout=None, aad=None, salt=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn decrypt_stream(
        &self,
        py: Python<'_>,
        app: &str,
        reference: &str,
        output: PathBuf,
        overwrite: bool,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
    ) -> PyResult<DecryptStream> {
        let (options, output) = (options(layout, aad, salt), text(py, output)?);
        let handle = self.handle(py)?;
        let stream = call(py, || handle.decrypt_stream(app, reference, &options, &output, overwrite))?;
        Ok(DecryptStream(Owned::new(stream, Some(handle))))
    }

    /// Decrypts a file into another, which gets its name when the tag was checked. The reference id may be blank: the
    /// envelope names its key.
    #[pyo3(signature = (app, reference, input, output, *, overwrite=false, layout=None, aad=None, salt=None, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn decrypt_file<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        input: PathBuf,
        output: PathBuf,
        overwrite: bool,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (options, places) = (options(layout, aad, salt), places(py, input, output, overwrite)?);
        let progress = progress::take(progress)?;
        self.call(py, |handle| handle.decrypt_file(app, reference, &options, &places, progress))?.to_python(py)
    }
}
