use std::process::Command;

use keymanager::certificate::{Certificate, DistinguishedName};
use keymanager::config::Config;
use keymanager::error::Code;
use keymanager::manager::{GenerateRequest, Generated, KeyLevel, KeyLocation, KeyState, PolicyChange};
use keymanager::master::KeyKind;
use keymanager::progress::{NoProgress, Progress};
use keymanager::store::{Record, Select};
use keymanager::time::{Clock, Timestamp};

use super::support::{World, all_records, assert_consistent, request, scope};

fn scopes(generated: &[keymanager::manager::KeyInfo]) -> Vec<String> {
    generated.iter().map(|key| key.scope.to_string()).collect()
}

#[test]
fn the_job_makes_upstreams_keys_in_order_and_only_once() {
    let world = World::new();
    let Generated { generated, existing, .. } = world.manager.generate_all(&NoProgress).unwrap();
    assert!(existing.is_empty());
    assert_eq!(
        scopes(&generated),
        [
            "ROOT",
            "KERNEL/SIGN",
            "PRE_REGISTRATION",
            "REGISTRATION",
            "REGISTRATION_PROCESSOR",
            "ID_REPO",
            "KERNEL/IDENTITY_CACHE",
            "RESIDENT",
            "PMS",
            "ADMIN_SERVICES",
            "DIGITAL_CARD",
            "COMPLIANCE_TOOLKIT",
            "RESIDENT/mpartner-default-resident",
            "COMPLIANCE_TOOLKIT/COMP-FIR",
        ]
    );
    let levels: Vec<_> = generated.iter().map(|key| key.level).collect();
    assert_eq!(levels[..2], [KeyLevel::Root, KeyLevel::Sign]);
    assert_eq!((levels[6], levels[13]), (KeyLevel::Symmetric, KeyLevel::Base));
    assert_eq!(levels.iter().filter(|level| **level == KeyLevel::Module).count(), 9);
    assert_consistent(&world, "after the job");

    let again = world.manager.generate_all(&NoProgress).unwrap();
    assert!(again.generated.is_empty());
    assert_eq!(scopes(&again.existing), scopes(&generated));
    for (before, after) in generated.iter().zip(&again.existing) {
        assert_eq!(before, after);
    }
}

#[test]
fn the_job_follows_the_policy_and_the_configured_lists() {
    let world = World::new();
    world.policy("MINE", |_| {});
    world.policy("ADMIN_SERVICES", |change| change.active = Some(false));
    let made = scopes(&world.manager.generate_all(&NoProgress).unwrap().generated);
    assert!(made.contains(&"MINE".to_owned()) && !made.contains(&"ADMIN_SERVICES".to_owned()));

    let config = Config::from_toml(
        "[hierarchy]\ngenerate = [\"ROOT\", \"REGISTRATION\"]\ngenerate_base = [\"REGISTRATION:a_b\"]",
    )
    .unwrap();
    let world = World::with(std::sync::Arc::new(keymanager::store::memory::MemoryStore::new()), None, config);
    let made = scopes(&world.manager.generate_all(&NoProgress).unwrap().generated);
    assert_eq!(made, ["ROOT", "REGISTRATION", "REGISTRATION/a_b"]);

    let config = Config::from_toml("[hierarchy]\ngenerate = [\"REGISTRATION\", \"NOBODY\", \"PMS\"]").unwrap();
    let world = World::with(std::sync::Arc::new(keymanager::store::memory::MemoryStore::new()), None, config);
    let error = world.manager.generate_all(&NoProgress).unwrap_err();
    assert_eq!(error.code(), Code::ApplicationNotFound);
    assert!(error.detail().starts_with("NOBODY"), "{error}");
    assert_eq!(world.all(&scope("PMS", "")).len(), 0);
}

#[test]
fn the_job_can_be_cancelled_and_goes_on_later() {
    struct After(u64, std::sync::atomic::AtomicU64);
    impl Progress for After {
        fn advance(&self, done: u64, total: Option<u64>, what: &str) {
            assert!(Some(done) <= total && !what.is_empty());
            self.1.store(done, std::sync::atomic::Ordering::SeqCst);
        }
        fn cancelled(&self) -> bool {
            self.1.load(std::sync::atomic::Ordering::SeqCst) >= self.0
        }
    }
    let world = World::new();
    let error = world.manager.generate_all(&After(2, Default::default())).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    let rest = world.manager.generate_all(&NoProgress).unwrap();
    assert_eq!((rest.existing.len(), rest.generated.len()), (3, 11));
    assert_consistent(&world, "after cancelling");
}

