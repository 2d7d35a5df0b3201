//! `init`, `keys …`, `policy …`.

use std::process::Command;

use serde_json::Value;

use crate::sandbox::{APP, KEY, REFERENCE, Run, Sandbox, members};

const POLICY: &[&str] = &["app_id", "validity_days", "pre_expire_days", "active", "access_allowed"];

#[test]
fn init_and_the_generator_job() {
    let sandbox = Sandbox::empty();
    let document = sandbox.json(&["init"]);
    members(&document, &["store", "master", "policies"]);
    assert_eq!(document["store"], "sqlite:keymanager.db");
    assert_eq!(document["master"], "file:keymanager.p12");
    assert_eq!(document["policies"].as_array().unwrap().len(), 12);
    members(&document["policies"][0], POLICY);
    for name in ["keymanager.db", "keymanager.p12"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    let document = sandbox.json(&["keys", "generate", "--all"]);
    members(&document, &["generated", "existing"]);
    let generated = document["generated"].as_array().unwrap();
    assert_eq!(document["existing"], Value::Array(Vec::new()));
    assert_eq!(generated[0]["level"], "root");
    generated.iter().for_each(|key| members(key, KEY));
    let again = sandbox.json(&["keys", "generate", "--all"]);
    assert_eq!(again["generated"], Value::Array(Vec::new()));
    assert_eq!(again["existing"].as_array().unwrap().len(), generated.len());

    let list = sandbox.json(&["keys", "list"]);
    members(&list, &["keys"]);
    assert_eq!(list["keys"].as_array().unwrap().len(), generated.len());
    let symmetric = list["keys"].as_array().unwrap().iter().find(|key| key["level"] == "symmetric").unwrap();
    for absent in ["thumbprint", "issuer_alias", "uni_ident"] {
        assert_eq!(symmetric[absent], Value::Null);
    }
    // Java's own tool lists what was made.
    let mut keytool = Command::new("keytool");
    keytool.args([
        "-list",
        "-storetype",
        "PKCS12",
        "-keystore",
        "keymanager.p12",
        "-storepass",
        crate::sandbox::PASSPHRASE,
    ]);
    let listed = Run::of(keytool.current_dir(sandbox.folder())).expect(0).text();
    let root = generated[0]["alias"].as_str().unwrap();
    assert!(listed.contains(root), "{listed}");
}

#[test]
fn init_with_a_policy_file() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "policy.toml",
        b"[[policy]]\napp_id = \"ROOT\"\nvalidity_days = 2920\npre_expire_days = 1125\n\
          [[policy]]\napp_id = \"REGISTRATION\"\nvalidity_days = 20\npre_expire_days = 5\naccess_allowed = \"alice,bob\"\n",
    );
    let document = sandbox.json(&["init", "--policy", "policy.toml"]);
    assert_eq!(document["policies"].as_array().unwrap().len(), 2);
    let policy = sandbox.json(&["policy", "show", APP]);
    members(&policy, &["policy"]);
    members(&policy["policy"], POLICY);
    assert_eq!(policy["policy"]["validity_days"], 20);
    assert_eq!(policy["policy"]["access_allowed"], "alice,bob");

    let other = Sandbox::empty();
    other.write("policy.toml", b"[[policy]]\napp_id = \"ROOT\"\nvalidity = 2920\n");
    other.fails(2, "invalid_config", &["init", "--policy", "policy.toml"]);
    assert_eq!(other.names(), ["passphrase", "policy.toml"]);
}

