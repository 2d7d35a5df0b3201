//! Certificates that come from outside: made by an authority that nobody here knows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use keymanager::crypto::{Curve, EcAlgorithm, PrivateKey as _, PublicKey, SoftwareKey};
use keymanager::id::KeyScope;
use keymanager::random::SystemRandom;
use keymanager::time::Timestamp;

use crate::book::{Book, Facts};
use crate::foresight::pick;
use crate::steps::Parcel;
use crate::support::{foreign_key, provider};

/// What is sent, as bytes, and what it is if it can be read.
#[derive(Debug, Clone)]
pub struct Sending {
    pub bytes: Vec<u8>,
    pub certificate: Option<Certificate>,
}

/// Every certificate that was seen, by the alias of its key; and those that were sent.
#[derive(Debug, Default)]
pub struct Post {
    seen: BTreeMap<String, Vec<Certificate>>,
    sent: Vec<Certificate>,
}

struct Authority {
    key: SoftwareKey,
    certificate: Certificate,
}

/// With a key that no hierarchy has.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let key = SoftwareKey::from_ec(provider().ec.generate(EcAlgorithm::Curve(Curve::P256)).unwrap());
    let public = key.public_key().clone();
    let (from, to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX.plus_days(-1));
    let request = request(CertificateKind::Root, "Another authority", public, from, to);
    let certificate = issue(&provider(), &SystemRandom, &request, None, &key).unwrap();
    Authority { key, certificate }
});

fn request(
    kind: CertificateKind,
    name: &str,
    public_key: PublicKey,
    not_before: Timestamp,
    not_after: Timestamp,
) -> CertificateRequest {
    let subject = DistinguishedName { common_name: Some(name.to_owned()), ..DistinguishedName::default() };
    let alternative_names = AlternativeNames::default();
    CertificateRequest { kind, subject, public_key, not_before, not_after, alternative_names }
}

impl Post {
    /// Notes the certificates that keys have now.
    pub fn look(&mut self, book: &Book, facts: &Facts) {
        for row in &book.rows {
            let Some(certificate) = facts.certificate(&row.alias) else { continue };
            let seen = self.seen.entry(row.alias.clone()).or_default();
            if !seen.contains(&certificate) {
                seen.push(certificate);
            }
        }
    }

    /// Makes or finds the certificate to send for a scope.
    pub fn send(&mut self, parcel: &Parcel, scope: &KeyScope, book: &Book, facts: &Facts, now: Timestamp) -> Sending {
        let row = book.current(scope, now).or_else(|| book.ordered(scope).pop());
        let unreadable = |text: &[u8]| Sending { bytes: text.to_vec(), certificate: None };
        let certificate = match parcel {
            Parcel::Garbage => return unreadable(b"no certificate"),
            Parcel::Empty => return unreadable(b" \n"),
            Parcel::Back(nth) => {
                row.and_then(|row| self.seen.get(&row.alias)).and_then(|seen| pick(seen, *nth)).cloned()
            }
            Parcel::Known(nth) => pick(&self.sent, *nth).cloned(),
            Parcel::New { ours, from, to } => {
                let own = row.and_then(|row| facts.certificate(&row.alias)).filter(|_| *ours);
                let public = own.map_or_else(|| foreign_key().public_key().clone(), |own| own.public_key().clone());
                certificate(public, now.plus_seconds(*from), now.plus_seconds(*to))
            }
        };
        let Some(certificate) = certificate else { return unreadable(b"-----BEGIN CERTIFICATE-----") };
        if !self.sent.contains(&certificate) {
            self.sent.push(certificate.clone());
        }
        let bytes = match certificate.der().last() {
            Some(last) if last % 2 == 0 => certificate.to_pem().into_bytes(),
            _ => certificate.der().to_vec(),
        };
        Sending { bytes, certificate: Some(certificate) }
    }
}

/// None for times that a certificate cannot have.
fn certificate(public: PublicKey, from: Timestamp, to: Timestamp) -> Option<Certificate> {
    let request = request(CertificateKind::Base, "Certified elsewhere", public, from, to);
    issue(&provider(), &SystemRandom, &request, Some(&AUTHORITY.certificate), &AUTHORITY.key).ok()
}
