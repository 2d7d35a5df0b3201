//! Into the caller's buffer. The same operations as those that answer new bytes.

use keymanager_facade::EnvelopeOptions;
use pyo3::prelude::*;

use crate::bytes::{CertificateInput, Input, Output};
use crate::entry::call;
use crate::envelope::options;
use crate::manager::KeyManager;

/// The size of the envelope of `plaintext_len` bytes; `plaintext_len` at least that of any plaintext in an envelope.
#[pyfunction]
#[pyo3(signature = (plaintext_len, *, layout=None))]
pub(crate) fn envelope_len(py: Python<'_>, plaintext_len: usize, layout: Option<String>) -> PyResult<usize> {
    let options = EnvelopeOptions { layout, ..EnvelopeOptions::default() };
    call(py, || keymanager_facade::envelope_len(&options, plaintext_len))
}

/// `encrypt` into `out`, which needs `envelope_len` bytes; answers how many were written. After an error `out` holds no
/// plaintext. Nobody else may use `out` meanwhile.
#[pyfunction]
#[pyo3(signature = (certificate, plaintext, out, *, layout=None, aad=None, salt=None))]
pub(crate) fn encrypt_into(
    py: Python<'_>,
    certificate: CertificateInput<'_>,
    plaintext: Input<'_>,
    mut out: Output,
    layout: Option<String>,
    aad: Option<Input<'_>>,
    salt: Option<Input<'_>>,
) -> PyResult<usize> {
    let (options, certificate, plaintext) = (options(layout, aad, salt), certificate.as_ref(), plaintext.as_ref());
    let out = out.as_mut();
    call(py, || keymanager_facade::encrypt_into(certificate, &options, plaintext, out))
}

#[pymethods]
impl KeyManager {
    /// `decrypt` into `out`; answers how many bytes were written. A buffer as large as the envelope is always large
    /// enough. After an error `out` holds no plaintext. Nobody else may use `out` meanwhile.
    #[pyo3(signature = (app, reference, envelope, out, *, layout=None, aad=None, salt=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn decrypt_into(
        &self,
        py: Python<'_>,
        app: &str,
        reference: &str,
        envelope: Input<'_>,
        mut out: Output,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
    ) -> PyResult<usize> {
        let (options, envelope) = (options(layout, aad, salt), envelope.as_ref());
        let out = out.as_mut();
        self.call(py, |handle| handle.decrypt_into(app, reference, &options, envelope, out))
    }
}
