//! What a writer refuses, and what a reader refuses before a key is touched.

use keymanager::certificate::{
    AlternativeNames, Certificate, CertificateKind, CertificateRequest, DistinguishedName, issue,
};
use keymanager::crypto::{CryptoProvider, PrivateKey, SoftwareKey};
use keymanager::envelope::{Layout, Recipient, SealOptions, parse, seal, seal_in_place, seal_into, sealed_len};
use keymanager::error::Code;

use crate::common::{
    AAD, SALT, certificate, now, open_options, private_key, providers, recipient, seal_options, sealed, writable,
};

fn self_signed(provider: &CryptoProvider, key: &SoftwareKey) -> Certificate {
    let request = CertificateRequest {
        kind: CertificateKind::Root,
        subject: DistinguishedName { common_name: Some("test".into()), ..Default::default() },
        public_key: key.public_key().clone(),
        not_before: now().plus_days(-1),
        not_after: now().plus_days(10),
        alternative_names: AlternativeNames::default(),
    };
    issue(provider, provider.random, &request, None, key).unwrap()
}

#[test]
fn env_7_a_certificate_outside_its_time() {
    for provider in providers() {
        let certificate = self_signed(&provider, &private_key(&provider));
        let code = |now| Recipient::new(&provider, certificate.clone(), now).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code(certificate.not_before()), Ok(()));
        assert_eq!(code(certificate.not_after()), Ok(()));
        assert_eq!(code(certificate.not_before().plus_seconds(-1)), Err(Code::CertificateNotYetValid));
        assert_eq!(code(certificate.not_after().plus_seconds(1)), Err(Code::CertificateExpired));
    }
}

#[test]
fn env_3_a_key_of_another_kind_or_size() {
    for provider in providers() {
        let key = SoftwareKey::from_rsa(provider.rsa.generate(3072).unwrap());
        let error = Recipient::new(&provider, self_signed(&provider, &key), now()).unwrap_err();
        assert_eq!(error.code(), Code::RecipientKey);
        assert!(error.detail().contains("3072"), "{error}");
        let ec = Certificate::parse(&provider, include_bytes!("ec-p256.pem")).unwrap();
        assert_eq!(Recipient::new(&provider, ec, now()).unwrap_err().code(), Code::RecipientKey);
    }
}

#[test]
fn env_6_12_16_17_26_options_that_do_not_fit_the_layout() {
    let provider = &providers()[0];
    let recipient = recipient(provider);
    let code = |layout, aad: &[u8], salt: &[u8], plaintext: &[u8]| {
        let options = SealOptions { layout: Some(layout), aad: aad.to_vec(), salt: salt.to_vec() };
        seal(provider, provider.random, &recipient, &options, plaintext).map(|_| ()).map_err(|error| error.code())
    };
    for layout in [Layout::VerR2, Layout::Packet] {
        assert_eq!(code(layout, AAD, b"", b"x"), Err(Code::UnexpectedContext));
        assert_eq!(code(layout, b"", SALT, b"x"), Err(Code::UnexpectedContext));
        assert_eq!(code(layout, b"", b"", b"x"), Ok(()));
    }
    assert_eq!(code(Layout::Aad, b"", b"", b"x"), Err(Code::AadMissing));
    assert_eq!(code(Layout::Aad, AAD, SALT, b"x"), Err(Code::UnexpectedContext));
    assert_eq!(code(Layout::Salt, AAD, b"", b"x"), Err(Code::SaltMissing));
    for len in [1, 11, 13, 15, 17, 64] {
        assert_eq!(code(Layout::Salt, b"", &vec![1; len], b"x"), Err(Code::InvalidNonce));
    }
    for layout in writable() {
        let SealOptions { aad, salt, .. } = seal_options(layout);
        assert_eq!(code(layout, &aad, &salt, b""), Err(Code::EmptyPlaintext));
    }
    for layout in Layout::ALL.into_iter().filter(|layout| !layout.is_writable()) {
        assert_eq!(code(layout, b"", b"", b"x"), Err(Code::Unsupported));
    }
    assert_eq!(SealOptions::default().layout, None);
    let envelope = seal(provider, provider.random, &recipient, &SealOptions::default(), b"x").unwrap();
    assert_eq!(parse(&envelope, &Default::default()).unwrap().layout, Layout::VerR2);
    assert_eq!(sealed_len(Layout::VerR2, usize::MAX), None);
}

#[test]
fn buffers_that_are_too_small_are_told_the_size() {
    for provider in providers() {
        let recipient = recipient(&provider);
        let key = private_key(&provider);
        for layout in writable() {
            let options = seal_options(layout);
            let total = sealed_len(layout, 100).unwrap();
            for len in [0, 1, 340, total - 1] {
                let mut out = vec![0; len];
                let error =
                    seal_into(&provider, provider.random, &recipient, &options, &[1; 100], &mut out).unwrap_err();
                assert_eq!(error.code(), Code::BufferTooSmall);
                assert!(error.detail().contains(&total.to_string()), "{error}");
                let error = seal_in_place(&provider, provider.random, &recipient, &options, &mut out, 100).unwrap_err();
                assert_eq!(error.code(), Code::BufferTooSmall);
            }
            let (envelope, options) = sealed(&provider, layout, &[1; 100]);
            let parsed = parse(&envelope, &options).unwrap();
            let session_key = parsed.unwrap_session_key(&provider, &key).unwrap();
            let error = parsed.open_into(&provider, &session_key, &mut [0; 99]).unwrap_err();
            assert_eq!(error.code(), Code::BufferTooSmall);
            assert!(error.detail().contains("100"), "{error}");
        }
    }
}

#[test]
fn the_recipient_keeps_its_certificate() {
    let provider = &providers()[0];
    let recipient = recipient(provider);
    assert_eq!(recipient.certificate(), &certificate());
    assert!(!format!("{recipient:?}").is_empty());
    assert_eq!(open_options(Layout::VerR2).salt, None);
}
