//! RSA by the crate `rsa` (RFC 8017), with the OAEP of `crypto/oaep.rs`.

use std::fmt;
use std::sync::Arc;

use getrandom::SysRng;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, pkcs1};
use sha2::Digest;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::hash::with_digest;
use crate::crypto::{
    HashAlgorithm, OaepProfile, Rsa, RsaKey, RsaPrivateKey, RsaPublicKey, SignatureScheme, check_pkcs8, check_rsa_bits,
    oaep, rsa_signature_hash,
};
use crate::error::{Code, Error, Result};
use crate::random::SystemRandom;
use crate::secret::SecretBytes;

/// RSA of the crate `rsa`, **affected by RUSTSEC-2023-0071** (Marvin): its private operation is not fully constant in
/// time, and the advisory lists no fixed version. The operation is blinded and its result is checked against faults,
/// which makes an attack harder, not impossible.
///
/// Fit for tests, for tools, and for devices where nobody but the owner of the key can time a decryption. Not fit for a
/// server that decrypts what others send: use the native provider there (docs/crypto.md, CRY-26).
#[derive(Debug, Clone, Copy)]
pub struct MarvinAffectedRsa;

impl Rsa for MarvinAffectedRsa {
    fn import_public(&self, spki_der: &[u8]) -> Result<Arc<dyn RsaPublicKey>> {
        Ok(Arc::new(RustCryptoPublicKey::from_spki(spki_der)?))
    }

    fn import_private(&self, pkcs8_der: &SecretBytes) -> Result<Arc<dyn RsaPrivateKey>> {
        Ok(Arc::new(MarvinAffectedPrivateKey::from_pkcs8(pkcs8_der)?))
    }

    fn generate(&self, bits: u32) -> Result<Arc<dyn RsaPrivateKey>> {
        Ok(Arc::new(MarvinAffectedPrivateKey::generate(bits)?))
    }
}

/// An RSA public key. Public operations hold no secret, so the advisory does not touch them.
pub struct RustCryptoPublicKey {
    key: rsa::PublicKey,
    spki_der: Vec<u8>,
}

impl RustCryptoPublicKey {
    fn from_spki(spki_der: &[u8]) -> Result<Self> {
        let key = rsa::PublicKey::from_public_key_der(spki_der).map_err(|_| unparsable("not an RSA public key"))?;
        let spki = encode_spki(&key)?;
        // One key has one encoding: this refuses id-RSASSA-PSS and whatever a lenient parser would let through.
        if spki != spki_der {
            return Err(unparsable("the public key is not in its DER encoding"));
        }
        if !matches!(modulus_bits(&key), 1024 | 2048 | 3072 | 4096) {
            return Err(unparsable("an RSA public key has 1024, 2048, 3072 or 4096 bits"));
        }
        Ok(Self { key, spki_der: spki })
    }
}

impl RsaKey for RustCryptoPublicKey {
    fn modulus_len(&self) -> usize {
        self.key.size()
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }
}

impl RsaPublicKey for RustCryptoPublicKey {
    fn encrypt_oaep(&self, profile: &OaepProfile, message: &[u8]) -> Result<Vec<u8>> {
        check_rsa_bits(modulus_bits(&self.key))?;
        let block = oaep::encode(&super::provider(), &SystemRandom, profile, message, self.modulus_len())?;
        self.raw_public(block.expose())
    }

    fn raw_public(&self, block: &[u8]) -> Result<Vec<u8>> {
        let number = representative(block, &self.key)
            .ok_or_else(|| Error::new(Code::InvalidArgument, "the block is not a number below the modulus"))?;
        let result = rsa_encrypt(&self.key, &number).map_err(|_| BROKEN)?;
        Ok(result.to_be_bytes().into_vec())
    }

    fn verify(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> Result<()> {
        rsa_signature_hash(scheme)?;
        let good = match scheme {
            SignatureScheme::RsaPkcs1(hash) => with_digest!(hash, D => {
                self.key.verify(Pkcs1v15Sign::new::<D>(), &D::digest(message), signature)
            }),
            SignatureScheme::RsaPss(hash) => with_digest!(hash, D => {
                self.key.verify(Pss::<D>::new(), &D::digest(message), signature)
            }),
            _ => return Err(BROKEN),
        };
        good.map_err(|_| Error::new(Code::VerificationFailed, "the signature does not verify"))
    }
}

impl fmt::Debug for RustCryptoPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RustCryptoPublicKey({} bits)", modulus_bits(&self.key))
    }
}

/// An RSA private key whose decryption and signing are **affected by RUSTSEC-2023-0071**: see [`MarvinAffectedRsa`].
///
/// Two primes. Wiped when dropped, as far as the crate `rsa` does: it leaves the CRT coefficient and the intermediate
/// results of an operation in freed memory (docs/crypto.md, "What is not covered").
pub struct MarvinAffectedPrivateKey {
    key: rsa::PrivateKey,
    spki_der: Vec<u8>,
}

impl MarvinAffectedPrivateKey {
    pub(super) fn generate(bits: u32) -> Result<Self> {
        check_rsa_bits(bits)?;
        let size = usize::try_from(bits).map_err(|_| BROKEN)?;
        Self::new(rsa::PrivateKey::new(&mut SysRng, size).map_err(|error| failed(&error, BROKEN))?)
    }

