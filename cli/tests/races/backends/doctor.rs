//! The doctor where master keys are on a token and records in a database: what is in one and not in the other, or is
//! not the same in both. Each fault is made by other programs, and is gone afterwards.

use std::process::{Command, Stdio};

use keymanager::certificate::Certificate;
use serde_json::Value;

use super::look::pkcs11_tool;
use super::place::Place;
use crate::alone;
use crate::sandbox::Run;
use crate::world::provider;

/// Root, Module and two Base keys, and a signing key.
fn filled() -> Place {
    let place = Place::ready();
    place.sandbox.write("plain", b"before");
    for reference in ["A", "B"] {
        let name = format!("{reference}.envelope");
        place.ok(&["encrypt", "--app", "REGISTRATION", "--ref", reference, "plain", "-o", &name]);
    }
    place.ok(&["keys", "generate", "--app", "KERNEL", "--ref", "SIGN"]);
    place
}

/// Everything is as it should be: the doctor finds nothing, and both Base keys open what was encrypted to them.
fn is_sound(place: &Place) {
    found(place, 0, &[]);
    for reference in ["A", "B"] {
        let name = format!("{reference}.envelope");
        place.ok(&["decrypt", "--app", "REGISTRATION", &name, "-o", "opened", "--force-overwrite"]);
        assert_eq!(place.sandbox.read("opened"), b"before");
    }
}

/// The doctor ends with `status`, and finds these and nothing else; what it found, as JSON.
#[track_caller]
fn found(place: &Place, status: i32, expected: &[(&str, &str)]) -> Vec<Value> {
    of(place, &["doctor"], status, expected)
}

#[track_caller]
fn of(place: &Place, arguments: &[&str], status: i32, expected: &[(&str, &str)]) -> Vec<Value> {
    let mut doctor = place.command(arguments);
    let report = Run::of(doctor.args(["--passphrase-file", "passphrase"])).expect(status).document();
    let findings = report["findings"].as_array().unwrap().clone();
    let mut seen: Vec<(&str, &str)> =
        findings.iter().map(|one| (one["code"].as_str().unwrap(), one["alias"].as_str().unwrap_or(""))).collect();
    seen.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(seen, expected, "{report}");
    findings
}

fn alias_of(place: &Place, scope: &str) -> String {
    let sql = "SELECT id FROM keymgr.key_alias WHERE app_id || '/' || coalesce(ref_id, '') = ";
    place.sql(&format!("{sql}'{scope}' ORDER BY key_gen_dtimes DESC, id LIMIT 1"))
}

/// The token as it is now, to be put back later.
fn copy_of_the_token(place: &Place) -> impl Fn() {
    let (tokens, copy) = (place.tokens(), place.sandbox.path("copy-of-the-token"));
    Run::of(Command::new("cp").arg("-r").arg(&tokens).arg(&copy)).expect(0);
    move || {
        std::fs::remove_dir_all(&tokens).unwrap();
        std::fs::rename(&copy, &tokens).unwrap();
    }
}

fn delete(place: &Place, kind: &str, alias: &str) {
    pkcs11_tool(place, &["--delete-object", "--type", kind, "--id", &hex::encode(alias)]);
}

/// Puts a certificate on the token in the place of the one that is there.
fn replace_certificate(place: &Place, alias: &str, der: &[u8]) {
    delete(place, "cert", alias);
    place.sandbox.write("other.der", der);
    let file = place.sandbox.path("other.der");
    let id = hex::encode(alias);
    pkcs11_tool(place, &["--write-object", file.to_str().unwrap(), "--type", "cert", "--id", &id, "--label", alias]);
}

fn certificate(place: &Place, app: &str, reference: &str) -> Vec<u8> {
    let mut arguments = vec!["keys", "certificate", "--app", app];
    arguments.extend(["--ref", reference].iter().filter(|_| !reference.is_empty()));
    let document = place.ok(&arguments).document();
    let pem = document["certificate_pem"].as_str().unwrap_or_else(|| panic!("{document}"));
    Certificate::parse(&provider(), pem.as_bytes()).unwrap().der().to_vec()
}

#[test]
fn rows_without_their_token_key_are_named_and_work_again_with_it() {
    let _alone = alone();
    let place = filled();
    is_sound(&place);
    let module = alias_of(&place, "REGISTRATION/");
    let (a, b) = (alias_of(&place, "REGISTRATION/A"), alias_of(&place, "REGISTRATION/B"));
    let put_back = copy_of_the_token(&place);
    for kind in ["privkey", "cert"] {
        delete(&place, kind, &module);
    }
    let lost = [("master_key_missing", &*module), ("wrapping_key_missing", &*a), ("wrapping_key_missing", &*b)];
    for finding in found(&place, 1, &lost) {
        assert!(finding["severity"] == "error" && finding["repair"].is_null(), "{finding}");
    }
    // Nothing can be repaired, and repairing does no harm.
    of(&place, &["doctor", "--repair"], 1, &lost);
    put_back();
    is_sound(&place);
}

