//! Envelopes to a certificate.

use std::sync::Arc;

use keymanager::Error;
use keymanager::certificate::Certificate;
use keymanager::crypto::native;
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{Layout, OpenOptions, SealOptions, inspect as core_inspect};
use keymanager::time::{Clock as _, SystemClock};

use crate::error::FacadeError;
use crate::report::InspectReport;

/// How an envelope is made or read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct EnvelopeOptions {
    /// The layout by name (docs/envelopes.md): `ver_r2`, `packet`, `aad`, `salt`. None means `ver_r2` to encrypt, and the
    /// one layout that fits to decrypt.
    pub layout: Option<String>,
    /// The caller's additional authenticated data; empty for layouts that carry their own.
    pub aad: Vec<u8>,
    /// The caller's salt of 12 or 16 bytes; only for layouts that do not carry their own.
    pub salt: Option<Vec<u8>>,
}

impl EnvelopeOptions {
    fn layout(&self) -> Result<Option<Layout>, Error> {
        self.layout.as_deref().map(str::parse).transpose()
    }

    pub(crate) fn for_sealing(&self) -> Result<SealOptions, Error> {
        Ok(SealOptions { layout: self.layout()?, aad: self.aad.clone(), salt: self.salt.clone().unwrap_or_default() })
    }

    pub(crate) fn for_opening(&self) -> Result<OpenOptions, Error> {
        Ok(OpenOptions {
            layout: self.layout()?,
            aad: self.aad.clone(),
            salt: self.salt.clone(),
            ..OpenOptions::default()
        })
    }
}

/// Encrypts `plaintext` to a certificate, PEM or DER, at the system's time.
///
/// # Errors
/// Those of `keymanager::encryptor::Encryptor::encrypt`; `invalid_argument` for a layout that does not exist.
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn encrypt(certificate: &[u8], options: &EnvelopeOptions, plaintext: &[u8]) -> Result<Vec<u8>, FacadeError> {
    let encryptor = Encryptor::builder().clock(Arc::new(SystemClock)).build()?;
    Ok(encryptor.encrypt(certificate, &options.for_sealing()?, plaintext)?.envelope)
}

/// Explains bytes without any key: an envelope, a certificate, a request, a bundle, a key file. It fails for a
/// certificate that cannot be read only; what it does not know is of the kind `unknown`, with the reasons. `certificate`,
/// PEM or DER, is compared with the recipient.
///
/// # Errors
/// `certificate_unparsable`.
pub fn inspect(bytes: &[u8], certificate: Option<&[u8]>) -> Result<InspectReport, FacadeError> {
    let provider = native::provider();
    let certificate = certificate.map(|certificate| Certificate::parse(&provider, certificate)).transpose()?;
    let options = core_inspect::InspectOptions { certificate: certificate.as_ref(), now: SystemClock.now() };
    Ok(core_inspect::inspect(&provider, bytes, &options).into())
}
