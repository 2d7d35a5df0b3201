//! The key pool: RSA keys made ahead of time for Base keys, under each Module key (docs/hierarchy.md HIE-90 to HIE-98).
//!
//! An entry is wrapped to its Module key as `key_store` will have it, and signed by that key, so that taking one costs
//! neither a private-key operation nor trust in the row. It is taken in the change set that inserts the Base key.

use super::Hierarchy;
use super::issuer::Issuer;
use super::policy::Policies;
use super::records::row_of_another_table;
use crate::config::HierarchyConfig;
use crate::crypto::{HashAlgorithm, PrivateKey as _, PublicKey, SignatureScheme, SoftwareKey};
use crate::envelope::{text, wrap_private_key};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, AppId, KeyScope};
use crate::progress::{Progress, check};
use crate::random::new_alias;
use crate::store::{Change, ChangeSet, PoolKeyRow, Query, Record, Select, Version};
use crate::time::Timestamp;

/// How the Module key signs an entry; any Module key can, wherever it lives.
const SCHEME: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
/// What the signed bytes begin with. No certificate, and nothing else that a Module key signs, begins so.
const SIGNED: &[u8] = b"keymanager pool key 1\0";
/// Entries that are removed in one change set.
const BATCH: u32 = 100;
/// How often a change set is tried that others get in the way of.
const ATTEMPTS: usize = 5;

/// The pool of one Module key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolInfo {
    /// The application; none when no record names the Module key.
    pub app: Option<AppId>,
    /// The alias of the Module key.
    pub module: Alias,
    /// Whether it is the current one of its application; the ready keys of another are never used.
    pub current: bool,
    /// How many keys are ready.
    pub ready: u64,
    /// When the oldest ready key was made.
    pub oldest: Option<Timestamp>,
    /// When the newest ready key was made.
    pub newest: Option<Timestamp>,
    /// How many keys were taken.
    pub used: u64,
    /// When the last one was taken.
    pub last_used: Option<Timestamp>,
}

/// A ready key that was checked, and is to be taken at this version.
#[derive(Debug)]
pub(super) struct ReadyKey {
    pub row: PoolKeyRow,
    pub version: Version,
    pub public: PublicKey,
}

impl ReadyKey {
    /// The change that takes it.
    pub(super) fn taken(&self, used: Timestamp) -> Change {
        let empty = String::new;
        let row = PoolKeyRow {
            public_key: empty(),
            private_key: empty(),
            signature: empty(),
            used: Some(used),
            ..self.row.clone()
        };
        Change::Update(Record::PoolKey(row), self.version.clone())
    }
}

