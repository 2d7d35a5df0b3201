//! The JDK's own providers open every layout we write, and we open every layout they write.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]
#![cfg(feature = "native")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use keymanager::certificate::Certificate;
use keymanager::crypto::{CryptoProvider, SoftwareKey};
use keymanager::envelope::{Layout, OpenOptions, Recipient, SealOptions, parse, seal};
use keymanager::secret::SecretBytes;

const AAD: &[u8] = b"caller context";

/// The Java program, a request a line.
struct Peer {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/java/EnvelopePeer.java");
        let mut child = Command::new("java")
            .arg(source)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs a JDK: `cargo xtask setup` installs one");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, answers }
    }

    fn ask(&mut self, request: &[&str]) -> String {
        writeln!(self.requests, "{}", request.join(" ")).unwrap();
        let mut answer = String::new();
        assert_ne!(self.answers.read_line(&mut answer).unwrap(), 0, "the Java program ended");
        answer.trim().to_owned()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { hex::encode(bytes) }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mosip/derived")
}

fn open(provider: &CryptoProvider, key: &SoftwareKey, options: &OpenOptions, envelope: &[u8]) -> Vec<u8> {
    let parsed = parse(envelope, options).unwrap();
    let session_key = parsed.unwrap_session_key(provider, key).unwrap();
    parsed.open(provider, &session_key).unwrap()
}

#[test]
fn every_layout_in_both_directions() {
    let key_path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/keys/derived-test-rsa2048.der");
    let certificate_path = vectors().join("derived-test-cert.pem");
    let mut java = Peer::start();
    let mut checks = 0;
    for provider in [keymanager::crypto::native::provider(), keymanager::crypto::rustcrypto::provider()] {
        let certificate = Certificate::parse(&provider, &std::fs::read(&certificate_path).unwrap()).unwrap();
        let now = certificate.not_before();
        let recipient = Recipient::new(&provider, certificate, now).unwrap();
        let key =
            SoftwareKey::from_pkcs8(&provider, &SecretBytes::from_vec(std::fs::read(&key_path).unwrap())).unwrap();
        for size in [1usize, 15, 16, 17, 4096, 100_000] {
            let plaintext: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
            for (layout, aad, salt) in [
                (Layout::VerR2, &b""[..], &b""[..]),
                (Layout::Packet, b"", b""),
                (Layout::Aad, AAD, b""),
                (Layout::Salt, AAD, &[7; 12]),
                (Layout::Salt, b"", &[8; 16]),
                (Layout::VerR2NoThumbprint, b"", b""),
                (Layout::PacketNoThumbprint, b"", b""),
                (Layout::NoThumbprint, AAD, b""),
            ] {
                let name = layout.as_str();
                let legacy = name.ends_with("no_thumbprint");
                let open_options = OpenOptions {
                    accept: if legacy { vec![layout] } else { Vec::new() },
                    aad: aad.to_vec(),
                    salt: (!salt.is_empty()).then(|| salt.to_vec()),
                    ..OpenOptions::default()
                };
                let path = |path: &Path| path.to_str().unwrap().to_owned();
                let (aad_text, salt_text) = (text(aad), text(salt));
                let theirs =
                    java.ask(&["seal", name, &path(&certificate_path), &aad_text, &salt_text, &text(&plaintext)]);
                let theirs = hex::decode(theirs).unwrap();
                assert_eq!(open(&provider, &key, &open_options, &theirs), plaintext, "{name} by Java, {size} bytes");
                checks += 1;
                if legacy {
                    continue;
                }
                let options = SealOptions { layout: Some(layout), aad: aad.to_vec(), salt: salt.to_vec() };
                let ours = seal(&provider, provider.random, &recipient, &options, &plaintext).unwrap();
                assert_eq!(ours.len(), theirs.len(), "{name}");
                let answer = java.ask(&["open", name, &path(&key_path), &aad_text, &salt_text, &text(&ours)]);
                assert_eq!(answer, text(&plaintext), "{name} by us, {size} bytes");
                let mut damaged = ours;
                *damaged.last_mut().unwrap() ^= 1;
                let answer = java.ask(&["open", name, &path(&key_path), &aad_text, &salt_text, &text(&damaged)]);
                assert_eq!(answer, "error", "the Java side must be able to fail");
                checks += 2;
            }
        }
    }
    println!("{checks} checks with the JDK's own providers");
}
