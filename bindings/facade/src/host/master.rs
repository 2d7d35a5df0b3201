//! A master backend that the host implements.

use std::fmt;
use std::sync::Arc;

use keymanager::crypto::{Direction, HashAlgorithm, PublicKey, SignatureScheme};
use keymanager::id::Alias;
use keymanager::master::{
    CreatedKey, KeyKind, MasterCapabilities, MasterEntry, MasterKeys, MasterPage, OaepParameters, RsaDecryption,
    SignInput,
};
use keymanager::process::ForkGuard;
use keymanager::secret::SecretBytes;
use keymanager::{Code, Error, Result};

use super::numbered;
use crate::error::HostError;

numbered! {
    /// The kinds of key a host can hold.
    HostKeyKind {
        /// RSA of 2048 bits.
        Rsa2048 = 1,
        /// RSA of 3072 bits.
        Rsa3072 = 2,
        /// RSA of 4096 bits.
        Rsa4096 = 3,
        /// AES of 256 bits.
        Aes256 = 4,
    }
}

numbered! {
    /// Hash functions.
    HostHash {
        /// SHA-1.
        Sha1 = 1,
        /// SHA-256.
        Sha256 = 2,
        /// SHA-384.
        Sha384 = 3,
        /// SHA-512.
        Sha512 = 4,
    }
}

numbered! {
    /// How a signature is made (RFC 8017 §8). The salt of PSS is as long as the hash, and MGF1 uses the same hash.
    HostSignature {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RsaPkcs1Sha256 = 1,
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        RsaPkcs1Sha384 = 2,
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        RsaPkcs1Sha512 = 3,
        /// RSASSA-PSS with SHA-256.
        RsaPssSha256 = 4,
        /// RSASSA-PSS with SHA-384.
        RsaPssSha384 = 5,
        /// RSASSA-PSS with SHA-512.
        RsaPssSha512 = 6,
    }
}

numbered! {
    /// Which way a cipher goes.
    HostDirection {
        /// Plaintext to ciphertext.
        Encrypt = 1,
        /// Ciphertext to plaintext.
        Decrypt = 2,
    }
}

/// The parameters of RSAES-OAEP.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostOaep {
    /// The hash of the label.
    pub hash: HostHash,
    /// The hash inside MGF1.
    pub mgf_hash: HostHash,
    /// The label, usually empty.
    pub label: Vec<u8>,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum HostSignInput {
    /// The whole message; the host hashes it.
    Message(Vec<u8>),
    /// The digest under the scheme's hash.
    Digest(Vec<u8>),
}

/// What a host's master backend can do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostMasterCapabilities {
    /// The kinds it can create.
    pub kinds: Vec<HostKeyKind>,
    /// The OAEP parameters it decrypts by itself; others go through raw RSA.
    pub oaep: Vec<HostOaep>,
    /// It offers the raw RSA private operation.
    pub raw_rsa: bool,
    /// It offers AES-ECB.
    pub aes_ecb: bool,
    /// It keeps certificates.
    pub certificates: bool,
    /// Private keys can be taken out of it.
    pub extractable: bool,
    /// Calls run side by side; otherwise the host makes them wait for each other.
    pub parallel: bool,
}

/// A key as the host has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostMasterEntry {
    /// Its alias.
    pub alias: String,
    /// Its kind; none for a kind that is not listed here.
    pub kind: Option<HostKeyKind>,
    /// The public half of a pair as SubjectPublicKeyInfo DER.
    pub spki_der: Option<Vec<u8>>,
    /// The certificate as DER; none while the key is pending, and for AES keys.
    pub certificate_der: Option<Vec<u8>>,
    /// A pair that was created but whose certificate was not attached yet.
    pub pending: bool,
}

/// A page of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct HostMasterPage {
    /// The keys, by alias.
    pub entries: Vec<HostMasterEntry>,
    /// Where the next page begins; none when this was the last page.
    pub next: Option<String>,
}

/// A master backend that the host implements: the contract of `keymanager::master::MasterKeys` in plain values.
///
/// Every method may be called from any thread, also side by side. A host must not call the library from inside, and
/// wipes secrets it was given. Errors: `master_unavailable` (7007), `alias_not_found` (3008), `alias_exists` (7011),
/// `wrong_key_kind` (7012), `unsupported` (1008); a failed decryption is `decryption_failed` (6001).
#[expect(clippy::missing_errors_doc, reason = "the errors of all of them are above")]
#[cfg_attr(feature = "uniffi", uniffi::export(rust, foreign))]
pub trait HostMaster: Send + Sync {
    /// What this backend can do.
    fn capabilities(&self) -> Result<HostMasterCapabilities, HostError>;

