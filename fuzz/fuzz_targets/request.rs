//! The parser of certification requests: no input makes it panic, and a request parses again from what it gives out.
#![no_main]

use keymanager::certificate::CertificationRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(request) = CertificationRequest::parse(data) else { return };
    let again = CertificationRequest::parse(request.to_pem().as_bytes()).expect("its own PEM parses");
    assert_eq!(again, request);
    let provider = keymanager::crypto::rustcrypto::provider();
    let _ = request.verify(&provider);
    let _ = request.subject();
    let _ = request.subject_text();
});
