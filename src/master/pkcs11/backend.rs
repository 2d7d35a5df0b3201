//! The token as [`MasterKeys`].

use std::sync::Arc;

use super::Token;
use super::ability::Wishes;
use super::keys::Making;
use super::objects::is_token_alias;
use crate::crypto::{Direction, SignatureScheme};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, RsaDecryption, SignInput,
};
use crate::secret::SecretBytes;

impl Token {
    fn check(&self) -> Result<()> {
        self.guard.check()?;
        self.pool.shared().check_pin()
    }

    /// What the token can do, tried the first time it is asked.
    fn able(&self) -> Result<Arc<MasterCapabilities>> {
        let known = self.abilities().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let wishes = Wishes::of(&self.options);
        let found = Arc::new(self.pool.run(self.options.creation_limit, move |seat| seat.abilities(&wishes))?);
        *self.abilities() = Some(Arc::clone(&found));
        Ok(found)
    }

    /// Removes what a creation may have left. What cannot be removed is found by the caller's intent (TOK-17).
    fn clear(&self, alias: &Alias) {
        if let Err(error) = self.remove(alias.clone()) {
            tracing::warn!(%alias, code = error.code().name(), "a key that may have been made could not be removed yet");
        }
    }
}

impl MasterKeys for Token {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.check()?;
        Ok(self.able()?.as_ref().clone())
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        self.check()?;
        if !is_token_alias(&alias) {
            return Err(Error::new(Code::InvalidArgument, "the alias of a key on a token is printable ASCII"));
        }
        let wanted = alias.clone();
        let taken = self.pool.run(self.options.time_limit, move |seat| seat.look_up(&wanted))?;
        if taken.is_some() {
            return Err(Error::new(Code::AliasExists, format!("the token has the alias {alias} already")));
        }
        if !self.able()?.kinds.contains(&kind) {
            return Err(super::keys::unsupported(kind));
        }
        let wanted = alias.clone();
        match self.pool.run(self.options.creation_limit, move |seat| seat.create(&wanted, kind)) {
            Ok(Making::Made(public)) => Ok(CreatedKey { public }),
            Ok(Making::Unsure(error)) => {
                self.clear(&alias);
                Err(error)
            }
            Err(error) => {
                if error.code() == Code::TokenTimeout {
                    self.clear(&alias);
                }
                Err(error)
            }
        }
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.check()?;
        self.pool.run(self.options.time_limit, move |seat| seat.attach(&alias, &certificate_der))
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.check()?;
        self.pool.run(self.options.time_limit, move |seat| seat.entry(&alias))
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        self.check()?;
        self.pool.run(self.options.creation_limit, move |seat| {
            let all = seat.all_keys()?;
            let mut rest = all.keys().filter(|alias| cursor.as_deref().is_none_or(|after| alias.as_str() > after));
            let mut entries = Vec::new();
            let mut last = None;
            for alias in rest.by_ref().take(PAGE_LEN) {
                // It may have been removed since it was listed.
                entries.extend(seat.entry(alias)?);
                last = Some(alias.as_str().to_owned());
            }
            let next = last.filter(|_| rest.next().is_some());
            Ok(MasterPage { entries, next })
        })
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        self.check()?;
        self.pool.run(self.options.time_limit, move |seat| seat.sign(&alias, scheme, &input))
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        self.check()?;
        let able = self.able()?;
        match &how {
            RsaDecryption::Raw if !able.raw_rsa => {
                return Err(Error::new(Code::Unsupported, "the token does no raw RSA"));
            }
            RsaDecryption::Oaep(parameters) if !able.oaep.contains(parameters) => {
                return Err(Error::new(Code::Unsupported, "the token has no OAEP with these parameters"));
            }
            _ => {}
        }
        self.pool.run(self.options.time_limit, move |seat| seat.rsa_decrypt(&alias, &how, &ciphertext))
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        self.check()?;
        self.pool.run(self.options.time_limit, move |seat| seat.aes_ecb(&alias, direction, &blocks))
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        self.check()?;
        self.pool.run(self.options.time_limit, move |seat| seat.remove(&alias))
    }

    fn health(&self) -> Result<()> {
        self.check()?;
        self.pool.run(self.options.time_limit, super::seat::Seat::prove_alive)
    }
}

/// The entries of one page of `list`.
const PAGE_LEN: usize = 100;
