//! Master keys: keys that wrap or sign for others and never leave their backend.
//!
//! The [`MasterKeys`] contract is keyed by alias text, has no handle types, is synchronous and object-safe, with owned
//! values in and out, so that a token, a key file, or a host in any language can implement it.

pub mod keyfile;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod private_key;
pub(crate) mod software;
mod token_uri;

use std::fmt;

use crate::crypto::{Direction, HashAlgorithm, PublicKey, SignatureScheme};
use crate::error::Result;
use crate::id::Alias;
use crate::secret::SecretBytes;

pub use private_key::MasterKey;
pub use token_uri::TokenUri;

/// The kinds of key a master backend can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA of 2048 bits.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
    /// AES of 256 bits.
    Aes256,
    /// ECDSA on P-256.
    EcP256,
    /// ECDSA on P-384.
    EcP384,
    /// ECDSA on P-521.
    EcP521,
    /// ECDSA on secp256k1.
    EcSecp256k1,
    /// Ed25519.
    Ed25519,
}

/// The parameters of OAEP as owned values, for hosts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OaepParameters {
    /// The hash of the label.
    pub hash: HashAlgorithm,
    /// The hash inside MGF1.
    pub mgf_hash: HashAlgorithm,
    /// The label, usually empty.
    pub label: Vec<u8>,
}

/// Where the OAEP padding of a token's key is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OaepPlace {
    /// On the token where a trial shows that it can, else in software over the raw operation.
    #[default]
    Auto,
    /// On the token, without a trial.
    Token,
    /// In software over the raw operation.
    Software,
}

/// What a master backend can do. The default is nothing; a backend sets what it can.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MasterCapabilities {
    /// The kinds it can create.
    pub kinds: Vec<KeyKind>,
    /// The OAEP parameters it decrypts by itself. Others go through raw RSA and constant-time decoding above.
    pub oaep: Vec<OaepParameters>,
    /// It offers the raw RSA private operation.
    pub raw_rsa: bool,
    /// It offers AES-ECB.
    pub aes_ecb: bool,
    /// It keeps certificates.
    pub certificates: bool,
    /// Private keys can be taken out of it (a key file: yes; a token: no).
    pub extractable: bool,
    /// Calls run side by side; otherwise one at a time.
    pub parallel: bool,
}

/// What was created: the public half of a pair, or none for AES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    /// The public half.
    pub public: Option<PublicKey>,
}

/// A key as the backend has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterEntry {
    /// Its alias.
    pub alias: Alias,
    /// Its kind; none for a kind this release does not know.
    pub kind: Option<KeyKind>,
    /// The public half of a pair.
    pub public: Option<PublicKey>,
    /// The certificate as DER; none while the key is pending, and for AES keys.
    pub certificate: Option<Vec<u8>>,
    /// A pair that was created but whose certificate was not attached yet.
    pub pending: bool,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterPage {
    /// The entries, by alias.
    pub entries: Vec<MasterEntry>,
    /// Where to go on; none when this was the last page.
    pub next: Option<String>,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInput {
    /// The whole message; the backend hashes it.
    Message(Vec<u8>),
    /// The digest under the scheme's hash, for RSASSA-PKCS1-v1_5 and ECDSA.
    Digest(Vec<u8>),
}

/// How a ciphertext is decrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RsaDecryption {
    /// RSADP without any padding; the result has the modulus size.
    Raw,
    /// RSAES-OAEP inside the backend.
    Oaep(OaepParameters),
}

/// The backend that holds master keys. `Send + Sync`; every method may block and may be called from any thread.
///
/// Errors: `master_unavailable` when it fails (with the backend's own code in the text), `alias_not_found`,
/// `alias_exists`, `wrong_key_kind`, `unsupported`, `forked`. A failed decryption is `decryption_failed`.
pub trait MasterKeys: Send + Sync + fmt::Debug {
    /// What this backend can do.
    fn capabilities(&self) -> Result<MasterCapabilities>;

    /// Makes a key under `alias`. A pair is pending, not visible to others, until its certificate is attached; an AES
    /// key is there at once.
    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey>;

    /// Attaches the certificate, or replaces it. The commit point of a pair's creation.
    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()>;

    /// The key under `alias`, pending ones included; none when there is none.
    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>>;

    /// Every key, pending ones included, by alias, from `cursor` on.
    fn list(&self, cursor: Option<String>) -> Result<MasterPage>;

    /// The signature with the key under `alias`; `unsupported` for a scheme that is not the key's.
    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>>;

    /// The decryption with the key under `alias`.
    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes>;

    /// AES-256-ECB on whole blocks with the key under `alias`.
    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes>;

    /// Removes the key under `alias`; no error when there is none.
    fn remove(&self, alias: Alias) -> Result<()>;

    /// Proves that the backend can still work.
    fn health(&self) -> Result<()>;
}
