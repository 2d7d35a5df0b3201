//! Envelopes: made for the keys of the hierarchy, and opened with them.

use std::fmt;

use super::KeyManager;
use super::audited::Subject;
use crate::access::Verb;
use crate::certificate::Validity;
use crate::envelope::{KeyBlock, Layout, OpenOptions, ParsedEnvelope, Recipient, SealOptions, parse, seal};
use crate::error::{Code, Error, Result};
use crate::hierarchy::{Hierarchy, KeyInfo};
use crate::id::KeyScope;
use crate::secret::Aes256Key;

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

impl KeyManager {
    /// The recipient that envelopes for `scope` are made for; the key is made or renewed when the rules say so. Used
    /// with the streaming of [`envelope`](crate::envelope), or for many envelopes.
    ///
    /// # Errors
    /// `encrypt_not_allowed` for a blank reference id, the signing pair and the ZK master; those of
    /// [`certificate`](Self::certificate) and [`Recipient::new`].
    pub fn recipient(&self, scope: &KeyScope) -> Result<(KeyInfo, Recipient)> {
        self.audited(Verb::Recipient, scope, |hierarchy| self.recipient_of(hierarchy, scope))
    }

    /// Encrypts `plaintext` to the current key of `scope`.
    ///
    /// # Errors
    /// Those of [`recipient`](Self::recipient) and [`seal`].
    pub fn encrypt(&self, scope: &KeyScope, options: &SealOptions, plaintext: &[u8]) -> Result<Encrypted> {
        self.audited(Verb::Encrypt, scope, |hierarchy| {
            if plaintext.is_empty() {
                // Before a key is made for nothing.
                return Err(Error::new(Code::EmptyPlaintext, "there is nothing to encrypt"));
            }
            let (key, recipient) = self.recipient_of(hierarchy, scope)?;
            let envelope = seal(&self.provider, self.random.as_ref(), &recipient, options, plaintext)?;
            Ok(Encrypted { envelope, layout: options.layout.unwrap_or(Layout::VerR2), key })
        })
    }

    /// Opens `envelope` under the application of `scope`, whose reference id may be blank: the envelope names its key.
    ///
    /// # Errors
    /// `decrypt_not_allowed`; those of [`parse`]; those of [`session_key`](Self::session_key); `decryption_failed`.
    pub fn decrypt(&self, scope: &KeyScope, options: &OpenOptions, envelope: &[u8]) -> Result<Decrypted> {
        let (parsed, subject) = parsed(scope, options, envelope);
        self.audited(Verb::Decrypt, subject, |hierarchy| {
            let (parsed, key, session_key) = self.unlock(hierarchy, scope, parsed, usize::MAX)?;
            let plaintext = parsed.open(&self.provider, &session_key)?;
            Ok(Decrypted { plaintext, layout: parsed.layout, key })
        })
    }

    /// [`decrypt`](Self::decrypt) into `out`: how many bytes were written, and the key. An envelope is larger than its
    /// plaintext, so its size is always enough. After an error `out` holds no plaintext.
    ///
    /// # Errors
    /// Those of [`decrypt`](Self::decrypt); `buffer_too_small`, with the size, before a key is touched.
    pub fn decrypt_into(
        &self,
        scope: &KeyScope,
        options: &OpenOptions,
        envelope: &[u8],
        out: &mut [u8],
    ) -> Result<(usize, KeyInfo)> {
        let (parsed, subject) = parsed(scope, options, envelope);
        self.audited(Verb::Decrypt, subject, |hierarchy| {
            let (parsed, key, session_key) = self.unlock(hierarchy, scope, parsed, out.len())?;
            Ok((parsed.open_into(&self.provider, &session_key, out)?, key))
        })
    }

    /// The key of an envelope, and its session key, when there is `room` for its plaintext.
    fn unlock<'e>(
        &self,
        hierarchy: &Hierarchy,
        scope: &KeyScope,
        parsed: Result<ParsedEnvelope<'e>>,
        room: usize,
    ) -> Result<(ParsedEnvelope<'e>, KeyInfo, Aes256Key)> {
        let caller = self.caller.as_deref();
        let fits = |parsed: ParsedEnvelope<'e>| match parsed.plaintext_len() {
            len if len <= room => Ok(parsed),
            len => Err(Error::new(Code::BufferTooSmall, format!("the buffer has {room} bytes, and {len} are needed"))),
        };
        // Whoever may not decrypt is told that, and nothing about the bytes (HIE-40).
        let parsed = parsed.and_then(fits);
        let parsed = parsed.or_else(|error| hierarchy.check_access(&scope.app, caller).and(Err(error)))?;
        let (key, session_key) = hierarchy.session_key(scope, &parsed.key_block(), caller)?;
        Ok((parsed, key, session_key))
    }

    /// The session key of a parsed envelope, or of a stream's begin: the one step of decryption that needs a private
    /// key. A wrapped key that is bad in any way gives a random session key, and opening fails.
    ///
    /// # Errors
    /// See [`Hierarchy::session_key`].
    pub fn session_key(&self, scope: &KeyScope, block: &KeyBlock<'_>) -> Result<(KeyInfo, Aes256Key)> {
        let subject = Subject::from(scope).thumbprint(block.thumbprint);
        self.audited(Verb::SessionKey, subject, |hierarchy| hierarchy.session_key(scope, block, self.caller.as_deref()))
    }

    fn recipient_of(&self, hierarchy: &Hierarchy, scope: &KeyScope) -> Result<(KeyInfo, Recipient)> {
        hierarchy.refuse_recipient(scope)?;
        let current = hierarchy.certificate(scope)?;
        let now = hierarchy.now();
        // A process whose clock is a little ahead may have made this key; it is no less good for that (HIE-13).
        let tolerance = i64::try_from(self.config.hierarchy.tolerance().as_secs()).unwrap_or(i64::MAX);
        let begin = current.certificate.not_before();
        let ahead = matches!(current.certificate.validity(now), Validity::NotYetValid { .. });
        let at = if ahead && begin <= now.plus_seconds(tolerance) { begin } else { now };
        // A certificate has whole seconds: its key is current until a fraction of a second after it (HIE-10).
        let recipient = Recipient::new(&self.provider, current.certificate, at.truncate_to_seconds())?;
        Ok((current.key, recipient))
    }
}

/// An envelope, and what the events of its decryption are about. Parsing touches no key; the events name the key that the
/// envelope names.
fn parsed<'e>(scope: &KeyScope, options: &'e OpenOptions, envelope: &'e [u8]) -> (Result<ParsedEnvelope<'e>>, Subject) {
    let parsed = parse(envelope, options);
    let thumbprint = parsed.as_ref().ok().and_then(|parsed| parsed.thumbprint);
    (parsed, Subject::from(scope).thumbprint(thumbprint))
}
