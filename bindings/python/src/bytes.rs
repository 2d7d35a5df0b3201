//! Bytes of the interpreter; the only `unsafe` (BND-50).

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyBufferError, PyMemoryError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};
use zeroize::Zeroizing;

/// Bytes that are lent for one call: `bytes`, `bytearray`, `memoryview`, or any other contiguous buffer of bytes.
pub(crate) enum Input<'a> {
    /// An immutable object, which its caller holds.
    Bytes(&'a [u8]),
    /// A view of an immutable object, which the view holds.
    View(PyBuffer<u8>),
    /// What another thread may change once the interpreter is released. It may be a plaintext, and is wiped.
    Copy(Zeroizing<Vec<u8>>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Input<'a> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = object.extract::<&'a [u8]>() {
            return Ok(Self::Bytes(bytes));
        }
        let buffer = PyBuffer::<u8>::get(&object)?;
        if !buffer.is_c_contiguous() {
            return Err(PyBufferError::new_err("the buffer is not contiguous"));
        }
        if let Ok(view) = object.cast::<PyMemoryView>()
            && view.getattr("obj")?.is_exact_instance_of::<PyBytes>()
        {
            return Ok(Self::View(buffer));
        }
        copy(object.py(), &buffer).map(Self::Copy)
    }
}

impl AsRef<[u8]> for Input<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Copy(bytes) => bytes,
            // SAFETY: the buffer is one piece (checked in `extract`) of a `bytes` object, which nobody changes, and which
            // the buffer keeps alive as long as `self`.
            Self::View(buffer) => buffer.as_slice_ptr().map_or(&[], |slice| unsafe { slice.as_ref() }),
        }
    }
}

/// Copies a buffer. It may be larger than memory, which is an error and not the end of the process.
fn copy(py: Python<'_>, buffer: &PyBuffer<u8>) -> PyResult<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(buffer.item_count()).map_err(|_| PyMemoryError::new_err(()))?;
    bytes.resize(buffer.item_count(), 0);
    buffer.copy_to_slice(py, &mut bytes)?;
    Ok(bytes)
}

/// A certificate: PEM as text, or PEM or DER as bytes.
pub(crate) enum CertificateInput<'a> {
    Text(&'a str),
    Bytes(Input<'a>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for CertificateInput<'a> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyString>() {
            return Ok(Self::Text(object.extract()?));
        }
        object.extract().map(Self::Bytes)
    }
}

impl AsRef<[u8]> for CertificateInput<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes.as_ref(),
        }
    }
}

/// Bytes that are kept after the call, or that a host answers.
pub(crate) struct Owned(pub(crate) Vec<u8>);

impl<'a, 'py> FromPyObject<'a, 'py> for Owned {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(match object.extract::<Input<'a>>()? {
            Input::Copy(mut bytes) => std::mem::take(&mut *bytes),
            other => other.as_ref().to_vec(),
        }))
    }
}

/// A buffer of the caller that is written to: `bytearray`, a writable `memoryview`, or the like.
pub(crate) struct Output(PyBuffer<u8>);

impl<'a, 'py> FromPyObject<'a, 'py> for Output {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let buffer = PyBuffer::<u8>::get(&object)?;
        if buffer.readonly() || !buffer.is_c_contiguous() {
            return Err(PyBufferError::new_err("the buffer is read-only or not contiguous"));
        }
        Ok(Self(buffer))
    }
}

impl AsMut<[u8]> for Output {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: the buffer is writable and one piece (checked in `extract`), and cannot be resized or freed while `self`
        // holds it. Inputs never share it, as those that can be written were copied. A program that uses it from another
        // thread meanwhile finds mixed bytes in it, as with `readinto` of a file; no pointer or length depends on them.
        self.0.as_slice_ptr().map_or(&mut [], |mut slice| unsafe { slice.as_mut() })
    }
}

/// `bytes` as `bytes`.
pub(crate) fn output<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    PyBytes::new_with(py, bytes.len(), |out| {
        out.copy_from_slice(bytes);
        Ok(())
    })
}

/// A secret that a host is given, as a `bytearray` that can be wiped.
pub(crate) fn secret<'py>(py: Python<'py>, bytes: &[u8]) -> Bound<'py, PyByteArray> {
    PyByteArray::new(py, bytes)
}

/// Wipes it, in case that the host did not.
pub(crate) fn wipe(secret: &Bound<'_, PyByteArray>) {
    // SAFETY: the interpreter is held, no code of Python runs, and the slice ends with this statement.
    unsafe { secret.as_bytes_mut() }.fill(0);
}
