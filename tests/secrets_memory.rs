//! After use and drop, no secret is left in the memory of the process; a control string is.
//!
//! One test in a process of its own: it reads the whole writable memory of the process through /proc/self/mem. The
//! needles are kept masked, so that the search does not find itself.
#![cfg(all(target_os = "linux", feature = "native"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use keymanager::Result;
use keymanager::certificate::Certificate;
use keymanager::crypto::{CryptoProvider, OaepProfile, PrivateKey as _, SignatureScheme, SoftwareKey};
use keymanager::envelope::{OpenOptions, Recipient, SealOptions, parse, seal};
use keymanager::random::RandomSource;
use keymanager::secret::SecretBytes;
use zeroize::Zeroizing;

const MASK: u8 = 0x5a;

/// Bytes to look for, masked.
struct Needle(Vec<u8>);

impl Needle {
    /// 32 bytes that stand nowhere else, made so that the plain form is never in memory here.
    fn planted(seed: u8) -> Self {
        Self((0..32u8).map(|index| index.wrapping_mul(37).wrapping_add(seed) ^ 0xc3).collect())
    }

    fn masked_from(secret: &[u8]) -> Self {
        Self(secret.iter().map(|byte| byte ^ MASK).collect())
    }

    fn reversed(&self) -> Self {
        Self(self.0.iter().rev().copied().collect())
    }

    fn write_plain(&self, out: &mut [u8]) {
        for (out, masked) in out.iter_mut().zip(&self.0) {
            *out = masked ^ MASK;
        }
    }

    /// How often the plain form stands in the writable memory of this process.
    fn count(&self) -> usize {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0u8; 1 << 20];
        let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
        let mut found = 0;
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with("rw") || line.ends_with("[vvar]") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let (mut at, to) = (usize::from_str_radix(from, 16).unwrap(), usize::from_str_radix(to, 16).unwrap());
            while at < to {
                let len = buffer.len().min(to - at);
                memory.seek(SeekFrom::Start(at as u64)).unwrap();
                if memory.read_exact(&mut buffer[..len]).is_err() {
                    break;
                }
                for (offset, window) in buffer[..len].windows(self.0.len()).enumerate() {
                    let here = at + offset;
                    if window[0] ^ MASK == self.0[0]
                        && !own.contains(&here)
                        && window.iter().zip(&self.0).all(|(byte, masked)| byte ^ MASK == *masked)
                    {
                        found += 1;
                    }
                }
                // Windows overlap by one needle, so that none is missed at the border.
                at += if len < self.0.len() || at + len == to { len } else { len - self.0.len() + 1 };
            }
        }
        buffer.fill(0);
        found
    }
}

/// Hands out the planted session key whenever 32 bytes are drawn for the first time; zeros and counts otherwise.
#[derive(Debug)]
struct Planted(std::sync::Mutex<(Option<Vec<u8>>, u8)>);

impl RandomSource for Planted {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        match (out.len(), state.0.take()) {
            (32, Some(masked)) => Needle(masked).write_plain(out),
            (_, kept) => {
                state.0 = kept;
                state.1 = state.1.wrapping_add(1);
                out.fill(state.1);
            }
        }
        Ok(())
    }
}

fn read_secret(path: &str) -> SecretBytes {
    let mut file = File::open(path).unwrap();
    let mut secret = SecretBytes::zeroed(usize::try_from(file.metadata().unwrap().len()).unwrap());
    file.read_exact(secret.expose_mut()).unwrap();
    secret
}

fn envelope_round(provider: &CryptoProvider, certificate: &[u8], key: &SoftwareKey, needle: &Needle) {
    let certificate = Certificate::parse(provider, certificate).unwrap();
    let now = certificate.not_before();
    let recipient = Recipient::new(provider, certificate, now).unwrap();
    let random = Planted(std::sync::Mutex::new((Some(needle.0.clone()), 0)));
    let envelope = seal(provider, &random, &recipient, &SealOptions::default(), b"an identity").unwrap();
    let options = OpenOptions::default();
    let parsed = parse(&envelope, &options).unwrap();
    let session_key = parsed.unwrap_session_key(provider, key).unwrap();
    let mut expected = Zeroizing::new([0u8; 32]);
    needle.write_plain(&mut *expected);
    assert_eq!(session_key.expose().unwrap(), &*expected, "the planted session key is the one in the envelope");
    assert_eq!(parsed.open(provider, &session_key).unwrap(), b"an identity");
}

/// The first prime of the key, from its PKCS#8 text: the INTEGER of 129 bytes after the private exponent.
fn needle_of_key(pkcs8: &SecretBytes) -> Needle {
    let bytes = pkcs8.expose();
    let at = bytes.windows(4).position(|window| window == [0x02, 0x81, 0x81, 0x00]).expect("a prime of 1024 bits") + 4;
    Needle::masked_from(&bytes[at + 40..at + 72])
}

#[test]
fn nothing_secret_is_left() {
    let control = Needle::planted(1);
    let mut kept = vec![0u8; 32];
    control.write_plain(&mut kept);
    assert!(control.count() >= 1, "the control string must be found, or the search is blind");

    let certificate = std::fs::read("tests/vectors/mosip/derived/derived-test-cert.pem").unwrap();
    for (name, provider) in [
        ("native", keymanager::crypto::native::provider_with_aws_lc()),
        ("native with ring", keymanager::crypto::native::provider_with_ring()),
        ("rustcrypto", keymanager::crypto::rustcrypto::provider()),
    ] {
        let session = Needle::planted(name.len() as u8);
        let key_needle = {
            let pkcs8 = read_secret("tests/vectors/keys/derived-test-rsa2048.der");
            let needle = needle_of_key(&pkcs8);
            assert!(needle.count() >= 1, "the private key is in memory while it is in use");
            let key = SoftwareKey::from_pkcs8(&provider, &pkcs8).unwrap();
            drop(pkcs8);
            envelope_round(&provider, &certificate, &key, &session);
            let signature =
                key.sign(SignatureScheme::RsaPkcs1(keymanager::crypto::HashAlgorithm::Sha256), b"text").unwrap();
            assert_eq!(signature.len(), 256);
            assert!(key.decrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, &[1; 256]).is_err());
            drop(key.export_pkcs8().unwrap());
            needle
        };
        println!(
            "{name}: session key {}, private key {} big-endian, {} little-endian",
            session.count(),
            key_needle.count(),
            key_needle.reversed().count()
        );
        assert_eq!(session.count(), 0, "{name}: the session key is still in memory");
        assert_eq!(key_needle.count(), 0, "{name}: the private key is still in memory");
        // The `rsa` crate frees one buffer of a prime without wiping it (SECURITY.md names it); AWS-LC none.
        let left_by_the_crate = if name == "rustcrypto" { 1 } else { 0 };
        assert!(
            key_needle.reversed().count() <= left_by_the_crate,
            "{name}: the private key is still in memory, in reversed order"
        );
    }
    assert!(control.count() >= 1 && kept.len() == 32);
}
