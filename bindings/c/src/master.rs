//! A master backend that the host implements in C.

use std::ffi::{c_char, c_void};
use std::ptr;

use keymanager_facade::{
    FacadeError, HostDirection, HostError, HostHash, HostKeyKind, HostMaster, HostMasterCapabilities, HostMasterEntry,
    HostMasterPage, HostOaep, HostSignInput, HostSignature,
};
use zeroize::Zeroizing;

use crate::answer::km_answer;
use crate::pointer::{self, Context, SizedStruct};
use crate::store::c_text;

/// RSA of 2048 bits.
pub const KM_KEY_RSA_2048: u32 = 1;
/// RSA of 3072 bits.
pub const KM_KEY_RSA_3072: u32 = 2;
/// RSA of 4096 bits.
pub const KM_KEY_RSA_4096: u32 = 3;
/// AES of 256 bits.
pub const KM_KEY_AES_256: u32 = 4;

/// SHA-1.
pub const KM_HASH_SHA_1: u32 = 1;
/// SHA-256.
pub const KM_HASH_SHA_256: u32 = 2;
/// SHA-384.
pub const KM_HASH_SHA_384: u32 = 3;
/// SHA-512.
pub const KM_HASH_SHA_512: u32 = 4;

/// RSASSA-PKCS1-v1_5 with SHA-256.
pub const KM_SIGN_RSA_PKCS1_SHA_256: u32 = 1;
/// RSASSA-PKCS1-v1_5 with SHA-384.
pub const KM_SIGN_RSA_PKCS1_SHA_384: u32 = 2;
/// RSASSA-PKCS1-v1_5 with SHA-512.
pub const KM_SIGN_RSA_PKCS1_SHA_512: u32 = 3;
/// RSASSA-PSS with SHA-256, MGF1 with the same hash, and a salt as long as the hash.
pub const KM_SIGN_RSA_PSS_SHA_256: u32 = 4;
/// RSASSA-PSS with SHA-384, likewise.
pub const KM_SIGN_RSA_PSS_SHA_384: u32 = 5;
/// RSASSA-PSS with SHA-512, likewise.
pub const KM_SIGN_RSA_PSS_SHA_512: u32 = 6;

/// Plaintext to ciphertext.
pub const KM_ENCRYPT: u32 = 1;
/// Ciphertext to plaintext.
pub const KM_DECRYPT: u32 = 2;

/// The backend offers the raw RSA private operation.
pub const KM_MASTER_RAW_RSA: u32 = 1;
/// The backend offers AES-ECB.
pub const KM_MASTER_AES_ECB: u32 = 2;
/// The backend keeps certificates.
pub const KM_MASTER_CERTIFICATES: u32 = 4;
/// Private keys can be taken out of the backend.
pub const KM_MASTER_EXTRACTABLE: u32 = 8;
/// Calls run side by side; otherwise the host makes them wait for each other.
pub const KM_MASTER_PARALLEL: u32 = 16;

const _: () = {
    // What is added to the facade is missed here.
    assert!(HostKeyKind::ALL.len() == 4 && HostHash::ALL.len() == 4 && HostSignature::ALL.len() == 6);
    assert!(KM_KEY_RSA_2048 == HostKeyKind::Rsa2048.number());
    assert!(KM_KEY_RSA_3072 == HostKeyKind::Rsa3072.number());
    assert!(KM_KEY_RSA_4096 == HostKeyKind::Rsa4096.number());
    assert!(KM_KEY_AES_256 == HostKeyKind::Aes256.number());
    assert!(KM_HASH_SHA_1 == HostHash::Sha1.number());
    assert!(KM_HASH_SHA_256 == HostHash::Sha256.number());
    assert!(KM_HASH_SHA_384 == HostHash::Sha384.number());
    assert!(KM_HASH_SHA_512 == HostHash::Sha512.number());
    assert!(KM_SIGN_RSA_PKCS1_SHA_256 == HostSignature::RsaPkcs1Sha256.number());
    assert!(KM_SIGN_RSA_PKCS1_SHA_384 == HostSignature::RsaPkcs1Sha384.number());
    assert!(KM_SIGN_RSA_PKCS1_SHA_512 == HostSignature::RsaPkcs1Sha512.number());
    assert!(KM_SIGN_RSA_PSS_SHA_256 == HostSignature::RsaPssSha256.number());
    assert!(KM_SIGN_RSA_PSS_SHA_384 == HostSignature::RsaPssSha384.number());
    assert!(KM_SIGN_RSA_PSS_SHA_512 == HostSignature::RsaPssSha512.number());
    assert!(KM_ENCRYPT == HostDirection::Encrypt.number());
    assert!(KM_DECRYPT == HostDirection::Decrypt.number());
};

