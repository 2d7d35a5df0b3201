//! Wrapped private keys, ENV-50 to ENV-53.

use keymanager::Error;
use keymanager::crypto::{PrivateKey, SoftwareKey};
use keymanager::envelope::{WrappedPrivateKey, text, wrap_private_key};
use keymanager::error::Code;
use keymanager::secret::SecretBytes;

use crate::common::{OTHER_KEY, Remembering, pkcs8, private_key, providers};

#[test]
fn round_trip_across_providers() {
    for writer in providers() {
        let master = private_key(&writer);
        let text = wrap_private_key(&writer, writer.random, master.public_key(), &pkcs8()).unwrap();
        assert_eq!(text::decode_url(&text).unwrap().len(), 256 + 14 + pkcs8().len() + 32);
        let again = wrap_private_key(&writer, writer.random, master.public_key(), &pkcs8()).unwrap();
        assert_ne!(text, again);
        for reader in providers() {
            let wrapped = WrappedPrivateKey::parse(&text).unwrap();
            assert!(wrapped.unwrap(&reader, &private_key(&reader)).unwrap().ct_eq(&pkcs8()));
            let error = wrapped.unwrap(&reader, OTHER_KEY.as_ref()).unwrap_err();
            assert_eq!(error, Error::decryption_failed());
        }
    }
}

#[test]
fn every_flip_and_every_truncation() {
    for provider in providers() {
        let master = Remembering::new(private_key(&provider));
        let secret = SecretBytes::copy_from(b"pkcs8");
        let text = wrap_private_key(&provider, provider.random, master.public_key(), &secret).unwrap();
        let bytes = text::decode(&text).unwrap();
        assert_eq!(bytes.len(), 307);
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[position] ^= 1 << bit;
                let found = WrappedPrivateKey::parse(&text::encode(&damaged))
                    .and_then(|wrapped| wrapped.unwrap(&provider, &master))
                    .unwrap_err();
                if (256..270).contains(&position) {
                    assert_eq!(found.code(), Code::WrappedKeyLayout);
                } else {
                    assert_eq!(found, Error::decryption_failed());
                }
            }
        }
        for len in 0..bytes.len() {
            let found = WrappedPrivateKey::parse(&text::encode(&bytes[..len]))
                .and_then(|wrapped| wrapped.unwrap(&provider, &master))
                .unwrap_err();
            let expected = if len < 303 { Code::WrappedKeyLayout } else { Code::DecryptionFailed };
            assert_eq!(found.code(), expected, "{len}");
        }
    }
}

#[test]
fn refused() {
    for provider in providers() {
        let master = private_key(&provider);
        let empty = wrap_private_key(&provider, provider.random, master.public_key(), &SecretBytes::zeroed(0));
        assert_eq!(empty.unwrap_err().code(), Code::EmptyPlaintext);
        let larger = SoftwareKey::from_rsa(provider.rsa.generate(3072).unwrap());
        let found = wrap_private_key(&provider, provider.random, larger.public_key(), &pkcs8());
        assert_eq!(found.unwrap_err().code(), Code::RecipientKey);
    }
    for (text, code) in [
        ("", Code::WrappedKeyLayout),
        ("NA", Code::WrappedKeyLayout),
        ("N A", Code::InvalidBase64),
        ("////", Code::InvalidBase64),
    ] {
        assert_eq!(WrappedPrivateKey::parse(text).unwrap_err().code(), code, "{text}");
    }
    // The longest text that is looked at, and one that is not.
    for (digits, why) in [(64 * 1024, "splitter"), (64 * 1024 + 4, "too long")] {
        let found = WrappedPrivateKey::parse(&"A".repeat(digits)).unwrap_err();
        assert_eq!(found.code(), Code::WrappedKeyLayout);
        assert!(found.detail().contains(why), "{found}");
    }
}
