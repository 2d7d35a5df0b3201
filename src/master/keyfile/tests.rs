//! What no other program can be made to write.

use std::sync::Arc;

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Tag};
use pkcs12::pbe_params::Pbes2Params;
use pkcs12::pfx::Pfx;
use spki::AlgorithmIdentifierOwned;

use super::archive::Archive;
use super::asn1::{CONTEXT_0, element, encode};
use super::bag::{Bag, BagContent};
use super::cipher::{Scheme, seal, seal_key};
use super::snapshot::aes_document;
use super::{KeyFile, KeyFileOptions, MAX_BAGS, MAX_ITERATIONS, disk};
use crate::crypto::{CryptoProvider, Direction, HashAlgorithm, rustcrypto};
use crate::error::{Code, Error, Result};
use crate::file::Existing;
use crate::id::Alias;
use crate::master::MasterKeys as _;
use crate::random::{KeySource, SystemRandom};
use crate::secret::{Aes256Key, Passphrase, SecretBytes};
use crate::time::{FixedClock, Timestamp};

const PROVIDER: CryptoProvider = rustcrypto::provider();

fn passphrase() -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(b"throwaway")).unwrap()
}

fn read(bytes: &[u8]) -> Result<Archive> {
    Archive::read(&PROVIDER, &passphrase(), bytes)
}

fn code(bytes: &[u8]) -> Code {
    read(bytes).err().unwrap().code()
}

/// A file around `content`, with a MAC of one iteration.
fn file(content: &[u8]) -> Vec<u8> {
    let whole = Archive::empty(1).write(&PROVIDER, &SystemRandom, &passphrase()).unwrap();
    let mut pfx = Pfx::from_der(&whole).unwrap();
    let mac = pfx.mac_data.as_mut().unwrap();
    let salt = mac.mac_salt.as_bytes();
    let tag = super::kdf::mac(&PROVIDER, HashAlgorithm::Sha256, &passphrase(), salt, 1, content).unwrap();
    mac.mac.digest = OctetString::new(tag.expose()).unwrap();
    pfx.auth_safe.content = Any::new(Tag::OctetString, content).unwrap();
    pfx.to_der().unwrap()
}

/// A plain safe with `bags`.
fn plain_safe(bags: &[&[u8]]) -> Vec<u8> {
    let octets = element(Tag::OctetString, &[&element(Tag::Sequence, bags).unwrap()]).unwrap();
    let explicit = element(CONTEXT_0, &[&octets]).unwrap();
    element(Tag::Sequence, &[&encode(&super::asn1::DATA).unwrap(), &explicit]).unwrap()
}

#[test]
fn the_iterations_of_the_mac_are_capped() {
    let whole = Archive::empty(7).write(&PROVIDER, &SystemRandom, &passphrase()).unwrap();
    assert_eq!(read(&whole).unwrap().iterations(), 7);
    for (iterations, code_then) in [
        (i32::try_from(MAX_ITERATIONS).unwrap() + 1, Code::TooLarge),
        (i32::MAX, Code::TooLarge),
        (0, Code::TooLarge),
        (-1, Code::TooLarge),
        (8, Code::WrongPassphrase),
    ] {
        let mut pfx = Pfx::from_der(&whole).unwrap();
        pfx.mac_data.as_mut().unwrap().iterations = iterations;
        assert_eq!(code(&pfx.to_der().unwrap()), code_then, "{iterations}");
    }
}

#[test]
fn the_number_of_bags_is_capped() {
    let bag: &[u8] = &[0x30, 0];
    let many = |count: usize| element(Tag::Sequence, &[&plain_safe(&vec![bag; count])]).unwrap();
    assert!(read(&file(&many(MAX_BAGS))).is_ok());
    assert_eq!(code(&file(&many(MAX_BAGS + 1))), Code::TooLarge);
    let halves = [plain_safe(&vec![bag; MAX_BAGS]), plain_safe(&[bag])];
    assert_eq!(code(&file(&element(Tag::Sequence, &[&halves[0], &halves[1]]).unwrap())), Code::TooLarge);
}

#[test]
fn nonsense_under_a_right_mac() {
    for content in [&b""[..], b"\x05\0", b"\x30\x01\x05", b"\x30\x02\x05\0", b"\x31\0", b"\x30\0\x30\0"] {
        assert_eq!(code(&file(content)), Code::KeyFileDamaged, "{content:02x?}");
    }
    // Bags inside bags are named, not followed.
    let mut bag = vec![0x30, 0];
    for _ in 0..2000 {
        let id = encode(&pkcs12::PKCS_12_SAFE_CONTENTS_BAG_OID).unwrap();
        let inner = element(CONTEXT_0, &[&element(Tag::Sequence, &[&bag]).unwrap()]).unwrap();
        bag = element(Tag::Sequence, &[&id, &inner]).unwrap();
    }
    let nested = read(&file(&element(Tag::Sequence, &[&plain_safe(&[&bag])]).unwrap())).unwrap();
    assert!(nested.unreadable().unwrap().contains("bag 1 of part 1"));
}

