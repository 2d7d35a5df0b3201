//! Known answers, refusals and threads. The conformance suite of all providers is `testing::provider`.

use std::sync::{Arc, LazyLock};
use std::thread;

use super::*;
use crate::crypto::{
    Aes256Gcm, Direction, HashAlgorithm, OaepProfile, RsaPrivateKey, RsaPublicKey, SignatureScheme, TAG_LEN,
};

static KEY: LazyLock<Arc<dyn RsaPrivateKey>> = LazyLock::new(|| provider().rsa.generate(2048).unwrap());

const PROFILES: [OaepProfile; 6] = [
    OaepProfile::SHA256_MGF1_SHA256,
    OaepProfile::SHA256_MGF1_SHA1,
    OaepProfile::SHA256_MGF1_SHA256_LABEL_NUL,
    OaepProfile::SHA1_MGF1_SHA1,
    OaepProfile::new(HashAlgorithm::Sha512, HashAlgorithm::Sha256, b"a longer label than usual"),
    OaepProfile::new(HashAlgorithm::Sha384, HashAlgorithm::Sha384, b""),
];

const SCHEMES: [SignatureScheme; 6] = [
    SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
    SignatureScheme::RsaPkcs1(HashAlgorithm::Sha384),
    SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512),
    SignatureScheme::RsaPss(HashAlgorithm::Sha256),
    SignatureScheme::RsaPss(HashAlgorithm::Sha384),
    SignatureScheme::RsaPss(HashAlgorithm::Sha512),
];

fn public() -> Arc<dyn RsaPublicKey> {
    provider().rsa.import_public(KEY.spki_der()).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn aes(bytes: &[u8]) -> Aes256Key {
    Aes256Key::new(SecretBytes::copy_from(bytes)).unwrap()
}

/// Bytes that are not random but never repeat a block.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + (at >> 8) * 7) as u8).collect()
}

fn both() -> [&'static dyn Aes256Gcm; 2] {
    [provider_with_aws_lc().aead, provider_with_ring().aead]
}

