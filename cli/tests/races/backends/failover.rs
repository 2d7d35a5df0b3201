//! A primary that is lost with a standby that was behind: what the token has and the records have not.

use std::collections::BTreeSet;

use serde_json::Value;

use super::place::{Place, address};
use crate::alone;
use crate::sandbox::Run;
use crate::server::Server;

const HERE: &str = "SELECT id FROM keymgr.key_alias";

/// STO-71: the keys of the last moments are lost with the primary; the doctor names those that are still on the token,
/// and removes the ones that are named to it.
#[test]
fn what_an_asynchronous_standby_never_got_is_found_by_the_doctor() {
    let _alone = alone();
    let primary = Server::start();
    let standby = primary.standby("");
    let database = primary.database();
    let place = Place::made(address(&[primary.port, standby.port], &database));
    place.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "A"]);
    let all = primary.sql(&database, "SELECT count(*) FROM keymgr.key_alias");
    while standby.sql(&database, "SELECT count(*) FROM keymgr.key_alias") != all {}
    // The line between the two is cut, and work goes on.
    standby.set(&[("primary_conninfo", "'host=127.0.0.1 port=1'")]);
    while primary.sql("postgres", "SELECT count(*) FROM pg_stat_replication") != "0" {}
    let module = place.ok(&["keys", "rotate", "--app", "REGISTRATION"]).document();
    let fresh = place.ok(&["keys", "generate", "--app", "KERNEL", "--ref", "SIGN"]).document();
    place.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "B"]);
    let made: BTreeSet<String> = [&module, &fresh]
        .into_iter()
        .flat_map(|document| document["generated"].as_array().unwrap())
        .map(|key| key["alias"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(made.len(), 2);
    let before: BTreeSet<String> = primary.sql(&database, HERE).lines().map(str::to_owned).collect();
    primary.kill();
    standby.promote();

    let after: BTreeSet<String> = standby.sql(&database, HERE).lines().map(str::to_owned).collect();
    let lost: BTreeSet<_> = before.difference(&after).cloned().collect();
    assert!(lost.len() == 3 && lost.is_superset(&made), "two keys of the token and a Base key: {lost:?}");
    let report = place.ok(&["doctor"]).document();
    assert_eq!(findings(&report, "master_key_orphan"), made, "{report}");
    // What was there before still works, and so does what comes: the scope that lost its key gets another one.
    for reference in ["A", "B"] {
        place.ok(&["keys", "certificate", "--app", "REGISTRATION", "--ref", reference]);
    }
    place.ok(&["keys", "generate", "--app", "KERNEL", "--ref", "SIGN"]);
    let mut repair = place.command(&["doctor", "--repair"]);
    repair.args(made.iter().flat_map(|alias| ["--remove", alias]));
    Run::of(repair.args(["--passphrase-file", "passphrase"])).expect(0);
    let report = place.ok(&["doctor"]).document();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{report}");

    // The other way: a token that was put back from an older copy lacks what the records name.
    let copy = place.sandbox.path("older");
    Run::of(std::process::Command::new("cp").arg("-r").arg(place.tokens()).arg(&copy)).expect(0);
    let newer = place.ok(&["keys", "rotate", "--app", "REGISTRATION"]).document();
    std::fs::remove_dir_all(place.tokens()).unwrap();
    std::fs::rename(&copy, place.tokens()).unwrap();
    let mut doctor = place.command(&["doctor"]);
    let report = Run::of(doctor.args(["--passphrase-file", "passphrase"])).expect(1).document();
    let newer = newer["generated"][0]["alias"].as_str().unwrap().to_owned();
    assert_eq!(findings(&report, "master_key_missing"), BTreeSet::from([newer]), "{report}");
}

/// The aliases that the report names under this code.
fn findings(report: &Value, code: &str) -> BTreeSet<String> {
    let of = report["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == code);
    of.map(|finding| finding["alias"].as_str().unwrap().to_owned()).collect()
}
