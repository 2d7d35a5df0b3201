//! Objects on the token: how keys and certificates are named and found (TOK-5 to TOK-10).

use std::collections::BTreeMap;
use std::sync::Arc;

use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle};

use super::fault::Attempt;
use super::public;
use super::seat::Seat;
use crate::certificate::Certificate;
use crate::crypto::{CryptoProvider, EcAlgorithm, PublicKey};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{KeyKind, MasterEntry};

/// A key as a session knows it.
#[derive(Debug)]
pub(super) struct KeyHandle {
    pub(super) object: ObjectHandle,
    pub(super) family: Family,
}

/// What kind of key it is, with what is needed to use it.
#[derive(Debug)]
pub(super) enum Family {
    Rsa {
        /// Without leading zeros.
        modulus: Vec<u8>,
        exponent: Option<Vec<u8>>,
    },
    Ec(EcAlgorithm),
    /// A pair of another kind.
    OtherPair,
    Aes256,
    /// A secret key of another kind.
    OtherSecret,
}

impl Family {
    pub(super) const fn is_pair(&self) -> bool {
        matches!(self, Self::Rsa { .. } | Self::Ec(_) | Self::OtherPair)
    }

    fn kind(&self) -> Option<KeyKind> {
        match self {
            Self::Rsa { modulus, .. } => KeyKind::of_rsa_len(modulus.len()),
            Self::Ec(algorithm) => KeyKind::of_ec(*algorithm),
            Self::Aes256 => Some(KeyKind::Aes256),
            Self::OtherPair | Self::OtherSecret => None,
        }
    }

    /// The public half, as far as the private object shows it.
    pub(super) fn public(&self) -> Option<PublicKey> {
        match self {
            Self::Rsa { modulus, exponent: Some(exponent) } => public::rsa(modulus, exponent).ok(),
            _ => None,
        }
    }
}

/// A certificate object.
#[derive(Debug)]
pub(super) struct CertificateObject {
    pub(super) object: ObjectHandle,
    pub(super) label: Vec<u8>,
    pub(super) der: Vec<u8>,
}

impl Seat {
    /// The key under an alias, to be used.
    pub(super) fn key(&mut self, alias: &Alias) -> Attempt<Arc<KeyHandle>> {
        if let Some(key) = self.remembered(alias) {
            return Ok(key);
        }
        let found = self.look_up(alias)?.ok_or_else(|| not_found(alias))?;
        let key = Arc::new(found);
        self.remember(alias, Arc::clone(&key));
        Ok(key)
    }

    /// The key under an alias: a pair by its `ID`, else a secret key by its `LABEL` (TOK-5).
    pub(super) fn look_up(&mut self, alias: &Alias) -> Attempt<Option<KeyHandle>> {
        if !is_token_alias(alias) {
            return Ok(None);
        }
        let pairs = self.search(&private_keys_of(alias))?;
        let (object, is_pair) = match (pairs.as_slice(), self.secrets(alias, pairs.is_empty())?.as_slice()) {
            ([], []) => {
                self.confirm_login()?;
                return Ok(None);
            }
            ([pair], _) => (*pair, true),
            ([], [secret]) => (*secret, false),
            _ => return Err(Error::new(Code::TokenObjects, format!("the token has several keys under {alias}")).into()),
        };
        let family = if is_pair { self.pair_family(object)? } else { self.secret_family(object)? };
        Ok(Some(KeyHandle { object, family }))
    }

    fn secrets(&mut self, alias: &Alias, wanted: bool) -> Attempt<Vec<ObjectHandle>> {
        if wanted { self.search(&secret_keys_of(alias)) } else { Ok(Vec::new()) }
    }

