//! What work on a whole deployment needs of its hierarchy: the store, and a key that signs what was done (MIG-6).

use std::sync::Arc;

use serde::Serialize;

use super::Hierarchy;
use super::issuer::Issuer;
use super::records::Row;
use super::report::SignedReport;
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::id::KeyScope;
use crate::store::KeyStore;

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

/// The key that signs for the deployment.
#[derive(Debug)]
pub(crate) struct Signer(Issuer);

/// A store that holds something else than was expected.
pub(crate) fn not_a_key() -> Error {
    super::records::row_of_another_table()
}