/// The parameters of RSAES-OAEP.
#[repr(C)]
pub struct km_oaep {
    /// The hash of the label: `KM_HASH_`.
    pub hash: u32,
    /// The hash inside MGF1: `KM_HASH_`.
    pub mgf_hash: u32,
    /// The label; null when it is empty.
    pub label: *const u8,
    /// The size of the label in bytes.
    pub label_len: usize,
}

type Create = extern "C" fn(*mut c_void, *const c_char, u32, *mut km_answer) -> u32;
type AttachCertificate = extern "C" fn(*mut c_void, *const c_char, *const u8, usize, *mut km_answer) -> u32;
type Named = extern "C" fn(*mut c_void, *const c_char, *mut km_answer) -> u32;
type Sign = extern "C" fn(*mut c_void, *const c_char, u32, bool, *const u8, usize, *mut km_answer) -> u32;
type RsaDecrypt = extern "C" fn(*mut c_void, *const c_char, *const km_oaep, *const u8, usize, *mut km_answer) -> u32;
type AesEcb = extern "C" fn(*mut c_void, *const c_char, u32, *const u8, usize, *mut km_answer) -> u32;
type Health = extern "C" fn(*mut c_void, *mut km_answer) -> u32;

/// A master backend as a table of callbacks, each of which answers 0 or a status: 3008 unknown alias, 7011 alias exists,
/// 7012 wrong kind of key, 1008 not supported, 6001 decryption failed, 7007 everything else. They may come from any
/// thread, also side by side, and must not call the library, except for the `km_answer_` functions.
#[repr(C)]
pub struct km_master_callbacks {
    /// `sizeof(km_master_callbacks)`.
    pub size: usize,
    /// Given to every callback.
    pub ctx: *mut c_void,
    /// Called once, with `ctx`, when the library has no more use for it; may be null.
    pub release: Option<extern "C" fn(ctx: *mut c_void)>,
    /// What the backend can do: `KM_MASTER_` bits.
    pub capabilities: u64,
    /// The kinds it can create: `1 << KM_KEY_` bits.
    pub kinds: u64,
    /// The OAEP parameters it decrypts by itself; others go through raw RSA. Copied when the manager is opened.
    pub oaep: *const km_oaep,
    /// How many there are.
    pub oaep_len: usize,
    /// Makes a key; `km_answer_bytes` with the public half of a pair. A pair is pending until its certificate is
    /// attached; an AES key is there at once.
    pub create: Option<extern "C" fn(ctx: *mut c_void, alias: *const c_char, kind: u32, answer: *mut km_answer) -> u32>,
    /// Attaches the certificate, or replaces it: the commit point of a pair's creation.
    pub attach_certificate: Option<
        extern "C" fn(
            ctx: *mut c_void,
            alias: *const c_char,
            certificate: *const u8,
            certificate_len: usize,
            answer: *mut km_answer,
        ) -> u32,
    >,
    /// The key under `alias`, pending ones included: `km_answer_entry`, not called when there is none.
    pub find: Option<extern "C" fn(ctx: *mut c_void, alias: *const c_char, answer: *mut km_answer) -> u32>,
    /// A page of keys, pending ones included, by alias: `km_answer_entry` for each, then `km_answer_next` when there are
    /// more. `cursor` is null for the first page.
    pub list: Option<extern "C" fn(ctx: *mut c_void, cursor: *const c_char, answer: *mut km_answer) -> u32>,
    /// The signature of a scheme (`KM_SIGN_`) over a message, or over its digest: `km_answer_bytes`.
    pub sign: Option<
        extern "C" fn(
            ctx: *mut c_void,
            alias: *const c_char,
            scheme: u32,
            is_digest: bool,
            input: *const u8,
            input_len: usize,
            answer: *mut km_answer,
        ) -> u32,
    >,
    /// The decryption by OAEP, or raw when `oaep` is null, where the result has the size of the modulus:
    /// `km_answer_bytes`.
    pub rsa_decrypt: Option<
        extern "C" fn(
            ctx: *mut c_void,
            alias: *const c_char,
            oaep: *const km_oaep,
            ciphertext: *const u8,
            ciphertext_len: usize,
            answer: *mut km_answer,
        ) -> u32,
    >,
    /// AES-256-ECB on whole blocks (`KM_ENCRYPT`, `KM_DECRYPT`): `km_answer_bytes`. Null without
    /// `KM_MASTER_AES_ECB`.
    pub aes_ecb: Option<
        extern "C" fn(
            ctx: *mut c_void,
            alias: *const c_char,
            direction: u32,
            blocks: *const u8,
            blocks_len: usize,
            answer: *mut km_answer,
        ) -> u32,
    >,
    /// Removes the key under `alias`; no error when there is none.
    pub remove: Option<extern "C" fn(ctx: *mut c_void, alias: *const c_char, answer: *mut km_answer) -> u32>,
    /// Proves that the backend can still work.
    pub health: Option<extern "C" fn(ctx: *mut c_void, answer: *mut km_answer) -> u32>,
}

