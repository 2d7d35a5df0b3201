//! Each row of the table of exit statuses (docs/command-line.md).

use std::process::Command;

use crate::envelopes::openssl;
use crate::sandbox::{APP, REFERENCE, Run, Sandbox};

const DECRYPT: [&str; 5] = ["decrypt", "--app", APP, "envelope", "-o"];

fn decrypt(extra: &[&'static str]) -> Vec<&'static str> {
    [&DECRYPT[..], &["opened"], extra].concat()
}

#[test]
fn one_output() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("envelope", "packet", b"something");
    sandbox.write("opened", b"kept");
    sandbox.fails(1, "output_exists", &decrypt(&[]));
    assert_eq!(sandbox.read("opened"), b"kept");
    sandbox.ok(&decrypt(&["--force-overwrite"]));
    assert_eq!(sandbox.read("opened"), b"something");

    let to = |output: &'static str| [&DECRYPT[..], &[output]].concat();
    sandbox.fails(1, "file_failed", &to("no/such/folder"));
    sandbox.fails(1, "file_failed", &to("."));
    sandbox.fails(1, "file_failed", &to("/dev/full"));
    sandbox.fails(1, "file_failed", &["encrypt", "--certificate", "certificate.pem", "plaintext", "-o", "/dev/full"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = Run::of(Command::new("sh").args([
        "-c",
        "exec \"$0\" \"$@\" >/dev/full",
        env!("CARGO_BIN_EXE_keymanager"),
        "version",
    ]));
    drop(full);
    assert!(run.expect(1).stderr.contains("standard output"));
}

#[test]
fn two_usage() {
    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"something");
    sandbox.write("empty", b"");
    for (name, arguments) in [
        ("invalid_argument", &["keys", "list", "--no-such-option"][..]),
        ("invalid_argument", &["no-such-command"]),
        ("invalid_argument", &["encrypt", "plain", "-o", "out"]),
        ("invalid_argument", &["encrypt", "--certificate", "certificate.pem", "--app", "A", "plain", "-o", "out"]),
        (
            "invalid_argument",
            &["encrypt", "--certificate", "certificate.pem", "--layout", "best", "plain", "-o", "out"],
        ),
        ("invalid_argument", &["keys", "generate", "--app", APP, "--kind", "dsa"]),
        ("invalid_argument", &["keys", "list", "--store", "postgres://db/keymgr"]),
        ("invalid_argument", &["keys", "list", "--store", "postgresql://u:word@db/keymgr"]),
        ("unsupported", &["master", "passphrase", "--master", "pkcs11:token=x"]),
        ("invalid_argument", &["keys", "list", "--store", "keymanager.db"]),
        ("invalid_argument", &["keys", "list", "--provider", "best"]),
        (
            "unsupported",
            &["encrypt", "--certificate", "certificate.pem", "--layout", "no_thumbprint", "plain", "-o", "out"],
        ),
        ("empty_plaintext", &["encrypt", "--certificate", "certificate.pem", "empty", "-o", "out"]),
        ("empty_plaintext", &["encrypt", "--app", APP, "--ref", "another", "empty", "-o", "out"]),
        ("empty_plaintext", &["encrypt", "--certificate", "certificate.pem", "/dev/null", "-o", "out"]),
        ("aad_missing", &["encrypt", "--certificate", "certificate.pem", "--layout", "aad", "plain", "-o", "out"]),
        (
            "aad_missing",
            &["encrypt", "--certificate", "certificate.pem", "--layout", "aad", "--aad", "empty", "plain", "-o", "out"],
        ),
        ("salt_missing", &["encrypt", "--certificate", "certificate.pem", "--layout", "salt", "plain", "-o", "out"]),
        (
            "invalid_argument",
            &["encrypt", "--certificate", "certificate.pem", "--layout", "salt", "--salt", "xyz", "plain", "-o", "out"],
        ),
        ("unexpected_context", &["encrypt", "--certificate", "certificate.pem", "--salt", "00", "plain", "-o", "out"]),
    ] {
        sandbox.fails(2, name, arguments);
        assert!(!sandbox.path("out").exists(), "{arguments:?}");
    }
    sandbox.envelope("envelope", "salt", b"something");
    sandbox.fails(2, "salt_missing", &decrypt(&["--layout", "salt"]));
    sandbox.envelope("envelope", "packet", b"something");
    sandbox.fails(2, "unexpected_context", &decrypt(&["--aad", "aad"]));
    // The document and the output cannot both have standard output.
    let run = sandbox.run(&["encrypt", "--certificate", "certificate.pem", "plain", "-o", "-", "--json"]).expect(2);
    run.error("invalid_argument");
    // A key that was only asked for by a refused encryption is not there.
    assert_eq!(sandbox.json(&["keys", "list", "--ref", "another"])["keys"].as_array().unwrap().len(), 0);
    Run::of(&mut sandbox.bare(&[])).expect(2);
    Run::of(&mut sandbox.bare(&["--help"])).expect(0);
    Run::of(&mut sandbox.bare(&["keys", "generate", "--help", "--json"])).expect(0);
}

#[test]
fn three_malformed() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("whole", "ver_r2", b"something");
    let whole = sandbox.read("whole");
    let put = |bytes: &[u8]| sandbox.write("envelope", bytes);
    for len in [0, 1, 100, 293, 307, 320, 355] {
        put(&whole[..len]);
        sandbox.fails(3, "envelope_truncated", &decrypt(&[]));
    }
    let mut newer = whole.clone();
    newer[5] = b'3';
    put(&newer);
    sandbox.fails(3, "envelope_version", &decrypt(&[]));
    let mut damaged = whole.clone();
    damaged[294] ^= 1;
    put(&damaged);
    sandbox.fails(3, "envelope_layout", &decrypt(&[]));
    // A wrapped key of another size moves the splitter.
    let mut longer = whole.clone();
    longer.insert(100, 0);
    put(&longer);
    sandbox.fails(3, "envelope_layout", &decrypt(&[]));
    put(b"not base64url!");
    sandbox.fails(3, "invalid_base64", &decrypt(&["--dearmor"]));
    sandbox.fails(3, "certificate_unparsable", &["encrypt", "--certificate", "passphrase", "whole", "-o", "opened"]);
    sandbox.fails(3, "key_unparsable", &["decrypt", "--private-key", "passphrase", "whole", "-o", "opened"]);
    openssl(&sandbox, &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ec.pem"]);
    sandbox.fails(3, "key_unparsable", &["decrypt", "--private-key", "ec.pem", "whole", "-o", "opened"]);
    openssl(&sandbox, &["genrsa", "-out", "long.pem", "3072"]);
    sandbox.fails(3, "ciphertext_size", &["decrypt", "--private-key", "long.pem", "whole", "-o", "opened"]);
    assert!(!sandbox.path("opened").exists());
}

#[test]
fn four_not_found() {
    let sandbox = Sandbox::initialised();
    sandbox.envelope("mine", "packet", b"something");
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
            "other.pem",
            "-subj",
            "/CN=other",
        ],
    );
    sandbox.ok(&["encrypt", "--certificate", "other.pem", "plaintext", "-o", "envelope"]);
    sandbox.fails(4, "thumbprint_not_found", &decrypt(&[]));
    let with_key = ["decrypt", "--private-key", "key.pem", "--certificate", "other.pem", "mine", "-o", "opened"];
    sandbox.fails(4, "thumbprint_mismatch", &with_key);
    sandbox.fails(
        4,
        "application_not_found",
        &["encrypt", "--app", "NOBODY", "--ref", "x", "plaintext", "-o", "opened"],
    );
    sandbox.fails(4, "application_not_found", &["policy", "show", "NOBODY"]);
    sandbox.fails(4, "alias_not_found", &["keys", "show", "00000000-0000-4000-8000-000000000000"]);
    sandbox.fails(4, "key_not_generated", &["encrypt", "--app", "ID_REPO", "--ref", "x", "plaintext", "-o", "opened"]);
    sandbox.fails(4, "file_not_found", &["encrypt", "--certificate", "certificate.pem", "missing", "-o", "opened"]);
    assert!(!sandbox.path("opened").exists());
}

