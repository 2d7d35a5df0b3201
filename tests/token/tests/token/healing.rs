//! Lost sessions, refused PINs, calls that hang: what a token does to a service that runs for years.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use keymanager::crypto::{HashAlgorithm, OaepProfile, PrivateKey as _, SignatureScheme};
use keymanager::id::Alias;
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::master::{KeyKind, MasterKey, MasterKeys};
use keymanager::secret::SecretBytes;
use keymanager::{Code, Error};

use crate::support::{LABEL, PIN, alone_with_chaos, certify, chaos_module, effects, open_with, pin, provider, script};

/// The codes after which a session heals (TOK-16).
const CODES: [(&str, u32); 11] = [
    ("SESSION_HANDLE_INVALID", 0xb3),
    ("SESSION_CLOSED", 0xb0),
    ("OBJECT_HANDLE_INVALID", 0x82),
    ("KEY_HANDLE_INVALID", 0x60),
    ("USER_NOT_LOGGED_IN", 0x101),
    ("DEVICE_REMOVED", 0x32),
    ("DEVICE_ERROR", 0x30),
    ("TOKEN_NOT_PRESENT", 0xe0),
    ("CRYPTOKI_NOT_INITIALIZED", 0x190),
    ("GENERAL_ERROR", 0x05),
    ("FUNCTION_FAILED", 0x06),
];

/// Where a decryption or a signature calls the token; those after the first four only when a session is new.
const SITES: [&str; 14] = [
    "C_DecryptInit",
    "C_Decrypt",
    "C_SignInit",
    "C_Sign",
    "C_Initialize",
    "C_GetSlotList",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_Login",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_GetAttributeValue",
    "C_CloseSession",
];

const RS256: SignatureScheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
const OAEP: OaepProfile = OaepProfile::SHA256_MGF1_SHA256;

/// A token with one RSA key, and what is done with it.
struct Job {
    token: Arc<Token>,
    key: MasterKey,
    ciphertext: Vec<u8>,
}

impl Job {
    fn new(options: TokenOptions) -> Self {
        let token = Arc::new(open_with(chaos_module(), options).unwrap());
        let backend: Arc<dyn MasterKeys> = token.clone();
        let alias = Alias::new("healing").unwrap();
        let public = token.create(alias.clone(), KeyKind::Rsa2048).unwrap().public.unwrap();
        let ciphertext =
            provider().rsa.import_public(public.spki_der()).unwrap().encrypt_oaep(&OAEP, b"secret").unwrap();
        let key = MasterKey::new(provider(), backend, alias.clone(), public);
        token.attach_certificate(alias, certify(&key).unwrap()).unwrap();
        Self { token, key, ciphertext }
    }

    fn decrypt(&self) -> Result<(), Error> {
        let opened = self.key.decrypt_oaep(&OAEP, &self.ciphertext)?;
        assert_eq!(opened.expose(), b"secret");
        Ok(())
    }

    fn sign(&self) -> Result<(), Error> {
        let signature = self.key.sign(RS256, b"message")?;
        self.key.public_key().verify(&provider(), RS256, b"message", &signature)
    }
}

#[test]
fn each_code_at_each_call_site() {
    alone_with_chaos("healing::each_code_at_each_call_site_inside");
}

