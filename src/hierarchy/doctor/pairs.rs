//! Whether private key and certificate belong together, in the master backend and in the store.

use std::sync::Arc;

use super::{FindingCode, Visit};
use crate::certificate::Certificate;
use crate::crypto::{PrivateKey as _, PublicKey, SoftwareKey};
use crate::envelope::WrappedPrivateKey;
use crate::error::{Category, Code, Error, Result};
use crate::hierarchy::info::KeyLevel;
use crate::hierarchy::records::Row;
use crate::id::Alias;
use crate::master::{KeyKind, MasterKey};
use crate::store::{Query, Select, StoreRow};

/// The certificate of a key if it can be read, and whether it is known to be that of the key.
type Judged = (Option<Certificate>, bool);

impl Visit<'_> {
    /// Whether a key that is missing is one of those that were left behind by a move to another backend (MIG-24): it was
    /// replaced there, with all that came before it, and nothing of the store hangs under it. A removed key looks the
    /// same.
    fn stayed_elsewhere(&mut self, row: &Row) -> Result<bool> {
        let alias = &row.key.alias.alias;
        let wrapped = Query { limit: 1, ..Query::new(Select::KeysByMaster(alias.clone())) };
        if !self.hierarchy.store.find(wrapped)?.records.is_empty() {
            return Ok(false);
        }
        let rows = match self.hierarchy.keys_of(&row.key.alias.scope) {
            Err(error) if error.code() == Code::RecordDamaged => return Ok(false),
            rows => rows?,
        };
        let mut replaced = false;
        for other in rows.iter().filter(|other| other.key.stored.is_none() && other.key.alias.alias != *alias) {
            let newer = other.key.alias.generated > row.key.alias.generated;
            match (newer, self.master(&other.key.alias.alias)?.is_some()) {
                (true, true) => replaced = true,
                (false, true) => return Ok(false),
                (_, false) => {}
            }
        }
        Ok(replaced)
    }

    /// A record without a `key_store` half: its key must be in the master backend.
    pub(super) fn judge_master_record(&mut self, row: &Row, level: KeyLevel) -> Result<Judged> {
        let alias = &row.key.alias.alias;
        let scope = &row.key.alias.scope;
        let Some(held) = self.master(alias)? else {
            if level != KeyLevel::Symmetric && self.stayed_elsewhere(row)? {
                let text = format!(
                    "The master backend has no key under this alias of {scope}. A newer key of the scope is there, none \
                     that is older, and no key of the store is wrapped to this one: it stayed in another backend, or was \
                     removed. What was encrypted to itself opens with that backend only; keep it."
                );
                self.found(FindingCode::MasterKeyElsewhere, Some(alias), text);
                return Ok((None, false));
            }
            let text = if level == KeyLevel::Symmetric {
                format!(
                    "The master backend has no key under this alias of {scope}, nor has key_store: the symmetric key, \
                     or the row of a Base key, is gone. Restore key file or row from a backup."
                )
            } else {
                format!(
                    "The master backend has no key under this alias of {scope}: what it wraps or signs is out of \
                     reach. Restore the key file from a backup."
                )
            };
            self.found(FindingCode::MasterKeyMissing, Some(alias), text);
            return Ok((None, false));
        };
        held.recorded = true;
        let held = held.clone();
        let pair = held.public.is_some() || held.certificate.is_some();
        if level == KeyLevel::Symmetric {
            if pair || held.kind.is_some_and(|kind| kind != KeyKind::Aes256) {
                let text = format!(
                    "The master backend has a pair under this alias of {scope}, where a symmetric key belongs; does \
                     the configuration name another signing pair than the one that made it?"
                );
                self.found(FindingCode::MasterKeyKind, Some(alias), text);
            }
            return Ok((None, false));
        }
        if held.kind == Some(KeyKind::Aes256) {
            let text = format!("The master backend has a symmetric key under this alias of {scope}, not a pair.");
            self.found(FindingCode::MasterKeyKind, Some(alias), text);
            return Ok((None, false));
        }
        self.judge_curve(row, level, held.public.as_ref());
        match held.certificate {
            None => {
                let why = if held.pending { "its certificate was never attached" } else { "it has no certificate" };
                let text = format!(
                    "The key of {scope} is in the master backend, but {why}. Restore the key file from a backup."
                );
                self.found(FindingCode::MasterCertificateMissing, Some(alias), text);
                Ok((None, false))
            }
            Some(Err(error)) => {
                let text = format!("The certificate of this key of {scope} in the master backend: {error}.");
                self.found(FindingCode::CertificateUnreadable, Some(alias), text);
                Ok((None, false))
            }
            Some(Ok(certificate)) => {
                let proven = self.compare(row, held.public.as_ref(), &certificate);
                Ok((Some(certificate), proven))
            }
        }
    }

    /// A record with a `key_store` half: its private key is wrapped to a master key, or is elsewhere.
    pub(super) fn judge_stored(&mut self, row: &Row, stored: &StoreRow, level: KeyLevel) -> Result<Judged> {
        let alias = &row.key.alias.alias;
        let certificate = Certificate::parse(&self.hierarchy.provider, stored.certificate_pem.as_bytes());
        let certificate = match certificate {
            Ok(certificate) => Some(certificate),
            Err(error) => {
                let text = format!("certificate_data of the key of {}: {error}.", row.key.alias.scope);
                self.found(FindingCode::CertificateUnreadable, Some(alias), text);
                None
            }
        };
        if level == KeyLevel::OtherDomain {
            return Ok((certificate, false));
        }
        let public = self.unwrapped(row, stored, certificate.as_ref())?;
        let proven = match (&public, &certificate) {
            (Some(_), Some(certificate)) => self.compare(row, public.as_ref(), certificate),
            _ => false,
        };
        self.judge_curve(row, level, public.as_ref());
        Ok((certificate, proven))
    }

    /// Under the reference id of an elliptic signing key is a key of that kind (HIE-100).
    fn judge_curve(&mut self, row: &Row, level: KeyLevel, public: Option<&PublicKey>) {
        let scope = &row.key.alias.scope;
        let (Some(wanted), Some(public)) = (self.hierarchy.config.hierarchy.kind(scope, KeyLevel::Sign).ec(), public)
        else {
            return;
        };
        if public.ec_algorithm() == Some(wanted) {
            return;
        }
        let alias = Some(&row.key.alias.alias);
        if level == KeyLevel::Sign && row.key.stored.is_none() {
            let text =
                format!("The master backend has a key of another kind than {wanted} under this alias of {scope}.");
            self.found(FindingCode::MasterKeyKind, alias, text);
        } else {
            let text = format!(
                "{scope} is where a signing key of {wanted} belongs, and this key is another: a release before 1.3.0 \
                 made it, to encrypt. It still decrypts; `keys rotate` puts a signing key in its place."
            );
            self.found(FindingCode::SignKeyKind, alias, text);
        }
    }

    /// The public half of the private key in the row; none, with a finding, when there is no way to it.
    fn unwrapped(
        &mut self,
        row: &Row,
        stored: &StoreRow,
        certificate: Option<&Certificate>,
    ) -> Result<Option<PublicKey>> {
        let (alias, scope, master) = (&row.key.alias.alias, &row.key.alias.scope, &stored.master);
        let wrapped = WrappedPrivateKey::parse(&stored.private_key);
        let Some(held) = self.master(master)? else {
            let text = format!(
                "The private key of {scope} is wrapped to the master key {master}, which the master backend does not \
                 have: envelopes for it cannot be opened. Restore the key file from a backup."
            );
            self.found(FindingCode::WrappingKeyMissing, Some(alias), text);
            return Ok(None);
        };
        held.wraps = held.wraps.saturating_add(1);
        let Some(public) = held.public.clone() else {
            let text = format!("The private key of {scope} is wrapped to {master}, which is no pair.");
            self.found(FindingCode::WrappingKeyMissing, Some(alias), text);
            return Ok(None);
        };
        let wrapped = match wrapped {
            Ok(wrapped) => wrapped,
            Err(error) => {
                let text = format!("private_key of the key of {scope}: {error}. Restore the row from a backup.");
                self.found(FindingCode::WrappedKeyDamaged, Some(alias), text);
                return Ok(None);
            }
        };
        match self.open(&wrapped, master, public) {
            Ok(key) => Ok(Some(key.public_key().clone())),
            Err(error) if must_end(&error) => Err(error),
            // A key of another kind than those that are opened here is no damage.
            Err(error)
                if error.code() != Code::DecryptionFailed
                    && certificate.is_some_and(|certificate| certificate.rsa_bits().is_none()) =>
            {
                Ok(None)
            }
            Err(_) => {
                let text = format!(
                    "The private key of {scope} does not open with the master key {master} it is wrapped to. Restore \
                     the row from a backup."
                );
                self.found(FindingCode::WrappedKeyDamaged, Some(alias), text);
                Ok(None)
            }
        }
    }

    fn open(&self, wrapped: &WrappedPrivateKey, master: &Alias, public: PublicKey) -> Result<SoftwareKey> {
        let hierarchy = self.hierarchy;
        let master = MasterKey::new(hierarchy.provider, Arc::clone(&hierarchy.master), master.clone(), public);
        let pkcs8 = wrapped.unwrap(&hierarchy.provider, &master)?;
        SoftwareKey::from_pkcs8(&hierarchy.provider, &pkcs8)
    }

    fn compare(&mut self, row: &Row, public: Option<&PublicKey>, certificate: &Certificate) -> bool {
        // A backend that does not show the public half leaves nothing to compare.
        let Some(public) = public else { return false };
        if certificate.public_key() == public {
            return true;
        }
        let text = format!(
            "The certificate of this key of {} is for another key: what is encrypted to it cannot be opened here.",
            row.key.alias.scope
        );
        self.found(FindingCode::KeyMismatch, Some(&row.key.alias.alias), text);
        false
    }
}

/// A row that hides others in the answer of the store: it cannot be understood, or its MAC does not fit.
pub(in crate::hierarchy) fn is_bad_row(error: &Error) -> bool {
    matches!(error.code(), Code::RecordDamaged | Code::RowNotAuthentic)
}

/// A backend that is out of reach ends the visit: every key would look damaged.
pub(in crate::hierarchy) fn must_end(error: &Error) -> bool {
    match error.code() {
        Code::Forked => true,
        Code::WrongKeyKind | Code::KeyFileDamaged | Code::RowNotAuthentic => false,
        code => code.category() == Category::Backend,
    }
}
