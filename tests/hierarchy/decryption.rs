use keymanager::envelope::{Layout, OpenOptions, SealOptions, parse};
use keymanager::error::Code;
use keymanager::id::Thumbprint;
use keymanager::manager::KeyLevel;
use keymanager::store::{AliasRow, Change, ChangeSet, KeyRecord, Record, Select, StoreRow};
use keymanager::time::Clock;

use super::support::{World, all_records, scope, vectors};

fn seal(world: &World, app: &str, reference: &str) -> Vec<u8> {
    world.manager.encrypt(&scope(app, reference), &SealOptions::default(), b"plain").unwrap().envelope
}

fn open(world: &World, app: &str, reference: &str, envelope: &[u8]) -> Result<Vec<u8>, Code> {
    let opened = world.manager.decrypt(&scope(app, reference), &OpenOptions::default(), envelope);
    opened.map(|opened| opened.plaintext).map_err(|error| error.code())
}

#[test]
fn the_application_must_match_and_the_reference_may_differ() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    for reference in ["a", "b", "", "  ", "never there"] {
        // In any order, again and again: nothing is remembered of the first caller.
        assert_eq!(open(&world, "REGISTRATION", reference, &envelope).unwrap(), b"plain", "{reference:?}");
    }
    assert_eq!(open(&world, "PMS", "a", &envelope), Err(Code::ThumbprintOtherApplication));
    assert_eq!(open(&world, "registration", "a", &envelope), Err(Code::DecryptNotAllowed));
    assert_eq!(open(&world, "NOBODY", "a", &envelope), Err(Code::DecryptNotAllowed));
}

#[test]
fn old_data_opens_after_rotation_at_every_level_and_years_later() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    for (app, reference) in [("REGISTRATION", "a"), ("REGISTRATION", ""), ("ROOT", "")] {
        world.manager.rotate(&scope(app, reference)).unwrap();
        assert_eq!(open(&world, "REGISTRATION", "a", &envelope).unwrap(), b"plain");
    }
    world.clock.forward(4000, 0);
    let newer = seal(&world, "REGISTRATION", "a");
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope).unwrap(), b"plain");
    assert_eq!(open(&world, "REGISTRATION", "a", &newer).unwrap(), b"plain");
}

#[test]
fn encryption_is_to_base_keys_only() {
    let world = World::with_masters();
    for (app, reference) in [
        ("REGISTRATION", ""),
        ("REGISTRATION", "  "),
        ("KERNEL", "SIGN"),
        ("kernel", "sign"),
        ("KERNEL", "IDENTITY_CACHE"),
        ("Kernel", "identity_cache"),
    ] {
        let error = world.manager.encrypt(&scope(app, reference), &SealOptions::default(), b"x").unwrap_err();
        assert_eq!(error.code(), Code::EncryptNotAllowed, "{app}/{reference}");
    }
    let before = world.all(&scope("REGISTRATION", "new")).len();
    let error = world.manager.encrypt(&scope("REGISTRATION", "new"), &SealOptions::default(), b"").unwrap_err();
    assert_eq!(error.code(), Code::EmptyPlaintext);
    assert_eq!(world.all(&scope("REGISTRATION", "new")).len(), before, "no key is made for nothing");
}

#[test]
fn access_is_asked_first() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let allow = |list: &str| world.policy("REGISTRATION", |change| change.access_allowed = Some(list.to_owned()));
    allow("anna, Bob");
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope), Err(Code::DecryptNotAllowed));
    assert_eq!(open(&world, "REGISTRATION", "a", b"rubbish"), Err(Code::DecryptNotAllowed));
    let decrypt = |caller: &str| {
        let manager = world.manager.for_caller(caller);
        manager.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &envelope).is_ok()
    };
    assert!(decrypt("ANNA") && decrypt("bob") && !decrypt("eve") && !decrypt(""));
    allow("");
    assert!(!decrypt("anna"));
    allow("NA");
    assert!(decrypt("eve"));
    world.policy("REGISTRATION", |change| change.active = Some(false));
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope).unwrap(), b"plain", "an inactive policy gives access");
}

#[test]
fn data_for_a_module_key_opens_under_any_reference() {
    let world = World::with_masters();
    let module = world.manager.certificate(&scope("REGISTRATION", "")).unwrap();
    let encryptor = keymanager::encryptor::Encryptor::builder()
        .provider(super::support::provider())
        .clock(std::sync::Arc::new(keymanager::time::FixedClock(world.clock.now())))
        .build()
        .unwrap();
    let sealed = encryptor.encrypt(module.certificate.der(), &SealOptions::default(), b"to the master").unwrap();
    assert_eq!(sealed.thumbprint, module.certificate.thumbprint());
    assert_eq!(open(&world, "REGISTRATION", "whatever", &sealed.envelope).unwrap(), b"to the master");
    let opened = world.manager.decrypt(&scope("REGISTRATION", ""), &OpenOptions::default(), &sealed.envelope).unwrap();
    assert_eq!((opened.key.level, opened.key.alias), (KeyLevel::Module, module.key.alias));
}

