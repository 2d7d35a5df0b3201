//! Certificates against the bare signature in them, and signatures on curves against AWS-LC.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use keymanager::certificate::{AlternativeNames, CertificateKind, CertificateRequest, DistinguishedName, issue};
use keymanager::crypto::{Curve, EcdsaEncoding, HashAlgorithm, PrivateKey as _, SignatureScheme, SoftwareKey};
use keymanager::random::KeySource as _;
use keymanager::time::{Clock as _, SystemClock};
use keymanager_benches::contest::{Contestant, Goal, Summary, run};
use keymanager_benches::{Failure, must};

use crate::Size;
use crate::world::{KeptKeys, provider};

/// The message of a signature on a curve, bytes.
const MESSAGE_LEN: usize = 1024;
/// What a certificate has besides its signed part, bytes: algorithm, signature, and the heads.
const SIGNATURE_PART_LEN: usize = 280;

/// A Base certificate under a Module key, whole: names, serial, signature, its verification, and reading it again.
pub(crate) fn certificate(size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let provider = provider();
    let keys = KeptKeys::new()?;
    let now = SystemClock.now();
    let pkcs8 = keys.rsa_pkcs8(2048)?;
    let module = SoftwareKey::from_pkcs8(&provider, &pkcs8)?;
    let subject = SoftwareKey::from_pkcs8(&provider, &keys.rsa_pkcs8(2048)?)?;
    let name = |common_name: &str| DistinguishedName {
        common_name: Some(common_name.to_owned()),
        organizational_unit: Some("MOSIP-TECH-CENTER".to_owned()),
        organization: Some("IITB".to_owned()),
        location: Some("BANGALORE".to_owned()),
        state: Some("KA".to_owned()),
        country: Some("IN".to_owned()),
    };
    let request = |kind, common_name: &str, key: &SoftwareKey| CertificateRequest {
        kind,
        subject: name(common_name),
        public_key: key.public_key().clone(),
        not_before: now,
        not_after: now.plus_days(1095),
        alternative_names: AlternativeNames::default(),
    };
    let root = request(CertificateKind::Root, "www.mosip.io (REGISTRATION)", &module);
    let issuer = issue(&provider, provider.random, &root, None, &module)?;
    let base = request(CertificateKind::Base, "REGISTRATION-10001_110011", &subject);
    // As long as what is signed: the certificate without the algorithm, the signature, and their heads.
    let whole = issue(&provider, provider.random, &base, Some(&issuer), &module)?.der().len();
    let message = vec![7; whole.saturating_sub(SIGNATURE_PART_LEN)];
    let bare = must(RsaKeyPair::from_pkcs8(pkcs8.expose()));
    let random = SystemRandom::new();
    let mut signature = vec![0; 256];
    let who = vec![
        Contestant::here("issue", || {
            must(issue(&provider, provider.random, &base, Some(&issuer), &module));
        }),
        Contestant::here("bare-signature", || {
            must(bare.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature));
        }),
    ];
    run(summary, "certificate", size.rounds, who, &[Goal { against: "bare-signature", at_least: 1.0 / 1.05 }]);
    Ok(())
}

/// ES256 and EdDSA over a message of 1 KiB.
pub(crate) fn on_curves(size: Size, summary: &mut Summary) -> Result<(), Failure> {
    let provider = provider();
    let message = vec![5; MESSAGE_LEN];
    let random = SystemRandom::new();

    let pkcs8 = provider.keys.ec_pkcs8(Curve::P256)?;
    let ours = SoftwareKey::from_pkcs8(&provider, &pkcs8)?;
    let bare = must(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.expose()));
    let scheme = SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha256, encoding: EcdsaEncoding::Raw };
    let who = vec![
        Contestant::here("native", || {
            must(ours.sign(scheme, &message));
        }),
        Contestant::here("aws-lc-rs", || {
            must(bare.sign(&random, &message));
        }),
    ];
    let goals = [Goal { against: "aws-lc-rs", at_least: 0.97 }];
    run(summary, "sign-es256-1KiB", size.rounds, who, &goals);

    let pkcs8 = provider.keys.ed25519_pkcs8()?;
    let ours = SoftwareKey::from_pkcs8(&provider, &pkcs8)?;
    let bare = must(Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8.expose()));
    let who = vec![
        Contestant::here("native", || {
            must(ours.sign(SignatureScheme::Ed25519, &message));
        }),
        Contestant::here("aws-lc-rs", || {
            must(bare.try_sign(&message));
        }),
    ];
    run(summary, "sign-ed25519-1KiB", size.rounds, who, &goals);
    Ok(())
}
