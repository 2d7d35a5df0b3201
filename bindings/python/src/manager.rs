//! The handle of a server.

use std::sync::{Arc, Mutex, PoisonError};

use keymanager_facade::{FacadeError, KeyManagerHandle, ManagerOptions};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::bytes::{Input, output};
use crate::choice::{MasterObject, StoreObject};
use crate::entry::{call, free};
use crate::envelope::options;
use crate::host::Host;
use crate::watch;

/// Keys, certificates and envelopes of one deployment, at the system's time. Every call may block, and may come from any
/// thread; other threads of Python run meanwhile. Close it, or use it in a `with` statement.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct KeyManager {
    /// Held for moments only, and never while Python code may run.
    open: Mutex<Option<Open>>,
}

/// What an open manager owns.
struct Open {
    handle: Arc<KeyManagerHandle>,
    /// The host's objects, which the handle owns, too.
    hosts: Vec<Arc<Host>>,
}

impl KeyManager {
    /// The handle, kept alive for one call whoever closes the manager meanwhile.
    pub(crate) fn handle(&self, py: Python<'_>) -> PyResult<Arc<KeyManagerHandle>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = open.as_ref().map(|open| Arc::clone(&open.handle));
        drop(open);
        handle.ok_or_else(|| {
            let error = FacadeError::invalid_argument("the manager is closed");
            crate::error::raise(py, error, None)
        })
    }

    /// Runs a call of the facade on the handle.
    pub(crate) fn call<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&KeyManagerHandle) -> Result<T, FacadeError> + Send,
    ) -> PyResult<T> {
        let handle = self.handle(py)?;
        // The last use of the handle may end with this call: what it owns is dropped with the interpreter released.
        call(py, move || work(&handle))
    }

    fn take(&self) -> Option<Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl KeyManager {
    /// Opens a manager over a store and a master backend, each embedded or of the host.
    ///
    /// With `create` the embedded store and the key file are made new; `already_exists` or `output_exists` when they are
    /// there. A database, a token and a host make their own. `caller` is the name that policies with a list of users are
    /// compared with. `config` is the text of a `keymanager.toml`; what it says about places is not used. `access` decides
    /// who may do what; None for everybody everything. `audit` keeps what happens; None for nobody. With `audit_may_fail`
    /// a verb goes on when what happens cannot be kept; otherwise it does not begin.
    #[staticmethod]
    #[pyo3(
        signature = (
            store, master, *, create=false, caller=None, config=None, access=None, audit=None, audit_may_fail=false
        )
    )]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn open(
        py: Python<'_>,
        store: &Bound<'_, PyAny>,
        master: &Bound<'_, PyAny>,
        create: bool,
        caller: Option<String>,
        config: Option<String>,
        access: Option<&Bound<'_, PyAny>>,
        audit: Option<&Bound<'_, PyAny>>,
        audit_may_fail: bool,
    ) -> PyResult<Self> {
        // All are taken before one is complained about, so that all are released.
        let (store, master) = (StoreObject::of(store), MasterObject::of(master));
        let (access, audit) = (watch::access(access), watch::audit(audit));
        let (store, master, access, audit) = (store?, master?, access?, audit?);
        let watching = [access.as_ref().map(|access| access.host()), audit.as_ref().map(|audit| audit.host())];
        let hosts = [store.host(), master.host()].into_iter().chain(watching).flatten().collect();
        let handle = call(py, move || {
            let options = ManagerOptions {
                create,
                caller,
                config,
                access: access.map(|access| Arc::new(access) as _),
                audit: audit.map(|audit| Arc::new(audit) as _),
                audit_may_fail,
                ..ManagerOptions::new(store.into_choice(), master.into_choice())
            };
            KeyManagerHandle::open(options)
        })?;
        Ok(Self { open: Mutex::new(Some(Open { handle: Arc::new(handle), hosts })) })
    }

    /// Prepares the store and writes the default policies where there are none. Idempotent.
    fn initialise(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, KeyManagerHandle::initialise)
    }

    /// Encrypts `plaintext` to the current key of a scope; the key is made or renewed when the rules say so.
    #[pyo3(signature = (app, reference, plaintext, *, layout=None, aad=None, salt=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn encrypt<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        plaintext: Input<'_>,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (options, plaintext) = (options(layout, aad, salt), plaintext.as_ref());
        let envelope = self.call(py, |handle| handle.encrypt(app, reference, &options, plaintext))?;
        output(py, &envelope)
    }

    /// Opens `envelope` under an application; the reference id may be blank: the envelope names its key. The plaintext
    /// belongs to the caller, who wipes it.
    #[pyo3(signature = (app, reference, envelope, *, layout=None, aad=None, salt=None))]
    #[expect(clippy::too_many_arguments, reason = "options are keywords in Python")]
    fn decrypt<'py>(
        &self,
        py: Python<'py>,
        app: &str,
        reference: &str,
        envelope: Input<'_>,
        layout: Option<String>,
        aad: Option<Input<'_>>,
        salt: Option<Input<'_>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (options, envelope) = (options(layout, aad, salt), envelope.as_ref());
        let plaintext =
            self.call(py, |handle| handle.decrypt(app, reference, &options, envelope).map(Zeroizing::new))?;
        output(py, &plaintext)
    }

    /// Ends the use of the manager; what runs on other threads comes to its end first. Again is fine.
    fn close(&self, py: Python<'_>) {
        free(py, self.take());
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyResult<PyRef<'_, Self>> {
        slf.handle(slf.py())?;
        Ok(slf)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _kind: &Bound<'_, PyAny>,
        _error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
        self.close(py);
    }

    /// A host that knows its manager is a cycle, which the interpreter finds through this.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(open) = self.open.try_lock() else { return Ok(()) };
        let Some(open) = open.as_ref() else { return Ok(()) };
        // What a running call uses is not ours alone.
        if Arc::strong_count(&open.handle) > 1 {
            return Ok(());
        }
        open.hosts.iter().try_for_each(|host| host.traverse(&visit))
    }

    fn __clear__(&self) {
        drop(self.take());
    }
}
