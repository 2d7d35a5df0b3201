//! What cannot work: each failure has its own code, and no message has a secret.

use keymanager::Code;
use keymanager::id::Alias;
use keymanager::master::pkcs11::{Token, TokenOptions, TokenUri};
use keymanager::master::{KeyKind, MasterKeys as _};

use crate::support::{LABEL, PIN, SOFTHSM, alone, alone_with_softhsm, folder, open, open_with, pin, provider, softhsm};

fn failure(uri: &TokenUri, secret: &str) -> keymanager::Error {
    let error = Token::open(uri, pin(secret), TokenOptions::new(provider())).unwrap_err();
    assert!(!format!("{error:?}").contains(secret), "{error:?}");
    assert!(!error.code().next().is_empty());
    error
}

#[test]
fn modules_tokens_and_pins() {
    alone_with_softhsm("refused::modules_tokens_and_pins_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn modules_tokens_and_pins_inside() {
    let text = folder().join("text.so");
    std::fs::write(&text, "not a library").unwrap();
    for module in ["/nowhere/lib.so".into(), text, "libm.so.6".into()] {
        assert_eq!(failure(&TokenUri::of_label(module, LABEL), PIN).code(), Code::TokenModule);
    }
    assert_eq!(failure(&TokenUri::parse("pkcs11:token=a").unwrap(), PIN).code(), Code::InvalidArgument);

    let absent = failure(&TokenUri::of_label(SOFTHSM, "another"), PIN);
    assert_eq!(absent.code(), Code::TokenNotFound);
    assert!(absent.detail().contains(LABEL), "{absent:?}");

    assert_eq!(failure(&TokenUri::of_label(SOFTHSM, LABEL), "wrong-pin").code(), Code::WrongPin);
    // A right one works all the same: nothing was locked.
    open().health().unwrap();
}

#[test]
fn two_tokens_of_one_label() {
    let folder = softhsm(&[LABEL, LABEL]);
    alone("refused::two_tokens_inside", folder.path(), &[]);
}

#[test]
#[ignore = "runs in a process of its own"]
fn two_tokens_inside() {
    let error = failure(&TokenUri::of_label(SOFTHSM, LABEL), PIN);
    assert_eq!(error.code(), Code::TokenAmbiguous);
    let (_, serials) = error.detail().split_once("serial numbers: ").unwrap();
    for serial in serials.split(", ") {
        let mut uri = TokenUri::of_label(SOFTHSM, LABEL);
        uri.serial = Some(serial.to_owned());
        let token = Token::open(&uri, pin(PIN), TokenOptions::new(provider())).unwrap();
        token.health().unwrap();
    }
}

#[test]
fn aliases_and_certificates() {
    alone_with_softhsm("refused::aliases_and_certificates_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn aliases_and_certificates_inside() {
    let token = open();
    let odd = token.create(Alias::new("schl\u{fc}ssel").unwrap(), KeyKind::Aes256);
    assert_eq!(odd.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(token.find(Alias::new("schl\u{fc}ssel").unwrap()).unwrap(), None);

    // The certificate of one key is not attached to another: on a curve the key proves it.
    let keys = ["one", "two"].map(|name| {
        let alias = Alias::new(name).unwrap();
        let public = token.create(alias.clone(), KeyKind::EcP256).unwrap().public.unwrap();
        (alias, public)
    });
    let token = std::sync::Arc::new(open_with(SOFTHSM, TokenOptions::new(provider())).unwrap());
    let backend: std::sync::Arc<dyn keymanager::master::MasterKeys> = token.clone();
    let [(one, public), (two, _)] = keys;
    let key = keymanager::master::MasterKey::new(provider(), backend, one.clone(), public);
    let certificate = crate::support::certify(&key).unwrap();
    let crossed = token.attach_certificate(two.clone(), certificate.clone());
    assert_eq!(crossed.unwrap_err().code(), Code::InvalidArgument);
    assert!(token.find(two).unwrap().unwrap().pending);
    token.attach_certificate(one.clone(), certificate.clone()).unwrap();
    assert_eq!(token.find(one).unwrap().unwrap().certificate, Some(certificate));
}
