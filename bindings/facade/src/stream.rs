//! Envelopes of any size in bounded memory: pieces that are pushed, and files.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use keymanager::crypto::native;
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{
    OpenOptions, Opener, PushedStart, Recipient, SealOptions, Sealer, SeekableEnvelope, Streamed,
};
use keymanager::file::{AtomicFile, Existing, file_failed};
use keymanager::id::KeyScope;
use keymanager::manager::KeyManager;
use keymanager::process::ForkGuard;
use keymanager::random::SystemRandom;
use keymanager::time::SystemClock;
use keymanager::{Code, Error, Result};
use serde::Serialize;

use crate::envelope::EnvelopeOptions;
use crate::error::FacadeError;
use crate::host::progress::{HostProgress, ProgressAdapter};
use crate::manager::KeyManagerHandle;

/// How many bytes went in and came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Transferred {
    /// Bytes read: of the plaintext when encrypting, of the envelope when decrypting.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
}

impl From<Streamed> for Transferred {
    fn from(streamed: Streamed) -> Self {
        Self { bytes_in: streamed.bytes_in, bytes_out: streamed.bytes_out }
    }
}

/// Where a file-to-file call reads and writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct FilePlaces {
    /// The path of the file that is read.
    pub input: String,
    /// The path of the file that is written. It gets its name when all of it is there, and is gone otherwise.
    pub output: String,
    /// Replace a file of that name; without it the error is `output_exists`.
    pub overwrite: bool,
}

impl FilePlaces {
    fn existing(&self) -> Existing {
        existing(self.overwrite)
    }
}

fn existing(overwrite: bool) -> Existing {
    if overwrite { Existing::Replace } else { Existing::Refuse }
}

/// Encrypts piece by piece. Calls are made one after the other; from which threads does not matter.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct EncryptStream {
    guard: ForkGuard,
    state: Mutex<Encrypting>,
}

struct Encrypting {
    /// None when the stream has ended, well or not.
    sealer: Option<Sealer>,
    /// Whether the start of the envelope was given out.
    begun: bool,
}

impl EncryptStream {
    fn start(recipient: &Recipient, options: &SealOptions) -> Result<Self> {
        let sealer = Sealer::start(&native::provider(), &SystemRandom, recipient, options)?;
        let state = Mutex::new(Encrypting { sealer: Some(sealer), begun: false });
        Ok(Self { guard: ForkGuard::new(), state })
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl EncryptStream {
    /// Encrypts the next piece of the plaintext, and answers what comes next in the envelope: as many bytes, and the start
    /// of the envelope (302 to 346 bytes) before those of the first piece that is not empty.
    ///
    /// # Errors
    /// `too_large` beyond 2^36 - 32 bytes in all; `stream_state` after an error or after `finish`; `forked`.
    pub fn update(&self, data: &[u8]) -> Result<Vec<u8>, FacadeError> {
        self.guard.check()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sealer = state.sealer.take().ok_or_else(ended)?;
        if data.is_empty() {
            state.sealer = Some(sealer);
            return Ok(Vec::new());
        }
        let head = if state.begun { 0 } else { sealer.head().len() };
        let mut out = Vec::with_capacity(head.saturating_add(data.len()));
        if !state.begun {
            out.extend_from_slice(sealer.head());
        }
        out.extend_from_slice(data);
        sealer.update(out.get_mut(head..).ok_or(Error::internal("a piece follows the start"))?)?;
        state.begun = true;
        state.sealer = Some(sealer);
        Ok(out)
    }

    /// Ends the envelope, and answers its last 16 or 32 bytes.
    ///
    /// # Errors
    /// `empty_plaintext` when no byte came; `stream_state` after an error or after `finish`; `forked`.
    pub fn finish(&self) -> Result<Vec<u8>, FacadeError> {
        self.guard.check()?;
        let sealer = self.state.lock().unwrap_or_else(PoisonError::into_inner).sealer.take().ok_or_else(ended)?;
        Ok(sealer.finish()?.as_ref().to_vec())
    }
}

impl fmt::Debug for EncryptStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptStream")
    }
}

