//! Faults that only a file can have, and the rows of a running Java service.

use std::path::Path;
use std::sync::Arc;

use keymanager::config::Config;
use keymanager::manager::{DoctorOptions, Severity};
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::master::{KeyKind, MasterKeys};
use keymanager::progress::NoProgress;
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Schema};

use super::common::{alias, beyond_repair, codes, exactly, look, repair, repaired};
use super::support::{KeptKeys, TestClock, World, manager, provider, scope, vectors};

pub fn execute(path: &Path, sql: &str) {
    let changed = rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
}

/// Root, Module and three Base keys in a file.
pub fn in_a_file(path: &Path) -> World {
    let store: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(path).unwrap());
    store.prepare(Schema::KeyManager).unwrap();
    let world = World::with(store, None, Config::default());
    for (app, reference) in [("ROOT", ""), ("REGISTRATION", "")] {
        world.rsa(&scope(app, reference), false).unwrap();
    }
    for reference in ["1", "2", "3"] {
        world.current(&scope("REGISTRATION", reference));
    }
    world
}

#[test]
fn a_damaged_row_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    exactly(&world, &[]);
    let [one, two, three] = ["1", "2", "3"].map(|reference| world.current(&scope("REGISTRATION", reference)).alias);
    let root = world.current(&scope("ROOT", "")).alias;
    execute(&path, &format!("UPDATE key_alias SET key_gen_dtimes = 'long ago' WHERE id = '{root}'"));
    execute(&path, &format!("UPDATE key_alias SET cert_thumbprint = 'AB' WHERE id = '{one}'"));
    execute(&path, &format!("UPDATE key_store SET cr_dtimes = 'never' WHERE id = '{two}'"));
    execute(&path, &format!("UPDATE key_alias SET cert_thumbprint = NULL WHERE id = '{three}'"));
    let expected = [
        ("record_damaged", Some(&root)),
        ("record_damaged", Some(&one)),
        ("record_damaged", Some(&two)),
        ("thumbprint_missing", Some(&three)),
    ];
    exactly(&world, &expected);
    let report = repair(&world);
    assert_eq!(report.errors_left(), 3);
    assert_eq!(report.findings.iter().filter(|finding| finding.repaired).count(), 1);
    assert_eq!(look(&world).checked.records, 5);
    beyond_repair(&world, &expected[..3]);
}

#[test]
fn a_damaged_policy_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    execute(&path, "UPDATE key_policy_def SET key_validity_duration = 'long' WHERE app_id = 'PMS'");
    execute(&path, "UPDATE key_policy_def SET pre_expire_days = -1 WHERE app_id = 'RESIDENT'");
    let report = look(&world);
    assert_eq!(codes(&report), [("policy_invalid", None), ("record_damaged", None)], "{report:#?}");
}

#[test]
fn a_damaged_intent_hides_no_other_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    execute(&path, "INSERT INTO km_intent (alias, app_id, ref_id, begun) VALUES ('x', 'A', '', 'whenever')");
    execute(&path, "UPDATE key_policy_def SET pre_expire_days = -1 WHERE app_id = 'RESIDENT'");
    assert_eq!(codes(&look(&world)), [("policy_invalid", None), ("record_damaged", Some(&alias("x")))]);
}

/// STO-13c, DOC-4: the key that the damaged one names is guarded until it is cleared, and work goes on beside it.
#[test]
fn a_damaged_intent_stops_nothing_and_guards_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    let [guarded, begun] = ["guarded", "begun"].map(alias);
    for name in [&guarded, &begun] {
        world.master.create(name.clone(), KeyKind::Aes256).unwrap();
    }
    execute(&path, "INSERT INTO km_intent (alias, app_id, ref_id, begun) VALUES ('guarded', 'A', '', 'whenever')");
    let begins =
        "INSERT INTO km_intent (alias, app_id, ref_id, begun) VALUES ('begun', 'PMS', '', '2026-11-25 08:00:00')";
    execute(&path, begins);
    exactly(&world, &[("record_damaged", Some(&guarded)), ("intent_left", Some(&begun))]);
    // Keys are made, rotated and recovered beside it.
    world.manager.rotate(&scope("REGISTRATION", "1")).unwrap();
    world.rsa(&scope("PMS", ""), false).unwrap();
    world.manager.initialise(&[]).unwrap();
    assert!(world.master.find(begun).unwrap().is_none() && world.master.find(guarded.clone()).unwrap().is_some());
    repaired(&world, &[("record_damaged", Some(&guarded))]);
    assert!(world.master.find(guarded).unwrap().is_none());
}