    /// Makes a key and answers the public half of a pair as SubjectPublicKeyInfo DER, or none for AES. A pair is pending
    /// until its certificate is attached; an AES key is there at once.
    fn create(&self, alias: String, kind: HostKeyKind) -> Result<Option<Vec<u8>>, HostError>;

    /// Attaches the certificate, or replaces it: the commit point of a pair's creation.
    fn attach_certificate(&self, alias: String, certificate_der: Vec<u8>) -> Result<(), HostError>;

    /// The key under `alias`, pending ones included; none when there is none.
    fn find(&self, alias: String) -> Result<Option<HostMasterEntry>, HostError>;

    /// Every key, pending ones included, by alias, from `cursor` on.
    fn list(&self, cursor: Option<String>) -> Result<HostMasterPage, HostError>;

    /// The signature with the key under `alias`.
    fn sign(&self, alias: String, scheme: HostSignature, input: HostSignInput) -> Result<Vec<u8>, HostError>;

    /// The decryption with the key under `alias`: by OAEP, or raw, where the result has the size of the modulus.
    fn rsa_decrypt(&self, alias: String, oaep: Option<HostOaep>, ciphertext: Vec<u8>) -> Result<Vec<u8>, HostError>;

    /// AES-256-ECB on whole blocks with the key under `alias`. `blocks` is secret, and so is the answer.
    fn aes_ecb(&self, alias: String, direction: HostDirection, blocks: Vec<u8>) -> Result<Vec<u8>, HostError>;

    /// Removes the key under `alias`; no error when there is none.
    fn remove(&self, alias: String) -> Result<(), HostError>;

    /// Proves that the backend can still work.
    fn health(&self) -> Result<(), HostError>;
}

/// A host's master backend as the core's contract; also what the core's conformance suite for backends takes.
pub struct MasterAdapter {
    host: Arc<dyn HostMaster>,
    guard: ForkGuard,
}

impl MasterAdapter {
    /// The contract over `host`.
    #[must_use]
    pub fn new(host: Arc<dyn HostMaster>) -> Self {
        Self { host, guard: ForkGuard::new() }
    }

    fn ask<T>(&self, ask: impl FnOnce(&dyn HostMaster) -> Result<T, HostError>) -> Result<T> {
        self.guard.check()?;
        ask(self.host.as_ref()).map_err(|error| error.into_error(Code::MasterUnavailable))
    }
}

impl fmt::Debug for MasterAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostMaster")
    }
}

impl MasterKeys for MasterAdapter {
    fn capabilities(&self) -> Result<MasterCapabilities> {
        let host = self.ask(|host| host.capabilities())?;
        let mut core = MasterCapabilities::default();
        core.kinds = host.kinds.into_iter().map(core_kind).collect();
        core.oaep = host.oaep.into_iter().map(core_oaep).collect();
        core.raw_rsa = host.raw_rsa;
        core.aes_ecb = host.aes_ecb;
        core.certificates = host.certificates;
        core.extractable = host.extractable;
        core.parallel = host.parallel;
        Ok(core)
    }

    fn create(&self, alias: Alias, kind: KeyKind) -> Result<CreatedKey> {
        let kind = host_kind(kind).ok_or_else(|| unsupported("this kind of key"))?;
        let public = self.ask(|host| host.create(alias.to_string(), kind))?;
        if public.is_some() == (kind == HostKeyKind::Aes256) {
            let text = "the host answered a public key for AES, or none for a pair";
            return Err(Error::new(Code::MasterUnavailable, text));
        }
        Ok(CreatedKey { public: public.map(PublicKey::from_spki_der) })
    }

    fn attach_certificate(&self, alias: Alias, certificate_der: Vec<u8>) -> Result<()> {
        self.ask(|host| host.attach_certificate(alias.to_string(), certificate_der))
    }

    fn find(&self, alias: Alias) -> Result<Option<MasterEntry>> {
        self.ask(|host| host.find(alias.to_string()))?.map(core_entry).transpose()
    }

    fn list(&self, cursor: Option<String>) -> Result<MasterPage> {
        let page = self.ask(|host| host.list(cursor.clone()))?;
        // A host that forgets the cursor would be asked for ever.
        if page.next.is_some() && page.next == cursor {
            return Err(Error::new(Code::MasterUnavailable, "the host's page ends where it began"));
        }
        let entries = page.entries.into_iter().map(core_entry).collect::<Result<_>>()?;
        Ok(MasterPage { entries, next: page.next })
    }