/// Decrypts an envelope that comes in pieces, into a file: no plaintext leaves before its tag was checked. Calls are made
/// one after the other; from which threads does not matter. A stream that is dropped before `finish` leaves nothing.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct DecryptStream {
    guard: ForkGuard,
    state: Mutex<Decrypting>,
}

enum Decrypting {
    /// Until it is known which key the envelope is for.
    Start(Box<Starting>),
    Open(Box<Opener>, Existing),
    /// It has ended, well or not.
    Ended,
}

struct Starting {
    manager: KeyManager,
    scope: KeyScope,
    start: PushedStart,
    output: String,
    existing: Existing,
}

impl Starting {
    fn open(self) -> Result<(Opener, Existing)> {
        let pushed = self.start.parse()?;
        let (_, session_key) = self.manager.session_key(&self.scope, &pushed.key_block())?;
        let file = AtomicFile::create(Path::new(&self.output), &SystemRandom)?;
        Ok((pushed.open(&native::provider(), &session_key, file)?, self.existing))
    }
}

impl Decrypting {
    /// The state after `data`.
    fn update(self, data: &[u8]) -> Result<Self> {
        match self {
            Self::Ended => Err(ended()),
            Self::Start(mut starting) => {
                let taken = starting.start.push(data);
                if !starting.start.is_whole() {
                    return Ok(Self::Start(starting));
                }
                let (opener, existing) = starting.open()?;
                Self::Open(Box::new(opener), existing).update(data.get(taken..).unwrap_or_default())
            }
            Self::Open(mut opener, existing) => {
                opener.update(data)?;
                Ok(Self::Open(opener, existing))
            }
        }
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl DecryptStream {
    /// Takes the next bytes of the envelope, of any number. The key is looked for and used when the first 346 are there.
    ///
    /// # Errors
    /// Those of `KeyManager::decrypt`; `unsupported` for a layout whose IV comes last; `file_failed`; `stream_state` after
    /// an error or after `finish`; `forked`.
    pub fn update(&self, data: &[u8]) -> Result<(), FacadeError> {
        self.guard.check()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = std::mem::replace(&mut *state, Decrypting::Ended).update(data)?;
        Ok(())
    }

    /// Checks the tag, and gives the file its name.
    ///
    /// # Errors
    /// Those of [`update`](Self::update); `output_exists`.
    pub fn finish(&self) -> Result<Transferred, FacadeError> {
        self.guard.check()?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (opener, existing) = match std::mem::replace(&mut *state, Decrypting::Ended) {
            Decrypting::Ended => return Err(ended().into()),
            Decrypting::Start(starting) => starting.open()?,
            Decrypting::Open(opener, existing) => (*opener, existing),
        };
        Ok(opener.finish(existing)?.into())
    }
}

impl fmt::Debug for DecryptStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptStream")
    }
}

fn ended() -> Error {
    Error::new(Code::StreamState, "the stream has ended, or failed before, and cannot go on")
}

fn recipient(certificate: &[u8]) -> Result<Recipient> {
    Encryptor::builder().clock(Arc::new(SystemClock)).build()?.recipient(certificate)
}

/// Begins an envelope to a certificate, PEM or DER, whose plaintext comes in pieces.
///
/// # Errors
/// Those of [`encrypt`](crate::encrypt), except for the size of the plaintext.
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn encrypt_stream(certificate: &[u8], options: &EnvelopeOptions) -> Result<EncryptStream, FacadeError> {
    Ok(EncryptStream::start(&recipient(certificate)?, &options.for_sealing()?)?)
}

/// Encrypts a file to a certificate, PEM or DER.
///
/// # Errors
/// Those of [`encrypt`](crate::encrypt); `file_not_found`, `file_failed`, `output_exists`; `cancelled`. Then there is no
/// output.
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn encrypt_file(
    certificate: &[u8],
    options: &EnvelopeOptions,
    places: &FilePlaces,
    progress: Option<Arc<dyn HostProgress>>,
) -> Result<Transferred, FacadeError> {
    Ok(seal_file(&recipient(certificate)?, &options.for_sealing()?, places, progress)?)
}

