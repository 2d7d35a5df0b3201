//! getAllCertificates: nothing is refused but what cannot be answered.

use keymanager::error::Code::AliasNotFound;

use super::support::scope;
use super::table::{refused, world};

#[test]
fn pairs_without_certificates_have_an_empty_list() {
    let world = world();
    for (app, reference) in [
        ("NOBODY", ""),
        ("IDLE", "x"),
        ("registration", ""),
        ("REGISTRATION", "never"),
        ("KERNEL", "IDENTITY_CACHE"),
        ("REGISTRATION", "CACHE"),
        ("PARTNER", "P"),
    ] {
        assert!(world.manager.all_certificates(&scope(app, reference)).unwrap().is_empty(), "{app}/{reference}");
    }
    for (app, reference) in [("PARTNER", "p"), ("REGISTRATION", "elsewhere"), ("ROOT", " "), ("KERNEL", "SIGN")] {
        assert_eq!(world.manager.all_certificates(&scope(app, reference)).unwrap().len(), 1, "{app}/{reference}");
    }
}

#[test]
fn a_certificate_that_the_master_backend_lost() {
    let world = world();
    let module = scope("REGISTRATION", "");
    let alias = world.current(&module).alias;
    world.clock.forward(0, 1_000_000);
    world.manager.rotate(&module).unwrap();
    assert_eq!(world.manager.all_certificates(&module).unwrap().len(), 2);
    world.master.remove(alias).unwrap();
    refused(&world, "the first of two", (AliasNotFound, "KER-KMA-004"), |manager| manager.all_certificates(&module));
}
