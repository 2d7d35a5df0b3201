//! Keys that are made ahead of time.

use keymanager::error::Code;
use keymanager::id::AppId;
use keymanager::progress::NoProgress;

use super::verb::{ONE, Verb, aliases, base, masters};
use crate::support::{World, scope};

pub const VERBS: &[Verb] = &[
    Verb {
        name: "fill the pool",
        prepare: masters,
        run: |manager| {
            let app = AppId::new("REGISTRATION").unwrap();
            manager.fill_pool(&app, 2, &NoProgress)?;
            manager.pool().map(|_| Vec::new())
        },
        again: &[],
        counts: &[("REGISTRATION", "", 1, 1)],
    },
    Verb {
        name: "a Base key from the pool",
        prepare: pooled,
        run: |manager| manager.certificate(&base()).map(|found| vec![found.key.alias]),
        again: &[],
        counts: ONE,
    },
    Verb {
        name: "rotate a Module key that has a pool",
        prepare: pooled,
        run: |manager| manager.rotate(&scope("REGISTRATION", "")).map(aliases),
        again: &[],
        counts: &[("REGISTRATION", "", 2, 3)],
    },
    Verb {
        name: "revoke a Module key that has a pool",
        prepare: pooled,
        run: |manager| manager.revoke(&scope("REGISTRATION", "")).map(|key| vec![key.alias]),
        again: &[Code::NoUniqueKey],
        counts: &[("REGISTRATION", "", 1, 1)],
    },
];

/// With ready keys.
pub fn pooled(world: &World) {
    masters(world);
    world.manager.fill_pool(&AppId::new("REGISTRATION").unwrap(), 2, &NoProgress).unwrap();
}
