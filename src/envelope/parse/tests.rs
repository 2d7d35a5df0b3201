//! The parser on bytes made for it; no key is needed.

use super::*;
use crate::envelope::SPLITTER;
use crate::envelope::shape::MAX_HEAD_LEN;

/// `len` bytes, no two neighbours alike, none of them part of a splitter or header.
fn filler(len: usize) -> Vec<u8> {
    (0..len).map(|index| 0x80 | (index % 127) as u8).collect()
}

/// An envelope of `shape` with `payload_len` bytes of ciphertext.
fn made(shape: &Shape, payload_len: usize) -> Vec<u8> {
    let mut bytes = filler(shape.payload + payload_len + shape.tail_len());
    if shape.header {
        put(&mut bytes, 0, HEADER);
    }
    put(&mut bytes, shape.splitter, SPLITTER);
    bytes
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

/// The options that read `layout`, with a salt where `salted`.
fn options(layout: Layout, salted: bool) -> OpenOptions {
    OpenOptions { accept: vec![layout], salt: salted.then(|| vec![7; 12]), ..OpenOptions::default() }
}

/// Each layout, and for `no_thumbprint` both of its forms.
fn forms() -> impl Iterator<Item = (Layout, bool)> {
    Layout::ALL.into_iter().map(|layout| (layout, layout == Layout::Salt)).chain([(Layout::NoThumbprint, true)])
}

fn code(bytes: &[u8], options: &OpenOptions) -> Code {
    parse(bytes, options).unwrap_err().code()
}

#[test]
fn every_field_of_every_layout_is_cut_where_it_lies() {
    for (layout, salted) in forms() {
        let shape = layout.shape(salted);
        let bytes = made(shape, 5);
        let options = options(layout, salted);
        let parsed = parse(&bytes, &options).unwrap();
        assert_eq!(parsed.layout, layout);
        assert_eq!(parsed.wrapped_key, &bytes[shape.splitter - 256..shape.splitter]);
        assert_eq!(parsed.ciphertext, &bytes[shape.payload..shape.payload + 5]);
        assert_eq!(parsed.tag, bytes[shape.payload + 5..shape.payload + 21]);
        let thumbprint = parsed.thumbprint.map(|thumbprint| *thumbprint.as_bytes());
        assert_eq!(thumbprint.is_some(), layout.has_thumbprint());
        if let Some(thumbprint) = thumbprint {
            assert_eq!(thumbprint, bytes[shape.splitter - 288..shape.splitter - 256]);
        }
        let (nonce, aad) = match layout {
            Layout::VerR2 => (&bytes[308..320], &bytes[308..340]),
            Layout::VerR2NoThumbprint => (&bytes[276..288], &bytes[276..308]),
            Layout::Packet | Layout::PacketNoThumbprint => (&bytes[..12], &bytes[12..44]),
            Layout::Aad => (&bytes[302 + 5 + 16..], &[][..]),
            Layout::NoThumbprint if !salted => (&bytes[270 + 5 + 16..], &[][..]),
            Layout::Salt | Layout::NoThumbprint => (&[7; 12][..], &[][..]),
        };
        assert_eq!((parsed.nonce, parsed.aad), (nonce, aad), "{layout}");
        assert_eq!(parsed.key_block().wrapped_key, parsed.wrapped_key);
    }
}

#[test]
fn env_22_minimum_sizes() {
    let minima = [
        (Layout::VerR2, false, 356),
        (Layout::VerR2NoThumbprint, false, 324),
        (Layout::Packet, false, 362),
        (Layout::PacketNoThumbprint, false, 330),
        (Layout::Aad, false, 335),
        (Layout::Salt, true, 318),
        (Layout::NoThumbprint, false, 303),
        (Layout::NoThumbprint, true, 286),
    ];
    for (layout, salted, min) in minima {
        let shape = layout.shape(salted);
        assert_eq!(shape.min_len(), min);
        let bytes = made(shape, 1);
        let options = options(layout, salted);
        assert!(parse(&bytes[..min], &options).is_ok(), "{layout} at {min}");
        for len in 0..min {
            let found = code(&bytes[..len], &options);
            assert!(
                matches!(found, Code::EnvelopeTruncated | Code::EnvelopeLayout),
                "{layout} cut to {len} bytes: {found:?}"
            );
            let named = OpenOptions { layout: Some(layout), ..options.clone() };
            assert_eq!(code(&bytes[..len], &named), Code::EnvelopeTruncated, "{layout} named, cut to {len} bytes");
            if layout.is_writable() {
                assert_eq!(code(&bytes[..len], &options), Code::EnvelopeTruncated, "{layout} cut to {len} bytes");
            }
        }
    }
}

#[test]
fn env_20_a_splitter_elsewhere_is_never_found() {
    for (layout, salted) in forms() {
        let shape = layout.shape(salted);
        let options = options(layout, salted);
        for moved in [-1_isize, 1, 6, 13, 14, 32] {
            let mut bytes = made(shape, 200);
            bytes.splice(shape.splitter..shape.splitter + 14, filler(14));
            put(&mut bytes, shape.splitter.checked_add_signed(moved).unwrap(), SPLITTER);
            let found = parse(&bytes, &options);
            assert!(found.is_err() || found.unwrap().layout != layout, "{layout} moved by {moved}");
        }
        // In the ciphertext it means nothing.
        let mut bytes = made(shape, 200);
        put(&mut bytes, shape.payload + 100, SPLITTER);
        assert_eq!(parse(&bytes, &options).unwrap().ciphertext.len(), 200);
    }
}

#[test]
fn every_byte_of_header_and_splitter_counts() {
    for (layout, salted) in forms() {
        let shape = layout.shape(salted);
        let named = OpenOptions { layout: Some(layout), ..options(layout, salted) };
        let header = if shape.header { 0..6 } else { 0..0 };
        for position in header.chain(shape.splitter..shape.splitter_end()) {
            for bit in 0..8 {
                let mut bytes = made(shape, 40);
                bytes[position] ^= 1 << bit;
                let found = code(&bytes, &named);
                assert!(
                    matches!(found, Code::EnvelopeLayout | Code::EnvelopeVersion),
                    "{layout} {position}: {found:?}"
                );
                assert!(parse(&bytes, &options(layout, salted)).is_err());
            }
        }
    }
}

#[test]
fn env_23_two_readings_are_refused_unless_the_caller_names_one() {
    // Every pair of offsets whose splitters do not overlap can be made to fit.
    let readings = all_readings(false);
    let accept: Vec<Layout> = Layout::ALL.to_vec();
    let mut pairs = 0;
    for (one, shape_one) in readings {
        for (other, shape_other) in readings {
            if shape_one.splitter_end() > shape_other.splitter {
                continue;
            }
            pairs += 1;
            let header = shape_one.header || shape_other.header;
            let mut bytes = filler(600);
            put(&mut bytes, shape_one.splitter, SPLITTER);
            put(&mut bytes, shape_other.splitter, SPLITTER);
            if header {
                put(&mut bytes, 0, HEADER);
            }
            let all = OpenOptions { accept: accept.clone(), ..OpenOptions::default() };
            let error = parse(&bytes, &all).unwrap_err();
            assert_eq!(error.code(), Code::EnvelopeAmbiguous);
            assert!(error.detail().contains(one.as_str()) && error.detail().contains(other.as_str()), "{error}");
            for layout in [one, other] {
                let named = OpenOptions { layout: Some(layout), ..OpenOptions::default() };
                assert_eq!(parse(&bytes, &named).unwrap().layout, layout);
            }
        }
    }
    assert_eq!(pairs, 11);
}

#[test]
fn env_23_a_legacy_reading_that_is_not_accepted_is_no_second_reading() {
    let mut bytes = made(Layout::Packet.shape(false), 50);
    put(&mut bytes, 256, SPLITTER);
    assert_eq!(parse(&bytes, &OpenOptions::default()).unwrap().layout, Layout::Packet);
    assert_eq!(code(&bytes, &options(Layout::NoThumbprint, false)), Code::EnvelopeAmbiguous);
}

#[test]
fn env_21_a_thumbprint_that_looks_like_a_header() {
    for start in [&b"VER_R2"[..], b"VER_R3", b"VER_"] {
        for (layout, salted) in [(Layout::Aad, false), (Layout::Salt, true), (Layout::Packet, false)] {
            let mut bytes = made(layout.shape(salted), 50);
            put(&mut bytes, 0, start);
            assert_eq!(parse(&bytes, &options(layout, salted)).unwrap().layout, layout);
        }
    }
}

#[test]
fn env_24_an_unknown_version() {
    for version in [*b"R3", *b"R1", *b"r2", *b"\0\0", *b"R\xff"] {
        for layout in [Layout::VerR2, Layout::VerR2NoThumbprint] {
            let mut bytes = made(layout.shape(false), 50);
            put(&mut bytes, 4, &version);
            assert_eq!(code(&bytes, &OpenOptions::default()), Code::EnvelopeVersion);
            assert_eq!(code(&bytes, &options(layout, false)), Code::EnvelopeVersion);
            let named = OpenOptions { layout: Some(layout), ..OpenOptions::default() };
            assert_eq!(code(&bytes, &named), Code::EnvelopeVersion);
        }
    }
    // A known version with its splitter nowhere is a matter of layout.
    let mut bytes = made(Layout::VerR2.shape(false), 50);
    bytes[300] ^= 1;
    assert_eq!(code(&bytes, &OpenOptions::default()), Code::EnvelopeLayout);
}

#[test]
fn env_26_legacy_layouts_only_by_name_and_the_error_says_so() {
    for layout in Layout::ALL.into_iter().filter(|layout| !layout.is_writable()) {
        let bytes = made(layout.shape(false), 50);
        let error = parse(&bytes, &OpenOptions::default()).unwrap_err();
        assert_eq!(error.code(), Code::EnvelopeLayout);
        assert!(error.detail().contains(layout.as_str()), "{error}");
        let others = Layout::ALL.into_iter().filter(|other| *other != layout).collect();
        assert_eq!(code(&bytes, &OpenOptions { accept: others, ..OpenOptions::default() }), Code::EnvelopeLayout);
        assert!(parse(&bytes, &options(layout, false)).is_ok());
        assert!(parse(&bytes, &OpenOptions { layout: Some(layout), ..OpenOptions::default() }).is_ok());
    }
}

#[test]
fn env_25_to_28_the_callers_salt_and_aad() {
    let salted = |layout: Option<Layout>, salt: usize| OpenOptions {
        layout,
        salt: Some(vec![9; salt]),
        accept: Layout::ALL.to_vec(),
        ..OpenOptions::default()
    };
    let with_aad = OpenOptions { aad: b"aad".to_vec(), accept: Layout::ALL.to_vec(), ..OpenOptions::default() };
    for layout in Layout::ALL {
        let bytes = made(layout.shape(false), 50);
        let own_nonce = !matches!(layout, Layout::Aad | Layout::Salt | Layout::NoThumbprint);
        if own_nonce {
            assert_eq!(code(&bytes, &salted(None, 12)), Code::UnexpectedContext);
            assert_eq!(code(&bytes, &with_aad), Code::UnexpectedContext);
            continue;
        }
        assert_eq!(parse(&bytes, &with_aad).unwrap().aad, b"aad");
        for len in 1..=64 {
            assert_eq!(parse(&bytes, &salted(None, len)).unwrap().nonce.len(), len);
        }
        for len in [0, 65, 1000] {
            assert_eq!(code(&bytes, &salted(None, len)), Code::InvalidNonce);
        }
    }
    let bytes = made(Layout::Aad.shape(false), 50);
    assert_eq!(parse(&bytes, &salted(None, 12)).unwrap().layout, Layout::Salt);
    assert_eq!(parse(&bytes, &OpenOptions::default()).unwrap().layout, Layout::Aad);
    assert_eq!(code(&bytes, &salted(Some(Layout::Aad), 12)), Code::UnexpectedContext);
    let named = OpenOptions { layout: Some(Layout::Salt), ..OpenOptions::default() };
    assert_eq!(code(&bytes, &named), Code::SaltMissing);
    // A `salt` envelope too short to be `aad`.
    let error = parse(&bytes[..320], &OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::EnvelopeTruncated);
    assert!(error.detail().contains("salt"), "{error}");
    let error = parse(&bytes[..317], &OpenOptions::default()).unwrap_err();
    assert!(!error.detail().contains("salt"), "{error}");
}

#[test]
fn the_longest_head_is_that_of_packet() {
    assert_eq!(Layout::ALL.map(|layout| layout.shape(false).payload).into_iter().max(), Some(MAX_HEAD_LEN));
}

#[test]
fn env_22_the_last_byte_before_a_splitter_could_end() {
    // Without a header the longest accepted reading has its splitter from 332 to 346.
    let error = |len| parse(&filler(len), &OpenOptions::default()).unwrap_err();
    assert_eq!(error(345).code(), Code::EnvelopeTruncated);
    assert_eq!(error(346).code(), Code::EnvelopeLayout, "{}", error(346));
}
