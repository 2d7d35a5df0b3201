//! What somebody with the password of the database can do, and what becomes of it (STO-86 to STO-91).

use keymanager::error::Code;
use keymanager::manager::{DoctorOptions, FindingCode, KeyFilter};
use keymanager::progress::NoProgress;

use super::bench::{Bench, alias, config, here, on_each_database, on_each_store, open};
use super::support::scope;

/// Two Base keys with an envelope for each.
fn two_keys(bench: &Bench) -> [(String, Vec<u8>); 2] {
    bench.signed();
    [1, 2].map(|number| {
        let sealed = bench.seal(&here(number));
        bench.opens(&here(number), &sealed);
        (bench.alias_of(&here(number)), sealed)
    })
}

#[test]
fn two_rows_that_were_swapped_are_refused() {
    on_each_database(|bench| {
        let [(one, sealed_one), (two, sealed_two)] = two_keys(bench);
        // Private key, certificate and thumbprint together: each row is sound in itself, under the name of the other.
        bench.sql(&format!(
            "CREATE TABLE halves AS SELECT id, private_key, certificate_data FROM key_store;
             CREATE TABLE prints AS SELECT id, cert_thumbprint FROM key_alias;
             UPDATE key_alias SET cert_thumbprint = (SELECT p.cert_thumbprint FROM prints p WHERE p.id = '{two}') WHERE id = '{one}';
             UPDATE key_alias SET cert_thumbprint = (SELECT p.cert_thumbprint FROM prints p WHERE p.id = '{one}') WHERE id = '{two}';
             UPDATE key_store SET private_key = (SELECT h.private_key FROM halves h WHERE h.id = '{two}'),
                    certificate_data = (SELECT h.certificate_data FROM halves h WHERE h.id = '{two}') WHERE id = '{one}';
             UPDATE key_store SET private_key = (SELECT h.private_key FROM halves h WHERE h.id = '{one}'),
                    certificate_data = (SELECT h.certificate_data FROM halves h WHERE h.id = '{one}') WHERE id = '{two}';
             DROP TABLE halves; DROP TABLE prints;"
        ));
        for sealed in [&sealed_one, &sealed_two] {
            bench.refuses(&here(1), sealed);
            bench.refuses(&here(2), sealed);
        }
        // Nor is anything encrypted to the key of the other.
        let error = bench.world.manager.certificate(&here(1)).unwrap_err();
        assert_eq!(error.code(), Code::RowNotAuthentic, "{}", bench.name);
        assert!(error.detail().contains(&one), "{error}");
        // Without the keys for MACs nobody would have seen it.
        let blind = bench.with(keymanager::config::Config::default());
        open(&blind, &here(2), &sealed_one).unwrap();
    });
}

#[test]
fn a_column_that_was_changed_is_seen() {
    on_each_database(|bench| {
        let [(one, sealed_one), (_, sealed_two)] = two_keys(bench);
        bench.sql(&format!("UPDATE key_alias SET ref_id = '10009_1' WHERE id = '{one}'"));
        bench.refuses(&here(1), &sealed_one);
        bench.opens(&here(2), &sealed_two);
        bench.sql(&format!("UPDATE key_alias SET ref_id = '10001_1' WHERE id = '{one}'"));
        bench.opens(&here(1), &sealed_one);
        bench.sql(&format!("UPDATE key_store SET cr_by = 'nobody' WHERE id = '{one}'"));
        bench.refuses(&here(1), &sealed_one);
        bench.sql(&format!(
            "UPDATE key_store SET cr_by = (SELECT cr_by FROM key_alias WHERE id = '{one}') WHERE id = '{one}'"
        ));
        bench.opens(&here(1), &sealed_one);
        // What the library does not use is free.
        bench.sql(&format!("UPDATE key_alias SET upd_by = 'somebody', is_deleted = FALSE WHERE id = '{one}'"));
        bench.opens(&here(1), &sealed_one);
        // Who may decrypt is said in a policy.
        bench.sql("UPDATE key_policy_def SET access_allowed = 'mallory' WHERE app_id = 'REGISTRATION'");
        bench.refuses(&here(2), &sealed_two);
    });
}

#[test]
fn a_mac_of_another_row_or_key_is_none() {
    on_each_database(|bench| {
        let [(one, sealed), (two, _)] = two_keys(bench);
        bench.sql(&format!("CREATE TABLE kept AS SELECT * FROM km_row_mac WHERE id = '{one}'"));
        let spoiled = [
            format!(
                "UPDATE km_row_mac SET mac = (SELECT m.mac FROM km_row_mac m WHERE m.id = '{two}') WHERE id = '{one}'"
            ),
            format!("UPDATE km_row_mac SET mac_key = 'row-mac-9' WHERE id = '{one}'"),
            format!("UPDATE km_row_mac SET mac_key = 'row:mac-1' WHERE id = '{one}'"),
            format!("UPDATE km_row_mac SET mac = '' WHERE id = '{one}'"),
            format!("UPDATE km_row_mac SET mac = 'no hexadecimal digits' WHERE id = '{one}'"),
        ];
        for sql in spoiled {
            bench.sql(&sql);
            bench.refuses(&here(1), &sealed);
            bench
                .sql(&format!("DELETE FROM km_row_mac WHERE id = '{one}'; INSERT INTO km_row_mac SELECT * FROM kept;"));
            bench.opens(&here(1), &sealed);
        }
        // A row whose MAC was taken away is one of the Java service, unless there are none of it.
        bench.sql(&format!("DELETE FROM km_row_mac WHERE id = '{one}'"));
        bench.opens(&here(1), &sealed);
        let strict = bench.with(config(&[super::bench::MAC_KEY], true));
        assert_eq!(open(&strict, &here(1), &sealed).unwrap_err().code(), Code::RowNotAuthentic, "{}", bench.name);
    });
}

