//! Stores that move while master keys stay on a token: from the database to a file and back, and by way of a backup.
//! Each is cancelled and killed on the way, done again, and checked with OpenSSL and psql.

use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::place::{Place, address};
use crate::alone;
use crate::sandbox::{PASSPHRASE, Run};
use crate::server;

/// Rows beside those of the keys that are used: enough for many change sets.
const MANY: usize = 2000;
/// What a copy has of each key, as both databases write it.
const CONTENT: &str = "id || '|' || private_key || '|' || certificate_data || '|' || master_key";
/// What our processes wait in.
const ASLEEP: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

/// Root, Module and a Base key with an envelope to it.
fn filled() -> Place {
    let place = Place::ready();
    place.sandbox.write("plain", b"before");
    place.ok(&["encrypt", "--app", "REGISTRATION", "--ref", "A", "plain", "-o", "envelope"]);
    place
}

/// The Base key opens what was encrypted to it, with this store and the token.
fn opens(place: &Place, store: &str) {
    let decrypt = ["decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened", "--force-overwrite"];
    place.ok(&[&["--store", store], &decrypt[..]].concat());
    assert_eq!(place.sandbox.read("opened"), b"before");
    place.ok(&["--store", store, "keys", "certificate", "--app", "REGISTRATION", "--ref", "new here"]);
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    let mut command = place.command(arguments);
    command.args(["--passphrase-file", "passphrase"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until it holds; the process must not end before.
fn until(child: &mut Child, mut holds: impl FnMut() -> bool) {
    while !holds() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
    }
}

fn end_with(child: &mut Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
    assert!(!child.wait().unwrap().success());
}

/// The signature verifies, the certificate is the Root's, and the text is what it is about, all by OpenSSL.
fn verify(place: &Place, name: &str) {
    place.ok(&["keys", "certificate", "--app", "ROOT", "-o", "root.pem", "--force-overwrite"]);
    let check = format!(
        "set -e; openssl x509 -in {name}.pem -noout -pubkey > signer.key; \
         openssl dgst -sha256 -verify signer.key -signature {name}.sig {name}; \
         openssl verify -no_check_time -partial_chain -CAfile root.pem {name}.pem"
    );
    Run::of(Command::new("bash").args(["-c", &check]).current_dir(place.sandbox.folder())).expect(0);
}

/// `key_alias` in the document of a copy: copied, present.
fn counts(document: &Value) -> (usize, usize) {
    let keys = document["tables"].as_array().unwrap().iter().find(|table| table["table"] == "key_alias").unwrap();
    let number = |name: &str| usize::try_from(keys[name].as_u64().unwrap()).unwrap();
    (number("copied"), number("present"))
}

fn in_file(file: &Connection, sql: &str) -> Vec<String> {
    let Ok(mut statement) = file.prepare(sql) else { return Vec::new() };
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn stores_go_from_database_to_file_and_back() {
    let _alone = alone();
    let place = filled();
    place.sql(&format!(
        "INSERT INTO keymgr.key_alias SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'copy-' || n, \
         'ref_id', 'C' || n, 'uni_ident', NULL, 'cert_thumbprint', lpad(n::text, 64, '0')))).* \
         FROM keymgr.key_alias a, generate_series(1, {MANY}) n WHERE a.ref_id = 'A'; \
         INSERT INTO keymgr.key_store SELECT (jsonb_populate_record(k, jsonb_build_object('id', 'copy-' || n))).* \
         FROM keymgr.key_store k JOIN keymgr.key_alias a USING (id), generate_series(1, {MANY}) n WHERE a.ref_id = 'A'"
    ));
    let all = MANY + 3;

    // To the file. The process is killed while somebody else holds the file, between two change sets.
    let copy = ["store", "copy", "--to", "sqlite:there.db"];
    let mut child = start(&place, &copy);
    let path = place.sandbox.path("there.db");
    until(&mut child, || path.exists());
    let file = Connection::open(&path).unwrap();
    file.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    let there = || in_file(&file, "SELECT id FROM key_alias").len();
    until(&mut child, || there() >= 50);
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    end_with(&mut child, Signal::KILL);
    file.execute_batch("ROLLBACK").unwrap();
    let left = there();
    assert!(left >= 50 && left < all, "{left}");
    let done = place.ok(&[&copy[..], &["--report", "out.json"]].concat()).document();
    assert_eq!(counts(&done), (all - left, left));
    verify(&place, "out.json");
    let rows = place.sql(&format!("SELECT {CONTENT} FROM keymgr.key_store ORDER BY id COLLATE \"C\""));
    assert_eq!(in_file(&file, &format!("SELECT {CONTENT} FROM key_store ORDER BY id")).join("\n"), rows);
    the_report_is_about(&place, "out.json");
    drop(file);

    // And back, into another database. First a signal: the change set that is under way is finished, and no other.
    let (other, store) = new_database();
    let sql = |text: &str| server::shared().sql(&other, text);
    place.ok(&["--store", &store, "init"]);
    let there = || sql("SELECT count(*) FROM keymgr.key_alias").parse::<usize>().unwrap();
    sql("CREATE FUNCTION keymgr.held_up() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF (SELECT count(*) FROM keymgr.key_alias) >= 50 THEN PERFORM pg_sleep(0.02); END IF; RETURN NEW; END $$; \
         CREATE TRIGGER held_up BEFORE INSERT ON keymgr.key_alias FOR EACH ROW EXECUTE FUNCTION keymgr.held_up()");
    let back = ["store", "copy", "--from", "sqlite:there.db", "--to", &store];
    let mut child = start(&place, &back);
    until(&mut child, || there() >= 50);
    end_with(&mut child, Signal::INT);
    let cancelled = there();
    assert!(cancelled >= 50 && cancelled < all && cancelled % 50 == 0, "{cancelled}");
    // Then it is killed in the midst of a change set, which the server undoes.
    sql(&format!("ALTER TABLE keymgr.key_alias DISABLE TRIGGER ALL; {}", slow_for_ever()));
    let mut child = start(&place, &back);
    until(&mut child, || sql(&format!("SELECT count(*) {ASLEEP}")) == "1");
    end_with(&mut child, Signal::KILL);
    sql(&format!("SELECT pg_terminate_backend(pid) {ASLEEP}"));
    sql("DROP TRIGGER for_ever ON keymgr.key_store");
    assert_eq!(there(), cancelled);
    let done = place.ok(&[&back[..], &["--report", "back.json"]].concat()).document();
    assert_eq!(counts(&done), (all - cancelled, cancelled));
    verify(&place, "back.json");
    assert_eq!(sql(&format!("SELECT {CONTENT} FROM keymgr.key_store ORDER BY id COLLATE \"C\"")), rows);
    the_report_is_about(&place, "back.json");
    for store in ["sqlite:there.db", &store] {
        opens(&place, store);
    }
}

/// The n-th row of the next change set is never written.
fn slow_for_ever() -> &'static str {
    "CREATE FUNCTION keymgr.for_ever() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$; \
     CREATE TRIGGER for_ever BEFORE INSERT ON keymgr.key_store FOR EACH ROW EXECUTE FUNCTION keymgr.for_ever()"
}

/// Whoever has the database can compare (MIG-4): psql makes the same digests.
fn the_report_is_about(place: &Place, name: &str) {
    let report: Value = serde_json::from_slice(&place.sandbox.read(name)).unwrap();
    let mut digests: Vec<String> = report["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|key| Some(format!("{} {}", key["alias"].as_str()?, key["private_key_sha256"].as_str()?)))
        .collect();
    digests.sort_unstable();
    let by_psql = place.sql(
        "SELECT id || ' ' || upper(encode(sha256(convert_to(private_key, 'UTF8')), 'hex')) FROM keymgr.key_store \
         ORDER BY id COLLATE \"C\"",
    );
    assert_eq!(digests.join("\n"), by_psql);
}

fn new_database() -> (String, String) {
    let database = server::shared().database();
    let store = address(&[server::shared().port], &database);
    (database, store)
}

#[test]
fn a_backup_of_a_database_is_put_back_into_another() {
    let _alone = alone();
    let place = filled();
    let create = ["backup", "create", "backup.tar", "--open"];
    // Somebody keeps the table meanwhile; nothing of an archive is there when it is cancelled or killed.
    for signal in [Signal::INT, Signal::KILL] {
        std::thread::scope(|threads| {
            let keeps = threads.spawn(|| {
                place.sql(
                    "DO $$ BEGIN LOCK TABLE keymgr.key_alias; PERFORM pg_sleep(600); \
                     EXCEPTION WHEN query_canceled THEN NULL; END $$",
                )
            });
            while place.sql(&format!("SELECT count(*) {ASLEEP}")) != "1" {}
            let mut child = start(&place, &create);
            let waits =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            until(&mut child, || place.sql(waits) != "0");
            // A signal ends it when the call that is under way has its answer.
            kill_process(Pid::from_child(&child), signal).unwrap();
            place.sql(&format!("SELECT pg_cancel_backend(pid) {ASLEEP}"));
            keeps.join().unwrap();
            assert!(!child.wait().unwrap().success());
        });
        assert!(!place.sandbox.path("backup.tar").exists());
    }
    let made = place.ok(&create).document();
    assert_eq!((&made["key_file"], &made["keys"], &made["opened"]), (&false.into(), &3.into(), &1.into()), "{made}");
    let untar = ["-xf", "backup.tar", "manifest.json", "manifest.json.sig", "manifest.json.pem"];
    Run::of(Command::new("tar").args(untar).current_dir(place.sandbox.folder())).expect(0);
    verify(&place, "manifest.json");

    // The database is lost, and the token is not.
    place.ok(&["--store", "sqlite:restored.db", "backup", "restore", "backup.tar"]);
    let (database, store) = new_database();
    place.ok(&["--store", &store, "init"]);
    let copied = place.ok(&["store", "copy", "--from", "sqlite:restored.db", "--to", &store]).document();
    assert_eq!(counts(&copied), (3, 0));
    let rows = format!("SELECT {CONTENT} FROM keymgr.key_store ORDER BY id COLLATE \"C\"");
    assert_eq!(server::shared().sql(&database, &rows), place.sql(&rows));
    let mut doctor = place.command(&["--store", &store, "doctor"]);
    let report = Run::of(doctor.env("KEYMANAGER_PASSPHRASE", PASSPHRASE)).expect(0).document();
    assert_eq!(report["findings"], serde_json::json!([]));
    opens(&place, &store);
}
