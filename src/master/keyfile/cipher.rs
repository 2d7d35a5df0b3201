//! Password-based encryption: PBES2 to read and write, the two schemes of Java 8 to 15 to read.

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit};
use der::asn1::{Any, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Decode, Encode};
use pkcs12::pbe_params::Pbes2Params;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use super::asn1::{Pbkdf2Parameters, Pkcs12Parameters, Sealed, damaged, encode};
use super::kdf::{self, Purpose};
use super::{MAX_ITERATIONS, SALT_LEN};
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::{Error, Result};
use crate::random::RandomSource;
use crate::secret::{Passphrase, SecretBytes};

/// How something in the file is encrypted. Its own cost is in it, so that each bag opens by itself.
pub(super) struct Scheme {
    method: Method,
    salt: Vec<u8>,
    iterations: u32,
}

enum Method {
    /// PBES2 with PBKDF2 and AES-CBC (RFC 8018 §6.2).
    Pbes2 { prf: HashAlgorithm, key_len: usize, iv: [u8; 16] },
    /// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 §C).
    TripleDes,
    /// pbeWithSHAAnd40BitRC2-CBC (RFC 7292 §C).
    Rc2,
}

impl Scheme {
    /// The scheme of an algorithm identifier; otherwise what cannot be read about it.
    pub(super) fn parse(algorithm: &AlgorithmIdentifierOwned) -> Result<Self, String> {
        let strange = || format!("its encryption {} has unknown parameters", algorithm.oid);
        let parameters = algorithm.parameters.as_ref().and_then(|any| any.to_der().ok()).ok_or_else(strange)?;
        let scheme = match algorithm.oid {
            PBES2 => Self::parse_pbes2(&parameters)?,
            pkcs12::PKCS_12_PBE_WITH_SHAAND3_KEY_TRIPLE_DES_CBC | pkcs12::PKCS_12_PBEWITH_SHAAND40_BIT_RC2_CBC => {
                let parameters = Pkcs12Parameters::from_der(&parameters).map_err(|_| strange())?;
                let triple = algorithm.oid == pkcs12::PKCS_12_PBE_WITH_SHAAND3_KEY_TRIPLE_DES_CBC;
                Self {
                    method: if triple { Method::TripleDes } else { Method::Rc2 },
                    salt: parameters.salt.as_bytes().to_vec(),
                    iterations: parameters.iterations,
                }
            }
            other => return Err(format!("its encryption {other} is unknown")),
        };
        if !(1..=MAX_ITERATIONS).contains(&scheme.iterations) {
            return Err(format!("it asks for {} iterations, and 1 to {MAX_ITERATIONS} are done", scheme.iterations));
        }
        Ok(scheme)
    }

    fn parse_pbes2(parameters: &[u8]) -> Result<Self, String> {
        let strange = || "its PBES2 encryption has unknown parameters".to_owned();
        let outer = Pbes2Params::from_der(parameters).map_err(|_| strange())?;
        let inner = |algorithm: &AlgorithmIdentifierOwned| {
            algorithm.parameters.as_ref().and_then(|any| any.to_der().ok()).ok_or_else(strange)
        };
        if outer.kdf.oid != PBKDF2 {
            return Err(format!("its key derivation {} is unknown", outer.kdf.oid));
        }
        let kdf = inner(&outer.kdf)?;
        let kdf = Pbkdf2Parameters::from_der(&kdf).map_err(|_| strange())?;
        let prf = match kdf.prf.map(|prf| prf.oid) {
            None | Some(HMAC_SHA1) => HashAlgorithm::Sha1,
            Some(HMAC_SHA256) => HashAlgorithm::Sha256,
            Some(HMAC_SHA384) => HashAlgorithm::Sha384,
            Some(HMAC_SHA512) => HashAlgorithm::Sha512,
            Some(other) => return Err(format!("its key derivation uses the unknown function {other}")),
        };
        let key_len = match outer.encryption.oid {
            AES_128_CBC => 16u16,
            AES_192_CBC => 24,
            AES_256_CBC => 32,
            other => return Err(format!("its cipher {other} is unknown")),
        };
        if kdf.key_length.is_some_and(|len| len != key_len) {
            return Err("its key has another length than its cipher".to_owned());
        }
        let iv = inner(&outer.encryption)?;
        let iv = <&OctetStringRef>::from_der(&iv).map_err(|_| strange())?;
        let iv = iv.as_bytes().try_into().map_err(|_| strange())?;
        let method = Method::Pbes2 { prf, key_len: key_len.into(), iv };
        Ok(Self { method, salt: kdf.salt.as_bytes().to_vec(), iterations: kdf.iterations })
    }

