//! A certificate of somebody else's making for a key that is here (mosip-keys §3.7 uploadCertificate; HIE-70 to HIE-74).
//!
//! Of a key in the store all changes are one change set. Of a master key the certificate is in the backend, so:
//! intent → attached in the backend → record, former thumbprint and removal of the intent in one change set. After a
//! crash in between, the backend has the new certificate and the record the old one; whoever clears the intent
//! finishes the upload. Until then everything opens that opened before.

use super::Hierarchy;
use super::create::{Intent, versions};
use super::info::{KeyInfo, KeyLevel};
use super::lock::ScopeLock;
use super::records::Row;
use super::route::normalise;
use super::unique::Identity;
use crate::certificate::Certificate;
use crate::crypto::PublicKey;
use crate::error::{Code, Error, Result};
use crate::id::{KeyScope, Thumbprint};
use crate::store::{Change, ChangeSet, KeyRecord, Record};
use crate::time::Timestamp;

/// Attempts to record a certificate of a key that others change although we hold its lock.
const ATTEMPTS: usize = 5;

/// What an upload decided on.
struct Upload {
    rows: Vec<Row>,
    row: Row,
    certificate: Certificate,
}

impl Hierarchy {
    /// Puts `certificate` (PEM or DER) in place of that of the current key of `scope`. It must have the same
    /// SubjectPublicKeyInfo; issuer, validity and usage are not looked at. The key's validity becomes the
    /// certificate's, so with an expired or a future one the scope has no current key afterwards. What was encrypted
    /// under the old certificate still opens. The same certificate again is no error.
    ///
    /// # Errors
    /// In this order: `invalid_argument` for an empty certificate; `application_not_found`, `policy_inactive`;
    /// `no_unique_key` when no key is current; `certificate_unparsable`, `too_large`; `alias_not_found` for a key that
    /// is no pair of this deployment; `certificate_of_other_key`.
    pub fn upload_certificate(&self, scope: &KeyScope, certificate: &[u8]) -> Result<KeyInfo> {
        let scope = normalise(scope);
        refuse_empty(certificate)?;
        // Refused before the lock is taken, so that requests for what cannot be leave no trace.
        self.upload(&scope, certificate)?;
        let _lock = ScopeLock::take(&self.store, &scope, self.config.hierarchy.lock_wait)?;
        self.clear_intents(&scope);
        let mut intent = None;
        let mut elsewhere = false;
        for _ in 0..ATTEMPTS {
            let mut upload = self.upload(&scope, certificate)?;
            if upload.row.key.alias.thumbprint.is_none() && self.fill_thumbprints()? > 0 {
                // Nobody would know later that it had this one.
                upload = self.upload(&scope, certificate)?;
            }
            if upload.row.key.stored.is_none() {
                self.attach(&upload, &mut intent)?;
            }
            let expires = upload.certificate.not_after();
            let sent = (&upload.certificate, expires);
            match self.record_certificate(&upload.row, &upload.rows, sent, intent.clone(), elsewhere) {
                Ok(key) => {
                    tracing::info!(alias = %key.alias.alias, %scope, "certificate replaced");
                    return self.describe(&key, Some(&upload.certificate), &self.book()?);
                }
                Err(error) if error.code() == Code::StoreConflict => {}
                Err(error) if error.code() == Code::StoreDuplicate => elsewhere = true,
                // The store may have done it all the same; if not, the intent stays for whoever comes next.
                Err(error) => match self.recorded(&upload)? {
                    Some(key) => return self.describe(&key, Some(&upload.certificate), &self.book()?),
                    None => return Err(error),
                },
            }
        }
        Err(Error::new(Code::StoreConflict, format!("the keys of {scope} are being changed by others")))
    }

    fn upload(&self, scope: &KeyScope, certificate: &[u8]) -> Result<Upload> {
        let policies = self.policies_now()?;
        policies.active(&scope.app)?;
        let rows = self.keys_of(scope)?;
        let Some(row) = self.select(scope, &rows, &policies)?.cloned() else {
            return Err(Error::new(Code::NoUniqueKey, format!("no key of {scope} is current")));
        };
        let certificate = Certificate::parse(&self.provider, certificate)?;
        if self.public_key_of(&row)? != *certificate.public_key() {
            let why = format!("the certificate is not that of the current key of {scope}: the public keys differ");
            return Err(Error::new(Code::CertificateOfOtherKey, why));
        }
        Ok(Upload { rows, row, certificate })
    }

    /// The public key of a pair whose private half is here.
    pub(super) fn public_key_of(&self, row: &Row) -> Result<PublicKey> {
        let alias = &row.key.alias.alias;
        let no_pair = |what: &str| Error::new(Code::AliasNotFound, format!("no pair has the alias {alias}: {what}"));
        match self.level(&row.key) {
            KeyLevel::OtherDomain => return Err(no_pair("it is a certificate of another domain")),
            KeyLevel::Symmetric => return Err(no_pair("it is a symmetric key")),
            _ => {}
        }
        if row.key.stored.is_none() {
            return self.master_entry(alias)?.public.ok_or_else(|| no_pair("it has no public key"));
        }
        let certificate = self.certificate_of_key(row)?.ok_or_else(|| no_pair("it has no certificate"))?;
        Ok(certificate.public_key().clone())
    }

