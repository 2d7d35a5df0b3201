//! What a key file holds: safes with bags, each kept as the bytes that arrived.
//!
//! ```text
//! PFX
//! ├── AuthenticatedSafe, covered by the MAC
//! │   ├── safe, not encrypted: shrouded key bags and secret bags, each encrypted by itself
//! │   └── safe, encrypted as a whole: certificate bags
//! └── MAC, salt, iterations
//! ```

use std::sync::Arc;

use cms::content_info::{CmsVersion, ContentInfo};
use cms::encrypted_data::EncryptedData;
use cms::enveloped_data::EncryptedContentInfo;
use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::asn1::{Any, OctetString};
use der::{Decode, Tag, Tagged as _};
use pkcs12::pfx::{Pfx, Version};
use pkcs12::{DigestInfo, MacData};
use spki::AlgorithmIdentifierOwned;

use super::asn1::{self, DATA, ENCRYPTED_DATA, damaged, element, elements, encode};
use super::bag::{Bag, BagContent};
use super::cipher::{self, Scheme};
use super::{MAX_BAGS, MAX_ITERATIONS, SALT_LEN, kdf};
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{Code, Error, Result};
use crate::random::RandomSource;
use crate::secret::{Passphrase, SecretBytes};

/// The content of a key file. No secret is in it: every key is still encrypted.
#[derive(Clone)]
pub(super) struct Archive {
    safes: Vec<Safe>,
    /// The cost of the MAC, which is the cost of the file.
    iterations: u32,
    /// Why the file is only read; the first reason.
    unreadable: Option<String>,
}

#[derive(Clone)]
struct Safe {
    kind: SafeKind,
    /// The `ContentInfo` as it arrived, or as it was written last.
    raw: Vec<u8>,
    bags: Vec<Bag>,
    changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SafeKind {
    Plain,
    Encrypted,
    /// Not opened; never changed.
    Opaque,
}

/// Where a bag is.
pub(super) type Place = (usize, usize);

impl Archive {
    /// A file without any entry.
    pub(super) fn empty(iterations: u32) -> Self {
        Self { safes: Vec::new(), iterations, unreadable: None }
    }

    /// Reads a file: structure, MAC, safes, bags. No key is opened.
    ///
    /// # Errors
    /// `key_file_damaged`, `wrong_passphrase`, `unsupported` for a file without a MAC that a passphrase makes,
    /// `too_large`.
    pub(super) fn read(provider: &CryptoProvider, passphrase: &Passphrase, bytes: &[u8]) -> Result<Self> {
        let pfx = Pfx::from_der(bytes).map_err(|_| damaged("it is not a PKCS#12 file in DER"))?;
        if pfx.auth_safe.content_type != DATA {
            return Err(Error::new(Code::Unsupported, "a key file whose integrity is not from a passphrase"));
        }
        if pfx.auth_safe.content.tag() != Tag::OctetString {
            return Err(damaged("its content is no OCTET STRING"));
        }
        let content = pfx.auth_safe.content.value();
        let mac = pfx.mac_data.ok_or_else(|| Error::new(Code::Unsupported, "a key file without a MAC"))?;
        let iterations = check_mac(provider, passphrase, &mac, content)?;

        let mut archive = Self::empty(iterations);
        let mut bags = 0usize;
        for raw in elements(asn1::content(content, Tag::Sequence)?)? {
            let safe = archive.read_safe(provider, passphrase, raw)?;
            bags = bags.saturating_add(safe.bags.len());
            check_count(bags)?;
            archive.safes.push(safe);
        }
        Ok(archive)
    }

    /// The file. Safes that did not change are the bytes they were; the others are encrypted anew.
    pub(super) fn write(
        &mut self,
        provider: &CryptoProvider,
        random: &dyn RandomSource,
        passphrase: &Passphrase,
    ) -> Result<Vec<u8>> {
        self.safes.retain(|safe| !safe.changed || !safe.bags.is_empty());
        check_count(self.safes.iter().map(|safe| safe.bags.len()).fold(0, usize::saturating_add))?;
        for safe in self.safes.iter_mut().filter(|safe| safe.changed) {
            safe.rewrite(provider, random, passphrase, self.iterations)?;
        }
        let safes: Vec<&[u8]> = self.safes.iter().map(|safe| safe.raw.as_slice()).collect();
        let content = element(Tag::Sequence, &safes)?;

        let mut salt = [0u8; SALT_LEN];
        random.fill(&mut salt)?;
        let mac = kdf::mac(provider, HashAlgorithm::Sha256, passphrase, &salt, self.iterations, &content)?;
        let short = |_| Error::internal("a MAC is short");
        let mac_data = MacData {
            mac: DigestInfo {
                algorithm: AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: Some(Any::null()) },
                digest: OctetString::new(mac.expose()).map_err(short)?,
            },
            mac_salt: OctetString::new(salt.as_slice()).map_err(short)?,
            iterations: i32::try_from(self.iterations).map_err(|_| Error::internal("iterations are capped"))?,
        };
        let content = Any::new(Tag::OctetString, content).map_err(|_| damaged("it would be too large"))?;
        let auth_safe = ContentInfo { content_type: DATA, content };
        encode(&Pfx { version: Version::V3, auth_safe, mac_data: Some(mac_data) })
    }

