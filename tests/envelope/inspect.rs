//! The inspector, INS-1 to INS-12.

use std::io::Cursor;

use keymanager::certificate::Certificate;
use keymanager::envelope::inspect::{InspectOptions, Kind, Report, SCAN_LEN, Severity, inspect, inspect_source};
use keymanager::envelope::{Layout, SPLITTER, text, wrap_private_key};
use serde_json::{Value, json};

use crate::common::{certificate, now, pkcs8, plaintext, private_key, providers, sealed, vector};

pub(crate) fn look(bytes: &[u8]) -> Report {
    let options = InspectOptions { certificate: None, now: now() };
    let report = inspect(&providers()[0], bytes, &options);
    let source = inspect_source(&providers()[0], Cursor::new(bytes), &options).unwrap();
    assert_eq!(report, source);
    assert!(!report.to_string().is_empty());
    report
}

pub(crate) fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

pub(crate) fn value<'a>(report: &'a Report, name: &str) -> Option<&'a str> {
    report.fields.iter().find(|field| field.name == name).unwrap().value.as_deref()
}

/// INS-5, and no two fields of one name; the fields cover the bytes.
pub(crate) fn consistent(report: &Report) {
    let mut names: Vec<&str> = report.fields.iter().map(|field| field.name).filter(|name| *name != "whole").collect();
    let mut listed: Vec<&str> = report.authenticated.iter().chain(&report.not_authenticated).copied().collect();
    names.sort_unstable();
    listed.sort_unstable();
    assert_eq!(names, listed, "{report}");
    for pair in names.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    for field in &report.fields {
        assert!(field.offset + field.length <= report.size, "{report}");
        assert_ne!(field.value.as_deref(), Some(""));
        assert!(!field.note.is_empty());
    }
}

#[test]
fn every_layout_as_bytes_and_as_text() {
    for layout in Layout::ALL {
        let (envelope, _) = sealed(&providers()[0], layout, &plaintext(100));
        let report = look(&envelope);
        consistent(&report);
        // Nothing in the bytes tells a caller's IV from one at the end.
        let seen = if layout == Layout::Salt { Layout::Aad } else { layout };
        assert_eq!((report.kind, report.layout), (Kind::Envelope, Some(seen)));
        assert_eq!(report.size, envelope.len() as u64);
        let covered: u64 = report.fields.iter().map(|field| field.length).sum();
        let nonce_in_aad = matches!(layout, Layout::VerR2 | Layout::VerR2NoThumbprint);
        assert_eq!(covered, report.size + if nonce_in_aad { 12 } else { 0 });
        assert_eq!(report.thumbprint, layout.has_thumbprint().then(|| certificate().thumbprint().to_hex()));
        assert_eq!(value(&report, "splitter"), Some("#KEY_SPLITTER#"));
        assert_eq!(value(&report, "wrapped_key"), None);
        assert_eq!(value(&report, "ciphertext"), None);
        assert!(report.authenticated.contains(&"ciphertext") && report.not_authenticated.contains(&"wrapped_key"));
        assert_eq!(codes(&report).contains(&"aad_or_salt"), seen == Layout::Aad);
        assert_eq!(codes(&report).contains(&"no_thumbprint"), !layout.has_thumbprint());
        assert!(codes(&report).contains(&"no_sender"));
        assert_eq!(report.worst() == Severity::Info, layout.has_thumbprint());

        let armored = look(text::encode(&envelope).as_bytes());
        assert!(codes(&armored).contains(&"base64_text"));
        assert_eq!(armored.fields, report.fields);
        let expected = if layout == Layout::NoThumbprint { Kind::WrappedPrivateKey } else { Kind::Envelope };
        assert_eq!(armored.kind, expected);
    }
}

#[test]
fn values_are_those_of_the_bytes() {
    let (envelope, _) = sealed(&providers()[0], Layout::VerR2, b"xyz");
    let report = look(&envelope);
    assert_eq!(value(&report, "header"), Some("VER_R2"));
    assert_eq!(value(&report, "aad"), Some(text::encode(&envelope[308..340]).as_str()));
    assert_eq!(value(&report, "nonce"), Some(text::encode(&envelope[308..320]).as_str()));
    assert_eq!(value(&report, "tag"), Some(text::encode(&envelope[343..]).as_str()));
    let (envelope, _) = sealed(&providers()[0], Layout::Aad, b"xyz");
    let report = look(&envelope);
    assert_eq!(value(&report, "tag"), Some(text::encode(&envelope[305..321]).as_str()));
    assert_eq!(value(&report, "iv"), Some(text::encode(&envelope[321..]).as_str()));
}

