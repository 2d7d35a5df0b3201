//! The next start of a service, in a process of its own: SoftHSM reads its configuration once in a process.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use keymanager::envelope::OpenOptions;
use keymanager::id::KeyScope;
use keymanager::manager::{DoctorOptions, KeyManager};
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::progress::NoProgress;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::postgres::{PostgresAddress, PostgresOptions, PostgresStore};
use keymanager::time::{FixedClock, Timestamp};

use super::place::{LABEL, MODULE, Place};
use crate::sandbox::{PASSPHRASE, Run};
use crate::server::PASSWORD;
use crate::world::provider;

/// What envelopes hold that the next start opens.
pub(super) const CONTENT: &[u8] = b"before";
/// How the names of their files end.
pub(super) const ENVELOPE: &str = ".envelope";

/// What a start found.
pub(super) struct Started {
    /// The doctor's findings, each with its alias.
    pub(super) findings: Vec<String>,
    /// The envelopes that were opened.
    pub(super) opened: usize,
}

/// Starts on what is left in `place`, lets the doctor look, and opens every envelope there.
pub(super) fn next_start(place: &Place) -> Started {
    let mut start = Command::new(std::env::current_exe().unwrap());
    start.args(["--exact", "--ignored", "--nocapture", "--test-threads=1", "backends::start::the_next_start_inside"]);
    start.env("TEST_STORE", &place.store).env("TEST_NOW", place.now.to_rfc3339());
    start.env("TEST_FOLDER", place.sandbox.folder()).env("SOFTHSM2_CONF", place.sandbox.path("softhsm2.conf"));
    let text = Run::of(&mut start).expect(0).text();
    let after = |word: &str| text.lines().filter_map(|line| Some(line.split_once(word)?.1.to_owned())).collect();
    let findings = after("finding: ");
    let opened: Vec<String> = after("opened: ");
    Started { findings, opened: opened[0].parse().unwrap() }
}

#[test]
#[ignore = "runs in a process of its own"]
fn the_next_start_inside() {
    let given = |name: &str| std::env::var(name).expect("hidden tests are started by the visible ones");
    let secret = |text: &str| SecretBytes::copy_from(text.as_bytes());
    let address = PostgresAddress::parse(&given("TEST_STORE")).unwrap();
    let store = PostgresStore::open(address, Some(secret(PASSWORD)), PostgresOptions::default()).unwrap();
    let pin = Passphrase::new(secret(PASSPHRASE)).unwrap();
    let token = Token::open(&TokenUri::of_label(MODULE, LABEL), pin, TokenOptions::new(provider())).unwrap();
    let clock = FixedClock(Timestamp::from_rfc3339(&given("TEST_NOW")).unwrap());
    let manager =
        KeyManager::builder().store(Arc::new(store)).master(Arc::new(token)).clock(Arc::new(clock)).build().unwrap();
    manager.initialise(&[]).unwrap();
    let report = manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
    for finding in report.findings {
        println!(
            "finding: {} {}",
            finding.code.as_str(),
            finding.alias.map(|alias| alias.to_string()).unwrap_or_default()
        );
    }
    println!("opened: {}", open_all(&manager, Path::new(&given("TEST_FOLDER"))));
}

fn open_all(manager: &KeyManager, folder: &Path) -> usize {
    let scope = KeyScope::new("REGISTRATION", "").unwrap();
    let mut opened = 0;
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.to_str().unwrap().ends_with(ENVELOPE) {
            let envelope = std::fs::read(&path).unwrap();
            let answer = manager.decrypt(&scope, &OpenOptions::default(), &envelope);
            let answer = answer.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
            assert_eq!(answer.plaintext, CONTENT, "{}", path.display());
            opened += 1;
        }
    }
    opened
}
