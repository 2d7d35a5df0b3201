//! Certificates by an authority that nobody here knows.
#![allow(dead_code, reason = "not every test crate uses all of it")]

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use keymanager::crypto::{PrivateKey as _, PublicKey, SoftwareKey};
use keymanager::random::{KeySource as _, SystemRandom};
use keymanager::time::Timestamp;

use super::support::{KeptKeys, provider};

pub fn time(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

pub fn named(name: &str) -> DistinguishedName {
    DistinguishedName { common_name: Some(name.to_owned()), ..DistinguishedName::default() }
}

/// A pair; the authority has that of number 14.
pub fn kept_key(number: usize) -> SoftwareKey {
    let keys = KeptKeys::default();
    let mut pkcs8 = keys.rsa_pkcs8(2048).unwrap();
    for _ in 0..number {
        pkcs8 = keys.rsa_pkcs8(2048).unwrap();
    }
    SoftwareKey::from_pkcs8(&provider(), &pkcs8).unwrap()
}

/// A certificate for `public` by an authority that nobody here knows.
pub fn foreign(name: &str, public: &PublicKey, from: &str, to: &str) -> Certificate {
    let authority = kept_key(14);
    let request = |kind, name: &str, public: &PublicKey, from: &str, to: &str| CertificateRequest {
        kind,
        subject: named(name),
        public_key: public.clone(),
        not_before: time(from),
        not_after: time(to),
        alternative_names: AlternativeNames::default(),
    };
    let root = request(
        CertificateKind::Root,
        "Another authority",
        authority.public_key(),
        "2020-01-01T00:00:00Z",
        "2120-01-01T00:00:00Z",
    );
    let root = issue(&provider(), &SystemRandom, &root, None, &authority).unwrap();
    let leaf = request(CertificateKind::Base, name, public, from, to);
    issue(&provider(), &SystemRandom, &leaf, Some(&root), &authority).unwrap()
}

/// The same, valid when tests begin.
pub fn valid(name: &str, public: &PublicKey) -> Certificate {
    foreign(name, public, "2026-11-01T00:00:00Z", "2028-11-01T00:00:00Z")
}
