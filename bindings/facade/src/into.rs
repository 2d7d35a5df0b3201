//! Into the caller's buffer: for languages that can lend one. The same operations as those that answer a new buffer.

use std::sync::Arc;

use keymanager::encryptor::Encryptor;
use keymanager::envelope::{Layout, seal_into, sealed_len};
use keymanager::id::KeyScope;
use keymanager::time::SystemClock;
use keymanager::{Code, Error};

use crate::envelope::EnvelopeOptions;
use crate::error::FacadeError;
use crate::manager::KeyManagerHandle;

/// The size of the envelope of `plaintext_len` bytes; `plaintext_len` at least that of any plaintext in an envelope.
///
/// # Errors
/// `invalid_argument` for a layout that does not exist; `too_large`.
pub fn envelope_len(options: &EnvelopeOptions, plaintext_len: usize) -> Result<usize, FacadeError> {
    let layout = options.for_sealing()?.layout.unwrap_or(Layout::VerR2);
    let too_large = || Error::new(Code::TooLarge, "the envelope is larger than memory");
    Ok(sealed_len(layout, plaintext_len).ok_or_else(too_large)?)
}

/// [`encrypt`](crate::encrypt) into `out`, which needs [`envelope_len`] bytes; answers how many were written. After an
/// error `out` holds no plaintext.
///
/// # Errors
/// As [`encrypt`](crate::encrypt); `buffer_too_small`, with the size.
pub fn encrypt_into(
    certificate: &[u8],
    options: &EnvelopeOptions,
    plaintext: &[u8],
    out: &mut [u8],
) -> Result<usize, FacadeError> {
    let encryptor = Encryptor::builder().clock(Arc::new(SystemClock)).build()?;
    let recipient = encryptor.recipient(certificate)?;
    let options = options.for_sealing()?;
    Ok(seal_into(encryptor.provider(), encryptor.random(), &recipient, &options, plaintext, out)?)
}

impl KeyManagerHandle {
    /// [`decrypt`](KeyManagerHandle::decrypt) into `out`; answers how many bytes were written. A buffer as large as the
    /// envelope is always large enough. After an error `out` holds no plaintext.
    ///
    /// # Errors
    /// As [`decrypt`](KeyManagerHandle::decrypt); `buffer_too_small`, with the size, before a key is touched.
    pub fn decrypt_into(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        envelope: &[u8],
        out: &mut [u8],
    ) -> Result<usize, FacadeError> {
        let scope = KeyScope::new(app, reference)?;
        Ok(self.manager.decrypt_into(&scope, &options.for_opening()?, envelope, out)?.0)
    }
}
