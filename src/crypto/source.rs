//! What the builders take when the caller names no provider or no source of randomness.

use super::CryptoProvider;
use crate::error::Result;
#[cfg(not(feature = "native"))]
use crate::error::{Code, Error};
use crate::random::{KeySource, RandomSource};
use crate::secret::{Aes256Key, SecretBytes};

/// The provider as the source of what the library draws, and of new keys.
#[derive(Debug)]
pub(crate) struct ProviderSource(pub(crate) CryptoProvider);

impl RandomSource for ProviderSource {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        self.0.random.fill(out)
    }
}

impl KeySource for ProviderSource {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        self.0.keys.rsa_pkcs8(bits)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        self.0.keys.aes256()
    }
}

/// The provider when none was named.
pub(crate) fn default_provider() -> Result<CryptoProvider> {
    #[cfg(feature = "native")]
    return Ok(super::native::provider());
    #[cfg(not(feature = "native"))]
    Err(Error::new(Code::ProviderMissing, "no provider was named, and `native` is not compiled in"))
}
