//! Tokens that are full, slow, or keep their keys badly.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use keymanager::Code;
use keymanager::crypto::{HashAlgorithm, PrivateKey as _, SignatureScheme};
use keymanager::id::Alias;
use keymanager::master::pkcs11::TokenOptions;
use keymanager::master::{KeyKind, MasterKey, MasterKeys};

use crate::support::{
    LABEL, PIN, SOFTHSM, alone_with_chaos, alone_with_softhsm, certify, chaos_module, open, open_with, provider, run,
    script,
};

const ES256: SignatureScheme =
    SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha256, encoding: keymanager::crypto::EcdsaEncoding::Der };

/// A key that has no certificate yet, on the token of the chaos module.
fn pending(options: TokenOptions, name: &str) -> (Arc<dyn MasterKeys>, MasterKey) {
    let token: Arc<dyn MasterKeys> = Arc::new(open_with(chaos_module(), options).unwrap());
    let alias = Alias::new(name).unwrap();
    let public = token.create(alias.clone(), KeyKind::EcP256).unwrap().public.unwrap();
    (token.clone(), MasterKey::new(provider(), token, alias, public))
}

#[test]
fn a_full_token_has_nothing_half_made() {
    alone_with_chaos("limits::full_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn full_inside() {
    let (token, key) = pending(TokenOptions::new(provider()), "full");
    let alias = Alias::new("full").unwrap();
    let certificates = [certify(&key).unwrap(), certify(&key).unwrap()];
    let entries = || token.list(None).unwrap().entries;
    let full = |error: keymanager::Error| {
        assert_eq!(error.code(), Code::TokenFull, "{error:?}");
        assert!(error.detail().contains("CKR_DEVICE_MEMORY") && error.code().next().contains("Make room"), "{error:?}");
    };
    // Without a certificate, and with one that was to be replaced: what was there stays, and is whole.
    for certificate in certificates {
        let before = entries();
        script("C_CreateObject * fail 31\n");
        full(token.attach_certificate(alias.clone(), certificate.clone()).unwrap_err());
        full(token.attach_certificate(alias.clone(), certificate.clone()).unwrap_err());
        assert_eq!(entries(), before);
        script("");
        assert_eq!(entries(), before);
        token.attach_certificate(alias.clone(), certificate.clone()).unwrap();
        assert_eq!(token.find(alias.clone()).unwrap().unwrap().certificate, Some(certificate));
    }
    let before = entries();
    for (site, kind) in [
        ("C_GenerateKeyPair", KeyKind::Rsa2048),
        ("C_GenerateKeyPair", KeyKind::EcP256),
        ("C_GenerateKey", KeyKind::Aes256),
    ] {
        script(&format!("{site} * fail 31\n"));
        full(token.create(Alias::new("more").unwrap(), kind).unwrap_err());
        script("");
        assert_eq!(entries(), before, "{kind:?}");
    }
    token.create(Alias::new("more").unwrap(), KeyKind::Aes256).unwrap();
}

#[test]
fn a_slow_token_is_waited_for_until_the_limit() {
    alone_with_chaos("limits::slow_inside");
}

/// TOK-19
#[test]
#[ignore = "runs in a process of its own"]
fn slow_inside() {
    let mut options = TokenOptions::new(provider());
    options.sessions = 2;
    options.time_limit = Some(Duration::from_secs(2));
    let (token, key) = pending(options, "slow");
    let sign = || key.sign(ES256, b"message");
    sign().unwrap();
    // Each call of the module takes its time, and the operation is well inside its limit.
    script("* * slow 20\n");
    for _ in 0..5 {
        key.public_key().verify(&provider(), ES256, b"message", &sign().unwrap()).unwrap();
    }
    script("C_Sign 1 slow 6000\n");
    let begun = std::time::Instant::now();
    let error = sign().unwrap_err();
    assert_eq!(error.code(), Code::TokenTimeout, "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(6), "it was waited for beyond the limit");
    // Another session serves meanwhile.
    sign().unwrap();
    script("");
    token.health().unwrap();
}

#[test]
fn keys_that_can_be_taken_out_are_named() {
    alone_with_softhsm("limits::loose_inside");
}

/// TOK-22
#[test]
#[ignore = "runs in a process of its own"]
fn loose_inside() {
    let token = open();
    token.create(Alias::new("kept").unwrap(), KeyKind::Aes256).unwrap();
    assert_eq!(token.probe().unwrap().warnings, Vec::<String>::new());
    let mut tool = Command::new("pkcs11-tool");
    tool.args(["--module", SOFTHSM, "--token-label", LABEL, "--login", "--pin", PIN]);
    run(tool.args(["--keygen", "--key-type", "AES:32", "--label", "loose", "--extractable", "--usage-wrap"]));
    let warnings = token.probe().unwrap().warnings;
    for what in ["is EXTRACTABLE", "may WRAP"] {
        let named = |text: &&String| text.contains("loose") && text.contains(what);
        assert_eq!(warnings.iter().filter(named).count(), 1, "{what}: {warnings:?}");
    }
    assert!(!warnings.iter().any(|text| text.contains("kept")), "{warnings:?}");
}
