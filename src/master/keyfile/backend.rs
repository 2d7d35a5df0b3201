//! The key file as [`MasterKeys`].

use std::ops::Bound;
use std::sync::Arc;

use super::bag::Bag;
use super::snapshot::{Entry, Opened, aes_document, not_found, wrong_kind};
use super::{KeyFile, State, cipher};
use crate::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use crate::crypto::{Direction, PrivateKey as _, PublicKey, RsaPrivateKey, SignatureScheme, SoftwareKey};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, OaepParameters, RsaDecryption,
    SignInput, software,
};
use crate::secret::SecretBytes;

impl KeyFile {
    fn entry(&self, alias: &Alias) -> Result<(State, Entry)> {
        let state = self.current()?;
        let entry = state.snapshot.find(alias).cloned().ok_or_else(|| not_found(alias))?;
        Ok((state, entry))
    }

    fn opened(&self, alias: &Alias) -> Result<Opened> {
        let (state, entry) = self.entry(alias)?;
        entry.open(&self.options.provider, &state.passphrase).map_err(|error| error.context(format!("the key {alias}")))
    }

    fn rsa(&self, alias: &Alias) -> Result<Arc<dyn RsaPrivateKey>> {
        match self.opened(alias)? {
            Opened::Pair(key) => key.rsa().cloned().ok_or_else(|| wrong_kind(alias)),
            Opened::Aes(_) | Opened::Other => Err(wrong_kind(alias)),
        }
    }

    fn create_pair(&self, alias: &Alias, key: SoftwareKey, document: &SecretBytes) -> Result<CreatedKey> {
        let public = key.public_key().clone();
        let certificate = self.provisional(alias, &public, &key)?;
        let after = self.change(|archive, state| {
            refuse_taken(state, alias)?;
            let id = self.new_local_key_id(state);
            archive.push_key(Bag::key(alias.as_str(), &id, &self.seal(state, document)?)?);
            archive.push_certificate(Bag::certificate(alias.as_str(), &id, certificate.der())?);
            Ok(())
        })?;
        remember(&after, alias, Opened::Pair(key));
        Ok(CreatedKey { public: Some(public) })
    }

    fn create_secret(&self, alias: &Alias) -> Result<CreatedKey> {
        let key = self.options.key_source.aes256()?;
        let document = aes_document(&key)?;
        let after = self.change(|archive, state| {
            refuse_taken(state, alias)?;
            let id = self.new_local_key_id(state);
            archive.push_key(Bag::secret(alias.as_str(), &id, &self.seal(state, &document)?)?);
            Ok(())
        })?;
        remember(&after, alias, Opened::Aes(Arc::new(key)));
        Ok(CreatedKey { public: None })
    }

    /// The certificate a pair has until its own is attached: Java shows no key without one (KEY-10).
    fn provisional(&self, alias: &Alias, public: &PublicKey, signer: &SoftwareKey) -> Result<Certificate> {
        let now = self.options.clock.now();
        let request = CertificateRequest {
            kind: CertificateKind::Provisional,
            subject: DistinguishedName { common_name: Some(alias.as_str().to_owned()), ..DistinguishedName::default() },
            public_key: public.clone(),
            not_before: now,
            not_after: now.plus_days(PROVISIONAL_DAYS),
            alternative_names: AlternativeNames::default(),
        };
        issue(&self.options.provider, self.options.random.as_ref(), &request, None, signer)
    }

    fn seal(&self, state: &State, document: &SecretBytes) -> Result<Vec<u8>> {
        let iterations = state.snapshot.archive.iterations();
        cipher::seal_key(&self.options.provider, self.options.random.as_ref(), &state.passphrase, iterations, document)
    }

    /// `Time <milliseconds>`, from which Java reads the date of an entry. Java makes two keys of one millisecond equal;
    /// here the number goes up until it is free.
    fn new_local_key_id(&self, state: &State) -> Vec<u8> {
        let taken: std::collections::HashSet<&[u8]> =
            state.snapshot.archive.bags().filter_map(|(_, bag)| bag.local_key_id()).collect();
        let mut millis = self.options.clock.now().unix_micros().div_euclid(1000).max(0);
        loop {
            let id = format!("Time {millis}").into_bytes();
            if !taken.contains(id.as_slice()) {
                return id;
            }
            millis = millis.saturating_add(1);
        }
    }
}

