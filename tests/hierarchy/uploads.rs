//! Certificates that come from outside: for our own keys, and of other domains.

use std::sync::Arc;

use keymanager::certificate::{Certificate, DistinguishedName};
use keymanager::config::Config;
use keymanager::crypto::PrivateKey as _;
use keymanager::envelope::{OpenOptions, Recipient, SealOptions, seal};
use keymanager::error::Code;
use keymanager::id::KeyScope;
use keymanager::manager::{CsrRequest, DoctorOptions, FindingCode, KeyLevel, KeyState};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::store::memory::MemoryStore;
use keymanager::store::{Change, ChangeSet, IntentRow, KeyStore, Record, Select, StoreRow};
use keymanager::testing::store::HostShaped;
use keymanager::time::Clock as _;

use super::outside::{foreign, kept_key, named, valid};
use super::support::{World, all_records, assert_consistent, provider, scope};

fn partner() -> KeyScope {
    scope("PARTNER", "partner-1")
}

fn code<T: std::fmt::Debug>(result: keymanager::Result<T>) -> (Code, Option<&'static str>) {
    let code = result.unwrap_err().code();
    (code, code.mosip_code())
}

#[test]
fn a_base_key_takes_a_certificate_and_opens_what_was_made_for_the_old_one() {
    let host: Arc<dyn KeyStore> = Arc::new(HostShaped::new(Arc::new(MemoryStore::new())));
    for store in [Arc::new(MemoryStore::new()) as Arc<dyn KeyStore>, host] {
        let world = World::with(store, None, Config::default());
        world.rsa(&scope("ROOT", ""), false).unwrap();
        world.rsa(&scope("REGISTRATION", ""), false).unwrap();
        let base = scope("REGISTRATION", "a");
        let old = world.manager.encrypt(&base, &SealOptions::default(), b"old data").unwrap();
        let original = world.manager.certificate(&base).unwrap();
        world.clock.forward(1, 0);
        let certificate = valid("Ours, signed elsewhere", original.certificate.public_key());
        let key = world.manager.upload_certificate(&base, certificate.to_pem().as_bytes()).unwrap();
        assert_eq!((&key.alias, key.level), (&original.key.alias, KeyLevel::Base));
        assert_eq!((key.thumbprint, key.state), (Some(certificate.thumbprint()), KeyState::Current));
        assert_eq!((key.not_before, key.not_after), (Some(certificate.not_before()), Some(certificate.not_after())));
        assert_ne!(key.uni_ident, original.key.uni_ident, "dated today");
        assert_eq!(world.manager.certificate(&base).unwrap().certificate, certificate);
        let open = |envelope: &[u8]| world.manager.decrypt(&base, &OpenOptions::default(), envelope).unwrap();
        let opened = open(&old.envelope);
        assert_eq!((opened.plaintext.as_slice(), &opened.key.alias), (&b"old data"[..], &original.key.alias));
        assert_eq!(world.manager.key(&original.key.thumbprint.unwrap().to_hex()).unwrap(), key, "found by both");
        let new = world.manager.encrypt(&base, &SealOptions::default(), b"new data").unwrap();
        assert_eq!(open(&new.envelope).plaintext, b"new data");
        // The same one again changes nothing, and the first one comes back; both still open.
        let again = world.manager.upload_certificate(&base, certificate.der()).unwrap();
        assert_eq!(again, key);
        let former = |world: &World| all_records(world.store.as_ref(), Select::AllFormerThumbprints).len();
        assert_eq!(former(&world), 1);
        let back = world.manager.upload_certificate(&base, original.certificate.der()).unwrap();
        assert_eq!((back.thumbprint, former(&world)), (original.key.thumbprint, 1));
        for envelope in [&old.envelope, &new.envelope] {
            open(envelope);
        }
        world.manager.upload_certificate(&base, certificate.der()).unwrap();
        for envelope in [&old.envelope, &new.envelope] {
            open(envelope);
        }
        assert_eq!(former(&world), 1);
        assert_eq!(world.all(&base).len(), 1);
        assert_consistent(&world, "a Base key");
    }
}

