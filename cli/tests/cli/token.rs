//! Master keys on a SoftHSM token, from `hsm probe` to a decrypted envelope.

use std::process::Command;

use crate::sandbox::{Run, Sandbox};

pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const LABEL: &str = "keymanager cli";

/// A folder with a new token, whose PIN is the passphrase of the sandbox.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) configuration: std::path::PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty();
        let configuration = sandbox.path("softhsm2.conf");
        std::fs::create_dir(sandbox.path("tokens")).unwrap();
        let tokens = format!("directories.tokendir = {}\nlog.level = ERROR\n", sandbox.path("tokens").display());
        sandbox.write("softhsm2.conf", tokens.as_bytes());
        let world = Self { sandbox, configuration };
        let mut init = Command::new("softhsm2-util");
        init.args([
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--so-pin",
            "so-pin",
            "--pin",
            crate::sandbox::PASSPHRASE,
        ]);
        Run::of(init.env("SOFTHSM2_CONF", &world.configuration)).expect(0);
        world
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.sandbox.command(arguments).env("SOFTHSM2_CONF", &self.configuration))
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut command = self.sandbox.command(arguments);
        Run::of(command.arg("--json").env("SOFTHSM2_CONF", &self.configuration)).expect(0).document()
    }

    fn fails(&self, status: i32, name: &str, arguments: &[&str]) {
        let mut command = self.sandbox.command(arguments);
        Run::of(command.arg("--json").env("SOFTHSM2_CONF", &self.configuration)).expect(status).error(name);
    }
}

#[test]
fn a_key_manager_on_a_token() {
    let world = World::new();
    let uri = format!("pkcs11:token=keymanager%20cli?module-path={MODULE}");
    let probe = world.json(&["hsm", "probe", "--master", &uri]);
    assert_eq!(probe["raw_rsa"], true);
    assert_eq!(probe["warnings"], serde_json::json!([]));
    // Nothing is left behind, and what it says is a configuration that works.
    assert_eq!(world.json(&["hsm", "probe", "--master", &uri])["objects"], probe["objects"]);
    world.sandbox.write("keymanager.toml", probe["configuration"].as_str().unwrap().as_bytes());
    assert_eq!(world.json(&["hsm", "health"])["healthy"], true);
    let shown = world.run(&["hsm", "probe"]).expect(0).text();
    assert!(shown.contains("decrypt raw RSA") && shown.contains("kind = \"pkcs11\""), "{shown}");

    world.run(&["init"]).expect(0);
    assert!(!world.sandbox.path("keymanager.p12").exists());
    world.run(&["keys", "generate", "--app", "ROOT"]).expect(0);
    world.run(&["keys", "generate", "--app", "REGISTRATION"]).expect(0);
    world.run(&["keys", "generate", "--app", "KERNEL", "--ref", "IDENTITY_CACHE", "--kind", "aes"]).expect(0);
    world.sandbox.write("plain", b"to a token");
    world.run(&["encrypt", "--app", "REGISTRATION", "--ref", "10001_110011", "plain", "-o", "envelope"]).expect(0);
    world.run(&["decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened"]).expect(0);
    assert_eq!(world.sandbox.read("opened"), b"to a token");
    let doctor = world.json(&["doctor"]);
    assert_eq!((&doctor["findings"], &doctor["checked"]["tokens"]), (&serde_json::json!([]), &serde_json::json!(3)));
    let objects = &world.json(&["hsm", "probe"])["objects"];
    assert_eq!((&objects["pairs"], &objects["aes"], &objects["pending"]), (&2.into(), &1.into(), &0.into()));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let world = World::new();
    let uri = |query: &str| format!("pkcs11:token=keymanager%20cli?{query}");
    let good = uri(&format!("module-path={MODULE}"));
    world.fails(2, "invalid_argument", &["hsm", "probe"]);
    world.fails(2, "invalid_argument", &["hsm", "health", "--master", &uri("pin-value=1234")]);
    world.fails(7, "token_module", &["hsm", "health", "--master", &uri("module-path=/nowhere.so")]);
    let other = format!("pkcs11:token=other?module-path={MODULE}");
    world.fails(7, "token_not_found", &["hsm", "health", "--master", &other]);
    world.fails(2, "unsupported", &["master", "passphrase", "--master", &good]);
    // The PIN of the address counts when no option names one, and is relative to the folder.
    world.sandbox.write("pin", b"wrong\n");
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(world.sandbox.path("pin"), permissions).unwrap();
    let with_pin = format!("{good}&pin-source=file:pin");
    let mut command = world.sandbox.bare(&["hsm", "health", "--json", "--master", &with_pin]);
    let error = Run::of(command.env("SOFTHSM2_CONF", &world.configuration)).expect(7).error("wrong_pin");
    assert!(!error.to_string().contains("wrong\""), "{error}");
    world.run(&["hsm", "health", "--master", &good]).expect(0);
}
