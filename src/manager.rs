//! The server's handle: composes the rooms, adds no cryptography.
//!
//! A [`KeyManager`] holds a record store, a master backend, a provider, and the policy in the store. Everything on it
//! takes `&self`, blocks, and may be called from any thread; a clone is the same manager.
//!
//! ```
//! # use std::sync::Arc;
//! # use keymanager::{id::KeyScope, manager::KeyManager, master::MasterKeys, progress::NoProgress};
//! # use keymanager::{envelope::{OpenOptions, SealOptions}, store::memory::MemoryStore, time::SystemClock};
//! fn a_packet_there_and_back(master: Arc<dyn MasterKeys>) -> keymanager::Result<()> {
//!     let manager = KeyManager::builder()
//!         .store(Arc::new(MemoryStore::new()))
//!         .master(master)
//!         .clock(Arc::new(SystemClock))
//!         .build()?;
//!     manager.initialise(&[])?;
//!     manager.generate_all(&NoProgress)?;
//!     let centre = KeyScope::new("REGISTRATION", "10001_110011")?;
//!     let encrypted = manager.encrypt(&centre, &SealOptions::default(), b"a registration packet")?;
//!     let decrypted = manager.decrypt(&centre, &OpenOptions::default(), &encrypted.envelope)?;
//!     assert_eq!(decrypted.plaintext, b"a registration packet");
//!     Ok(())
//! }
//! ```

mod builder;

use std::fmt;
use std::sync::Arc;

use crate::certificate::{Certificate, Validity};
use crate::config::Config;
use crate::crypto::CryptoProvider;
use crate::envelope::{KeyBlock, Layout, OpenOptions, Recipient, SealOptions, parse, seal};
use crate::error::{Code, Error, Result};
use crate::hierarchy::Hierarchy;
use crate::id::{AppId, KeyScope, Thumbprint};
use crate::process::ForkGuard;
use crate::progress::Progress;
use crate::random::RandomSource;
use crate::secret::Aes256Key;
use crate::store::PolicyRow;
use crate::time::Clock;

pub use crate::hierarchy::{
    CurrentCertificate, GenerateRequest, Generated, KeyFilter, KeyInfo, KeyLevel, KeyLocation, KeyState, PolicyChange,
    default_policies,
};
pub use builder::KeyManagerBuilder;

/// Keys, certificates and envelopes of one deployment. `Send + Sync`, cheap to clone.
#[derive(Clone)]
pub struct KeyManager {
    guard: ForkGuard,
    provider: CryptoProvider,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    config: Arc<Config>,
    hierarchy: Arc<Hierarchy>,
    caller: Option<Arc<str>>,
}

/// An envelope that was made for a key of this deployment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Encrypted {
    /// The envelope.
    pub envelope: Vec<u8>,
    /// Its layout.
    pub layout: Layout,
    /// The key it was made for.
    pub key: KeyInfo,
}

/// An envelope that was opened.
#[non_exhaustive]
pub struct Decrypted {
    /// The plaintext. It belongs to the caller, and is not wiped.
    pub plaintext: Vec<u8>,
    /// The layout of the envelope.
    pub layout: Layout,
    /// The key that opened it.
    pub key: KeyInfo,
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decrypted")
            .field("plaintext", &format_args!("{} bytes", self.plaintext.len()))
            .field("layout", &self.layout)
            .field("key", &self.key)
            .finish()
    }
}

impl fmt::Debug for KeyManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyManager").field("provider", &self.provider).field("hierarchy", &self.hierarchy).finish()
    }
}

impl KeyManager {
    /// A builder; store, master backend and clock must be set.
    #[must_use]
    pub fn builder() -> KeyManagerBuilder {
        KeyManagerBuilder::default()
    }

    /// The same manager, asked by `caller`: the name that policies with a list of users are compared with, ignoring
    /// case. Without one, such applications refuse to decrypt.
    #[must_use]
    pub fn for_caller(&self, caller: &str) -> Self {
        Self { caller: Some(Arc::from(caller)), ..self.clone() }
    }

