//! Who may do what, and what is kept about it, when the host decides in Python.

use std::sync::Arc;

use keymanager_facade::{HostAccess, HostAccessRequest, HostAudit, HostAuditEvent, HostError};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::error::{ACCESS_REFUSED, AUDIT_FAILED};
use crate::host::{Host, is_a};
use crate::record::{Class, ToPython, record};

record!("keymanager.hosts", HostAccessRequest { verb, app, reference, caller });
record!("keymanager.hosts", HostAuditEvent { time, operation, verb, app, reference, caller, outcome, keys });
record!("keymanager.hosts", HostAuditKey { alias, thumbprint });

/// The host's decision as the facade's trait.
pub(crate) struct PythonAccess(Arc<Host>);

/// The host's sink as the facade's trait.
pub(crate) struct PythonAudit(Arc<Host>);

/// The decision over the argument of a call; None for none.
pub(crate) fn access(object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<PythonAccess>> {
    static CLASS: Class = Class::new();
    Ok(take(&CLASS, "HostAccess", object, ACCESS_REFUSED)?.map(PythonAccess))
}

/// The sink over the argument of a call; None for none.
pub(crate) fn audit(object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<PythonAudit>> {
    static CLASS: Class = Class::new();
    Ok(take(&CLASS, "HostAudit", object, AUDIT_FAILED)?.map(PythonAudit))
}

fn take(class: &Class, name: &str, object: Option<&Bound<'_, PyAny>>, otherwise: u32) -> PyResult<Option<Arc<Host>>> {
    let Some(object) = object else { return Ok(None) };
    if !is_a(class, name, object)? {
        return Err(PyTypeError::new_err(format!("not a {name}")));
    }
    Ok(Some(Arc::new(Host::new(object, otherwise)?)))
}

impl PythonAccess {
    pub(crate) fn host(&self) -> Arc<Host> {
        Arc::clone(&self.0)
    }
}

impl PythonAudit {
    pub(crate) fn host(&self) -> Arc<Host> {
        Arc::clone(&self.0)
    }
}

impl HostAccess for PythonAccess {
    fn decide(&self, request: HostAccessRequest) -> Result<bool, HostError> {
        self.0.ask(|host| host.call_method1("decide", (request.to_python(host.py())?,))?.extract())
    }
}

impl HostAudit for PythonAudit {
    fn record(&self, event: HostAuditEvent) -> Result<(), HostError> {
        self.0.ask(|host| host.call_method1("record", (event.to_python(host.py())?,)).map(drop))
    }
}
