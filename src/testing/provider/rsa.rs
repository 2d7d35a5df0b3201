//! OAEP, raw operations and signatures.

use std::sync::Arc;

use super::answers::answer;
use super::keys::{PKCS8, SPKI_1024};
use super::{ensure, refused, same, undecryptable};
use crate::crypto::{CryptoProvider, HashAlgorithm, OaepProfile, RsaPrivateKey, RsaPublicKey, SignatureScheme};
use crate::error::{Code, Result};
use crate::secret::SecretBytes;

/// The text under every answer of `vectors/answers.txt`.
const MESSAGE: &[u8] = b"what only the holder of the key reads";

pub(super) const PROFILES: [(&str, OaepProfile); 4] = [
    ("sha256_mgf1_sha256", OaepProfile::SHA256_MGF1_SHA256),
    ("sha256_mgf1_sha1", OaepProfile::SHA256_MGF1_SHA1),
    ("sha256_mgf1_sha256_label_nul", OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL),
    ("sha1_mgf1_sha1", OaepProfile::SHA1_MGF1_SHA1),
];

pub(super) fn oaep(provider: &CryptoProvider) -> Result<()> {
    for pair in pairs(provider)? {
        for (name, profile) in PROFILES {
            let known = pair.answer(&format!("oaep_{name}"))?;
            same(pair.private.decrypt_oaep(&profile, &known)?.expose(), MESSAGE, "a ciphertext of OpenSSL")?;
            for (other, wrong) in PROFILES {
                if other != name {
                    undecryptable(pair.private.decrypt_oaep(&wrong, &known), "another profile")?;
                }
            }
            let most = profile.max_message_len(pair.private.modulus_len()).unwrap_or_default();
            for len in [0, 1, 32, most] {
                let message = vec![0x2a; len];
                let ciphertext = pair.public.encrypt_oaep(&profile, &message)?;
                ensure(ciphertext.len() == pair.public.modulus_len(), || "a ciphertext has the modulus size".into())?;
                same(pair.private.decrypt_oaep(&profile, &ciphertext)?.expose(), &message, "round trip")?;
                ensure(ciphertext != pair.public.encrypt_oaep(&profile, &message)?, || "encryption is random".into())?;
            }
            let over = pair.public.encrypt_oaep(&profile, &vec![0; most.saturating_add(1)]);
            refused(over, Code::TooLarge, "a message that does not fit")?;
        }
    }
    Ok(())
}

pub(super) fn raw(provider: &CryptoProvider) -> Result<()> {
    for pair in pairs(provider)? {
        let block = pair.answer("raw_block")?;
        same(&pair.public.raw_public(&block)?, &pair.answer("raw_public")?, "raw public operation")?;
        same(pair.private.raw_private(&block)?.expose(), &pair.answer("raw_private")?, "raw private operation")?;
        let len = pair.public.modulus_len();
        // Small numbers, whose results must keep their leading zeros.
        for value in [2u8, 3, 255] {
            let mut block = vec![0; len];
            block.iter_mut().rev().take(1).for_each(|byte| *byte = value);
            let result = pair.public.raw_public(&block)?;
            ensure(result.len() == len, || "a result has the modulus size".into())?;
            same(pair.private.raw_private(&result)?.expose(), &block, "raw round trip")?;
            let result = pair.private.raw_private(&block)?;
            same(&pair.public.raw_public(result.expose())?, &block, "raw round trip, the other way")?;
        }
    }
    Ok(())
}

pub(super) fn signatures(provider: &CryptoProvider) -> Result<()> {
    for pair in pairs(provider)? {
        for (name, hash) in HASHES {
            let pkcs1 = SignatureScheme::RsaPkcs1(hash);
            let known = pair.answer(&format!("pkcs1_{name}"))?;
            same(&pair.private.sign(pkcs1, MESSAGE)?, &known, "PKCS#1 v1.5 signature")?;
            let pss = SignatureScheme::RsaPss(hash);
            let known_pss = pair.answer(&format!("pss_{name}"))?;
            let made_pss = pair.private.sign(pss, MESSAGE)?;
            ensure(made_pss != known_pss, || "PSS is random".into())?;
            for (scheme, signature) in [(pkcs1, &known), (pss, &known_pss), (pss, &made_pss)] {
                pair.public.verify(scheme, MESSAGE, signature)?;
                let bad = |scheme, message: &[u8], signature: &[u8]| {
                    refused(pair.public.verify(scheme, message, signature), Code::VerificationFailed, "a bad signature")
                };
                bad(scheme, b"another message", signature)?;
                bad(if scheme == pss { pkcs1 } else { pss }, MESSAGE, signature)?;
                for at in [0, 1, signature.len() / 2, signature.len().saturating_sub(1)] {
                    let mut changed = signature.clone();
                    changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
                    bad(scheme, MESSAGE, &changed)?;
                }
                bad(scheme, MESSAGE, b"")?;
                bad(scheme, MESSAGE, signature.split_last().map_or(b"", |(_, rest)| rest))?;
                bad(scheme, MESSAGE, &[&b"\0"[..], signature].concat())?;
                bad(scheme, MESSAGE, &vec![0xff; signature.len()])?;
                bad(scheme, MESSAGE, &vec![0; signature.len()])?;
                for (_, other) in HASHES.into_iter().filter(|(_, other)| *other != hash) {
                    bad(SignatureScheme::RsaPss(other), MESSAGE, signature)?;
                    bad(SignatureScheme::RsaPkcs1(other), MESSAGE, signature)?;
                }
            }
        }
    }
    Ok(())
}

