//! Keys of the master backend as issuers and wrappers, and Root keys as the origin of certificates.

use std::sync::Arc;

use super::Hierarchy;
use super::create::versions;
use super::info::KeyLevel;
use super::order::{Mode, Order};
use super::policy::Policies;
use super::records::Row;
use crate::certificate::Certificate;
use crate::crypto::PublicKey;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope};
use crate::master::{MasterEntry, MasterKey, MasterKeys};
use crate::store::Version;

/// A pair of the master backend with its certificate: what signs a certificate, and what a Base key is wrapped to.
#[derive(Debug)]
pub(super) struct Issuer {
    pub alias: Alias,
    pub certificate: Certificate,
    pub public: PublicKey,
    pub key: MasterKey,
    /// Those of all keys of its scope, when it was found to be the current one.
    pub versions: Vec<Version>,
}

impl Hierarchy {
    /// The current Root key; renewed when it is due (HIE-23). `root_not_found` when there never was one.
    pub(super) fn root_issuer(&self, policies: &Policies) -> Result<Issuer> {
        self.current_issuer(&self.root_scope(), KeyLevel::Root, policies)?.ok_or_else(|| self.no_root())
    }

    pub(super) fn no_root(&self) -> Error {
        Error::new(Code::RootNotFound, format!("there is no Root key ({})", self.root_scope()))
    }

    /// The current Module key of `app`; renewed when it is due. `key_not_generated` when there never was one.
    pub(super) fn module_issuer(&self, app: &AppId, policies: &Policies) -> Result<Issuer> {
        let scope = KeyScope::master(app.clone());
        let missing = || Error::new(Code::KeyNotGenerated, format!("{app} has no Module key"));
        self.current_issuer(&scope, KeyLevel::Module, policies)?.ok_or_else(missing)
    }

    fn current_issuer(&self, scope: &KeyScope, level: KeyLevel, policies: &Policies) -> Result<Option<Issuer>> {
        let mut rows = self.keys_of(scope)?;
        let alias = match self.select(scope, &rows, policies)? {
            Some(row) => row.key.alias.alias.clone(),
            None if rows.is_empty() => return Ok(None),
            None => {
                let alias = self.make(&Order::new(scope.clone(), level, Mode::Renew))?.key.alias.alias;
                rows = self.keys_of(scope)?;
                alias
            }
        };
        self.issuer(&alias, versions(&rows)).map(Some)
    }

    /// The pair under `alias`, whose certificate must be that of its key: what is wrapped to one and signed in the
    /// name of the other would be lost.
    fn issuer(&self, alias: &Alias, versions: Vec<Version>) -> Result<Issuer> {
        self.issuer_in(&self.master, alias, versions)
    }

    /// The same in `backend`.
    pub(super) fn issuer_in(
        &self,
        backend: &Arc<dyn MasterKeys>,
        alias: &Alias,
        versions: Vec<Version>,
    ) -> Result<Issuer> {
        let entry = entry_in(backend, alias)?;
        let public = public_of(&entry)?;
        let certificate = self.certificate_of_entry(&entry)?.ok_or_else(|| {
            Error::new(Code::CertificateNotFound, format!("the master key {alias} has no certificate"))
        })?;
        if certificate.public_key() != &public {
            let why = format!("the certificate of the master key {alias} does not belong to its key");
            return Err(Error::new(Code::MasterUnavailable, why));
        }
        let key = MasterKey::new(self.provider, Arc::clone(backend), alias.clone(), public.clone());
        Ok(Issuer { alias: alias.clone(), certificate, public, key, versions })
    }

    /// The pair under `alias` as a private key.
    pub(super) fn master_key(&self, alias: &Alias) -> Result<MasterKey> {
        self.master_key_in(&self.master, alias)
    }

