//! The certificate parser: no input makes it panic, and a certificate parses again from what it gives out.
#![no_main]

use keymanager::certificate::Certificate;
use keymanager::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let provider = keymanager::crypto::rustcrypto::provider();
    let Ok(certificate) = Certificate::parse(&provider, data) else { return };
    let again = Certificate::parse(&provider, certificate.to_pem().as_bytes()).expect("its own PEM parses");
    assert_eq!(again, certificate);
    let _ = certificate.validity(Timestamp::UNIX_EPOCH);
    let _ = certificate.subject();
    let _ = certificate.subject_text();
    let _ = certificate.rsa_bits();
});
