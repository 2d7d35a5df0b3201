//! A key manager on the disk, with kept keys, so that making what is measured does not take longer than measuring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use der::SecretDocument;
use keymanager::crypto::{CryptoProvider, native};
use keymanager::manager::{GenerateRequest, KeyManager};
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::random::{KeySource, SystemRandom};
use keymanager::secret::{Aes256Key, Passphrase, SecretBytes};
use keymanager::store::KeyStore;
use keymanager::time::SystemClock;
use keymanager_benches::Failure;

/// How many kept keys there are.
const KEPT: usize = 15;

pub(crate) fn provider() -> CryptoProvider {
    native::provider()
}

/// Hands out the RSA keys that the tests keep, one after the other.
#[derive(Debug)]
pub(crate) struct KeptKeys {
    documents: Vec<SecretBytes>,
    next: AtomicUsize,
}

impl KeptKeys {
    pub(crate) fn new() -> Result<Arc<Self>, Failure> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/hierarchy"));
        let mut documents = Vec::new();
        for number in 1..=KEPT {
            let pem = std::fs::read_to_string(folder.join(format!("key-{number:02}.pem")))?;
            let (_, document) = SecretDocument::from_pem(&pem).map_err(|error| error.to_string())?;
            documents.push(SecretBytes::copy_from(document.as_bytes()));
        }
        Ok(Arc::new(Self { documents, next: AtomicUsize::new(0) }))
    }
}

impl KeySource for KeptKeys {
    fn rsa_pkcs8(&self, _bits: u32) -> keymanager::Result<SecretBytes> {
        let next = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(self.documents.len()).unwrap_or(0);
        let document = self.documents.get(next).map(|document| SecretBytes::copy_from(document.expose()));
        document.ok_or_else(|| keymanager::Error::internal("there are kept keys"))
    }

    fn aes256(&self) -> keymanager::Result<Aes256Key> {
        Aes256Key::new(SecretBytes::copy_from(&[7; 32]))
    }
}

/// A key file in `folder`.
pub(crate) fn key_file(folder: &Path, keys: &Arc<KeptKeys>) -> Result<Arc<dyn MasterKeys>, Failure> {
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"a passphrase for benches"))?;
    let source: Arc<dyn KeySource> = Arc::<KeptKeys>::clone(keys);
    let options = KeyFileOptions::new(provider(), Arc::new(SystemRandom), source, Arc::new(SystemClock));
    Ok(Arc::new(KeyFile::create(&folder.join("keymanager.p12"), passphrase, Some(10_000), options)?))
}

/// A manager over `store` and `master`; its Base keys come from `keys`, or from the provider.
pub(crate) fn manager(
    store: Arc<dyn KeyStore>,
    master: Arc<dyn MasterKeys>,
    keys: Option<&Arc<KeptKeys>>,
) -> Result<KeyManager, Failure> {
    let mut builder =
        KeyManager::builder().provider(provider()).store(store).master(master).clock(Arc::new(SystemClock));
    if let Some(keys) = keys {
        builder = builder.key_source(Arc::<KeptKeys>::clone(keys));
    }
    let manager = builder.build()?;
    manager.initialise(&[])?;
    Ok(manager)
}

/// Makes the Root key and the Module keys of `apps`.
pub(crate) fn make_masters(manager: &KeyManager, apps: &[&str]) -> Result<(), Failure> {
    for app in ["ROOT"].iter().chain(apps) {
        let scope = keymanager::id::KeyScope::new(*app, "")?;
        let subject = keymanager::certificate::DistinguishedName::default();
        manager.generate(&GenerateRequest { scope, kind: KeyKind::Rsa2048, force: false, subject })?;
    }
    Ok(())
}
