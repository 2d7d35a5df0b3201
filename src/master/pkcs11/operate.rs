//! What a key on the token does: signatures, decryption, AES blocks (TOK-11, TOK-13, TOK-14).

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;

use super::fault::{Attempt, Fault};
use super::objects::{Family, wrong_kind};
use super::public::trimmed;
use super::seat::Seat;
use crate::crypto::ec::{EcdsaSignature, Fit, fit};
use crate::crypto::{Direction, EcAlgorithm, EcdsaEncoding, HashAlgorithm, SignatureScheme, rsa_signature_hash};
use crate::error::{Code, Error, Result};
use crate::id::Alias;
use crate::master::{OaepParameters, RsaDecryption, SignInput, software};
use crate::secret::SecretBytes;

impl Seat {
    /// The signature of the key under an alias.
    pub(super) fn sign(&mut self, alias: &Alias, scheme: SignatureScheme, input: &SignInput) -> Attempt<Vec<u8>> {
        let key = self.key(alias)?;
        match &key.family {
            Family::Rsa { modulus, .. } => self.sign_rsa(key.object, modulus.len(), scheme, input),
            Family::Ec(algorithm) => self.sign_ec(key.object, *algorithm, scheme, input),
            Family::OtherPair | Family::Aes256 | Family::OtherSecret => Err(wrong_kind(alias).into()),
        }
    }

    pub(super) fn sign_rsa(
        &mut self,
        key: ObjectHandle,
        modulus_len: usize,
        scheme: SignatureScheme,
        input: &SignInput,
    ) -> Attempt<Vec<u8>> {
        let hash = rsa_signature_hash(scheme)?;
        let (mechanism, data) = match (scheme, input) {
            (SignatureScheme::RsaPss(_), SignInput::Message(_)) => {
                let (hash_alg, mgf) = mechanisms(hash);
                let salt = hash.digest_len().try_into()?;
                let digest = self.digest(hash, input)?;
                (Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len: salt }), digest)
            }
            (SignatureScheme::RsaPss(_), SignInput::Digest(_)) => {
                return Err(Error::new(Code::Unsupported, "this scheme over a digest; give the message").into());
            }
            _ => (Mechanism::RsaPkcs, software::digest_info(hash, &self.digest(hash, input)?)?),
        };
        let signature = self.session()?.sign(&mechanism, key, &data)?;
        if signature.len() != modulus_len {
            return Err(Error::new(Code::MasterUnavailable, "the token's signature has not the size of the key").into());
        }
        Ok(signature)
    }

    pub(super) fn sign_ec(
        &mut self,
        key: ObjectHandle,
        algorithm: EcAlgorithm,
        scheme: SignatureScheme,
        input: &SignInput,
    ) -> Attempt<Vec<u8>> {
        match (fit(algorithm, scheme)?, input) {
            (Fit::Ecdsa(curve, hash, encoding), _) => {
                let mut digest = self.digest(hash, input)?;
                digest.truncate(curve.field_len());
                let raw = self.session()?.sign(&Mechanism::Ecdsa, key, &digest)?;
                let size = || Error::new(Code::MasterUnavailable, "the token's ECDSA signature has another size");
                Ok(EcdsaSignature::from_raw(curve, raw).ok_or_else(size)?.encode(encoding))
            }
            (Fit::Ed25519, SignInput::Message(message)) => {
                let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
                Ok(self.session()?.sign(&mechanism, key, message)?)
            }
            (Fit::Ed25519, SignInput::Digest(_)) => {
                Err(Error::new(Code::Unsupported, "Ed25519 is over messages").into())
            }
        }
    }

    fn digest(&self, hash: HashAlgorithm, input: &SignInput) -> Result<Vec<u8>> {
        match input {
            SignInput::Message(message) => Ok(self.shared.provider.hash.digest(hash, message)),
            SignInput::Digest(digest) => hash.check_digest(digest).map(|()| digest.clone()),
        }
    }

    /// The decryption with the key under an alias.
    pub(super) fn rsa_decrypt(
        &mut self,
        alias: &Alias,
        how: &RsaDecryption,
        ciphertext: &[u8],
    ) -> Attempt<SecretBytes> {
        let key = self.key(alias)?;
        let Family::Rsa { modulus, .. } = &key.family else { return Err(wrong_kind(alias).into()) };
        check_ciphertext(modulus, ciphertext)?;
        match how {
            RsaDecryption::Raw => self.raw(key.object, modulus.len(), ciphertext),
            RsaDecryption::Oaep(parameters) => self.oaep_told_apart(key.object, &key.family, parameters, ciphertext),
        }
    }

    /// RSADP in the size of the modulus.
    pub(super) fn raw(&mut self, key: ObjectHandle, modulus_len: usize, ciphertext: &[u8]) -> Attempt<SecretBytes> {
        let opened = SecretBytes::from_vec(self.session()?.decrypt(&Mechanism::RsaX509, key, ciphertext)?);
        if opened.len() == modulus_len {
            return Ok(opened);
        }
        // Some tokens leave out the zeros before the number.
        let mut whole = SecretBytes::zeroed(modulus_len);
        let gap = modulus_len.checked_sub(opened.len());
        match gap.and_then(|gap| whole.expose_mut().get_mut(gap..)) {
            Some(end) => end.copy_from_slice(opened.expose()),
            None => return Err(Error::new(Code::MasterUnavailable, "the token's block is longer than the key").into()),
        }
        Ok(whole)
    }

    /// OAEP on the token. When it was tried before and the session was lost, a ciphertext made here tells a broken token
    /// from a bad padding (TOK-14).
    fn oaep_told_apart(
        &mut self,
        key: ObjectHandle,
        family: &Family,
        parameters: &OaepParameters,
        ciphertext: &[u8],
    ) -> Attempt<SecretBytes> {
        if self.attempt == 0 {
            return self.oaep(key, parameters, ciphertext);
        }
        let public = family.public().ok_or(Error::internal("an RSA key that decrypts has a public half"))?;
        let provider = self.shared.provider;
        let own = provider.rsa.import_public(public.spki_der())?.encrypt_oaep(&parameters.profile()?, TRIAL)?;
        self.oaep(key, parameters, &own)?;
        self.oaep(key, parameters, ciphertext).map_err(|_| Fault::Final(Error::decryption_failed()))
    }

    pub(super) fn oaep(
        &mut self,
        key: ObjectHandle,
        parameters: &OaepParameters,
        ciphertext: &[u8],
    ) -> Attempt<SecretBytes> {
        let (hash, _) = mechanisms(parameters.hash);
        let (_, mgf) = mechanisms(parameters.mgf_hash);
        let source = match parameters.label.as_slice() {
            [] => PkcsOaepSource::empty(),
            label => PkcsOaepSource::data_specified(label),
        };
        let mechanism = Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mgf, source));
        Ok(SecretBytes::from_vec(self.session()?.decrypt(&mechanism, key, ciphertext)?))
    }

    /// AES-ECB with the key under an alias.
    pub(super) fn aes_ecb(
        &mut self,
        alias: &Alias,
        direction: Direction,
        blocks: &SecretBytes,
    ) -> Attempt<SecretBytes> {
        let key = self.key(alias)?;
        if !matches!(key.family, Family::Aes256) {
            return Err(wrong_kind(alias).into());
        }
        software::check_blocks(blocks)?;
        self.ecb(key.object, direction, blocks)
    }

    pub(super) fn ecb(
        &mut self,
        key: ObjectHandle,
        direction: Direction,
        blocks: &SecretBytes,
    ) -> Attempt<SecretBytes> {
        let session = self.session()?;
        let answer = match direction {
            Direction::Encrypt => session.encrypt(&Mechanism::AesEcb, key, blocks.expose())?,
            Direction::Decrypt => session.decrypt(&Mechanism::AesEcb, key, blocks.expose())?,
        };
        if answer.len() != blocks.len() {
            return Err(Error::new(Code::MasterUnavailable, "the token's blocks have another size").into());
        }
        Ok(SecretBytes::from_vec(answer))
    }
}