#[test]
fn a_master_key_takes_a_certificate_in_the_backend_and_goes_on_signing() {
    let world = World::with_masters();
    let module = scope("REGISTRATION", "");
    let original = world.manager.certificate(&module).unwrap();
    // Data for the Module key itself, as others may make it.
    let recipient = Recipient::new(&provider(), original.certificate.clone(), world.clock.now()).unwrap();
    let old = seal(&provider(), &SystemRandom, &recipient, &SealOptions::default(), b"to the master").unwrap();
    let certificate = valid("The module, signed elsewhere", original.certificate.public_key());
    let key = world.manager.upload_certificate(&scope("REGISTRATION", " "), certificate.der()).unwrap();
    assert_eq!((key.alias.clone(), key.thumbprint), (original.key.alias.clone(), Some(certificate.thumbprint())));
    let held = world.master.find(key.alias.clone()).unwrap().unwrap().certificate;
    assert_eq!(held.as_deref(), Some(certificate.der()));
    let base = scope("REGISTRATION", "a");
    let issued = world.manager.certificate(&base).unwrap();
    issued.certificate.verify_signed_by(&provider(), &certificate).unwrap();
    assert_eq!(issued.certificate.issuer_der(), certificate.subject_der());
    assert_eq!(world.manager.decrypt(&base, &OpenOptions::default(), &old).unwrap().plaintext, b"to the master");
    assert_consistent(&world, "a Module key");
}