#[test]
fn former_thumbprints_are_examined() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    let one = world.current(&scope("REGISTRATION", "1"));
    let two = world.current(&scope("REGISTRATION", "2"));
    let insert = |thumbprint: &str, alias: &str, until: &str| {
        execute(&path, &format!("INSERT INTO km_former_thumbprint VALUES ('{thumbprint}', '{alias}', '{until}')"));
    };
    let hex = |digit: &str| digit.repeat(64);
    let at = "2026-11-25 08:00:00";
    insert(&hex("A"), one.alias.as_str(), at);
    exactly(&world, &[]);
    // Its own again, which another program may have brought back, is no fault.
    insert(&one.thumbprint.unwrap().to_hex(), one.alias.as_str(), at);
    exactly(&world, &[]);
    insert(&hex("B"), "nobody", at);
    insert("short", two.alias.as_str(), at);
    insert(&hex("C"), "", at);
    insert(&hex("D"), one.alias.as_str(), "long ago");
    insert(&hex("A"), two.alias.as_str(), at);
    insert(&two.thumbprint.unwrap().to_hex(), one.alias.as_str(), at);
    let later = one.alias.clone().max(two.alias.clone());
    let nobody = alias("nobody");
    beyond_repair(
        &world,
        &[
            ("former_thumbprint_orphan", Some(&nobody)),
            ("record_damaged", None),
            ("record_damaged", Some(&one.alias)),
            ("record_damaged", Some(&two.alias)),
            ("thumbprint_shared", Some(&later)),
            ("thumbprint_shared", Some(&one.alias)),
        ],
    );
    // More rows than a page has, damaged ones among them, come once each.
    execute(
        &path,
        "INSERT INTO km_former_thumbprint WITH RECURSIVE n (x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 1099) \
         SELECT printf('%04d:x', x), 'nobody', '2026-11-25 08:00:00' FROM n",
    );
    let report = look(&world);
    assert_eq!(report.findings.len(), 1106);
}

#[test]
fn rows_of_old_releases_are_filled_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymanager.db");
    let world = in_a_file(&path);
    let ones = rusqlite::Connection::open(&path).unwrap();
    let idents = || -> Vec<(String, String)> {
        let mut statement = ones.prepare("SELECT uni_ident, cert_thumbprint FROM key_alias ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let before = idents();
    execute(&path, "UPDATE key_alias SET uni_ident = NULL, cert_thumbprint = NULL");
    let aliases: Vec<_> = look(&world).findings.into_iter().filter_map(|finding| finding.alias).collect();
    let expected: Vec<_> = aliases
        .iter()
        .enumerate()
        .map(|(index, alias)| (["thumbprint_missing", "uni_ident_missing"][index % 2], Some(alias)))
        .collect();
    assert_eq!(expected.len(), 10);
    repaired(&world, &expected);
    assert_eq!(idents(), before);
}

/// The key file and the rows of a running Java service, as they were.
#[test]
fn a_running_java_service_has_no_errors() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| std::fs::read(vectors().join("mosip/service/pkcs12").join(name)).unwrap();
    let path = folder.path().join("keymanager.db");
    let store = SqliteStore::create(&path).unwrap();
    store.prepare(Schema::KeyManager).unwrap();
    let dump = String::from_utf8(file("keymgr.sql")).unwrap();
    crate::dump::insert(&dump, &rusqlite::Connection::open(&path).unwrap());
    let keystore = folder.path().join("keymanager.p12");
    std::fs::write(&keystore, file("keystore.p12")).unwrap();
    std::fs::set_permissions(&keystore, std::fs::Permissions::from_mode(0o600)).unwrap();
    let clock = Arc::new(TestClock::at("2026-11-25T12:00:00Z"));
    let keys = Arc::new(KeptKeys::default());
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"throwaway-p12")).unwrap();
    let options = KeyFileOptions::new(
        provider(),
        Arc::new(SystemRandom),
        Arc::<KeptKeys>::clone(&keys),
        Arc::<TestClock>::clone(&clock),
    );
    let master: Arc<dyn MasterKeys> = Arc::new(KeyFile::open(&keystore, passphrase, options).unwrap());
    let store: Arc<dyn KeyStore> = Arc::new(store);
    let manager = manager(&store, &master, &clock, &keys, Config::default());
    let options = DoctorOptions { folders: vec![folder.path().to_owned()], ..DoctorOptions::default() };
    let report = manager.doctor(&options, &NoProgress).unwrap();
    assert!(report.checked.records > 25 && report.checked.tokens > 10, "{:?}", report.checked);
    // One Base key has a certificate of a partner's authority, as upstream's `uploadCertificate` allows.
    assert_eq!(codes(&report), [("issuer_unknown", report.findings[0].alias.as_ref())], "{:#?}", report.findings);
    assert_eq!(report.findings[0].severity, Severity::Info);
}