impl MasterKeys for KeyFile {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        self.guard.check()?;
        Ok(MasterCapabilities {
            kinds: KeyKind::SOFTWARE.to_vec(),
            oaep: OaepParameters::software(),
            raw_rsa: true,
            aes_ecb: true,
            certificates: true,
            extractable: true,
            parallel: true,
        })
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        let alias = lower_case(&alias)?;
        // Before the key is made, to be quick; the answer that counts is the one under the lock.
        refuse_taken(&self.current()?, &alias)?;
        let options = &self.options;
        match software::new_pair(&options.provider, options.key_source.as_ref(), kind)? {
            Some((key, document)) => self.create_pair(&alias, key, &document),
            None => self.create_secret(&alias),
        }
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        let provider = &self.options.provider;
        let (_, entry) = self.entry(&alias)?;
        if !entry.is_pair {
            return Err(wrong_kind(&alias));
        }
        let certificate = Certificate::from_der(provider, &certificate_der)?;
        let alias = lower_case(&alias)?;
        self.change(|archive, state| {
            let entry = state.snapshot.find(&alias).filter(|entry| entry.is_pair).ok_or_else(|| not_found(&alias))?;
            let Opened::Pair(key) = entry.open(provider, &state.passphrase)? else {
                return Err(wrong_kind(&alias));
            };
            if key.public_key().spki_der() != certificate.public_key().spki_der() {
                return Err(Error::new(Code::InvalidArgument, format!("the certificate is not for the key {alias}")));
            }
            let id = entry.local_key_id.clone().unwrap_or_else(|| self.new_local_key_id(state));
            if let Some(place) = entry.certificate_place.filter(|_| !state.snapshot.shares_certificate(entry)) {
                archive.remove(&[place]);
            }
            archive.push_certificate(Bag::certificate(alias.as_str(), &id, &certificate_der)?);
            Ok(())
        })?;
        Ok(())
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        let state = self.current()?;
        let Some(entry) = state.snapshot.find(&alias) else { return Ok(None) };
        let alias = lower_case(&alias)?;
        Ok(Some(state.snapshot.describe(&self.options.provider, &state.passphrase, alias, entry)))
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        let state = self.current()?;
        let from = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        // An alias longer than the library's longest is carried over but cannot be asked for.
        let mut rest = state
            .snapshot
            .entries
            .range((from, Bound::Unbounded))
            .filter_map(|(alias, entry)| Alias::new(alias.as_str()).ok().map(|alias| (alias, entry)));
        let entries: Vec<_> = rest
            .by_ref()
            .take(PAGE_LEN)
            .map(|(alias, entry)| state.snapshot.describe(&self.options.provider, &state.passphrase, alias, entry))
            .collect();
        let more = rest.next().is_some();
        let next = entries.last().filter(|_| more).map(|entry| entry.alias.as_str().to_owned());
        Ok(MasterPage { entries, next })
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        match self.opened(&alias)? {
            Opened::Pair(key) => software::sign(&key, scheme, &input),
            Opened::Aes(_) | Opened::Other => Err(wrong_kind(&alias)),
        }
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        software::rsa_decrypt(self.rsa(&alias)?.as_ref(), &how, &ciphertext)
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, mut blocks: SecretBytes) -> Result<SecretBytes> {
        match self.opened(&alias)? {
            Opened::Aes(key) => {
                software::check_blocks(&blocks)?;
                self.options.provider.block.ecb(direction, &key, blocks.expose_mut())?;
                Ok(blocks)
            }
            Opened::Pair(_) | Opened::Other => Err(wrong_kind(&alias)),
        }
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        if self.current()?.snapshot.find(&alias).is_none() {
            return Ok(());
        }
        self.change(|archive, state| {
            let Some(entry) = state.snapshot.find(&alias) else { return Ok(()) };
            let certificate = entry.certificate_place.filter(|_| !state.snapshot.shares_certificate(entry));
            let places: Vec<_> = std::iter::once(entry.place).chain(certificate).collect();
            archive.remove(&places);
            Ok(())
        })?;
        Ok(())
    }

    fn health(&self) -> Result<()> {
        self.guard.check()?;
        let state = self.reread()?;
        match state.snapshot.entries.iter().next() {
            Some((alias, entry)) => {
                let proof = entry.prove(&self.options.provider, &state.passphrase);
                proof.map_err(|error| error.context(format!("the key {alias}")))
            }
            None => Ok(()),
        }
    }
}

fn lower_case(alias: &Alias) -> Result<Alias> {
    Alias::new(alias.as_str().to_lowercase())
}

fn refuse_taken(state: &State, alias: &Alias) -> Result<()> {
    if state.snapshot.find(alias).is_some() || state.snapshot.trusted.contains(alias.as_str()) {
        return Err(Error::new(Code::AliasExists, format!("the key file has an entry with the alias {alias} already")));
    }
    Ok(())
}

fn remember(state: &State, alias: &Alias, key: Opened) {
    if let Some(entry) = state.snapshot.find(alias) {
        entry.remember(key);
    }
}

/// The entries of one page of `list`.
const PAGE_LEN: usize = 200;
/// How long a provisional certificate says it is valid.
const PROVISIONAL_DAYS: i64 = 1;
