//! A master backend in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::crypto::{CryptoProvider, Direction, PrivateKey as _, RsaPrivateKey, SignatureScheme, SoftwareKey};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, OaepParameters, RsaDecryption,
    SignInput, software,
};
use crate::process::ForkGuard;
use crate::random::KeySource;
use crate::secret::{Aes256Key, SecretBytes};

/// What a [`SoftwareMaster`] offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftwareMasterOptions {
    /// The raw RSA private operation.
    pub raw_rsa: bool,
    /// OAEP inside the backend, in every profile of the library.
    pub oaep: bool,
    /// AES-256 keys and AES-ECB.
    pub aes: bool,
    /// Keys on elliptic curves.
    pub curves: bool,
    /// How many entries a page of `list` has, at least 1.
    pub page: usize,
}

impl SoftwareMasterOptions {
    /// Everything.
    pub const FULL: Self = Self { raw_rsa: true, oaep: true, aes: true, curves: true, page: 100 };
    /// Raw RSA and AES, as a token without OAEP.
    pub const RAW_ONLY: Self = Self { oaep: false, ..Self::FULL };
    /// OAEP and AES, as a service that never answers a raw operation.
    pub const OAEP_ONLY: Self = Self { raw_rsa: false, ..Self::FULL };
    /// Pairs only.
    pub const WITHOUT_AES: Self = Self { aes: false, ..Self::FULL };
    /// RSA and AES, as an old token.
    pub const WITHOUT_CURVES: Self = Self { curves: false, ..Self::FULL };
}

/// A master backend in memory, with capability switches. Its keys end with it.
pub struct SoftwareMaster {
    provider: CryptoProvider,
    key_source: Arc<dyn KeySource>,
    options: SoftwareMasterOptions,
    guard: ForkGuard,
    held: Mutex<BTreeMap<Alias, Held>>,
}

#[derive(Clone)]
enum Held {
    Pair { key: SoftwareKey, certificate: Option<Vec<u8>> },
    Aes(Arc<Aes256Key>),
}

impl SoftwareMaster {
    /// An empty backend; new keys come from `key_source`.
    #[must_use]
    pub fn new(provider: CryptoProvider, key_source: Arc<dyn KeySource>, options: SoftwareMasterOptions) -> Self {
        Self { provider, key_source, options, guard: ForkGuard::new(), held: Mutex::default() }
    }

    fn held(&self) -> Result<MutexGuard<'_, BTreeMap<Alias, Held>>> {
        self.guard.check()?;
        Ok(self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, alias: &Alias) -> Result<Held> {
        self.held()?.get(alias).cloned().ok_or_else(|| not_found(alias))
    }

    fn rsa(&self, alias: &Alias) -> Result<Arc<dyn RsaPrivateKey>> {
        match self.take(alias)? {
            Held::Pair { key, .. } => key.rsa().cloned().ok_or_else(|| wrong_kind(alias)),
            Held::Aes(_) => Err(wrong_kind(alias)),
        }
    }
}

impl fmt::Debug for SoftwareMaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareMaster({:?})", self.options)
    }
}

impl MasterKeys for SoftwareMaster {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.guard.check()?;
        let offered = |kind: &KeyKind| match kind {
            KeyKind::Aes256 => self.options.aes,
            kind => self.options.curves || kind.ec().is_none(),
        };
        let kinds = KeyKind::SOFTWARE.into_iter().filter(offered).collect();
        Ok(MasterCapabilities {
            kinds,
            oaep: if self.options.oaep { OaepParameters::software() } else { Vec::new() },
            raw_rsa: self.options.raw_rsa,
            aes_ecb: self.options.aes,
            certificates: true,
            extractable: false,
            parallel: true,
        })
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        if self.held()?.contains_key(&alias) {
            return Err(exists(&alias));
        }
        if !self.capabilities()?.kinds.contains(&kind) {
            return Err(Error::new(Code::Unsupported, "this backend has no keys of this kind"));
        }
        let new = match software::new_pair(&self.provider, self.key_source.as_ref(), kind)? {
            Some((key, _)) => Held::Pair { key, certificate: None },
            None => Held::Aes(Arc::new(self.key_source.aes256()?)),
        };
        let public = match &new {
            Held::Pair { key, .. } => Some(key.public_key().clone()),
            Held::Aes(_) => None,
        };
        let mut held = self.held()?;
        if held.contains_key(&alias) {
            return Err(exists(&alias));
        }
        held.insert(alias, new);
        Ok(CreatedKey { public })
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        match self.held()?.get_mut(&alias) {
            Some(Held::Pair { certificate, .. }) => {
                *certificate = Some(certificate_der);
                Ok(())
            }
            Some(Held::Aes(_)) => Err(wrong_kind(&alias)),
            None => Err(not_found(&alias)),
        }
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        Ok(self.held()?.get(&alias).map(|held| entry(&alias, held)))
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        let held = self.held()?;
        let mut rest = held.iter().filter(|(alias, _)| cursor.as_deref().is_none_or(|after| alias.as_str() > after));
        let entries: Vec<_> =
            rest.by_ref().take(self.options.page.max(1)).map(|(alias, held)| entry(alias, held)).collect();
        let more = rest.next().is_some();
        let next = entries.last().filter(|_| more).map(|entry| entry.alias.as_str().to_owned());
        Ok(MasterPage { entries, next })
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        match self.take(&alias)? {
            Held::Pair { key, .. } => software::sign(&key, scheme, &input),
            Held::Aes(_) => Err(wrong_kind(&alias)),
        }
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        let key = self.rsa(&alias)?;
        match how {
            RsaDecryption::Raw if !self.options.raw_rsa => {
                Err(Error::new(Code::Unsupported, "this backend does no raw RSA"))
            }
            RsaDecryption::Oaep(_) if !self.options.oaep => {
                Err(Error::new(Code::Unsupported, "this backend has no OAEP"))
            }
            how => software::rsa_decrypt(key.as_ref(), &how, &ciphertext),
        }
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, mut blocks: SecretBytes) -> Result<SecretBytes> {
        match self.take(&alias)? {
            Held::Aes(key) => {
                software::check_blocks(&blocks)?;
                self.provider.block.ecb(direction, &key, blocks.expose_mut())?;
                Ok(blocks)
            }
            Held::Pair { .. } => Err(wrong_kind(&alias)),
        }
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        self.held()?.remove(&alias);
        Ok(())
    }

    fn health(&self) -> Result<()> {
        self.guard.check()
    }
}

fn entry(alias: &Alias, held: &Held) -> MasterEntry {
    match held {
        Held::Pair { key, certificate } => MasterEntry {
            alias: alias.clone(),
            kind: software::kind_of(key),
            public: Some(key.public_key().clone()),
            certificate: certificate.clone(),
            pending: certificate.is_none(),
        },
        Held::Aes(_) => MasterEntry {
            alias: alias.clone(),
            kind: Some(KeyKind::Aes256),
            public: None,
            certificate: None,
            pending: false,
        },
    }
}

fn not_found(alias: &Alias) -> Error {
    Error::new(Code::AliasNotFound, format!("no key has the alias {alias}"))
}

fn exists(alias: &Alias) -> Error {
    Error::new(Code::AliasExists, format!("a key has the alias {alias} already"))
}

fn wrong_kind(alias: &Alias) -> Error {
    Error::new(Code::WrongKeyKind, format!("the key {alias} is of another kind"))
}
