//! Which key opens an envelope (mosip-keys §3.4, mosip-envelopes §2.3; HIE-40 to HIE-47).

use super::Hierarchy;
use super::info::{KeyInfo, KeyLevel};
use super::policy::Policies;
use super::records::Row;
use super::route::normalise;
use crate::crypto::{OaepProfile, PrivateKey, SoftwareKey};
use crate::envelope::{KeyBlock, WrappedPrivateKey};
use crate::error::{Category, Code, Error, Result};
use crate::id::{KeyScope, Thumbprint};
use crate::secret::{Aes256Key, SecretBytes};
use crate::store::{Select, StoreRow};

/// How session keys are wrapped (ENV-3).
const SESSION_KEY_PROFILE: OaepProfile = OaepProfile::SHA256_MGF1_SHA256;

impl Hierarchy {
    /// The session key of an envelope, unwrapped with the key its thumbprint names, which must belong to the
    /// application of `scope`; the reference may differ. Without a thumbprint every key that may fit is tried, always
    /// all of them. When none fits the session key is a random one, and opening fails (ENV-31): nothing tells here
    /// whether a private key accepted the ciphertext, and the key that is described then is the first one.
    ///
    /// `caller` is who asks, for policies that list users.
    ///
    /// # Errors
    /// `decrypt_not_allowed`; `thumbprint_not_found`, `thumbprint_other_application`, `thumbprint_ambiguous`,
    /// `private_key_not_here`, `alias_not_found`, `record_damaged`; `decryption_failed` for everything else after the
    /// key was found.
    pub fn session_key(
        &self,
        scope: &KeyScope,
        block: &KeyBlock<'_>,
        caller: Option<&str>,
    ) -> Result<(KeyInfo, Aes256Key)> {
        let scope = normalise(scope);
        let policies = self.policies_now()?;
        policies.check_access(&scope.app, caller)?;
        match block.thumbprint {
            Some(thumbprint) => self.by_thumbprint(&scope, thumbprint, block, policies),
            None => self.by_trial(&scope, block, policies),
        }
    }

    fn by_thumbprint(
        &self,
        scope: &KeyScope,
        thumbprint: Thumbprint,
        block: &KeyBlock<'_>,
        policies: Policies,
    ) -> Result<(KeyInfo, Aes256Key)> {
        let Some(row) = self.row_that_may_lag(scope, thumbprint) else {
            return self.with_row(&self.row_of(scope, thumbprint)?, block, policies);
        };
        let opened = self.with_row(&row, block, policies.clone());
        if opened.is_err() {
            // Perhaps it failed because the row is an old one: whatever the reason, the newest is looked at.
            let newest = self.row_of(scope, thumbprint)?;
            if newest.version != row.version {
                return self.with_row(&newest, block, policies);
            }
        }
        opened
    }

    fn with_row(&self, row: &Row, block: &KeyBlock<'_>, policies: Policies) -> Result<(KeyInfo, Aes256Key)> {
        let key = self.private_key(row)?;
        let session_key = block.unwrap_session_key(&self.provider, key.as_ref()).map_err(one_error)?;
        Ok((self.info_of(row, policies)?, session_key))
    }

    /// The row as a replica has it, where there is one; none whenever the newest row could be another one (HIE-49a).
    fn row_that_may_lag(&self, scope: &KeyScope, thumbprint: Thumbprint) -> Option<Row> {
        if !self.store.capabilities().reads_may_lag {
            return None;
        }
        let rows = self.find_keys_that_may_lag(Select::KeysByThumbprint(thumbprint)).ok()?;
        match <[Row; 1]>::try_from(rows) {
            Ok([row]) if row.key.alias.scope.app == scope.app && self.level(&row.key) != KeyLevel::OtherDomain => {
                Some(row)
            }
            _ => None,
        }
    }

    fn row_of(&self, scope: &KeyScope, thumbprint: Thumbprint) -> Result<Row> {
        let mut rows = self.keys_with_thumbprint(thumbprint)?;
        if rows.is_empty() && self.config.hierarchy.backfill && self.fill_thumbprints()? > 0 {
            rows = self.find_keys(Select::KeysByThumbprint(thumbprint))?;
        }
        if rows.is_empty() {
            let why = format!("no key here has the thumbprint {thumbprint}");
            return Err(Error::new(Code::ThumbprintNotFound, why));
        }
        rows.retain(|row| row.key.alias.scope.app == scope.app);
        self.prefer_keys_that_are_here(&mut rows);
        if rows.len() > 1 {
            let narrow: Vec<_> = rows.iter().filter(|row| row.key.alias.scope == *scope).cloned().collect();
            rows = if narrow.is_empty() { rows } else { narrow };
        }
        // A certificate of another domain that came back has several rows, and a private key in none.
        let first = rows.first().map(|row| row.key.alias.scope.clone());
        let returned =
            |row: &Row| self.level(&row.key) == KeyLevel::OtherDomain && Some(&row.key.alias.scope) == first.as_ref();
        let several = rows.len() > 1 && !rows.iter().all(returned);
        match rows.pop() {
            Some(row) if !several => Ok(row),
            Some(_) => {
                let why = format!("several keys of {} have the thumbprint {thumbprint}", scope.app);
                Err(Error::new(Code::ThumbprintAmbiguous, why))
            }
            None => {
                let why = format!("the key with the thumbprint {thumbprint} is not one of {}", scope.app);
                Err(Error::new(Code::ThumbprintOtherApplication, why))
            }
        }
    }