fn seal_file(
    recipient: &Recipient,
    options: &SealOptions,
    places: &FilePlaces,
    progress: Option<Arc<dyn HostProgress>>,
) -> Result<Transferred> {
    let (mut input, len) = open(&places.input)?;
    let sealer = Sealer::start(&native::provider(), &SystemRandom, recipient, options)?;
    let mut file = AtomicFile::create(Path::new(&places.output), &SystemRandom)?;
    let streamed = sealer.copy(&mut input, &mut file, &ProgressAdapter(progress), Some(len))?;
    file.commit(places.existing())?;
    Ok(streamed.into())
}

fn open(path: &str) -> Result<(File, u64)> {
    let path = Path::new(path);
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Code::FileNotFound, format!("{} is not there", path.display())),
        _ => file_failed("read", path, &error),
    };
    let file = File::open(path).map_err(failed)?;
    let len = file.metadata().map_err(failed)?.len();
    Ok((file, len))
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl KeyManagerHandle {
    /// Begins an envelope to the current key of a scope, whose plaintext comes in pieces; the key is made or renewed when
    /// the rules say so.
    ///
    /// # Errors
    /// Those of `KeyManager::encrypt`, except for the size of the plaintext.
    pub fn encrypt_stream(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
    ) -> Result<EncryptStream, FacadeError> {
        let options = options.for_sealing()?;
        let (_, recipient) = self.manager.recipient(&KeyScope::new(app, reference)?)?;
        Ok(EncryptStream::start(&recipient, &options)?)
    }

    /// Encrypts a file to the current key of a scope; the key is made or renewed when the rules say so.
    ///
    /// # Errors
    /// Those of `KeyManager::encrypt`; `file_not_found`, `file_failed`, `output_exists`; `cancelled`. Then there is no
    /// output.
    pub fn encrypt_file(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        places: &FilePlaces,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Result<Transferred, FacadeError> {
        let options = options.for_sealing()?;
        let scope = KeyScope::new(app, reference)?;
        if open(&places.input)?.1 == 0 {
            // Before a key is made for nothing.
            return Err(Error::new(Code::EmptyPlaintext, "there is nothing to encrypt").into());
        }
        let (_, recipient) = self.manager.recipient(&scope)?;
        Ok(seal_file(&recipient, &options, places, progress)?)
    }

    /// Begins to decrypt an envelope that comes in pieces, into the file `output`, which gets its name when the tag was
    /// checked. The reference id may be blank: the envelope names its key.
    ///
    /// # Errors
    /// `invalid_argument` for a layout that does not exist; the rest comes with the pieces.
    pub fn decrypt_stream(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        output: &str,
        overwrite: bool,
    ) -> Result<DecryptStream, FacadeError> {
        let starting = Starting {
            manager: self.manager.clone(),
            scope: KeyScope::new(app, reference)?,
            start: PushedStart::new(options.for_opening()?),
            output: output.to_owned(),
            existing: existing(overwrite),
        };
        let state = Mutex::new(Decrypting::Start(Box::new(starting)));
        Ok(DecryptStream { guard: ForkGuard::new(), state })
    }

    /// Decrypts a file into another, which gets its name when the tag was checked. The reference id may be blank: the
    /// envelope names its key.
    ///
    /// # Errors
    /// Those of `KeyManager::decrypt`; `file_not_found`, `file_failed`, `output_exists`; `cancelled`. Then there is no
    /// output.
    pub fn decrypt_file(
        &self,
        app: &str,
        reference: &str,
        options: &EnvelopeOptions,
        places: &FilePlaces,
        progress: Option<Arc<dyn HostProgress>>,
    ) -> Result<Transferred, FacadeError> {
        let options: OpenOptions = options.for_opening()?;
        let scope = KeyScope::new(app, reference)?;
        let mut envelope = SeekableEnvelope::parse(open(&places.input)?.0, &options)?;
        let (_, session_key) = self.manager.session_key(&scope, &envelope.key_block())?;
        let file = AtomicFile::create(Path::new(&places.output), &SystemRandom)?;
        let progress = ProgressAdapter(progress);
        Ok(envelope.open_to_file(&native::provider(), &session_key, file, places.existing(), &progress)?.into())
    }
}
