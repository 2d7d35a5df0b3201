//! What store and key file hold, read through the library, and the rules that hold at every moment.

use std::collections::{BTreeMap, BTreeSet};

use keymanager::certificate::Certificate;
use keymanager::crypto::{Direction, HashAlgorithm, SignatureScheme};
use keymanager::encryptor::Encryptor;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::id::{Alias, KeyScope, Thumbprint};
use keymanager::manager::{KeyFilter, KeyState};
use keymanager::master::keyfile::KeyFile;
use keymanager::master::{KeyKind, MasterEntry, MasterKeys as _, SignInput};
use keymanager::secret::SecretBytes;
use keymanager::store::{IntentRow, KeyRecord, KeyStore, Query, Record, Select};
use keymanager::time::FixedClock;

use crate::outside::authority;
use crate::world::{World, provider};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Books {
    pub(crate) records: BTreeMap<Alias, KeyRecord>,
    pub(crate) intents: BTreeMap<Alias, IntentRow>,
    pub(crate) entries: BTreeMap<Alias, MasterEntry>,
    /// Thumbprints that keys had before their certificate was replaced.
    pub(crate) former: BTreeSet<(Thumbprint, Alias)>,
}

impl Books {
    /// Opens store and key file as the next process would, checks the database, and checks the rules.
    pub(crate) fn read(world: &World) -> Self {
        let store = world.store();
        let mut records = BTreeMap::new();
        let mut intents = BTreeMap::new();
        let mut former = BTreeSet::new();
        let tables = [Select::AllKeys, Select::AllIntents, Select::AllFormerThumbprints];
        for record in tables.into_iter().flat_map(|table| all(&store, table)) {
            match record {
                Record::Key(key) => assert!(records.insert(key.alias.alias.clone(), *key).is_none()),
                Record::Intent(intent) => assert!(intents.insert(intent.alias.clone(), intent).is_none()),
                Record::FormerThumbprint(row) => assert!(former.insert((row.thumbprint, row.alias))),
                other => panic!("{other:?}"),
            }
        }
        drop(store);
        let entries = entries(&world.key_file(&world.passphrase).unwrap());
        let books = Self { records, intents, entries, former };
        books.check();
        books.one_current_key_each(world);
        // Nobody has it open now (STO-7).
        let connection = rusqlite::Connection::open(world.sandbox.path("keymanager.db")).unwrap();
        let answer: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(answer, "ok");
        books
    }

    /// No record without its key, no key that nothing names, no key both begun and done, no certificate of another key.
    fn check(&self) {
        for (alias, record) in &self.records {
            let Some(stored) = &record.stored else {
                self.check_master(alias, record);
                continue;
            };
            assert!(!self.intents.contains_key(alias), "{alias} is recorded in the store and has an intent");
            assert!(!self.entries.contains_key(alias), "{alias} is a Base key and in the key file");
            let thumbprint = certificate(stored.certificate_pem.as_bytes()).thumbprint();
            assert_eq!(Some(thumbprint), record.alias.thumbprint, "{alias}");
            if is_of_another_domain(record) {
                continue;
            }
            let master = self.records.get(&stored.master).unwrap_or_else(|| panic!("{alias}: its master is not there"));
            assert!(master.stored.is_none(), "{alias}");
        }
        for alias in self.entries.keys() {
            let named = self.records.contains_key(alias) || self.intents.contains_key(alias);
            assert!(named, "the key {alias} is in the key file, and nothing names it");
        }
        for (thumbprint, alias) in &self.former {
            let record = self.records.get(alias).unwrap_or_else(|| panic!("{thumbprint}: {alias} is not there"));
            assert_ne!(record.alias.thumbprint, Some(*thumbprint), "{alias} has its former certificate (HIE-72)");
        }
    }

    /// A key of the key file. With an intent beside it, an upload was begun (HIE-71): then its certificate may be newer
    /// than the record.
    fn check_master(&self, alias: &Alias, record: &KeyRecord) {
        let entry = self.entries.get(alias).unwrap_or_else(|| panic!("{alias} is recorded and has no key"));
        assert!(!entry.pending, "{alias} is recorded and its certificate is not attached");
        assert_eq!(entry.certificate.is_none(), entry.kind == Some(KeyKind::Aes256), "{alias}");
        let held = entry.certificate.as_deref().map(certificate);
        let thumbprint = held.as_ref().map(Certificate::thumbprint);
        if let Some(intent) = self.intents.get(alias) {
            assert_eq!(intent.scope, record.alias.scope, "{alias}");
            assert!(
                thumbprint.is_some(),
                "{alias} is recorded, has an intent, and no certificate can be sent in for it"
            );
        } else {
            assert_eq!(thumbprint, record.alias.thumbprint, "{alias}");
        }
        assert_eq!(held.as_ref().map(Certificate::public_key), entry.public.as_ref(), "{alias}");
    }

    /// The certificate that a key shows: that of its record, or of the key file; none for symmetric keys.
    pub(crate) fn certificate_of(&self, alias: &Alias) -> Option<Certificate> {
        match &self.records[alias].stored {
            Some(stored) => Some(certificate(stored.certificate_pem.as_bytes())),
            None => self.entries[alias].certificate.as_deref().map(certificate),
        }
    }