    /// Attaches the certificate in the backend, with an intent before it.
    fn attach(&self, upload: &Upload, intent: &mut Intent) -> Result<()> {
        let alias = &upload.row.key.alias.alias;
        if intent.is_none() {
            *intent = self.begin(alias, &upload.row.key.alias.scope, self.now())?;
        }
        let attached = self.master.attach_certificate(alias.clone(), upload.certificate.der().to_vec());
        attached.inspect_err(|_| {
            // The backend may have done it all the same: what it has now is what is recorded.
            if intent.is_some() {
                self.clear_intents(&upload.row.key.alias.scope);
            }
        })
    }

    /// One change set: the key with its new certificate and its end, what it was found by before, and the end of the
    /// intent.
    fn record_certificate(
        &self,
        row: &Row,
        rows: &[Row],
        (certificate, expires): (&Certificate, Timestamp),
        intent: Intent,
        elsewhere: bool,
    ) -> Result<KeyRecord> {
        let now = self.now();
        let mut key = row.key.clone();
        let alias = key.alias.alias.clone();
        let identity = Identity::dated(&key.alias.scope, now);
        key.alias.generated = Some(certificate.not_before());
        key.alias.expires = Some(expires);
        key.alias.thumbprint = Some(certificate.thumbprint());
        key.alias.uni_ident = Some(identity.uni_ident(&self.provider, &alias, rows, elsewhere));
        if let Some(stored) = &mut key.stored {
            stored.certificate_pem = certificate.to_pem();
        }
        let old = row.key.alias.thumbprint;
        let mut changes = self.keep_thumbprint(&alias, old, certificate.thumbprint(), now)?;
        changes.push(Change::Update(Record::Key(Box::new(key.clone())), row.version.clone()));
        changes.extend(intent.map(|(intent, version)| Change::Delete(Record::Intent(intent), version)));
        let expect_scopes = vec![(key.alias.scope.clone(), versions(rows))];
        self.store.apply(ChangeSet { expect_scopes, changes })?;
        Ok(key)
    }

    fn recorded(&self, upload: &Upload) -> Result<Option<KeyRecord>> {
        let wanted: Thumbprint = upload.certificate.thumbprint();
        let row = self.key_by_alias(&upload.row.key.alias.alias)?;
        let changed = row.filter(|row| row.version != upload.row.version);
        Ok(changed.filter(|row| row.key.alias.thumbprint == Some(wanted)).map(|row| row.key))
    }

    /// Finishes an upload that a crash interrupted: the record takes the certificate that the backend has. The intent
    /// goes with it. False when the record has that certificate, and only the intent is left to remove.
    pub(super) fn finish_upload(&self, row: &Row, intent: Intent) -> Result<bool> {
        let alias = &row.key.alias.alias;
        let held = if row.key.stored.is_none() { self.master_certificate(alias)? } else { None };
        if let Some(held) = &held
            && let Err(error) = self.master.attach_certificate(alias.clone(), held.der().to_vec())
        {
            // A crash while it was attached may have left the other one beside it (TOK-7). It counts for nothing.
            tracing::warn!(%alias, code = error.code().name(), "what a crash left beside a certificate could not be removed");
        }
        let Some(certificate) = held.filter(|held| row.key.alias.thumbprint != Some(held.thumbprint())) else {
            return Ok(false);
        };
        let rows = self.keys_of(&row.key.alias.scope)?;
        // A key that was replaced or revoked since then does not come back to life; the clock of whoever ended it may
        // have been ahead of ours.
        let tolerance = i64::try_from(self.config.hierarchy.tolerance().as_secs()).unwrap_or(i64::MAX);
        let soon = self.now().plus_seconds(tolerance);
        let ended = row.key.alias.expires.filter(|expires| *expires <= soon);
        let expires = ended.map_or(certificate.not_after(), |ended| ended.min(certificate.not_after()));
        let sent = (&certificate, expires);
        let record = |elsewhere| self.record_certificate(row, &rows, sent, intent.clone(), elsewhere);
        match record(false) {
            Err(error) if error.code() == Code::StoreDuplicate => record(true)?,
            other => other?,
        };
        tracing::info!(%alias, "unfinished upload of a certificate finished");
        Ok(true)
    }
}

pub(super) fn refuse_empty(certificate: &[u8]) -> Result<()> {
    if certificate.trim_ascii().is_empty() {
        return Err(Error::new(Code::InvalidArgument, "the certificate is empty"));
    }
    Ok(())
}
