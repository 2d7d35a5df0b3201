//! The provider conformance suite, mounted once for each provider, and the providers held against each other.
#![allow(clippy::print_stdout, reason = "tests may")]

mod broken;

use keymanager::crypto::{CryptoProvider, rustcrypto};
use keymanager::testing::provider::{PARTS, compare, compare_key_documents};

/// Runs every part, shows each, and fails once at the end so that one report names all that is wrong.
fn suite(provider: &CryptoProvider) {
    let mut failures = Vec::new();
    for (name, part) in PARTS {
        match part(provider) {
            Ok(()) => println!("{}: {name}: ok", provider.name),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    assert!(failures.is_empty(), "{}: {failures:#?}", provider.name);
}

#[test]
fn rustcrypto_keeps_the_contract() {
    suite(&rustcrypto::provider());
}

/// The comparison finds nothing where there is nothing to find.
#[test]
fn rustcrypto_agrees_with_itself() {
    compare(&rustcrypto::provider(), &rustcrypto::provider(), 1, 5).unwrap();
}

#[cfg(feature = "native")]
mod native {
    use super::*;
    use keymanager::crypto::native;
    use keymanager::random::RandomSource;

    #[test]
    fn native_keeps_the_contract() {
        suite(&native::provider());
        // Both implementations of AES-GCM, whichever this CPU would choose.
        suite(&native::provider_with_aws_lc());
        suite(&native::provider_with_ring());
    }

    #[test]
    fn native_agrees_with_rustcrypto() {
        for seed in 0..8 {
            compare(&native::provider(), &rustcrypto::provider(), seed, 25).unwrap();
        }
        let documents = compare_key_documents(&native::provider(), &rustcrypto::provider()).unwrap();
        println!("{documents} damaged key documents mean the same to both");
        // One seed that was never tried; a difference names it.
        let mut fresh = [0; 8];
        keymanager::random::SystemRandom.fill(&mut fresh).unwrap();
        compare(&native::provider(), &rustcrypto::provider(), u64::from_le_bytes(fresh), 50).unwrap();
    }
}
