//! One provider and one key used by many threads at once.

use std::sync::Arc;
use std::thread;

use super::rsa::{PROFILES, pairs};
use super::same;
use crate::crypto::{CryptoProvider, HashAlgorithm, SignatureScheme};
use crate::error::{Error, Result};
use crate::secret::{Aes256Key, SecretBytes};

const THREADS: u8 = 8;
const ROUNDS: u8 = 10;

pub(super) fn side_by_side(provider: &CryptoProvider) -> Result<()> {
    let pair = Arc::new(pairs(provider)?.into_iter().next().ok_or_else(|| Error::internal("a key"))?);
    let scheme = SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256);
    let expected = pair.private.sign(scheme, b"message")?;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|worker| {
                let (pair, expected) = (Arc::clone(&pair), &expected);
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        let message = [worker, round, 7];
                        let (_, profile) =
                            PROFILES.get(usize::from(round % 4)).ok_or_else(|| Error::internal("four"))?;
                        let ciphertext = pair.public.encrypt_oaep(profile, &message)?;
                        same(pair.private.decrypt_oaep(profile, &ciphertext)?.expose(), &message, "OAEP")?;
                        same(&pair.private.sign(scheme, b"message")?, expected, "signature")?;
                        let pss = SignatureScheme::RsaPss(HashAlgorithm::Sha256);
                        pair.public.verify(pss, &message, &pair.private.sign(pss, &message)?)?;

                        let key = Aes256Key::new(SecretBytes::copy_from(&[worker; 32]))?;
                        let mut data = [round; 5000];
                        let tag = provider.aead.seal_in_place(&key, &[round; 16], &message, &mut data)?;
                        provider.aead.open_in_place(&key, &[round; 16], &message, &mut data, &tag)?;
                        same(&data, &[round; 5000], "GCM")?;
                    }
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(Error::internal("a thread panicked"))))
    })
}
