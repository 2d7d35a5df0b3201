//! The aws-lc based provider, the default.
//!
//! aws-lc-rs for hashes, HMAC, HKDF, PBKDF2, AES-ECB, random bytes, RSA key generation, Ed25519 and AES-GCM on whole
//! buffers with 12-byte nonces; ring's AES-GCM in its place where the CPU favours it; `evp` (the only `unsafe`) for RSA,
//! ECDSA, ECDH and X25519, and for GCM piece by piece or with other nonces. docs/decisions/0001-providers.md says why.

mod aead;
mod digest;
mod ec;
mod evp;
mod rsa;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use aws_lc_rs::rand;

use crate::crypto::ec::EcOver;
use crate::crypto::{CryptoProvider, Curve, Ec as _, EcAlgorithm};
use crate::error::{Code, Error, Result};
use crate::random::{KeySource, RandomSource};
use crate::secret::{Aes256Key, SecretBytes};

/// The provider, with the AES-GCM implementation this CPU runs best. The choice is made once.
#[must_use]
pub fn provider() -> CryptoProvider {
    static RING: LazyLock<bool> = LazyLock::new(aead::ring_is_faster);
    if *RING { provider_with_ring() } else { provider_with_aws_lc() }
}

/// The provider with AWS-LC's AES-GCM whatever the CPU, for tests and measurements.
#[doc(hidden)]
#[must_use]
pub fn provider_with_aws_lc() -> CryptoProvider {
    with(&aead::AWS_LC)
}

/// The provider with ring's AES-GCM whatever the CPU, for tests and measurements.
#[doc(hidden)]
#[must_use]
pub fn provider_with_ring() -> CryptoProvider {
    with(&aead::RING)
}

const fn with(aead: &'static aead::Aead) -> CryptoProvider {
    CryptoProvider {
        name: "native",
        aead,
        aead_stream: &aead::Streams,
        block: &aead::Blocks,
        rsa: &rsa::NativeRsa,
        ec: &EcOver(ec::NativeEc),
        hash: &digest::Digests,
        kdf: &digest::Kdfs,
        random: &NativeRandom,
        keys: &NativeRandom,
    }
}

/// AWS-LC's random generator, seeded by the operating system, and the keys made with it.
#[derive(Debug)]
struct NativeRandom;

impl RandomSource for NativeRandom {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        rand::fill(out).map_err(|_| Error::new(Code::RandomFailed, "AWS-LC gave no random bytes"))
    }
}

impl KeySource for NativeRandom {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        rsa::generate(bits)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        let mut key = SecretBytes::zeroed(Aes256Key::LEN);
        self.fill(key.expose_mut())?;
        Aes256Key::new(key)
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        EcOver(ec::NativeEc).generate(EcAlgorithm::Curve(curve))?.export_pkcs8()
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        EcOver(ec::NativeEc).generate(EcAlgorithm::Ed25519)?.export_pkcs8()
    }
}
