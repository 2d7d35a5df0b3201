//! Injected randomness: what the library draws, and where new keys come from.
//!
//! Session keys, nonces, additional authenticated data, serial numbers and aliases come from a [`RandomSource`].
//! New keys come from a [`KeySource`]; the provider is one, and tests hand out kept keys. What a provider or a token
//! draws inside one operation (primes, blinding, padding seeds) is its own.

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::secret::{Aes256Key, SecretBytes};

/// A cryptographically secure source of random bytes.
pub trait RandomSource: Send + Sync + fmt::Debug {
    /// Fills `out` with random bytes.
    ///
    /// # Errors
    /// [`Code::RandomFailed`] when the source fails; nothing may go on then.
    fn fill(&self, out: &mut [u8]) -> Result<()>;
}

/// The curves that ECDSA keys are on (SEC 2, SP 800-186). All have a name; no other parameters are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// P-256, secp256r1.
    P256,
    /// P-384, secp384r1.
    P384,
    /// P-521, secp521r1.
    P521,
    /// secp256k1.
    Secp256k1,
}

/// Where new private and secret keys come from.
pub trait KeySource: Send + Sync + fmt::Debug {
    /// A new RSA key of `bits`, as PKCS#8 DER.
    ///
    /// # Errors
    /// [`Code::Unsupported`] for other sizes than 2048, 3072 and 4096; [`Code::RandomFailed`].
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes>;

    /// A new AES-256 key.
    ///
    /// # Errors
    /// [`Code::RandomFailed`].
    fn aes256(&self) -> Result<Aes256Key>;

    /// A new key on `curve`, as PKCS#8 DER.
    ///
    /// # Errors
    /// [`Code::Unsupported`] from a source that has none, which is what a source says that does not implement this;
    /// [`Code::RandomFailed`].
    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        let _ = curve;
        Err(Error::new(Code::Unsupported, "this source makes no keys on elliptic curves"))
    }

    /// A new Ed25519 key, as PKCS#8 DER.
    ///
    /// # Errors
    /// As [`ec_pkcs8`](Self::ec_pkcs8).
    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        Err(Error::new(Code::Unsupported, "this source makes no Ed25519 keys"))
    }
}

impl<T: RandomSource + ?Sized> RandomSource for &T {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        (**self).fill(out)
    }
}

impl<T: KeySource + ?Sized> KeySource for &T {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        (**self).rsa_pkcs8(bits)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        (**self).aes256()
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        (**self).ec_pkcs8(curve)
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        (**self).ed25519_pkcs8()
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        getrandom::fill(out).map_err(|_| Error::new(Code::RandomFailed, "the operating system gave no random bytes"))
    }
}

/// A new alias: a random UUID of version 4 in lower case (RFC 9562 §5.4).
///
/// # Errors
/// Those of the source.
pub fn new_alias(random: &dyn RandomSource) -> Result<Alias> {
    let mut bytes = [0u8; 16];
    random.fill(&mut bytes)?;
    let number = (u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Alias::new(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_version_4() {
        for _ in 0..64 {
            let alias = new_alias(&SystemRandom).unwrap();
            let text = alias.as_str().as_bytes();
            assert_eq!(text.len(), 36);
            assert_eq!(text[14], b'4');
            assert!(matches!(text[19], b'8' | b'9' | b'a' | b'b'));
            assert!(
                alias
                    .as_str()
                    .bytes()
                    .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            );
        }
    }
}
