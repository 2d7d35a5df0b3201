//! A record store that the host implements in Python.

use keymanager_facade::{
    HostChangeKind, HostChangeSet, HostError, HostPage, HostQuery, HostRow, HostSelect, HostStore,
    HostStoreCapabilities, HostTable,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use std::sync::Arc;

use crate::bytes::Owned;
use crate::host::Host;
use crate::record::{ToPython, record};

/// `store_unavailable`: what a host's store answers that says no number.
const STORE_UNAVAILABLE: u32 = 7001;

record!("keymanager.hosts", HostQuery { select, values, limit, cursor });
record!("keymanager.hosts", HostRow { table, columns, version });
record!("keymanager.hosts", HostChange { kind, row });
record!("keymanager.hosts", HostExpectedScope { app, reference, versions });
record!("keymanager.hosts", HostChangeSet { expect_scopes, changes });

/// An enum whose values have the same numbers in `keymanager.hosts`.
macro_rules! numbered {
    ($($name:ident),+) => {
        $(
            impl crate::record::ToPython for $name {
                fn to_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
                    static CLASS: crate::record::Class = crate::record::Class::new();
                    CLASS.import(py, crate::host::HOSTS, stringify!($name))?.call1((self.number(),))
                }
            }
        )+
    };
}
pub(crate) use numbered;

numbered!(HostSelect, HostTable, HostChangeKind);

/// What a host's store says it can do.
#[derive(FromPyObject)]
struct Capabilities {
    side_tables: bool,
    row_authentication: bool,
    locks_between_processes: bool,
    durable: bool,
}

/// A row as a host answers it.
#[derive(FromPyObject)]
struct Row {
    table: u32,
    columns: Vec<Option<String>>,
    version: Option<Owned>,
}

/// A page as a host answers it.
#[derive(FromPyObject)]
struct Page {
    rows: Vec<Row>,
    next: Option<String>,
}

impl Row {
    fn into_facade(self) -> PyResult<HostRow> {
        let table =
            HostTable::from_number(self.table).ok_or_else(|| PyValueError::new_err("there is no such table"))?;
        Ok(HostRow { table, columns: self.columns, version: self.version.map(|version| version.0) })
    }
}

/// The host's store as the facade's trait.
pub(crate) struct PythonStore {
    pub(crate) host: Arc<Host>,
    capabilities: HostStoreCapabilities,
}

impl PythonStore {
    /// Takes the object, and asks what it can do, once.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let host = Arc::new(Host::new(object, STORE_UNAVAILABLE)?);
        let said: Capabilities = object.call_method0("capabilities")?.extract()?;
        let Capabilities { side_tables, row_authentication, locks_between_processes, durable } = said;
        let capabilities = HostStoreCapabilities { side_tables, row_authentication, locks_between_processes, durable };
        Ok(Self { host, capabilities })
    }
}

impl HostStore for PythonStore {
    fn capabilities(&self) -> HostStoreCapabilities {
        self.capabilities
    }

    fn find(&self, query: HostQuery) -> Result<HostPage, HostError> {
        self.host.ask(|host| {
            let Page { rows, next } = host.call_method1("find", (query.to_python(host.py())?,))?.extract()?;
            let rows = rows.into_iter().map(Row::into_facade).collect::<PyResult<_>>()?;
            Ok(HostPage { rows, next })
        })
    }

    fn apply(&self, changes: HostChangeSet) -> Result<(), HostError> {
        self.host.ask(|host| host.call_method1("apply", (changes.to_python(host.py())?,)).map(drop))
    }

    fn lock(&self, app: String, reference: String, wait_ms: u64) -> Result<u64, HostError> {
        self.host.ask(|host| host.call_method1("lock", (app, reference, wait_ms))?.extract())
    }

    fn unlock(&self, lock: u64) -> Result<(), HostError> {
        self.host.ask(|host| host.call_method1("unlock", (lock,)).map(drop))
    }

    fn prepare(&self) -> Result<(), HostError> {
        self.host.ask(|host| host.call_method0("prepare").map(drop))
    }
}
