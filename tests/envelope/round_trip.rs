//! Every layout and every way to write it, read in every way.

use keymanager::envelope::{
    Layout, OpenOptions, SealOptions, open_in_place, parse, payload_offset, seal, seal_in_place, seal_into, sealed_len,
};

use crate::common::{
    certificate, open_options, plaintext, private_key, providers, recipient, seal_options, sealed, writable,
};

const SIZES: [usize; 9] = [1, 15, 16, 17, 100, 4096, 65_535, 65_536, 200_001];

#[test]
fn one_shot_in_place_and_into_give_the_same_sizes_and_open_in_every_way() {
    for provider in providers() {
        let (recipient, key) = (recipient(&provider), private_key(&provider));
        for layout in writable() {
            let (sealing, opening) = (seal_options(layout), open_options(layout));
            for size in SIZES {
                let plaintext = plaintext(size);
                let total = sealed_len(layout, size).unwrap();
                let whole = seal(&provider, provider.random, &recipient, &sealing, &plaintext).unwrap();
                assert_eq!((whole.len(), whole.capacity()), (total, total), "{layout}");

                let mut into = vec![0xee; total + 3];
                let written =
                    seal_into(&provider, provider.random, &recipient, &sealing, &plaintext, &mut into).unwrap();
                assert_eq!((written, &into[total..]), (total, &[0xee; 3][..]));

                let offset = payload_offset(layout);
                let mut in_place = vec![0xee; total + 3];
                in_place[offset..offset + size].copy_from_slice(&plaintext);
                let written =
                    seal_in_place(&provider, provider.random, &recipient, &sealing, &mut in_place, size).unwrap();
                assert_eq!((written, &in_place[total..]), (total, &[0xee; 3][..]));

                for envelope in [&whole[..], &into[..total], &in_place[..total]] {
                    let parsed = parse(envelope, &opening).unwrap();
                    assert_eq!(parsed.layout, layout);
                    assert_eq!(parsed.thumbprint, Some(certificate().thumbprint()));
                    assert_eq!(parsed.plaintext_len(), size);
                    let session_key = parsed.unwrap_session_key(&provider, &key).unwrap();
                    assert_eq!(parsed.open(&provider, &session_key).unwrap(), plaintext, "{layout} {size}");

                    let mut out = vec![0xee; size + 1];
                    assert_eq!(parsed.open_into(&provider, &session_key, &mut out).unwrap(), size);
                    assert_eq!((&out[..size], out[size]), (&plaintext[..], 0xee));

                    let mut buffer = envelope.to_vec();
                    let range = open_in_place(&provider, &session_key, &mut buffer, &opening).unwrap();
                    assert_eq!(range, offset..offset + size);
                    assert_eq!(buffer[range], plaintext);
                }
            }
        }
    }
}

#[test]
fn what_one_provider_writes_the_other_reads() {
    let plaintext = plaintext(1000);
    for writer in providers() {
        for layout in Layout::ALL {
            let (envelope, options) = sealed(&writer, layout, &plaintext);
            for reader in providers() {
                let parsed = parse(&envelope, &options).unwrap();
                assert_eq!(parsed.layout, layout);
                let session_key = parsed.unwrap_session_key(&reader, &private_key(&reader)).unwrap();
                assert_eq!(parsed.open(&reader, &session_key).unwrap(), plaintext, "{layout}");
            }
        }
    }
}

#[test]
fn env_2_nothing_random_comes_twice() {
    for provider in providers() {
        let recipient = recipient(&provider);
        for layout in writable() {
            let options = seal_options(layout);
            let one = seal(&provider, provider.random, &recipient, &options, b"same").unwrap();
            let two = seal(&provider, provider.random, &recipient, &options, b"same").unwrap();
            let opening = open_options(layout);
            let (one, two) = (parse(&one, &opening).unwrap(), parse(&two, &opening).unwrap());
            assert_ne!(one.wrapped_key, two.wrapped_key);
            assert_ne!(one.ciphertext, two.ciphertext);
            assert_eq!(one.nonce == two.nonce, layout == Layout::Salt);
            assert_eq!(one.aad == two.aad, matches!(layout, Layout::Salt | Layout::Aad));
        }
    }
}

#[test]
fn env_11_the_nonce_of_ver_r2_is_the_start_of_its_aad() {
    let provider = &providers()[0];
    let (envelope, options) = sealed(provider, Layout::VerR2, b"x");
    let parsed = parse(&envelope, &options).unwrap();
    assert_eq!((parsed.nonce, parsed.aad.len()), (&parsed.aad[..12], 32));
}

#[test]
fn env_14_a_packet_is_a_salt_envelope_from_byte_44_on() {
    for provider in providers() {
        let (envelope, _) = sealed(&provider, Layout::Packet, b"inner");
        let (front, inner) = envelope.split_at(44);
        let options = OpenOptions { salt: Some(front[..12].to_vec()), aad: front[12..].to_vec(), ..Default::default() };
        let parsed = parse(inner, &options).unwrap();
        assert_eq!(parsed.layout, Layout::Salt);
        let session_key = parsed.unwrap_session_key(&provider, &private_key(&provider)).unwrap();
        assert_eq!(parsed.open(&provider, &session_key).unwrap(), b"inner");
    }
}

#[test]
fn env_17_salts_of_both_sizes_with_and_without_aad() {
    for provider in providers() {
        for (salt, aad) in [(12, 0), (16, 0), (12, 1), (16, 1000)] {
            let sealing = SealOptions { layout: Some(Layout::Salt), salt: plaintext(salt), aad: plaintext(aad) };
            let opening = OpenOptions { salt: Some(plaintext(salt)), aad: plaintext(aad), ..Default::default() };
            let mut envelope = seal(&provider, provider.random, &recipient(&provider), &sealing, b"data").unwrap();
            let session_key =
                parse(&envelope, &opening).unwrap().unwrap_session_key(&provider, &private_key(&provider)).unwrap();
            let range = open_in_place(&provider, &session_key, &mut envelope, &opening).unwrap();
            assert_eq!(&envelope[range], b"data");
        }
    }
}

#[test]
fn the_oldest_layout_is_read_with_the_callers_salt_too() {
    for provider in providers() {
        let (with_thumbprint, options) = sealed(&provider, Layout::Salt, b"written before thumbprints");
        let options = OpenOptions { accept: vec![Layout::NoThumbprint], ..options };
        let parsed = parse(&with_thumbprint[32..], &options).unwrap();
        assert_eq!((parsed.layout, parsed.thumbprint), (Layout::NoThumbprint, None));
        assert_eq!(parsed.nonce, options.salt.as_deref().unwrap());
        let session_key = parsed.unwrap_session_key(&provider, &private_key(&provider)).unwrap();
        assert_eq!(parsed.open(&provider, &session_key).unwrap(), b"written before thumbprints");
    }
}
