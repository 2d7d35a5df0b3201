//! Keys that are rotated and revoked, and those that are wrapped again.

use keymanager::error::Code;
use keymanager::id::AppId;
use keymanager::manager::RewrapOptions;
use keymanager::progress::NoProgress;

use super::pool::pooled;
use super::verb::{ONE, Verb, aliases, base, signing, used};
use crate::elliptic::KINDS;
use crate::support::scope;

pub const VERBS: &[Verb] = &[
    Verb {
        name: "rotate a signing key on a curve",
        prepare: |world| signing(world, 0),
        run: |manager| manager.rotate(&scope("REGISTRATION", KINDS[0].1)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", KINDS[0].1, 2, 3)],
    },
    Verb {
        name: "rotate an Ed25519 key",
        prepare: |world| signing(world, 2),
        run: |manager| manager.rotate(&scope("REGISTRATION", KINDS[2].1)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", KINDS[2].1, 2, 3)],
    },
    Verb {
        name: "rotate Root",
        prepare: used,
        run: |manager| manager.rotate(&scope("ROOT", "")).map(aliases),
        again: &[],
        counts: &[("ROOT", "", 2, 3)],
    },
    Verb {
        name: "rotate a Module key",
        prepare: used,
        run: |manager| manager.rotate(&scope("REGISTRATION", "")).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "rotate a Base key under a Module key that is due",
        prepare: |world| {
            used(world);
            world.policy("BASE", |change| change.pre_expire_days = Some(0));
            world.clock.forward(1036, 0);
        },
        run: |manager| manager.rotate(&base()).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 2, 3)],
    },
    Verb {
        name: "revoke a Base key",
        prepare: used,
        run: |manager| manager.revoke(&base()).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: ONE,
    },
    Verb {
        name: "revoke a Module key",
        prepare: used,
        run: |manager| manager.revoke(&scope("REGISTRATION", "")).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: ONE,
    },
    Verb {
        name: "rotate a signing key on secp256k1",
        prepare: |world| signing(world, 1),
        run: |manager| manager.rotate(&scope("REGISTRATION", KINDS[1].1)).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", KINDS[1].1, 2, 3)],
    },
    Verb {
        name: "revoke a signing key on a curve",
        prepare: |world| signing(world, 0),
        run: |manager| manager.revoke(&scope("REGISTRATION", KINDS[0].1)).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: &[("REGISTRATION", KINDS[0].1, 1, 1)],
    },
    Verb {
        name: "revoke an Ed25519 key",
        prepare: |world| signing(world, 2),
        run: |manager| manager.revoke(&scope("REGISTRATION", KINDS[2].1)).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: &[("REGISTRATION", KINDS[2].1, 1, 1)],
    },
    Verb {
        name: "wrap again to the current Module key",
        prepare: |world| {
            pooled(world);
            world.current(&base());
            world.clock.forward(1, 0);
            world.rsa(&scope("REGISTRATION", ""), true).unwrap();
        },
        run: |manager| {
            let app = AppId::new("REGISTRATION").unwrap();
            let report = manager.rewrap(&app, &RewrapOptions::default(), &NoProgress)?;
            assert!(report.damaged.is_empty(), "{:?}", report.damaged);
            Ok(vec![report.module])
        },
        again: &[],
        counts: &[("REGISTRATION", "", 2, 2), ("REGISTRATION", "a", 1, 1)],
    },
];