    fn pair_family(&mut self, object: ObjectHandle) -> Attempt<Family> {
        let attributes = self.attributes(object, &[AttributeType::KeyType])?;
        Ok(match attributes.first() {
            Some(Attribute::KeyType(KeyType::RSA)) => {
                let found = self.attributes(object, &[AttributeType::Modulus, AttributeType::PublicExponent])?;
                let mut modulus = Vec::new();
                let mut exponent = None;
                for attribute in found {
                    match attribute {
                        Attribute::Modulus(bytes) => modulus = public::trimmed(&bytes).to_vec(),
                        Attribute::PublicExponent(bytes) if !bytes.is_empty() => exponent = Some(bytes),
                        _ => {}
                    }
                }
                if modulus.is_empty() { Family::OtherPair } else { Family::Rsa { modulus, exponent } }
            }
            Some(Attribute::KeyType(KeyType::EC | KeyType::EC_EDWARDS)) => {
                let found = self.attributes(object, &[AttributeType::EcParams])?;
                let algorithm = found.iter().find_map(|attribute| match attribute {
                    Attribute::EcParams(parameters) => public::ec_algorithm(parameters),
                    _ => None,
                });
                algorithm.map_or(Family::OtherPair, Family::Ec)
            }
            _ => Family::OtherPair,
        })
    }

    fn secret_family(&mut self, object: ObjectHandle) -> Attempt<Family> {
        let found = self.attributes(object, &[AttributeType::KeyType, AttributeType::ValueLen])?;
        let aes = found.iter().any(|attribute| matches!(attribute, Attribute::KeyType(KeyType::AES)));
        let long =
            found.iter().any(|attribute| matches!(attribute, Attribute::ValueLen(len) if usize::from(*len) == 32));
        Ok(if aes && long { Family::Aes256 } else { Family::OtherSecret })
    }

    /// The certificates with the alias as `ID`.
    pub(super) fn certificates(&mut self, alias: &Alias) -> Attempt<Vec<CertificateObject>> {
        let objects = self.search(&certificates_with_id(alias))?;
        objects.into_iter().map(|object| self.certificate(object)).collect()
    }

    fn certificate(&mut self, object: ObjectHandle) -> Attempt<CertificateObject> {
        let mut certificate = CertificateObject { object, label: Vec::new(), der: Vec::new() };
        for attribute in self.attributes(object, &[AttributeType::Label, AttributeType::Value])? {
            match attribute {
                Attribute::Label(label) => certificate.label = label,
                Attribute::Value(der) => certificate.der = der,
                _ => {}
            }
        }
        Ok(certificate)
    }

    /// A key as others see it.
    pub(super) fn entry(&mut self, alias: &Alias) -> Attempt<Option<MasterEntry>> {
        let key = match self.look_up(alias) {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(None),
            // It is there, and cannot be used.
            Err(super::fault::Fault::Final(error)) if error.code() == Code::TokenObjects => {
                let entry =
                    MasterEntry { alias: alias.clone(), kind: None, public: None, certificate: None, pending: false };
                return Ok(Some(entry));
            }
            Err(fault) => return Err(fault),
        };
        if !key.family.is_pair() {
            let kind = key.family.kind();
            return Ok(Some(MasterEntry {
                alias: alias.clone(),
                kind,
                public: None,
                certificate: None,
                pending: false,
            }));
        }
        let certificate = chosen(alias, self.certificates(alias)?).map(|certificate| certificate.der);
        let public = key.family.public().or_else(|| {
            let certificate = Certificate::from_der(&self.shared.provider, certificate.as_deref()?).ok()?;
            Some(certificate.public_key().clone())
        });
        let pending = certificate.is_none();
        Ok(Some(MasterEntry { alias: alias.clone(), kind: key.family.kind(), public, certificate, pending }))
    }

    /// The aliases of all keys on the token, in order, with the private or secret objects under each.
    pub(super) fn all_keys(&mut self) -> Attempt<BTreeMap<Alias, Vec<ObjectHandle>>> {
        let mut all: BTreeMap<Alias, Vec<ObjectHandle>> = BTreeMap::new();
        for (class, name) in
            [(ObjectClass::PRIVATE_KEY, AttributeType::Id), (ObjectClass::SECRET_KEY, AttributeType::Label)]
        {
            for object in self.search(&[Attribute::Class(class), Attribute::Token(true)])? {
                for attribute in self.attributes(object, &[name])? {
                    if let Attribute::Id(bytes) | Attribute::Label(bytes) = attribute
                        && let Some(alias) = alias_of(&bytes)
                    {
                        all.entry(alias).or_default().push(object);
                    }
                }
            }
        }
        if all.is_empty() {
            self.confirm_login()?;
        }
        Ok(all)
    }
}

