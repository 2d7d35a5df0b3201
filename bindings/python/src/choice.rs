//! Where records and master keys are.

use std::path::PathBuf;
use std::sync::Arc;

use keymanager_facade::{FacadeError, MasterChoice, StoreChoice};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use zeroize::Zeroizing;

use crate::bytes::Owned;
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

/// The PostgreSQL database of a MOSIP key manager (docs/storage.md, section 7): `postgresql://USER@HOST/DATABASE?…`,
/// without a password. The password is kept until this object is gone, and wiped; it is never shown. `read_from` is the
/// address of a replica that reads may go to.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct PostgresStore {
    address: String,
    password: Option<Zeroizing<Vec<u8>>>,
    read_from: Option<String>,
}

#[pymethods]
impl PostgresStore {
    #[new]
    #[pyo3(signature = (address, *, password=None, read_from=None))]
    fn new(address: String, password: Option<Owned>, read_from: Option<String>) -> Self {
        Self { address, password: password.map(|password| Zeroizing::new(password.0)), read_from }
    }

    /// Its address.
    #[getter]
    fn address(&self) -> &str {
        &self.address
    }

    /// The address of its replica.
    #[getter]
    fn read_from(&self) -> Option<&str> {
        self.read_from.as_deref()
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

/// A PKCS#11 token (docs/token.md) by its RFC 7512 address, with `module-path`. The PIN is kept until this object is gone,
/// and wiped; it is never shown. A wrong one is tried once.
#[pyclass(frozen, module = "keymanager")]
pub(crate) struct Token {
    uri: String,
    pin: Zeroizing<Vec<u8>>,
}

#[pymethods]
impl Token {
    #[new]
    fn new(uri: String, pin: Owned) -> Self {
        Self { uri, pin: Zeroizing::new(pin.0) }
    }

    /// Its address.
    #[getter]
    fn uri(&self) -> &str {
        &self.uri
    }
}

/// A path as the facade takes it.
pub(crate) fn text(py: Python<'_>, path: PathBuf) -> PyResult<String> {
    let refused = |_| FacadeError::invalid_argument("the path is not UTF-8");
    path.into_os_string().into_string().map_err(|path| crate::error::raise(py, refused(path), None))
}

/// A store as it was given.
pub(crate) enum StoreObject {
    Sqlite(String),
    Postgres { address: String, password: Option<Zeroizing<Vec<u8>>>, read_from: Option<String> },
    Host(PythonStore),
}

impl StoreObject {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static CLASS: Class = Class::new();
        if let Ok(store) = object.cast::<SqliteStore>() {
            return Ok(Self::Sqlite(store.get().path.clone()));
        }
        if let Ok(store) = object.cast::<PostgresStore>() {
            let PostgresStore { address, password, read_from } = store.get();
            let (address, read_from) = (address.clone(), read_from.clone());
            return Ok(Self::Postgres { address, password: password.clone(), read_from });
        }
        if is_a(&CLASS, "HostStore", object)? {
            return PythonStore::new(object).map(Self::Host);
        }
        Err(PyTypeError::new_err("the store is neither a SqliteStore, a PostgresStore nor a HostStore"))
    }

    pub(crate) fn host(&self) -> Option<Arc<Host>> {
        match self {
            Self::Sqlite(_) | Self::Postgres { .. } => None,
            Self::Host(store) => Some(Arc::clone(&store.host)),
        }
    }

    pub(crate) fn into_choice(self) -> StoreChoice {
        match self {
            Self::Sqlite(path) => StoreChoice::Sqlite { path },
            Self::Postgres { address, password, read_from } => {
                let password = password.map(|mut password| std::mem::take(&mut *password));
                StoreChoice::Postgres { address, password, read_from }
            }
            Self::Host(store) => StoreChoice::Host(Arc::new(store)),
        }
    }
}

/// A master backend as it was given.
pub(crate) enum MasterObject {
    File(String, Zeroizing<Vec<u8>>),
    Token(String, Zeroizing<Vec<u8>>),
    Host(PythonMaster),
}

impl MasterObject {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        static CLASS: Class = Class::new();
        if let Ok(file) = object.cast::<KeyFile>() {
            let file = file.get();
            return Ok(Self::File(file.path.clone(), file.passphrase.clone()));
        }
        if let Ok(token) = object.cast::<Token>() {
            let token = token.get();
            return Ok(Self::Token(token.uri.clone(), token.pin.clone()));
        }
        if is_a(&CLASS, "HostMaster", object)? {
            return PythonMaster::new(object).map(Self::Host);
        }
        Err(PyTypeError::new_err("the master backend is neither a KeyFile, a Token nor a HostMaster"))
    }

    pub(crate) fn host(&self) -> Option<Arc<Host>> {
        match self {
            Self::File(..) | Self::Token(..) => None,
            Self::Host(master) => Some(Arc::clone(&master.host)),
        }
    }

    /// The facade wipes what is secret in it.
    pub(crate) fn into_choice(self) -> MasterChoice {
        match self {
            Self::File(path, mut passphrase) => {
                MasterChoice::KeyFile { path, passphrase: std::mem::take(&mut *passphrase) }
            }
            Self::Token(uri, mut pin) => MasterChoice::Token { uri, pin: std::mem::take(&mut *pin) },
            Self::Host(master) => MasterChoice::Host(Arc::new(master)),
        }
    }
}