    /// The iterations of the file, with which new parts are written.
    pub(super) fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Why the file is only read.
    pub(super) fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Makes the file only read, for a reason that names what cannot be kept.
    pub(super) fn mark_unreadable(&mut self, reason: String) {
        self.unreadable.get_or_insert(reason);
    }

    /// Whether a whole safe is closed, so that certificates may be missing.
    pub(super) fn has_closed_safe(&self) -> bool {
        self.safes.iter().any(|safe| safe.kind == SafeKind::Opaque)
    }

    /// Every bag with its place.
    pub(super) fn bags(&self) -> impl Iterator<Item = (Place, &Bag)> {
        self.safes
            .iter()
            .enumerate()
            .flat_map(|(safe, part)| part.bags.iter().enumerate().map(move |(bag, content)| ((safe, bag), content)))
    }

    /// Puts a key in the first safe that is not encrypted as a whole, as Java does.
    pub(super) fn push_key(&mut self, bag: Bag) {
        match self.safes.iter_mut().find(|safe| safe.kind == SafeKind::Plain) {
            Some(safe) => safe.push(bag),
            None => self.safes.insert(0, Safe::new(SafeKind::Plain, bag)),
        }
    }

    /// Puts a certificate in the first encrypted safe, as Java does.
    pub(super) fn push_certificate(&mut self, bag: Bag) {
        match self.safes.iter_mut().find(|safe| safe.kind == SafeKind::Encrypted) {
            Some(safe) => safe.push(bag),
            None => self.safes.push(Safe::new(SafeKind::Encrypted, bag)),
        }
    }

    /// Takes out the bags at `places`.
    pub(super) fn remove(&mut self, places: &[Place]) {
        for (number, safe) in self.safes.iter_mut().enumerate() {
            let before = safe.bags.len();
            let mut index = 0usize;
            safe.bags.retain(|_| {
                let here = (number, index);
                index = index.saturating_add(1);
                !places.contains(&here)
            });
            safe.changed |= safe.bags.len() != before;
        }
    }

    /// Encrypts every key and every encrypted safe anew, under another passphrase and cost.
    pub(super) fn reseal(
        &mut self,
        provider: &CryptoProvider,
        random: &dyn RandomSource,
        old: &Passphrase,
        new: &Passphrase,
        iterations: u32,
    ) -> Result<()> {
        self.iterations = iterations;
        for safe in &mut self.safes {
            safe.changed = true;
            for bag in &mut safe.bags {
                let Some(sealed) = bag.sealed() else { continue };
                let plain = sealed.open(provider, old)?;
                *bag = bag.resealed(&cipher::seal_key(provider, random, new, iterations, &plain)?)?;
            }
        }
        Ok(())
    }

    fn read_safe(&mut self, provider: &CryptoProvider, passphrase: &Passphrase, raw: &[u8]) -> Result<Safe> {
        let number = self.safes.len().saturating_add(1);
        let info = ContentInfo::from_der(raw).map_err(|_| damaged(format!("part {number} has no content")))?;
        let opened = match info.content_type {
            DATA if info.content.tag() == Tag::OctetString => {
                Ok((SafeKind::Plain, SecretBytes::copy_from(info.content.value())))
            }
            DATA => return Err(damaged(format!("part {number} is no OCTET STRING"))),
            ENCRYPTED_DATA => open_safe(provider, passphrase, &info)?.map(|content| (SafeKind::Encrypted, content)),
            other => Err(format!("its kind {other} is unknown")),
        };
        let (kind, content) = match opened {
            Ok(opened) => opened,
            Err(reason) => {
                self.mark_unreadable(format!("part {number} cannot be read: {reason}"));
                return Ok(Safe { kind: SafeKind::Opaque, raw: raw.to_vec(), bags: Vec::new(), changed: false });
            }
        };
        let raw_bags = elements(asn1::content(content.expose(), Tag::Sequence)?)?;
        check_count(raw_bags.len())?;
        let mut bags = Vec::with_capacity(raw_bags.len());
        for (index, raw) in raw_bags.into_iter().enumerate() {
            let bag = Bag::read(raw);
            if let BagContent::Unreadable(reason) = bag.content() {
                let name = bag.name().map_or_else(
                    || format!("bag {} of part {number}", index.saturating_add(1)),
                    |name| format!("the entry {name:?}"),
                );
                self.mark_unreadable(format!("{name} cannot be read: {reason}"));
            }
            bags.push(bag);
        }
        Ok(Safe { kind, raw: raw.to_vec(), bags, changed: false })
    }
}

impl Safe {
    fn new(kind: SafeKind, bag: Bag) -> Self {
        Self { kind, raw: Vec::new(), bags: vec![bag], changed: true }
    }

    fn push(&mut self, bag: Bag) {
        self.bags.push(bag);
        self.changed = true;
    }

