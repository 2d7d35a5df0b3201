//! What unwrapping tells, and what it does not: ENV-30 to ENV-32.

use std::fmt;

use keymanager::crypto::{OaepProfile, PrivateKey, PublicKey, SignatureScheme, SoftwareKey};
use keymanager::envelope::{Layout, WrappedPrivateKey, parse, wrap_private_key};
use keymanager::error::{Category, Code, Error, Result};
use keymanager::secret::SecretBytes;

use crate::common::{pkcs8, private_key, providers, sealed};

/// A private key that answers what it is told to.
struct Answering {
    key: SoftwareKey,
    answer: fn() -> Result<SecretBytes>,
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answering")
    }
}

impl PrivateKey for Answering {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn decrypt_oaep(&self, profile: &OaepProfile, _ciphertext: &[u8]) -> Result<SecretBytes> {
        assert_eq!(profile, &OaepProfile::SHA256_MGF1_SHA256);
        (self.answer)()
    }

    fn sign(&self, _scheme: SignatureScheme, _message: &[u8]) -> Result<Vec<u8>> {
        Err(Error::internal("not needed"))
    }
}

#[test]
fn env_31_only_what_does_not_depend_on_the_ciphertext_is_told() {
    let provider = &providers()[0];
    let (envelope, options) = sealed(provider, Layout::VerR2, b"data");
    let parsed = parse(&envelope, &options).unwrap();
    for code in Code::ALL {
        let told = match code.category() {
            Category::Backend | Category::Bug => true,
            _ => matches!(code, Code::Forked | Code::Cancelled | Code::Unsupported),
        };
        let key = Failing(private_key(provider), *code);
        match parsed.unwrap_session_key(provider, &key) {
            Ok(session_key) => {
                assert!(!told, "{}", code.name());
                assert_eq!(parsed.open(provider, &session_key), Err(Error::decryption_failed()));
            }
            Err(error) => assert_eq!((told, error.code()), (true, *code)),
        }
    }
}

/// A private key that fails with a code.
#[derive(Debug)]
struct Failing(SoftwareKey, Code);

impl PrivateKey for Failing {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn decrypt_oaep(&self, _profile: &OaepProfile, _ciphertext: &[u8]) -> Result<SecretBytes> {
        Err(Error::new(self.1, "told to fail"))
    }

    fn sign(&self, _scheme: SignatureScheme, _message: &[u8]) -> Result<Vec<u8>> {
        Err(Error::internal("not needed"))
    }
}

#[test]
fn env_30_a_session_key_of_another_size() {
    let answers: [fn() -> Result<SecretBytes>; 6] = [
        || Ok(SecretBytes::zeroed(0)),
        || Ok(SecretBytes::zeroed(16)),
        || Ok(SecretBytes::zeroed(24)),
        || Ok(SecretBytes::zeroed(31)),
        || Ok(SecretBytes::zeroed(33)),
        || Ok(SecretBytes::zeroed(190)),
    ];
    for provider in providers() {
        let (envelope, options) = sealed(&provider, Layout::Packet, b"data");
        let parsed = parse(&envelope, &options).unwrap();
        let master = private_key(&provider);
        let text = wrap_private_key(&provider, provider.random, master.public_key(), &pkcs8()).unwrap();
        for answer in answers {
            let key = Answering { key: private_key(&provider), answer };
            let session_key = parsed.unwrap_session_key(&provider, &key).unwrap();
            assert_eq!(session_key.as_secret().len(), 32);
            assert_eq!(parsed.open(&provider, &session_key), Err(Error::decryption_failed()));
            let wrapped = WrappedPrivateKey::parse(&text).unwrap();
            assert_eq!(wrapped.unwrap(&provider, &key).unwrap_err(), Error::decryption_failed());
        }
    }
}

#[test]
fn a_private_key_of_another_size_is_a_wrong_key() {
    for provider in providers() {
        let (envelope, options) = sealed(&provider, Layout::VerR2, b"data");
        let parsed = parse(&envelope, &options).unwrap();
        let larger = SoftwareKey::from_rsa(provider.rsa.generate(3072).unwrap());
        let session_key = parsed.unwrap_session_key(&provider, &larger).unwrap();
        assert_eq!(parsed.open(&provider, &session_key), Err(Error::decryption_failed()));
    }
}