    fn sign(&self, alias: Alias, scheme: SignatureScheme, input: SignInput) -> Result<Vec<u8>> {
        let scheme = host_signature(scheme).ok_or_else(|| unsupported("this signature scheme"))?;
        let input = match input {
            SignInput::Message(message) => HostSignInput::Message(message),
            SignInput::Digest(digest) => HostSignInput::Digest(digest),
        };
        self.ask(|host| host.sign(alias.to_string(), scheme, input))
    }

    fn rsa_decrypt(&self, alias: Alias, how: RsaDecryption, ciphertext: Vec<u8>) -> Result<SecretBytes> {
        let oaep = match how {
            RsaDecryption::Raw => None,
            RsaDecryption::Oaep(parameters) => Some(HostOaep {
                hash: host_hash(parameters.hash)?,
                mgf_hash: host_hash(parameters.mgf_hash)?,
                label: parameters.label,
            }),
        };
        self.ask(|host| host.rsa_decrypt(alias.to_string(), oaep, ciphertext)).map(SecretBytes::from_vec)
    }

    fn aes_ecb(&self, alias: Alias, direction: Direction, blocks: SecretBytes) -> Result<SecretBytes> {
        let direction = match direction {
            Direction::Encrypt => HostDirection::Encrypt,
            Direction::Decrypt => HostDirection::Decrypt,
        };
        let len = blocks.len();
        let answer = self.ask(|host| host.aes_ecb(alias.to_string(), direction, blocks.expose().to_vec()))?;
        let answer = SecretBytes::from_vec(answer);
        if answer.len() != len {
            return Err(Error::new(Code::MasterUnavailable, "the host answered blocks of another size"));
        }
        Ok(answer)
    }

    fn remove(&self, alias: Alias) -> Result<()> {
        self.ask(|host| host.remove(alias.to_string()))
    }

    fn health(&self) -> Result<()> {
        self.ask(|host| host.health())
    }
}

fn core_entry(entry: HostMasterEntry) -> Result<MasterEntry> {
    let alias = Alias::new(entry.alias).map_err(|error| {
        Error::new(Code::MasterUnavailable, format!("the host answered an alias: {}", error.detail()))
    })?;
    Ok(MasterEntry {
        alias,
        kind: entry.kind.map(core_kind),
        public: entry.spki_der.map(PublicKey::from_spki_der),
        certificate: entry.certificate_der,
        pending: entry.pending,
    })
}

fn core_kind(kind: HostKeyKind) -> KeyKind {
    match kind {
        HostKeyKind::Rsa2048 => KeyKind::Rsa2048,
        HostKeyKind::Rsa3072 => KeyKind::Rsa3072,
        HostKeyKind::Rsa4096 => KeyKind::Rsa4096,
        HostKeyKind::Aes256 => KeyKind::Aes256,
    }
}

fn host_kind(kind: KeyKind) -> Option<HostKeyKind> {
    HostKeyKind::ALL.iter().copied().find(|host| core_kind(*host) == kind)
}

fn core_hash(hash: HostHash) -> HashAlgorithm {
    match hash {
        HostHash::Sha1 => HashAlgorithm::Sha1,
        HostHash::Sha256 => HashAlgorithm::Sha256,
        HostHash::Sha384 => HashAlgorithm::Sha384,
        HostHash::Sha512 => HashAlgorithm::Sha512,
    }
}

fn host_hash(hash: HashAlgorithm) -> Result<HostHash> {
    let found = HostHash::ALL.iter().copied().find(|host| core_hash(*host) == hash);
    found.ok_or_else(|| unsupported("this hash"))
}

fn core_oaep(oaep: HostOaep) -> OaepParameters {
    OaepParameters { hash: core_hash(oaep.hash), mgf_hash: core_hash(oaep.mgf_hash), label: oaep.label }
}

fn host_signature(scheme: SignatureScheme) -> Option<HostSignature> {
    Some(match scheme {
        SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256) => HostSignature::RsaPkcs1Sha256,
        SignatureScheme::RsaPkcs1(HashAlgorithm::Sha384) => HostSignature::RsaPkcs1Sha384,
        SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512) => HostSignature::RsaPkcs1Sha512,
        SignatureScheme::RsaPss(HashAlgorithm::Sha256) => HostSignature::RsaPssSha256,
        SignatureScheme::RsaPss(HashAlgorithm::Sha384) => HostSignature::RsaPssSha384,
        SignatureScheme::RsaPss(HashAlgorithm::Sha512) => HostSignature::RsaPssSha512,
        _ => return None,
    })
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::Unsupported, format!("a host's master backend does not know {what}"))
}