/// Test cases 16, 17 and 18 of "The Galois/Counter Mode of Operation" (McGrew and Viega), appendix B.
const GCM: [(&str, &str, &str); 3] = [
    (
        "cafebabefacedbaddecaf888",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
    (
        "cafebabefacedbad",
        "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f",
        "3a337dbf46a792c45e454913fe2ea8f2",
    ),
    (
        "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
        "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f",
        "a44a8266ee1c8eb0c8b5d4cf5ae9f19a",
    ),
];

#[test]
fn gcm_known_answers_whole_and_in_pieces() {
    let key = aes(&unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
    let aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plaintext = unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    for (nonce, ciphertext, tag) in GCM {
        let (nonce, ciphertext) = (unhex(nonce), unhex(ciphertext));
        let tag: [u8; TAG_LEN] = unhex(tag).try_into().unwrap();
        for aead in both() {
            let mut data = plaintext.clone();
            assert_eq!(aead.seal_in_place(&key, &nonce, &aad, &mut data).unwrap(), tag);
            assert_eq!(data, ciphertext);
            aead.open_in_place(&key, &nonce, &aad, &mut data, &tag).unwrap();
            assert_eq!(data, plaintext);
            let mut out = vec![0xff; plaintext.len()];
            assert_eq!(aead.seal_to(&key, &nonce, &aad, &plaintext, &mut out).unwrap(), tag);
            assert_eq!(out, ciphertext);
            out.fill(0xff);
            aead.open_to(&key, &nonce, &aad, &ciphertext, &tag, &mut out).unwrap();
            assert_eq!(out, plaintext);
        }
        for size in [1, 3, 15, 16, 17, 60] {
            let mut data = plaintext.clone();
            let mut stream = provider().aead_stream.start(Direction::Encrypt, &key, &nonce, &aad).unwrap();
            data.chunks_mut(size).for_each(|piece| stream.update(piece).unwrap());
            assert_eq!(stream.finish_seal().unwrap(), tag);
            assert_eq!(data, ciphertext);
            let mut stream = provider().aead_stream.start(Direction::Decrypt, &key, &nonce, &aad).unwrap();
            data.chunks_mut(size).for_each(|piece| stream.update(piece).unwrap());
            stream.finish_open(&tag).unwrap();
            assert_eq!(data, plaintext);
        }
    }
}

/// The one-shots and EVP agree around the size EVP is fed in, where a carried counter or hash could go wrong (CRY-63).
#[test]
fn gcm_over_the_largest_piece_agrees() {
    let key = aes(&[7; 32]);
    let plaintext = bytes(evp::PIECE + 33);
    let (mut one, mut two) = (plaintext.clone(), vec![0; plaintext.len()]);
    let tag = provider_with_aws_lc().aead.seal_in_place(&key, &[1; 12], b"aad", &mut one).unwrap();
    assert_eq!(provider_with_ring().aead.seal_to(&key, &[1; 12], b"aad", &plaintext, &mut two).unwrap(), tag);
    assert!(one == two);
    let mut stream = provider().aead_stream.start(Direction::Decrypt, &key, &[1; 12], b"aad").unwrap();
    stream.update(&mut one).unwrap();
    stream.finish_open(&tag).unwrap();
    assert!(one == plaintext);

    // Additional data in pieces, and out of place with a 16-byte nonce.
    let tag = provider().aead.seal_to(&key, &[2; 16], &plaintext, &plaintext, &mut two).unwrap();
    provider().aead.open_in_place(&key, &[2; 16], &plaintext, &mut two, &tag).unwrap();
    assert!(two == plaintext);
}

#[test]
fn gcm_takes_empty_parts() {
    let key = aes(&[0; 32]);
    for nonce in [&[0; 12][..], &[0; 1], &[0; 16], &[0; 129]] {
        for aad in [&b""[..], b"only additional data"] {
            let mut seen = None;
            for aead in both() {
                let tag = aead.seal_in_place(&key, nonce, aad, &mut []).unwrap();
                aead.open_in_place(&key, nonce, aad, &mut [], &tag).unwrap();
                assert_eq!(*seen.get_or_insert(tag), tag);
            }
            let mut stream = provider().aead_stream.start(Direction::Encrypt, &key, nonce, aad).unwrap();
            stream.update(&mut []).unwrap();
            assert_eq!(stream.finish_seal().unwrap(), seen.unwrap());
        }
    }
    // Test case 13 of the same paper.
    let tag = provider().aead.seal_in_place(&key, &[0; 12], b"", &mut []).unwrap();
    assert_eq!(hex::encode(tag), "530f8afbc74536b9a963b4f1c4cb738b");
}

/// CRY-15.
#[test]
fn gcm_wipes_what_does_not_verify() {
    let key = aes(&[9; 32]);
    for aead in both() {
        for nonce in [&[3; 12][..], &[3; 16]] {
            let mut sealed = bytes(100);
            let tag = aead.seal_in_place(&key, nonce, b"a", &mut sealed).unwrap();
            for bit in 0..128 {
                let mut wrong = tag;
                wrong[bit / 8] ^= 1 << (bit % 8);
                let mut data = sealed.clone();
                let error = aead.open_in_place(&key, nonce, b"a", &mut data, &wrong).unwrap_err();
                assert_eq!(error, Error::decryption_failed());
                assert_eq!(data, [0; 100]);
                let mut out = [0xff; 100];
                let error = aead.open_to(&key, nonce, b"a", &sealed, &wrong, &mut out).unwrap_err();
                assert_eq!(error, Error::decryption_failed());
                assert_eq!(out, [0; 100]);
            }
            let mut data = sealed.clone();
            assert_eq!(aead.open_in_place(&key, nonce, b"b", &mut data, &tag), Err(Error::decryption_failed()));
        }
    }
    let mut stream = provider().aead_stream.start(Direction::Decrypt, &key, &[3; 12], b"").unwrap();
    stream.update(&mut [1, 2, 3]).unwrap();
    assert_eq!(stream.finish_open(&[0; 16]), Err(Error::decryption_failed()));
}

/// CRY-11, CRY-16, CRY-17.
#[test]
fn gcm_refuses_misuse() {
    let key = aes(&[9; 32]);
    for aead in both() {
        let error = aead.seal_in_place(&key, &[], b"", &mut [1]).unwrap_err();
        assert_eq!(error.code(), Code::InvalidNonce);
        let error = aead.open_in_place(&key, &[], b"", &mut [1], &[0; 16]).unwrap_err();
        assert_eq!(error.code(), Code::InvalidNonce);
        assert_eq!(aead.seal_to(&key, &[1; 12], b"", &[1], &mut [0; 2]).unwrap_err().code(), Code::InvalidArgument);
        let error = aead.open_to(&key, &[1; 16], b"", &[1, 2], &[0; 16], &mut [0]).unwrap_err();
        assert_eq!(error.code(), Code::BufferTooSmall);
    }
    let streams = provider().aead_stream;
    assert_eq!(streams.start(Direction::Encrypt, &key, &[], b"").unwrap_err().code(), Code::InvalidNonce);
    let stream = streams.start(Direction::Encrypt, &key, &[1; 12], b"").unwrap();
    assert_eq!(stream.finish_open(&[0; 16]).unwrap_err().code(), Code::StreamState);
    let stream = streams.start(Direction::Decrypt, &key, &[1; 12], b"").unwrap();
    assert_eq!(stream.finish_seal().unwrap_err().code(), Code::StreamState);
}

/// SP 800-38A F.1.5.
#[test]
fn ecb_known_answer() {
    let key = aes(&unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
    let plaintext = unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    let mut blocks = plaintext.clone();
    provider().block.ecb(Direction::Encrypt, &key, &mut blocks).unwrap();
    assert_eq!(hex::encode(&blocks), "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870");
    provider().block.ecb(Direction::Decrypt, &key, &mut blocks).unwrap();
    assert_eq!(blocks, plaintext);
    provider().block.ecb(Direction::Encrypt, &key, &mut []).unwrap();
    let error = provider().block.ecb(Direction::Encrypt, &key, &mut [0; 15]).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

/// FIPS 180-4 examples ("abc").
#[test]
fn hash_known_answers() {
    for (algorithm, digest) in [
        (HashAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (HashAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            HashAlgorithm::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            HashAlgorithm::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ] {
        assert_eq!(hex::encode(provider().hash.digest(algorithm, b"abc")), digest);
        let mut stream = provider().hash.start(algorithm);
        stream.update(b"");
        stream.update(b"a");
        stream.update(b"bc");
        assert_eq!(hex::encode(stream.finish()), digest);
        assert_eq!(digest.len(), 2 * algorithm.digest_len());
    }
}

/// RFC 4231 case 2, RFC 2202 case 2, RFC 5869 cases 1 and 4, RFC 7914 §11, RFC 6070 case 2.
#[test]
fn kdf_known_answers() {
    let kdf = provider().kdf;
    let mac = |algorithm, key, data| hex::encode(kdf.hmac(algorithm, key, data).unwrap().expose());
    let what = b"what do ya want for nothing?";
    assert_eq!(
        mac(HashAlgorithm::Sha256, b"Jefe", what),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(mac(HashAlgorithm::Sha1, b"Jefe", what), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_eq!(
        mac(HashAlgorithm::Sha256, b"", b""),
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );

    let mut okm = [0; 42];
    let (salt, info) = (unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"));
    kdf.hkdf(HashAlgorithm::Sha256, &salt, &[0x0b; 22], &info, &mut okm).unwrap();
    assert_eq!(
        hex::encode(okm),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
    kdf.hkdf(HashAlgorithm::Sha1, &salt, &[0x0b; 11], &info, &mut okm).unwrap();
    assert_eq!(
        hex::encode(okm),
        "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896"
    );
    kdf.hkdf(HashAlgorithm::Sha256, b"", b"", b"", &mut []).unwrap();
    kdf.hkdf(HashAlgorithm::Sha256, b"", b"input", &[5; 200], &mut [0; 255 * 32]).unwrap();
    let error = kdf.hkdf(HashAlgorithm::Sha256, b"", b"", b"", &mut [0; 255 * 32 + 1]).unwrap_err();
    assert_eq!(error.code(), Code::TooLarge);

    let mut key = [0; 64];
    kdf.pbkdf2(HashAlgorithm::Sha256, b"passwd", b"salt", 1, &mut key).unwrap();
    assert_eq!(
        hex::encode(key),
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
    );
    let mut key = [0; 20];
    kdf.pbkdf2(HashAlgorithm::Sha1, b"password", b"salt", 2, &mut key).unwrap();
    assert_eq!(hex::encode(key), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    kdf.pbkdf2(HashAlgorithm::Sha512, b"", b"", 1, &mut []).unwrap();
    for iterations in [0, 10_000_001] {
        let error = kdf.pbkdf2(HashAlgorithm::Sha256, b"p", b"s", iterations, &mut key).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
    }
}

#[test]
fn oaep_round_trips_to_the_longest_message() {
    for profile in PROFILES {
        let longest = 256 - 2 * profile.hash.digest_len() - 2;
        for len in [0, 1, 32, longest] {
            let message = bytes(len);
            let ciphertext = public().encrypt_oaep(&profile, &message).unwrap();
            assert_eq!(ciphertext.len(), 256);
            assert_eq!(KEY.decrypt_oaep(&profile, &ciphertext).unwrap().expose(), message);
        }
        let error = public().encrypt_oaep(&profile, &bytes(longest + 1)).unwrap_err();
        assert_eq!(error.code(), Code::TooLarge);
    }
}

/// CRY-33, CRY-66.
#[test]
fn oaep_has_one_failure() {
    let ciphertext = public().encrypt_oaep(&PROFILES[0], b"message").unwrap();
    for profile in &PROFILES[1..] {
        assert_eq!(KEY.decrypt_oaep(profile, &ciphertext).unwrap_err(), Error::decryption_failed());
    }
    for position in [0, 1, 128, 255] {
        let mut wrong = ciphertext.clone();
        wrong[position] ^= 1;
        assert_eq!(KEY.decrypt_oaep(&PROFILES[0], &wrong).unwrap_err(), Error::decryption_failed());
    }
    // At or above the modulus, zero, and a block that PKCS#1 v1.5 would accept.
    let mut type_2 = vec![7; 256];
    (type_2[0], type_2[1], type_2[200]) = (0, 2, 0);
    let type_2 = public().raw_public(&type_2).unwrap();
    for wrong in [vec![0xff; 256], vec![0; 256], type_2] {
        assert_eq!(KEY.decrypt_oaep(&PROFILES[0], &wrong).unwrap_err(), Error::decryption_failed());
    }
    for len in [0, 255, 257, 512] {
        assert_eq!(KEY.decrypt_oaep(&PROFILES[0], &vec![1; len]).unwrap_err().code(), Code::CiphertextSize);
    }
}

#[test]
fn raw_operations_are_inverse() {
    let mut block = bytes(256);
    block[0] = 0;
    let ciphertext = public().raw_public(&block).unwrap();
    assert_eq!(KEY.raw_private(&ciphertext).unwrap().expose(), block);
    assert_eq!(public().raw_public(KEY.raw_private(&block).unwrap().expose()).unwrap(), block);
    assert_eq!(public().raw_public(&[0xff; 256]).unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(KEY.raw_private(&[0xff; 256]).unwrap_err(), Error::decryption_failed());
    assert_eq!(KEY.raw_private(&[1; 255]).unwrap_err().code(), Code::CiphertextSize);
    for len in [0, 255, 257] {
        assert_eq!(public().raw_public(&vec![1; len]).unwrap_err().code(), Code::InvalidArgument);
    }
}

#[test]
fn signatures_round_trip_and_are_strict() {
    for scheme in SCHEMES {
        let signature = KEY.sign(scheme, b"message").unwrap();
        public().verify(scheme, b"message", &signature).unwrap();
        let bad = |message: &[u8], signature: &[u8], scheme| {
            let error = public().verify(scheme, message, signature).unwrap_err();
            assert_eq!(error.code(), Code::VerificationFailed);
        };
        bad(b"massage", &signature, scheme);
        bad(b"message", &signature[1..], scheme);
        bad(b"message", &[], scheme);
        bad(b"message", &[signature.as_slice(), &[0]].concat(), scheme);
        SCHEMES.into_iter().filter(|other| *other != scheme).for_each(|other| bad(b"message", &signature, other));
    }
    for scheme in [SignatureScheme::RsaPkcs1(HashAlgorithm::Sha1), SignatureScheme::RsaPss(HashAlgorithm::Sha1)] {
        assert_eq!(KEY.sign(scheme, b"m").unwrap_err().code(), Code::Unsupported);
        assert_eq!(public().verify(scheme, b"m", &[0; 256]).unwrap_err().code(), Code::Unsupported);
    }
}

#[test]
fn private_keys_go_out_and_come_back() {
    let pkcs8 = KEY.export_pkcs8().unwrap();
    let again = provider().rsa.import_private(&pkcs8).unwrap();
    assert!(again.export_pkcs8().unwrap().ct_eq(&pkcs8));
    assert_eq!(again.spki_der(), KEY.spki_der());
    // SEQUENCE, INTEGER 0, AlgorithmIdentifier { rsaEncryption, NULL }, OCTET STRING.
    assert_eq!(pkcs8.expose()[4..22], unhex("020100300d06092a864886f70d0101010500")[..]);
    assert_eq!(pkcs8.expose()[22], 0x04);
    for bits in [2048, 3072] {
        let key = provider().rsa.import_private(&provider().keys.rsa_pkcs8(bits).unwrap()).unwrap();
        assert_eq!(key.modulus_len() * 8, bits as usize);
    }
    for bits in [0, 1024, 2047, 8192] {
        assert_eq!(provider().rsa.generate(bits).unwrap_err().code(), Code::Unsupported);
    }
    assert_eq!(provider().keys.aes256().unwrap().as_secret().len(), 32);
}

#[test]
fn damaged_private_keys_are_refused() {
    let pkcs8 = KEY.export_pkcs8().unwrap();
    let refuse = |der: &[u8]| {
        let error = provider().rsa.import_private(&SecretBytes::copy_from(der)).unwrap_err();
        assert_eq!(error.code(), Code::KeyUnparsable);
    };
    for position in (0..pkcs8.len()).step_by(5) {
        let mut wrong = pkcs8.expose().to_vec();
        wrong[position] ^= 0x40;
        refuse(&wrong);
    }
    refuse(&[]);
    refuse(&pkcs8.expose()[..pkcs8.len() - 1]);
    refuse(&[pkcs8.expose(), &[0]].concat());
    refuse(KEY.spki_der());
}

/// A private exponent that is right but not below the modulus, and one that would take long to check (CRY-65).
#[test]
fn unreduced_exponents_are_refused() {
    use ::rsa::BoxedUint;
    use ::rsa::pkcs1::{RsaPrivateKeyRef, UintRef};
    use ::rsa::pkcs8::der::asn1::OctetStringRef;
    use ::rsa::pkcs8::der::{Decode as _, Encode as _};

    let pkcs8 = KEY.export_pkcs8().unwrap();
    let info = ::rsa::pkcs8::PrivateKeyInfoRef::try_from(pkcs8.expose()).unwrap();
    let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
    let number = |value: UintRef<'_>| BoxedUint::from_be_slice(value.as_bytes(), 4096).unwrap();
    let one = BoxedUint::one_with_precision(4096);
    let totient = number(key.modulus) - number(key.prime1) - number(key.prime2) + &one;
    let with_exponent = |bytes: &[u8]| {
        let key = RsaPrivateKeyRef { private_exponent: UintRef::new(bytes).unwrap(), ..key.clone() }.to_der().unwrap();
        let key = OctetStringRef::new(&key).unwrap();
        let document = ::rsa::pkcs8::PrivateKeyInfoRef::new(info.algorithm, key).to_der().unwrap();
        provider().rsa.import_private(&SecretBytes::from_vec(document))
    };

    let exponent = number(key.private_exponent);
    assert!(with_exponent(&exponent.to_be_bytes_trimmed_vartime()).is_ok());
    let above = exponent + &totient + &totient;
    assert_eq!(with_exponent(&above.to_be_bytes_trimmed_vartime()).unwrap_err().code(), Code::KeyUnparsable);
    assert_eq!(with_exponent(&[1; 60_000]).unwrap_err().code(), Code::KeyUnparsable);
}

#[test]
fn public_keys_have_one_encoding() {
    let refuse = |der: &[u8]| {
        let error = provider().rsa.import_public(der).unwrap_err();
        assert_eq!(error.code(), Code::KeyUnparsable);
    };
    let spki = KEY.spki_der();
    assert_eq!(public().spki_der(), spki);
    refuse(&[]);
    refuse(&[spki, &[0]].concat());
    refuse(KEY.export_pkcs8().unwrap().expose());
    // The parameters as an empty OCTET STRING where NULL must be.
    let mut wrong = spki.to_vec();
    let null = wrong.windows(2).position(|pair| pair == [5, 0]).unwrap();
    wrong[null] = 4;
    refuse(&wrong);
}

/// CRY-64.
#[test]
fn one_key_serves_eight_threads() {
    let public = public();
    thread::scope(|scope| {
        for number in 0..8u8 {
            let public = Arc::clone(&public);
            scope.spawn(move || {
                for round in 0..25u8 {
                    let profile = &PROFILES[usize::from(round) % PROFILES.len()];
                    let message = [number, round];
                    let ciphertext = public.encrypt_oaep(profile, &message).unwrap();
                    assert_eq!(KEY.decrypt_oaep(profile, &ciphertext).unwrap().expose(), message);
                    let scheme = SCHEMES[usize::from(round) % SCHEMES.len()];
                    public.verify(scheme, &message, &KEY.sign(scheme, &message).unwrap()).unwrap();
                    assert_eq!(KEY.export_pkcs8().unwrap().len(), KEY.export_pkcs8().unwrap().len());
                }
            });
        }
    });
}

#[test]
fn random_fills_and_differs() {
    let (mut one, mut two) = ([0; 64], [0; 64]);
    provider().random.fill(&mut one).unwrap();
    provider().random.fill(&mut two).unwrap();
    provider().random.fill(&mut []).unwrap();
    assert_ne!(one, two);
    assert_ne!(one, [0; 64]);
}

/// Two copies of AWS-LC in one program would be two of everything: the pin must follow aws-lc-rs (CRY-67).
#[test]
fn aws_lc_is_there_once() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    assert_eq!(lock.matches("name = \"aws-lc-sys\"").count(), 1);
}