#[test]
fn five_refused() {
    let sandbox = Sandbox::initialised();
    sandbox.fails(5, "already_exists", &["init"]);
    std::fs::remove_file(sandbox.path("keymanager.db")).unwrap();
    sandbox.fails(5, "already_exists", &["init"]);
    assert!(!sandbox.path("keymanager.db").exists());
    // A key file without keys is what a killed `init` leaves; but whose is it under another passphrase?
    let sandbox = Sandbox::empty();
    sandbox.ok(&["init"]);
    std::fs::remove_file(sandbox.path("keymanager.db")).unwrap();
    let other = |command: &mut Command| Run::of(command.env("KEYMANAGER_PASSPHRASE", "another passphrase"));
    other(&mut sandbox.bare(&["init", "--json"])).expect(5).error("already_exists");
    assert!(!sandbox.path("keymanager.db").exists());
    sandbox.ok(&["init"]);
    sandbox.ok(&["keys", "generate", "--app", "ROOT"]);

    let sandbox = Sandbox::initialised();
    sandbox.write("plain", b"something");
    let to = |certificate: &'static str| ["encrypt", "--certificate", certificate, "plain", "-o", "out"];
    let subject = ["-nodes", "-keyout", "key.pem", "-subj", "/CN=other"];
    openssl(
        &sandbox,
        &[&["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec.pem"], &subject[..]]
            .concat(),
    );
    openssl(&sandbox, &[&["req", "-x509", "-newkey", "rsa:4096", "-out", "long.pem"], &subject[..]].concat());
    sandbox.fails(5, "recipient_key", &to("ec.pem"));
    sandbox.fails(5, "recipient_key", &to("long.pem"));
    let at = |now: &str| {
        let document = sandbox.run_at(now, &[&to("certificate.pem")[..], &["--json"]].concat()).expect(5).document();
        assert_eq!(document["now"], now);
        document["error"]["name"].clone()
    };
    assert_eq!(at("2099-01-01T00:00:00Z"), "certificate_expired");
    assert_eq!(at("2020-01-01T00:00:00Z"), "certificate_not_yet_valid");
    sandbox.fails(5, "encrypt_not_allowed", &["encrypt", "--app", APP, "plain", "-o", "out"]);
    sandbox.fails(5, "encrypt_not_allowed", &["encrypt", "--app", "KERNEL", "--ref", "sign", "plain", "-o", "out"]);
    sandbox.fails(5, "fake_clock", &["version", "--now", "2030-01-01T00:00:00Z"]);
    assert!(!sandbox.path("out").exists());
}