#[test]
fn the_json_has_exactly_its_members() {
    let (envelope, _) = sealed(&providers()[0], Layout::VerR2, b"xyz");
    let certificate = certificate();
    let options = InspectOptions { certificate: Some(&certificate), now: now() };
    let report: Value = serde_json::to_value(inspect(&providers()[0], &envelope, &options)).unwrap();
    let mut members: Vec<&String> = report.as_object().unwrap().keys().collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "authenticated",
            "certificate",
            "fields",
            "findings",
            "kind",
            "layout",
            "not_authenticated",
            "size",
            "thumbprint"
        ]
    );
    assert_eq!(report["kind"], "envelope");
    assert_eq!(report["layout"], "ver_r2");
    assert_eq!(
        report["fields"][0],
        json!({"name": "header", "offset": 0, "length": 6, "value": "VER_R2", "note": "format version"})
    );
    assert_eq!(report["fields"][2]["value"], Value::Null);
    assert_eq!(report["findings"][0]["severity"], "info");
    assert_eq!(report["findings"][0]["code"], "layout");
    assert!(report["findings"][0]["text"].is_string());
    assert_eq!(report["certificate"]["matches"], true);
    assert_eq!(report["certificate"]["subject"], "CN=derived-vector-TEST-ONLY");
    assert_eq!(report["certificate"]["not_after"], "2120-01-01T00:00:00Z");
    assert_eq!(report["certificate"]["days_left"], 34_003);
    let unknown: Value = serde_json::to_value(look(b"?")).unwrap();
    assert_eq!(unknown["kind"], "unknown");
    for member in ["layout", "thumbprint", "certificate"] {
        assert_eq!(unknown[member], Value::Null);
    }
}

#[test]
fn ins_7_a_certificate_is_compared() {
    let provider = &providers()[0];
    let own = certificate();
    let other = Certificate::parse(provider, include_bytes!("ec-p256.pem")).unwrap();
    for layout in Layout::ALL {
        let (envelope, _) = sealed(provider, layout, b"xyz");
        let check =
            |certificate, now| inspect(provider, &envelope, &InspectOptions { certificate: Some(certificate), now });
        let matches = |report: &Report| report.certificate.as_ref().unwrap().matches;
        let known = layout.has_thumbprint();
        let report = check(&own, now());
        assert_eq!(matches(&report), known.then_some(true));
        assert_eq!(codes(&report).contains(&"recipient_unknown"), !known);
        assert!(!codes(&report).contains(&"certificate_expired"));
        let report = check(&other, now());
        assert_eq!(matches(&report), known.then_some(false));
        assert_eq!(codes(&report).contains(&"thumbprint_mismatch"), known);
        assert!(codes(&report).contains(&"recipient_key"));
        assert!(codes(&report).contains(&"certificate_not_yet_valid"));
        let report = check(&own, now().plus_days(40_000));
        assert!(codes(&report).contains(&"certificate_expired"));
        assert!(report.certificate.unwrap().days_left < 0);
    }
}

#[test]
fn damaged_envelopes_say_what_is_wrong() {
    let (envelope, _) = sealed(&providers()[0], Layout::VerR2, b"xyz");
    let mut changed = envelope.clone();
    changed[5] = b'3';
    let report = look(&changed);
    assert_eq!((report.kind, report.layout), (Kind::Envelope, None));
    assert!(codes(&report).contains(&"envelope_version"));
    consistent(&report);

    let mut changed = envelope.clone();
    changed[300] ^= 1;
    assert!(codes(&look(&changed)).contains(&"envelope_layout"));

    let mut two = sealed(&providers()[0], Layout::Packet, &[0; 20]).0;
    two[288..302].copy_from_slice(SPLITTER);
    let report = look(&two);
    assert!(codes(&report).contains(&"envelope_ambiguous"));
    assert_eq!((report.worst(), report.layout), (Severity::Error, Some(Layout::Aad)));

    for layout in Layout::ALL {
        let (envelope, _) = sealed(&providers()[0], layout, b"xyz");
        for len in 0..envelope.len() {
            let report = look(&envelope[..len]);
            consistent(&report);
            let text = look(text::encode(&envelope[..len]).as_bytes());
            consistent(&text);
        }
        assert!(
            codes(&look(&envelope[..envelope.len() - 4])).contains(&"envelope_truncated") || layout != Layout::VerR2
        );
    }
    let (empty, _) = sealed(&providers()[0], Layout::VerR2, b"x");
    assert!(codes(&look(&empty[..356])).contains(&"empty_plaintext"));
}

#[test]
fn short_headerless_ones_can_only_be_salt() {
    let (envelope, _) = sealed(&providers()[0], Layout::Salt, b"x");
    let report = look(&envelope);
    assert_eq!(report.layout, Some(Layout::Salt));
    assert!(codes(&report).contains(&"aad_or_salt") && codes(&report).contains(&"caller_salt"));
    consistent(&report);
}

