//! What the builders take when the caller names no provider.

use super::CryptoProvider;
use crate::error::Result;
#[cfg(not(feature = "native"))]
use crate::error::{Code, Error};

/// The provider when none was named.
pub(crate) fn default_provider() -> Result<CryptoProvider> {
    #[cfg(feature = "native")]
    return Ok(super::native::provider());
    #[cfg(not(feature = "native"))]
    Err(Error::new(Code::ProviderMissing, "no provider was named, and `native` is not compiled in"))
}
