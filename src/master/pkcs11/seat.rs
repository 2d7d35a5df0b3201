//! A seat: one session on the token, with the key handles that were found in it (TOK-3, TOK-4, TOK-15, TOK-18).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as TokenError, RvError};
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::RawAuthPin;

use super::TokenUri;
use super::fault::{Attempt, Fault, Lost};
use super::objects::KeyHandle;
use crate::crypto::CryptoProvider;
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::secret::Passphrase;

/// What the seats of one handle share.
pub(super) struct Shared {
    pub(super) context: Pkcs11,
    pub(super) provider: CryptoProvider,
    uri: TokenUri,
    pin: Passphrase,
    started: AtomicBool,
    /// The serial number of the token, once it was there: when it is not, that is a loss, and another token is not it
    /// (TOK-16a).
    known: OnceLock<String>,
    slot: Mutex<Option<Slot>>,
    /// Held while logging in, so that a wrong PIN is tried once; and the refusal, for all who come later.
    refused: Mutex<Option<Error>>,
    /// Counts what makes handles found before worthless.
    epoch: AtomicU64,
}

impl Shared {
    pub(super) fn new(context: Pkcs11, provider: CryptoProvider, uri: TokenUri, pin: Passphrase) -> Self {
        Self {
            context,
            provider,
            uri,
            pin,
            started: AtomicBool::new(false),
            known: OnceLock::new(),
            slot: Mutex::default(),
            refused: Mutex::default(),
            epoch: AtomicU64::new(0),
        }
    }

    /// The refusal of the PIN, if there was one.
    pub(super) fn check_pin(&self) -> Result<()> {
        lock(&self.refused).as_ref().map_or(Ok(()), |refused| Err(refused.clone()))
    }

    /// Handles found before are not to be used any more.
    pub(super) fn forget_handles(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    fn start(&self) -> Attempt<()> {
        if self.started.load(Ordering::Acquire) {
            return Ok(());
        }
        match self.context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                self.started.store(true, Ordering::Release);
                Ok(())
            }
            Err(error) => Err(match Fault::from(error) {
                Fault::Final(error) => Fault::Final(Error::new(Code::TokenModule, error.detail().to_owned())),
                lost @ Fault::Lost(_) => lost,
            }),
        }
    }

    /// The slot of the one token that fits the address.
    pub(super) fn slot(&self) -> Attempt<Slot> {
        self.start()?;
        if let Some(slot) = *lock(&self.slot) {
            return Ok(slot);
        }
        let mut there = Vec::new();
        let mut fitting = Vec::new();
        let mut strangers = Vec::new();
        for slot in self.context.get_slots_with_token()? {
            // A slot that cannot be read is not the one that is meant.
            let Ok(token) = self.context.get_token_info(slot) else { continue };
            if !token.token_initialized() {
                continue;
            }
            there.push(token.label().to_owned());
            match (self.fits(slot, &token), self.is_known(&token)) {
                (true, true) => fitting.push((slot, token)),
                (true, false) => strangers.push(token.serial_number().to_owned()),
                (false, _) => {}
            }
        }
        match fitting.as_slice() {
            [(slot, token)] => {
                if token.user_pin_locked() {
                    return Err(self.refuse(Error::new(Code::PinLocked, "the token says that its user PIN is locked")));
                }
                self.known.get_or_init(|| token.serial_number().to_owned());
                *lock(&self.slot) = Some(*slot);
                Ok(*slot)
            }
            [] if !strangers.is_empty() => Err(self.exchanged(strangers.iter().map(String::as_str))),
            [] => {
                let error = Error::new(
                    Code::TokenNotFound,
                    format!("no token is {}; the module has: {}", self.uri, list(there.iter().map(String::as_str))),
                );
                if self.known.get().is_some() {
                    return Err(Lost::concluded(error));
                }
                Err(error.into())
            }
            several => {
                let serials = list(several.iter().map(|(_, token)| token.serial_number()));
                let text = format!("{} tokens are {}; their serial numbers: {serials}", several.len(), self.uri);
                Err(Error::new(Code::TokenAmbiguous, text).into())
            }
        }
    }

    fn fits(&self, slot: Slot, token: &TokenInfo) -> bool {
        let same =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found.trim_end());
        let uri = &self.uri;
        same(&uri.token, token.label())
            && same(&uri.serial, token.serial_number())
            && same(&uri.manufacturer, token.manufacturer_id())
            && same(&uri.model, token.model())
            && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
    }

    /// Whether it is the token that was there before, as far as one was.
    fn is_known(&self, token: &TokenInfo) -> bool {
        self.known.get().is_none_or(|known| known == token.serial_number())
    }

    /// Where the token was, or under its name, there are others.
    fn exchanged<'a>(&self, serials: impl Iterator<Item = &'a str>) -> Fault {
        let known = self.known.get().map_or("", |known| known.trim_end());
        let text = format!(
            "the token {} was opened with the serial number {known}, and now there is {}; put it back, or open the other one anew",
            self.uri,
            list(serials)
        );
        Lost::concluded(Error::new(Code::TokenNotFound, text))
    }

    fn open(&self) -> Attempt<Session> {
        self.check_pin()?;
        let slot = self.slot()?;
        let session = match self.context.open_rw_session(slot) {
            Err(TokenError::Pkcs11(RvError::TokenWriteProtected, _)) => self.context.open_ro_session(slot)?,
            opened => opened?,
        };
        // The slot was looked for earlier, and another token may be in it: it must be given no PIN, and no key of it used.
        let token = self.context.get_token_info(slot)?;
        if !(self.fits(slot, &token) && self.is_known(&token)) {
            return Err(self.exchanged(std::iter::once(token.serial_number())));
        }
        self.login(&session)?;
        Ok(session)
    }

    fn login(&self, session: &Session) -> Attempt<()> {
        let mut refused = lock(&self.refused);
        if let Some(refused) = refused.as_ref() {
            return Err(refused.clone().into());
        }
        // The wrapper's type wipes its copy when it goes.
        let pin = RawAuthPin::new(Box::new(self.pin.expose().to_vec()));
        match session.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => {
                let fault = Fault::from(error);
                if let Fault::Final(error) = &fault
                    && matches!(error.code(), Code::WrongPin | Code::PinLocked)
                {
                    *refused = Some(error.clone());
                }
                Err(fault)
            }
        }
    }

    fn refuse(&self, error: Error) -> Fault {
        *lock(&self.refused) = Some(error.clone());
        error.into()
    }

    /// After a loss: the slot may be another one, and the module may have to be started.
    fn lost(&self, lost: &Lost) {
        *lock(&self.slot) = None;
        if lost.not_initialised() {
            self.started.store(false, Ordering::Release);
        }
    }
}

