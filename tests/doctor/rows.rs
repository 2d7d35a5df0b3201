//! Faults of single rows.

use keymanager::certificate::Certificate;
use keymanager::id::Thumbprint;
use keymanager::store::{Change, Query, Record, Select};

use super::common::{apply, base, beyond_repair, change, exactly, found, look, repaired, with_base};
use super::support::{World, provider, scope};

#[test]
fn thumbprints_are_corrected_from_the_certificate() {
    let (world, root, module, base) = with_base();
    for alias in [&root, &module, &base] {
        let own = found(&world, alias).0.alias.thumbprint;
        change(&world, alias, |key| key.alias.thumbprint = Some(Thumbprint::from_bytes([7; 32])));
        repaired(&world, &[("thumbprint_wrong", Some(alias))]);
        assert_eq!(found(&world, alias).0.alias.thumbprint, own);
        change(&world, alias, |key| key.alias.thumbprint = None);
        repaired(&world, &[("thumbprint_missing", Some(alias))]);
        assert_eq!(found(&world, alias).0.alias.thumbprint, own);
    }
}

#[test]
fn identifiers_of_old_rows_are_filled_in() {
    let (world, root, _, base) = with_base();
    for alias in [&root, &base] {
        let own = found(&world, alias).0.alias.uni_ident;
        change(&world, alias, |key| key.alias.uni_ident = None);
        repaired(&world, &[("uni_ident_missing", Some(alias))]);
        assert_eq!(found(&world, alias).0.alias.uni_ident, own);
    }
    // Both at once, as in a row of a release that had neither column.
    change(&world, &base, |key| (key.alias.uni_ident, key.alias.thumbprint) = (None, None));
    repaired(&world, &[("uni_ident_missing", Some(&base)), ("thumbprint_missing", Some(&base))]);
}

#[test]
fn the_identifier_of_a_second_key_of_the_day_stays_unique() {
    let (world, _, _, first) = with_base();
    world.manager.rotate(&base()).unwrap();
    let second = world.current(&base()).alias;
    let own = found(&world, &second).0.alias.uni_ident;
    change(&world, &second, |key| key.alias.uni_ident = None);
    repaired(&world, &[("uni_ident_missing", Some(&second))]);
    assert_eq!(found(&world, &second).0.alias.uni_ident, own);
    assert_ne!(found(&world, &first).0.alias.uni_ident, own);
}

#[test]
fn times_that_the_certificate_does_not_have_are_found() {
    let (world, _, module, base) = with_base();
    change(&world, &base, |key| key.alias.expires = key.alias.expires.map(|time| time.plus_days(1)));
    change(&world, &module, |key| key.alias.generated = key.alias.generated.map(|time| time.plus_days(-1)));
    beyond_repair(&world, &[("validity_mismatch", Some(&base)), ("validity_mismatch", Some(&module))]);
}

#[test]
fn a_row_without_times_is_found() {
    let (world, _, _, base) = with_base();
    change(&world, &base, |key| key.alias.expires = None);
    beyond_repair(&world, &[("validity_missing", Some(&base))]);
}

#[test]
fn a_private_key_that_does_not_open_is_found() {
    let (world, _, _, base) = with_base();
    let whole = found(&world, &base).0;
    let text = whole.stored.as_ref().unwrap().private_key.clone();
    let other = if &text[100..101] == "A" { "B" } else { "A" };
    let half = text.len() / 4 * 3;
    for damaged in [
        format!("{}{other}{}", &text[..100], &text[101..]),
        format!("{}{}{}", &text[..half], if &text[half..=half] == "A" { "B" } else { "A" }, &text[half + 1..]),
        text[..text.len() - 400].to_owned(),
        "not base64 !".to_owned(),
    ] {
        change(&world, &base, |key| key.stored.as_mut().unwrap().private_key = damaged);
        beyond_repair(&world, &[("wrapped_key_damaged", Some(&base))]);
    }
    change(&world, &base, |key| *key = whole);
    exactly(&world, &[]);
}

#[test]
fn a_certificate_that_cannot_be_read_is_found() {
    let (world, _, _, base) = with_base();
    change(&world, &base, |key| key.stored.as_mut().unwrap().certificate_pem = "no certificate".to_owned());
    beyond_repair(&world, &[("certificate_unreadable", Some(&base))]);
}

