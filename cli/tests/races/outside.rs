//! An authority outside of the hierarchy, and what it certifies.

use std::sync::LazyLock;

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use keymanager::crypto::{PrivateKey as _, PublicKey, SoftwareKey};
use keymanager::random::SystemRandom;
use keymanager::time::Timestamp;

use crate::world::provider;

/// How long its certificates are valid, in seconds: ten years.
const VALID: i64 = 3650 * 86_400;

struct Authority {
    key: SoftwareKey,
    certificate: Certificate,
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let key = new_key();
    let subject = DistinguishedName { common_name: Some("Another authority".into()), ..DistinguishedName::default() };
    let request = CertificateRequest {
        kind: CertificateKind::Root,
        subject,
        public_key: key.public_key().clone(),
        not_before: time("2020-01-01T00:00:00Z"),
        not_after: time("2120-01-01T00:00:00Z"),
        alternative_names: AlternativeNames::default(),
    };
    let certificate = issue(&provider(), &SystemRandom, &request, None, &key).unwrap();
    Authority { key, certificate }
});

/// The keys of partners, whose private halves are not here.
static PARTNERS: LazyLock<Vec<PublicKey>> = LazyLock::new(|| (0..3).map(|_| new_key().public_key().clone()).collect());

pub(crate) fn authority() -> &'static Certificate {
    &AUTHORITY.certificate
}

pub(crate) fn partners() -> &'static [PublicKey] {
    &PARTNERS
}

/// Answers the request of a key that is here: its name and its public key, as its own certificate has them.
pub(crate) fn certify_again(own: &Certificate, now: Timestamp) -> Certificate {
    certify(own.is_ca(), own.subject().unwrap(), own.public_key(), now)
}

/// Certifies a key from elsewhere.
pub(crate) fn certify_partner(public_key: &PublicKey, now: Timestamp) -> Certificate {
    let subject = DistinguishedName { common_name: Some("A partner".into()), ..DistinguishedName::default() };
    certify(false, subject, public_key, now)
}

fn certify(ca: bool, subject: DistinguishedName, public_key: &PublicKey, now: Timestamp) -> Certificate {
    let request = CertificateRequest {
        kind: if ca { CertificateKind::Module } else { CertificateKind::Base },
        subject,
        public_key: public_key.clone(),
        not_before: now,
        not_after: now.plus_seconds(VALID),
        alternative_names: AlternativeNames::default(),
    };
    issue(&provider(), &SystemRandom, &request, Some(&AUTHORITY.certificate), &AUTHORITY.key).unwrap()
}

fn new_key() -> SoftwareKey {
    SoftwareKey::from_rsa(provider().rsa.generate(2048).unwrap())
}

fn time(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}
