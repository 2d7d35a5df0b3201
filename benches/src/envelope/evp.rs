//! The contestant made with OpenSSL's EVP: the same envelope, on the caller's buffer, contexts used again.

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey::{PKey, Private, Public};
use openssl::pkey_ctx::PkeyCtx;
use openssl::rand::rand_bytes;
use openssl::rsa::Padding;

use crate::layout::{AAD_AT, DATA_AT, HEADER, KEY_AT, SPLITTER, SPLITTER_AT, TAG_LEN, THUMBPRINT_AT, part};

/// Makes and opens `VER_R2` envelopes.
pub(crate) struct Evp {
    encrypt: PkeyCtx<Public>,
    decrypt: PkeyCtx<Private>,
    cipher: CipherCtx,
    thumbprint: [u8; 32],
}

impl Evp {
    pub(crate) fn new(certificate_pem: &[u8], pkcs8_der: &[u8]) -> Result<Self, ErrorStack> {
        let certificate = openssl::x509::X509::from_pem(certificate_pem)?;
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(&certificate.digest(openssl::hash::MessageDigest::sha256())?);
        let public = certificate.public_key()?;
        let private = PKey::private_key_from_pkcs8(pkcs8_der)?;
        let mut encrypt = PkeyCtx::new(&public)?;
        encrypt.encrypt_init()?;
        let mut decrypt = PkeyCtx::new(&private)?;
        decrypt.decrypt_init()?;
        encrypt.set_rsa_padding(Padding::PKCS1_OAEP)?;
        encrypt.set_rsa_oaep_md(Md::sha256())?;
        encrypt.set_rsa_mgf1_md(Md::sha256())?;
        decrypt.set_rsa_padding(Padding::PKCS1_OAEP)?;
        decrypt.set_rsa_oaep_md(Md::sha256())?;
        decrypt.set_rsa_mgf1_md(Md::sha256())?;
        Ok(Self { encrypt, decrypt, cipher: CipherCtx::new()?, thumbprint })
    }

    /// Encrypts `plaintext` into `out`, which has the size of the envelope.
    pub(crate) fn seal(&mut self, plaintext: &[u8], out: &mut [u8]) -> Result<(), ErrorStack> {
        let mut key = [0; 32];
        rand_bytes(&mut key)?;
        let mut aad = [0; 32];
        rand_bytes(&mut aad)?;
        part(out, 0, HEADER.len()).copy_from_slice(HEADER);
        part(out, THUMBPRINT_AT, 32).copy_from_slice(&self.thumbprint);
        self.encrypt.encrypt(&key, Some(part(out, KEY_AT, 256)))?;
        part(out, SPLITTER_AT, SPLITTER.len()).copy_from_slice(SPLITTER);
        part(out, AAD_AT, 32).copy_from_slice(&aad);
        let tag =
            self.gcm(&key, aad.get(..12).unwrap_or_default(), &aad, plaintext, part(out, DATA_AT, plaintext.len()))?;
        let at = DATA_AT.saturating_add(plaintext.len());
        part(out, at, TAG_LEN).copy_from_slice(&tag);
        Ok(())
    }

    /// Decrypts `envelope` into `out`, which has the size of the plaintext.
    pub(crate) fn open(&mut self, envelope: &[u8], out: &mut [u8]) -> Result<(), ErrorStack> {
        let get = |at: usize, len: usize| envelope.get(at..at.saturating_add(len)).unwrap_or_default();
        let mut key = [0; 256];
        let len = self.decrypt.decrypt(get(KEY_AT, 256), Some(&mut key))?;
        let aad = get(AAD_AT, 32);
        let cipher = &mut self.cipher;
        cipher.decrypt_init(Some(Cipher::aes_256_gcm()), key.get(..len), aad.get(..12))?;
        cipher.cipher_update(aad, None)?;
        cipher.cipher_update(get(DATA_AT, out.len()), Some(out))?;
        cipher.set_tag(get(DATA_AT.saturating_add(out.len()), TAG_LEN))?;
        cipher.cipher_final(&mut [])?;
        Ok(())
    }

    /// One-shot GCM under a nonce of 12 or 16 bytes.
    pub(crate) fn gcm(
        &mut self,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<[u8; 16], ErrorStack> {
        let cipher = &mut self.cipher;
        cipher.encrypt_init(Some(Cipher::aes_256_gcm()), None, None)?;
        cipher.set_iv_length(nonce.len())?;
        cipher.encrypt_init(None, Some(key), Some(nonce))?;
        cipher.cipher_update(aad, None)?;
        cipher.cipher_update(plaintext, Some(out))?;
        cipher.cipher_final(&mut [])?;
        let mut tag = [0; 16];
        cipher.tag(&mut tag)?;
        Ok(tag)
    }
}
