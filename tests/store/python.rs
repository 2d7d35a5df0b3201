//! A reader of the store in plain Python, written from docs/ alone, opens what the running service encrypted.

use std::process::Command;

use serde_json::Value;

use super::upstream::upstream;

#[test]
fn python_opens_envelopes_from_the_files_alone() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/mosip/service/pkcs12");
    let (folder, store) = upstream();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("passphrase"), "throwaway-p12\n").unwrap();
    let known: Value = serde_json::from_slice(&std::fs::read(format!("{vectors}/ciphertexts.json")).unwrap()).unwrap();
    let mut opened = 0;
    for item in known["envelopes"].as_array().unwrap() {
        // The private keys of partners are not in the store.
        if item["request"]["applicationId"] == "PARTNER" || !item["id"].as_str().unwrap().contains("-A1-") {
            continue;
        }
        std::fs::write(file("envelope"), item["response_data"].as_str().unwrap()).unwrap();
        let python = std::env::var_os("KEYMANAGER_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let output = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/python/read_store.py"))
            .arg(store.path())
            .arg(format!("{vectors}/keystore.p12"))
            .args([file("passphrase"), file("envelope"), file("plaintext")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let plaintext = hex::encode(std::fs::read(file("plaintext")).unwrap());
        assert_eq!(plaintext, item["plaintext_hex"].as_str().unwrap());
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["app_id"], item["request"]["applicationId"]);
        assert_eq!(found["ref_id"], item["request"]["referenceId"]);
        opened += 1;
    }
    assert_eq!(opened, 16);
}