#[test]
fn certificates_are_those_of_the_specification() {
    let world = World::with_masters();
    let centre = scope("REGISTRATION", "10001_110011");
    let base = world.manager.certificate(&centre).unwrap();
    assert!(base.generated);
    assert!(!world.manager.certificate(&centre).unwrap().generated);
    let name = |certificate: &Certificate| certificate.subject().unwrap().common_name.unwrap();
    let of = |app: &str, reference: &str| world.manager.certificate(&scope(app, reference)).unwrap();
    assert_eq!(name(&of("ROOT", "").certificate), "www.mosip.io (ROOT)");
    assert_eq!(name(&of("KERNEL", "SIGN").certificate), "www.mosip.io (KERNEL-SIGN)");
    assert_eq!(name(&of("REGISTRATION", "").certificate), "www.mosip.io (REGISTRATION)");
    assert_eq!(name(&base.certificate), "REGISTRATION-10001_110011");
    assert_eq!(base.certificate.subject().unwrap().organizational_unit.as_deref(), Some("MOSIP-TECH-CENTER"));

    let chain = world.manager.chain(&centre).unwrap();
    assert_eq!(chain.len(), 3);
    assert_eq!(world.manager.chain(&scope("KERNEL", "SIGN")).unwrap().len(), 2);
    assert_eq!(world.manager.chain(&scope("ROOT", "")).unwrap().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = chain
        .iter()
        .zip(["base.pem", "module.pem", "root.pem"])
        .map(|(certificate, name)| {
            let path = folder.path().join(name);
            std::fs::write(&path, certificate.to_pem()).unwrap();
            path
        })
        .collect();
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let path = |index: usize| files[index].to_str().unwrap();
    let when = (world.clock.now().unix_seconds() + 60).to_string();
    openssl(&["verify", "-attime", &when, "-CAfile", path(2), "-untrusted", path(1), path(0)]);
    for (index, constraints, usage) in [
        (0, "CA:FALSE", "Key Encipherment"),
        (1, "CA:TRUE, pathlen:1", "Digital Signature, Certificate Sign"),
        (2, "CA:TRUE, pathlen:2", "Digital Signature, Certificate Sign"),
    ] {
        let text = openssl(&["x509", "-in", path(index), "-noout", "-ext", "basicConstraints,keyUsage"]);
        assert!(text.contains(constraints) && text.contains(usage), "{text}");
    }
}

#[test]
fn rows_are_those_the_java_service_would_write() {
    let world = World::with_masters();
    let centre = scope("REGISTRATION", "10001_110011");
    let key = world.current(&centre);
    let record = world.record(key.alias.as_str());
    let module = world.current(&scope("REGISTRATION", ""));
    let now = world.clock.now();
    assert_eq!((record.alias.generated, record.alias.created), (Some(now), now));
    assert_eq!(record.alias.expires, Some(now.plus_days(1095)), "the application's own validity, not BASE's");
    assert_eq!(record.alias.created_by, "SYSTEM");
    // printf '%s' REGISTRATION_10001_110011_11-25-2026 | sha1sum
    assert_eq!(record.alias.uni_ident.as_deref(), Some(sha1("REGISTRATION_10001_110011_11-25-2026").as_str()));
    let stored = record.stored.unwrap();
    assert_eq!(stored.master, module.alias);
    assert!(stored.private_key.len() <= 2500 && stored.certificate_pem.ends_with("-----END CERTIFICATE-----\n"));
    assert_eq!((key.location, key.issuer_alias.clone()), (KeyLocation::Store, Some(module.alias.clone())));
    assert_eq!((key.state, key.days_left, key.algorithm.as_str()), (KeyState::Current, Some(1095), "RSA-2048"));

    let root = world.current(&scope("ROOT", ""));
    assert_eq!(module.issuer_alias.as_ref(), Some(&root.alias));
    assert_eq!(root.issuer_alias, None);
    assert_eq!(root.uni_ident.as_deref(), Some(sha1("ROOT__11-25-2026").as_str()));
    let cache = world.all(&scope("KERNEL", "IDENTITY_CACHE")).remove(0);
    assert_eq!((cache.level, cache.algorithm.as_str()), (KeyLevel::Symmetric, "AES-256"));
    assert_eq!((cache.thumbprint, cache.uni_ident.as_ref(), cache.days_left), (None, None, Some(1825)));
}

fn sha1(text: &str) -> String {
    use keymanager::crypto::HashAlgorithm;
    keymanager::id::hex_upper(&super::support::provider().hash.digest(HashAlgorithm::Sha1, text.as_bytes()))
}

#[test]
fn what_may_not_be_generated_is_not() {
    let world = World::with_masters();
    for (app, reference, code) in [
        ("ROOT", "x", Code::GenerationNotAllowed),
        ("root", "x", Code::GenerationNotAllowed),
        ("KERNEL", "x", Code::GenerationNotAllowed),
        ("Kernel", "x", Code::GenerationNotAllowed),
        ("PARTNER", "x", Code::GenerationNotAllowed),
        ("REGISTRATION", "ED25519_SIGN", Code::GenerationNotAllowed),
        ("REGISTRATION", "EC_SECP256K1_SIGN", Code::KeyNotGenerated),
        ("KERNEL", "IDENTITY_CACHE", Code::CertificateNotFound),
        ("NOBODY", "x", Code::ApplicationNotFound),
        ("NOBODY", "", Code::ApplicationNotFound),
        ("registration", "x", Code::ApplicationNotFound),
        ("kernel", "SIGN", Code::ApplicationNotFound),
        ("KERNEL", "", Code::KeyNotGenerated),
        ("BASE", "x", Code::KeyNotGenerated),
        ("BASE", "", Code::KeyNotGenerated),
    ] {
        let error = world.manager.certificate(&scope(app, reference)).unwrap_err();
        assert_eq!(error.code(), code, "{app}/{reference}: {error}");
        if code == Code::CertificateNotFound {
            continue;
        }
        let made = world.rsa(&scope(app, reference), false);
        match (app, reference) {
            ("KERNEL", "") => assert_eq!(made.unwrap().generated.len(), 1),
            ("BASE", "") => assert_eq!(made.unwrap_err().code(), Code::GenerationNotAllowed),
            (_, "ED25519_SIGN" | "EC_SECP256K1_SIGN") => {
                assert_eq!(made.unwrap_err().code(), Code::ReferenceNotAllowed)
            }
            _ => assert_eq!(made.unwrap_err().code(), code, "{app}/{reference}"),
        }
    }
    for kind in [KeyKind::Rsa3072, KeyKind::Rsa4096] {
        let error = world.manager.generate(&request(&scope("REGISTRATION", "x"), kind, false)).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
    }
    assert_consistent(&world, "after refusals");
}

#[test]
fn masters_are_never_made_by_asking_for_a_certificate() {
    let world = World::new();
    let ask = |app: &str, reference: &str| world.manager.certificate(&scope(app, reference)).unwrap_err().code();
    assert_eq!(ask("ROOT", ""), Code::KeyNotGenerated);
    assert_eq!(ask("REGISTRATION", ""), Code::KeyNotGenerated);
    assert_eq!(ask("KERNEL", "SIGN"), Code::KeyNotGenerated);
    assert_eq!(ask("REGISTRATION", "x"), Code::KeyNotGenerated);
    assert_eq!(world.rsa(&scope("REGISTRATION", ""), false).unwrap_err().code(), Code::RootNotFound);
    world.rsa(&scope("ROOT", " "), false).unwrap();
    assert_eq!(world.current(&scope("ROOT", "")).scope, scope("ROOT", ""), "a blank reference id is none");
    world.rsa(&scope("REGISTRATION", "   "), false).unwrap();
    assert_eq!(world.all(&scope("REGISTRATION", "")).len(), 1);
    world.policy("REGISTRATION", |change| change.active = Some(false));
    assert_eq!(world.rsa(&scope("REGISTRATION", ""), false).unwrap_err().code(), Code::PolicyInactive);
    assert_eq!(ask("REGISTRATION", ""), Code::PolicyInactive);
    assert_eq!(ask("REGISTRATION", "x"), Code::PolicyInactive);
    assert_consistent(&world, "after refusals");
}

#[test]
fn a_subject_that_was_asked_for() {
    let world = World::new();
    let subject = DistinguishedName {
        common_name: Some("Our Root".into()),
        country: Some("FR".into()),
        ..DistinguishedName::default()
    };
    let request = GenerateRequest { scope: scope("ROOT", ""), kind: KeyKind::Rsa2048, force: false, subject };
    world.manager.generate(&request).unwrap();
    let certificate = world.manager.certificate(&scope("ROOT", "")).unwrap().certificate;
    let subject = certificate.subject().unwrap();
    assert_eq!(subject.common_name.as_deref(), Some("Our Root"));
    assert_eq!((subject.country.as_deref(), subject.state.as_deref()), (Some("FR"), Some("KA")));
}

#[test]
fn symmetric_keys_keep_to_their_own_scopes() {
    let world = World::with_masters();
    let cache = scope("RESIDENT", "TRANSACTION_CACHE");
    assert_eq!(world.aes(&cache, false).unwrap().generated.len(), 1);
    assert_eq!(world.aes(&cache, false).unwrap().existing.len(), 1);
    assert_eq!(world.aes(&cache, true).unwrap().generated.len(), 1);
    assert_eq!(world.manager.certificate(&cache).unwrap_err().code(), Code::CertificateNotFound);
    assert_eq!(world.rsa(&cache, true).unwrap_err().code(), Code::GenerationNotAllowed);
    let base = scope("RESIDENT", "mpartner-default-resident");
    assert_eq!(world.aes(&base, false).unwrap_err().code(), Code::GenerationNotAllowed);
    let zk = scope("KERNEL", "IDENTITY_CACHE");
    assert_eq!(world.aes(&zk, false).unwrap().existing.len(), 1);
    for refused in [world.aes(&zk, true).map(|_| ()), world.manager.rotate(&zk).map(|_| ())] {
        assert_eq!(refused.unwrap_err().code(), Code::RewrapNeeded);
    }
    assert_eq!(world.manager.revoke(&zk).unwrap_err().code(), Code::RewrapNeeded);
    world.clock.forward(4000, 0);
    assert_eq!(world.aes(&zk, false).unwrap_err().code(), Code::RewrapNeeded, "not made anew when it has expired");
    assert_consistent(&world, "after symmetric keys");
}

#[test]
fn a_policy_under_which_no_key_would_ever_be_used_makes_none() {
    let world = World::with_masters();
    world.policy("REGISTRATION", |change| (change.validity_days, change.pre_expire_days) = (Some(30), Some(1)));
    let error = world.manager.certificate(&scope("REGISTRATION", "x")).unwrap_err();
    assert_eq!(error.code(), Code::GenerationNotAllowed, "BASE makes it due 30 days before its end");
    world.policy("REGISTRATION", |change| change.validity_days = Some(31));
    assert_eq!(world.current(&scope("REGISTRATION", "x")).days_left, Some(31));
}

#[test]
fn policy_changes_hold_at_once_and_seed_rows_stay() {
    let world = World::new();
    assert_eq!(world.manager.policies().unwrap().len(), 12);
    world.policy("NEW", |_| {});
    let row = world.manager.policy(&keymanager::id::AppId::new("NEW").unwrap()).unwrap();
    assert_eq!((row.validity_days, row.pre_expire_days, row.active), (Some(1095), Some(60), true));
    world.policy("ROOT", |change| change.validity_days = Some(3000));
    world.manager.initialise(&[]).unwrap();
    let root = world.manager.policy(&keymanager::id::AppId::new("ROOT").unwrap()).unwrap();
    assert_eq!(root.validity_days, Some(3000), "initialising again changes nothing");
    let missing = world.manager.policy(&keymanager::id::AppId::new("NOPE").unwrap()).unwrap_err();
    assert_eq!(missing.code(), Code::ApplicationNotFound);
    let bad = PolicyChange { validity_days: Some(0), ..PolicyChange::new(keymanager::id::AppId::new("X").unwrap()) };
    assert_eq!(world.manager.set_policy(&bad).unwrap_err().code(), Code::InvalidArgument);
    let records = all_records(world.store.as_ref(), Select::AllPolicies);
    assert!(records.iter().all(|found| matches!(found.record, Record::Policy(_))));
    assert!(world.clock.now() > Timestamp::UNIX_EPOCH);
}

#[test]
fn no_key_is_made_that_is_due_as_it_begins() {
    let world = World::with_masters();
    let cache = scope("RESIDENT", "CACHE");
    // HIE-24: cut at the end of the year 9999, such a key would be due 30 days earlier, and every call make another.
    world.clock.set(Timestamp::from_rfc3339("9999-12-15T00:00:00Z").unwrap());
    for _ in 0..2 {
        assert_eq!(world.aes(&cache, false).unwrap_err().code(), Code::GenerationNotAllowed);
        world.clock.forward(0, 1);
    }
    world.clock.set(Timestamp::from_rfc3339("9999-11-25T00:00:00Z").unwrap());
    world.aes(&cache, false).unwrap();
    assert_eq!(world.all(&cache).len(), 1);
}
