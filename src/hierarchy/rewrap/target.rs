//! The Module key that everything is to hang under (MIG-11, MIG-12).

use std::sync::Arc;

use super::RewrapOptions;
use crate::envelope::{WrappedPrivateKey, wrap_private_key};
use crate::error::{Code, Error, Result};
use crate::hierarchy::Hierarchy;
use crate::hierarchy::issuer::Issuer;
use crate::hierarchy::records::Row;
use crate::id::{Alias, AppId, KeyScope};
use crate::master::MasterKeys;
use crate::secret::SecretBytes;

/// The length of what is wrapped and opened to see that the Module key can, in bytes.
const TRIAL_LEN: usize = 32;

/// A Module key and the backend it is in.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) issuer: Issuer,
    pub(super) backend: Arc<dyn MasterKeys>,
}

impl Hierarchy {
    /// The Module key to wrap to, which has shown that it opens what is wrapped to it.
    pub(super) fn rewrap_target(&self, app: &AppId, options: &RewrapOptions) -> Result<Target> {
        let backend = options.to.as_ref().unwrap_or(&self.master);
        let scope = KeyScope::master(app.clone());
        let issuer = match (&options.module, &options.to) {
            (None, None) => self.module_issuer(app, &self.policies_now()?)?,
            (Some(alias), _) => self.module_named(&scope, backend, alias)?,
            (None, Some(_)) => self.module_of(&scope, backend)?,
        };
        let target = Target { issuer, backend: Arc::clone(backend) };
        self.try_out(&target)?;
        Ok(target)
    }

    /// The Module key of this alias, in whatever state it is.
    fn module_named(&self, scope: &KeyScope, backend: &Arc<dyn MasterKeys>, alias: &Alias) -> Result<Issuer> {
        if !self.keys_of(scope)?.iter().any(|row| row.key.alias.alias == *alias) {
            let why = format!("{alias} is not the alias of a Module key of {}", scope.app);
            return Err(Error::new(Code::AliasNotFound, why));
        }
        self.issuer_in(backend, alias, Vec::new())
    }

    /// The current one of the Module keys that `backend` holds.
    fn module_of(&self, scope: &KeyScope, backend: &Arc<dyn MasterKeys>) -> Result<Issuer> {
        let mut held: Vec<Row> = Vec::new();
        for row in self.keys_of(scope)? {
            if backend.find(row.key.alias.alias.clone())?.is_some_and(|entry| !entry.pending) {
                held.push(row);
            }
        }
        let Some(current) = self.select(scope, &held, &self.policies_now()?)? else {
            let why = format!("the other master backend has no current Module key of {}", scope.app);
            return Err(Error::new(Code::KeyNotGenerated, why));
        };
        self.issuer_in(backend, &current.key.alias.alias, Vec::new())
    }

    /// What is wrapped to a public key that is not that of the private key would be lost.
    fn try_out(&self, target: &Target) -> Result<()> {
        let mut trial = SecretBytes::zeroed(TRIAL_LEN);
        self.random.fill(trial.expose_mut())?;
        let Target { issuer, .. } = target;
        let wrapped = wrap_private_key(&self.provider, self.random.as_ref(), &issuer.public, &trial)?;
        let opened = WrappedPrivateKey::parse(&wrapped)?.unwrap(&self.provider, &issuer.key);
        match opened {
            Ok(opened) if opened.ct_eq(&trial) => Ok(()),
            Err(error) if error.code() != Code::DecryptionFailed => Err(error),
            _ => Err(not_opened(&issuer.alias)),
        }
    }
}

/// The failure of a Module key to open what was wrapped to it just now.
pub(super) fn not_opened(alias: &Alias) -> Error {
    Error::new(Code::MasterUnavailable, format!("the Module key {alias} does not open what is wrapped to it"))
}