#[test]
fn show_tree_and_certificate() {
    let sandbox = Sandbox::initialised();
    let document = sandbox.json(&["keys", "certificate", "--app", APP, "--ref", REFERENCE]);
    members(&document, &["key", "certificate_pem", "generated"]);
    members(&document["key"], KEY);
    assert_eq!(document["generated"], false);
    assert_eq!(document["certificate_pem"].as_str().unwrap().as_bytes(), sandbox.read("certificate.pem"));
    let base = document["key"].clone();
    assert_eq!(base["app_id"], APP);
    assert_eq!(base["ref_id"], REFERENCE);
    assert_eq!(base["location"], "store");
    assert_eq!(base["state"], "current");

    let thumbprint = base["thumbprint"].as_str().unwrap();
    for name in [base["alias"].as_str().unwrap(), thumbprint, &thumbprint.to_lowercase()] {
        let shown = sandbox.json(&["keys", "show", name]);
        members(&shown, &["key", "certificate_pem"]);
        assert_eq!(shown["key"], base);
    }

    let tree = sandbox.json(&["keys", "tree"]);
    members(&tree, &["tree"]);
    members(&tree["tree"][0], &["key", "children"]);
    assert_eq!(tree["tree"][0]["key"]["level"], "root");
    assert_eq!(tree["tree"][0]["key"]["ref_id"], Value::Null);
    assert_eq!(tree["tree"][0]["children"][0]["key"]["level"], "module");
    assert_eq!(tree["tree"][0]["children"][0]["children"][0]["key"], base);
    let text = sandbox.ok(&["keys", "tree"]).text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("ROOT ") && lines[1].starts_with("└─ REGISTRATION "), "{text}");
    assert!(lines[2].starts_with("   └─ 10001_110011 ") && lines[2].contains("days  until 20"), "{text}");
    assert!(!text.contains('\u{1b}'));

    let chain = sandbox.json(&["keys", "certificate", "--app", APP, "--ref", REFERENCE, "--chain"]);
    members(&chain, &["key", "certificate_pem", "generated", "chain_pem"]);
    assert_eq!(chain["chain_pem"].as_array().unwrap().len(), 3);
    sandbox.ok(&["keys", "certificate", "--app", APP, "--ref", REFERENCE, "--chain", "-o", "chain.pem"]);
    sandbox.ok(&["keys", "certificate", "--app", "ROOT", "-o", "root.pem"]);
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "certificate.pem"]);
    Run::of(openssl.current_dir(sandbox.folder())).expect(0);
    sandbox.ok(&["keys", "certificate", "--app", "ROOT", "--der", "-o", "root.der"]);
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-inform", "DER", "-in", "root.der", "-noout", "-subject"]);
    Run::of(openssl.current_dir(sandbox.folder())).expect(0);
}

#[test]
fn a_certificate_is_made_when_it_is_asked_for() {
    let sandbox = Sandbox::initialised();
    let arguments = ["keys", "certificate", "--app", APP, "--ref", "10002_110012"];
    assert_eq!(sandbox.json(&arguments)["generated"], true);
    assert_eq!(sandbox.json(&arguments)["generated"], false);
    // Encrypting makes it, too.
    sandbox.write("plain", b"something");
    sandbox.ok(&["encrypt", "--app", APP, "--ref", "10003_110013", "plain", "-o", "out"]);
    assert_eq!(sandbox.json(&["keys", "list", "--ref", "10003_110013"])["keys"].as_array().unwrap().len(), 1);
}

/// What does not change from one moment to the next: the last whole day is there only when the key is made.
fn settled(key: &Value) -> Value {
    let mut key = key.clone();
    key["days_left"].take();
    key
}

#[test]
fn one_key_of_each_kind() {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"something");
    let aes = ["keys", "generate", "--app", "KERNEL", "--ref", "IDENTITY_CACHE", "--kind", "aes"];
    let document = sandbox.json(&aes);
    assert_eq!(document["generated"][0]["algorithm"], "AES-256");
    assert_eq!(settled(&sandbox.json(&aes)["existing"][0]), settled(&document["generated"][0]));
    for (kind, reference, algorithm, location) in [
        ("ec-p256", "EC_SECP256R1_SIGN", "EC-P256", "master"),
        ("secp256k1", "EC_SECP256K1_SIGN", "EC-secp256k1", "master"),
        ("ed25519", "ED25519_SIGN", "Ed25519", "store"),
    ] {
        let arguments = ["keys", "generate", "--app", APP, "--kind", kind];
        let made = sandbox.json(&arguments)["generated"][0].clone();
        assert_eq!((&made["ref_id"], &made["algorithm"]), (&reference.into(), &algorithm.into()));
        assert_eq!((&made["level"], &made["location"]), (&"sign".into(), &location.into()));
        // With its reference id written, too; another one is refused.
        let again = sandbox.json(&[&arguments[..], &["--ref", reference]].concat());
        assert_eq!(settled(&again["existing"][0]), settled(&made));
        sandbox.fails(5, "sign_reference_not_allowed", &[&arguments[..], &["--ref", "another"]].concat());
        sandbox.fails(5, "reference_not_allowed", &["keys", "generate", "--app", APP, "--ref", reference]);
        let certificate = sandbox.json(&["keys", "certificate", "--app", APP, "--ref", reference, "--chain"]);
        assert_eq!(settled(&certificate["key"]), settled(&made));
        let chain = certificate["chain_pem"].as_array().unwrap().len();
        assert_eq!(chain, if location == "store" { 3 } else { 2 });
        sandbox.fails(5, "recipient_key", &["encrypt", "--app", APP, "--ref", reference, "plain", "-o", "out"]);
    }
    let named = [
        "keys",
        "generate",
        "--app",
        "ID_REPO",
        "--common-name",
        "ids",
        "--organization",
        "Example",
        "--country",
        "IN",
    ];
    let document = sandbox.json(&named);
    assert_eq!(document["generated"][0]["level"], "module");
    let shown = sandbox.ok(&["keys", "show", document["generated"][0]["alias"].as_str().unwrap()]).text();
    assert!(shown.contains("CN=ids (ID_REPO)") || shown.contains("CN=ids"), "{shown}");
    assert!(shown.contains("O=Example") && shown.contains("C=IN"), "{shown}");
}

