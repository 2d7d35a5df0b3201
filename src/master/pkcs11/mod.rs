//! Master keys on a PKCS#11 token (docs/token.md), as a Java service with SunPKCS11 makes and finds them.
//!
//! ```no_run
//! use keymanager::master::MasterKeys as _;
//! use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
//! # fn main() -> keymanager::Result<()> {
//! # let pin = keymanager::secret::Passphrase::new(keymanager::secret::SecretBytes::copy_from(b"1234"))?;
//! # let provider = keymanager::crypto::rustcrypto::provider();
//! let uri = TokenUri::parse("pkcs11:token=keymgr?module-path=/usr/lib/softhsm/libsofthsm2.so")?;
//! let token = Token::open(&uri, pin, TokenOptions::new(provider))?;
//! token.health()?;
//! # Ok(())
//! # }
//! ```

mod ability;
mod backend;
mod fault;
mod keys;
mod objects;
mod operate;
mod pool;
mod probe;
mod public;
mod seat;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::context::Pkcs11;

use super::{KeyKind, MasterCapabilities};
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::process::ForkGuard;
use crate::secret::Passphrase;

use pool::Pool;
use seat::Shared;

pub use super::{OaepPlace, TokenUri};
pub use probe::{ProbeObjects, ProbeOperation, TokenProbe};

/// How a token is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenOptions {
    /// Hashes and public operations.
    pub provider: CryptoProvider,
    /// How many sessions there are at most, at least 1.
    pub sessions: usize,
    /// How long an attempt at a call may take; none for as long as it wants.
    pub time_limit: Option<Duration>,
    /// The same for the making of keys, for lists, and for finding out what the token can do.
    pub creation_limit: Option<Duration>,
    /// The pauses before each repetition after a loss.
    pub back_off: Vec<Duration>,
    /// Where OAEP padding is removed.
    pub oaep: OaepPlace,
    /// Whether the token does the raw RSA operation; none to try.
    pub raw_rsa: Option<bool>,
    /// The kinds of key that are made; none to try.
    pub kinds: Option<Vec<KeyKind>>,
}

impl TokenOptions {
    /// Four sessions, 30 seconds for a call and 300 for the making of a key, four repetitions within 1.3 seconds, and
    /// everything that can be tried is.
    #[must_use]
    pub fn new(provider: CryptoProvider) -> Self {
        Self {
            provider,
            sessions: DEFAULT_SESSIONS,
            time_limit: Some(Duration::from_secs(30)),
            creation_limit: Some(Duration::from_secs(300)),
            back_off: [0, 50, 200, 1000].map(Duration::from_millis).to_vec(),
            oaep: OaepPlace::Auto,
            raw_rsa: None,
            kinds: None,
        }
    }
}

/// What the sessions of a handle do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenStatus {
    /// How many sessions there are at most.
    pub sessions: usize,
    /// Sessions that wait for a call.
    pub idle: usize,
    /// Sessions in a call.
    pub busy: usize,
    /// Calls that were given up and have not come back.
    pub hanging: usize,
}

/// A token as master backend. See the [module](self) and docs/token.md.
pub struct Token {
    uri: TokenUri,
    options: TokenOptions,
    guard: ForkGuard,
    pool: Pool,
    abilities: Mutex<Option<Arc<MasterCapabilities>>>,
}

impl Token {
    /// Loads the module, finds the token, and logs in.
    ///
    /// # Errors
    /// `token_module`, `token_not_found`, `token_ambiguous`, `wrong_pin`, `pin_locked`, `token_timeout`,
    /// `master_unavailable`; `invalid_argument` for an address without a module.
    pub fn open(uri: &TokenUri, pin: Passphrase, options: TokenOptions) -> Result<Self> {
        let context = load(uri.module()?)?;
        let shared = Shared::new(context, options.provider, uri.clone(), pin);
        let pool = Pool::new(Arc::new(shared), options.sessions, options.back_off.clone());
        let uri = TokenUri { pin_source: None, ..uri.clone() };
        let token = Self { uri, options, guard: ForkGuard::new(), pool, abilities: Mutex::default() };
        token.pool.run(token.options.time_limit, |seat| seat.confirm_login())?;
        Ok(token)
    }

    /// The address of the token.
    #[must_use]
    pub fn uri(&self) -> &TokenUri {
        &self.uri
    }

    /// What its sessions do.
    ///
    /// # Errors
    /// `forked`.
    pub fn status(&self) -> Result<TokenStatus> {
        self.guard.check()?;
        Ok(self.pool.status())
    }

    fn abilities(&self) -> MutexGuard<'_, Option<Arc<MasterCapabilities>>> {
        self.abilities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // After a fork the sessions and their threads are the parent's (TOK-20).
        if self.guard.check().is_ok() {
            self.pool.close();
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.uri)
    }
}

/// Loads a module. It stays loaded: few modules bear to go while the process runs (TOK-3).
fn load(path: &Path) -> Result<Pkcs11> {
    if path.components().count() > 1 && !path.is_file() {
        return Err(Error::new(Code::TokenModule, format!("there is no file {}", path.display())));
    }
    let context = Pkcs11::new(path).map_err(|_| {
        Error::new(Code::TokenModule, format!("{} is no PKCS#11 module for this machine", path.display()))
    })?;
    std::mem::forget(context.clone());
    Ok(context)
}

/// The sessions of a handle when no number is named.
pub const DEFAULT_SESSIONS: usize = 4;
