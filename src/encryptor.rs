//! The client's handle: certificates in, envelopes out; no store, no token.
//!
//! ```
//! # use std::sync::Arc;
//! # use keymanager::{encryptor::Encryptor, envelope::SealOptions, time::SystemClock};
//! # fn main() -> keymanager::Result<()> {
//! # if cfg!(feature = "native") {
//! let encryptor = Encryptor::builder().clock(Arc::new(SystemClock)).build()?;
//! # let certificate: &[u8] = include_bytes!("../tests/vectors/hierarchy/recipient.pem");
//! let sealed = encryptor.encrypt(certificate, &SealOptions::default(), b"a registration packet")?;
//! assert!(sealed.envelope.starts_with(b"VER_R2"));
//! # }
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::sync::Arc;

use crate::certificate::Certificate;
use crate::crypto::{CryptoProvider, default_provider};
use crate::envelope::{Layout, Recipient, SealOptions, seal};
use crate::error::{Code, Error, Result};
use crate::id::Thumbprint;
use crate::process::ForkGuard;
use crate::random::RandomSource;
use crate::time::Clock;

/// Encrypts to certificates. `Send + Sync`, cheap to clone.
#[derive(Clone)]
pub struct Encryptor {
    guard: ForkGuard,
    provider: CryptoProvider,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

/// Builds an [`Encryptor`].
#[derive(Debug, Default)]
pub struct EncryptorBuilder {
    provider: Option<CryptoProvider>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn RandomSource>>,
}

/// An envelope that was made for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// The envelope.
    pub envelope: Vec<u8>,
    /// Its layout.
    pub layout: Layout,
    /// The thumbprint of the recipient's certificate.
    pub thumbprint: Thumbprint,
}

impl Encryptor {
    /// A builder; the clock must be set.
    #[must_use]
    pub fn builder() -> EncryptorBuilder {
        EncryptorBuilder::default()
    }

    /// Checks a certificate, PEM or DER, once; for streaming, and for many envelopes to one recipient.
    ///
    /// # Errors
    /// `certificate_unparsable`, `certificate_expired`, `certificate_not_yet_valid`, `recipient_key`; `forked`.
    pub fn recipient(&self, certificate: &[u8]) -> Result<Recipient> {
        self.guard.check()?;
        Recipient::new(&self.provider, Certificate::parse(&self.provider, certificate)?, self.clock.now())
    }

    /// Encrypts `plaintext` to a certificate, PEM or DER.
    ///
    /// # Errors
    /// Those of [`recipient`](Self::recipient) and of [`seal`].
    pub fn encrypt(&self, certificate: &[u8], options: &SealOptions, plaintext: &[u8]) -> Result<Sealed> {
        let recipient = self.recipient(certificate)?;
        let envelope = seal(&self.provider, self.random.as_ref(), &recipient, options, plaintext)?;
        let layout = options.layout.unwrap_or(Layout::VerR2);
        Ok(Sealed { envelope, layout, thumbprint: recipient.certificate().thumbprint() })
    }

    /// The provider, for the streaming of [`envelope`](crate::envelope).
    #[must_use]
    pub fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    /// The source of session keys and nonces, for the streaming of [`envelope`](crate::envelope).
    #[must_use]
    pub fn random(&self) -> &dyn RandomSource {
        self.random.as_ref()
    }
}

impl fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encryptor({})", self.provider.name)
    }
}

impl EncryptorBuilder {
    /// The provider; `native` by default, where it is compiled in.
    #[must_use]
    pub fn provider(mut self, provider: CryptoProvider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The clock. There is no default: the library never reads the time by itself.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The source of session keys and nonces; the provider's by default.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn RandomSource>) -> Self {
        self.random = Some(random);
        self
    }

    /// Builds the handle.
    ///
    /// # Errors
    /// `provider_missing`; `invalid_argument` without a clock.
    pub fn build(self) -> Result<Encryptor> {
        let provider = self.provider.map_or_else(default_provider, Ok)?;
        Ok(Encryptor {
            guard: ForkGuard::new(),
            provider,
            clock: self.clock.ok_or_else(|| Error::new(Code::InvalidArgument, "the encryptor needs a clock"))?,
            random: self.random.unwrap_or_else(|| Arc::new(provider.random)),
        })
    }
}
