//! The key pool, as docs/hierarchy.md §3a has it: keys that are ready, taken, and discarded.

use keymanager::error::Code;
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::{KeyLevel, PoolInfo};
use keymanager::store::PoolKeyRow;
use keymanager::time::Timestamp;

use crate::book::{Book, Facts};
use crate::foresight::{Answer, Lapse, Seer, no_base_keys};

/// An entry of the pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Ready {
    /// Made up until the entry is bound to one of the store.
    pub alias: String,
    pub module: String,
    pub created: Timestamp,
    pub used: Option<Timestamp>,
    /// As it was when the key was ready.
    pub private_key: String,
}

impl Book {
    /// How many keys are ready under a Module key; one that a new Base key takes does not count.
    pub fn ready(&self, module: &str) -> usize {
        let under = self.pool.iter().filter(|key| key.module == module && key.used.is_none()).count();
        let takes = |row: &&crate::book::Row| {
            row.is_from_pool && row.alias.starts_with('?') && row.issuer.as_deref() == Some(module)
        };
        under - self.rows.iter().filter(takes).count()
    }

    /// Binds what is new, after the rows `fresh` were bound, and compares.
    pub fn bind_pool(&mut self, facts: &Facts, fresh: &[String]) -> Result<(), String> {
        for row in self.rows.iter().filter(|row| fresh.contains(&row.alias)) {
            let entry = self.pool.iter_mut().find(|key| key.alias == row.alias);
            match (row.is_from_pool, entry) {
                (false, None) => {}
                (true, Some(key)) => {
                    let fits = key.used.is_none()
                        && Some(&key.module) == row.issuer.as_ref()
                        && Some(&key.private_key) == row.private_key.as_ref();
                    if !fits {
                        return Err(format!("{row:?} is made of {key:?}"));
                    }
                    // HIE-93.
                    key.used = Some(row.generated);
                }
                (foreseen, _) => return Err(format!("{row:?} was to come from the pool: {foreseen}")),
            }
        }
        let known: Vec<String> = self.pool.iter().map(|key| key.alias.clone()).collect();
        let mut new: Vec<&PoolKeyRow> =
            facts.pool.iter().filter(|row| !known.iter().any(|alias| alias == row.alias.as_str())).collect();
        for key in self.pool.iter_mut().filter(|key| key.alias.starts_with('?')) {
            let fits = |row: &&PoolKeyRow| row.master.as_str() == key.module && row.created == Some(key.created);
            let Some(at) = new.iter().position(fits) else { return Err(format!("a ready key is missing: {key:?}")) };
            let row = new.remove(at);
            (key.alias, key.private_key) = (row.alias.to_string(), row.private_key.clone());
        }
        self.check_pool(facts)
    }

    fn check_pool(&self, facts: &Facts) -> Result<(), String> {
        if facts.pool.len() != self.pool.len() {
            return Err(format!("{} keys in the pool, expected {}", facts.pool.len(), self.pool.len()));
        }
        for key in &self.pool {
            let Some(row) = facts.pool.iter().find(|row| row.alias.as_str() == key.alias) else {
                return Err(format!("{key:?} is lost"));
            };
            // Nothing of a key that was taken is left (HIE-93).
            let private_key = if key.used.is_some() { "" } else { key.private_key.as_str() };
            let is_empty = [&row.public_key, &row.signature].map(String::is_empty) == [key.used.is_some(); 2];
            let found = (row.master.as_str(), row.created, row.used, row.private_key.as_str());
            if !is_empty || found != (key.module.as_str(), Some(key.created), key.used, private_key) {
                return Err(format!("the ready key {row:?}, expected {key:?}"));
            }
        }
        Ok(())
    }