impl Hierarchy {
    /// Makes RSA keys for Base keys of `app` ahead of time, until `count` of them are ready under its current Module key
    /// (which is renewed first when it is due). Keys under its former Module keys are discarded. A pool that has as many
    /// is left as it is.
    ///
    /// # Errors
    /// `invalid_argument` above [`HierarchyConfig::MAX_KEY_POOL`]; `unsupported` for a store without side tables; `generation_not_allowed`,
    /// `application_not_found`, `policy_inactive`, `key_not_generated` (no Module key), as for a Base key; `cancelled`:
    /// what was made stays.
    pub fn fill_pool(&self, app: &AppId, count: u32, progress: &dyn Progress) -> Result<PoolInfo> {
        if count > HierarchyConfig::MAX_KEY_POOL {
            let why = format!("a pool has at most {} ready keys, not {count}", HierarchyConfig::MAX_KEY_POOL);
            return Err(Error::new(Code::InvalidArgument, why));
        }
        if !self.store.capabilities().side_tables {
            return Err(Error::new(Code::Unsupported, "this store has no side tables, and so no key pool"));
        }
        let what = format!("ready keys for {app}");
        let mut conflicts = 0;
        let mut last_module = None;
        loop {
            // So many keys may take longer than the Module key lives.
            let turn = self.operation();
            let policies = turn.policies_now()?;
            turn.config.hierarchy.permit_base_keys(app, &policies)?;
            let module = turn.module_issuer(app, &policies)?;
            if last_module.as_ref() != Some(&module.alias) {
                turn.discard_former_pools(&KeyScope::master(app.clone()), Some(&module.alias));
                last_module = Some(module.alias.clone());
            }
            let ready = u64::try_from(self.ready_keys(&module.alias)?).unwrap_or(u64::MAX);
            progress.advance(ready, Some(u64::from(count)), &what);
            if ready >= u64::from(count) {
                return self.pool_of(app, &module.alias);
            }
            check(progress)?;
            let row = turn.make_ready(&module)?;
            // Made for a Module key that is no longer the current one, it would never be used.
            let expect_scopes = vec![(KeyScope::master(app.clone()), module.versions)];
            let changes = vec![Change::Insert(Record::PoolKey(row))];
            match self.store.apply(ChangeSet { expect_scopes, changes }) {
                Ok(()) => conflicts = 0,
                Err(error) if error.code() == Code::StoreConflict && conflicts < ATTEMPTS => {
                    conflicts = conflicts.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The pools, by application, then by alias of the Module key. Modules that never had one are left out.
    ///
    /// # Errors
    /// Those of the store; none of them for a store without side tables, which has no pool.
    pub fn pool(&self) -> Result<Vec<PoolInfo>> {
        let mut pools: Vec<PoolInfo> = Vec::new();
        if !self.store.capabilities().side_tables {
            return Ok(pools);
        }
        let policies = self.policies_now()?;
        self.each_pool_key(Select::AllPoolKeys, |row, _| {
            let known = pools.iter().position(|pool| pool.module == row.master);
            let pool = match known.and_then(|at| pools.get_mut(at)) {
                Some(pool) => pool,
                None => {
                    pools.push(self.empty_pool(&row.master, &policies)?);
                    pools.last_mut().ok_or_else(|| Error::internal("a pool was just added"))?
                }
            };
            pool.count(row);
            Ok(())
        })?;
        pools.sort_by(|one, other| (&one.app, &one.module).cmp(&(&other.app, &other.module)));
        Ok(pools)
    }

    /// A ready key under `module`, if there is one that is whole; `at` decides which, so that those who come at the same
    /// time do not all want the same one. What is wrong with the pool is no reason not to make a key.
    pub(super) fn ready_key(&self, module: &Issuer, at: &Alias) -> Option<ReadyKey> {
        if !self.store.capabilities().side_tables {
            return None;
        }
        match self.draw(module, at) {
            Ok(ready) => ready,
            // A store of a host that knows no pools.
            Err(error) if error.code() == Code::Unsupported => None,
            Err(error) => {
                let (module, code) = (&module.alias, error.code().name());
                tracing::warn!(%module, code, "a key of the pool cannot be used, and one is generated: {}", error.detail());
                None
            }
        }
    }

    fn draw(&self, module: &Issuer, at: &Alias) -> Result<Option<ReadyKey>> {
        // From there on, and if nothing comes any more, from the beginning.
        for from in [at, &first_alias()] {
            let query = Query { limit: 1, ..Query::new(Select::ReadyPoolKeys(module.alias.clone(), from.clone())) };
            let Some(found) = self.store.find(query)?.records.into_iter().next() else { continue };
            let Record::PoolKey(row) = found.record else { return Err(row_of_another_table()) };
            let public = self.verify_ready(&row, &module.alias, &module.public)?;
            return Ok(Some(ReadyKey { row, version: found.version, public }));
        }
        Ok(None)
    }

    /// The public key of an entry that the Module key has signed as it stands there (HIE-92).
    pub(super) fn verify_ready(&self, row: &PoolKeyRow, module: &Alias, key: &PublicKey) -> Result<PublicKey> {
        let damaged = |_| Error::new(Code::RecordDamaged, format!("the pool key {} is not as it was made", row.alias));
        if row.used.is_some() || row.master != *module {
            return Err(damaged(()));
        }
        let signature = text::decode_url(&row.signature).map_err(|_| damaged(()))?;
        key.verify(&self.provider, SCHEME, &signed_bytes(row), &signature).map_err(|_| damaged(()))?;
        text::decode_url(&row.public_key).map(PublicKey::from_spki_der).map_err(|_| damaged(()))
    }

    fn make_ready(&self, module: &Issuer) -> Result<PoolKeyRow> {
        let pkcs8 = self.keys.rsa_pkcs8(super::create::RSA_BITS)?;
        let key = SoftwareKey::from_pkcs8(&self.provider, &pkcs8)?;
        let mut row = PoolKeyRow {
            alias: new_alias(self.random.as_ref())?,
            master: module.alias.clone(),
            public_key: text::encode(key.public_key().spki_der()),
            private_key: wrap_private_key(&self.provider, self.random.as_ref(), &module.public, &pkcs8)?,
            signature: String::new(),
            created: Some(self.now()),
            used: None,
        };
        row.signature = text::encode(&module.key.sign(SCHEME, &signed_bytes(&row))?);
        self.verify_ready(&row, &module.alias, &module.public)
            .map_err(|_| Error::new(Code::MasterUnavailable, "the Module key made a signature that does not verify"))?;
        Ok(row)
    }

    /// Removes the entries under every Module key of `scope` but `current`. What fails is left to the next who fills
    /// the pool, and to the doctor: it is never used.
    pub(super) fn discard_former_pools(&self, scope: &KeyScope, current: Option<&Alias>) {
        if !self.store.capabilities().side_tables {
            return;
        }
        let discard = || -> Result<()> {
            for row in self.keys_of(scope)?.iter().filter(|row| Some(&row.key.alias.alias) != current) {
                self.discard_pool(&row.key.alias.alias)?;
            }
            Ok(())
        };
        match discard() {
            Err(error) if error.code() != Code::Unsupported => {
                tracing::warn!(%scope, code = error.code().name(), "the pool of a former Module key is still there");
            }
            _ => {}
        }
    }

    /// Removes the entries under former Module keys of every application that has a policy: what is left when the
    /// process that replaced one died, or when its time went by.
    pub(super) fn discard_stale_pools(&self) {
        let discard = || -> Result<()> {
            let policies = self.policies_now()?;
            for policy in policies.rows() {
                let scope = KeyScope::master(policy.app.clone());
                let rows = self.keys_of(&scope)?;
                if !rows.is_empty() {
                    let current = self.select(&scope, &rows, &policies)?.map(|row| &row.key.alias.alias);
                    self.discard_former_pools(&scope, current);
                }
            }
            Ok(())
        };
        if let Err(error) = discard() {
            tracing::warn!(code = error.code().name(), "the pools of former Module keys were not looked for");
        }
    }

    /// Removes every entry under a Module key, those that were taken too; answers how many were ready.
    pub(super) fn discard_pool(&self, module: &Alias) -> Result<usize> {
        let mut discarded = 0usize;
        let mut conflicts = 0;
        loop {
            let query = Query { limit: BATCH, ..Query::new(Select::PoolKeysOf(module.clone())) };
            let found = self.store.find(query)?.records;
            if found.is_empty() {
                break;
            }
            let ready =
                found.iter().filter(|found| matches!(&found.record, Record::PoolKey(row) if row.used.is_none()));
            let ready = ready.count();
            let changes = found.into_iter().map(|found| Change::Delete(found.record, found.version)).collect();
            match self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }) {
                Ok(()) => discarded = discarded.saturating_add(ready),
                // Somebody takes one, or discards too.
                Err(error) if error.code() == Code::StoreConflict && conflicts < ATTEMPTS => {
                    conflicts = conflicts.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
        }
        if discarded > 0 {
            tracing::info!(%module, keys = discarded, "ready keys of a former Module key discarded");
        }
        Ok(discarded)
    }

    /// Goes over the entries of a query, page after page.
    pub(super) fn each_pool_key(
        &self,
        select: Select,
        mut look: impl FnMut(&PoolKeyRow, &Version) -> Result<()>,
    ) -> Result<()> {
        for page in self.pages(select) {
            for found in page? {
                let Record::PoolKey(row) = &found.record else { return Err(row_of_another_table()) };
                look(row, &found.version)?;
            }
        }
        Ok(())
    }

    fn ready_keys(&self, module: &Alias) -> Result<usize> {
        let mut ready = 0usize;
        self.each_pool_key(Select::ReadyPoolKeys(module.clone(), first_alias()), |_, _| {
            ready = ready.saturating_add(1);
            Ok(())
        })?;
        Ok(ready)
    }

    fn pool_of(&self, app: &AppId, module: &Alias) -> Result<PoolInfo> {
        let mut pool = PoolInfo::empty(module.clone());
        pool.app = Some(app.clone());
        pool.current = true;
        self.each_pool_key(Select::PoolKeysOf(module.clone()), |row, _| {
            pool.count(row);
            Ok(())
        })?;
        Ok(pool)
    }

    fn empty_pool(&self, module: &Alias, policies: &Policies) -> Result<PoolInfo> {
        let mut pool = PoolInfo::empty(module.clone());
        if let Some(row) = self.key_by_alias(module)? {
            let scope = row.key.alias.scope;
            let rows = self.keys_of(&scope)?;
            let current = self.select(&scope, &rows, policies)?;
            pool.current = current.is_some_and(|row| row.key.alias.alias == *module);
            pool.app = Some(scope.app);
        }
        Ok(pool)
    }
}

impl PoolInfo {
    fn empty(module: Alias) -> Self {
        Self { app: None, module, current: false, ready: 0, oldest: None, newest: None, used: 0, last_used: None }
    }

    fn count(&mut self, row: &PoolKeyRow) {
        if row.used.is_some() {
            self.used = self.used.saturating_add(1);
            self.last_used = self.last_used.max(row.used);
            return;
        }
        self.ready = self.ready.saturating_add(1);
        self.newest = self.newest.max(row.created);
        self.oldest = match (self.oldest, row.created) {
            (Some(oldest), Some(created)) => Some(oldest.min(created)),
            (oldest, created) => oldest.or(created),
        };
    }
}

/// What the Module key signs: each column but the signature, with its length before it, so that they do not run into
/// each other. A row whose time cannot be understood was never signed so.
fn signed_bytes(row: &PoolKeyRow) -> Vec<u8> {
    let created = row.created.map(Timestamp::to_database).unwrap_or_default();
    let columns = [row.alias.as_str(), row.master.as_str(), &row.public_key, &row.private_key, &created];
    let mut bytes = SIGNED.to_vec();
    for column in columns {
        // Columns are far shorter than 4 GiB.
        bytes.extend_from_slice(&u32::try_from(column.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(column.as_bytes());
    }
    bytes
}

/// Before every alias of ours, which begins with a hexadecimal digit.
fn first_alias() -> Alias {
    Alias::constant("0")
}
