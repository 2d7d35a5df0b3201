//! The key pool: entries that are not as they were made, and entries that will never be used (HIE-95, HIE-96).

use std::collections::BTreeMap;

use super::repairs::unless_changed;
use super::{FindingCode, Visit, is_bad_row};
use crate::crypto::PublicKey;
use crate::error::{Code, Result};
use crate::hierarchy::Hierarchy;
use crate::id::Alias;
use crate::store::{Change, ChangeSet, PoolKeyRow, Record, Select, Version};

/// What is known of a Module key that entries are wrapped to.
enum Module {
    /// It is the current one of its application.
    Current(PublicKey),
    /// It is not; so many entries are ready.
    Former(u64),
    /// No record names it, or the master backend does not have it; so many entries are ready.
    Unknown(u64),
}

impl Visit<'_> {
    pub(super) fn judge_pool(&mut self) -> Result<()> {
        if !self.hierarchy.store.capabilities().side_tables {
            return Ok(());
        }
        let mut modules: BTreeMap<Alias, Module> = BTreeMap::new();
        let hierarchy = self.hierarchy;
        let outcome = hierarchy.each_pool_key(Select::AllPoolKeys, |row, version| {
            if row.used.is_some() {
                return Ok(());
            }
            self.advance("the key pool")?;
            if !modules.contains_key(&row.master) {
                modules.insert(row.master.clone(), self.module_of(&row.master)?);
            }
            match modules.get_mut(&row.master) {
                Some(Module::Current(public)) => self.judge_ready(row, version, public),
                Some(Module::Former(ready) | Module::Unknown(ready)) => {
                    *ready = ready.saturating_add(1);
                    Ok(())
                }
                None => Ok(()),
            }
        });
        match outcome {
            // A store of a host that knows no pools.
            Err(error) if error.code() == Code::Unsupported => return Ok(()),
            outcome => drop(self.unless_damaged(outcome)?),
        }
        for (alias, module) in modules {
            let (code, text) = match module {
                Module::Current(_) => continue,
                Module::Former(ready) => {
                    let text = format!(
                        "{ready} ready key(s) of the pool are wrapped to {alias}, which is not the current Module key of \
                         its application any more: they are never used."
                    );
                    (FindingCode::PoolKeyStale, text)
                }
                Module::Unknown(ready) => {
                    let text = format!(
                        "{ready} ready key(s) of the pool are wrapped to {alias}, which is no Module key here: the store or \
                         the key file is older than the other one, or a row was lost. They are never used."
                    );
                    (FindingCode::PoolKeyOrphan, text)
                }
            };
            self.mend(code, Some(&alias), text, "Removes them.", |hierarchy| {
                hierarchy.discard_pool(&alias).map(|discarded| discarded > 0)
            })?;
        }
        Ok(())
    }

    fn module_of(&mut self, alias: &Alias) -> Result<Module> {
        let row = match self.hierarchy.key_by_alias(alias) {
            Err(error) if is_bad_row(&error) => None,
            other => other?,
        };
        let Some(row) = row.filter(|row| row.key.stored.is_none()) else { return Ok(Module::Unknown(0)) };
        let Some(public) = self.master(alias)?.and_then(|held| held.public.clone()) else {
            return Ok(Module::Unknown(0));
        };
        let scope = row.key.alias.scope;
        let rows = match self.hierarchy.keys_of(&scope) {
            Err(error) if is_bad_row(&error) => return Ok(Module::Current(public)),
            other => other?,
        };
        // Without a readable policy nobody can tell which is current.
        let Some(moment) = self.moment(&scope)? else { return Ok(Module::Current(public)) };
        let current = self.hierarchy.select_at(&moment, &scope, &rows);
        Ok(match current {
            Some(current) if current.key.alias.alias == *alias => Module::Current(public),
            _ => Module::Former(0),
        })
    }

    fn judge_ready(&mut self, row: &PoolKeyRow, version: &Version, module: &PublicKey) -> Result<()> {
        let repair = "Removes it from the pool.";
        let remove = |hierarchy: &Hierarchy| hierarchy.remove_pool_key(row, version);
        if self.hierarchy.verify_ready(row, &row.master, module).is_err() {
            let text = "This ready key of the pool is not as it was made: its Module key has not signed it so. It is never \
                        used, and a key is generated in its place.";
            return self.mend(FindingCode::PoolKeyDamaged, Some(&row.alias), text.to_owned(), repair, remove);
        }
        if self.hierarchy.is_recorded(&row.alias)? {
            let text = "This ready key of the pool is the key of a record already: a row was put back. It cannot be used \
                        a second time.";
            return self.mend(FindingCode::PoolKeyUsed, Some(&row.alias), text.to_owned(), repair, remove);
        }
        Ok(())
    }
}

impl Hierarchy {
    fn remove_pool_key(&self, row: &PoolKeyRow, version: &Version) -> Result<bool> {
        let changes = vec![Change::Delete(Record::PoolKey(row.clone()), version.clone())];
        unless_changed(self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }))
    }
}
