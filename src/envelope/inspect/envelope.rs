//! Envelopes, wrapped private keys and PIN boxes.

use super::InspectOptions;
use super::report::{CertificateCheck, Field, Kind, Report, Severity};
use super::view::{Form, View};
use crate::certificate::{Certificate, Validity};
use crate::crypto::TAG_LEN;
use crate::envelope::parse::{all_readings, header_version, len_u64};
use crate::envelope::shape::{AAD_LEN, Aad, END_NONCE_LEN, MAX_HEAD_LEN, NONCE_LEN, Nonce, Shape};
use crate::envelope::{HEADER, Layout, OpenOptions, SPLITTER, WRAPPED_KEY_LEN, parse, text};
use crate::id::Thumbprint;
use crate::time::Timestamp;

/// The smallest PIN box: salt[32] ‖ nonce[12] ‖ one byte ‖ tag[16].
const MIN_PIN_LEN: u64 = 61;

/// Recognises what has a header or a splitter in its place (INS-3).
pub(super) fn recognise(view: View<'_>, form: Form, options: &InspectOptions<'_>) -> Option<Report> {
    let readings: Vec<(Layout, &Shape)> =
        all_readings(false).into_iter().filter(|(_, shape)| shape.fits(view.head)).collect();
    let Some((layout, shape)) = readings.first().copied() else {
        return header_version(view.head).map(|_| damaged(view));
    };
    // Too short for an IV at the end: then the caller has the IV.
    let short = shape.nonce == Nonce::End && view.total < len_u64(shape.min_len());
    let (layout, shape) = match layout {
        Layout::Aad if short => (Layout::Salt, Layout::Salt.shape(true)),
        Layout::NoThumbprint if short => (layout, layout.shape(true)),
        _ => (layout, shape),
    };
    let wrapped = layout == Layout::NoThumbprint && form == Form::Text && readings.len() == 1;
    let mut report = Report::new(if wrapped { Kind::WrappedPrivateKey } else { Kind::Envelope }, view.total);
    report.layout = (!wrapped).then_some(layout);
    why(&mut report, layout, shape, &readings, wrapped);
    fields(&mut report, view, shape);
    if view.total < len_u64(shape.min_len()) {
        report.find(
            Severity::Error,
            "envelope_truncated",
            format!("{} bytes are too few: this layout has at least {}", view.total, shape.min_len()),
        );
    }
    weaknesses(&mut report, layout, shape, wrapped);
    if !wrapped {
        compare(&mut report, view, shape, options);
    }
    Some(report)
}

/// Why this layout, and what else it could be.
fn why(report: &mut Report, layout: Layout, shape: &Shape, readings: &[(Layout, &Shape)], wrapped: bool) {
    let start = if shape.header { "it begins with VER_R2, and " } else { "" };
    report.find(Severity::Info, "layout", format!("{start}the splitter is at byte {}", shape.splitter));
    if readings.len() > 1 {
        let names: Vec<&str> = readings.iter().map(|(layout, _)| layout.as_str()).collect();
        report.find(
            Severity::Error,
            "envelope_ambiguous",
            format!("it can be read as {}; a reader refuses it unless the layout is named", names.join(" and as ")),
        );
    }
    match layout {
        Layout::Aad => report.find(
            Severity::Info,
            "aad_or_salt",
            "the layout salt (caller's IV) has the same marks: only trying tells. Then there is no IV at the end, and \
             the ciphertext is 16 bytes longer",
        ),
        Layout::Salt => report.find(
            Severity::Info,
            "aad_or_salt",
            "the layout aad has the same marks, but its IV at the end does not fit in",
        ),
        Layout::NoThumbprint if wrapped => report.find(
            Severity::Info,
            "wrapped_or_no_thumbprint",
            "the text of an envelope of the layout no_thumbprint has the same marks",
        ),
        Layout::NoThumbprint => report.find(
            Severity::Info,
            "wrapped_or_no_thumbprint",
            "a wrapped private key has the same marks, and is usually kept as text",
        ),
        _ => {}
    }
}

