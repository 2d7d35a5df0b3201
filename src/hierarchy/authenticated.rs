//! A store whose rows are authenticated: MACs are judged when rows are read, and made when they are written
//! (docs/storage.md, STO-86 to STO-91).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::RowAuthenticationConfig;
use crate::crypto::{CryptoProvider, Direction};
use crate::error::{Code, Error, Result};
use crate::id::{Alias, KeyScope};
use crate::master::MasterKeys;
use crate::secret::SecretBytes;
use crate::store::authentication::{ROW_MAC_CHALLENGE, RowMacKey};
use crate::store::{
    Change, ChangeSet, DamagedRow, KeyStore, LockId, Page, Query, Record, RowMac, Schema, Select, StoreCapabilities,
    Version, Versioned,
};

/// The store of a hierarchy whose configuration names keys for MACs. Everything that reads and writes rows goes through
/// it, so no use of a row comes before the look at its MAC, the cache of unwrapped keys included.
pub(super) struct Authenticated {
    inner: Arc<dyn KeyStore>,
    master: Arc<dyn MasterKeys>,
    provider: CryptoProvider,
    aliases: Vec<Alias>,
    required: bool,
    /// Derived when they are first needed. Never held while calling out.
    keys: Mutex<HashMap<Alias, Arc<RowMacKey>>>,
}

/// What the MAC of a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It fits, and was made with the key for writing.
    Signed,
    /// It fits, and was made with another key of the configuration.
    SignedBefore,
    /// There is none: the Java service wrote the row, or a program without the keys.
    Unsigned,
}

impl Authenticated {
    /// The store to be used over `store`: itself, where the configuration names no key.
    pub(super) fn over(
        store: Arc<dyn KeyStore>,
        master: &Arc<dyn MasterKeys>,
        provider: CryptoProvider,
        config: &RowAuthenticationConfig,
    ) -> (Arc<dyn KeyStore>, Option<Arc<Self>>) {
        if config.keys.is_empty() {
            return (store, None);
        }
        let rows = Arc::new(Self {
            inner: store,
            master: Arc::clone(master),
            provider,
            aliases: config.keys.clone(),
            required: config.required,
            keys: Mutex::default(),
        });
        (Arc::<Self>::clone(&rows), Some(rows))
    }

    /// The store beneath, whose rows are not judged.
    pub(super) fn inner(&self) -> &dyn KeyStore {
        self.inner.as_ref()
    }

    /// The alias of the key for writing.
    pub(super) fn writing(&self) -> Result<&Alias> {
        self.aliases.first().ok_or_else(|| Error::internal("row authentication without a key"))
    }

    /// The keys that the configuration names.
    pub(super) fn aliases(&self) -> &[Alias] {
        &self.aliases
    }

