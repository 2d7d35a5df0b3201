//! Processes that make different master keys in one key file.

use std::collections::BTreeSet;
use std::process::Command;

use keymanager::id::KeyScope;

use crate::books::Books;
use crate::crowd::{arguments, together};
use crate::sandbox::Run;
use crate::world::World;
use crate::{Size, alone};

const APPS: [&str; 10] = [
    "PMS",
    "ID_REPO",
    "KERNEL",
    "RESIDENT",
    "DIGITAL_CARD",
    "ADMIN_SERVICES",
    "PRE_REGISTRATION",
    "COMPLIANCE_TOOLKIT",
    "REGISTRATION_PROCESSOR",
    "REGISTRATION",
];

#[test]
fn processes_that_make_different_master_keys_lose_none() {
    let _alone = alone();
    let size = Size::of_this_run("different master keys");
    for round in 0..size.rounds {
        let mut world = World::empty();
        world.ok(&["keys", "generate", "--app", "ROOT"]);
        let mut made = BTreeSet::new();
        for apps in [&APPS[..2], &APPS[2..]] {
            let members: Vec<_> =
                apps.iter().map(|app| (world.now, arguments(&["keys", "generate", "--app", app]))).collect();
            for (document, app) in together(&mut world, &members).iter().zip(apps) {
                let keys = document["generated"].as_array().unwrap();
                assert_eq!((keys.len(), &keys[0]["app_id"]), (1, &(*app).into()), "{document}");
                assert!(made.insert(keys[0]["alias"].as_str().unwrap().to_owned()));
            }
        }
        let books = Books::read(&world);
        books.check_settled();
        for app in APPS {
            assert_eq!(books.of(&KeyScope::new(app, "").unwrap()).len(), 1, "{app}");
        }
        let root = books.of(&KeyScope::new("ROOT", "").unwrap())[0].alias.alias.to_string();
        let expected: BTreeSet<String> = made.iter().cloned().chain([root]).collect();
        let recorded: BTreeSet<String> = books.records.keys().map(ToString::to_string).collect();
        let present: BTreeSet<String> = books.entries.keys().map(ToString::to_string).collect();
        assert_eq!((&recorded, &present, keytool(&world)), (&expected, &expected, expected.clone()));
        let keys = books.prove_keys(&world);
        println!("different master keys {round}: 2 processes, then {}; {keys} keys", APPS.len() - 2);
    }
}

/// The aliases that keytool lists.
fn keytool(world: &World) -> BTreeSet<String> {
    let file = world.sandbox.path("keymanager.p12");
    let mut command = Command::new("keytool");
    command.args(["-list", "-storetype", "PKCS12", "-storepass", &world.passphrase, "-keystore"]).arg(file);
    let list = Run::of(&mut command).expect(0).text();
    list.lines()
        .filter(|line| line.contains("PrivateKeyEntry"))
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect()
}
