//! `simulate` and `config import`.

use crate::sandbox::Sandbox;

#[test]
fn the_default_policy_over_thirty_years() {
    let sandbox = Sandbox::empty();
    let start = ["--start", "2026-11-25T10:00:00Z"];
    let svg = ["--svg", "keys.svg"];
    let document = sandbox.json(&[&["simulate", "--years", "30"][..], &start, &svg].concat());
    assert_eq!(document["days"], 10957);
    assert_eq!(document["gaps"].as_array().unwrap().len(), 0);
    assert_eq!(document["overlaps"].as_array().unwrap().len(), 0);
    assert_eq!((&document["policy"], &document["svg"]), (&"default".into(), &"keys.svg".into()));
    let first = &document["events"][0];
    assert_eq!((&first["day"], &first["action"], &first["app_id"]), (&0.into(), &"created".into(), &"ROOT".into()));
    assert!(first["ref_id"].is_null());
    let drawn = sandbox.read("keys.svg");
    assert!(drawn.starts_with(b"<svg "));
    // The same again, to standard output.
    let again = sandbox.ok(&[&["simulate", "--years", "30", "--svg", "-"][..], &start].concat());
    assert_eq!(again.stdout, drawn);
    sandbox.fails(1, "output_exists", &["simulate", "--years", "1", "--svg", "keys.svg"]);
    sandbox.fails(2, "invalid_argument", &["simulate", "--years", "0"]);
    sandbox.fails(2, "invalid_argument", &["simulate", "--years", "1", "--upstream", "all,none"]);
    sandbox.fails(4, "application_not_found", &["simulate", "--years", "1", "--app", "NOBODY"]);
}

#[test]
fn upstreams_rules_and_events_have_gaps() {
    let sandbox = Sandbox::empty();
    let document =
        sandbox.json(&["simulate", "--years", "10", "--app", "REGISTRATION", "--upstream", "root-only-on-request"]);
    assert_eq!(document["gaps"][0]["first_day"], 2070);
    assert_eq!(document["gaps"][0]["reason"], "KER-KMS-011");
    sandbox.write("events.toml", b"[[event]]\nday = 5\naction = \"rotate\"\napp_id = \"PMS\"\n");
    let document = sandbox.json(&["simulate", "--years", "1", "--events", "events.toml"]);
    let rotated = |event: &&serde_json::Value| event["action"] == "rotated";
    assert_eq!(document["events"].as_array().unwrap().iter().filter(rotated).count(), 1);
    let run = sandbox.ok(&["simulate", "--years", "5", "--random", "7", "--upstream", "all"]);
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("without a key that was asked for") && text.contains("KER-"), "{text}");
    sandbox.write("events.toml", b"[[event]]\nday = 5\n");
    sandbox.fails(2, "invalid_config", &["simulate", "--years", "1", "--events", "events.toml"]);
}

#[test]
fn the_policy_of_the_store_is_run() {
    let sandbox = Sandbox::initialised();
    sandbox.ok(&["policy", "set", "PMS", "--active", "false"]);
    let document = sandbox.json(&["simulate", "--years", "4"]);
    assert!(document["policy"].as_str().unwrap().starts_with("sqlite:"));
    assert!(!document["scopes"].as_array().unwrap().iter().any(|scope| scope["app_id"] == "PMS"));
}

#[test]
fn properties_become_a_configuration() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "application.properties",
        b"mosip.sign.applicationid=IDA\nkeymanager_database_password=hunter2\nmosip.kernel.data-key-splitter=#KEY_SPLITTER#\n",
    );
    let document = sandbox.json(&["config", "import", "application.properties"]);
    assert_eq!(document["output"], "keymanager.toml");
    assert_eq!(document["taken"][0]["key"], "hierarchy.sign_app_id");
    assert_eq!(document["left_out"][0]["property"], "keymanager_database_password");
    assert!(!document.to_string().contains("hunter2"));
    let written = String::from_utf8(sandbox.read("keymanager.toml")).unwrap();
    assert!(written.contains("sign_app_id = \"IDA\"") && !written.contains("hunter2"), "{written}");
    // It is read by every command from now on, and not replaced.
    sandbox.ok(&["simulate", "--years", "1"]);
    sandbox.fails(1, "output_exists", &["config", "import", "application.properties"]);
    let text = sandbox.ok(&["config", "import", "application.properties", "-o", "second.toml"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("a secret") && !text.contains("hunter2"), "{text}");
    let stdout = sandbox.ok(&["config", "import", "application.properties", "-o", "-"]).stdout;
    assert_eq!(stdout, written.as_bytes());
    sandbox.write("wrong.properties", b"mosip.kernel.data-key-splitter=#\n");
    let error = sandbox.fails(2, "invalid_config", &["config", "import", "wrong.properties", "-o", "third.toml"]);
    assert!(error["message"].as_str().unwrap().contains("line 1: mosip.kernel.data-key-splitter"), "{error}");
    assert!(!sandbox.path("third.toml").exists());
}