    /// The same where rows without a MAC are admitted, to sign them.
    pub(super) fn admitting_unsigned(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            master: Arc::clone(&self.master),
            provider: self.provider,
            aliases: self.aliases.clone(),
            required: false,
            keys: Mutex::default(),
        }
    }

    /// Whether this is a key that the configuration names.
    pub(super) fn names(&self, alias: &Alias) -> bool {
        self.aliases.contains(alias)
    }

    /// The MAC of a record under the key for writing.
    pub(super) fn mac(&self, record: &Record) -> Result<RowMac> {
        self.key(self.writing()?)?.mac(record)
    }

    /// What the MAC beside a row says; `row_not_authentic` for one that does not fit. Which key it was made with is read
    /// from the row, so only those that the configuration names are asked for (STO-88).
    pub(super) fn judge(&self, record: &Record, mac: Option<&RowMac>) -> Result<Seen> {
        let Some(mac) = mac else { return Ok(Seen::Unsigned) };
        let Some(alias) = self.aliases.iter().find(|alias| alias.as_str() == mac.key) else {
            let why = "its MAC names a key that the configuration does not name under row_authentication";
            return Err(not_authentic(record, why));
        };
        if !self.key(alias)?.verifies(record, mac)? {
            return Err(not_authentic(record, "its MAC does not fit: the row is not as it was signed"));
        }
        Ok(if Some(alias) == self.aliases.first() { Seen::Signed } else { Seen::SignedBefore })
    }

    fn key(&self, alias: &Alias) -> Result<Arc<RowMacKey>> {
        if let Some(key) = self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(alias) {
            return Ok(Arc::clone(key));
        }
        let sealed =
            self.master.aes_ecb(alias.clone(), Direction::Encrypt, SecretBytes::copy_from(ROW_MAC_CHALLENGE)).map_err(
                |error| error.context(format_args!("the key {alias} of the row authentication; `migrate` makes it")),
            )?;
        let key = Arc::new(RowMacKey::derive(self.provider, alias.clone(), &sealed)?);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(alias.clone(), Arc::clone(&key));
        Ok(key)
    }

    /// Refuses what must not be used.
    fn admit(&self, found: &Versioned) -> Result<()> {
        if found.record.authenticated_table().is_none() {
            return Ok(());
        }
        match self.judge(&found.record, found.mac.as_ref())? {
            Seen::Unsigned if self.required => {
                Err(not_authentic(&found.record, "it has no MAC, and the configuration demands one"))
            }
            Seen::Unsigned | Seen::Signed | Seen::SignedBefore => Ok(()),
        }
    }

    /// Whether what replaces this version of a record is to be signed: a row without a MAC does not get one by being
    /// changed, or whoever plants a row would only have to wait (STO-87).
    fn was_signed(&self, record: &Record, version: &Version) -> Result<bool> {
        let select = match record {
            Record::Key(key) => Select::KeyByAlias(key.alias.alias.clone()),
            Record::Policy(row) => Select::Policy(row.app.clone()),
            _ => return Ok(false),
        };
        let page = self.inner.find(Query { with_macs: true, ..Query::new(select) })?;
        // At another version the change is refused as a whole.
        let Some(found) = page.records.into_iter().find(|found| found.version == *version) else { return Ok(false) };
        self.admit(&found)?;
        Ok(found.mac.is_some())
    }
}

impl KeyStore for Authenticated {
    fn capabilities(&self) -> StoreCapabilities {
        self.inner.capabilities()
    }

    fn find(&self, query: Query) -> Result<Page> {
        let as_they_are = query.select == Select::KeysAsTheyAre;
        let mut page = self.inner.find(Query { with_macs: true, ..query })?;
        for found in &mut page.records {
            match self.admit(found) {
                Err(error) if as_they_are && error.code() == Code::RowNotAuthentic => {
                    let id = found.record.authenticated_id().unwrap_or_default().to_owned();
                    let why = error.detail().to_owned();
                    found.record = Record::Damaged(DamagedRow { id, why, code: error.code() });
                }
                other => other?,
            }
        }
        Ok(page)
    }

    fn apply(&self, changes: ChangeSet) -> Result<()> {
        // Without the table of MACs everything is as it is without keys for them.
        if !self.inner.capabilities().row_authentication {
            return self.inner.apply(changes);
        }
        changes.check()?;
        let mut with_macs = Vec::with_capacity(changes.changes.len());
        for change in changes.changes {
            let signed = match &change {
                Change::Insert(record) if record.authenticated_table().is_some() => Some(record),
                Change::Update(record, version) if self.was_signed(record, version)? => Some(record),
                _ => None,
            };
            let mac =
                signed.map(|record| Ok(Change::Authenticate(record.clone(), self.mac(record)?, None))).transpose()?;
            with_macs.push(change);
            with_macs.extend(mac);
        }
        self.inner.apply(ChangeSet { expect_scopes: changes.expect_scopes, changes: with_macs })
    }

    fn lock(&self, scope: KeyScope, wait: Duration) -> Result<LockId> {
        self.inner.lock(scope, wait)
    }

    fn unlock(&self, lock: LockId) -> Result<()> {
        self.inner.unlock(lock)
    }

    fn prepare(&self, schema: Schema) -> Result<()> {
        self.inner.prepare(schema)
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated")
            .field("inner", &self.inner)
            .field("keys", &self.aliases)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

fn not_authentic(record: &Record, why: &str) -> Error {
    Error::new(Code::RowNotAuthentic, format!("{}: {why}", record.name()))
}