// SAFETY: repr(C), begins with its size, and null is valid in every field.
unsafe impl SizedStruct for km_master_callbacks {
    const FIRST: usize = size_of::<Self>();
    const NAME: &'static str = "km_master_callbacks";
}

/// The host's backend as the facade's trait.
pub(crate) struct CMaster {
    context: Context,
    capabilities: HostMasterCapabilities,
    create: Create,
    attach_certificate: AttachCertificate,
    find: Named,
    list: Named,
    sign: Sign,
    rsa_decrypt: RsaDecrypt,
    aes_ecb: Option<AesEcb>,
    remove: Named,
    health: Health,
}

impl CMaster {
    /// # Safety
    /// `table.oaep` points to `oaep_len` values, each with a label of its size.
    pub(crate) unsafe fn new(context: Context, table: &km_master_callbacks) -> Result<Self, FacadeError> {
        let missing = |name: &str| FacadeError::invalid_argument(format!("km_master_callbacks.{name} is null"));
        // SAFETY: the caller's promise.
        let capabilities = unsafe { capabilities(table) }?;
        if capabilities.aes_ecb && table.aes_ecb.is_none() {
            return Err(missing("aes_ecb"));
        }
        Ok(Self {
            context,
            capabilities,
            create: table.create.ok_or_else(|| missing("create"))?,
            attach_certificate: table.attach_certificate.ok_or_else(|| missing("attach_certificate"))?,
            find: table.find.ok_or_else(|| missing("find"))?,
            list: table.list.ok_or_else(|| missing("list"))?,
            sign: table.sign.ok_or_else(|| missing("sign"))?,
            rsa_decrypt: table.rsa_decrypt.ok_or_else(|| missing("rsa_decrypt"))?,
            aes_ecb: table.aes_ecb,
            remove: table.remove.ok_or_else(|| missing("remove"))?,
            health: table.health.ok_or_else(|| missing("health"))?,
        })
    }
}

/// # Safety
/// That of [`CMaster::new`].
unsafe fn capabilities(table: &km_master_callbacks) -> Result<HostMasterCapabilities, FacadeError> {
    let unknown =
        |name: &str| FacadeError::unsupported(format!("km_master_callbacks.{name} has what this library lacks"));
    let has = |bit: u32| table.capabilities & u64::from(bit) != 0;
    let first = KM_MASTER_RAW_RSA | KM_MASTER_AES_ECB | KM_MASTER_CERTIFICATES;
    if table.capabilities & !u64::from(first | KM_MASTER_EXTRACTABLE | KM_MASTER_PARALLEL) != 0 {
        return Err(unknown("capabilities"));
    }
    let bit = |kind: HostKeyKind| 1u64 << kind.number();
    let kinds: Vec<_> = HostKeyKind::ALL.iter().copied().filter(|kind| table.kinds & bit(*kind) != 0).collect();
    if kinds.iter().fold(table.kinds, |left, kind| left & !bit(*kind)) != 0 {
        return Err(unknown("kinds"));
    }
    // SAFETY: the caller's promise.
    let oaep = unsafe { pointer::values(table.oaep, table.oaep_len, "km_master_callbacks.oaep") }?;
    let oaep = oaep
        .iter()
        .map(|oaep| {
            // SAFETY: the caller's promise.
            let label = unsafe { pointer::bytes(oaep.label, oaep.label_len, "km_oaep.label") }?;
            let hash = |number| HostHash::from_number(number).ok_or_else(|| unknown("oaep"));
            Ok(HostOaep { hash: hash(oaep.hash)?, mgf_hash: hash(oaep.mgf_hash)?, label: label.to_vec() })
        })
        .collect::<Result<_, FacadeError>>()?;
    Ok(HostMasterCapabilities {
        kinds,
        oaep,
        raw_rsa: has(KM_MASTER_RAW_RSA),
        aes_ecb: has(KM_MASTER_AES_ECB),
        certificates: has(KM_MASTER_CERTIFICATES),
        extractable: has(KM_MASTER_EXTRACTABLE),
        parallel: has(KM_MASTER_PARALLEL),
    })
}

