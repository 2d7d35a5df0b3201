//! Which certificates each key has had, as far as its processes told, and what was encrypted under them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keymanager::certificate::Certificate;
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::id::{Alias, KeyScope, Thumbprint};
use keymanager::manager::KeyManager;
use keymanager::store::KeyRecord;
use keymanager::time::FixedClock;

use crate::books::{Books, is_of_another_domain};
use crate::work::Sent;

/// The application under which data is encrypted.
const APP: &str = "REGISTRATION";

#[derive(Default)]
pub(crate) struct Ledger {
    /// The certificates that each key was seen or said to have, whatever it has now.
    had: BTreeMap<Alias, BTreeMap<Thumbprint, Certificate>>,
    /// Those that each key had when the round began.
    before: BTreeMap<Alias, Thumbprint>,
    /// The uploads of the round that were acknowledged.
    acknowledged: BTreeMap<Alias, BTreeSet<Thumbprint>>,
    /// The uploads of the round whose process was killed before it said anything.
    unheard: BTreeMap<Alias, BTreeSet<Thumbprint>>,
    /// What was sent in by anybody.
    sent: BTreeSet<Thumbprint>,
    /// One for each certificate to whose key data is encrypted.
    envelopes: BTreeMap<Thumbprint, (Alias, Vec<u8>)>,
}

impl Ledger {
    /// Before a round, when nobody is at work.
    pub(crate) fn begin(&mut self, books: &Books) {
        (self.acknowledged, self.unheard) = (BTreeMap::new(), BTreeMap::new());
        self.before.clear();
        for (alias, record) in &books.records {
            let Some(certificate) = books.certificate_of(alias) else { continue };
            let thumbprint = certificate.thumbprint();
            self.before.insert(alias.clone(), thumbprint);
            let opens = record.alias.scope.app.as_str() == APP && !is_of_another_domain(record);
            if opens && !self.envelopes.contains_key(&thumbprint) {
                self.envelopes.insert(thumbprint, (alias.clone(), encrypt(record, &certificate)));
            }
            self.had.entry(alias.clone()).or_default().insert(thumbprint, certificate);
        }
    }

    /// The certificates that a key is known to have had.
    pub(crate) fn certificates_of(&self, alias: &Alias) -> Vec<&Certificate> {
        self.had.get(alias).into_iter().flat_map(BTreeMap::values).collect()
    }

    /// An upload was acknowledged for this key.
    pub(crate) fn acknowledge(&mut self, alias: &Alias, sent: &Sent) {
        assert!(
            sent.alias.as_ref().is_none_or(|expected| expected == alias),
            "{alias} took the certificate of another"
        );
        let thumbprint = sent.certificate.thumbprint();
        self.sent.insert(thumbprint);
        self.acknowledged.entry(alias.clone()).or_default().insert(thumbprint);
        self.had.entry(alias.clone()).or_default().insert(thumbprint, sent.certificate.clone());
    }

    /// A process was killed: nobody knows whether it did its upload, or will have begun it.
    pub(crate) fn unheard(&mut self, sent: &Sent) {
        self.sent.insert(sent.certificate.thumbprint());
        if let Some(alias) = &sent.alias {
            self.unheard.entry(alias.clone()).or_default().insert(sent.certificate.thumbprint());
        }
    }

    /// Whether the certificate that this key has is not of this hierarchy's making.
    pub(crate) fn came_from_outside(&self, books: &Books, alias: &Alias) -> bool {
        books.certificate_of(alias).is_some_and(|certificate| self.sent.contains(&certificate.thumbprint()))
    }

    /// Each key shows a certificate that it can have, and is still found by each that it had.
    pub(crate) fn check(&self, books: &Books) {
        for (alias, record) in &books.records {
            let Some(shown) = record.alias.thumbprint else { continue };
            let may = self.may_show(alias);
            assert!(may.is_empty() || may.contains(&shown), "{alias} shows {shown}, and can have {may:?}");
            // An upload that was begun, and a key that is in the backend with its certificate already.
            if let Some(held) = books.certificate_of(alias).map(|held| held.thumbprint()).filter(|held| *held != shown)
            {
                let unheard = self.unheard.get(alias).is_some_and(|unheard| unheard.contains(&held));
                assert!(unheard, "{alias} holds {held}, and nobody who was killed sent it in");
            }
        }
        for (alias, had) in &self.had {
            let shown = books.records[alias].alias.thumbprint.unwrap();
            for thumbprint in had.keys() {
                let found = shown == *thumbprint || books.former.contains(&(*thumbprint, alias.clone()));
                assert!(found, "{alias} had {thumbprint}, has {shown}, and is not found by the former one");
            }
        }
        for (thumbprint, alias) in &books.former {
            let had = self.had.get(alias).is_some_and(|had| had.contains_key(thumbprint));
            let unheard = self.unheard.get(alias).is_some_and(|unheard| unheard.contains(thumbprint));
            assert!(had || unheard, "{alias} never had {thumbprint}");
        }
    }

    /// What a key can show after the round: none, when it was not there before.
    fn may_show(&self, alias: &Alias) -> BTreeSet<Thumbprint> {
        let acknowledged = self.acknowledged.get(alias).cloned().unwrap_or_default();
        let before = self.before.get(alias).filter(|_| acknowledged.is_empty());
        acknowledged
            .into_iter()
            .chain(self.unheard.get(alias).into_iter().flatten().copied())
            .chain(before.copied())
            .collect()
    }

    /// Every key that is here is found by each certificate that it had, and opens what was encrypted under it.
    pub(crate) fn open_all(&self, books: &Books, manager: &KeyManager) {
        for (alias, had) in self.had.iter().filter(|(alias, _)| !is_of_another_domain(&books.records[*alias])) {
            for thumbprint in had.keys() {
                assert_eq!(manager.key(&thumbprint.to_hex()).unwrap().alias, *alias, "{thumbprint}");
            }
        }
        let scope = KeyScope::new(APP, "A").unwrap();
        for (thumbprint, (alias, envelope)) in &self.envelopes {
            let opened = manager.decrypt(&scope, &OpenOptions::default(), envelope);
            let opened = opened.unwrap_or_else(|error| panic!("{alias}, under {thumbprint}: {error:?}"));
            assert_eq!((opened.plaintext.as_slice(), &opened.key.alias), (&b"before"[..], alias));
        }
    }

    /// How many envelopes there are, and how many of them under a certificate that their key has no more.
    pub(crate) fn envelopes(&self, books: &Books) -> (usize, usize) {
        let former = |(thumbprint, (alias, _)): &(&Thumbprint, &(Alias, Vec<u8>))| {
            books.records[alias].alias.thumbprint != Some(**thumbprint)
        };
        (self.envelopes.len(), self.envelopes.iter().filter(former).count())
    }
}

/// Encrypts to a key when it is current, or was.
fn encrypt(record: &KeyRecord, certificate: &Certificate) -> Vec<u8> {
    let clock = Arc::new(FixedClock(record.alias.generated.unwrap().plus_seconds(1)));
    let encryptor = Encryptor::builder().clock(clock).build().unwrap();
    encryptor.encrypt(certificate.to_pem().as_bytes(), &SealOptions::default(), b"before").unwrap().envelope
}