    /// The plaintext. The MAC over the file was checked before, so what does not open is another passphrase's.
    pub(super) fn open(
        &self,
        provider: &CryptoProvider,
        passphrase: &Passphrase,
        ciphertext: &[u8],
    ) -> Result<SecretBytes> {
        let mut buffer = SecretBytes::copy_from(ciphertext);
        let plain = match &self.method {
            Method::Pbes2 { prf, key_len, iv } => {
                let mut key = SecretBytes::zeroed(*key_len);
                provider.kdf.pbkdf2(*prf, passphrase.expose(), &self.salt, self.iterations, key.expose_mut())?;
                match key_len {
                    16 => decrypt::<cbc::Decryptor<Aes128>>(&key, iv, &mut buffer),
                    24 => decrypt::<cbc::Decryptor<Aes192>>(&key, iv, &mut buffer),
                    _ => decrypt::<cbc::Decryptor<Aes256>>(&key, iv, &mut buffer),
                }
            }
            Method::TripleDes => {
                let (key, iv) = self.old_key(provider, passphrase, 24);
                decrypt::<cbc::Decryptor<des::TdesEde3>>(&key, iv.expose(), &mut buffer)
            }
            Method::Rc2 => {
                let (key, iv) = self.old_key(provider, passphrase, 5);
                let cipher = rc2::Rc2::new_with_eff_key_len(key.expose(), 40);
                let cipher = cbc::Decryptor::inner_iv_slice_init(cipher, iv.expose()).ok();
                cipher.and_then(|cipher| unpad(cipher, &mut buffer))
            }
        };
        plain.ok_or_else(|| damaged("a part does not open with the passphrase of the file"))
    }

    fn old_key(&self, provider: &CryptoProvider, passphrase: &Passphrase, len: usize) -> (SecretBytes, SecretBytes) {
        let derive = |purpose, len| {
            kdf::derive(provider, HashAlgorithm::Sha1, purpose, passphrase, &self.salt, self.iterations, len)
        };
        (derive(Purpose::Key, len), derive(Purpose::Iv, 8))
    }
}

/// Encrypts as Java 17 does: PBES2, PBKDF2 with HMAC-SHA256, AES-256-CBC, and a fresh salt and IV.
pub(super) fn seal(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    passphrase: &Passphrase,
    iterations: u32,
    plaintext: &SecretBytes,
) -> Result<(AlgorithmIdentifierOwned, Vec<u8>)> {
    let mut salt = [0u8; SALT_LEN];
    let mut iv = [0u8; 16];
    random.fill(&mut salt)?;
    random.fill(&mut iv)?;
    let mut key = SecretBytes::zeroed(32);
    provider.kdf.pbkdf2(HashAlgorithm::Sha256, passphrase.expose(), &salt, iterations, key.expose_mut())?;

    let lost = || Error::internal("a block mode refused its own sizes");
    let len = plaintext.len();
    let mut buffer = SecretBytes::zeroed(len.saturating_add(16).saturating_sub(len % 16));
    let (text, _) = buffer.expose_mut().split_at_mut_checked(len).ok_or_else(lost)?;
    text.copy_from_slice(plaintext.expose());
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(key.expose(), &iv).map_err(|_| lost())?;
    let sealed = cipher.encrypt_padded::<Pkcs7>(buffer.expose_mut(), len).map_err(|_| lost())?.to_vec();
    Ok((algorithm(&salt, iterations, &iv)?, sealed))
}

/// `EncryptedPrivateKeyInfo` around a PKCS#8 document.
pub(super) fn seal_key(
    provider: &CryptoProvider,
    random: &dyn RandomSource,
    passphrase: &Passphrase,
    iterations: u32,
    pkcs8: &SecretBytes,
) -> Result<Vec<u8>> {
    let (algorithm, data) = seal(provider, random, passphrase, iterations, pkcs8)?;
    let data = OctetStringRef::new(&data).map_err(|_| Error::internal("a sealed key is short"))?;
    encode(&Sealed { algorithm, data })
}

fn algorithm(salt: &[u8], iterations: u32, iv: &[u8]) -> Result<AlgorithmIdentifierOwned> {
    let lost = |_| Error::internal("algorithm parameters are short");
    let kdf = Pbkdf2Parameters {
        salt: OctetStringRef::new(salt).map_err(lost)?,
        iterations,
        key_length: Some(32),
        prf: Some(AlgorithmIdentifierRef { oid: HMAC_SHA256, parameters: Some(der::asn1::AnyRef::NULL) }),
    };
    let kdf = AlgorithmIdentifierOwned { oid: PBKDF2, parameters: Some(any(&kdf)?) };
    let iv = OctetString::new(iv).map_err(lost)?;
    let encryption = AlgorithmIdentifierOwned { oid: AES_256_CBC, parameters: Some(any(&iv)?) };
    let parameters = any(&Pbes2Params { kdf, encryption })?;
    Ok(AlgorithmIdentifierOwned { oid: PBES2, parameters: Some(parameters) })
}

fn any(value: &impl Encode) -> Result<Any> {
    Any::from_der(&encode(value)?).map_err(|_| Error::internal("algorithm parameters are DER"))
}

fn decrypt<M: BlockModeDecrypt + KeyIvInit>(
    key: &SecretBytes,
    iv: &[u8],
    data: &mut SecretBytes,
) -> Option<SecretBytes> {
    unpad(M::new_from_slices(key.expose(), iv).ok()?, data)
}

fn unpad<M: BlockModeDecrypt>(cipher: M, data: &mut SecretBytes) -> Option<SecretBytes> {
    cipher.decrypt_padded::<Pkcs7>(data.expose_mut()).ok().map(SecretBytes::copy_from)
}

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const HMAC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