    /// What the listing says of one pool.
    fn pool_of(&self, module: &str, now: Timestamp) -> (Option<AppId>, bool, [u64; 2], [Option<Timestamp>; 3]) {
        let row = self.rows.iter().find(|row| row.alias == module);
        let is_current = |scope: &KeyScope| self.current(scope, now).is_some_and(|row| row.alias == module);
        let keys = || self.pool.iter().filter(|key| key.module == module);
        let ready = || keys().filter(|key| key.used.is_none());
        let used = keys().filter_map(|key| key.used);
        let created = || ready().map(|key| key.created);
        (
            row.map(|row| row.scope.app.clone()),
            row.is_some_and(|row| is_current(&row.scope)),
            [ready().count() as u64, keys().count() as u64 - ready().count() as u64],
            [created().min(), created().max(), used.max()],
        )
    }

    /// `filled`: the answer is the pool that was filled, not all of them.
    pub fn check_pools(&self, pools: &[PoolInfo], filled: bool, now: Timestamp) -> Result<(), String> {
        for pool in pools {
            let found =
                (pool.app.clone(), pool.current, [pool.ready, pool.used], [pool.oldest, pool.newest, pool.last_used]);
            let expected = self.pool_of(pool.module.as_str(), now);
            if found != expected {
                return Err(format!("listed {pool:?}, expected {expected:?}"));
            }
        }
        let mut modules: Vec<&str> = self.pool.iter().map(|key| key.module.as_str()).collect();
        modules.sort_unstable();
        modules.dedup();
        let mut listed: Vec<&str> = pools.iter().map(|pool| pool.module.as_str()).collect();
        listed.sort_unstable();
        if !filled && listed != modules {
            return Err(format!("the pools of {listed:?} are listed, expected {modules:?}"));
        }
        Ok(())
    }
}

impl Seer<'_> {
    /// HIE-96, HIE-22.
    pub fn fill(&mut self, app: &str, count: usize) -> Result<Answer, Code> {
        let scope = KeyScope::new(app, "").unwrap();
        if no_base_keys(app) {
            return Err(Code::GenerationNotAllowed);
        }
        self.active(&scope)?;
        let module = self.above(&scope, KeyLevel::Module, Code::KeyNotGenerated)?;
        self.discard_former(&scope, Some(&module));
        let created = self.now;
        while self.book().ready(&module) < count {
            self.commit(|book| {
                let (alias, module) = (format!("?{}", book.pool.len()), module.clone());
                book.pool.push(Ready { alias, module, created, used: None, private_key: String::new() });
            });
        }
        Ok(Vec::new())
    }

    /// HIE-94: the entries under every Module key of `scope` but `current` go. Whether nothing after it was looked at,
    /// since a call failed.
    pub fn discard_former(&mut self, scope: &KeyScope, current: Option<&str>) -> bool {
        let rows = self.book().ordered(scope);
        let modules = rows.iter().map(|row| row.alias.clone()).filter(|alias| Some(alias.as_str()) != current);
        let modules: Vec<String> = modules.collect();
        self.discard(&modules)
    }

    /// One run over pools; what fails in it is left.
    pub fn discard(&mut self, modules: &[String]) -> bool {
        let run = self.runs.len();
        self.runs.push(0);
        for module in modules {
            if !self.book().pool.iter().any(|key| key.module == *module) {
                continue;
            }
            if let Some(Lapse::Discard { run: failing, after, rest }) = self.lapse
                && failing == run
                && after == self.runs[run]
            {
                return rest;
            }
            self.commit(|book| book.pool.retain(|key| key.module != *module));
            self.runs[run] += 1;
        }
        false
    }

    /// HIE-94: those of every application with a policy.
    pub fn discard_stale(&mut self) {
        let apps: Vec<String> = self.book().policies.keys().cloned().collect();
        for app in apps {
            let scope = KeyScope::new(app.as_str(), "").unwrap();
            let current = self.book().current(&scope, self.now).map(|row| row.alias.clone());
            if self.discard_former(&scope, current.as_deref()) {
                return;
            }
        }
    }
}