    /// The same in `backend`.
    pub(super) fn master_key_in(&self, backend: &Arc<dyn MasterKeys>, alias: &Alias) -> Result<MasterKey> {
        let public = public_of(&entry_in(backend, alias)?)?;
        Ok(MasterKey::new(self.provider, Arc::clone(backend), alias.clone(), public))
    }

    /// The key under `alias`; a pending one is not there yet.
    pub(super) fn master_entry(&self, alias: &Alias) -> Result<MasterEntry> {
        entry_in(&self.master, alias)
    }

    /// The certificate of a master key; none when the backend has no such key, or no certificate for it.
    pub(super) fn master_certificate(&self, alias: &Alias) -> Result<Option<Certificate>> {
        match self.master.find(alias.clone())?.filter(|entry| !entry.pending) {
            Some(entry) => self.certificate_of_entry(&entry),
            None => Ok(None),
        }
    }

    fn certificate_of_entry(&self, entry: &MasterEntry) -> Result<Option<Certificate>> {
        let parse = |der: &Vec<u8>| {
            Certificate::from_der(&self.provider, der)
                .map_err(|error| error.context(format_args!("the certificate of the master key {}", entry.alias)))
        };
        entry.certificate.as_ref().map(parse).transpose()
    }

    /// The certificate of the Module key of `app` that signed `certificate`: that which wraps the key now (`wrapper`), or,
    /// when the key was wrapped again, another one. None when it is not here.
    pub(super) fn module_that_signed(
        &self,
        certificate: &Certificate,
        app: &AppId,
        wrapper: &Alias,
    ) -> Result<Option<Certificate>> {
        let signed = |module: &Certificate| certificate.verify_signed_by(&self.provider, module).is_ok();
        if let Some(module) = self.master_certificate(wrapper)?.filter(signed) {
            return Ok(Some(module));
        }
        for row in self.keys_of(&KeyScope::master(app.clone()))? {
            if let Some(module) = self.master_certificate(&row.key.alias.alias)?.filter(signed) {
                return Ok(Some(module));
            }
        }
        Ok(None)
    }

    /// The certificate of a key, wherever it is kept; none for symmetric keys and for keys the backend lost.
    pub(super) fn certificate_of_key(&self, row: &Row) -> Result<Option<Certificate>> {
        let Some(stored) = &row.key.stored else { return self.master_certificate(&row.key.alias.alias) };
        Certificate::parse(&self.provider, stored.certificate_pem.as_bytes()).map(Some).map_err(|error| {
            let why = format!("the certificate of the key {}: {}", row.key.alias.alias, error.detail());
            Error::new(Code::RecordDamaged, why)
        })
    }

    /// Every Root key whose certificate can be read.
    pub(super) fn roots(&self) -> Result<Vec<(Alias, Certificate)>> {
        let mut roots = Vec::new();
        for row in self.keys_of(&self.root_scope())? {
            if let Some(certificate) = self.master_certificate(&row.key.alias.alias)? {
                roots.push((row.key.alias.alias, certificate));
            }
        }
        Ok(roots)
    }

    /// Which of `roots` signed `certificate`.
    pub(super) fn root_of<'a>(
        &self,
        certificate: &Certificate,
        roots: &'a [(Alias, Certificate)],
    ) -> Option<&'a (Alias, Certificate)> {
        roots.iter().find(|(_, root)| certificate.verify_signed_by(&self.provider, root).is_ok())
    }
}

fn entry_in(backend: &Arc<dyn MasterKeys>, alias: &Alias) -> Result<MasterEntry> {
    backend.find(alias.clone())?.filter(|entry| !entry.pending).ok_or_else(|| {
        Error::new(Code::AliasNotFound, format!("the master backend has no key under the alias {alias}"))
    })
}

fn public_of(entry: &MasterEntry) -> Result<PublicKey> {
    entry
        .public
        .clone()
        .ok_or_else(|| Error::new(Code::WrongKeyKind, format!("the master key {} is not a pair", entry.alias)))
}
