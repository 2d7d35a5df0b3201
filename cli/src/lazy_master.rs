//! Master keys that are opened when they are first needed, so that a command which needs none asks for no passphrase.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use keymanager::crypto::{Direction, SignatureScheme};
use keymanager::file::check_private;
use keymanager::id::Alias;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::pkcs11::{Token, TokenOptions};
use keymanager::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::{Code, Error, Result};

use crate::output::Failure;
use crate::passphrase::{self, Source};
use crate::settings::MasterUri;

/// How each kind of master is opened.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) file: KeyFileOptions,
    pub(crate) token: TokenOptions,
}

/// A key file or a token that is opened when it is first needed.
pub(crate) struct LazyMaster {
    uri: MasterUri,
    passphrase: Source,
    /// It is not the one in use, but what `--to` names.
    is_other: bool,
    /// What was read from standard input already: it is the first line, and data may follow.
    read: Mutex<Option<Result<Passphrase, Failure>>>,
    ways: Ways,
    /// The failure of opening with what to do next, which an [`Error`] has no room for.
    failure: Arc<OnceLock<Failure>>,
    opened: OnceLock<Result<Arc<dyn MasterKeys>>>,
}

impl LazyMaster {
    /// What is at `uri`, whose passphrase comes from `passphrase`.
    pub(crate) fn new(uri: MasterUri, passphrase: Source, ways: Ways, failure: Arc<OnceLock<Failure>>) -> Self {
        Self::with(uri, passphrase, ways, failure, false)
    }

    /// The same for master keys that `--to` names.
    pub(crate) fn other(uri: MasterUri, passphrase: Source, ways: Ways, failure: Arc<OnceLock<Failure>>) -> Self {
        Self::with(uri, passphrase, ways, failure, true)
    }

    fn with(uri: MasterUri, passphrase: Source, ways: Ways, failure: Arc<OnceLock<Failure>>, is_other: bool) -> Self {
        let read = (passphrase == Source::Stdin).then(|| passphrase.read(&uri.to_string()));
        Self { uri, passphrase, is_other, read: Mutex::new(read), ways, failure, opened: OnceLock::new() }
    }

    fn opened(&self) -> Result<&Arc<dyn MasterKeys>> {
        let open = || {
            self.open().map_err(|failure| {
                let error = failure.error().clone();
                // Opening is tried once, so the slot is free.
                let _ = self.failure.set(failure);
                error
            })
        };
        self.opened.get_or_init(open).as_ref().map_err(Error::clone)
    }

    fn open(&self) -> Result<Arc<dyn MasterKeys>, Failure> {
        let read = self.read.lock().ok().and_then(|mut read| read.take());
        let of = self.uri.to_string();
        let ask = || if self.is_other { self.passphrase.read_other(&of) } else { self.passphrase.read(&of) };
        let passphrase = || read.unwrap_or_else(ask);
        match &self.uri {
            MasterUri::File(path) => Ok(Arc::new(open(path, passphrase, self.ways.file.clone())?)),
            MasterUri::Token(uri) => Ok(Arc::new(Token::open(uri, passphrase()?, self.ways.token.clone())?)),
        }
    }
}

/// Opens the key file that must exist. The passphrase is asked for only when there is something to open.
pub(crate) fn open(
    path: &Path,
    passphrase: impl FnOnce() -> Result<Passphrase, Failure>,
    options: KeyFileOptions,
) -> Result<KeyFile, Failure> {
    std::fs::metadata(path).map_err(|error| no_key_file(path, &error))?;
    if !options.others_may_read {
        check_private(path).map_err(|error| passphrase::readable(error.into(), path))?;
    }
    Ok(KeyFile::open(path, passphrase()?, options).map_err(unavailable)?)
}

fn no_key_file(path: &Path, error: &std::io::Error) -> Failure {
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let failure =
        Failure::new(Code::MasterUnavailable, format!("cannot open the key file {}: {error}", path.display()));
    if missing { failure.with_next("Make one with `keymanager init`, or name another with --master.") } else { failure }
}

/// A key file that cannot be read or written is a master that is not there, not an output.
pub(crate) fn unavailable(error: Error) -> Error {
    match error.code() {
        Code::FileFailed | Code::FileNotFound => Error::new(Code::MasterUnavailable, error.detail().to_owned()),
        _ => error,
    }
}

impl fmt::Debug for LazyMaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyMaster({}, {})", self.uri, if self.opened.get().is_some() { "opened" } else { "not opened" })
    }
}

impl MasterKeys for LazyMaster {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.opened()?.capabilities().map_err(unavailable)
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.opened()?.create(alias, kind).map_err(unavailable)
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.opened()?.attach_certificate(alias, certificate_der).map_err(unavailable)
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.opened()?.find(alias).map_err(unavailable)
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        self.opened()?.list(cursor).map_err(unavailable)
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.opened()?.sign(alias, scheme, input).map_err(unavailable)
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.opened()?.rsa_decrypt(alias, how, ciphertext).map_err(unavailable)
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.opened()?.aes_ecb(alias, direction, blocks).map_err(unavailable)
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        self.opened()?.remove(alias).map_err(unavailable)
    }

    fn health(&self) -> Result<()> {
        self.opened()?.health().map_err(unavailable)
    }
}
