//! Known answers: tests/vectors/mosip/derived.

use keymanager::crypto::SoftwareKey;
use keymanager::envelope::{Layout, OpenOptions, WrappedPrivateKey, parse, text};
use keymanager::secret::{Aes256Key, SecretBytes};
use serde_json::Value;

use crate::common::{certificate, pkcs8, private_key, providers, vector};

fn vectors(kind: &str) -> Vec<Value> {
    let all: Value = serde_json::from_slice(&vector("derived.json")).unwrap();
    let found: Vec<Value> =
        all["vectors"].as_array().unwrap().iter().filter(|vector| vector["kind"] == kind).cloned().collect();
    assert!(!found.is_empty());
    found
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn envelopes() {
    let expected = [
        ("ver_r2_thumbprint", Layout::VerR2),
        ("ver_r2_no_thumbprint_v120_flag", Layout::VerR2NoThumbprint),
        ("noheader_thumbprint_aad_iv16suffix", Layout::Aad),
        ("noheader_thumbprint_noaad_iv16suffix", Layout::Aad),
        ("noheader_thumbprint_salt_iv12_aad16", Layout::Salt),
        ("noheader_thumbprint_salt_iv16_noaad", Layout::Salt),
        ("legacy113_nothumbprint_iv16suffix", Layout::NoThumbprint),
    ];
    let vectors = vectors("cryptomanager-envelope");
    assert_eq!(vectors.len(), expected.len());
    for (vector, (name, layout)) in vectors.iter().zip(expected) {
        assert_eq!(vector["name"], name);
        let envelope = text::decode(vector["envelope"].as_str().unwrap()).unwrap();
        let given = |name: &str| vector[name].as_str().map(|text| text::decode(text).unwrap());
        let options = OpenOptions {
            accept: vec![Layout::VerR2NoThumbprint, Layout::NoThumbprint],
            aad: given("request_aad").unwrap_or_default(),
            salt: given("request_salt"),
            ..OpenOptions::default()
        };
        let parsed = parse(&envelope, &options).unwrap();
        assert_eq!(parsed.layout, layout, "{name}");
        assert_eq!(parsed.thumbprint.is_some(), layout.has_thumbprint());
        assert!(parsed.thumbprint.is_none_or(|thumbprint| thumbprint == certificate().thumbprint()));
        if let Some(nonce) = vector["iv_suffix"].as_str().or(vector["nonce"].as_str()) {
            assert_eq!(hex::encode(parsed.nonce), nonce);
        }
        if let Some(aad) = vector["aad_in_envelope"].as_str() {
            assert_eq!(hex::encode(parsed.aad), aad);
        }
        for provider in providers() {
            let session_key = parsed.unwrap_session_key(&provider, &private_key(&provider)).unwrap();
            let known = Aes256Key::new(SecretBytes::copy_from(&bytes(&vector["session_key"]))).unwrap();
            assert!(session_key.as_secret().ct_eq(known.as_secret()), "{name}");
            assert_eq!(parsed.open(&provider, &session_key).unwrap(), bytes(&vector["plaintext"]), "{name}");
        }
    }
}

#[test]
fn wrapped_private_key() {
    for vector in vectors("private-key-envelope") {
        for provider in providers() {
            let wrapped = WrappedPrivateKey::parse(vector["envelope"].as_str().unwrap()).unwrap();
            let opened = wrapped.unwrap(&provider, &private_key(&provider)).unwrap();
            assert!(opened.ct_eq(&pkcs8()));
            SoftwareKey::from_pkcs8(&provider, &opened).unwrap();
        }
    }
}

#[test]
fn base64() {
    for vector in vectors("base64") {
        for (given, expected) in vector["accept"].as_object().unwrap() {
            assert_eq!(text::decode(given).unwrap(), bytes(expected), "{given}");
            assert_eq!(text::decode_url(given).unwrap(), bytes(expected), "{given}");
        }
        for given in vector["reject"].as_array().unwrap() {
            assert!(text::decode(given.as_str().unwrap()).is_err(), "{given}");
            assert!(text::decode_url(given.as_str().unwrap()).is_err(), "{given}");
        }
    }
}
