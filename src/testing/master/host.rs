//! A backend behind calls by value, as a host in another language implements it.

use std::sync::Arc;

use crate::crypto::{Direction, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use crate::secret::SecretBytes;

/// Any backend, called by value only: each call moves its arguments to a thread that has never been seen, and its
/// errors come back as number and text, as they do across a language border.
#[derive(Debug, Clone)]
pub struct HostShaped {
    inner: Arc<dyn MasterKeys>,
}

impl HostShaped {
    /// Puts `inner` behind calls by value.
    #[must_use]
    pub fn new(inner: Arc<dyn MasterKeys>) -> Self {
        Self { inner }
    }

    fn call<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&dyn MasterKeys) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        let thread = std::thread::Builder::new()
            .spawn(move || {
                operation(inner.as_ref()).map_err(|error| (error.code().number(), error.detail().to_owned()))
            })
            .map_err(|error| Error::new(Code::MasterUnavailable, format!("the host gave no thread: {error}")))?;
        let answer = thread.join().map_err(|_| Error::internal("the host's call panicked"))?;
        answer.map_err(|(number, detail)| {
            let code = Code::ALL.iter().find(|code| code.number() == number);
            Error::new(code.copied().unwrap_or(Code::Internal), detail)
        })
    }
}

impl MasterKeys for HostShaped {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.call(|inner| inner.capabilities())
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.call(move |inner| inner.create(alias, kind))
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.call(move |inner| inner.attach_certificate(alias, certificate_der))
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.call(move |inner| inner.find(alias))
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        self.call(move |inner| inner.list(cursor))
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.call(move |inner| inner.sign(alias, scheme, input))
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.call(move |inner| inner.rsa_decrypt(alias, how, ciphertext))
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.call(move |inner| inner.aes_ecb(alias, direction, blocks))
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        self.call(move |inner| inner.remove(alias))
    }

    fn health(&self) -> Result<()> {
        self.call(|inner| inner.health())
    }
}
