//! The run over all keys: in change sets of some rows, each guarded by its version (MIG-13 to MIG-18).

use std::collections::BTreeMap;

use super::row::Proof;
use super::target::Target;
use super::{DamagedKey, RewrapOptions};
use crate::error::{Code, Error, Result};
use crate::hierarchy::Hierarchy;
use crate::hierarchy::doctor::{is_bad_row, must_end};
use crate::hierarchy::records::Row;
use crate::hierarchy::records::row_of_another_table;
use crate::hierarchy::route::is_other_domain;
use crate::id::{Alias, AppId};
use crate::master::MasterKey;
use crate::progress::{Progress, check};
use crate::store::{Change, ChangeSet, DamagedRow, Record, Select, StoreRow};

/// How many keys one change set writes; a process that dies loses as much work at most.
const BATCH: usize = 20;
/// How often the run goes over keys that others change meanwhile, or make under a former Module key.
const PASSES: usize = 5;

/// What a run has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rewrapped: u64,
    pub(super) kept: u64,
    pub(super) other_domain: u64,
    pub(super) keys: BTreeMap<Alias, Proof>,
    pub(super) damaged: BTreeMap<String, DamagedKey>,
}

/// A run. It keeps the alias of each key and two digests, and lets the rows go.
pub(super) struct Work<'a> {
    hierarchy: &'a Hierarchy,
    options: &'a RewrapOptions,
    target: &'a Target,
    progress: &'a dyn Progress,
    what: String,
    done: u64,
    total: Option<u64>,
    /// The Module keys that keys were found under; none for one that no backend holds.
    modules: BTreeMap<Alias, Option<MasterKey>>,
    pending: Vec<(Alias, Proof, Change)>,
    /// What this run has written.
    written: BTreeMap<Alias, Proof>,
    moved: u64,
    conflicts: u64,
    other_domain_here: u64,
    other_domain_former: u64,
    found: Found,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        hierarchy: &'a Hierarchy,
        options: &'a RewrapOptions,
        target: &'a Target,
        app: &AppId,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            hierarchy,
            options,
            target,
            progress,
            what: format!("keys of {app}"),
            done: 0,
            total: None,
            modules: BTreeMap::new(),
            pending: Vec::new(),
            written: BTreeMap::new(),
            moved: 0,
            conflicts: 0,
            other_domain_here: 0,
            other_domain_former: 0,
            found: Found::default(),
        }
    }

    /// Wraps again what hangs under `former`, until nothing does.
    pub(super) fn wrap_again(&mut self, former: &[Alias]) -> Result<()> {
        self.count(former)?;
        for _ in 0..PASSES {
            (self.moved, self.conflicts, self.other_domain_former) = (0, 0, 0);
            self.each_key_under(former, Self::wrap_one)?;
            self.flush()?;
            if self.moved == 0 && self.conflicts == 0 {
                return Ok(());
            }
        }
        if self.conflicts == 0 {
            return Ok(());
        }
        Err(Error::new(Code::StoreConflict, format!("the {} are being changed by others", self.what)))
    }

    /// Goes over what hangs under the new Module key, and opens what this run has not wrapped.
    pub(super) fn look_at_all(&mut self) -> Result<()> {
        let target = self.target;
        self.other_domain_here = 0;
        self.each_key_under(std::slice::from_ref(&target.issuer.alias), Self::look_at_one)
    }

    pub(super) fn finish(mut self) -> Found {
        self.found.other_domain = self.other_domain_former.saturating_add(self.other_domain_here);
        self.progress.advance(self.done, Some(self.done), &self.what);
        self.found
    }

    fn wrap_one(&mut self, row: Row, stored: StoreRow) -> Result<()> {
        if is_other_domain(&row.key, &stored) {
            self.other_domain_former = self.other_domain_former.saturating_add(1);
            return Ok(());
        }
        let alias = row.key.alias.alias.clone();
        // Both may come again in another pass: the one was said, the other is not written yet.
        if self.found.damaged.contains_key(alias.as_str()) || self.pending.iter().any(|(other, ..)| *other == alias) {
            return Ok(());
        }
        self.step()?;
        let hierarchy = self.hierarchy;
        let target = self.target;
        let wrapped =
            self.module(&stored.master).and_then(|module| hierarchy.wrapped_again(&row, &stored, module, target));
        match wrapped {
            Ok((change, proof)) => {
                self.pending.push((alias, proof, change));
                if self.pending.len() >= BATCH { self.flush() } else { Ok(()) }
            }
            Err(error) if must_end(&error) => Err(error),
            Err(error) => self.damaged(alias.as_str(), error),
        }
    }

    fn look_at_one(&mut self, row: Row, stored: StoreRow) -> Result<()> {
        if is_other_domain(&row.key, &stored) {
            self.other_domain_here = self.other_domain_here.saturating_add(1);
            return Ok(());
        }
        let alias = row.key.alias.alias.clone();
        let digest = self.hierarchy.digest_of(&stored.private_key)?;
        // What this run wrote and is there as it was written was opened already.
        if let Some(proof) = self.written.get(&alias).filter(|proof| proof.private_key == digest) {
            self.found.rewrapped = self.found.rewrapped.saturating_add(1);
            self.found.keys.insert(alias, proof.clone());
            return Ok(());
        }
        if self.found.damaged.contains_key(alias.as_str()) {
            return Ok(());
        }
        self.step()?;
        match self.hierarchy.open_stored(&row, &stored, &self.target.issuer.key) {
            Ok((_, certificate)) => {
                let proof = self.hierarchy.proof(&row, &stored.private_key, &certificate)?;
                self.found.keys.insert(alias, proof);
                self.found.kept = self.found.kept.saturating_add(1);
                Ok(())
            }
            Err(error) if must_end(&error) => Err(error),
            Err(error) => self.damaged(alias.as_str(), error),
        }
    }

    /// One key more; whoever wants the work to end is heard between two.
    fn step(&mut self) -> Result<()> {
        if self.progress.cancelled() {
            // What is wrapped already need not be wrapped again.
            self.flush()?;
            check(self.progress)?;
        }
        self.done = self.done.saturating_add(1);
        self.total = self.total.map(|total| total.max(self.done));
        self.progress.advance(self.done, self.total, &self.what);
        Ok(())
    }

    fn damaged(&mut self, id: &str, error: Error) -> Result<()> {
        if self.options.stop_at_damaged {
            self.flush()?;
            let why = format!("the key {id}: {}: {}", error.code().name(), error.detail());
            return Err(Error::new(Code::RecordDamaged, why));
        }
        let damaged = DamagedKey::new(id, error.code(), error.detail());
        tracing::warn!(id, code = damaged.code.name(), "a key cannot be wrapped again, or does not open");
        self.found.damaged.entry(damaged.id.clone()).or_insert(damaged);
        Ok(())
    }

    /// The Module key of this alias, in either backend.
    fn module(&mut self, alias: &Alias) -> Result<&MasterKey> {
        if !self.modules.contains_key(alias) {
            let hierarchy = self.hierarchy;
            let mut found = None;
            for backend in std::iter::once(&hierarchy.master).chain(&self.options.to) {
                match hierarchy.master_key_in(backend, alias) {
                    Ok(key) => {
                        found = Some(key);
                        break;
                    }
                    Err(error) if must_end(&error) => return Err(error),
                    Err(_) => {}
                }
            }
            self.modules.insert(alias.clone(), found);
        }
        self.modules.get(alias).and_then(Option::as_ref).ok_or_else(|| {
            Error::new(
                Code::AliasNotFound,
                format!("it is wrapped to the master key {alias}, which is in no backend here"),
            )
        })
    }

    /// Writes what is pending: together, or one by one when somebody changed one of them.
    fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let apply = |changes: Vec<Change>| self.hierarchy.store.apply(ChangeSet { expect_scopes: Vec::new(), changes });
        let mut written = Vec::new();
        if pending.is_empty() {
            return Ok(());
        }
        match apply(pending.iter().map(|(.., change)| change.clone()).collect()) {
            Ok(()) => written = pending,
            Err(error) if error.code() == Code::StoreConflict => {
                for (alias, proof, change) in pending {
                    match apply(vec![change.clone()]) {
                        Ok(()) => written.push((alias, proof, change)),
                        // Another pass reads it again.
                        Err(error) if error.code() == Code::StoreConflict => {
                            self.conflicts = self.conflicts.saturating_add(1);
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Err(error) => return Err(error),
        }
        for (alias, proof, _) in written {
            self.moved = self.moved.saturating_add(1);
            self.written.insert(alias, proof);
        }
        Ok(())
    }

    /// How many keys there are, for those who watch.
    fn count(&mut self, former: &[Alias]) -> Result<()> {
        let mut total = 0u64;
        for module in former.iter().chain(std::iter::once(&self.target.issuer.alias)) {
            for page in self.hierarchy.pages(Select::KeysByMaster(module.clone())) {
                match page {
                    Ok(page) => total = total.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX)),
                    // The total stays unknown; what is damaged is found later.
                    Err(error) if is_bad_row(&error) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        }
        self.total = Some(total);
        Ok(())
    }

    /// Every key under `modules`. A row that cannot be understood makes its page unreadable, and then all rows are read
    /// as they are; those that cannot be understood may hang anywhere, and are reported.
    fn each_key_under(
        &mut self,
        modules: &[Alias],
        mut look: impl FnMut(&mut Self, Row, StoreRow) -> Result<()>,
    ) -> Result<()> {
        match self.each_indexed(modules, &mut look) {
            Err(error) if is_bad_row(&error) && !self.options.stop_at_damaged => {}
            answer => return answer,
        }
        let hierarchy = self.hierarchy;
        for page in hierarchy.pages(Select::KeysAsTheyAre) {
            for found in page? {
                match found.record {
                    Record::Key(key) => {
                        let stored = key.stored.clone().filter(|stored| modules.contains(&stored.master));
                        if let Some(stored) = stored {
                            look(self, Row { key: *key, version: found.version }, stored)?;
                        }
                    }
                    Record::Damaged(DamagedRow { id, why, code }) => {
                        self.damaged(&id, Error::new(code, why))?;
                    }
                    _ => return Err(row_of_another_table()),
                }
            }
        }
        Ok(())
    }

    fn each_indexed(
        &mut self,
        modules: &[Alias],
        look: &mut impl FnMut(&mut Self, Row, StoreRow) -> Result<()>,
    ) -> Result<()> {
        let hierarchy = self.hierarchy;
        for module in modules {
            for page in hierarchy.pages(Select::KeysByMaster(module.clone())) {
                for found in page? {
                    let Record::Key(key) = found.record else { return Err(row_of_another_table()) };
                    let Some(stored) = key.stored.clone() else { return Err(row_of_another_table()) };
                    look(self, Row { key: *key, version: found.version }, stored)?;
                }
            }
        }
        Ok(())
    }
}