#[test]
fn expired_and_future_certificates_leave_the_scope_without_a_current_key() {
    for (from, to) in
        [("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"), ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z")]
    {
        let world = World::with_masters();
        for scope in [scope("REGISTRATION", "a"), scope("REGISTRATION", "")] {
            let old = world.manager.certificate(&scope).unwrap();
            let certificate = foreign("Not now", old.certificate.public_key(), from, to);
            let key = world.manager.upload_certificate(&scope, certificate.der()).unwrap();
            assert_ne!(key.state, KeyState::Current);
            assert_eq!(code(world.manager.upload_certificate(&scope, certificate.der())).0, Code::NoUniqueKey);
            // Upstream fails until the next day: its uni_ident is today's already.
            let new = world.manager.certificate(&scope).unwrap();
            assert!(new.generated && new.key.alias != old.key.alias);
        }
        assert_consistent(&world, "no current key");
    }
}

#[test]
fn a_crash_between_backend_and_record_is_repaired_by_the_next_start() {
    let world = World::with_masters();
    let module = scope("REGISTRATION", "");
    let original = world.manager.certificate(&module).unwrap();
    let certificate = valid("Half way", original.certificate.public_key());
    let alias = original.key.alias.clone();
    let intent = IntentRow { alias: alias.clone(), scope: module.clone(), begun: world.clock.now() };
    let changes = vec![Change::Insert(Record::Intent(intent))];
    world.store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
    world.master.attach_certificate(alias.clone(), certificate.der().to_vec()).unwrap();
    world.clock.forward(2, 0);
    world.manager.initialise(&[]).unwrap();
    let key = world.current(&module);
    assert_eq!((key.alias, key.thumbprint), (alias, Some(certificate.thumbprint())));
    assert_eq!(key.not_after, Some(certificate.not_after()));
    let found = world.manager.key(&original.key.thumbprint.unwrap().to_hex()).unwrap();
    assert_eq!(found.alias, original.key.alias);
    assert_consistent(&world, "after the next start");
}

/// An upload that a crash interrupted between backend and record.
fn half_upload(world: &World, scope: &KeyScope, certificate: &Certificate) {
    let alias = world.manager.certificate(scope).unwrap().key.alias;
    let intent = IntentRow { alias: alias.clone(), scope: scope.clone(), begun: world.clock.now() };
    let changes = vec![Change::Insert(Record::Intent(intent))];
    world.store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
    world.master.attach_certificate(alias, certificate.der().to_vec()).unwrap();
}

#[test]
fn an_upload_that_is_finished_late_brings_no_key_back() {
    let world = World::with_masters();
    let module = scope("REGISTRATION", "");
    let ours = || world.manager.certificate(&module).unwrap();
    // Revoked after the crash.
    let certificate = valid("First", ours().certificate.public_key());
    half_upload(&world, &module, &certificate);
    let revoked = world.manager.revoke(&module).unwrap();
    world.manager.initialise(&[]).unwrap();
    let key = world.manager.key(revoked.alias.as_str()).unwrap();
    assert_eq!((key.thumbprint, key.state), (Some(certificate.thumbprint()), KeyState::Revoked));
    // Ended while the backend was out of reach, so that nobody could finish the upload before.
    let current = ours();
    let certificate = valid("Second", current.certificate.public_key());
    half_upload(&world, &module, &certificate);
    let ended = world.clock.now().plus_seconds(-60);
    let mut record = world.record(current.key.alias.as_str());
    let version = all_records(world.store.as_ref(), Select::KeyByAlias(current.key.alias.clone())).remove(0).version;
    record.alias.expires = Some(ended);
    let changes = vec![Change::Update(Record::Key(Box::new(record)), version)];
    world.store.apply(ChangeSet { changes, ..ChangeSet::default() }).unwrap();
    world.manager.initialise(&[]).unwrap();
    let key = world.manager.key(current.key.alias.as_str()).unwrap();
    assert_eq!((key.thumbprint, key.not_after), (Some(certificate.thumbprint()), Some(ended)));
    assert_eq!(key.state, KeyState::Revoked);
    assert_ne!(ours().key.alias, key.alias);
    assert_consistent(&world, "uploads that are finished late");
}

#[test]
fn our_own_certificate_sent_as_one_of_another_domain_hides_no_key() {
    let world = World::with_masters();
    let base = scope("REGISTRATION", "a");
    let first = world.manager.encrypt(&base, &SealOptions::default(), b"first").unwrap();
    let original = world.manager.certificate(&base).unwrap().certificate;
    let certificate = valid("Ours", original.public_key());
    world.manager.upload_certificate(&base, certificate.der()).unwrap();
    let second = world.manager.encrypt(&base, &SealOptions::default(), b"second").unwrap();
    let former = original.thumbprint();
    let opens = |context: &str| {
        for (encrypted, plaintext) in [(&first, &b"first"[..]), (&second, b"second")] {
            for reference in ["a", "", "elsewhere"] {
                let opened = world.manager.decrypt(
                    &scope("REGISTRATION", reference),
                    &OpenOptions::default(),
                    &encrypted.envelope,
                );
                assert_eq!(opened.unwrap().plaintext, plaintext, "{context}, {reference}");
            }
        }
        assert_eq!(world.manager.key(&former.to_hex()).unwrap().alias, first.key.alias, "{context}");
        let current = certificate.thumbprint().to_hex();
        assert_eq!(world.manager.key(&current).unwrap().alias, first.key.alias, "{context}");
    };
    opens("before");
    // The current one under another reference, and the one it replaced.
    world.manager.upload_other_domain(&scope("REGISTRATION", "elsewhere"), certificate.der()).unwrap();
    opens("the current certificate");
    world.manager.upload_other_domain(&scope("REGISTRATION", "elsewhere"), original.der()).unwrap();
    opens("the former certificate");
    // And in the pair itself, once its key was revoked.
    world.manager.revoke(&base).unwrap();
    world.manager.upload_other_domain(&base, certificate.der()).unwrap();
    opens("in its own pair");
    let report = world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
    let shared = report.findings.iter().filter(|finding| finding.code == FindingCode::ThumbprintShared).count();
    assert_eq!(shared, 0, "{:?}", report.findings);
}

#[test]
fn the_doctor_knows_a_root_that_got_another_name() {
    let world = World::with_masters();
    let root = scope("ROOT", "");
    let certificate =
        valid("Root, certified elsewhere", world.manager.certificate(&root).unwrap().certificate.public_key());
    world.manager.upload_certificate(&root, certificate.der()).unwrap();
    world.rsa(&root, true).unwrap();
    let report = world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
    let broken = report.findings.iter().filter(|finding| finding.code == FindingCode::ChainBroken).count();
    assert_eq!(broken, 0, "a new Root has the name again that the first one had: {:?}", report.findings);
    assert!(report.findings.iter().any(|finding| finding.text.contains("has another name now")));
}

#[test]
fn certificates_of_other_domains_come_go_and_come_back() {
    let world = World::new();
    let public = kept_key(13).public_key().clone();
    let [first, second] = ["First", "Second"].map(|name| valid(name, &public));
    let upload = |certificate: &Certificate| world.manager.upload_other_domain(&partner(), certificate.der());
    let key = upload(&first).unwrap();
    assert_eq!(
        (key.level, key.state, key.thumbprint),
        (KeyLevel::OtherDomain, KeyState::Current, Some(first.thumbprint()))
    );
    let record = world.record(key.alias.as_str());
    let stored = record.stored.unwrap();
    assert_eq!((stored.master, stored.private_key.as_str()), (key.alias.clone(), StoreRow::NO_PRIVATE_KEY));
    assert_eq!(stored.certificate_pem, first.to_pem());
    assert_eq!(world.manager.certificate(&partner()).unwrap().certificate, first);
    assert_eq!(code(upload(&first)), (Code::CertificateExists, Some("KER-KMS-035")));
    let next = upload(&second).unwrap();
    let ended = world.manager.key(key.alias.as_str()).unwrap();
    assert_eq!((ended.uni_ident.clone(), ended.thumbprint), (key.uni_ident.clone(), key.thumbprint));
    assert_eq!((ended.state, ended.not_after), (KeyState::Revoked, Some(world.clock.now().plus_seconds(-60))));
    // Upstream answers 500 to this for ever.
    let back = upload(&first).unwrap();
    assert_ne!(back.uni_ident, key.uni_ident);
    assert_eq!(world.manager.certificate(&partner()).unwrap().key.alias, back.alias);
    assert_eq!(world.manager.key(&first.thumbprint().to_hex()).unwrap().alias, back.alias);
    assert_eq!(world.manager.key(next.alias.as_str()).unwrap().state, KeyState::Revoked);
    assert_eq!((world.all(&partner()).len(), world.current_count(&partner())), (3, 1));
    upload(&second).unwrap();
    upload(&first).unwrap();
    assert_eq!(world.current_count(&partner()), 1);
    world.manager.revoke(&partner()).unwrap();
    assert_eq!(world.current_count(&partner()), 0);
    upload(&first).unwrap();
    assert_consistent(&world, "other domains");
    // Envelopes are made for them, and cannot be opened here.
    let sealed = world.manager.encrypt(&partner(), &SealOptions::default(), b"for you").unwrap();
    world.policy("PARTNER", |change| {
        change.validity_days = Some(1095);
        change.pre_expire_days = Some(60);
        change.access_allowed = Some("NA".to_owned());
    });
    let opened = world.manager.decrypt(&partner(), &OpenOptions::default(), &sealed.envelope);
    assert_eq!(code(opened), (Code::PrivateKeyNotHere, Some("KER-KMS-018")));
}

#[test]
fn certificates_of_other_times_are_kept_and_not_current() {
    let world = World::new();
    let public = kept_key(13).public_key().clone();
    let expired = foreign("Expired", &public, "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z");
    let future = foreign("Future", &public, "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    for (certificate, state) in [(&expired, KeyState::Expired), (&future, KeyState::NotYetValid)] {
        let key = world.manager.upload_other_domain(&partner(), certificate.der()).unwrap();
        assert_eq!(key.state, state);
        let again = world.manager.upload_other_domain(&partner(), certificate.der());
        assert_eq!(code(again).0, Code::CertificateExists, "a second row would say nothing new");
    }
    assert_eq!(code(world.manager.certificate(&partner())), (Code::GenerationNotAllowed, Some("KER-KMS-016")));
    world.clock.forward(60, 0);
    assert_eq!(world.manager.certificate(&partner()).unwrap().certificate, future);
}

fn csr(scope: &KeyScope) -> CsrRequest {
    CsrRequest { scope: scope.clone(), subject: DistinguishedName::default() }
}

#[test]
fn requests_are_made_for_every_pair_that_is_here() {
    let world = World::with_masters();
    for (app, reference) in [("ROOT", ""), ("KERNEL", "SIGN"), ("REGISTRATION", " "), ("REGISTRATION", "a")] {
        let scope = scope(app, reference);
        let csr = world.manager.generate_csr(&csr(&scope)).unwrap();
        csr.request.verify(&provider()).unwrap();
        let certificate = world.manager.certificate(&scope).unwrap();
        assert_eq!(csr.request.public_key(), certificate.certificate.public_key(), "{scope}");
        assert_eq!(csr.key, certificate.key, "{scope}");
        let subject = csr.request.subject().unwrap();
        assert_eq!(subject.common_name.as_deref(), Some("www.mosip.io"), "no application in it");
        assert!(csr.pem().starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
    }
    // Names that break upstream's requests.
    let odd = DistinguishedName { organization: Some("a,b+c=\"d\"".to_owned()), ..named("O'Neill, \u{e9}") };
    let request = CsrRequest { scope: scope("REGISTRATION", "b"), subject: odd.clone() };
    let subject = world.manager.generate_csr(&request).unwrap().request.subject().unwrap();
    assert_eq!((subject.common_name, subject.organization), (odd.common_name, odd.organization));
    assert_consistent(&world, "requests");
}

#[test]
fn a_chain_is_a_bundle_too() {
    let world = World::with_masters();
    let scope = scope("REGISTRATION", "a");
    let pem = world.manager.chain_pkcs7(&scope).unwrap();
    assert!(pem.starts_with("-----BEGIN PKCS7-----\n"), "{pem}");
    let mut bundle = keymanager::certificate::bundle::parse(&provider(), pem.as_bytes()).unwrap();
    let mut chain = world.manager.chain(&scope).unwrap();
    assert_eq!(chain.len(), 3);
    for list in [&mut bundle, &mut chain] {
        list.sort_by_key(Certificate::thumbprint);
    }
    assert_eq!(bundle, chain);
    // Where upstream finds no path it fails; a certificate of another authority stands alone here.
    let current = world.manager.certificate(&scope).unwrap();
    let certificate = valid("Elsewhere", current.certificate.public_key());
    world.manager.upload_certificate(&scope, certificate.der()).unwrap();
    let pem = world.manager.chain_pkcs7(&scope).unwrap();
    assert_eq!(keymanager::certificate::bundle::parse(&provider(), pem.as_bytes()).unwrap(), [certificate]);
}
