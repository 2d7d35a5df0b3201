//! The main job in one go.

use std::process::Command;

use crate::sandbox::{KEY, Run, Sandbox, members};

const FOLDER: &str = "keymanager-quickstart";

fn quickstart(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    Run::of(&mut sandbox.bare(&[&["quickstart"][..], arguments].concat())).expect(0)
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let names = std::fs::read_dir(sandbox.path(FOLDER)).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".lock") && !name.ends_with("-locks"));
    names.sort();
    names
}

#[test]
fn it_leaves_its_files_and_runs_again() {
    let sandbox = Sandbox::empty();
    let document = quickstart(&sandbox, &["--json"]).document();
    members(
        &document,
        &[
            "dir",
            "store",
            "master",
            "passphrase_file",
            "config",
            "plaintext",
            "envelope",
            "decrypted",
            "certificate",
            "layout",
            "bytes_in",
            "bytes_out",
            "equal",
            "key",
            "tree",
            "inspection",
            "next",
        ],
    );
    members(&document["key"], KEY);
    assert_eq!(document["layout"], "packet");
    assert_eq!(document["equal"], true);
    assert_eq!(document["inspection"]["certificate"]["matches"], true);
    assert_eq!(document["tree"][0]["children"][0]["children"][0]["key"]["ref_id"], "10001_110011");
    let size = document["bytes_in"].as_u64().unwrap();
    assert!((1_900_000..2_300_000).contains(&size), "{size}");
    assert_eq!(document["bytes_out"], size + 362);
    let expected = [
        "certificate.pem",
        "decrypted-packet.zip",
        "keymanager.db",
        "keymanager.p12",
        "keymanager.passphrase",
        "keymanager.toml",
        "packet.zip",
        "packet.zip.envelope",
    ];
    assert_eq!(names(&sandbox), expected);

    let again = quickstart(&sandbox, &["--json"]).document();
    assert_eq!(again["key"]["alias"], document["key"]["alias"]);
    assert_eq!(names(&sandbox), expected);
    // Whatever the environment says then, the passphrase that was drawn is the one of this folder.
    let mut command = sandbox.bare(&["quickstart", "--quiet"]);
    let run = Run::of(command.env("KEYMANAGER_PASSPHRASE", "another one")).expect(0);
    assert!(run.stdout.is_empty());
}

#[test]
fn the_commands_it_names_work() {
    let sandbox = Sandbox::empty();
    let document = quickstart(&sandbox, &["--json"]).document();
    for command in document["next"].as_array().unwrap() {
        let command = command.as_str().unwrap();
        Run::of(Command::new("sh").args(["-c", command]).current_dir(sandbox.folder())).expect(0);
    }
    let text = quickstart(&sandbox, &[]).text();
    for part in ["ROOT", "─ REGISTRATION", "10001_110011", "equal to the plaintext", "layout packet", "Try next"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_file_and_a_passphrase_of_ones_own() {
    let sandbox = Sandbox::empty();
    sandbox.write("mine.bin", &[7; 1000]);
    let arguments = ["quickstart", "--dir", "there", "--input", "mine.bin", "--json"];
    let document = sandbox.run(&arguments).expect(0).document();
    assert_eq!(document["plaintext"], "mine.bin");
    assert_eq!(document["envelope"], "there/mine.bin.envelope");
    assert_eq!(document["passphrase_file"], "passphrase");
    assert_eq!(sandbox.read("there/decrypted-mine.bin"), [7; 1000]);
    assert!(!sandbox.path("there/keymanager.passphrase").exists());
    for command in document["next"].as_array().unwrap() {
        Run::of(Command::new("sh").args(["-c", command.as_str().unwrap()]).current_dir(sandbox.folder())).expect(0);
    }
    sandbox.fails(4, "file_not_found", &["quickstart", "--dir", "other", "--input", "missing"]);
    sandbox.write("empty", b"");
    sandbox.fails(2, "empty_plaintext", &["quickstart", "--dir", "other", "--input", "empty"]);
    assert!(!sandbox.path("other").exists());
}

#[test]
fn the_sample_is_what_it_looks_like() {
    let sandbox = Sandbox::empty();
    quickstart(&sandbox, &["--quiet"]);
    // Python reads the packet as a registration processor would: zips in a zip, JSON, a PDF, pictures.
    let script = r#"
import hashlib, io, json, struct, zipfile, zlib
def zips(path):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}
outer = zips("packet.zip")
assert len(outer) == 6, list(outer)
for name, data in outer.items():
    assert name.startswith("REGISTRATION_CLIENT/NEW/"), name
    if not name.endswith(".zip"):
        meta = json.loads(data)
        assert meta["refid"] == "10001_110011"
        continue
    inner = zips(io.BytesIO(data))
    info = json.loads(inner["packet_meta_info.json"])
    names = info["identity"]["hashSequence1"][0]["value"]
    joined = b"".join(inner[name] for name in names)
    assert hashlib.sha256(joined).hexdigest().upper().encode() == inner["packet_data_hash.txt"]
    if name.endswith("_id.zip"):
        assert json.loads(inner["ID.json"])["identity"]["registrationId"] in name
    if name.endswith("_evidence.zip"):
        png = inner["proofOfIdentity.png"]
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        at, kinds = 8, []
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            body = png[at + 4:at + 8 + length]
            assert zlib.crc32(body) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
            if kind == b"IDAT": assert len(zlib.decompress(body[4:])) == 1500 * 801
            kinds.append(kind); at += 12 + length
        assert kinds == [b"IHDR", b"IDAT", b"IEND"]
        pdf = inner["proofOfAddress.pdf"]
        table = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
        lines = pdf[table:].split(b"\n")
        for number, line in enumerate(lines[3:8], 1):
            assert pdf[int(line[:10]):].startswith(b"%d 0 obj" % number), line
"#;
    let mut python = Command::new("python3");
    Run::of(python.args(["-c", script]).current_dir(sandbox.path(FOLDER))).expect(0);
}
