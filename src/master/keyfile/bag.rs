//! One bag: its bytes as they arrived, and what they say.

use std::sync::Arc;

use der::asn1::ObjectIdentifier;
use der::{Decode, Tag};
use pkcs12::{CertBag, PKCS_12_CERT_BAG_OID, PKCS_12_PKCS8_KEY_BAG_OID, PKCS_12_SECRET_BAG_OID, PKCS_12_X509_CERT_OID};

use super::archive::Sealed;
use super::asn1::{self, BagView, TRUSTED_KEY_USAGE, encode, entry_attributes};
use crate::error::{Error, Result};

/// A bag.
#[derive(Clone)]
pub(super) struct Bag {
    /// As it arrived. Empty for a bag that cannot be read: a file with one is never written.
    raw: Vec<u8>,
    name: Option<String>,
    local_key_id: Option<Vec<u8>>,
    content: BagContent,
}

/// What is in a bag.
#[derive(Clone)]
pub(super) enum BagContent {
    /// A private key.
    Key(Arc<Sealed>),
    /// A secret key.
    Secret(Arc<Sealed>),
    /// An X.509 certificate as DER.
    Certificate { der: Vec<u8>, trusted: bool },
    /// Why it cannot be read.
    Unreadable(String),
}

impl Bag {
    /// Reads a bag. It never fails: a bag that cannot be read says so.
    pub(super) fn read(raw: &[u8]) -> Self {
        match Self::try_read(raw) {
            Ok(bag) => bag,
            Err(error) => Self::closed(None, error.detail().to_owned()),
        }
    }

    /// A new private key.
    pub(super) fn key(alias: &str, local_key_id: &[u8], sealed: &[u8]) -> Result<Self> {
        Self::made(asn1::bag(&PKCS_12_PKCS8_KEY_BAG_OID, sealed, &entry_attributes(alias, local_key_id)?)?)
    }

    /// A new secret key, in Java's form.
    pub(super) fn secret(alias: &str, local_key_id: &[u8], sealed: &[u8]) -> Result<Self> {
        let value = asn1::secret_bag_value(sealed)?;
        Self::made(asn1::bag(&PKCS_12_SECRET_BAG_OID, &value, &entry_attributes(alias, local_key_id)?)?)
    }

    /// The certificate of a key.
    pub(super) fn certificate(alias: &str, local_key_id: &[u8], der: &[u8]) -> Result<Self> {
        let value = der::asn1::OctetString::new(der).map_err(|_| Error::internal("a certificate is short"))?;
        let value = encode(&CertBag { cert_id: PKCS_12_X509_CERT_OID, cert_value: value })?;
        Self::made(asn1::bag(&PKCS_12_CERT_BAG_OID, &value, &entry_attributes(alias, local_key_id)?)?)
    }

    /// The same bag around a key that was sealed again; its attributes stay.
    pub(super) fn resealed(&self, sealed: &[u8]) -> Result<Self> {
        let view = BagView::parse(&self.raw)?;
        match self.content {
            BagContent::Key(_) => Self::made(asn1::bag(&view.id, sealed, view.attributes)?),
            BagContent::Secret(_) => {
                Self::made(asn1::bag(&view.id, &asn1::secret_bag_value(sealed)?, view.attributes)?)
            }
            BagContent::Certificate { .. } | BagContent::Unreadable(_) => {
                Err(Error::internal("only keys are sealed by themselves"))
            }
        }
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The name as it is in the file, in whatever case.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What joins a key and its certificate.
    pub(super) fn local_key_id(&self) -> Option<&[u8]> {
        self.local_key_id.as_deref()
    }

    pub(super) fn content(&self) -> &BagContent {
        &self.content
    }

    /// The sealed key of a private or secret key.
    pub(super) fn sealed(&self) -> Option<&Arc<Sealed>> {
        match &self.content {
            BagContent::Key(sealed) | BagContent::Secret(sealed) => Some(sealed),
            BagContent::Certificate { .. } | BagContent::Unreadable(_) => None,
        }
    }

    /// A bag that was made here is read back, so that what is written is what would be read.
    fn made(raw: Vec<u8>) -> Result<Self> {
        let bag = Self::read(&raw);
        match bag.content {
            BagContent::Unreadable(_) => Err(Error::internal("a bag that was made cannot be read")),
            _ => Ok(bag),
        }
    }

    fn closed(name: Option<String>, reason: String) -> Self {
        Self { raw: Vec::new(), name, local_key_id: None, content: BagContent::Unreadable(reason) }
    }

    fn try_read(raw: &[u8]) -> Result<Self> {
        let view = BagView::parse(raw)?;
        let name = view.friendly_name()?;
        let local_key_id = view.local_key_id()?.map(<[u8]>::to_vec);
        let content = match view.id {
            PKCS_12_PKCS8_KEY_BAG_OID => Sealed::parse(view.value).map(BagContent::Key),
            PKCS_12_SECRET_BAG_OID => read_secret(view.value)?,
            PKCS_12_CERT_BAG_OID => {
                let trusted = view.attribute(&TRUSTED_KEY_USAGE)?.is_some();
                read_certificate(view.value).map(|der| BagContent::Certificate { der, trusted })
            }
            other => Err(format!("the kind of bag {other} is unknown")),
        };
        Ok(match content {
            Ok(content) => Self { raw: raw.to_vec(), name, local_key_id, content },
            Err(reason) => Self::closed(name, reason),
        })
    }
}

fn read_secret(value: &[u8]) -> Result<Result<BagContent, String>> {
    let (inner, value) = asn1::parse_secret_bag(value)?;
    if inner != PKCS_12_PKCS8_KEY_BAG_OID {
        return Ok(Err(format!("the kind of secret {inner} is unknown")));
    }
    let value = asn1::content(value, Tag::OctetString)?;
    Ok(Sealed::parse(value).map(BagContent::Secret))
}

fn read_certificate(value: &[u8]) -> Result<Vec<u8>, String> {
    let bag = CertBag::from_der(value).map_err(|_| "it is no certificate bag".to_owned())?;
    let known: ObjectIdentifier = PKCS_12_X509_CERT_OID;
    if bag.cert_id != known {
        return Err(format!("the kind of certificate {} is unknown", bag.cert_id));
    }
    Ok(bag.cert_value.into_bytes().into())
}
