//! The only `unsafe` of the core: AWS-LC's EVP interface, for what aws-lc-rs does not offer.
//!
//! That is GCM piece by piece and with any nonce length, OAEP with its own MGF1 hash and a label, and raw RSA. Since
//! such a key must be held here anyway, all RSA operations go through the one parsed key: a key parsed twice would
//! cost each decryption a second import. Of keys on curves: ECDSA with any hash on any curve, over digests too, ECDH on
//! secp256k1, and shared secrets that go straight into wiped memory.
//!
//! What this module guarantees, and how (docs/crypto.md, CRY-60 to CRY-67):
//! - Every pointer has one owner that frees it on drop: [`Gcm`], [`Pkey`], [`PkeyContext`], [`Encoding`].
//! - Lengths and pointers come from one slice each; an output is never shorter than what is written to it.
//! - Every return code is checked; a refusal is [`Refused`] and says nothing, callers name the error.
//! - `OPENSSL_free` wipes what it frees, so parsed keys, key schedules, GCM contexts, OAEP buffers and encodings are
//!   wiped when their owner is dropped. **Not** wiped: registers and the stack of AWS-LC's own functions.
#![allow(unsafe_code, reason = "AWS-LC's EVP interface is C; each block says why it is sound")]

use std::ffi::c_int;
use std::fmt;
use std::ptr::{NonNull, null, null_mut};

use aws_lc_sys as lc;

use crate::crypto::{Direction, HashAlgorithm, OaepProfile, SignatureScheme, TAG_LEN};
use crate::secret::SecretBytes;

/// AWS-LC refused: out of memory, a wrong tag, a wrong padding, a bad encoding. Which one is not told apart here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// The longest piece handed to a function that counts in `int`, in bytes (CRY-63). A multiple of the block size.
pub(super) const PIECE: usize = 1 << 24;

/// The longest PKCS#8 document looked at, in bytes. One of a 4096-bit key has 2.4 KiB and some attributes; the time of the
/// checks grows with the numbers.
const PKCS8_LIMIT: usize = 16 * 1024;

/// One AES-256-GCM computation (SP 800-38D) with a nonce of 1 byte or more.
pub(super) struct Gcm {
    context: NonNull<lc::EVP_CIPHER_CTX>,
}

// SAFETY: the context is owned by this value alone and AWS-LC ties no context to a thread.
unsafe impl Send for Gcm {}

impl Gcm {
    /// Starts under `key` and `nonce`, with all of `aad` taken in.
    pub(super) fn start(direction: Direction, key: &[u8; 32], nonce: &[u8], aad: &[u8]) -> Result<Self, Refused> {
        let encrypt = c_int::from(direction == Direction::Encrypt);
        let nonce_len = c_int::try_from(nonce.len()).map_err(|_| Refused)?;
        // SAFETY: takes nothing; answers an owned context or null.
        let context = NonNull::new(unsafe { lc::EVP_CIPHER_CTX_new() }).ok_or(Refused)?;
        let mut gcm = Self { context };
        let ctx = context.as_ptr();
        // SAFETY: `ctx` is live; the cipher is a static. A null engine is the default one; a null key and nonce
        // mean "not yet".
        check(unsafe { lc::EVP_CipherInit_ex(ctx, lc::EVP_aes_256_gcm(), null_mut(), null(), null(), encrypt) })?;
        // SAFETY: `ctx` is live and a GCM context; this control takes a length and no pointer. It refuses 0.
        check(unsafe { lc::EVP_CIPHER_CTX_ctrl(ctx, lc::EVP_CTRL_AEAD_SET_IVLEN, nonce_len, null_mut()) })?;
        // SAFETY: `ctx` is live; AES-256 reads 32 bytes of key, and the nonce has the length just set.
        check(unsafe { lc::EVP_CipherInit_ex(ctx, null(), null_mut(), key.as_ptr(), nonce.as_ptr(), encrypt) })?;
        for piece in aad.chunks(PIECE) {
            // SAFETY: `piece` is readable for its length; a null output marks additional authenticated data.
            unsafe { gcm.process(piece.as_ptr(), null_mut(), piece.len()) }?;
        }
        Ok(gcm)
    }

    /// Encrypts or decrypts `data` in place.
    pub(super) fn in_place(&mut self, data: &mut [u8]) -> Result<(), Refused> {
        for piece in data.chunks_mut(PIECE) {
            let pointer = piece.as_mut_ptr();
            // SAFETY: both pointers are the same live, exclusively borrowed piece; EVP allows input equal to output.
            unsafe { self.process(pointer.cast_const(), pointer, piece.len()) }?;
        }
        Ok(())
    }

