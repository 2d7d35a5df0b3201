//! Options, environment and `keymanager.toml`.

use crate::sandbox::{PASSPHRASE, Run, Sandbox};

#[test]
fn an_option_beats_the_environment_which_beats_the_file() {
    let sandbox = Sandbox::empty();
    for name in ["one", "two", "three"] {
        let store = format!("sqlite:{name}.db");
        let master = format!("file:{name}.p12");
        sandbox.ok(&["init", "--store", &store, "--master", &master]);
        sandbox.ok(&["policy", "set", "ROOT", "--store", &store, "--validity-days", &(2000 + name.len()).to_string()]);
    }
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    // Paths in the file start at its folder.
    sandbox.write("folder/keymanager.toml", b"store = \"sqlite:../three.db\"\nmaster = \"file:../three.p12\"\n");
    let validity = |command: &mut std::process::Command| {
        let document = Run::of(command.args(["policy", "show", "ROOT", "--json"])).expect(0).document();
        document["policy"]["validity_days"].as_i64().unwrap()
    };
    let config = ["--config", "folder/keymanager.toml"];
    assert_eq!(validity(&mut sandbox.bare(&config)), 2005);
    assert_eq!(validity(sandbox.bare(&[]).env("KEYMANAGER_CONFIG", "folder/keymanager.toml")), 2005);
    assert_eq!(validity(sandbox.bare(&config).env("KEYMANAGER_STORE", "sqlite:two.db")), 2003);
    let option = [&config[..], &["--store", "sqlite:three.db"]].concat();
    assert_eq!(validity(sandbox.bare(&option).env("KEYMANAGER_STORE", "sqlite:two.db")), 2005);
    // An empty variable is none.
    assert_eq!(validity(sandbox.bare(&config).env("KEYMANAGER_STORE", "")), 2005);
}

#[test]
fn the_key_file_is_beside_the_store() {
    let sandbox = Sandbox::empty();
    std::fs::create_dir(sandbox.path("there")).unwrap();
    let document = sandbox.json(&["init", "--store", "sqlite:there/records.db"]);
    assert_eq!(document["master"], "file:there/keymanager.p12");
    assert!(sandbox.path("there/keymanager.p12").exists());
}

#[test]
fn a_wrong_configuration_is_named() {
    let sandbox = Sandbox::initialised();
    sandbox.fails(4, "file_not_found", &["policy", "list", "--config", "missing.toml"]);
    sandbox.write("keymanager.toml", b"stor = \"sqlite:x\"\n");
    let error = sandbox.fails(2, "invalid_config", &["policy", "list"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("keymanager.toml") && message.contains("stor"), "{message}");
}

#[test]
fn a_store_in_memory_holds_for_one_command() {
    let sandbox = Sandbox::initialised();
    let memory = ["--store", "memory:", "--master", "file:keymanager.p12"];
    let policies = sandbox.json(&[&["policy", "list"][..], &memory].concat());
    assert_eq!(policies["policies"].as_array().unwrap().len(), 12);
}

#[test]
fn the_fake_clock_is_shown() {
    let sandbox = Sandbox::initialised();
    let now = "2027-01-01T00:00:00Z";
    let document = sandbox.run_at(now, &["policy", "list", "--json"]).expect(0).document();
    assert_eq!(document["now"], now);
    let run = sandbox.run_at(now, &["policy", "list"]).expect(0);
    assert!(run.stderr.contains(now), "{}", run.stderr);
    let run = sandbox.run_at("tomorrow", &["policy", "list", "--json"]).expect(2);
    run.error("invalid_argument");
    let mut command = sandbox.bare(&["policy", "list", "--now", now, "--json"]);
    command.env("KEYMANAGER_ALLOW_FAKE_CLOCK", "0").env("KEYMANAGER_PASSPHRASE", PASSPHRASE);
    Run::of(&mut command).expect(5).error("fake_clock");
}