#[test]
fn six_decryption() {
    let sandbox = Sandbox::initialised();
    let mut errors = Vec::new();
    for (layout, extra) in [("ver_r2", &[][..]), ("packet", &[]), ("aad", &["--aad", "aad"])] {
        sandbox.envelope("whole", layout, &[7; 100]);
        let whole = sandbox.read("whole");
        for position in [whole.len() - 1, whole.len() - 17, whole.len() - 33] {
            let mut damaged = whole.clone();
            damaged[position] ^= 1;
            sandbox.write("envelope", &damaged);
            errors.push(sandbox.fails(6, "decryption_failed", &decrypt(extra)));
        }
    }
    sandbox.envelope("envelope", "aad", b"something");
    errors.push(sandbox.fails(6, "decryption_failed", &decrypt(&["--aad", "plaintext"])));
    errors.push(sandbox.fails(6, "decryption_failed", &decrypt(&[])));
    sandbox.envelope("envelope", "salt", b"something");
    errors.push(sandbox.fails(6, "decryption_failed", &decrypt(&["--salt", "ff0102030405060708090a0b"])));
    openssl(&sandbox, &["genrsa", "-out", "key.pem", "2048"]);
    sandbox.envelope("envelope", "packet", b"something");
    errors.push(sandbox.fails(
        6,
        "decryption_failed",
        &["decrypt", "--private-key", "key.pem", "envelope", "-o", "opened"],
    ));
    // To standard output as well: not a byte of it.
    let mut damaged = sandbox.read("envelope");
    *damaged.last_mut().unwrap() ^= 1;
    sandbox.write("envelope", &damaged);
    let run = sandbox.run(&["decrypt", "--app", APP, "envelope", "-o", "-"]).expect(6);
    assert!(run.stdout.is_empty());
    // One text for all.
    assert!(errors.windows(2).all(|pair| pair[0] == pair[1]), "{errors:?}");
    assert!(!sandbox.path("opened").exists());
}