    /// Encrypts or decrypts `input` into `out`, which has the same length.
    pub(super) fn copy(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), Refused> {
        if input.len() != out.len() {
            return Err(Refused);
        }
        for (from, to) in input.chunks(PIECE).zip(out.chunks_mut(PIECE)) {
            // SAFETY: `from` and `to` are live, do not overlap (one is borrowed exclusively), and have one length.
            unsafe { self.process(from.as_ptr(), to.as_mut_ptr(), from.len()) }?;
        }
        Ok(())
    }

    /// Ends an encryption and answers its tag.
    pub(super) fn tag(mut self) -> Result<[u8; TAG_LEN], Refused> {
        self.finish()?;
        let mut tag = [0; TAG_LEN];
        let length = c_int::try_from(TAG_LEN).map_err(|_| Refused)?;
        // SAFETY: the context is live and finished; this control writes `length` bytes, and `tag` has as many.
        check(unsafe {
            lc::EVP_CIPHER_CTX_ctrl(self.context.as_ptr(), lc::EVP_CTRL_AEAD_GET_TAG, length, tag.as_mut_ptr().cast())
        })?;
        Ok(tag)
    }

    /// Ends a decryption: whether `tag` is right, compared in constant time.
    pub(super) fn verify(mut self, tag: &[u8; TAG_LEN]) -> Result<(), Refused> {
        let length = c_int::try_from(TAG_LEN).map_err(|_| Refused)?;
        // SAFETY: the context is live; this control only reads `length` bytes, and `tag` has as many.
        check(unsafe {
            lc::EVP_CIPHER_CTX_ctrl(
                self.context.as_ptr(),
                lc::EVP_CTRL_AEAD_SET_TAG,
                length,
                tag.as_ptr().cast_mut().cast(),
            )
        })?;
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Refused> {
        let mut rest = [0; TAG_LEN];
        let mut written = 0;
        // SAFETY: the context is live; GCM holds nothing back and writes no byte here, and any other cipher would
        // write at most a block, which `rest` holds.
        check(unsafe { lc::EVP_CipherFinal_ex(self.context.as_ptr(), rest.as_mut_ptr(), &raw mut written) })
    }

    /// Takes `length` bytes, at most [`PIECE`], from `input` to `out`.
    ///
    /// # Safety
    /// `input` is readable for `length` bytes. `out` is null, or writable for as many and equal to `input` or apart
    /// from it.
    unsafe fn process(&mut self, input: *const u8, out: *mut u8, length: usize) -> Result<(), Refused> {
        let length = c_int::try_from(length).map_err(|_| Refused)?;
        let mut written = 0;
        // SAFETY: the context is live, the caller vouches for the pointers, and GCM writes exactly `length` bytes.
        check(unsafe { lc::EVP_CipherUpdate(self.context.as_ptr(), out, &raw mut written, input, length) })?;
        if written == length { Ok(()) } else { Err(Refused) }
    }
}

impl Drop for Gcm {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once. Key schedule and hash key are wiped by it.
        unsafe { lc::EVP_CIPHER_CTX_free(self.context.as_ptr()) }
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gcm")
    }
}

/// What is done with a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    /// With the public key.
    Encrypt,
    /// With the private key, blinded; the result is checked with the public key before it is answered.
    Decrypt,
    /// With the private key, over a digest; RSA is blinded and checked too.
    Sign,
}

/// How the block is padded. There is no PKCS#1 v1.5 encryption on purpose.
#[derive(Debug, Clone, Copy)]
pub(super) enum Padding<'a> {
    /// Not at all: RSAEP and RSADP (RFC 8017 §5.1).
    Raw,
    /// EME-OAEP (RFC 8017 §7.1).
    Oaep(&'a OaepProfile),
    /// EMSA-PKCS1-v1_5 or EMSA-PSS (RFC 8017 §8), PSS with a salt as long as the hash.
    Signature(SignatureScheme),
    /// There is none in ECDSA; signatures are in DER.
    Ecdsa,
}

/// A parsed key, public or private: RSA with all its CRT values, or on a curve.
pub(super) struct Pkey {
    key: NonNull<lc::EVP_PKEY>,
}

// SAFETY: nothing ties a key to a thread.
unsafe impl Send for Pkey {}
// SAFETY: openssl/evp.h, openssl/rsa.h and openssl/ec_key.h: "a given object may be used concurrently on multiple threads by non-mutating
// functions"; encryption, decryption, signing, verifying and encoding are documented as non-mutating, and what they
// change inside (reference count, blinding, Montgomery values) is atomic or under the key's own lock. No method of
// this type calls a mutating function after the key was parsed.
unsafe impl Sync for Pkey {}

