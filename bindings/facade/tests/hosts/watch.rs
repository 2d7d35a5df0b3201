//! The host decides about every verb, and keeps what happens.

use std::sync::{Arc, Mutex};

use keymanager_facade::{
    EnvelopeOptions, HostAccess, HostAccessRequest, HostAudit, HostAuditEvent, HostError, KeyManagerHandle,
    ManagerOptions, MasterChoice, StoreChoice,
};

use crate::master::SoftwareHost;
use crate::store::RowStore;
use crate::{APP, REFERENCE};

/// Refuses one verb, and fails for another.
struct Guard;

impl HostAccess for Guard {
    fn decide(&self, request: HostAccessRequest) -> Result<bool, HostError> {
        assert_eq!(request.caller.as_deref(), Some("somebody"));
        match request.verb.as_str() {
            "revoke" => Ok(false),
            "rotate" => Err(HostError { number: 42, message: "the directory is down".to_owned() }),
            _ => Ok(true),
        }
    }
}

/// Keeps events, until it fails.
#[derive(Default)]
struct Book {
    events: Mutex<Vec<HostAuditEvent>>,
    broken: Mutex<bool>,
}

impl HostAudit for Book {
    fn record(&self, event: HostAuditEvent) -> Result<(), HostError> {
        if *self.broken.lock().unwrap() {
            return Err(HostError { number: 7, message: "the disk is full".to_owned() });
        }
        self.events.lock().unwrap().push(event);
        Ok(())
    }
}

fn watched(book: &Arc<Book>, audit_may_fail: bool) -> KeyManagerHandle {
    let store = StoreChoice::Host(Arc::new(RowStore::default()));
    let master = MasterChoice::Host(Arc::new(SoftwareHost::new()));
    let options = ManagerOptions {
        caller: Some("somebody".to_owned()),
        access: Some(Arc::new(Guard)),
        audit: Some(Arc::clone(book) as _),
        audit_may_fail,
        ..ManagerOptions::new(store, master)
    };
    KeyManagerHandle::open(options).unwrap()
}

#[test]
fn a_host_decides_and_keeps() {
    let book = Arc::new(Book::default());
    let manager = watched(&book, false);
    manager.initialise().unwrap();
    manager.generate_all(None).unwrap();
    let envelope = manager.encrypt(APP, REFERENCE, &EnvelopeOptions::default(), b"a packet").unwrap();
    book.events.lock().unwrap().clear();
    manager.decrypt(APP, "", &EnvelopeOptions::default(), &envelope).unwrap();
    let events = std::mem::take(&mut *book.events.lock().unwrap());
    let [begins, ended] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((begins.verb.as_str(), begins.outcome.as_str()), ("decrypt", "begins"));
    assert_eq!((ended.operation, ended.outcome.as_str()), (begins.operation, "ok"));
    assert_eq!((ended.app.as_deref(), ended.caller.as_deref()), (Some(APP), Some("somebody")));
    assert_eq!(begins.keys.first().unwrap().thumbprint, ended.keys.first().unwrap().thumbprint);

    assert_eq!(manager.revoke(APP, REFERENCE).unwrap_err().name, "access_refused");
    assert_eq!(manager.rotate(APP, REFERENCE).unwrap_err().name, "access_refused", "a decision that fails refuses");
    assert!(book.events.lock().unwrap().iter().all(|event| event.outcome == "access_refused"));
}

#[test]
fn what_cannot_be_kept_does_not_begin_unless_it_may() {
    for (may_fail, name) in [(false, Some("audit_failed")), (true, None)] {
        let book = Arc::new(Book::default());
        let manager = watched(&book, may_fail);
        manager.initialise().unwrap();
        *book.broken.lock().unwrap() = true;
        assert_eq!(manager.policies().err().map(|error| error.name).as_deref(), name);
    }
}
