//! The conformance suite for providers, and the comparison of two.
//!
//! [`run`] holds one provider to published known answers, to answers of OpenSSL, and to every error its traits
//! document. [`compare`] gives two providers the same random work. Both answer with the first difference.

mod aead;
mod answers;
mod compare;
mod ec;
mod hash;
mod kdf;
mod keys;
mod random;
mod rsa;
mod threads;

pub use compare::{compare, compare_key_documents};

use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};

/// Every part of the suite, one after the other.
///
/// # Errors
/// The first promise that is not kept, as `internal` with a sentence, or the error of a call that must not fail.
pub fn run(provider: &CryptoProvider) -> Result<()> {
    PARTS.iter().try_for_each(|(name, part)| part(provider).map_err(|error| error.context(name)))
}

/// One part of the suite.
pub type Part = fn(&CryptoProvider) -> Result<()>;

/// The parts by name, for test programs that show each by itself.
pub const PARTS: &[(&str, Part)] = &[
    ("hash", hash::known_answers),
    ("hash in pieces", hash::pieces),
    ("hmac", kdf::hmac),
    ("hkdf", kdf::hkdf),
    ("pbkdf2", kdf::pbkdf2),
    ("ecb", aead::ecb),
    ("gcm", aead::known_answers),
    ("gcm in pieces", aead::pieces),
    ("gcm refusals", aead::refusals),
    ("random", random::random),
    ("key source", random::key_source),
    ("rsa key import", keys::import),
    ("rsa key refusals", keys::refusals),
    ("rsa oaep", rsa::oaep),
    ("rsa raw", rsa::raw),
    ("rsa signatures", rsa::signatures),
    ("rsa refusals", rsa::refusals),
    ("curve key import", ec::import),
    ("curve key forms", ec::forms),
    ("curve key refusals", ec::refusals),
    ("curve signatures", ec::signatures),
    ("curve agreement", ec::agreement),
    ("curve key generation", ec::generation),
    ("threads", threads::side_by_side),
];

/// Fails with `what` unless `holds`.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::new(Code::Internal, what())) }
}

/// Fails unless both are the same bytes.
fn same(found: &[u8], expected: &[u8], what: &str) -> Result<()> {
    ensure(found == expected, || format!("{what}: not the expected bytes"))
}

/// Fails unless `result` is an error with `code`.
fn refused<T>(result: Result<T>, code: Code, what: &str) -> Result<()> {
    match result {
        Ok(_) => Err(Error::new(Code::Internal, format!("{what}: accepted instead of {}", code.name()))),
        Err(error) => {
            ensure(error.code() == code, || format!("{what}: {} instead of {}", error.code().name(), code.name()))
        }
    }
}

/// Fails unless `result` is the one decryption error, to the letter.
fn undecryptable<T>(result: Result<T>, what: &str) -> Result<()> {
    let failed = result.err() == Some(Error::decryption_failed());
    ensure(failed, || format!("{what}: not the one decryption error"))
}