#[test]
fn seven_store_and_master() {
    let sandbox = Sandbox::initialised();
    let list = ["keys", "list"];
    sandbox.write("passphrase", b"not the passphrase\n");
    sandbox.fails(7, "wrong_passphrase", &list);
    sandbox.write("passphrase", crate::sandbox::PASSPHRASE.as_bytes());
    let key_file = sandbox.read("keymanager.p12");
    sandbox.write("keymanager.p12", &key_file[..key_file.len() / 2]);
    sandbox.fails(7, "key_file_damaged", &list);
    std::fs::remove_file(sandbox.path("keymanager.p12")).unwrap();
    sandbox.fails(7, "master_unavailable", &list);
    sandbox.write("keymanager.db", b"this is not a database");
    let run = Run::of(sandbox.command(&list).arg("--json")).expect(7);
    assert!(["store_unavailable", "record_damaged"].contains(&run.document()["error"]["name"].as_str().unwrap()));
    std::fs::remove_file(sandbox.path("keymanager.db")).unwrap();
    sandbox.fails(7, "store_unavailable", &list);

    let sandbox = Sandbox::initialised();
    let database = rusqlite::Connection::open(sandbox.path("keymanager.db")).unwrap();
    database.execute("UPDATE key_store SET certificate_data = 'damaged'", []).unwrap();
    sandbox.fails(7, "record_damaged", &["keys", "certificate", "--app", APP, "--ref", REFERENCE]);
    database.execute("UPDATE key_alias SET key_expire_dtimes = 'never'", []).unwrap();
    sandbox.fails(7, "record_damaged", &list);
    database.pragma_update(None, "user_version", 1_000_000).unwrap();
    drop(database);
    sandbox.fails(7, "store_version", &list);
}

#[test]
fn seven_folder_not_writable() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let sandbox = Sandbox::empty();
    let mode = |mode| std::fs::set_permissions(sandbox.folder(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    // Root may write anywhere: then another user tries.
    let nobody = std::fs::write(sandbox.path("probe"), b"").is_ok();
    let mut command = sandbox.bare(&["init", "--json"]);
    command.env("KEYMANAGER_PASSPHRASE", crate::sandbox::PASSPHRASE);
    if nobody {
        std::fs::remove_file(sandbox.path("probe")).unwrap();
        // The program, where that user may run it.
        let copy = tempfile::TempDir::new().unwrap();
        std::fs::set_permissions(copy.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = copy.path().join("keymanager");
        std::fs::copy(env!("CARGO_BIN_EXE_keymanager"), &program).unwrap();
        let mut other = Command::new(&program);
        other
            .args(["init", "--json"])
            .current_dir(sandbox.folder())
            .env("KEYMANAGER_PASSPHRASE", crate::sandbox::PASSPHRASE);
        let error = Run::of(other.uid(65_534).gid(65_534)).expect(7).document();
        assert_eq!(error["error"]["name"], "master_unavailable", "{error}");
    } else {
        Run::of(&mut command).expect(7);
    }
    mode(0o755);
    assert_eq!(sandbox.names(), ["passphrase"]);
}