impl Pkey {
    /// An RSA public key from SubjectPublicKeyInfo.
    pub(super) fn parse_public(der: &[u8]) -> Result<Self, Refused> {
        Self::parse(der, lc::EVP_parse_public_key, &[lc::EVP_PKEY_RSA])
    }

    /// A public key on a curve or of X25519 from SubjectPublicKeyInfo. AWS-LC checks that the point is on its curve.
    pub(super) fn parse_public_on_curve(der: &[u8]) -> Result<Self, Refused> {
        Self::parse(der, lc::EVP_parse_public_key, &ON_CURVE)
    }

    /// A private key on a curve or of X25519 from PKCS#8. AWS-LC runs `EC_KEY_check_key`: the number is in range, and the
    /// point, computed where the document has none, belongs to it.
    pub(super) fn parse_private_on_curve(der: &[u8]) -> Result<Self, Refused> {
        Self::parse(der, lc::EVP_parse_private_key, &ON_CURVE)
    }

    /// An RSA private key from PKCS#8. AWS-LC runs `RSA_check_key`: p·q = n, d·e = 1 and the CRT values are checked, more than
    /// two primes are refused. It leaves out d < n, which is checked here (CRY-23).
    pub(super) fn parse_private(der: &[u8]) -> Result<Self, Refused> {
        if der.len() > PKCS8_LIMIT {
            return Err(Refused);
        }
        let key = Self::parse(der, lc::EVP_parse_private_key, &[lc::EVP_PKEY_RSA])?;
        // SAFETY: the key is live and RSA. The getters answer null, or numbers that live as long as it; all only read.
        let reduced = unsafe {
            let rsa = lc::EVP_PKEY_get0_RSA(key.key.as_ptr());
            let (modulus, exponent) = (lc::RSA_get0_n(rsa), lc::RSA_get0_d(rsa));
            !modulus.is_null() && !exponent.is_null() && lc::BN_cmp(exponent, modulus) < 0
        };
        if reduced { Ok(key) } else { Err(Refused) }
    }

    fn parse(
        der: &[u8],
        parser: unsafe extern "C" fn(*mut lc::CBS) -> *mut lc::EVP_PKEY,
        kinds: &[c_int],
    ) -> Result<Self, Refused> {
        let mut reader = lc::CBS { data: der.as_ptr(), len: der.len() };
        // SAFETY: `reader` names the live slice `der`; the parser reads inside it and answers an owned key or null.
        let Some(key) = NonNull::new(unsafe { parser(&raw mut reader) }) else {
            return Err(refused());
        };
        let key = Self { key };
        // SAFETY: the key is live; its type is only read.
        let kind = unsafe { lc::EVP_PKEY_id(key.key.as_ptr()) };
        if kinds.contains(&kind) && reader.len == 0 { Ok(key) } else { Err(Refused) }
    }

    /// The size of the modulus in bits.
    pub(super) fn bits(&self) -> Result<u32, Refused> {
        // SAFETY: the key is live and only read.
        u32::try_from(unsafe { lc::EVP_PKEY_bits(self.key.as_ptr()) }).map_err(|_| Refused)
    }

    /// SubjectPublicKeyInfo (RFC 5280): rsaEncryption with NULL parameters, or a named curve and the point.
    pub(super) fn public_der(&self) -> Result<Vec<u8>, Refused> {
        let encoding = Encoding::of(self, lc::EVP_marshal_public_key)?;
        Ok(encoding.bytes().to_vec())
    }

    /// PrivateKeyInfo version 1 (RFC 5208), rsaEncryption with NULL parameters.
    pub(super) fn private_der(&self) -> Result<SecretBytes, Refused> {
        let encoding = Encoding::of(self, lc::EVP_marshal_private_key)?;
        Ok(SecretBytes::copy_from(encoding.bytes()))
    }

