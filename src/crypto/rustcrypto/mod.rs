//! The pure Rust provider: for targets without a C compiler, and the independent oracle in tests.
//!
//! **Its RSA private operations are affected by RUSTSEC-2023-0071** (the Marvin attack): see [`MarvinAffectedRsa`].
//! Do not decrypt with it where an attacker can measure time; the native provider is the default for that reason.

mod aead;
mod ec;
mod hash;
mod kdf;
mod rsa;

pub use self::rsa::{MarvinAffectedPrivateKey, MarvinAffectedRsa, RustCryptoPublicKey};

use super::ec::EcOver;
use super::{CryptoProvider, Curve, Ec as _, EcAlgorithm};
use crate::error::Result;
use crate::random::{KeySource, RandomSource, SystemRandom};
use crate::secret::{Aes256Key, SecretBytes};

/// The algorithms of the RustCrypto project.
#[must_use]
pub const fn provider() -> CryptoProvider {
    CryptoProvider {
        name: "rustcrypto",
        aead: &RustCrypto,
        aead_stream: &RustCrypto,
        block: &RustCrypto,
        rsa: &MarvinAffectedRsa,
        ec: &EcOver(RustCrypto),
        hash: &RustCrypto,
        kdf: &RustCrypto,
        random: &SystemRandom,
        keys: &RustCrypto,
    }
}

/// Everything of the provider that has no state and no advisory.
#[derive(Debug, Clone, Copy)]
struct RustCrypto;

impl KeySource for RustCrypto {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        super::RsaPrivateKey::export_pkcs8(&MarvinAffectedPrivateKey::generate(bits)?)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        let mut bytes = SecretBytes::zeroed(Aes256Key::LEN);
        SystemRandom.fill(bytes.expose_mut())?;
        Aes256Key::new(bytes)
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        EcOver(*self).generate(EcAlgorithm::Curve(curve))?.export_pkcs8()
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        EcOver(*self).generate(EcAlgorithm::Ed25519)?.export_pkcs8()
    }
}
