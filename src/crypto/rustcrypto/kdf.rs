//! HMAC (RFC 2104), HKDF (RFC 5869) and PBKDF2 (RFC 8018 §5.2).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use zeroize::Zeroize;

use super::RustCrypto;
use super::hash::with_digest;
use crate::crypto::{HashAlgorithm, Kdf, check_iterations};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

impl Kdf for RustCrypto {
    fn hmac(&self, algorithm: HashAlgorithm, key: &[u8], data: &[u8]) -> Result<SecretBytes> {
        with_digest!(algorithm, D => {
            let mut mac = Hmac::<D>::new_from_slice(key).map_err(|_| Error::internal("HMAC takes keys of any length"))?;
            mac.update(data);
            let mut code = mac.finalize().into_bytes();
            let secret = SecretBytes::copy_from(&code);
            code.zeroize();
            Ok(secret)
        })
    }

    fn hkdf(&self, algorithm: HashAlgorithm, salt: &[u8], input: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
        with_digest!(algorithm, D => Hkdf::<D>::new(Some(salt), input).expand(info, out))
            .map_err(|_| Error::new(Code::TooLarge, "HKDF gives at most 255 digests"))
    }

    fn pbkdf2(
        &self,
        algorithm: HashAlgorithm,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
        out: &mut [u8],
    ) -> Result<()> {
        check_iterations(iterations)?;
        with_digest!(algorithm, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, iterations, out));
        Ok(())
    }
}