/// The parts of the envelope, and which of them the tag vouches for (INS-4, INS-5).
fn fields(report: &mut Report, view: View<'_>, shape: &Shape) {
    let mut add = |name: &'static str, offset: u64, length: u64, vouched: bool, shown: Shown, note: &str| {
        let value = usize::try_from(length).ok().and_then(|len| view.get(offset, len)).and_then(|bytes| match shown {
            Shown::Text => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Shown::Hex => bytes.try_into().ok().map(|bytes| Thumbprint::from_bytes(bytes).to_hex()),
            Shown::Base64 => Some(text::encode(bytes)),
            Shown::Nothing => None,
        });
        if name == "thumbprint" {
            report.thumbprint.clone_from(&value);
        }
        report.fields.push(Field { name, offset, length, value, note: note.to_owned() });
        if vouched { &mut report.authenticated } else { &mut report.not_authenticated }.push(name);
    };
    let (payload, tail_len) = (len_u64(shape.payload), len_u64(shape.tail_len()));
    let ciphertext_len = view.total.saturating_sub(payload).saturating_sub(tail_len);
    let tag = payload.saturating_add(ciphertext_len);
    let mut parts: Vec<(u64, &'static str, u64, bool, Shown, &str)> = vec![
        (len_u64(shape.wrapped_key), "wrapped_key", len_u64(WRAPPED_KEY_LEN), false, Shown::Nothing, WRAPPED),
        (len_u64(shape.splitter), "splitter", len_u64(SPLITTER.len()), false, Shown::Text, "ends the key part"),
        (payload, "ciphertext", ciphertext_len, true, Shown::Nothing, "AES-256-GCM; as long as the plaintext"),
        (tag, "tag", len_u64(TAG_LEN), true, Shown::Base64, "GCM tag"),
    ];
    if shape.header {
        parts.push((0, "header", len_u64(HEADER.len()), false, Shown::Text, "format version"));
    }
    if let Some(offset) = shape.thumbprint {
        let note = "SHA-256 of the recipient's certificate";
        parts.push((len_u64(offset), "thumbprint", len_u64(Thumbprint::LEN), false, Shown::Hex, note));
    }
    if let Aad::At(offset) = shape.aad {
        parts.push((len_u64(offset), "aad", len_u64(AAD_LEN), true, Shown::Base64, "random AAD"));
    }
    match shape.nonce {
        Nonce::At(offset) => {
            let note = if shape.aad == Aad::At(offset) { "the first 12 bytes of the AAD" } else { "random" };
            parts.push((len_u64(offset), "nonce", len_u64(NONCE_LEN), true, Shown::Base64, note));
        }
        Nonce::End => {
            let offset = tag.saturating_add(len_u64(TAG_LEN));
            parts.push((offset, "iv", len_u64(END_NONCE_LEN), true, Shown::Base64, "random; goes through GHASH"));
        }
        Nonce::Caller => {}
    }
    parts.sort_by_key(|(offset, ..)| *offset);
    for (offset, name, length, vouched, shown, note) in parts {
        // A field of a truncated envelope that is not there is left out.
        if offset.saturating_add(length) <= view.total {
            add(name, offset, length, vouched, shown, note);
        }
    }
}

/// The note of the wrapped key.
const WRAPPED: &str = "RSA-2048-OAEP of the session key (SHA-256, MGF1 with SHA-256, empty label)";

/// How a value is shown.
#[derive(Clone, Copy)]
enum Shown {
    Text,
    Hex,
    Base64,
    Nothing,
}

/// The weaknesses of the layout (docs/envelopes.md §7; INS-6).
fn weaknesses(report: &mut Report, layout: Layout, shape: &Shape, wrapped: bool) {
    if wrapped {
        report.find(
            Severity::Info,
            "no_binding",
            "nothing ties a wrapped key to its record: neither alias nor master key is authenticated",
        );
        return;
    }
    report.find(
        Severity::Info,
        "no_sender",
        "anyone who has the certificate can make this envelope: it says nothing about the sender",
    );
    report.find(
        Severity::Info,
        "head_not_authenticated",
        "the tag does not vouch for header, thumbprint and wrapped key; changing them makes reading fail",
    );
    match shape.aad {
        Aad::At(_) => report.find(
            Severity::Info,
            "random_aad",
            "the AAD is random and in the envelope: it binds the data to no context",
        ),
        Aad::Caller => report.find(
            Severity::Info,
            "caller_aad",
            "the caller's AAD, if there was one, is not in the envelope: reading needs the same bytes",
        ),
    }
    if shape.nonce == Nonce::Caller {
        report.find(
            Severity::Info,
            "caller_salt",
            "the caller's salt is the IV and not in the envelope: reading needs the same bytes",
        );
    }
    if !layout.has_thumbprint() {
        report.find(
            Severity::Warning,
            "no_thumbprint",
            format!(
                "the layout names no recipient: a reader must try keys, and reads it only when `{layout}` is named"
            ),
        );
    }
    let ciphertext = report.fields.iter().find(|field| field.name == "ciphertext");
    if ciphertext.is_some_and(|field| field.length == 0) {
        report.find(Severity::Warning, "empty_plaintext", "the plaintext is empty; this library does not write that");
    }
}

