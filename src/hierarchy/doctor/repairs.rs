//! Repairs of rows: under the lock of the scope, on the row as it is then, and only if it still is as it was found.

use super::{FindingCode, Visit};
use crate::certificate::Certificate;
use crate::error::{Code, Result};
use crate::hierarchy::Hierarchy;
use crate::hierarchy::create::{ended, versions};
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::lock::ScopeLock;
use crate::hierarchy::order::Mode;
use crate::hierarchy::records::Row;
use crate::hierarchy::unique::Identity;
use crate::id::{KeyScope, Thumbprint};
use crate::store::{AliasRow, Change, ChangeSet, KeyRecord, Record};

impl Visit<'_> {
    /// A row without `uni_ident`: signatures of the key have no `kid`, and nothing stops a second key on its day.
    pub(super) fn judge_uni_ident(&mut self, row: &Row, level: KeyLevel, certificate: &Certificate) -> Result<()> {
        if row.key.alias.uni_ident.is_some() || row.key.alias.generated.is_none() {
            return Ok(());
        }
        let by_day = has_dated_ident(level, self.has_policy(&row.key.alias.scope.app));
        let own = certificate.thumbprint();
        let text = "uni_ident is missing, as in rows of old releases.";
        let repair = "Writes the value that the key manager gives to such rows when it starts.";
        self.mend(FindingCode::UniIdentMissing, Some(&row.key.alias.alias), text.to_owned(), repair, |hierarchy| {
            hierarchy.write_uni_ident(row, (!by_day).then_some(own))
        })
    }
}

/// Whether the `uni_ident` of an old row is made from its day, and not from its thumbprint.
pub(in crate::hierarchy) fn has_dated_ident(level: KeyLevel, app_has_policy: bool) -> bool {
    level != KeyLevel::OtherDomain && app_has_policy
}

impl Hierarchy {
    pub(super) fn write_thumbprint(&self, row: &Row, thumbprint: Thumbprint) -> Result<bool> {
        let _lock = self.lock_of(&row.key)?;
        // Somebody may have replaced the certificate since it was read (DOC-2).
        if !self.certifies_as(row, thumbprint)? {
            return Ok(false);
        }
        self.change_row(row, |alias| alias.thumbprint = Some(thumbprint))
    }

    /// Whether the certificate of a key, as it is now, has the thumbprint.
    pub(super) fn certifies_as(&self, row: &Row, thumbprint: Thumbprint) -> Result<bool> {
        Ok(self.certificate_of_key(row)?.is_some_and(|certificate| certificate.thumbprint() == thumbprint))
    }

    /// Writes the `uni_ident` of a row's begin, or of `thumbprint` (mosip-keys §2.3); made unique with the alias when
    /// another row has it (HIE-25).
    pub(in crate::hierarchy) fn write_uni_ident(&self, row: &Row, thumbprint: Option<Thumbprint>) -> Result<bool> {
        let AliasRow { alias, scope, generated: Some(generated), .. } = &row.key.alias else { return Ok(false) };
        let _lock = self.lock_of(&row.key)?;
        let rows = self.keys_of(scope)?;
        let value = |elsewhere| match thumbprint {
            Some(thumbprint) => {
                Identity::of_certificate(scope, thumbprint).uni_ident(&self.provider, alias, &rows, elsewhere)
            }
            None => Identity::dated(scope, *generated).uni_ident(&self.provider, alias, &rows, elsewhere),
        };
        let write = |elsewhere| {
            self.change_row(row, |key| {
                key.uni_ident.get_or_insert_with(|| value(elsewhere));
            })
        };
        match write(false) {
            Err(error) if error.code() == Code::StoreDuplicate => write(true),
            other => other,
        }
    }

    /// HIE-14, HIE-50: what is current, but for the key that is used, ends one minute ago.
    pub(super) fn end_all_but_the_newest(&self, scope: &KeyScope) -> Result<bool> {
        let _lock = ScopeLock::take(&self.store, scope, self.config.hierarchy.lock_wait)?;
        let policies = self.policies_now()?;
        let rows = self.keys_of(scope)?;
        let moment = self.moment(scope, &policies)?;
        let Some(newest) = self.select(scope, &rows, &policies)?.map(|row| row.key.alias.alias.clone()) else {
            return Ok(false);
        };
        let mut changes = ended(&rows, Mode::Force, &moment);
        changes.retain(|change| !matches!(change, Change::Update(Record::Key(key), _) if key.alias.alias == newest));
        if changes.is_empty() {
            return Ok(false);
        }
        unless_changed(self.store.apply(ChangeSet { expect_scopes: vec![(scope.clone(), versions(&rows))], changes }))
    }

    fn lock_of(&self, key: &KeyRecord) -> Result<ScopeLock> {
        ScopeLock::take(&self.store, &key.alias.scope, self.config.hierarchy.lock_wait)
    }

    /// Changes the `key_alias` half of a row that is as it was found, but for what repairs of this visit changed.
    fn change_row(&self, found: &Row, change: impl FnOnce(&mut AliasRow)) -> Result<bool> {
        let Some(now) = self.key_by_alias(&found.key.alias.alias)? else { return Ok(false) };
        let mut key = now.key;
        let same = key.stored == found.key.stored
            && key.alias.scope == found.key.alias.scope
            && key.alias.generated == found.key.alias.generated;
        if !same {
            return Ok(false);
        }
        change(&mut key.alias);
        let changes = vec![Change::Update(Record::Key(Box::new(key)), now.version)];
        unless_changed(self.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }))
    }
}

/// Somebody else who changes the rows at this moment is no failure of the repair.
pub(super) fn unless_changed(outcome: Result<()>) -> Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Code::StoreConflict => Ok(false),
        Err(error) => Err(error),
    }
}
