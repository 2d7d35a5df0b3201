//! The entries of a key file at one moment, keys opened as they are needed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use der::asn1::ObjectIdentifier;
use der::{Decode, Tag};

use super::archive::{Archive, Place, Sealed};
use super::asn1::{content, damaged, elements};
use super::bag::{Bag, BagContent};
use super::disk::Identity;
use crate::certificate::{Certificate, is_provisional};
use crate::crypto::ec::algorithm_of_pkcs8;
use crate::crypto::{CryptoProvider, PrivateKey as _, PublicKey, SoftwareKey};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{KeyKind, MasterEntry, software};
use crate::secret::{Aes256Key, Passphrase, SecretBytes};

/// The file as it was read or written last.
pub(super) struct Snapshot {
    pub(super) identity: Identity,
    /// SHA-256 of the bytes.
    pub(super) digest: [u8; 32],
    pub(super) archive: Archive,
    /// By alias in lower case.
    pub(super) entries: BTreeMap<String, Entry>,
    /// The aliases of trusted certificates, which are no keys but have names.
    pub(super) trusted: HashSet<String>,
}

/// A key.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) certificate_place: Option<Place>,
    pub(super) certificate: Option<Vec<u8>>,
    pub(super) local_key_id: Option<Vec<u8>>,
    pub(super) is_pair: bool,
    sealed: Arc<Sealed>,
    opened: Arc<OnceLock<Opened>>,
    facts: Arc<OnceLock<Facts>>,
}

/// A key that was decrypted.
#[derive(Clone)]
pub(super) enum Opened {
    Pair(SoftwareKey),
    Aes(Arc<Aes256Key>),
    /// A kind this release does not use.
    Other,
}

struct Facts {
    kind: Option<KeyKind>,
    public: Option<PublicKey>,
    provisional: bool,
}

impl Snapshot {
    /// Finds the entries of an archive. Keys that `before` has opened stay open.
    pub(super) fn new(identity: Identity, digest: [u8; 32], mut archive: Archive, before: Option<&Self>) -> Self {
        let certificates = Certificates::of(&archive);
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let mut trusted = HashSet::new();
        let mut trouble = Vec::new();
        let mut nameless = 0usize;
        for (place, bag) in archive.bags() {
            let is_trusted = matches!(bag.content(), BagContent::Certificate { trusted: true, .. });
            if bag.sealed().is_none() && !is_trusted {
                continue;
            }
            let alias = match bag.name() {
                Some(name) => name.to_lowercase(),
                None => {
                    // Java numbers what has no name. The number moves when an entry before it goes.
                    nameless = nameless.saturating_add(1);
                    trouble.push(format!("entry {nameless} of those without a name has no alias"));
                    nameless.to_string()
                }
            };
            if entries.contains_key(&alias) || trusted.contains(&alias) {
                trouble.push(format!("two entries have the alias {alias:?}"));
            }
            let Some(sealed) = bag.sealed() else {
                trusted.insert(alias);
                continue;
            };
            let is_pair = matches!(bag.content(), BagContent::Key(_));
            let found = if is_pair { certificates.find(bag, &alias) } else { None };
            let mut entry = Entry {
                place,
                certificate_place: found.map(|(place, _)| place),
                certificate: found.map(|(_, der)| der.to_vec()),
                local_key_id: bag.local_key_id().map(<[u8]>::to_vec),
                is_pair,
                sealed: Arc::clone(sealed),
                opened: Arc::default(),
                facts: Arc::default(),
            };
            if let Some(known) = before.and_then(|before| before.entries.get(&alias)) {
                entry.keep_from(known);
            }
            entries.insert(alias, entry);
        }
        for reason in trouble {
            archive.mark_unreadable(reason);
        }
        Self { identity, digest, archive, entries, trusted }
    }

    /// The entry under `alias`, in any case.
    pub(super) fn find(&self, alias: &Alias) -> Option<&Entry> {
        self.entries.get(&alias.as_str().to_lowercase())
    }

    /// Whether another entry has the same certificate.
    pub(super) fn shares_certificate(&self, entry: &Entry) -> bool {
        let same = |other: &&Entry| other.certificate_place == entry.certificate_place;
        entry.certificate_place.is_some() && self.entries.values().filter(same).count() > 1
    }

    /// What `find` and `list` show of an entry.
    pub(super) fn describe(
        &self,
        provider: &CryptoProvider,
        passphrase: &Passphrase,
        alias: Alias,
        entry: &Entry,
    ) -> MasterEntry {
        let facts = entry.facts(provider, passphrase);
        let no_certificate = entry.certificate.is_none() && !self.archive.has_closed_safe();
        MasterEntry {
            alias,
            kind: facts.kind,
            public: facts.public.clone(),
            certificate: entry.certificate.clone().filter(|_| !facts.provisional),
            pending: entry.is_pair && (facts.provisional || no_certificate),
        }
    }
}

