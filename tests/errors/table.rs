//! A world with something of everything, and what a refusal must look like.

use std::fmt::Debug;

use keymanager::error::{Code, Result};
use keymanager::id::Alias;
use keymanager::manager::KeyManager;
use keymanager::store::{Change, ChangeSet, Select, Versioned};

use super::outside::{kept_key, valid};
use super::support::{World, all_records, scope};
use keymanager::crypto::PrivateKey as _;

/// Masters, and beside them: `IDLE`, whose policy is not active; `EMPTY`, which has a policy and no key; a symmetric key
/// `REGISTRATION`/`CACHE`; certificates of another domain `REGISTRATION`/`elsewhere` and `PARTNER`/`p`.
pub fn world() -> World {
    let world = World::with_masters();
    for app in ["IDLE", "EMPTY"] {
        world.policy(app, |change| change.active = Some(app != "IDLE"));
    }
    world.aes(&scope("REGISTRATION", "CACHE"), false).unwrap();
    let certificate = valid("Elsewhere", kept_key(13).public_key());
    for (app, reference) in [("REGISTRATION", "elsewhere"), ("PARTNER", "p")] {
        world.manager.upload_other_domain(&scope(app, reference), certificate.der()).unwrap();
    }
    world
}

/// `call` is refused with `code`, which is `mosip` in the Java service, and leaves no trace in store and backend.
pub fn refused<T: Debug>(
    world: &World,
    what: impl Debug,
    (code, mosip): (Code, &str),
    call: impl FnOnce(&KeyManager) -> Result<T>,
) {
    let before = traces(world);
    let error = call(&world.manager).expect_err(&format!("{what:?} is refused"));
    assert_eq!((error.code(), error.code().mosip_code()), (code, Some(mosip)), "{what:?}: {error}");
    assert_eq!(traces(world), before, "{what:?} leaves a trace");
}

fn traces(world: &World) -> (Vec<Versioned>, Vec<Versioned>, Vec<Alias>) {
    let find = |select| all_records(world.store.as_ref(), select);
    let entries = world.master.list(None).unwrap().entries;
    (find(Select::AllKeys), find(Select::AllIntents), entries.into_iter().map(|entry| entry.alias).collect())
}

/// Removes the rows of the Root key, as if there never had been one.
pub fn without_root(world: &World) {
    let rows = all_records(world.store.as_ref(), Select::KeysByScope(scope("ROOT", "")));
    let changes = rows.into_iter().map(|found| Change::Delete(found.record, found.version)).collect();
    world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
}
