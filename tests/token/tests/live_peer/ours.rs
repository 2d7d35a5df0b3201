//! An operation as a call of this library.

use std::sync::Arc;

use keymanager::certificate::DistinguishedName;
use keymanager::crypto::{EcdsaEncoding, HashAlgorithm, PrivateKey as _, SignatureScheme};
use keymanager::envelope::{Layout, OpenOptions, SealOptions, parse};
use keymanager::error::Result;
use keymanager::id::{AppId, KeyScope};
use keymanager::manager::{CsrRequest, GenerateRequest, KeyInfo, KeyObject, KeyObjectRequest, RewrapOptions};
use keymanager::master::{KeyKind, MasterKey};
use keymanager::progress::NoProgress;

use crate::answer::{Answer, parsed};
use crate::operation::{Context, Operation, Scope};
use crate::place::Place;
use crate::support::provider;

pub(crate) fn scope(scope: Scope) -> KeyScope {
    KeyScope::new(scope.app, scope.reference).unwrap()
}

/// Does what needs no more than the place: not envelopes, signatures and uploads.
pub(crate) fn call(place: &Place, operation: &Operation) -> Answer {
    let manager = &place.manager;
    let answer = match operation {
        Operation::Master { scope: of, force, object, name } => {
            manager.generate_master_key(&request(*of, *force, object, *name)).map(|made| object_answer(&made))
        }
        Operation::Elliptic { scope: of, force, object } => {
            manager.generate_ec_sign_key(&request(*of, *force, object, None)).map(|made| object_answer(&made))
        }
        Operation::Symmetric { scope: of, force } => {
            let (kind, subject) = (KeyKind::Aes256, DistinguishedName::default());
            let request = GenerateRequest { scope: scope(*of), kind, force: *force, subject };
            manager.generate(&request).map(|_| Answer::done([]))
        }
        Operation::Certificate { scope: of } => {
            manager.certificate(&scope(*of)).map(|found| Answer::certificate(&found.certificate))
        }
        Operation::AllCertificates { scope: of } => manager
            .all_certificates(&scope(*of))
            .map(|found| Answer::certificates(found.iter().map(|(_, certificate)| certificate))),
        Operation::Chain { scope: of } => manager.chain(&scope(*of)).map(|found| Answer::certificates(&found)),
        Operation::Csr { scope: of, name } => {
            manager.generate_csr(&CsrRequest { scope: scope(*of), subject: named(name) }).map(|made| csr(&made.pem()))
        }
        Operation::Revoke { scope: of } => manager.revoke(&scope(*of)).map(|_| Answer::done([])),
        Operation::Rotate { scope: of } => manager.rotate(&scope(*of)).map(|_| Answer::done([])),
        Operation::Rewrap { app } => {
            manager.rewrap(&AppId::new(*app).unwrap(), &RewrapOptions::default(), &NoProgress).map(|_| Answer::done([]))
        }
        other => panic!("{} has a way of its own", other.name()),
    };
    of(answer)
}

/// The code of the service, where it has one for the same.
pub(crate) fn of(answer: Result<Answer>) -> Answer {
    answer.unwrap_or_else(|error| {
        let code = error.code();
        Answer::Failed(code.mosip_code().unwrap_or(code.name()).to_owned())
    })
}

fn request(of: Scope, force: bool, object: &str, name: Option<&str>) -> KeyObjectRequest {
    let subject = name.map(named).unwrap_or_default();
    KeyObjectRequest { scope: scope(of), object_type: object.to_owned(), force, subject }
}

fn named(name: &str) -> DistinguishedName {
    DistinguishedName { common_name: Some(name.to_owned()), ..DistinguishedName::default() }
}

fn object_answer(made: &KeyObject) -> Answer {
    object(&made.pem())
}

/// A certificate or a certification request.
pub(crate) fn object(pem: &str) -> Answer {
    if pem.contains("CERTIFICATE REQUEST") { csr(pem) } else { Answer::certificate(&parsed(pem)) }
}

pub(crate) fn csr(pem: &str) -> Answer {
    let csr = keymanager::certificate::CertificationRequest::parse(pem.as_bytes()).unwrap();
    csr.verify(&provider()).unwrap();
    let key = keymanager::crypto::sha256(&provider(), csr.public_key().spki_der()).unwrap();
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Answer::done([("subject", csr.subject_text()), ("key", key), ("algorithm", csr.signature_algorithm().to_owned())])
}

pub(crate) fn encrypt(place: &Place, of_: Scope, context: &Context, plaintext: &[u8]) -> Result<Vec<u8>> {
    let mut options = SealOptions::default();
    if let Some(aad) = &context.aad {
        options.layout = Some(Layout::Aad);
        options.aad.clone_from(aad);
    }
    if let Some(salt) = &context.salt {
        options.layout = Some(Layout::Salt);
        options.salt.clone_from(salt);
    }
    Ok(place.manager.encrypt(&scope(of_), &options, plaintext)?.envelope)
}

pub(crate) fn decrypt(place: &Place, of_: Scope, context: &Context, envelope: &[u8]) -> Answer {
    let opened = place.manager.decrypt(&scope(of_), &open_options(context), envelope);
    of(opened.map(|opened| Answer::done([("plaintext", format!("{:?}", opened.plaintext))])))
}

fn open_options(context: &Context) -> OpenOptions {
    let mut options = OpenOptions { salt: context.salt.clone(), ..OpenOptions::default() };
    options.aad = context.aad.clone().unwrap_or_default();
    options.layout = context.salt.as_ref().map(|_| Layout::Salt);
    options
}

/// What everybody sees of an envelope.
pub(crate) fn outside(context: &Context, envelope: &[u8]) -> Answer {
    let options = open_options(context);
    let parsed = parse(envelope, &options).unwrap();
    let thumbprint = parsed.thumbprint.unwrap().to_hex();
    Answer::done([
        ("layout", format!("{:?}", parsed.layout)),
        ("thumbprint", thumbprint),
        ("length", envelope.len().to_string()),
    ])
}

/// The scheme of the signing key of a scope.
pub(crate) fn scheme(of: Scope) -> SignatureScheme {
    let hash = HashAlgorithm::Sha256;
    match of.reference {
        "EC_SECP256R1_SIGN" | "EC_SECP256K1_SIGN" => SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Raw },
        "ED25519_SIGN" => SignatureScheme::Ed25519,
        _ => SignatureScheme::RsaPkcs1(hash),
    }
}

/// Signs with a key of the token.
pub(crate) fn sign(place: &Place, key: &KeyInfo, message: &[u8]) -> Vec<u8> {
    let certificate = place.manager.certificate(&key.scope).unwrap().certificate;
    let scheme = scheme_of(key);
    let key =
        MasterKey::new(provider(), Arc::clone(&place.master), key.alias.clone(), certificate.public_key().clone());
    key.sign(scheme, message).unwrap()
}

fn scheme_of(key: &KeyInfo) -> SignatureScheme {
    let hash = HashAlgorithm::Sha256;
    match key.algorithm.starts_with("EC-") {
        true => SignatureScheme::Ecdsa { hash, encoding: EcdsaEncoding::Raw },
        false => SignatureScheme::RsaPkcs1(hash),
    }
}
