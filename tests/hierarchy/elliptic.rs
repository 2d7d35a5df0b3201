//! Elliptic signing keys of applications (HIE-100 to HIE-106).

use std::process::Command;
use std::sync::Arc;

use keymanager::certificate::{Certificate, CertificationRequest, DistinguishedName};
use keymanager::config::Config;
use keymanager::crypto::{HashAlgorithm, rustcrypto};
use keymanager::envelope::{Layout, OpenOptions, SealOptions};
use keymanager::error::{Code, Result};
use keymanager::id::{KeyScope, Thumbprint};
use keymanager::manager::{
    CsrRequest, DoctorOptions, Finding, FindingCode, GenerateRequest, Generated, KeyInfo, KeyLevel, KeyLocation,
    KeyState, sign_reference,
};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::random::KeySource;
use keymanager::store::memory::MemoryStore;
use keymanager::store::{Change, ChangeSet, KeyStore, Query, Record, Select};
use keymanager::testing::master::{SoftwareMaster, SoftwareMasterOptions};
use keymanager::time::Clock as _;

use super::outside::foreign;
use super::support::{KeptKeys, World, all_records, assert_consistent, provider, request, scope};

/// Kind, reference id, algorithm, where it lives.
pub const KINDS: [(KeyKind, &str, &str, KeyLocation); 3] = [
    (KeyKind::EcP256, "EC_SECP256R1_SIGN", "EC-P256", KeyLocation::Master),
    (KeyKind::EcSecp256k1, "EC_SECP256K1_SIGN", "EC-secp256k1", KeyLocation::Master),
    (KeyKind::Ed25519, "ED25519_SIGN", "Ed25519", KeyLocation::Store),
];

fn make(world: &World, scope: &KeyScope, kind: KeyKind, force: bool) -> Result<Generated> {
    world.manager.generate(&request(scope, kind, force))
}

fn only(generated: Generated) -> KeyInfo {
    assert_eq!((generated.generated.len(), generated.existing.len()), (1, 0));
    generated.generated.into_iter().next().unwrap()
}

/// A world with masters and the three signing keys of ID_REPO.
fn signing() -> World {
    let world = World::with_masters();
    for (kind, reference, ..) in KINDS {
        only(make(&world, &scope("ID_REPO", reference), kind, false).unwrap());
    }
    world
}

/// What the doctor finds, but for what time brings.
fn findings(world: &World) -> Vec<Finding> {
    let report = world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
    let times = [FindingCode::OutlivesIssuer, FindingCode::KeyDue, FindingCode::KeyEnded];
    report.findings.into_iter().filter(|finding| !times.contains(&finding.code)).collect()
}

/// HIE-100: level, place, issuer, name, validity, certificate.
#[test]
fn each_kind_has_its_place() {
    let world = World::with_masters();
    let root = world.current(&scope("ROOT", ""));
    let module = world.current(&scope("ID_REPO", ""));
    for (kind, reference, algorithm, location) in KINDS {
        assert_eq!(sign_reference(kind).unwrap().as_str(), reference);
        let scope = scope("ID_REPO", reference);
        let key = only(make(&world, &scope, kind, false).unwrap());
        let in_store = location == KeyLocation::Store;
        let above = if in_store { &module } else { &root };
        assert_eq!((key.level, key.algorithm.as_str(), key.location), (KeyLevel::Sign, algorithm, location));
        assert_eq!((key.issuer_alias.as_ref(), key.days_left), (Some(&above.alias), Some(1095)), "{reference}");
        let date = format!("ID_REPO_{reference}_11-25-2026");
        let ident = provider().hash.digest(HashAlgorithm::Sha1, date.as_bytes());
        assert_eq!(key.uni_ident, Some(keymanager::id::hex_upper(&ident)));
        // Found, not made again.
        let again = make(&world, &scope, kind, false).unwrap();
        assert_eq!((again.generated.len(), &again.existing), (0, &vec![key.clone()]));
        assert_eq!(world.current(&scope), key);

        let chain = world.manager.chain(&scope).unwrap();
        assert_eq!(chain.len(), if in_store { 3 } else { 2 });
        for pair in chain.windows(2) {
            for provider in [provider(), rustcrypto::provider()] {
                pair[0].verify_signed_by(&provider, &pair[1]).unwrap();
            }
        }
        let (leaf, subject) = (&chain[0], chain[0].subject().unwrap());
        assert_eq!(Some(leaf.thumbprint()), key.thumbprint);
        let name =
            if in_store { "ID_REPO-ED25519_SIGN".to_owned() } else { format!("www.mosip.io (ID_REPO-{reference})") };
        assert_eq!((subject.common_name, subject.organization.as_deref()), (Some(name), Some("IITB")));
        assert_eq!(leaf.is_ca(), !in_store);
        assert_eq!(world.manager.all_certificates(&scope).unwrap(), [(key.clone(), leaf.clone())]);
        assert!(world.manager.chain_pkcs7(&scope).unwrap().starts_with("-----BEGIN PKCS7-----\n"));

        let record = world.record(key.alias.as_str());
        assert_eq!(record.stored.is_some(), in_store);
        if let Some(stored) = record.stored {
            assert_eq!(stored.master, module.alias);
            // HIE-104: RSA block, splitter, PKCS#8 version 1 of 48 bytes, tag and IV, in base64url.
            assert_eq!(stored.private_key.len(), ((256 + 14 + 48 + 32) * 4usize).div_ceil(3));
        } else {
            assert_eq!(world.master.find(key.alias).unwrap().unwrap().kind, Some(kind));
        }
    }
    assert_consistent(&world, "signing keys");
    assert!(findings(&world).is_empty());
}

