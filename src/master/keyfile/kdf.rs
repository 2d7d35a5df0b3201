//! Key derivation and integrity of PKCS#12 (RFC 7292 §B, appendix C).

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::Result;
use crate::secret::{Passphrase, SecretBytes};

/// What a derived key is for; the "diversifier" of RFC 7292 §B.3.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// RFC 7292 §B.2 with `iterations` of `hash`. It is what a PKCS#12 MAC and the old encryption schemes use.
pub(super) fn derive(
    provider: &CryptoProvider,
    hash: HashAlgorithm,
    purpose: Purpose,
    passphrase: &Passphrase,
    salt: &[u8],
    iterations: u32,
    len: usize,
) -> SecretBytes {
    let block = match hash {
        HashAlgorithm::Sha1 | HashAlgorithm::Sha256 => 64,
        HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => 128,
    };
    // The passphrase as BMPString with its two bytes of zero (RFC 7292 §B.1). It is printable ASCII.
    let units = passphrase.expose().iter().copied().chain([0]).flat_map(|character| [0, character]);
    let password = collect(passphrase.expose().len().saturating_add(1).saturating_mul(2), units);

    // Steps 1 to 4: the diversifier, and salt and passphrase each repeated to whole blocks.
    let whole = |len: usize| len.div_ceil(block).saturating_mul(block);
    let (salt_len, password_len) = (whole(salt.len()), whole(password.len()));
    let repeated =
        salt.iter().cycle().take(salt_len).chain(password.expose().iter().cycle().take(password_len)).copied();
    let mut input = collect(salt_len.saturating_add(password_len), repeated);
    let diversifier = vec![purpose as u8; block];

    // Steps 5 to 8.
    let mut out = SecretBytes::zeroed(len);
    let digest_len = hash.digest_len();
    for piece in out.expose_mut().chunks_mut(digest_len) {
        let mut stream = provider.hash.start(hash);
        stream.update(&diversifier);
        stream.update(input.expose());
        let mut digest = Zeroizing::new(stream.finish());
        for _ in 1..iterations {
            digest = Zeroizing::new(provider.hash.digest(hash, &digest));
        }
        for (to, from) in piece.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        // I_j = I_j + B + 1 modulo 2^(8 * block), B being the digest repeated to a block.
        let addend = collect(block, digest.iter().cycle().take(block).copied());
        for block in input.expose_mut().chunks_mut(block) {
            let mut carry = 1u16;
            for (to, add) in block.iter_mut().rev().zip(addend.expose().iter().rev()) {
                let [high, low] = u16::from(*to).wrapping_add(u16::from(*add)).wrapping_add(carry).to_be_bytes();
                *to = low;
                carry = u16::from(high);
            }
        }
    }
    out
}

/// The MAC over the authenticated safe (RFC 7292 §5.1): HMAC under a key from [`derive`], as long as the digest.
pub(super) fn mac(
    provider: &CryptoProvider,
    hash: HashAlgorithm,
    passphrase: &Passphrase,
    salt: &[u8],
    iterations: u32,
    data: &[u8],
) -> Result<SecretBytes> {
    let key = derive(provider, hash, Purpose::Mac, passphrase, salt, iterations, hash.digest_len());
    provider.kdf.hmac(hash, key.expose(), data)
}

/// Whether a MAC that was read is the one that was computed, in constant time.
pub(super) fn same_mac(computed: &SecretBytes, read: &[u8]) -> bool {
    computed.expose().ct_eq(read).into()
}

/// Exactly `len` bytes of an iterator, without a copy that is not wiped.
fn collect(len: usize, bytes: impl Iterator<Item = u8>) -> SecretBytes {
    let mut secret = SecretBytes::zeroed(len);
    for (to, from) in secret.expose_mut().iter_mut().zip(bytes) {
        *to = from;
    }
    secret
}
