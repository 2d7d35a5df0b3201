//! All that the Module keys of an application wrap, wrapped again to one of them, here or in another master backend
//! (docs/migration.md, MIG-10 to MIG-24).
//!
//! It needs no memory of what was done: a key that hangs under the new Module key is done, any other is not. So whoever
//! was interrupted starts again.

mod account;
mod row;
mod target;
mod work;

use std::sync::Arc;

use super::Hierarchy;
use super::report::SignedReport;
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope};
use crate::master::MasterKeys;
use crate::progress::Progress;
use crate::time::Timestamp;

use work::Work;

/// Where keys are wrapped again to, and what a damaged row means.
#[derive(Debug, Clone, Default)]
pub struct RewrapOptions {
    /// The backend that holds the new Module key, when it is not that of the hierarchy. Keys are unwrapped with either.
    pub to: Option<Arc<dyn MasterKeys>>,
    /// The new Module key: one of the application that this backend holds. The current one of those, when none is named.
    pub module: Option<Alias>,
    /// End at the first key that cannot be wrapped again, with its error. Otherwise it is left as it is and reported.
    pub stop_at_damaged: bool,
}

/// A key that could not be wrapped again; its rows are as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DamagedKey {
    /// Its alias, or the text in the place of one.
    pub id: String,
    /// The kind of fault.
    pub code: Code,
    /// What is wrong.
    pub why: String,
}

impl DamagedKey {
    pub(crate) fn new(id: &str, code: Code, why: &str) -> Self {
        Self { id: id.to_owned(), code, why: why.to_owned() }
    }
}

/// What was done.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RewrapReport {
    /// The application.
    pub app: AppId,
    /// The alias of the Module key that everything hangs under now.
    pub module: Alias,
    /// The other Module keys of the application. They stay.
    pub former: Vec<Alias>,
    /// How many keys were wrapped again.
    pub rewrapped: u64,
    /// How many keys hung under it before, and open.
    pub kept: u64,
    /// How many certificates of other domains name one of the Module keys; there is nothing to wrap in them.
    pub other_domain: u64,
    /// How many ready keys of the pool were discarded.
    pub pool_keys_discarded: u64,
    /// What could not be wrapped again or does not open, by alias.
    pub damaged: Vec<DamagedKey>,
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The report for outsiders, signed by the new Module key.
    pub signed: SignedReport,
}

impl Hierarchy {
    /// Wraps again all that hangs under the Module keys of `app`, so that it hangs under one of them: the current one
    /// (renewed first when it is due), or the one that `options` names, here or in another master backend. Each private
    /// key is compared with its certificate first, and what was wrapped is opened once before it is written. Certificates
    /// and Module keys stay. A second run finds what the first one did.
    ///
    /// # Errors
    /// `invalid_argument` for the application of Root; `key_not_generated` without a Module key to wrap to;
    /// `alias_not_found` when the one that is named is not there; `recipient_key` when it is not RSA-2048; `cancelled`:
    /// what was done stays; `store_conflict` when others change the same rows again and again; those of store and
    /// master backends. With `stop_at_damaged`, `record_damaged` for a key that cannot be wrapped again.
    pub fn rewrap(&self, app: &AppId, options: &RewrapOptions, progress: &dyn Progress) -> Result<RewrapReport> {
        if self.config.hierarchy.is_root_app(app) {
            return Err(Error::new(Code::InvalidArgument, format!("{app} has no Module key: Root wraps nothing")));
        }
        let begun = self.now();
        let target = self.rewrap_target(app, options)?;
        let scope = KeyScope::master(app.clone());
        let modules: Vec<Alias> = self.keys_of(&scope)?.into_iter().map(|row| row.key.alias.alias).collect();
        let former: Vec<Alias> = modules.iter().filter(|alias| **alias != target.issuer.alias).cloned().collect();
        let mut work = Work::new(self, options, &target, app, progress);
        work.wrap_again(&former)?;
        work.look_at_all()?;
        // The run may have taken hours.
        let pool_keys_discarded = self.operation().discard_pools_but_current(&scope, &former)?;
        let found = work.finish();
        tracing::info!(%app, module = %target.issuer.alias, rewrapped = found.rewrapped, kept = found.kept, "keys wrapped again");
        self.account(app, &target, former, found, pool_keys_discarded, begun)
    }

    /// Discards the ready keys under `former`, but for those of the Module key that is current (HIE-94).
    fn discard_pools_but_current(&self, scope: &KeyScope, former: &[Alias]) -> Result<u64> {
        if !self.store.capabilities().side_tables {
            return Ok(0);
        }
        let rows = self.keys_of(scope)?;
        let current = self.select(scope, &rows, &self.policies_now()?)?.map(|row| row.key.alias.alias.clone());
        let mut discarded = 0u64;
        for module in former.iter().filter(|alias| Some(*alias) != current.as_ref()) {
            match self.discard_pool(module) {
                Ok(keys) => discarded = discarded.saturating_add(u64::try_from(keys).unwrap_or(u64::MAX)),
                // A store of a host that knows no pools.
                Err(error) if error.code() == Code::Unsupported => return Ok(0),
                Err(error) => return Err(error),
            }
        }
        Ok(discarded)
    }
}
