//! A master backend of a host, which keeps its keys in software, and the core's suite for backends on it.

use std::sync::{Arc, Mutex};

use keymanager::crypto::{Direction, HashAlgorithm, SignatureScheme, native};
use keymanager::id::Alias;
use keymanager::master::{KeyKind, MasterEntry, MasterKeys, OaepParameters, RsaDecryption, SignInput};
use keymanager::secret::SecretBytes;
use keymanager::testing::master::{SoftwareMaster, SoftwareMasterOptions};
use keymanager_facade::{
    HostDirection, HostError, HostHash, HostKeyKind, HostMaster, HostMasterCapabilities, HostMasterEntry,
    HostMasterPage, HostOaep, HostSignInput, HostSignature,
};

/// The library's software backend behind the host's trait.
pub(crate) struct SoftwareHost {
    inner: SoftwareMaster,
    failure: Mutex<Option<HostError>>,
}

impl SoftwareHost {
    pub(crate) fn new() -> Self {
        let provider = native::provider();
        let inner = SoftwareMaster::new(provider, Arc::new(provider.keys), SoftwareMasterOptions::FULL);
        Self { inner, failure: Mutex::default() }
    }

    /// From now on every call fails like this.
    pub(crate) fn fail_with(&self, failure: Option<HostError>) {
        *self.failure.lock().unwrap() = failure;
    }

    fn ask<T>(&self, ask: impl FnOnce(&SoftwareMaster) -> keymanager::Result<T>) -> Result<T, HostError> {
        if let Some(failure) = self.failure.lock().unwrap().clone() {
            return Err(failure);
        }
        let host =
            |error: keymanager::Error| HostError { number: error.code().number(), message: error.detail().to_owned() };
        ask(&self.inner).map_err(host)
    }
}

fn alias(text: &str) -> keymanager::Result<Alias> {
    Alias::new(text)
}

fn kind(kind: KeyKind) -> Option<HostKeyKind> {
    Some(match kind {
        KeyKind::Rsa2048 => HostKeyKind::Rsa2048,
        KeyKind::Rsa3072 => HostKeyKind::Rsa3072,
        KeyKind::Rsa4096 => HostKeyKind::Rsa4096,
        KeyKind::Aes256 => HostKeyKind::Aes256,
        _ => return None,
    })
}

fn hash(hash: HashAlgorithm) -> HostHash {
    match hash {
        HashAlgorithm::Sha1 => HostHash::Sha1,
        HashAlgorithm::Sha256 => HostHash::Sha256,
        HashAlgorithm::Sha384 => HostHash::Sha384,
        _ => HostHash::Sha512,
    }
}

fn entry(entry: MasterEntry) -> HostMasterEntry {
    HostMasterEntry {
        alias: entry.alias.to_string(),
        kind: entry.kind.and_then(kind),
        spki_der: entry.public.map(|public| public.spki_der().to_vec()),
        certificate_der: entry.certificate,
        pending: entry.pending,
    }
}

impl HostMaster for SoftwareHost {
    fn capabilities(&self) -> Result<HostMasterCapabilities, HostError> {
        let inner = self.ask(|inner| inner.capabilities())?;
        let oaep =
            |oaep: OaepParameters| HostOaep { hash: hash(oaep.hash), mgf_hash: hash(oaep.mgf_hash), label: oaep.label };
        Ok(HostMasterCapabilities {
            kinds: inner.kinds.into_iter().filter_map(kind).collect(),
            oaep: inner.oaep.into_iter().map(oaep).collect(),
            raw_rsa: inner.raw_rsa,
            aes_ecb: inner.aes_ecb,
            certificates: inner.certificates,
            extractable: inner.extractable,
            parallel: inner.parallel,
        })
    }

    fn create(&self, name: String, wanted: HostKeyKind) -> Result<Option<Vec<u8>>, HostError> {
        let all = [KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::Rsa4096, KeyKind::Aes256];
        let core = all.into_iter().find(|core| kind(*core) == Some(wanted)).unwrap();
        let created = self.ask(|inner| inner.create(alias(&name)?, core))?;
        Ok(created.public.map(|public| public.spki_der().to_vec()))
    }

    fn attach_certificate(&self, name: String, certificate_der: Vec<u8>) -> Result<(), HostError> {
        self.ask(|inner| inner.attach_certificate(alias(&name)?, certificate_der))
    }

    fn find(&self, name: String) -> Result<Option<HostMasterEntry>, HostError> {
        Ok(self.ask(|inner| inner.find(alias(&name)?))?.map(entry))
    }

    fn list(&self, cursor: Option<String>) -> Result<HostMasterPage, HostError> {
        let page = self.ask(|inner| inner.list(cursor))?;
        Ok(HostMasterPage { entries: page.entries.into_iter().map(entry).collect(), next: page.next })
    }

    fn sign(&self, name: String, scheme: HostSignature, input: HostSignInput) -> Result<Vec<u8>, HostError> {
        let scheme = match scheme {
            HostSignature::RsaPkcs1Sha256 => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            HostSignature::RsaPkcs1Sha384 => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha384),
            HostSignature::RsaPkcs1Sha512 => SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512),
            HostSignature::RsaPssSha256 => SignatureScheme::RsaPss(HashAlgorithm::Sha256),
            HostSignature::RsaPssSha384 => SignatureScheme::RsaPss(HashAlgorithm::Sha384),
            HostSignature::RsaPssSha512 => SignatureScheme::RsaPss(HashAlgorithm::Sha512),
        };
        let input = match input {
            HostSignInput::Message(message) => SignInput::Message(message),
            HostSignInput::Digest(digest) => SignInput::Digest(digest),
        };
        self.ask(|inner| inner.sign(alias(&name)?, scheme, input))
    }

    fn rsa_decrypt(&self, name: String, oaep: Option<HostOaep>, ciphertext: Vec<u8>) -> Result<Vec<u8>, HostError> {
        let core = |wanted| {
            let all = [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
            all.into_iter().find(|core| hash(*core) == wanted).unwrap()
        };
        let how = oaep.map_or(RsaDecryption::Raw, |oaep| {
            let (hash, mgf_hash) = (core(oaep.hash), core(oaep.mgf_hash));
            RsaDecryption::Oaep(OaepParameters { hash, mgf_hash, label: oaep.label })
        });
        let plain = self.ask(|inner| inner.rsa_decrypt(alias(&name)?, how, ciphertext))?;
        Ok(plain.expose().to_vec())
    }

    fn aes_ecb(&self, name: String, direction: HostDirection, blocks: Vec<u8>) -> Result<Vec<u8>, HostError> {
        let direction = match direction {
            HostDirection::Encrypt => Direction::Encrypt,
            HostDirection::Decrypt => Direction::Decrypt,
        };
        let answer = self.ask(|inner| inner.aes_ecb(alias(&name)?, direction, SecretBytes::from_vec(blocks)))?;
        Ok(answer.expose().to_vec())
    }

    fn remove(&self, name: String) -> Result<(), HostError> {
        self.ask(|inner| inner.remove(alias(&name)?))
    }

    fn health(&self) -> Result<(), HostError> {
        self.ask(|inner| inner.health())
    }
}

#[test]
fn a_backend_of_a_host_passes_the_suite() {
    keymanager_facade::testing::master_suite(Arc::new(SoftwareHost::new())).unwrap();
}