fn insert_other_domain(world: &World, app: &str, reference: &str, alias: &str) -> Thumbprint {
    let pem = std::fs::read_to_string(vectors().join("hierarchy/recipient.pem")).unwrap();
    let certificate = keymanager::certificate::Certificate::parse(&super::support::provider(), pem.as_bytes()).unwrap();
    let alias = keymanager::id::Alias::new(alias).unwrap();
    let now = world.clock.now();
    let record = KeyRecord {
        alias: AliasRow {
            alias: alias.clone(),
            scope: scope(app, reference),
            generated: Some(now.plus_days(-1)),
            expires: Some(now.plus_days(500)),
            thumbprint: Some(certificate.thumbprint()),
            uni_ident: Some(alias.to_string()),
            created_by: "SYSTEM".into(),
            created: now,
        },
        stored: Some(StoreRow {
            master: alias,
            private_key: StoreRow::NO_PRIVATE_KEY.into(),
            certificate_pem: pem,
            created_by: "SYSTEM".into(),
            created: now,
        }),
    };
    let insert = Change::Insert(Record::Key(Box::new(record)));
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![insert] }).unwrap();
    certificate.thumbprint()
}

#[test]
fn certificates_of_other_domains() {
    let world = World::with_masters();
    let thumbprint = insert_other_domain(&world, "PMS", "partner", "one");
    // The certificate's own dates are the machine's; encrypt at a time inside them.
    world.clock.set(keymanager::time::Timestamp::from_rfc3339("2027-01-01T00:00:00Z").unwrap());
    let envelope = seal(&world, "PMS", "partner");
    assert_eq!(open(&world, "PMS", "partner", &envelope), Err(Code::PrivateKeyNotHere));
    assert_eq!(world.manager.certificate_of(&thumbprint).unwrap().unwrap().thumbprint(), thumbprint);
    assert_eq!(world.manager.chain(&scope("PMS", "partner")).unwrap().len(), 1);
    let key = world.manager.key(&thumbprint.to_hex().to_lowercase()).unwrap();
    assert_eq!((key.level, key.issuer_alias), (KeyLevel::OtherDomain, None));
    assert_eq!(world.manager.rotate(&scope("PMS", "partner")).unwrap_err().code(), Code::GenerationNotAllowed);
    world.clock.forward(500, 0);
    let expired = world.manager.certificate(&scope("PMS", "partner")).unwrap_err();
    assert_eq!(expired.code(), Code::GenerationNotAllowed, "none is made in its place");
    // The same certificate twice: the reference id decides, else it is ambiguous.
    insert_other_domain(&world, "PMS", "other", "two");
    assert_eq!(open(&world, "PMS", "partner", &envelope), Err(Code::PrivateKeyNotHere));
    assert_eq!(open(&world, "PMS", "third", &envelope), Err(Code::ThumbprintAmbiguous));
    assert_eq!(world.manager.key(&thumbprint.to_hex()).unwrap_err().code(), Code::ThumbprintAmbiguous);
    insert_other_domain(&world, "REGISTRATION", "x", "three");
    assert_eq!(open(&world, "REGISTRATION", "y", &envelope), Err(Code::PrivateKeyNotHere), "the application decides");
}

#[test]
fn thumbprints_of_old_rows_are_filled_in_when_needed() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let blank = |world: &World| {
        for found in all_records(world.store.as_ref(), Select::AllKeys) {
            let Record::Key(mut key) = found.record else { panic!("a key") };
            key.alias.thumbprint = None;
            let change = Change::Update(Record::Key(key), found.version);
            world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }).unwrap();
        }
    };
    blank(&world);
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope).unwrap(), b"plain");
    let left = all_records(world.store.as_ref(), Select::KeysWithoutThumbprint);
    assert_eq!(left.len(), 1, "only the symmetric key has none");
    // Switched off, nothing is filled.
    blank(&world);
    let config = keymanager::config::Config::from_toml("[hierarchy]\nbackfill = false").unwrap();
    let strict = super::support::manager(&world.store, &world.master, &world.clock, &world.keys, config);
    let error = strict.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &envelope).unwrap_err();
    assert_eq!(error.code(), Code::ThumbprintNotFound);
    assert!(all_records(world.store.as_ref(), Select::KeysWithoutThumbprint).len() > 1);
}

/// An A0 envelope from an `aad` one: the thumbprint is cut off.
fn without_thumbprint(world: &World, app: &str, reference: &str) -> Vec<u8> {
    let options = SealOptions { layout: Some(Layout::Aad), aad: b"bound".to_vec(), ..SealOptions::default() };
    let envelope = world.manager.encrypt(&scope(app, reference), &options, b"legacy").unwrap().envelope;
    envelope[32..].to_vec()
}

