//! What the tests of tokens share: processes of their own, new tokens, and the module that fails on demand.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, DistinguishedName, issue};
use keymanager::crypto::{CryptoProvider, PrivateKey, native};
use keymanager::error::Result;
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::random::{RandomSource as _, SystemRandom};
use keymanager::secret::{Passphrase, SecretBytes};
use keymanager::time::Timestamp;

/// The modules that must be there (Debian: `softhsm2`, `libnss3`).
pub(crate) const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const NSS: &str = "/usr/lib/x86_64-linux-gnu/libsoftokn3.so";
/// The label and the PINs of every token of the tests.
pub(crate) const LABEL: &str = "keymanager test";
pub(crate) const PIN: &str = "pin-of-the-test";
pub(crate) const SO_PIN: &str = "so-pin-of-the-test";

/// Runs the hidden test `name` of this program in a process of its own, with a folder for its tokens.
pub(crate) fn alone(name: &str, folder: &Path, environment: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf")).env("TOKEN_FOLDER", folder);
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{name} is no test\n{text}");
    for line in text.lines().filter(|line| line.contains("figure:")) {
        println!("{line}");
    }
}

/// The same on a new SoftHSM token.
pub(crate) fn alone_with_softhsm(name: &str) {
    let folder = softhsm(&[LABEL]);
    alone(name, folder.path(), &[]);
}

/// The same through the module that fails on demand.
pub(crate) fn alone_with_chaos(name: &str) {
    let folder = softhsm(&[LABEL]);
    let script = folder.path().join("script");
    std::fs::write(&script, "").unwrap();
    chaos_module();
    alone(name, folder.path(), &[("CHAOS_MODULE", SOFTHSM), ("CHAOS_SCRIPT", script.to_str().unwrap())]);
}

/// The folder of a hidden test, from its environment. Without one, somebody started it by itself.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("TOKEN_FOLDER").map(PathBuf::from).expect("hidden tests are started by the visible ones")
}

/// A folder with SoftHSM tokens of these labels.
pub(crate) fn softhsm(labels: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure_softhsm(folder.path());
    for label in labels {
        let mut command = Command::new("softhsm2-util");
        command.env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf"));
        run(command.args(["--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN]));
    }
    folder
}

/// The configuration of SoftHSM in a folder, with its tokens in `tokens` there.
pub(crate) fn configure_softhsm(folder: &Path) {
    let tokens = folder.join("tokens");
    std::fs::create_dir_all(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    std::fs::write(folder.join("softhsm2.conf"), text).unwrap();
}

/// The module that fails on demand, built if it is not.
pub(crate) fn chaos_module() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--locked", "--lib", "-p", env!("CARGO_PKG_NAME")]);
            run(cargo.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", target));
            target.join("debug/libkeymanager_chaos.so")
        })
        .clone()
}

/// Gives the module another script (see `src/script.rs`), whole or not at all.
pub(crate) fn script(text: &str) {
    let (new, path) = (folder().join("script.new"), folder().join("script"));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, path).unwrap();
}

/// How many rules took effect since the process began.
pub(crate) fn effects() -> usize {
    std::fs::read_to_string(folder().join("script.log")).map_or(0, |text| text.lines().count())
}

pub(crate) fn provider() -> CryptoProvider {
    native::provider()
}

pub(crate) fn pin(text: &str) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(text.as_bytes())).unwrap()
}

/// The token of the hidden test's folder.
pub(crate) fn open() -> Token {
    open_with(SOFTHSM, TokenOptions::new(provider())).unwrap()
}

pub(crate) fn open_with(module: impl Into<PathBuf>, options: TokenOptions) -> Result<Token> {
    Token::open(&TokenUri::of_label(module, LABEL), pin(PIN), options)
}

/// A self-signed certificate for `key`; each call gives another one.
pub(crate) fn certify(key: &dyn PrivateKey) -> Result<Vec<u8>> {
    let mut number = [0; 4];
    SystemRandom.fill(&mut number)?;
    let common_name = Some(format!("Token test {}", u32::from_be_bytes(number)));
    let request = CertificateRequest {
        kind: CertificateKind::Root,
        subject: DistinguishedName { common_name, ..DistinguishedName::default() },
        public_key: key.public_key().clone(),
        not_before: now(),
        not_after: now().plus_days(1000),
        alternative_names: AlternativeNames::default(),
    };
    Ok(issue(&provider(), &SystemRandom, &request, None, key)?.der().to_vec())
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap()
}

/// Runs a program that must be there, and must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    output
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
