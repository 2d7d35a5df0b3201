//! RSAES-OAEP encoding and constant-time decoding over any hash, MGF hash and label (RFC 8017 §7.1).
use crate::crypto::HashAlgorithm;

/// The three parameters of RSAES-OAEP (RFC 8017 §7.1), each profile by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OaepProfile {
    /// The hash of the label.
    pub hash: HashAlgorithm,
    /// The hash inside MGF1.
    pub mgf_hash: HashAlgorithm,
    /// The label, usually empty.
    pub label: &'static [u8],
}

impl OaepProfile {
    /// SHA-256, MGF1 with SHA-256, empty label: every MOSIP envelope ("O-STD", mosip-envelopes §1.3).
    pub const SHA256_MGF1_SHA256: Self =
        Self { hash: HashAlgorithm::Sha256, mgf_hash: HashAlgorithm::Sha256, label: b"" };
    /// SHA-256, MGF1 with SHA-1, empty label: client boxes of Android Keystore machines ("O-ANDROID").
    pub const SHA256_MGF1_SHA1: Self = Self { hash: HashAlgorithm::Sha256, mgf_hash: HashAlgorithm::Sha1, label: b"" };
    /// SHA-256, MGF1 with SHA-256, a label of one zero byte: client boxes of TPM machines ("O-TPM").
    pub const SHA256_MGF1_SHA256_LABEL_NUL: Self =
        Self { hash: HashAlgorithm::Sha256, mgf_hash: HashAlgorithm::Sha256, label: b"\0" };
    /// SHA-1, MGF1 with SHA-1, empty label: OpenTDF key access objects.
    pub const SHA1_MGF1_SHA1: Self = Self { hash: HashAlgorithm::Sha1, mgf_hash: HashAlgorithm::Sha1, label: b"" };
}

/// Removes EME-OAEP from `block`, which has the modulus size, in time that does not depend on its content.
///
/// # Errors
/// `decryption_failed`, whatever was wrong.
pub fn decode(
    _provider: &super::CryptoProvider,
    _profile: &OaepProfile,
    _block: &crate::secret::SecretBytes,
) -> crate::Result<crate::secret::SecretBytes> {
    Err(crate::Error::internal("stub"))
}
