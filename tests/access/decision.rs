//! The decision and the events in particular verbs.

use std::sync::Arc;

use keymanager::access::{Access, AccessDecision, AccessRequest, Verb};
use keymanager::audit::{AuditFailure, Outcome};
use keymanager::envelope::OpenOptions;
use keymanager::error::{Code, Result};
use keymanager::manager::KeyManager;

use super::support::{World, scope};
use super::verbs::{PLAINTEXT, Watched};

#[test]
fn the_events_of_a_decryption_name_its_key_before_and_after() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "a");
    let mut envelope = world.envelope(&centre);
    let opened = world.manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap();
    let events = world.events();
    assert_eq!((events[0].keys[0].alias.as_ref(), events[0].keys[0].thumbprint), (None, opened.key.thumbprint));
    assert_eq!(events[1].keys[0].alias.as_ref(), Some(&opened.key.alias));
    let last = envelope.len() - 1;
    envelope[last] ^= 1;
    let error = world.manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap_err();
    assert_eq!(error.code(), Code::DecryptionFailed);
    let events = world.events();
    assert_eq!(events[1].outcome, Outcome::Failed(Code::DecryptionFailed));
    assert_eq!(events[1].keys[0].thumbprint, opened.key.thumbprint);
}

#[test]
fn the_policy_stands_beside_the_decision() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "a");
    let envelope = world.envelope(&centre);
    let mut change = keymanager::manager::PolicyChange::new(centre.app.clone());
    change.access_allowed = Some("bob".to_owned());
    world.plain.set_policy(&change).unwrap();
    let error = world.manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap_err();
    assert_eq!(error.code(), Code::DecryptNotAllowed);
    assert_eq!(world.events()[1].outcome, Outcome::Failed(Code::DecryptNotAllowed));
    assert!(world.manager.for_caller("bob").decrypt(&centre, &OpenOptions::default(), &envelope).is_ok());
    assert_eq!(world.events()[0].caller.as_deref(), Some("bob"));
}

/// Refuses one application.
#[derive(Debug)]
struct NotRegistration;

impl AccessDecision for NotRegistration {
    fn decide(&self, request: AccessRequest) -> Result<Access> {
        let refused = request.app.is_some_and(|app| app.as_str() == "REGISTRATION");
        Ok(if refused { Access::Refuse } else { Access::Allow })
    }
}

#[test]
fn a_key_asked_for_by_name_is_asked_about_with_its_scope() {
    let world = World::new();
    world.rsa(&scope("ROOT", ""), false).unwrap();
    world.rsa(&scope("REGISTRATION", ""), false).unwrap();
    let guarded = KeyManager::builder()
        .store(Arc::clone(&world.store))
        .master(Arc::clone(&world.master))
        .clock(Arc::<super::support::TestClock>::clone(&world.clock))
        .access(Arc::new(NotRegistration))
        .build()
        .unwrap();
    let root = world.current(&scope("ROOT", ""));
    let registration = world.current(&scope("REGISTRATION", ""));
    assert!(guarded.key(root.alias.as_str()).is_ok());
    for name in [registration.alias.to_string(), registration.thumbprint.unwrap().to_hex()] {
        assert_eq!(guarded.key(&name).unwrap_err().code(), Code::AccessRefused);
    }
    // What a verb does inside is not asked about again.
    assert!(guarded.certificate(&scope("REGISTRATION", "a")).is_err());
}

#[test]
fn blanks_are_the_empty_reference_for_rules_too() {
    let world = Watched::new(AuditFailure::Stop);
    world.manager.certificate(&scope("REGISTRATION", "  \t")).unwrap();
    assert_eq!(world.requests()[0].reference.as_ref().unwrap().as_str(), "");
    assert_eq!(world.events()[1].reference.as_ref().unwrap().as_str(), "");
}

#[test]
fn an_audit_that_stops_says_what_happened() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "a");
    *world.told.fail_begins.lock().unwrap() = true;
    let error = world.manager.certificate(&centre).unwrap_err();
    assert_eq!(error.code(), Code::AuditFailed);
    assert!(error.detail().contains("nothing was done") && error.detail().contains("file_failed"), "{error}");
    assert!(world.plain.all_certificates(&centre).unwrap().is_empty());

    *world.told.fail_begins.lock().unwrap() = false;
    *world.told.fail_ends.lock().unwrap() = true;
    let error = world.manager.certificate(&centre).unwrap_err();
    assert_eq!(error.code(), Code::AuditFailed);
    let (key, _) = world.plain.all_certificates(&centre).unwrap().remove(0);
    assert!(error.detail().contains("was done") && error.detail().contains(key.alias.as_str()), "{error}");
    let error = world.manager.certificate(&scope("KERNEL", "x")).unwrap_err();
    assert!(error.detail().contains("certificate failed with generation_not_allowed"), "{error}");
    // A plaintext is withheld.
    let envelope = world.envelope(&centre);
    let error = world.manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap_err();
    assert_eq!(error.code(), Code::AuditFailed);
}

#[test]
fn an_audit_that_may_fail_stops_nothing() {
    let world = Watched::new(AuditFailure::Continue);
    *world.told.fail_begins.lock().unwrap() = true;
    *world.told.fail_ends.lock().unwrap() = true;
    let centre = scope("REGISTRATION", "a");
    let envelope = world.envelope(&centre);
    assert_eq!(world.manager.decrypt(&centre, &OpenOptions::default(), &envelope).unwrap().plaintext, PLAINTEXT);
    assert_eq!(world.events().len(), 2);
}

#[test]
fn a_refusal_stays_one_when_the_sink_fails() {
    let world = Watched::new(AuditFailure::Stop);
    *world.told.fail_ends.lock().unwrap() = true;
    world.answer(super::verbs::Answer::Refuse);
    let error = world.manager.rotate(&scope("REGISTRATION", "")).unwrap_err();
    assert_eq!(error.code(), Code::AccessRefused);
    assert_eq!(world.events()[0].verb, Verb::Rotate);
}
