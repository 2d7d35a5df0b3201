//! Certificates, certification requests, bundles and key files: their outer structure, no password.

use der::asn1::OctetString;
use der::{Decode as _, Encode as _};
use pkcs12::pfx::Pfx;

use super::InspectOptions;
use super::bundle;
use super::envelope::{check, validity};
use super::report::{Field, Kind, Report, Severity};
use super::view::View;
use crate::certificate::{Certificate, CertificationRequest, bundle as certificate_bundle};
use crate::crypto::CryptoProvider;
use crate::envelope::parse::len_u64;
use crate::error::Code;

/// Fewer iterations than Java's default for the MAC of a key file are named.
const USUAL_MAC_ITERATIONS: i32 = 10_000;

/// Recognises DER by its structure and PEM by its label (INS-10).
pub(super) fn recognise(provider: &CryptoProvider, view: View<'_>, options: &InspectOptions<'_>) -> Option<Report> {
    let bytes = view.whole()?;
    if bytes.first() == Some(&0x30) {
        return der_file(provider, bytes, options);
    }
    let text = bytes.trim_ascii_start();
    let label = text
        .windows(PEM_BEGIN.len())
        .take(PEM_SCAN_LEN)
        .position(|window| window == PEM_BEGIN)
        .and_then(|start| text.get(start.checked_add(PEM_BEGIN.len())?..))
        .and_then(|rest| rest.split(|byte| *byte == b'-').next())
        .and_then(|label| std::str::from_utf8(label).ok())?;
    let mut report = match label {
        "CERTIFICATE" => Certificate::parse(provider, bytes).ok().map(|found| certificate(provider, &found, options)),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            CertificationRequest::parse(bytes).ok().map(|found| csr(provider, &found))
        }
        "PKCS7" | "CMS" => Some(bundle_file(provider, bytes, options)),
        _ => None,
    }
    .unwrap_or_else(|| {
        let mut report = Report::new(Kind::Unknown, view.total);
        let text = format!("a PEM block `{}` that is not explained here", label.escape_debug());
        report.find(Severity::Error, "pem", text);
        if label.ends_with("PRIVATE KEY") {
            report.find(Severity::Warning, "private_key", "it holds a private key: keep it to yourself");
        }
        report
    });
    if report.kind != Kind::Unknown {
        report.find(Severity::Info, "pem", "the input is PEM; sizes and offsets are of the decoded bytes");
    }
    Some(report)
}

/// What a PEM block begins with.
const PEM_BEGIN: &[u8] = b"-----BEGIN ";
/// How far a PEM block may be from the start, in bytes: other text may stand before it.
const PEM_SCAN_LEN: usize = 64 * 1024;

fn der_file(provider: &CryptoProvider, der: &[u8], options: &InspectOptions<'_>) -> Option<Report> {
    if let Ok(found) = Certificate::from_der(provider, der) {
        return Some(certificate(provider, &found, options));
    }
    if bundle::is_signed_data(der) {
        return Some(bundle_file(provider, der, options));
    }
    CertificationRequest::from_der(der).ok().map(|found| csr(provider, &found)).or_else(|| key_file(der))
}

fn bundle_file(provider: &CryptoProvider, bytes: &[u8], options: &InspectOptions<'_>) -> Report {
    let (ber, found) = match certificate_bundle::decode(bytes) {
        Ok(ber) => {
            let found = certificate_bundle::parse(provider, &ber);
            (Some(ber), found)
        }
        Err(error) => (None, Err(error)),
    };
    let size = len_u64(ber.as_ref().map_or(bytes.len(), Vec::len));
    bundle::report(provider, ber.as_deref(), size, found, options)
}

fn certificate(provider: &CryptoProvider, found: &Certificate, options: &InspectOptions<'_>) -> Report {
    let mut report = Report::new(Kind::Certificate, len_u64(found.der().len()));
    report.thumbprint = Some(found.thumbprint().to_hex());
    let issuer = position(found.der(), found.issuer_der(), 0);
    let after_issuer = issuer.map_or(0, |at| at.saturating_add(found.issuer_der().len()));
    let dates = format!("{} to {}", found.not_before(), found.not_after());
    let parts = [
        ("issuer", issuer, found.issuer_der().len(), found.issuer_text(), "who signed it"),
        (
            "subject",
            position(found.der(), found.subject_der(), after_issuer),
            found.subject_der().len(),
            found.subject_text(),
            "whose key it is",
        ),
        (
            "public_key",
            position(found.der(), found.public_key().spki_der(), after_issuer),
            found.public_key().spki_der().len(),
            key_text(provider, found.public_key().spki_der()),
            "SubjectPublicKeyInfo",
        ),
    ];
    report.fields.push(whole(found.der().len(), &format!("X.509 certificate, valid {dates}")));
    for (name, offset, length, value, note) in parts {
        let Some(offset) = offset else { continue };
        let value = Some(value).filter(|value| !value.is_empty());
        report.fields.push(Field {
            name,
            offset: len_u64(offset),
            length: len_u64(length),
            value,
            note: note.to_owned(),
        });
    }
    report.authenticated = vec!["issuer", "subject", "public_key"];
    report.find(
        Severity::Info,
        "signature_not_checked",
        "the issuer's signature vouches for the fields, and was not checked",
    );
    validity(&mut report, found, options.now);
    if let Some(given) = options.certificate {
        let matches = given.thumbprint() == found.thumbprint();
        report.certificate = Some(check(given, Some(matches), options.now));
    }
    report
}