#[test]
fn what_an_encryption_may_ask_for() {
    let (good, sealed) = seal(&PROVIDER, &SystemRandom, &passphrase(), 3, &SecretBytes::copy_from(b"text")).unwrap();
    let plain = Scheme::parse(&good).unwrap().open(&PROVIDER, &passphrase(), &sealed).unwrap();
    assert_eq!(plain.expose(), b"text");
    for broken in [&sealed[..15], &b""[..], &[sealed.clone(), vec![0]].concat()] {
        assert!(Scheme::parse(&good).unwrap().open(&PROVIDER, &passphrase(), broken).is_err());
    }

    /// PBES2 with other PBKDF2 parameters: salt, iterations, key length.
    fn with(
        good: &AlgorithmIdentifierOwned,
        salt: &[u8],
        iterations: u32,
        key_length: Option<u16>,
    ) -> Result<(), String> {
        let parameters = good.parameters.as_ref().unwrap().to_der().unwrap();
        let mut outer = Pbes2Params::from_der(&parameters).unwrap();
        let kdf = super::asn1::Pbkdf2Parameters {
            salt: der::asn1::OctetStringRef::new(salt).unwrap(),
            iterations,
            key_length,
            prf: None,
        };
        outer.kdf.parameters = Some(Any::from_der(&kdf.to_der().unwrap()).unwrap());
        let parameters = Some(Any::from_der(&outer.to_der().unwrap()).unwrap());
        Scheme::parse(&AlgorithmIdentifierOwned { oid: good.oid, parameters }).map(|_| ())
    }
    assert_eq!(with(&good, &[1; 20], MAX_ITERATIONS, Some(32)), Ok(()));
    assert_eq!(with(&good, &[1; 20], 1, None), Ok(()));
    // `pkcs5` has room for 32 bytes of salt and panics beyond; a file may have more.
    assert_eq!(with(&good, &[1; 4000], 1, None), Ok(()));
    assert!(with(&good, &[1; 20], MAX_ITERATIONS + 1, None).unwrap_err().contains("5000001 iterations"));
    assert!(with(&good, &[1; 20], 0, None).unwrap_err().contains("0 iterations"));
    assert!(with(&good, &[1; 20], 1, Some(16)).is_err());
    let unknown = ObjectIdentifier::new_unwrap("1.2.3");
    let other = AlgorithmIdentifierOwned { oid: unknown, parameters: good.parameters };
    assert!(Scheme::parse(&other).err().unwrap().contains("1.2.3"));
    assert!(Scheme::parse(&AlgorithmIdentifierOwned { oid: good.oid, parameters: None }).is_err());
}

/// KEY-12: Java keeps the last of two entries with one alias and drops the other when it writes.
#[test]
fn two_entries_with_one_alias() {
    let secret = |number: u8| {
        let document = aes_document(&Aes256Key::new(SecretBytes::copy_from(&[number; 32])).unwrap()).unwrap();
        let sealed = seal_key(&PROVIDER, &SystemRandom, &passphrase(), 1, &document).unwrap();
        Bag::secret("The-One", format!("Time {number}").as_bytes(), &sealed).unwrap()
    };
    let mut archive = Archive::empty(1);
    archive.push_key(secret(1));
    archive.push_key(secret(2));
    let bytes = archive.write(&PROVIDER, &SystemRandom, &passphrase()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.p12");
    disk::write(&path, &SystemRandom, &bytes, Existing::Refuse).unwrap();
    let options = KeyFileOptions::new(
        PROVIDER,
        Arc::new(SystemRandom),
        Arc::new(NoKeys),
        Arc::new(FixedClock(Timestamp::UNIX_EPOCH)),
    );
    let file = KeyFile::open(&path, passphrase(), options).unwrap();
    let reason = file.read_only().unwrap().unwrap();
    assert!(reason.contains("the-one"), "{reason}");
    assert_eq!(file.list(None).unwrap().entries.len(), 1);
    let alias = Alias::new("the-one").unwrap();
    let mut expected = [0; 16];
    PROVIDER
        .block
        .ecb(Direction::Encrypt, &Aes256Key::new(SecretBytes::copy_from(&[2; 32])).unwrap(), &mut expected)
        .unwrap();
    let sealed = file.aes_ecb(alias.clone(), Direction::Encrypt, SecretBytes::zeroed(16)).unwrap();
    assert_eq!(sealed.expose(), expected);
    assert_eq!(file.remove(alias).unwrap_err().code(), Code::KeyFileReadOnly);
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[derive(Debug)]
struct NoKeys;

impl KeySource for NoKeys {
    fn rsa_pkcs8(&self, _bits: u32) -> Result<SecretBytes> {
        Err(Error::internal("no key is made here"))
    }

    fn aes256(&self) -> Result<Aes256Key> {
        Err(Error::internal("no key is made here"))
    }
}

#[test]
fn bags_that_are_made_are_read_back() {
    let sealed = seal_key(&PROVIDER, &SystemRandom, &passphrase(), 1, &SecretBytes::copy_from(b"document")).unwrap();
    for bag in [Bag::key("pair", b"Time 1", &sealed).unwrap(), Bag::secret("pair", b"Time 1", &sealed).unwrap()] {
        assert_eq!((bag.name(), bag.local_key_id()), (Some("pair"), Some(&b"Time 1"[..])));
        let plain = bag.sealed().unwrap().open(&PROVIDER, &passphrase()).unwrap();
        assert_eq!(plain.expose(), b"document");
        let again = bag.resealed(&sealed).unwrap();
        assert_eq!(again.raw(), bag.raw());
    }
    let bag = Bag::certificate("\u{e4}\u{1f511}", b"", b"der").unwrap();
    assert_eq!(bag.name(), Some("\u{e4}\u{1f511}"));
    let BagContent::Certificate { der, trusted: false } = bag.content() else { panic!("no certificate") };
    assert_eq!(der, b"der");
    for raw in [&b""[..], b"\x30\0", b"\x05\0", bag.raw().split_last().unwrap().1] {
        assert!(matches!(Bag::read(raw).content(), BagContent::Unreadable(_)));
    }
}