/// Compares the recipient with the given certificate (INS-7).
fn compare(report: &mut Report, view: View<'_>, shape: &Shape, options: &InspectOptions<'_>) {
    let Some(certificate) = options.certificate else { return };
    let recipient = shape.thumbprint.and_then(|offset| view.get(len_u64(offset), Thumbprint::LEN));
    let matches = recipient.map(|thumbprint| thumbprint == certificate.thumbprint().as_bytes());
    match matches {
        Some(true) => {}
        Some(false) => report.find(
            Severity::Error,
            "thumbprint_mismatch",
            "the envelope is for another certificate than the one given",
        ),
        None => report.find(
            Severity::Info,
            "recipient_unknown",
            "the envelope names no recipient: whether it is for the given certificate cannot be seen",
        ),
    }
    report.certificate = Some(check(certificate, matches, options.now));
    validity(report, certificate, options.now);
}

/// The given certificate as the report has it.
pub(super) fn check(certificate: &Certificate, matches: Option<bool>, now: Timestamp) -> CertificateCheck {
    CertificateCheck {
        matches,
        subject: certificate.subject_text(),
        not_after: certificate.not_after().to_rfc3339(),
        days_left: now.days_until(certificate.not_after()),
    }
}

/// What is to be said about the dates and the key of a certificate.
pub(super) fn validity(report: &mut Report, certificate: &Certificate, now: Timestamp) {
    match certificate.validity(now) {
        Validity::Valid { .. } => {}
        Validity::Expired { .. } => report.find(
            Severity::Warning,
            "certificate_expired",
            format!("the certificate expired at {}; nothing new can be encrypted to it", certificate.not_after()),
        ),
        Validity::NotYetValid { .. } => report.find(
            Severity::Warning,
            "certificate_not_yet_valid",
            format!("the certificate is not valid before {}", certificate.not_before()),
        ),
    }
    if certificate.rsa_bits() != Some(2048) {
        report.find(
            Severity::Info,
            "recipient_key",
            "the certificate's key is not RSA of 2048 bits: no envelope can be made for it",
        );
    }
}

/// An envelope of an unknown version, or one whose splitter is not where it must be.
fn damaged(view: View<'_>) -> Report {
    let mut report = Report::new(Kind::Envelope, view.total);
    report.fields.push(Field {
        name: "header",
        offset: 0,
        length: len_u64(HEADER.len()),
        value: view.get(0, HEADER.len()).map(|header| header.escape_ascii().to_string()),
        note: "format version".to_owned(),
    });
    report.not_authenticated.push("header");
    let start = view.head.get(..view.head.len().min(MAX_HEAD_LEN)).unwrap_or_default();
    reason(&mut report, start);
    report
}

/// A PIN box: nothing but its size speaks for it (INS-9).
pub(super) fn pin_box(view: View<'_>) -> Option<Report> {
    let ciphertext = view.total.checked_sub(MIN_PIN_LEN)?.saturating_add(1);
    let mut report = Report::new(Kind::Pin, view.total);
    let mut offset: u64 = 0;
    for (name, length, note) in [
        ("salt", 32, "PBKDF2 salt, and the AAD"),
        ("nonce", 12, "random"),
        ("ciphertext", ciphertext, "AES-256-GCM; as long as the plaintext"),
        ("tag", 16, "GCM tag"),
    ] {
        report.fields.push(Field { name, offset, length, value: None, note: note.to_owned() });
        report.authenticated.push(name);
        offset = offset.saturating_add(length);
    }
    report.find(
        Severity::Warning,
        "low_confidence",
        "only the size says that this may be data encrypted with a PIN; it may be anything",
    );
    report.find(
        Severity::Warning,
        "pin_guessing",
        "the number of PBKDF2 iterations is not in the data, and a PIN of a few digits can be guessed whatever it is",
    );
    Some(report)
}

/// Neither an envelope nor anything else that is known, and why.
pub(super) fn unknown(view: View<'_>, form: Form) -> Report {
    let mut report = Report::new(Kind::Unknown, view.total);
    if view.total == 0 {
        report.find(Severity::Error, "empty", "there are no bytes");
        return report;
    }
    reason(&mut report, view.head);
    if form == Form::Binary {
        report.find(
            Severity::Info,
            "not_recognised",
            "it is neither base64 text nor a certificate, certification request or PKCS#12 file in DER or PEM",
        );
    }
    report
}

/// Why the bytes are no envelope, in the parser's words.
fn reason(report: &mut Report, start: &[u8]) {
    if let Err(error) = parse(start, &OpenOptions::default()) {
        report.find(Severity::Error, error.code().name(), error.detail().to_owned());
    }
}
