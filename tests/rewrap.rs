//! Thousands of Base keys are wrapped again, interrupted ten times, on the disk (docs/migration.md, MIG-13 and MIG-18).
//! `cargo xtask prove rewrap` runs it whole.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests may"
)]

#[path = "hierarchy/faulty.rs"]
mod faulty;
#[path = "hierarchy/openssl.rs"]
mod openssl;
#[path = "hierarchy/support.rs"]
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keymanager::config::Config;
use keymanager::envelope::{OpenOptions, SealOptions};
use keymanager::error::Code;
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::{KeyManager, RewrapOptions, RewrapReport};
use keymanager::master::MasterKeys;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::progress::{NoProgress, Progress};
use keymanager::random::SystemRandom;
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::store::sqlite::SqliteStore;
use keymanager::store::{KeyStore, Select};

use faulty::{Fault, FaultyMaster, FaultyStore, Plan};
use support::{KeptKeys, START, TestClock, World, manager, provider, scope};

/// How often the run is interrupted.
const INTERRUPTIONS: u64 = 10;

/// Cancels when so many keys are done.
#[derive(Debug)]
struct Until(u64, AtomicU64);

impl Progress for Until {
    fn advance(&self, done: u64, total: Option<u64>, _what: &str) {
        assert!(total.is_none_or(|total| done <= total));
        self.1.store(done, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

fn key_file(folder: &Path, name: &str, keys: &Arc<KeptKeys>) -> Arc<dyn MasterKeys> {
    let passphrase = Passphrase::new(SecretBytes::copy_from(b"a passphrase for tests")).unwrap();
    let source = Arc::<KeptKeys>::clone(keys);
    let clock = Arc::new(TestClock::at(START));
    let options = KeyFileOptions::new(provider(), Arc::new(SystemRandom), source, clock);
    Arc::new(KeyFile::create(&folder.join(name), passphrase, Some(10_000), options).unwrap())
}

fn rewrap(manager: &KeyManager, progress: &dyn Progress) -> keymanager::Result<RewrapReport> {
    manager.rewrap(&AppId::new("REGISTRATION").unwrap(), &RewrapOptions::default(), progress)
}

#[test]
fn many_keys_interrupted_ten_times() {
    let whole = std::env::var_os("KEYMANAGER_PROVE").is_some_and(|value| value == "whole");
    let count: u64 = if whole { 10_000 } else { 1_000 };
    let folder = tempfile::tempdir_in(if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "." }).unwrap();
    let keys = Arc::new(KeptKeys::default());
    let plan = Plan::new();
    let sqlite: Arc<dyn KeyStore> = Arc::new(SqliteStore::create(&folder.path().join("keymanager.db")).unwrap());
    let store = Arc::new(FaultyStore(Arc::clone(&sqlite), Arc::clone(&plan)));
    let inner = key_file(folder.path(), "keymanager.p12", &keys);
    let master = Arc::new(FaultyMaster(Arc::clone(&inner), Arc::clone(&plan)));
    let world = World::with(store, Some(master), Config::default());
    for app in ["ROOT", "REGISTRATION"] {
        world.rsa(&scope(app, ""), false).unwrap();
    }
    let module = scope("REGISTRATION", "");
    let former = world.current(&module).alias;
    let centres: Vec<KeyScope> = (0..count).map(|number| scope("REGISTRATION", &format!("{number:05}"))).collect();
    let seal = |centre: &KeyScope| {
        let text = centre.to_string();
        world.manager.encrypt(centre, &SealOptions::default(), text.as_bytes()).unwrap().envelope
    };
    let envelopes: Vec<Vec<u8>> = centres.iter().map(seal).collect();
    world.clock.forward(1, 0);
    world.manager.rotate(&module).unwrap();

    // Every other time it is cancelled, in between the process dies: before a call or after it, to store or master.
    let mut interruptions = 0;
    let step = count / (INTERRUPTIONS + 2);
    for round in 0..INTERRUPTIONS {
        let next = manager(&world.store, &world.master, &world.clock, &world.keys, Config::default());
        let outcome = if round % 2 == 0 {
            rewrap(&next, &Until(step, AtomicU64::new(0)))
        } else {
            let fault = if round % 4 == 1 { Fault::Death } else { Fault::DeathAfter };
            // Two calls to the master for a key (its abilities are asked for, too), one to the store for twenty.
            plan.arm(usize::try_from(step * 4 + round).unwrap(), fault);
            rewrap(&next, &NoProgress)
        };
        plan.disarm();
        let error = outcome.unwrap_err();
        assert!(error.code() == Code::Cancelled || error.code().exit_status() == 7, "{error}");
        interruptions += 1;
    }
    let started = std::time::Instant::now();
    let report = rewrap(&world.manager, &NoProgress).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    assert!(report.damaged.is_empty(), "{:?}", report.damaged);
    assert_eq!(report.rewrapped + report.kept, count);
    assert!(report.rewrapped > 0 && report.kept > 0, "{} and {}", report.rewrapped, report.kept);
    openssl::verify(report.signed.json(), report.signed.signature(), &report.signed.certificate().to_pem());
    let body: serde_json::Value = serde_json::from_slice(report.signed.json()).unwrap();
    assert_eq!(body["keys"].as_array().unwrap().len() as u64, count);

    // Nothing needs the former Module key, and every key opens what was made for it.
    assert!(support::all_records(sqlite.as_ref(), Select::KeysByMaster(former.clone())).is_empty());
    inner.remove(former).unwrap();
    for (centre, envelope) in centres.iter().zip(&envelopes) {
        let opened = world.manager.decrypt(centre, &OpenOptions::default(), envelope).unwrap();
        assert_eq!(opened.plaintext, centre.to_string().as_bytes());
    }
    println!(
        "rewrap: {count} Base keys, interrupted {interruptions} times; the last run wrapped {} and looked at {} in \
         {seconds:.1} s; the report verifies with OpenSSL, and every key opens{}",
        report.rewrapped,
        report.kept,
        if whole { "" } else { " (10,000 keys: cargo xtask prove rewrap)" },
    );
}
