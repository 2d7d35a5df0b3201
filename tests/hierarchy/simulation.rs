//! SIM-1: the simulation against the real key manager, on the same schedule.

use keymanager::hierarchy::simulate::{
    MAX_YEARS, ScriptAction, ScriptEvent, SimulationOptions, StepKind, random_script, schedule, simulate,
};
use keymanager::manager::KeyLevel;
use keymanager::master::KeyKind;
use keymanager::store::PolicyRow;
use keymanager::time::Clock;

use super::support::{World, provider, scope};

/// Short-lived keys, so that a few years have many of them: begin, expiry and issuer of every key are compared.
fn policies(world: &World) -> Vec<PolicyRow> {
    for row in world.manager.policies().unwrap() {
        let (validity, pre_expire) = match row.app.as_str() {
            "ROOT" => (400, 190),
            "BASE" => (90, 12),
            "PMS" => (150, 40),
            "REGISTRATION" => (180, 25),
            _ => (200, 30),
        };
        world.policy(row.app.as_str(), |change| {
            (change.validity_days, change.pre_expire_days) = (Some(validity), Some(pre_expire));
        });
    }
    world.manager.policies().unwrap()
}

fn compare(years: u16, seed: Option<u64>, every_days: u16) {
    let world = World::new();
    let mut options = SimulationOptions::new(policies(&world), world.clock.now(), years);
    options.app = Some(keymanager::id::AppId::new("REGISTRATION").unwrap());
    options.scopes =
        vec![scope("KERNEL", "SIGN"), scope("PMS", ""), scope("PMS", "partner"), scope("REGISTRATION", "x")];
    // A signing key under the Root key and one in the store, under the Module key.
    options.scopes.extend([scope("REGISTRATION", "EC_SECP256R1_SIGN"), scope("PMS", "ED25519_SIGN")]);
    options.demand.every_days = every_days;
    options.demand.second_of_day = Some(3600);
    if let Some(seed) = seed {
        options.script = random_script(&options, seed).unwrap();
        // What the sign pair and a base key meet in one day, and an event in a key's last second.
        for (hour, action) in [(4, ScriptAction::Revoke), (5, ScriptAction::Rotate), (6, ScriptAction::Revoke)] {
            for scope in [scope("KERNEL", "SIGN"), scope("REGISTRATION", "x")] {
                options.script.push(ScriptEvent { day: 77, second_of_day: hour * 3600, action, scope });
            }
        }
    }
    let report = simulate(&options).unwrap();
    let mut refused = 0;
    for step in schedule(&options).unwrap() {
        world.clock.set(step.at);
        let done = match step.kind {
            StepKind::Make if step.scope.reference.as_str().is_empty() || step.scope == scope("KERNEL", "SIGN") => {
                world.rsa(&step.scope, false).map(drop)
            }
            StepKind::Make => {
                let kind = match step.scope.reference.as_str() {
                    "IDENTITY_CACHE" => KeyKind::Aes256,
                    "EC_SECP256R1_SIGN" => KeyKind::EcP256,
                    "ED25519_SIGN" => KeyKind::Ed25519,
                    _ => KeyKind::Rsa2048,
                };
                world.manager.generate(&super::support::request(&step.scope, kind, false)).map(drop)
            }
            StepKind::Ask => world.manager.certificate(&step.scope).map(drop),
            StepKind::Rotate => world.manager.rotate(&step.scope).map(drop),
            StepKind::Revoke => world.manager.revoke(&step.scope).map(drop),
            other => panic!("{other:?}"),
        };
        if step.kind == StepKind::Ask {
            done.unwrap();
        } else {
            refused += usize::from(done.is_err());
        }
    }
    let said = report.events.iter().filter(|event| event.action.as_str() == "refused").count();
    assert_eq!(refused, said, "seed {seed:?}");
    assert_eq!(report.gaps, []);
    let mut compared = 0;
    for one in &report.scopes {
        let keys = world.all(&one.scope);
        let real: Vec<_> = keys.iter().map(|key| (key.not_before, key.not_after)).collect();
        let simulated: Vec<_> = one.keys.iter().map(|key| (Some(key.begins), Some(key.expires))).collect();
        assert_eq!(real, simulated, "{} with the seed {seed:?}", one.scope);
        for (key, span) in keys.iter().zip(&one.keys) {
            let Some((issuer, place)) = &span.issuer else { continue };
            // The kept keys come round, so an issuer is told by its signature, and not by who signs alike.
            let issuers = world.manager.all_certificates(issuer).unwrap();
            let certificate = world.manager.certificate_of(&key.thumbprint.unwrap()).unwrap().unwrap();
            certificate.verify_signed_by(&provider(), &issuers[*place].1).unwrap();
            if key.level == KeyLevel::Base {
                assert_eq!(key.issuer_alias.as_ref(), Some(&issuers[*place].0.alias), "{}", one.scope);
            }
        }
        compared += simulated.len();
    }
    assert!(compared > 5 * usize::from(years), "{compared} keys");
}

#[test]
fn the_simulation_makes_the_keys_that_the_key_manager_makes() {
    compare(3, None, 1);
}

#[test]
fn so_with_rotations_and_revocations() {
    for seed in [1, 2] {
        compare(2, Some(seed), 1);
    }
    compare(4, Some(3), 17);
}

#[test]
fn a_hundred_years_of_the_default_policy() {
    let world = World::new();
    let options = SimulationOptions::new(world.manager.policies().unwrap(), world.clock.now(), MAX_YEARS);
    let report = simulate(&options).unwrap();
    assert_eq!((report.gaps, report.overlaps), (vec![], vec![]));
}