#[test]
fn wrapped_private_keys() {
    let provider = &providers()[0];
    let key = private_key(provider);
    let text = wrap_private_key(provider, provider.random, keymanager::crypto::PrivateKey::public_key(&key), &pkcs8());
    let report = look(text.unwrap().as_bytes());
    assert_eq!((report.kind, report.layout), (Kind::WrappedPrivateKey, None));
    assert!(codes(&report).contains(&"no_binding"));
    consistent(&report);
}

#[test]
fn ins_8_text_that_is_not_canonical() {
    let (envelope, _) = sealed(&providers()[0], Layout::VerR2, b"wxyz!");
    assert_eq!(envelope.len() % 3, 1);
    let canonical = text::encode(&envelope);
    assert!(!codes(&look(canonical.as_bytes())).contains(&"not_canonical"));
    let standard = canonical.replace('-', "+").replace('_', "/");
    let mut unused_bits = canonical.clone();
    let last = unused_bits.pop().unwrap();
    unused_bits.push(char::from(last as u8 + 1));
    for other in [format!("{canonical}=="), standard, unused_bits] {
        let report = look(other.as_bytes());
        assert_eq!(report.layout, Some(Layout::VerR2));
        assert!(codes(&report).contains(&"not_canonical"), "{other}");
    }
    let report = look(format!("{canonical}\r\n").as_bytes());
    assert_eq!(report.layout, Some(Layout::VerR2));
    assert!(codes(&report).contains(&"white_space"));
    for broken in [format!("{canonical}*"), canonical.replacen('_', "_\n", 1), format!("{canonical}=")] {
        assert_eq!(look(broken.as_bytes()).kind, Kind::Unknown, "{broken}");
    }
}

