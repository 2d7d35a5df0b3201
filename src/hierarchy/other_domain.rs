//! Certificates of other domains: their private key is not here (mosip-keys §3.8; HIE-75 to HIE-79).

use super::Hierarchy;
use super::create::{CREATED_BY, ended, versions};
use super::current::Moment;
use super::info::KeyInfo;
use super::lock::ScopeLock;
use super::order::Mode;
use super::records::Row;
use super::route::elliptic_kind;
use super::unique::Identity;
use super::upload::refuse_empty;
use crate::certificate::Certificate;
use crate::error::{Code, Error, Result};
use crate::id::{KeyScope, Thumbprint};
use crate::random::new_alias;
use crate::store::{AliasRow, Change, ChangeSet, KeyRecord, Record, StoreRow};

/// Attempts to insert a certificate into a scope that others change although we hold its lock.
const ATTEMPTS: usize = 5;

/// What the decision table says about a scope.
struct Decision {
    rows: Vec<Row>,
    moment: Moment,
    certificate: Certificate,
}

impl Hierarchy {
    /// Keeps `certificate` (PEM or DER) of another domain under `scope`, in place of the one that is current there.
    /// Nobody's trust, validity or policy is asked: an expired or a future certificate is kept, and is not current.
    ///
    /// # Errors
    /// In this order: `invalid_argument` for a blank reference id or an empty certificate; `sign_pair_not_allowed`;
    /// `sign_reference_not_allowed`; `certificate_unparsable`, `too_large`; by what the scope has: `own_key_exists`,
    /// `other_domain_key_missing`, `private_key_held`, `certificate_exists`.
    pub fn upload_other_domain(&self, scope: &KeyScope, certificate: &[u8]) -> Result<KeyInfo> {
        if scope.reference.is_blank() {
            let why = "a certificate of another domain has a reference id";
            return Err(Error::new(Code::InvalidArgument, why));
        }
        refuse_empty(certificate)?;
        if self.is_sign_pair(scope) {
            let why = format!("{scope} is the signing key of this deployment");
            return Err(Error::new(Code::SignPairNotAllowed, why));
        }
        if elliptic_kind(scope).is_some() {
            let why = format!("{scope}: the reference id is that of signing keys made here");
            return Err(Error::new(Code::SignReferenceNotAllowed, why));
        }
        self.decide(scope, certificate)?;
        let _lock = ScopeLock::take(&self.store, scope, self.config.hierarchy.lock_wait)?;
        let mut elsewhere = false;
        for _ in 0..ATTEMPTS {
            let decision = self.decide(scope, certificate)?;
            let key = self.other_domain_record(scope, &decision, elsewhere)?;
            let mut changes = ended(&decision.rows, Mode::Force, &decision.moment);
            changes.push(Change::Insert(Record::Key(Box::new(key.clone()))));
            let expect_scopes = vec![(scope.clone(), versions(&decision.rows))];
            match self.store.apply(ChangeSet { expect_scopes, changes }) {
                Ok(()) => {}
                Err(error) if error.code() == Code::StoreConflict => continue,
                Err(error) if error.code() == Code::StoreDuplicate => {
                    elsewhere = true;
                    continue;
                }
                // The store may have done it all the same.
                Err(error) if self.key_by_alias(&key.alias.alias)?.is_none() => return Err(error),
                Err(_) => {}
            }
            tracing::info!(alias = %key.alias.alias, %scope, "certificate of another domain kept");
            return self.describe(&key, Some(&decision.certificate), &self.book()?);
        }
        Err(Error::new(Code::StoreConflict, format!("the keys of {scope} are being changed by others")))
    }

    /// The decision table (mosip-keys §3.8).
    fn decide(&self, scope: &KeyScope, certificate: &[u8]) -> Result<Decision> {
        let policies = self.policies_now()?;
        let rows = self.keys_of(scope)?;
        let certificate = Certificate::parse(&self.provider, certificate)?;
        let thumbprint = certificate.thumbprint();
        let refuse = |code, why: &str| Err(Error::new(code, format!("{scope}: {why}")));
        let moment = self.moment(scope, &policies)?;
        let current = self.select_at(&moment, scope, &rows);
        match (current, rows.first()) {
            (None, Some(oldest)) if oldest.key.stored.is_none() => {
                return refuse(Code::OwnKeyExists, "the pair had keys of the master backend");
            }
            (Some(current), _) => {
                let Some(stored) = &current.key.stored else {
                    return refuse(Code::OtherDomainKeyMissing, "the current key is in the master backend");
                };
                if stored.master != current.key.alias.alias || stored.private_key != StoreRow::NO_PRIVATE_KEY {
                    return refuse(Code::PrivateKeyHeld, "the private key of the current key is here");
                }
                if self.has_certificate(current, thumbprint)? {
                    return refuse(Code::CertificateExists, "this is the current certificate");
                }
            }
            (None, _) => {}
        }
        // One that waits for its time, or whose time is over, gains nothing from a second row.
        for row in rows.iter().filter(|row| row.key.alias.expires == Some(certificate.not_after())) {
            if self.has_certificate(row, thumbprint)? {
                return refuse(Code::CertificateExists, "this certificate is there already");
            }
        }
        Ok(Decision { rows, moment, certificate })
    }

    fn has_certificate(&self, row: &Row, thumbprint: Thumbprint) -> Result<bool> {
        if let Some(own) = row.key.alias.thumbprint {
            return Ok(own == thumbprint);
        }
        Ok(self.certificate_of_key(row)?.is_some_and(|own| own.thumbprint() == thumbprint))
    }

    fn other_domain_record(&self, scope: &KeyScope, decision: &Decision, elsewhere: bool) -> Result<KeyRecord> {
        let Decision { rows, certificate, .. } = decision;
        let alias = new_alias(self.random.as_ref())?;
        let identity = Identity::of_certificate(scope, certificate.thumbprint());
        let created = self.now();
        let stored = StoreRow {
            master: alias.clone(),
            private_key: StoreRow::NO_PRIVATE_KEY.to_owned(),
            certificate_pem: certificate.to_pem(),
            created_by: CREATED_BY.to_owned(),
            created,
        };
        let row = AliasRow {
            scope: scope.clone(),
            generated: Some(certificate.not_before()),
            expires: Some(certificate.not_after()),
            thumbprint: Some(certificate.thumbprint()),
            uni_ident: Some(identity.uni_ident(&self.provider, &alias, rows, elsewhere)),
            created_by: CREATED_BY.to_owned(),
            created,
            alias,
        };
        Ok(KeyRecord { alias: row, stored: Some(stored) })
    }
}
