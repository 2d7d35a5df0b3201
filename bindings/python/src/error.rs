//! The one error as an exception of the class of its category.

use keymanager_facade::{FacadeError, HostError};
use pyo3::prelude::*;

use crate::entry::{self, Raised};
use crate::record::Class;

const MODULE: &str = "keymanager.errors";

/// `cancelled`: what a progress is that raises.
pub(crate) const CANCELLED: u32 = 1012;
/// `access_refused`: what an access decision is that raises.
pub(crate) const ACCESS_REFUSED: u32 = 5017;
/// `audit_failed`: what a sink is that raises.
pub(crate) const AUDIT_FAILED: u32 = 7017;

/// The exception for `error`. What a callback raised is its cause, if this error speaks of it.
pub(crate) fn raise(py: Python<'_>, error: FacadeError, raised: Option<Raised>) -> PyErr {
    let of = |raised: &Raised| match raised.number {
        CANCELLED | ACCESS_REFUSED | AUDIT_FAILED => raised.number == error.number,
        _ => error.detail.contains(&raised.sentence),
    };
    let cause = raised.filter(of);
    match exception(py, error) {
        Ok(exception) => {
            let exception = PyErr::from_value(exception);
            exception.set_cause(py, cause.map(|raised| raised.error));
            exception
        }
        Err(error) => error,
    }
}

fn exception(py: Python<'_>, error: FacadeError) -> PyResult<Bound<'_, PyAny>> {
    let FacadeError { number, name, category, exit, mosip_code, detail, next } = error;
    let class = py.import(MODULE)?.getattr("CATEGORIES")?.get_item(&category)?;
    class.call1((number, name, category, exit, mosip_code, detail, next))
}

/// What a host answers by what it raised: its own number, or `otherwise` and the class, whose text nobody has read.
pub(crate) fn of_host(py: Python<'_>, error: PyErr, otherwise: u32) -> HostError {
    let answered = match answered(py, &error) {
        Ok(Some(answered)) => answered,
        _ => HostError { number: otherwise, message: sentence(py, &error) },
    };
    entry::keep(error, &answered.message, otherwise);
    answered
}

/// What stands for an exception in a text.
pub(crate) fn sentence(py: Python<'_>, error: &PyErr) -> String {
    let class = error.get_type(py).fully_qualified_name();
    let class = class.ok().and_then(|name| name.extract::<String>().ok()).unwrap_or_default();
    format!("the host raised {class}")
}

/// The number and the text of an exception that says so itself.
fn answered(py: Python<'_>, error: &PyErr) -> PyResult<Option<HostError>> {
    static HOST: Class = Class::new();
    static OURS: Class = Class::new();
    let value = error.value(py);
    let message = if value.is_instance(HOST.import(py, MODULE, "HostError")?)? {
        "message"
    } else if value.is_instance(OURS.import(py, MODULE, "KeyManagerError")?)? {
        "detail"
    } else {
        return Ok(None);
    };
    let (number, message) = (value.getattr("number")?.extract()?, value.getattr(message)?.extract()?);
    Ok(Some(HostError { number, message }))
}