    /// Creates the store's tables and the policy rows that are absent (`policies` empty: upstream's defaults), and
    /// clears what a crash left. Idempotent.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn initialise(&self, policies: &[PolicyRow]) -> Result<()> {
        self.hierarchy()?.initialise(policies)
    }

    /// Clears what a crash left between the master backend and the store. Every creation does so for its own scope;
    /// this does it for all.
    ///
    /// # Errors
    /// Those of the store and the master backend; `lock_timeout`.
    pub fn recover(&self) -> Result<()> {
        self.hierarchy()?.recover()
    }

    /// The key-generator job: every master key the policy names, in dependency order, then the configured Base keys.
    /// Idempotent: says what was there and what it made.
    ///
    /// # Errors
    /// See [`Hierarchy::generate_all`].
    pub fn generate_all(&self, progress: &dyn Progress) -> Result<Generated> {
        self.hierarchy()?.generate_all(progress)
    }

    /// Makes one key, unless one is current and `force` is not set.
    ///
    /// # Errors
    /// See [`Hierarchy::generate`].
    pub fn generate(&self, request: &GenerateRequest) -> Result<Generated> {
        self.hierarchy()?.generate(request)
    }

    /// The current certificate of `scope`; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// See [`Hierarchy::certificate`].
    pub fn certificate(&self, scope: &KeyScope) -> Result<CurrentCertificate> {
        self.hierarchy()?.certificate(scope)
    }

    /// The current certificate of `scope` and those above it, leaf first.
    ///
    /// # Errors
    /// See [`Hierarchy::certificate`].
    pub fn chain(&self, scope: &KeyScope) -> Result<Vec<Certificate>> {
        self.hierarchy()?.chain(scope)
    }

    /// Every certificate `scope` ever had, oldest first.
    ///
    /// # Errors
    /// See [`Hierarchy::all_certificates`].
    pub fn all_certificates(&self, scope: &KeyScope) -> Result<Vec<(KeyInfo, Certificate)>> {
        self.hierarchy()?.all_certificates(scope)
    }

    /// The keys that pass `filter`.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn keys(&self, filter: &KeyFilter) -> Result<Vec<KeyInfo>> {
        self.hierarchy()?.keys(filter)
    }

    /// The key with this alias or certificate thumbprint.
    ///
    /// # Errors
    /// `alias_not_found`, `thumbprint_not_found`, `thumbprint_ambiguous`.
    pub fn key(&self, alias_or_thumbprint: &str) -> Result<KeyInfo> {
        self.hierarchy()?.key(alias_or_thumbprint)
    }

    /// Makes a new key in place of the current one.
    ///
    /// # Errors
    /// See [`Hierarchy::rotate`].
    pub fn rotate(&self, scope: &KeyScope) -> Result<Generated> {
        self.hierarchy()?.rotate(scope)
    }

    /// Ends the current key and makes none in its place.
    ///
    /// # Errors
    /// See [`Hierarchy::revoke`].
    pub fn revoke(&self, scope: &KeyScope) -> Result<KeyInfo> {
        self.hierarchy()?.revoke(scope)
    }

    /// Every key policy, by application id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn policies(&self) -> Result<Vec<PolicyRow>> {
        self.hierarchy()?.policies()
    }

    /// The key policy of one application.
    ///
    /// # Errors
    /// `application_not_found`.
    pub fn policy(&self, app: &AppId) -> Result<PolicyRow> {
        self.hierarchy()?.policy(app)
    }

    /// Changes the key policy of one application, or makes it.
    ///
    /// # Errors
    /// `invalid_argument` for values that cannot be.
    pub fn set_policy(&self, change: &PolicyChange) -> Result<PolicyRow> {
        self.hierarchy()?.set_policy(change)
    }

    /// The certificate with this thumbprint, if a key here has it.
    ///
    /// # Errors
    /// Those of the store and the master backend.
    pub fn certificate_of(&self, thumbprint: &Thumbprint) -> Result<Option<Certificate>> {
        self.hierarchy()?.certificate_of(thumbprint)
    }

    /// The recipient that envelopes for `scope` are made for; the key is made or renewed when the rules say so. Used
    /// with the streaming of [`envelope`](crate::envelope), or for many envelopes.
    ///
    /// # Errors
    /// `encrypt_not_allowed` for a blank reference id, the signing pair and the ZK master; those of
    /// [`certificate`](Self::certificate) and [`Recipient::new`].
    pub fn recipient(&self, scope: &KeyScope) -> Result<(KeyInfo, Recipient)> {
        self.hierarchy()?.refuse_recipient(scope)?;
        let current = self.hierarchy.certificate(scope)?;
        let now = self.clock.now();
        // A process whose clock is a little ahead may have made this key; it is no less good for that (HIE-13).
        let tolerance = i64::try_from(self.config.hierarchy.clock_tolerance.as_secs()).unwrap_or(i64::MAX);
        let begin = current.certificate.not_before();
        let ahead = matches!(current.certificate.validity(now), Validity::NotYetValid { .. });
        let at = if ahead && begin <= now.plus_seconds(tolerance) { begin } else { now };
        let recipient = Recipient::new(&self.provider, current.certificate, at)?;
        Ok((current.key, recipient))
    }

    /// Encrypts `plaintext` to the current key of `scope`.
    ///
    /// # Errors
    /// Those of [`recipient`](Self::recipient) and [`seal`].
    pub fn encrypt(&self, scope: &KeyScope, options: &SealOptions, plaintext: &[u8]) -> Result<Encrypted> {
        if plaintext.is_empty() {
            // Before a key is made for nothing.
            return Err(Error::new(Code::EmptyPlaintext, "there is nothing to encrypt"));
        }
        let (key, recipient) = self.recipient(scope)?;
        let envelope = seal(&self.provider, self.random.as_ref(), &recipient, options, plaintext)?;
        Ok(Encrypted { envelope, layout: options.layout.unwrap_or(Layout::VerR2), key })
    }

    /// Opens `envelope` under the application of `scope`, whose reference id may be blank: the envelope names its key.
    ///
    /// # Errors
    /// `decrypt_not_allowed`; those of [`parse`]; those of [`session_key`](Self::session_key); `decryption_failed`.
    pub fn decrypt(&self, scope: &KeyScope, options: &OpenOptions, envelope: &[u8]) -> Result<Decrypted> {
        let hierarchy = self.hierarchy()?;
        let parsed = match parse(envelope, options) {
            Ok(parsed) => parsed,
            // Whoever may not decrypt is told that, and nothing about the bytes (HIE-40).
            Err(error) => {
                return Err(hierarchy.check_access(&scope.app, self.caller.as_deref()).err().unwrap_or(error));
            }
        };
        let (key, session_key) = self.session_key(scope, &parsed.key_block())?;
        let plaintext = parsed.open(&self.provider, &session_key)?;
        Ok(Decrypted { plaintext, layout: parsed.layout, key })
    }

    /// The session key of a parsed envelope, or of a stream's begin: the one step of decryption that needs a private
    /// key. A wrapped key that is bad in any way gives a random session key, and opening fails.
    ///
    /// # Errors
    /// See [`Hierarchy::session_key`].
    pub fn session_key(&self, scope: &KeyScope, block: &KeyBlock<'_>) -> Result<(KeyInfo, Aes256Key)> {
        self.hierarchy()?.session_key(scope, block, self.caller.as_deref())
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

    /// The time as this manager sees it.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The hierarchy, if this is the process that made the handle.
    fn hierarchy(&self) -> Result<&Hierarchy> {
        self.guard.check()?;
        Ok(&self.hierarchy)
    }
}
