//! The PKCS#12 reader: no input makes it panic, as a whole file and, under a MAC that fits, as the safes inside one.
#![no_main]

use std::sync::Arc;

use der::asn1::{Any, OctetString};
use der::{Decode, Encode, Tag};
use hmac::{Hmac, KeyInit, Mac};
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::time::{FixedClock, Timestamp};
use libfuzzer_sys::fuzz_target;
use pkcs12::kdf::{Pkcs12KeyType, derive_key_utf8};
use sha2::Sha256;

const PASSPHRASE: &str = "fuzz";
const SALT: [u8; 8] = [7; 8];

/// A file around `safes` whose MAC is right, at a cost of one iteration.
fn with_mac(safes: &[u8]) -> Option<Vec<u8>> {
    let key = derive_key_utf8::<Sha256>(PASSPHRASE, &SALT, Pkcs12KeyType::Mac, 1, 32).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(safes);
    let digest = mac.finalize().into_bytes();
    let octets = |bytes: &[u8]| OctetString::new(bytes).and_then(|octets| octets.to_der()).ok();
    let wrap = |tag: u8, parts: &[&[u8]]| -> Option<Vec<u8>> {
        let content = parts.concat();
        let mut out = vec![tag];
        der::Length::try_from(content.len()).ok()?.encode_to_vec(&mut out).ok()?;
        out.extend_from_slice(&content);
        Some(out)
    };
    let data_oid = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let sha256_oid = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
    let content = wrap(0x30, &[&data_oid, &wrap(0xa0, &[&octets(safes)?])?])?;
    let algorithm = wrap(0x30, &[&sha256_oid, &[0x05, 0x00]])?;
    let digest_info = wrap(0x30, &[&algorithm, &octets(&digest)?])?;
    let mac_data = wrap(0x30, &[&digest_info, &octets(&SALT)?, &[0x02, 0x01, 0x01]])?;
    let file = wrap(0x30, &[&[0x02, 0x01, 0x03], &content, &mac_data])?;
    // The frame itself must be right, or the fuzzer would only ever see the frame refused.
    assert_eq!(Any::from_der(&file).map(|any| der::Tagged::tag(&any)), Ok(Tag::Sequence));
    Some(file)
}

fn open(bytes: &[u8]) {
    let provider = keymanager::crypto::rustcrypto::provider();
    let folder = std::env::temp_dir().join(format!("keymanager-fuzz-{}", std::process::id()));
    let path = folder.join("fuzz.p12");
    std::fs::create_dir_all(&folder).expect("a folder for the file");
    std::fs::write(&path, bytes).expect("the file is written");
    let passphrase = Passphrase::new(SecretBytes::copy_from(PASSPHRASE.as_bytes())).expect("a good passphrase");
    let clock = Arc::new(FixedClock(Timestamp::UNIX_EPOCH));
    let mut options = KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(NoKeys), clock);
    options.others_may_read = true;
    if let Ok(file) = KeyFile::open(&path, passphrase, options) {
        let _ = file.list(None);
        let _ = file.read_only();
        let _ = file.health();
    }
    assert_eq!(std::fs::read(&path).expect("the file is still there"), bytes, "reading never writes");
}

/// No keys are made while reading.
#[derive(Debug)]
struct NoKeys;

impl keymanager::random::KeySource for NoKeys {
    fn rsa_pkcs8(&self, _bits: u32) -> keymanager::Result<SecretBytes> {
        Err(keymanager::Error::internal("reading made a key"))
    }

    fn aes256(&self) -> keymanager::Result<keymanager::secret::Aes256Key> {
        Err(keymanager::Error::internal("reading made a key"))
    }
}

fuzz_target!(|data: &[u8]| {
    open(data);
    if let Some(file) = with_mac(data) {
        open(&file);
    }
});
