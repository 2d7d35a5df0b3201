//! `encrypt`, `decrypt`, `inspect`.

use serde_json::Value;

use crate::sandbox::{APP, KEY, REFERENCE, Run, Sandbox, members};

const SALT: &str = "000102030405060708090a0b";

#[test]
fn every_layout_goes_round_with_the_store() {
    let sandbox = Sandbox::initialised();
    let plaintext: Vec<u8> = (0..100_000u32).map(|number| number as u8).collect();
    sandbox.write("plain", &plaintext);
    sandbox.write("aad", b"context");
    for (layout, extra, overhead) in [
        ("ver_r2", &[][..], 356),
        ("packet", &[], 362),
        ("aad", &["--aad", "aad"], 334),
        ("salt", &["--salt", SALT, "--aad", "aad"], 318),
    ] {
        let name = format!("{layout}.envelope");
        let hyphens = layout.replace('_', "-");
        let mut arguments = vec!["encrypt", "--app", APP, "--ref", REFERENCE, "--layout", &hyphens];
        arguments.extend(extra.iter().copied().chain(["plain", "-o", &name]));
        let document = sandbox.json(&arguments);
        members(&document, &["layout", "recipient", "bytes_in", "bytes_out", "output"]);
        members(&document["recipient"], &["thumbprint", "app_id", "ref_id"]);
        assert_eq!(document["layout"], layout);
        assert_eq!(document["recipient"]["app_id"], APP);
        assert_eq!(document["recipient"]["ref_id"], REFERENCE);
        assert_eq!(document["bytes_in"], 100_000);
        assert_eq!(document["bytes_out"], 100_000 + overhead);
        assert_eq!(document["output"], name.as_str());
        assert_eq!(sandbox.read(&name).len(), 100_000 + overhead);

        let opened = format!("{layout}.plain");
        let mut arguments = vec!["decrypt", "--app", APP];
        arguments.extend(extra.iter().copied().chain([name.as_str(), "-o", &opened]));
        let document = sandbox.json(&arguments);
        members(&document, &["layout", "key", "thumbprint_checked", "bytes_in", "bytes_out", "output"]);
        members(&document["key"], KEY);
        assert_eq!(document["layout"], layout);
        assert_eq!(document["thumbprint_checked"], true);
        assert_eq!(document["key"]["level"], "base");
        assert_eq!(document["bytes_out"], 100_000);
        assert_eq!(sandbox.read(&opened), plaintext);
    }
}

#[test]
fn a_certificate_is_enough_to_encrypt() {
    let sandbox = Sandbox::empty();
    let with_keys = Sandbox::initialised();
    sandbox.write("certificate.pem", &with_keys.read("certificate.pem"));
    sandbox.write("plain", b"a few bytes");
    // No store, no key file, no passphrase.
    let run =
        Run::of(&mut sandbox.bare(&["encrypt", "--certificate", "certificate.pem", "plain", "-o", "out", "--json"]));
    let document = run.expect(0).document();
    assert_eq!(document["layout"], "ver_r2");
    assert_eq!(document["recipient"]["app_id"], Value::Null);
    assert_eq!(document["recipient"]["ref_id"], Value::Null);
    assert_eq!(document["recipient"]["thumbprint"].as_str().unwrap().len(), 64);
    with_keys.write("out", &sandbox.read("out"));
    with_keys.ok(&["decrypt", "--app", APP, "out", "-o", "plain"]);
    assert_eq!(with_keys.read("plain"), b"a few bytes");
}

#[test]
fn text_and_pipes() {
    let sandbox = Sandbox::initialised();
    let arguments = ["encrypt", "--certificate", "certificate.pem", "--armor", "-", "-o", "-"];
    let plaintext = vec![7u8; 200_000];
    let armored = Run::with_stdin(&mut sandbox.command(&arguments), &plaintext).expect(0).stdout;
    assert!(armored.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)));
    // An editor's line end does no harm.
    let text = [&armored[..], b"\n"].concat();
    let decrypt = ["decrypt", "--app", APP, "--dearmor", "-", "-o", "-"];
    assert_eq!(Run::with_stdin(&mut sandbox.command(&decrypt), &text).expect(0).stdout, plaintext);

    // Passphrase and data in one pipe: the first line is the passphrase.
    sandbox.write("armored", &armored);
    let mut command =
        sandbox.bare(&["decrypt", "--app", APP, "-", "-o", "opened", "--dearmor", "--passphrase-file", "-"]);
    let both = [crate::sandbox::PASSPHRASE.as_bytes(), b"\n", &armored].concat();
    Run::with_stdin(&mut command, &both).expect(0);
    assert_eq!(sandbox.read("opened"), plaintext);
}