#[test]
fn ins_9_pin_boxes_by_their_size_only() {
    let vector: Value = serde_json::from_slice(&vector("derived.json")).unwrap();
    let pin = vector["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == "pin_100000").unwrap();
    let report = look(pin["envelope"].as_str().unwrap().as_bytes());
    assert_eq!(report.kind, Kind::Pin);
    assert!(codes(&report).contains(&"low_confidence"));
    consistent(&report);
    assert_eq!(report.fields.iter().map(|field| field.length).sum::<u64>(), report.size);
    assert_eq!(look(text::encode(&[7; 61]).as_bytes()).kind, Kind::Pin);
    assert_eq!(look(text::encode(&[7; 60]).as_bytes()).kind, Kind::Unknown);
    assert_eq!(look(&[7; 61]).kind, Kind::Unknown);
}

#[test]
fn ins_2_only_start_and_end_of_something_large() {
    assert_eq!(SCAN_LEN, 4_194_304);
    let (envelope, _) = sealed(&providers()[0], Layout::Aad, &plaintext(SCAN_LEN + 5));
    let report = look(&envelope);
    assert_eq!((report.layout, report.size), (Some(Layout::Aad), envelope.len() as u64));
    assert_eq!(value(&report, "iv"), Some(text::encode(&envelope[envelope.len() - 16..]).as_str()));
    for cut in 0..4 {
        let bytes = &envelope[..envelope.len() - cut];
        let mut armored = text::encode(bytes);
        let padding = "=".repeat((4 - armored.len() % 4) % 4);
        let padded = look(format!("{armored}{padding}").as_bytes());
        assert_eq!(padded.size, bytes.len() as u64);
        assert_eq!(codes(&padded).contains(&"not_canonical"), !padding.is_empty(), "{padded}");
        armored.push('\n');
        let report = look(armored.as_bytes());
        assert!(!codes(&report).contains(&"not_canonical"));
        assert_eq!((report.layout, report.size), (Some(Layout::Aad), bytes.len() as u64));
        assert_eq!(value(&report, "iv"), Some(text::encode(&bytes[bytes.len() - 16..]).as_str()));
        assert!(codes(&report).contains(&"not_scanned"));
    }
}

#[test]
fn the_smallest_envelopes_are_whole_and_one_byte_less_is_not() {
    for layout in Layout::ALL {
        let (mut envelope, _) = sealed(&providers()[0], layout, b"x");
        let report = look(&envelope);
        let ends_with_iv = matches!(layout, Layout::Aad | Layout::NoThumbprint);
        let end = |report: &Report| report.fields.iter().map(|field| (field.offset + field.length, field.name)).max();
        assert_eq!(end(&report), Some((report.size, if ends_with_iv { "iv" } else { "tag" })), "{report}");
        assert!(!codes(&report).contains(&"empty_plaintext"), "{report}");
        if !ends_with_iv {
            let ciphertext = report.fields.iter().find(|field| field.name == "ciphertext").unwrap().offset;
            envelope.remove(usize::try_from(ciphertext).unwrap());
            assert!(codes(&look(&envelope)).contains(&"empty_plaintext"));
        }
        let report = look(&envelope);
        consistent(&report);
        assert_eq!(report.layout, Some(layout), "{report}");
        assert!(!codes(&report).contains(&"envelope_truncated"), "{report}");

        let cut = look(&envelope[..envelope.len() - 1]);
        consistent(&cut);
        // Without room for an IV at the end the IV is the caller's, and ciphertext stands where it was.
        let seen = if layout == Layout::Aad { Layout::Salt } else { layout };
        assert_eq!(cut.layout, Some(seen), "{cut}");
        assert_eq!(codes(&cut).contains(&"envelope_truncated"), !ends_with_iv, "{cut}");
        if ends_with_iv {
            assert_eq!(end(&cut), Some((cut.size, "tag")), "{cut}");
        }
    }
}

#[test]
fn ins_4_what_a_layout_may_also_be_and_where_its_nonce_comes_from() {
    let note = |report: &Report, name: &str| {
        report.fields.iter().find(|field| field.name == name).map(|field| field.note.clone()).unwrap_or_default()
    };
    let text_of = |report: &Report, code: &str| {
        report.findings.iter().find(|finding| finding.code == code).map(|finding| finding.text.clone())
    };
    let report = look(&sealed(&providers()[0], Layout::VerR2, b"xyz").0);
    assert_eq!(note(&report, "nonce"), "the first 12 bytes of the AAD");
    assert_eq!(text_of(&report, "wrapped_or_no_thumbprint"), None);
    let report = look(&sealed(&providers()[0], Layout::Packet, b"xyz").0);
    assert_eq!(note(&report, "nonce"), "random");
    let (bare, _) = sealed(&providers()[0], Layout::NoThumbprint, b"xyz");
    let as_bytes = text_of(&look(&bare), "wrapped_or_no_thumbprint").unwrap();
    assert!(as_bytes.starts_with("a wrapped private key has the same marks"), "{as_bytes}");
    let as_text = text_of(&look(text::encode(&bare).as_bytes()), "wrapped_or_no_thumbprint").unwrap();
    assert!(as_text.starts_with("the text of an envelope"), "{as_text}");
}

#[test]
fn ins_1_why_the_bytes_are_nothing_that_is_known() {
    assert_eq!(codes(&look(b"")), ["empty"]);
    let binary = look(&[7; 400]);
    assert_eq!((binary.kind, codes(&binary)), (Kind::Unknown, vec!["envelope_layout", "not_recognised"]));
    let as_text = look(text::encode(&[7; 40]).as_bytes());
    assert_eq!((as_text.kind, as_text.size), (Kind::Unknown, 40));
    assert!(!codes(&as_text).contains(&"not_recognised"), "{as_text}");
}

#[test]
fn names_for_people_are_those_of_the_json() {
    for kind in
        [Kind::Envelope, Kind::WrappedPrivateKey, Kind::Pin, Kind::Certificate, Kind::Csr, Kind::KeyFile, Kind::Unknown]
    {
        assert_eq!(json!(kind), json!(kind.as_str()));
    }
    for severity in [Severity::Info, Severity::Warning, Severity::Error] {
        assert_eq!(json!(severity), json!(severity.as_str()));
    }
}

#[test]
fn ins_8_white_space_before_behind_and_nowhere() {
    let text = text::encode(&sealed(&providers()[0], Layout::VerR2, b"xyz").0);
    for (shown, expected) in [(text.clone(), false), (format!(" {text}"), true), (format!("{text}\n"), true)] {
        assert_eq!(codes(&look(shown.as_bytes())).contains(&"white_space"), expected, "{shown:?}");
    }
}

#[test]
fn ins_11_control_characters_are_not_shown() {
    let report = look(b"VER_\x1b[2J and more that is no envelope");
    let shown = report.to_string();
    assert!(!shown.contains('\x1b'), "{shown:?}");
    let report = look(b"-----BEGIN \x1b[31m\xe2\x80\xaeKEY-----\n");
    assert!(!report.to_string().contains(['\x1b', '\u{202e}']), "{report}");
}

#[test]
fn ins_1_anything_is_explained() {
    for bytes in
        [&b""[..], b"\0", b"0", b"0\x80", b"VER_", b"VER_R2", b"=", b"AAAA", b"-----BEGIN ", b"-----BEGIN -----"]
    {
        consistent(&look(bytes));
    }
    assert!(codes(&look(b"")).contains(&"empty"));
    let mut seed = 1_u32;
    for len in 0..2000 {
        let bytes: Vec<u8> = (0..len % 700)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        consistent(&look(&bytes));
        consistent(&look(text::encode(&bytes).as_bytes()));
    }
}