/// 1,000 decryptions and signatures, among which each code is injected at each call site. Where a site is only passed on
/// the way to a new session, that is brought about by a lost session.
#[test]
#[ignore = "runs in a process of its own"]
fn each_code_at_each_call_site_inside() {
    let job = Job::new(TokenOptions::new(provider()));
    let size = job.token.status().unwrap().sessions;
    let mut calls = 0;
    let mut injected = 0;
    for (name, code) in CODES {
        for (at, site) in SITES.into_iter().enumerate() {
            let before = effects();
            let begin = if at < 4 { String::new() } else { "C_DecryptInit 1 fail b3\n".to_owned() };
            script(&format!("{begin}{site} 1 fail {code:x}\n# {name}\n"));
            for _ in 0..4 {
                job.decrypt().unwrap_or_else(|error| panic!("{name} at {site}: {error:?}"));
                job.sign().unwrap_or_else(|error| panic!("{name} at {site}: {error:?}"));
                calls += 2;
            }
            let happened = effects() - before;
            let status = job.token.status().unwrap();
            assert_eq!((status.sessions, status.busy, status.hanging), (size, 0, 0), "{name} at {site}");
            // A module is started again only when it says that it is not.
            if site == "C_Initialize" {
                continue;
            }
            assert!(happened > usize::from(at >= 4), "{name} at {site} was not injected");
            injected += 1;
        }
    }
    // The start of the module, after it said that it was not started.
    for (name, code) in CODES {
        let before = effects();
        script(&format!("C_SignInit 1 fail 190\nC_Initialize 1 fail {code:x}\n# {name}\n"));
        job.sign().unwrap_or_else(|error| panic!("{name} at C_Initialize: {error:?}"));
        assert_eq!(effects() - before, 2, "{name}");
        injected += 1;
        calls += 1;
    }
    let after = job.token.status().unwrap();
    assert_eq!((after.sessions, after.busy, after.hanging), (size, 0, 0));
    assert!(calls >= 1000);
    // There is no other call site: with every kind of loss nothing else is called.
    for begin in ["C_DecryptInit 1 fail b3", "C_SignInit 1 fail 190", "C_Sign 1 fail 32", "C_FindObjects 1 fail 101"] {
        script(&format!("{begin}\n* * note\n"));
        job.decrypt().unwrap();
        job.sign().unwrap();
    }
    script("");
    let log = std::fs::read_to_string(crate::support::folder().join("script.log")).unwrap();
    let called: BTreeSet<&str> = log.lines().filter_map(|line| line.strip_suffix(" note")).collect();
    assert!(called.contains("C_OpenSession") && called.contains("C_Initialize"), "{called:?}");
    let others: Vec<_> = called.iter().filter(|name| !SITES.contains(*name)).collect();
    assert!(others.is_empty(), "these call sites are not in the list: {others:?}");
    println!("figure: {calls} calls, {injected} injected losses, none failed; {size} sessions");
}

#[test]
fn a_token_that_stays_away() {
    alone_with_chaos("healing::a_token_that_stays_away_inside");
}

/// What does not heal is said after one cycle, with function and code; and when the token is back all goes on.
#[test]
#[ignore = "runs in a process of its own"]
fn a_token_that_stays_away_inside() {
    let mut options = TokenOptions::new(provider());
    options.back_off = vec![Duration::ZERO; 3];
    let job = Job::new(options);
    script("C_SignInit * fail 32\nC_OpenSession * fail e0\n");
    let error = job.sign().unwrap_err();
    assert_eq!(error.code(), Code::MasterUnavailable);
    assert!(error.detail().contains("C_OpenSession answered CKR_TOKEN_NOT_PRESENT"), "{error:?}");
    assert_eq!(effects(), 4);
    assert_eq!(job.token.health().unwrap_err().code(), Code::MasterUnavailable);
    script("");
    job.sign().unwrap();
    job.token.health().unwrap();
}

#[test]
fn a_pin_is_tried_once() {
    alone_with_chaos("healing::a_pin_is_tried_once_inside");
}

/// TOK-4: a PIN that is refused in the middle of work, too.
#[test]
#[ignore = "runs in a process of its own"]
fn a_pin_is_tried_once_inside() {
    for (code, expected) in [(0xa0, Code::WrongPin), (0xa4, Code::PinLocked), (0xa3, Code::PinLocked)] {
        script("");
        let token = open_with(chaos_module(), TokenOptions::new(provider())).unwrap();
        let before = effects();
        // Several calls at once: one of them tries the PIN.
        script(&format!("C_FindObjectsInit * fail b3\nC_Login * fail {code:x}\n"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(token.list(None).unwrap_err().code(), expected));
            }
        });
        let log = std::fs::read_to_string(crate::support::folder().join("script.log")).unwrap();
        let tried = log.lines().skip(before).filter(|line| line.starts_with("C_Login")).count();
        assert_eq!(tried, 1, "the PIN was tried {tried} times");
        script("");
        // Also when it would be taken now.
        assert_eq!(token.health().unwrap_err().code(), expected);
        assert_eq!(token.capabilities().unwrap_err().code(), expected);
    }
    script("");
    let uri = TokenUri::of_label(chaos_module(), LABEL);
    Token::open(&uri, pin(PIN), TokenOptions::new(provider())).unwrap().health().unwrap();
}

#[test]
fn calls_that_hang_are_given_up() {
    alone_with_chaos("healing::calls_that_hang_inside");
}

