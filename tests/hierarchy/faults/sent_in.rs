//! Certificates that are sent in.

use keymanager::certificate::Certificate;
use keymanager::crypto::PrivateKey as _;
use keymanager::error::{Code, Result};
use keymanager::id::{Alias, KeyScope};
use keymanager::manager::KeyManager;

use super::verb::{ONE, Verb, base, signing, used};
use crate::elliptic::KINDS;
use crate::outside::{foreign, kept_key};
use crate::support::scope;

pub const VERBS: &[Verb] = &[
    Verb {
        name: "upload the certificate of a Base key",
        prepare: used,
        run: |manager| upload(manager, &base(), 0),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "upload the certificate of a Module key",
        prepare: used,
        run: |manager| upload(manager, &scope("REGISTRATION", ""), 1),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "upload the certificate of a signing key on a curve",
        prepare: |world| signing(world, 0),
        run: |manager| upload_again(manager, &scope("REGISTRATION", KINDS[0].1)),
        again: &[],
        counts: &[("REGISTRATION", KINDS[0].1, 1, 1)],
    },
    Verb {
        name: "upload the certificate of an Ed25519 key",
        prepare: |world| signing(world, 2),
        run: |manager| upload_again(manager, &scope("REGISTRATION", KINDS[2].1)),
        again: &[],
        counts: &[("REGISTRATION", KINDS[2].1, 1, 1)],
    },
    Verb {
        name: "keep the first certificate of another domain",
        prepare: used,
        run: |manager| {
            let certificate = elsewhere("First", 13);
            manager.upload_other_domain(&scope("PARTNER", "p"), certificate.der()).map(|key| vec![key.alias])
        },
        again: &[],
        // Sent in again it is another certificate, as it has another number.
        counts: &[("PARTNER", "p", 1, 2)],
    },
    Verb {
        name: "replace the certificate of another domain",
        prepare: |world| {
            used(world);
            let certificate = elsewhere("First", 13);
            world.manager.upload_other_domain(&scope("PARTNER", "p"), certificate.der()).unwrap();
        },
        run: |manager| {
            let certificate = elsewhere("Second", 13);
            manager.upload_other_domain(&scope("PARTNER", "p"), certificate.der()).map(|key| vec![key.alias])
        },
        again: &[Code::CertificateExists],
        counts: &[("PARTNER", "p", 2, 3)],
    },
];

fn elsewhere(name: &str, key: usize) -> Certificate {
    foreign(name, kept_key(key).public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
}

/// A certificate of another authority for the key that was made from this kept key.
fn upload(manager: &KeyManager, scope: &KeyScope, key: usize) -> Result<Vec<Alias>> {
    manager.upload_certificate(scope, elsewhere("Elsewhere", key).der()).map(|key| vec![key.alias])
}

/// The same for a key that is there, whichever it is.
fn upload_again(manager: &KeyManager, scope: &KeyScope) -> Result<Vec<Alias>> {
    let own = manager.certificate(scope)?.certificate;
    let certificate = foreign("Elsewhere", own.public_key(), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z");
    manager.upload_certificate(scope, certificate.der()).map(|key| vec![key.alias])
}