    fn from_pkcs8(pkcs8_der: &SecretBytes) -> Result<Self> {
        check_pkcs8(pkcs8_der.expose())?;
        let bad = || unparsable("the PKCS#8 document holds no RSA private key");
        let info = PrivateKeyInfoRef::try_from(pkcs8_der.expose()).map_err(|_| bad())?;
        let parsed = pkcs1::RsaPrivateKeyRef::try_from(info.private_key.as_bytes()).map_err(|_| bad())?;
        if parsed.version() != pkcs1::Version::TwoPrime {
            return Err(unparsable("the RSA private key has more than two primes"));
        }
        // Before the checks below, whose cost grows with the size.
        let modulus = parsed.modulus.as_bytes();
        if !matches!(modulus.len(), 256 | 384 | 512) || modulus.first().is_none_or(|byte| *byte < 0x80) {
            return Err(unparsable("an RSA private key has 2048, 3072 or 4096 bits"));
        }

        // Checks n = pq, p and q distinct, d < n, and de = 1 modulo p - 1 and q - 1.
        let key = rsa::PrivateKey::try_from(info).map_err(|_| inconsistent())?;
        let coefficient = Zeroizing::new(key.qinv().ok_or(BROKEN)?.retrieve());
        let same = same_number(parsed.exponent1.as_bytes(), key.dp().ok_or(BROKEN)?)
            & same_number(parsed.exponent2.as_bytes(), key.dq().ok_or(BROKEN)?)
            & same_number(parsed.coefficient.as_bytes(), &coefficient);
        if !same {
            return Err(inconsistent());
        }
        Self::new(key)
    }

    fn new(key: rsa::PrivateKey) -> Result<Self> {
        let spki_der = encode_spki(key.as_public_key())?;
        Ok(Self { key, spki_der })
    }
}

impl RsaKey for MarvinAffectedPrivateKey {
    fn modulus_len(&self) -> usize {
        self.key.size()
    }

    fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }
}

impl RsaPrivateKey for MarvinAffectedPrivateKey {
    fn decrypt_oaep(&self, profile: &OaepProfile, ciphertext: &[u8]) -> Result<SecretBytes> {
        oaep::decode(&super::provider(), profile, &self.raw_private(ciphertext)?)
    }

    fn raw_private(&self, block: &[u8]) -> Result<SecretBytes> {
        if block.len() != self.modulus_len() {
            return Err(Error::new(
                Code::CiphertextSize,
                format!("the ciphertext has {} bytes and the key {}", block.len(), self.modulus_len()),
            ));
        }
        // 0, 1 and n - 1 are their own powers: SP 800-56B §7.1.2.1 refuses them.
        let one = BoxedUint::one_with_precision(self.key.n_bits_precision());
        let highest = self.key.n().as_ref().wrapping_sub(&one);
        let number = representative(block, &self.key)
            .filter(|number| *number > one && *number < highest)
            .ok_or_else(Error::decryption_failed)?;
        let result = rsa_decrypt_and_check(&self.key, Some(&mut SysRng), &number)
            .map_err(|error| failed(&error, Error::decryption_failed()))?;
        let result = Zeroizing::new(result);
        Ok(SecretBytes::from_vec(result.to_be_bytes().into_vec()))
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        rsa_signature_hash(scheme)?;
        let signed = match scheme {
            SignatureScheme::RsaPkcs1(hash) => with_digest!(hash, D => {
                self.key.sign_with_rng(&mut SysRng, Pkcs1v15Sign::new::<D>(), &D::digest(message))
            }),
            SignatureScheme::RsaPss(hash) => with_digest!(hash, D => {
                self.key.sign_with_rng(&mut SysRng, Pss::<D>::new(), &D::digest(message))
            }),
            _ => return Err(BROKEN),
        };
        signed.map_err(|error| failed(&error, BROKEN))
    }

    fn export_pkcs8(&self) -> Result<SecretBytes> {
        let document = self.key.to_pkcs8_der().map_err(|_| BROKEN)?;
        Ok(SecretBytes::copy_from(document.as_bytes()))
    }
}

impl fmt::Debug for MarvinAffectedPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MarvinAffectedPrivateKey({} bits)", modulus_bits(&self.key))
    }
}

/// The block as a number below the modulus, at the modulus's own precision.
fn representative(block: &[u8], key: &impl PublicKeyParts) -> Option<BoxedUint> {
    if block.len() != key.size() {
        return None;
    }
    BoxedUint::from_be_slice(block, key.n_bits_precision()).ok().filter(|number| number < key.n().as_ref())
}

/// Whether a number of a PKCS#8 document is the computed one, in time that depends on the sizes only.
fn same_number(stored: &[u8], computed: &BoxedUint) -> bool {
    let computed = Zeroizing::new(computed.to_be_bytes());
    let Some((zeros, digits)) = computed.len().checked_sub(stored.len()).and_then(|at| computed.split_at_checked(at))
    else {
        return false;
    };
    let zero = zeros.iter().fold(0u8, |all, byte| all | byte);
    bool::from(zero.ct_eq(&0) & digits.ct_eq(stored))
}

fn modulus_bits(key: &impl PublicKeyParts) -> u32 {
    key.n().as_ref().bit_width_vartime()
}

fn unparsable(detail: &'static str) -> Error {
    Error::new(Code::KeyUnparsable, detail)
}

fn inconsistent() -> Error {
    unparsable("the numbers of the RSA private key do not belong together")
}

fn encode_spki(key: &rsa::PublicKey) -> Result<Vec<u8>> {
    Ok(key.to_public_key_der().map_err(|_| BROKEN)?.into_vec())
}

/// The generator's failure is its own error; everything else is `other`.
fn failed(error: &rsa::Error, other: Error) -> Error {
    match error {
        rsa::Error::Rng => Error::new(Code::RandomFailed, "the operating system gave no random bytes"),
        _ => other,
    }
}

const BROKEN: Error = Error::internal("the crate rsa refused a checked key");
