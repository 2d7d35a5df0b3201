//! Each single-bit flip and each truncation of one envelope of every layout, at all positions, on every provider:
//! always an error, after the key was found always the same one, and no output.

use keymanager::Error;
use keymanager::crypto::{CryptoProvider, PrivateKey};
use keymanager::envelope::{Layout, OpenOptions, open_in_place, parse};
use keymanager::error::{Category, Code};

use crate::common::{OTHER_KEY, Remembering, certificate, plaintext, private_key, providers, sealed};

/// Reads as a server does: parse, find the key by thumbprint, unwrap, open. Every way to open must agree.
fn read(
    provider: &CryptoProvider,
    key: &dyn PrivateKey,
    envelope: &[u8],
    options: &OpenOptions,
) -> Result<Vec<u8>, Error> {
    let parsed = parse(envelope, options)?;
    if parsed.thumbprint.is_some_and(|thumbprint| thumbprint != certificate().thumbprint()) {
        return Err(Error::new(Code::ThumbprintNotFound, "no such key"));
    }
    let session_key = parsed.unwrap_session_key(provider, key).expect("unwrapping tells nothing");
    let opened = parsed.open(provider, &session_key);

    let mut out = vec![0xee; parsed.plaintext_len()];
    let into = parsed.open_into(provider, &session_key, &mut out);
    let mut buffer = envelope.to_vec();
    let in_place = open_in_place(provider, &session_key, &mut buffer, options);
    match &opened {
        Ok(plaintext) => {
            assert_eq!((into.as_ref(), &out), (Ok(&plaintext.len()), plaintext));
            assert_eq!(&buffer[in_place.unwrap()], plaintext);
        }
        Err(error) => {
            assert_eq!(error, &Error::decryption_failed());
            assert_eq!((into.as_ref().unwrap_err(), &in_place.unwrap_err()), (error, error));
            assert!(out.iter().all(|byte| *byte == 0), "the output is wiped");
        }
    }
    opened
}

/// Flips every bit and cuts at every byte.
fn hurt(provider: &CryptoProvider, layout: Layout) {
    let plaintext = plaintext(7);
    let (envelope, options) = sealed(provider, layout, &plaintext);
    let key = Remembering::new(private_key(provider));
    assert_eq!(read(provider, &key, &envelope, &options).unwrap(), plaintext);

    let mut after_lookup = 0;
    let mut judge = |damaged: &[u8], what: &dyn Fn() -> String| {
        let error = read(provider, &key, damaged, &options).expect_err(&what());
        let category = error.code().category();
        match category {
            Category::DecryptionFailed => {
                after_lookup += 1;
                assert_eq!(error, Error::decryption_failed(), "{}", what());
            }
            Category::Malformed | Category::NotFound => {}
            _ => panic!("{}: {error:?}", what()),
        }
    };
    for position in 0..envelope.len() {
        for bit in 0..8 {
            let mut damaged = envelope.clone();
            damaged[position] ^= 1 << bit;
            judge(&damaged, &|| format!("{layout} byte {position} bit {bit}"));
        }
    }
    for len in 0..envelope.len() {
        judge(&envelope[..len], &|| format!("{layout} cut to {len}"));
    }
    for more in 1..40 {
        let longer = [envelope.as_slice(), &vec![0; more]].concat();
        judge(&longer, &|| format!("{layout} with {more} more bytes"));
    }
    // All of the RSA block, ciphertext and tag at the least.
    assert!(after_lookup >= 8 * (256 + 7 + 16), "{layout}: {after_lookup}");
}

macro_rules! for_each_layout {
    ($($name:ident $layout:ident),+) => {
        $(#[test]
        fn $name() {
            for provider in providers() {
                hurt(&provider, Layout::$layout);
            }
        })+
    };
}

for_each_layout! {
    ver_r2 VerR2, ver_r2_no_thumbprint VerR2NoThumbprint, packet Packet, packet_no_thumbprint PacketNoThumbprint,
    aad Aad, salt Salt, no_thumbprint NoThumbprint
}

#[test]
fn wrong_key_wrong_aad_wrong_salt_are_one_error() {
    for provider in providers() {
        let key = private_key(&provider);
        for layout in Layout::ALL {
            let (envelope, options) = sealed(&provider, layout, &plaintext(40));
            let failed = |key: &dyn PrivateKey, options: &OpenOptions| {
                assert_eq!(read(&provider, key, &envelope, options), Err(Error::decryption_failed()), "{layout}");
            };
            failed(OTHER_KEY.as_ref(), &options);
            if !options.aad.is_empty() {
                failed(&key, &OpenOptions { aad: Vec::new(), ..options.clone() });
                failed(&key, &OpenOptions { aad: b"another".to_vec(), ..options.clone() });
            }
            if let Some(salt) = &options.salt {
                let shorter = salt[..salt.len() - 1].to_vec();
                failed(&key, &OpenOptions { salt: Some(shorter), ..options.clone() });
                failed(&key, &OpenOptions { salt: None, ..options.clone() });
            }
        }
    }
}

#[test]
fn env_31_unwrapping_a_bad_key_succeeds_with_a_key_that_is_new_each_time() {
    for provider in providers() {
        let key = private_key(&provider);
        let (mut envelope, options) = sealed(&provider, Layout::VerR2, b"plaintext");
        envelope[100] ^= 1;
        let parsed = parse(&envelope, &options).unwrap();
        let one = parsed.unwrap_session_key(&provider, &key).unwrap();
        let two = parsed.unwrap_session_key(&provider, &key).unwrap();
        assert!(!one.as_secret().ct_eq(two.as_secret()));
        assert!(one.expose().unwrap().iter().any(|byte| *byte != 0));
    }
}
