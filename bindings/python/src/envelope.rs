//! Envelopes to a certificate.

use keymanager_facade::EnvelopeOptions;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::bytes::{CertificateInput, Input, output};
use crate::entry::call;
use crate::record::ToPython as _;

/// Encrypts `plaintext` to a certificate, PEM or DER, at the system's time.
///
/// `layout` is `ver_r2`, `packet`, `aad` or `salt`; None means `ver_r2`. `aad` is the caller's additional authenticated
/// data; empty for layouts that carry their own. `salt` is the caller's salt of 12 or 16 bytes; only for layouts that do
/// not carry their own.
#[pyfunction]
#[pyo3(signature = (certificate, plaintext, *, layout=None, aad=None, salt=None))]
pub(crate) fn encrypt<'py>(
    py: Python<'py>,
    certificate: CertificateInput<'_>,
    plaintext: Input<'_>,
    layout: Option<String>,
    aad: Option<Input<'_>>,
    salt: Option<Input<'_>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let options = options(layout, aad, salt);
    let (certificate, plaintext) = (certificate.as_ref(), plaintext.as_ref());
    let envelope = call(py, || keymanager_facade::encrypt(certificate, &options, plaintext))?;
    output(py, &envelope)
}

/// Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. It fails for a
/// certificate that cannot be read only; what it does not know is of the kind `unknown`, with the reasons. `certificate`,
/// PEM or DER, is compared with the recipient.
#[pyfunction]
#[pyo3(signature = (data, certificate=None))]
pub(crate) fn inspect<'py>(
    py: Python<'py>,
    data: Input<'_>,
    certificate: Option<CertificateInput<'_>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (data, certificate) = (data.as_ref(), certificate.as_ref().map(AsRef::as_ref));
    call(py, || keymanager_facade::inspect(data, certificate))?.to_python(py)
}

/// How an envelope is made or read, from the arguments of a call.
pub(crate) fn options(layout: Option<String>, aad: Option<Input<'_>>, salt: Option<Input<'_>>) -> EnvelopeOptions {
    let owned = |bytes: Input<'_>| bytes.as_ref().to_vec();
    EnvelopeOptions { layout, aad: aad.map(owned).unwrap_or_default(), salt: salt.map(owned) }
}
