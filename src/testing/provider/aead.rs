//! AES-256 in GCM and ECB: NIST's examples, and nonces of every length against OpenSSL.

use super::answers::{answer, hex};
use super::{ensure, refused, same, undecryptable};
use crate::crypto::{CryptoProvider, Direction, TAG_LEN};
use crate::error::{Code, Error, Result};
use crate::secret::{Aes256Key, SecretBytes};

pub(super) fn ecb(provider: &CryptoProvider) -> Result<()> {
    // SP 800-38A F.1.5 and F.1.6.
    let key = key(&hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")?)?;
    let plaintext = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")?;
    let ciphertext = hex("f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870\
         b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7")?;
    for blocks in 0..=4usize {
        let len = blocks.saturating_mul(16);
        let (plain, cipher) = (plaintext.get(..len).unwrap_or_default(), ciphertext.get(..len).unwrap_or_default());
        let mut data = plain.to_vec();
        provider.block.ecb(Direction::Encrypt, &key, &mut data)?;
        same(&data, cipher, "ECB encryption")?;
        provider.block.ecb(Direction::Decrypt, &key, &mut data)?;
        same(&data, plain, "ECB decryption")?;
    }
    for len in [1, 15, 17, 31] {
        let mut data = vec![7; len];
        for direction in [Direction::Encrypt, Direction::Decrypt] {
            refused(provider.block.ecb(direction, &key, &mut data), Code::InvalidArgument, "part of an AES block")?;
        }
        same(&data, &vec![7; len], "a refused block")?;
    }
    Ok(())
}

pub(super) fn known_answers(provider: &CryptoProvider) -> Result<()> {
    for case in nist()?.into_iter().chain(openssl()?) {
        case.check(provider).map_err(|error| error.context(&case.name))?;
    }
    Ok(())
}

/// Streams in odd pieces give the text of the whole, both ways.
pub(super) fn pieces(provider: &CryptoProvider) -> Result<()> {
    for case in nist()?.into_iter().chain(openssl()?) {
        for size in [1, 2, 3, 5, 7, 15, 16, 17, 31, 32, 33, 1000] {
            case.check_pieces(provider, size).map_err(|error| error.context(&case.name))?;
        }
    }
    // Long enough for every bulk path inside a provider, with a piece that leaves it unaligned.
    let key = key(&[9; 32])?;
    let plaintext: Vec<u8> = (0..=250u8).cycle().take(100_001).collect();
    for nonce in [&[1; 12][..], &[1; 16]] {
        let mut sealed = plaintext.clone();
        let tag = provider.aead.seal_in_place(&key, nonce, b"aad", &mut sealed)?;
        let case = Case {
            name: format!("100 001 bytes, nonce of {}", nonce.len()),
            key: SecretBytes::copy_from(&[9; 32]),
            nonce: nonce.to_vec(),
            aad: b"aad".to_vec(),
            plaintext: plaintext.clone(),
            ciphertext: sealed,
            tag,
        };
        for size in [13, 4099, 65_536, 100_000] {
            case.check_pieces(provider, size).map_err(|error| error.context(&case.name))?;
        }
    }
    Ok(())
}

pub(super) fn refusals(provider: &CryptoProvider) -> Result<()> {
    let (key, tag) = (key(&[1; 32])?, [0; TAG_LEN]);
    let mut data = [7; 20];
    let nonce = Code::InvalidNonce;
    refused(provider.aead.seal_in_place(&key, b"", b"", &mut data), nonce, "sealing without a nonce")?;
    refused(provider.aead.open_in_place(&key, b"", b"", &mut data, &tag), nonce, "opening without a nonce")?;
    refused(provider.aead.seal_to(&key, b"", b"", &[7; 20], &mut data), nonce, "sealing without a nonce")?;
    refused(provider.aead.open_to(&key, b"", b"", &[7; 20], &tag, &mut data), nonce, "opening without a nonce")?;
    for direction in [Direction::Encrypt, Direction::Decrypt] {
        let started = provider.aead_stream.start(direction, &key, b"", b"");
        refused(started, nonce, "a stream without a nonce")?;
    }
    for (len, code) in [(19, Code::BufferTooSmall), (0, Code::BufferTooSmall), (21, Code::InvalidArgument)] {
        for nonce in [&[1; 12][..], &[1; 16]] {
            let mut out = vec![7; len];
            refused(provider.aead.seal_to(&key, nonce, b"", &[7; 20], &mut out), code, "sealing into another size")?;
            refused(
                provider.aead.open_to(&key, nonce, b"", &[7; 20], &tag, &mut out),
                code,
                "opening into another size",
            )?;
        }
    }
    let stream = provider.aead_stream.start(Direction::Encrypt, &key, b"nonce", b"")?;
    refused(stream.finish_open(&tag), Code::StreamState, "opening a sealing stream")?;
    let stream = provider.aead_stream.start(Direction::Decrypt, &key, b"nonce", b"")?;
    refused(stream.finish_seal(), Code::StreamState, "sealing an opening stream")?;

    for nonce in [&[1; 12][..], &[1; 16], &[1; 1]] {
        corruption(provider, &key, nonce)?;
    }
    Ok(())
}

/// Each changed bit of ciphertext and tag, and a changed nonce, key or aad: the one error, and no plaintext.
fn corruption(provider: &CryptoProvider, key: &Aes256Key, nonce: &[u8]) -> Result<()> {
    let plaintext = [0x5a; 40];
    let mut sealed = plaintext;
    let tag = provider.aead.seal_in_place(key, nonce, b"aad", &mut sealed)?;
    let rejects = |key: &Aes256Key, nonce: &[u8], aad: &[u8], sealed: &[u8], tag: &[u8; TAG_LEN]| {
        let mut data = sealed.to_vec();
        undecryptable(provider.aead.open_in_place(key, nonce, aad, &mut data, tag), "in place")?;
        same(&data, &vec![0; sealed.len()], "refused data in place is wiped")?;
        let mut out = vec![0xff; sealed.len()];
        undecryptable(provider.aead.open_to(key, nonce, aad, sealed, tag, &mut out), "into a buffer")?;
        same(&out, &vec![0; sealed.len()], "a refused output is wiped")?;
        let mut data = sealed.to_vec();
        let mut stream = provider.aead_stream.start(Direction::Decrypt, key, nonce, aad)?;
        stream.update(&mut data)?;
        undecryptable(stream.finish_open(tag), "in a stream")
    };
    for bit in 0..8u32 {
        for at in 0..sealed.len() {
            let mut bad = sealed;
            bad.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
            rejects(key, nonce, b"aad", &bad, &tag)?;
        }
        for at in 0..TAG_LEN {
            let mut bad = tag;
            bad.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
            rejects(key, nonce, b"aad", &sealed, &bad)?;
        }
    }
    let mut other_nonce = nonce.to_vec();
    other_nonce.push(0);
    rejects(key, &other_nonce, b"aad", &sealed, &tag)?;
    rejects(key, nonce, b"aae", &sealed, &tag)?;
    rejects(key, nonce, b"", &sealed, &tag)?;
    rejects(&self::key(&[2; 32])?, nonce, b"aad", &sealed, &tag)?;
    rejects(key, nonce, b"aad", sealed.get(..39).unwrap_or_default(), &tag)?;
    rejects(key, nonce, b"aad", b"", &tag)
}

struct Case {
    name: String,
    key: SecretBytes,
    nonce: Vec<u8>,
    aad: Vec<u8>,
    plaintext: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: [u8; TAG_LEN],
}

impl Case {
    fn check(&self, provider: &CryptoProvider) -> Result<()> {
        let key = key(self.key.expose())?;
        let mut data = self.plaintext.clone();
        let tag = provider.aead.seal_in_place(&key, &self.nonce, &self.aad, &mut data)?;
        same(&data, &self.ciphertext, "sealed in place")?;
        same(&tag, &self.tag, "tag in place")?;
        provider.aead.open_in_place(&key, &self.nonce, &self.aad, &mut data, &tag)?;
        same(&data, &self.plaintext, "opened in place")?;

        let mut out = vec![0xff; self.plaintext.len()];
        let tag = provider.aead.seal_to(&key, &self.nonce, &self.aad, &self.plaintext, &mut out)?;
        same(&out, &self.ciphertext, "sealed into a buffer")?;
        same(&tag, &self.tag, "tag of a buffer")?;
        provider.aead.open_to(&key, &self.nonce, &self.aad, &self.ciphertext, &tag, &mut out)?;
        same(&out, &self.plaintext, "opened into a buffer")
    }

    fn check_pieces(&self, provider: &CryptoProvider, size: usize) -> Result<()> {
        let key = key(self.key.expose())?;
        let mut data = self.plaintext.clone();
        let mut stream = provider.aead_stream.start(Direction::Encrypt, &key, &self.nonce, &self.aad)?;
        for piece in data.chunks_mut(size) {
            stream.update(piece)?;
            stream.update(&mut [])?;
        }
        same(&stream.finish_seal()?, &self.tag, &format!("tag of pieces of {size}"))?;
        same(&data, &self.ciphertext, &format!("sealed in pieces of {size}"))?;

        let mut stream = provider.aead_stream.start(Direction::Decrypt, &key, &self.nonce, &self.aad)?;
        data.chunks_mut(size).try_for_each(|piece| stream.update(piece))?;
        stream.finish_open(&self.tag)?;
        same(&data, &self.plaintext, &format!("opened in pieces of {size}"))
    }
}

/// The AES-256 test cases 13 to 18 of "The Galois/Counter Mode of Operation" (McGrew and Viega), which NIST took over:
/// nonces of 12, 8 and 60 bytes.
fn nist() -> Result<Vec<Case>> {
    let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    let aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
    let text = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
    let short = text.get(..120).unwrap_or_default();
    let zero = "0000000000000000000000000000000000000000000000000000000000000000";
    let long_nonce = "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728\
                      c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b";
    let cases = [
        (zero, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        (
            zero,
            "000000000000000000000000",
            "",
            "00000000000000000000000000000000",
            "cea7403d4d606b6e074ec5d3baf39d18",
            "d0d1c8a799996bf0265b98b5d48ab919",
        ),
        (
            key,
            "cafebabefacedbaddecaf888",
            "",
            text,
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            "b094dac5d93471bdec1a502270e3cc6c",
        ),
        (
            key,
            "cafebabefacedbaddecaf888",
            aad,
            short,
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
        (
            key,
            "cafebabefacedbad",
            aad,
            short,
            "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0\
             feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
            "3a337dbf46a792c45e454913fe2ea8f2",
        ),
        (
            key,
            long_nonce,
            aad,
            short,
            "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf4\
             0fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
            "a44a8266ee1c8eb0c8b5d4cf5ae9f19a",
        ),
    ];
    (13u32..)
        .zip(cases)
        .map(|(number, (key, nonce, aad, plaintext, ciphertext, tag))| {
            Ok(Case {
                name: format!("test case {number}"),
                key: SecretBytes::from_vec(hex(key)?),
                nonce: hex(nonce)?,
                aad: hex(aad)?,
                plaintext: hex(plaintext)?,
                ciphertext: hex(ciphertext)?,
                tag: hex(tag)?.try_into().map_err(|_| Error::internal("a tag has 16 bytes"))?,
            })
        })
        .collect()
}

/// Nonces of 1 to 64 bytes: see `vectors/make.py`.
fn openssl() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for nonce_len in [1u8, 4, 8, 12, 13, 16, 32, 64] {
        for (aad_len, text_len) in [(0u8, 0u8), (20, 0), (0, 64), (13, 77), (32, 16)] {
            let name = format!("gcm_{nonce_len}_{aad_len}_{text_len}");
            let mut ciphertext = answer(&name)?;
            let tag = ciphertext.split_off(usize::from(text_len));
            cases.push(Case {
                name,
                key: SecretBytes::from_vec((0..32).collect()),
                nonce: (0x80..).take(usize::from(nonce_len)).collect(),
                aad: (0..aad_len).collect(),
                plaintext: (0..text_len).map(|at| at.wrapping_mul(3).wrapping_add(1)).collect(),
                ciphertext,
                tag: tag.try_into().map_err(|_| Error::internal("a tag has 16 bytes"))?,
            });
        }
    }
    ensure(cases.len() == 40, || "40 answers".into())?;
    Ok(cases)
}

fn key(bytes: &[u8]) -> Result<Aes256Key> {
    Aes256Key::new(SecretBytes::copy_from(bytes))
}
