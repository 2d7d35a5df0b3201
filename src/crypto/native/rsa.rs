//! RSA over the one EVP key: OAEP, raw operations, signatures, import and export.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};

use super::digest;
use super::evp::{Operation, Padding, Pkey};
use crate::crypto::{
    OaepProfile, Rsa, RsaKey, RsaPrivateKey, RsaPublicKey, SignatureScheme, check_pkcs8, check_rsa_bits,
    rsa_signature_hash,
};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// The size of old public keys, which may be shown and verified with, never encrypted to.
const OLD_BITS: u32 = 1024;

/// Imports and generates RSA keys.
#[derive(Debug)]
pub(super) struct NativeRsa;

impl Rsa for NativeRsa {
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn RsaPublicKey>> {
        let key = Key::new(Pkey::parse_public(spki_der).map_err(|_| unparsable("the bytes are no RSA public key"))?)?;
        if check_rsa_bits(key.bits).is_err() && key.bits != OLD_BITS {
            return Err(unparsable("an RSA public key has 2048, 3072 or 4096 bits, or 1024 to verify with"));
        }
        // AWS-LC reads past the algorithm's parameters. There is one encoding of a key (RFC 3279 §2.3.1), and what is
        // shown, hashed and compared must be the bytes that were given.
        if key.spki_der != spki_der {
            return Err(unparsable("the RSA public key is not in its one DER encoding"));
        }
        Ok(Arc::new(key))
    }

    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn RsaPrivateKey>> {
        check_pkcs8(pkcs8_der.expose())?;
        let parsed = Pkey::parse_private(pkcs8_der.expose());
        let parsed = parsed.map_err(|_| unparsable("the bytes are no consistent RSA private key with two primes"))?;
        // A key without a public exponent (which Java can make) has no public encoding and stops here.
        let key = Key::new(parsed)?;
        if check_rsa_bits(key.bits).is_err() {
            return Err(unparsable("an RSA private key has 2048, 3072 or 4096 bits"));
        }
        Ok(Arc::new(Private(key)))
    }

    fn generate(&self, bits: u32) -> Result<Arc<dyn RsaPrivateKey>> {
        self.import_private(&generate(bits)?)
    }
}

/// A new private key with public exponent 65537, as PKCS#8 DER.
pub(super) fn generate(bits: u32) -> Result<SecretBytes> {
    check_rsa_bits(bits)?;
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        _ => KeySize::Rsa4096,
    };
    let failed = |_| Error::new(Code::RandomFailed, "AWS-LC could not make an RSA key");
    let key = PrivateDecryptingKey::generate(size).map_err(failed)?;
    // The document wipes itself when it is dropped.
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
    Ok(SecretBytes::copy_from(der.as_ref()))
}

/// A parsed key and what is asked of it most.
#[derive(Debug)]
struct Key {
    key: Pkey,
    bits: u32,
    len: usize,
    spki_der: Vec<u8>,
}

impl Key {
    fn new(key: Pkey) -> Result<Self> {
        let bits = key.bits().map_err(|_| unparsable("the RSA key has no size"))?;
        let len = usize::try_from(bits.div_ceil(8)).map_err(|_| unparsable("the RSA key is too large"))?;
        let spki_der = key.public_der().map_err(|_| unparsable("the RSA key has no public half"))?;
        Ok(Self { key, bits, len, spki_der })
    }

    /// An operation whose result has the size of the modulus.
    fn public_block(&self, operation: Operation, padding: Padding<'_>, input: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; self.len];
        let written = self.key.run(operation, padding, input, &mut out).ok()?;
        (written == self.len).then_some(out)
    }
}

impl RsaKey for Key {
    fn modulus_len(&self) -> usize {
        self.len
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }
}

impl RsaPublicKey for Key {
    fn encrypt_oaep(&self, profile: &OaepProfile, message: &[u8]) -> Result<Vec<u8>> {
        check_rsa_bits(self.bits)?;
        if profile.max_message_len(self.len).is_none_or(|most| message.len() > most) {
            return Err(Error::new(
                Code::TooLarge,
                format!("a message of {} bytes does not fit the RSA key", message.len()),
            ));
        }
        self.public_block(Operation::Encrypt, Padding::Oaep(profile), message)
            .ok_or_else(|| Error::internal("AWS-LC refused an RSA-OAEP encryption"))
    }

    fn raw_public(&self, block: &[u8]) -> Result<Vec<u8>> {
        // EVP itself refuses another size and a number that is too large.
        self.public_block(Operation::Encrypt, Padding::Raw, block)
            .ok_or_else(|| Error::new(Code::InvalidArgument, "the block is not a number below the modulus"))
    }

    fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()> {
        let digest = digest_for(scheme, message)?;
        self.key
            .verify(Padding::Signature(scheme), digest.as_ref(), signature)
            .map_err(|_| Error::new(Code::VerificationFailed, "the signature does not verify"))
    }
}

/// A private key in the memory of AWS-LC, which wipes it when the last handle is dropped.
#[derive(Debug)]
struct Private(Key);

impl RsaKey for Private {
    fn modulus_len(&self) -> usize {
        self.0.len
    }

    fn spki_der(&self) -> &[u8] {
        &self.0.spki_der
    }
}

impl RsaPrivateKey for Private {
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        self.check_size(ciphertext)?;
        let mut block = SecretBytes::zeroed(self.0.len);
        let written = self
            .0
            .key
            .run(Operation::Decrypt, Padding::Oaep(profile), ciphertext, block.expose_mut())
            .map_err(|_| Error::decryption_failed())?;
        let message = block.expose().get(..written).ok_or_else(Error::decryption_failed)?;
        Ok(SecretBytes::copy_from(message))
    }

    fn raw_private(&self, block: &[u8]) -> Result<SecretBytes> {
        self.check_size(block)?;
        let mut out = SecretBytes::zeroed(self.0.len);
        match self.0.key.run(Operation::Decrypt, Padding::Raw, block, out.expose_mut()) {
            Ok(written) if written == self.0.len => Ok(out),
            _ => Err(Error::decryption_failed()),
        }
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        let digest = digest_for(scheme, message)?;
        self.0
            .public_block(Operation::Sign, Padding::Signature(scheme), digest.as_ref())
            .ok_or_else(|| Error::internal("AWS-LC refused to sign"))
    }

    fn export_pkcs8(&self) -> Result<SecretBytes> {
        self.0.key.private_der().map_err(|_| Error::internal("AWS-LC could not encode a private key"))
    }
}

impl Private {
    fn check_size(&self, block: &[u8]) -> Result<()> {
        if block.len() == self.0.len {
            return Ok(());
        }
        let detail = format!("the ciphertext has {} bytes and the key {}", block.len(), self.0.len);
        Err(Error::new(Code::CiphertextSize, detail))
    }
}

/// The digest a signature is made over.
fn digest_for(scheme: SignatureScheme, message: &[u8]) -> Result<aws_lc_rs::digest::Digest> {
    let hash = rsa_signature_hash(scheme)?;
    Ok(aws_lc_rs::digest::digest(digest::hash(hash), message))
}

fn unparsable(detail: &'static str) -> Error {
    Error::new(Code::KeyUnparsable, detail)
}
