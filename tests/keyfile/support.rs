//! What the tests of the key file share.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, DistinguishedName, issue};
use keymanager::crypto::{CryptoProvider, Curve, PrivateKey, rustcrypto};
use keymanager::error::Result;
use keymanager::id::Alias;
use keymanager::master::keyfile::{KeyFile, KeyFileOptions};
use keymanager::random::{KeySource, SystemRandom};
use keymanager::secret::{Aes256Key, Passphrase, SecretBytes};
use keymanager::time::{FixedClock, Timestamp};

pub(crate) const PASSPHRASE: &str = "throwaway-p12";

/// The provider most tests run with.
pub(crate) fn provider() -> CryptoProvider {
    #[cfg(feature = "native")]
    return keymanager::crypto::native::provider();
    #[cfg(not(feature = "native"))]
    rustcrypto::provider()
}

/// Every provider that is compiled in.
pub(crate) fn providers() -> Vec<CryptoProvider> {
    let mut all = vec![rustcrypto::provider()];
    if all[0].name != provider().name {
        all.push(provider());
    }
    all
}

/// Hands out the same few RSA keys in turn, and fresh AES keys.
#[derive(Debug, Default)]
pub(crate) struct KeptKeys(AtomicUsize);

impl KeySource for KeptKeys {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        static KEYS: OnceLock<Vec<SecretBytes>> = OnceLock::new();
        assert_eq!(bits, 2048);
        let keys = KEYS.get_or_init(|| (0..4).map(|_| provider().keys.rsa_pkcs8(2048).unwrap()).collect());
        Ok(SecretBytes::copy_from(keys[self.0.fetch_add(1, Ordering::Relaxed) % keys.len()].expose()))
    }

    fn aes256(&self) -> Result<Aes256Key> {
        provider().keys.aes256()
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        provider().keys.ec_pkcs8(curve)
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        provider().keys.ed25519_pkcs8()
    }
}

pub(crate) fn options_with(provider: CryptoProvider) -> KeyFileOptions {
    KeyFileOptions::new(provider, Arc::new(SystemRandom), Arc::new(KeptKeys::default()), Arc::new(FixedClock(now())))
}

pub(crate) fn options() -> KeyFileOptions {
    options_with(provider())
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-11-25T12:00:00Z").unwrap()
}

pub(crate) fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(text.as_bytes())).unwrap()
}

pub(crate) fn alias(text: &str) -> Alias {
    Alias::new(text).unwrap()
}

/// A new file with few iterations.
pub(crate) fn create(path: &Path) -> KeyFile {
    KeyFile::create(path, passphrase(PASSPHRASE), Some(10_000), options()).unwrap()
}

pub(crate) fn open(path: &Path) -> Result<KeyFile> {
    KeyFile::open(path, passphrase(PASSPHRASE), options())
}

/// A self-signed certificate for `key`; each call gives another one.
pub(crate) fn certify(key: &dyn PrivateKey) -> Result<Vec<u8>> {
    let request = CertificateRequest {
        kind: CertificateKind::Root,
        subject: DistinguishedName { common_name: Some("Key file test".to_owned()), ..DistinguishedName::default() },
        public_key: key.public_key().clone(),
        not_before: now(),
        not_after: now().plus_days(1000),
        alternative_names: AlternativeNames::default(),
    };
    Ok(issue(&provider(), &SystemRandom, &request, None, key)?.der().to_vec())
}

/// Runs a program that must be there, and must succeed; the answer is its standard output.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = run_any(program, arguments);
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn run_any(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    // Messages in English, whatever the machine speaks.
    command.args(arguments).env("LC_ALL", "C").env("JAVA_TOOL_OPTIONS", "-Duser.language=en");
    command.output().unwrap_or_else(|error| panic!("{program} must be there: {error}"))
}

pub(crate) fn keytool(path: &Path, arguments: &[&str]) -> String {
    let mut all = arguments.to_vec();
    all.extend(["-keystore", path.to_str().unwrap(), "-storetype", "PKCS12", "-storepass", PASSPHRASE]);
    run("keytool", &all)
}

pub(crate) fn java_peer(command: &str, path: &Path, passphrase: &str, more: &[&str]) -> String {
    /// Compiled once for a run.
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keyfile-peer");
        let source = manifest("tests/peers/java/KeyFilePeer.java");
        run("javac", &["-d", folder.to_str().unwrap(), source.to_str().unwrap()]);
        folder
    });
    let mut all = vec!["-cp", classes.to_str().unwrap(), "KeyFilePeer", command, path.to_str().unwrap(), passphrase];
    all.extend(more);
    run("java", &all)
}

pub(crate) fn manifest(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A copy of a file in `folder`, mode 0600.
pub(crate) fn private_copy(from: &Path, folder: &Path) -> PathBuf {
    let to = folder.join("copy.p12");
    std::fs::write(&to, std::fs::read(from).unwrap()).unwrap();
    make_private(&to);
    to
}

pub(crate) fn make_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
