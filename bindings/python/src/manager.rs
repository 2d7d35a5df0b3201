//! The handle of a server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use keymanager_facade::{FacadeError, KeyManagerHandle, ManagerOptions, MasterChoice, StoreChoice};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::bytes::{Input, Owned, output};
use crate::entry::{call, free};
use crate::envelope::options;
use crate::host::{Host, is_a};
use crate::master::PythonMaster;
use crate::record::Class;
use crate::store::PythonStore;

/// The embedded record store: a file of SQLite.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct SqliteStore {
    path: String,
}

#[pymethods]
impl SqliteStore {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self { path: text(py, path)? })
    }

    /// The path of its file.
    #[getter]
    fn path(&self) -> &str {
        &self.path
    }
}

/// The embedded master backend: a PKCS#12 file under a passphrase in printable ASCII. The passphrase is kept until this
/// object is gone, and wiped; it is never shown.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct KeyFile {
    path: String,
    passphrase: Zeroizing<Vec<u8>>,
}

#[pymethods]
impl KeyFile {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, passphrase: Owned) -> PyResult<Self> {
        let passphrase = Zeroizing::new(passphrase.0);
        Ok(Self { path: text(py, path)?, passphrase })
    }

    /// Its path.
    #[getter]
    fn path(&self) -> &str {
        &self.path
    }
}

/// A path as the facade takes it.
pub(crate) fn text(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let refused = |_| FacadeError::invalid_argument("the path is not UTF-8");
    path.into_os_string().into_string().map_err(|path| crate::error::raise(py, refused(path), None))
}

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
    /// there. A host makes its own. `caller` is the name that policies with a list of users are compared with.
    #[staticmethod]
    #[pyo3(signature = (store, master, *, create=false, caller=None))]
    fn open(
        py: Python<'_>,
        store: &Bound<'_, PyAny>,
        master: &Bound<'_, PyAny>,
        create: bool,
        caller: Option<String>,
    ) -> PyResult<Self> {
        // Both are taken before either is complained about, so that both are released.
        let (store, master) = (StoreObject::of(store), MasterObject::of(master));
        let (store, master) = (store?, master?);
        let hosts = store.host().into_iter().chain(master.host()).collect();
        let handle = call(py, move || {
            let (store, master) = (store.into_choice(), master.into_choice());
            KeyManagerHandle::open(ManagerOptions { create, caller, ..ManagerOptions::new(store, master) })
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

/// A store as it was given.
enum StoreObject {
    Sqlite(String),
    Host(PythonStore),
}

impl StoreObject {
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static CLASS: Class = Class::new();
        if let Ok(store) = object.cast::<SqliteStore>() {
            return Ok(Self::Sqlite(store.get().path.clone()));
        }
        if is_a(&CLASS, "HostStore", object)? {
            return PythonStore::new(object).map(Self::Host);
        }
        Err(PyTypeError::new_err("store is neither a SqliteStore nor a HostStore"))
    }

    fn host(&self) -> Option<Arc<Host>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Host(store) => Some(Arc::clone(&store.host)),
        }
    }

    fn into_choice(self) -> StoreChoice {
        match self {
            Self::Sqlite(path) => StoreChoice::Sqlite { path },
            Self::Host(store) => StoreChoice::Host(Arc::new(store)),
        }
    }
}

/// A master backend as it was given.
enum MasterObject {
    File(String, Zeroizing<Vec<u8>>),
    Host(PythonMaster),
}

impl MasterObject {
    fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static CLASS: Class = Class::new();
        if let Ok(file) = object.cast::<KeyFile>() {
            let file = file.get();
            return Ok(Self::File(file.path.clone(), file.passphrase.clone()));
        }
        if is_a(&CLASS, "HostMaster", object)? {
            return PythonMaster::new(object).map(Self::Host);
        }
        Err(PyTypeError::new_err("master is neither a KeyFile nor a HostMaster"))
    }

    fn host(&self) -> Option<Arc<Host>> {
        match self {
            Self::File(..) => None,
            Self::Host(master) => Some(Arc::clone(&master.host)),
        }
    }

    /// The facade wipes the passphrase that it is given.
    fn into_choice(self) -> MasterChoice {
        match self {
            Self::File(path, mut passphrase) => {
                MasterChoice::KeyFile { path, passphrase: std::mem::take(&mut *passphrase) }
            }
            Self::Host(master) => MasterChoice::Host(Arc::new(master)),
        }
    }
}
