//! A master backend that the host implements in Python.

use std::sync::Arc;

use keymanager_facade::{
    HostDirection, HostError, HostHash, HostKeyKind, HostMaster, HostMasterCapabilities, HostMasterEntry,
    HostMasterPage, HostOaep, HostSignInput, HostSignature,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::bytes::{Owned, secret, wipe};
use crate::host::Host;
use crate::record::{ToPython, record};
use crate::store::numbered;

/// `master_unavailable`: what a host's backend answers that says no number.
const MASTER_UNAVAILABLE: u32 = 7007;

numbered!(HostKeyKind, HostHash, HostSignature, HostDirection);
record!("keymanager.hosts", HostOaep { hash, mgf_hash, label });

/// Parameters of OAEP as a host says them.
#[derive(FromPyObject)]
struct Oaep {
    hash: u32,
    mgf_hash: u32,
    label: Owned,
}

/// What a host's backend says it can do.
#[derive(FromPyObject)]
struct Capabilities {
    kinds: Vec<u32>,
    oaep: Vec<Oaep>,
    raw_rsa: bool,
    aes_ecb: bool,
    certificates: bool,
    extractable: bool,
    parallel: bool,
}

/// A key as a host answers it.
#[derive(FromPyObject)]
struct Entry {
    alias: String,
    kind: Option<u32>,
    spki_der: Option<Owned>,
    certificate_der: Option<Owned>,
    pending: bool,
}

/// A page of keys as a host answers it.
#[derive(FromPyObject)]
struct Page {
    entries: Vec<Entry>,
    next: Option<String>,
}

impl Oaep {
    fn into_facade(self) -> PyResult<HostOaep> {
        let hash = |number| HostHash::from_number(number).ok_or_else(|| unknown("hash"));
        Ok(HostOaep { hash: hash(self.hash)?, mgf_hash: hash(self.mgf_hash)?, label: self.label.0 })
    }
}

impl Capabilities {
    fn into_facade(self) -> PyResult<HostMasterCapabilities> {
        let kind = |number| HostKeyKind::from_number(number).ok_or_else(|| unknown("kind of key"));
        Ok(HostMasterCapabilities {
            kinds: self.kinds.into_iter().map(kind).collect::<PyResult<_>>()?,
            oaep: self.oaep.into_iter().map(Oaep::into_facade).collect::<PyResult<_>>()?,
            raw_rsa: self.raw_rsa,
            aes_ecb: self.aes_ecb,
            certificates: self.certificates,
            extractable: self.extractable,
            parallel: self.parallel,
        })
    }
}

impl From<Entry> for HostMasterEntry {
    fn from(entry: Entry) -> Self {
        Self {
            alias: entry.alias,
            // A kind without a number is one that is not listed.
            kind: entry.kind.and_then(HostKeyKind::from_number),
            spki_der: entry.spki_der.map(|der| der.0),
            certificate_der: entry.certificate_der.map(|der| der.0),
            pending: entry.pending,
        }
    }
}

fn unknown(what: &str) -> PyErr {
    PyValueError::new_err(format!("there is no such {what}"))
}

/// The host's backend as the facade's trait.
pub(crate) struct PythonMaster {
    pub(crate) host: Arc<Host>,
    capabilities: HostMasterCapabilities,
}

impl PythonMaster {
    /// Takes the object, and asks what it can do, once.
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let host = Arc::new(Host::new(object, MASTER_UNAVAILABLE)?);
        let capabilities = object.call_method0("capabilities")?.extract::<Capabilities>()?.into_facade()?;
        Ok(Self { host, capabilities })
    }
}

impl HostMaster for PythonMaster {
    fn capabilities(&self) -> Result<HostMasterCapabilities, HostError> {
        Ok(self.capabilities.clone())
    }

    fn create(&self, alias: String, kind: HostKeyKind) -> Result<Option<Vec<u8>>, HostError> {
        self.host.ask(|host| {
            let answer = host.call_method1("create", (alias, kind.to_python(host.py())?))?;
            Ok(answer.extract::<Option<Owned>>()?.map(|der| der.0))
        })
    }

    fn attach_certificate(&self, alias: String, certificate_der: Vec<u8>) -> Result<(), HostError> {
        self.host.ask(|host| {
            let der = PyBytes::new(host.py(), &certificate_der);
            host.call_method1("attach_certificate", (alias, der)).map(drop)
        })
    }

    fn find(&self, alias: String) -> Result<Option<HostMasterEntry>, HostError> {
        self.host.ask(|host| {
            let answer = host.call_method1("find", (alias,))?;
            Ok(answer.extract::<Option<Entry>>()?.map(HostMasterEntry::from))
        })
    }

    fn list(&self, cursor: Option<String>) -> Result<HostMasterPage, HostError> {
        self.host.ask(|host| {
            let Page { entries, next } = host.call_method1("list", (cursor,))?.extract()?;
            Ok(HostMasterPage { entries: entries.into_iter().map(HostMasterEntry::from).collect(), next })
        })
    }

    fn sign(&self, alias: String, scheme: HostSignature, input: HostSignInput) -> Result<Vec<u8>, HostError> {
        let (input, is_digest) = match input {
            HostSignInput::Message(message) => (message, false),
            HostSignInput::Digest(digest) => (digest, true),
        };
        self.host.ask(|host| {
            let arguments = (alias, scheme.to_python(host.py())?, PyBytes::new(host.py(), &input), is_digest);
            Ok(host.call_method1("sign", arguments)?.extract::<Owned>()?.0)
        })
    }

    fn rsa_decrypt(&self, alias: String, oaep: Option<HostOaep>, ciphertext: Vec<u8>) -> Result<Vec<u8>, HostError> {
        self.host.ask(|host| {
            let arguments = (alias, oaep.to_python(host.py())?, PyBytes::new(host.py(), &ciphertext));
            Ok(host.call_method1("rsa_decrypt", arguments)?.extract::<Owned>()?.0)
        })
    }

    fn aes_ecb(&self, alias: String, direction: HostDirection, blocks: Vec<u8>) -> Result<Vec<u8>, HostError> {
        // What the host is given is secret.
        let blocks = Zeroizing::new(blocks);
        self.host.ask(|host| {
            let blocks = secret(host.py(), &blocks);
            let answer = host
                .call_method1("aes_ecb", (alias, direction.to_python(host.py())?, &blocks))
                .and_then(|answer| answer.extract::<Owned>());
            wipe(&blocks);
            Ok(answer?.0)
        })
    }

    fn remove(&self, alias: String) -> Result<(), HostError> {
        self.host.ask(|host| host.call_method1("remove", (alias,)).map(drop))
    }

    fn health(&self) -> Result<(), HostError> {
        self.host.ask(|host| host.call_method0("health").map(drop))
    }
}
