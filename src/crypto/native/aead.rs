//! AES-256-GCM: whole buffers by aws-lc-rs or ring, streams and other nonces by EVP; and AES-256 on single blocks.

use aws_lc_rs::aead as lc;
use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use ring::aead as ring;
use zeroize::Zeroize;

use super::evp;
use crate::crypto::gcm::{check_lengths, check_nonce, check_text_len};
use crate::crypto::{Aes256Blocks, Aes256Gcm, Aes256GcmStreams, Direction, GcmStream, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::secret::{Aes256Key, with_clean_stack};

/// Whole buffers with 12-byte nonces by AWS-LC.
pub(super) static AWS_LC: Aead = Aead(Library::AwsLc);
/// Whole buffers with 12-byte nonces by ring.
pub(super) static RING: Aead = Aead(Library::Ring);

/// Whether ring's AES-GCM is the faster one here: it uses VAES with 256-bit registers, which AWS-LC does only with
/// AVX-512, where it leads (performance.md §1).
pub(super) fn ring_is_faster() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("vaes")
            && is_x86_feature_detected!("vpclmulqdq")
            && !is_x86_feature_detected!("avx512f")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// AES-256-GCM on whole buffers.
#[derive(Debug)]
pub(super) struct Aead(Library);

#[derive(Debug, Clone, Copy)]
enum Library {
    AwsLc,
    Ring,
}

/// Who computes one call: a library's one-shot for nonces of 12 bytes, EVP for all others.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one call")]
enum Route {
    AwsLc(lc::LessSafeKey, [u8; lc::NONCE_LEN]),
    Ring(ring::LessSafeKey, [u8; ring::NONCE_LEN]),
    Evp(evp::Gcm),
}

impl Aead {
    /// ring moves its key schedule about on the stack and does not wipe it; AWS-LC keeps its own on the heap and does.
    fn cleanly<T>(&self, work: impl FnOnce() -> T) -> T {
        match self.0 {
            Library::AwsLc => work(),
            Library::Ring => with_clean_stack(work),
        }
    }

    fn route(&self, direction: Direction, key: &Aes256Key, nonce: &[u8], aad: &[u8], len: usize) -> Result<Route> {
        check_nonce(nonce)?;
        check_text_len(0, len)?;
        let key = key.expose()?;
        let Ok(short) = nonce.try_into() else {
            let gcm = evp::Gcm::start(direction, key, nonce, aad).map_err(|_| refused(direction))?;
            return Ok(Route::Evp(gcm));
        };
        let unusable = || Error::internal("AES-256-GCM refused its key");
        Ok(match self.0 {
            Library::AwsLc => {
                let key = lc::UnboundKey::new(&lc::AES_256_GCM, key).map_err(|_| unusable())?;
                Route::AwsLc(lc::LessSafeKey::new(key), short)
            }
            Library::Ring => {
                let key = ring::UnboundKey::new(&ring::AES_256_GCM, key).map_err(|_| unusable())?;
                Route::Ring(ring::LessSafeKey::new(key), short)
            }
        })
    }
}

impl Aes256Gcm for Aead {
    fn seal_in_place(&self, key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; TAG_LEN]> {
        self.cleanly(|| {
            match self.route(Direction::Encrypt, key, nonce, aad, data.len())? {
                Route::AwsLc(key, nonce) => {
                    let nonce = lc::Nonce::assume_unique_for_key(nonce);
                    key.seal_in_place_separate_tag(nonce, lc::Aad::from(aad), data)
                        .ok()
                        .and_then(|tag| tag.as_ref().try_into().ok())
                }
                Route::Ring(key, nonce) => {
                    let nonce = ring::Nonce::assume_unique_for_key(nonce);
                    key.seal_in_place_separate_tag(nonce, ring::Aad::from(aad), data)
                        .ok()
                        .and_then(|tag| tag.as_ref().try_into().ok())
                }
                Route::Evp(mut gcm) => gcm.in_place(data).and_then(|()| gcm.tag()).ok(),
            }
            .ok_or_else(|| refused(Direction::Encrypt))
        })
    }

    fn open_in_place(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<()> {
        let good = self.cleanly(|| -> Result<bool> {
            Ok(match self.route(Direction::Decrypt, key, nonce, aad, data.len())? {
                Route::AwsLc(key, nonce) => {
                    let nonce = lc::Nonce::assume_unique_for_key(nonce);
                    key.open_in_place_separate_tag(nonce, lc::Aad::from(aad), tag, data).is_ok()
                }
                Route::Ring(key, nonce) => {
                    let nonce = ring::Nonce::assume_unique_for_key(nonce);
                    key.open_in_place_separate_tag(nonce, ring::Aad::from(aad), (*tag).into(), data, 0..).is_ok()
                }
                Route::Evp(mut gcm) => gcm.in_place(data).and_then(|()| gcm.verify(tag)).is_ok(),
            })
        })?;
        opened(good, data)
    }

    fn seal_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; TAG_LEN]> {
        check_lengths(plaintext.len(), out.len())?;
        self.cleanly(|| {
            match self.route(Direction::Encrypt, key, nonce, aad, plaintext.len())? {
                Route::AwsLc(key, nonce) => {
                    let nonce = lc::Nonce::assume_unique_for_key(nonce);
                    let mut tag = [0; TAG_LEN];
                    key.seal_out_of_place_scatter(nonce, lc::Aad::from(aad), plaintext, out, &[], &mut tag)
                        .ok()
                        .map(|()| tag)
                }
                Route::Ring(key, nonce) => {
                    let nonce = ring::Nonce::assume_unique_for_key(nonce);
                    // ring works in place only.
                    out.copy_from_slice(plaintext);
                    key.seal_in_place_separate_tag(nonce, ring::Aad::from(aad), out)
                        .ok()
                        .and_then(|tag| tag.as_ref().try_into().ok())
                }
                Route::Evp(mut gcm) => gcm.copy(plaintext, out).and_then(|()| gcm.tag()).ok(),
            }
            .ok_or_else(|| refused(Direction::Encrypt))
        })
    }

    fn open_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        check_lengths(ciphertext.len(), out.len())?;
        let good = self.cleanly(|| -> Result<bool> {
            Ok(match self.route(Direction::Decrypt, key, nonce, aad, ciphertext.len())? {
                Route::AwsLc(key, nonce) => {
                    let nonce = lc::Nonce::assume_unique_for_key(nonce);
                    key.open_separate_gather(nonce, lc::Aad::from(aad), ciphertext, tag, out).is_ok()
                }
                Route::Ring(key, nonce) => {
                    let nonce = ring::Nonce::assume_unique_for_key(nonce);
                    out.copy_from_slice(ciphertext);
                    key.open_in_place_separate_tag(nonce, ring::Aad::from(aad), (*tag).into(), out, 0..).is_ok()
                }
                Route::Evp(mut gcm) => gcm.copy(ciphertext, out).and_then(|()| gcm.verify(tag)).is_ok(),
            })
        })?;
        opened(good, out)
    }
}

