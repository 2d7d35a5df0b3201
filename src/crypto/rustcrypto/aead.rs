//! AES-256: GCM by `crypto/gcm.rs`, and ECB on whole blocks.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes256, Block};

use super::RustCrypto;
use crate::crypto::gcm::{self, Gcm};
use crate::crypto::{Aes256Blocks, Aes256Gcm, Aes256GcmStreams, Direction, GcmStream, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::secret::{Aes256Key, with_clean_stack};

impl Aes256Gcm for RustCrypto {
    fn seal_in_place(&self, key: &Aes256Key, nonce: &[u8], aad: &[u8], data: &mut [u8]) -> Result<[u8; TAG_LEN]> {
        with_clean_stack(|| gcm::seal_in_place(key, nonce, aad, data))
    }

    fn open_in_place(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<()> {
        with_clean_stack(|| gcm::open_in_place(key, nonce, aad, data, tag))
    }

    fn seal_to(
        &self,
        key: &Aes256Key,
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; TAG_LEN]> {
        with_clean_stack(|| gcm::seal_to(key, nonce, aad, plaintext, out))
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
        with_clean_stack(|| gcm::open_to(key, nonce, aad, ciphertext, tag, out))
    }
}

impl Aes256GcmStreams for RustCrypto {
    fn start(&self, direction: Direction, key: &Aes256Key, nonce: &[u8], aad: &[u8]) -> Result<Box<dyn GcmStream>> {
        let stream = with_clean_stack(|| Gcm::new(direction, key, nonce, aad).map(Box::new))?;
        Ok(stream)
    }
}

impl Aes256Blocks for RustCrypto {
    fn ecb(&self, direction: Direction, key: &Aes256Key, blocks: &mut [u8]) -> Result<()> {
        let (whole, rest) = Block::slice_as_chunks_mut(blocks);
        if !rest.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "AES blocks have a multiple of 16 bytes"));
        }
        with_clean_stack(|| {
            let cipher = Aes256::new(key.expose()?.into());
            match direction {
                Direction::Encrypt => cipher.encrypt_blocks(whole),
                Direction::Decrypt => cipher.decrypt_blocks(whole),
            }
            Ok(())
        })
    }
}