/// The family of an RSA key by its public half.
pub(super) fn rsa_family(spki_der: &[u8]) -> Option<Family> {
    let spki = spki::SubjectPublicKeyInfoRef::try_from(spki_der).ok()?;
    let key = pkcs1::RsaPublicKeyRef::try_from(spki.subject_public_key.raw_bytes()).ok()?;
    let modulus = public::trimmed(key.modulus.as_bytes()).to_vec();
    Some(Family::Rsa { modulus, exponent: Some(key.public_exponent.as_bytes().to_vec()) })
}

/// Of several certificates with one `ID` the one that is labelled with it (TOK-7).
pub(super) fn chosen(alias: &Alias, certificates: Vec<CertificateObject>) -> Option<CertificateObject> {
    let mut certificates: Vec<CertificateObject> =
        certificates.into_iter().filter(|certificate| !certificate.der.is_empty()).collect();
    let labelled = certificates.iter().position(|certificate| certificate.label == alias.as_str().as_bytes());
    match (labelled, certificates.len()) {
        (_, 0) => None,
        (Some(at), _) => Some(certificates.swap_remove(at)),
        (None, _) => certificates.pop(),
    }
}

/// Aliases of a token are printable ASCII; others cannot be objects of a MOSIP service.
pub(super) fn is_token_alias(alias: &Alias) -> bool {
    alias.as_str().bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

fn alias_of(bytes: &[u8]) -> Option<Alias> {
    let alias = Alias::new(std::str::from_utf8(bytes).ok()?).ok()?;
    is_token_alias(&alias).then_some(alias)
}

pub(super) fn private_keys_of(alias: &Alias) -> [Attribute; 3] {
    [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Token(true), Attribute::Id(bytes(alias))]
}

pub(super) fn secret_keys_of(alias: &Alias) -> [Attribute; 3] {
    [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Token(true), Attribute::Label(bytes(alias))]
}

pub(super) fn certificates_with_id(alias: &Alias) -> [Attribute; 3] {
    [Attribute::Class(ObjectClass::CERTIFICATE), Attribute::Token(true), Attribute::Id(bytes(alias))]
}

pub(super) fn certificates_with_label(alias: &Alias) -> [Attribute; 3] {
    [Attribute::Class(ObjectClass::CERTIFICATE), Attribute::Token(true), Attribute::Label(bytes(alias))]
}

pub(super) fn bytes(alias: &Alias) -> Vec<u8> {
    alias.as_str().as_bytes().to_vec()
}

/// A certificate object under `label` with the alias as `ID` (the table of docs/token.md §2).
pub(super) fn certificate_template(
    provider: &CryptoProvider,
    alias: &Alias,
    label: Vec<u8>,
    der: &[u8],
) -> Result<Vec<Attribute>> {
    let certificate = Certificate::from_der(provider, der)?;
    Ok(vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label(label),
        Attribute::Id(bytes(alias)),
        Attribute::Subject(certificate.subject_der().to_vec()),
        Attribute::Issuer(certificate.issuer_der().to_vec()),
        Attribute::SerialNumber(certificate.serial_bytes().to_vec()),
        Attribute::Value(der.to_vec()),
    ])
}

pub(super) fn not_found(alias: &Alias) -> Error {
    Error::new(Code::AliasNotFound, format!("the token has no key under the alias {alias}"))
}

pub(super) fn wrong_kind(alias: &Alias) -> Error {
    Error::new(Code::WrongKeyKind, format!("the key {alias} on the token is of another kind"))
}