fn csr(provider: &CryptoProvider, request: &CertificationRequest) -> Report {
    let der = request.der();
    let mut report = Report::new(Kind::Csr, len_u64(der.len()));
    report.fields.push(whole(der.len(), "PKCS#10 certification request"));
    // The one signature that can be checked here: the key is in the request itself.
    let verified = request.verify(provider);
    let key = request.public_key().spki_der();
    let parts = [
        ("subject", request.subject_der(), request.subject_text(), "who asks"),
        ("public_key", key, key_text(provider, key), "SubjectPublicKeyInfo"),
    ];
    let mut from = 0;
    for (name, part, value, note) in parts {
        if let Some(offset) = position(der, part, from) {
            from = offset.saturating_add(part.len());
            report.fields.push(Field {
                name,
                offset: len_u64(offset),
                length: len_u64(part.len()),
                value: Some(value).filter(|value| !value.is_empty()),
                note: note.to_owned(),
            });
            let list = if verified.is_ok() { &mut report.authenticated } else { &mut report.not_authenticated };
            list.push(name);
        }
    }
    if !request.attributes().is_empty() {
        let text =
            format!("it asks for more by attributes, which are ignored here: {}", request.attributes().join(", "));
        report.find(Severity::Info, "attributes", text);
    }
    let how = request.signature_algorithm();
    match verified {
        Ok(()) => report.find(
            Severity::Info,
            "signature_good",
            format!("the {how} signature shows that the asker has the private key"),
        ),
        Err(error) if error.code() == Code::VerificationFailed => {
            report.find(Severity::Error, "signature_bad", error.detail().to_owned());
        }
        Err(_) => report.find(
            Severity::Info,
            "signature_not_checked",
            format!("the {how} signature would show that the asker has the private key, and was not checked"),
        ),
    }
    report
}

/// The outer structure of a PKCS#12 file (RFC 7292 §4): version, integrity, number of safes.
fn key_file(der: &[u8]) -> Option<Report> {
    let pfx = Pfx::from_der(der).ok()?;
    let mut report = Report::new(Kind::KeyFile, len_u64(der.len()));
    report.fields.push(whole(der.len(), "PKCS#12 file, version 3"));
    let content: Option<OctetString> = pfx.auth_safe.content.decode_as().ok();
    let Some(content) = content else {
        report.find(Severity::Error, "auth_safe", "the file is signed with a public key, or its content is damaged");
        return Some(report);
    };
    let safes = Vec::<cms::content_info::ContentInfo>::from_der(content.as_bytes());
    let note = match &safes {
        Ok(safes) => format!("{} safes: {}", safes.len(), safe_kinds(safes)),
        Err(_) => "not readable".to_owned(),
    };
    if safes.is_err() {
        report.find(Severity::Error, "auth_safe", "the list of safes is damaged");
    }
    if let Some(offset) = position(der, content.as_bytes(), 0) {
        let length = len_u64(content.as_bytes().len());
        report.fields.push(Field { name: "safes", offset: len_u64(offset), length, value: None, note });
    }
    match &pfx.mac_data {
        Some(mac) => {
            let oid = mac.mac.algorithm.oid;
            let name = const_oid::db::DB.by_oid(&oid).map_or_else(|| oid.to_string(), str::to_owned);
            let encoded = mac.to_der().unwrap_or_default();
            if let Some(offset) = position(der, &encoded, 0) {
                report.fields.push(Field {
                    name: "mac",
                    offset: len_u64(offset),
                    length: len_u64(encoded.len()),
                    value: Some(name),
                    note: format!("{} iterations, salt of {} bytes", mac.iterations, mac.mac_salt.as_bytes().len()),
                });
            }
            report.authenticated.push("safes");
            report.not_authenticated.push("mac");
            if mac.iterations < USUAL_MAC_ITERATIONS {
                let text = format!("{} iterations make passphrases quick to guess", mac.iterations);
                report.find(Severity::Warning, "few_iterations", text);
            }
        }
        None => {
            report.not_authenticated.push("safes");
            report.find(Severity::Error, "no_mac", "nothing protects the file against changes: it has no MAC");
        }
    }
    report.find(
        Severity::Info,
        "passphrase_needed",
        "what is inside is seen only with the passphrase: `keymanager keys list`",
    );
    Some(report)
}

fn safe_kinds(safes: &[cms::content_info::ContentInfo]) -> String {
    let kind = |safe: &cms::content_info::ContentInfo| match safe.content_type.to_string().as_str() {
        "1.2.840.113549.1.7.1" => "plain",
        "1.2.840.113549.1.7.6" => "encrypted with the passphrase",
        _ => "of another kind",
    };
    safes.iter().map(kind).collect::<Vec<_>>().join(", ")
}

pub(super) fn whole(len: usize, note: &str) -> Field {
    Field { name: "whole", offset: 0, length: len_u64(len), value: None, note: note.to_owned() }
}

/// The kind and size of a public key, for people.
fn key_text(provider: &CryptoProvider, spki_der: &[u8]) -> String {
    if let Ok(key) = provider.rsa.import_public(spki_der) {
        return format!("RSA, {} bits", key.modulus_len().saturating_mul(8));
    }
    let Ok(spki) = spki::SubjectPublicKeyInfoRef::try_from(spki_der) else { return String::new() };
    let named = |oid: &const_oid::ObjectIdentifier| {
        const_oid::db::DB.by_oid(oid).map_or_else(|| oid.to_string(), str::to_owned)
    };
    match spki.algorithm.parameters_oid() {
        Ok(curve) => format!("{}, {}", named(&spki.algorithm.oid), named(&curve)),
        Err(_) => named(&spki.algorithm.oid),
    }
}

/// Where `part` lies in `bytes`, from `from` on. Both are at most some hundred kilobytes.
pub(super) fn position(bytes: &[u8], part: &[u8], from: usize) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    bytes.get(from..)?.windows(part.len()).position(|window| window == part)?.checked_add(from)
}
