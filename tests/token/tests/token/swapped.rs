//! TOK-16a: the token is exchanged for another one while a handle is at work.

use std::sync::Arc;
use std::time::Duration;

use keymanager::Code;
use keymanager::crypto::{Direction, HashAlgorithm, OaepProfile, PrivateKey as _, SignatureScheme};
use keymanager::id::Alias;
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::master::{KeyKind, MasterKey, MasterKeys};
use keymanager::secret::SecretBytes;

use crate::support::{
    LABEL, PIN, SO_PIN, SOFTHSM, alone, certify, chaos_module, folder, pin, provider, run, script, softhsm, text,
};

const RS256: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
const OAEP: OaepProfile = OaepProfile::SHA256_MGF1_SHA256;
/// What is found on both tokens, each with a key of its own.
const ALIAS: &str = "same alias";

/// A key on the token that a handle was opened on.
struct Job {
    token: Arc<Token>,
    key: MasterKey,
    ciphertext: Vec<u8>,
}

impl Job {
    fn new(label: &str, options: TokenOptions) -> Self {
        let token = Token::open(&TokenUri::of_label(chaos_module(), label), pin(PIN), options).unwrap();
        let token = Arc::new(token);
        let backend: Arc<dyn MasterKeys> = token.clone();
        let public = token.create(alias(), KeyKind::Rsa2048).unwrap().public.unwrap();
        let importer = provider().rsa.import_public(public.spki_der()).unwrap();
        let ciphertext = importer.encrypt_oaep(&OAEP, b"secret").unwrap();
        let key = MasterKey::new(provider(), backend, alias(), public);
        token.attach_certificate(alias(), certify(&key).unwrap()).unwrap();
        Self { token, key, ciphertext }
    }

    /// Everything works, with the key that was made here.
    fn works(&self) {
        assert_eq!(self.key.decrypt_oaep(&OAEP, &self.ciphertext).unwrap().expose(), b"secret");
        let signature = self.key.sign(RS256, b"message").unwrap();
        self.key.public_key().verify(&provider(), RS256, b"message", &signature).unwrap();
        self.token.health().unwrap();
        let entry = self.token.find(alias()).unwrap().unwrap();
        assert_eq!(entry.public.unwrap().spki_der(), self.key.public_key().spki_der());
    }

    /// Nothing does, and each call says why.
    fn is_refused(&self, why: &str) {
        let blocks = SecretBytes::copy_from(&[0; 16]);
        let answers = [
            self.key.sign(RS256, b"message").unwrap_err(),
            self.key.decrypt_oaep(&OAEP, &self.ciphertext).unwrap_err(),
            self.token.aes_ecb(alias(), Direction::Encrypt, blocks).unwrap_err(),
            self.token.find(alias()).unwrap_err(),
            self.token.list(None).unwrap_err(),
            self.token.create(Alias::new("another").unwrap(), KeyKind::EcP256).unwrap_err(),
            self.token.attach_certificate(alias(), Vec::new()).unwrap_err(),
            self.token.remove(alias()).unwrap_err(),
            self.token.health().unwrap_err(),
        ];
        for error in answers {
            assert_eq!(error.code(), Code::TokenNotFound, "{error:?}");
            assert!(error.detail().contains(why) && !format!("{error:?}").contains(PIN), "{error:?}");
        }
    }
}

#[test]
fn a_token_of_the_same_name_is_another_token() {
    let folder = softhsm(&[LABEL, LABEL]);
    through_chaos("swapped::same_name_inside", folder.path());
}

/// The other token has the label, the PIN and the alias, and a key of its own.
#[test]
#[ignore = "runs in a process of its own"]
fn same_name_inside() {
    let [slot, other] = slots()[..2] else { unreachable!() };
    let (here, there) = (format!("drawer {slot} {other}\n"), format!("swap {slot} {other}\n"));
    script(&here);
    let job = Job::new(LABEL, quick());
    job.works();
    let sessions = job.token.status().unwrap().sessions;

    script(&there);
    job.is_refused("was opened with the serial number");
    // Who opens the address now means the other token, which has nothing of the first.
    let stranger = Job::new(LABEL, quick());
    stranger.works();
    script(&format!("{there}C_Login * note\nC_SignInit * note\n"));
    job.is_refused("was opened with the serial number");
    assert_eq!(log(), "", "the other token was given the PIN, or one of its keys was used");
    stranger.works();

    // Each finds its own again, with as many sessions as before.
    script(&here);
    job.works();
    stranger.is_refused("was opened with the serial number");
    script(&there);
    stranger.works();
    job.is_refused("was opened with the serial number");
    script(&here);
    job.works();
    let status = job.token.status().unwrap();
    assert_eq!((status.sessions, status.busy, status.hanging), (sessions, 0, 0));
}