/// Starts streams.
#[derive(Debug)]
pub(super) struct Streams;

impl Aes256GcmStreams for Streams {
    fn start(&self, direction: Direction, key: &Aes256Key, nonce: &[u8], aad: &[u8]) -> Result<Box<dyn GcmStream>> {
        check_nonce(nonce)?;
        let gcm = evp::Gcm::start(direction, key.expose()?, nonce, aad).map_err(|_| refused(direction))?;
        Ok(Box::new(Stream { gcm, direction, text_len: 0 }))
    }
}

#[derive(Debug)]
struct Stream {
    gcm: evp::Gcm,
    direction: Direction,
    text_len: u64,
}

impl GcmStream for Stream {
    fn update(&mut self, data: &mut [u8]) -> Result<()> {
        self.text_len = check_text_len(self.text_len, data.len())?;
        self.gcm.in_place(data).map_err(|_| refused(self.direction))
    }

    fn finish_seal(self: Box<Self>) -> Result<[u8; TAG_LEN]> {
        self.direction(Direction::Encrypt)?;
        self.gcm.tag().map_err(|_| refused(Direction::Encrypt))
    }

    fn finish_open(self: Box<Self>, tag: &[u8; TAG_LEN]) -> Result<()> {
        self.direction(Direction::Decrypt)?;
        self.gcm.verify(tag).map_err(|_| Error::decryption_failed())
    }
}

impl Stream {
    fn direction(&self, wanted: Direction) -> Result<()> {
        if self.direction == wanted {
            return Ok(());
        }
        Err(Error::new(Code::StreamState, "the stream goes the other way"))
    }
}

/// AES-256 on single blocks.
#[derive(Debug)]
pub(super) struct Blocks;

impl Aes256Blocks for Blocks {
    fn ecb(&self, direction: Direction, key: &Aes256Key, blocks: &mut [u8]) -> Result<()> {
        if !blocks.len().is_multiple_of(16) {
            return Err(Error::new(Code::InvalidArgument, "AES in ECB takes whole blocks of 16 bytes"));
        }
        let failed = |_| Error::internal("AES-256 refused its key or its blocks");
        let key = UnboundCipherKey::new(&AES_256, key.expose()?).map_err(failed)?;
        match direction {
            Direction::Encrypt => {
                EncryptingKey::ecb(key).map_err(failed)?.encrypt(blocks).map_err(failed)?;
            }
            Direction::Decrypt => {
                let key = DecryptingKey::ecb(key).map_err(failed)?;
                key.decrypt(blocks, DecryptionContext::None).map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn opened(good: bool, plaintext: &mut [u8]) -> Result<()> {
    if good {
        return Ok(());
    }
    plaintext.zeroize();
    Err(Error::decryption_failed())
}

/// What is left when lengths were checked before: no memory.
fn refused(direction: Direction) -> Error {
    match direction {
        Direction::Encrypt => Error::internal("AES-256-GCM refused to encrypt"),
        Direction::Decrypt => Error::decryption_failed(),
    }
}
