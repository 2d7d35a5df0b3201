use super::*;
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, Nonce};
use ctr::cipher::StreamCipherSeek;

use crate::error::Code;
use crate::secret::SecretBytes;

const AAD: &[u8] = b"additional data of 31 bytes....";

fn key() -> Aes256Key {
    let mut bytes = SecretBytes::zeroed(32);
    for (at, byte) in bytes.expose_mut().iter_mut().enumerate() {
        *byte = at as u8 ^ 0x5a;
    }
    Aes256Key::new(bytes).unwrap()
}

fn text(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 256) as u8).collect()
}

/// What the crate `aes-gcm` makes of the same input (CRY-10).
fn oracle(nonce: &[u8], aad: &[u8], plaintext: &[u8]) -> (Vec<u8>, [u8; TAG_LEN]) {
    fn run<N: aes_gcm::aead::array::ArraySize>(nonce: &[u8], aad: &[u8], data: &mut [u8]) -> [u8; TAG_LEN] {
        let cipher = AesGcm::<Aes256, N>::new(key().expose().unwrap().into());
        let nonce = Nonce::<AesGcm<Aes256, N>>::try_from(nonce).unwrap();
        cipher.encrypt_inout_detached(&nonce, aad, data.into()).unwrap().into()
    }
    let mut data = plaintext.to_vec();
    let tag = match nonce.len() {
        12 => run::<U12>(nonce, aad, &mut data),
        16 => run::<U16>(nonce, aad, &mut data),
        other => panic!("no oracle for {other}"),
    };
    (data, tag)
}

#[test]
fn agrees_with_the_crate_aes_gcm() {
    for nonce in [&text(12)[..], &text(16)] {
        for aad_len in [0, 1, 15, 16, 17, 31] {
            for len in [0, 1, 15, 16, 17, 63, 64, 65, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5] {
                let (plaintext, aad) = (text(len), &AAD[..aad_len]);
                let (expected, expected_tag) = oracle(nonce, aad, &plaintext);

                let mut data = plaintext.clone();
                assert_eq!(seal_in_place(&key(), nonce, aad, &mut data).unwrap(), expected_tag);
                assert_eq!(data, expected);
                open_in_place(&key(), nonce, aad, &mut data, &expected_tag).unwrap();
                assert_eq!(data, plaintext);

                let mut out = vec![0xff; len];
                assert_eq!(seal_to(&key(), nonce, aad, &plaintext, &mut out).unwrap(), expected_tag);
                assert_eq!(out, expected);
                open_to(&key(), nonce, aad, &expected, &expected_tag, &mut out).unwrap();
                assert_eq!(out, plaintext);
            }
        }
    }
}

#[test]
fn pieces_of_any_length_make_the_same_text() {
    let plaintext = text(1000);
    for nonce in [&text(12)[..], &text(16)] {
        let (expected, expected_tag) = oracle(nonce, AAD, &plaintext);
        for piece in [1, 2, 3, 7, 15, 16, 17, 31, 33, 100, 999, 1000] {
            let mut data = plaintext.clone();
            let mut gcm = Box::new(Gcm::new(Direction::Encrypt, &key(), nonce, AAD).unwrap());
            for part in data.chunks_mut(piece) {
                gcm.update(part).unwrap();
                gcm.update(&mut []).unwrap();
            }
            assert_eq!(gcm.finish_seal().unwrap(), expected_tag, "pieces of {piece}");
            assert_eq!(data, expected);

            let mut gcm = Box::new(Gcm::new(Direction::Decrypt, &key(), nonce, AAD).unwrap());
            for part in data.chunks_mut(piece) {
                gcm.update(part).unwrap();
            }
            gcm.finish_open(&expected_tag).unwrap();
            assert_eq!(data, plaintext);
        }
    }
}

#[test]
fn a_wrong_tag_wipes_the_output() {
    let nonce = text(16);
    let mut sealed = text(100);
    let tag = seal_in_place(&key(), &nonce, AAD, &mut sealed).unwrap();
    for bit in 0..128 {
        let mut bad = tag;
        bad[bit / 8] ^= 1 << (bit % 8);
        let mut data = sealed.clone();
        assert_eq!(open_in_place(&key(), &nonce, AAD, &mut data, &bad).unwrap_err(), Error::decryption_failed());
        assert_eq!(data, [0; 100]);
        let mut out = [0xff; 100];
        assert_eq!(open_to(&key(), &nonce, AAD, &sealed, &bad, &mut out).unwrap_err(), Error::decryption_failed());
        assert_eq!(out, [0; 100]);
    }
}

#[test]
fn misuse_has_its_codes() {
    let code = |error: Error| error.code();
    assert_eq!(code(seal_in_place(&key(), b"", AAD, &mut []).unwrap_err()), Code::InvalidNonce);
    assert_eq!(code(seal_to(&key(), b"n", AAD, &[0; 4], &mut [0; 3]).unwrap_err()), Code::BufferTooSmall);
    assert_eq!(code(seal_to(&key(), b"n", AAD, &[0; 4], &mut [0; 5]).unwrap_err()), Code::InvalidArgument);
    let open = Box::new(Gcm::new(Direction::Decrypt, &key(), b"n", AAD).unwrap());
    assert_eq!(code(open.finish_seal().unwrap_err()), Code::StreamState);
    let seal = Box::new(Gcm::new(Direction::Encrypt, &key(), b"n", AAD).unwrap());
    assert_eq!(code(seal.finish_open(&[0; TAG_LEN]).unwrap_err()), Code::StreamState);
}

/// The last byte of the longest text can be encrypted, and not one more: CRY-14.
#[test]
fn the_longest_text_ends_at_the_limit() {
    let mut gcm = Gcm::new(Direction::Encrypt, &key(), &text(16), AAD).unwrap();
    // As if GCM_MAX_LEN - 20 bytes had passed; the keystream is one block ahead, which masks the tag.
    gcm.text_len = GCM_MAX_LEN - 20;
    gcm.keystream.try_seek(GCM_MAX_LEN - 20 + 16).unwrap();

    let mut data = [7; 21];
    assert_eq!(gcm.update(&mut data).unwrap_err().code(), Code::TooLarge);
    assert_eq!(data, [7; 21], "a refused piece is as it was");
    gcm.update(&mut data[..20]).unwrap();
    assert_ne!(data[..20], [7; 20]);
    assert_eq!(gcm.update(&mut data[20..]).unwrap_err().code(), Code::TooLarge);
    gcm.update(&mut []).unwrap();
}

#[test]
fn debug_shows_no_state() {
    let gcm = Gcm::new(Direction::Encrypt, &key(), b"nonce", AAD).unwrap();
    assert_eq!(format!("{gcm:?}"), "Gcm(Encrypt, 0 bytes so far)");
}