/// A ciphertext has the size of the modulus and is a number between 1 and n - 1 (SP 800-56B §7.1.2.1).
fn check_ciphertext(modulus: &[u8], ciphertext: &[u8]) -> Result<()> {
    software::check_ciphertext_len(ciphertext, modulus.len())?;
    let number = trimmed(ciphertext);
    let small = matches!(number, [] | [1]);
    // The modulus is odd, so that n - 1 differs from it in the last bit only.
    let last = modulus.split_last().zip(ciphertext.split_last());
    let large = ciphertext >= modulus
        || last.is_some_and(|((low, high), (last, rest))| high == rest && low.checked_sub(1) == Some(*last));
    if small || large { Err(Error::decryption_failed()) } else { Ok(()) }
}

/// What a key on a curve signs a trial with.
pub(super) const fn trial_scheme(algorithm: EcAlgorithm) -> SignatureScheme {
    match algorithm {
        EcAlgorithm::Ed25519 => SignatureScheme::Ed25519,
        _ => SignatureScheme::Ecdsa { hash: HashAlgorithm::Sha256, encoding: EcdsaEncoding::Der },
    }
}

const fn mechanisms(hash: HashAlgorithm) -> (MechanismType, PkcsMgfType) {
    match hash {
        HashAlgorithm::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
        HashAlgorithm::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        HashAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        HashAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
    }
}

/// What is encrypted to try a token out.
pub(super) const TRIAL: &[u8] = b"a trial of this token";

#[cfg(test)]
mod tests {
    use super::*;

    /// TOK-13
    #[test]
    fn ciphertexts_that_never_reach_the_token() {
        let mut modulus = vec![0xc1; 256];
        modulus[255] = 0x0f;
        let number = |low: u8| {
            let mut bytes = vec![0; 256];
            bytes[255] = low;
            bytes
        };
        let minus = |less: u8| {
            let mut bytes = modulus.clone();
            bytes[255] -= less;
            bytes
        };
        let mut above = modulus.clone();
        above[0] = 0xc2;
        for bad in [number(0), number(1), minus(0), minus(1), above] {
            assert_eq!(check_ciphertext(&modulus, &bad).unwrap_err().code(), Code::DecryptionFailed);
        }
        for good in [number(2), minus(2), vec![0x5a; 256]] {
            assert_eq!(check_ciphertext(&modulus, &good), Ok(()));
        }
        assert_eq!(check_ciphertext(&modulus, &[1; 255]).unwrap_err().code(), Code::CiphertextSize);
    }
}