pub(super) fn refusals(provider: &CryptoProvider) -> Result<()> {
    for pair in pairs(provider)? {
        let len = pair.public.modulus_len();
        let highest = vec![0xff; len];
        for size in [0, 1, len.saturating_sub(1), len.saturating_add(1), len.saturating_mul(2)] {
            let block = vec![0; size];
            refused(pair.public.raw_public(&block), Code::InvalidArgument, "a block of another size")?;
            refused(pair.private.raw_private(&block), Code::CiphertextSize, "a block of another size")?;
            for (_, profile) in PROFILES {
                let result = pair.private.decrypt_oaep(&profile, &block);
                refused(result, Code::CiphertextSize, "a ciphertext of another size")?;
            }
        }
        refused(pair.public.raw_public(&highest), Code::InvalidArgument, "a number above the modulus")?;
        undecryptable(pair.private.raw_private(&highest), "a number above the modulus")?;
        undecryptable(
            pair.private.decrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, &highest),
            "a number above the modulus",
        )?;

        // Numbers that are their own powers: 0, 1 and n - 1. The modulus stands in the public key.
        let mut modulus = pair.public.spki_der().to_vec();
        modulus.truncate(modulus.len().saturating_sub(5));
        let mut last = modulus.split_off(modulus.len().saturating_sub(len));
        ensure(pair.public.spki_der().ends_with(&[2, 3, 1, 0, 1]), || "the exponent ends the key".into())?;
        refused(pair.public.raw_public(&last), Code::InvalidArgument, "the modulus as a number")?;
        undecryptable(pair.private.raw_private(&last), "the modulus as a number")?;
        last.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
        undecryptable(pair.private.raw_private(&last), "n - 1")?;
        undecryptable(pair.private.raw_private(&vec![0; len]), "zero")?;
        last.fill(0);
        last.iter_mut().rev().take(1).for_each(|byte| *byte = 1);
        undecryptable(pair.private.raw_private(&last), "one")?;

        // SHA-1 signatures, and a salt that is not as long as the hash.
        for scheme in [SignatureScheme::RsaPkcs1(HashAlgorithm::Sha1), SignatureScheme::RsaPss(HashAlgorithm::Sha1)] {
            refused(pair.private.sign(scheme, MESSAGE), Code::Unsupported, "signing with SHA-1")?;
            let signature = pair.answer("pkcs1_sha1")?;
            refused(pair.public.verify(scheme, MESSAGE, &signature), Code::Unsupported, "verifying with SHA-1")?;
        }
        let salt = pair.public.verify(
            SignatureScheme::RsaPss(HashAlgorithm::Sha256),
            MESSAGE,
            &pair.answer("pss_sha256_salt_20")?,
        );
        refused(salt, Code::VerificationFailed, "PSS with another salt length")?;
        corruption(&pair)?;
    }
    let public = provider.rsa.import_public(SPKI_1024)?;
    let result = public.encrypt_oaep(&OaepProfile::SHA256_MGF1_SHA256, MESSAGE);
    refused(result, Code::Unsupported, "encrypting to a key of 1024 bits")?;
    let scheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
    public.verify(scheme, MESSAGE, &answer("rsa1024_pkcs1_sha256")?)
}

/// A changed ciphertext, and blocks that violate each rule of the encoding, all give the one error.
fn corruption(pair: &Pair) -> Result<()> {
    for (name, profile) in PROFILES {
        let known = pair.answer(&format!("oaep_{name}"))?;
        for at in [0, 1, 100, known.len().saturating_sub(1)] {
            let mut changed = known.clone();
            changed.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1);
            undecryptable(pair.private.decrypt_oaep(&profile, &changed), "a changed ciphertext")?;
        }
        // A first byte that is not zero, behind which everything is as it was.
        let mut block = pair.private.raw_private(&known)?;
        block.expose_mut().iter_mut().take(1).for_each(|byte| *byte = 1);
        let ciphertext = pair.public.raw_public(block.expose())?;
        undecryptable(pair.private.decrypt_oaep(&profile, &ciphertext), "a first byte of one")?;
        for value in [0u8, 1, 2] {
            let mut block = vec![0; known.len()];
            block.iter_mut().rev().take(1).for_each(|byte| *byte = value);
            let ciphertext = pair.public.raw_public(&block)?;
            undecryptable(pair.private.decrypt_oaep(&profile, &ciphertext), "a block that was never encoded")?;
        }
    }
    Ok(())
}

pub(super) struct Pair {
    bits: u32,
    pub(super) private: Arc<dyn RsaPrivateKey>,
    pub(super) public: Arc<dyn RsaPublicKey>,
}

impl Pair {
    fn answer(&self, name: &str) -> Result<Vec<u8>> {
        answer(&format!("rsa{}_{name}", self.bits))
    }
}

/// The keys of the suite, 2048, 3072 and 4096 bits.
pub(super) fn pairs(provider: &CryptoProvider) -> Result<Vec<Pair>> {
    PKCS8
        .into_iter()
        .map(|(bits, pkcs8, spki)| {
            let private = provider.rsa.import_private(&SecretBytes::copy_from(pkcs8))?;
            Ok(Pair { bits, private, public: provider.rsa.import_public(spki)? })
        })
        .collect()
}

const HASHES: [(&str, HashAlgorithm); 3] =
    [("sha256", HashAlgorithm::Sha256), ("sha384", HashAlgorithm::Sha384), ("sha512", HashAlgorithm::Sha512)];
