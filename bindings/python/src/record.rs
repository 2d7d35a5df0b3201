//! Records of the facade as those of `keymanager.records`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

/// A class of the package, looked up once.
pub(crate) type Class = PyOnceLock<Py<PyType>>;

/// A value as Python has it; lists become tuples, as records do not change.
pub(crate) trait ToPython {
    fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>>;
}

/// A field of a record that is forgotten here does not compile; one that the Python class lacks fails when it is made.
macro_rules! record {
    ($module:literal, $name:ident { $($field:ident),+ $(,)? }) => {
        impl ToPython for keymanager_facade::$name {
            fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                static CLASS: $crate::record::Class = $crate::record::Class::new();
                let Self { $($field),+ } = self;
                let fields = pyo3::types::PyDict::new(py);
                $( fields.set_item(stringify!($field), $field.to_python(py)?)?; )+
                CLASS.import(py, $module, stringify!($name))?.call((), Some(&fields))
            }
        }
    };
}
pub(crate) use record;

record!(
    "keymanager.records",
    Key {
        alias,
        app_id,
        ref_id,
        level,
        algorithm,
        location,
        thumbprint,
        issuer_alias,
        not_before,
        not_after,
        state,
        days_left,
        uni_ident,
    }
);
record!("keymanager.records", GeneratedKeys { generated, existing });
record!("keymanager.records", KeyCertificate { key, certificate_pem });
record!("keymanager.records", KeyCsr { key, csr_pem });
record!("keymanager.records", KeyObject { key, generated, certificate_pem, csr_pem });
record!("keymanager.records", Transferred { bytes_in, bytes_out });
record!("keymanager.records", SignedReport { document, signature, certificate_pem });
record!("keymanager.records", DamagedRow { alias, error, text });
record!(
    "keymanager.records",
    RewrapReport {
        app_id,
        module_alias,
        former_modules,
        rewrapped,
        kept,
        other_domain,
        pool_keys_discarded,
        damaged,
        begun,
        ended,
        seconds,
        signed,
    }
);
record!("keymanager.records", TableCopy { table, copied, present, others });
record!(
    "keymanager.records",
    CopyReport { tables, intents_left, pool_keys_left, damaged, begun, ended, seconds, signed }
);
record!(
    "keymanager.records",
    BackupReport { made, key_file, keys, chained, foreign_issuers, opened, damaged, signed_by, signed }
);
record!("keymanager.records", Policy { app_id, validity_days, pre_expire_days, active, access_allowed });
record!("keymanager.records", Pool { app_id, module_alias, current, ready, oldest, newest, used, last_used });
record!("keymanager.records", DoctorReport { findings, checked });
record!("keymanager.records", Checked { records, tokens });
record!("keymanager.records", DoctorFinding { code, severity, alias, text, repair, repaired });
record!(
    "keymanager.records",
    InspectReport { kind, layout, size, fields, thumbprint, authenticated, not_authenticated, findings, certificate }
);
record!("keymanager.records", InspectField { name, offset, length, value, note });
record!("keymanager.records", InspectFinding { severity, code, text });
record!("keymanager.records", InspectCertificate { matches, subject, not_after, days_left });

/// Values that the interpreter has of its own.
macro_rules! plain {
    ($($kind:ty),+) => {
        $(
            impl ToPython for $kind {
                fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                    Ok(self.into_pyobject(py)?.to_owned().into_any())
                }
            }
        )+
    };
}

plain!(bool, i16, u32, i64, u64, String);

impl<T: ToPython> ToPython for Option<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Some(value) => value.to_python(py),
            None => Ok(py.None().into_bound(py)),
        }
    }
}

impl<T: ToPython> ToPython for Vec<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let values = self.into_iter().map(|value| value.to_python(py)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyTuple::new(py, values)?.into_any())
    }
}

impl ToPython for Vec<u8> {
    fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(crate::bytes::output(py, &self)?.into_any())
    }
}
