//! What a backend does with a key it holds in software.

use super::{KeyKind, OaepParameters, RsaDecryption, SignInput};
use crate::crypto::{
    CryptoProvider, Curve, EcAlgorithm, HashAlgorithm, OaepProfile, PrivateKey as _, PublicKey, RsaPrivateKey,
    SignatureScheme, SoftwareKey,
};
use crate::error::{Code, Error, Result};
use crate::random::KeySource;
use crate::secret::SecretBytes;

impl OaepParameters {
    /// The parameters of `profile` as owned values.
    #[must_use]
    pub fn of(profile: &OaepProfile) -> Self {
        Self { hash: profile.hash, mgf_hash: profile.mgf_hash, label: profile.label.to_vec() }
    }

    /// The profiles that every key in software decrypts.
    #[must_use]
    pub fn software() -> Vec<Self> {
        SOFTWARE_PROFILES.iter().map(Self::of).collect()
    }

    /// The profile with these parameters.
    ///
    /// # Errors
    /// `unsupported` when the library has no profile with them.
    pub fn profile(&self) -> Result<OaepProfile> {
        let found = SOFTWARE_PROFILES.iter().find(|profile| Self::of(profile) == *self);
        found.cloned().ok_or_else(|| Error::new(Code::Unsupported, "OAEP with this hash, MGF1 hash and label"))
    }
}

