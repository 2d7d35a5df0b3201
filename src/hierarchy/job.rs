//! The key-generator job (mosip-keys §7.1; HIE-57): idempotent, in dependency order.

use super::Hierarchy;
use super::info::{Generated, KeyLevel};
use super::order::{Made, Mode, Order};
use super::policy::{BASE_POLICY, Policies};
use super::route::normalise;
use crate::config::HierarchyConfig;
use crate::error::{Code, Error, Result};
use crate::id::KeyScope;
use crate::progress::Progress;

impl Hierarchy {
    /// Makes the Root key, then every master of the configuration's list, then its Base keys, each unless it is there.
    /// What a crash left is cleared first. The first failure ends the job; what was made stays, and the next run goes
    /// on from there.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate) and [`certificate`](Self::certificate); `cancelled`.
    pub fn generate_all(&self, progress: &dyn Progress) -> Result<Generated> {
        self.recover()?;
        let steps = self.config.hierarchy.steps(&self.policies_now()?);
        let total = u64::try_from(steps.len()).ok();
        let mut generated = Generated::default();
        for (done, order) in (0u64..).zip(&steps) {
            if progress.cancelled() {
                return Err(Error::new(Code::Cancelled, "the generation of keys was cancelled; what was made stays"));
            }
            progress.advance(done, total, &order.scope.to_string());
            let one = self.operation().step(order).map_err(|error| error.context(&order.scope))?;
            generated.generated.extend(one.generated);
            generated.existing.extend(one.existing);
        }
        progress.advance(total.unwrap_or_default(), total, "done");
        self.fill_pools(&steps, progress)?;
        Ok(generated)
    }

    /// Fills the pools of the Module keys among `steps`, when the configuration wants any (HIE-97).
    fn fill_pools(&self, steps: &[Order], progress: &dyn Progress) -> Result<()> {
        let count = self.config.hierarchy.key_pool;
        if count == 0 || !self.store.capabilities().side_tables {
            return Ok(());
        }
        let policies = self.policies_now()?;
        for order in steps.iter().filter(|order| order.level == KeyLevel::Module) {
            let app = &order.scope.app;
            if self.config.hierarchy.permit_base_keys(app, &policies).is_ok() {
                self.fill_pool(app, count, progress).map_err(|error| error.context(format!("the pool of {app}")))?;
            }
        }
        Ok(())
    }

    fn step(&self, order: &Order) -> Result<Generated> {
        if order.level == KeyLevel::Symmetric && self.is_zk_master(&order.scope) {
            // A second ZK master would make the keys under the first one unusable (mosip-keys §7.1).
            if let Some(row) = self.keys_of(&order.scope)?.pop() {
                let made = Made { key: row.key, certificate: None, generated: false };
                let key = self.made_info(&made, &self.book()?)?;
                return Ok(Generated { generated: Vec::new(), existing: vec![key] });
            }
        }
        if matches!(order.level, KeyLevel::Root | KeyLevel::Module | KeyLevel::Sign) {
            self.policies_now()?.active(&order.scope.app)?;
        }
        self.fulfil(order)
    }
}

impl HierarchyConfig {
    /// What the job makes, in order. The configured lists are followed to the letter. The default lists are followed
    /// as far as the policy names their applications; then come the masters of every other application of the policy.
    pub(super) fn steps(&self, policies: &Policies) -> Vec<Order> {
        let known = |scope: &KeyScope| policies.get(scope.app.as_str()).is_some_and(|row| row.active);
        let masters = self.generate.clone().unwrap_or_else(|| {
            let mut list = Self::default_generate();
            list.retain(known);
            // Upstream has no master of the signing application, only its signing key.
            let others = policies.rows().filter(|row| {
                row.active
                    && row.app.as_str() != BASE_POLICY
                    && row.app != self.sign_app
                    && !list.iter().any(|scope| scope.app == row.app && scope.reference.is_blank())
            });
            let others: Vec<_> = others.map(|row| KeyScope::master(row.app.clone())).collect();
            list.extend(others);
            list
        });
        let base = self.generate_base.clone().unwrap_or_else(|| {
            let mut list = Self::default_generate_base();
            list.retain(known);
            list
        });
        let root = std::iter::once(self.root_scope());
        let rest = masters.iter().map(normalise).filter(|scope| *scope != self.root_scope());
        let orders = root.chain(rest).map(|scope| self.master_order(scope));
        orders.chain(base.into_iter().map(|scope| Order::new(scope, KeyLevel::Base, Mode::Ensure))).collect()
    }

    fn master_order(&self, scope: KeyScope) -> Order {
        let symmetric = self.is_zk_master(&scope);
        let level = match (symmetric, scope.reference.as_str()) {
            (true, _) => KeyLevel::Symmetric,
            (false, "") if scope == self.root_scope() => KeyLevel::Root,
            (false, "") => KeyLevel::Module,
            (false, _) => KeyLevel::Sign,
        };
        Order::new(scope, level, Mode::Ensure)
    }
}
