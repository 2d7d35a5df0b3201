//! SHA-1 and SHA-2 (FIPS 180-4).

use std::fmt;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::RustCrypto;
use crate::crypto::{Hash, HashAlgorithm, HashStream};

/// Runs `$body` with the type `$digest` that stands for `$algorithm`.
macro_rules! with_digest {
    ($algorithm:expr, $digest:ident => $body:expr) => {
        match $algorithm {
            HashAlgorithm::Sha1 => {
                type $digest = sha1::Sha1;
                $body
            }
            HashAlgorithm::Sha256 => {
                type $digest = sha2::Sha256;
                $body
            }
            HashAlgorithm::Sha384 => {
                type $digest = sha2::Sha384;
                $body
            }
            HashAlgorithm::Sha512 => {
                type $digest = sha2::Sha512;
                $body
            }
        }
    };
}
pub(super) use with_digest;

impl Hash for RustCrypto {
    fn digest(&self, algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8> {
        with_digest!(algorithm, D => D::digest(data).to_vec())
    }

    fn start(&self, algorithm: HashAlgorithm) -> Box<dyn HashStream> {
        match algorithm {
            HashAlgorithm::Sha1 => Box::new(Stream(Sha1::new())),
            HashAlgorithm::Sha256 => Box::new(Stream(Sha256::new())),
            HashAlgorithm::Sha384 => Box::new(Stream(Sha384::new())),
            HashAlgorithm::Sha512 => Box::new(Stream(Sha512::new())),
        }
    }
}

struct Stream<D>(D);

impl<D: Digest + Send> HashStream for Stream<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

/// Without the state: it may have taken in a secret.
impl<D> fmt::Debug for Stream<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashStream")
    }
}
