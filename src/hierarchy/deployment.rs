//! What work on a whole deployment needs of its hierarchy: the store, and a key that signs what was done (MIG-6).

use std::sync::Arc;

use serde::Serialize;

use super::Hierarchy;
#[cfg(feature = "sqlite")]
use super::Parts;
#[cfg(feature = "sqlite")]
use super::doctor::must_end;
use super::issuer::Issuer;
use super::records::Row;
#[cfg(feature = "sqlite")]
use super::records::{pages_of, row_of_another_table};
use super::report::SignedReport;
#[cfg(feature = "sqlite")]
use crate::certificate::Certificate;
use crate::crypto::CryptoProvider;
use crate::error::{Code, Result};
use crate::id::KeyScope;
#[cfg(feature = "sqlite")]
use crate::random::RandomSource;
use crate::store::KeyStore;
#[cfg(feature = "sqlite")]
use crate::store::{Record, Select, Versioned};

impl Hierarchy {
    pub(crate) fn store(&self) -> &Arc<dyn KeyStore> {
        &self.store
    }

    pub(crate) fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    /// The key that signs for the deployment: the newest of the signing pair, or else the newest Root. Nothing is made
    /// or renewed.
    pub(crate) fn deployment_signer(&self) -> Result<Signer> {
        let config = &self.config.hierarchy;
        let sign = KeyScope { app: config.sign_app.clone(), reference: config.sign_ref.clone() };
        for scope in [sign, self.root_scope()] {
            let rows = self.keys_of(&scope)?;
            let current = self.select(&scope, &rows, &self.policies_now()?)?.cloned();
            let newest_first = rows.iter().rev().filter(|row| row.key.stored.is_none());
            for row in current.iter().chain(newest_first) {
                if let Some(signer) = self.signer_of(row)? {
                    return Ok(Signer(signer));
                }
            }
        }
        Err(self.no_root())
    }

    /// None when the key is not in the backend, or is no RSA key with its own certificate.
    fn signer_of(&self, row: &Row) -> Result<Option<Issuer>> {
        match self.issuer_in(&self.master, &row.key.alias.alias, Vec::new()) {
            Ok(issuer) => Ok(Some(issuer).filter(|issuer| issuer.certificate.rsa_bits().is_some())),
            Err(error)
                if matches!(error.code(), Code::AliasNotFound | Code::CertificateNotFound | Code::WrongKeyKind) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Signs `body`, whose members must be declared in the order of their names.
    pub(crate) fn sign_for_deployment(&self, signer: &Signer, body: &impl Serialize) -> Result<SignedReport> {
        self.sign_report(&self.master, &signer.0, body)
    }
}

/// What a backup needs besides.
#[cfg(feature = "sqlite")]
impl Hierarchy {
    pub(crate) fn random(&self) -> &dyn RandomSource {
        self.random.as_ref()
    }

    /// The same hierarchy over another store.
    pub(crate) fn over(&self, store: Arc<dyn KeyStore>) -> Self {
        Self::new(Parts {
            provider: self.provider,
            store,
            master: Arc::clone(&self.master),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            keys: Arc::clone(&self.keys),
            config: Arc::clone(&self.config),
        })
    }

    /// The certificates of the recorded keys of the master backend, in the order of the store.
    pub(crate) fn master_certificates(&self) -> Result<Vec<Certificate>> {
        let mut certificates = Vec::new();
        for page in pages_of(self.store.as_ref(), Select::KeysAsTheyAre, Select::AllKeys) {
            for found in page? {
                let Record::Key(key) = found.record else { continue };
                if key.stored.is_some() {
                    continue;
                }
                match self.master_certificate(&key.alias.alias) {
                    Ok(certificate) => certificates.extend(certificate),
                    Err(error) if must_end(&error) => return Err(error),
                    Err(_) => {}
                }
            }
        }
        Ok(certificates)
    }

    /// Opens the private key of a row and compares it with its certificate. The outer error is a backend that is not
    /// there, the inner one the row's.
    pub(crate) fn opens(&self, found: Versioned) -> Result<Result<()>> {
        let Record::Key(key) = found.record else { return Err(row_of_another_table()) };
        let Some(stored) = key.stored.clone() else { return Ok(Ok(())) };
        let row = Row { key: *key, version: found.version };
        let opened = self.master_key(&stored.master).and_then(|module| self.open_stored(&row, &stored, &module));
        match opened {
            Ok(_) => Ok(Ok(())),
            Err(error) if must_end(&error) => Err(error),
            Err(error) => Ok(Err(error)),
        }
    }
}

/// The key that signs for the deployment.
#[derive(Debug)]
pub(crate) struct Signer(Issuer);

#[cfg(feature = "sqlite")]
impl Signer {
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.0.certificate
    }
}