impl KeyKind {
    /// The kinds a key in software can have.
    pub const SOFTWARE: [Self; 9] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::Aes256,
        Self::EcP256,
        Self::EcP384,
        Self::EcP521,
        Self::EcSecp256k1,
        Self::Ed25519,
    ];

    /// The size of an RSA modulus in bits; none for other kinds.
    #[must_use]
    pub const fn rsa_bits(self) -> Option<u32> {
        match self {
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
            _ => None,
        }
    }

    /// The algorithm of a key on an elliptic curve; none for other kinds.
    #[must_use]
    pub const fn ec(self) -> Option<EcAlgorithm> {
        match self {
            Self::EcP256 => Some(EcAlgorithm::Curve(Curve::P256)),
            Self::EcP384 => Some(EcAlgorithm::Curve(Curve::P384)),
            Self::EcP521 => Some(EcAlgorithm::Curve(Curve::P521)),
            Self::EcSecp256k1 => Some(EcAlgorithm::Curve(Curve::Secp256k1)),
            Self::Ed25519 => Some(EcAlgorithm::Ed25519),
            _ => None,
        }
    }

    /// The kind of a key on an elliptic curve; none for X25519, which no master key is.
    #[must_use]
    pub fn of_ec(algorithm: EcAlgorithm) -> Option<Self> {
        Self::SOFTWARE.into_iter().find(|kind| kind.ec() == Some(algorithm))
    }

    /// The kind of a pair by its public half; none for a kind or a size that is not one of these.
    #[must_use]
    pub fn of_public(provider: &CryptoProvider, public: &PublicKey) -> Option<Self> {
        match public.ec_algorithm() {
            Some(algorithm) => Self::of_ec(algorithm),
            None => Self::of_rsa_len(provider.rsa.import_public(public.spki_der()).ok()?.modulus_len()),
        }
    }

    /// The kind of an RSA key whose modulus has `len` bytes; none for other sizes.
    #[must_use]
    pub const fn of_rsa_len(len: usize) -> Option<Self> {
        match len {
            256 => Some(Self::Rsa2048),
            384 => Some(Self::Rsa3072),
            512 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

/// A new pair of `kind` from a source, and its document; none when `kind` is no pair.
pub(crate) fn new_pair(
    provider: &CryptoProvider,
    source: &dyn KeySource,
    kind: KeyKind,
) -> Result<Option<(SoftwareKey, SecretBytes)>> {
    let document = match (kind.rsa_bits(), kind.ec()) {
        (Some(bits), _) => source.rsa_pkcs8(bits)?,
        (_, Some(EcAlgorithm::Curve(curve))) => source.ec_pkcs8(curve)?,
        (_, Some(EcAlgorithm::Ed25519)) => source.ed25519_pkcs8()?,
        _ => return Ok(None),
    };
    let key = SoftwareKey::from_pkcs8(provider, &document)?;
    if key.ec().map(|key| key.algorithm()) != kind.ec() {
        return Err(Error::internal("the source of keys gave a key of another kind"));
    }
    Ok(Some((key, document)))
}

/// The kind of a key.
pub(crate) fn kind_of(key: &SoftwareKey) -> Option<KeyKind> {
    match (key.rsa(), key.ec()) {
        (Some(key), _) => KeyKind::of_rsa_len(key.modulus_len()),
        (_, Some(key)) => KeyKind::of_ec(key.algorithm()),
        _ => None,
    }
}

/// The signature of `key` over a message or a digest.
///
/// A digest is signed under RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1 from step 2 on) and ECDSA. The raw operation checks its
/// result against a fault (CRY-26).
pub(crate) fn sign(key: &SoftwareKey, scheme: SignatureScheme, input: &SignInput) -> Result<Vec<u8>> {
    let digest = match input {
        SignInput::Message(message) => return key.sign(scheme, message),
        SignInput::Digest(digest) => digest,
    };
    match (key.rsa(), key.ec(), scheme) {
        (Some(key), _, SignatureScheme::RsaPkcs1(hash)) => {
            let block = emsa_pkcs1_v1_5(hash, digest, key.modulus_len())?;
            Ok(key.raw_private(&block)?.expose().to_vec())
        }
        (_, Some(key), _) => key.sign_digest(scheme, digest),
        _ => Err(Error::new(Code::Unsupported, "this scheme over a digest; give the message")),
    }
}

/// The decryption of `ciphertext` with `key`.
pub(crate) fn rsa_decrypt(key: &dyn RsaPrivateKey, how: &RsaDecryption, ciphertext: &[u8]) -> Result<SecretBytes> {
    check_ciphertext_len(ciphertext, key.modulus_len())?;
    match how {
        RsaDecryption::Raw => key.raw_private(ciphertext),
        RsaDecryption::Oaep(parameters) => key.decrypt_oaep(&parameters.profile()?, ciphertext),
    }
}

/// Refuses a ciphertext that has not the size of the modulus, in bytes.
pub(crate) fn check_ciphertext_len(ciphertext: &[u8], modulus_len: usize) -> Result<()> {
    if ciphertext.len() == modulus_len {
        return Ok(());
    }
    let detail = format!("the ciphertext has {} bytes and the modulus has {modulus_len}", ciphertext.len());
    Err(Error::new(Code::CiphertextSize, detail))
}

/// Refuses what AES-ECB cannot take.
pub(crate) fn check_blocks(blocks: &SecretBytes) -> Result<()> {
    if blocks.is_empty() || !blocks.len().is_multiple_of(16) {
        return Err(Error::new(Code::InvalidArgument, "AES-ECB takes whole blocks of 16 bytes"));
    }
    Ok(())
}

/// DigestInfo over a digest (RFC 8017 §9.2 steps 1 and 2), which a token's `CKM_RSA_PKCS` takes.
pub(crate) fn digest_info(hash: HashAlgorithm, digest: &[u8]) -> Result<Vec<u8>> {
    hash.check_digest(digest)?;
    // The DER of DigestInfo up to the digest (RFC 8017 §9.2 note 1).
    let prefix: &[u8] = match hash {
        HashAlgorithm::Sha1 => {
            return Err(Error::new(Code::Unsupported, "signatures with SHA-1"));
        }
        HashAlgorithm::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        HashAlgorithm::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        HashAlgorithm::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    };
    Ok([prefix, digest].concat())
}

/// EMSA-PKCS1-v1_5 over a digest (RFC 8017 §9.2 from step 2 on): `00 01 ff.. 00 DigestInfo`.
fn emsa_pkcs1_v1_5(hash: HashAlgorithm, digest: &[u8], modulus_len: usize) -> Result<Vec<u8>> {
    let info = digest_info(hash, digest)?;
    let padding = modulus_len
        .checked_sub(info.len().saturating_add(3))
        .filter(|padding| *padding >= 8)
        .ok_or_else(|| Error::new(Code::TooLarge, "the digest does not fit the key"))?;
    let mut block = Vec::with_capacity(modulus_len);
    block.extend_from_slice(&[0, 1]);
    block.resize(padding.saturating_add(2), 0xff);
    block.push(0);
    block.extend_from_slice(&info);
    Ok(block)
}

const SOFTWARE_PROFILES: [OaepProfile; 4] = [
    OaepProfile::SHA256_MGF1_SHA256,
    OaepProfile::SHA256_MGF1_SHA1,
    OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
    OaepProfile::SHA1_MGF1_SHA1,
];