/// HIE-101, row by row, in upstream's order (mosip-observed A9; the replay has the service's own answers).
#[test]
fn what_is_refused_and_in_which_order() {
    let world = World::with_masters();
    world.policy("RESIDENT", |change| change.active = Some(false));
    world.policy("NOMASTER", |_| {});
    let (p256, k1, ed) = (KeyKind::EcP256, KeyKind::EcSecp256k1, KeyKind::Ed25519);
    for (app, reference, kind, code, mosip) in [
        ("NOBODY", "anything", p256, Code::ApplicationNotFound, "KER-KMS-002"),
        ("RESIDENT", "anything", ed, Code::PolicyInactive, "KER-KMS-002"),
        ("root", "EC_SECP256R1_SIGN", p256, Code::ApplicationNotFound, "KER-KMS-002"),
        ("ROOT", "EC_SECP256R1_SIGN", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ROOT", "ED25519_SIGN", ed, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "EC_SECP256K1_SIGN", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "EC_SECP256R1_SIGN", k1, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "EC_SECP256R1_SIGN", ed, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "ED25519_SIGN", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "ec_secp256r1_sign", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "ED25519_SIGN ", ed, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "  ", ed, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("KERNEL", "SIGN", p256, Code::SignReferenceNotAllowed, "KER-KMS-030"),
        ("ID_REPO", "EC_P384", KeyKind::EcP384, Code::Unsupported, "KER-KMS-004"),
        ("KERNEL", "ED25519_SIGN", ed, Code::GenerationNotAllowed, "KER-KMS-016"),
        ("NOMASTER", "ED25519_SIGN", ed, Code::KeyNotGenerated, "KER-KMS-012"),
        ("BASE", "EC_SECP256R1_SIGN", p256, Code::GenerationNotAllowed, "KER-KMS-016"),
        // The other verbs that make keys.
        ("ID_REPO", "ED25519_SIGN", KeyKind::Rsa2048, Code::ReferenceNotAllowed, "KER-KMS-010"),
        ("ID_REPO", "EC_SECP256R1_SIGN", KeyKind::Rsa2048, Code::ReferenceNotAllowed, "KER-KMS-010"),
        ("RESIDENT", "EC_SECP256R1_SIGN", KeyKind::Rsa2048, Code::PolicyInactive, "KER-KMS-002"),
        ("ID_REPO", "ED25519_SIGN", KeyKind::Aes256, Code::ReferenceNotAllowed, "KER-KMS-010"),
        ("ID_REPO", "EC_SECP256K1_SIGN", KeyKind::Aes256, Code::ReferenceNotAllowed, "KER-KMS-010"),
    ] {
        for force in [false, true] {
            let error = make(&world, &scope(app, reference), kind, force).unwrap_err();
            assert_eq!((error.code(), error.code().mosip_code()), (code, Some(mosip)), "{app}/{reference} {kind:?}");
        }
    }
    let nothing = World::new();
    for (app, reference, kind) in
        [("ID_REPO", "ED25519_SIGN", ed), ("KERNEL", "ED25519_SIGN", ed), ("ID_REPO", "EC_SECP256K1_SIGN", k1)]
    {
        assert_eq!(make(&nothing, &scope(app, reference), kind, false).unwrap_err().code(), Code::RootNotFound);
    }
    for (_, reference, _, location) in KINDS {
        // HIE-103.
        let of_ed = location == KeyLocation::Store;
        let scope = scope("ID_REPO", reference);
        let code = if of_ed { Code::GenerationNotAllowed } else { Code::KeyNotGenerated };
        assert_eq!(world.manager.certificate(&scope).unwrap_err().code(), code);
        assert_eq!(world.manager.chain(&scope).unwrap_err().code(), code);
        let csr = CsrRequest { scope: scope.clone(), subject: DistinguishedName::default() };
        assert_eq!(world.manager.generate_csr(&csr).unwrap_err().code(), code);
        assert_eq!(world.manager.encrypt(&scope, &SealOptions::default(), b"x").unwrap_err().code(), code);
        assert_eq!(world.manager.rotate(&scope).unwrap_err().code(), Code::KeyNotGenerated);
        assert_eq!(world.manager.revoke(&scope).unwrap_err().code(), Code::NoUniqueKey);
        assert_eq!(world.manager.upload_other_domain(&scope, b"x").unwrap_err().code(), Code::SignReferenceNotAllowed);
        assert!(world.all(&scope).is_empty());
    }
    // The Kernel has signing keys on curves, without a Module key.
    only(make(&world, &scope("KERNEL", "EC_SECP256R1_SIGN"), p256, false).unwrap());
    assert_consistent(&world, "after refusals");
}

/// HIE-103: due by the row BASE, renewed with what is above; HIE-26: the names.
#[test]
fn they_are_renewed_by_asking() {
    for (kind, reference, ..) in KINDS {
        let world = World::with_masters();
        let start = world.clock.now();
        let scope = scope("ID_REPO", reference);
        let subject = DistinguishedName { organization: Some("Asked".into()), ..DistinguishedName::default() };
        let asked = GenerateRequest { scope: scope.clone(), kind, force: false, subject };
        let first = only(world.manager.generate(&asked).unwrap());
        let edge = start.plus_days(1095 - 30);
        world.clock.set(edge);
        world.clock.forward(0, -1);
        assert_eq!(world.current(&scope).alias, first.alias, "1 µs before the window");
        world.clock.set(edge);
        assert_eq!(world.all(&scope)[0].state, KeyState::PreExpiry);
        let renewed = world.manager.certificate(&scope).unwrap();
        assert!(renewed.generated);
        assert_eq!((renewed.key.level, renewed.key.location), (KeyLevel::Sign, first.location));
        assert_eq!(renewed.key.algorithm, first.algorithm);
        let subject = renewed.certificate.subject().unwrap();
        let module = world.manager.certificate(&KeyScope::master(scope.app.clone())).unwrap();
        if kind == KeyKind::Ed25519 {
            // The Module key was due before it.
            assert_eq!(world.all(&module.key.scope).len(), 2);
            assert_eq!(renewed.key.issuer_alias, Some(module.key.alias));
            assert_eq!(subject.common_name.as_deref(), Some("ID_REPO-ED25519_SIGN"));
            assert_ne!(renewed.certificate.subject_der(), renewed.certificate.issuer_der());
        } else {
            assert_eq!(subject.organization.as_deref(), Some("Asked"));
        }
        // Long after, when Root is due too.
        world.clock.set(start.plus_days(4000));
        let late = world.manager.certificate(&scope).unwrap();
        let chain = world.manager.chain(&scope).unwrap();
        assert!(late.generated && chain.last().unwrap().not_after() > world.clock.now());
        assert_eq!(world.manager.all_certificates(&scope).unwrap().len(), 3);
        assert_consistent(&world, reference);
    }
}

/// HIE-50 to HIE-54, several times a day.
#[test]
fn force_rotation_and_revocation() {
    let world = signing();
    for (kind, reference, ..) in KINDS {
        let scope = scope("ID_REPO", reference);
        let first = world.current(&scope);
        let mut keys = vec![first];
        for turn in 0..4 {
            world.clock.forward(0, 1_000_000);
            let key = match turn {
                0 => only(make(&world, &scope, kind, true).unwrap()),
                1 => only(world.manager.rotate(&scope).unwrap()),
                2 => {
                    let revoked = world.manager.revoke(&scope).unwrap();
                    assert_eq!((&revoked.alias, revoked.state), (&keys[2].alias, KeyState::Revoked));
                    assert_eq!(world.manager.rotate(&scope).unwrap_err().code(), Code::NoUniqueKey);
                    world.clock.forward(0, 1_000_000);
                    // HIE-103: a certificate is made for whoever asks.
                    world.current(&scope)
                }
                _ => {
                    world.manager.revoke(&scope).unwrap();
                    world.clock.forward(0, 1_000_000);
                    only(make(&world, &scope, kind, false).unwrap())
                }
            };
            keys.push(key);
        }
        let all = world.all(&scope);
        assert_eq!(
            all.iter().map(|key| &key.alias).collect::<Vec<_>>(),
            keys.iter().map(|key| &key.alias).collect::<Vec<_>>()
        );
        let states: Vec<_> = all.iter().map(|key| key.state).collect();
        assert_eq!(states[..4], [KeyState::Revoked; 4]);
        assert_eq!(states[4], KeyState::Current);
        let idents: std::collections::BTreeSet<_> = all.iter().map(|key| key.uni_ident.clone().unwrap()).collect();
        assert_eq!(idents.len(), 5, "each has its own");
        assert!(all.iter().all(|key| key.algorithm == keys[0].algorithm && key.level == KeyLevel::Sign));
        assert_consistent(&world, reference);
    }
    assert!(findings(&world).is_empty());
}

/// A request for the key, verified; a certificate from outside in place of its own; another key's is refused.
#[test]
fn requests_and_certificates_from_outside() {
    let world = signing();
    for (_, reference, ..) in KINDS {
        let scope = scope("ID_REPO", reference);
        let before = world.manager.certificate(&scope).unwrap();
        let csr =
            world.manager.generate_csr(&CsrRequest { scope: scope.clone(), subject: DistinguishedName::default() });
        let csr = csr.unwrap();
        let parsed = CertificationRequest::parse(csr.pem().as_bytes()).unwrap();
        parsed.verify(&provider()).unwrap();
        assert_eq!(parsed.public_key(), before.certificate.public_key());
        let given = foreign("given", parsed.public_key(), "2026-11-01T00:00:00Z", "2028-11-01T00:00:00Z");
        let key = world.manager.upload_certificate(&scope, given.der()).unwrap();
        assert_eq!((key.alias, key.thumbprint), (before.key.alias.clone(), Some(given.thumbprint())));
        assert_eq!((key.level, key.location), (KeyLevel::Sign, before.key.location));
        assert_eq!(world.manager.certificate(&scope).unwrap().certificate, given);
        assert_eq!(world.manager.key(&before.key.thumbprint.unwrap().to_hex()).unwrap().alias, before.key.alias);
        let other = world.manager.certificate(&scope_of_another(reference)).unwrap().certificate;
        let error = world.manager.upload_certificate(&scope, other.der()).unwrap_err();
        assert_eq!(error.code(), Code::CertificateOfOtherKey);
        // A request for the same key is signed the same way after the upload.
        let again = world.manager.generate_csr(&CsrRequest { scope, subject: DistinguishedName::default() }).unwrap();
        assert_eq!(again.request.public_key(), given.public_key());
    }
    assert_consistent(&world, "uploads");
}

fn scope_of_another(reference: &str) -> KeyScope {
    let other = KINDS.iter().find(|(_, name, ..)| *name != reference).unwrap().1;
    scope("ID_REPO", other)
}

/// HIE-105.
#[test]
fn they_take_no_part_in_envelopes() {
    let world = signing();
    let base = scope("ID_REPO", "demographic_data");
    let made = world.manager.encrypt(&base, &SealOptions::default(), b"data").unwrap();
    let header = 6;
    for (_, reference, ..) in KINDS {
        let scope = scope("ID_REPO", reference);
        let error = world.manager.encrypt(&scope, &SealOptions::default(), b"data").unwrap_err();
        assert_eq!((error.code(), error.code().mosip_code()), (Code::RecipientKey, Some("KER-FSE-001")));
        let thumbprint: Thumbprint = world.current(&scope).thumbprint.unwrap();
        let mut names_it = made.envelope.clone();
        names_it[header..header + 32].copy_from_slice(thumbprint.as_bytes());
        let error = world.manager.decrypt(&base, &OpenOptions::default(), &names_it).unwrap_err();
        assert_eq!(error.code(), Code::DecryptionFailed, "{reference}: {error}");
        // Without a thumbprint all keys of the pair and of the application are tried.
        let mut without = made.envelope.clone();
        without.drain(header..header + 32);
        let options = OpenOptions { accept: vec![Layout::VerR2NoThumbprint], ..OpenOptions::default() };
        let error = world.manager.decrypt(&scope, &options, &without).unwrap_err();
        assert_eq!(error.code(), Code::DecryptionFailed, "{reference}: {error}");
    }
}

/// HIE-102: what 1.2.x left under such a reference id, an RSA key in the store.
#[test]
fn an_old_base_key_under_such_a_reference_id() {
    for (kind, reference, ..) in KINDS {
        let world = World::with_masters();
        let (old, place) = (scope("ID_REPO", "old"), scope("ID_REPO", reference));
        let made = world.manager.encrypt(&old, &SealOptions::default(), b"old data").unwrap();
        let found = world.store.find(Query::new(Select::KeyByAlias(made.key.alias.clone()))).unwrap().records.remove(0);
        let Record::Key(mut key) = found.record.clone() else { panic!("a key") };
        key.alias.scope = place.clone();
        let changes = vec![Change::Delete(found.record, found.version), Change::Insert(Record::Key(key))];
        world.store.apply(ChangeSet { expect_scopes: Vec::new(), changes }).unwrap();
        world.clock.forward(0, 1_000_000);

        let findings = findings(&world);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!((findings[0].code.as_str(), findings[0].alias.as_ref()), ("sign_key_kind", Some(&made.key.alias)));
        assert_eq!(make(&world, &place, kind, false).unwrap_err().code(), Code::GenerationNotAllowed);
        assert_eq!(world.all(&place).len(), 1);
        let new = match kind {
            KeyKind::Ed25519 => only(world.manager.rotate(&place).unwrap()),
            _ => only(make(&world, &place, kind, true).unwrap()),
        };
        assert_eq!((new.level, new.state), (KeyLevel::Sign, KeyState::Current));
        assert_eq!(world.current_count(&place), 1);
        let opened = world.manager.decrypt(&place, &OpenOptions::default(), &made.envelope).unwrap();
        assert_eq!(opened.plaintext, b"old data");
    }
}

/// HIE-106: nothing is begun that cannot be done. Ed25519 keys need no such backend.
#[test]
fn a_backend_without_curves() {
    let keys = Arc::new(KeptKeys::default());
    let source: Arc<dyn KeySource> = Arc::<KeptKeys>::clone(&keys);
    let master: Arc<dyn MasterKeys> =
        Arc::new(SoftwareMaster::new(provider(), source, SoftwareMasterOptions::WITHOUT_CURVES));
    let store: Arc<dyn KeyStore> = Arc::new(MemoryStore::new());
    let world = World::with(store, Some(master), Config::default());
    for app in ["ROOT", "ID_REPO"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    for (kind, reference, _, location) in KINDS {
        let made = make(&world, &scope("ID_REPO", reference), kind, false);
        match location {
            KeyLocation::Store => drop(only(made.unwrap())),
            _ => assert_eq!(made.unwrap_err().code(), Code::Unsupported),
        }
        assert!(all_records(world.store.as_ref(), Select::AllIntents).is_empty());
    }
    assert_consistent(&world, "no curves");
}

/// The key-generator job makes those that its list names.
#[test]
fn the_job_makes_them() {
    let mut config = Config::default();
    let scopes = |list: &[(&str, &str)]| list.iter().map(|(app, reference)| scope(app, reference)).collect::<Vec<_>>();
    config.hierarchy.generate = Some(scopes(&[
        ("ID_REPO", ""),
        ("ID_REPO", "EC_SECP256K1_SIGN"),
        ("ID_REPO", "EC_SECP256R1_SIGN"),
        ("ID_REPO", "ED25519_SIGN"),
    ]));
    config.hierarchy.generate_base = Some(Vec::new());
    let world = World::with(Arc::new(MemoryStore::new()), None, config);
    let made = world.manager.generate_all(&NoProgress).unwrap();
    let algorithms: Vec<_> = made.generated.iter().map(|key| key.algorithm.as_str()).collect();
    assert_eq!(algorithms, ["RSA-2048", "RSA-2048", "EC-secp256k1", "EC-P256", "Ed25519"]);
    assert_eq!(world.manager.generate_all(&NoProgress).unwrap().existing.len(), 5);
    assert_consistent(&world, "the job");

    // Among the Base keys they are out of place.
    let mut config = world.manager.config().clone();
    config.hierarchy.generate = Some(scopes(&[("ID_REPO", "")]));
    config.hierarchy.generate_base = Some(scopes(&[("ID_REPO", "EC_SECP256R1_SIGN")]));
    let world = World::with(Arc::new(MemoryStore::new()), None, config);
    let error = world.manager.generate_all(&NoProgress).unwrap_err();
    assert_eq!(error.code(), Code::GenerationNotAllowed);
}

fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").env("JAVA_TOOL_OPTIONS", "-Duser.language=en");
    let output = command.output().unwrap_or_else(|error| panic!("{program} must be there: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// OpenSSL verifies their chains and requests and shows them; keytool shows those that its JDK knows the curve of.
#[test]
fn openssl_and_keytool_read_them() {
    let world = signing();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pem = |certificates: &[Certificate]| certificates.iter().map(Certificate::to_pem).collect::<String>();
    for (kind, reference, _, location) in KINDS {
        let scope = scope("ID_REPO", reference);
        let chain = world.manager.chain(&scope).unwrap();
        let (leaf, rest) = chain.split_first().unwrap();
        let (root, between) = rest.split_last().unwrap();
        let [leaf_file, root_file, between_file, csr_file] = ["leaf", "root", "between", "csr"].map(path);
        std::fs::write(&leaf_file, leaf.to_pem()).unwrap();
        std::fs::write(&root_file, root.to_pem()).unwrap();
        std::fs::write(&between_file, pem(between)).unwrap();
        let at = world.clock.now().unix_seconds().to_string();
        let verify = ["verify", "-attime", &at, "-CAfile", &root_file];
        let more: &[&str] = if between.is_empty() { &[] } else { &["-untrusted", &between_file] };
        assert!(run("openssl", &[&verify[..], more, &[&leaf_file]].concat()).contains(": OK"));
        let text = run("openssl", &["x509", "-in", &leaf_file, "-noout", "-text"]);
        let (name, usage) = match kind {
            KeyKind::EcP256 => ("ASN1 OID: prime256v1", "Digital Signature, Certificate Sign"),
            KeyKind::EcSecp256k1 => ("ASN1 OID: secp256k1", "Digital Signature, Certificate Sign"),
            _ => ("Public Key Algorithm: ED25519", "Digital Signature\n"),
        };
        assert!(text.contains(name) && text.contains(usage), "{text}");
        assert!(text.contains("Signature Algorithm: sha256WithRSAEncryption"), "{text}");
        let of_a_ca = if location == KeyLocation::Store { "CA:FALSE" } else { "CA:TRUE, pathlen:1" };
        assert!(text.contains(of_a_ca), "{text}");

        let csr = world.manager.generate_csr(&CsrRequest { scope, subject: DistinguishedName::default() }).unwrap();
        std::fs::write(&csr_file, csr.pem()).unwrap();
        run("openssl", &["req", "-in", &csr_file, "-verify", "-noout"]);
        let public = run("openssl", &["req", "-in", &csr_file, "-pubkey", "-noout"]);
        assert_eq!(public, run("openssl", &["x509", "-in", &leaf_file, "-pubkey", "-noout"]), "one key");

        // The JDK has no secp256k1 since release 16.
        if kind != KeyKind::EcSecp256k1 {
            let shown = run("keytool", &["-printcert", "-file", &leaf_file]);
            let algorithm = if kind == KeyKind::EcP256 { "256-bit EC (secp256r1) key" } else { "Ed25519" };
            assert!(shown.contains(algorithm) && shown.contains("SHA256withRSA"), "{shown}");
            assert!(shown.contains("DigitalSignature"), "{shown}");
            let shown = run("keytool", &["-printcertreq", "-file", &csr_file]);
            assert!(shown.contains("PKCS #10"), "{shown}");
        }
    }
}