    /// Uploads that were begun, and of them those whose certificate is in the key file and not in the record.
    pub(crate) fn unfinished_uploads(&self) -> (usize, usize) {
        let begun: Vec<&Alias> = self.intents.keys().filter(|alias| self.records.contains_key(*alias)).collect();
        let half = |alias: &&&Alias| {
            let held = self.certificate_of(alias).map(|held| held.thumbprint());
            held != self.records[**alias].alias.thumbprint
        };
        (begun.len(), begun.iter().filter(half).count())
    }

    fn one_current_key_each(&self, world: &World) {
        let mut current: BTreeMap<KeyScope, usize> = BTreeMap::new();
        let keys = world.manager().keys(&KeyFilter { app: None, reference: None, all: true }).unwrap();
        assert_eq!(keys.len(), self.records.len());
        for key in keys.into_iter().filter(|key| key.state == KeyState::Current) {
            *current.entry(key.scope).or_default() += 1;
        }
        assert!(current.values().all(|count| *count == 1), "{current:?}");
    }

    /// Nothing is begun, and nothing of what was begun is left.
    pub(crate) fn check_settled(&self) {
        assert_eq!(self.intents, BTreeMap::new());
        let masters: BTreeSet<&Alias> =
            self.records.iter().filter(|(_, record)| record.stored.is_none()).map(|(alias, _)| alias).collect();
        assert_eq!(self.entries.keys().collect::<BTreeSet<_>>(), masters);
    }

    pub(crate) fn of(&self, scope: &KeyScope) -> Vec<&KeyRecord> {
        self.records.values().filter(|record| record.alias.scope == *scope).collect()
    }

    /// Uses every private key, and verifies every certificate under one that is there, or under that of the authority
    /// outside. Gives the number of keys.
    pub(crate) fn prove_keys(&self, world: &World) -> usize {
        let file = world.key_file(&world.passphrase).unwrap();
        let mut masters: Vec<Certificate> =
            self.entries.values().filter_map(|entry| entry.certificate.as_deref()).map(certificate).collect();
        masters.push(authority().clone());
        let signed = |certificate: &Certificate| {
            masters.iter().any(|issuer| certificate.verify_signed_by(&provider(), issuer).is_ok())
        };
        for (alias, record) in &self.records {
            match (&record.stored, &self.entries.get(alias).and_then(|entry| entry.certificate.clone())) {
                (Some(stored), _) => {
                    assert!(signed(&certificate(stored.certificate_pem.as_bytes())), "{alias}");
                    prove_base(world, record, stored.certificate_pem.as_bytes());
                }
                (None, Some(der)) => {
                    let certificate = certificate(der);
                    assert!(signed(&certificate), "{alias}");
                    let scheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
                    let signature = file.sign(alias.clone(), scheme, SignInput::Message(b"proof".to_vec())).unwrap();
                    let public = provider().rsa.import_public(certificate.public_key().spki_der()).unwrap();
                    public.verify(scheme, b"proof", &signature).unwrap();
                }
                (None, None) => {
                    let crypt = |direction, blocks: &[u8]| {
                        file.aes_ecb(alias.clone(), direction, SecretBytes::copy_from(blocks)).unwrap()
                    };
                    let encrypted = crypt(Direction::Encrypt, &[7; 16]);
                    assert_eq!(crypt(Direction::Decrypt, encrypted.expose()).expose(), [7; 16]);
                }
            }
        }
        self.records.len()
    }
}

/// Encrypts to a Base key, current or not, and opens it with the key; what is for another domain only that can open.
fn prove_base(world: &World, record: &KeyRecord, pem: &[u8]) {
    let clock = std::sync::Arc::new(FixedClock(record.alias.generated.unwrap().plus_seconds(1)));
    let encryptor = Encryptor::builder().clock(clock).build().unwrap();
    let envelope = encryptor.encrypt(pem, &SealOptions::default(), b"proof").unwrap().envelope;
    let opened = world.manager().decrypt(&record.alias.scope, &OpenOptions::default(), &envelope);
    if is_of_another_domain(record) {
        assert_eq!(opened.unwrap_err().code(), Code::PrivateKeyNotHere);
        return;
    }
    let opened = opened.unwrap();
    assert_eq!((opened.plaintext.as_slice(), &opened.key.alias), (&b"proof"[..], &record.alias.alias));
}

/// Whether the private key is elsewhere (HIE-5).
pub(crate) fn is_of_another_domain(record: &KeyRecord) -> bool {
    record.stored.as_ref().is_some_and(|stored| stored.master == record.alias.alias)
}

pub(crate) fn entries(file: &KeyFile) -> BTreeMap<Alias, MasterEntry> {
    let mut entries = BTreeMap::new();
    let mut cursor = None;
    loop {
        let page = file.list(cursor).unwrap();
        entries.extend(page.entries.into_iter().map(|entry| (entry.alias.clone(), entry)));
        cursor = page.next;
        if cursor.is_none() {
            return entries;
        }
    }
}

fn all(store: &dyn KeyStore, select: Select) -> Vec<Record> {
    let mut query = Query::new(select);
    let mut records = Vec::new();
    loop {
        let page = store.find(query.clone()).unwrap();
        records.extend(page.records.into_iter().map(|found| found.record));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return records;
        }
    }
}

fn certificate(pem_or_der: &[u8]) -> Certificate {
    Certificate::parse(&provider(), pem_or_der).unwrap()
}
