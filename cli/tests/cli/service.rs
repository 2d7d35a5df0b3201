//! What a running MOSIP key manager left: its rows in SQLite, its key file, and every envelope it made.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::{Run, Sandbox};

fn vectors(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/mosip/service/pkcs12").join(name)
}

/// A key manager with the service's rows and its key file.
fn service() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("passphrase", b"throwaway-p12");
    sandbox.ok(&["init"]);
    let dump = std::fs::read_to_string(vectors("keymgr.sql")).unwrap();
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    database.execute("DELETE FROM key_policy_def", []).unwrap();
    let rows: usize = crate::dump::insert(&dump, &database).values().sum();
    assert!(rows > 40, "{rows}");
    std::fs::copy(vectors("keystore.p12"), sandbox.path("keymanager.p12")).unwrap();
    std::fs::set_permissions(sandbox.path("keymanager.p12"), std::fs::Permissions::from_mode(0o600)).unwrap();
    sandbox
}

fn base64url(text: &str) -> Vec<u8> {
    keymanager::envelope::text::decode(text).unwrap()
}

#[test]
fn every_envelope_of_the_service_opens() {
    let sandbox = service();
    let text = std::fs::read_to_string(vectors("ciphertexts.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let envelopes = document["envelopes"].as_array().unwrap();
    assert_eq!(envelopes.len(), 78);
    for record in envelopes {
        let request = &record["request"];
        let app = request["applicationId"].as_str().unwrap();
        let reference = request["referenceId"].as_str().unwrap();
        sandbox.write("envelope", record["response_data"].as_str().unwrap().as_bytes());
        let mut arguments = vec!["decrypt", "--dearmor", "envelope", "-o", "opened", "--force-overwrite", "--json"];
        let key = vectors(&format!("partner/{reference}.key.pem")).display().to_string();
        let certificate = vectors(&format!("partner/{reference}.pem")).display().to_string();
        if app == "PARTNER" {
            arguments.extend(["--private-key", &key, "--certificate", &certificate]);
        } else {
            arguments.extend(["--app", app, "--ref", reference]);
        }
        let salt = request["salt"].as_str().map(|text| hex::encode(base64url(text)));
        if let Some(salt) = &salt {
            arguments.extend(["--salt", salt]);
        }
        if let Some(aad) = request["aad"].as_str() {
            sandbox.write("aad", &base64url(aad));
            arguments.extend(["--aad", "aad"]);
        }
        let opened = sandbox.run(&arguments).expect(0).document();
        assert_eq!(opened["thumbprint_checked"], true);
        assert_eq!(hex::encode(sandbox.read("opened")), record["plaintext_hex"].as_str().unwrap(), "{}", record["id"]);
    }
}

#[test]
fn the_keys_of_the_service_are_listed_and_certified() {
    let sandbox = service();
    let tree = sandbox.json(&["keys", "tree"]);
    let root = &tree["tree"][0];
    assert_eq!(root["key"]["app_id"], "ROOT");
    assert!(root["children"].as_array().unwrap().len() > 8);
    let list = sandbox.json(&["keys", "list", "--all"]);
    let levels: Vec<&str> = list["keys"].as_array().unwrap().iter().map(|key| key["level"].as_str().unwrap()).collect();
    for level in ["root", "module", "sign", "base", "symmetric", "other_domain"] {
        assert!(levels.contains(&level), "{level} in {levels:?}");
    }
    let text = std::fs::read_to_string(vectors("ciphertexts.json")).unwrap();
    assert!(text.contains("10001_110011"));
    let certificate = sandbox.json(&["keys", "certificate", "--app", "REGISTRATION", "--ref", "10001_110011"]);
    assert_eq!(certificate["generated"], false);
    // What we make for the service's key opens with it.
    sandbox.write("plain", b"made here");
    sandbox.ok(&["encrypt", "--app", "REGISTRATION", "--ref", "10001_110011", "plain", "-o", "envelope"]);
    sandbox.ok(&["decrypt", "--app", "REGISTRATION", "envelope", "-o", "opened"]);
    assert_eq!(sandbox.read("opened"), b"made here");
    Run::of(&mut sandbox.bare(&["inspect", "keymanager.p12"])).expect(0);
}