#[test]
fn a_kept_key_is_not_used_for_a_row_that_changed() {
    on_each_database(|bench| {
        let [(one, sealed), _] = two_keys(bench);
        let caching = bench.with({
            let mut config = config(&[super::bench::MAC_KEY], false);
            config.hierarchy.key_cache = 10;
            config
        });
        open(&caching, &here(1), &sealed).unwrap();
        bench.sql(&format!("UPDATE km_row_mac SET mac_key = 'row-mac-9' WHERE id = '{one}'"));
        assert_eq!(open(&caching, &here(1), &sealed).unwrap_err().code(), Code::RowNotAuthentic, "{}", bench.name);
    });
}

#[test]
fn a_planted_row_is_not_signed_by_being_changed() {
    on_each_database(|bench| {
        let [(one, _), _] = two_keys(bench);
        bench.sql(&format!("DELETE FROM km_row_mac WHERE id = '{one}'"));
        bench.world.rsa(&here(1), true).unwrap();
        let report = bench.migrate(&[]);
        // The row that was ended is still without; its successor was signed when it was made.
        assert_eq!((report.signed, report.refused.len()), (1, 0), "{}", bench.name);
        assert_eq!(bench.migrate(&[]).signed, 0, "{}", bench.name);
    });
}

#[test]
fn a_program_without_the_key_takes_the_mac_away_with_its_change() {
    on_each_store(|bench| {
        let manager = &bench.world.manager;
        bench.signed();
        let sealed = bench.seal(&here(1));
        let blind = bench.with(keymanager::config::Config::default());
        blind.revoke(&here(1)).unwrap();
        bench.opens(&here(1), &sealed);
        assert_eq!(bench.migrate(&[]).signed, 1, "{}", bench.name);
        // With the key the MAC goes with the row.
        bench.seal(&here(2));
        manager.rotate(&here(2)).unwrap();
        let mut change = keymanager::manager::PolicyChange::new(here(1).app);
        change.validity_days = Some(900);
        manager.set_policy(&change).unwrap();
        let report = bench.migrate(&[]);
        assert_eq!((report.signed, report.renewed, report.refused.len()), (0, 0, 0), "{}", bench.name);
    });
}

#[test]
fn the_doctor_names_the_row_and_no_other() {
    on_each_database(|bench| {
        let [(one, _), (two, _)] = two_keys(bench);
        let clean = bench.world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        let codes: Vec<_> = clean.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(clean.errors_left(), 0, "{codes:?}");
        assert!(
            !codes.contains(&FindingCode::MasterKeyOrphan) && !codes.contains(&FindingCode::RowsUnsigned),
            "{codes:?}"
        );
        bench.sql(&format!("UPDATE key_store SET cr_by = 'nobody' WHERE id = '{one}'"));
        bench.sql(&format!("DELETE FROM km_row_mac WHERE id = '{two}'"));
        let report = bench.world.manager.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        let bad: Vec<_> = report.findings.iter().filter(|found| found.code == FindingCode::RowNotAuthentic).collect();
        assert_eq!(bad.len(), 1, "{}: {bad:?}", bench.name);
        assert_eq!(bad[0].alias, Some(alias(&one)));
        assert!(report.findings.iter().any(|found| found.code == FindingCode::RowsUnsigned), "{}", bench.name);
        // Keys of other scopes are listed all the same; those that would have to hold the row are not.
        let filter = KeyFilter { app: Some(here(2).app), reference: Some(here(2).reference), all: true };
        assert_eq!(bench.world.manager.keys(&filter).unwrap().len(), 1);
        // Without its key no row can be judged, and the doctor says so.
        let other = bench.with(config(&["row-mac-7"], false));
        let report = other.doctor(&DoctorOptions::default(), &NoProgress).unwrap();
        assert!(report.findings.iter().any(|found| found.code == FindingCode::RowKeyMissing), "{}", bench.name);
    });
}

#[test]
fn without_the_table_everything_is_as_before() {
    on_each_store(|bench| {
        assert!(!bench.world.store.capabilities().row_authentication, "{}", bench.name);
        bench.world.manager.generate_all(&NoProgress).unwrap();
        let sealed = bench.seal(&scope("REGISTRATION", "10001_1"));
        bench.opens(&here(1), &sealed);
        assert!(bench.world.master.find(alias(super::bench::MAC_KEY)).unwrap().is_none(), "{}", bench.name);
    });
}