    /// Runs `operation` on `input` into `out`, which has at least the size of the modulus, or of the longest ECDSA
    /// signature; answers how much was written. A signature is made over a digest.
    pub(super) fn run(
        &self,
        operation: Operation,
        padding: Padding<'_>,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Refused> {
        type Start = unsafe extern "C" fn(*mut lc::EVP_PKEY_CTX) -> c_int;
        type Run = unsafe extern "C" fn(*mut lc::EVP_PKEY_CTX, *mut u8, *mut usize, *const u8, usize) -> c_int;
        let (start, run): (Start, Run) = match operation {
            Operation::Encrypt => (lc::EVP_PKEY_encrypt_init, lc::EVP_PKEY_encrypt),
            Operation::Decrypt => (lc::EVP_PKEY_decrypt_init, lc::EVP_PKEY_decrypt),
            Operation::Sign => (lc::EVP_PKEY_sign_init, lc::EVP_PKEY_sign),
        };
        let context = PkeyContext::new(self)?;
        // SAFETY: the context is live and fresh.
        check(unsafe { start(context.0.as_ptr()) })?;
        context.pad(padding)?;
        let mut length = out.len();
        // SAFETY: the context is live and set up; `out` is writable for `length` bytes, which EVP checks against the
        // size of the modulus, or the most an ECDSA signature has, before it writes; `input` is readable for its length.
        check(unsafe { run(context.0.as_ptr(), out.as_mut_ptr(), &raw mut length, input.as_ptr(), input.len()) })?;
        if length <= out.len() { Ok(length) } else { Err(Refused) }
    }

    /// Whether `signature` over `digest` is good.
    pub(super) fn verify(&self, padding: Padding<'_>, digest: &[u8], signature: &[u8]) -> Result<(), Refused> {
        let context = PkeyContext::new(self)?;
        // SAFETY: the context is live and fresh.
        check(unsafe { lc::EVP_PKEY_verify_init(context.0.as_ptr()) })?;
        context.pad(padding)?;
        // SAFETY: the context is live and set up; both slices are readable for their lengths.
        check(unsafe {
            lc::EVP_PKEY_verify(context.0.as_ptr(), signature.as_ptr(), signature.len(), digest.as_ptr(), digest.len())
        })
    }

    /// The secret shared with `peer`, a public key of the same kind and curve, in `out`, which has its exact size: a field
    /// element, or 32 bytes of X25519. An X25519 secret of zeros is refused.
    pub(super) fn derive(&self, peer: &Self, out: &mut [u8]) -> Result<(), Refused> {
        let context = PkeyContext::new(self)?;
        // SAFETY: the context is live and fresh.
        check(unsafe { lc::EVP_PKEY_derive_init(context.0.as_ptr()) })?;
        // SAFETY: the context is live and set up. The peer is live and only read; the context takes a reference of its
        // own, counted atomically. Kind and curve are compared.
        check(unsafe { lc::EVP_PKEY_derive_set_peer(context.0.as_ptr(), peer.key.as_ptr()) })?;
        let mut length = out.len();
        // SAFETY: the context is live and has its peer; `out` is writable for `length` bytes, and no more are written.
        check(unsafe { lc::EVP_PKEY_derive(context.0.as_ptr(), out.as_mut_ptr(), &raw mut length) })?;
        if length == out.len() { Ok(()) } else { Err(Refused) }
    }
}

impl Drop for Pkey {
    fn drop(&mut self) {
        // SAFETY: the key is owned; contexts hold references of their own. The last reference wipes the numbers.
        unsafe { lc::EVP_PKEY_free(self.key.as_ptr()) }
    }
}

impl fmt::Debug for Pkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkey")
    }
}

/// One operation with a key.
struct PkeyContext(NonNull<lc::EVP_PKEY_CTX>);

impl PkeyContext {
    fn new(key: &Pkey) -> Result<Self, Refused> {
        // SAFETY: the key is live; the context takes a reference of its own, counted atomically. A null engine is the
        // default one.
        NonNull::new(unsafe { lc::EVP_PKEY_CTX_new(key.key.as_ptr(), null_mut()) }).map(Self).ok_or_else(refused)
    }