#[test]
fn the_certificate_of_another_key_is_found() {
    let (world, _, _, first) = with_base();
    let second = world.current(&scope("REGISTRATION", "10002_110022")).alias;
    let theirs = found(&world, &first).0;
    change(&world, &second, |key| {
        key.stored.as_mut().unwrap().certificate_pem = theirs.stored.unwrap().certificate_pem;
        key.alias.thumbprint = theirs.alias.thumbprint;
    });
    let last = found(&world, &first).0.alias.alias.max(second.clone());
    beyond_repair(&world, &[("key_mismatch", Some(&second)), ("thumbprint_shared", Some(&last))]);
}

#[test]
fn a_thumbprint_is_not_corrected_where_the_key_is_another() {
    let (world, _, _, first) = with_base();
    let second = world.current(&scope("REGISTRATION", "10002_110022")).alias;
    let theirs = found(&world, &first).0.stored.unwrap().certificate_pem;
    change(&world, &second, |key| key.stored.as_mut().unwrap().certificate_pem = theirs);
    beyond_repair(&world, &[("key_mismatch", Some(&second)), ("thumbprint_wrong", Some(&second))]);
}

#[test]
fn a_signature_that_is_not_the_masters_is_found() {
    let (world, _, _, base) = with_base();
    change(&world, &base, |key| {
        let stored = key.stored.as_mut().unwrap();
        let mut der = Certificate::parse(&provider(), stored.certificate_pem.as_bytes()).unwrap().der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        let broken = Certificate::from_der(&provider(), &der).unwrap();
        stored.certificate_pem = broken.to_pem();
        key.alias.thumbprint = Some(broken.thumbprint());
    });
    beyond_repair(&world, &[("chain_broken", Some(&base))]);
}

#[test]
fn a_master_that_outlives_its_root_is_found() {
    let world = World::new();
    world.policy("ROOT", |change| (change.validity_days, change.pre_expire_days) = (Some(1200), Some(10)));
    world.policy("REGISTRATION", |change| change.validity_days = Some(1300));
    world.rsa(&scope("ROOT", ""), false).unwrap();
    world.rsa(&scope("REGISTRATION", ""), false).unwrap();
    let module = world.current(&scope("REGISTRATION", "")).alias;
    beyond_repair(&world, &[("outlives_issuer", Some(&module))]);
}

#[test]
fn a_certificate_of_another_domain_has_no_private_key_to_compare() {
    let (world, _, _, base) = with_base();
    change(&world, &base, |key| {
        let stored = key.stored.as_mut().unwrap();
        (stored.private_key, stored.master) = ("NA".to_owned(), key.alias.alias.clone());
    });
    exactly(&world, &[]);
    change(&world, &base, |key| key.alias.thumbprint = Some(Thumbprint::from_bytes([7; 32])));
    beyond_repair(&world, &[("thumbprint_wrong", Some(&base))]);
}

#[test]
fn policies_that_cannot_be_are_found() {
    let (world, ..) = with_base();
    let policy = |app: &str| {
        let app = keymanager::id::AppId::new(app).unwrap();
        let found = world.store.find(Query::new(Select::Policy(app))).unwrap().records.remove(0);
        let Record::Policy(row) = found.record else { panic!("a policy") };
        (row, found.version)
    };
    for (validity, pre_expire) in
        [(None, Some(1)), (Some(0), Some(0)), (Some(9), None), (Some(9), Some(9)), (Some(9), Some(-1))]
    {
        let (mut row, version) = policy("PMS");
        (row.validity_days, row.pre_expire_days) = (validity, pre_expire);
        apply(&world, Change::Update(Record::Policy(row), version));
        beyond_repair(&world, &[("policy_invalid", None)]);
        assert!(look(&world).findings[0].text.contains("PMS"));
    }
    let (row, version) = policy("PMS");
    apply(&world, Change::Delete(Record::Policy(row), version));
    exactly(&world, &[]);
    let (row, version) = policy("REGISTRATION");
    apply(&world, Change::Delete(Record::Policy(row), version));
    beyond_repair(&world, &[("policy_missing", None)]);
}