#[test]
fn rotate_and_revoke() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("old", "packet", b"made before");
    let scope = ["--app", APP, "--ref", REFERENCE];
    let before = sandbox.json(&["keys", "list", "--ref", REFERENCE])["keys"][0].clone();
    // The day after, and later: one key of a scope has one identifier a day.
    let tomorrow = after(&before["not_before"], 1);
    let next_week = after(&before["not_before"], 7);
    let at = |now: &str, arguments: &[&str]| {
        sandbox.run_at(now, &[arguments, &scope, &["--json"]].concat()).expect(0).document()
    };
    let rotated = at(&tomorrow, &["keys", "rotate"]);
    members(&rotated, &["generated", "existing", "now"]);
    assert_eq!(rotated["now"], tomorrow.as_str());
    assert_ne!(rotated["generated"][0]["alias"], before["alias"]);

    let all = sandbox.run_at(&next_week, &["keys", "list", "--ref", REFERENCE, "--all", "--json"]).expect(0).document();
    let states: Vec<&str> = all["keys"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["revoked", "current"]);
    let certificates = at(&next_week, &["keys", "certificate", "--all"]);
    members(&certificates, &["certificates", "now"]);
    assert_eq!(certificates["certificates"].as_array().unwrap().len(), 2);
    members(&certificates["certificates"][0], &["key", "certificate_pem"]);

    let revoked = at(&next_week, &["keys", "revoke"]);
    members(&revoked, &["key", "now"]);
    assert_eq!(revoked["key"]["alias"], rotated["generated"][0]["alias"]);
    // What was made for it still opens.
    sandbox.run_at(&next_week, &["decrypt", "--app", APP, "old", "-o", "opened"]).expect(0);
    assert_eq!(sandbox.read("opened"), b"made before");
}

#[test]
fn requests_and_certificates_from_outside() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("old", "packet", b"made before");
    let scope = ["--app", APP, "--ref", REFERENCE];
    let document =
        sandbox.json(&[&["keys", "csr", "-o", "request.pem", "--organization", "A, B"], &scope[..]].concat());
    members(&document, &["key", "csr_pem"]);
    assert_eq!(sandbox.read("request.pem"), document["csr_pem"].as_str().unwrap().as_bytes());
    // OpenSSL is the authority: it makes a certificate from the request, and one for a partner.
    let openssl = |arguments: &[&str]| {
        let status = Command::new("openssl").args(arguments).current_dir(sandbox.folder()).status();
        assert!(status.unwrap().success(), "{arguments:?}");
    };
    let authority = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-days", "900"];
    openssl(&[&authority[..], &["-keyout", "authority.key", "-out", "authority.pem"]].concat());
    let sign =
        ["x509", "-req", "-in", "request.pem", "-CA", "authority.pem", "-CAkey", "authority.key", "-days", "800"];
    openssl(&[&sign[..], &["-out", "signed.pem"]].concat());
    let uploaded = sandbox.json(&[&["keys", "upload-certificate", "signed.pem"], &scope[..]].concat());
    members(&uploaded, &["key"]);
    assert_eq!(uploaded["key"]["alias"], document["key"]["alias"]);
    assert_ne!(uploaded["key"]["thumbprint"], document["key"]["thumbprint"]);
    sandbox.run(&["decrypt", "--app", APP, "old", "-o", "opened"]).expect(0);
    assert_eq!(sandbox.read("opened"), b"made before");
    let other = sandbox.run(&[&["keys", "upload-certificate", "authority.pem", "--json"], &scope[..]].concat());
    assert_eq!(other.expect(5).document()["error"]["mosip_code"], "KER-KMS-014");

    let partner = ["--app", "PARTNER", "--ref", "partner-1"];
    let upload =
        |more: &[&str]| sandbox.run(&[&["keys", "upload-other-domain", "authority.pem"], &partner[..], more].concat());
    let kept = upload(&["--json"]).expect(0).document();
    assert_eq!((&kept["key"]["level"], &kept["key"]["location"]), (&"other_domain".into(), &"external".into()));
    assert_eq!(upload(&["--json"]).expect(5).document()["error"]["name"], "certificate_exists");
}