    fn pad(&self, padding: Padding<'_>) -> Result<(), Refused> {
        let ctx = self.0.as_ptr();
        let (mode, hash) = match padding {
            Padding::Ecdsa => return Ok(()),
            Padding::Raw => (lc::RSA_NO_PADDING, None),
            Padding::Oaep(_) => (lc::RSA_PKCS1_OAEP_PADDING, None),
            Padding::Signature(SignatureScheme::RsaPkcs1(hash)) => (lc::RSA_PKCS1_PADDING, Some(hash)),
            Padding::Signature(SignatureScheme::RsaPss(hash)) => (lc::RSA_PKCS1_PSS_PADDING, Some(hash)),
            Padding::Signature(SignatureScheme::Ecdsa { .. } | SignatureScheme::Ed25519) => return Err(Refused),
        };
        // SAFETY: the context is live; this and the controls below only set numbers and static pointers in it.
        check(unsafe { lc::EVP_PKEY_CTX_set_rsa_padding(ctx, mode) })?;
        if let Some(hash) = hash {
            // SAFETY: as above.
            check(unsafe { lc::EVP_PKEY_CTX_set_signature_md(ctx, digest(hash)) })?;
        }
        if mode == lc::RSA_PKCS1_PSS_PADDING {
            // SAFETY: as above. MGF1 takes the hash of the signature when none is set.
            check(unsafe { lc::EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, lc::RSA_PSS_SALTLEN_DIGEST) })?;
        }
        if let Padding::Oaep(profile) = padding {
            // SAFETY: as above.
            check(unsafe { lc::EVP_PKEY_CTX_set_rsa_oaep_md(ctx, digest(profile.hash)) })?;
            // SAFETY: as above.
            check(unsafe { lc::EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest(profile.mgf_hash)) })?;
            self.label(profile.label)?;
        }
        Ok(())
    }

    /// Gives the context a copy of the label, which it then owns.
    fn label(&self, label: &[u8]) -> Result<(), Refused> {
        if label.is_empty() {
            return Ok(());
        }
        // SAFETY: `label` is readable for its length; the copy is owned here until it is handed over.
        let copy = NonNull::new(unsafe { lc::OPENSSL_memdup(label.as_ptr().cast(), label.len()) }).ok_or(Refused)?;
        // SAFETY: the context is live; on success it owns `copy`, made by AWS-LC's own allocator.
        let code = unsafe { lc::EVP_PKEY_CTX_set0_rsa_oaep_label(self.0.as_ptr(), copy.as_ptr().cast(), label.len()) };
        check(code).inspect_err(|Refused| {
            // SAFETY: on refusal the context did not take `copy`; it is freed once, here.
            unsafe { lc::OPENSSL_free(copy.as_ptr()) }
        })
    }
}

impl Drop for PkeyContext {
    fn drop(&mut self) {
        // SAFETY: the context is owned and freed once; its padding buffer is wiped by `OPENSSL_free`.
        unsafe { lc::EVP_PKEY_CTX_free(self.0.as_ptr()) }
    }
}

/// DER as AWS-LC wrote it, in its own memory; wiped when dropped.
struct Encoding(Box<lc::CBB>);

impl Encoding {
    fn of(
        key: &Pkey,
        writer: unsafe extern "C" fn(*mut lc::CBB, *const lc::EVP_PKEY) -> c_int,
    ) -> Result<Self, Refused> {
        // SAFETY: all zero is AWS-LC's own initial state of a CBB (`CBB_zero`), which `CBB_cleanup` accepts: it has
        // integers, a character and null pointers only. The box keeps its address.
        let mut encoding = Self(Box::new(unsafe { std::mem::zeroed() }));
        // SAFETY: the CBB is zeroed; 0 is the smallest first allocation, and it grows.
        check(unsafe { lc::CBB_init(&raw mut *encoding.0, 0) })?;
        // SAFETY: the CBB is live; the key is live and only read.
        check(unsafe { writer(&raw mut *encoding.0, key.key.as_ptr()) })?;
        Ok(encoding)
    }

    fn bytes(&self) -> &[u8] {
        let cbb = &raw const *self.0;
        // SAFETY: the writer flushed the CBB, which is what both functions ask for. The memory is owned by the CBB,
        // holds `len` written bytes and is not touched while `self` is borrowed. After a successful write it is not
        // null.
        unsafe { std::slice::from_raw_parts(lc::CBB_data(cbb), lc::CBB_len(cbb)) }
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        // SAFETY: the CBB is zeroed or initialised, and its memory is freed (and so wiped) once.
        unsafe { lc::CBB_cleanup(&raw mut *self.0) }
    }
}

/// The kinds of key that are not RSA.
const ON_CURVE: [c_int; 2] = [lc::EVP_PKEY_EC, lc::EVP_PKEY_X25519];

fn digest(hash: HashAlgorithm) -> *const lc::EVP_MD {
    // SAFETY: each takes nothing and answers a pointer to a static.
    unsafe {
        match hash {
            HashAlgorithm::Sha1 => lc::EVP_sha1(),
            HashAlgorithm::Sha256 => lc::EVP_sha256(),
            HashAlgorithm::Sha384 => lc::EVP_sha384(),
            HashAlgorithm::Sha512 => lc::EVP_sha512(),
        }
    }
}

/// AWS-LC answers 1 for success; 0 and negative numbers are refusals.
fn check(code: c_int) -> Result<(), Refused> {
    if code == 1 { Ok(()) } else { Err(refused()) }
}

/// A refusal, with this thread's error queue emptied so that nothing of it is found by others who use AWS-LC.
fn refused() -> Refused {
    // SAFETY: takes nothing and touches only the queue of this thread.
    unsafe { lc::ERR_clear_error() }
    Refused
}