impl HostMaster for CMaster {
    fn capabilities(&self) -> Result<HostMasterCapabilities, HostError> {
        Ok(self.capabilities.clone())
    }

    fn create(&self, alias: String, kind: HostKeyKind) -> Result<Option<Vec<u8>>, HostError> {
        let alias = c_text(alias)?;
        let mut answer =
            km_answer::of(|answer| (self.create)(self.context.get(), alias.as_ptr(), kind.number(), answer))?;
        if answer.bytes.is_none() { Ok(None) } else { answer.take_bytes().map(Some) }
    }

    fn attach_certificate(&self, alias: String, certificate_der: Vec<u8>) -> Result<(), HostError> {
        let (alias, der) = (c_text(alias)?, certificate_der);
        km_answer::of(|answer| {
            (self.attach_certificate)(self.context.get(), alias.as_ptr(), der.as_ptr(), der.len(), answer)
        })
        .map(drop)
    }

    fn find(&self, alias: String) -> Result<Option<HostMasterEntry>, HostError> {
        let alias = c_text(alias)?;
        let answer = km_answer::of(|answer| (self.find)(self.context.get(), alias.as_ptr(), answer))?;
        Ok(answer.entries.into_iter().next())
    }

    fn list(&self, cursor: Option<String>) -> Result<HostMasterPage, HostError> {
        let cursor = cursor.map(c_text).transpose()?;
        let cursor = cursor.as_ref().map_or(ptr::null(), |cursor| cursor.as_ptr());
        let answer = km_answer::of(|answer| (self.list)(self.context.get(), cursor, answer))?;
        Ok(HostMasterPage { entries: answer.entries, next: answer.next })
    }

    fn sign(&self, alias: String, scheme: HostSignature, input: HostSignInput) -> Result<Vec<u8>, HostError> {
        let alias = c_text(alias)?;
        let (is_digest, input) = match input {
            HostSignInput::Message(message) => (false, message),
            HostSignInput::Digest(digest) => (true, digest),
        };
        let (context, scheme) = (self.context.get(), scheme.number());
        km_answer::of(|answer| {
            (self.sign)(context, alias.as_ptr(), scheme, is_digest, input.as_ptr(), input.len(), answer)
        })?
        .take_bytes()
    }

    fn rsa_decrypt(&self, alias: String, oaep: Option<HostOaep>, ciphertext: Vec<u8>) -> Result<Vec<u8>, HostError> {
        let alias = c_text(alias)?;
        let oaep = oaep.as_ref().map(|oaep| km_oaep {
            hash: oaep.hash.number(),
            mgf_hash: oaep.mgf_hash.number(),
            label: oaep.label.as_ptr(),
            label_len: oaep.label.len(),
        });
        let oaep = oaep.as_ref().map_or(ptr::null(), ptr::from_ref);
        let (context, text) = (self.context.get(), &ciphertext);
        km_answer::of(|answer| (self.rsa_decrypt)(context, alias.as_ptr(), oaep, text.as_ptr(), text.len(), answer))?
            .take_bytes()
    }

    fn aes_ecb(&self, alias: String, direction: HostDirection, blocks: Vec<u8>) -> Result<Vec<u8>, HostError> {
        // What the host is given is secret.
        let blocks = Zeroizing::new(blocks);
        let alias = c_text(alias)?;
        let aes_ecb = self.aes_ecb.ok_or_else(|| HostError { number: 1008, message: "AES-ECB".to_owned() })?;
        let (context, direction) = (self.context.get(), direction.number());
        km_answer::of(|answer| aes_ecb(context, alias.as_ptr(), direction, blocks.as_ptr(), blocks.len(), answer))?
            .take_bytes()
    }

    fn remove(&self, alias: String) -> Result<(), HostError> {
        let alias = c_text(alias)?;
        km_answer::of(|answer| (self.remove)(self.context.get(), alias.as_ptr(), answer)).map(drop)
    }

    fn health(&self) -> Result<(), HostError> {
        km_answer::of(|answer| (self.health)(self.context.get(), answer)).map(drop)
    }
}