fn legacy() -> OpenOptions {
    OpenOptions { accept: vec![Layout::NoThumbprint], aad: b"bound".to_vec(), ..OpenOptions::default() }
}

#[test]
fn without_a_thumbprint_every_key_is_tried() {
    let world = World::with_masters();
    let first = without_thumbprint(&world, "REGISTRATION", "a");
    world.clock.forward(1, 0);
    world.manager.rotate(&scope("REGISTRATION", "a")).unwrap();
    let second = without_thumbprint(&world, "REGISTRATION", "a");
    let decrypt = |app: &str, reference: &str, envelope: &[u8]| {
        let opened = world.manager.decrypt(&scope(app, reference), &legacy(), envelope);
        opened.map(|opened| opened.plaintext).map_err(|error| error.code())
    };
    assert_eq!(decrypt("REGISTRATION", "a", &first).unwrap(), b"legacy");
    assert_eq!(decrypt("REGISTRATION", "a", &second).unwrap(), b"legacy");
    assert_eq!(decrypt("REGISTRATION", "b", &first), Err(Code::DecryptionFailed), "only keys of the pair, and masters");
    assert_eq!(decrypt("PMS", "a", &first), Err(Code::DecryptionFailed));
    world.policy("EMPTY", |_| {});
    assert_eq!(decrypt("EMPTY", "a", &first), Err(Code::KeyNotGenerated));
    // Refused without the layout's name.
    let options = OpenOptions { aad: b"bound".to_vec(), ..OpenOptions::default() };
    let error = world.manager.decrypt(&scope("REGISTRATION", "a"), &options, &first).unwrap_err();
    assert_eq!(error.code().exit_status(), 3);
}

#[test]
fn after_the_key_was_found_there_is_one_error() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let mut errors = Vec::new();
    for position in (38..294).step_by(17).chain(308..envelope.len()) {
        let mut bad = envelope.clone();
        bad[position] ^= 1;
        errors.push(world.manager.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &bad).unwrap_err());
    }
    assert!(errors.iter().all(|error| *error == keymanager::Error::decryption_failed()));
    let mut unknown = envelope.clone();
    unknown[7] ^= 1;
    assert_eq!(open(&world, "REGISTRATION", "a", &unknown), Err(Code::ThumbprintNotFound));
}

#[test]
fn a_damaged_row_is_named() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let key = world.current(&scope("REGISTRATION", "a"));
    let set = |text: String| {
        let found = all_records(world.store.as_ref(), Select::KeyByAlias(key.alias.clone())).remove(0);
        let Record::Key(mut record) = found.record else { panic!("a key") };
        record.stored.as_mut().unwrap().private_key = text;
        let change = Change::Update(Record::Key(record), found.version);
        world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes: vec![change] }).unwrap();
    };
    let good = world.record(key.alias.as_str()).stored.unwrap().private_key;
    for damaged in ["%%%", &good[..300]] {
        set(damaged.to_owned());
        let error = world.manager.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &envelope).unwrap_err();
        assert_eq!(error.code(), Code::RecordDamaged);
        assert!(error.detail().contains(key.alias.as_str()));
    }
    set(good);
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope).unwrap(), b"plain");
    world.master.remove(world.current(&scope("REGISTRATION", "")).alias).unwrap();
    assert_eq!(open(&world, "REGISTRATION", "a", &envelope), Err(Code::AliasNotFound), "its Module key is gone");
}

#[test]
fn a_kept_key_saves_the_master_backend_and_follows_its_row() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let config = keymanager::config::Config::from_toml("[hierarchy]\nkey_cache = 2").unwrap();
    let cached = super::support::manager(&world.store, &world.master, &world.clock, &world.keys, config);
    let open = |manager: &keymanager::manager::KeyManager| {
        manager.decrypt(&scope("REGISTRATION", "a"), &OpenOptions::default(), &envelope).map_err(|error| error.code())
    };
    assert_eq!(open(&cached).unwrap().plaintext, b"plain");
    world.master.remove(world.current(&scope("REGISTRATION", "")).alias).unwrap();
    assert_eq!(open(&world.manager).unwrap_err(), Code::AliasNotFound);
    assert_eq!(open(&cached).unwrap().plaintext, b"plain");
    world.manager.revoke(&scope("REGISTRATION", "a")).unwrap();
    assert_eq!(open(&cached).unwrap_err(), Code::AliasNotFound, "the row changed");
}

#[test]
fn the_session_key_step_serves_streams() {
    let world = World::with_masters();
    let envelope = seal(&world, "REGISTRATION", "a");
    let options = OpenOptions::default();
    let parsed = parse(&envelope, &options).unwrap();
    let (key, session_key) = world.manager.session_key(&scope("REGISTRATION", ""), &parsed.key_block()).unwrap();
    assert_eq!(key, world.current(&scope("REGISTRATION", "a")));
    assert_eq!(parsed.open(world.manager.provider(), &session_key).unwrap(), b"plain");
}