    fn rewrite(
        &mut self,
        provider: &CryptoProvider,
        random: &dyn RandomSource,
        passphrase: &Passphrase,
        iterations: u32,
    ) -> Result<()> {
        let bags: Vec<&[u8]> = self.bags.iter().map(Bag::raw).collect();
        let content = element(Tag::Sequence, &bags)?;
        let large = |_| Error::new(Code::TooLarge, "the key file would be too large");
        let info = match self.kind {
            SafeKind::Plain => {
                ContentInfo { content_type: DATA, content: Any::new(Tag::OctetString, content).map_err(large)? }
            }
            SafeKind::Encrypted => {
                let content = SecretBytes::from_vec(content);
                let (algorithm, sealed) = cipher::seal(provider, random, passphrase, iterations, &content)?;
                let data = EncryptedData {
                    version: CmsVersion::V0,
                    enc_content_info: EncryptedContentInfo {
                        content_type: DATA,
                        content_enc_alg: algorithm,
                        encrypted_content: Some(OctetString::new(sealed).map_err(large)?),
                    },
                    unprotected_attrs: None,
                };
                let content = Any::from_der(&encode(&data)?).map_err(large)?;
                ContentInfo { content_type: ENCRYPTED_DATA, content }
            }
            SafeKind::Opaque => return Err(Error::internal("a closed part is never changed")),
        };
        self.raw = encode(&info)?;
        self.changed = false;
        Ok(())
    }
}

fn check_count(bags: usize) -> Result<()> {
    if bags > MAX_BAGS {
        return Err(Error::new(Code::TooLarge, format!("a key file with more than {MAX_BAGS} bags")));
    }
    Ok(())
}

/// Checks the MAC; the answer is its iterations.
fn check_mac(provider: &CryptoProvider, passphrase: &Passphrase, mac: &MacData, content: &[u8]) -> Result<u32> {
    let hash = match mac.mac.algorithm.oid {
        ID_SHA_1 => HashAlgorithm::Sha1,
        ID_SHA_256 => HashAlgorithm::Sha256,
        ID_SHA_384 => HashAlgorithm::Sha384,
        ID_SHA_512 => HashAlgorithm::Sha512,
        other => return Err(Error::new(Code::Unsupported, format!("a key file with the MAC algorithm {other}"))),
    };
    let iterations = u32::try_from(mac.iterations).ok().filter(|count| (1..=MAX_ITERATIONS).contains(count));
    let iterations = iterations.ok_or_else(|| {
        let asked = mac.iterations;
        Error::new(Code::TooLarge, format!("the MAC asks for {asked} iterations, and 1 to {MAX_ITERATIONS} are done"))
    })?;
    let salt = mac.mac_salt.as_bytes();
    let computed = kdf::mac(provider, hash, passphrase, salt, iterations, content)?;
    if !kdf::same_mac(&computed, mac.mac.digest.as_bytes()) {
        return Err(Error::new(Code::WrongPassphrase, "the passphrase does not open the key file, or it is damaged"));
    }
    Ok(iterations)
}

/// Opens an encrypted safe; the inner error says why it stays closed.
fn open_safe(
    provider: &CryptoProvider,
    passphrase: &Passphrase,
    info: &ContentInfo,
) -> Result<Result<SecretBytes, String>> {
    let data = encode(&info.content)?;
    let Ok(data) = EncryptedData::from_der(&data) else {
        return Err(damaged("an encrypted part has another structure"));
    };
    if data.unprotected_attrs.is_some() || data.enc_content_info.content_type != DATA {
        return Ok(Err("its encrypted content has another form than Java's".to_owned()));
    }
    let Some(sealed) = data.enc_content_info.encrypted_content else {
        return Ok(Err("its content is elsewhere".to_owned()));
    };
    match Scheme::parse(&data.enc_content_info.content_enc_alg) {
        Ok(scheme) => scheme.open(provider, passphrase, sealed.as_bytes()).map(Ok),
        Err(reason) => Ok(Err(reason)),
    }
}

/// A key as it lies in the file, encrypted by itself.
pub(super) struct Sealed {
    scheme: Scheme,
    data: Vec<u8>,
}

impl Sealed {
    /// From `EncryptedPrivateKeyInfo`; otherwise why it cannot be opened.
    pub(super) fn parse(der: &[u8]) -> Result<Arc<Self>, String> {
        let sealed = asn1::Sealed::from_der(der).map_err(|_| "it is no encrypted key".to_owned())?;
        Ok(Arc::new(Self { scheme: Scheme::parse(&sealed.algorithm)?, data: sealed.data.as_bytes().to_vec() }))
    }

    /// The PKCS#8 document.
    pub(super) fn open(&self, provider: &CryptoProvider, passphrase: &Passphrase) -> Result<SecretBytes> {
        self.scheme.open(provider, passphrase, &self.data)
    }
}

impl PartialEq for Sealed {
    /// Two sealed keys with the same ciphertext are the same key: salt and IV are part of what made it.
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}