impl Entry {
    /// The key, decrypted once.
    ///
    /// # Errors
    /// `key_file_damaged` when the passphrase of the file does not open it, `key_unparsable`.
    pub(super) fn open(&self, provider: &CryptoProvider, passphrase: &Passphrase) -> Result<Opened> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened.clone());
        }
        let opened = open_document(provider, &self.sealed.open(provider, passphrase)?)?;
        Ok(self.opened.get_or_init(|| opened).clone())
    }

    /// Decrypts the key again, to see that it can be.
    pub(super) fn prove(&self, provider: &CryptoProvider, passphrase: &Passphrase) -> Result<()> {
        open_document(provider, &self.sealed.open(provider, passphrase)?).map(|_| ())
    }

    /// Remembers a key that was just made.
    pub(super) fn remember(&self, key: Opened) {
        let _ = self.opened.set(key);
    }

    fn keep_from(&mut self, known: &Self) {
        if *self.sealed == *known.sealed {
            self.opened = Arc::clone(&known.opened);
            if self.certificate == known.certificate {
                self.facts = Arc::clone(&known.facts);
            }
        }
    }

    fn facts(&self, provider: &CryptoProvider, passphrase: &Passphrase) -> &Facts {
        self.facts.get_or_init(|| {
            let parsed = self.certificate.as_deref().and_then(|der| Certificate::from_der(provider, der).ok());
            if let Some(certificate) = parsed {
                return Facts {
                    kind: kind_of_certificate(&certificate),
                    public: Some(certificate.public_key().clone()),
                    provisional: is_provisional(&certificate),
                };
            }
            // A key that does not open is shown without its kind; using it says what is wrong.
            match self.open(provider, passphrase) {
                Ok(Opened::Pair(key)) => {
                    Facts { kind: software::kind_of(&key), public: Some(key.public_key().clone()), provisional: false }
                }
                Ok(Opened::Aes(_)) => Facts { kind: Some(KeyKind::Aes256), public: None, provisional: false },
                Ok(Opened::Other) | Err(_) => Facts { kind: None, public: None, provisional: false },
            }
        })
    }
}

/// A certificate bag: its place, itself, and the DER of the certificate.
type Found<'a> = (Place, &'a Bag, &'a [u8]);

/// The certificates of a file, found as Java finds them: by joining id and alias, by joining id, by alias.
struct Certificates<'a> {
    by_id: HashMap<&'a [u8], Vec<Found<'a>>>,
    by_alias: HashMap<String, Found<'a>>,
}

impl<'a> Certificates<'a> {
    fn of(archive: &'a Archive) -> Self {
        let mut found = Self { by_id: HashMap::new(), by_alias: HashMap::new() };
        for (place, bag) in archive.bags() {
            let BagContent::Certificate { der, trusted: false } = bag.content() else { continue };
            if let Some(id) = bag.local_key_id() {
                found.by_id.entry(id).or_default().push((place, bag, der));
            }
            if let Some(name) = bag.name() {
                found.by_alias.insert(name.to_lowercase(), (place, bag, der));
            }
        }
        found
    }

    fn find(&self, key: &Bag, alias: &str) -> Option<(Place, &'a [u8])> {
        let same_name = |bag: &Bag| bag.name().is_some_and(|name| name.to_lowercase() == alias);
        let best = match key.local_key_id().and_then(|id| self.by_id.get(id)) {
            Some(joined) => joined.iter().find(|(_, bag, _)| same_name(bag)).or_else(|| joined.last()),
            None => self.by_alias.get(alias),
        };
        best.map(|(place, _, der)| (*place, *der))
    }
}

/// The key in a PKCS#8 document.
fn open_document(provider: &CryptoProvider, document: &SecretBytes) -> Result<Opened> {
    let parts = elements(content(document.expose(), Tag::Sequence)?)?;
    let [_, algorithm, key, ..] = parts.as_slice() else {
        return Err(damaged("a key has too few parts"));
    };
    let algorithm = elements(content(algorithm, Tag::Sequence)?)?;
    let algorithm = algorithm.first().and_then(|oid| ObjectIdentifier::from_der(oid).ok());
    match algorithm.ok_or_else(|| damaged("a key has no algorithm"))? {
        RSA => SoftwareKey::from_pkcs8(provider, document).map(Opened::Pair),
        AES => {
            let key = content(key, Tag::OctetString)?;
            if key.len() != Aes256Key::LEN {
                return Ok(Opened::Other);
            }
            Ok(Opened::Aes(Arc::new(Aes256Key::new(SecretBytes::copy_from(key))?)))
        }
        // On a curve this library knows; X25519 makes no master key.
        _ => match algorithm_of_pkcs8(document.expose()).and_then(KeyKind::of_ec) {
            Some(_) => SoftwareKey::from_pkcs8(provider, document).map(Opened::Pair),
            None => Ok(Opened::Other),
        },
    }
}

/// The kind by a certificate; none for a kind or a size this release does not know.
fn kind_of_certificate(certificate: &Certificate) -> Option<KeyKind> {
    match certificate.rsa_bits() {
        Some(bits) => KeyKind::of_rsa_len(usize::try_from(bits / 8).ok()?),
        None => KeyKind::of_ec(certificate.public_key().ec_algorithm()?),
    }
}

/// The PKCS#8 document of an AES key, as Java makes it: the bare AES identifier with NULL parameters.
pub(super) fn aes_document(key: &Aes256Key) -> Result<SecretBytes> {
    const PREFIX: [u8; 21] = *b"\x30\x33\x02\x01\x00\x30\x0c\x06\x08\x60\x86\x48\x01\x65\x03\x04\x01\x05\x00\x04\x20";
    let mut document = SecretBytes::zeroed(PREFIX.len().saturating_add(Aes256Key::LEN));
    let split = document.expose_mut().split_at_mut_checked(PREFIX.len());
    let (prefix, rest) = split.ok_or(Error::internal("the document holds its prefix"))?;
    prefix.copy_from_slice(&PREFIX);
    rest.copy_from_slice(key.expose()?);
    Ok(document)
}

/// The error for an alias without a key.
pub(super) fn not_found(alias: &Alias) -> Error {
    Error::new(Code::AliasNotFound, format!("the key file has no key with the alias {alias}"))
}

/// The error for a key of another kind.
pub(super) fn wrong_kind(alias: &Alias) -> Error {
    Error::new(Code::WrongKeyKind, format!("the key {alias} of the key file is of another kind"))
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const AES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1");
