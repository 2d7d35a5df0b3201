//! SHA-1 and SHA-2: the examples of FIPS 180-4 and NIST's long message.

use super::answers::hex;
use super::same;
use crate::crypto::{CryptoProvider, HashAlgorithm};
use crate::error::Result;

/// Empty text, "abc", and a million "a" (NIST, Examples with Intermediate Values).
const KNOWN: [(HashAlgorithm, [&str; 3]); 4] = [
    (
        HashAlgorithm::Sha1,
        [
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
        ],
    ),
    (
        HashAlgorithm::Sha256,
        [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        ],
    ),
    (
        HashAlgorithm::Sha384,
        [
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
        ],
    ),
    (
        HashAlgorithm::Sha512,
        [
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
             47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb\
             de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
        ],
    ),
];

pub(super) fn known_answers(provider: &CryptoProvider) -> Result<()> {
    let million = vec![b'a'; 1_000_000];
    for (algorithm, digests) in KNOWN {
        for (text, digest) in [&b""[..], b"abc", &million].into_iter().zip(digests) {
            let found = provider.hash.digest(algorithm, text);
            same(&found, &hex(digest)?, &format!("{algorithm:?} of {} bytes", text.len()))?;
        }
    }
    Ok(())
}

/// Streams in pieces of every size around a block give the digest of the whole.
pub(super) fn pieces(provider: &CryptoProvider) -> Result<()> {
    let text: Vec<u8> = (0..=255u8).cycle().take(1000).collect();
    for (algorithm, _) in KNOWN {
        let whole = provider.hash.digest(algorithm, &text);
        for size in [1, 3, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000] {
            let mut stream = provider.hash.start(algorithm);
            for piece in text.chunks(size) {
                stream.update(piece);
                stream.update(b"");
            }
            same(&stream.finish(), &whole, &format!("{algorithm:?} in pieces of {size}"))?;
        }
    }
    Ok(())
}