#[test]
fn token_keys_without_a_row_go_when_they_are_named() {
    let _alone = alone();
    let place = filled();
    let sign = alias_of(&place, "KERNEL/SIGN");
    assert_eq!(place.sql(&format!("DELETE FROM keymgr.key_alias WHERE id = '{sign}' RETURNING id")), sign);
    found(&place, 0, &[("master_key_orphan", &sign)]);
    of(&place, &["doctor", "--repair"], 0, &[("master_key_orphan", &sign)]);
    found(&place, 0, &[("master_key_orphan", &sign)]);
    let findings = of(&place, &["doctor", "--repair", "--remove", &sign], 0, &[("master_key_orphan", &sign)]);
    assert_eq!(findings[0]["repaired"], true);
    let listing = pkcs11_tool(&place, &["--list-objects"]).text();
    assert!(!listing.contains(&hex::encode(&sign)), "{listing}");
    is_sound(&place);
}

#[test]
fn certificates_that_differ_are_found_on_both_sides() {
    let _alone = alone();
    let place = filled();
    let module = alias_of(&place, "REGISTRATION/");
    let own = certificate(&place, "REGISTRATION", "");
    // The token has the certificate of another key.
    replace_certificate(&place, &module, &certificate(&place, "ROOT", ""));
    let mut doctor = place.command(&["doctor"]);
    let report = Run::of(doctor.args(["--passphrase-file", "passphrase"])).expect(1).document();
    let codes = report["findings"].as_array().unwrap().iter().filter(|one| one["alias"] == module.as_str());
    let codes: Vec<&str> = codes.map(|one| one["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"key_mismatch") && codes.contains(&"thumbprint_wrong"), "{report}");
    replace_certificate(&place, &module, &own);
    is_sound(&place);

    // The row has the certificate of another key.
    let (a, b) = (alias_of(&place, "REGISTRATION/A"), alias_of(&place, "REGISTRATION/B"));
    place.sql("CREATE TABLE keymgr.kept AS SELECT id, certificate_data FROM keymgr.key_store");
    let from = |table: &str, id: &str| {
        place.sql(&format!(
            "UPDATE keymgr.key_store SET certificate_data = (SELECT certificate_data FROM {table} WHERE id = '{id}') \
             WHERE id = '{a}'"
        ))
    };
    from("keymgr.kept", &b);
    found(&place, 1, &[("key_mismatch", &a), ("thumbprint_wrong", &a)]);
    of(&place, &["doctor", "--repair"], 1, &[("key_mismatch", &a), ("thumbprint_wrong", &a)]);
    from("keymgr.kept", &a);
    is_sound(&place);

    // Only the thumbprint is another's: that can be told, and is repaired, for a key of the token and one of the store.
    for alias in [&module, &a] {
        let other = "0".repeat(64);
        place.sql(&format!("UPDATE keymgr.key_alias SET cert_thumbprint = '{other}' WHERE id = '{alias}'"));
        let findings = of(&place, &["doctor", "--repair"], 0, &[("thumbprint_wrong", alias)]);
        assert_eq!(findings[0]["repaired"], true);
    }
    is_sound(&place);
}

#[test]
fn what_a_crash_between_token_and_database_left_is_cleared() {
    let _alone = alone();
    let place = filled();
    // The key is on the token, and its record never arrives: the database holds it up, and the process is killed.
    place.sql(
        "CREATE FUNCTION keymgr.held_up() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$; \
         CREATE TRIGGER held_up BEFORE INSERT ON keymgr.key_alias EXECUTE FUNCTION keymgr.held_up()",
    );
    let mut generate = place.command(&["keys", "generate", "--app", "PMS"]);
    generate.args(["--passphrase-file", "passphrase"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = generate.spawn().unwrap();
    const HELD: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while place.sql(&format!("SELECT count(*) {HELD}")) != "1" {
        assert!(child.try_wait().unwrap().is_none(), "it ended before its record was held up");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.sql(&format!("SELECT pg_terminate_backend(pid) {HELD}"));
    place.sql("DROP TRIGGER held_up ON keymgr.key_alias");
    let left = place.sql("SELECT alias FROM keymgr.km_intent");
    let on_the_token = || pkcs11_tool(&place, &["--list-objects"]).text().contains(&hex::encode(&left));
    assert!(on_the_token(), "the key {left} was made");
    // Looking changes nothing.
    for _ in 0..2 {
        found(&place, 0, &[("intent_left", &left)]);
        assert!(on_the_token());
    }
    let findings = of(&place, &["doctor", "--repair"], 0, &[("intent_left", &left)]);
    assert_eq!(findings[0]["repaired"], true);
    assert!(!on_the_token());
    assert_eq!(place.sql("SELECT count(*) FROM keymgr.km_intent"), "0");
    is_sound(&place);
    // The scope gets its key.
    place.ok(&["keys", "generate", "--app", "PMS"]);
    is_sound(&place);
}