    /// The keys whose certificate has the thumbprint, or had it: a certificate that was replaced may have come back as
    /// one of another domain, whose private key is nobody's here (HIE-73).
    pub(super) fn keys_with_thumbprint(&self, thumbprint: Thumbprint) -> Result<Vec<Row>> {
        let mut rows = self.find_keys(Select::KeysByThumbprint(thumbprint))?;
        if rows.iter().all(|row| self.level(&row.key) == KeyLevel::OtherDomain) {
            rows.extend(self.keys_by_former_thumbprint(thumbprint)?);
        }
        Ok(rows)
    }

    /// One certificate may be that of a key here and, sent in once more, that of another domain (HIE-42).
    pub(super) fn prefer_keys_that_are_here(&self, rows: &mut Vec<Row>) {
        let is_here = |row: &Row| self.level(&row.key) != KeyLevel::OtherDomain;
        if rows.iter().any(is_here) {
            rows.retain(is_here);
        }
    }

    /// Envelopes without a thumbprint: the keys of the pair, oldest first, then the masters of the application.
    /// All are tried even after one fits, so that the time taken does not tell which one did.
    fn by_trial(&self, scope: &KeyScope, block: &KeyBlock<'_>, policies: Policies) -> Result<(KeyInfo, Aes256Key)> {
        let mut candidates = self.keys_of(scope)?;
        if !scope.reference.as_str().is_empty() {
            candidates.extend(self.keys_of(&KeyScope::master(scope.app.clone()))?);
        }
        candidates.retain(|row| !matches!(self.level(&row.key), KeyLevel::Symmetric | KeyLevel::OtherDomain));
        if candidates.is_empty() {
            return Err(Error::new(Code::KeyNotGenerated, format!("{scope} has no key to decrypt with")));
        }
        let mut replacement = SecretBytes::zeroed(Aes256Key::LEN);
        self.provider.random.fill(replacement.expose_mut())?;
        let replacement = Aes256Key::new(replacement)?;
        let mut found = None;
        let mut unavailable = None;
        for row in &candidates {
            let unwrap = |key: Box<dyn PrivateKey>| key.decrypt_oaep(&SESSION_KEY_PROFILE, block.wrapped_key);
            match self.private_key(row).and_then(unwrap).and_then(Aes256Key::new) {
                Ok(session_key) => found = found.or(Some((row, session_key))),
                // One damaged row says nothing about the others.
                Err(error) if error.code() == Code::RecordDamaged => {
                    tracing::warn!(alias = %row.key.alias.alias, "a key is left out: its row is damaged");
                }
                Err(error) if is_out_of_reach(&error) => unavailable = unavailable.or(Some(error)),
                Err(_) => {}
            }
        }
        let (row, session_key) = match (found, unavailable) {
            (Some(found), _) => found,
            (None, Some(error)) => return Err(error),
            (None, None) => (candidates.first().ok_or_else(Error::decryption_failed)?, replacement),
        };
        Ok((self.info_of(row, policies)?, session_key))
    }

    /// The private key of a row, wherever it lives.
    pub(super) fn private_key(&self, row: &Row) -> Result<Box<dyn PrivateKey>> {
        let alias = &row.key.alias.alias;
        let Some(stored) = &row.key.stored else { return Ok(Box::new(self.master_key(alias)?)) };
        if self.level(&row.key) == KeyLevel::OtherDomain {
            let why = format!("the private key of {alias} is not here: the certificate belongs to another domain");
            return Err(Error::new(Code::PrivateKeyNotHere, why));
        }
        let now = self.now();
        if let Some(key) = self.cache.get(row, now) {
            return Ok(Box::new(key));
        }
        let key = self.unwrap_base_key(row, stored)?;
        self.cache.put(row, &key, now);
        Ok(Box::new(key))
    }

    fn unwrap_base_key(&self, row: &Row, stored: &StoreRow) -> Result<SoftwareKey> {
        let damaged = |error: Error| {
            let why = format!("the private key of {}: {}", row.key.alias.alias, error.detail());
            Error::new(Code::RecordDamaged, why)
        };
        let wrapped = WrappedPrivateKey::parse(&stored.private_key).map_err(damaged)?;
        let master = self.master_key(&stored.master)?;
        let pkcs8 = wrapped.unwrap(&self.provider, &master).map_err(one_error)?;
        SoftwareKey::from_pkcs8(&self.provider, &pkcs8).map_err(one_error)
    }

    fn info_of(&self, row: &Row, policies: Policies) -> Result<KeyInfo> {
        let certificate = self.certificate_of_key(row)?;
        self.describe(&row.key, certificate.as_ref(), &self.book_of(policies))
    }
}

/// After the key was found every failure is the one error, unless the backend itself is not there.
fn one_error(error: Error) -> Error {
    if is_out_of_reach(&error) || error.code() == Code::Forked { error } else { Error::decryption_failed() }
}

/// A signing key that cannot decrypt is there all the same.
fn is_out_of_reach(error: &Error) -> bool {
    error.code().category() == Category::Backend && error.code() != Code::WrongKeyKind
}
