//! SHA-1 and SHA-2, HMAC, HKDF and PBKDF2 of aws-lc-rs.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::{digest, hkdf, hmac, pbkdf2};

use crate::crypto::{Hash, HashAlgorithm, HashStream, Kdf, check_iterations};
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

/// Hashing.
#[derive(Debug)]
pub(super) struct Digests;

impl Hash for Digests {
    fn digest(&self, algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8> {
        digest::digest(hash(algorithm), data).as_ref().to_vec()
    }

    fn start(&self, algorithm: HashAlgorithm) -> Box<dyn HashStream> {
        Box::new(Stream(digest::Context::new(hash(algorithm))))
    }
}

struct Stream(digest::Context);

impl HashStream for Stream {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashStream")
    }
}

/// Message authentication and key derivation.
#[derive(Debug)]
pub(super) struct Kdfs;

impl Kdf for Kdfs {
    fn hmac(&self, algorithm: HashAlgorithm, key: &[u8], data: &[u8]) -> Result<SecretBytes> {
        let key = hmac::Key::new(mac(algorithm), key);
        let mut code = SecretBytes::zeroed(algorithm.digest_len());
        hmac::sign_to_buffer(&key, data, code.expose_mut())
            .map_err(|_| Error::internal("HMAC refused a code of its own size"))?;
        Ok(code)
    }

    fn hkdf(&self, algorithm: HashAlgorithm, salt: &[u8], input: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
        let too_long = || Error::new(Code::TooLarge, "HKDF gives at most 255 digests");
        if out.len() > algorithm.digest_len().saturating_mul(255) {
            return Err(too_long());
        }
        let key = hkdf::Salt::new(extract(algorithm), salt).extract(input);
        let parts = [info];
        let okm = key.expand(&parts, Length(out.len())).map_err(|_| too_long())?;
        okm.fill(out).map_err(|_| Error::internal("HKDF refused a length it took before"))
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
        let count = NonZeroU32::new(iterations).ok_or(Error::internal("the iterations were checked"))?;
        // The library panics over 2^32 - 1 digests (RFC 8018 §5.2); no key comes near.
        if u32::try_from(out.len()).is_err() {
            return Err(Error::new(Code::TooLarge, "PBKDF2 gives less than 4 GiB"));
        }
        pbkdf2::derive(password_based(algorithm), count, salt, password, out);
        Ok(())
    }
}

/// A length in bytes, as aws-lc-rs wants it said.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// The hash of aws-lc-rs.
pub(super) fn hash(algorithm: HashAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        HashAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha256 => &digest::SHA256,
        HashAlgorithm::Sha384 => &digest::SHA384,
        HashAlgorithm::Sha512 => &digest::SHA512,
    }
}

fn mac(algorithm: HashAlgorithm) -> hmac::Algorithm {
    match algorithm {
        HashAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha256 => hmac::HMAC_SHA256,
        HashAlgorithm::Sha384 => hmac::HMAC_SHA384,
        HashAlgorithm::Sha512 => hmac::HMAC_SHA512,
    }
}

fn extract(algorithm: HashAlgorithm) -> hkdf::Algorithm {
    match algorithm {
        HashAlgorithm::Sha1 => hkdf::HKDF_SHA1_FOR_LEGACY_USE_ONLY,
        HashAlgorithm::Sha256 => hkdf::HKDF_SHA256,
        HashAlgorithm::Sha384 => hkdf::HKDF_SHA384,
        HashAlgorithm::Sha512 => hkdf::HKDF_SHA512,
    }
}

fn password_based(algorithm: HashAlgorithm) -> pbkdf2::Algorithm {
    match algorithm {
        HashAlgorithm::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HashAlgorithm::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HashAlgorithm::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HashAlgorithm::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    }
}