/// TOK-19
#[test]
#[ignore = "runs in a process of its own"]
fn calls_that_hang_inside() {
    let mut options = TokenOptions::new(provider());
    options.sessions = 1;
    options.time_limit = Some(Duration::from_secs(2));
    let job = Job::new(options);
    job.sign().unwrap();
    // A signature passes C_SignInit once: a call that comes back does not take the place of the next one.
    for hanging in 1..=2 {
        script(&format!("C_SignInit 1 hang\n# {hanging}\n"));
        assert_eq!(job.sign().unwrap_err().code(), Code::TokenTimeout);
        let status = job.token.status().unwrap();
        assert_eq!((status.sessions, status.busy), (1, 0));
        assert!(status.hanging >= 1);
        // The next call has a session of its own, while the other one hangs.
        job.sign().unwrap();
        job.decrypt().unwrap();
    }
    // More than the handle bears: at once, without waiting for the limit.
    script("C_SignInit * hang\n");
    while job.token.status().unwrap().hanging < 4 {
        assert_eq!(job.sign().unwrap_err().code(), Code::TokenTimeout);
    }
    let begun = std::time::Instant::now();
    assert!(job.sign().unwrap_err().detail().contains("hang"));
    assert!(begun.elapsed() < Duration::from_secs(1));
    // They come back, and everything is as before.
    script("");
    while job.token.status().unwrap().hanging > 0 {
        std::thread::yield_now();
    }
    job.sign().unwrap();
}

#[test]
fn the_making_of_a_key_is_not_repeated_blindly() {
    alone_with_chaos("healing::making_inside");
}

/// TOK-17: the code says whether something may be there; then it is removed.
#[test]
#[ignore = "runs in a process of its own"]
fn making_inside() {
    let token = open_with(chaos_module(), TokenOptions::new(provider())).unwrap();
    let alias = Alias::new("made").unwrap();
    token.capabilities().unwrap();
    // Nothing happened yet: a stale session costs nothing.
    for code in ["b3", "b0", "101", "190", "e0"] {
        script(&format!("C_GenerateKeyPair 1 fail {code}\n"));
        assert!(token.create(alias.clone(), KeyKind::EcP256).unwrap().public.is_some(), "{code}");
        token.remove(alias.clone()).unwrap();
    }
    // The key was made and its public half could not be read.
    for (site, code) in [("C_GenerateKeyPair", "30"), ("C_GenerateKeyPair", "5")] {
        script(&format!("{site} 1 fail {code}\n"));
        assert_eq!(token.create(alias.clone(), KeyKind::EcP256).unwrap_err().code(), Code::MasterUnavailable);
        assert_eq!(token.find(alias.clone()).unwrap(), None);
    }
    script("C_GenerateKeyPair 1 fail 31\n");
    assert_eq!(token.create(alias.clone(), KeyKind::EcP256).unwrap_err().code(), Code::TokenFull);
    script("C_GenerateKey 1 fail e2\n");
    assert_eq!(token.create(alias.clone(), KeyKind::Aes256).unwrap_err().code(), Code::TokenReadOnly);
    assert_eq!(token.list(None).unwrap().entries, []);
    script("");
    token.create(alias, KeyKind::Aes256).unwrap();
}

#[test]
fn a_bad_padding_and_a_broken_token_are_told_apart() {
    alone_with_chaos("healing::padding_inside");
}

/// TOK-14: SoftHSM answers `CKR_GENERAL_ERROR` to a bad padding.
#[test]
#[ignore = "runs in a process of its own"]
fn padding_inside() {
    let mut options = TokenOptions::new(provider());
    options.back_off = vec![Duration::ZERO; 3];
    let job = Job::new(options);
    let profile = OaepProfile::SHA1_MGF1_SHA1;
    let public = provider().rsa.import_public(job.key.public_key().spki_der()).unwrap();
    let good = public.encrypt_oaep(&profile, b"secret").unwrap();
    let bad = public.raw_public(SecretBytes::copy_from(&[[0; 1].as_slice(), &[0x77; 255]].concat()).expose()).unwrap();
    assert_eq!(job.key.decrypt_oaep(&profile, &bad).unwrap_err().code(), Code::DecryptionFailed);
    for code in ["5", "6", "30"] {
        script(&format!("C_Decrypt 1 fail {code}\n"));
        assert_eq!(job.key.decrypt_oaep(&profile, &good).unwrap().expose(), b"secret", "{code}");
        script(&format!("C_Decrypt * fail {code}\n"));
        assert_eq!(job.key.decrypt_oaep(&profile, &good).unwrap_err().code(), Code::MasterUnavailable, "{code}");
    }
    script("");
    assert_eq!(job.key.decrypt_oaep(&profile, &bad).unwrap_err().code(), Code::DecryptionFailed);
    assert_eq!(job.key.decrypt_oaep(&profile, &good).unwrap().expose(), b"secret");
}