#[test]
fn a_large_pipe_becomes_a_file_in_bounded_memory() {
    let sandbox = Sandbox::initialised();
    let plaintext = vec![9u8; 20 << 20];
    sandbox.write("plain", &plaintext);
    sandbox.ok(&["encrypt", "--certificate", "certificate.pem", "plain", "-o", "envelope"]);
    let envelope = sandbox.read("envelope");
    let arguments = ["decrypt", "--app", APP, "-", "-o", "opened"];
    Run::with_stdin(&mut sandbox.command(&arguments), &envelope).expect(0);
    assert!(sandbox.read("opened") == plaintext);
    // The layout whose IV is at the end cannot be read from a pipe of that size.
    sandbox.envelope("suffix", "aad", &plaintext);
    let arguments = ["decrypt", "--app", APP, "--aad", "aad", "-", "-o", "other", "--json"];
    let run = Run::with_stdin(&mut sandbox.command(&arguments), &sandbox.read("suffix"));
    run.expect(2).error("unsupported");
    assert!(!sandbox.path("other").exists());
}

#[test]
fn a_private_key_file_opens_without_a_store() {
    let sandbox = Sandbox::empty();
    openssl(
        &sandbox,
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
            "-days",
            "30",
            "-subj",
            "/CN=recipient",
        ],
    );
    sandbox.write("plain", b"for a partner");
    sandbox.ok(&["encrypt", "--certificate", "certificate.pem", "plain", "-o", "envelope"]);
    let decrypt = |extra: &[&str], name: &str| {
        let mut arguments = vec!["decrypt", "--private-key", "key.pem", "envelope", "-o", name, "--json"];
        arguments.extend(extra);
        Run::of(&mut sandbox.bare(&arguments)).expect(0).document()
    };
    let document = decrypt(&["--certificate", "certificate.pem"], "one");
    assert_eq!(document["thumbprint_checked"], true);
    assert_eq!(document["key"], Value::Null);
    let document = decrypt(&[], "two");
    assert_eq!(document["thumbprint_checked"], false);
    assert_eq!(sandbox.read("two"), b"for a partner");
}

#[test]
fn legacy_envelopes_are_read_when_named() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("packet", "packet", b"a packet of old times");
    // The same packet without its thumbprint, as release 1.1.3 wrote it.
    let mut bytes = sandbox.read("packet");
    bytes.drain(44..76);
    sandbox.write("old", &bytes);
    let decrypt = ["decrypt", "--app", APP, "--ref", REFERENCE, "old", "-o", "opened"];
    sandbox.fails(3, "envelope_layout", &decrypt);
    let accept = [&decrypt[..], &["--accept", "no-thumbprint,packet-no-thumbprint"]].concat();
    let document = sandbox.json(&accept);
    assert_eq!(document["layout"], "packet_no_thumbprint");
    assert_eq!(document["thumbprint_checked"], false);
    members(&document["key"], KEY);
    assert_eq!(sandbox.read("opened"), b"a packet of old times");
    let layout = [&decrypt[..], &["--layout", "packet_no_thumbprint", "--force-overwrite"]].concat();
    sandbox.ok(&layout);
}

#[test]
fn an_inspection_needs_no_key() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("envelope", "packet", b"something");
    let run = Run::of(&mut sandbox.bare(&["inspect", "envelope", "--certificate", "certificate.pem", "--json"]));
    let document = run.expect(0).document();
    members(
        &document,
        &[
            "kind",
            "layout",
            "size",
            "fields",
            "thumbprint",
            "authenticated",
            "not_authenticated",
            "findings",
            "certificate",
        ],
    );
    assert_eq!(document["kind"], "envelope");
    assert_eq!(document["layout"], "packet");
    assert_eq!(document["size"], 371);
    for field in document["fields"].as_array().unwrap() {
        members(field, &["name", "offset", "length", "value", "note"]);
    }
    for finding in document["findings"].as_array().unwrap() {
        members(finding, &["severity", "code", "text"]);
    }
    members(&document["certificate"], &["matches", "subject", "not_after", "days_left"]);
    assert_eq!(document["certificate"]["matches"], true);

    for (file, kind) in [("certificate.pem", "certificate"), ("keymanager.p12", "key_file"), ("passphrase", "unknown")]
    {
        let document = Run::of(&mut sandbox.bare(&["inspect", file, "--json"])).expect(0).document();
        assert_eq!(document["kind"], kind, "{file}");
        assert_eq!(document["certificate"], Value::Null);
    }
    let run = Run::with_stdin(&mut sandbox.bare(&["inspect", "-"]), &sandbox.read("envelope")).expect(0);
    assert!(run.text().contains("layout packet"), "{}", run.text());
}

/// Runs openssl, which must be there.
pub(crate) fn openssl(sandbox: &Sandbox, arguments: &[&str]) {
    let run = Run::of(std::process::Command::new("openssl").args(arguments).current_dir(sandbox.folder()));
    run.expect(0);
}
