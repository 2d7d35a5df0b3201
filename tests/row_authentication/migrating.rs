//! Rows that get their MAC (STO-92 to STO-95).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use keymanager::error::Code;
use keymanager::id::AppId;
use keymanager::manager::{MigrateOptions, PolicyChange};
use keymanager::progress::{NoProgress, Progress};
use keymanager::store::{KeyStore, Select};

use super::bench::{MAC_KEY, alias, config, here, on_each_database, on_each_store, open};
use super::support::all_records;

#[test]
fn rows_are_signed_once() {
    on_each_store(|bench| {
        bench.world.manager.generate_all(&NoProgress).unwrap();
        let sealed = bench.seal(&here(1));
        let store: &dyn KeyStore = bench.world.store.as_ref();
        let before = all_records(store, Select::AllKeys);
        let rows = before.len() + all_records(store, Select::AllPolicies).len();
        let report = bench.migrate(&[]);
        assert_eq!((report.signed, report.kept), (rows as u64, 0), "{}: {:?}", bench.name, report.refused);
        assert_eq!((report.refused.len(), report.made_key), (0, Some(alias(MAC_KEY))), "{}", bench.name);
        // Signing changes no row, nor its version.
        assert_eq!(all_records(store, Select::AllKeys), before, "{}", bench.name);
        assert!(store.capabilities().row_authentication);
        let again = bench.migrate(&[]);
        assert_eq!((again.signed, again.renewed, again.kept), (0, 0, rows as u64), "{}", bench.name);
        assert_eq!(again.made_key, None);
        // Now MACs can be demanded, also of what is made from now on.
        let strict = bench.with(config(&[MAC_KEY], true));
        open(&strict, &here(1), &sealed).unwrap();
        strict.certificate(&here(2)).unwrap();
        strict.rotate(&here(2)).unwrap();
    });
}

#[test]
fn a_store_that_demands_macs_can_be_signed() {
    on_each_store(|bench| {
        bench.world.manager.generate_all(&NoProgress).unwrap();
        let sealed = bench.seal(&here(1));
        let strict = bench.with(config(&[MAC_KEY], true));
        assert_eq!(open(&strict, &here(1), &sealed).unwrap_err().code(), Code::RowNotAuthentic, "{}", bench.name);
        let report = strict.migrate(&MigrateOptions::default(), &NoProgress).unwrap();
        assert_eq!(report.refused, [], "{}", bench.name);
        open(&strict, &here(1), &sealed).unwrap();
    });
}

#[test]
fn keys_for_macs_are_rotated() {
    on_each_store(|bench| {
        bench.signed();
        let sealed = bench.seal(&here(1));
        let both = bench.with(config(&["row-mac-2", MAC_KEY], true));
        // Both are read, and the new one writes.
        bench.world.master.create(alias("row-mac-2"), keymanager::master::KeyKind::Aes256).unwrap();
        open(&both, &here(1), &sealed).unwrap();
        both.certificate(&here(2)).unwrap();
        let new = bench.with(config(&["row-mac-2"], true));
        assert_eq!(open(&new, &here(1), &sealed).unwrap_err().code(), Code::RowNotAuthentic, "{}", bench.name);
        let report = both.migrate(&MigrateOptions::default(), &NoProgress).unwrap();
        assert_eq!((report.signed, report.kept, report.refused.len()), (0, 1, 0), "{}", bench.name);
        assert!(report.renewed > 20, "{}", bench.name);
        open(&new, &here(1), &sealed).unwrap();
        let old = bench.with(config(&[MAC_KEY], false));
        assert_eq!(open(&old, &here(1), &sealed).unwrap_err().code(), Code::RowNotAuthentic, "{}", bench.name);
    });
}

/// A process that ends at its so many-th step.
#[derive(Debug)]
struct Ends(AtomicU64);

impl Progress for Ends {
    fn advance(&self, _: u64, _: Option<u64>, _: &str) {
        assert!(self.0.fetch_sub(1, Ordering::SeqCst) > 0, "the process ends here");
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn what_was_interrupted_goes_on() {
    on_each_store(|bench| {
        let manager = &bench.world.manager;
        manager.generate_all(&NoProgress).unwrap();
        for number in 0..120 {
            let mut change = PolicyChange::new(AppId::new(format!("APP_{number}")).unwrap());
            change.validity_days = Some(700);
            manager.set_policy(&change).unwrap();
        }
        let ends = Ends(AtomicU64::new(130));
        let options = MigrateOptions::default();
        catch_unwind(AssertUnwindSafe(|| manager.migrate(&options, &ends))).unwrap_err();
        let report = bench.migrate(&[]);
        assert_eq!((report.kept, report.refused.len()), (100, 0), "{}", bench.name);
        assert!(report.signed > 40, "{}", bench.name);
        assert_eq!(bench.migrate(&[]).signed, 0, "{}", bench.name);
    });
}

#[test]
fn only_what_proves_itself_is_signed() {
    on_each_database(|bench| {
        bench.world.manager.generate_all(&NoProgress).unwrap();
        let (one, two) = (here(1), here(2));
        bench.seal(&one);
        bench.seal(&two);
        let (first, second) = (bench.alias_of(&one), bench.alias_of(&two));
        // The certificate of the second key beside the private key of the first.
        bench.sql(&format!(
            "UPDATE key_store SET certificate_data = (SELECT k.certificate_data FROM key_store k WHERE k.id = '{second}')
             WHERE id = '{first}';
             UPDATE key_alias SET cert_thumbprint = (SELECT a.cert_thumbprint FROM key_alias a WHERE a.id = '{second}')
             WHERE id = '{first}';"
        ));
        let report = bench.migrate(&[]);
        let refused: Vec<_> = report.refused.iter().map(|row| (row.id.as_str(), row.code)).collect();
        assert_eq!(refused, [(first.as_str(), Code::CertificateOfOtherKey)], "{}", bench.name);
        // Nor by name: it can never work.
        assert_eq!(bench.migrate(&[&first]).refused.len(), 1, "{}", bench.name);

        // A row that was signed and changed is signed again by name only.
        bench.sql(&format!("UPDATE key_alias SET cr_by = 'the Java service' WHERE id = '{second}'"));
        let report = bench.migrate(&[]);
        let of_second = report.refused.iter().find(|row| row.id == second).unwrap();
        assert_eq!((of_second.code, report.signed), (Code::RowNotAuthentic, 0), "{}", bench.name);
        let report = bench.migrate(&[&second]);
        assert_eq!((report.signed, report.refused.len()), (1, 1), "{}", bench.name);
    });
}
