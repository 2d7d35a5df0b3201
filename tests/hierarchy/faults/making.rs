//! Keys that are made, and certificates and requests that make them.

use keymanager::certificate::DistinguishedName;
use keymanager::manager::{CsrRequest, KeyObjectRequest};
use keymanager::master::KeyKind;
use keymanager::progress::NoProgress;

use super::verb::{ONE, Verb, aliases, base, masters, stale, used};
use crate::elliptic::KINDS;
use crate::support::{request, scope};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "initialise",
        prepare: |_| {},
        run: |manager| manager.initialise(&[]).map(|()| Vec::new()),
        again: &[],
        counts: &[],
    },
    Verb {
        name: "initialise after a crash",
        prepare: stale,
        run: |manager| manager.initialise(&[]).map(|()| Vec::new()),
        again: &[],
        counts: &[("REGISTRATION", "", 0, 0)],
    },
    Verb {
        name: "generate all",
        prepare: stale,
        run: |manager| manager.generate_all(&NoProgress).map(aliases),
        again: &[],
        counts: &[("ROOT", "", 1, 1), ("KERNEL", "IDENTITY_CACHE", 1, 1), ("RESIDENT", "r", 1, 1)],
    },
    Verb {
        name: "generate the first keys",
        prepare: |_| {},
        run: |manager| {
            let mut made = Vec::new();
            for app in ["ROOT", "REGISTRATION"] {
                made.extend(aliases(manager.generate(&request(&scope(app, ""), KeyKind::Rsa2048, false))?));
            }
            let cache = request(&scope("RESIDENT", "CACHE"), KeyKind::Aes256, false);
            made.extend(aliases(manager.generate(&cache)?));
            made.push(manager.certificate(&base())?.key.alias);
            Ok(made)
        },
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "generate by force, after a crash",
        prepare: |world| {
            used(world);
            stale(world);
        },
        run: |manager| manager.generate(&request(&scope("REGISTRATION", ""), KeyKind::Rsa2048, true)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "generate the signing key",
        prepare: masters,
        run: |manager| manager.generate(&request(&scope("KERNEL", "SIGN"), KeyKind::Rsa2048, false)).map(aliases),
        again: &[],
        counts: &[("KERNEL", "SIGN", 1, 1)],
    },
    Verb {
        name: "generate a master key by force, and ask for its request",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            let (scope, object_type) = (scope("REGISTRATION", ""), "CSR".to_owned());
            let request = KeyObjectRequest { scope, object_type, force: true, subject };
            Ok(vec![manager.generate_master_key(&request)?.key().alias.clone()])
        },
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "generate an Ed25519 key, and ask for its certificate",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            let (scope, object_type) = (scope("REGISTRATION", KINDS[2].1), "CERTIFICATE".to_owned());
            let request = KeyObjectRequest { scope, object_type, force: false, subject };
            Ok(vec![manager.generate_ec_sign_key(&request)?.key().alias.clone()])
        },
        again: &[],
        counts: &[("REGISTRATION", "ED25519_SIGN", 1, 1)],
    },
    Verb {
        name: "generate elliptic signing keys",
        prepare: masters,
        run: |manager| {
            let mut made = Vec::new();
            for (kind, reference, ..) in KINDS {
                made.extend(aliases(manager.generate(&request(&scope("REGISTRATION", reference), kind, false))?));
            }
            Ok(made)
        },
        again: &[],
        counts: &[("REGISTRATION", "EC_SECP256R1_SIGN", 1, 1), ("REGISTRATION", "ED25519_SIGN", 1, 1)],
    },
    Verb {
        name: "generate a symmetric key by force",
        prepare: |world| {
            world.aes(&scope("RESIDENT", "CACHE"), false).unwrap();
        },
        run: |manager| manager.generate(&request(&scope("RESIDENT", "CACHE"), KeyKind::Aes256, true)).map(aliases),
        again: &[],
        counts: &[("RESIDENT", "CACHE", 2, 3)],
    },
    Verb {
        name: "certification request",
        prepare: masters,
        run: |manager| {
            let subject = DistinguishedName::default();
            manager.generate_csr(&CsrRequest { scope: base(), subject }).map(|csr| vec![csr.key.alias])
        },
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "certificate of a new Base key",
        prepare: masters,
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "certificate when all three levels are due",
        prepare: |world| {
            masters(world);
            world.clock.forward(1795, 0);
        },
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: &[("ROOT", "", 2, 2), ("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 1, 1)],
    },
];
