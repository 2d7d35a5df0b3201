//! Each verb passes the one place where access is asked and events are recorded.

use std::collections::BTreeSet;
use std::path::PathBuf;

use keymanager::access::Verb;
use keymanager::audit::{AuditFailure, Outcome};
use keymanager::error::{Code, Error};

use super::support::scope;
use super::verbs::{Answer, PLAINTEXT, Watched, about, call};

/// Public methods of the manager that work with no key, record or policy.
const NOT_VERBS: [&str; 5] = ["for_caller", "provider", "random", "clock", "config"];

#[test]
fn every_verb_is_asked_once_and_told_twice() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "10001_110011");
    let envelope = world.envelope(&centre);
    let mut last = 0;
    for verb in Verb::ALL {
        let result = call(&world.manager, *verb, &centre, &envelope);
        let requests = world.requests();
        assert_eq!(requests.len(), 1, "{verb}: {requests:?}");
        let events = world.events();
        assert_eq!(events.len(), 2, "{verb}: {events:?}");
        let (app, reference) = about(*verb);
        let app = app.then(|| centre.app.clone());
        let reference = reference.then(|| centre.reference.clone());
        assert_eq!((requests[0].verb, &requests[0].app, &requests[0].reference), (*verb, &app, &reference), "{verb}");
        assert_eq!(requests[0].caller.as_deref(), Some("alice"));
        for event in &events {
            assert_eq!((event.verb, &event.app, &event.reference), (*verb, &app, &reference), "{verb}");
            assert_eq!(event.caller.as_deref(), Some("alice"));
            assert_eq!(event.operation, last + 1, "{verb}");
            let text = format!("{event:?}");
            assert!(!text.contains(std::str::from_utf8(PLAINTEXT).unwrap()), "{text}");
        }
        last = events[0].operation;
        let ended = result.map_or_else(|error| Outcome::Failed(error.code()), |()| Outcome::Done);
        assert_eq!((events[0].outcome, events[1].outcome), (Outcome::Begins, ended), "{verb}");
    }
}

#[test]
fn a_refusal_and_a_decision_that_fails_stop_every_verb_before_anything_happens() {
    let world = Watched::new(AuditFailure::Stop);
    let centre = scope("REGISTRATION", "10001_110011");
    let envelope = world.envelope(&centre);
    let before = format!("{:?}", super::support::all_records(world.store.as_ref(), keymanager::store::Select::AllKeys));
    for answer in [Answer::Refuse, Answer::Fail] {
        world.answer(answer);
        for verb in Verb::ALL {
            let error: Error = call(&world.manager, *verb, &centre, &envelope).unwrap_err();
            assert_eq!(error.code(), Code::AccessRefused, "{verb}");
            assert!(!error.detail().contains("secret"), "{error}");
            let events = world.events();
            assert_eq!(events.len(), 1, "{verb}");
            assert_eq!((events[0].verb, events[0].outcome), (*verb, Outcome::Failed(Code::AccessRefused)));
        }
    }
    let after = format!("{:?}", super::support::all_records(world.store.as_ref(), keymanager::store::Select::AllKeys));
    assert_eq!(before, after);
}

/// Reads the sources: whoever adds a public method that works around the one place is told here.
#[test]
fn every_public_method_of_the_manager_is_a_verb_and_passes_the_one_place() {
    let src = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![src.join("manager.rs")];
    files.extend(std::fs::read_dir(src.join("manager")).unwrap().map(|entry| entry.unwrap().path()));
    let mut methods = BTreeSet::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("\nimpl KeyManager {\n").skip(1) {
            let block = block.split("\n}\n").next().unwrap();
            for method in block.split("\n    pub fn ").skip(1) {
                let name = method.split(['(', '<']).next().unwrap().to_owned();
                let body = method.split("\n    }\n").next().unwrap();
                let signature = body.split('{').next().unwrap();
                if !signature.contains("&self") || NOT_VERBS.contains(&name.as_str()) {
                    continue;
                }
                assert_eq!(body.matches("self.audited(").count(), 1, "{}: {name} is not audited once", path.display());
                // The form for a buffer of the caller is the same verb.
                let form = name.strip_suffix("_into").is_some_and(|verb| text.contains(&format!("pub fn {verb}(")));
                assert!(form || methods.insert(name.clone()), "{name} twice");
            }
        }
    }
    let verbs: BTreeSet<String> = Verb::ALL.iter().map(|verb| verb.as_str().to_owned()).collect();
    assert_eq!(methods, verbs, "the public methods of the manager and the verbs");
}