/// One session and the handles found in it. It belongs to one thread.
pub(super) struct Seat {
    pub(super) shared: Arc<Shared>,
    session: Option<Session>,
    keys: HashMap<Alias, Arc<KeyHandle>>,
    epoch: u64,
    /// How many attempts the call has behind it.
    pub(super) attempt: usize,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, session: None, keys: HashMap::new(), epoch: 0, attempt: 0 }
    }

    /// One attempt at `job`. After a loss the session is gone, and with it the handles.
    pub(super) fn attempt<T>(&mut self, number: usize, job: &dyn Fn(&mut Self) -> Attempt<T>) -> Attempt<T> {
        let epoch = self.shared.epoch.load(Ordering::Relaxed);
        if epoch != self.epoch {
            self.keys.clear();
            self.epoch = epoch;
        }
        self.attempt = number;
        let outcome = self.shared.check_pin().map_err(Fault::from).and_then(|()| job(self));
        if let Err(Fault::Lost(lost)) = &outcome {
            self.give_up_session(lost);
        }
        outcome
    }

    /// Drops the session and what was found in it.
    pub(super) fn give_up_session(&mut self, lost: &Lost) {
        self.keys.clear();
        self.session = None;
        self.shared.lost(lost);
    }

    /// The session, opened and logged in if it is not there.
    pub(super) fn session(&mut self) -> Attempt<&Session> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.shared.open()?,
        };
        Ok(self.session.insert(session))
    }

    /// The handle of a key that was found before in this session.
    pub(super) fn remembered(&self, alias: &Alias) -> Option<Arc<KeyHandle>> {
        self.keys.get(alias).cloned()
    }

    pub(super) fn remember(&mut self, alias: &Alias, key: Arc<KeyHandle>) {
        if self.keys.len() >= MOST_HANDLES {
            self.keys.clear();
        }
        self.keys.insert(alias.clone(), key);
    }

    /// The token objects with these attributes.
    pub(super) fn search(&mut self, template: &[Attribute]) -> Attempt<Vec<ObjectHandle>> {
        Ok(self.session()?.find_objects(template)?)
    }

    /// Those of the attributes that the object has and shows.
    pub(super) fn attributes(&mut self, object: ObjectHandle, wanted: &[AttributeType]) -> Attempt<Vec<Attribute>> {
        Ok(self.session()?.get_attributes(object, wanted)?)
    }

    /// Before a miss is believed: private objects are not found when nobody is logged in (TOK-18).
    pub(super) fn confirm_login(&mut self) -> Attempt<()> {
        match self.session()?.get_session_info()?.session_state() {
            SessionState::RwUser | SessionState::RoUser => Ok(()),
            _ => Err(Lost::concluded(Error::new(Code::MasterUnavailable, "the session is not logged in any more"))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At most a few names, for a message.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.map(str::trim).take(8).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// How many handles a session remembers.
const MOST_HANDLES: usize = 1000;
