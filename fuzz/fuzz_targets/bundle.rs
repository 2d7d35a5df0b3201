//! The parser of bundles and the search for chains: no input makes them panic, and a bundle parses again from what is
//! written of it.
#![no_main]

use keymanager::certificate::{bundle, chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let provider = keymanager::crypto::rustcrypto::provider();
    let Ok(certificates) = bundle::parse(&provider, data) else { return };
    let text = bundle::to_pem(&certificates).expect("what was read can be written");
    assert_eq!(bundle::parse(&provider, text.as_bytes()).expect("its own PEM parses"), certificates);
    if let Some(leaf) = certificates.first() {
        let _ = chain(&provider, leaf, &certificates);
    }
});