#[test]
fn a_new_session_looks_at_the_token_before_it_logs_in() {
    let folder = softhsm(&[LABEL, LABEL]);
    through_chaos("swapped::new_session_inside", folder.path());
}

/// Nobody has noticed the exchange yet: the only session hangs in a call, and the next one is opened in the slot where
/// the token was.
#[test]
#[ignore = "runs in a process of its own"]
fn new_session_inside() {
    let [slot, other] = slots()[..2] else { unreachable!() };
    let (here, there) = (format!("drawer {slot} {other}\n"), format!("swap {slot} {other}\n"));
    script(&there);
    Job::new(LABEL, quick()).works();
    script(&here);
    let mut options = quick();
    options.time_limit = Some(Duration::from_secs(2));
    let job = Job::new(LABEL, options);
    let hang = "C_SignInit * hang\n";
    script(&format!("{here}{hang}"));
    assert_eq!(job.key.sign(RS256, b"message").unwrap_err().code(), Code::TokenTimeout);
    script(&format!("{there}C_Login * note\n{hang}"));
    let error = job.key.sign(RS256, b"message").unwrap_err();
    assert_eq!(error.code(), Code::TokenNotFound, "{error:?}");
    assert!(!log().contains("C_Login"), "the other token was given the PIN");
    script(&here);
    job.works();
}

#[test]
fn a_token_with_another_label_and_pin_keeps_its_tries() {
    let folder = softhsm(&[LABEL]);
    let mut init = std::process::Command::new("softhsm2-util");
    init.args(["--init-token", "--free", "--label", "another", "--so-pin", SO_PIN, "--pin", "pin-of-another"]);
    run(init.env("SOFTHSM2_CONF", folder.path().join("softhsm2.conf")));
    through_chaos("swapped::another_label_inside", folder.path());
}

#[test]
#[ignore = "runs in a process of its own"]
fn another_label_inside() {
    let [first, second] = slots()[..2] else { unreachable!() };
    // Which of the two has the label is SoftHSM's choice.
    script(&format!("drawer {first} {second}\n"));
    let open = || Token::open(&TokenUri::of_label(chaos_module(), LABEL), pin(PIN), quick());
    let (slot, other) = if open().is_ok() { (first, second) } else { (second, first) };
    script(&format!("drawer {slot} {other}\n"));
    let job = Job::new(LABEL, quick());
    job.works();
    script(&format!("swap {slot} {other}\nC_Login * note\n"));
    job.is_refused("the module has: another");
    assert_eq!(log(), "", "the other token was given the PIN");
    script(&format!("drawer {slot} {other}\n"));
    job.works();
}

fn alias() -> Alias {
    Alias::new(ALIAS).unwrap()
}

/// The pauses are others' matter.
fn quick() -> TokenOptions {
    let mut options = TokenOptions::new(provider());
    options.back_off = vec![Duration::ZERO; 3];
    options
}

fn through_chaos(name: &str, folder: &std::path::Path) {
    let script = folder.join("script");
    std::fs::write(&script, "").unwrap();
    chaos_module();
    alone(name, folder, &[("CHAOS_MODULE", SOFTHSM), ("CHAOS_SCRIPT", script.to_str().unwrap())]);
}

/// The slots of the tokens that SoftHSM has.
fn slots() -> Vec<u64> {
    let shown = run(std::process::Command::new("softhsm2-util").arg("--show-slots"));
    let mut slots = Vec::new();
    for line in text(&shown.stdout).lines() {
        match (line.strip_prefix("Slot "), line.trim()) {
            (Some(number), _) => slots.push(number.parse().unwrap()),
            // The last slot is a free one.
            (None, "Initialized:      no") => drop(slots.pop()),
            _ => {}
        }
    }
    slots
}

/// What the script did so far.
fn log() -> String {
    std::fs::read_to_string(folder().join("script.log")).unwrap_or_default()
}