#[test]
fn policies() {
    let sandbox = Sandbox::initialised();
    let list = sandbox.json(&["policy", "list"]);
    members(&list, &["policies"]);
    list["policies"].as_array().unwrap().iter().for_each(|policy| members(policy, POLICY));
    let set =
        sandbox.json(&["policy", "set", APP, "--validity-days", "30", "--pre-expire-days", "10", "--access", "alice"]);
    members(&set, &["policy"]);
    assert_eq!(set["policy"]["validity_days"], 30);
    assert_eq!(set["policy"]["active"], true);
    let set = sandbox.json(&["policy", "set", APP, "--active", "false"]);
    assert_eq!(set["policy"]["validity_days"], 30);
    assert_eq!(set["policy"]["active"], false);
    // Neither reading nor setting a policy needs the master keys.
    Run::of(&mut sandbox.bare(&["policy", "list"])).expect(0);

    sandbox.envelope("envelope", "packet", b"something");
    let decrypt = ["decrypt", "--app", APP, "envelope", "-o", "opened"];
    sandbox.fails(5, "decrypt_not_allowed", &decrypt);
    sandbox.fails(5, "decrypt_not_allowed", &[&decrypt[..], &["--user", "mallory"]].concat());
    sandbox.ok(&[&decrypt[..], &["--user", "Alice"]].concat());
}

/// An RFC 3339 time some days after another.
fn after(time: &Value, days: i64) -> String {
    let time = keymanager::time::Timestamp::from_rfc3339(time.as_str().unwrap()).unwrap();
    time.plus_days(days).truncate_to_seconds().to_rfc3339()
}

#[test]
fn keys_are_made_ahead_of_time_and_taken() {
    const POOL: &[&str] = &["app_id", "module_alias", "current", "ready", "oldest", "newest", "used", "last_used"];
    let sandbox = Sandbox::empty();
    sandbox.json(&["init"]);
    for app in ["ROOT", "REGISTRATION"] {
        sandbox.json(&["keys", "generate", "--app", app]);
    }
    assert_eq!(sandbox.json(&["keys", "pool"])["pools"], Value::Array(Vec::new()));
    let document = sandbox.json(&["keys", "pool", "--fill", "2"]);
    members(&document, &["pools"]);
    let pools = document["pools"].as_array().unwrap();
    assert_eq!(pools.len(), 1, "no Base keys are made for ROOT");
    members(&pools[0], POOL);
    assert_eq!((pools[0]["app_id"].as_str(), pools[0]["ready"].as_u64()), (Some("REGISTRATION"), Some(2)));
    assert_eq!((pools[0]["current"].as_bool(), &pools[0]["last_used"]), (Some(true), &Value::Null));
    sandbox.json(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "first"]);
    let pool = sandbox.json(&["keys", "pool", "--app", "REGISTRATION"])["pools"][0].clone();
    assert_eq!((pool["ready"].as_u64(), pool["used"].as_u64()), (Some(1), Some(1)));
    assert!(pool["last_used"].is_string());
    let text = sandbox.run(&["keys", "pool"]).expect(0).text();
    assert!(text.contains("REGISTRATION") && text.contains("LAST USED"), "{text}");
    // How many is said by the configuration, or else by the caller.
    sandbox.fails(2, "invalid_argument", &["keys", "pool", "--fill"]);
    sandbox.fails(5, "generation_not_allowed", &["keys", "pool", "--app", "KERNEL", "--fill", "1"]);
    std::fs::write(sandbox.path("keymanager.toml"), "[hierarchy]\nkey_pool = 3\n").unwrap();
    let filled = sandbox.json(&["keys", "pool", "--app", "REGISTRATION", "--fill"]);
    assert_eq!(filled["pools"][0]["ready"], 3);
}
