//! The inspector: it explains anything, never panics, and every field it names lies inside the input.
#![no_main]

use keymanager::certificate::Certificate;
use keymanager::envelope::inspect::{InspectOptions, inspect};
use keymanager::time::Timestamp;
use libfuzzer_sys::fuzz_target;

const CERTIFICATE: &[u8] = include_bytes!("../../tests/vectors/mosip/derived/derived-test-cert.pem");

fuzz_target!(|data: &[u8]| {
    let provider = keymanager::crypto::rustcrypto::provider();
    let certificate = Certificate::parse(&provider, CERTIFICATE).ok();
    let options = InspectOptions { certificate: certificate.as_ref(), now: Timestamp::UNIX_EPOCH };
    let report = inspect(&provider, data, &options);
    let _ = report.to_string();
    for field in &report.fields {
        assert!(field.offset.saturating_add(field.length) <= report.size, "{} is outside the input", field.name);
    }
});
