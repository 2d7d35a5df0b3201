//! The suite finds what it is there to find: providers with one fault each, named by the part that must see it.

use std::sync::Arc;

use keymanager::crypto::{
    Aes256Gcm, CryptoProvider, Curve, Direction, Hash, HashAlgorithm, HashStream, Kdf, OaepProfile, Rsa, RsaKey,
    RsaPrivateKey, RsaPublicKey, SignatureScheme, TAG_LEN, rustcrypto,
};
use keymanager::random::{KeySource, RandomSource};
use keymanager::secret::{Aes256Key, SecretBytes};
use keymanager::testing::provider::{PARTS, compare};
use keymanager::{Error, Result};

fn good() -> CryptoProvider {
    rustcrypto::provider()
}

/// The parts that refuse `provider`.
fn caught(provider: &CryptoProvider) -> Vec<&'static str> {
    PARTS.iter().filter(|(_, part)| part(provider).is_err()).map(|(name, _)| *name).collect()
}

/// Gives the plaintext of a forgery back instead of wiping it.
#[derive(Debug)]
struct Unwiped;

impl Aes256Gcm for Unwiped {
    fn seal_in_place(&self, key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; TAG_LEN]> {
        good().aead.seal_in_place(key, nonce, aad, data)
    }

    fn open_in_place(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<()> {
        let before = data.to_vec();
        good().aead.open_in_place(key, nonce, aad, data, tag).inspect_err(|_| data.copy_from_slice(&before))
    }

    fn seal_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; TAG_LEN]> {
        good().aead.seal_to(key, nonce, aad, plaintext, out)
    }

    fn open_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        good().aead.open_to(key, nonce, aad, ciphertext, tag, out)
    }
}

#[test]
fn unwiped_output() {
    assert_eq!(caught(&CryptoProvider { aead: &Unwiped, ..good() }), ["gcm refusals"]);
}

/// Takes SHA-384 for SHA-512 in streams only.
#[derive(Debug)]
struct ShortHash;

impl Hash for ShortHash {
    fn digest(&self, algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8> {
        good().hash.digest(algorithm, data)
    }

    fn start(&self, algorithm: HashAlgorithm) -> Box<dyn HashStream> {
        match algorithm {
            HashAlgorithm::Sha512 => good().hash.start(HashAlgorithm::Sha384),
            other => good().hash.start(other),
        }
    }
}

#[test]
fn another_hash() {
    let broken = CryptoProvider { hash: &ShortHash, ..good() };
    assert_eq!(caught(&broken), ["hash in pieces"]);
    let error = compare(&broken, &good(), 7, 3).unwrap_err();
    assert!(error.detail().contains("seed 7, round 0"), "{error}");
}

/// Lets one iteration too many and too few pass.
#[derive(Debug)]
struct NoLimit;

impl Kdf for NoLimit {
    fn hmac(&self, algorithm: HashAlgorithm, key: &[u8], data: &[u8]) -> Result<SecretBytes> {
        good().kdf.hmac(algorithm, key, data)
    }

    fn hkdf(&self, algorithm: HashAlgorithm, salt: &[u8], input: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
        good().kdf.hkdf(algorithm, salt, input, info, out)
    }

    fn pbkdf2(
        &self,
        algorithm: HashAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) -> Result<()> {
        good().kdf.pbkdf2(algorithm, password, salt, iterations.clamp(1, 10_000), out)
    }
}

#[test]
fn no_iteration_limit() {
    // 80 000 iterations of RFC 7914 differ too; one part sees both.
    assert_eq!(caught(&CryptoProvider { kdf: &NoLimit, ..good() }), ["pbkdf2"]);
}

/// Random bytes that are not.
#[derive(Debug)]
struct Zeros;

impl RandomSource for Zeros {
    fn fill(&self, out: &mut [u8]) -> Result<()> {
        out.fill(0);
        Ok(())
    }
}

impl KeySource for Zeros {
    fn rsa_pkcs8(&self, bits: u32) -> Result<SecretBytes> {
        good().keys.rsa_pkcs8(bits)
    }

    fn aes256(&self) -> Result<Aes256Key> {
        Aes256Key::new(SecretBytes::zeroed(Aes256Key::LEN))
    }

    fn ec_pkcs8(&self, curve: Curve) -> Result<SecretBytes> {
        good().keys.ec_pkcs8(curve)
    }

    fn ed25519_pkcs8(&self) -> Result<SecretBytes> {
        good().keys.ed25519_pkcs8()
    }
}

#[test]
fn no_randomness() {
    assert_eq!(caught(&CryptoProvider { random: &Zeros, keys: &Zeros, ..good() }), ["random", "key source"]);
}

/// An RSA private key that says why a decryption failed, and drops the zeros in front of a raw result.
#[derive(Debug)]
struct Talkative;

#[derive(Debug)]
struct TalkativeKey(Arc<dyn RsaPrivateKey>);

impl Rsa for Talkative {
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn RsaPublicKey>> {
        good().rsa.import_public(spki_der)
    }

    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn RsaPrivateKey>> {
        Ok(Arc::new(TalkativeKey(good().rsa.import_private(pkcs8_der)?)))
    }

    fn generate(&self, bits: u32) -> Result<Arc<dyn RsaPrivateKey>> {
        good().rsa.generate(bits)
    }
}

impl RsaKey for TalkativeKey {
    fn modulus_len(&self) -> usize {
        self.0.modulus_len()
    }

    fn spki_der(&self) -> &[u8] {
        self.0.spki_der()
    }
}

impl RsaPrivateKey for TalkativeKey {
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        self.0.decrypt_oaep(profile, ciphertext).map_err(|_| Error::internal("the padding is wrong"))
    }

    fn raw_private(&self, block: &[u8]) -> Result<SecretBytes> {
        let result = self.0.raw_private(block)?;
        let zeros = result.expose().iter().take_while(|byte| **byte == 0).count();
        Ok(SecretBytes::copy_from(result.expose().get(zeros..).unwrap_or_default()))
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.0.sign(scheme, message)
    }

    fn export_pkcs8(&self) -> Result<SecretBytes> {
        self.0.export_pkcs8()
    }
}

#[test]
fn talkative_decryption_and_short_results() {
    let broken = CryptoProvider { rsa: &Talkative, ..good() };
    assert_eq!(caught(&broken), ["rsa oaep", "rsa raw", "rsa refusals"]);
}

/// Blocks that are left as they are.
#[derive(Debug)]
struct NoBlocks;

impl keymanager::crypto::Aes256Blocks for NoBlocks {
    fn ecb(&self, _direction: Direction, _key: &Aes256Key, _blocks: &mut [u8]) -> Result<()> {
        Ok(())
    }
}

#[test]
fn no_encryption() {
    let broken = CryptoProvider { block: &NoBlocks, ..good() };
    assert_eq!(caught(&broken), ["ecb"]);
}
