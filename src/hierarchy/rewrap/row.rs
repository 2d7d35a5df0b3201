//! One key: opened, compared with its certificate, wrapped again, and opened once more (MIG-14).

use super::target::{Target, not_opened};
use crate::certificate::Certificate;
use crate::crypto::{PrivateKey as _, SoftwareKey, sha256};
use crate::envelope::{WrappedPrivateKey, wrap_private_key};
use crate::error::{Code, Error, Result};
use crate::hierarchy::Hierarchy;
use crate::hierarchy::records::Row;
use crate::id::{RefId, Thumbprint, hex_upper};
use crate::master::MasterKey;
use crate::secret::SecretBytes;
use crate::store::{Change, Record, StoreRow};

/// What a report says about a key: enough to find the row, and to see whether it still is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) reference: RefId,
    pub(super) certificate: Thumbprint,
    /// SHA-256 of the column `private_key`, upper-case hexadecimal.
    pub(super) private_key: String,
}

impl Hierarchy {
    /// Opens a key with its Module key and compares it with its certificate.
    pub(in crate::hierarchy) fn open_stored(
        &self,
        row: &Row,
        stored: &StoreRow,
        module: &MasterKey,
    ) -> Result<(SecretBytes, Certificate)> {
        let pkcs8 = WrappedPrivateKey::parse(&stored.private_key)?.unwrap(&self.provider, module)?;
        let key = SoftwareKey::from_pkcs8(&self.provider, &pkcs8)?;
        let certificate =
            self.certificate_of_key(row)?.ok_or_else(|| Error::internal("a key of the store has a certificate"))?;
        if certificate.public_key() != key.public_key() {
            return Err(Error::new(Code::CertificateOfOtherKey, "the certificate is not that of the private key"));
        }
        Ok((pkcs8, certificate))
    }

    /// The change that makes a key hang under `target`, and what is to be said about it.
    pub(super) fn wrapped_again(
        &self,
        row: &Row,
        stored: &StoreRow,
        module: &MasterKey,
        target: &Target,
    ) -> Result<(Change, Proof)> {
        let (pkcs8, certificate) = self.open_stored(row, stored, module)?;
        let new = &target.issuer;
        let private_key = wrap_private_key(&self.provider, self.random.as_ref(), &new.public, &pkcs8)?;
        let opened = WrappedPrivateKey::parse(&private_key)?.unwrap(&self.provider, &new.key);
        let opened = opened.map_err(|error| {
            // The key was good a moment ago; it is the new Module key that fails.
            if error.code() == Code::DecryptionFailed { not_opened(&new.alias) } else { error }
        })?;
        if !opened.ct_eq(&pkcs8) {
            return Err(not_opened(&new.alias));
        }
        let mut key = row.key.clone();
        let proof = self.proof(row, &private_key, &certificate)?;
        key.stored = Some(StoreRow { master: new.alias.clone(), private_key, ..stored.clone() });
        let record = Record::Key(Box::new(key));
        record.check()?;
        Ok((Change::Update(record, row.version.clone()), proof))
    }

    pub(super) fn proof(&self, row: &Row, private_key: &str, certificate: &Certificate) -> Result<Proof> {
        Ok(Proof {
            reference: row.key.alias.scope.reference.clone(),
            certificate: certificate.thumbprint(),
            private_key: self.digest_of(private_key)?,
        })
    }

    pub(super) fn digest_of(&self, private_key: &str) -> Result<String> {
        Ok(hex_upper(&sha256(&self.provider, private_key.as_bytes())?))
    }
}
